/* What is given back of the original. RFC 3461 4.3 and 6.2: RET is about failures; other reports have
   the header section alone. A message larger than bounce_return_size_limit, or with a line longer
   than bounce_return_linesize_limit, comes back without its body, and says so. So does one that failed
   because a server takes no 8-bit text: the way back may lead over servers like that. */
#include "ref/dsn/report.h"

#include "ref/mail/header.h"
#include "ref/mail/utf8.h"

#include "base/file.h"

static err look_at(void *context, span piece)
{
    bool *high = context;
    *high |= mail_has_high(piece);
    return OK;
}

/* RFC 3463 3.7, X.6.3: conversion required but not supported. */
static bool is_eight_bit_trouble(const struct dsn_request *r)
{
    for (size_t i = 0; i < r->count; i++) {
        if (span_ends(r->about[i].address->result.status, SPAN(".6.3"))) {
            return true;
        }
    }
    return false;
}

static err body_each(const struct dsn_request *r, err (*put)(void *context, span piece),
                     void *context)
{
    const struct spool_message *m = r->original;
    return fd_each(m->data.fd, (off_t)spool_data_offset(m->envelope.id), put, context);
}

struct dsn_returned dsn_returned_for(const struct dsn_request *r)
{
    const struct conf_main *m = &r->conf->main;
    const struct envelope *e = &r->original->envelope;
    bool over = (m->bounce_return_size_limit > 0 &&
                 r->original->data.size > m->bounce_return_size_limit) ||
                e->longest_line > m->bounce_return_linesize_limit;
    /* RFC 8689 5: as if RET=HDRS had been given. */
    bool failure = r->kind == DSN_KIND_FAILURE || r->kind == DSN_KIND_REFUSED;
    bool asked = failure && e->dsn_ret != DSN_RET_HDRS && !e->requiretls;
    bool wanted = asked && m->bounce_return_body;
    struct dsn_returned returned = {.masked = is_eight_bit_trouble(r)};
    returned.whole = wanted && !over && !returned.masked;
    returned.cut = asked && !returned.whole && (over || returned.masked || e->dsn_ret == DSN_RET_FULL);
    for (size_t i = 0; i < e->headers.count && !returned.masked; i++) {
        returned.eight_bit |= e->headers.at[i].type != '*' && mail_has_high(e->headers.at[i].text);
    }
    if (returned.whole && failed(body_each(r, look_at, &returned.eight_bit))) {
        returned.whole = false;
    }
    return returned;
}

static span masked(span text, struct arena *arena)
{
    unsigned char *at = arena_take(arena, text.len + 1);
    for (size_t i = 0; i < text.len; i++) {
        at[i] = text.at[i] > 127 ? '?' : text.at[i];
    }
    return span_of(at, text.len);
}

err dsn_original_write(const struct dsn_request *r, struct dsn_returned returned,
                       err (*put)(void *context, span piece), void *context)
{
    const struct envelope *e = &r->original->envelope;
    const char *path = arena_printf(r->arena, "Return-path: <%.*s>\n", SPAN_FMT(e->sender));
    TRY(put(context, span_text(path)));
    for (size_t i = 0; i < e->headers.count; i++) {
        span text = e->headers.at[i].text;
        if (e->headers.at[i].type != '*') {
            TRY(put(context, returned.masked ? masked(text, r->arena) : text));
        }
    }
    if (returned.cut) {
        TRY(put(context, SPAN("X-Exim-DSN-Information: Due to administrative limits only headers are "
                              "returned\n")));
    }
    TRY(put(context, SPAN("\n")));
    return returned.whole ? body_each(r, put, context) : OK;
}

span dsn_original_field(const struct dsn_request *r, span name)
{
    const struct envelope *e = &r->original->envelope;
    for (size_t i = 0; i < e->headers.count; i++) {
        struct mail_field field;
        if (e->headers.at[i].type != '*' && mail_field_read(e->headers.at[i].text, &field) &&
            span_eq_caseless(field.name, name)) {
            struct buf text;
            buf_init(&text, DSN_TEXT_CEILING);
            mail_field_unfold(field.body, &text);
            return buf_settle(&text, r->arena);
        }
    }
    return SPAN_EMPTY;
}
