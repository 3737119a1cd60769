/* One SMTP session as a client: RFC 5321 3 and 4 seen from the other side. Straight line: what is
   said goes into a group (RFC 2920), each command leaves a note of the reply that it waits for, and
   replies are taken for the notes in their order. So what is sent and what is received have each a
   state of their own, and a reply can never be taken for another command's. */
#ifndef REF_CLIENT_SESSION_H
#define REF_CLIENT_SESSION_H

#include "ref/client/early.h"
#include "ref/client/offers.h"
#include "ref/client/reply.h"
#include "ref/conf/auth_options.h"
#include "ref/expand/expand.h"
#include "ref/tls/tls.h"

/* TLS for a connection. */
struct client_tls {
    struct tls_shared *shared;           /* NULL: TLS is not spoken */
    struct tls_settings settings;
    struct tls_client_wants wants;
    bool at_once;                        /* before the greeting: smtps */
    bool avoid;                          /* hosts_avoid_tls */
    bool require;                        /* hosts_require_tls */
    bool try_clear;                      /* tls_tempfail_tryclear */
    /* host_name_extract: who of several behind one address said this in reply to EHLO; it becomes
       wants.load_balancer. NULL: it does not matter. */
    span (*balanced)(void *context, span hello);
    void *context;
};

/* Authentication. */
struct client_auth {
    const struct conf_auths *auths;
    bool want, require;                  /* hosts_try_auth, hosts_require_auth */
    struct expansion *x;                 /* for client_send; NULL: none is tried */
    struct facts_peer *peer;             /* of x: $auth1 ... are written there */
};

/* What a connection is to be like. All of it outlives the session. */
struct client_options {
    span hello;                          /* the name in EHLO */
    bool lmtp;                           /* LHLO, a reply for each recipient: RFC 2033 */
    bool avoid_esmtp, avoid_pipelining, avoid_chunking;
    millis command_wait, data_wait, final_wait;
    const struct clock *clock;
    struct client_tls tls;
    struct client_auth auth;
    struct client_early early;
};

/* What a reply is the reply to. */
enum client_step {
    CLIENT_GREETING, CLIENT_HELLO, CLIENT_STARTTLS, CLIENT_AUTH, CLIENT_MAIL, CLIENT_RCPT,
    CLIENT_DATA, CLIENT_TEXT, CLIENT_RSET, CLIENT_QUIT
};

/* Why something came to nothing. */
enum client_cause {
    CLIENT_FINE,
    CLIENT_REFUSED,      /* by a reply, which is there: 421, 4yz, 5yz, or one that does not fit */
    CLIENT_LOST,         /* the connection is gone */
    CLIENT_TIMED_OUT,
    CLIENT_NONSENSE,     /* what came is no reply, or one that nobody asked for */
    CLIENT_TLS_NEEDED,   /* TLS is required and not to be had */
    CLIENT_TLS_FAILED,   /* the handshake */
    CLIENT_AUTH_NEEDED,  /* authentication is required and not to be had */
    CLIENT_AUTH_FAILED,
    CLIENT_UNSENDABLE,   /* this message cannot go to this server: SIZE, 8BITMIME, SMTPUTF8 */
    CLIENT_OUR_FAULT     /* the message could not be read here */
};

struct client_trouble {
    enum client_cause cause;
    enum client_step step;
    bool permanent;      /* 5yz to something that does not depend on the day */
    bool lasting;        /* CLIENT_TLS_...: it is the server's way, another day would be the same */
    bool pipelined;
    int sys;             /* errno, if the system said one */
    span command;        /* "MAIL FROM:<a@b>", "end of data"; texts are in the connection's arena */
    struct client_reply reply; /* CLIENT_REFUSED */
    span text;           /* a sentence for the log, complete */
    const char *status;  /* RFC 3463, when no reply has one; or NULL */
};

enum { CLIENT_GROUP = 100, CLIENT_GROUP_OCTETS = 8192 };

