/* Verdicts are computed when they are first needed: DKIM at the end of every text that has signatures,
   because the arrival line tells of it; ARC when an ACL asks. */
#include "ref/smtp/seals.h"

#include "ref/expand/match.h"
#include "ref/smtp/dmarc.h"
#include "ref/smtp/expansions.h"
#include "ref/smtp/receive.h"
#include "ref/smtp/spf.h"

enum { AUTHRES_CEILING = 1 << 20, KEYS_TOGETHER = 60000 }; /* milliseconds for all key records */

/* --- what the configuration wants --------------------------------------------------------------- */

static bool list_names(const struct conf_list *list, span word)
{
    for (size_t i = 0; i < list->count; i++) {
        if (span_eq_caseless(list->at[i], word)) {
            return true;
        }
    }
    return false;
}

/* "rsa=1024 ed25519=250": what is not named has the RFC's least. */
static void sizes_read(const struct conf_list *list, struct seal_policy *policy)
{
    for (size_t i = 0; i < list->count; i++) {
        span rest = list->at[i], word, name, number;
        uint64_t bits;
        while (rest.len > 0) {
            (void)span_split(span_trim(rest), ' ', &word, &rest);
            if (span_split(word, '=', &name, &number) && span_to_u64(number, &bits) &&
                bits <= UINT32_MAX) {
                if (span_eq_caseless(name, SPAN("rsa"))) {
                    policy->least_bits[SEAL_RSA] = (unsigned)bits;
                } else if (span_eq_caseless(name, SPAN("ed25519"))) {
                    policy->least_bits[SEAL_ED25519] = (unsigned)bits;
                }
            }
        }
    }
}

static struct seal_policy policy_of(const struct conf_main *conf)
{
    struct seal_policy policy = seal_policy_rfc;
    policy.hashes[SEAL_SHA256] = list_names(&conf->dkim_verify_hashes, SPAN("sha256"));
    policy.hashes[SEAL_SHA1] = list_names(&conf->dkim_verify_hashes, SPAN("sha1"));
    policy.key_types[SEAL_RSA] = list_names(&conf->dkim_verify_keytypes, SPAN("rsa"));
    policy.key_types[SEAL_ED25519] = list_names(&conf->dkim_verify_keytypes, SPAN("ed25519"));
    sizes_read(&conf->dkim_verify_min_keysizes, &policy);
    return policy;
}

/* --- a message ---------------------------------------------------------------------------------- */

struct smtp_seals *smtp_seals_begin(const struct smtp_server *server, struct arena *arena, bool dkim)
{
    struct smtp_seals *seals = ARENA_NEW(arena, struct smtp_seals);
    const struct seal_crypto *crypto = seal_crypto_find(span_text(server->conf->tls_library));
    seals->policy = policy_of(server->conf);
    seals->setup = (struct seal_setup){
        .crypto = crypto != NULL ? crypto : &seal_crypto_openssl, .policy = &seals->policy,
        .store = server->seals, .dns = server->dns, .now = clock_now(server->clock),
        .minimal = server->conf->dkim_verify_minimal, .dns_together = KEYS_TOGETHER};
    seals->statuses = SPAN_EMPTY;
    seals->verifier = dkim ? seal_verifier_new(&seals->setup, arena) : NULL;
    return seals;
}

void smtp_seals_add(struct smtp_seals *seals, span text)
{
    if (seals->verifier != NULL) {
        seal_verifier_add(seals->verifier, text);
    }
}

void smtp_seals_close(struct smtp_seals *seals)
{
    seal_verifier_close(seals->verifier);
    seals->verifier = NULL;
}

static const char *const canons[] = {[SEAL_SIMPLE] = "simple", [SEAL_RELAXED] = "relaxed"};

/* "<UNSET>" for what the signature does not have. */
static span or_unset(span text)
{
    return text.len > 0 ? text : SPAN("<UNSET>");
}

