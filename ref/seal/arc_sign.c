/* A set of ARC fields (RFC 8617 5.1): results of this ADMD as the AAR, the message as the AMS, and a
   seal over all sets, or over this one alone when the chain had failed before (5.1.2). */
#include "ref/seal/authres.h"
#include "ref/seal/chain.h"
#include "ref/seal/making.h"

#include "base/cursor.h"

enum { EXPIRE_DEFAULT = 2592000 }; /* a month, in seconds */

/* --- the option --------------------------------------------------------------------------------- */

static bool is_identity(span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!ascii_is_alnum(text.at[i]) && text.at[i] != '-' && text.at[i] != '.') {
            return false;
        }
    }
    return true;
}

/* "", "N", "+N" behind expire=; what is no number is the default, as is +0. */
static uint64_t expiry_of(span value, uint64_t now)
{
    uint64_t n = 0;
    bool plus = span_starts(value, SPAN("+"));
    if (!span_to_u64(plus ? span_from(value, 1) : value, &n) || n > UINT32_MAX) {
        return now + EXPIRE_DEFAULT;
    }
    return plus ? now + (n > 0 ? n : EXPIRE_DEFAULT) : n;
}

bool seal_arc_read(const span *elements, size_t count, span whole, instant now,
                   struct seal_arc_order *order, const char **failure, struct arena *arena)
{
    static const char *const empty[] = {"identity empty", "selector empty", "privkey empty"};
    const char *what = NULL;
    *order = (struct seal_arc_order){.admd = SPAN_EMPTY};
    for (size_t i = 0; i < 3 && what == NULL; i++) {
        what = i >= count || elements[i].len == 0 ? empty[i] : NULL;
    }
    if (what == NULL && !is_identity(elements[0])) {
        what = "identity chars";
    } else if (what == NULL && !is_identity(elements[1])) {
        what = "selector chars";
    }
    if (what != NULL) {
        *failure = arena_printf(arena, "ARC: bad signing-specification (%s) '%.*s'", what,
                                SPAN_FMT(whole));
        return false;
    }
    order->admd = elements[0];
    order->selector = elements[1];
    order->key = elements[2];
    span options = count > 3 ? elements[3] : SPAN_EMPTY, word;
    while (options.len > 0) {
        (void)span_split(options, ',', &word, &options);
        word = span_trim_space(word);
        if (span_eq(word, SPAN("timestamps"))) {
            order->timestamps = true;
        } else if (span_eq(word, SPAN("expire")) || span_starts(word, SPAN("expire="))) {
            order->expires = true;
            order->expiry = expiry_of(span_from(word, strlen("expire=")),
                                      (uint64_t)(now / NANOS_PER_SECOND));
        }
    }
    return true;
}

/* --- results of this ADMD ----------------------------------------------------------------------- */

struct results {
    struct buf text;   /* "a=b c; d=e", as the AAR has them behind the id */
    bool any;          /* there was a field of this ADMD */
    span arc;          /* the word of the first arc= */
};

static void result_add(struct results *r, span result, struct arena *arena, bool verbatim)
{
    span method, word;
    span bare = seal_authres_skip(result);
    if (span_split(bare, '=', &method, &word) && r->arc.len == 0 &&
        span_eq_caseless(span_trim_space(method), SPAN("arc"))) {
        struct cursor c = cursor_of(seal_authres_skip(word));
        size_t len = 0;
        while (len < cursor_left(&c) && ascii_is_alpha(c.in.at[len])) {
            len++;
        }
        r->arc = arena_copy(arena, span_first(c.in, len));
    }
    if (!verbatim && result.len > 0 && !span_eq_caseless(result, SPAN("none"))) {
        buf_printf(&r->text, "%s%.*s", r->text.len > 0 ? ";\n\t" : "", SPAN_FMT(result));
    }
}

static void results_read(const struct making *m, const struct seal_arc_order *o, struct results *r)
{
    bool first = o->results == SEAL_RESULTS_FIRST;
    for (size_t i = 0; i < m->message->field_count && !(first && r->any); i++) {
        span field = m->message->fields[i], id, rest, result;
        if (!seal_field_is(field, "Authentication-Results") ||
            !seal_authres_split(seal_field_body(field), m->arena, &id, &rest) ||
            !span_eq_caseless(id, o->admd)) {
            continue;
        }
        r->any = true;
        if (first) {
            buf_put(&r->text, span_trim_space(rest));
        }
        while (seal_authres_next(&rest, &result)) {
            result_add(r, result, m->arena, first);
        }
    }
    if (r->text.len == 0) {
        buf_put_text(&r->text, "none");
    }
}

