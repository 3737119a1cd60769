/* Three readers of their own had three opinions about what padding may be; the differences that are meant are
   `strict`. */
#include "ref/mail/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* A digit's place in the alphabet, counted from 1: a table, since no branch foresees what comes next. */
static const unsigned char places[256] = {
     0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0, /* 00 */
     0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0, /* 10 */
     0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0, 63,  0,  0,  0, 64, /* 20 */
    53, 54, 55, 56, 57, 58, 59, 60, 61, 62,  0,  0,  0,  0,  0,  0, /* 30 */
     0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15, /* 40 */
    16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26,  0,  0,  0,  0,  0, /* 50 */
     0, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, /* 60 */
    42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52,  0,  0,  0,  0,  0, /* 70 */
};

bool mail_base64_read(span text, bool strict, struct buf *out)
{
    uint32_t bits = 0;
    size_t digits = text.len;
    while (digits > 0 && text.at[digits - 1] == '=') {
        digits--;
    }
    size_t count = digits / 4 * 3 + digits % 4 * 3 / 4, len = 0;
    unsigned char *at = buf_reserve(out, count);
    if (at == NULL) {
        out->over = true;
        return false;
    }
    for (size_t i = 0; i < digits; i++) {
        unsigned place = places[text.at[i]];
        if (place == 0) {
            return false;
        }
        bits = bits << 6 | (place - 1);
        if (i % 4 > 0) { /* every digit but the first of four completes an octet */
            at[len++] = (unsigned char)(bits >> (6 - 2 * (i % 4)));
        }
    }
    buf_add(out, len);
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
