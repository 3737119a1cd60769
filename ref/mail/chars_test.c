/* The table again, computed from the ranges of the RFC texts. */
#include "ref/mail/chars.h"

#include <criterion/criterion.h>
#include <string.h>

static bool alpha(unsigned c)
{
    return (c >= 0x41 && c <= 0x5A) || (c >= 0x61 && c <= 0x7A);
}

static bool digit(unsigned c)
{
    return c >= 0x30 && c <= 0x39;
}

Test(mail_chars, every_octet_has_the_classes_of_the_abnf)
{
    for (unsigned c = 0; c < 256; c++) {
        unsigned char o = (unsigned char)c;
        cr_expect_eq(mail_is_atext(o),
                     alpha(c) || digit(c) ||
                         (c && c < 128 && strchr("!#$%&'*+-/=?^_`{|}~", (int)c)),
                     "atext %u", c);
        cr_expect_eq(mail_is(o, MAIL_QTEXT),
                     c == 32 || c == 33 || (c >= 35 && c <= 91) || (c >= 93 && c <= 126),
                     "qtextSMTP %u", c);
        cr_expect_eq(mail_is_dcontent(o), (c >= 33 && c <= 90) || (c >= 94 && c <= 126),
                     "dcontent %u", c);
        cr_expect_eq(mail_is_let_dig(o), alpha(c) || digit(c), "Let-dig %u", c);
        cr_expect_eq(mail_is_ldh(o), alpha(c) || digit(c) || c == '-', "ldh %u", c);
        cr_expect_eq(mail_is_xchar(o), c >= 33 && c <= 126 && c != '+' && c != '=', "xchar %u", c);
        cr_expect_eq(mail_is_upper_hex(o), digit(c) || (c >= 'A' && c <= 'F'), "hex %u", c);
        cr_expect_eq(mail_is_ftext(o), c >= 33 && c <= 126 && c != ':', "ftext %u", c);
        cr_expect_eq(mail_is_value(o), c >= 33 && c <= 126 && c != '=', "esmtp-value %u", c);
        cr_expect_eq(mail_is_high(o), c >= 0x80, "high %u", c);
    }
}
