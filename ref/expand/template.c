/* The reader's outer part: text with its escapes, and what stands behind a dollar. Everything that
   can be wrong with the form of a template is found here, once, before anything is evaluated; the
   words are Exim's, so that its users know them. Text without escapes is collected in one block of
   the length of the whole, which it can never exceed. */
#include "ref/expand/template.h"

#include "base/check.h"
#include "ref/expand/reader.h"

#include <stdarg.h>

typedef VEC(struct node) node_list;

span reader_rest(const struct reader *r)
{
    return span_from(r->text, r->pos);
}

void reader_skip_space(struct reader *r)
{
    r->pos = r->text.len - span_skip_space(reader_rest(r)).len;
}

bool reader_take(struct reader *r, unsigned char octet)
{
    if (reader_peek(r) != octet) {
        return false;
    }
    r->pos++;
    return true;
}

span reader_name(struct reader *r, const char *more)
{
    size_t start = r->pos;
    for (int c = reader_peek(r); c > 0 && (ascii_is_alnum((unsigned char)c) || strchr(more, c));
         c = reader_peek(r)) {
        r->pos++;
    }
    return span_part(r->text, start, r->pos - start);
}

/* The name behind h_, up to the colon, which is taken, or to white space. */
static span header_name(struct reader *r)
{
    size_t start = r->pos;
    for (int c = reader_peek(r); c > ' ' && c < 127 && c != ':'; c = reader_peek(r)) {
        r->pos++;
    }
    span name = span_part(r->text, start, r->pos - start);
    if (!reader_take(r, ':')) {
        r->loose_header = true;
    }
    return name;
}

err reader_error(const struct reader *r, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = arena_vprintf(r->arena, format, args);
    va_end(args);
    return err_syntax(r->pos, text);
}

/* Up to `most` digits of an octet's number; none are zero. */
static unsigned char numbered_octet(struct reader *r, unsigned base, unsigned most)
{
    unsigned value = 0;
    for (unsigned i = 0; i < most; i++) {
        int digit = ascii_hex_value(reader_peek(r));
        if (digit < 0 || (unsigned)digit >= base) {
            break;
        }
        value = value * base + (unsigned)digit;
        r->pos++;
    }
    return (unsigned char)value;
}

static void put_octet(struct reader *r, unsigned char octet)
{
    CHECK(r->scratch_used < r->text.len);
    r->scratch[r->scratch_used++] = octet;
}

/* Behind \N: as it is, up to the next \N or the end. */
static void put_raw(struct reader *r)
{
    while (r->pos < r->text.len) {
        if (span_starts(reader_rest(r), SPAN("\\N"))) {
            r->pos += 2;
            return;
        }
        put_octet(r, r->text.at[r->pos++]);
    }
}

/* Behind a backslash. */
static err read_escape(struct reader *r)
{
    int c = reader_peek(r);
    if (c < 0) {
        return reader_error(r, "\\ at end of string");
    }
    if (c >= '0' && c <= '7') {
        put_octet(r, numbered_octet(r, 8, 3));
        return OK;
    }
    r->pos++;
    if (c == 'N') {
        put_raw(r);
    } else if (c == 'x') {
        put_octet(r, numbered_octet(r, 16, 2));
    } else {
        static const char names[] = "bfnrtv", octets[] = "\b\f\n\r\t\v";
        const char *name = c ? strchr(names, c) : NULL;
        put_octet(r, (unsigned char)(name ? octets[name - names] : c));
    }
    return OK;
}

static unsigned read_number(struct reader *r)
{
    unsigned number = 0;
    for (int c = reader_peek(r); c >= '0' && c <= '9'; c = reader_peek(r)) {
        number = number < 1000 ? number * 10 + (unsigned)(c - '0') : number;
        r->pos++;
    }
    return number;
}

bool reader_variable(span name, struct node *node)
{
    node->text = name;
    node->variable = variable_find(name);
    node->kind = NODE_VARIABLE;
    return node->variable != NULL;
}

err reader_variable_check(const struct reader *r, const struct node *node)
{
    return variable_is_refused(node->variable)
               ? reader_error(r, "variable \"%.*s\" is not supported by this server",
                              SPAN_FMT(node->text))
               : OK;
}

bool reader_header(struct reader *r, struct node *node, span *name)
{
    size_t start = r->pos;
    *name = reader_name(r, "_");
    span rest = *name;
    if (!header_form_take(&rest, &node->form)) {
        return false;
    }
    node->kind = NODE_HEADER;
    r->pos = start + (name->len - rest.len);
    node->text = header_name(r);
    return true;
}

/* $name */
static err read_plain_name(struct reader *r, struct node *node)
{
    span name;
    if (reader_header(r, node, &name)) {
        return OK;
    }
    if (!reader_variable(name, node)) {
        return reader_error(r, "unknown variable name \"%.*s\"%s", SPAN_FMT(name),
                            variable_hint(name));
    }
    return reader_variable_check(r, node);
}

