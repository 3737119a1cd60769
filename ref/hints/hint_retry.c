/* Retry data by key; what it means is for the queue to say. */
#include "ref/hints/hint_retry.h"

#include "ref/hints/record.h"

#define SMTP_PORT 25

span hint_retry_host_key(span host, const struct address *address, struct arena *arena)
{
    char ip[64];
    unsigned port = address_port(address);
    address_host(address, ip, sizeof ip);
    return span_text(port == SMTP_PORT || port == 0
                         ? arena_printf(arena, "T:%.*s:%s", SPAN_FMT(host), ip)
                         : arena_printf(arena, "T:%.*s:%s:%u", SPAN_FMT(host), ip, port));
}

span hint_retry_address_key(span address, struct arena *arena)
{
    return span_text(arena_printf(arena, "R:%.*s", SPAN_FMT(address)));
}

void hint_retry_write(const struct hint_retry *r, struct buf *out)
{
    hint_put_number(out, (uint64_t)r->first_failed, 8);
    hint_put_number(out, (uint64_t)r->last_try, 8);
    hint_put_number(out, (uint64_t)r->next_try, 8);
    hint_put_number(out, (uint32_t)r->error, 4);
    hint_put_number(out, r->more, 4);
    hint_put_number(out, r->expired, 1);
    hint_put_text(out, r->text);
}

bool hint_retry_read(span value, struct hint_retry *r)
{
    struct cursor c = cursor_of(value);
    uint64_t first, last, next, error, more, expired;
    span text;
    if (!hint_take_number(&c, &first, 8) || !hint_take_number(&c, &last, 8) ||
        !hint_take_number(&c, &next, 8) || !hint_take_number(&c, &error, 4) ||
        !hint_take_number(&c, &more, 4) || !hint_take_number(&c, &expired, 1) || expired > 1 ||
        !hint_take_text(&c, &text) || !cursor_at_end(&c)) {
        return false;
    }
    *r = (struct hint_retry){(instant)first, (instant)last, (instant)next, (int)(uint32_t)error,
                             (unsigned)more, expired == 1, text};
    return true;
}

bool hint_retry_get(struct hints *hints, span key, millis keep, struct arena *arena,
                    struct hint_retry *retry)
{
    struct hint hint;
    return hints_get(hints, HINTS_RETRY, key, keep, arena, &hint) &&
           hint_retry_read(hint.value, retry);
}

void hint_retry_put(struct hints *hints, span key, const struct hint_retry *retry)
{
    struct buf value;
    buf_init(&value, HINT_VALUE_OCTETS + 64);
    hint_retry_write(retry, &value);
    (void)hints_put(hints, HINTS_RETRY, key, 0, span_first(buf_span(&value), HINT_VALUE_OCTETS));
    buf_wipe(&value);
}

void hint_retry_drop(struct hints *hints, span key)
{
    hints_drop(hints, HINTS_RETRY, key);
}
