/* DATA, BDAT and local submission meet here, so that a message is checked, stamped, stored and
   logged in one way however it came. */
#include "ref/smtp/receive.h"

#include "ref/expand/encoded_word.h"
#include "ref/log/arrival.h"
#include "ref/mail/ascii.h"
#include "ref/mail/date.h"
#include "ref/mail/header.h"
#include "ref/mail/received.h"
#include "ref/mail/utf8.h"
#include "ref/smtp/extensions.h"
#include "ref/smtp/pipeline.h"
#include "ref/smtp/spf.h"
#include "ref/smtp/tls.h"
#include "ref/spool/queues.h"

#include <errno.h>

enum { HEADER_TEXT_CEILING = 1 << 16 };

struct smtp_receive *smtp_receive_open(const struct smtp_server *server, struct arena *arena,
                                       const char *queue, bool dots, bool dkim)
{
    struct smtp_receive *r = ARENA_NEW(arena, struct smtp_receive);
    r->server = server;
    r->seals = smtp_seals_begin(server, arena, dkim);
    smtp_text_begin(&r->text, dots, server->conf->message_size_limit);
    struct spool *spool = server->spool;
    r->failure = queue != NULL && queue[0] != '\0' ? spool_queue(spool, span_text(queue), &spool) : OK;
    if (!failed(r->failure)) {
        r->failure = spool_message_begin(spool, arena, &r->message);
    }
    return r;
}

size_t smtp_receive_take(struct smtp_receive *r, span in)
{
    enum { PIECE = 8192 };
    unsigned char out[PIECE];
    size_t taken = 0;
    while (taken < in.len && !smtp_text_ended(&r->text)) {
        size_t len = 0;
        taken += smtp_text_take(&r->text, span_part(in, taken, PIECE), out, &len);
        if (len > 0 && !failed(r->failure)) {
            r->failure = spool_message_write(&r->message, span_of(out, len));
            smtp_seals_add(r->seals, span_of(out, len));
        }
    }
    r->octets += taken;
    return taken;
}

/* What the spool's complaint means for the client. */
static enum smtp_reply_id failure_reply(err e)
{
    if (e.kind == ERR_LIMIT) {
        return SMTP_TEXT_HEADER_LARGE;
    }
    bool full = e.kind == ERR_IO && (e.sys == ENOSPC || e.sys == EDQUOT || e.sys == EFBIG);
    return full ? SMTP_DISK_FULL : SMTP_SPOOL_FAILED;
}

static enum smtp_reply_id fields_check(const struct smtp_receive *r)
{
    const struct conf_main *conf = r->server->conf;
    uint64_t received = 0;
    for (size_t i = 0; i < r->message.envelope.headers.count; i++) {
        const struct header *h = &r->message.envelope.headers.at[i];
        received += h->type == 'P' ? 1 : 0;
        if (conf->header_line_maxsize > 0 && h->text.len > conf->header_line_maxsize) {
            return SMTP_TEXT_HEADER_LINE;
        }
    }
    return received > conf->received_headers_max ? SMTP_LOOP : SMTP_NO_REPLY;
}

enum smtp_reply_id smtp_receive_check(struct smtp_receive *r)
{
    static const struct {
        enum smtp_text_defect defect;
        enum smtp_reply_id reply;
    } rows[] = {
        {TEXT_OVERSIZE, SMTP_TEXT_OVER},
        {TEXT_BARE_LF, SMTP_TEXT_BARE_NEWLINE},
        {TEXT_BARE_CR, SMTP_TEXT_BARE_NEWLINE},
        {TEXT_LONG_LINE, SMTP_TEXT_LINE_LONG},
    };
    smtp_text_finish(&r->text);
    if (!failed(r->failure)) {
        r->failure = spool_message_end(&r->message);
    }
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if ((r->text.defects & rows[i].defect) != 0) {
            return rows[i].reply;
        }
    }
    return failed(r->failure) ? failure_reply(r->failure) : fields_check(r);
}

static void envelope_fill(struct envelope *e, const struct smtp_session *s,
                          const struct smtp_transaction *tx)
{
    e->sender = tx->sender;
    e->helo_name = s->host.helo;
    e->host_address = s->host.address;
    e->host_port = s->host.port;
    e->host_name = s->host.name;
    e->interface_address = s->host.interface;
    e->interface_port = s->host.interface_port;
    e->ident = span_text(s->peer->login);
    e->protocol = s->message_facts.received_protocol;
    e->first_delivery = true;
    e->local = !s->peer->tcp;
    e->smtputf8 = tx->params.utf8;
    e->dsn_envid = tx->params.envid;
    e->dsn_ret = tx->params.ret;
    e->recipients.at = tx->recipients.at;
    e->recipients.count = e->recipients.room = tx->recipients.count;
}

