/* Key records. RFC 6376 3.6.2.2 leaves open what several of them mean: the first that is good is
   taken, as 6.1.2 step 4 allows. */
#include "harness/seal/key.h"

#include "harness/seal/tags.h"

/* DER: a length below 64 K, behind its tag. */
static void put_head(struct buf *out, unsigned char tag, size_t len)
{
    buf_put_byte(out, tag);
    if (len > 255) {
        buf_put_byte(out, 0x82);
        buf_put_byte(out, (unsigned char)(len >> 8));
    } else if (len > 127) {
        buf_put_byte(out, 0x81);
    }
    buf_put_byte(out, (unsigned char)len);
}

/* p= is an RSAPublicKey by 3.6.1's letter, and a SubjectPublicKeyInfo in everybody's practice. The
   first begins with an INTEGER inside of its SEQUENCE: it gets the wrapping of the second. */
static span as_public_key_info(span der, struct arena *arena)
{
    static const unsigned char rsa[] = {0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                        0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00};
    size_t head = der.len > 1 && der.at[1] > 0x80 ? 2U + (der.at[1] & 0x7fU) : 2;
    if (der.len <= head || der.len > 60000 || der.at[0] != 0x30 || der.at[head] != 0x02) {
        return der;
    }
    struct buf bits;
    struct buf out;
    buf_init(&bits, 65536);
    buf_init(&out, 65536);
    put_head(&bits, 0x03, der.len + 1);
    buf_put_byte(&bits, 0);
    buf_put(&bits, der);
    put_head(&out, 0x30, sizeof rsa + bits.len);
    buf_put(&out, span_of(rsa, sizeof rsa));
    buf_put(&out, buf_span(&bits));
    span whole = arena_copy(arena, buf_span(&out));
    buf_wipe(&bits);
    buf_wipe(&out);
    return whole;
}

static const char *read_tags(const proof_tags *tags, struct arena *arena, struct proof_key *key)
{
    const struct proof_tag *v = proof_tag(tags, "v");
    const struct proof_tag *k = proof_tag(tags, "k");
    const struct proof_tag *h = proof_tag(tags, "h");
    const struct proof_tag *s = proof_tag(tags, "s");
    const struct proof_tag *p = proof_tag(tags, "p");
    if (v != NULL && (v != &tags->at[0] || !span_eq(v->value, SPAN("DKIM1")))) {
        return "v= of the key record is not DKIM1, or not first";
    }
    if (p == NULL) {
        return "the key record has no p=";
    }
    if (p->value.len == 0) {
        return "the key is revoked";
    }
    bool ed25519 = k != NULL && span_eq(k->value, SPAN("ed25519"));
    if (k != NULL && !ed25519 && !span_eq(k->value, SPAN("rsa"))) {
        return "k= of the key record is unknown";
    }
    if (h != NULL && !proof_list_has(h->value, "sha256")) {
        return "h= of the key record lacks sha256";
    }
    if (s != NULL && !proof_list_has(s->value, "*") && !proof_list_has(s->value, "email")) {
        return "s= of the key record is not for mail";
    }
    key->type = ed25519 ? PROOF_ED25519 : PROOF_RSA;
    key->no_subdomains = proof_list_has(proof_tag_value(tags, "t"), "s");
    if (!proof_base64_read(p->value, arena, &key->octets) ||
        (ed25519 && key->octets.len != PROOF_DIGEST)) {
        return "p= of the key record is no such key";
    }
    if (!ed25519) {
        key->octets = as_public_key_info(key->octets, arena);
    }
    return NULL;
}

const char *proof_key_read(span record, struct arena *arena, struct proof_key *key)
{
    proof_tags tags;
    const char *why = NULL;
    *key = (struct proof_key){.octets = SPAN_EMPTY};
    return proof_tags_read(record, arena, &tags, &why) ? read_tags(&tags, arena, key) : why;
}

const char *proof_key_find(const struct proof_records *records, span selector, span domain,
                           struct arena *arena, struct proof_key *key)
{
    proof_texts texts = {0};
    const char *name =
        arena_printf(arena, "%.*s._domainkey.%.*s", SPAN_FMT(selector), SPAN_FMT(domain));
    enum proof_answer answer = records->txt(records->context, span_text(name), arena, &texts);
    if (answer == PROOF_LATER) {
        return "the name server gave no answer about the key";
    }
    const char *why = "there is no key record";
    for (size_t i = 0; i < texts.count; i++) {
        const char *bad = proof_key_read(texts.at[i], arena, key);
        if (bad == NULL) {
            return NULL;
        }
        why = i == 0 ? bad : why;
    }
    return why;
}
