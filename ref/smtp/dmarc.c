/* The condition dmarc_status. What it needs has been found out before: SPF by its condition, DKIM when
   the text ended. It runs once for a message, and everything that follows from it is done then. */
#include "ref/smtp/dmarc.h"

#include "base/file.h"
#include "ref/mail/address.h"
#include "ref/mail/header.h"
#include "ref/mail/mailboxes.h"
#include "ref/smtp/failure_report.h"
#include "ref/smtp/receive.h"
#include "ref/smtp/spf.h"

enum { DMARC_TOGETHER = 20000, HISTORY_CEILING = 1 << 20, HISTORY_MODE = 0640 };

/* --- the author's domain (RFC 7489 6.6.1) --------------------------------------------------------- */

/* The domain of all addresses of the field. False: they have several, or one has none. */
static bool field_domain(span body, struct arena *arena, span *domain)
{
    struct mail_mailboxes list = mail_mailboxes_of(body);
    struct mail_mailbox box;
    span read;
    *domain = SPAN_EMPTY;
    for (bool more = true;;) {
        if (failed(mail_mailboxes_next(&list, arena, &box, &more))) {
            return false;
        }
        if (!more) {
            return domain->len > 0;
        }
        size_t at = mail_at_sign(box.address);
        if (at == SPAN_NONE || !dmarc_domain_read(span_from(box.address, at + 1), arena, &read) ||
            (domain->len > 0 && !span_eq(read, *domain))) {
            return false;
        }
        *domain = read;
    }
}

/* Empty: there is not exactly one From: field with exactly one domain. */
static span author_domain(const struct envelope *e, struct arena *arena)
{
    span domain = SPAN_EMPTY;
    size_t count = 0;
    for (size_t i = 0; i < e->headers.count; i++) {
        struct mail_field field;
        if (e->headers.at[i].type != '*' && mail_field_read(e->headers.at[i].text, &field) &&
            span_eq_caseless(field.name, SPAN("From"))) {
            count++;
            if (!field_domain(field.body, arena, &domain)) {
                return SPAN_EMPTY;
            }
        }
    }
    return count == 1 ? domain : SPAN_EMPTY;
}

/* --- what is known -------------------------------------------------------------------------------- */

/* As opendmarc-import counts them. */
static unsigned history_number(enum seal_reason reason)
{
    static const unsigned numbers[] = {[SEAL_STATUS_PASS] = 0, [SEAL_STATUS_FAIL] = 7,
                                       [SEAL_STATUS_NONE] = 6, [SEAL_STATUS_INVALID] = 11};
    const struct seal_reason_row *row = &seal_reasons[reason];
    bool of_key = row->status == SEAL_STATUS_INVALID && strncmp(row->word, "pubkey", 6) == 0;
    return of_key ? 5 : numbers[row->status];
}

static void signatures_take(const struct smtp_seals *seals, struct dmarc_question *q)
{
    struct dmarc_signed *at = arena_take_array(q->arena, seals->told_count + 1, sizeof *at);
    for (size_t i = 0; i < seals->told_count; i++) {
        const struct seal_dkim *d = seals->told[i].dkim;
        if (d->evaluated) {
            span identity = d->signature.identity;
            if (identity.len == 0) { /* RFC 6376 3.5 */
                identity = span_text(arena_printf(q->arena, "@%.*s", SPAN_FMT(d->signature.domain)));
            }
            at[q->dkim_count++] = (struct dmarc_signed){
                .domain = d->signature.domain, .selector = d->signature.selector,
                .identity = identity,
                .passed = d->judged.reason == SEAL_GOOD,
                .temporary = d->judged.reason == SEAL_KEY_UNAVAILABLE,
                .history = history_number(d->judged.reason)};
        }
    }
    q->dkim = at;
}

static struct dmarc_question question_make(struct smtp_session *s, const struct smtp_receive *r)
{
    struct dmarc_question q = {
        .dns = s->server->dns, .together = DMARC_TOGETHER, .arena = s->tx.arena,
        .walk = strcmp(s->conf->dmarc_version, "rfc9989") == 0,
        .from = author_domain(&r->message.envelope, s->tx.arena),
        .dice = s->server->rng != NULL ? (unsigned)rng_below(s->server->rng, 100) : 0};
    if (s->tx.spf != NULL) {
        q.has_spf = true;
        q.spf = s->tx.spf->answer.guessed ? SPF_IS_NONE /* D6.6.2 */ : s->tx.spf->answer.result;
        q.spf_domain = s->tx.spf->answer.domain;
    }
    signatures_take(r->seals, &q);
    return q;
}

/* --- what follows --------------------------------------------------------------------------------- */

static void results_log(struct smtp_session *s, const struct smtp_receive *r,
                        const struct smtp_dmarc *d)
{
    log_printf(s->server->log, LOG_MAIN, span_text(r->message.envelope.id),
               "DMARC results: spf_domain=%.*s dmarc_domain=%.*s spf_align=%s dkim_align=%s "
               "enforcement='%s'", SPAN_FMT(d->question.has_spf ? d->question.spf_domain
                                                                : SPAN_EMPTY),
               SPAN_FMT(d->answer.used), d->answer.aligned_spf ? "yes" : "no",
               d->answer.aligned_dkim ? "yes" : "no", dmarc_statuses[d->answer.status].text);
}

