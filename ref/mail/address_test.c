/* Paths by RFC 5321 4.1.2 and its limits: what is one, what it holds, and where one that is none
   goes wrong. */
#include "ref/mail/address.h"

#include <criterion/criterion.h>
#include <stdio.h>

struct path_row {
    const char *label, *path, *text, *local, *domain;
    enum mail_domain_kind kind;
};

static void expect_path(const struct path_row *row, enum mail_path which, bool utf8)
{
    struct mail_address a;
    err e = mail_path_parse(span_text(row->path), which, utf8, &a);
    cr_expect_not(failed(e), "%s: %s at %zu", row->label, e.what ? e.what : "", e.at);
    cr_expect(span_eq(a.text, span_text(row->text)), "%s: %.*s", row->label, SPAN_FMT(a.text));
    cr_expect(span_eq(a.local, span_text(row->local)), "%s: %.*s", row->label, SPAN_FMT(a.local));
    cr_expect(span_eq(a.domain, span_text(row->domain)), "%s: %.*s", row->label,
              SPAN_FMT(a.domain));
    cr_expect_eq(a.kind, row->kind, "%s", row->label);
    cr_expect_eq(mail_at_sign(a.text), a.local.len, "%s", row->label);
}

Test(mail_address, what_is_a_path)
{
    static const struct path_row rows[] = {
        {"plain", "<a@b.example>", "a@b.example", "a", "b.example", MAIL_DOMAIN_NAME},
        {"all atext", "<!#$%&'*+-/=?^_`{|}~09azAZ@x>", "!#$%&'*+-/=?^_`{|}~09azAZ@x",
         "!#$%&'*+-/=?^_`{|}~09azAZ", "x", MAIL_DOMAIN_NAME},
        {"dots", "<a.b.c@d.e.f>", "a.b.c@d.e.f", "a.b.c", "d.e.f", MAIL_DOMAIN_NAME},
        {"one letter", "<a@b>", "a@b", "a", "b", MAIL_DOMAIN_NAME},
        {"digits and hyphens", "<a@1-2.3--4>", "a@1-2.3--4", "a", "1-2.3--4", MAIL_DOMAIN_NAME},
        {"quoted", "<\"a b\"@c>", "\"a b\"@c", "\"a b\"", "c", MAIL_DOMAIN_NAME},
        {"quoted, empty", "<\"\"@c>", "\"\"@c", "\"\"", "c", MAIL_DOMAIN_NAME},
        {"quoted pair", "<\"a\\\"b\\\\\"@c>", "\"a\\\"b\\\\\"@c", "\"a\\\"b\\\\\"", "c",
         MAIL_DOMAIN_NAME},
        {"at sign and > quoted", "<\"a@b>\"@c>", "\"a@b>\"@c", "\"a@b>\"", "c", MAIL_DOMAIN_NAME},
        {"IPv4", "<a@[192.0.2.1]>", "a@[192.0.2.1]", "a", "[192.0.2.1]", MAIL_DOMAIN_IPV4},
        {"IPv6", "<a@[IPv6:2001:db8::1]>", "a@[IPv6:2001:db8::1]", "a", "[IPv6:2001:db8::1]",
         MAIL_DOMAIN_IPV6},
        {"general", "<a@[x-1:zz.~]>", "a@[x-1:zz.~]", "a", "[x-1:zz.~]", MAIL_DOMAIN_GENERAL},
        {"general, with all that is odd", "<a@[x:b@c=\"]>", "a@[x:b@c=\"]", "a", "[x:b@c=\"]", MAIL_DOMAIN_GENERAL},
        {"brackets in quotes", "<\"@[x]\"@y>", "\"@[x]\"@y", "\"@[x]\"", "y", MAIL_DOMAIN_NAME},
        {"source route", "<@a.example,@b.example:u@c.example>", "u@c.example", "u", "c.example",
         MAIL_DOMAIN_NAME},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        expect_path(&rows[i], MAIL_REVERSE_PATH, false);
        expect_path(&rows[i], MAIL_FORWARD_PATH, false);
        expect_path(&rows[i], MAIL_FORWARD_PATH, true);
    }
}