static void verbose_log(struct smtp_session *s, span id, const struct seal_dkim *d)
{
    const struct seal_signature *g = &d->signature;
    struct buf line;
    buf_init(&line, LOG_LINE_LIMIT);
    buf_printf(&line, "DKIM: d=%.*s s=%.*s c=%s/%s a=%.*s b=%zu", SPAN_FMT(or_unset(g->domain)),
               SPAN_FMT(or_unset(g->selector)), canons[g->header_canon], canons[g->body_canon],
               SPAN_FMT(or_unset(g->algorithm)), g->b.len * 8);
    if (g->identity.len > 0) {
        buf_printf(&line, " i=%.*s", SPAN_FMT(g->identity));
    }
    if (g->has_created) {
        buf_printf(&line, " t=%llu", (unsigned long long)g->created);
    }
    if (g->has_expires) {
        buf_printf(&line, " x=%llu", (unsigned long long)g->expires);
    }
    if (g->has_length) {
        buf_printf(&line, " l=%llu", (unsigned long long)g->length);
    }
    buf_printf(&line, " [%s]", seal_reasons[d->judged.reason].log);
    log_write(s->server->log, LOG_MAIN, id, buf_span(&line));
    buf_wipe(&line);
}

static void signers_put(const struct seal_dkim *d, struct buf *out)
{
    const span both[] = {d->signature.domain, d->signature.identity};
    for (size_t i = 0; i < 2; i++) {
        if (both[i].len > 0) {
            list_put(out, ':', both[i], out->len == 0);
        }
    }
}

void smtp_seals_end(struct smtp_session *s, struct smtp_receive *r)
{
    struct smtp_seals *seals = r->seals;
    struct buf signers;
    if (seals->verifier == NULL) {
        return;
    }
    seal_verifier_end(seals->verifier);
    const struct seal_dkim *d = seal_verifier_dkim(seals->verifier, &seals->told_count);
    seals->told = arena_take_array(s->tx.arena, seals->told_count + 1, sizeof *seals->told);
    buf_init(&signers, AUTHRES_CEILING);
    for (size_t i = 0; i < seals->told_count; i++) {
        seals->told[i] = (struct seal_dkim_told){&d[i], SPAN_EMPTY, SPAN_EMPTY};
        signers_put(&d[i], &signers);
        if (seals->passed.len == 0 && d[i].evaluated && d[i].judged.reason == SEAL_GOOD) {
            seals->passed = d[i].signature.domain;
        }
        if (log_wants(s->server->log, LOG_DKIM_VERBOSE) && d[i].evaluated) {
            verbose_log(s, span_text(r->message.envelope.id), &d[i]);
        }
    }
    seals->facts.dkim_signers = buf_settle(&signers, s->tx.arena);
    seals->facts.dkim_verify_signers = template_text(s->conf->dkim_verify_signers);
    if (seal_verifier_signatures(seals->verifier) > SEAL_SIGNATURES_MOST) {
        log_printf(s->server->log, LOG_MAIN, span_text(r->message.envelope.id),
                   "DKIM: %zu signatures, only the first %u are looked at",
                   seal_verifier_signatures(seals->verifier), (unsigned)SEAL_SIGNATURES_MOST);
    }
}

void smtp_seals_strip(struct smtp_session *s, struct smtp_receive *r)
{
    const struct conf_list *ids = &s->conf->authres_strip;
    struct envelope *e = &r->message.envelope;
    for (size_t i = 0; i < e->headers.count && ids->count > 0; i++) {
        span field = e->headers.at[i].text;
        for (size_t k = 0; k < ids->count && seal_field_is(field, "Authentication-Results"); k++) {
            if (seal_authres_claims(seal_field_body(field), ids->at[k], s->tx.arena)) {
                e->headers.at[i].type = '*';
            }
        }
    }
}

/* --- the DKIM ACL ------------------------------------------------------------------------------- */

static span number_or(struct arena *arena, bool has, uint64_t number, const char *none)
{
    return span_text(has ? arena_printf(arena, "%llu", (unsigned long long)number) : none);
}

