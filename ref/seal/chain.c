/* The steps have the numbers of RFC 8617 5.2. A failure is for ever, whatever caused it (5.2.1): no
   step asks again, and a DNS that does not answer is a chain that fails. */
#include "ref/seal/chain.h"

#include "ref/mail/address.h"
#include "ref/seal/authres.h"

enum { SEAL_CEILING = 64 << 20 };

const char *const seal_arc_words[] = {
    [SEAL_ARC_NONE] = "none", [SEAL_ARC_FAIL] = "fail", [SEAL_ARC_PASS] = "pass"};

/* --- step 1: collect ---------------------------------------------------------------------------- */

static const struct {
    const char *name, *mark;
} arc_fields[] = {
    {"ARC-Authentication-Results", "AAR"},
    {"ARC-Message-Signature", "AMS"},
    {"ARC-Seal", "AS"},
};
enum { ARC_AAR, ARC_AMS, ARC_AS, ARC_FIELDS };

static const char *insert(struct seal_chain *chain, unsigned kind, span field, size_t index,
                          struct arena *arena)
{
    struct seal_signature s = {.instance = 0};
    unsigned instance;
    if (kind == ARC_AAR) {
        span body = seal_field_body(field);
        instance = seal_instance_take(&body);
    } else {
        seal_signature_read(kind == ARC_AMS ? SEAL_AMS : SEAL_AS, field, index, arena, &s);
        if (s.broken != NULL) {
            return arena_printf(arena, "line parse: %s", s.broken);
        }
        instance = s.instance;
    }
    if (instance == 0) {
        return "instance find";
    }
    if (instance > SEAL_INSTANCE_MOST) {
        return "overlarge instance number";
    }
    if (chain->sets == NULL) {
        chain->sets = arena_take_array(arena, SEAL_INSTANCE_MOST + 1, sizeof *chain->sets);
    }
    struct seal_set *set = &chain->sets[instance];
    chain->top = instance > chain->top ? instance : chain->top;
    struct seal_signature *place = kind == ARC_AMS ? &set->ams : &set->as;
    if ((kind == ARC_AAR ? set->aar.len : place->field.len) > 0) {
        return "dup hdr";
    }
    if (kind == ARC_AAR) {
        set->aar = field;
    } else {
        *place = s;
    }
    return NULL;
}

void seal_chain_read(const struct seal_fields *fields, struct arena *arena,
                     struct seal_chain *chain)
{
    *chain = (struct seal_chain){.top = 0};
    for (size_t i = 0; i < fields->count; i++) {
        for (unsigned kind = 0; kind < ARC_FIELDS; kind++) {
            if (!seal_field_is(fields->at[i], arc_fields[kind].name)) {
                continue;
            }
            chain->fields++;
            const char *why = insert(chain, kind, fields->at[i], i, arena);
            if (why != NULL && chain->wrong == NULL) {
                chain->wrong = arena_printf(arena, "collecting headers: inserting %s: %s",
                                            arc_fields[kind].mark, why);
            }
        }
    }
}

/* --- steps 2 and 3: structure ------------------------------------------------------------------- */

/* seal-cv-tag = %s"cv" [CFWS] "=" [CFWS] chain-status */
static bool cv_is(const struct seal_set *set, const char *word)
{
    span cv = seal_authres_skip(seal_tag_value(&set->as.tags, "cv"));
    return set->as.field.len > 0 && span_eq(cv, span_text(word));
}

static const char *structure_check(const struct seal_chain *chain, struct arena *arena)
{
    for (unsigned i = chain->top, expected = chain->top; i > 0; i--) {
        const struct seal_set *set = &chain->sets[i];
        if (set->aar.len == 0 && set->ams.field.len == 0 && set->as.field.len == 0) {
            continue;
        }
        if (i != expected) {
            return arena_printf(arena, "i=%u (sequence; expected %u)", i, expected);
        }
        if (!seal_set_is_whole(set)) {
            return arena_printf(arena, "i=%u (missing header)", i);
        }
        if (!cv_is(set, i == 1 ? "none" : "pass")) {
            return arena_printf(arena, "i=%u (cv)", i);
        }
        expected = i - 1;
    }
    return seal_set_is_whole(&chain->sets[1]) ? NULL : "(sequence; expected i=1)";
}