Test(mail_address, null_path_and_postmaster_are_for_one_side_each)
{
    struct mail_address a;
    cr_expect_not(failed(mail_path_parse(SPAN("<>"), MAIL_REVERSE_PATH, false, &a)));
    cr_expect(a.null);
    cr_expect(failed(mail_path_parse(SPAN("<>"), MAIL_FORWARD_PATH, false, &a)));
    cr_expect_not(failed(mail_path_parse(SPAN("<PostMaster>"), MAIL_FORWARD_PATH, false, &a)));
    cr_expect_eq(a.kind, MAIL_DOMAIN_NONE);
    cr_expect(span_eq(a.text, SPAN("PostMaster")));
    cr_expect(failed(mail_path_parse(SPAN("<postmaster>"), MAIL_REVERSE_PATH, false, &a)));
    cr_expect(failed(mail_path_parse(SPAN("<@a:postmaster>"), MAIL_FORWARD_PATH, false, &a)));
    cr_expect(failed(mail_path_parse(SPAN("<bob>"), MAIL_FORWARD_PATH, false, &a)));
}

Test(mail_address, an_error_points_at_the_octet)
{
    static const struct {
        const char *label, *path;
        size_t at;
    } rows[] = {
        {"no bracket", "a@b", 0},
        {"blank inside", "< a@b>", 1},
        {"blank at the end", "<a@b >", 4},
        {"no closing bracket", "<a@b", 4},
        {"empty local part", "<@b>", 3},
        {"leading dot", "<.a@b>", 1},
        {"trailing dot", "<a.@b>", 3},
        {"two dots", "<a..b@c>", 3},
        {"no domain", "<a@>", 3},
        {"two dots in the domain", "<a@b..c>", 5},
        {"trailing dot in the domain", "<a@b.>", 5},
        {"leading hyphen", "<a@-b>", 3},
        {"trailing hyphen", "<a@b->", 4},
        {"underscore", "<a@b_c>", 4},
        {"unclosed quote", "<\"a@b>", 6},
        {"backslash at the end", "<\"a\\", 4},
        {"NUL-like control", "<a\x01@b>", 2},
        {"control behind a backslash", "<\"\\\x01\"@b>", 3},
        {"text behind a quoted string", "<\"a\"b@c>", 4},
        {"UTF-8 not allowed", "<\xC3\xB6@b>", 1},
        {"two addresses", "<a@b@c>", 4},
        {"route without colon", "<@a,@b u@c>", 6},
        {"route of no domain", "<@:u@c>", 2},
        {"untagged words", "<a@[foo]>", 4},
        {"IPv4 too large", "<a@[192.0.2.256]>", 4},
        {"IPv4 of three", "<a@[192.0.2]>", 4},
        {"IPv4 of four digits", "<a@[0192.0.2.1]>", 4},
        {"IPv6 two gaps", "<a@[IPv6:1::2::3]>", 9},
        {"tag ends in a hyphen", "<a@[x-:y]>", 4},
        {"literal without end", "<a@[192.0.2.1>", 3},
        {"something behind", "<a@b> ", 5},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct mail_address a;
        err e = mail_path_parse(span_text(rows[i].path), MAIL_FORWARD_PATH, false, &a);
        cr_expect_eq(e.kind, ERR_SYNTAX, "%s", rows[i].label);
        cr_expect_eq(e.at, rows[i].at, "%s: at %zu: %s", rows[i].label, e.at, e.what);
    }
}

