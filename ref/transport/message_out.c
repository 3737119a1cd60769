/* What of a message goes out, and in what order: lines that the transport puts on top, the fields
   that came less those that are removed, those that routers and then the transport add, the body.
   Removal and rewriting concern what came, never what is added here, as Exim has it. */
#include "ref/transport/message_out.h"

#include "ref/acl/rewrite.h"
#include "ref/expand/match.h"
#include "ref/mail/date.h"
#include "ref/mail/header.h"
#include "ref/transport/drivers.h"
#include "ref/transport/filter.h"
#include "ref/transport/message_text.h"

#include "base/file.h"

#include <unistd.h>

const struct message_form message_form_dots = {
    .crlf = true, .only_crlf = true, .check = {(const unsigned char *)".", 1},
    .escape = {(const unsigned char *)"..", 2}, .check_header = true};
const struct message_form message_form_chunks = {
    .crlf = true, .only_crlf = true, .check = {(const unsigned char *)"", 0},
    .escape = {(const unsigned char *)"", 0}};

typedef VEC(span) names;

/* A forced failure is no text. */
static err expand_each(const struct transport_job *job, const char *option,
                       const struct conf_templates *texts, names *out)
{
    for (size_t i = 0; i < texts->count; i++) {
        struct value value;
        TRY(transport_expand(job, option, texts->at[i], &value));
        if (value.text.len > 0) {
            vec_add(job->arena, out, arena_copy(job->arena, value.text));
        }
    }
    return OK;
}

static err removed_names(const struct transport_job *job, names *removed)
{
    const struct delivery_address *a = job->addresses[0];
    for (size_t i = 0; i < a->headers_remove.count; i++) {
        vec_add(job->arena, removed, a->headers_remove.at[i]);
    }
    names lists = {0};
    TRY(expand_each(job, "headers_remove", &job->transport->generic->headers_remove, &lists));
    for (size_t i = 0; i < lists.count; i++) {
        struct list_reader r = list_reader_of(lists.at[i]);
        for (span item; list_next(&r, job->arena, &item);) {
            vec_add(job->arena, removed, item);
        }
    }
    return OK;
}

static bool is_removed(const names *removed, span text)
{
    struct mail_field field;
    if (!mail_field_read(text, &field)) {
        return false;
    }
    for (size_t i = 0; i < removed->count; i++) {
        if (span_eq_caseless(removed->at[i], field.name)) {
            return true;
        }
    }
    return false;
}

/* The fields that came. */
static err put_received(const struct transport_job *job, struct message_out *out)
{
    names removed = {0};
    TRY(removed_names(job, &removed));
    const struct envelope *envelope = &job->message->envelope;
    const struct conf_rewrites *rules = &job->transport->generic->headers_rewrite;
    struct rewriting rewriting = {.rules = rules,
                                  .x = job->expansion,
                                  .qualify_domain = span_text(job->conf->main.qualify_domain),
                                  .id = span_text(envelope->id)};
    for (size_t i = 0; i < envelope->headers.count; i++) {
        const struct header *h = &envelope->headers.at[i];
        if (h->type == '*' || is_removed(&removed, h->text)) {
            continue;
        }
        span text = h->text;
        (void)(rules->rules.count > 0 && rewrite_field(&rewriting, h->text, &text));
        vec_add(job->arena, &out->fields, text);
    }
    return OK;
}

/* Every envelope recipient once, however many addresses came of it. */
static span envelope_to(const struct transport_job *job)
{
    struct buf text;
    buf_init(&text, 1 << 20);
    buf_put_text(&text, "Envelope-to: ");
    for (size_t i = 0; i < job->count; i++) {
        size_t top = job->addresses[i]->top;
        bool seen = top >= job->message->envelope.recipients.count;
        for (size_t k = 0; k < i && !seen; k++) {
            seen = job->addresses[k]->top == top;
        }
        if (!seen) {
            buf_put_text(&text, i > 0 ? ",\n\t" : "");
            buf_put(&text, job->message->envelope.recipients.at[top].address);
        }
    }
    buf_put_byte(&text, '\n');
    return buf_settle(&text, job->arena);
}

static void put_on_top(const struct transport_job *job, struct message_out *out)
{
    const struct transport_generic *generic = job->transport->generic;
    if (generic->return_path_add) {
        const char *line = arena_printf(job->arena, "Return-path: <%.*s>\n",
                                        SPAN_FMT(job->sender));
        vec_add(job->arena, &out->fields, span_text(line));
    }
    if (generic->envelope_to_add) {
        vec_add(job->arena, &out->fields, envelope_to(job));
    }
    if (generic->delivery_date_add) {
        instant now = clock_now(job->clock);
        const struct facts_server *server = job->expansion->facts->server;
        bool utc = server != NULL && server->timestamps_utc;
        char date[MAIL_DATE_ROOM];
        (void)mail_date_write(now, utc ? 0 : mail_zone_offset(now), date);
        vec_add(job->arena, &out->fields,
                span_text(arena_printf(job->arena, "Delivery-date: %s\n", date)));
    }
}

