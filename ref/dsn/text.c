/* The explanation for people, in the words that Exim's users know. Not to be read by programs. */
#include "ref/dsn/report.h"

enum { BREAK_BEHIND = 45, TEXT_MOST = 1000 };

static const struct delivery_address *shown(const struct delivery_address *a)
{
    while (a->hidden && a->parent != NULL) {
        a = a->parent;
    }
    return a;
}

/* Lines of text with an indent each; broken behind the first ": " past 45 characters. */
static void indented_put(const char *prefix, span text, struct buf *out)
{
    size_t column = 0;
    text = span_first(span_trim_space(text), TEXT_MOST);
    buf_printf(out, "    %s", prefix);
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = text.at[i];
        if (c == '\n') {
            buf_put_text(out, "\n    ");
            column = 0;
            continue;
        }
        buf_put_byte(out, (c < 32 && c != '\t') || c == 127 ? '?' : c);
        column++;
        if (c == ' ' && column >= BREAK_BEHIND && i > 0 && text.at[i - 1] == ':') {
            out->len--;
            buf_put_text(out, "\n    ");
            column = 0;
        }
    }
    buf_put_byte(out, '\n');
}

static void address_put(const struct dsn_about *about, struct buf *out)
{
    const struct delivery_address *a = shown(about->address);
    const struct delivery_address *top = delivery_top(about->address);
    const struct delivery_result *r = &about->address->result;
    bool delay = about->action == DSN_ACTION_DELAYED;
    buf_printf(out, "\n  %.*s\n", SPAN_FMT(a->address));
    if (a != top) {
        buf_printf(out, "    (generated from %.*s)\n", SPAN_FMT(top->address));
    }
    if (r->host != NULL && r->host->address.len > 0) {
        char ip[64];
        address_host(&r->host->address, ip, sizeof ip);
        buf_printf(out, "    host %.*s [%s]\n", SPAN_FMT(r->host->name), ip);
    }
    if (r->text.len > 0) {
        indented_put(delay ? "Delay reason: " : "", r->text, out);
    } else if (r->error > 0) {
        indented_put(delay ? "Delay reason: " : "", span_text(strerror(r->error)), out);
    }
}

static void failure_put(const struct dsn_request *r, struct buf *out)
{
    buf_put_text(out, "This message was created automatically by mail delivery software.\n\n"
                      "A message that you sent could not be delivered to one or more of its\n"
                      "recipients. This is a permanent error. The following address(es) failed:\n");
    for (size_t i = 0; i < r->count; i++) {
        address_put(&r->about[i], out);
    }
}

/* "90 minutes", "26 hours" */
static void age_put(const struct dsn_request *r, struct buf *out)
{
    instant age = r->now - r->original->envelope.received;
    long long minutes = age > 0 ? age / (60 * NANOS_PER_SECOND) : 0;
    if (minutes < 120) {
        buf_printf(out, "%lld minute%s", minutes, minutes == 1 ? "" : "s");
    } else {
        buf_printf(out, "%lld hours", minutes / 60);
    }
}

static void delay_put(const struct dsn_request *r, struct buf *out)
{
    span subject = dsn_original_field(r, SPAN("Subject"));
    span date = dsn_original_field(r, SPAN("Date"));
    buf_put_text(out, "This message was created automatically by mail delivery software.\n"
                      "A message that you sent has not yet been delivered to one or more of its\n"
                      "recipients after more than ");
    age_put(r, out);
    buf_printf(out, " on the queue on %s.\n\n", r->conf->main.primary_hostname);
    buf_printf(out, "The message identifier is:     %s\n", r->original->envelope.id);
    if (subject.len > 0) {
        buf_printf(out, "The subject of the message is: %.*s\n",
                   SPAN_FMT(span_first(subject, TEXT_MOST)));
    }
    if (date.len > 0) {
        buf_printf(out, "The date of the message is:    %.*s\n", SPAN_FMT(date));
    }
    buf_printf(out, "\nThe address%s to which the message has not yet been delivered %s:\n",
               r->count > 1 ? "es" : "", r->count > 1 ? "are" : "is");
    for (size_t i = 0; i < r->count; i++) {
        address_put(&r->about[i], out);
    }
    buf_put_text(out, "\nNo action is required on your part. Delivery attempts will continue for\n"
                      "some time, and this warning may be repeated at intervals if the message\n"
                      "remains undelivered. Eventually the mail delivery software will give up,\n"
                      "and when that happens, the message will be returned to you.\n");
}

static const char *const arrived[] = {
    [DSN_ACTION_FAILED] = "",
    [DSN_ACTION_DELAYED] = "",
    [DSN_ACTION_DELIVERED] = "delivered",
    [DSN_ACTION_RELAYED] = "relayed; the next server sends no such notifications",
    [DSN_ACTION_EXPANDED] = "sent on to several addresses, no more will be told",
};

static void success_put(const struct dsn_request *r, struct buf *out)
{
    buf_put_text(out, "This message was created automatically by mail delivery software.\n\n"
                      "You asked to be told when your message has arrived. It has, as far as this\n"
                      "server can know:\n");
    for (size_t i = 0; i < r->count; i++) {
        buf_printf(out, "\n  <%.*s> (%s)\n", SPAN_FMT(delivery_top(r->about[i].address)->address),
                   arrived[r->about[i].action]);
    }
}

static void frozen_put(const struct dsn_request *r, struct buf *out)
{
    buf_printf(out, "Message %s has been frozen (%s) on %s.\n"
                    "It stays in the queue until somebody looks at it. Its sender is <%.*s>.\n",
               r->original->envelope.id, r->why, r->conf->main.primary_hostname,
               SPAN_FMT(r->original->envelope.sender));
    for (size_t i = 0; i < r->count; i++) {
        address_put(&r->about[i], out);
    }
}

static void refused_put(const struct dsn_request *r, struct buf *out)
{
    buf_put_text(out, "This message was created automatically by mail delivery software.\n\n"
                      "A message that was handed in under your name was not accepted. Nobody gets\n"
                      "it:\n\n");
    indented_put("", span_text(r->why), out);
}

void dsn_text_put(const struct dsn_request *r, struct buf *out)
{
    static void (*const writers[])(const struct dsn_request *r, struct buf *out) = {
        [DSN_KIND_FAILURE] = failure_put,
        [DSN_KIND_DELAY] = delay_put,
        [DSN_KIND_SUCCESS] = success_put,
        [DSN_KIND_FROZEN] = frozen_put,
        [DSN_KIND_REFUSED] = refused_put,
    };
    writers[r->kind](r, out);
}

void dsn_subject_put(const struct dsn_request *r, struct buf *out)
{
    if (r->kind == DSN_KIND_FAILURE) {
        bool to_sender = span_eq_caseless(r->to, r->original->envelope.sender);
        buf_printf(out, "Subject: Mail delivery failed%s\n",
                   to_sender ? ": returning message to sender" : "");
    } else if (r->kind == DSN_KIND_DELAY) {
        buf_printf(out, "Subject: Warning: message %s delayed ", r->original->envelope.id);
        age_put(r, out);
        buf_put_byte(out, '\n');
    } else if (r->kind == DSN_KIND_FROZEN) {
        buf_printf(out, "Subject: Message %s frozen\n", r->original->envelope.id);
    } else if (r->kind == DSN_KIND_REFUSED) {
        buf_put_text(out, "Subject: Message not accepted: returning it to its sender\n");
    } else {
        buf_put_text(out, "Subject: Delivery Status Notification\n");
    }
}
