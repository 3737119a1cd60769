/* A message's text, seen from the session: where it begins, and at its end what its ACL for the text
   says, what is changed in the message by then, and what the client is told. */
#include "ref/smtp/receive.h"

#include "ref/smtp/ask.h"
#include "ref/smtp/changes.h"
#include "ref/smtp/expansions.h"
#include "ref/smtp/scan.h"

#include <unistd.h>

enum { BODY_VISIBLE = 500, BELOW_CEILING = 1 << 20 };

struct smtp_receive *smtp_receive_begin(struct smtp_session *s, bool dots)
{
    const struct acl_marks *marks = &s->tx.changes.marks;
    struct smtp_receive *r =
        smtp_receive_open(s->server, s->tx.arena, marks->queue, dots, !marks->dkim_disable_verify);
    r->pace = smtp_pace_begin(s);
    s->tx.text = r;
    return r;
}

static void refusal_log(struct smtp_session *s, struct smtp_receive *r, enum smtp_reply_id id)
{
    struct log_details details = {
        .id = span_text(r->message.envelope.id), .sender = s->tx.sender,
        .size = r->text.size, .limit = s->conf->message_size_limit,
        .text = smtp_session_reason(s, smtp_reply_of(id))};
    enum log_event event = LOG_EVENT_REJECTED_MESSAGE;
    if (id == SMTP_TEXT_OVER) {
        event = LOG_EVENT_REJECTED_SIZE;
    } else if (id == SMTP_DISK_FULL || id == SMTP_SPOOL_FAILED) {
        event = LOG_EVENT_SPOOL_FAILED;
        details.text = span_text(err_text(r->failure, s->tx.arena));
    }
    smtp_session_log(s, event, &details);
}

/* --- the ACL for the text ----------------------------------------------------------------------- */

static span body_part(struct smtp_receive *r, struct arena *arena, uint64_t from, size_t most)
{
    const struct spool_data *d = &r->message.data;
    size_t len = d->size - from < most ? (size_t)(d->size - from) : most;
    unsigned char *at = arena_take(arena, len + 1);
    off_t offset = (off_t)(spool_data_offset(r->message.envelope.id) + from);
    ssize_t got = pread(d->fd, at, len, offset);
    return span_of(at, got > 0 ? (size_t)got : 0);
}

void smtp_receive_facts(struct smtp_session *s, struct smtp_receive *r)
{
    const struct envelope *e = &r->message.envelope;
    struct facts_message *m = &s->message_facts;
    struct facts_header *headers =
        arena_take_array(s->tx.arena, e->headers.count + 1, sizeof *headers);
    m->received_count = 0;
    for (size_t i = 0; i < e->headers.count; i++) {
        headers[i] = (struct facts_header){e->headers.at[i].text, e->headers.at[i].type == '*'};
        m->received_count += e->headers.at[i].type == 'P' ? 1 : 0;
    }
    m->id = span_text(e->id);
    m->headers = headers;
    m->header_count = e->headers.count;
    m->received_protocol = e->protocol;
    m->size = spool_message_size(&r->message);
    m->body_size = r->message.data.size;
    m->body_linecount = e->body_lines;
    m->body_zerocount = e->zeros;
    m->received = e->received;
    if (!failed(spool_data_flush(&r->message.data))) {
        uint64_t over = m->body_size > BODY_VISIBLE ? m->body_size - BODY_VISIBLE : 0;
        m->body = body_part(r, s->tx.arena, 0, BODY_VISIBLE);
        m->body_end = body_part(r, s->tx.arena, over, BODY_VISIBLE);
    }
}

/* What the reject log shows of a message that was refused. */
static span below_make(const struct smtp_session *s, const struct smtp_receive *r)
{
    struct buf out;
    buf_init(&out, BELOW_CEILING);
    buf_printf(&out, "Envelope-from: <%.*s>\n", SPAN_FMT(s->tx.sender));
    for (size_t i = 0; i < s->tx.addresses.count; i++) {
        buf_printf(&out, "%s<%.*s>\n", i == 0 ? "Envelope-to: " : "             ",
                   SPAN_FMT(s->tx.addresses.at[i]));
    }
    for (size_t i = 0; i < r->message.envelope.headers.count; i++) {
        const struct header *h = &r->message.envelope.headers.at[i];
        buf_printf(&out, "%c %.*s", h->type, SPAN_FMT(h->text));
    }
    return buf_settle(&out, s->tx.arena);
}

