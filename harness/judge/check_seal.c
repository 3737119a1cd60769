/* Seals of a mail: what Authentication-Results say, and what the judge itself finds of DKIM and ARC,
   with the keys of the scenario's `=== dns` and by the library that the target does not use. */
#include "harness/judge/check_seal.h"

#include "base/rows.h"
#include "harness/seal/authres.h"
#include "harness/seal/proof.h"
#include "harness/target/dnsd_zone.h"

enum { TYPE_TXT = 16 };

/* ---- keys ---- */

/* Character-strings as they are in a record (RFC 1035 3.3.14), joined (RFC 6376 3.6.2.2). */
static span joined(span data, struct arena *arena)
{
    unsigned char *to = arena_take(arena, data.len + 1);
    size_t len = 0;
    for (size_t at = 0; at < data.len;) {
        span part = span_part(data, at + 1, data.at[at]);
        memcpy(to + len, part.at, part.len);
        len += part.len;
        at += 1U + data.at[at];
    }
    return span_of(to, len);
}

static enum proof_answer zone_txt(void *context, span name, struct arena *arena,
                                  proof_texts *found)
{
    const struct dnsd_zone *z = context;
    span wire;
    if (!dnsd_name_write(name, arena, &wire)) {
        return PROOF_NOTHING;
    }
    for (size_t i = 0; i < z->records.count; i++) {
        const struct dnsd_record *r = &z->records.at[i];
        if (r->type != TYPE_TXT || !span_eq(r->name, wire)) {
            continue;
        }
        if (r->way == DNSD_SERVFAIL || r->way == DNSD_TIMEOUT) {
            return PROOF_LATER;
        }
        vec_add(arena, found, joined(r->data, arena));
    }
    return found->count > 0 ? PROOF_FOUND : PROOF_NOTHING;
}

static bool read_zone(const struct hearing *h, struct dnsd_zone *z, struct finding *f)
{
    for (size_t i = 0; i < h->s->sections.count; i++) {
        const struct section *section = &h->s->sections.at[i];
        span text = section->content;
        const char *unbound = NULL;
        if (section->kind != SECTION_DNS) {
            continue;
        }
        if (section->has_names && !bindings_fill(h->b, text, h->arena, &text, &unbound)) {
            f->missing = arena_printf(h->arena, "@{%s} is not bound", unbound);
            return false;
        }
        err e = dnsd_zone_read(text, h->arena, z);
        if (failed(e)) {
            f->missing = err_text(e, h->arena);
            return false;
        }
    }
    return true;
}

static const char *target_library(const struct scenario *s)
{
    const struct setting *library = ROWS_IN(&s->sets, SPAN("tls.library"));
    return library != NULL ? library->value : NULL;
}

/* ---- signatures ---- */

static bool set_up(const struct hearing *h, struct dnsd_zone *z, struct proof_setup *setup,
                   struct finding *f)
{
    *setup = (struct proof_setup){.crypto = proof_crypto_against(target_library(h->s)),
                                  .records = {zone_txt, z}};
    return read_zone(h, z, f);
}

/* "fail, the body has another hash": the word decides, the rest is for people. */
static void add_state(const struct hearing *h, enum proof_state state, const char *why,
                      struct finding *f)
{
    vec_add(h->arena, &f->values, span_text(proof_state_words[state]));
    if (why != NULL) {
        f->note = f->note == NULL ? why : arena_printf(h->arena, "%s; %s", f->note, why);
    }
}

void seal_find_dkim(const struct hearing *h, const struct mail_entry *m, struct finding *f)
{
    struct dnsd_zone z = {0};
    struct proof_setup setup;
    struct proof_message message;
    proof_verdicts verdicts = {0};
    if (set_up(h, &z, &setup, f)) {
        proof_message_read(m->raw, h->arena, &message);
        proof_dkim(&setup, &message, h->arena, &verdicts);
        for (size_t i = 0; i < verdicts.count; i++) {
            add_state(h, verdicts.at[i].state, verdicts.at[i].why, f);
        }
    }
}

void seal_find_arc(const struct hearing *h, const struct mail_entry *m, struct finding *f)
{
    struct dnsd_zone z = {0};
    struct proof_setup setup;
    struct proof_message message;
    struct proof_chain chain;
    if (set_up(h, &z, &setup, f)) {
        proof_message_read(m->raw, h->arena, &message);
        proof_arc(&setup, &message, h->arena, &chain);
        add_state(h, chain.state, chain.why, f);
    }
}

/* ---- Authentication-Results ---- */

static void add_properties(const struct hearing *h, const struct proof_result *r,
                           const char *wanted, struct finding *f)
{
    for (size_t i = 0; i < r->properties.count; i++) {
        const struct proof_property *p = &r->properties.at[i];
        const char *name =
            arena_printf(h->arena, "%.*s.%.*s", SPAN_FMT(p->type), SPAN_FMT(p->name));
        if (span_eq_caseless(span_text(name), span_text(wanted))) {
            vec_add(h->arena, &f->values, p->value);
        }
    }
}

void seal_find_authres(const struct hearing *h, const struct expect *e, const span_list *fields,
                       struct finding *f)
{
    for (size_t i = 0; i < fields->count; i++) {
        struct proof_authres a;
        const char *why;
        size_t at;
        if (!proof_authres_read(fields->at[i], h->arena, &a, &why, &at)) {
            f->missing = arena_printf(h->arena, "%s is not as RFC 8601 2.2 has it, at octet %zu: "
                                      "%s: %s", e->field, at, why, shown(fields->at[i], h->arena));
            return;
        }
        for (size_t k = 0; k < a.results.count; k++) {
            const struct proof_result *r = &a.results.at[k];
            if (!span_eq_caseless(r->method, span_text(e->field_word))) {
                continue;
            }
            if (e->field_word2 != NULL) {
                add_properties(h, r, e->field_word2, f);
            } else {
                vec_add(h->arena, &f->values, r->word);
            }
        }
    }
}
