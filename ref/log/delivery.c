/* The fields of a delivery in Exim's order. */
#include "ref/log/delivery.h"

enum { CONFIRMATION_LIMIT = 1024 };

static bool is_done(const struct log_delivery *d)
{
    return d->kind == LOG_DELIVERY_DONE || d->kind == LOG_DELIVERY_ALSO;
}

/* "=> child@x (parent@x) <recipient@x>" */
static void address_put(const struct log *log, const struct log_delivery *d, struct buf *out)
{
    static const char *const marks[] = {
        [LOG_DELIVERY_DONE] = "=>", [LOG_DELIVERY_ALSO] = "->", [LOG_DELIVERY_FAILED] = "**",
        [LOG_DELIVERY_DEFERRED] = "=="};
    buf_printf(out, "%s %.*s", marks[d->kind], SPAN_FMT(d->address));
    for (size_t i = 0; i < d->parent_count; i++) {
        if (i + 1 == d->parent_count) {
            buf_printf(out, " <%.*s>", SPAN_FMT(d->parents[i]));
        } else if (log_wants(log, LOG_ALL_PARENTS)) {
            buf_printf(out, " (%.*s)", SPAN_FMT(d->parents[i]));
        }
    }
}

/* How it was routed. What is deferred before a router has had it: "routing". */
static void route_put(const struct log *log, const struct log_delivery *d, struct buf *out)
{
    bool deferred = d->kind == LOG_DELIVERY_DEFERRED;
    if (!deferred && log_wants(log, LOG_SENDER_ON_DELIVERY)) {
        buf_printf(out, " F=<%.*s>", SPAN_FMT(d->sender));
    }
    log_field_put(log, LOG_ALWAYS, "Q=", d->queue, out);
    if (is_done(d) && d->srs.len > 0) {
        buf_printf(out, " SRS=<%.*s>", SPAN_FMT(d->srs));
    }
    if (!deferred && d->transport.len > 0 && log_wants(log, LOG_RETURN_PATH_ON_DELIVERY)) {
        buf_printf(out, " P=<%.*s>", SPAN_FMT(d->return_path));
    }
    log_field_put(log, LOG_ALWAYS, "R=", d->router, out);
    if (deferred && d->router.len == 0 && d->transport.len == 0) {
        buf_put_text(out, " routing");
    }
    log_field_put(log, LOG_ALWAYS, "T=", d->transport, out);
}

void log_delivery_host_put(const struct log *log, const struct log_delivery *d, struct buf *out)
{
    if (d->host_address.len == 0) {
        return;
    }
    buf_printf(out, "H=%.*s%s [%.*s]", SPAN_FMT(d->host),
               d->dnssec && log_wants(log, LOG_DNSSEC) ? " DS" : "", SPAN_FMT(d->host_address));
    if (d->port != 0 && log_wants(log, LOG_OUTGOING_PORT)) {
        buf_printf(out, ":%u", (unsigned)d->port);
    }
    buf_put_text(out, d->continued ? "*" : "");
}

static void peer_put(const struct log *log, const struct log_delivery *d, struct buf *out)
{
    buf_put_text(out, d->host_address.len > 0 ? " " : "");
    log_delivery_host_put(log, d, out);
    if (d->interface.len > 0 && log_wants(log, LOG_OUTGOING_INTERFACE) &&
        log_wants(log, LOG_INCOMING_INTERFACE)) {
        buf_printf(out, " I=[%.*s]:%u", SPAN_FMT(d->interface), (unsigned)d->interface_port);
    }
}

/* Exim writes a line end of the reply as \n first, and escapes that backslash like any other. */
static void confirmation_put(span reply, struct buf *out)
{
    span rest = span_first(reply, CONFIRMATION_LIMIT), line;
    buf_put_text(out, " C=\"");
    while (span_split(rest, '\n', &line, &rest)) {
        log_escaped_put(line, out);
        buf_put_text(out, "\\\\n");
    }
    log_escaped_put(line, out);
    buf_put_byte(out, '"');
}

/* How the conversation went in which it was delivered, or refused. */
static void session_put(const struct log *log, const struct log_delivery *d, struct buf *out)
{
    if (is_done(d)) {
        log_field_put(log, LOG_ALWAYS, "ST=", d->shadow, out);
        buf_put_text(out, !d->fast_open ? "" : d->fast_open_data ? " TFO*" : " TFO");
    }
    log_field_put(log, LOG_PROTOCOL_DETAIL, "PS=", d->detail, out);
    log_tls_put(log, &d->tls, out);
    if (!is_done(d)) {
        return;
    }
    log_field_put(log, LOG_ALWAYS, "A=", d->authenticated, out);
    if (log_wants(log, LOG_PIPELINING)) {
        buf_put_text(out, d->early ? " L*" : d->pipelined ? " L" : "");
    }
    buf_put_text(out, d->chunked ? " K" : "");
    log_field_put(log, LOG_DKIM_VERBOSE, "DKIM=", d->dkim, out);
    if (d->confirmation.len > 0 && log_wants(log, LOG_SMTP_CONFIRMATION)) {
        confirmation_put(d->confirmation, out);
    }
}

static void duration_put(const struct log *log, enum log_selector selector, const char *key,
                         instant duration, struct buf *out)
{
    if (log_wants(log, selector)) {
        buf_put_text(out, key);
        log_duration_put(log, duration, out);
    }
}

void log_delivery_put(const struct log *log, const struct log_delivery *d, struct buf *out)
{
    bool deferred = d->kind == LOG_DELIVERY_DEFERRED;
    const char *system = d->error > 0 ? strerror(d->error) : "";
    address_put(log, d, out);
    route_put(log, d, out);
    if (is_done(d) && log_wants(log, LOG_DELIVERY_SIZE)) {
        buf_printf(out, " S=%llu", (unsigned long long)d->size);
    }
    if (deferred) {
        buf_printf(out, " defer (%d)%s%s", d->error, system[0] != '\0' ? ": " : "", system);
    }
    peer_put(log, d, out);
    if (!deferred) {
        session_put(log, d, out);
    }
    if (d->kind == LOG_DELIVERY_FAILED) {
        buf_printf(out, "%s%s", system[0] != '\0' ? " : " : "", system);
        buf_printf(out, "%s%.*s", d->text.len > 0 ? " : " : "", SPAN_FMT(d->text));
    }
    if (is_done(d)) {
        duration_put(log, LOG_QUEUE_TIME, " QT=", d->queue_time, out);
    }
    duration_put(log, LOG_DELIVER_TIME, " DT=", d->deliver_time, out);
    if (deferred && d->text.len > 0) {
        buf_printf(out, ": %.*s", SPAN_FMT(d->text));
    }
}

void log_delivery(const struct log *log, const struct log_delivery *d)
{
    struct buf out;
    buf_init(&out, LOG_LINE_LIMIT);
    log_delivery_put(log, d, &out);
    log_write(log, LOG_MAIN | (d->panic ? LOG_PANIC : 0U), d->id, buf_span(&out));
    buf_wipe(&out);
}
