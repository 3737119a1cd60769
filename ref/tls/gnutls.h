/* Inside this room: what the files of GnuTLS's row share. */
#ifndef REF_TLS_GNUTLS_H
#define REF_TLS_GNUTLS_H

#include "ref/tls/engine.h"

#include <gnutls/gnutls.h>

enum { TLS_GNUTLS_AHEAD = 16384 };

/* What a context is under GnuTLS. */
struct tls_gnutls_made {
    gnutls_certificate_credentials_t credentials;
    gnutls_priority_t priority;
};

struct tls_gnutls {
    gnutls_session_t session;
    bool status_asked;          /* server: the hello asked for a stapled status */
    bool keyed;                 /* server: the ticket key is chosen */
    unsigned char key_id[TLS_KEY_ID];
    bool tls13_ticket;
    uint32_t ticket_life;       /* client: seconds that the last ticket named */
    size_t from, to;            /* of ahead: the library asks for a record in two pieces */
    unsigned char ahead[TLS_GNUTLS_AHEAD];
};

static inline struct tls_gnutls *tls_gnutls_session(const struct tls *t)
{
    return t->session;
}

/* gnutls_context.c */
err tls_gnutls_begin(struct tls_context *c, struct arena *texts) MUST_CHECK;
err tls_gnutls_identity(struct tls_context *c, const struct tls_file *chain_file,
                        const struct tls_file *key_file, struct arena *texts) MUST_CHECK;
err tls_gnutls_trust(struct tls_context *c, const struct tls_file *file,
                     struct arena *texts) MUST_CHECK;
err tls_gnutls_crl(struct tls_context *c, const struct tls_file *file,
                   struct arena *texts) MUST_CHECK;
err tls_gnutls_staple_use(struct tls_context *c, const struct tls_file *file,
                          struct arena *texts) MUST_CHECK;
void tls_gnutls_unmake(void *made);

/* gnutls_below.c */
void tls_gnutls_below(struct tls *t);

/* gnutls_tickets.c */
void tls_gnutls_tickets(struct tls *t);
void tls_gnutls_offer(struct tls *t);
span tls_gnutls_save(struct tls *t, millis *life);

/* gnutls_verify.c */
void tls_gnutls_verify(struct tls *t);
void tls_gnutls_learn(struct tls *t);

#endif
