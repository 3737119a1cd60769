/* ${name:subject} as rows. A new operator is a row in operators.c and a function in a file
   op_*.c. */
#ifndef REF_EXPAND_OPERATORS_H
#define REF_EXPAND_OPERATORS_H

#include "ref/expand/eval.h"
#include "ref/expand/tree.h"

/* The subject's taint is the result's unless the function says otherwise: *out comes with it. */
typedef bool operator_eval(struct expansion *x, const struct operation *op, struct value subject,
                           struct value *out);

struct operator_row {
    const char *name;
    operator_eval *eval;     /* NULL: Exim has it, this server does not */
    const char *doc;         /* one line */
};

extern const struct operator_row operator_rows[];
extern const size_t operator_row_count;
/* "substr_1_2" is the row "substr" and the suffix "1_2"; names with an underscore of their own
   come first. NULL: no such operator. */
const struct operator_row *operator_find(span name, span *suffix);

operator_eval op_lc, op_uc, op_strlen, op_md5, op_sha1, op_sha256, op_sha2, op_sha3, op_base32,
    op_base32d, op_base62, op_base62d, op_base64, op_base64d, op_hex2b64, op_hexquote, op_address, op_addresses,
    op_domain, op_local_part, op_quote, op_quote_local_part, op_rxquote, op_escape, op_escape8bit,
    op_utf8clean, op_from_utf8, op_rfc2047, op_rfc2047d, op_eval, op_eval10, op_expand,
    op_listcount, op_listnamed, op_mask, op_ipv6norm, op_ipv6denorm, op_reverse_ip,
    op_time_interval, op_time_eval, op_stat, op_randint, op_substr, op_length, op_hash, op_nhash;

#endif
