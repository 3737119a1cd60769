/* Numbers as they lie in memory, octets behind how many they are, texts with their NUL. */
#include "harness/interop/tell.h"

uint64_t tell_number(struct telling *t, uint64_t number)
{
    if (t->out) {
        buf_put(t->out, span_of(&number, sizeof number));
        return number;
    }
    t->broken = t->broken || (size_t)(t->end - t->at) < sizeof number;
    if (t->broken) {
        return 0;
    }
    memcpy(&number, t->at, sizeof number);
    t->at += sizeof number;
    return number;
}

bool tell_bool(struct telling *t, bool value)
{
    return tell_number(t, value) != 0;
}

span tell_octets(struct telling *t, span octets)
{
    uint64_t count = tell_number(t, octets.len);
    if (t->out) {
        buf_put(t->out, octets);
        return octets;
    }
    t->broken = t->broken || count > (uint64_t)(t->end - t->at);
    if (t->broken) {
        return SPAN_EMPTY;
    }
    octets = span_of(t->at, count);
    t->at += count;
    return octets;
}

const char *tell_text(struct telling *t, const char *text)
{
    span octets = tell_octets(t, text ? span_of(text, strlen(text) + 1) : SPAN_EMPTY);
    t->broken = t->broken || (octets.len > 0 && octets.at[octets.len - 1] != '\0');
    return t->broken || octets.len == 0 ? NULL : (const char *)octets.at;
}
