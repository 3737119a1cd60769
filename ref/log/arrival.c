/* The fields of "<=" in Exim's order, a row each: selector and function. A function appends its
   field with the blank before it, or nothing when the message does not have it. */
#include "ref/log/arrival.h"

#define SUBJECT_LIMIT 100 /* octets of a subject that are told */

typedef const struct log *logs;
typedef const struct log_arrival *arrivals;

static void put_word(struct buf *out, const char *key, span value)
{
    if (value.len > 0) {
        buf_printf(out, " %s", key);
        buf_put(out, value);
    }
}

static void put_mark(struct buf *out, const char *mark, bool told)
{
    buf_put_text(out, told ? mark : "");
}

static void put_quoted(struct buf *out, const char *key, span value)
{
    buf_printf(out, " %s\"", key);
    log_quoted_put(value, out);
    buf_put_byte(out, '"');
}

static void put_report(logs log, arrivals a, struct buf *out)
{
    (void)log;
    put_word(out, "R=", a->report_on);
}

static void put_host(logs log, arrivals a, struct buf *out)
{
    if (a->host.address.len > 0) {
        buf_put_byte(out, ' ');
        log_host_put(log, &a->host, out);
    }
}

static void put_fast_open(logs log, arrivals a, struct buf *out)
{
    (void)log;
    put_mark(out, a->fast_open_data ? " TFO*" : " TFO", a->fast_open || a->fast_open_data);
}

static void put_ident(logs log, arrivals a, struct buf *out)
{
    (void)log;
    put_word(out, "U=", a->ident);
}

static void put_protocol(logs log, arrivals a, struct buf *out)
{
    (void)log;
    put_word(out, "P=", a->protocol);
}

static void put_pipelining(logs log, arrivals a, struct buf *out)
{
    (void)log;
    put_word(out, "", a->pipelining);
}

static void put_spf(logs log, arrivals a, struct buf *out)
{
    (void)log;
    put_word(out, "", a->spf);
}

static void put_cipher(logs log, arrivals a, struct buf *out)
{
    put_word(out, "X=", a->cipher);
    put_mark(out, "*", a->cipher.len > 0 && a->resumed &&
                           log_selected(log->options.selectors, LOG_TLS_RESUMPTION));
}

static void put_verified(logs log, arrivals a, struct buf *out)
{
    (void)log;
    put_mark(out, a->verified ? " CV=yes" : " CV=no", a->certificate);
}

static void put_peer_dn(logs log, arrivals a, struct buf *out)
{
    (void)log;
    if (a->peer_dn.len > 0) {
        put_quoted(out, "DN=", a->peer_dn);
    }
}

static void put_sni(logs log, arrivals a, struct buf *out)
{
    (void)log;
    put_word(out, "SNI=", a->sni);
}

static void put_authenticated(logs log, arrivals a, struct buf *out)
{
    (void)log;
    put_word(out, "A=", a->authenticated);
}

static void put_prdr(logs log, arrivals a, struct buf *out)
{
    (void)log;
    put_mark(out, " PRDR", a->prdr);
}

static void put_proxy(logs log, arrivals a, struct buf *out)
{
    (void)log;
    put_word(out, "PRX=", a->proxy);
}

static void put_chunking(logs log, arrivals a, struct buf *out)
{
    (void)log;
    put_mark(out, " K", a->chunking);
}

static void put_size(logs log, arrivals a, struct buf *out)
{
    (void)log;
    buf_printf(out, " S=%llu", (unsigned long long)a->size);
}

static void put_mime(logs log, arrivals a, struct buf *out)
{
    (void)log;
    buf_printf(out, " M8S=%u", a->mime);
}

static void put_dkim(logs log, arrivals a, struct buf *out)
{
    (void)log;
    put_word(out, "DKIM=", a->dkim);
}

static void put_arc(logs log, arrivals a, struct buf *out)
{
    (void)log;
    put_mark(out, " ARC", a->arc);
}

