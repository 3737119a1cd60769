/* Sender rewriting as an option of redirect, in the way of libsrs_alt. It comes before the data are
   expanded, for they may name the address that was decoded. What cannot be decoded leads on, fails or
   waits, as the facts have it (docs/adr/0251-srs-of-the-library.md). */
#include "ref/route/routing.h"
#include "ref/seal/srs_alt.h"

/* --- configuration ------------------------------------------------------------------------------ */

/* What is wrong is told each time that it is needed: to the logs, and to nobody else. */
static enum routed wrong(struct routing *r, const char *why)
{
    routing_log(r, LOG_MAIN | LOG_PANIC, "%s", why);
    r->private = true;
    return routing_defer(r, "%s router: SRS cannot be used", r->router->name);
}

static enum routed setup_read(struct routing *r, struct srs_alt *srs)
{
    const struct conf_main *m = &r->round->conf->main;
    *srs = (struct srs_alt){
        .hash_length = (unsigned)m->srs_hashlength, .age_most = (unsigned)m->srs_maxage,
        .hash_least = m->srs_hashmin > 0 ? (unsigned)m->srs_hashmin : 0,
        .use_stamp = m->srs_usetimestamp, .use_hash = m->srs_usehash};
    for (size_t i = 0; i < m->srs_secrets.count && i < SRS_ALT_SECRETS_MOST; i++) {
        srs->secrets[srs->secret_count++] = m->srs_secrets.at[i];
    }
    if (m->srs_config[0] != '\0' &&
        !srs_alt_config_read(span_text(m->srs_config), r->arena, srs)) {
        return wrong(r, "SRS Configuration Error: srs_config is secret:maxage:hashlength:"
                        "usetimestamp:usehash");
    }
    const char *complaint = srs_alt_complaint(srs);
    return complaint == NULL ? ROUTED_TAKEN : wrong(r, complaint);
}

static enum routed text_of(struct routing *r, const char *option, const struct template *t,
                           span *text)
{
    routing_facts(r);
    struct expanded e = expand(t, r->x);
    *text = e.outcome == EXPAND_OK ? e.value.text : SPAN_EMPTY;
    if (e.outcome == EXPAND_OK) {
        return ROUTED_TAKEN;
    }
    r->private = true;
    return routing_defer(r, "failed to expand \"%.*s\" for %s: %s", SPAN_FMT(template_text(t)),
                         option, e.why);
}

/* --- the two ways ------------------------------------------------------------------------------- */

static enum routed not_reversed(struct routing *r, enum srs_alt_end end)
{
    switch (end) {
    case SRS_ALT_NOT_SRS:
    case SRS_ALT_BAD_SRS:
        return ROUTED_DECLINE;
    case SRS_ALT_BAD_HASH:
    case SRS_ALT_BAD_STAMP:
    case SRS_ALT_EXPIRED:
        return routing_fail(r, "SRS: %s", srs_alt_word(end));
    case SRS_ALT_TOO_LONG:
    case SRS_ALT_NO_HASH:
    case SRS_ALT_DONE:
        break;
    }
    return routing_defer(r, "SRS: %s", srs_alt_word(end));
}

static enum routed reverse(struct routing *r, const struct srs_alt *srs)
{
    const struct template *select = r->router->own.redirect->srs_dbselect;
    struct delivery_address *a = r->address;
    instant now = clock_now(r->x->facts->server->clock);
    enum srs_alt_end end;
    a->srs.orig_recipient = a->address;
    if (select == NULL) {
        end = srs_alt_reverse(srs, a->whole_local_part, now, r->arena, &a->srs_recipient);
        return end == SRS_ALT_DONE ? ROUTED_TAKEN : not_reversed(r, end);
    }
    end = srs_alt_reverse_key(srs, a->whole_local_part, now, r->arena, &a->srs.db_key);
    return end == SRS_ALT_DONE ? text_of(r, "srs_dbselect", select, &a->srs_recipient)
                               : not_reversed(r, end);
}

