/* Sessions by key, with the two facts that a resumed handshake cannot find again. */
#include "ref/hints/hint_tls.h"

#include "ref/hints/record.h"

#define OCSP_MOST 4u

void hint_tls_write(const struct hint_tls *tls, struct buf *out)
{
    hint_put_number(out, (uint64_t)tls->library, 1);
    hint_put_number(out, tls->verify_override, 1);
    hint_put_number(out, tls->ocsp, 1);
    hint_put_text(out, tls->session);
}

bool hint_tls_read(span value, struct hint_tls *tls)
{
    struct cursor c = cursor_of(value);
    uint64_t library, override, ocsp;
    span session;
    if (!hint_take_number(&c, &library, 1) || !hint_take_number(&c, &override, 1) ||
        !hint_take_number(&c, &ocsp, 1) || !hint_take_text(&c, &session) || !cursor_at_end(&c) ||
        (library != HINT_TLS_OPENSSL && library != HINT_TLS_GNUTLS) || override > 1 ||
        ocsp > OCSP_MOST || session.len == 0 || session.len > HINT_TLS_SESSION_OCTETS) {
        return false;
    }
    *tls = (struct hint_tls){.library = (enum hint_tls_library)library,
                             .verify_override = override == 1, .ocsp = (unsigned)ocsp,
                             .session = session};
    return true;
}

bool hint_tls_take(struct hints *hints, span key, enum hint_tls_library library,
                   struct arena *arena, struct hint_tls *tls)
{
    struct hint hint;
    if (!hints_take(hints, HINTS_TLS, key, HINT_TLS_LIFE, arena, &hint) ||
        !hint_tls_read(hint.value, tls) || tls->library != library) {
        return false;
    }
    tls->until = hint.until;
    return true;
}

static bool put(struct hints *hints, span key, instant until, const struct hint_tls *tls)
{
    struct buf value;
    buf_init(&value, HINT_TLS_SESSION_OCTETS + 64);
    hint_tls_write(tls, &value);
    bool kept = hints_put(hints, HINTS_TLS, key, until, buf_span(&value));
    buf_wipe(&value);
    return kept;
}

bool hint_tls_put(struct hints *hints, span key, millis life, const struct hint_tls *tls)
{
    if (tls->session.len == 0 || tls->session.len > HINT_TLS_SESSION_OCTETS || life < 0) {
        return false;
    }
    life = life == 0 || life > HINT_TLS_LIFE ? HINT_TLS_LIFE : life;
    return put(hints, key, hints_now(hints) + life * NANOS_PER_MILLI, tls);
}

bool hint_tls_return(struct hints *hints, span key, const struct hint_tls *tls)
{
    return tls->until > hints_now(hints) && put(hints, key, tls->until, tls);
}
