/* Pattern text to nodes. The four forms differ only in which characters are active, so one loop
   reads three of them; a regular expression is one node. */
#include "harness/scenario/pattern_nodes.h"

#include "base/cursor.h"
#include "base/hex.h"
#include "base/rows.h"

#define OCTET "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
#define LABEL "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
#define DOMAIN LABEL "(?:\\." LABEL ")*"
#define TIME "[0-9]{2}:[0-9]{2}(?::[0-9]{2})?"

const struct capture_type capture_types[] = {
    {"addr", "[^\\s<>@]+@(?:" DOMAIN "|\\[[^\\]\\s]+\\])",
     "a mailbox: local part, @, domain or literal"},
    {"any", "[\\x00-\\xff]*", "anything, nothing too"},
    {"b64", "[A-Za-z0-9+/]+={0,2}", "base64"},
    {"date",
     "(?:[A-Z][a-z]{2},\\s+)?[0-9]{1,2}\\s+[A-Z][a-z]{2}\\s+[0-9]{4}\\s+" TIME
     "\\s+(?:[+-][0-9]{4}|[A-Z]{1,5})(?:\\s+\\([^()]*\\))?"
     "|[0-9]{4}-[0-9]{2}-[0-9]{2}[ T]" TIME "(?:\\.[0-9]+)?(?: ?[+-][0-9]{2}:?[0-9]{2}|Z)?",
     "a date with its time, as in a header field or as in a log"},
    {"domain", DOMAIN, "a host or domain name"},
    {"hex", "[0-9A-Fa-f]+", "hexadecimal digits"},
    {"id", NULL, "a queue id; its shape is the target's"},
    {"int", "[0-9]+", "decimal digits"},
    {"ip",
     OCTET "(?:\\." OCTET "){3}|[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:" OCTET "(?:\\." OCTET
           "){3})?",
     "an IPv4 or IPv6 address"},
    {"port",
     "(?:6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})",
     "a port number"},
    {"word", "[^\\s]+", "characters without a blank"},
};
const size_t capture_type_count = sizeof capture_types / sizeof *capture_types;

size_t pattern_name_length(span text)
{
    if (text.len == 0 || !ascii_is_alpha(text.at[0])) {
        return 0;
    }
    size_t n = 1;
    while (n < text.len && (ascii_is_alnum(text.at[n]) || text.at[n] == '.' || text.at[n] == '-' ||
                            text.at[n] == '_')) {
        n++;
    }
    return n;
}

size_t pattern_escape(span text, unsigned char *byte)
{
    if (text.len >= 2 && text.at[0] == '\\' && (text.at[1] == '*' || text.at[1] == '|')) {
        *byte = text.at[1];
        return 2;
    }
    return hex_escaped_byte(text, byte);
}

struct reader {
    struct cursor in;
    enum pattern_form form;
    struct arena *arena;
    struct pattern *p;
    struct buf bytes; /* literal octets not yet made a node */
};

static struct node *add_node(struct reader *r, enum node_kind kind)
{
    struct alternative *a = &r->p->alternatives.at[r->p->alternatives.count - 1];
    struct node *n = vec_push(r->arena, &a->nodes);
    n->kind = kind;
    return n;
}

/* RFC 5321 2.4: verbs in any case. MAIL FROM: and RCPT TO: are verbs whole. */
static size_t verb_length(span text)
{
    size_t n = 0;
    while (n < text.len && ascii_is_alpha(text.at[n])) {
        n++;
    }
    span rest = span_from(text, n);
    if (span_starts_caseless(rest, SPAN(" FROM:"))) {
        return n + 6;
    }
    return span_starts_caseless(rest, SPAN(" TO:")) ? n + 4 : n;
}

static void end_bytes(struct reader *r)
{
    span all = arena_copy(r->arena, buf_span(&r->bytes));
    const struct alternative *a = &r->p->alternatives.at[r->p->alternatives.count - 1];
    size_t verb = r->form == PATTERN_LINE && a->nodes.count == 0 ? verb_length(all) : 0;
    if (verb > 0) {
        add_node(r, NODE_VERB)->bytes = span_first(all, verb);
    }
    if (all.len > verb) {
        add_node(r, NODE_BYTES)->bytes = span_from(all, verb);
    }
    buf_clear(&r->bytes);
}