static void key_facts(const struct seal_key *key, struct arena *arena, struct facts_seal *f)
{
    f->dkim_key_testing = key != NULL && key->testing ? SPAN("1") : SPAN("0");
    f->dkim_key_nosubdomains = key != NULL && key->no_subdomains ? SPAN("1") : SPAN("0");
    f->dkim_key_srvtype = key != NULL && key->service.at != NULL ? key->service : SPAN("*");
    f->dkim_key_granularity =
        key != NULL && key->granularity.at != NULL ? key->granularity : SPAN("*");
    f->dkim_key_notes = key != NULL && key->notes.at != NULL ? key->notes : SPAN_EMPTY;
    f->dkim_key_length = number_or(arena, true, key != NULL ? key->public.bits : 0, "");
}

void smtp_seals_turn(struct smtp_session *s, struct smtp_seals *seals,
                     const struct smtp_seals_turn *turn)
{
    struct arena *arena = s->tx.arena;
    struct facts_seal *f = &seals->facts;
    struct facts_seal old = *f;
    *f = (struct facts_seal){
        .arc_state = old.arc_state, .arc_state_reason = old.arc_state_reason,
        .arc_domains = old.arc_domains, .arc_oldest_pass = old.arc_oldest_pass,
        .dkim_signers = old.dkim_signers, .dkim_verify_signers = old.dkim_verify_signers,
        .dkim_cur_signer = turn->signer, .dkim_verify_status = SPAN("none")};
    if (turn->which >= seals->told_count) {
        return;
    }
    const struct seal_dkim *d = seals->told[turn->which].dkim;
    const struct seal_signature *g = &d->signature;
    const struct seal_reason_row *row = &seal_reasons[d->judged.reason];
    f->dkim_verify_status = span_text(seal_status_words[row->status]);
    f->dkim_verify_reason = span_text(row->word);
    f->dkim_domain = g->domain;
    f->dkim_identity = g->identity;
    f->dkim_selector = g->selector;
    f->dkim_algo = g->algorithm;
    f->dkim_canon_body = span_text(canons[g->body_canon]);
    f->dkim_canon_headers = span_text(canons[g->header_canon]);
    f->dkim_copiedheaders = seal_tag_value(&g->tags, "z");
    f->dkim_bodylength = number_or(arena, g->has_length, g->length, "9999999999999");
    f->dkim_created = number_or(arena, g->has_created, g->created, "0");
    f->dkim_expires = number_or(arena, g->has_expires, g->expires, "9999999999999");
    f->dkim_headernames = seal_tag_packed(g->names, arena);
    key_facts(d->judged.key, arena, f);
}

static bool is_of(const struct seal_dkim *d, span signer)
{
    bool identity = span_find_byte(signer, '@') != SPAN_NONE;
    return span_eq_caseless(identity ? d->signature.identity : d->signature.domain, signer);
}

/* What a signer is asked about, unless he was before. */
static void turns_add(struct smtp_session *s, struct smtp_seals *seals, span signer)
{
    const size_t first = seals->turns.count;
    for (size_t i = 0; i < first; i++) {
        if (span_eq_caseless(seals->turns.at[i].signer, signer)) {
            return;
        }
    }
    for (size_t i = 0; i < seals->told_count; i++) {
        if (seals->told[i].dkim->evaluated && is_of(seals->told[i].dkim, signer)) {
            vec_add(s->tx.arena, &seals->turns, ((struct smtp_seals_turn){signer, i}));
        }
    }
    if (seals->turns.count == first) {
        vec_add(s->tx.arena, &seals->turns, ((struct smtp_seals_turn){signer, seals->told_count}));
    }
}

void smtp_seals_turns(struct smtp_session *s, struct smtp_seals *seals)
{
    span signers, signer;
    if (seals->verifier == NULL) {
        return;
    }
    (void)smtp_expansion(s);
    s->expansions.facts.message = &s->message_facts;
    s->expansions.facts.seal = &seals->facts;
    smtp_option_text(s, "dkim_verify_signers", s->conf->dkim_verify_signers, &signers);
    struct list_reader reader = list_reader_of(arena_copy(s->tx.arena, signers));
    while (list_next(&reader, s->tx.arena, &signer)) {
        if (signer.len > 0) {
            turns_add(s, seals, signer);
        }
    }
}