struct client_note {
    enum client_step step;
    size_t which;        /* the recipient's number */
    span command;
    bool pipelined;
};

/* An authenticator, and what the server said of it. */
struct client_auth_refusal {
    span authenticator, reply;
};

struct client {
    const struct client_options *options;
    struct arena *arena;
    struct wire *wire;                   /* the outermost */
    struct wire *plain;                  /* below TLS */
    struct tls *tls;                     /* NULL in clear text */
    struct client_reader in;
    struct buf out;                      /* said, not sent */
    struct client_note notes[CLIENT_GROUP];
    size_t first_note, note_count;
    struct client_offers offers;
    struct client_opening opening;
    bool text_begun;                     /* something of a message went out */
    bool esmtp;                          /* EHLO was understood */
    bool mail_open;                      /* MAIL was taken, and nothing has ended it */
    char said[12];                       /* the session in letters, as PS= has it: e h l s a */
    bool over;                           /* nothing more can be said or heard */
    bool closing;                        /* 421 was said */
    struct client_trouble trouble;       /* why the session, as a whole, ended */
    /* For reports and log lines. */
    span greeting, hello_reply;          /* first lines */
    span hello_text;                     /* the whole reply to EHLO */
    span last_command;
    struct client_reply last_reply;
    span authenticator;                  /* "plain", or "plain:id" */
    bool authenticated;
    VEC(struct client_auth_refusal) auth_refused; /* logins that a session goes on without */
    size_t messages;                     /* transactions begun */
};

/* Greeting, EHLO or HELO, STARTTLS, AUTH, over a wire that the caller closes after client_end().
   With options->early.go what needs no answer is only said, and goes out with the first mail.
   False: c->trouble says why not, and client_end() is all that may follow. */
bool client_begin(struct client *c, struct wire *wire, const struct client_options *options,
                  struct arena *arena);
/* Says QUIT and waits for the answer, if the connection is worth it. */
void client_end(struct client *c);

bool client_pipelines(const struct client *c);
/* The session is over before anything of a message went out, and may be so because it began early:
   one that waits for the greeting is worth a try. */
bool client_early_spoilt(const struct client *c);
static inline const struct facts_tls *client_tls_facts(const struct client *c)
{
    return c->tls != NULL ? tls_facts(c->tls) : NULL;
}

/* --- for the other files of this room --------------------------------------------------------- */

/* Puts a line into the group and leaves its note, in which stands what is shown of the line. There must
   be room: client_full(). */
void client_say(struct client *c, enum client_step step, size_t which, span line, span shown);
bool client_full(const struct client *c);
/* The note alone, for what is not a line. */
void client_expect(struct client *c, enum client_step step, size_t which, span command,
                   bool pipelined);
/* Sends the group. */
err client_flush(struct client *c, millis wait) MUST_CHECK;
/* Sends what was said, and takes the reply of the oldest note. A failure is the session's end. */
err client_hear(struct client *c, millis wait, struct client_note *note,
                struct client_reply *reply) MUST_CHECK;
/* One command that nothing goes with. */
err client_ask(struct client *c, enum client_step step, span line, millis wait,
               struct client_reply *reply) MUST_CHECK;
/* The server must not have spoken since its last reply: 421 is taken, all else is the end. */
err client_quiet(struct client *c, enum client_step next, span command) MUST_CHECK;
/* One more letter for c->said, as far as there is room. */
void client_letter(struct client *c, char letter);
/* Notes how a connection failed; gives e back. */
err client_failed(struct client *c, err e, const struct client_note *note);
/* The trouble that a reply is. */
struct client_trouble client_refusal(struct client *c, const struct client_note *note,
                                     const struct client_reply *reply);
void client_trouble_is(struct client *c, enum client_cause cause, enum client_step step,
                       const char *format, ...) PRINTF_LIKE(4, 5);

/* STARTTLS and what it takes (tls.c); AUTH (auth.c). */
err client_tls_begin(struct client *c) MUST_CHECK;
bool client_auth_run(struct client *c);

#endif
