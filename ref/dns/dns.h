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
/* The same with a deadline of its own; 0: the resolver's. */
void dns_ask_within(struct dns *dns, span name, enum dns_type type, millis timeout,
                    struct arena *arena, struct dns_answer *answer);
/* The same for many questions with one deadline: *left is what they still have, and made less. Nothing left, or dns
   NULL: DNS_AGAIN. False: it is that. */
bool dns_ask_left(struct dns *dns, span name, enum dns_type type, millis *left, struct arena *arena,
                  struct dns_answer *answer);

/* "4.3.2.1.in-addr.arpa", or the nibbles of ip6.arpa. Lives in arena. */
span dns_reverse_name(const struct address *address, struct arena *arena);

/* The network: resolv.conf and hosts of the system, also when they change; trust_anchor NULL or a DS or DNSKEY line (the
   anchor of a signed zone: answers below it are secure or bogus). With a server, that one alone is
   asked, whatever the question: also for names and networks that resolvers otherwise keep to
   themselves (RFC 6303, RFC 6761), so that a test can serve them. */
struct dns_network {
    const char *resolv_conf;      /* NULL: /etc/resolv.conf */
    const char *hosts;            /* NULL: /etc/hosts */
    const char *trust_anchor;
    millis timeout;               /* for one question; 0: 30 s */
    const char *server;           /* "127.0.0.1@5353": address, and port if it is not 53; or NULL */
};
/* A thread of libunbound's begins with the first question; open it in the process that asks. */
err dns_open_network(const struct dns_network *how, struct arena *texts,
                     struct dns **dns) MUST_CHECK;
/* Zone text in place of the network: RFC 1035 5 with one record a line, $ORIGIN, $TTL, "@",
   comments, quoted strings, and wildcards (RFC 4592); a name that is not there is not there. The
   words SERVFAIL, TIMEOUT, BOGUS and SECURE stand where a type does and say how their name
   answers; a TIMEOUT comes at once. Errors name file and line. */
err dns_open_zone(span zone, const char *file, struct arena *texts, struct dns **dns) MUST_CHECK;
void dns_close(struct dns *dns);  /* NULL is fine */

#endif
