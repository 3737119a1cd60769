/* The order of checks is that of RFC 6376 6.1: what can be told without the DNS is told without it. */
#include "ref/seal/signature.h"

#include "ref/mail/address.h"
#include "ref/mail/ascii.h"
#include "ref/mail/chars.h"
#include "ref/seal/authres.h"

enum { SIGNED_CEILING = 64 << 20 };

#define TAGS(...) (const char *const[]){__VA_ARGS__, NULL}

/* Tags that each must have; of ARC the instance, too. */
static const char *const *const needed[SEAL_KIND_COUNT] = {
    [SEAL_DKIM] = TAGS("v", "a", "b", "bh", "d", "h", "s"),
    [SEAL_AMS] = TAGS("a", "b", "bh", "d", "h", "s"),
    [SEAL_AS] = TAGS("a", "b", "cv", "d", "s"),
};

const char *const seal_status_words[] = {
    [SEAL_STATUS_NONE] = "none", [SEAL_STATUS_INVALID] = "invalid", [SEAL_STATUS_FAIL] = "fail",
    [SEAL_STATUS_PASS] = "pass"};

#define INVALID SEAL_STATUS_INVALID
#define FAIL SEAL_STATUS_FAIL

const struct seal_reason_row seal_reasons[SEAL_REASON_COUNT] = {
    [SEAL_GOOD] = {SEAL_STATUS_PASS, "", "verification succeeded", "pass", ""},
    [SEAL_BAD_TAGS] = {INVALID, "", "invalid - signature tag missing or invalid", "neutral",
                       "signature tag missing or invalid"},
    [SEAL_BAD_VERSION] = {INVALID, "", "invalid - unsupported DKIM version", "neutral",
                          "unsupported DKIM version"},
    [SEAL_BAD_ALGORITHM] = {INVALID, "", "invalid - signature algorithm not acceptable", "permerror",
                            "signature algorithm not acceptable"},
    [SEAL_KEY_UNAVAILABLE] = {INVALID, "pubkey_unavailable",
                              "invalid - public key record (currently?) unavailable", "temperror",
                              "pubkey unavailable"},
    [SEAL_KEY_MISSING] = {INVALID, "pubkey_unavailable",
                          "invalid - public key record (currently?) unavailable", "permerror",
                          "no key for signature"},
    [SEAL_KEY_UNREADABLE] = {INVALID, "pubkey_dns_syntax",
                             "invalid - syntax error in public key record", "permerror",
                             "public key record import problem"},
    [SEAL_KEY_UNUSABLE] = {INVALID, "pubkey_der_syntax",
                           "invalid - syntax error in public key record", "permerror",
                           "public key record import problem"},
    [SEAL_KEY_OVERLONG] = {INVALID, "", "invalid - overlong public key record", "permerror",
                           "overlong public key record"},
    [SEAL_KEY_WITHDRAWN] = {INVALID, "pubkey_dns_syntax", "invalid - public key revoked",
                            "permerror", "public key revoked"},
    [SEAL_KEY_UNFIT] = {INVALID, "pubkey_dns_syntax",
                        "invalid - public key not for this signature", "permerror",
                        "public key not for this signature"},
    [SEAL_KEY_SHORT] = {FAIL, "pubkey_too_short",
                        "verification failed - signature invalid (key too short)", "fail",
                        "public key too short"},
    [SEAL_BODY_CHANGED] = {FAIL, "bodyhash_mismatch",
                           "verification failed - body hash mismatch (body probably modified in "
                           "transit)", "fail",
                           "body hash mismatch; body probably modified in transit"},
    [SEAL_BODY_TOO_SHORT] = {FAIL, "bodyhash_mismatch",
                             "verification failed - body shorter than l= says", "fail",
                             "body shorter than l= says"},
    [SEAL_WRONG] = {FAIL, "signature_incorrect",
                    "verification failed - signature did not verify (headers probably modified in "
                    "transit)", "fail",
                    "signature did not verify; headers probably modified in transit"},
    [SEAL_EXPIRED] = {FAIL, "signature_expired", "verification failed - signature expired", "fail",
                      "signature expired"},
};