Test(mail_address, ipv6_forms)
{
    static const struct {
        const char *text;
        bool good;
    } rows[] = {
        {"1:2:3:4:5:6:7:8", true}, {"::", true}, {"::1", true}, {"1::", true},
        {"1:2:3:4:5:6::", true}, {"1:2:3:4:5:6:7::", false}, {"::1:2:3:4:5:6", true},
        {"::1:2:3:4:5:6:7", false}, {"1:2:3:4:5:6:192.0.2.1", true},
        {"1:2:3:4:5:192.0.2.1", false}, {"::192.0.2.1", true}, {"1:2:3:4::192.0.2.1", true},
        {"1:2:3:4:5::192.0.2.1", false}, {"1:2:3:4:5:6:7", false}, {"1:2:3:4:5:6:7:8:9", false},
        {"12345::", false}, {"g::", false}, {"1:", false}, {":1", false}, {":::", false},
        {"1::2::3", false}, {"", false}, {"ABCD:ef01::", true}, {"1:2:3:4:5:6:7:8:", false},
        {"192.0.2.1", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect_eq(mail_is_ipv6(span_text(rows[i].text)), rows[i].good, "%s", rows[i].text);
    }
}

/* "<" a*local "@" labels of b, length in octets ">" */
static const char *long_path(char *at, size_t local, size_t domain)
{
    char *p = at;
    *p++ = '<';
    memset(p, 'a', local);
    p += local;
    *p++ = '@';
    for (size_t i = 0; i < domain; i++) {
        *p++ = i % 50 == 49 ? '.' : 'b';
    }
    strcpy(p, ">");
    return at;
}

Test(mail_address, limits_of_rfc_5321_4_5_3_1)
{
    static const struct {
        const char *label;
        size_t local, domain;
        enum err_kind kind;
    } rows[] = {
        {"local part of 64", 64, 10, ERR_NONE},
        {"local part of 65", 65, 10, ERR_LIMIT},
        {"path of 256", 20, 233, ERR_NONE},
        {"path of 257", 20, 234, ERR_LIMIT},
        {"domain of 256", 1, 256, ERR_LIMIT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char path[512];
        struct mail_address a;
        long_path(path, rows[i].local, rows[i].domain);
        err e = mail_path_parse(span_text(path), MAIL_REVERSE_PATH, false, &a);
        cr_expect_eq(e.kind, rows[i].kind, "%s: %s", rows[i].label, e.what ? e.what : "");
    }
}

Test(mail_address, a_name_of_a_domain_has_63_octets)
{
    char text[80] = {0};
    memset(text, 'a', 63);
    cr_expect_not(failed(mail_domain_parse(span_text(text), false)));
    memset(text, 'a', 64);
    cr_expect_eq(mail_domain_parse(span_text(text), false).kind, ERR_LIMIT);
}

Test(mail_address, utf8_goes_where_rfc_6531_lets_it)
{
    static const struct path_row rows[] = {
        {"local",
         "<b\xC3\xB6"
         "b@x>",
         "b\xC3\xB6"
         "b@x",
         "b\xC3\xB6"
         "b",
         "x", MAIL_DOMAIN_NAME},
        {"quoted", "<\"\xE2\x82\xAC\"@x>", "\"\xE2\x82\xAC\"@x", "\"\xE2\x82\xAC\"", "x",
         MAIL_DOMAIN_NAME},
        {"domain", "<a@\xC3\xBC.x>", "a@\xC3\xBC.x", "a", "\xC3\xBC.x", MAIL_DOMAIN_NAME},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct mail_address a;
        expect_path(&rows[i], MAIL_FORWARD_PATH, true);
        cr_expect(failed(mail_path_parse(span_text(rows[i].path), MAIL_FORWARD_PATH, false, &a)));
        cr_expect(a.utf8, "%s: the refusal is for UTF-8", rows[i].label);
    }
    struct mail_address a;
    cr_expect(failed(mail_path_parse(SPAN("<b\xF6@x>"), MAIL_FORWARD_PATH, true, &a)));
    cr_expect(failed(mail_path_parse(SPAN("<\"\\\xC3\xB6\"@x>"), MAIL_FORWARD_PATH, true, &a)));
}

Test(mail_address, a_failed_take_moves_nothing)
{
    struct cursor c = cursor_of(SPAN("MAIL FROM:<a@b!> SIZE=1"));
    struct mail_address a;
    c.pos = 10;
    err e = mail_path_take(&c, MAIL_REVERSE_PATH, false, &a);
    cr_expect_eq(e.at, 14);
    cr_expect_eq(c.pos, 10);
    c = cursor_of(SPAN("MAIL FROM:<a@b> SIZE=1"));
    c.pos = 10;
    cr_expect_not(failed(mail_path_take(&c, MAIL_REVERSE_PATH, false, &a)));
    cr_expect_eq(c.pos, 15);
}

Test(mail_address, mailboxes_of_arguments_have_no_brackets)
{
    struct mail_address a;
    cr_expect_not(failed(mail_mailbox_parse(SPAN("a.b@c"), false, &a)));
    cr_expect(span_eq(a.text, SPAN("a.b@c")));
    cr_expect_not(failed(mail_mailbox_parse(SPAN("postmaster"), false, &a)));
    cr_expect(failed(mail_mailbox_parse(SPAN("<a@b>"), false, &a)));
    cr_expect(failed(mail_mailbox_parse(SPAN("a@b c"), false, &a)));
    cr_expect(failed(mail_mailbox_parse(SPAN(""), false, &a)));
}

Test(mail_address, the_meaning_of_a_quoted_local_part)
{
    struct mail_address a;
    struct buf out;
    buf_init(&out, 100);
    cr_assert_not(
        failed(mail_path_parse(SPAN("<\"a \\b\\\"c\"@x>"), MAIL_FORWARD_PATH, false, &a)));
    mail_local_part_put(&a, &out);
    cr_expect(span_eq(buf_span(&out), SPAN("a b\"c")));
    buf_wipe(&out);
}
