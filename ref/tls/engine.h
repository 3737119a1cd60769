/* Inside this room: what a library does for a session, as a row, and what all of them share. A library
   reads and writes the wire below through tls_below_*, which remember how that failed; waiting is done
   there and nowhere else. */
#ifndef REF_TLS_ENGINE_H
#define REF_TLS_ENGINE_H

#include "ref/hints/hint_tls.h"
#include "ref/tls/tickets.h"
#include "ref/tls/tls.h"

#include <stdatomic.h>

enum { TLS_DIGEST = 32, TLS_CONTEXTS_KEPT = 64, TLS_TICKETS_TAKEN = 8 };
enum { TLS_UNHEARD_MOST = 256 * 1024 }; /* octets; a chain of certificates may have 128 KB in GnuTLS, 100 in OpenSSL */

struct tls_engine;

/* A file that settings name. */
struct tls_file {
    const char *option, *path;
    bool system;    /* tls_verify_certificates = system: no file, what the library trusts by itself */
    bool directory;
    span content;
};

/* A file that a context was made from, as it was then. */
struct tls_stamp {
    const char *path;
    bool there;
    int64_t changed; /* nanoseconds */
    int64_t size;
    uint64_t inode;
};

/* What settings become under a library. Never changed once made; freed with its last holder. */
struct tls_context {
    _Atomic unsigned holders;
    struct arena *arena;
    const struct tls_engine *engine;
    struct tls_shared *shared;
    struct tls_settings settings; /* texts in arena */
    unsigned char digest[TLS_DIGEST];
    VEC(struct tls_stamp) stamps;
    span own;                     /* PEM of our certificate, or empty */
    span staple;                  /* DER of tls_ocsp_file, or empty */
    instant expires;              /* the first of our certificates to do so; 0: there is none */
    const char *expires_file;
    void *made;                   /* the library's */
};

struct tls_shared {
    struct arena *arena;
    const struct clock *clock;
    struct hints *hints;
    const char *key_log;
    struct tls_tickets tickets[TLS_LIBRARY_COUNT];
    pthread_mutex_t mutex; /* of contexts */
    struct tls_context *contexts[TLS_CONTEXTS_KEPT]; /* NULL: there is room */
    size_t oldest; /* when there is none; runs on */
};

/* A client's session: what was offered, and what came. */
struct tls_keeping {
    bool wanted;              /* tickets are asked for and kept */
    bool offered;
    unsigned char key[TLS_DIGEST];
    struct hint_tls from;     /* as offered */
    bool came;                /* a ticket that has not been stored yet */
    unsigned taken;           /* how many came; behind TLS_TICKETS_TAKEN they are passed by */
    bool stored;              /* one that came on this connection was */
};

struct tls {
    struct wire wire;         /* first: a wire's functions get here by it */
    struct wire *inner;
    struct tls_shared *shared;
    struct arena *arena;
    const struct tls_engine *engine;
    struct tls_context *context;
    struct tls_context *named; /* server: in its place, since the client named us; or NULL */
    void *session;            /* the library's; NULL once freed */
    bool server;
    struct tls_server_wants as_server;
    struct tls_client_wants as_client;
    struct facts_tls facts;
    span cipher_name;
    const char *unverified;   /* why the peer's certificate is not verified, in words; NULL: it is, or nobody looked */
    unsigned char policy[TLS_DIGEST]; /* server: what a ticket is bound to, but for the name */
    struct tls_keeping keeping;
    millis until;             /* clock_ticks() at which the current call gives up */
    err below;                /* how the wire below failed last; OK: it did not */
    err end;                  /* how reading ended for good: the libraries tell that once only */
    size_t unheard;           /* octets that came since the last that was text */
    bool broken;              /* no close_notify can be said any more */
    bool renamed;             /* as_server.named was called */
    bool refused_name;
    unsigned char held;       /* one octet that `pending` had to read */
    bool holds;
};