const struct seal_policy seal_policy_rfc = {
    .hashes = {[SEAL_SHA256] = true},
    .key_types = {[SEAL_RSA] = true, [SEAL_ED25519] = true},
    .least_bits = {[SEAL_RSA] = SEAL_RSA_LEAST, [SEAL_ED25519] = 250},
};

/* --- reading ------------------------------------------------------------------------------------ */

static void flaw(struct seal_signature *s, enum seal_reason reason, const char *wrong)
{
    if (s->flaw == SEAL_GOOD) {
        s->flaw = reason;
        s->wrong = wrong;
    }
}

/* domain-name and selector: labels of letters, digits, hyphens (and "_", which many have), none empty;
   or octets of UTF-8 (RFC 8616 3). */
static bool is_name(span name)
{
    size_t label = 0;
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = name.at[i];
        if (c == '.' ? label == 0 : !ascii_is_alnum(c) && c != '-' && c != '_' && c < 128) {
            return false;
        }
        label = c == '.' ? 0 : label + 1;
        if (label > 63) {
            return false;
        }
    }
    return label > 0 && name.len <= 253;
}

static const char *algorithm_read(struct seal_signature *s)
{
    static const struct {
        const char *name;
        enum seal_key_type key_type;
        enum seal_hash hash;
    } rows[] = {
        {"rsa-sha256", SEAL_RSA, SEAL_SHA256},
        {"ed25519-sha256", SEAL_ED25519, SEAL_SHA256},
        {"rsa-sha1", SEAL_RSA, SEAL_SHA1},
    };
    s->algorithm = seal_tag_value(&s->tags, "a");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (span_eq(s->algorithm, span_text(rows[i].name))) {
            s->key_type = rows[i].key_type;
            s->hash = rows[i].hash;
            return NULL;
        }
    }
    return "a= is not known";
}

static bool canon_word(span word, enum seal_canon *canon)
{
    *canon = span_eq(word, SPAN("relaxed")) ? SEAL_RELAXED : SEAL_SIMPLE;
    return *canon == SEAL_RELAXED || span_eq(word, SPAN("simple"));
}

/* c=, one word is for the fields and the body's is simple (3.5). */
static bool canon_read(struct seal_signature *s)
{
    const struct seal_tag *c = seal_tag_find(&s->tags, "c");
    span header, body = SPAN_EMPTY;
    s->header_canon = s->body_canon = SEAL_SIMPLE;
    if (c == NULL) {
        return true;
    }
    bool two = span_split(c->value, '/', &header, &body);
    return canon_word(header, &s->header_canon) && (!two || canon_word(body, &s->body_canon));
}

static bool is_number(span text)
{
    bool digits = text.len > 0;
    for (size_t i = 0; i < text.len; i++) {
        digits = digits && ascii_is_digit(text.at[i]);
    }
    return digits;
}

/* A number of at most `most` digits; a tag that is not there is fine. One too large is SEAL_WHOLE - 1:
   SEAL_WHOLE itself would be no limit. */
static bool number_read(const struct seal_signature *s, const char *name, size_t most, bool *has,
                        uint64_t *number)
{
    const struct seal_tag *tag = seal_tag_find(&s->tags, name);
    *has = tag != NULL;
    if (tag == NULL) {
        return true;
    }
    if (!is_number(tag->value) || tag->value.len > most) {
        return false;
    }
    if (!span_to_u64(tag->value, number) || *number == SEAL_WHOLE) {
        *number = SEAL_WHOLE - 1;
    }
    return true;
}

static void times_read(struct seal_signature *s)
{
    if (!number_read(s, "t", 12, &s->has_created, &s->created)) {
        flaw(s, SEAL_BAD_TAGS, "t= is no time");
    }
    if (s->kind == SEAL_AS) {
        return; /* x= is no tag of a seal (RFC 8617 4.1.3) */
    }
    if (!number_read(s, "x", 12, &s->has_expires, &s->expires)) {
        flaw(s, SEAL_BAD_TAGS, "x= is no time");
    }
    if (s->has_created && s->has_expires && s->expires <= s->created) {
        flaw(s, SEAL_BAD_TAGS, "x= is not after t=");
    }
}

/* Elements as h= and q= have them: of ftext, and none is empty. */
static bool are_words(span list)
{
    span element;
    while (seal_element(&list, &element)) {
        bool good = element.len > 0;
        for (size_t i = 0; i < element.len; i++) {
            good = good && mail_is_ftext(element.at[i]);
        }
        if (!good) {
            return false;
        }
    }
    return true;
}

