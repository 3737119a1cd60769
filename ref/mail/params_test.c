/* Parameters one by one, and the xtext of RFC 3461. */
#include "ref/mail/params.h"

#include <criterion/criterion.h>
#include <stdio.h>

/* "name=value|name|" of all parameters, or NULL and where it went wrong. */
static const char *walk(const char *line, bool utf8, char *at, size_t *wrong)
{
    struct cursor c = cursor_of(span_text(line));
    char *p = at;
    *p = '\0';
    for (;;) {
        struct mail_param param;
        bool more;
        err e = mail_param_take(&c, utf8, &param, &more);
        if (failed(e)) {
            *wrong = e.at;
            return NULL;
        }
        if (!more) {
            return at;
        }
        p += sprintf(p, "%.*s%s%.*s|", SPAN_FMT(param.name), param.has_value ? "=" : "",
                     SPAN_FMT(param.value));
    }
}

Test(mail_params, parameters_are_split_at_single_blanks)
{
    static const struct {
        const char *label, *line, *split;
        size_t wrong;
    } rows[] = {
        {"none", "", "", 0},
        {"one", " SIZE=100", "SIZE=100|", 0},
        {"bare keyword", " SMTPUTF8", "SMTPUTF8|", 0},
        {"several", " SIZE=1 BODY=8BITMIME X-Y", "SIZE=1|BODY=8BITMIME|X-Y|", 0},
        {"value of punctuation", " AUTH=<>", "AUTH=<>|", 0},
        {"no blank first", "SIZE=1", NULL, 0},
        {"two blanks", "  SIZE=1", NULL, 1},
        {"blank at the end", " SIZE=1 ", NULL, 8},
        {"tab", "\tSIZE=1", NULL, 0},
        {"empty value", " SIZE=", NULL, 6},
        {"no name", " =1", NULL, 1},
        {"name begins with a hyphen", " -A", NULL, 1},
        {"equals sign in the value", " A=b=c", NULL, 4},
        {"underscore in the name", " A_B", NULL, 2},
        {"control in the value", " A=b\x7F", NULL, 4},
        {"UTF-8 not allowed", " A=\xC3\xB6", NULL, 3},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char at[200];
        size_t wrong = 0;
        const char *split = walk(rows[i].line, false, at, &wrong);
        cr_expect_eq(split == NULL, rows[i].split == NULL, "%s", rows[i].label);
        cr_expect_eq(wrong, rows[i].wrong, "%s: at %zu", rows[i].label, wrong);
        if (split && rows[i].split) {
            cr_expect_str_eq(split, rows[i].split, "%s", rows[i].label);
        }
    }
    char at[200];
    size_t wrong;
    cr_expect_not_null(walk(" A=\xC3\xB6", true, at, &wrong));
    cr_expect_null(walk(" A=\xF6", true, at, &wrong));
}

Test(mail_params, xtext_is_written_and_read)
{
    static const struct {
        const char *label, *xtext, *plain;
        size_t bad;
    } rows[] = {
        {"control", "a+0A", "a\n", 1},
        {"8 bit as hexchar", "+C3+B6", "\xC3\xB6", 0},
        {"plain", "abc@x", "abc@x", SPAN_NONE},
        {"plus and equals", "a+2Bb+3Dc", "a+b=c", SPAN_NONE},
        {"white space", "+20+09", " \t", SPAN_NONE},
        {"empty", "", "", SPAN_NONE},
        {"lower case hex", "a+2b", NULL, 1},
        {"cut short", "a+2", NULL, 1},
        {"equals sign", "a=b", NULL, 1},
        {"blank", "a b", NULL, 1},
        {"8 bit", "\xC3\xB6", NULL, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf out;
        buf_init(&out, 100);
        cr_expect_eq(mail_xtext_bad(span_text(rows[i].xtext)), rows[i].bad, "%s", rows[i].label);
        cr_expect_eq(mail_xtext_decode(span_text(rows[i].xtext), &out), rows[i].plain != NULL);
        if (rows[i].plain) {
            cr_expect(span_eq(buf_span(&out), span_text(rows[i].plain)), "%s", rows[i].label);
            buf_clear(&out);
            mail_xtext_encode(span_text(rows[i].plain), &out);
            cr_expect(span_eq(buf_span(&out), span_text(rows[i].xtext)), "%s", rows[i].label);
        }
        buf_wipe(&out);
    }
}

Test(mail_params, orcpt_is_a_type_and_an_address)
{
    static const struct {
        const char *label, *text;
        size_t bad;
        bool utf8;
    } rows[] = {
        {"rfc822", "rfc822;b+2Bx@x.test", SPAN_NONE, false},
        {"another type", "X-y;z", SPAN_NONE, false},
        {"no type", ";b@x", 0, false},
        {"no address", "rfc822;", 7, false},
        {"no semicolon", "rfc822", 6, false},
        {"bad xtext", "rfc822;a=b", 8, false},
        {"utf-8, ascii form", "utf-8;\\x{C3B6}@x", SPAN_NONE, false},
        {"utf-8, not as utf-8 addresses are", "utf-8;\\x{C3+2B", SPAN_NONE, false},
        {"a line end", "rfc822;b+0D+0Ax", 8, false},
        {"utf-8 of another type", "rfc822;\xC3\xB6@x", 7, true},
        {"utf-8, raw but not allowed", "utf-8;\xC3\xB6@x", 6, false},
        {"utf-8, raw", "utf-8;\xC3\xB6@x", SPAN_NONE, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect_eq(mail_orcpt_bad(span_text(rows[i].text), rows[i].utf8), rows[i].bad, "%s: %zu",
                     rows[i].label, mail_orcpt_bad(span_text(rows[i].text), rows[i].utf8));
    }
}