/* RFC 6531 4.3 */
static span utf8_protocol(const struct smtp_session *s, struct arena *arena)
{
    return span_text(arena_printf(arena, "UTF8SMTP%s%s", s->tls != NULL ? "S" : "",
                                  s->authenticated != NULL ? "A" : ""));
}

/* Where the message is to go on in ASCII, our field is no reason that it cannot. */
static span told_address(const struct smtp_receive *r, const struct smtp_transaction *tx, span address)
{
    const struct acl_changes *c = &tx->changes;
    bool told = c->utf8_downconvert || c->utf8_optional_downconvert;
    return told ? mail_address_in_ascii(address, r->message.arena) : address;
}

static void received_add(struct smtp_receive *r, const struct smtp_session *s,
                         const struct smtp_transaction *tx)
{
    const struct envelope *e = &r->message.envelope;
    struct mail_received received = {
        .host_address = e->host_address,
        .host_port = log_wants(s->server->log, LOG_INCOMING_PORT) ? e->host_port : 0,
        .host_name = e->host_name,
        .helo = e->helo_name,
        .ident = e->ident,
        .by = span_text(s->conf->primary_hostname),
        .protocol = tx->params.utf8 ? utf8_protocol(s, r->message.arena) : e->protocol,
        .tls_version = e->tls_ver,
        .tls_cipher = s->tls != NULL ? tls_cipher_name(s->tls) : SPAN_EMPTY,
        .version = span_text(arena_printf(r->message.arena, "refmta %s", s->server->version)),
        .sender = told_address(r, tx, tx->sender),
        .id = span_text(e->id),
        .recipient = tx->recipients.count == 1 ? told_address(r, tx, tx->recipients.at[0].address)
                                               : SPAN_EMPTY,
        .when = e->received,
        .offset = mail_zone_offset(e->received),
    };
    struct buf text;
    buf_init(&text, HEADER_TEXT_CEILING);
    mail_received_write(&received, &text);
    spool_message_add(&r->message, true, 'P', buf_span(&text));
    buf_wipe(&text);
}

/* The unfolded body of the first field of that name; empty if there is none. */
static span field_body(const struct smtp_receive *r, span name, bool *has)
{
    for (size_t i = 0; i < r->message.envelope.headers.count; i++) {
        struct mail_field field;
        if (mail_field_read(r->message.envelope.headers.at[i].text, &field) &&
            span_eq_caseless(field.name, name)) {
            struct buf text;
            buf_init(&text, HEADER_TEXT_CEILING);
            mail_field_unfold(field.body, &text);
            *has = true;
            return buf_settle(&text, r->message.arena);
        }
    }
    *has = false;
    return SPAN_EMPTY;
}

/* What the client says in angle brackets, if it is one word: with more it could write on in our log. */
static span message_id(const struct smtp_receive *r)
{
    bool has;
    span body = field_body(r, SPAN("Message-Id"), &has);
    size_t open = span_find_byte(body, '<');
    span id = open == SPAN_NONE ? SPAN_EMPTY : span_from(body, open + 1);
    bool fine = span_ends(id, SPAN(">"));
    id = span_first(id, id.len - (fine ? 1 : 0));
    for (size_t i = 0; i < id.len; i++) {
        fine &= id.at[i] > ' ' && id.at[i] != '<' && id.at[i] != '>';
    }
    return fine ? id : SPAN_EMPTY;
}

/* Ours has the id of the message in it, which nobody can know before. */
static bool is_ours(const struct smtp_receive *r, span message_id)
{
    span id = span_text(r->message.envelope.id), rest = span_from(message_id, 1);
    return span_starts(message_id, SPAN("E")) && span_starts(rest, id) &&
           span_starts(span_from(rest, id.len), SPAN("@"));
}

/* With its encoded words decoded. */
static span subject(const struct smtp_receive *r, bool *has)
{
    struct buf text;
    buf_init(&text, HEADER_TEXT_CEILING);
    encoded_words_put(field_body(r, SPAN("Subject"), has), true, &text);
    return buf_settle(&text, r->message.arena);
}

