/* TLS of the judge's own, on either side of a link and with either of two libraries. A handshake is
   not waited for: whoever plays asks again when something has come, as with every link. Nothing of it
   is an error: a handshake that fails, an alert, a ticket that is declined are facts that a scenario
   may want. Certificates are shown, never verified: that is the judged one's business. */
#ifndef HARNESS_LINK_TLS_H
#define HARNESS_LINK_TLS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/vec.h"
#include "harness/link/link.h"

enum { TLS_KEY_OCTETS = 80 };

enum tls_end {
    TLS_UNDER_WAY,
    TLS_STANDS,
    TLS_FAILED,
    TLS_STOPPED /* given up by us, as wanted */
};

/* A session as its library keeps it, and the ticket in it as it stood on the wire. */
struct tls_ticket {
    const char *library;
    span session;
    span octets;
};

struct tls_wants {
    const char *library; /* "openssl", "gnutls" */
    bool server;
    unsigned min, max;   /* 0x0301 is TLS 1.0; 0: 1.2 at least, 1.3 at most */
    const char *cipher;  /* one suite, by its IANA name; NULL: what the library has */
    const char *sni;     /* client: the name asked for; NULL: none */
    const struct tls_ticket *ticket; /* client: offered; NULL: none */
    /* Server: TLS_KEY_OCTETS under which tickets are given and taken; NULL: neither. */
    const unsigned char *ticket_key;
    span certificate, key; /* PEM; empty: none is shown */
    size_t record;   /* no record carries more octets, ClientHello and ServerHello too; 0: any */
    bool stops;      /* after `stop` flights of ours nothing more is said */
    unsigned stop;
    struct buf *secrets; /* lines of NSS's key log format are added; NULL: none */
};

/* A record that went by while the handshake was under way. */
struct tls_record {
    instant at;
    bool ours;
    unsigned char type; /* 20 change_cipher_spec, 21 alert, 22 handshake, 23 application_data */
    unsigned length;    /* as its head says */
};

struct tls_facts {
    enum tls_end end;
    const char *version; /* "1.3"; NULL until it stands */
    const char *cipher;  /* IANA name, or 0x1301; NULL: none was chosen */
    const char *sni;     /* server: the name that was asked for, or NULL */
    bool offered;        /* the hello had a ticket in it */
    bool resumed;
    unsigned certificates; /* Certificate messages of either side */
    unsigned tickets;      /* NewSessionTicket messages that the client got */
    unsigned early;        /* of these, before the handshake was over */
    VEC(const char *) alerts; /* the peer's, and those by which we ended it, in order */
    VEC(bool) flights;        /* of the handshake, in order: true is ours */
    VEC(struct tls_record) records;
    const struct tls_ticket *ticket; /* client: the last one that came, or NULL */
    const char *why;       /* a failure in words */
};

/* Puts TLS over l, which stands. first: octets of the peer that were read already. The copy of wants
   borrows; what is kept lives in arena, the facts also when the link is closed. ERR_SYNTAX: no such
   library, cipher or version; ERR_IO: a certificate or ticket that the library does not take. */
err link_secure(struct link *l, const struct tls_wants *wants, span first, struct arena *arena,
                const struct tls_facts **facts) MUST_CHECK;
/* Goes on as far as it can. Behind a failure the link speaks in clear: what is left of the peer's TLS
   records is passed over. */
enum tls_end link_shake(struct link *l);

/* "1.2" to 0x0303; 0: no such version. */
unsigned link_tls_version_read(const char *text);

/* One bit of the ticket changed where its owner seals it. ERR_SYNTAX: it cannot be found. */
err link_tls_ticket_tamper(const struct tls_ticket *from, struct arena *arena,
                      const struct tls_ticket **to) MUST_CHECK;
/* A ticket that only a server of our own can read, for a client that will speak as wants says. */
err link_tls_ticket_foreign(const struct tls_wants *wants, span certificate, span key,
                       struct arena *arena, const struct tls_ticket **ticket) MUST_CHECK;

#endif
