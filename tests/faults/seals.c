/* DKIM, ARC and Authentication-Results gone wrong: functions of ref/seal as the linker's --wrap
   replaces them; faults.c has rows of them too. */
#include "tests/faults/faults.h"

#include "ref/seal/authres.h"
#include "ref/seal/chain.h"
#include "ref/seal/sign.h"
#include "ref/smtp/seals.h"

WRAPPED(seal_walk_take);
WRAPPED(seal_signature_read);
WRAPPED(seal_signature_check);
WRAPPED(seal_emptied_put);
WRAPPED(seal_chain_read);
WRAPPED(seal_chain_verify);
WRAPPED(seal_bodies_want);
WRAPPED(seal_authres_claims);
WRAPPED(seal_authres_make);
WRAPPED(seal_arc_read);
WRAPPED(seal_tags_read);

WRAPPED(seal_sign);
WRAPPED(seal_authres_split);
WRAPPED(seal_verifier_signatures);
WRAPPED(smtp_seals_arc);
WRAPPED(smtp_seals_note);

bool WRAP(seal_walk_take)(struct seal_fields *fields, span name, size_t *which)
{
    bool prefix = fault_is("seal-names-are-prefixes"), top = fault_is("seal-top-field-first");
    for (size_t k = 0; k < fields->count && (prefix || top); k++) {
        size_t i = prefix ? fields->count - 1 - k : k;
        span there = seal_field_name(fields->at[i]);
        if (prefix ? span_starts_caseless(there, name) : span_eq_caseless(there, name)) {
            *which = i;
            return true;
        }
    }
    return REAL(seal_walk_take)(fields, name, which);
}

void WRAP(seal_signature_read)(enum seal_kind kind, span field, size_t index, struct arena *arena,
                               struct seal_signature *s)
{
    REAL(seal_signature_read)(kind, field, index, arena, s);
    s->has_expires = s->has_expires && !fault_is("seal-expired-is-taken");
    if (kind == SEAL_AS && fault_is("seal-may-have-names")) {
        s->flaw = SEAL_GOOD;
    }
}

void WRAP(seal_signature_check)(const struct seal_bench *bench, const struct seal_signature *s,
                                struct seal_judged *judged)
{
    static const struct {
        const char *fault;
        enum seal_reason reason;
    } rows[] = {
        {"seal-body-is-not-compared", SEAL_BODY_CHANGED},
        {"seal-fields-are-not-compared", SEAL_WRONG},
        {"seal-short-keys-are-good", SEAL_KEY_SHORT},
        {"seal-sha1-is-good", SEAL_BAD_ALGORITHM},
        {"seal-key-limits-are-nothing", SEAL_KEY_UNFIT},
        {"dkim-expired-is-good", SEAL_EXPIRED},
    };
    REAL(seal_signature_check)(bench, s, judged);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (judged->reason == rows[i].reason && fault_is(rows[i].fault)) {
            judged->reason = SEAL_GOOD;
        }
    }
}

void WRAP(seal_emptied_put)(const struct seal_signature *s, enum seal_canon canon, struct buf *out)
{
    if (s->kind == SEAL_AS && fault_is("seal-b-is-not-emptied")) {
        seal_header_put(canon, s->field, false, out);
        return;
    }
    REAL(seal_emptied_put)(s, canon, out);
}

static void cv_change(struct seal_set *set, span from, span to)
{
    for (size_t i = 0; i < set->as.tags.list.count; i++) {
        struct seal_tag *tag = &set->as.tags.list.at[i];
        if (span_eq(tag->name, SPAN("cv")) && span_eq(tag->value, from)) {
            tag->value = to;
        }
    }
}

void WRAP(seal_chain_read)(const struct seal_fields *fields, struct arena *arena,
                           struct seal_chain *chain)
{
    REAL(seal_chain_read)(fields, arena, chain);
    const char *wrong = chain->wrong != NULL ? chain->wrong : "";
    if ((strstr(wrong, "overlarge") != NULL && fault_is("seal-51-sets-are-taken")) ||
        (strstr(wrong, "dup hdr") != NULL && fault_is("seal-twice-is-once"))) {
        chain->wrong = NULL;
    }
    chain->top -= chain->top == SEAL_INSTANCE_MOST && fault_is("arc-has-room-for-one-more") ? 1U : 0U;
    for (unsigned i = 1; i <= chain->top; i++) {
        if (fault_is("seal-empty-cv-is-any")) {
            cv_change(&chain->sets[i], SPAN(""), i == 1 ? SPAN("none") : SPAN("pass"));
        }
        if (fault_is("seal-cv-fail-is-pass")) {
            cv_change(&chain->sets[i], SPAN("fail"), SPAN("pass"));
        }
    }
}

void WRAP(seal_chain_verify)(const struct seal_bench *bench, const struct seal_chain *chain,
                             struct seal_arc *arc)
{
    REAL(seal_chain_verify)(bench, chain, arc);
    if (fault_is("seal-oldest-is-newest") && arc->oldest_pass > 0) {
        arc->oldest_pass = arc->instance;
    }
    if (fault_is("arc-gaps-are-let-pass") && strstr(arc->reason, "sequence") != NULL) {
        arc->state = SEAL_ARC_PASS;
        arc->reason = "";
    }
    if (fault_is("seal-silent-dns-is-pass") && strstr(arc->reason, "DNS") != NULL) {
        arc->state = SEAL_ARC_PASS;
        arc->reason = "";
    }
    if (fault_is("seal-seals-are-not-checked") && strstr(arc->reason, "sigverify") != NULL) {
        arc->state = SEAL_ARC_PASS;
        arc->reason = "";
    }
}

