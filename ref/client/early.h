/* Early pipelining: greeting, EHLO reply and the replies of a first group are heard together, behind
   all that was said. What the server will offer is believed by what it said last time, which the
   hints keep: in clear text and inside TLS apart. draft-harris-early-pipe. */
#ifndef REF_CLIENT_EARLY_H
#define REF_CLIENT_EARLY_H

#include "ref/client/offers.h"
#include "ref/conf/auth_options.h"
#include "ref/conf/values.h"
#include "ref/hints/hint_ehlo.h"

struct client;
struct client_options;

/* For one host. All of it outlives the session. */
struct client_early {
    struct hints *hints;             /* NULL: nothing is kept, and nobody is spoken to early */
    span key;                        /* hint_ehlo_key() */
    const struct conf_list *keywords;/* pipelining_connect_keyword: any of them says it */
    const struct conf_auths *auths;  /* what the bits of a record stand for */
    millis keep;                     /* retry_data_expire */
    struct hint_ehlo known;          /* the record, as it was before the session; or all zero */
    bool go;                         /* the wire may be written before anything was heard */
};

/* What a session knows of its own. */
struct client_opening {
    unsigned unheard;                /* replies of the opening that are still to come: 2, 1, 0 */
    bool used;                       /* the server was spoken to early */
    bool trusted;                    /* what was believed held so far */
    bool misled;                     /* something that was believed to be offered is not */
};

/* Whether a session with these options may begin early, by what is known: the half that comes first
   offers it, TLS is believed to be there if it is required. */
bool client_early_fits(const struct client_options *options);

/* --- for session.c and its neighbours ----------------------------------------------------------- */

/* True: the reply to EHLO that is due now need not be waited for. */
bool client_early_may(const struct client *c);
/* Says EHLO; c->offers are those that are believed, until the reply is heard. */
void client_early_hello(struct client *c);
/* Hears what is unheard of the opening. A failure is the session's end. */
err client_early_hear(struct client *c) MUST_CHECK;
/* A reply to EHLO: c->offers are those that it tells; the record is made, made anew, or cleared. */
void client_early_learn(struct client *c, const struct client_reply *hello);
/* The session came to nothing for what may lie in its having begun early: the record goes. */
void client_early_forget(struct client *c);
/* AUTH is wanted. Where it must be and is not believed to be there, or a record cannot say so, what
   the server says now is waited for. */
err client_early_auth(struct client *c) MUST_CHECK;

#endif
