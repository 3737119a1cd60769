/* DATA, BDAT and local submission meet here, so that a message is checked, stamped, stored and
   logged in one way however it came. */
#include "ref/smtp/receive.h"

#include "ref/expand/encoded_word.h"
#include "ref/mail/ascii.h"
#include "ref/mail/date.h"
#include "ref/mail/header.h"
#include "ref/mail/received.h"
#include "ref/mail/utf8.h"
#include "ref/smtp/pipeline.h"
#include "ref/smtp/spf.h"
#include "ref/smtp/tls.h"
#include "ref/spool/queues.h"

#include <errno.h>

enum { HEADER_TEXT_CEILING = 1 << 16 };

struct smtp_receive *smtp_receive_open(const struct smtp_server *server, struct arena *arena,
                                       const char *queue, bool dots, uint64_t limit)
{
    struct smtp_receive *r = ARENA_NEW(arena, struct smtp_receive);
    r->server = server;
    smtp_text_begin(&r->text, dots, limit);
    struct spool *spool = server->spool;
    r->failure = queue != NULL && queue[0] != '\0' ? spool_queue(spool, span_text(queue), &spool) : OK;
    if (!failed(r->failure)) {
        r->failure = spool_message_begin(spool, arena, &r->message);
    }
    r->began = failed(r->failure) ? 0 : r->message.envelope.received;
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
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if ((r->text.defects & rows[i].defect) != 0) {
            return rows[i].reply;
        }
    }
    if (!failed(r->failure)) {
        r->failure = spool_message_end(&r->message);
    }
    return failed(r->failure) ? failure_reply(r->failure) : fields_check(r);
}

static void envelope_fill(struct envelope *e, const struct smtp_transaction *tx,
                          const struct smtp_origin *origin)
{
    e->sender = tx->sender;
    e->helo_name = origin->host.helo;
    e->host_address = origin->host.address;
    e->host_port = origin->host.port;
    e->host_name = origin->host.name;
    e->interface_address = origin->host.interface;
    e->interface_port = origin->host.interface_port;
    e->ident = origin->ident;
    e->protocol = origin->protocol;
    e->first_delivery = true;
    e->local = origin->local;
    e->smtputf8 = tx->params.utf8;
    e->eightbit_mime_declared = tx->params.body == SMTP_BODY_8BITMIME;
    e->dsn_envid = tx->params.envid;
    e->dsn_ret = tx->params.ret;
    e->recipients.at = tx->recipients.at;
    e->recipients.count = e->recipients.room = tx->recipients.count;
}

/* $acl_c_x is "_x" in -H, $acl_m0 is "0". */
void smtp_variables_put(struct envelope *e, struct arena *arena, const struct facts_variable *at,
                        size_t count, bool message)
{
    for (size_t i = 0; i < count; i++) {
        vec_add(arena, &e->variables,
                ((struct acl_variable){.message = message, .tainted = at[i].tainted,
                                       .quoter = SPAN_EMPTY, .name = span_from(at[i].name, 1),
                                       .value = arena_copy(arena, at[i].value)}));
    }
}

/* RFC 6531 4.3 */
static span utf8_protocol(struct smtp_receive *r, const struct smtp_origin *origin)
{
    return span_text(arena_printf(r->message.arena, "UTF8SMTP%s%s", origin->tls ? "S" : "",
                                  origin->authenticated.len > 0 ? "A" : ""));
}

/* Where the message is to go on in ASCII, our field is no reason that it cannot. */
static span told_address(const struct smtp_receive *r, const struct smtp_transaction *tx, span address)
{
    const struct acl_changes *c = &tx->changes;
    bool told = c->utf8_downconvert || c->utf8_optional_downconvert;
    return told ? mail_address_in_ascii(address, r->message.arena) : address;
}