struct tls_engine {
    const char *name;
    enum tls_library library;
    enum hint_tls_library hint;
    /* Sets c->made, whatever comes of it, by what stands in no file. */
    err (*context_begin)(struct tls_context *c, struct arena *texts);
    /* The files, as they are named: a chain and its key; the first also makes c->own. An error names the file. */
    err (*identity_use)(struct tls_context *c, const struct tls_file *chain,
                        const struct tls_file *key, struct arena *texts);
    err (*trust_use)(struct tls_context *c, const struct tls_file *file, struct arena *texts);
    err (*crl_use)(struct tls_context *c, const struct tls_file *file, struct arena *texts);
    bool crl_directories; /* of these too */
    err (*staple_use)(struct tls_context *c, const struct tls_file *file, struct arena *texts);
    void (*context_free)(void *made);
    /* Makes t->session; after an error nothing is left. */
    err (*open)(struct tls *t);
    err (*shake)(struct tls *t);
    /* Everything that facts are made from, once the handshake is over. */
    void (*learn)(struct tls *t);
    err (*read)(struct tls *t, unsigned char *at, size_t room, size_t *got);
    err (*write)(struct tls *t, span bytes);
    bool (*pending)(struct tls *t); /* octets that it has read and not given out */
    /* Client: the session as it stands, to be offered again, and for how long (0: unsaid). Empty: it
       cannot be. */
    span (*save)(struct tls *t, millis *life);
    void (*bye)(struct tls *t);
    void (*close)(struct tls *t);
};

/* What is to be done about the peer's certificate. */
static inline enum tls_verify tls_verify_wanted(const struct tls *t)
{
    return t->server ? t->as_server.verify : t->as_client.verify;
}
/* Ours: that of the name by which the client called us, if there is one. */
static inline const struct tls_context *tls_context_shown(const struct tls *t)
{
    return t->named != NULL ? t->named : t->context;
}

extern const struct tls_engine tls_engine_openssl;
extern const struct tls_engine tls_engine_gnutls;
extern const struct tls_engine *const tls_engines[TLS_LIBRARY_COUNT];

/* --- below.c: the wire under a session ------------------------------------------------------------ */

/* 0 octets: it failed, t->below says how (ERR_TIMEOUT: ask again later). */
size_t tls_below_read(struct tls *t, void *at, size_t room);
bool tls_below_write(struct tls *t, span bytes);
/* The error that a library's failure amounts to: how the wire failed, or ERR_SYNTAX with the text. */
err tls_failure(struct tls *t, const char *doing, const char *why);

/* --- contexts.c ----------------------------------------------------------------------------------- */

/* The context for these settings, made or found; the caller releases it. */
err tls_context_hold(struct tls_shared *shared, const struct tls_settings *settings,
                     struct arena *texts, struct tls_context **context) MUST_CHECK;
void tls_context_release(struct tls_context *context); /* NULL is fine */
/* A certificate of ours is good until then, in seconds. */
void tls_context_expires(struct tls_context *c, const char *path, int64_t seconds);

/* --- server.c, client.c: called by the libraries -------------------------------------------------- */

/* The client named a server: t->named is set if other settings are now to be used. False: the name is
   refused. */
bool tls_server_named(struct tls *t, span name);
/* What a ticket is bound to: policy and name. */
void tls_server_binding(const struct tls *t, span name, unsigned char digest[TLS_DIGEST]);
/* The peer's certificate is for one of the names that are wanted, if any are: asked of the library one by one. */
bool tls_client_names_fit(const struct tls *t, bool (*fits)(void *certificate, span name),
                          void *certificate);
/* A ticket came. */
void tls_client_ticket(struct tls *t);
void tls_client_begin(struct tls *t);
/* Puts what came, or what may be used again, into the hints. */
void tls_client_keep(struct tls *t, bool last);

/* A line of the key log. */
void tls_key_log(struct tls_shared *shared, span line);
/* SHA-256 over texts, each with its length. */
void tls_digest_of(const span *parts, size_t count, unsigned char digest[TLS_DIGEST]);

#endif
