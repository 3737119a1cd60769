/* One way to ask the DNS: a question in, records as values out. Behind it stands libunbound
   (unbound.c) or zone text given by a test (zone.c); nobody else in the house asks the network for
   names. Calls block until the answer, the deadline of the resolver, or a cancelled session. */
#ifndef REF_DNS_DNS_H
#define REF_DNS_DNS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/socket.h"
#include "base/span.h"

enum dns_type {
    DNS_A = 1, DNS_NS = 2, DNS_CNAME = 5, DNS_SOA = 6, DNS_PTR = 12, DNS_MX = 15, DNS_TXT = 16,
    DNS_AAAA = 28, DNS_SRV = 33, DNS_TLSA = 52, DNS_SPF = 99
};

/* What the answer says. NO_DATA: the name is there, without such a record. AGAIN: SERVFAIL, a
   timeout, a chain without end: the same question may be answered later. */
enum dns_outcome { DNS_FOUND, DNS_NO_NAME, DNS_NO_DATA, DNS_AGAIN };

/* One record. Names have no dot at the end; `text` is the strings of TXT one behind the other. */
struct dns_record {
    uint32_t ttl;
    unsigned preference;          /* MX; SRV: priority */
    unsigned weight, port;        /* SRV */
    struct address address;       /* A, AAAA (port 0) */
    span name;                    /* MX, NS, CNAME, PTR, SRV, SOA: the name it points to */
    span text;                    /* TXT, SPF */
    const span *strings;          /* TXT, SPF: the parts of text */
    size_t string_count;
    span rdata;                   /* of every type, as it came */
};

struct dns_answer {
    enum dns_outcome outcome;
    bool secure;                  /* validated by DNSSEC */
    bool bogus;                   /* DNSSEC says it is forged: outcome is DNS_AGAIN */
    span canonical;               /* the name at the end of the CNAME chain */
    const struct dns_record *at;
    size_t count;
    const char *why;              /* DNS_AGAIN: a word for the log, else "" */
};

struct dns;

/* Asks. The answer lives in arena. Never an err: what goes wrong is an outcome. Safe in threads. */
void dns_ask(struct dns *dns, span name, enum dns_type type, struct arena *arena,
             struct dns_answer *answer);

/* "4.3.2.1.in-addr.arpa", or the nibbles of ip6.arpa. Lives in arena. */
span dns_reverse_name(const struct address *address, struct arena *arena);

/* The network: resolv.conf and hosts of the system; trust_anchor NULL or a DS or DNSKEY line. */
struct dns_network {
    const char *resolv_conf;      /* NULL: /etc/resolv.conf */
    const char *trust_anchor;
    millis timeout;               /* for one question; 0: 30 s */
};
err dns_open_network(const struct dns_network *how, struct arena *texts, struct dns **dns) MUST_CHECK;
/* Zone text (RFC 1035 5, one record a line) in place of the network; a record whose type is the
   word SERVFAIL or TIMEOUT makes its name answer so. Errors name file and line. */
err dns_open_zone(span zone, const char *file, struct arena *texts, struct dns **dns) MUST_CHECK;
void dns_close(struct dns *dns);  /* NULL is fine */

#endif
