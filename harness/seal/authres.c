/* Authentication-Results:

       payload    = [CFWS] value [ CFWS 1*DIGIT [CFWS] ] ( [CFWS] ";" [CFWS] "none" / 1*resinfo ) [CFWS]
       resinfo    = [CFWS] ";" methodspec [ CFWS reasonspec ] [ CFWS 1*propspec ]
       methodspec = [CFWS] Keyword [ [CFWS] "/" [CFWS] 1*DIGIT ] [CFWS] "=" [CFWS] Keyword
       reasonspec = "reason" [CFWS] "=" [CFWS] value
       propspec   = Keyword [CFWS] "." [CFWS] Keyword [CFWS] "=" pvalue
       pvalue     = [CFWS] ( value / [ [ local-part ] "@" ] domain-name ) [CFWS]
       value      = token / quoted-string

   A Keyword is an Ldh-str (RFC 5321), a token RFC 2045's: an IPv6 address must be quoted. */
#include "harness/seal/authres.h"

#include "harness/seal/tags.h"

enum { COMMENT_DEPTH = 100 };

static bool is_never(unsigned char c)
{
    return c == '\r' || c == '\n' || c == 0;
}

/* What is behind a backslash: RFC 5322 3.2.1. */
static bool take_pair(struct cursor *c, unsigned char *byte)
{
    return cursor_take_any(c, byte) && !is_never(*byte);
}

/* Stands at its "(". */
static bool take_comment(struct cursor *c)
{
    size_t start = c->pos;
    unsigned depth = 0;
    do {
        unsigned char byte;
        if (proof_take_line_end(c)) {
            continue;
        }
        bool is_read = cursor_take_any(c, &byte) && !is_never(byte) && depth <= COMMENT_DEPTH;
        if (is_read && byte == '\\') {
            is_read = take_pair(c, &byte);
        } else if (is_read && byte == '(') {
            depth++;
        } else if (is_read && byte == ')') {
            depth--;
        }
        if (!is_read) {
            c->pos = start;
            return false;
        }
    } while (depth > 0);
    return true;
}

static bool cfws(struct cursor *c)
{
    size_t start = c->pos;
    while (cursor_skip_blanks(c) > 0 || proof_take_line_end(c) ||
           (cursor_peek(c) == '(' && take_comment(c))) {
    }
    return c->pos > start;
}

span proof_skip_cfws(span text)
{
    struct cursor c = cursor_of(text);
    (void)cfws(&c);
    return cursor_rest(&c);
}

static bool is_token(unsigned char c)
{
    return c > 0x20 && c != 0x7f && memchr("()<>@,;:\\\"/[]?=", c, 15) == NULL;
}

static bool is_ldh(unsigned char c)
{
    return ascii_is_alnum(c) || c == '-';
}

static bool is_digit(unsigned char c)
{
    return ascii_is_digit(c);
}

/* quoted-string: unquoted, its folds without their line ends. */
static bool take_quoted(struct cursor *c, struct arena *arena, span *value)
{
    size_t start = c->pos;
    if (!cursor_take_byte(c, '"')) {
        return false;
    }
    unsigned char *to = arena_take(arena, cursor_left(c) + 1);
    size_t len = 0;
    unsigned char byte;
    while (!cursor_take_byte(c, '"')) {
        if (proof_take_line_end(c)) {
            continue;
        }
        if (!cursor_take_any(c, &byte) || is_never(byte) ||
            (byte == '\\' && !take_pair(c, &byte))) {
            c->pos = start;
            return false;
        }
        to[len++] = byte;
    }
    *value = span_of(to, len);
    return true;
}

static bool take_value(struct cursor *c, struct arena *arena, span *value)
{
    return take_quoted(c, arena, value) || cursor_take_while(c, is_token, value);
}

static bool take_keyword(struct cursor *c, span *word)
{
    size_t start = c->pos;
    if (cursor_take_while(c, is_ldh, word) && word->at[word->len - 1] != '-') {
        return true;
    }
    c->pos = start;
    return false;
}

static bool take_mark(struct cursor *c, unsigned char mark)
{
    (void)cfws(c);
    bool taken = cursor_take_byte(c, mark);
    (void)cfws(c);
    return taken;
}