/* A text of headers_add: one field or more, with an LF at the end. */
static span with_end(struct arena *arena, span text)
{
    return span_ends(text, SPAN("\n"))
               ? text : span_text(arena_printf(arena, "%.*s\n", SPAN_FMT(text)));
}

static err put_added(const struct transport_job *job, struct message_out *out)
{
    const struct delivery_address *a = job->addresses[0];
    for (size_t i = 0; i < a->headers_add.count; i++) {
        vec_add(job->arena, &out->fields, with_end(job->arena, a->headers_add.at[i]));
    }
    names texts = {0};
    TRY(expand_each(job, "headers_add", &job->transport->generic->headers_add, &texts));
    for (size_t i = 0; i < texts.count; i++) {
        vec_add(job->arena, &out->fields, with_end(job->arena, texts.at[i]));
    }
    return OK;
}

err message_out_begin(const struct transport_job *job, const struct message_form *form,
                      struct message_out *out)
{
    const struct transport_generic *generic = job->transport->generic;
    *out = (struct message_out){.message = job->message,
                                .header = !generic->body_only,
                                .body = !generic->headers_only,
                                .form = *form,
                                .fd = job->message->data.fd,
                                .from = (off_t)spool_data_offset(job->message->envelope.id),
                                .wireformat = job->message->envelope.wireformat,
                                .filtered = -1};
    if (!out->header) {
        return OK;
    }
    put_on_top(job, out);
    TRY(put_received(job, out));
    return put_added(job, out);
}

/* --- a filter --------------------------------------------------------------------------------- */

enum { HEADER_MOST = 1 << 20 };

/* What the filter wrote, taken apart. */
static err filtered_read(const struct transport_job *job, struct message_out *out, int fd)
{
    unsigned char *text = arena_take(job->arena, HEADER_MOST);
    size_t got;
    span block, body;
    struct mail_fields fields;
    TRY(fd_read_part(fd, text, HEADER_MOST, 0, &got));
    block = mail_header_part(span_of(text, got), &body);
    out->from = (off_t)(got - body.len);
    if (block.len > 0 && block.at[block.len - 1] != '\n') {
        return got == HEADER_MOST ? err_of(ERR_LIMIT, "transport filter: the header is too long")
                                  : err_syntax(0, "transport filter: a header field has no end");
    }
    TRY(mail_fields_split(block, job->arena, &fields));
    out->fields.count = 0;
    for (size_t i = 0; i < fields.list.count; i++) {
        vec_add(job->arena, &out->fields, fields.list.at[i].text);
    }
    out->header = out->body = true;
    out->fd = out->filtered = fd;
    out->wireformat = false;
    return OK;
}

static err through_filter(const struct transport_job *job, const struct transport_filter *filter,
                          struct message_out *out, int in)
{
    struct message_out plain = *out;
    int fd;
    plain.form = (struct message_form){.check = SPAN_EMPTY, .escape = SPAN_EMPTY};
    TRY(message_out_write(&plain, fd_put, &in, NULL));
    TRY(transport_filter_file(&fd));
    err e = transport_filter_run(filter, NULL, in, fd, job->arena);
    if (!failed(e)) {
        e = filtered_read(job, out, fd);
    }
    if (failed(e)) {
        close(fd);
    }
    return e;
}

err message_out_filter(const struct transport_job *job, struct message_out *out)
{
    struct transport_filter filter;
    int in;
    TRY(transport_filter_begin(job, &filter));
    if (!transport_filter_is(&filter)) {
        return OK;
    }
    TRY(transport_filter_file(&in));
    err e = through_filter(job, &filter, out, in);
    close(in);
    return e;
}

void message_out_end(struct message_out *out)
{
    if (out->filtered >= 0) {
        close(out->filtered);
        out->filtered = -1;
    }
}

/* --- writing ---------------------------------------------------------------------------------- */

static err put_text(void *context, span block)
{
    return message_text_put(context, block);
}

err message_out_write(const struct message_out *out, err (*put)(void *context, span block),
                      void *context, struct message_facts *facts)
{
    struct message_text text;
    message_text_begin(&text, &out->form);
    text.put = put;
    text.context = context;
    text.escapes = out->form.check_header && text.escapes;
    for (size_t i = 0; i < out->fields.count; i++) {
        TRY(message_text_put(&text, out->fields.at[i]));
    }
    bool header_eight_bit = text.facts.eight_bit;
    if (out->header) {
        TRY(message_text_put(&text, SPAN("\n")));
    }
    text.escapes = out->form.check.len > 0;
    if (out->body) {
        text.wireformat = out->wireformat;
        TRY(fd_each(out->fd, out->from, put_text, &text));
    }
    TRY(message_text_end(&text));
    if (facts != NULL) {
        *facts = text.facts;
        facts->header_eight_bit = header_eight_bit;
    }
    return OK;
}

err message_out_look(const struct message_out *out, struct message_facts *facts)
{
    return message_out_write(out, NULL, NULL, facts);
}