static void put_dmarc(logs log, arrivals a, struct buf *out)
{
    if (log_selected(log->options.selectors, LOG_DMARC_VERBOSE)) {
        put_word(out, "DMARC=", a->dmarc);
    } else {
        put_mark(out, " DMARC", a->dmarc.len > 0);
    }
}

static void put_receive_time(logs log, arrivals a, struct buf *out)
{
    if (a->timed) {
        buf_put_text(out, " RT=");
        log_duration_put(log, a->receive_time, out);
    }
}

static void put_queue(logs log, arrivals a, struct buf *out)
{
    (void)log;
    put_word(out, "Q=", a->queue);
}

static void put_message_id(logs log, arrivals a, struct buf *out)
{
    bool ours = a->id_created && log_selected(log->options.selectors, LOG_MSG_ID_CREATED);
    put_word(out, ours ? "id*=" : "id=", a->message_id);
}

static void put_subject(logs log, arrivals a, struct buf *out)
{
    (void)log;
    if (a->has_subject) {
        put_quoted(out, "T=", span_first(a->subject, SUBJECT_LIMIT));
    }
}

static void put_sender(logs log, arrivals a, struct buf *out)
{
    (void)log;
    buf_printf(out, " from <%.*s>", SPAN_FMT(a->sender));
}

static void put_recipients(logs log, arrivals a, struct buf *out)
{
    (void)log;
    put_mark(out, " for", a->recipient_count > 0);
    for (size_t i = 0; i < a->recipient_count; i++) {
        put_word(out, "", a->recipients[i]);
    }
}

static const struct {
    enum log_selector selector;
    void (*put)(logs log, arrivals a, struct buf *out);
} fields[] = {
    {LOG_ALWAYS, put_report},
    {LOG_ALWAYS, put_host},
    {LOG_ALWAYS, put_fast_open},
    {LOG_ALWAYS, put_ident},
    {LOG_ALWAYS, put_protocol},
    {LOG_PIPELINING, put_pipelining},
    {LOG_SPF, put_spf},
    {LOG_TLS_CIPHER, put_cipher},
    {LOG_TLS_CERTIFICATE_VERIFIED, put_verified},
    {LOG_TLS_PEERDN, put_peer_dn},
    {LOG_TLS_SNI, put_sni},
    {LOG_ALWAYS, put_authenticated},
    {LOG_ALWAYS, put_prdr},
    {LOG_PROXY, put_proxy},
    {LOG_ALWAYS, put_chunking},
    {LOG_ALWAYS, put_size},
    {LOG_8BITMIME, put_mime},
    {LOG_DKIM, put_dkim},
    {LOG_ALWAYS, put_arc},
    {LOG_DMARC, put_dmarc},
    {LOG_RECEIVE_TIME, put_receive_time},
    {LOG_ALWAYS, put_queue},
    {LOG_MSG_ID, put_message_id},
    {LOG_SUBJECT, put_subject},
    {LOG_RECEIVED_SENDER, put_sender},
    {LOG_RECEIVED_RECIPIENTS, put_recipients},
};

void log_arrival_put(const struct log *log, const struct log_arrival *arrival, struct buf *out)
{
    const char *arrow = arrival->fake ? "(=" : "<=";
    if (arrival->sender.len > 0) {
        buf_printf(out, "%s %.*s", arrow, SPAN_FMT(arrival->sender));
    } else {
        buf_printf(out, "%s <>", arrow);
    }
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        if (log_selected(log->options.selectors, fields[i].selector)) {
            fields[i].put(log, arrival, out);
        }
    }
}

void log_arrival(const struct log *log, const struct log_arrival *arrival)
{
    struct buf out;
    buf_init(&out, LOG_LINE_LIMIT);
    log_arrival_put(log, arrival, &out);
    log_write(log, LOG_MAIN, arrival->id, buf_span(&out));
    buf_wipe(&out);
}
