/* Three readers of their own had three opinions about what padding may be; the differences that are meant are
   `strict`. */
#include "ref/mail/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int value_of(unsigned char c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (ascii_is_digit(c)) {
        return c - '0' + 52;
    }
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool mail_base64_read(span text, bool strict, struct buf *out)
{
    uint32_t bits = 0;
    size_t digits = text.len;
    while (digits > 0 && text.at[digits - 1] == '=') {
        digits--;
    }
    for (size_t i = 0; i < digits; i++) {
        int value = value_of(text.at[i]);
        if (value < 0) {
            return false;
        }
        bits = bits << 6 | (uint32_t)value;
        if (i % 4 > 0) { /* every digit but the first of four completes an octet */
            buf_put_byte(out, (unsigned char)(bits >> (6 - 2 * (i % 4))));
        }
    }
    size_t padding = text.len - digits, missing = (4 - digits % 4) % 4;
    uint32_t over = bits & ((1U << 2 * missing) - 1);
    return missing != 3 && (padding == missing || (padding == 0 && !strict)) && (over == 0 || !strict);
}

void mail_base64_put(span octets, struct buf *out)
{
    for (size_t i = 0; i < octets.len; i += 3) {
        size_t left = octets.len - i < 3 ? octets.len - i : 3;
        unsigned bits = 0;
        for (size_t k = 0; k < left; k++) {
            bits |= (unsigned)octets.at[i + k] << (16 - 8 * k);
        }
        for (size_t k = 0; k < 4; k++) {
            buf_put_byte(out, k <= left ? (unsigned char)alphabet[bits >> (18 - 6 * k) & 63] : '=');
        }
    }
}
