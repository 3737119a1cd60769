/* RFC 4648 10, what RFC 4954 4 wants refused, and what signatures may leave out. */
#include "ref/mail/base64.h"

#include <criterion/criterion.h>

Test(base64, both_ways)
{
    static const struct {
        const char *octets, *text;
    } rows[] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="},
                {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}, {"\xff\xfe\xfd", "//79"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf out;
        buf_init(&out, 64);
        mail_base64_put(span_text(rows[i].octets), &out);
        cr_expect(span_eq(buf_span(&out), span_text(rows[i].text)), "%s", rows[i].text);
        buf_clear(&out);
        cr_expect(mail_base64_read(span_text(rows[i].text), true, &out), "%s", rows[i].text);
        cr_expect(span_eq(buf_span(&out), span_text(rows[i].octets)), "%s", rows[i].text);
        buf_wipe(&out);
    }
}

Test(base64, refused)
{
    static const char *const rows[] = {"A", "AA", "AAA", "=AAA", "AAA=BBBB", "A===", "====", "AA A",
                                       "AAA!", "AAAA\n", "Zh==", "Zm9=", "AA=A", "AAAA AAAA", "-_-_"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf out;
        buf_init(&out, 64);
        cr_expect_not(mail_base64_read(span_text(rows[i]), true, &out), "%s", rows[i]);
        buf_wipe(&out);
    }
}

Test(base64, forgiven)
{
    static const struct {
        const char *text;
        bool good;
    } rows[] = {{"Zg", true}, {"Zh", true}, {"Zh==", true}, {"Zm8", true}, {"Zg=", false}, {"Z", false}, {"Z===", false},
                {"Zm9v=", false}, {"Zm9v====", false}, {"Zg==Zg==", false}, {"Z g", false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf out;
        buf_init(&out, 64);
        cr_expect(mail_base64_read(span_text(rows[i].text), false, &out) == rows[i].good, "%s", rows[i].text);
        buf_wipe(&out);
    }
}
