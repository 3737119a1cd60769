/* DKIM and ARC on the way out: the options of the transport, expanded for this message, become an order
   for ref/seal, and what that makes is put on top. It signs the octets that go out: header section
   and body are made here as they will be for the wire. */
#include "ref/transport/smtp.h"

#include "ref/conf/list.h"
#include "ref/expand/match.h"
#include "ref/seal/sign.h"

enum { HEADER_CEILING = 64 << 20 };

struct sealing {
    struct smtp_run *r;
    struct arena *arena;
    struct facts_seal facts;        /* $dkim_domain, $dkim_selector */
    VEC(struct seal_dkim_order) dkim;
    struct seal_arc_order arc;
    bool has_arc, strict;
    const char *dkim_failure;       /* of an order that could not be read */
};

static void say(const struct sealing *w, unsigned files, const char *text)
{
    const struct transport_job *job = w->r->job;
    if (job->log != NULL && text != NULL) {
        log_write(job->log, files, span_text(job->message->envelope.id), span_text(text));
    }
}

/* --- orders ------------------------------------------------------------------------------------- */

static bool is_yes(span text)
{
    uint64_t number;
    return span_eq_caseless(text, SPAN("yes")) || span_eq_caseless(text, SPAN("true")) ||
           (span_to_u64(text, &number) && number != 0);
}

/* No key, or a word that says so: not signed, and that is no error. */
static bool is_no_key(span text)
{
    return text.len == 0 || span_eq(text, SPAN("0")) || span_eq_caseless(text, SPAN("false"));
}

static void canon_read(struct sealing *w, span text, struct seal_dkim_order *order)
{
    order->simple = span_eq_caseless(text, SPAN("simple"));
    if (text.len > 0 && !order->simple && !span_eq_caseless(text, SPAN("relaxed"))) {
        say(w, LOG_MAIN,
            arena_printf(w->arena, "DKIM: unknown canonicalization method '%.*s', defaulting to "
                         "'relaxed'.", SPAN_FMT(text)));
    }
}

/* One selector of one domain. False: an option could not be expanded, and the batch is deferred. */
static bool dkim_read(struct sealing *w)
{
    const struct transport_smtp *o = w->r->o;
    struct seal_dkim_order order = {.domain = w->facts.dkim_domain,
                                    .selector = w->facts.dkim_selector};
    span canon, hash, strict, timestamps;
    if (!smtp_option(w->r, "dkim_private_key", o->dkim_private_key, &order.key) ||
        !smtp_option(w->r, "dkim_canon", o->dkim_canon, &canon) ||
        !smtp_option(w->r, "dkim_hash", o->dkim_hash, &hash) ||
        !smtp_option(w->r, "dkim_identity", o->dkim_identity, &order.identity) ||
        !smtp_option(w->r, "dkim_sign_headers", o->dkim_sign_headers, &order.headers) ||
        !smtp_option(w->r, "dkim_strict", o->dkim_strict, &strict) ||
        !smtp_option(w->r, "dkim_timestamps", o->dkim_timestamps, &timestamps)) {
        return false;
    }
    if (is_no_key(order.key)) {
        return true;
    }
    w->strict = w->strict || is_yes(strict);
    if (hash.len > 0 && !span_eq_caseless(hash, SPAN("sha256"))) {
        w->dkim_failure = arena_printf(w->arena, "DKIM: signing failed: dkim_hash is '%.*s', RFC 8301 "
                                       "has sha256 only", SPAN_FMT(hash));
        return true;
    }
    canon_read(w, canon, &order);
    order.timestamps = timestamps.len > 0;
    if (order.timestamps && !span_to_u64(timestamps, &order.lifetime)) {
        w->dkim_failure = arena_printf(w->arena, "DKIM: signing failed: dkim_timestamps is no number: "
                                       "'%.*s'", SPAN_FMT(timestamps));
        return true;
    }
    vec_add(w->arena, &w->dkim, order);
    return true;
}

static bool was_before(const struct conf_list *list, size_t i)
{
    for (size_t k = 0; k < i; k++) {
        if (span_eq(list->at[k], list->at[i])) {
            return true;
        }
    }
    return false;
}

static bool dkim_read_all(struct sealing *w)
{
    span text;
    if (!smtp_option(w->r, "dkim_domain", w->r->o->dkim_domain, &text)) {
        return false;
    }
    struct conf_list domains = conf_list_read(arena_lower(w->arena, text), w->arena);
    for (size_t d = 0; d < domains.count; d++) {
        w->facts.dkim_domain = domains.at[d];
        w->facts.dkim_selector = SPAN_EMPTY;
        if (domains.at[d].len == 0 || was_before(&domains, d)) {
            continue;
        }
        if (!smtp_option(w->r, "dkim_selector", w->r->o->dkim_selector, &text)) {
            return false;
        }
        struct conf_list selectors = conf_list_read(text, w->arena);
        for (size_t s = 0; s < selectors.count; s++) {
            w->facts.dkim_selector = selectors.at[s];
            if (!was_before(&selectors, s) && !dkim_read(w)) {
                return false;
            }
        }
    }
    return true;
}

