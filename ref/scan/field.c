/* Both ends are refmta, but one of them has foreign code in it: what comes is read as if anybody had
   written it. */
#include "ref/scan/field.h"

void scan_field_put(struct buf *out, unsigned char letter, span value)
{
    buf_printf(out, "%c%zu:", letter, value.len);
    buf_put(out, value);
}

bool scan_field_take(span *in, struct scan_field *field)
{
    span digits, rest;
    uint64_t len;
    if (in->len == 0 || !span_split(span_from(*in, 1), ':', &digits, &rest) ||
        !span_to_u64(digits, &len) || len > rest.len) {
        return false;
    }
    *field = (struct scan_field){in->at[0], span_first(rest, (size_t)len)};
    *in = span_from(rest, (size_t)len);
    return true;
}
