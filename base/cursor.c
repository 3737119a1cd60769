/* Taking bytes off a span in order. Each take either moves past what it took or moves nothing; that
   lets a parser try alternatives without saving and restoring a position. */
#include "base/cursor.h"

span cursor_rest(const struct cursor *c)
{
    return span_from(c->in, c->pos);
}

bool cursor_take_byte(struct cursor *c, unsigned char byte)
{
    if (cursor_peek(c) != byte) {
        return false;
    }
    c->pos++;
    return true;
}

bool cursor_take_any(struct cursor *c, unsigned char *byte)
{
    if (cursor_at_end(c)) {
        return false;
    }
    *byte = c->in.at[c->pos++];
    return true;
}

bool cursor_take_literal(struct cursor *c, span literal)
{
    if (!span_starts(cursor_rest(c), literal)) {
        return false;
    }
    c->pos += literal.len;
    return true;
}

bool cursor_take_caseless(struct cursor *c, span literal)
{
    if (!span_starts_caseless(cursor_rest(c), literal)) {
        return false;
    }
    c->pos += literal.len;
    return true;
}

bool cursor_take_count(struct cursor *c, size_t count, span *taken)
{
    if (cursor_left(c) < count) {
        return false;
    }
    *taken = span_part(c->in, c->pos, count);
    c->pos += count;
    return true;
}

bool cursor_take_while(struct cursor *c, bool (*is)(unsigned char), span *taken)
{
    size_t len = span_run(cursor_rest(c), is);
    return len > 0 && cursor_take_count(c, len, taken);
}

bool cursor_take_until(struct cursor *c, unsigned char stop, span *taken)
{
    size_t before = span_find_byte(cursor_rest(c), stop);
    return before != SPAN_NONE && cursor_take_count(c, before, taken);
}

bool cursor_take_u64(struct cursor *c, uint64_t *value)
{
    struct cursor ahead = *c;
    span digits;
    if (!cursor_take_while(&ahead, ascii_is_digit, &digits) ||
        !span_to_u64(digits, value)) {
        return false;
    }
    *c = ahead;
    return true;
}

size_t cursor_skip_blanks(struct cursor *c)
{
    span blanks = SPAN_EMPTY;
    return cursor_take_while(c, ascii_is_blank, &blanks) ? blanks.len : 0;
}

bool cursor_take_be16(struct cursor *c, uint16_t *value)
{
    span two;
    if (!cursor_take_count(c, 2, &two)) {
        return false;
    }
    *value = (uint16_t)(two.at[0] << 8 | two.at[1]);
    return true;
}

bool cursor_take_be32(struct cursor *c, uint32_t *value)
{
    span four;
    if (!cursor_take_count(c, 4, &four)) {
        return false;
    }
    *value = (uint32_t)four.at[0] << 24 | (uint32_t)four.at[1] << 16 |
             (uint32_t)four.at[2] << 8 | four.at[3];
    return true;
}

bool cursor_take_vector8(struct cursor *c, span *taken)
{
    struct cursor ahead = *c;
    unsigned char len;
    bool whole = cursor_take_any(&ahead, &len) && cursor_take_count(&ahead, len, taken);
    *c = whole ? ahead : *c;
    return whole;
}

bool cursor_take_vector16(struct cursor *c, span *taken)
{
    struct cursor ahead = *c;
    uint16_t len;
    bool whole = cursor_take_be16(&ahead, &len) && cursor_take_count(&ahead, len, taken);
    *c = whole ? ahead : *c;
    return whole;
}
