/* A header address list is taken apart only as far as -t needs: where one mailbox ends and the
   next one begins, and which part of it is the address. Whether that is one is for
   ref/mail/address. */
#include "ref/run/header_recipients.h"

#include "base/cursor.h"
#include "ref/mail/header.h"

/* The mailbox being read: what stands in angle brackets, or all of it. */
struct reading {
    struct cursor c;
    unsigned char *text;
    size_t len;
    bool angle, was_angle, in_group;
    struct arena *arena;
    struct header_recipients *into;
};

/* "(" has been taken. RFC 5322 3.2.2: comments nest. */
static bool comment_skip(struct cursor *c)
{
    unsigned char byte;
    for (unsigned depth = 1; depth > 0;) {
        if (!cursor_take_any(c, &byte) || (byte == '\\' && !cursor_take_any(c, &byte))) {
            return false;
        }
        depth = byte == '(' ? depth + 1 : byte == ')' ? depth - 1 : depth;
    }
    return true;
}

/* The quote has been taken; the quoted string is kept as it is. */
static bool quoted_copy(struct reading *r)
{
    unsigned char byte;
    r->text[r->len++] = '"';
    do {
        if (!cursor_take_any(&r->c, &byte)) {
            return false;
        }
        r->text[r->len++] = byte;
        if (byte == '\\') {
            if (!cursor_take_any(&r->c, &byte)) {
                return false;
            }
            r->text[r->len++] = byte;
            byte = 0;
        }
    } while (byte != '"');
    return true;
}

static void mailbox_end(struct reading *r)
{
    span text = span_of(r->text, r->len);
    if (text.len > 0 && text.at[0] == '@') { /* a source route */
        size_t colon = span_find_byte(text, ':');
        text = colon == SPAN_NONE ? text : span_from(text, colon + 1);
    }
    if (text.len > 0) {
        vec_add(r->arena, &r->into->list, arena_copy(r->arena, text));
    }
    r->len = 0;
    r->was_angle = false;
}

/* Characters that part, outside quotes and comments. */
static bool special_take(struct reading *r, unsigned char byte)
{
    switch (byte) {
    case '<':
        r->len = 0; /* what stood before was a name */
        r->angle = true;
        return true;
    case '>':
        if (!r->angle) {
            return false;
        }
        r->angle = false;
        r->was_angle = true;
        return true;
    case ',':
        mailbox_end(r);
        return true;
    case ':':
        r->len = 0; /* what stood before was the group's name */
        r->in_group = true;
        return true;
    default: /* ';' */
        mailbox_end(r);
        r->in_group = false;
        return true;
    }
}

static bool byte_take(struct reading *r)
{
    unsigned char byte = 0;
    (void)cursor_take_any(&r->c, &byte);
    bool parts = byte == '<' || byte == '>' || byte == ',' || byte == ';' || byte == ':';
    if (byte == '(') {
        return comment_skip(&r->c);
    }
    if (byte == '"') {
        return quoted_copy(r);
    }
    if (parts && !(r->angle && byte != '>')) {
        return special_take(r, byte);
    }
    if (!ascii_is_blank(byte) && byte != '\n' && byte != '\r' && !r->was_angle) {
        r->text[r->len++] = byte;
    }
    return true;
}

bool header_addresses_read(span body, struct arena *arena, struct header_recipients *into)
{
    struct reading r = {.c = cursor_of(body), .arena = arena, .into = into,
                        .text = arena_take(arena, body.len + 1)};
    while (!cursor_at_end(&r.c)) {
        if (!byte_take(&r)) {
            return false;
        }
    }
    mailbox_end(&r);
    return !r.angle;
}

static bool is_resent(span name)
{
    return span_starts_caseless(name, SPAN("Resent-"));
}

static bool names_recipients(span name, bool resent)
{
    span plain = resent ? span_from(name, 7) : name;
    return is_resent(name) == resent &&
           (span_eq_caseless(plain, SPAN("To")) || span_eq_caseless(plain, SPAN("Cc")) ||
            span_eq_caseless(plain, SPAN("Bcc")));
}

bool header_recipients_take(struct envelope *e, struct arena *arena, struct header_recipients *into)
{
    struct mail_field field;
    bool resent = false;
    for (size_t i = 0; i < e->headers.count; i++) {
        resent |= mail_field_read(e->headers.at[i].text, &field) && is_resent(field.name);
    }
    for (size_t i = 0; i < e->headers.count; i++) {
        struct header *h = &e->headers.at[i];
        if (!mail_field_read(h->text, &field)) {
            continue;
        }
        if (names_recipients(field.name, resent) &&
            !header_addresses_read(field.body, arena, into)) {
            return false;
        }
        if (span_eq_caseless(field.name, SPAN("Bcc")) ||
            span_eq_caseless(field.name, SPAN("Resent-Bcc"))) {
            h->type = '*';
        }
    }
    return true;
}
