/* The fields of "<=" in Exim's order. */
#include "ref/log/arrival.h"

enum { SUBJECT_LIMIT = 100 }; /* octets of a subject that are told */

/* Where it came from, and how. */
static void way_put(const struct log *log, const struct log_arrival *a, struct buf *out)
{
    log_field_put(log, LOG_ALWAYS, "R=", a->report_on, out);
    if (a->host.address.len > 0) {
        buf_put_byte(out, ' ');
        log_host_put(log, &a->host, out);
    }
    buf_put_text(out, a->fast_open_data ? " TFO*" : a->fast_open ? " TFO" : "");
    log_field_put(log, LOG_ALWAYS, "U=", a->ident, out);
    log_field_put(log, LOG_ALWAYS, "P=", a->protocol, out);
    log_field_put(log, LOG_PIPELINING, "", a->pipelining, out);
    log_field_put(log, LOG_SPF, "", a->spf, out);
    log_tls_put(log, &a->tls, out);
    log_field_put(log, LOG_ALWAYS, "A=", a->authenticated, out);
    buf_put_text(out, a->chunking ? " K" : "");
}

/* What came. */
static void message_put(const struct log *log, const struct log_arrival *a, struct buf *out)
{
    bool ours = a->id_created && log_wants(log, LOG_MSG_ID_CREATED);
    buf_printf(out, " S=%llu", (unsigned long long)a->size);
    if (log_wants(log, LOG_8BITMIME)) {
        buf_printf(out, " M8S=%u", a->mime);
    }
    log_field_put(log, LOG_DKIM, "DKIM=", a->dkim, out);
    buf_put_text(out, a->arc ? " ARC" : "");
    if (log_wants(log, LOG_DMARC_VERBOSE)) {
        log_field_put(log, LOG_DMARC, "DMARC=", a->dmarc, out);
    } else if (log_wants(log, LOG_DMARC)) {
        buf_put_text(out, a->dmarc.len > 0 ? " DMARC" : "");
    }
    if (log_wants(log, LOG_RECEIVE_TIME)) {
        buf_put_text(out, " RT=");
        log_duration_put(log, a->receive_time, out);
    }
    log_field_put(log, LOG_ALWAYS, "Q=", a->queue, out);
    if (ours || !a->id_created) {
        log_field_put(log, LOG_MSG_ID, ours ? "id*=" : "id=", a->message_id, out);
    }
    if (a->has_subject && log_wants(log, LOG_SUBJECT)) {
        log_quoted_put(" T=", span_first(a->subject, SUBJECT_LIMIT), out);
    }
}

void log_arrival_put(const struct log *log, const struct log_arrival *a, struct buf *out)
{
    const span sender = a->sender.len > 0 ? a->sender : SPAN("<>");
    buf_printf(out, "%s %.*s", a->fake ? "(=" : "<=", SPAN_FMT(sender));
    way_put(log, a, out);
    message_put(log, a, out);
    if (log_wants(log, LOG_RECEIVED_SENDER)) {
        buf_printf(out, " from <%.*s>", SPAN_FMT(a->sender));
    }
    if (log_wants(log, LOG_RECEIVED_RECIPIENTS)) {
        buf_put_text(out, a->recipient_count > 0 ? " for" : "");
        for (size_t i = 0; i < a->recipient_count; i++) {
            log_field_put(log, LOG_ALWAYS, "", a->recipients[i], out);
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