static struct smtp_answer ask(struct smtp_session *s, struct smtp_receive *r, enum acl_stage stage)
{
    struct smtp_subject about = {.id = span_text(r->message.envelope.id)};
    if (smtp_asks(s, stage)) {
        smtp_receive_facts(s, r);
        if (log_wants(s->server->log, LOG_REJECTED_HEADER)) {
            about.below = below_make(s, r);
        }
    }
    return smtp_ask(s, stage, &about, SMTP_ACCEPTED);
}

/* acl_smtp_dkim, once for each signer and signature. False: it was refused, with *answer. */
static bool dkim_ask(struct smtp_session *s, struct smtp_receive *r, struct smtp_reply *answer)
{
    if (s->conf->acl_smtp_dkim == NULL) {
        return true;
    }
    struct smtp_seals *seals = r->seals;
    smtp_seals_turns(s, seals);
    for (size_t i = 0; i < seals->turns.count; i++) {
        smtp_seals_turn(s, seals, &seals->turns.at[i]);
        struct smtp_answer a = ask(s, r, ACL_DKIM);
        if (a.verdict != ACL_ACCEPTS && a.verdict != ACL_DISCARDS) {
            *answer = a.reply;
            return false;
        }
        smtp_seals_note(s, seals, &seals->turns.at[i]);
    }
    return true;
}

/* The empty line is one of them, as in Exim. */
static uint64_t lines_received(const struct spool_message *m)
{
    const struct envelope *e = &m->envelope;
    uint64_t lines = e->body_lines + (m->in_body ? 1 : 0);
    for (size_t i = 0; i < e->headers.count; i++) {
        span text = e->headers.at[i].text, line;
        while (span_line(&text, &line)) {
            lines++;
        }
    }
    return lines;
}

static void recipients_rewrite(struct smtp_session *s)
{
    for (size_t i = 0; i < s->tx.recipients.count; i++) {
        span *address = &s->tx.recipients.at[i].address;
        *address = s->tx.addresses.at[i] =
            smtp_rewrite_envelope(s, REWRITE_ENVELOPE_TO, *address);
    }
}

/* $acl_c_x is "_x" in -H, $acl_m0 is "0". */
static void variables_put(struct envelope *e, struct arena *arena, const struct facts_variable *at,
                          size_t count, bool message)
{
    for (size_t i = 0; i < count; i++) {
        vec_add(arena, &e->variables,
                ((struct acl_variable){.message = message, .tainted = at[i].tainted,
                                       .quoter = SPAN_EMPTY, .name = span_from(at[i].name, 1),
                                       .value = arena_copy(arena, at[i].value)}));
    }
}

/* What ACLs have found out and want of the message, into its envelope. */
static void effects_put(struct smtp_session *s, struct smtp_receive *r)
{
    struct envelope *e = &r->message.envelope;
    const struct acl_variables *v = &s->expansions.variables;
    variables_put(e, r->message.arena, v->connection.at, v->connection.count, false);
    variables_put(e, r->message.arena, v->message.at, v->message.count, true);
    e->requiretls = s->tx.changes.requiretls;
    e->utf8_downconvert = s->tx.changes.utf8_downconvert;
    e->utf8_optional_downconvert = s->tx.changes.utf8_optional_downconvert;
    e->frozen = s->tx.changes.freeze ? e->received : 0;
    r->later = s->conf->queue_only || s->tx.changes.queue_only || s->tx.changes.freeze;
    if (s->authenticated != NULL) {
        e->auth_id = s->peer_facts.authenticated_id;
        e->auth_sender = s->tx.params.auth;
        e->host_auth = span_text(s->authenticated->name);
        e->host_auth_pubname = span_text(s->authenticated->generic->public_name);
    }
}

