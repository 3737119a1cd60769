/* ARC chains, step by step as RFC 8617 5.2 has them. */
#include "harness/seal/authres.h"
#include "harness/seal/proof.h"
#include "harness/seal/tags.h"

struct set {
    const struct proof_field *field[PROOF_PARTS];
    proof_tags seal;
};

struct chain_work {
    const struct proof_setup *setup;
    const struct proof_message *m;
    struct arena *arena;
    struct set sets[PROOF_INSTANCES + 1]; /* from 1 */
    unsigned highest;
};

const char *const proof_part_names[PROOF_PARTS] = {
    [PROOF_AAR] = "ARC-Authentication-Results",
    [PROOF_AMS] = "ARC-Message-Signature",
    [PROOF_AS] = "ARC-Seal",
};

/* position = 1*2DIGIT, 1 to 50. */
static bool read_instance(span text, unsigned *instance)
{
    uint64_t n = 0;
    if (text.len > 2 || !span_to_u64(text, &n) || n < 1 || n > PROOF_INSTANCES) {
        return false;
    }
    *instance = (unsigned)n;
    return true;
}

/* instance [CFWS] ";", with which all three begin: [CFWS] "i" [CFWS] "=" [CFWS] position (3.9) */
static bool take_instance(span *body, unsigned *instance)
{
    span rest = proof_skip_cfws(*body);
    if (!span_starts(rest, SPAN("i"))) {
        return false;
    }
    rest = proof_skip_cfws(span_from(rest, 1));
    if (!span_starts(rest, SPAN("="))) {
        return false;
    }
    rest = proof_skip_cfws(span_from(rest, 1));
    size_t digits = 0;
    while (digits < rest.len && ascii_is_digit(rest.at[digits])) {
        digits++;
    }
    span behind = proof_skip_cfws(span_from(rest, digits));
    if (!span_starts(behind, SPAN(";")) || !read_instance(span_first(rest, digits), instance)) {
        return false;
    }
    *body = span_from(behind, 1);
    return true;
}

bool proof_arc_tags(const struct proof_field *field, struct arena *arena, proof_tags *tags,
                    unsigned *instance, const char **why)
{
    span rest = field->body;
    if (!take_instance(&rest, instance)) {
        *instance = 0;
        if (proof_tags_read(field->body, arena, tags, why)) {
            (void)read_instance(proof_tag_value(tags, "i"), instance);
            return true;
        }
        return false;
    }
    if (!proof_tags_read(rest, arena, tags, why)) {
        return false;
    }
    for (size_t i = 0; i < tags->count; i++) {
        tags->at[i].from += field->body.len - rest.len;
        tags->at[i].end += field->body.len - rest.len;
    }
    *why = "i= stands twice";
    return proof_tag(tags, "i") == NULL;
}

static const char *take_field(struct chain_work *w, enum proof_part part, const struct proof_field *f)
{
    proof_tags tags = {0};
    unsigned i = 0;
    const char *why = NULL;
    if (part == PROOF_AAR) {
        span body = f->body;
        if (!take_instance(&body, &i)) {
            return "an ARC-Authentication-Results does not begin with an instance";
        }
    } else if (!proof_arc_tags(f, w->arena, &tags, &i, &why)) {
        return arena_printf(w->arena, "%s: %s", proof_part_names[part], why);
    } else if (i == 0) {
        return arena_printf(w->arena, "%s: i= is no instance from 1 to 50", proof_part_names[part]);
    }
    if (w->sets[i].field[part] != NULL) {
        return arena_printf(w->arena, "instance %u has two %s", i, proof_part_names[part]);
    }
    w->sets[i].field[part] = f;
    if (part == PROOF_AS) {
        w->sets[i].seal = tags;
    }
    w->highest = i > w->highest ? i : w->highest;
    return NULL;
}

/* Step 1. *any: there are fields of ARC. */
static const char *collect(struct chain_work *w, bool *any)
{
    const char *why = NULL;
    for (size_t f = 0; f < w->m->fields.count; f++) {
        for (int p = 0; p < PROOF_PARTS; p++) {
            if (span_eq_caseless(w->m->fields.at[f].name, span_text(proof_part_names[p]))) {
                *any = true;
                const char *one = take_field(w, (enum proof_part)p, &w->m->fields.at[f]);
                why = why != NULL ? why : one;
            }
        }
    }
    return why;
}

/* [CFWS] chain-status (3.9) */
static span read_cv(const struct chain_work *w, unsigned i)
{
    return proof_skip_cfws(proof_tag_value(&w->sets[i].seal, "cv"));
}

