/* Inside this room: what the files of OpenSSL's row share. */
#ifndef REF_TLS_OPENSSL_H
#define REF_TLS_OPENSSL_H

#include "ref/tls/engine.h"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

/* What a context is under OpenSSL. */
struct tls_openssl_made {
    SSL_CTX *ctx;
    BIO_METHOD *below;
};

struct tls *tls_openssl_of(const SSL *ssl);
/* The first thing that went wrong in this thread, in OpenSSL's words; lives in arena. */
const char *tls_openssl_why(struct arena *arena);

/* openssl_context.c */
err tls_openssl_begin(struct tls_context *c, struct arena *texts) MUST_CHECK;
err tls_openssl_identity(struct tls_context *c, const struct tls_file *chain,
                         const struct tls_file *key, struct arena *texts) MUST_CHECK;
err tls_openssl_trust(struct tls_context *c, const struct tls_file *file,
                      struct arena *texts) MUST_CHECK;
err tls_openssl_crl(struct tls_context *c, const struct tls_file *file,
                    struct arena *texts) MUST_CHECK;
err tls_openssl_staple_use(struct tls_context *c, const struct tls_file *file,
                           struct arena *texts) MUST_CHECK;
void tls_openssl_unmake(void *made);
/* openssl_options: "+no_tlsv1_3 -no_ticket ..." */
err tls_openssl_options(span words, struct arena *texts, uint64_t *set, uint64_t *clear) MUST_CHECK;

/* openssl_below.c */
BIO_METHOD *tls_openssl_below(void);

/* openssl_tickets.c */
void tls_openssl_tickets(struct tls_context *c, SSL_CTX *ctx);
void tls_openssl_tickets_of(struct tls *t, SSL *ssl);
void tls_openssl_offer(struct tls *t, SSL *ssl);
span tls_openssl_save(struct tls *t, millis *life);

/* openssl_verify.c */
void tls_openssl_verify(struct tls *t, SSL *ssl);
int tls_openssl_staple(SSL *ssl, void *arg);  /* server's status callback */
int tls_openssl_stapled(SSL *ssl, void *arg); /* client's */
void tls_openssl_learn(struct tls *t);
span tls_openssl_pem(X509 *certificate, struct arena *arena);

#endif