static void query_read(struct seal_signature *s)
{
    const struct seal_tag *q = seal_tag_find(&s->tags, "q");
    if (q != NULL && (!are_words(q->value) || !seal_list_has(q->value, SPAN("dns/txt")))) {
        flaw(s, SEAL_BAD_TAGS, "q= has no method that is known");
    }
}

/* The h= of ARC may be empty, as some signers write it. */
static void names_read(struct seal_signature *s)
{
    s->names = seal_tag_value(&s->tags, "h");
    if (s->kind == SEAL_DKIM && !seal_list_has_caseless(s->names, SPAN("from"))) {
        flaw(s, SEAL_BAD_TAGS, "h= does not have From:"); /* RFC 6376 5.4 */
    }
    if (s->kind == SEAL_AMS && seal_list_has_caseless(s->names, SPAN("arc-seal"))) {
        flaw(s, SEAL_BAD_TAGS, "h= has ARC-Seal:"); /* RFC 8617 4.1.2 */
    }
    if (s->names.len > 0 && !are_words(s->names)) {
        flaw(s, SEAL_BAD_TAGS, "h= has what is no name of a field");
    }
}

/* What a signature over a message has and a seal has not. */
static void message_part_read(struct seal_signature *s, struct arena *arena)
{
    static const size_t sizes[SEAL_HASH_COUNT] = {[SEAL_SHA256] = 32, [SEAL_SHA1] = 20};
    if (!canon_read(s)) {
        flaw(s, SEAL_BAD_TAGS, "c= is not known");
    }
    if (!seal_base64_read(seal_tag_value(&s->tags, "bh"), arena, &s->bh) ||
        (s->flaw == SEAL_GOOD && s->bh.len != sizes[s->hash])) {
        flaw(s, SEAL_BAD_TAGS, "bh= is no hash");
    }
    if (!number_read(s, "l", 76, &s->has_length, &s->length)) {
        flaw(s, SEAL_BAD_TAGS, "l= is no number");
    }
    names_read(s);
    query_read(s);
}

/* position = 1*2DIGIT with a value of 1 to 50 (RFC 8617 3.9, 4.2.1) */
static unsigned position_read(span value)
{
    uint64_t n = 0;
    if (!is_number(value)) {
        return 0;
    }
    if (value.len > 2 || (span_to_u64(value, &n) && n > SEAL_INSTANCE_MOST)) {
        return SEAL_INSTANCE_MOST + 1;
    }
    return (unsigned)n;
}

/* [CFWS] and this sign. */
static bool sign_take(span *text, unsigned char sign)
{
    span rest = seal_authres_skip(*text);
    if (rest.len == 0 || rest.at[0] != sign) {
        return false;
    }
    *text = span_from(rest, 1);
    return true;
}

/* instance = [CFWS] %s"i" [CFWS] "=" [CFWS] position */
unsigned seal_instance_take(span *body)
{
    span rest = *body, position;
    size_t digits = 0;
    if (!sign_take(&rest, 'i') || !sign_take(&rest, '=')) {
        return 0;
    }
    rest = seal_authres_skip(rest);
    while (digits < rest.len && ascii_is_digit(rest.at[digits])) {
        digits++;
    }
    position = span_first(rest, digits);
    rest = span_from(rest, digits);
    if (!sign_take(&rest, ';')) {
        return 0;
    }
    *body = rest;
    return position_read(position);
}

/* Signers put i= anywhere among their tags; comments it has in front of them only. */
static void instance_read(struct seal_signature *s)
{
    const struct seal_tag *i = seal_tag_find(&s->tags, "i");
    if (s->instance > 0 && i != NULL) {
        s->broken = "i tag dup";
    } else if (i != NULL) {
        s->instance = position_read(i->value);
    }
    if (s->broken != NULL || s->instance == 0 || s->instance > SEAL_INSTANCE_MOST) {
        flaw(s, SEAL_BAD_TAGS, "i= is no instance");
    }
}

