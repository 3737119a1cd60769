/* Host lists: which peers an option speaks of. Addresses, networks ("192.0.2.0/24"), "*" for
   every host, an empty item for mail that came from no host, each with "!" in front to exclude, are
   read once and matched without an expansion. Whatever else is in a list (names, patterns, lookups,
   named lists, `$`) makes it one that ref/expand reads at use. */
#ifndef REF_CONF_HOST_LIST_H
#define REF_CONF_HOST_LIST_H

#include "base/err.h"
#include "base/socket.h"
#include "ref/conf/list.h"
#include "ref/expand/match.h"
#include "ref/lookup/network.h"

enum host_item_kind { HOST_ANY, HOST_NONE, HOST_NET };

struct host_item {
    enum host_item_kind kind;
    bool negative;
    struct network net;
};

struct host_list {
    struct host_item *at;
    size_t count;
    const struct template *text; /* NULL: at and count are the whole list */
};

/* ERR_SYNTAX with a sentence about what is wrong. The list lives in arena. */
err host_list_read(span text, struct arena *arena, struct host_list *list) MUST_CHECK;

/* True if host_list_match() can answer: nothing has to be expanded or looked up. */
static inline bool host_list_is_plain(const struct host_list *list)
{
    return list->text == NULL;
}

/* For plain lists. The first item that hits decides; without a hit the answer is yes if the last
   item was negative. NULL stands for mail that came from no host. IPv4 in IPv6 form is matched as
   IPv4. */
bool host_list_match(const struct host_list *list, const struct address *peer);

/* For every list. */
static inline struct matched host_list_ask(const struct host_list *list, struct expansion *x,
                                           const struct address *peer)
{
    if (!host_list_is_plain(list)) {
        return match_host_list(x, peer, list->text);
    }
    return (struct matched){
        .outcome = host_list_match(list, peer) ? MATCH_YES : MATCH_NO, .data.text = SPAN_EMPTY};
}

#endif
