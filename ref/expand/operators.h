/* ${name:subject} as rows. A new operator is a row in operators.c and a function in a file
   op_*.c. */
#ifndef REF_EXPAND_OPERATORS_H
#define REF_EXPAND_OPERATORS_H

#include "ref/expand/eval.h"
#include "ref/expand/tree.h"

/* *value is the subject, which the function changes into the result; its taint stays unless the
   function says otherwise. */
typedef bool operator_eval(struct expansion *x, const struct operation *op, struct value *value);

struct operator_row {
    const char *name;
    operator_eval *eval;     /* NULL: Exim has it, this server does not */
    unsigned char variant;   /* the function's own: which digest, which base, ... */
    const char *doc;         /* one line */
};

extern const struct operator_row operator_rows[];
extern const size_t operator_row_count;
/* "substr_1_2" is the row "substr" and the suffix "1_2"; names with an underscore of their own
   come first. NULL: no such operator. */
const struct operator_row *operator_find(span name, span *suffix);

/* The address out of a mailbox as header fields have them; empty: there is none. */
span operator_address(span mailbox, struct arena *arena);

enum { MAILBOX_ADDRESS, MAILBOX_LOCAL_PART, MAILBOX_DOMAIN };
enum { CASE_LOWER, CASE_UPPER };
enum { ESCAPE_UNPRINTABLE, ESCAPE_EIGHT_BIT };
enum { EVAL_ANY_BASE, EVAL_DECIMAL };
enum { IPV6_SHORT, IPV6_ALL_DIGITS };

operator_eval op_case, op_strlen, op_digest, op_digest_of_length, op_to_base, op_from_base,
    op_base64, op_base64d, op_hex2b64, op_hexquote, op_mailbox, op_addresses, op_quote,
    op_quote_local_part, op_rxquote, op_escape, op_utf8clean, op_from_utf8, op_rfc2047, op_rfc2047d,
    op_eval, op_expand, op_listcount, op_listnamed, op_mask, op_ipv6, op_reverse_ip,
    op_time_interval, op_time_eval, op_stat, op_randint, op_substr, op_length, op_hash, op_nhash;

#endif
