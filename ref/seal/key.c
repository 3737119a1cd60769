/* A key is what its owner says it is; what cannot be read in one way only is no key. */
#include "ref/seal/key.h"

#include "base/cursor.h"
#include "ref/mail/ascii.h"

static void bad(struct seal_key *key, enum seal_reason reason, const char *why)
{
    key->reason = reason;
    key->why = why;
}

/* --- DER ---------------------------------------------------------------------------------------- */

enum { DER_INTEGER = 0x02, DER_BITS = 0x03, DER_NULL = 0x05, DER_OID = 0x06, DER_SEQUENCE = 0x30 };

/* Takes one element with that tag; lengths in their shortest form (X.690 10.1). */
static bool der_take(struct cursor *c, unsigned char tag, span *content)
{
    struct cursor at = *c;
    unsigned char first, octet;
    size_t len;
    if (!cursor_take_byte(&at, tag) || !cursor_take_any(&at, &first)) {
        return false;
    }
    len = first;
    if (first >= 0x80) {
        size_t count = first & 0x7f;
        len = 0;
        for (size_t i = 0; i < count; i++) {
            if (count > 3 || !cursor_take_any(&at, &octet) || (i == 0 && octet == 0)) {
                return false;
            }
            len = len << 8 | octet;
        }
        if (len < 0x80) {
            return false;
        }
    }
    if (!cursor_take_count(&at, len, content)) {
        return false;
    }
    *c = at;
    return true;
}

/* A positive INTEGER, without the zero in front. */
static bool der_number(struct cursor *c, span *number)
{
    struct cursor at = *c;
    span n;
    if (!der_take(&at, DER_INTEGER, &n) || n.len == 0 || n.at[0] > 0x7f) {
        return false;
    }
    if (n.at[0] == 0) {
        n = span_from(n, 1);
        if (n.len == 0 || n.at[0] < 0x80) {
            return false;
        }
    }
    *number = n;
    *c = at;
    return true;
}

/* RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER } */
static bool rsa_read(span der, struct seal_public *public)
{
    struct cursor c = cursor_of(der), in;
    span body;
    if (!der_take(&c, DER_SEQUENCE, &body) || !cursor_at_end(&c)) {
        return false;
    }
    in = cursor_of(body);
    if (!der_number(&in, &public->modulus) || !der_number(&in, &public->exponent) ||
        !cursor_at_end(&in)) {
        return false;
    }
    span e = public->exponent;
    bool odd = (e.at[e.len - 1] & 1) == 1, one = e.len == 1 && e.at[0] == 1;
    public->rsa = der;
    public->bits = 0;
    for (unsigned top = public->modulus.at[0]; top > 0; top >>= 1) {
        public->bits++;
    }
    public->bits += (unsigned)(public->modulus.len - 1) * 8;
    return odd && !one && (public->modulus.at[public->modulus.len - 1] & 1) == 1;
}

/* SubjectPublicKeyInfo with rsaEncryption, which is what everybody publishes, or the RSAPublicKey
   that RFC 6376 3.6.1 asks for. */
static bool spki_or_rsa_read(span der, struct seal_public *public)
{
    static const unsigned char rsa_oid[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01};
    struct cursor c = cursor_of(der), in, algorithm;
    span body, head, oid, none, bits;
    if (!der_take(&c, DER_SEQUENCE, &body) || !cursor_at_end(&c)) {
        return false;
    }
    in = cursor_of(body);
    if (!der_take(&in, DER_SEQUENCE, &head)) {
        return rsa_read(der, public);
    }
    algorithm = cursor_of(head);
    return der_take(&algorithm, DER_OID, &oid) && span_eq(oid, span_of(rsa_oid, sizeof rsa_oid)) &&
           (cursor_at_end(&algorithm) ||
            (der_take(&algorithm, DER_NULL, &none) && none.len == 0 &&
             cursor_at_end(&algorithm))) &&
           der_take(&in, DER_BITS, &bits) && cursor_at_end(&in) && bits.len > 1 &&
           bits.at[0] == 0 && rsa_read(span_from(bits, 1), public);
}

/* --- the record --------------------------------------------------------------------------------- */

static void public_read(struct seal_key *key, span k, span p, struct arena *arena)
{
    static const char *const broken = "p= is no key of its type";
    span bytes;
    struct seal_public *public = &key->public;
    if (!seal_base64_read(p, arena, &bytes)) {
        bad(key, SEAL_KEY_UNUSABLE, "p= is no base64");
    } else if (span_eq(k, SPAN("ed25519"))) {
        *public = (struct seal_public){.type = SEAL_ED25519, .bits = 256, .ed25519 = bytes};
        if (bytes.len != 32) {
            bad(key, SEAL_KEY_UNUSABLE, broken);
        }
    } else {
        public->type = SEAL_RSA;
        if (!spki_or_rsa_read(bytes, public)) {
            bad(key, SEAL_KEY_UNUSABLE, broken);
        }
    }
}

