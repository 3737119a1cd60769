/* What a signature needs of the body is known when the header section has ended, so the hashes are
   chosen then and the body is looked at once. */
#include "ref/seal/verify.h"

#include "ref/mail/header.h"
#include "ref/seal/chain.h"

struct seal_verifier {
    struct seal_setup setup;
    struct arena *arena;
    struct buf header;            /* the section so far */
    size_t line;                  /* where its last line begins */
    bool in_body;
    struct seal_fields fields;
    struct seal_bodies *bodies;
    struct seal_keys *keys;
    VEC(struct seal_dkim) dkim;
    size_t signatures;
    struct seal_chain chain;
    struct seal_arc *arc;         /* once asked for */
    bool dkim_done;
};

struct seal_verifier *seal_verifier_new(const struct seal_setup *setup, struct arena *arena)
{
    struct seal_verifier *v = ARENA_NEW(arena, struct seal_verifier);
    v->setup = *setup;
    v->arena = arena;
    buf_init(&v->header, SEAL_HEADER_CEILING);
    return v;
}

/* --- header section ----------------------------------------------------------------------------- */

static void fields_split(struct seal_verifier *v)
{
    VEC(span) list = {0};
    span text = arena_copy(v->arena, buf_span(&v->header));
    for (size_t i = 0, from = 0; i < text.len; i++) {
        bool ends = text.at[i] == '\n' && (i + 1 == text.len || !ascii_is_blank(text.at[i + 1]));
        if (ends) {
            vec_add(v->arena, &list, span_part(text, from, i + 1 - from));
            from = i + 1;
        }
    }
    seal_fields_read(list.at, list.count, v->arena, &v->fields);
}

static void want(struct seal_verifier *v, struct seal_signature *s)
{
    if (s->flaw == SEAL_GOOD) {
        s->want = seal_bodies_want(v->bodies, s->body_canon, s->hash,
                                   s->has_length ? s->length : SEAL_WHOLE);
    }
}

/* What there is to be verified. */
static void header_end(struct seal_verifier *v)
{
    v->in_body = true;
    fields_split(v);
    v->bodies = seal_bodies_new(v->arena);
    v->keys = seal_keys_new(v->setup.crypto, v->setup.store, v->setup.dns,
                            v->setup.dns_together, v->arena);
    for (size_t i = 0; i < v->fields.count; i++) {
        if (!seal_field_is(v->fields.at[i], "DKIM-Signature")) {
            continue;
        }
        v->signatures++;
        if (v->dkim.count < SEAL_SIGNATURES_MOST) {
            struct seal_dkim *d = vec_push(v->arena, &v->dkim);
            seal_signature_read(SEAL_DKIM, v->fields.at[i], i, v->arena, &d->signature);
            want(v, &d->signature);
        }
    }
    seal_chain_read(&v->fields, v->arena, &v->chain);
    for (unsigned i = 1; i <= v->chain.top && v->chain.wrong == NULL; i++) {
        if (v->chain.sets[i].ams.field.len > 0) {
            want(v, &v->chain.sets[i].ams);
        }
    }
}

/* Takes lines off the text until the body begins. A section past all limits has no signature that
   could be looked for. */
static void header_add(struct seal_verifier *v, span *text)
{
    while (!v->in_body && text->len > 0) {
        size_t lf = span_find_byte(*text, '\n');
        span part = lf == SPAN_NONE ? *text : span_first(*text, lf + 1);
        *text = span_from(*text, part.len);
        buf_put(&v->header, part);
        if (buf_full(&v->header)) {
            buf_clear(&v->header);
            header_end(v);
            return;
        }
        if (lf == SPAN_NONE) {
            return;
        }
        span line = span_from(buf_span(&v->header), v->line);
        line.len--;
        enum mail_line kind = mail_line_kind(line, v->line > 0);
        if (kind == MAIL_LINE_FIELD || kind == MAIL_LINE_CONTINUATION) {
            v->line = v->header.len;
            continue;
        }
        line = arena_copy(v->arena, span_of(line.at, line.len + 1));
        v->header.len = v->line;
        header_end(v);
        if (kind == MAIL_LINE_BODY) {
            seal_bodies_add(v->bodies, line);
        }
    }
}

void seal_verifier_add(struct seal_verifier *v, span text)
{
    if (!v->in_body) {
        header_add(v, &text);
    }
    if (text.len > 0 && !seal_bodies_idle(v->bodies)) {
        seal_bodies_add(v->bodies, text);
    }
}

void seal_verifier_end(struct seal_verifier *v)
{
    if (!v->in_body && v->header.len > v->line) {
        seal_verifier_add(v, SPAN("\n"));
    }
    if (!v->in_body) {
        header_end(v);
    }
    seal_bodies_end(v->bodies);
}

/* --- verdicts ----------------------------------------------------------------------------------- */

static struct seal_bench bench_of(struct seal_verifier *v)
{
    return (struct seal_bench){.crypto = v->setup.crypto, .policy = v->setup.policy,
                               .fields = &v->fields, .bodies = v->bodies, .keys = v->keys,
                               .now = v->setup.now, .arena = v->arena};
}

const struct seal_dkim *seal_verifier_dkim(struct seal_verifier *v, size_t *count)
{
    struct seal_bench bench = bench_of(v);
    bool passed = false;
    for (size_t i = 0; i < v->dkim.count && !v->dkim_done; i++) {
        struct seal_dkim *d = &v->dkim.at[i];
        d->judged.why = "";
        if (!passed || !v->setup.minimal) {
            seal_signature_check(&bench, &d->signature, &d->judged);
            d->evaluated = true;
            passed = passed || d->judged.reason == SEAL_GOOD;
        }
    }
    v->dkim_done = true;
    *count = v->dkim.count;
    return v->dkim.at;
}

const struct seal_arc *seal_verifier_arc(struct seal_verifier *v)
{
    if (v->arc == NULL) {
        struct seal_bench bench = bench_of(v);
        v->arc = ARENA_NEW(v->arena, struct seal_arc);
        seal_chain_verify(&bench, &v->chain, v->arc);
    }
    return v->arc;
}

size_t seal_verifier_signatures(const struct seal_verifier *v)
{
    return v->signatures;
}

void seal_verifier_close(struct seal_verifier *v)
{
    if (v != NULL) {
        seal_bodies_free(v->bodies);
        seal_keys_free(v->keys);
        buf_wipe(&v->header);
        v->bodies = NULL;
        v->keys = NULL;
    }
}
