/* Variables that are made of several facts, or of what only the system knows. */
#include "ref/expand/encoded_word.h"
#include "ref/expand/eval.h"
#include "ref/expand/variables.h"
#include "ref/mail/address.h"
#include "ref/mail/header.h"

#include <stdlib.h>

enum { HEADERS_CEILING = 16 << 20 };

static bool give(struct value *out, span text, bool tainted)
{
    *out = value_of(text, tainted && text.len > 0);
    return true;
}

bool made_acl(struct expansion *x, span name, struct value *out)
{
    struct acl_variables *acl = x->facts->acl;
    span key = span_from(name, strlen("acl_"));
    bool connection = key.at[0] == 'c';
    size_t count = acl == NULL ? 0 : (connection ? acl->connection.count : acl->message.count);
    for (size_t i = 0; i < count; i++) {
        const struct facts_variable *v =
            connection ? &acl->connection.at[i] : &acl->message.at[i];
        if (span_eq(v->name, key)) {
            return give(out, v->value, v->tainted);
        }
    }
    return true;
}

bool made_router(struct expansion *x, span name, struct value *out)
{
    const struct facts_address *a = x->facts->address;
    for (size_t i = a != NULL ? a->variable_count : 0; i-- > 0;) {
        if (span_eq(a->variables[i].name, name)) {
            return give(out, a->variables[i].value, a->variables[i].tainted);
        }
    }
    return true;
}

bool made_acl_arg(struct expansion *x, span name, struct value *out)
{
    const struct acl_variables *acl = x->facts->acl;
    size_t at = (size_t)(name.at[name.len - 1] - '1');
    return acl == NULL || at >= acl->arguments.count ||
           give(out, acl->arguments.at[at], acl->arguments.tainted[at]);
}

span text_config_dir(struct expansion *x)
{
    span file = x->facts->server ? x->facts->server->config_file : SPAN_EMPTY;
    size_t slash = span_find_last_byte(file, '/');
    return slash == SPAN_NONE ? SPAN_EMPTY : span_first(file, slash);
}

span text_load_average(struct expansion *x)
{
    double load = 0;
    return eval_number(x, getloadavg(&load, 1) == 1 ? (uint64_t)(load * 1000.0) : 0);
}

span text_message_age(struct expansion *x)
{
    const struct facts_message *m = x->facts->message;
    instant age = m && m->received ? (eval_now(x) - m->received) / NANOS_PER_SECOND : 0;
    return eval_number(x, age > 0 ? (uint64_t)age : 0);
}

span text_received_time(struct expansion *x)
{
    const struct facts_message *m = x->facts->message;
    return eval_number(x, m && m->received > 0 ? (uint64_t)(m->received / NANOS_PER_SECOND) : 0);
}

/* One line, as the manual has it. */
static span one_line(struct expansion *x, span body)
{
    unsigned char *at = arena_take(x->arena, body.len + 1);
    for (size_t i = 0; i < body.len; i++) {
        at[i] = body.at[i] == '\n' || body.at[i] == '\0' ? ' ' : body.at[i];
    }
    return span_of(at, body.len);
}

span text_message_body(struct expansion *x)
{
    return one_line(x, x->facts->message ? x->facts->message->body : SPAN_EMPTY);
}

span text_message_body_end(struct expansion *x)
{
    return one_line(x, x->facts->message ? x->facts->message->body_end : SPAN_EMPTY);
}

bool made_message_headers(struct expansion *x, span name, struct value *out)
{
    const struct facts_message *m = x->facts->message;
    bool raw = span_ends(name, SPAN("_raw"));
    struct buf text;
    buf_init(&text, HEADERS_CEILING);
    for (size_t i = 0; m != NULL && i < m->header_count; i++) {
        span field = m->headers[i].text;
        if (m->headers[i].removed) {
            continue;
        }
        if (raw) {
            buf_put(&text, field);
            continue;
        }
        if (text.len > 0) {
            buf_put_byte(&text, '\n');
        }
        encoded_words_put(span_trim_space(field), false, &text);
    }
    out->tainted = text.len > 0;
    return eval_take(x, &text, &out->text);
}

span text_message_linecount(struct expansion *x)
{
    const struct facts_message *m = x->facts->message;
    if (m != NULL && m->lines_received > 0) {
        return eval_number(x, m->lines_received);
    }
    uint64_t lines = m ? m->body_linecount : 0;
    for (size_t i = 0; m != NULL && i < m->header_count; i++) {
        span text = m->headers[i].removed ? SPAN_EMPTY : m->headers[i].text, line;
        while (span_line(&text, &line)) {
            lines++;
        }
    }
    return eval_number(x, lines);
}

span text_received_for(struct expansion *x)
{
    const struct facts_message *m = x->facts->message;
    return m && m->recipient_count == 1 ? m->recipients[0] : SPAN_EMPTY;
}

bool made_recipients(struct expansion *x, span name, struct value *out)
{
    (void)name;
    const struct facts_message *m = x->facts->message;
    struct buf text;
    buf_init(&text, HEADERS_CEILING);
    for (size_t i = 0; m != NULL && i < m->recipient_count; i++) {
        buf_put_text(&text, i == 0 ? "" : ", ");
        buf_put(&text, m->recipients[i]);
    }
    out->tainted = text.len > 0;
    return eval_take(x, &text, &out->text);
}

