/* Expected texts: RFC 3492 7.1 for Punycode, and what Exim 4.96 sends for its own form. */
#include "ref/mail/ascii.h"

#include <criterion/criterion.h>

Test(mail_ascii, addresses_in_utf8_have_the_form_that_exim_gives_them)
{
    static const struct {
        const char *utf8, *ascii; /* NULL: none */
    } rows[] = {
        {"u@test.ex", "u@test.ex"},
        {"\xc3\xbc@test.ex", "xn--tda@test.ex"},
        {"a.\xc3\xbc@test.ex", "xn--a.-yka@test.ex"},
        {"\xc3\xbc.\xc3\xb6@test.ex", "xn--.-1gaq@test.ex"},
        {"\xc3\x9c" "a@test.ex", "xn--a-jfa@test.ex"},
        {"u@b\xc3\xbc" "cher.example", "u@xn--bcher-kva.example"},
        {"u@B\xc3\x9c" "CHER.example", "u@xn--bcher-kva.example"},
        {"u@Fa\xc3\x9f.example", "u@xn--fa-hia.example"},
        {"\xc3\xb6@x.b\xc3\xbc" "cher.example", "xn--nda@x.xn--bcher-kva.example"},
        {"\xc3\xbc", "xn--tda"},
        /* RFC 3492 7.1 (B), Chinese; and an emoji, outside the first plane */
        {"\xe4\xbb\x96\xe4\xbb\xac\xe4\xb8\xba\xe4\xbb\x80\xe4\xb9\x88\xe4\xb8\x8d\xe8\xaf\xb4"
         "\xe4\xb8\xad\xe6\x96\x87@x", "xn--ihqwcrb4cv8a8dqg056pqjye@x"},
        {"\xf0\x9f\x98\x80@x", "xn--e28h@x"},
        {"\"\xc3\xbc x\"@test.ex", NULL},
        {"\xc3\xbc@b\xc3@x", NULL},
        {"u@\xe2\x98\x83\xe2\x80\x8f.example", NULL},
    };
    struct buf out;
    buf_init(&out, 1024);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        buf_clear(&out);
        buf_put_text(&out, "<");
        bool fine = mail_address_to_ascii(span_text(rows[i].utf8), &out);
        span made = span_from(buf_span(&out), 1);
        cr_assert_eq(fine, rows[i].ascii != NULL, "row %zu: %.*s", i, SPAN_FMT(made));
        cr_assert(span_eq(made, span_text(rows[i].ascii)), "row %zu: %.*s", i, SPAN_FMT(made));
    }
    buf_wipe(&out);
}