/* dot-atom (RFC 5322 3.2.3), and letters beyond ASCII (RFC 6532) */
static bool is_atom(unsigned char c)
{
    return ascii_is_alnum(c) || c > 0x7f || (c != 0 && strchr(".!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

static bool is_domain(unsigned char c)
{
    return ascii_is_alnum(c) || c == '-' || c == '.' || c > 0x7f;
}

/* [ local-part ] "@" domain-name, as one text */
static bool take_mailbox(struct cursor *c, struct arena *arena, span *value)
{
    span local = SPAN_EMPTY;
    span domain;
    struct cursor save = *c;
    (void)(take_quoted(c, arena, &local) || cursor_take_while(c, is_atom, &local));
    if (!cursor_take_byte(c, '@') || !cursor_take_while(c, is_domain, &domain)) {
        *c = save;
        return false;
    }
    unsigned char *to = arena_take(arena, local.len + domain.len + 1);
    memcpy(to, local.at, local.len);
    to[local.len] = '@';
    memcpy(to + local.len + 1, domain.at, domain.len);
    *value = span_of(to, local.len + domain.len + 1);
    return true;
}

/* A domain-name alone is a token too. */
static bool take_pvalue(struct cursor *c, struct arena *arena, span *value)
{
    return take_mailbox(c, arena, value) || take_value(c, arena, value);
}

static const char *take_property(struct cursor *c, struct arena *arena, struct proof_result *r)
{
    struct proof_property p = {.type = SPAN_EMPTY};
    if (!take_keyword(c, &p.type)) {
        return "a property is missing";
    }
    if (!take_mark(c, '.') || !take_keyword(c, &p.name) || !take_mark(c, '=')) {
        return "a property is type.name=value";
    }
    if (!take_pvalue(c, arena, &p.value)) {
        return "the value of a property is missing";
    }
    vec_add(arena, &r->properties, p);
    return NULL;
}

/* reason=, unless it is a property of that type. */
static const char *take_reason(struct cursor *c, struct arena *arena, struct proof_result *r,
                               bool *taken)
{
    struct cursor save = *c;
    *taken = cursor_take_caseless(c, SPAN("reason")) && take_mark(c, '=');
    if (!*taken) {
        *c = save;
        return NULL;
    }
    return take_value(c, arena, &r->reason) ? NULL : "the reason is missing";
}

static const char *take_result(struct cursor *c, struct arena *arena, struct proof_result *r)
{
    *r = (struct proof_result){.version = SPAN_EMPTY, .reason = SPAN_EMPTY};
    if (!take_keyword(c, &r->method)) {
        return "a method is missing";
    }
    if (take_mark(c, '/') && !cursor_take_while(c, is_digit, &r->version)) {
        return "the method's version is missing";
    }
    if (!take_mark(c, '=') || !take_keyword(c, &r->word)) {
        return "a result is method=word";
    }
    bool blank = cfws(c);
    bool reason = false;
    const char *why = blank ? take_reason(c, arena, r, &reason) : NULL;
    blank = reason ? cfws(c) : blank;
    while (why == NULL && !cursor_at_end(c) && cursor_peek(c) != ';') {
        why = blank ? take_property(c, arena, r) : "a blank is missing before a property";
        blank = cfws(c) || (c->pos > 0 && c->in.at[c->pos - 1] == '"');
    }
    return why;
}

static bool at_none(const struct cursor *c)
{
    struct cursor look = *c;
    return cursor_take_caseless(&look, SPAN("none")) && (cfws(&look), cursor_at_end(&look));
}

static const char *take_payload(struct cursor *c, struct arena *arena, struct proof_authres *a)
{
    (void)cfws(c);
    if (!take_value(c, arena, &a->id)) {
        return "the authserv-id is missing";
    }
    if (cfws(c)) {
        (void)cursor_take_while(c, is_digit, &a->version);
        (void)cfws(c);
    }
    if (cursor_at_end(c)) {
        return "; and results, or none, are missing";
    }
    while (!cursor_at_end(c)) {
        if (!take_mark(c, ';')) {
            return "; is missing between results";
        }
        if (a->results.count == 0 && at_none(c)) {
            c->pos = c->in.len;
            return NULL;
        }
        struct proof_result r;
        const char *why = take_result(c, arena, &r);
        if (why != NULL) {
            return why;
        }
        vec_add(arena, &a->results, r);
    }
    return NULL;
}

bool proof_authres_read(span body, struct arena *arena, struct proof_authres *a, const char **why,
                        size_t *at)
{
    struct cursor c = cursor_of(body);
    *a = (struct proof_authres){.id = SPAN_EMPTY, .version = SPAN_EMPTY};
    *why = take_payload(&c, arena, a);
    *at = c.pos;
    return *why == NULL;
}
