/* The header section, RFC 5322 2.2, and what a line has to look like to belong to it:

     field = field-name *WSP ":" unstructured LF      the blanks before the colon are 4.5's
     continuation = WSP ...

   Reception asks line by line (mail_line_kind), everything behind it asks field by field. */
#include "ref/mail/header.h"

#include "ref/mail/chars.h"

#include "base/cursor.h"

/* Type letters of the spool, sorted by nothing: a handful. Resent- forms are none of them. */
static const struct {
    const char *name;
    char type;
} types[] = {
    {"bcc",        'B'},
    {"cc",         'C'},
    {"from",       'F'},
    {"message-id", 'I'},
    {"received",   'P'},
    {"reply-to",   'R'},
    {"sender",     'S'},
    {"to",         'T'},
};

char mail_field_type(span name)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (span_eq_caseless(name, span_text(types[i].name))) {
            return types[i].type;
        }
    }
    return ' ';
}

/* field-name *WSP ":" at the front of a line; true and both ends. */
static bool take_name(struct cursor *c, span *name)
{
    struct cursor try = *c;
    if (!cursor_take_while(&try, mail_is_ftext, name)) {
        return false;
    }
    cursor_skip_blanks(&try);
    if (!cursor_take_byte(&try, ':')) {
        return false;
    }
    *c = try;
    return true;
}

enum mail_line mail_line_kind(span line, bool have_field)
{
    if (line.len == 0) {
        return MAIL_LINE_SEPARATOR;
    }
    if (ascii_is_blank(line.at[0])) {
        return have_field ? MAIL_LINE_CONTINUATION : MAIL_LINE_BODY;
    }
    struct cursor c = cursor_of(line);
    span name;
    return take_name(&c, &name) ? MAIL_LINE_FIELD : MAIL_LINE_BODY;
}

span mail_header_part(span text, span *body)
{
    bool have_field = false;
    span line;
    *body = text;
    for (span rest = text; span_line(&rest, &line); *body = rest) {
        enum mail_line kind = mail_line_kind(line, have_field);
        if (kind == MAIL_LINE_SEPARATOR || kind == MAIL_LINE_BODY) {
            span header = span_first(text, (size_t)(body->at - text.at));
            *body = kind == MAIL_LINE_SEPARATOR ? rest : *body;
            return header;
        }
        have_field = true;
    }
    return text;
}

bool mail_field_read(span text, struct mail_field *field)
{
    struct cursor c = cursor_of(text);
    *field = (struct mail_field){.text = text, .name = SPAN_EMPTY, .body = SPAN_EMPTY, .type = ' '};
    if (!take_name(&c, &field->name)) {
        return false;
    }
    field->body = cursor_rest(&c);
    if (span_ends(field->body, SPAN("\n"))) {
        field->body = span_first(field->body, field->body.len - 1);
    }
    field->type = mail_field_type(field->name);
    return true;
}

err mail_fields_split(span block, struct arena *arena, struct mail_fields *fields)
{
    size_t field_start = 0;
    size_t pos = 0;
    *fields = (struct mail_fields){0};
    while (pos < block.len) {
        size_t end = span_find_byte(span_from(block, pos), '\n');
        if (end == SPAN_NONE) {
            return err_syntax(pos, "header section: the last line has no line end");
        }
        span line = span_part(block, pos, end);
        enum mail_line kind = mail_line_kind(line, pos > 0);
        if (kind != MAIL_LINE_FIELD && kind != MAIL_LINE_CONTINUATION) {
            return err_syntax(pos, "header section: neither a field nor a continuation line "
                                   "(RFC 5322 2.2)");
        }
        if (kind == MAIL_LINE_FIELD) {
            field_start = pos;
            vec_push(arena, &fields->list);
        }
        pos += end + 1;
        struct mail_field *last = &fields->list.at[fields->list.count - 1];
        (void)mail_field_read(span_part(block, field_start, pos - field_start), last);
    }
    return OK;
}

void mail_field_unfold(span body, struct buf *out)
{
    body = span_trim_space(body);
    for (size_t i = 0; i < body.len; i++) {
        bool fold = body.at[i] == '\n' && i + 1 < body.len && ascii_is_blank(body.at[i + 1]);
        if (!fold) {
            buf_put_byte(out, body.at[i]);
        }
    }
}
