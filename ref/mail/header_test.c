/* Where a header section ends, and what its fields are. */
#include "ref/mail/header.h"

#include <criterion/criterion.h>

Test(mail_header, the_kind_of_a_line)
{
    static const struct {
        const char *label, *line;
        bool have_field;
        enum mail_line kind;
    } rows[] = {
        {"field", "Subject: x", false, MAIL_LINE_FIELD},
        {"field without blank", "Subject:x", true, MAIL_LINE_FIELD},
        {"field without body", "X:", true, MAIL_LINE_FIELD},
        {"blank before the colon", "Subject : x", true, MAIL_LINE_FIELD},
        {"continuation", "\tx", true, MAIL_LINE_CONTINUATION},
        {"continuation of nothing", " x", false, MAIL_LINE_BODY},
        {"blank line of blanks", "  ", true, MAIL_LINE_CONTINUATION},
        {"end", "", true, MAIL_LINE_SEPARATOR},
        {"end at once", "", false, MAIL_LINE_SEPARATOR},
        {"no colon", "not a header line", true, MAIL_LINE_BODY},
        {"colon after words", "a b: c", true, MAIL_LINE_BODY},
        {"colon first", ": c", true, MAIL_LINE_BODY},
        {"8 bit name", "caf\xC3\xA9: c", true, MAIL_LINE_BODY},
        {"mbox line", "From a@b Sat Nov 21 22:24:29 2026", false, MAIL_LINE_BODY},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect_eq(mail_line_kind(span_text(rows[i].line), rows[i].have_field),
                     rows[i].kind, "%s", rows[i].label);
    }
}

Test(mail_header, where_the_body_begins)
{
    static const struct {
        const char *text;
        size_t header, body;
    } rows[] = {
        {"", 0, 0}, {"A: b\n", 5, 5}, {"A: b", 4, 4}, {"A: b\n c\n\nx\n", 8, 9}, {"\nx\n", 0, 1},
        {"A: b\nno field\n", 5, 5}, {" c\nA: b\n", 0, 0}, {"A: b\r\n\r\nx\r\n", 6, 8},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        span text = span_text(rows[i].text), body;
        cr_expect_eq(mail_header_part(text, &body).len, rows[i].header, "%s", rows[i].text);
        cr_expect_eq(text.len - body.len, rows[i].body, "%s", rows[i].text);
    }
}

Test(mail_header, a_section_is_split_with_nothing_lost)
{
    struct arena *arena = arena_new();
    struct mail_fields f;
    span block = SPAN("Received: a\n\tby b\nSUBJECT : c \nto:\n x\nX-Y:z\nTo: again\n");
    cr_assert_not(failed(mail_fields_split(block, arena, &f)));
    cr_assert_eq(f.list.count, 5);
    cr_expect(span_eq(f.list.at[0].text, SPAN("Received: a\n\tby b\n")));
    cr_expect(span_eq(f.list.at[0].body, SPAN(" a\n\tby b")));
    cr_expect(span_eq(f.list.at[1].name, SPAN("SUBJECT")));
    cr_expect_eq(f.list.at[0].type, 'P');
    cr_expect_eq(f.list.at[1].type, ' ');
    cr_expect_eq(f.list.at[2].type, 'T');
    arena_free(arena);
}

Test(mail_header, a_section_with_another_line_is_refused_there)
{
    static const struct {
        const char *label, *block;
        size_t at;
    } rows[] = {
        {"no colon", "A: b\nfoo\n", 5},
        {"empty line", "A: b\n\nC: d\n", 5},
        {"no line end", "A: b\nC: d", 5},
        {"continuation first", " a\n", 0},
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct mail_fields f;
        err e = mail_fields_split(span_text(rows[i].block), arena, &f);
        cr_expect_eq(e.kind, ERR_SYNTAX, "%s", rows[i].label);
        cr_expect_eq(e.at, rows[i].at, "%s", rows[i].label);
    }
    arena_free(arena);
}

Test(mail_header, type_letters_are_those_of_the_spool)
{
    static const struct {
        const char *name;
        char type;
    } rows[] = {
        {"bcc", 'B'}, {"CC", 'C'}, {"From", 'F'}, {"Message-ID", 'I'}, {"Received", 'P'},
        {"Reply-To", 'R'}, {"Sender", 'S'}, {"To", 'T'}, {"Subject", ' '}, {"Resent-To", ' '},
        {"", ' '},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect_eq(mail_field_type(span_text(rows[i].name)), rows[i].type, "%s", rows[i].name);
    }
}

Test(mail_header, unfolding_keeps_the_blanks)
{
    struct buf out;
    buf_init(&out, 100);
    mail_field_unfold(SPAN("  a\n\tb\n  c "), &out);
    cr_expect(span_eq(buf_span(&out), SPAN("a\tb  c")));
    buf_wipe(&out);
}
