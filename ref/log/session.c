/* The wordings are Exim 4.96's where Exim has the line. A pattern names what goes into it in
   braces; a part in square brackets is left out when what it names is not there. An event may
   have several rows: the first whose selector is on is the one written. */
#include "ref/log/session.h"

#include "base/check.h"
#include "base/cursor.h"
#include "base/rows.h"

#define INPUT_LIMIT 150 /* octets shown of what came too early */

struct parts {
    const struct log *log;
    const struct log_host *host;
    const struct log_details *details;
};

struct row {
    enum log_event event;
    enum log_selector selector;
    unsigned files;
    const char *pattern;
};

#define MAIN LOG_MAIN
#define BOTH (LOG_MAIN | LOG_REJECT)

static const struct row rows[] = {
    {LOG_EVENT_CONNECTED, LOG_SMTP_CONNECTION, MAIN,
     "SMTP connection from {connection}[ (TCP/IP connection count = {count})]"},
    {LOG_EVENT_CLOSED_BY_QUIT, LOG_SMTP_CONNECTION, MAIN,
     "SMTP connection from {connection} closed by QUIT"},
    {LOG_EVENT_CLOSED, LOG_SMTP_CONNECTION, MAIN, "SMTP connection from {connection} {text}"},
    {LOG_EVENT_NO_MAIL, LOG_SMTP_NO_MAIL, MAIN,
     "no MAIL in SMTP connection from {connection} D={duration}[ C={commands}]"},
    {LOG_EVENT_LOST_IDLE, LOG_SMTP_CONNECTION, MAIN,
     "SMTP connection from {connection} lost D={duration}"},
    {LOG_EVENT_LOST_COMMAND, LOG_LOST_INCOMING_CONNECTION, MAIN,
     "unexpected disconnection while reading SMTP command from {connection} D={duration}"},
    {LOG_EVENT_LOST_DATA, LOG_LOST_INCOMING_CONNECTION, MAIN,
     "SMTP connection from {connection} lost while reading message data{text}"},
    {LOG_EVENT_COMMAND_TIMEOUT, LOG_LOST_INCOMING_CONNECTION, MAIN,
     "SMTP command timeout on connection from {connection}"},
    {LOG_EVENT_DATA_TIMEOUT, LOG_LOST_INCOMING_CONNECTION, MAIN,
     "SMTP data timeout (message abandoned) on connection from {peer} F=<{sender}>"},
    {LOG_EVENT_REFUSED, LOG_CONNECTION_REJECT, MAIN,
     "Connection from {connection} refused: {text}"},
    {LOG_EVENT_EARLY_TALKER, LOG_ALWAYS, BOTH,
     "SMTP protocol synchronization error (input sent without waiting for greeting): rejected "
     "connection from {host} input=\"{input}\""},
    {LOG_EVENT_SYNC, LOG_ALWAYS, BOTH,
     "SMTP protocol synchronization error (next input sent too soon: pipelining was "
     "{not}advertised): rejected \"{command}\" {host} next input=\"{input}\""},
    {LOG_EVENT_PROTOCOL_ERROR, LOG_SMTP_PROTOCOL_ERROR, MAIN,
     "SMTP protocol error in \"{command}\" {host} {text}"},
    {LOG_EVENT_SYNTAX_ERROR, LOG_SMTP_SYNTAX_ERROR, MAIN,
     "SMTP syntax error in \"{command}\" {host} {text}"},
    {LOG_EVENT_DROPPED_ERRORS, LOG_ALWAYS, BOTH,
     "SMTP call from {connection} dropped: too many syntax or protocol errors (last command was "
     "\"{command}\"[,  C={commands}])"},
    {LOG_EVENT_DROPPED_UNKNOWN, LOG_ALWAYS, BOTH,
     "SMTP call from {connection} dropped: too many unrecognized commands (last was "
     "\"{command}\")"},
    {LOG_EVENT_DROPPED_NONMAIL, LOG_ALWAYS, BOTH,
     "SMTP call from {connection} dropped: too many nonmail commands (last was \"{command}\")"},
    {LOG_EVENT_REJECTED_HELLO, LOG_ALWAYS, BOTH,
     "rejected {verb} from {connection}: syntactically invalid argument(s): {text}"},
    {LOG_EVENT_REJECTED_NO_HELLO, LOG_ALWAYS, BOTH,
     "rejected {verb} from {connection}: no HELO/EHLO given"},
    {LOG_EVENT_REJECTED_MAIL, LOG_ALWAYS, BOTH, "{host} rejected MAIL <{sender}>[: {text}]"},
    {LOG_EVENT_REJECTED_RCPT, LOG_ALWAYS, BOTH,
     "{host} F=<{sender}> rejected RCPT <{recipient}>[: {text}]"},
    {LOG_EVENT_REJECTED_SIZE, LOG_SIZE_REJECT, BOTH,
     "rejected MAIL FROM:<{sender}> {host}: message too big: size={size} max={limit}"},
    {LOG_EVENT_REJECTED_MESSAGE, LOG_ALWAYS, BOTH, "rejected from <{sender}> {host}[: {text}]"},
    {LOG_EVENT_TOO_MANY_MESSAGES, LOG_ALWAYS, BOTH,
     "rejected MAIL command {host}: too many messages in one connection"},
    {LOG_EVENT_TOO_MANY_RECIPIENTS, LOG_ALWAYS, BOTH,
     "too many recipients: excess temporarily rejected: sender=<{sender}> {host}"},
    {LOG_EVENT_INCOMPLETE, LOG_SMTP_INCOMPLETE_TRANSACTION, MAIN,
     "{host} incomplete transaction ({text}) from <{sender}>[ for{recipients}]"},
    {LOG_EVENT_SPOOL_FAILED, LOG_ALWAYS, LOG_MAIN | LOG_PANIC,
     "spooling failed: {text}: temporarily rejected from <{sender}>[ {host}]"},
};

