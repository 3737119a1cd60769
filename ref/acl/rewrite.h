/* Rewriting rules at work: on envelope addresses and on addresses in header fields. Rules in their
   order, each perhaps again and again, as its flags say. */
#ifndef REF_ACL_REWRITE_H
#define REF_ACL_REWRITE_H

#include "ref/conf/rewrite.h"
#include "ref/expand/expand.h"
#include "ref/log/log.h"

struct rewriting {
    const struct conf_rewrites *rules;
    struct expansion *x;             /* results live in its arena */
    span qualify_domain;             /* for flag Q */
    const struct log *log;           /* NULL: failed expansions are not told */
    span id;                         /* of the message, for the log */
};

/* `where` is one place: REWRITE_ENVELOPE_FROM, ..., REWRITE_TO, or REWRITE_SMTP. False: the address
   stays as it is. *whole: the result is to replace the phrase too (flag w, fields only). */
bool rewrite_address(const struct rewriting *r, unsigned where, span address, span *out,
                     bool *whole);

/* The field with its addresses rewritten, LF at its end; false if none was, or if it is no field
   that holds addresses. */
bool rewrite_field(const struct rewriting *r, span field, span *out);

#endif