static void received_add(struct smtp_receive *r, const struct smtp_transaction *tx,
                         const struct smtp_origin *origin)
{
    const struct smtp_server *server = r->server;
    instant when = r->message.envelope.received;
    bool port = log_selected(server->log->options.selectors, LOG_INCOMING_PORT);
    struct mail_received received = {
        .host_address = origin->host.address,
        .host_port = port ? origin->host.port : 0,
        .host_name = origin->host.name,
        .helo = origin->host.helo,
        .ident = origin->ident,
        .by = span_text(server->conf->primary_hostname),
        .protocol = tx->params.utf8 ? utf8_protocol(r, origin) : origin->protocol,
        .tls_version = origin->tls ? origin->tls->ver : SPAN_EMPTY,
        .tls_cipher = origin->tls ? origin->cipher_name : SPAN_EMPTY,
        .version = span_text(arena_printf(r->message.arena, "refmta %s", server->version)),
        .sender = told_address(r, tx, tx->sender),
        .id = span_text(r->message.envelope.id),
        .recipient = tx->recipients.count == 1 ? told_address(r, tx, tx->recipients.at[0].address)
                                               : SPAN_EMPTY,
        .when = when,
        .offset = mail_zone_offset(when),
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
            span body = arena_copy(r->message.arena, buf_span(&text));
            buf_wipe(&text);
            *has = true;
            return body;
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

/* With its encoded words decoded. */
static span subject(const struct smtp_receive *r, bool *has)
{
    struct buf text;
    buf_init(&text, HEADER_TEXT_CEILING);
    encoded_words_put(field_body(r, SPAN("Subject"), has), true, &text);
    span decoded = arena_copy(r->message.arena, buf_span(&text));
    buf_wipe(&text);
    return decoded;
}

static void arrival_log(struct smtp_receive *r, const struct smtp_transaction *tx,
                        const struct smtp_origin *origin)
{
    static const unsigned mime[] = {
        [SMTP_BODY_NONE] = 0, [SMTP_BODY_7BIT] = 7, [SMTP_BODY_8BITMIME] = 8};
    const struct envelope *e = &r->message.envelope;
    span *recipients = arena_take_array(r->message.arena, tx->recipients.count + 1, sizeof(span));
    for (size_t i = 0; i < tx->recipients.count; i++) {
        recipients[i] = tx->recipients.at[i].address;
    }
    struct log_arrival arrival = {
        .id = span_text(e->id),
        .sender = tx->sender,
        .host = origin->host,
        .ident = origin->ident,
        .protocol = origin->protocol,
        .pipelining = origin->pipelining,
        .fast_open = origin->fast_open != SOCKET_FAST_NOT,
        .fast_open_data = origin->fast_open == SOCKET_FAST_DATA,
        .chunking = origin->chunking,
        .authenticated = origin->authenticated,
        .fake = origin->fake,
        .size = spool_message_size(&r->message),
        .mime = mime[tx->params.body],
        .receive_time = e->complete - e->received,
        .queue = span_text(r->message.spool->options.queue),
        .message_id = message_id(r),
        .dkim = r->seals != NULL ? r->seals->passed : SPAN_EMPTY,
        .arc = r->seals != NULL && r->seals->arc != NULL &&
               r->seals->arc->state == SEAL_ARC_PASS,
        .spf = smtp_spf_log(tx, r->message.arena),
        .dmarc = tx->policy.dmarc_status,
        .recipients = recipients,
        .recipient_count = tx->recipients.count,
    };
    if (origin->tls != NULL) {
        arrival.tls = (struct log_tls){
            .cipher = origin->tls->cipher,
            .resumed = (origin->tls->resumption & TLS_RESUME_RESUMED) != 0,
            .certificate = origin->tls->peercert.len > 0,
            .verified = origin->tls->certificate_verified,
            .peer_dn = origin->tls->peerdn,
            .sni = origin->tls->sni,
        };
    }
    arrival.subject = subject(r, &arrival.has_subject);
    log_arrival(r->server->log, &arrival);
}

void smtp_receive_stamp(struct smtp_receive *r, const struct smtp_transaction *tx,
                        const struct smtp_origin *origin)
{
    envelope_fill(&r->message.envelope, tx, origin);
    smtp_tls_envelope(&r->message.envelope, origin, r->message.arena);
    received_add(r, tx, origin);
}

enum smtp_reply_id smtp_receive_commit(struct smtp_receive *r, const struct smtp_transaction *tx,
                                       const struct smtp_origin *origin)
{
    if (!r->rehearsal) {
        r->failure = spool_message_commit(&r->message);
    }
    if (failed(r->failure)) {
        return failure_reply(r->failure);
    }
    arrival_log(r, tx, origin);
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