static err read_operation(struct reader *r, span name, struct node *node)
{
    struct operation *operation = ARENA_NEW(r->arena, struct operation);
    operation->name = name;
    r->pos++;
    TRY(reader_braced(r, &operation->subject));
    operation->row = operator_find(name, &operation->suffix);
    if (!operation->row) {
        return reader_error(r, "unknown expansion operator \"%.*s\"", SPAN_FMT(name));
    }
    if (!operation->row->eval) {
        return reader_error(r, "expansion operator \"%.*s\" is not supported by this server",
                            SPAN_FMT(name));
    }
    node->kind = NODE_OPERATOR;
    node->operation = operation;
    return OK;
}

/* Behind "${": an item, then a variable, then an operator, as Exim decides. */
static err read_braced_name(struct reader *r, struct node *node)
{
    int c = reader_peek(r);
    if (c >= '0' && c <= '9') {
        node->kind = NODE_CAPTURE;
        node->capture = read_number(r);
        return reader_take(r, '}') ? OK : reader_error(r, "} expected after number");
    }
    if (c < 0 || !ascii_is_alpha((unsigned char)c)) {
        return reader_error(r, "letter or digit expected after ${");
    }
    span name = reader_name(r, "_-");
    const struct item_row *row = item_find(name);
    if (row) {
        struct item *item = ARENA_NEW(r->arena, struct item);
        item->row = row;
        node->kind = NODE_ITEM;
        node->item = item;
        return reader_item(r, row, item);
    }
    if (reader_peek(r) == ':') {
        return read_operation(r, name, node);
    }
    if (reader_take(r, '}')) {
        return reader_variable(name, node)
                   ? reader_variable_check(r, node)
                   : reader_error(r, "unknown variable in \"${%.*s}\"", SPAN_FMT(name));
    }
    return reader_error(r,
                        "\"${%.*s\" is not a known operator (or a } is missing in a variable "
                        "reference)",
                        SPAN_FMT(name));
}

/* Behind a dollar. */
static err read_dollar(struct reader *r, struct node *node)
{
    int c = reader_peek(r);
    if (c == '{') {
        r->pos++;
        return read_braced_name(r, node);
    }
    if (c >= '0' && c <= '9') {
        node->kind = NODE_CAPTURE;
        node->capture = read_number(r);
        return OK;
    }
    if (c < 0 || !ascii_is_alpha((unsigned char)c)) {
        return reader_error(r, "$ not followed by letter, digit, or {");
    }
    return read_plain_name(r, node);
}

static void end_text(struct reader *r, size_t start, node_list *nodes)
{
    if (r->scratch_used > start) {
        struct node *node = vec_push(r->arena, nodes);
        node->kind = NODE_TEXT;
        node->text = span_of(r->scratch + start, r->scratch_used - start);
    }
}

/* Nodes up to the end, or up to and with a closing brace. */
static err read_nodes(struct reader *r, bool braced, struct template *t)
{
    node_list nodes = {0};
    size_t first = r->pos, text = r->scratch_used;
    while (r->pos < r->text.len) {
        unsigned char c = r->text.at[r->pos];
        if (c == '}' && braced) {
            break;
        }
        r->pos++;
        if (c == '\\') {
            TRY(read_escape(r));
        } else if (c == '$' && !r->plain) {
            end_text(r, text, &nodes);
            struct node node = {0};
            TRY(read_dollar(r, &node));
            *vec_push(r->arena, &nodes) = node;
            text = r->scratch_used;
        } else {
            put_octet(r, c);
        }
    }
    end_text(r, text, &nodes);
    t->text = span_part(r->text, first, r->pos - first);
    t->nodes = nodes.at;
    t->count = nodes.count;
    if (braced && !reader_take(r, '}')) {
        return reader_error(r, "missing } at end of string%s",
                            r->loose_header ? " - could be header name not terminated by colon"
                                            : "");
    }
    return OK;
}

err reader_braced(struct reader *r, const struct template **out)
{
    if (r->depth == EXPAND_DEPTH) {
        return err_of(ERR_LIMIT, "expansion items are nested too deeply");
    }
    struct template *t = ARENA_NEW(r->arena, struct template);
    bool loose = r->loose_header;
    r->loose_header = false;
    r->depth++;
    err e = read_nodes(r, true, t);
    r->depth--;
    r->loose_header = loose;
    *out = t;
    return e;
}

err reader_string(struct reader *r, string_list *strings)
{
    const struct template *t;
    TRY(reader_braced(r, &t));
    vec_add(r->arena, strings, t);
    return OK;
}

err template_read(span text, struct arena *arena, const struct template **out)
{
    struct reader r = {.text = arena_copy(arena, text), .arena = arena};
    r.scratch = arena_take(arena, text.len ? text.len : 1);
    struct template *t = ARENA_NEW(arena, struct template);
    *out = t;
    return read_nodes(&r, false, t);
}

span template_text(const struct template *t)
{
    return t->text;
}

bool template_is_literal(const struct template *t, span *text)
{
    if (t->count == 0) {
        *text = SPAN_EMPTY;
        return true;
    }
    *text = t->nodes[0].text;
    return t->count == 1 && t->nodes[0].kind == NODE_TEXT;
}
