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

static bool give_number(struct expansion *x, struct value *out, uint64_t n)
{
    return give(out, span_text(arena_printf(x->arena, "%llu", (unsigned long long)n)), false);
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
    return give(out, SPAN_EMPTY, false);
}

bool made_router(struct expansion *x, span name, struct value *out)
{
    const struct facts_address *a = x->facts->address;
    for (size_t i = a != NULL ? a->variable_count : 0; i-- > 0;) {
        if (span_eq(a->variables[i].name, name)) {
            return give(out, a->variables[i].value, a->variables[i].tainted);
        }
    }
    return give(out, SPAN_EMPTY, false);
}

bool made_acl_arg(struct expansion *x, span name, struct value *out)
{
    const struct acl_variables *acl = x->facts->acl;
    size_t at = (size_t)(name.at[name.len - 1] - '1');
    return acl != NULL && at < acl->argument_count
               ? give(out, acl->arguments[at], acl->arguments_tainted[at])
               : give(out, SPAN_EMPTY, false);
}

bool made_config_dir(struct expansion *x, span name, struct value *out)
{
    (void)name;
    span file = x->facts->server ? x->facts->server->config_file : SPAN_EMPTY;
    size_t slash = span_find_last_byte(file, '/');
    return give(out, slash == SPAN_NONE ? SPAN_EMPTY : span_first(file, slash), false);
}

bool made_load_average(struct expansion *x, span name, struct value *out)
{
    (void)name;
    double load = 0;
    return give_number(x, out, getloadavg(&load, 1) == 1 ? (uint64_t)(load * 1000.0) : 0);
}

static instant now(const struct expansion *x)
{
    const struct facts_server *server = x->facts->server;
    return clock_now(server && server->clock ? server->clock : clock_system());
}

bool made_message_age(struct expansion *x, span name, struct value *out)
{
    (void)name;
    const struct facts_message *m = x->facts->message;
    instant age = m && m->received ? (now(x) - m->received) / NANOS_PER_SECOND : 0;
    return give_number(x, out, age > 0 ? (uint64_t)age : 0);
}

bool made_received_time(struct expansion *x, span name, struct value *out)
{
    (void)name;
    const struct facts_message *m = x->facts->message;
    return give_number(x, out, m && m->received > 0 ? (uint64_t)(m->received / NANOS_PER_SECOND) : 0);
}

bool made_received_count(struct expansion *x, span name, struct value *out)
{
    (void)name;
    return give_number(x, out, x->facts->message ? x->facts->message->received_count : 0);
}

/* One line, as the manual has it. */
static bool give_body(struct expansion *x, struct value *out, span body)
{
    unsigned char *at = arena_take(x->arena, body.len + 1);
    for (size_t i = 0; i < body.len; i++) {
        at[i] = body.at[i] == '\n' || body.at[i] == '\0' ? ' ' : body.at[i];
    }
    return give(out, span_of(at, body.len), true);
}

bool made_message_body(struct expansion *x, span name, struct value *out)
{
    (void)name;
    return give_body(x, out, x->facts->message ? x->facts->message->body : SPAN_EMPTY);
}

bool made_message_body_end(struct expansion *x, span name, struct value *out)
{
    (void)name;
    return give_body(x, out, x->facts->message ? x->facts->message->body_end : SPAN_EMPTY);
}