/* --- steps 4 and 5: message signatures ---------------------------------------------------------- */

static const char *ams_text(const struct seal_bench *bench, const struct seal_judged *judged)
{
    static const char *const rows[SEAL_REASON_COUNT] = {
        [SEAL_BAD_TAGS] = "required tag missing",
        [SEAL_BAD_VERSION] = "required tag missing",
        [SEAL_BAD_ALGORITHM] = "signature algorithm not acceptable (AMS)",
        [SEAL_KEY_UNAVAILABLE] = "pubkey dns lookup fail (AMS)",
        [SEAL_KEY_MISSING] = "pubkey dns lookup fail (AMS)",
        [SEAL_BODY_CHANGED] = "AMS body hash miscompare",
        [SEAL_BODY_TOO_SHORT] = "AMS body hash miscompare",
        [SEAL_WRONG] = "AMS sig nonverify",
        [SEAL_EXPIRED] = "AMS expired",
    };
    if (judged->reason == SEAL_BAD_TAGS && strncmp(judged->why, "no ", 3) != 0) {
        return arena_printf(bench->arena, "AMS: %s", judged->why);
    }
    if (rows[judged->reason] == NULL) {
        return arena_printf(bench->arena, "pubkey problem: %s (AMS)", judged->why);
    }
    return rows[judged->reason];
}

static bool ams_check(const struct seal_bench *bench, const struct seal_set *set,
                      struct seal_judged *judged)
{
    seal_signature_check(bench, &set->ams, judged);
    return judged->reason == SEAL_GOOD;
}

/* --- step 6: seals ------------------------------------------------------------------------------ */

static const char *as_text(const struct seal_bench *bench, const struct seal_judged *judged)
{
    enum seal_reason r = judged->reason;
    return r == SEAL_WRONG || r == SEAL_BAD_TAGS || r == SEAL_BAD_ALGORITHM
               ? "seal sigverify error"
               : arena_printf(bench->arena, "pubkey problem: %s (AS)", judged->why);
}

/* Hashes of what each seal covers (5.1.1): all sets below, and its own with b= emptied. The sets below
   are hashed once for all seals above them. */
static bool seal_digests(const struct seal_chain *chain, struct seal_digest *digests)
{
    EVP_MD_CTX *below = seal_hash_begin(SEAL_SHA256);
    struct buf text;
    bool fits = true;
    buf_init(&text, SEAL_CEILING);
    for (unsigned i = 1; i <= chain->top; i++) {
        const struct seal_set *set = &chain->sets[i];
        seal_header_put(SEAL_RELAXED, set->aar, true, &text);
        seal_header_put(SEAL_RELAXED, set->ams.field, true, &text);
        seal_hash_add(below, buf_span(&text));
        fits = fits && !buf_full(&text);
        buf_clear(&text);
        /* The own seal without its signature, on a branch of the hash that goes on with all of it. */
        struct buf own;
        buf_init(&own, SEAL_CEILING);
        seal_emptied_put(&set->as, SEAL_RELAXED, &own);
        fits = fits && !buf_full(&own);
        seal_hash_branch(below, buf_span(&own), &digests[i]);
        buf_wipe(&own);
        seal_header_put(SEAL_RELAXED, set->as.field, true, &text);
        seal_hash_add(below, buf_span(&text));
        buf_clear(&text);
    }
    buf_wipe(&text);
    seal_hash_end(below);
    return fits;
}

static const char *seals_check(const struct seal_bench *bench, const struct seal_chain *chain)
{
    struct seal_digest digests[SEAL_INSTANCE_MOST + 1];
    for (unsigned i = chain->top; i > 0; i--) {
        const struct seal_signature *as = &chain->sets[i].as;
        if (as->flaw != SEAL_GOOD || as->hash == SEAL_SHA1 ||
            seal_policy_refuses(bench->policy, as) != NULL) {
            return "seal sigverify error";
        }
    }
    if (!seal_digests(chain, digests)) {
        return "seal hash setup error";
    }
    for (unsigned i = chain->top; i > 0; i--) {
        struct seal_judged judged = {.reason = SEAL_GOOD, .why = ""};
        seal_signature_check_digest(bench, &chain->sets[i].as, &digests[i], &judged);
        if (judged.reason != SEAL_GOOD) {
            return as_text(bench, &judged);
        }
    }
    return NULL;
}

