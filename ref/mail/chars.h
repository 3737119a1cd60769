/* Character classes of RFC 5321, 5322, 3461 and 6531 as one table of bits, and one predicate for
   each rule name, so that a parser reads like its ABNF. The ABNF stands in chars.c. */
#ifndef REF_MAIL_CHARS_H
#define REF_MAIL_CHARS_H

#include <stdbool.h>
#include <stdint.h>

enum mail_class {
    MAIL_ATEXT = 1,      /* RFC 5322 3.2.3 */
    MAIL_QTEXT = 2,      /* RFC 5321 4.1.2 qtextSMTP */
    MAIL_DCONTENT = 4,   /* RFC 5321 4.1.3 */
    MAIL_LET_DIG = 8,    /* RFC 5321 4.1.2 */
    MAIL_LDH = 16,       /* Let-dig or "-" */
    MAIL_XCHAR = 32,     /* RFC 3461 4: not "+", not "=" */
    MAIL_UPPER_HEX = 64, /* RFC 3461 4: hexchar digits are upper case */
    MAIL_FTEXT = 128,    /* RFC 5322 2.2: header field name */
    MAIL_VALUE = 256     /* RFC 5321 4.1.2: octet of esmtp-value */
};

extern const uint16_t mail_classes[256];

static inline bool mail_is(unsigned char c, unsigned classes)
{
    return (mail_classes[c] & classes) != 0;
}
/* %x80-FF: only inside UTF8-non-ascii, RFC 6531 3.3 */
static inline bool mail_is_high(unsigned char c) { return c >= 0x80; }
static inline bool mail_is_atext(unsigned char c) { return mail_is(c, MAIL_ATEXT); }
static inline bool mail_is_dcontent(unsigned char c) { return mail_is(c, MAIL_DCONTENT); }
static inline bool mail_is_let_dig(unsigned char c) { return mail_is(c, MAIL_LET_DIG); }
static inline bool mail_is_ldh(unsigned char c) { return mail_is(c, MAIL_LDH); }
static inline bool mail_is_xchar(unsigned char c) { return mail_is(c, MAIL_XCHAR); }
static inline bool mail_is_upper_hex(unsigned char c) { return mail_is(c, MAIL_UPPER_HEX); }
static inline bool mail_is_ftext(unsigned char c) { return mail_is(c, MAIL_FTEXT); }
static inline bool mail_is_value(unsigned char c) { return mail_is(c, MAIL_VALUE); }

#endif
