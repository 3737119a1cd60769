/* The acl section as it is written: names and the lines below them. ref/acl makes ACLs of them. */
#ifndef REF_CONF_ACL_LINES_H
#define REF_CONF_ACL_LINES_H

#include "base/vec.h"
#include "ref/conf/where.h"

/* One logical line: macros replaced, continuations joined, trimmed. */
struct acl_line {
    span text;
    struct conf_where where;
};

struct conf_acl {
    const char *name;
    VEC(struct acl_line) lines;
    struct conf_where where;  /* of "name:" */
};

struct conf_acls {
    VEC(struct conf_acl) rows; /* in the order of the file; names differ */
};

#endif