/* What stands behind the mechanism of AUTH is a password as often as not (RFC 4954 4). */
static span without_secret(span command)
{
    const span verb = SPAN("AUTH ");
    size_t end = span_starts_caseless(command, verb) ? span_find_byte(span_from(command, verb.len), ' ')
                                                     : SPAN_NONE;
    return end == SPAN_NONE ? command : span_first(command, verb.len + end);
}

/* What a name in braces stands for. */
static void part_put(const struct parts *p, span name, struct buf *out)
{
    const struct log_details *d = p->details;
    const struct {
        const char *name;
        span text;
    } texts[] = {{"command", without_secret(d->command)}, {"commands", d->commands},
                 {"input", span_first(d->input, INPUT_LIMIT)},
                 {"not", d->advertised ? SPAN_EMPTY : SPAN("not ")}, {"recipient", d->recipient},
                 {"sender", d->sender}, {"text", d->text}, {"verb", d->verb}}, *text;
    const struct {
        const char *name;
        uint64_t number;
    } numbers[] = {{"count", d->count}, {"limit", d->limit}, {"size", d->size}}, *number;
    if ((text = ROWS_SCAN(texts, name)) != NULL) {
        buf_put(out, text->text);
    } else if ((number = ROWS_SCAN(numbers, name)) != NULL) {
        if (number->number == 0) {
            return;
        }
        buf_printf(out, "%llu", (unsigned long long)number->number);
    } else if (span_eq(name, SPAN("duration"))) {
        log_duration_put(p->log, d->duration, out);
    } else if (span_eq(name, SPAN("recipients"))) {
        for (size_t i = 0; i < d->recipient_count; i++) {
            buf_printf(out, " %.*s", SPAN_FMT(d->recipients[i]));
        }
    } else if (span_eq(name, SPAN("host"))) {
        log_host_put(p->log, p->host, out);
    } else if (span_eq(name, SPAN("connection"))) {
        log_connection_put(p->log, p->host, out);
    } else {
        CHECK(span_eq(name, SPAN("peer")));
        log_peer_put(p->log, p->host, out);
    }
}

/* What a pattern says, up to a closing bracket or its end; true if something in braces was there.
   */
static bool put_pattern(struct cursor *c, const struct parts *p, struct buf *out)
{
    bool some = false;
    unsigned char next;
    while (cursor_peek(c) != ']' && cursor_take_any(c, &next)) {
        size_t start = out->len;
        span name;
        if (next == '[') {
            if (!put_pattern(c, p, out)) {
                out->len = start;
            }
            (void)cursor_take_byte(c, ']');
        } else if (next == '{' && cursor_take_until(c, '}', &name)) {
            part_put(p, name, out);
            (void)cursor_take_byte(c, '}');
            some = some || out->len > start;
        } else {
            buf_put_byte(out, next);
        }
    }
    return some;
}

static const struct row *row_of(const struct log *log, enum log_event event)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].event == event && log_wants(log, rows[i].selector)) {
            return &rows[i];
        }
    }
    return NULL;
}

void log_session_put(const struct log *log, enum log_event event, const struct log_host *host,
                     const struct log_details *details, struct buf *out)
{
    const struct row *row = row_of(log, event);
    if (row != NULL) {
        struct cursor c = cursor_of(span_text(row->pattern));
        (void)put_pattern(&c, &(struct parts){log, host, details}, out);
    }
}

void log_session(const struct log *log, enum log_event event, const struct log_host *host,
                 const struct log_details *details)
{
    const struct row *row = row_of(log, event);
    if (row == NULL) {
        return;
    }
    struct buf out;
    buf_init(&out, LOG_LINE_LIMIT);
    log_session_put(log, event, host, details, &out);
    log_write(log, row->files, details->id, buf_span(&out));
    buf_wipe(&out);
}
