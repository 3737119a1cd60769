/* The fields of a delivery in Exim's order, a row each: the kinds of line that have it, selector, and
   function. A function appends its field with the blank before it, or nothing when the delivery
   does not have it. */
#include "ref/log/delivery.h"

enum { CONFIRMATION_LIMIT = 1024 };

typedef const struct log *logs;
typedef const struct log_delivery *deliveries;

static void put_sender(logs log, deliveries d, struct buf *out)
{
    (void)log;
    buf_printf(out, " F=<%.*s>", SPAN_FMT(d->sender));
}

static void put_return_path(logs log, deliveries d, struct buf *out)
{
    (void)log;
    buf_printf(out, " P=<%.*s>", SPAN_FMT(d->return_path));
}

static void put_word(struct buf *out, const char *key, span value)
{
    if (value.len > 0) {
        buf_printf(out, " %s%.*s", key, SPAN_FMT(value));
    }
}

static void put_queue(logs log, deliveries d, struct buf *out)
{
    (void)log;
    put_word(out, "Q=", d->queue);
}

static void put_srs(logs log, deliveries d, struct buf *out)
{
    (void)log;
    if (d->srs.len > 0) {
        buf_printf(out, " SRS=<%.*s>", SPAN_FMT(d->srs));
    }
}

/* What is deferred before a router has had it: "routing". */
static void put_router(logs log, deliveries d, struct buf *out)
{
    (void)log;
    bool none = d->kind == LOG_DELIVERY_DEFERRED && d->router.len == 0 && d->transport.len == 0;
    put_word(out, "R=", d->router);
    buf_put_text(out, none ? " routing" : "");
}

static void put_transport(logs log, deliveries d, struct buf *out)
{
    (void)log;
    put_word(out, "T=", d->transport);
}

static void put_size(logs log, deliveries d, struct buf *out)
{
    (void)log;
    buf_printf(out, " S=%llu", (unsigned long long)d->size);
}

static void put_defer(logs log, deliveries d, struct buf *out)
{
    (void)log;
    buf_printf(out, " defer (%d)", d->error);
    if (d->error > 0) {
        buf_printf(out, ": %s", strerror(d->error));
    }
}

void log_delivery_host_put(const struct log *log, const struct log_delivery *d, struct buf *out)
{
    if (d->host_address.len == 0) {
        return;
    }
    buf_printf(out, "H=%.*s%s [%.*s]", SPAN_FMT(d->host),
               d->dnssec && log_selected(log->options.selectors, LOG_DNSSEC) ? " DS" : "",
               SPAN_FMT(d->host_address));
    if (d->port != 0 && log_selected(log->options.selectors, LOG_OUTGOING_PORT)) {
        buf_printf(out, ":%u", (unsigned)d->port);
    }
    buf_put_text(out, d->continued ? "*" : "");
}

static void put_host(logs log, deliveries d, struct buf *out)
{
    if (d->host_address.len > 0) {
        buf_put_byte(out, ' ');
        log_delivery_host_put(log, d, out);
    }
}

static void put_interface(logs log, deliveries d, struct buf *out)
{
    if (d->interface.len > 0 && log_selected(log->options.selectors, LOG_INCOMING_INTERFACE)) {
        buf_printf(out, " I=[%.*s]:%u", SPAN_FMT(d->interface), (unsigned)d->interface_port);
    }
}

static void put_shadow(logs log, deliveries d, struct buf *out)
{
    (void)log;
    if (d->shadow.len > 0) {
        buf_printf(out, " ST=%.*s", SPAN_FMT(d->shadow));
    }
}

static void put_fast_open(logs log, deliveries d, struct buf *out)
{
    (void)log;
    if (d->fast_open) {
        buf_put_text(out, d->fast_open_data ? " TFO*" : " TFO");
    }
}

static void put_detail(logs log, deliveries d, struct buf *out)
{
    (void)log;
    put_word(out, "PS=", d->detail);
}

static void put_cipher(logs log, deliveries d, struct buf *out)
{
    put_word(out, "X=", d->cipher);
    if (d->cipher.len > 0 && d->resumed && log_selected(log->options.selectors, LOG_TLS_RESUMPTION)) {
        buf_put_byte(out, '*');
    }
}

static void put_verified(logs log, deliveries d, struct buf *out)
{
    (void)log;
    if (d->cipher.len > 0) {
        buf_put_text(out, d->verified ? " CV=yes" : " CV=no");
    }
}

static void put_quoted(struct buf *out, const char *key, span text)
{
    buf_printf(out, " %s\"", key);
    log_quoted_put(text, out);
    buf_put_byte(out, '"');
}

static void put_peer_dn(logs log, deliveries d, struct buf *out)
{
    (void)log;
    if (d->peer_dn.len > 0) {
        put_quoted(out, "DN=", d->peer_dn);
    }
}

static void put_authenticated(logs log, deliveries d, struct buf *out)
{
    (void)log;
    put_word(out, "A=", d->authenticated);
}

static void put_pipelining(logs log, deliveries d, struct buf *out)
{
    (void)log;
    if (d->pipelined || d->early) {
        buf_put_text(out, d->early ? " L*" : " L");
    }
}