span text_queue_name(struct expansion *x)
{
    return span_text(x->facts->message ? x->facts->message->queue_name : NULL);
}

span text_requiretls(struct expansion *x)
{
    const struct facts_message *m = x->facts->message;
    return m != NULL && m->requiretls != NULL && *m->requiretls ? SPAN("yes") : SPAN("no");
}

static span trimmed_header(struct expansion *x, span name)
{
    struct value raw;
    header_value(HEADER_RAW, name, x, &raw);
    return span_trim_space(raw.text);
}

span text_reply_address(struct expansion *x)
{
    span reply_to = trimmed_header(x, SPAN("Reply-To"));
    return reply_to.len > 0 ? reply_to : trimmed_header(x, SPAN("From"));
}

static span sender(const struct expansion *x)
{
    return x->facts->message ? x->facts->message->sender_address : SPAN_EMPTY;
}

span text_sender_domain(struct expansion *x)
{
    size_t at = span_find_last_byte(sender(x), '@');
    return at == SPAN_NONE ? SPAN_EMPTY : span_from(sender(x), at + 1);
}

span text_sender_local_part(struct expansion *x)
{
    size_t at = span_find_last_byte(sender(x), '@');
    return at == SPAN_NONE ? sender(x) : span_first(sender(x), at);
}

/* True if the peer is another host, and whether HELO told more than name and address do. */
static bool peer_host(const struct expansion *x, const struct facts_peer **peer, bool *helo)
{
    *peer = x->facts->peer;
    if (*peer == NULL || (*peer)->host_address.len == 0) {
        return false;
    }
    span said = (*peer)->helo_name, ip = (*peer)->host_address;
    bool same_ip = said.len == ip.len + 2 && said.at[0] == '[' && said.at[said.len - 1] == ']' &&
                   span_eq(span_part(said, 1, ip.len), ip);
    *helo = said.len > 0 && !same_ip && !span_eq_caseless(said, (*peer)->host_name);
    return true;
}

span text_sender_fullhost(struct expansion *x)
{
    const struct facts_peer *p;
    bool helo;
    if (!peer_host(x, &p, &helo)) {
        return SPAN_EMPTY;
    }
    const char *text = arena_printf(
        x->arena, "%.*s%s%s%.*s%s[%.*s]", SPAN_FMT(p->host_name), p->host_name.len ? " " : "",
        helo ? "(" : "", SPAN_FMT(helo ? p->helo_name : SPAN_EMPTY), helo ? ") " : "",
        SPAN_FMT(p->host_address));
    return span_text(text);
}

span text_sender_rcvhost(struct expansion *x)
{
    const struct facts_peer *p;
    bool helo;
    if (!peer_host(x, &p, &helo)) {
        return SPAN_EMPTY;
    }
    bool named = p->host_name.len > 0, ident = p->ident.len > 0;
    const char *ip = arena_printf(x->arena, "[%.*s]", SPAN_FMT(p->host_address));
    const char *said = helo ? arena_printf(x->arena, "helo=%.*s", SPAN_FMT(p->helo_name)) : "";
    const char *who = ident ? arena_printf(x->arena, "ident=%.*s", SPAN_FMT(p->ident)) : "";
    const char *text =
        named ? arena_printf(x->arena, "%.*s (%s%s%s%s%s)", SPAN_FMT(p->host_name), ip,
                             helo ? " " : "", said,
                             ident ? (helo ? "\n\t" : " ") : "", who)
              : arena_printf(x->arena, "%s%s%s%s%s%s", ip, helo || ident ? " (" : "", said,
                             helo && ident ? " " : "", who, helo || ident ? ")" : "");
    return span_text(text);
}

bool made_sender_host_name(struct expansion *x, span name, struct value *out)
{
    (void)name;
    const struct facts_peer *p = x->facts->peer;
    const struct expand_services *services = x->services;
    span found = p ? p->host_name : SPAN_EMPTY;
    bool deferred = false;
    if (p == NULL || found.len > 0 || p->host_address.len == 0 || services == NULL ||
        services->host_name == NULL) {
        return give(out, found, true);
    }
    if (!services->host_name(services->context, &found, &deferred)) {
        found = SPAN_EMPTY;
    }
    return deferred ? eval_defer(x, "host name lookup of %.*s deferred", SPAN_FMT(p->host_address))
                    : give(out, found, true);
}

span text_active_hostname(struct expansion *x)
{
    const struct facts_peer *p = x->facts->peer;
    span own = x->facts->server ? x->facts->server->primary_hostname : SPAN_EMPTY;
    return p && p->active_hostname.len > 0 ? p->active_hostname : own;
}

span text_bmi_deliver(struct expansion *x)
{
    const struct facts_address *a = x->facts->address;
    return a != NULL && a->bmi_drop ? SPAN("0") : SPAN("1");
}

span text_event_defer_errno(struct expansion *x)
{
    span number = x->facts->host ? x->facts->host->event_defer_errno : SPAN_EMPTY;
    return number.len > 0 ? number : SPAN("0");
}