static struct dmarc_told told_make(struct smtp_session *s, const struct smtp_receive *r,
                                   const struct smtp_dmarc *d)
{
    static const unsigned arc_numbers[] = {[SEAL_ARC_NONE] = 11, [SEAL_ARC_FAIL] = 7,
                                           [SEAL_ARC_PASS] = 0};
    size_t at = mail_at_sign(s->tx.sender);
    const struct seal_arc *arc = r->seals->arc;
    return (struct dmarc_told){
        .question = &d->question, .answer = &d->answer, .id = span_text(r->message.envelope.id),
        .reporter = span_text(s->conf->primary_hostname), .client = s->peer_facts.host_address,
        .sender = s->tx.sender,
        .mail_domain = at == SPAN_NONE ? SPAN_EMPTY : span_from(s->tx.sender, at + 1),
        .received = r->message.envelope.received,
        .arc = arc != NULL ? arc_numbers[arc->state] : 11,
        .arc_json = arc != NULL ? arc->sets : SPAN_EMPTY};
}

static void history_write(struct smtp_session *s, const struct dmarc_told *told)
{
    const char *path = s->conf->dmarc_history_file;
    struct buf block;
    if (path[0] == '\0' || s->peer->rehearsal) {
        return;
    }
    buf_init(&block, HISTORY_CEILING);
    dmarc_history_put(told, &block);
    err e = file_append(path, SPAN_EMPTY, HISTORY_MODE);
    const char *failure = failed(e) ? "create" : "write to";
    if (!failed(e)) {
        e = file_append(path, buf_span(&block), HISTORY_MODE);
    }
    if (failed(e)) {
        log_printf(s->server->log, LOG_MAIN | LOG_PANIC, told->id,
                   "failure to %s DMARC history file: %s: %s", failure, path,
                   err_text(e, s->tx.arena));
    }
    buf_wipe(&block);
}

static void results_tell(struct smtp_session *s, const struct smtp_receive *r, struct smtp_dmarc *d)
{
    bool forensic = s->tx.changes.marks.dmarc_enable_forensic;
    bool dkim_failed = false;
    struct dmarc_told told = told_make(s, r, d);
    for (size_t i = 0; i < d->question.dkim_count; i++) {
        dkim_failed = dkim_failed || !d->question.dkim[i].passed;
    }
    if (!d->answer.has_record) {
        return;
    }
    results_log(s, r, d);
    history_write(s, &told);
    if (forensic && !s->peer->rehearsal &&
        dmarc_report_due(&d->answer, dkim_failed,
                         d->question.has_spf && d->question.spf == SPF_IS_FAIL)) {
        smtp_failure_reports_send(s, &told);
    }
}

/* --- the condition -------------------------------------------------------------------------------- */

static void facts_set(struct smtp_session *s, const struct dmarc_answer *a)
{
    struct facts_policy *f = &s->tx.policy;
    f->dmarc_status = span_text(dmarc_statuses[a->status].word);
    f->dmarc_status_text = span_text(dmarc_statuses[a->status].text);
    f->dmarc_used_domain = a->used;
    f->dmarc_domain_policy = span_text(a->has_record ? dmarc_policies[a->record.p] : "");
    f->dmarc_alignment_spf = a->aligned_spf;
    f->dmarc_alignment_dkim = a->aligned_dkim;
}

/* Mail of our own users, and of this host, is not for the author's domain to judge. */
static bool is_foreign(const struct smtp_session *s)
{
    return s->peer->tcp && s->authenticated == NULL;
}

static bool suffixes_take(struct smtp_session *s, struct dmarc_question *q, struct seal_held *held)
{
    const char *path = s->conf->dmarc_tld_file, *why = "";
    if (q->walk) {
        return true;
    }
    *held = dmarc_suffixes_hold(s->server->seals, path, s->tx.arena, &why);
    q->suffixes = held->thing;
    if (q->suffixes == NULL) {
        log_printf(s->server->log, LOG_MAIN | LOG_PANIC, SPAN_EMPTY,
                   "DMARC failure to load tld list '%s': %s", path, why);
    }
    return q->suffixes != NULL;
}

static void check(struct smtp_session *s, const struct smtp_receive *r)
{
    struct seal_held held = {.thing = NULL};
    struct smtp_dmarc *d = ARENA_NEW(s->tx.arena, struct smtp_dmarc);
    s->tx.dmarc = d;
    d->answer = (struct dmarc_answer){.used = SPAN_EMPTY, .why = ""};
    d->question.from = SPAN_EMPTY;
    if (!s->tx.changes.marks.dmarc_disable_verify && is_foreign(s)) {
        struct dmarc_question q = question_make(s, r);
        if (q.has_spf && s->tx.spf->answer.of_helo) {
            log_printf(s->server->log, LOG_MAIN, span_text(r->message.envelope.id),
                       "DMARC using synthesized SPF sender domain = %.*s", SPAN_FMT(q.spf_domain));
        }
        if (suffixes_take(s, &q, &held)) {
            d->question = q;
            dmarc_check(&d->question, &d->answer);
        }
    }
    facts_set(s, &d->answer);
    results_tell(s, r, d);
    d->question.suffixes = NULL;
    seal_store_release(&held);
}

span smtp_dmarc_status(void *context)
{
    struct smtp_session *s = context;
    const struct smtp_receive *r = s->tx.text;
    if (s->tx.dmarc == NULL && r != NULL) {
        check(s, r);
    }
    return s->tx.changes.marks.dmarc_disable_verify ? SPAN("off") : s->tx.policy.dmarc_status;
}
