/* A signature as it stands in a field (RFC 6376 3.5, RFC 8617 4.1.2 and 4.1.3), and its check. One
   reader for DKIM-Signature, ARC-Message-Signature and ARC-Seal: a row says what each must have. */
#ifndef REF_SEAL_SIGNATURE_H
#define REF_SEAL_SIGNATURE_H

#include "base/clock.h"
#include "ref/seal/canon.h"
#include "ref/seal/fields.h"
#include "ref/seal/key.h"

enum seal_kind { SEAL_DKIM, SEAL_AMS, SEAL_AS, SEAL_KIND_COUNT };

/* What a reason comes to. */
enum seal_status { SEAL_STATUS_NONE, SEAL_STATUS_INVALID, SEAL_STATUS_FAIL, SEAL_STATUS_PASS };

struct seal_reason_row {
    enum seal_status status;
    const char *word;      /* $dkim_verify_reason */
    const char *log;       /* in brackets in the log */
    const char *result;    /* of RFC 8601 2.7.1 */
    const char *comment;   /* behind it */
};
extern const struct seal_reason_row seal_reasons[SEAL_REASON_COUNT];
extern const char *const seal_status_words[];

struct seal_signature {
    enum seal_kind kind;
    span field;            /* all of it */
    size_t index;          /* among the fields; SPAN_NONE: it is not there yet */
    struct seal_tags tags;
    const char *broken;    /* why its tags cannot be told apart, or NULL */
    const char *wrong;     /* the first rule that it breaks, or NULL */
    enum seal_reason flaw; /* SEAL_GOOD if it can be checked */
    enum seal_key_type key_type;
    enum seal_hash hash;
    enum seal_canon header_canon, body_canon;
    span algorithm, domain, selector, identity, names;
    span b, bh;            /* decoded */
    bool has_length, has_created, has_expires;
    uint64_t length, created, expires;
    unsigned instance;     /* of ARC; 0: none that can be read. Over 50: 51 */
    size_t want;           /* its body hash; of AS: not used */
};

enum { SEAL_INSTANCE_MOST = 50 };

/* Takes instance [CFWS] ";" (RFC 8617 3.9), with which each of the three fields of ARC begins, off the
   body. 0: there is none; over 50: 51. */
unsigned seal_instance_take(span *body);

/* Reads one. What is wrong with it stands in it. */
void seal_signature_read(enum seal_kind kind, span field, size_t index, struct arena *arena,
                         struct seal_signature *s);

/* Which signatures count here. */
struct seal_policy {
    bool hashes[SEAL_HASH_COUNT]; /* SHA-1: for comparisons with old servers only */
    bool key_types[SEAL_KEY_TYPE_COUNT];
    unsigned least_bits[SEAL_KEY_TYPE_COUNT];
};
extern const struct seal_policy seal_policy_rfc;
/* NULL: its algorithm is acceptable. */
const char *seal_policy_refuses(const struct seal_policy *policy, const struct seal_signature *s);

struct seal_judged {
    enum seal_reason reason;
    const char *why;              /* more about it: which tag, which rule of the key; or "" */
    const struct seal_key *key;   /* NULL: it was not asked for */
};

/* What checks stand on. */
struct seal_bench {
    const struct seal_crypto *crypto;
    const struct seal_policy *policy;
    struct seal_fields *fields;
    const struct seal_bodies *bodies;
    struct seal_keys *keys;
    instant now;
    struct arena *arena;
};

/* Everything but the seal of ARC: body hash, then key, then b= (RFC 6376 6.1). */
void seal_signature_check(const struct seal_bench *bench, const struct seal_signature *s,
                          struct seal_judged *judged);
/* The second half, for whoever makes the hash input himself. */
void seal_signature_check_digest(const struct seal_bench *bench, const struct seal_signature *s,
                                 const struct seal_digest *digest, struct seal_judged *judged);
/* What b= is made over: the fields of h=, then the signature's own with b= emptied. */
void seal_signed_put(struct seal_fields *fields, const struct seal_signature *s, struct buf *out);
/* The own field alone: canonical, b= emptied, no line end. */
void seal_emptied_put(const struct seal_signature *s, enum seal_canon canon, struct buf *out);

#endif