static bool arc_read(struct sealing *w)
{
    const struct conf_main *main = &w->r->job->conf->main;
    const char *failure = NULL;
    span whole;
    if (!smtp_option(w->r, "arc_sign", w->r->o->arc_sign, &whole)) {
        return false;
    }
    if (span_trim_space(whole).len == 0) {
        return true;
    }
    struct conf_list list = conf_list_read(whole, w->arena);
    w->has_arc = seal_arc_read(list.at, list.count, whole, clock_now(w->r->job->clock), &w->arc,
                               &failure, w->arena);
    say(w, LOG_MAIN, failure);
    w->arc.results = strcmp(main->arc_sign_results, "first") == 0 ? SEAL_RESULTS_FIRST
                                                                  : SEAL_RESULTS_ALL;
    w->arc.form = strcmp(main->arc_sign_form, "exim") == 0 ? SEAL_FORM_EXIM : SEAL_FORM_RFC;
    w->arc.remote_ip = w->r->job->message->envelope.host_address;
    return true;
}

/* --- the message -------------------------------------------------------------------------------- */

static err header_take(void *to, span block)
{
    struct buf *text = to;
    buf_put(text, block);
    return OK;
}

/* The fields as they will be on the wire, in CRLF. */
static err fields_make(const struct message_out *out, struct arena *arena,
                       struct seal_outgoing *message)
{
    struct message_out header = *out;
    struct buf text;
    VEC(span) list = {0};
    header.form = message_form_chunks;
    header.body = false;
    buf_init(&text, HEADER_CEILING);
    err e = message_out_write(&header, header_take, &text, NULL);
    span all = SPAN_EMPTY;
    if (!failed(e)) {
        all = arena_copy(arena, buf_span(&text));
        e = buf_full(&text) ? err_of(ERR_LIMIT, "the header section is too long to be signed") : OK;
    }
    buf_wipe(&text);
    all = span_first(all, all.len >= 2 ? all.len - 2 : 0); /* the empty line */
    for (size_t i = 0, from = 0; i < all.len; i++) {
        if (all.at[i] == '\n' && (i + 1 == all.len || !ascii_is_blank(all.at[i + 1]))) {
            vec_add(arena, &list, span_part(all, from, i + 1 - from));
            from = i + 1;
        }
    }
    message->fields = list.at;
    message->field_count = list.count;
    return e;
}

static err body_put(void *context, err (*put)(void *to, span text), void *to)
{
    struct message_out body = *(const struct message_out *)context;
    body.form = message_form_chunks;
    body.header = false;
    body.fields.count = 0;
    return message_out_write(&body, put, to, NULL);
}

static void fields_put(struct sealing *w, const struct seal_made *made, struct message_out *out)
{
    struct message_out before = *out;
    memset(&out->fields, 0, sizeof out->fields);
    for (size_t i = 0; i < made->count; i++) {
        vec_add(w->arena, &out->fields, made->at[i]);
    }
    for (size_t i = 0; i < before.fields.count; i++) {
        vec_add(w->arena, &out->fields, before.fields.at[i]);
    }
}

/* False: dkim_strict, and there is no signature. */
static bool told(struct sealing *w, const struct seal_made *made)
{
    const char *dkim = made->dkim_failure != NULL ? made->dkim_failure : w->dkim_failure;
    if (made->panic != NULL) {
        say(w, LOG_MAIN | LOG_PANIC, made->panic);
    }
    say(w, LOG_MAIN, dkim);
    if (made->arc_failure != NULL && made->arc_failure != made->panic) {
        say(w, LOG_MAIN, made->arc_failure);
    }
    if (dkim == NULL || !w->strict) {
        return true;
    }
    say(w, LOG_MAIN, "DKIM: message could not be signed, and dkim_strict is set. Deferring message "
        "delivery.");
    smtp_defer_open(w->r, 0, dkim);
    return false;
}

/* For the log: "domain:selector" of each, with ":" between. */
static span signers_of(struct sealing *w, const struct seal_made *made)
{
    span all = SPAN_EMPTY;
    for (size_t i = 0; i < made->signer_count; i++) {
        all = span_text(arena_printf(w->arena, "%.*s%s%.*s", SPAN_FMT(all), i > 0 ? ":" : "",
                                     SPAN_FMT(made->signers[i])));
    }
    return all;
}

static bool seal(struct sealing *w, struct message_out *out)
{
    const struct seal_crypto *crypto =
        seal_crypto_find(span_text(w->r->job->conf->main.tls_library));
    struct seal_order order = {.crypto = crypto != NULL ? crypto : &seal_crypto_openssl,
                               .store = w->r->job->seals,
                               .now = clock_now(w->r->job->clock), .dkim = w->dkim.at,
                               .dkim_count = w->dkim.count, .arc = w->has_arc ? &w->arc : NULL};
    struct seal_outgoing message = {.body = body_put, .context = out};
    struct seal_made made = {.count = 0};
    if (w->dkim.count > 0 || w->has_arc) {
        err e = fields_make(out, w->arena, &message);
        if (!failed(e)) {
            e = seal_sign(&order, &message, w->arena, &made);
        }
        if (failed(e)) {
            smtp_defer_open(w->r, e.sys, err_text(e, w->arena));
            return false;
        }
    }
    if (!told(w, &made)) {
        return false;
    }
    fields_put(w, &made, out);
    w->r->signers = signers_of(w, &made);
    return true;
}

bool smtp_seal(struct smtp_run *r, struct message_out *out)
{
    struct sealing w = {.r = r, .arena = r->job->arena};
    struct facts_seal *before = r->facts.seal;
    if (!out->header || !out->body || (r->o->dkim_domain == NULL && r->o->arc_sign == NULL)) {
        return true;
    }
    r->facts.seal = &w.facts;
    bool done = dkim_read_all(&w) && arc_read(&w) && seal(&w, out);
    r->facts.seal = before;
    return done;
}
