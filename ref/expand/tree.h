/* What a template is when it has been read: nodes in a row. For the reader (template.c), the walk
   (eval.c) and the conditions of this room; nobody else looks inside. All of it is const once read
   and lives in the arena that template_read was given. */
#ifndef REF_EXPAND_TREE_H
#define REF_EXPAND_TREE_H

#include "ref/expand/template.h"
#include "ref/expand/variable.h"

struct lookup_type;
struct regex;
struct condition_row;
struct item_row;
struct operator_row;

enum node_kind {
    NODE_TEXT,     /* octets as they are */
    NODE_CAPTURE,  /* $1 */
    NODE_VARIABLE, /* $name, ${name} */
    NODE_HEADER,   /* $h_name: and kin */
    NODE_OPERATOR, /* ${name:...} */
    NODE_ITEM,     /* ${name{...}{...}} */
    NODE_KIND_COUNT
};

/* ${name_1_2:subject} */
struct operation {
    const struct operator_row *row;
    span name;     /* as written, with what stands behind the underscore: "substr_1_2" */
    span suffix;   /* "1_2"; empty: none */
    const struct template *subject;
};

struct condition {
    const struct condition_row *row;
    bool negated;
    const struct template *const *args; /* shapes with strings; forany: the list */
    size_t count;
    const struct condition *const *subs; /* and, or: all; forany: one */
    size_t sub_count;
    const struct node *defined;          /* def: a variable, header or capture */
};

/* ${name word{arg}{arg}{yes}{no}} */
struct item {
    const struct item_row *row;
    span word;                           /* what stands before the first brace: "json", "lsearch" */
    const struct lookup_type *type;      /* lookup */
    const struct condition *condition;   /* if, filter */
    const struct template *const *args;
    size_t count;
    const struct template *yes, *no;     /* NULL: not written. extract keeps them behind its args */
    bool fail;                           /* the word "fail" in the place of no */
};

struct node {
    enum node_kind kind;
    span text;                           /* the octets; the name of a variable or header */
    unsigned capture;
    enum header_form form;
    const struct variable_row *variable;
    const struct operation *operation;
    const struct item *item;
};

struct template {
    span text;                           /* as written */
    const struct node *nodes;
    size_t count;
};

#endif
