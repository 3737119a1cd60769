/* Key records (RFC 6376 3.6.1) and where they come from. */
#ifndef REF_SEAL_KEY_H
#define REF_SEAL_KEY_H

#include "base/clock.h"
#include "ref/dns/dns.h"
#include "ref/seal/store.h"
#include "ref/seal/tags.h"

enum seal_key_state {
    SEAL_KEY_GOOD,
    SEAL_KEY_LATER,      /* the DNS did not answer */
    SEAL_KEY_NONE,       /* there is no record */
    SEAL_KEY_SYNTAX,     /* no tag list, or no such tags as it must have */
    SEAL_KEY_VERSION,    /* v= is not DKIM1 */
    SEAL_KEY_LONG,       /* the record is longer than any key needs */
    SEAL_KEY_REVOKED,    /* p= is empty */
    SEAL_KEY_TYPE,       /* k= is none that is known */
    SEAL_KEY_SERVICE,    /* s= is not for mail */
    SEAL_KEY_DER,        /* p= is no key of that type */
    SEAL_KEY_STATE_COUNT
};

enum { SEAL_KEY_RECORD_MOST = 4096 };

struct seal_key {
    enum seal_key_state state;
    const char *why;       /* a phrase, unless it is good */
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
