/* Address patterns, the part of Exim's address lists that needs no lookups: "u@test.ex",
   "*@test.ex", "*x@*.test.ex", a bare domain, "*", each with "!" in front to exclude. Local parts
   and domains compare without case. */
#ifndef REF_CONF_ADDRESS_LIST_H
#define REF_CONF_ADDRESS_LIST_H

#include "base/err.h"
#include "ref/conf/list.h"

struct address_pattern {
    bool negative;
    span local;  /* "*" in front: any octets, then the rest */
    span domain; /* likewise */
};

struct address_list {
    struct address_pattern *at;
    size_t count;
};

/* ERR_SYNTAX with a sentence about the item that is wrong. Text lives in arena. */
err address_list_read(span text, struct arena *arena, struct address_list *list) MUST_CHECK;

/* The first pattern that hits decides; no hit is no. */
bool address_list_match(const struct address_list *list, span local, span domain);
/* True if some pattern that includes speaks of this domain: a mailbox there may be unknown, but
   the domain is ours. */
bool address_list_has_domain(const struct address_list *list, span domain);

#endif