/* i= = [ local-part ] "@" domain, at or below d= (3.5) */
static void identity_read(struct seal_signature *s, struct arena *arena)
{
    const struct seal_tag *i = seal_tag_find(&s->tags, "i");
    struct mail_address whole;
    s->identity = i != NULL ? i->value : SPAN_EMPTY;
    size_t at = mail_at_sign(s->identity);
    span domain = at != SPAN_NONE ? span_from(s->identity, at + 1) : SPAN_EMPTY;
    /* Names are compared as A-labels (RFC 8616 5), whatever the message has. */
    if (i != NULL && (!is_name(domain) || !mail_domain_below(mail_domain_in_ascii(domain, arena),
                                                             mail_domain_in_ascii(s->domain, arena)))) {
        flaw(s, SEAL_BAD_TAGS, "i= is not below d=");
    } else if (i != NULL && at > 0) {
        const char *text = arena_printf(arena, "%.*s@x", SPAN_FMT(span_first(s->identity, at)));
        if (failed(mail_mailbox_parse(span_text(text), true, &whole))) {
            flaw(s, SEAL_BAD_TAGS, "i= has no local part before its @");
        }
    }
}

static void kind_read(struct seal_signature *s, struct arena *arena)
{
    if (s->kind == SEAL_DKIM) {
        identity_read(s, arena);
        if (!span_eq(seal_tag_value(&s->tags, "v"), SPAN("1"))) {
            flaw(s, SEAL_BAD_VERSION, "v= is not 1");
        }
    } else {
        instance_read(s);
    }
    if (s->kind == SEAL_AS && seal_tag_find(&s->tags, "h") != NULL) {
        flaw(s, SEAL_BAD_TAGS, "a seal has no h="); /* RFC 8617 4.1.3 */
    }
}

void seal_signature_read(enum seal_kind kind, span field, size_t index, struct arena *arena,
                         struct seal_signature *s)
{
    const char *why;
    span body = seal_field_body(field);
    *s = (struct seal_signature){.kind = kind, .field = field, .index = index};
    s->instance = kind != SEAL_DKIM ? seal_instance_take(&body) : 0;
    if (!seal_tags_read(body, arena, &s->tags, &why)) {
        s->broken = why;
        flaw(s, SEAL_BAD_TAGS, why);
    }
    for (const char *const *name = needed[kind]; *name != NULL; name++) {
        if (seal_tag_find(&s->tags, *name) == NULL) {
            flaw(s, SEAL_BAD_TAGS, arena_printf(arena, "no %s=", *name));
        }
    }
    s->domain = seal_tag_value(&s->tags, "d");
    s->selector = seal_tag_value(&s->tags, "s");
    kind_read(s, arena);
    if (!is_name(s->domain) || !is_name(s->selector)) {
        flaw(s, SEAL_BAD_TAGS, "d= or s= is no domain name");
    }
    const char *unknown = algorithm_read(s);
    if (unknown != NULL) {
        flaw(s, SEAL_BAD_ALGORITHM, unknown);
    }
    times_read(s);
    if (kind != SEAL_AS) {
        message_part_read(s, arena);
    }
    /* Last, because a signer reads what it is about to sign, and has no b= yet. */
    if (!seal_base64_read(seal_tag_value(&s->tags, "b"), arena, &s->b)) {
        flaw(s, SEAL_BAD_TAGS, "b= is no base64");
    }
}

/* --- what is signed ----------------------------------------------------------------------------- */

void seal_emptied_put(const struct seal_signature *s, enum seal_canon canon, struct buf *out)
{
    const struct seal_tag *b = seal_tag_find(&s->tags, "b");
    size_t at = (size_t)(b->raw.at - s->field.at);
    struct buf text;
    buf_init(&text, SIGNED_CEILING);
    buf_put(&text, span_first(s->field, at));
    buf_put(&text, span_from(s->field, at + b->raw.len));
    seal_header_put(canon, buf_span(&text), false, out);
    buf_wipe(&text);
}

void seal_signed_put(struct seal_fields *fields, const struct seal_signature *s, struct buf *out)
{
    span names = s->names, name;
    seal_walk_begin(fields);
    while (seal_element(&names, &name)) {
        size_t which;
        bool there = seal_walk_take(fields, name, &which);
        if (there && which == s->index) { /* a signature does not sign itself (3.5, h=) */
            there = seal_walk_take(fields, name, &which);
        }
        if (there) {
            seal_header_put(s->header_canon, fields->at[which], true, out);
        }
    }
    seal_emptied_put(s, s->header_canon, out);
}