static err read_type(struct reader *r, struct node *n)
{
    size_t at = r->in.pos;
    if (cursor_take_byte(&r->in, '/')) {
        size_t start = r->in.pos;
        unsigned char c = 0;
        while (cursor_take_any(&r->in, &c) && c != '/') {
            if (c == '\\' && !cursor_take_any(&r->in, &c)) {
                break;
            }
        }
        if (c != '/') {
            return err_syntax(at,
                              "the regular expression of a capture has no end: @{name:/regex/}");
        }
        span regex = span_part(r->in.in, start, r->in.pos - 1 - start);
        const char *what = NULL;
        size_t where = 0;
        if (!pattern_regex_ok(regex, r->arena, &where, &what)) {
            return err_syntax(start + where, what);
        }
        n->regex = arena_text(r->arena, regex);
        return OK;
    }
    span rest = cursor_rest(&r->in);
    size_t end = span_find_byte(rest, '}');
    span word = span_first(rest, end == SPAN_NONE ? rest.len : end);
    const struct capture_type *type =
        rows_find(capture_types, capture_type_count, sizeof *capture_types, word);
    if (type == NULL) {
        const char *near =
            rows_suggest(capture_types, capture_type_count, sizeof *capture_types, word);
        const char *text =
            near == NULL
                ? arena_printf(r->arena, "there is no capture type `%.*s`", SPAN_FMT(word))
                : arena_printf(r->arena, "there is no capture type `%.*s`: did you mean `%s`?",
                               SPAN_FMT(word), near);
        return err_syntax(at, text);
    }
    n->regex = type->regex == NULL ? "" : type->regex;
    r->in.pos += word.len;
    return OK;
}

static err read_name(struct reader *r)
{
    size_t at = r->in.pos - 2;
    size_t len = pattern_name_length(cursor_rest(&r->in));
    if (len == 0) {
        return err_syntax(at, "`@{` opens a name: @{name} or @{name:type}");
    }
    end_bytes(r);
    struct node *n = add_node(r, NODE_NAME);
    n->name = arena_text(r->arena, span_part(r->in.in, r->in.pos, len));
    r->in.pos += len;
    if (cursor_take_byte(&r->in, ':')) {
        TRY(read_type(r, n));
    }
    if (!cursor_take_byte(&r->in, '}')) {
        return err_syntax(at, "`@{` is not closed: @{name} or @{name:type}");
    }
    return OK;
}

static err read_one(struct reader *r)
{
    if (cursor_take_literal(&r->in, SPAN("@{"))) {
        return read_name(r);
    }
    bool stars = r->form == PATTERN_LINE || r->form == PATTERN_QUOTED;
    if (stars && cursor_take_byte(&r->in, '*')) {
        end_bytes(r);
        add_node(r, NODE_ANY);
        return OK;
    }
    if (r->form == PATTERN_LINE && cursor_take_byte(&r->in, '|')) {
        end_bytes(r);
        (void)vec_push(r->arena, &r->p->alternatives);
        return OK;
    }
    if (r->form == PATTERN_LINE &&
        (cursor_take_literal(&r->in, SPAN("\\*")) || cursor_take_literal(&r->in, SPAN("\\|")))) {
        buf_put_byte(&r->bytes, r->in.in.at[r->in.pos - 1]);
        return OK;
    }
    unsigned char byte = 0;
    if (r->form == PATTERN_QUOTED && cursor_peek(&r->in) == '\\') {
        size_t len = pattern_escape(cursor_rest(&r->in), &byte);
        if (len == 0) {
            return err_syntax(r->in.pos,
                              "no such escape: \\r \\n \\t \\0 \\xHH \\\" \\\\ \\* \\| are known");
        }
        buf_put_byte(&r->bytes, byte);
        r->in.pos += len;
        return OK;
    }
    (void)cursor_take_any(&r->in, &byte);
    buf_put_byte(&r->bytes, byte);
    return OK;
}

static const char *as_written(span text, enum pattern_form form, struct arena *arena)
{
    if (form == PATTERN_QUOTED || form == PATTERN_REGEX) {
        char mark = form == PATTERN_QUOTED ? '"' : '/';
        return arena_printf(arena, "%c%.*s%c", mark, SPAN_FMT(text), mark);
    }
    return arena_text(arena, text);
}

err pattern_read(span text, enum pattern_form form, struct arena *arena, const struct pattern **p)
{
    if (text.len > PATTERN_CEILING / 8) {
        return err_of(ERR_LIMIT, "a pattern is at most 128 KiB long");
    }
    struct pattern *made = ARENA_NEW(arena, struct pattern);
    made->form = form;
    made->source = as_written(text, form, arena);
    (void)vec_push(arena, &made->alternatives);
    struct reader r = {.in = cursor_of(text), .form = form, .arena = arena, .p = made};
    if (form == PATTERN_REGEX) {
        size_t at = 0;
        const char *what = NULL;
        if (!pattern_regex_ok(text, arena, &at, &what)) {
            return err_syntax(at, what);
        }
        add_node(&r, NODE_REGEX)->bytes = arena_copy(arena, text);
        *p = made;
        return OK;
    }
    buf_init(&r.bytes, PATTERN_CEILING);
    err e = OK;
    while (!failed(e) && !cursor_at_end(&r.in)) {
        e = read_one(&r);
    }
    end_bytes(&r);
    buf_wipe(&r.bytes);
    *p = made;
    return e;
}
