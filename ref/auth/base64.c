/* Strict on purpose: bits that the padding leaves over have to be zero, so that one value has one
   spelling (RFC 4648 3.5). */
#include "ref/auth/base64.h"

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

/* Four characters, of which the last `padding` are "=". */
static bool group_decode(const unsigned char *at, size_t padding, struct buf *out)
{
    unsigned bits = 0;
    for (size_t i = 0; i < 4 - padding; i++) {
        int v = value_of(at[i]);
        if (v < 0) {
            return false;
        }
        bits |= (unsigned)v << (18 - 6 * i);
    }
    for (size_t i = 0; i < 3 - padding; i++) {
        buf_put_byte(out, (unsigned char)(bits >> (16 - 8 * i)));
    }
    return (bits & ((1U << (8 * padding)) - 1)) == 0;
}

bool auth_base64_decode(span text, struct buf *out)
{
    if (text.len % 4 != 0) {
        return false;
    }
    for (size_t i = 0; i < text.len; i += 4) {
        size_t padding = 0;
        while (i + 4 == text.len && padding < 2 && text.at[i + 3 - padding] == '=') {
            padding++;
        }
        if (!group_decode(text.at + i, padding, out)) {
            return false;
        }
    }
    return true;
}

void auth_base64_encode(span octets, struct buf *out)
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
