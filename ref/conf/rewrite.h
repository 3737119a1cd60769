/* Rewriting rules: the rewrite section, and headers_rewrite of a transport. */
#ifndef REF_CONF_REWRITE_H
#define REF_CONF_REWRITE_H

#include "base/vec.h"
#include "ref/conf/values.h"

enum rewrite_flag {
    REWRITE_ENVELOPE_FROM = 1,   /* F */
    REWRITE_ENVELOPE_TO = 2,     /* T */
    REWRITE_BCC = 4,             /* b */
    REWRITE_CC = 8,              /* c */
    REWRITE_FROM = 16,           /* f */
    REWRITE_REPLY_TO = 32,       /* r */
    REWRITE_SENDER = 64,         /* s */
    REWRITE_TO = 128,            /* t */
    REWRITE_SMTP = 256,          /* S: the argument of MAIL and RCPT as it came */
    REWRITE_WHOLE = 512,         /* w: the phrase of a header address too */
    REWRITE_QUIT = 1024,         /* q: no further rules once this one has rewritten */
    REWRITE_QUALIFY = 2048,      /* Q: a result without domain is qualified */
    REWRITE_REPEAT = 4096        /* R: again, ten times at most */
};
#define REWRITE_HEADERS 0xFCu    /* h, and what a rule with no flags adds to E */
#define REWRITE_ENVELOPE 3u      /* E */

struct rewrite_rule {
    const struct template *pattern;     /* an address list of one item; S: a regular expression */
    const struct template *replacement; /* NULL: "*", the address stays and rules end for it */
    unsigned flags;
    struct conf_where where;
};

struct conf_rewrites {
    VEC(struct rewrite_rule) rules;
    unsigned flags;                     /* of all rules: what has to be looked at, at all */
};

/* One rule "pattern replacement flags". headers_only: as headers_rewrite has it. */
err conf_rewrite_read(span line, bool headers_only, struct conf_where where, struct arena *arena,
                      struct conf_rewrites *rewrites) MUST_CHECK;

#endif
