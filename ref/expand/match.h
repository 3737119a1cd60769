/* Lists as the main options, ACL conditions, routers and `match_*` have them: items from left to
   right, the first that hits decides, `!` excludes, no hit is yes if the last item was negative. */
#ifndef REF_EXPAND_MATCH_H
#define REF_EXPAND_MATCH_H

#include "ref/expand/expand.h"

enum match_outcome { MATCH_YES, MATCH_NO, MATCH_DEFERRED };

struct matched {
    enum match_outcome outcome;
    struct value data;             /* $domain_data and kin: what a lookup gave, else the item */
    const char *why;               /* deferred; also Exim's text for a list that is wrong */
    bool wrong;                    /* deferred because the list itself is wrong */
};

/* `list` is a list's text, expanded already. Tainted items that name files are refused. */
struct matched match_domain(struct expansion *x, span domain, struct value list);
struct matched match_local_part(struct expansion *x, span local_part, struct value list,
                                bool caseful);
struct matched match_address(struct expansion *x, span address, struct value list);
/* host NULL: mail that came from no host. Names are looked up through the services, when needed. */
struct matched match_host(struct expansion *x, const struct address *host, struct value list);
/* match_ip: addresses and networks only, no names. */
struct matched match_ip(struct expansion *x, span ip, struct value list);

/* LIST_KIND_COUNT: of any kind. NULL: there is none. */
const struct named_list *named_list_find(const struct named_lists *lists, enum list_kind kind,
                                         span name);

/* Expands the list first: a forced failure is "not in the list", another failure defers. */
struct matched match_list(struct expansion *x, enum list_kind kind, span subject,
                          const struct template *list);
struct matched match_host_list(struct expansion *x, const struct address *host,
                               const struct template *list);

/* An address that one of this machine's interfaces has. */
bool match_is_ours(const struct address *address);

/* Exim's lists as text: separator, doubled separators, blanks. */
struct list_reader {
    span rest;
    unsigned char separator;
    bool ended;
};
struct list_reader list_reader_of(span list);
/* The next item, without blanks round it, doubled separators undone (in arena). False at the
   end. */
bool list_next(struct list_reader *r, struct arena *arena, span *item);
/* Appends an item, doubling separators in it. */
void list_put(struct buf *out, unsigned char separator, span item, bool first);

#endif