bool smtp_receive_decide(struct smtp_session *s, struct smtp_receive *r, enum acl_stage stage,
                         struct smtp_reply *answer)
{
    *answer = smtp_reply_of(SMTP_ACCEPTED);
    s->message_facts.lines_received = lines_received(&r->message);
    recipients_rewrite(s);
    smtp_seals_end(s, r);
    smtp_seals_strip(s, r);
    smtp_rewrite_fields(s, &r->message);
    if (s->tx.changes.submission) {
        smtp_submission_fix(s, &r->message);
    } else if (!s->peer->tcp && stage == ACL_DATA) { /* -bs: a program of this machine (RFC 6409 8) */
        smtp_fields_complete(&r->message, s->conf->primary_hostname, s->tx.sender);
    }
    smtp_receive_stamp(r, s, &s->tx);
    smtp_changes_apply(&s->tx.changes, &r->message);
    if (s->tx.recipients.count > 0) {
        if (stage == ACL_DATA && !dkim_ask(s, r, answer)) {
            return false;
        }
        smtp_changes_apply(&s->tx.changes, &r->message);
        struct smtp_answer a = ask(s, r, stage);
        *answer = a.reply;
        if (a.verdict != ACL_ACCEPTS && a.verdict != ACL_DISCARDS) {
            return false;
        }
        if (a.verdict == ACL_DISCARDS) {
            s->tx.discarded = s->tx.recipients.count;
            s->tx.discarded_by = acl_stages[stage].word;
            s->tx.recipients.count = s->tx.addresses.count = 0;
            r->message.envelope.recipients.count = 0;
        }
    }
    smtp_changes_apply(&s->tx.changes, &r->message);
    effects_put(s, r);
    smtp_scan_brightmail(s, r);
    return true;
}

/* --- the answer --------------------------------------------------------------------------------- */

/* Nobody is left to get it: the log has its arrival and its end, the spool nothing. */
static void discarded_log(struct smtp_session *s, const struct smtp_receive *r)
{
    span id = span_text(r->message.envelope.id);
    log_printf(s->server->log, LOG_MAIN, id, "=> blackhole (%s ACL discarded recipients)",
               s->tx.discarded_by);
    log_printf(s->server->log, LOG_MAIN, id, "Completed");
}

static struct smtp_reply fake_reply(struct smtp_session *s)
{
    const struct acl_changes *c = &s->tx.changes;
    struct smtp_reply r =
        smtp_reply_of(c->fake == ACL_FAKE_DEFER ? SMTP_FAKE_DEFERRED : SMTP_FAKE_REJECTED);
    if (c->fake_text.len > 0) {
        buf_clear(&s->detail);
        buf_put(&s->detail, c->fake_text);
        r.detail = buf_span(&s->detail);
        r.said = true;
    }
    return r;
}

static struct smtp_reply store(struct smtp_session *s, struct smtp_receive *r)
{
    struct smtp_reply answer;
    if (!smtp_receive_decide(s, r, ACL_DATA, &answer)) {
        return answer;
    }
    bool nobody = s->tx.recipients.count == 0;
    r->rehearsal = r->rehearsal || nobody;
    enum smtp_reply_id id = smtp_receive_commit(r, s);
    if (id != SMTP_ACCEPTED) {
        refusal_log(s, r, id);
        return smtp_reply_of(id);
    }
    s->accepted++;
    if (nobody) {
        discarded_log(s, r);
    }
    if (s->tx.changes.fake != ACL_FAKE_NONE) {
        return fake_reply(s);
    }
    if (!answer.said) {
        buf_clear(&s->detail);
        buf_put_text(&s->detail, r->message.envelope.id);
        answer.detail = buf_span(&s->detail);
    }
    return answer;
}

struct smtp_reply smtp_receive_finish(struct smtp_session *s, struct smtp_receive *r)
{
    r->rehearsal = s->peer->rehearsal;
    enum smtp_reply_id id = smtp_receive_check(r);
    if (id == SMTP_NO_REPLY && s->tx.many) {
        id = SMTP_TEXT_RECIPIENTS;
    }
    struct smtp_reply answer = smtp_reply_of(id);
    if (id == SMTP_NO_REPLY) {
        answer = store(s, r);
    } else {
        refusal_log(s, r, id);
    }
    smtp_receive_close(r);
    s->tx.text = NULL;
    smtp_transaction_end(s);
    s->stage = STAGE_HELLO;
    return answer;
}
