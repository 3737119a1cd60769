/* A record of an older release, of another machine or of nobody is not believed: every field is
   taken through these, and what does not fit is no data. */
#include "ref/hints/record.h"

#include "ref/hints/store.h"

void hint_put_number(struct buf *out, uint64_t number, unsigned octets)
{
    for (unsigned i = 0; i < octets; i++) {
        buf_put_byte(out, (unsigned char)(number >> (8 * i)));
    }
}

bool hint_take_number(struct cursor *c, uint64_t *number, unsigned octets)
{
    span taken;
    if (!cursor_take_count(c, octets, &taken)) {
        return false;
    }
    *number = 0;
    for (unsigned i = octets; i-- > 0;) {
        *number = *number << 8 | taken.at[i];
    }
    return true;
}

void hint_put_text(struct buf *out, span text)
{
    text = span_first(text, UINT16_MAX);
    hint_put_number(out, text.len, 2);
    buf_put(out, text);
}

bool hint_take_text(struct cursor *c, span *text)
{
    struct cursor at = *c;
    uint64_t len;
    if (!hint_take_number(&at, &len, 2) || !cursor_take_count(&at, (size_t)len, text)) {
        return false;
    }
    *c = at;
    return true;
}

void hint_write(const struct hint *hint, struct buf *out)
{
    buf_put_byte(out, HINT_VERSION);
    hint_put_number(out, (uint64_t)hint->stamp, 8);
    hint_put_number(out, (uint64_t)hint->until, 8);
    buf_put(out, hint->value);
}

bool hint_read(span record, struct hint *hint)
{
    struct cursor c = cursor_of(record);
    uint64_t stamp, until;
    if (!cursor_take_byte(&c, HINT_VERSION) || !hint_take_number(&c, &stamp, 8) ||
        !hint_take_number(&c, &until, 8)) {
        return false;
    }
    *hint = (struct hint){(instant)stamp, (instant)until, cursor_rest(&c)};
    return true;
}