static bool headers_take(struct expansion *x, struct value *out, bool raw)
{
    const struct facts_message *m = x->facts->message;
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

bool made_message_headers(struct expansion *x, span name, struct value *out)
{
    (void)name;
    return headers_take(x, out, false);
}

bool made_message_headers_raw(struct expansion *x, span name, struct value *out)
{
    (void)name;
    return headers_take(x, out, true);
}

bool made_message_linecount(struct expansion *x, span name, struct value *out)
{
    (void)name;
    const struct facts_message *m = x->facts->message;
    if (m != NULL && m->lines_received > 0) {
        return give_number(x, out, m->lines_received);
    }
    uint64_t lines = m ? m->body_linecount : 0;
    for (size_t i = 0; m != NULL && i < m->header_count; i++) {
        span text = m->headers[i].removed ? SPAN_EMPTY : m->headers[i].text, line;
        while (span_line(&text, &line)) {
            lines++;
        }
    }
    return give_number(x, out, lines);
}

bool made_received_for(struct expansion *x, span name, struct value *out)
{
    (void)name;
    const struct facts_message *m = x->facts->message;
    return give(out, m && m->recipient_count == 1 ? m->recipients[0] : SPAN_EMPTY, true);
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

bool made_queue_name(struct expansion *x, span name, struct value *out)
{
    const struct facts_message *m = x->facts->message;
    (void)name;
    *out = (struct value){.text = span_text(m != NULL ? m->queue_name : NULL), .tainted = false};
    return true;
}

bool made_requiretls(struct expansion *x, span name, struct value *out)
{
    const struct facts_message *m = x->facts->message;
    (void)name;
    bool yes = m != NULL && m->requiretls != NULL && *m->requiretls;
    out->text = yes ? SPAN("yes") : SPAN("no");
    return true;
}

bool made_reply_address(struct expansion *x, span name, struct value *out)
{
    (void)name;
    struct value raw;
    header_value(HEADER_RAW, SPAN("Reply-To"), x, &raw);
    raw.text = span_trim_space(raw.text);
    if (raw.text.len == 0) {
        header_value(HEADER_RAW, SPAN("From"), x, &raw);
        raw.text = span_trim_space(raw.text);
    }
    return give(out, raw.text, true);
}

static span sender(const struct expansion *x)
{
    return x->facts->message ? x->facts->message->sender_address : SPAN_EMPTY;
}

bool made_sender_domain(struct expansion *x, span name, struct value *out)
{
    (void)name;
    size_t at = span_find_last_byte(sender(x), '@');
    return give(out, at == SPAN_NONE ? SPAN_EMPTY : span_from(sender(x), at + 1), true);
}

bool made_sender_local_part(struct expansion *x, span name, struct value *out)
{
    (void)name;
    size_t at = span_find_last_byte(sender(x), '@');
    return give(out, at == SPAN_NONE ? sender(x) : span_first(sender(x), at), true);
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

bool made_sender_fullhost(struct expansion *x, span name, struct value *out)
{
    (void)name;
    const struct facts_peer *p;
    bool helo;
    if (!peer_host(x, &p, &helo)) {
        return give(out, SPAN_EMPTY, false);
    }
    const char *text = arena_printf(
        x->arena, "%.*s%s%s%.*s%s[%.*s]", SPAN_FMT(p->host_name), p->host_name.len ? " " : "",
        helo ? "(" : "", SPAN_FMT(helo ? p->helo_name : SPAN_EMPTY), helo ? ") " : "",
        SPAN_FMT(p->host_address));
    return give(out, span_text(text), true);
}

bool made_sender_rcvhost(struct expansion *x, span name, struct value *out)
{
    (void)name;
    const struct facts_peer *p;
    bool helo;
    if (!peer_host(x, &p, &helo)) {
        return give(out, SPAN_EMPTY, false);
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
    return give(out, span_text(text), true);
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

bool made_active_hostname(struct expansion *x, span name, struct value *out)
{
    (void)name;
    const struct facts_peer *p = x->facts->peer;
    span own = x->facts->server ? x->facts->server->primary_hostname : SPAN_EMPTY;
    return give(out, p && p->active_hostname.len > 0 ? p->active_hostname : own, false);
}

bool made_bmi_deliver(struct expansion *x, span name, struct value *out)
{
    (void)name;
    const struct facts_address *a = x->facts->address;
    return give(out, a != NULL && a->bmi_drop ? SPAN("0") : SPAN("1"), false);
}

bool made_event_defer_errno(struct expansion *x, span name, struct value *out)
{
    (void)name;
    span number = x->facts->host ? x->facts->host->event_defer_errno : SPAN_EMPTY;
    return give(out, number.len > 0 ? number : SPAN("0"), false);
}

bool made_item(struct expansion *x, span name, struct value *out)
{
    (void)name;
    return give(out, x->item.text, x->item.tainted);
}

bool made_value(struct expansion *x, span name, struct value *out)
{
    (void)name;
    return give(out, x->found.text, x->found.tainted);
}

bool made_address_data(struct expansion *x, span name, struct value *out)
{
    (void)name;
    const struct facts_address *a = x->facts->address;
    return a ? give(out, a->address_data, a->address_data_tainted) : give(out, SPAN_EMPTY, false);
}

bool made_sender_address_data(struct expansion *x, span name, struct value *out)
{
    (void)name;
    const struct facts_address *a = x->facts->address;
    return a ? give(out, a->sender_address_data, a->sender_address_data_tainted)
             : give(out, SPAN_EMPTY, false);
}
