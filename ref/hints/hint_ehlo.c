/* EHLO replies by address and port; a host's name is not in the key, because names move. */
#include "ref/hints/hint_ehlo.h"

#include "ref/hints/record.h"

span hint_ehlo_key(const struct address *address, struct arena *arena)
{
    char ip[64];
    address_host(address, ip, sizeof ip);
    return span_text(arena_printf(arena, strchr(ip, ':') ? "[%s]:%u.EHLO" : "%s:%u.EHLO", ip,
                                  address_port(address)));
}

void hint_ehlo_write(const struct hint_ehlo *ehlo, struct buf *out)
{
    hint_put_number(out, ehlo->clear_features, 2);
    hint_put_number(out, ehlo->crypted_features, 2);
    hint_put_number(out, ehlo->clear_auths, 2);
    hint_put_number(out, ehlo->crypted_auths, 2);
    hint_put_number(out, ehlo->limit_mail, 4);
    hint_put_number(out, ehlo->limit_rcpt, 4);
    hint_put_number(out, ehlo->limit_rcptdom, 4);
}

static bool is_said(uint16_t features)
{
    return (features & HINT_EARLY_PIPE) == 0 || (features & HINT_PIPELINING) != 0;
}

bool hint_ehlo_read(span value, struct hint_ehlo *ehlo)
{
    struct cursor c = cursor_of(value);
    uint64_t halves[4], limits[3];
    for (size_t i = 0; i < sizeof halves / sizeof *halves; i++) {
        if (!hint_take_number(&c, &halves[i], 2)) {
            return false;
        }
    }
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        if (!hint_take_number(&c, &limits[i], 4)) {
            return false;
        }
    }
    *ehlo = (struct hint_ehlo){(uint16_t)halves[0], (uint16_t)halves[1], (uint16_t)halves[2],
                               (uint16_t)halves[3], (uint32_t)limits[0], (uint32_t)limits[1],
                               (uint32_t)limits[2]};
    return cursor_at_end(&c) && is_said(ehlo->clear_features) && is_said(ehlo->crypted_features);
}

bool hint_ehlo_get(struct hints *hints, span key, millis keep, struct hint_ehlo *ehlo)
{
    struct hint hint;
    struct arena *arena = arena_new();
    bool there = hints_get(hints, HINTS_MISC, key, keep, arena, &hint);
    if (there && !hint_ehlo_read(hint.value, ehlo)) {
        hints_foreign(hints, HINTS_MISC, key);
        there = false;
    }
    arena_free(arena);
    return there;
}

void hint_ehlo_put(struct hints *hints, span key, const struct hint_ehlo *ehlo)
{
    struct buf value;
    buf_init(&value, 64);
    hint_ehlo_write(ehlo, &value);
    (void)hints_put(hints, HINTS_MISC, key, 0, buf_span(&value));
    buf_wipe(&value);
}

void hint_ehlo_drop(struct hints *hints, span key)
{
    hints_drop(hints, HINTS_MISC, key);
}

static void names_put(const char *half, unsigned features, struct buf *out)
{
    static const struct {
        enum hint_feature bit;
        const char *name;
    } rows[] = {
        {HINT_TLS, "STARTTLS"},       {HINT_IGNOREQUOTA, "IGNOREQUOTA"}, {HINT_PRDR, "PRDR"},
        {HINT_SMTPUTF8, "SMTPUTF8"},  {HINT_DSN, "DSN"},                 {HINT_PIPELINING, "PIPELINING"},
        {HINT_SIZE, "SIZE"},          {HINT_CHUNKING, "CHUNKING"},       {HINT_EARLY_PIPE, "PIPECONNECT"},
        {HINT_REQUIRETLS, "REQUIRETLS"}, {HINT_8BITMIME, "8BITMIME"},
    };
    if (features == 0) {
        return;
    }
    buf_printf(out, ", %s:", half);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if ((features & rows[i].bit) != 0) {
            buf_printf(out, " %s", rows[i].name);
        }
    }
}

void hint_ehlo_describe(const struct hint_ehlo *ehlo, struct buf *out)
{
    names_put("in clear", ehlo->clear_features, out);
    names_put("in TLS", ehlo->crypted_features, out);
}
