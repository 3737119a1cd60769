/* Inside this room: one TLS session, and what a library does for it. A library reads and writes octets
   that lie in memory; when they move is tls.c's business. */
#ifndef HARNESS_LINK_TLS_ENGINE_H
#define HARNESS_LINK_TLS_ENGINE_H

#include "harness/link/tls.h"

/* How far one side's octets were read for the heads of records. */
struct tls_heads {
    unsigned char head[5];
    size_t have; /* of the head */
    size_t left; /* of the payload */
};

struct tls {
    struct arena *arena;
    struct link inner;
    const struct tls_engine *engine;
    void *session; /* the library's; NULL once it is freed */
    struct tls_wants wants;
    struct tls_facts facts;
    struct buf in, out;    /* TLS octets: come and not read, written and not sent */
    enum link_state ended; /* LINK_EOF, LINK_RST: how the peer ended; LINK_MOVED: it has not */
    bool began;
    bool ciphered;         /* our ChangeCipherSpec is out: records are not ours to cut any more */
    bool said_bye;
    bool unread;           /* the library may have octets that came, and has not been asked */
    span ticket_octets;    /* of the NewSessionTicket seen last */
    unsigned flights;      /* ours */
    struct tls_heads heads[2]; /* the peer's, ours */
};

struct tls_engine {
    const char *name;
    err (*open)(struct tls *t) MUST_CHECK; /* what it took is freed by close, after a failure too */
    enum tls_end (*shake)(struct tls *t);  /* as far as `in` goes; sets facts but for those noted */
    enum link_state (*read)(struct tls *t, void *at, size_t room, size_t *got);
    enum link_state (*write)(struct tls *t, span bytes, size_t *put);
    void (*bye)(struct tls *t);         /* close_notify */
    void (*close)(struct tls *t);
};

extern const struct tls_engine link_tls_engine_openssl;
extern const struct tls_engine link_tls_engine_gnutls;

/* A handshake message went by, its header left out. */
void link_tls_note_message(struct tls *t, bool ours, unsigned type, span body);
void link_tls_note_alert(struct tls *t, unsigned number);
/* The library's form of the session that the last ticket belongs to. */
void link_tls_note_session(struct tls *t, span session);
void link_tls_note_why(struct tls *t, const char *why);

/* ---- tls_words.c ---- */
struct tls_suite {
    const char *name;    /* IANA */
    unsigned number;
    const char *openssl; /* NULL: a suite of TLS 1.3, which has this name there too */
    const char *gnutls;  /* priority string */
};
extern const struct tls_suite link_tls_suites[];
extern const size_t link_tls_suite_count;
const struct tls_suite *link_tls_suite_named(const char *name);
const char *link_tls_suite_text(unsigned number, struct arena *arena);
const char *link_tls_alert_text(unsigned number, struct arena *arena);
/* NULL: no such version. */
const char *link_tls_version_text(unsigned version);

#endif