/* --- what kind of set --------------------------------------------------------------------------- */

struct plan {
    const struct seal_arc_order *o;
    struct seal_chain chain;
    unsigned instance;
    const char *cv;
    struct results results;
    struct seal_held held;
    const struct seal_private *private;
    uint64_t now;
};

/* NULL, or why there is no set to be made. What the verifier found stands in our own field: it cannot
   be found out again, the message may have changed since. */
static const char *plan_make(struct plan *p)
{
    const struct seal_chain *chain = &p->chain;
    span arc = p->results.arc;
    p->instance = chain->top + 1;
    if (p->instance > SEAL_INSTANCE_MOST) {
        return "ARC: the chain has 50 sets, no more can be added";
    }
    if (span_eq_caseless(arc, SPAN("fail")) && chain->fields > 0) {
        p->cv = "fail";
        return NULL;
    }
    if (chain->fields == 0) {
        p->cv = "none";
        return NULL;
    }
    if (!span_eq_caseless(arc, SPAN("pass"))) {
        return "ARC: the message has a chain, and no Authentication-Results header for signing has "
               "its result";
    }
    for (unsigned i = 1; i <= chain->top; i++) {
        if (chain->wrong != NULL || !seal_set_is_whole(&chain->sets[i])) {
            return "ARC: the chain is not the one that passed: it has changed since";
        }
    }
    p->cv = "pass";
    return NULL;
}

/* --- the three fields --------------------------------------------------------------------------- */

/* RFC 8617 4.1.2: never those. */
static bool is_forbidden(span name)
{
    return span_eq_caseless(name, SPAN("Authentication-Results")) ||
           span_starts_caseless(name, SPAN("ARC-"));
}

/* Every field that is there and on the list, from the bottom up. */
static span names_of(const struct making *m, const struct seal_arc_order *o)
{
    struct buf names;
    bool from = false;
    buf_init(&names, MAKING_CEILING);
    for (size_t i = m->fields.count; i-- > 0;) {
        span name = seal_field_name(m->fields.at[i]);
        bool wanted = o->headers.len > 0 ? seal_list_has_caseless(o->headers, name)
                                         : seal_list_has_caseless(span_text(seal_headers_default), name) ||
                                               span_eq_caseless(name, SPAN("DKIM-Signature"));
        if (wanted && !is_forbidden(name)) {
            from = from || span_eq_caseless(name, SPAN("From"));
            buf_printf(&names, "%s%.*s", names.len > 0 ? ":" : "", SPAN_FMT(name));
        }
    }
    if (!from) {
        buf_printf(&names, "%sFrom", names.len > 0 ? ":" : "");
    }
    return buf_settle(&names, m->arena);
}

static span aar_make(const struct making *m, struct plan *p)
{
    const struct seal_arc_order *o = p->o;
    bool ip = o->form == SEAL_FORM_EXIM && o->remote_ip.len > 0;
    return span_text(arena_printf(m->arena, "ARC-Authentication-Results: i=%u; %.*s;%s%.*s%s\n\t%.*s\n",
                                  p->instance, SPAN_FMT(o->admd), ip ? " smtp.remote-ip=" : "",
                                  SPAN_FMT(ip ? o->remote_ip : SPAN_EMPTY), ip ? ";" : "",
                                  SPAN_FMT(buf_span(&p->results.text))));
}

static void times_put(const struct plan *p, bool expiry, struct making_field *f)
{
    if (p->o->timestamps) {
        making_number(f, "t", p->now);
    }
    if (expiry && p->o->expires) {
        making_number(f, "x", p->o->expiry);
    }
}

static const char *ams_make(struct making *m, const struct plan *p, span *field)
{
    const struct seal_arc_order *o = p->o;
    struct making_field f;
    span signature = SPAN_EMPTY;
    making_begin(&f, m->arena, "ARC-Message-Signature");
    making_number(&f, "i", p->instance);
    making_tag(&f, "a", span_text(making_algorithm(m, p->private)));
    making_tag(&f, "c",
               o->form == SEAL_FORM_EXIM ? SPAN("relaxed") : SPAN("relaxed/relaxed"));
    making_tag(&f, "d", o->admd);
    making_tag(&f, "s", o->selector);
    times_put(p, true, &f);
    f.column = 999; /* a line of its own, as Exim has it */
    making_body(&f, m, m->arc_want);
    f.column = 999;
    making_names(&f, names_of(m, o));
    making_close(&f);
    const char *why = making_sign_message(m, SEAL_AMS, p->private, &f, &signature);
    *field = making_sign(&f, signature, "\t  ");
    return why;
}

