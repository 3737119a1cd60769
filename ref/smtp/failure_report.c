/* Reports of failures go to whom the author's domain names, if the addressed one wants them (RFC 7489
   7.1, 7.3). Sender and From: are as the seed has them: dmarc_forensic_sender gives both, and without it
   dsn_from stands in From: and the envelope has none, so that no report is ever answered by one. */
#include "ref/smtp/failure_report.h"

#include "ref/log/arrival.h"
#include "ref/mail/date.h"
#include "ref/mail/mailboxes.h"
#include "ref/mail/received.h"
#include "ref/smtp/expansions.h"
#include "ref/smtp/receive.h"
#include "ref/smtp/seals.h"
#include "ref/smtp/spf.h"

enum { REPORT_CEILING = 4 << 20, RECEIVED_CEILING = 4096, ADDRESSES_MOST = 8 };

struct report {
    struct smtp_session *s;
    struct arena *arena;
    struct dmarc_told *told;
    span sender;               /* of the envelope */
    struct spool_message message;
};

/* --- who it is from ------------------------------------------------------------------------------- */

static bool is_one_line(span text)
{
    return text.len > 0 && span_find_byte(text, '\n') == SPAN_NONE &&
           span_find_byte(text, '\r') == SPAN_NONE;
}

/* The first address in the text; empty: there is none. */
static span address_in(span text, struct arena *arena)
{
    struct mail_mailboxes list = mail_mailboxes_of(text);
    struct mail_mailbox box;
    bool more = false;
    if (failed(mail_mailboxes_next(&list, arena, &box, &more)) || !more ||
        span_find_byte(box.address, '@') == SPAN_NONE) {
        return SPAN_EMPTY;
    }
    return box.address;
}

static void author_choose(struct smtp_session *s, struct dmarc_told *told, span *sender)
{
    span text;
    smtp_option_text(s, "dmarc_forensic_sender", s->conf->dmarc_forensic_sender, &text);
    *sender = address_in(text, s->tx.arena);
    if (sender->len == 0 || !is_one_line(text)) {
        *sender = SPAN_EMPTY;
        smtp_option_text(s, "dsn_from", s->conf->dsn_from, &text);
    }
    if (!is_one_line(text)) {
        text = span_text(arena_printf(s->tx.arena, "Mail Delivery System <Mailer-Daemon@%s>",
                                      s->conf->qualify_domain));
    }
    told->author = arena_copy(s->tx.arena, text);
}

/* --- what it tells -------------------------------------------------------------------------------- */

static span header_of(const struct smtp_receive *r, struct arena *arena)
{
    struct buf text;
    buf_init(&text, REPORT_CEILING / 2);
    for (size_t i = 0; i < r->message.envelope.headers.count; i++) {
        if (r->message.envelope.headers.at[i].type != '*') {
            buf_put(&text, r->message.envelope.headers.at[i].text);
        }
    }
    return buf_settle(&text, arena);
}

static span results_of(struct smtp_session *s)
{
    struct expanded e = smtp_seals_authresults(s, span_text(s->conf->primary_hostname));
    return arena_copy(s->tx.arena, span_from(e.value.text, strlen("Authentication-Results: ")));
}

/* --- into the spool ------------------------------------------------------------------------------- */

static void envelope_fill(struct report *p)
{
    struct envelope *e = &p->message.envelope;
    e->sender = p->sender;
    e->protocol = SPAN("local");
    e->ident = e->login;
    e->local = true;
    e->local_error = p->sender.len == 0;
    vec_add(p->arena, &e->recipients,
            ((struct recipient){.address = p->told->to, .parent = -1}));
    struct mail_received received = {
        .ident = e->login, .by = p->told->reporter, .protocol = e->protocol,
        .version = p->told->version, .sender = e->sender, .id = span_text(e->id),
        .recipient = p->told->to, .when = e->received, .offset = mail_zone_offset(e->received)};
    struct buf text;
    buf_init(&text, RECEIVED_CEILING);
    mail_received_write(&received, &text);
    spool_message_add(&p->message, true, 'P', buf_span(&text));
    buf_wipe(&text);
}

