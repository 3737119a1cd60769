/* One SMTP session, from greeting to close: RFC 5321 section 3 in its order. A session owns
   nothing but its memory; wire, configuration, spool and log are handed to it, and all sessions
   share the latter. */
#ifndef REF_SMTP_SESSION_H
#define REF_SMTP_SESSION_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/socket.h"
#include "base/wire.h"
#include "ref/acl/acl.h"
#include "ref/conf/auth_options.h"
#include "ref/conf/main_options.h"
#include "ref/log/session.h"
#include "ref/smtp/reply.h"
#include "ref/smtp/transaction.h"
#include "ref/spool/message.h"
#include "ref/tls/tls.h"

/* Where a session stands. The table of RFC 5321 4.1.4 (ref/smtp/verbs.c) is in these words. */
enum smtp_stage {
    STAGE_START,   /* greeted, no EHLO or HELO yet */
    STAGE_HELLO,   /* no transaction */
    STAGE_MAIL,    /* MAIL accepted, no recipient yet */
    STAGE_RCPT,    /* at least one recipient accepted */
    STAGE_CHUNKS,  /* BDAT begun, LAST not seen */
    STAGE_FAILED,  /* a chunk was refused: RSET first (RFC 3030 2) */
    STAGE_REFUSED, /* the greeting was 554: QUIT (RFC 5321 3.1) */
    STAGE_CLOSED,
    STAGE_COUNT
};

struct smtp_policy;
struct seal_store;

/* What all sessions share. Outlives them. */
struct smtp_server {
    const struct conf_main *conf;
    const struct smtp_policy *policy;
    const struct facts_server *facts;
    struct dns *dns;                 /* NULL: nobody asks the DNS */
    struct lookup_shared *lookups;   /* NULL: lookups defer */
    struct rng *rng;                 /* ${randint:} */
    const struct clock *clock;
    const struct log *log;
    struct tls_shared *tls;          /* NULL: there is no TLS */
    struct seal_store *seals;        /* keys and lists; NULL: nothing is kept */
    struct spool *spool;
    /* `verify = recipient` and `verify = sender`: ref/run asks ref/route. x is the session's. NULL:
       such a check defers. */
    enum acl_verified (*verify)(void *context, struct expansion *x, const struct acl_verify *what,
                                struct acl_verify_answer *answer);
    void *verify_context;
    const char *version;             /* "0.1.0" */
    const _Atomic bool *draining;    /* set: 421 instead of the next command; NULL: never */
    /* A message is stored and its lock given back: somebody may deliver it. later: queue_only or its ACLs
       want that left to a queue run. NULL: nobody listens. */
    void (*stored)(void *context, const char *id, bool later);
    void *stored_context;
    const _Atomic int64_t *moved;    /* nanoseconds that a test moved the clock; NULL: real clock */
};

/* Who is at the other end. */
struct smtp_peer {
    bool tcp;               /* else standard input: a local caller */
    struct address remote;
    struct address local;
    enum socket_fast fast_open;
    struct wire_socket *socket; /* the session's wire, if it is a plain one; may be NULL */
    const char *login;      /* of a local caller */
    size_t connections;     /* now, this one included */
    bool rehearsal;         /* -bh: nothing is kept, nothing waits */
    /* -bh: what ACLs decide; NULL: nobody looks. */
    void (*trace)(void *context, span line);
    void *trace_context;
};

enum { SMTP_INPUT_ROOM = 16384, SMTP_LINE_KEPT = 12288, SMTP_OUTPUT_HELD = 16384 };

/* Octets read and not used yet. */
struct smtp_input {
    unsigned char at[SMTP_INPUT_ROOM];
    size_t from, to;
    bool fresh; /* a read brought something, and no command was done since */
    err over; /* a read found the end or an error; told when the octets are used up */
};

/* What ACLs and expansions of a session stand on. Made when the first of them needs it: a session
   whose ACLs say yes without looking has none of it. */
struct smtp_expansions {
    bool ready;
    struct arena *arena;          /* the command's */
    struct expansion x;
    struct facts facts;
    struct facts_address address;
    struct acl_variables variables;
    struct expand_services expand_services;
    struct acl_services acl_services;
    struct acl_run *run;          /* the ACL that is running, or NULL */
    bool host_name_deferred;
};

/* What was offered in answer to the last EHLO: bits by row of ref/smtp/extensions.c. */
typedef unsigned smtp_offer;

struct smtp_session {
    const struct smtp_server *server;
    const struct conf_main *conf;
    struct wire *wire;
    struct tls *tls;               /* NULL: clear text */
    struct wire *below;            /* under TLS: the wire that it goes over */
    const struct smtp_peer *peer;
    struct arena *arena;           /* the connection's */
    enum smtp_stage stage;
    bool extended;                 /* greeted with EHLO */
    smtp_offer offer;
    struct log_host host;          /* for log lines; helo is what the client said */
    char helo[256];
    char remote_text[64], local_text[64];
    struct smtp_input in;
    unsigned char line[SMTP_LINE_KEPT]; /* the command being looked at */
    struct buf out;                /* replies not written yet */
    struct buf detail;             /* text of the current reply */
    struct buf reason;             /* text of a refusal for the log */
    struct smtp_transaction tx;
    struct smtp_expansions expansions;
    struct facts_peer peer_facts;
    struct facts_message message_facts;
    struct acl_controls controls;
    const struct conf_auth *authenticated; /* by which authenticator, or NULL */
    const char *close_reason;      /* $smtp_notquit_reason */
    instant began;
    size_t messages;               /* MAIL commands accepted */
    size_t accepted;
    size_t protocol_errors, unknown_commands, nonmail_commands, hellos;
    bool pipelined;                /* the client sent ahead of replies */
    bool early;                    /* it sent before it was greeted, or answered to its EHLO */
    bool early_group;              /* what it sent so is being read */
    bool hello_said;               /* EHLO or HELO was, whatever came of it */
    bool reading_text;             /* inside DATA text or a chunk */
    bool quit;                     /* by QUIT */
    bool host_name_asked;
    struct buf verbs;              /* words of commands so far, for logs: "EHLO,MAIL" */
};

/* Runs a whole session on the wire; returns when it is over, with why if it was not by QUIT or 421.
   The wire is not closed. Errors are logged already. */
err smtp_session_run(const struct smtp_server *server, const struct smtp_peer *peer,
                     struct wire *wire) MUST_CHECK;

/* A message that came without SMTP: what a session does with a text that may be stored, with
   acl_not_smtp in place of the ACL for the text. `from` is for a From: field, if it lacks one. */
struct smtp_reply smtp_session_submit(const struct smtp_server *server,
                                      const struct smtp_peer *peer, struct smtp_transaction *tx,
                                      struct smtp_receive *r, span from);

/* For a connection that is turned away at once: a single 421 (RFC 5321 3.1). */
enum smtp_busy { SMTP_BUSY_ALL, SMTP_BUSY_PEER, SMTP_BUSY_DOWN };
void smtp_session_turn_away(const struct smtp_server *server, const struct smtp_peer *peer,
                            struct wire *wire, enum smtp_busy why);

/* The text of a reply, for the log; valid until the next call. */
span smtp_session_reason(struct smtp_session *s, struct smtp_reply r);
/* Logs an event of this session. */
void smtp_session_log(const struct smtp_session *s, enum log_event event,
                      const struct log_details *details);

#endif
