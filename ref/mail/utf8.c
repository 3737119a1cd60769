/* The ABNF of RFC 3629 4, which leaves out exactly what must not be accepted:

     UTF8-2 = %xC2-DF UTF8-tail
     UTF8-3 = %xE0 %xA0-BF UTF8-tail / %xE1-EC 2( UTF8-tail ) /
              %xED %x80-9F UTF8-tail / %xEE-EF 2( UTF8-tail )
     UTF8-4 = %xF0 %x90-BF 2( UTF8-tail ) / %xF1-F3 3( UTF8-tail ) / %xF4 %x80-8F 2( UTF8-tail )
     UTF8-tail = %x80-BF                                                                        */
#include "ref/mail/utf8.h"

/* One row for each alternative: range of the first octet, of the second, and the length. */
static const struct {
    unsigned char first_low, first_high, second_low, second_high, length;
} forms[] = {
    {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3}, {0xE1, 0xEC, 0x80, 0xBF, 3},
    {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3}, {0xF0, 0xF0, 0x90, 0xBF, 4},
    {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
};

bool mail_utf8_take(struct cursor *c)
{
    span rest = cursor_rest(c);
    if (rest.len < 2) {
        return false;
    }
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (rest.at[0] < forms[i].first_low || rest.at[0] > forms[i].first_high) {
            continue;
        }
        if (rest.len < forms[i].length || rest.at[1] < forms[i].second_low ||
            rest.at[1] > forms[i].second_high) {
            return false;
        }
        for (size_t k = 2; k < forms[i].length; k++) {
            if ((rest.at[k] & 0xC0) != 0x80) {
                return false;
            }
        }
        c->pos += forms[i].length;
        return true;
    }
    return false;
}

size_t mail_utf8_bad(span text)
{
    struct cursor c = cursor_of(text);
    while (!cursor_at_end(&c)) {
        if (cursor_peek(&c) < 0x80) {
            c.pos++;
        } else if (!mail_utf8_take(&c)) {
            return c.pos;
        }
    }
    return SPAN_NONE;
}

bool mail_has_high(span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] >= 0x80) {
            return true;
        }
    }
    return false;
}
