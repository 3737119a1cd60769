/* $h_, $rh_, $bh_ and $lh_: the header fields of the message at hand. Those of one name are joined:
   decoded ones by a newline, with a comma before it where they hold addresses; raw ones as they
   stand; lists by colons, with the colons inside doubled. */
#include "ref/expand/encoded_word.h"
#include "ref/expand/eval.h"
#include "ref/expand/variable.h"
#include "ref/mail/header.h"

enum { HEADER_CEILING = 16 << 20 };

bool header_form_take(span *name, enum header_form *form)
{
    static const struct {
        const char *prefix;
        enum header_form form;
    } forms[] = {
        {"bh_", HEADER_BODY},         {"bheader_", HEADER_BODY}, {"h_", HEADER_DECODED},
        {"header_", HEADER_DECODED},  {"lh_", HEADER_LIST},      {"lheader_", HEADER_LIST},
        {"rh_", HEADER_RAW},          {"rheader_", HEADER_RAW},
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (span_starts(*name, span_text(forms[i].prefix))) {
            *name = span_from(*name, strlen(forms[i].prefix));
            *form = forms[i].form;
            return true;
        }
    }
    return false;
}

/* The next field of that name behind *at; false: no more. */
static bool field_next(const struct facts_message *m, span name, size_t *at, struct mail_field *field)
{
    while (m != NULL && *at < m->header_count) {
        const struct facts_header *h = &m->headers[(*at)++];
        if (!h->removed && span_starts_caseless(h->text, name) && mail_field_read(h->text, field) &&
            field->name.len == name.len) {
            return true;
        }
    }
    return false;
}

/* All behind the colon, with the last newline. */
static span raw_body(const struct mail_field *field)
{
    return span_from(field->text, span_find_byte(field->text, ':') + 1);
}

static void list_item_put(span body, struct buf *out)
{
    if (out->len > 0) {
        buf_put_byte(out, ':');
    }
    for (size_t i = 0; i < body.len; i++) {
        buf_put_byte(out, body.at[i]);
        if (body.at[i] == ':') {
            buf_put_byte(out, ':');
        }
    }
}

static void field_put(enum header_form form, const struct mail_field *field, struct buf *out)
{
    span body = raw_body(field);
    if (form == HEADER_RAW) {
        buf_put(out, body);
        return;
    }
    if (form == HEADER_LIST) {
        list_item_put(span_ends(body, SPAN("\n")) ? span_first(body, body.len - 1) : body, out);
        return;
    }
    body = span_trim_space(body);
    if (body.len == 0) {
        return;
    }
    if (out->len > 0) {
        bool addresses = strchr("BCFRST", mail_field_type(field->name)) != NULL;
        buf_put_text(out, addresses ? ",\n" : "\n");
    }
    encoded_words_put(body, form == HEADER_DECODED, out);
}

void header_value(enum header_form form, span name, struct expansion *x, struct value *out)
{
    struct buf text;
    struct mail_field field;
    size_t at = 0;
    buf_init(&text, HEADER_CEILING);
    while (field_next(x->facts->message, name, &at, &field)) {
        field_put(form, &field, &text);
    }
    *out = value_of(arena_copy(x->arena, buf_span(&text)), text.len > 0);
    buf_wipe(&text);
}

bool header_is_there(span name, struct expansion *x)
{
    struct mail_field field;
    size_t at = 0;
    return field_next(x->facts->message, name, &at, &field);
}
