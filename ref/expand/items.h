/* ${name{...}{...}} as rows. A new item is a row in items.c and a function in a file item_*.c. */
#ifndef REF_EXPAND_ITEMS_H
#define REF_EXPAND_ITEMS_H

#include "ref/expand/eval.h"
#include "ref/expand/tree.h"

enum item_shape {
    ITEM_STRINGS,    /* least to most strings in braces */
    ITEM_SLOTS,      /* as many as there are names in slots, which tell a missing one */
    ITEM_SLOTS_TAIL, /* the same, then {yes}{no} */
    ITEM_FILTER,     /* {list}{condition} */
    ITEM_IF,
    ITEM_LOOKUP,
    ITEM_EXTRACT,
    ITEM_REFUSED,    /* runs foreign code, or talks to others: never here */
    ITEM_SHAPE_COUNT
};

typedef bool item_eval(struct expansion *x, const struct item *item, struct value *out);

struct item_row {
    const char *name;
    enum item_shape shape;
    unsigned char least, most;
    const char *slots[3];    /* "first arg", ...: the word in front of "arg" and "arg" */
    item_eval *eval;
    const char *doc;         /* one line */
};

extern const struct item_row item_rows[];
extern const size_t item_row_count;
/* NULL: no such item. */
const struct item_row *item_find(span name);

/* {yes}{no} after something was found or not: $value is *found while yes is evaluated; without a
   yes the result is *found. */
bool item_tail(struct expansion *x, const struct item *item, const struct value *found,
               struct value *out);

item_eval item_if, item_lookup, item_extract, item_listextract, item_map, item_filter, item_reduce,
    item_sort, item_listquote, item_sg, item_tr, item_substr, item_length, item_hash, item_nhash, item_hmac,
    item_readfile, item_env, item_acl, item_authresults, item_srs_encode, item_certextract,
    item_prvs, item_prvscheck;

#endif
