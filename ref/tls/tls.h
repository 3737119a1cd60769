/* TLS over any wire, under one of two libraries: OpenSSL and GnuTLS, both in every build, a row each of
   one table. A session is a wire again, so that what speaks SMTP over it is the same as in clear text.
   Nothing here logs or answers: errors carry the text that belongs behind "TLS error on connection".
   RFC 8446, 5246; tickets RFC 5077; 0-RTT is never used (RFC 8446 E.5: SMTP has no profile for it). */
#ifndef REF_TLS_TLS_H
#define REF_TLS_TLS_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/wire.h"
#include "ref/expand/facts.h"
#include "ref/hints/store.h"

enum tls_library { TLS_OPENSSL, TLS_GNUTLS, TLS_LIBRARY_COUNT };
/* "openssl", "gnutls": the words of tls_library. */
bool tls_library_named(const char *name, enum tls_library *library);

/* The words of openssl_options, in order; NULL behind the last. */
const char *tls_openssl_word(size_t i);

/* --- what all sessions of a process share --------------------------------------------------- */

/* Ticket keys (in memory only), contexts that were made before, the clock that lifetimes follow.
   Threads may use it at once. Outlives every session. */
struct tls_shared;

struct tls_setup {
    const struct clock *clock;
    struct hints *hints;          /* client's sessions; NULL: none are kept */
    millis ticket_life;           /* tls_ticket_lifetime; 0: two hours */
    millis ticket_key_life;       /* tls_ticket_key_lifetime; 0: one hour */
    const char *key_log;          /* tests: file for secrets, NSS form; NULL: none */
};
struct tls_shared *tls_shared_new(const struct tls_setup *setup);
void tls_shared_free(struct tls_shared *shared); /* NULL is fine */
/* A reload: contexts are made anew from their files. Ticket keys stay. */
void tls_shared_forget(struct tls_shared *shared);
/* The lifetimes of a new configuration. */
void tls_shared_lives(struct tls_shared *shared, millis ticket_life, millis ticket_key_life);

/* --- what a side shows and believes --------------------------------------------------------- */

/* Texts of options after expansion; empty: not set. Lists of files have colons. */
struct tls_settings {
    enum tls_library library;
    bool server;
    span certificate;     /* tls_certificate */
    span private_key;     /* tls_privatekey; empty: in the file of the certificate */
    span trust;           /* tls_verify_certificates: "system", a file, a directory; empty: nobody */
    span crl;             /* tls_crl */
    span ocsp;            /* tls_ocsp_file */
    span ciphers;         /* tls_require_ciphers, in the library's own language */
    span options;         /* openssl_options; looked at by OpenSSL alone */
};

/* Whether these can be used: files are there and are what they should be, certificate and key belong
   together, the words mean something. The text of the error names the file and the option. Keeps what
   was made, so that the first session does not pay for it. */
err tls_settings_check(struct tls_shared *shared, const struct tls_settings *settings,
                       struct arena *arena) MUST_CHECK;

/* Whether our own certificate has not expired by the clock; the error names the file. A session shows one that
   has: peers will tell. */
err tls_settings_current(struct tls_shared *shared, const struct tls_settings *settings,
                         struct arena *arena) MUST_CHECK;

/* --- sessions -------------------------------------------------------------------------------- */

enum tls_verify {
    TLS_VERIFY_NOT,       /* the peer's certificate is not looked at (server: not asked for) */
    TLS_VERIFY_TRY,       /* looked at; a bad one is no obstacle: certificate_verified tells */
    TLS_VERIFY_MUST       /* without a good one there is no session */
};
enum tls_ocsp { TLS_OCSP_NOT, TLS_OCSP_ASK, TLS_OCSP_MUST };
/* What becomes of MUST in a session that could be resumed, where no status is shown: it is not offered, so
   that a new status comes; the status that was kept with it counts; or it is offered, and fails. */
enum tls_ocsp_resumed { TLS_OCSP_RENEW, TLS_OCSP_KEEP, TLS_OCSP_FAIL };

struct tls_server_wants {
    enum tls_verify verify;
    bool tickets;         /* the peer is in tls_resumption_hosts */
    /* Called at most once, inside the handshake, when the client named a server and the settings
       depend on it ($tls_in_sni): other settings than those of the start. NULL: they do not. False:
       the name is refused (unrecognized_name). */
    bool (*named)(void *context, span sni, struct tls_settings *settings);
    void *context;
};

struct tls_client_wants {
    enum tls_verify verify;
    span sni;             /* asked for in the handshake; empty, or an address literal: no name */
    /* The certificate must be for one of these names (list with colons; RFC 6125, an address literal
       for iPAddress). Empty: any name will do. A wrong one is a certificate that does not verify. */
    span names;
    enum tls_ocsp ocsp;   /* hosts_request_ocsp, hosts_require_ocsp */
    bool tickets;         /* the peer is in tls_resumption_hosts: sessions are kept and offered */
    enum tls_ocsp_resumed ocsp_resumed; /* tls_resumption_ocsp; KEEP also fills $tls_out_ocsp */
    /* What a kept session is bound to beside all of the above and the settings. */
    span peer_address, local_address;
    uint16_t peer_port;
    span load_balancer;   /* host_name_extract; empty: none */
};

struct tls;

/* Handshake over `inner`, which must not be read or written by anybody else until tls_end, and is not
   closed by it; all within `wait`. The session lives in arena (the connection's); after an error
   nothing is left of it. ERR_IO: the settings cannot be used (what the server answers with 454);
   ERR_SYNTAX: the handshake failed; ERR_TIMEOUT, ERR_CLOSED. `what` says it in one line, in arena. */
err tls_server_start(struct tls_shared *shared, const struct tls_settings *settings,
                     const struct tls_server_wants *wants, struct wire *inner, millis wait,
                     struct arena *arena, struct tls **session) MUST_CHECK;
err tls_client_start(struct tls_shared *shared, const struct tls_settings *settings,
                     const struct tls_client_wants *wants, struct wire *inner, millis wait,
                     struct arena *arena, struct tls **session) MUST_CHECK;

/* Reads and writes text; `pending` is exact; `close` is tls_end. A peer that ends without
   close_notify is ERR_CLOSED too: SMTP has ends of its own. */
struct wire *tls_wire(struct tls *session);
/* For variables and log lines. The bits of `resumption` grow while the session is read (under TLS 1.3
   tickets come behind the handshake). cipher is the text behind X=. Lives in arena. */
const struct facts_tls *tls_facts(const struct tls *session);
/* "TLS_AES_256_GCM_SHA384": the cipher's name in the IANA registry, for Received:; or empty. */
span tls_cipher_name(const struct tls *session);
/* Says close_notify, puts the client's session into the hints, frees. Facts stay. NULL is fine. */
void tls_end(struct tls *session);

/* $tls_in_resumption, $tls_out_resumption: bits. */
enum {
    TLS_RESUME_SUPPORTED = 0x01,
    TLS_RESUME_ASKED = 0x02,      /* the client asked for a ticket */
    TLS_RESUME_OFFERED = 0x04,    /* the client offered a session */
    TLS_RESUME_TICKET = 0x08,     /* the server gave (server: would give) a ticket */
    TLS_RESUME_RESUMED = 0x10
};
/* $tls_in_ocsp, $tls_out_ocsp. */
enum {
    TLS_OCSP_NOT_ASKED = 0, TLS_OCSP_NO_RESPONSE = 1, TLS_OCSP_NOT_TRIED = 2, TLS_OCSP_FAILED = 3,
    TLS_OCSP_VERIFIED = 4
};

#endif
