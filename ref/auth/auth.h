/* SMTP AUTH (RFC 4954) by the plaintext driver: PLAIN, LOGIN, and whatever else asks for strings one
   after the other. An exchange is a value that is fed what the other end says and answers with what to
   say next; it knows octets, not base64 and not the wire. */
#ifndef REF_AUTH_AUTH_H
#define REF_AUTH_AUTH_H

#include "ref/conf/auth_options.h"
#include "ref/expand/expand.h"

/* RFC 4954 4: the longest line of an exchange, with CRLF. */
#define AUTH_LINE_OCTETS 12288

/* --- the server's side -------------------------------------------------------------------------- */

enum auth_step {
    AUTH_CONTINUE,  /* text is the challenge */
    AUTH_SUCCESS,   /* id is who it is */
    AUTH_FAILURE,   /* wrong credentials */
    AUTH_TEMPORARY  /* could not be found out; text is for the log */
};

struct auth_result {
    enum auth_step step;
    span text;
    span id;
};

struct auth_exchange {
    const struct conf_auth *with;
    struct expansion *x;
    struct facts_peer *peer;  /* $auth1 ... are written here while the condition is asked */
    struct arena *arena;
    size_t strings;           /* how many came */
    VEC(span) prompts;
};

/* The authenticator for a mechanism, its name without regard to case, among those that can serve. */
const struct conf_auth *auth_find(const struct conf_auths *auths, span mechanism);
/* server_advertise_condition; a failed expansion is a no, and *why says so, else it is NULL. */
bool auth_advertised(const struct conf_auth *a, struct expansion *x, const char **why);

/* The exchange must stand in memory until it is over. initial NULL: none; an empty one is "=". */
struct auth_result auth_begin(struct auth_exchange *e, const span *initial);
struct auth_result auth_answer(struct auth_exchange *e, span answer);

/* --- the client's side -------------------------------------------------------------------------- */

struct auth_client {
    const struct conf_auth *with;
    struct expansion *x;
    struct facts_peer *peer;  /* $auth1 ...: the server's challenges so far */
    struct arena *arena;
    VEC(const struct template *) items; /* of client_send */
    size_t sent, challenges;
};

enum auth_client_step {
    AUTH_CLIENT_SEND,    /* text goes out */
    AUTH_CLIENT_CANCEL,  /* nothing more to say: "*" */
    AUTH_CLIENT_ABANDON, /* an expansion was forced to fail: another authenticator's turn */
    AUTH_CLIENT_FAILED   /* text says why; later it may work */
};

/* client_send's items are expanded one by one, each when its turn comes; "^" in them is NUL, "^^" is
   "^". ERR_SYNTAX: an item is no template. */
err auth_client_open(struct auth_client *c) MUST_CHECK;
/* What goes with AUTH itself; empty: nothing does. */
enum auth_client_step auth_client_initial(struct auth_client *c, span *text);
/* What to answer to a challenge, which is decoded already. */
enum auth_client_step auth_client_answer(struct auth_client *c, span challenge, span *text);

#endif