void seal_key_read(span record, struct arena *arena, struct seal_key *key)
{
    struct seal_tags tags;
    const char *why;
    *key = (struct seal_key){.reason = SEAL_GOOD, .why = "", .service = SPAN("*"),
                             .granularity = SPAN("*"), .sha1 = true, .sha256 = true};
    if (record.len > SEAL_KEY_RECORD_MOST) {
        bad(key, SEAL_KEY_OVERLONG, "the record is overlong");
        return;
    }
    if (!seal_tags_read(record, arena, &tags, &why)) {
        bad(key, SEAL_KEY_UNREADABLE, why);
        return;
    }
    const struct seal_tag *v = seal_tag_find(&tags, "v"), *h = seal_tag_find(&tags, "h"),
                          *s = seal_tag_find(&tags, "s"), *k = seal_tag_find(&tags, "k"),
                          *p = seal_tag_find(&tags, "p"), *t = seal_tag_find(&tags, "t"),
                          *g = seal_tag_find(&tags, "g");
    key->notes = seal_tag_value(&tags, "n");
    key->granularity = g != NULL ? g->value : key->granularity;
    key->service = s != NULL ? s->value : key->service;
    key->sha1 = h == NULL || seal_list_has(h->value, SPAN("sha1"));
    key->sha256 = h == NULL || seal_list_has(h->value, SPAN("sha256"));
    key->testing = t != NULL && seal_list_has(t->value, SPAN("y"));
    key->foreign = v != NULL && (v != tags.list.at || !span_eq(v->value, SPAN("DKIM1")));
    key->no_subdomains = t != NULL && seal_list_has(t->value, SPAN("s"));
    if (key->foreign) {
        bad(key, SEAL_KEY_UNREADABLE, v != tags.list.at ? "v= is not the first tag"
                                                     : "v= is not DKIM1");
    } else if (p == NULL) {
        bad(key, SEAL_KEY_UNREADABLE, "no p=");
    } else if (p->value.len == 0) {
        bad(key, SEAL_KEY_WITHDRAWN, "the key is revoked");
    } else if (s != NULL && !seal_list_has(s->value, SPAN("*")) &&
               !seal_list_has(s->value, SPAN("email"))) {
        bad(key, SEAL_KEY_UNFIT, "s= is not for mail");
    } else if (k != NULL && !span_eq(k->value, SPAN("rsa")) &&
               !span_eq(k->value, SPAN("ed25519"))) {
        bad(key, SEAL_KEY_UNFIT, "k= is not known");
    } else {
        public_read(key, k != NULL ? k->value : SPAN("rsa"), p->value, arena);
    }
}

/* --- where they come from ----------------------------------------------------------------------- */

struct known {
    span name;
    struct seal_key key;
    struct seal_held held;        /* its checker */
};

struct seal_keys {
    const struct seal_crypto *crypto;
    struct seal_store *store;     /* may be NULL */
    struct dns *dns;
    struct arena *arena;
    millis left;                  /* for questions to come */
    VEC(struct known *) known;
};

struct seal_keys *seal_keys_new(const struct seal_crypto *crypto, struct seal_store *store,
                                struct dns *dns, millis together, struct arena *arena)
{
    struct seal_keys *keys = ARENA_NEW(arena, struct seal_keys);
    keys->crypto = crypto;
    keys->store = store;
    keys->dns = dns;
    keys->arena = arena;
    keys->left = together;
    return keys;
}

/* RFC 6376 3.6.2.2: with several records the result is undefined; the first that does not say that it
   is something else is taken, or the last. */
static void key_choose(const struct dns_answer *answer, struct arena *arena, struct seal_key *key)
{
    key->foreign = true;
    for (size_t i = 0; i < answer->count && key->foreign; i++) {
        seal_key_read(answer->at[i].text, arena, key);
    }
}

static void key_ask(struct seal_keys *keys, span name, struct seal_key *key)
{
    struct dns_answer answer;
    *key = (struct seal_key){.why = ""};
    if (!dns_ask_left(keys->dns, name, DNS_TXT, &keys->left, keys->arena, &answer)) {
        bad(key, SEAL_KEY_UNAVAILABLE, "the DNS does not answer");
    } else if (answer.outcome != DNS_FOUND || answer.count == 0) {
        bad(key, SEAL_KEY_MISSING, "there is no key record");
    } else {
        key_choose(&answer, keys->arena, key);
    }
}

/* <selector>._domainkey.<domain>, U-labels as the A-labels that the DNS has (RFC 8617 4.1.4). */
static span name_of(span selector, span domain, struct arena *arena)
{
    const char *name =
        arena_printf(arena, "%.*s._domainkey.%.*s", SPAN_FMT(selector), SPAN_FMT(domain));
    return mail_domain_in_ascii(span_text(name), arena);
}

const struct seal_key *seal_keys_get(struct seal_keys *keys, span selector, span domain)
{
    span name = name_of(selector, domain, keys->arena);
    for (size_t i = 0; i < keys->known.count; i++) {
        if (span_eq_caseless(keys->known.at[i]->name, name)) {
            return &keys->known.at[i]->key;
        }
    }
    struct known *k = ARENA_NEW(keys->arena, struct known);
    k->name = name;
    key_ask(keys, name, &k->key);
    if (k->key.reason == SEAL_GOOD && k->key.public.bits <= SEAL_RSA_MOST) {
        const struct seal_public *public = &k->key.public;
        const char *why;
        k->held = seal_store_hold(keys->store, keys->crypto->checkers,
                                  public->type == SEAL_RSA ? public->rsa : public->ed25519, public,
                                  keys->arena, &why);
        k->key.checker = k->held.thing;
    }
    vec_add(keys->arena, &keys->known, k);
    return &k->key;
}

void seal_keys_free(struct seal_keys *keys)
{
    for (size_t i = 0; keys != NULL && i < keys->known.count; i++) {
        seal_store_release(&keys->known.at[i]->held);
        keys->known.at[i]->key.checker = NULL;
    }
}