/* Steps 2 and 3. */
static const char *check_structure(struct chain_work *w)
{
    if (span_eq(read_cv(w, w->highest), SPAN("fail"))) {
        return "the highest seal says cv=fail";
    }
    for (unsigned i = 1; i <= w->highest; i++) {
        for (int p = 0; p < PROOF_PARTS; p++) {
            if (w->sets[i].field[p] == NULL) {
                return arena_printf(w->arena, "instance %u has no %s", i, proof_part_names[p]);
            }
        }
        span cv = read_cv(w, i);
        if (!span_eq(cv, i == 1 ? SPAN("none") : SPAN("pass"))) {
            return arena_printf(w->arena, "cv= of instance %u is \"%.*s\"", i, SPAN_FMT(cv));
        }
    }
    return NULL;
}

static void put_set(const struct chain_work *w, unsigned i, struct buf *data)
{
    proof_field_canon(PROOF_RELAXED, w->sets[i].field[PROOF_AAR]->text, true, data);
    proof_field_canon(PROOF_RELAXED, w->sets[i].field[PROOF_AMS]->text, true, data);
}

/* One seal (5.1.1): all sets up to it, its own b= empty. */
static const char *check_seal(const struct chain_work *w, unsigned n)
{
    static const char *const needed[] = {"a", "b", "d", "s", "cv"};
    const proof_tags *tags = &w->sets[n].seal;
    int64_t made;
    span signature;
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        if (proof_tag(tags, needed[i]) == NULL) {
            return arena_printf(w->arena, "%s= is missing", needed[i]);
        }
    }
    span a = proof_tag_value(tags, "a");
    const struct proof_tag *t = proof_tag(tags, "t");
    const struct proof_tag *b = proof_tag(tags, "b");
    if (proof_tag(tags, "h") != NULL) {
        return "it has h= (4.1.3)";
    }
    if (!span_eq(a, SPAN("rsa-sha256")) && !span_eq(a, SPAN("ed25519-sha256"))) {
        return "a= is unknown, or not to be used any more";
    }
    if (!proof_domain(proof_tag_value(tags, "d")) || !proof_domain(proof_tag_value(tags, "s")) ||
        (t != NULL && !proof_time(t->value, &made)) ||
        !proof_base64_read(b->value, w->arena, &signature)) {
        return "a tag has no such value as it must";
    }
    struct buf data;
    enum proof_state state = PROOF_FAIL;
    buf_init(&data, PROOF_CEILING);
    for (unsigned i = 1; i < n; i++) {
        put_set(w, i, &data);
        proof_field_canon(PROOF_RELAXED, w->sets[i].field[PROOF_AS]->text, true, &data);
    }
    put_set(w, n, &data);
    proof_field_canon(PROOF_RELAXED,
                      proof_without_b(w->sets[n].field[PROOF_AS], b->from, b->end, w->arena), false,
                      &data);
    const char *why =
        proof_signed(w->setup, a, proof_tag_value(tags, "d"), proof_tag_value(tags, "s"),
                     SPAN_EMPTY, signature, buf_span(&data), w->arena, &state);
    buf_wipe(&data);
    return why;
}

/* Steps 4 to 6. */
static const char *check_signatures(struct chain_work *w, struct proof_chain *chain)
{
    for (unsigned i = w->highest; i > 0; i--) {
        struct proof_verdict v =
            proof_signature(w->setup, w->m, w->sets[i].field[PROOF_AMS], true, w->arena);
        if (v.state != PROOF_PASS) {
            if (i == w->highest) {
                return arena_printf(w->arena, "the message signature of instance %u: %s", i, v.why);
            }
            break;
        }
        chain->oldest = i;
    }
    for (unsigned i = w->highest; i > 0; i--) {
        const char *why = check_seal(w, i);
        if (why != NULL) {
            return arena_printf(w->arena, "the seal of instance %u: %s", i, why);
        }
    }
    return NULL;
}

void proof_arc(const struct proof_setup *setup, const struct proof_message *m, struct arena *arena,
               struct proof_chain *chain)
{
    struct chain_work *w = ARENA_NEW(arena, struct chain_work);
    bool any = false;
    *w = (struct chain_work){.setup = setup, .m = m, .arena = arena};
    *chain = (struct proof_chain){.state = PROOF_NONE};
    chain->why = collect(w, &any);
    if (!any) {
        return;
    }
    chain->why = chain->why != NULL ? chain->why : check_structure(w);
    chain->why = chain->why != NULL ? chain->why : check_signatures(w, chain);
    chain->state = chain->why == NULL ? PROOF_PASS : PROOF_FAIL;
}
