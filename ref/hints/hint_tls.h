/* TLS sessions to offer again. Each is given out once (RFC 8446 C.4: a ticket used twice ties the
   two connections together); who may use it again puts it back. */
#ifndef REF_HINTS_HINT_TLS_H
#define REF_HINTS_HINT_TLS_H

#include "ref/hints/store.h"

#define HINT_TLS_SESSION_OCTETS ((size_t)16384) /* larger ones are not kept */
#define HINT_TLS_LIFE ((millis)604800 * 1000)   /* RFC 8446 4.6.1: no longer than seven days */

/* The library whose octets they are: the other one cannot read them. */
enum hint_tls_library { HINT_TLS_OPENSSL = 1, HINT_TLS_GNUTLS = 2 };

struct hint_tls {
    enum hint_tls_library library;
    bool verify_override; /* the certificate had failed, and that was allowed */
    unsigned ocsp;        /* what was found then: 0 to 4 */
    span session;
    instant until;              /* set by hint_tls_take: past it nobody may offer it */
};

/* key: a digest of all that the session depends on (address, port, name, settings): the caller's.
   True: it was there, of this library, not past its life; and it is there no more. Lives in arena.
   */
bool hint_tls_take(struct hints *hints, span key, enum hint_tls_library library,
                   struct arena *arena, struct hint_tls *tls);
/* life: the lifetime that the server named, from now; 0 means none was named (RFC 5077 3.3), and
   HINT_TLS_LIFE is the most. One session for a key: the newest. False: it was not kept. */
bool hint_tls_put(struct hints *hints, span key, millis life, const struct hint_tls *tls);
/* Puts back what hint_tls_take gave, its life unchanged: for who used it and was given no other. */
bool hint_tls_return(struct hints *hints, span key, const struct hint_tls *tls);

/* The value of a record. */
void hint_tls_write(const struct hint_tls *tls, struct buf *out);
bool hint_tls_read(span value, struct hint_tls *tls);

#endif
