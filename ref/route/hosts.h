/* Names of hosts to lists of addresses, in the order in which they are to be tried (RFC 5321 5.1),
   with the questions that every such list raises: which of them are this host, and which are to be
   taken as if they were not there. */
#ifndef REF_ROUTE_HOSTS_H
#define REF_ROUTE_HOSTS_H

#include "ref/route/route.h"

/* However many records a domain has: so many MX names are looked at, best preference first, and so
   many addresses are kept. */
enum { ROUTE_MX_MOST = 100, ROUTE_HOSTS_MOST = 200 };

enum hosts_found {
    HOSTS_FOUND,
    HOSTS_NO_NAME,        /* no such domain */
    HOSTS_NO_ADDRESS,     /* the name is there, without an address */
    HOSTS_NO_MX,          /* an MX record was wanted, and there is none */
    HOSTS_MX_NOWHERE,     /* no MX host has an address */
    HOSTS_NO_SERVICE,     /* null MX (RFC 7505) */
    HOSTS_INSECURE,       /* DNSSEC was wanted, and is not there */
    HOSTS_IGNORED,        /* ignore_target_hosts took all of them */
    HOSTS_SELF,           /* the first of them is this host: the list holds them all */
    HOSTS_AGAIN
};

struct hosts {
    VEC(struct route_host) list;
    bool mx;              /* by MX records */
    bool was_secondary;   /* this host was in the list, and is cut off with those behind it */
    span self;            /* HOSTS_SELF: its name */
    const char *why;      /* HOSTS_AGAIN */
};

struct hosts_search {
    struct route_round *round;
    const struct host_list *ignore; /* ignore_target_hosts; NULL: none */
    bool ipv4_only, ipv4_first;
    bool need_mx;
    bool need_secure;
};

/* The addresses of one name, or a literal address itself; they are added to the list. */
enum hosts_found route_hosts_by_name(const struct hosts_search *search, span name, uint16_t port,
                               struct hosts *hosts);
/* Hosts for the domain's mail: MX in order, equal ones shuffled; without MX the domain itself. */
enum hosts_found route_hosts_by_mx(const struct hosts_search *search, span domain, uint16_t port,
                             struct hosts *hosts);
/* HOSTS_SELF if the first is this host; cuts the list at it if it stands further down, with all of
   the same preference. */
enum hosts_found route_hosts_check_self(const struct hosts_search *search, struct hosts *hosts);

#endif
