/* One mail over an open session: MAIL, RCPT, DATA or BDAT, and a fate for each recipient. RFC 5321
   3.3, 2920, 3030, 1870, 6152, 6531, 3461; LMTP's replies RFC 2033 4.2. */
#ifndef REF_CLIENT_MAIL_H
#define REF_CLIENT_MAIL_H

#include "ref/client/session.h"

/* RFC 3461 4.1 and 4.3; the values are those of the spool form. */
enum client_notify {
    CLIENT_NOTIFY_NEVER = 2, CLIENT_NOTIFY_SUCCESS = 4, CLIENT_NOTIFY_FAILURE = 8,
    CLIENT_NOTIFY_DELAY = 16
};
enum client_ret { CLIENT_RET_NONE = 0, CLIENT_RET_FULL = 1, CLIENT_RET_HDRS = 2 };

enum client_fate {
    CLIENT_UNDECIDED,        /* the session was over before, or it goes with another mail */
    CLIENT_TAKEN,            /* RCPT was answered 2yz; what becomes of it is seen behind the text */
    CLIENT_DELIVERED,
    CLIENT_DEFERRED,
    CLIENT_FAILED
};

struct client_recipient {
    span address;            /* as in RCPT TO:<...> */
    bool pass_dsn;           /* no: this is their last hop */
    unsigned notify;         /* enum client_notify bits; 0: not given */
    span orcpt;              /* xtext, as received */
    enum client_fate fate;
    struct client_trouble trouble;
    struct client_reply reply; /* behind the text, or the refusal */
};

struct client_mail {
    span sender;
    bool eight_bit;          /* the text has octets above 127, or came declared so */
    bool utf8;               /* addresses or header fields need SMTPUTF8 */
    bool requiretls;         /* RFC 8689: said where it is offered, inside TLS */
    uint64_t size;           /* RFC 1870 5 */
    uint64_t size_addition;  /* for SIZE=; not for BDAT */
    bool pass_dsn;
    enum client_ret ret;
    span envid;
    bool has_auth;           /* AUTH= goes with MAIL */
    span auth;               /* not coded; empty: <> */
    struct client_recipient *recipients;
    size_t count;
    /* Hands the text over, lines in CR LF; with dots: stuffed, without the last dot. */
    err (*text)(void *context, bool dots, err (*put)(void *to, span block), void *to);
    /* The recipient was delivered: told at once, before anything else is said. more: so were others by
       the same reply, who are told of next. */
    void (*delivered)(void *context, size_t which, bool more);
    void *context;
    /* What came of it. */
    bool chunked, pipelined, dsn_passed;
    bool text_sent;          /* the end of the text may have reached the server */
};

/* Gives those recipients a fate that are CLIENT_UNDECIDED, and whom it takes; those that the server
   wants in another mail of this session stay undecided: never all of them, but for the first mail of
   a session that began early (client_opening.misled). The session can be used for another mail if it
   is not over. */
void client_mail_send(struct client *c, struct client_mail *mail);

#endif