/* Exim's order has cv= before a=; the examples of RFC 8617 behind the time. */
static void as_compose(const struct making *m, const struct plan *p, struct making_field *f)
{
    bool exim = p->o->form == SEAL_FORM_EXIM;
    span algorithm = span_text(making_algorithm(m, p->private));
    making_begin(f, m->arena, "ARC-Seal");
    making_number(f, "i", p->instance);
    if (exim) {
        making_tag(f, "cv", span_text(p->cv));
    }
    making_tag(f, "a", algorithm);
    if (!exim) {
        times_put(p, false, f);
        making_tag(f, "cv", span_text(p->cv));
    }
    making_tag(f, "d", p->o->admd);
    making_tag(f, "s", p->o->selector);
    if (exim) {
        times_put(p, false, f);
    }
    making_close(f);
}

static const char *as_make(struct making *m, const struct plan *p, span aar, span ams, span *field)
{
    struct making_field f;
    struct seal_signature s;
    struct buf text;
    span signature = SPAN_EMPTY;
    bool alone = strcmp(p->cv, "fail") == 0;
    as_compose(m, p, &f);
    buf_init(&text, MAKING_CEILING);
    for (unsigned i = 1; i < p->instance && !alone; i++) {
        const struct seal_set *set = &p->chain.sets[i];
        seal_header_put(SEAL_RELAXED, set->aar, true, &text);
        seal_header_put(SEAL_RELAXED, set->ams.field, true, &text);
        seal_header_put(SEAL_RELAXED, set->as.field, true, &text);
    }
    seal_header_put(SEAL_RELAXED, aar, true, &text);
    seal_header_put(SEAL_RELAXED, ams, true, &text);
    seal_signature_read(SEAL_AS, buf_span(&f.text), SPAN_NONE, m->arena, &s);
    seal_emptied_put(&s, SEAL_RELAXED, &text);
    const char *why = making_sign_text(m, p->private, &text, &signature);
    *field = making_sign(&f, signature, "\t  ");
    return why;
}

static const char *set_make(struct making *m, struct plan *p, span *all, size_t *count)
{
    span aar, ams, as;
    const char *why = making_key(m, p->o->key, &p->held);
    if (why != NULL) {
        return m->made->panic != NULL ? why : arena_printf(m->arena, "ARC: AMS signing: %s", why);
    }
    p->private = p->held.thing;
    aar = aar_make(m, p);
    why = ams_make(m, p, &ams);
    if (why != NULL) {
        return arena_printf(m->arena, "ARC: AMS signing: %s", why);
    }
    why = as_make(m, p, aar, ams, &as);
    if (why != NULL) {
        return arena_printf(m->arena, "ARC: AS signing: %s", why);
    }
    all[(*count)++] = as;
    all[(*count)++] = aar;
    all[(*count)++] = ams;
    return NULL;
}

/* The fields of the message with the DKIM-Signature fields just made on top. */
static void fields_renew(struct making *m)
{
    size_t count = m->message->field_count + m->fresh_count;
    span *all = arena_take_array(m->arena, count + 1, sizeof *all);
    for (size_t i = 0; i < m->fresh_count; i++) {
        all[i] = m->fresh[m->fresh_count - 1 - i];
    }
    memcpy(all + m->fresh_count, m->message->fields, m->message->field_count * sizeof *all);
    seal_fields_read(all, count, m->arena, &m->fields);
}

void making_arc(struct making *m, span *all, size_t *count)
{
    struct plan *p = ARENA_NEW(m->arena, struct plan);
    p->o = m->order->arc;
    p->now = (uint64_t)(m->order->now / NANOS_PER_SECOND);
    p->results.arc = SPAN_EMPTY;
    seal_chain_read(&m->fields, m->arena, &p->chain);
    const struct seal_signature *as = p->chain.top > 0 ? &p->chain.sets[p->chain.top].as : NULL;
    if (as != NULL && as->field.len > 0 && span_eq(seal_tag_value(&as->tags, "cv"), SPAN("fail"))) {
        return; /* RFC 8617 5.1 step 2: nothing is added to it */
    }
    buf_init(&p->results.text, MAKING_CEILING);
    results_read(m, p->o, &p->results);
    if (!p->results.any) {
        m->made->arc_failure = "ARC: no Authentication-Results header for signing";
    } else {
        m->made->arc_failure = plan_make(p);
    }
    if (m->made->arc_failure == NULL) {
        fields_renew(m);
        m->made->arc_failure = set_make(m, p, all, count);
        seal_store_release(&p->held);
    }
    buf_wipe(&p->results.text);
}