/* --- checking ----------------------------------------------------------------------------------- */

static void judge(struct seal_judged *judged, enum seal_reason reason, const char *why)
{
    judged->reason = reason;
    judged->why = why;
}

/* 3.6.1: what the key's owner allows, and RFC 8301 3.2. */
static void key_judge(const struct seal_bench *bench, const struct seal_signature *s,
                      struct seal_judged *judged)
{
    const struct seal_key *key = seal_keys_get(bench->keys, s->selector, s->domain);
    const struct seal_public *public = &key->public;
    size_t at = mail_at_sign(s->identity);
    judged->key = key;
    if (key->reason != SEAL_GOOD) {
        judge(judged, key->reason, key->why);
    } else if (public->type != s->key_type) {
        judge(judged, SEAL_KEY_UNFIT, "k= is not the type of a=");
    } else if (s->hash == SEAL_SHA1 ? !key->sha1 : !key->sha256) {
        judge(judged, SEAL_KEY_UNFIT, "h= does not have the hash of a=");
    } else if (key->no_subdomains && at != SPAN_NONE &&
               !span_eq_caseless(mail_domain_in_ascii(span_from(s->identity, at + 1), bench->arena),
                                 mail_domain_in_ascii(s->domain, bench->arena))) {
        judge(judged, SEAL_KEY_UNFIT, "t=s, and i= is below d=");
    } else if (public->bits < bench->policy->least_bits[public->type]) {
        judge(judged, SEAL_KEY_SHORT, arena_printf(bench->arena, "%u bits", public->bits));
    } else if (public->bits > SEAL_RSA_MOST) {
        judge(judged, SEAL_KEY_UNUSABLE, "the key is longer than is taken here");
    }
}

void seal_signature_check_digest(const struct seal_bench *bench, const struct seal_signature *s,
                                 const struct seal_digest *digest, struct seal_judged *judged)
{
    key_judge(bench, s, judged);
    if (judged->reason == SEAL_GOOD &&
        !bench->crypto->check(judged->key->checker, s->hash, digest, s->b)) {
        judge(judged, SEAL_WRONG, "");
    }
}

const char *seal_policy_refuses(const struct seal_policy *policy, const struct seal_signature *s)
{
    return !policy->hashes[s->hash]          ? "its hash is not acceptable here"
           : !policy->key_types[s->key_type] ? "its type of key is not acceptable here"
                                             : NULL;
}

/* What can be told of it without hash and key. */
static void plain_judge(const struct seal_bench *bench, const struct seal_signature *s,
                        struct seal_judged *judged)
{
    *judged = (struct seal_judged){.reason = s->flaw, .why = s->wrong != NULL ? s->wrong : ""};
    if (s->flaw != SEAL_GOOD) {
        return;
    }
    const char *refused = seal_policy_refuses(bench->policy, s);
    if (refused != NULL) {
        judge(judged, SEAL_BAD_ALGORITHM, refused);
    } else if (s->has_expires && (instant)s->expires < bench->now / NANOS_PER_SECOND) {
        judge(judged, SEAL_EXPIRED, "");
    }
}

void seal_signature_check(const struct seal_bench *bench, const struct seal_signature *s,
                          struct seal_judged *judged)
{
    struct seal_digest digest;
    struct buf text;
    plain_judge(bench, s, judged);
    if (judged->reason != SEAL_GOOD) {
        return;
    }
    if (!seal_bodies_read(bench->bodies, s->want, &digest)) {
        judge(judged, SEAL_BODY_TOO_SHORT, "");
        return;
    }
    if (!span_eq(seal_digest_span(&digest), s->bh)) {
        judge(judged, SEAL_BODY_CHANGED, "");
        return;
    }
    buf_init(&text, SIGNED_CEILING);
    seal_signed_put(bench->fields, s, &text);
    seal_hash_whole(s->hash, buf_span(&text), &digest);
    bool full = buf_full(&text);
    buf_wipe(&text);
    if (full) {
        judge(judged, SEAL_WRONG, "what it signs is too long");
        return;
    }
    seal_signature_check_digest(bench, s, &digest, judged);
}
