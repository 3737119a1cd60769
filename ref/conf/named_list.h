/* domainlist, hostlist, addresslist, localpartlist: lists with a name, for `+name` in others. */
#ifndef REF_CONF_NAMED_LIST_H
#define REF_CONF_NAMED_LIST_H

#include "ref/conf/option.h"

/* Takes "[hide] domainlist name = list"; *taken: no if the line is none of these. */
err named_list_read(span line, struct conf_where where, struct arena *arena,
                    struct named_list *list, bool *taken) MUST_CHECK;
/* "domain", "host", "address", "local part" */
const char *named_list_word(enum list_kind kind);
/* Sorts by kind and name. */
void named_lists_sort(struct named_list *at, size_t count);

/* The first `+name` in a literal list that names no list of the kind; empty if all are there. */
span named_list_missing(const struct named_lists *lists, enum list_kind kind,
                        const struct template *list, struct arena *arena);

#endif
