/* Codes in front of texts: taken, left alone, or refused for their class. */
#include "ref/acl/acl.h"

#include <criterion/criterion.h>

Test(acl_code, rows)
{
    static const struct {
        const char *message;
        unsigned char digit;
        bool wrong;
        unsigned code;
        const char *status, *text;
    } rows[] = {
        {"go away", '5', false, 0, "", "go away"},
        {"554 go away", '5', false, 554, "", "go away"},
        {"554 5.7.9 go away", '5', false, 554, "5.7.9", "go away"},
        {"554", '5', false, 554, "", ""},
        {"450 4.2.1 custom", '5', true, 0, "", "custom"},
        {"550 4.1.1 custom", '5', true, 0, "", "custom"},
        {"550x no code", '5', false, 0, "", "550x no code"},
        {"5500 no code", '5', false, 0, "", "5500 no code"},
        {"550 5.1 no status", '5', false, 550, "", "5.1 no status"},
        {"251 2.1.5 fine", '2', false, 251, "2.1.5", "fine"},
        {"", '5', false, 0, "", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct acl_code c = {.code = 0, .status = SPAN_EMPTY};
        err e = acl_code_read(span_text(rows[i].message), rows[i].digit, &c);
        cr_expect_eq(failed(e), rows[i].wrong, "%s", rows[i].message);
        cr_expect_eq(c.code, rows[i].code, "%s: %u", rows[i].message, c.code);
        cr_expect(span_eq(c.status, span_text(rows[i].status)), "%s: %.*s", rows[i].message,
                  SPAN_FMT(c.status));
        cr_expect(span_eq(c.text, span_text(rows[i].text)), "%s: %.*s", rows[i].message,
                  SPAN_FMT(c.text));
    }
}