static void put_chunking(logs log, deliveries d, struct buf *out)
{
    (void)log;
    buf_put_text(out, d->chunked ? " K" : "");
}

static void put_dkim(logs log, deliveries d, struct buf *out)
{
    (void)log;
    put_word(out, "DKIM=", d->dkim);
}

/* Exim writes a line end of the reply as \n first, and escapes that backslash like any other. */
static void put_confirmation(logs log, deliveries d, struct buf *out)
{
    span rest = span_first(d->confirmation, CONFIRMATION_LIMIT), line;
    (void)log;
    if (rest.len == 0) {
        return;
    }
    buf_put_text(out, " C=\"");
    while (span_split(rest, '\n', &line, &rest)) {
        log_quoted_put(line, out);
        buf_put_text(out, "\\\\n");
    }
    log_quoted_put(line, out);
    buf_put_byte(out, '"');
}

static void put_why_failed(logs log, deliveries d, struct buf *out)
{
    (void)log;
    if (d->error > 0) {
        buf_printf(out, " : %s", strerror(d->error));
    }
    if (d->text.len > 0) {
        buf_printf(out, " : %.*s", SPAN_FMT(d->text));
    }
}

static void put_why_deferred(logs log, deliveries d, struct buf *out)
{
    (void)log;
    if (d->text.len > 0) {
        buf_printf(out, ": %.*s", SPAN_FMT(d->text));
    }
}

static void put_queue_time(logs log, deliveries d, struct buf *out)
{
    if (d->timed) {
        buf_put_text(out, " QT=");
        log_duration_put(log, d->queue_time, out);
    }
}

static void put_deliver_time(logs log, deliveries d, struct buf *out)
{
    if (d->timed) {
        buf_put_text(out, " DT=");
        log_duration_put(log, d->deliver_time, out);
    }
}

enum { DONE = 1, FAILED = 2, DEFERRED = 4, ALL = 7 };

static const struct {
    unsigned kinds;
    enum log_selector selector;
    void (*put)(logs log, deliveries d, struct buf *out);
} fields[] = {
    {DONE | FAILED, LOG_SENDER_ON_DELIVERY, put_sender},
    {ALL, LOG_ALWAYS, put_queue},
    {DONE, LOG_ALWAYS, put_srs},
    {DONE | FAILED, LOG_RETURN_PATH_ON_DELIVERY, put_return_path},
    {ALL, LOG_ALWAYS, put_router},
    {ALL, LOG_ALWAYS, put_transport},
    {DONE, LOG_DELIVERY_SIZE, put_size},
    {DEFERRED, LOG_ALWAYS, put_defer},
    {ALL, LOG_ALWAYS, put_host},
    {ALL, LOG_OUTGOING_INTERFACE, put_interface},
    {DONE, LOG_ALWAYS, put_shadow},
    {DONE, LOG_ALWAYS, put_fast_open},
    {DONE | FAILED, LOG_PROTOCOL_DETAIL, put_detail},
    {DONE | FAILED, LOG_TLS_CIPHER, put_cipher},
    {DONE | FAILED, LOG_TLS_CERTIFICATE_VERIFIED, put_verified},
    {DONE | FAILED, LOG_TLS_PEERDN, put_peer_dn},
    {DONE, LOG_ALWAYS, put_authenticated},
    {DONE, LOG_PIPELINING, put_pipelining},
    {DONE, LOG_ALWAYS, put_chunking},
    {DONE, LOG_DKIM_VERBOSE, put_dkim},
    {DONE, LOG_SMTP_CONFIRMATION, put_confirmation},
    {FAILED, LOG_ALWAYS, put_why_failed},
    {DONE, LOG_QUEUE_TIME, put_queue_time},
    {ALL, LOG_DELIVER_TIME, put_deliver_time},
    {DEFERRED, LOG_ALWAYS, put_why_deferred},
};

static const struct {
    const char *mark;
    unsigned kind;
} kinds[] = {
    [LOG_DELIVERY_DONE] = {"=>", DONE},
    [LOG_DELIVERY_ALSO] = {"->", DONE},
    [LOG_DELIVERY_FAILED] = {"**", FAILED},
    [LOG_DELIVERY_DEFERRED] = {"==", DEFERRED},
};

/* "child@x (parent@x) <recipient@x>" */
static void put_address(logs log, deliveries d, struct buf *out)
{
    buf_printf(out, "%s %.*s", kinds[d->kind].mark, SPAN_FMT(d->address));
    for (size_t i = 0; i < d->parent_count; i++) {
        bool last = i + 1 == d->parent_count;
        if (last) {
            buf_printf(out, " <%.*s>", SPAN_FMT(d->parents[i]));
        } else if (log_selected(log->options.selectors, LOG_ALL_PARENTS)) {
            buf_printf(out, " (%.*s)", SPAN_FMT(d->parents[i]));
        }
    }
}

void log_delivery_put(const struct log *log, const struct log_delivery *d, struct buf *out)
{
    put_address(log, d, out);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        if ((fields[i].kinds & kinds[d->kind].kind) != 0 &&
            log_selected(log->options.selectors, fields[i].selector)) {
            fields[i].put(log, d, out);
        }
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
