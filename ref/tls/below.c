/* The wire under a session: the one place where TLS waits, and where a peer that talks TLS without end is cut
   off: GnuTLS would hold a hello of 16 MB, and either library would read tickets and changes of keys for ever. */
#include "ref/tls/engine.h"

size_t tls_below_read(struct tls *t, void *at, size_t room)
{
    size_t got = 0;
    if (t->unheard > TLS_UNHEARD_MOST) {
        t->below = err_of(ERR_SYNTAX, "too many octets without text in them");
        return 0;
    }
    millis left = t->until - clock_ticks();
    t->below = wire_read(t->inner, at, room, left > 0 ? left : 0, &got);
    t->unheard += got;
    return failed(t->below) ? 0 : got;
}

/* A library that meets the end of the wire may still say an alert: that it went out changes nothing. */
bool tls_below_write(struct tls *t, span bytes)
{
    millis left = t->until - clock_ticks();
    err e = wire_write(t->inner, bytes, left > 0 ? left : 0);
    if (failed(e)) {
        t->below = e;
        t->broken = true; /* part of a record may be out */
    }
    return !failed(e);
}

err tls_failure(struct tls *t, const char *doing, const char *why)
{
    if (t->below.kind == ERR_TIMEOUT) {
        return err_of(ERR_TIMEOUT, arena_printf(t->arena, "(%s): timed out", doing));
    }
    t->broken = true;
    if (failed(t->below)) {
        return err_of(t->below.kind, arena_printf(t->arena, "(%s): %s", doing,
                                                  err_text(t->below, t->arena)));
    }
    return err_of(ERR_SYNTAX, arena_printf(t->arena, "(%s): %s", doing, why));
}