static enum srs_alt_end encode(struct routing *r, const struct srs_alt *srs, span domain,
                               enum routed *told)
{
    const struct template *insert = r->router->own.redirect->srs_dbinsert;
    struct delivery_address *a = r->address;
    span sender = a->srs.orig_sender, ignored;
    instant now = clock_now(r->x->facts->server->clock);
    if (insert == NULL) {
        return srs_alt_forward(srs, sender, domain, now, r->arena, &r->srs_sender);
    }
    a->srs.db_address = sender;
    enum srs_alt_end end = srs_alt_key(srs, sender, r->arena, &a->srs.db_key);
    if (end == SRS_ALT_DONE) {
        *told = text_of(r, "srs_dbinsert", insert, &ignored);
    }
    return end != SRS_ALT_DONE ? end
                               : srs_alt_forward_key(srs, a->srs.db_key, domain, now, r->arena,
                                                     &r->srs_sender);
}

/* Of real deliveries only, and never for a bounce: its sender stays empty (RFC 5321 4.5.5). */
static enum routed forward(struct routing *r, const struct srs_alt *srs)
{
    const struct template *alias = r->router->own.redirect->srs_alias;
    const struct facts_message *m = r->x->facts->message;
    enum routed told = ROUTED_TAKEN;
    span domain = r->address->domain;
    if (r->round->purpose != ROUTE_DELIVER || m == NULL || m->sender_address.len == 0) {
        return ROUTED_TAKEN;
    }
    r->address->srs.orig_sender = m->sender_address;
    if (alias != NULL) {
        enum routed end = text_of(r, "srs_alias", alias, &domain);
        if (end != ROUTED_TAKEN) {
            return end;
        }
    }
    enum srs_alt_end end = encode(r, srs, domain, &told);
    if (end != SRS_ALT_DONE) {
        return routing_defer(r, "SRS: the sender cannot be rewritten: %s", srs_alt_word(end));
    }
    if (told != ROUTED_TAKEN) {
        r->srs_sender = SPAN_EMPTY;
    }
    return told;
}

static enum routed wanted(struct routing *r, bool *yes)
{
    const struct template *condition = r->router->own.redirect->srs_condition;
    *yes = true;
    if (condition == NULL) {
        return ROUTED_TAKEN;
    }
    struct expanded e = expand_to_bool(condition, r->x, yes);
    if (e.outcome == EXPAND_OK) {
        return ROUTED_TAKEN;
    }
    *yes = false;
    r->private = true;
    return e.outcome == EXPAND_FORCED
               ? ROUTED_TAKEN
               : routing_defer(r, "failed to expand \"%.*s\" for srs_condition: %s",
                               SPAN_FMT(template_text(condition)), e.why);
}

enum routed route_srs(struct routing *r)
{
    const struct router_redirect *o = r->router->own.redirect;
    bool both = strcmp(o->srs, "reverseandforward") == 0, yes;
    struct srs_alt srs;
    r->srs_sender = SPAN_EMPTY;
    if (o->srs[0] == '\0') {
        return ROUTED_TAKEN;
    }
    enum routed end = wanted(r, &yes);
    if (end != ROUTED_TAKEN || !yes) {
        return end;
    }
    if (both && (o->srs_dbinsert == NULL) != (o->srs_dbselect == NULL)) {
        return wrong(r, "SRS Configuration Error: srs_dbinsert and srs_dbselect belong together");
    }
    end = setup_read(r, &srs);
    if (end == ROUTED_TAKEN && (both || strcmp(o->srs, "reverse") == 0)) {
        end = reverse(r, &srs);
    }
    if (end == ROUTED_TAKEN && (both || strcmp(o->srs, "forward") == 0)) {
        end = forward(r, &srs);
    }
    routing_facts(r);
    return end;
}