size_t WRAP(seal_bodies_want)(struct seal_bodies *b, enum seal_canon canon, enum seal_hash hash,
                              uint64_t length)
{
    if (fault_is("seal-bodies-are-simple")) {
        canon = SEAL_SIMPLE;
    }
    return REAL(seal_bodies_want)(b, canon, hash,
                                  fault_is("seal-length-is-ignored") ? SEAL_WHOLE : length);
}

bool WRAP(seal_authres_claims)(span body, span ids, struct arena *arena)
{
    return !fault_is("seal-strips-nothing") && REAL(seal_authres_claims)(body, ids, arena);
}

void WRAP(seal_authres_make)(const struct seal_authres_facts *facts, struct buf *out)
{
    struct seal_authres_facts f = *facts;
    f.arc = fault_is("seal-results-lack-arc") ? NULL : f.arc;
    REAL(seal_authres_make)(&f, out);
}

bool WRAP(seal_arc_read)(const span *elements, size_t count, span whole, instant now,
                         struct seal_arc_order *order, const char **failure, struct arena *arena)
{
    bool good = REAL(seal_arc_read)(elements, count, whole, now, order, failure, arena);
    order->timestamps = order->timestamps && !fault_is("seal-timestamps-are-lost");
    if (fault_is("arc-any-elements-will-do") && !good) {
        *failure = NULL;
    }
    return good;
}

/* The second of two tags with one name is passed over. */
bool WRAP(seal_tags_read)(span text, struct arena *arena, struct seal_tags *tags, const char **why)
{
    bool good = REAL(seal_tags_read)(text, arena, tags, why);
    span dup = SPAN("d tag dup");
    if (!good && fault_is("seal-tags-may-repeat") && span_eq(span_text(*why), dup)) {
        size_t last = span_find(text, SPAN("; d=example.org; b="));
        span cut = last == SPAN_NONE ? text : span_from(text, last + strlen("; d=example.org; "));
        struct seal_tags rest;
        if (REAL(seal_tags_read)(cut, arena, &rest, why)) {
            for (size_t i = 0; i < rest.list.count; i++) {
                vec_add(arena, &tags->list, rest.list.at[i]);
            }
            return true;
        }
    }
    return good;
}

/* --- what is made --------------------------------------------------------------------------------- */

static void turned_over(struct arena *arena, struct seal_made *made)
{
    span *all = arena_take_array(arena, made->count + 1, sizeof *all);
    for (size_t i = 0; i < made->count; i++) {
        all[i] = made->at[made->count - 1 - i];
    }
    made->at = all;
}

err WRAP(seal_sign)(const struct seal_order *order, const struct seal_outgoing *message,
                    struct arena *arena, struct seal_made *made)
{
    err e = REAL(seal_sign)(order, message, arena, made);
    if (!failed(e) && fault_is("arc-set-is-upside-down")) {
        turned_over(arena, made);
    }
    if (fault_is("unreadable-key-is-not-told")) {
        made->panic = made->arc_failure = NULL;
    }
    return e;
}

bool WRAP(seal_authres_split)(span body, struct arena *arena, span *id, span *rest)
{
    bool good = REAL(seal_authres_split)(body, arena, id, rest);
    if (good && fault_is("arc-signs-for-subdomains") && span_ends(*id, SPAN(".test"))) {
        *id = span_first(*id, id->len - strlen(".test"));
    }
    return good;
}

/* --- what a session makes of it ------------------------------------------------------------------- */

size_t WRAP(seal_verifier_signatures)(const struct seal_verifier *v)
{
    size_t count = REAL(seal_verifier_signatures)(v);
    bool many = count > SEAL_SIGNATURES_MOST;
    return many && fault_is("dkim-many-are-not-told") ? SEAL_SIGNATURES_MOST : count;
}

span WRAP(smtp_seals_arc)(void *context)
{
    span state = REAL(smtp_seals_arc)(context);
    return fault_is("arc-fail-is-none") && span_eq(state, SPAN("fail")) ? SPAN("none") : state;
}

void WRAP(smtp_seals_note)(struct smtp_session *s, struct smtp_seals *seals,
                           const struct smtp_seals_turn *turn)
{
    if (!fault_is("dkim-status-is-the-verifiers")) {
        REAL(smtp_seals_note)(s, seals, turn);
    }
}

/* clang-format off: a row a line */
const struct fault seal_faults[] = {
    {"dkim-expired-is-good", "a DKIM signature does not expire", "vectors/dkim", NULL},
    {"dkim-many-are-not-told", "the log does not tell of signatures that are not looked at", "dkim/many", NULL},
    {"dkim-status-is-the-verifiers", "what the DKIM ACL makes of a status is forgotten", "dkim/status-set", NULL},
    {"log-forgets-dkim", "the arrival line lacks DKIM=", "dkim/log", NULL},
    {"log-forgets-arc", "the arrival line lacks ARC", "arc/log-tag", NULL},
    {"arc-fail-is-none", "a chain that fails counts as none", "arc/refused arc/accepted-words", NULL},
    {"arc-gaps-are-let-pass", "a gap in the instances passes", "arc/sequence", NULL},
    {"arc-has-room-for-one-more", "a set is added to fifty", "arc/sign-full", NULL},
    {"arc-any-elements-will-do", "a bad arc_sign is not told", "arc/sign-elements", NULL},
    {"arc-set-is-upside-down", "the fields of a set stand in the wrong order", "arc/sign", NULL},
    {"arc-signs-for-subdomains", "results of a subdomain are taken for our own", "arc/sign-no-results", NULL},
    {"unreadable-key-is-not-told", "the log does not tell that a key cannot be read", "arc/sign-unreadable", NULL},
};
/* clang-format on */
const size_t seal_fault_count = sizeof seal_faults / sizeof *seal_faults;
