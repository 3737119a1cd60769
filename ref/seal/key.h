/* Key records (RFC 6376 3.6.1) and where they come from. */
#ifndef REF_SEAL_KEY_H
#define REF_SEAL_KEY_H

#include "base/clock.h"
#include "ref/dns/dns.h"
#include "ref/seal/store.h"
#include "ref/seal/tags.h"

/* What became of a signature, and of the key that it wants. */
enum seal_reason {
    SEAL_GOOD,
    SEAL_BAD_TAGS,         /* a tag is missing or invalid */
    SEAL_BAD_VERSION,
    SEAL_BAD_ALGORITHM,    /* a= is not known, or not acceptable here (RFC 8301 3.1) */
    SEAL_KEY_UNAVAILABLE,  /* the DNS did not answer */
    SEAL_KEY_MISSING,      /* there is no record */
    SEAL_KEY_UNREADABLE,   /* the record is none */
    SEAL_KEY_UNUSABLE,     /* p= is no key */
    SEAL_KEY_OVERLONG,
    SEAL_KEY_WITHDRAWN,    /* revoked */
    SEAL_KEY_UNFIT,        /* k=, h=, s= or t=s forbid it for this signature */
    SEAL_KEY_SHORT,        /* RFC 8301 3.2 */
    SEAL_BODY_CHANGED,     /* bh= */
    SEAL_BODY_TOO_SHORT,   /* l= is more than there is */
    SEAL_WRONG,            /* b= */
    SEAL_EXPIRED,          /* x= */
    SEAL_REASON_COUNT
};
enum { SEAL_KEY_RECORD_MOST = 4096 };

struct seal_key {
    enum seal_reason reason;
    const char *why;       /* a phrase, unless it is good */
    bool foreign;          /* v= is not DKIM1: another kind of record */
    struct seal_public public;
    const struct seal_checker *checker; /* of a key from seal_keys_get that is good, not too long */
    bool sha1, sha256;     /* h= allows it */
    bool testing;          /* t=y */
    bool no_subdomains;    /* t=s */
    span service;          /* s=; "*" */
    span granularity;      /* g=; "*" */
    span notes;            /* n= */
};

/* A record's text. Spans borrow from it or live in arena. */
void seal_key_read(span record, struct arena *arena, struct seal_key *key);

/* The keys that one message needs: each name is asked for once, and all of them together have one
   deadline, so that a hostile zone cannot hold a session. */
struct seal_keys;
struct seal_keys *seal_keys_new(const struct seal_crypto *crypto, struct seal_store *store,
                                struct dns *dns, millis together, struct arena *arena);
/* <selector>._domainkey.<domain>, in UTF-8 perhaps. Never NULL; lives until seal_keys_free. */
const struct seal_key *seal_keys_get(struct seal_keys *keys, span selector, span domain);
/* Lets the library's memory go. NULL is fine. */
void seal_keys_free(struct seal_keys *keys);

#endif