static void arrival_tell(struct report *p)
{
    const struct envelope *e = &p->message.envelope;
    struct log_arrival arrival = {
        .id = span_text(e->id), .sender = e->sender, .report_on = p->told->id, .ident = e->ident,
        .protocol = e->protocol, .size = spool_message_size(&p->message),
        .receive_time = e->complete - e->received,
        .message_id = p->told->message_id, .id_created = true, .has_subject = true,
        .subject = span_text(arena_printf(p->arena, "DMARC Forensic Report for %.*s from IP %.*s",
                                          SPAN_FMT(p->told->question->from),
                                          SPAN_FMT(p->told->client))),
        .recipients = &p->told->to, .recipient_count = 1};
    log_arrival(p->s->server->log, &arrival);
}

static err write_and_commit(struct report *p)
{
    char date[MAIL_DATE_ROOM];
    struct buf text;
    span all;
    instant now = p->message.envelope.received;
    p->told->date = arena_copy(p->arena, span_text(mail_date_write(now, mail_zone_offset(now),
                                                                   date)));
    p->told->message_id = span_text(arena_printf(p->arena, "E%s@%s", p->message.envelope.id,
                                                 p->s->conf->primary_hostname));
    p->told->boundary = span_text(arena_printf(p->arena, "dmarc-%s", p->message.envelope.id));
    buf_init(&text, REPORT_CEILING);
    dmarc_report_put(p->told, &text);
    err e = buf_end(&text, &all);
    if (!failed(e)) {
        e = spool_message_write(&p->message, all);
    }
    buf_wipe(&text);
    TRY(e);
    TRY(spool_message_end(&p->message));
    envelope_fill(p);
    return spool_message_commit(&p->message);
}

static void send_one(struct smtp_session *s, struct dmarc_told *told, span sender, span address)
{
    told->to = arena_lower(s->tx.arena, address);
    struct report p = {.s = s, .arena = s->tx.arena, .told = told, .sender = sender};
    err e = spool_message_begin(s->server->spool, p.arena, &p.message);
    if (!failed(e)) {
        e = write_and_commit(&p);
    }
    char id[SPOOL_ID_ROOM];
    memcpy(id, p.message.envelope.id, sizeof id);
    if (!failed(e)) {
        arrival_tell(&p);
    }
    spool_message_close(&p.message);
    if (failed(e)) {
        log_printf(s->server->log, LOG_MAIN | LOG_PANIC, told->id,
                   "failure to send DMARC forensic report to %.*s: %s", SPAN_FMT(told->to),
                   err_text(e, p.arena));
    } else if (s->server->stored != NULL) {
        s->server->stored(s->server->stored_context, id, false);
    }
}

/* To the address, or where its host would have the report (RFC 7489 7.1 step 8). */
static void send_where_wanted(struct smtp_session *s, struct dmarc_told *told, span sender,
                              span address, millis *left)
{
    span instead, uri;
    if (!dmarc_report_wanted(told->question, told->answer->used, address, left, &instead)) {
        log_printf(s->server->log, LOG_MAIN, told->id,
                   "DMARC: no report to %.*s: its domain does not ask for those about %.*s",
                   SPAN_FMT(arena_lower(s->tx.arena, address)), SPAN_FMT(told->answer->used));
        return;
    }
    if (instead.len == 0) {
        send_one(s, told, sender, address);
    }
    for (size_t n = 0; n < ADDRESSES_MOST && dmarc_uri_next(&instead, &uri); n++) {
        if (dmarc_uri_address(uri, s->tx.arena, &address)) {
            send_one(s, told, sender, address);
        }
    }
}

void smtp_failure_reports_send(struct smtp_session *s, struct dmarc_told *told)
{
    span list = told->answer->record.ruf, uri, address, sender;
    millis left = told->question->together;
    author_choose(s, told, &sender);
    told->results = results_of(s);
    told->header = header_of(s->tx.text, s->tx.arena);
    told->spf_domain = s->tx.spf != NULL ? s->tx.spf->answer.domain : SPAN("unknown");
    told->spf_record = s->tx.spf != NULL ? s->tx.spf->answer.record : SPAN_EMPTY;
    told->version = span_text(arena_printf(s->tx.arena, "refmta %s", s->server->version));
    for (size_t n = 0; n < ADDRESSES_MOST && dmarc_uri_next(&list, &uri); n++) {
        if (dmarc_uri_address(uri, s->tx.arena, &address)) {
            send_where_wanted(s, told, sender, address, &left);
        }
    }
}