void smtp_seals_note(struct smtp_session *s, struct smtp_seals *seals,
                     const struct smtp_seals_turn *turn)
{
    struct facts_seal *f = &seals->facts;
    if (turn->which < seals->told_count) {
        struct seal_dkim_told *told = &seals->told[turn->which];
        const struct seal_reason_row *row = &seal_reasons[told->dkim->judged.reason];
        if (!span_eq(f->dkim_verify_status, span_text(seal_status_words[row->status])) ||
            !span_eq(f->dkim_verify_reason, span_text(row->word))) {
            told->status = f->dkim_verify_status;
            told->reason = f->dkim_verify_reason;
        }
    }
    seals->statuses = span_text(arena_printf(s->tx.arena, "%.*s%s%.*s", SPAN_FMT(seals->statuses),
                                             seals->statuses.len > 0 ? ":" : "",
                                             SPAN_FMT(f->dkim_verify_status)));
    f->dkim_verify_status = seals->statuses;
}

/* --- services ----------------------------------------------------------------------------------- */

span smtp_seals_arc(void *context)
{
    struct smtp_session *s = context;
    struct smtp_seals *seals = s->tx.text != NULL ? s->tx.text->seals : NULL;
    if (seals == NULL) {
        return SPAN("none");
    }
    if (seals->arc == NULL && seals->verifier != NULL) {
        seals->arc = seal_verifier_arc(seals->verifier);
    } else if (seals->arc == NULL) {
        struct seal_arc *none = ARENA_NEW(s->tx.arena, struct seal_arc);
        *none = (struct seal_arc){.state = SEAL_ARC_NONE, .reason = "", .domains = SPAN_EMPTY,
                                  .selector = SPAN_EMPTY};
        seals->arc = none;
        log_printf(s->server->log, LOG_MAIN, s->message_facts.id,
                   "ARC: the chain is not verified: control = dkim_disable_verify");
    }
    struct facts_seal *f = &seals->facts;
    f->arc_state = span_text(seal_arc_words[seals->arc->state]);
    f->arc_state_reason = span_text(seals->arc->reason);
    f->arc_domains = seals->arc->domains;
    f->arc_oldest_pass = seals->arc->oldest_pass;
    return f->arc_state;
}

static enum seal_iprev iprev_of(const struct smtp_session *s)
{
    if (!s->host_name_asked) {
        return SEAL_IPREV_UNKNOWN;
    }
    return s->peer_facts.host_name.len > 0      ? SEAL_IPREV_PASS
           : s->expansions.host_name_deferred ? SEAL_IPREV_TEMPERROR
                                                : SEAL_IPREV_FAIL;
}

struct expanded smtp_seals_authresults(void *context, span id)
{
    struct smtp_session *s = context;
    const struct smtp_seals *seals = s->tx.text != NULL ? s->tx.text->seals : NULL;
    struct seal_authres_facts f = {
        .id = id, .exim = strcmp(s->conf->authres_form, "exim") == 0,
        .local = !s->peer->tcp && s->peer->login != NULL, .login = span_text(s->peer->login),
        .iprev = iprev_of(s), .host_name = s->peer_facts.host_name,
        .remote_ip = s->peer_facts.host_address, .auth_mech = SPAN_EMPTY,
        .auth_id = s->peer_facts.authenticated_id, .auth_sender = s->tx.params.auth,
        .dmarc_from = SPAN_EMPTY};
    struct buf text;
    if (s->authenticated != NULL) {
        f.auth_mech = span_text(s->authenticated->generic->public_name);
    }
    if (seals != NULL) {
        f.dkim = seals->told;
        f.dkim_count = seals->told_count;
        f.arc = seals->arc;
    }
    f.spf = s->tx.spf != NULL ? &s->tx.spf->answer : NULL;
    if (s->tx.dmarc != NULL) {
        f.dmarc = &dmarc_statuses[s->tx.dmarc->answer.status];
        f.dmarc_from = s->tx.dmarc->question.from;
    }
    buf_init(&text, AUTHRES_CEILING);
    seal_authres_make(&f, &text);
    return (struct expanded){.outcome = EXPAND_OK,
                             .value = {.text = buf_settle(&text, smtp_expansion(s)->arena)}};
}