/* "plain:u", and with the selector whom the client vouches for. */
static span authenticated_text(const struct smtp_session *s)
{
    if (s->authenticated == NULL) {
        return SPAN_EMPTY;
    }
    span id = s->peer_facts.authenticated_id, sender = s->tx.params.auth;
    bool shown = sender.len > 0 && log_wants(s->server->log, LOG_SMTP_MAILAUTH);
    return span_text(arena_printf(s->tx.arena, "%s%s%.*s%s%.*s", s->authenticated->name,
                                  id.len > 0 || shown ? ":" : "", SPAN_FMT(id), shown ? ":" : "",
                                  SPAN_FMT(shown ? sender : SPAN_EMPTY)));
}

/* "L" where PIPELINING was offered; "." where early pipelining was too, "*" where it was used; "-"
   where the client sent nothing ahead. */
static span pipelining_text(const struct smtp_session *s)
{
    static const char *const texts[2][3] = {{"L-", "L.-", "L*-"}, {"L", "L.", "L*"}};
    size_t early = s->early ? 2 : smtp_offered(s, SMTP_EXT_EARLY) ? 1 : 0;
    return span_text(smtp_offered(s, SMTP_EXT_PIPELINING) ? texts[s->pipelined ? 1 : 0][early]
                                                          : NULL);
}

static void arrival_log(const struct smtp_receive *r, const struct smtp_session *s)
{
    static const unsigned mime[] = {
        [SMTP_BODY_NONE] = 0, [SMTP_BODY_7BIT] = 7, [SMTP_BODY_8BITMIME] = 8};
    const struct envelope *e = &r->message.envelope;
    struct log_arrival arrival = {
        .id = span_text(e->id),
        .fake = s->tx.changes.fake == ACL_FAKE_REJECT,
        .sender = s->tx.sender,
        .host = s->host,
        .fast_open = s->peer->fast_open != SOCKET_FAST_NOT,
        .fast_open_data = s->peer->fast_open == SOCKET_FAST_DATA,
        .ident = e->ident,
        .protocol = e->protocol,
        .pipelining = pipelining_text(s),
        .spf = smtp_spf_log(&s->tx, r->message.arena),
        .tls = smtp_tls_told(s),
        .authenticated = authenticated_text(s),
        .chunking = smtp_offered(s, SMTP_EXT_CHUNKING) && !r->text.dots,
        .size = spool_message_size(&r->message),
        .mime = mime[s->tx.params.body],
        .dkim = r->seals->passed,
        .arc = r->seals->arc != NULL && r->seals->arc->state == SEAL_ARC_PASS,
        .dmarc = s->tx.policy.dmarc_status,
        .receive_time = e->complete - e->received,
        .queue = span_text(r->message.spool->options.queue),
        .message_id = message_id(r),
        .recipients = s->tx.addresses.at,
        .recipient_count = s->tx.addresses.count,
    };
    arrival.id_created = is_ours(r, arrival.message_id);
    arrival.subject = subject(r, &arrival.has_subject);
    log_arrival(s->server->log, &arrival);
}

/* It is not delivered at once, because an ACL would have it so. */
static void wait_log(const struct smtp_receive *r, const struct smtp_session *s)
{
    const struct acl_changes *c = &s->tx.changes;
    span id = span_text(r->message.envelope.id);
    if (s->tx.recipients.count == 0) {
        return;
    }
    if (c->freeze) {
        log_printf(s->server->log, LOG_MAIN, id, "frozen by ACL");
    }
    if (c->queue_only && log_wants(s->server->log, LOG_DELAY_DELIVERY)) {
        log_printf(s->server->log, LOG_MAIN, id, "no immediate delivery: queued by ACL");
    }
}

void smtp_receive_stamp(struct smtp_receive *r, const struct smtp_session *s,
                        const struct smtp_transaction *tx)
{
    envelope_fill(&r->message.envelope, s, tx);
    smtp_tls_envelope(s, &r->message.envelope, r->message.arena);
    received_add(r, s, tx);
}

enum smtp_reply_id smtp_receive_commit(struct smtp_receive *r, const struct smtp_session *s)
{
    if (!r->rehearsal) {
        r->failure = spool_message_commit(&r->message);
    }
    if (failed(r->failure)) {
        return failure_reply(r->failure);
    }
    arrival_log(r, s);
    wait_log(r, s);
    return SMTP_ACCEPTED;
}

void smtp_receive_close(struct smtp_receive *r)
{
    if (r == NULL) {
        return;
    }
    char name[SPOOL_NAME_ROOM] = "";
    bool stored = r->message.spool != NULL && r->message.committed;
    if (stored) {
        spool_name_put(r->message.spool, r->message.envelope.id, name);
    }
    smtp_seals_close(r->seals);
    spool_message_close(&r->message);
    if (stored && r->server->stored != NULL) {
        r->server->stored(r->server->stored_context, name, r->later);
    }
}