/* --- all of it ---------------------------------------------------------------------------------- */

static span domains_of(const struct seal_chain *chain, struct arena *arena)
{
    struct buf text;
    buf_init(&text, SEAL_CEILING);
    for (unsigned i = 1; i <= chain->top; i++) {
        buf_put_text(&text, i > 1 ? ":" : "");
        buf_put(&text, chain->sets[i].as.domain);
    }
    return buf_settle(&text, arena);
}

/* What a set's results say of the host that the message came from, as their smtp.remote-ip. */
static span remote_ip_of(span aar)
{
    static const span name = {(const unsigned char *)"smtp.remote-ip=", 15};
    size_t at = span_find(aar, name);
    span ip = at == SPAN_NONE ? SPAN_EMPTY : span_from(aar, at + name.len);
    ip = ip.len > 0 && ip.at[0] == '"' ? span_from(ip, 1) : ip;
    size_t len = 0;
    while (len < ip.len && (ascii_is_alnum(ip.at[len]) || ip.at[len] == ':' || ip.at[len] == '.')) {
        len++;
    }
    ip = span_first(ip, len);
    return mail_is_ipv4(ip) || mail_is_ipv6(ip) ? ip : SPAN_EMPTY;
}

static span sets_of(const struct seal_chain *chain, struct arena *arena)
{
    struct buf text;
    buf_init(&text, SEAL_CEILING);
    for (unsigned i = 1; i <= chain->top; i++) {
        const struct seal_signature *as = &chain->sets[i].as;
        span ip = remote_ip_of(chain->sets[i].aar);
        buf_printf(&text, "%s{\"i\":%u, \"d\":\"%.*s\", \"s\":\"%.*s\", \"ip\":\"%.*s\"}",
                   i > 1 ? ", " : "", i, SPAN_FMT(as->domain), SPAN_FMT(as->selector), SPAN_FMT(ip));
    }
    return buf_settle(&text, arena);
}

static void fail(struct seal_arc *arc, const char *reason)
{
    arc->state = SEAL_ARC_FAIL;
    arc->reason = reason;
}

void seal_chain_verify(const struct seal_bench *bench, const struct seal_chain *chain,
                       struct seal_arc *arc)
{
    struct seal_judged judged;
    const char *wrong;
    *arc = (struct seal_arc){.state = SEAL_ARC_NONE, .reason = "",
                             .domains = domains_of(chain, bench->arena), .selector = SPAN_EMPTY};
    if (chain->fields == 0) {                                                        /* 1 */
        return;
    }
    if (chain->wrong != NULL) {
        fail(arc, chain->wrong);
        return;
    }
    const struct seal_set *top = &chain->sets[chain->top];
    if (cv_is(top, "fail")) {                                                        /* 2 */
        fail(arc, arena_printf(bench->arena, "i=%u (cv)", chain->top));
        return;
    }
    wrong = structure_check(chain, bench->arena);                                    /* 3 */
    if (wrong != NULL) {
        fail(arc, wrong);
        return;
    }
    arc->instance = chain->top;
    arc->selector = top->ams.selector;
    if (!ams_check(bench, top, &judged)) {                                           /* 4 */
        fail(arc, ams_text(bench, &judged));
        return;
    }
    arc->oldest_pass = chain->top;                                                   /* 5 */
    while (arc->oldest_pass > 1 &&
           ams_check(bench, &chain->sets[arc->oldest_pass - 1], &judged)) {
        arc->oldest_pass--;
    }
    arc->all_pass = arc->oldest_pass == 1;
    wrong = seals_check(bench, chain);                                               /* 6 */
    if (wrong != NULL) {
        fail(arc, wrong);
        return;
    }
    arc->state = SEAL_ARC_PASS;                                                      /* 7 */
    arc->sets = sets_of(chain, bench->arena);
}
