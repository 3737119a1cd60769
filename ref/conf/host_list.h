/* Host lists: which peers an option speaks of. Addresses, networks ("192.0.2.0/24"), "*" for
   every host, an empty item for mail that came from no host, each with "!" in front to exclude.
   Names of hosts are refused: this server does not look names up. */
#ifndef REF_CONF_HOST_LIST_H
#define REF_CONF_HOST_LIST_H

#include "base/err.h"
#include "base/socket.h"
#include "ref/conf/list.h"

enum host_item_kind { HOST_ANY, HOST_NONE, HOST_NET };

struct host_item {
    enum host_item_kind kind;
    bool negative;
    int family;
    unsigned char net[16];
    unsigned prefix; /* bits */
};

struct host_list {
    struct host_item *at;
    size_t count;
};

/* ERR_SYNTAX with a sentence about the item that is wrong. The list lives in arena. */
err host_list_read(span text, struct arena *arena, struct host_list *list) MUST_CHECK;

/* The first item that hits decides; without a hit the answer is yes if the last item was negative.
   NULL stands for mail that came from no host. IPv4 in IPv6 form is matched as IPv4. */
bool host_list_match(const struct host_list *list, const struct address *peer);

#endif
