/* Where answers come from: what unbound.c and zone.c have in common for dns.c. */
#ifndef REF_DNS_SOURCE_H
#define REF_DNS_SOURCE_H

#include "ref/dns/dns.h"
#include "ref/dns/name.h"

struct dns {
    /* The answer is zeroed but for its texts, which are empty. timeout 0: the source's own. */
    void (*ask)(struct dns *dns, const struct dns_name *name, enum dns_type type, millis timeout,
                struct arena *arena, struct dns_answer *answer);
    void (*close)(struct dns *dns);
};

#endif
