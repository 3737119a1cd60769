/* RFC 4648 10, and what RFC 4954 4 wants refused. */
#include "ref/auth/base64.h"

#include <criterion/criterion.h>

Test(auth_base64, both_ways)
{
    static const struct {
        const char *octets, *text;
    } rows[] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="},
                {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}, {"\xff\xfe\xfd", "//79"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf out;
        buf_init(&out, 64);
        auth_base64_encode(span_text(rows[i].octets), &out);
        cr_expect(span_eq(buf_span(&out), span_text(rows[i].text)), "%s", rows[i].text);
        buf_clear(&out);
        cr_expect(auth_base64_decode(span_text(rows[i].text), &out), "%s", rows[i].text);
        cr_expect(span_eq(buf_span(&out), span_text(rows[i].octets)), "%s", rows[i].text);
        buf_wipe(&out);
    }
}

Test(auth_base64, refused)
{
    static const char *const rows[] = {"A", "AA", "AAA", "=AAA", "AAA=BBBB", "A===", "====", "AA A",
                                       "AAA!", "AAAA\n", "Zh==", "Zm9=", "AA=A", "AAAA AAAA", "-_-_"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf out;
        buf_init(&out, 64);
        cr_expect_not(auth_base64_decode(span_text(rows[i]), &out), "%s", rows[i]);
        buf_wipe(&out);
    }
}
