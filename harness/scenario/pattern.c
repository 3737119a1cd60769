/* Patterns against text. Each is written out as one regular expression with the values bound so far
   in it, because `*` and unbound captures need backtracking, and PCRE2 does that within limits. What
   needs none of it is compared directly. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "harness/scenario/pattern_nodes.h"

#include <pcre2.h>

/* Steps and kibibytes that one match may take: far beyond any sensible pattern, and under a second. */
#define MATCH_STEPS 10000000
#define MATCH_KIBIBYTES 65536

#define COMPILE_OPTIONS (PCRE2_DOTALL | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C)

bool pattern_regex_ok(span regex, struct arena *arena, size_t *at, const char **what)
{
    int code = 0;
    PCRE2_SIZE offset = 0;
    pcre2_code *re = pcre2_compile(regex.at, regex.len, COMPILE_OPTIONS, &code, &offset, NULL);
    if (re == NULL) {
        unsigned char text[160] = "";
        (void)pcre2_get_error_message(code, text, sizeof text);
        *what = arena_printf(arena, "the regular expression is wrong here: %s", (const char *)text);
        *at = offset;
        return false;
    }
    pcre2_code_free(re);
    return true;
}

/* ---- writing a pattern out as a regular expression ---- */

struct group {
    const char *name; /* of the capture; the group itself is called v0, v1 ... */
};

struct writer {
    struct buf out;
    const struct bindings *b;
    struct arena *arena;
    VEC(struct group) groups;
    size_t alternative_start; /* groups of this alternative begin here */
};

static void put_literal(struct buf *out, span bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        if (ascii_is_alnum(bytes.at[i])) {
            buf_put_byte(out, bytes.at[i]);
        } else {
            buf_printf(out, "\\x%02x", bytes.at[i]);
        }
    }
}

static void put_name(struct writer *w, const struct node *n)
{
    span value;
    if (w->b != NULL && bindings_get(w->b, n->name, &value)) {
        put_literal(&w->out, value);
        return;
    }
    for (size_t i = w->alternative_start; i < w->groups.count; i++) {
        if (strcmp(w->groups.at[i].name, n->name) == 0) {
            buf_printf(&w->out, "\\k<v%zu>", i);
            return;
        }
    }
    if (n->regex == NULL) {
        buf_put_text(&w->out, "(?!)"); /* a name that is not bound yet stands for nothing */
        return;
    }
    bool id = n->regex[0] == '\0';
    const char *before = id && w->b != NULL ? w->b->id_before : "";
    const char *behind = id && w->b != NULL ? w->b->id_behind : "";
    const char *regex = id ? (w->b != NULL ? w->b->id : "\\w+") : n->regex;
    buf_printf(&w->out, "%s(?<v%zu>%s)%s", before, w->groups.count, regex, behind);
    vec_push(w->arena, &w->groups)->name = n->name;
}

static void put_node(struct writer *w, const struct node *n)
{
    switch (n->kind) {
    case NODE_BYTES:
        put_literal(&w->out, n->bytes);
        break;
    case NODE_VERB:
        buf_put_text(&w->out, "(?i:");
        put_literal(&w->out, n->bytes);
        buf_put_byte(&w->out, ')');
        break;
    case NODE_ANY:
        buf_put_text(&w->out, ".*?");
        break;
    case NODE_NAME:
        put_name(w, n);
        break;
    case NODE_REGEX:
        buf_put(&w->out, n->bytes);
        break;
    }
}

static void put_pattern(struct writer *w, const struct pattern *p)
{
    if (p->form == PATTERN_REGEX) {
        put_node(w, &p->alternatives.at[0].nodes.at[0]);
        return;
    }
    buf_put_text(&w->out, "(?:");
    for (size_t i = 0; i < p->alternatives.count; i++) {
        if (i > 0) {
            buf_put_byte(&w->out, '|');
        }
        w->alternative_start = w->groups.count;
        for (size_t j = 0; j < p->alternatives.at[i].nodes.count; j++) {
            put_node(w, &p->alternatives.at[i].nodes.at[j]);
        }
    }
    buf_put_byte(&w->out, ')');
}

/* ---- matching ---- */

static void bind_groups(const struct writer *w, const pcre2_code *re, const PCRE2_SIZE *offsets,
                        span text, struct bindings *b)
{
    for (size_t i = 0; i < w->groups.count; i++) {
        const char *group = arena_printf(w->arena, "v%zu", i);
        int number = pcre2_substring_number_from_name(re, (PCRE2_SPTR)group);
        if (number < 0) {
            continue;
        }
        PCRE2_SIZE from = offsets[2 * number];
        PCRE2_SIZE to = offsets[2 * number + 1];
        if (from != PCRE2_UNSET && to >= from) {
            bindings_set(b, w->groups.at[i].name, span_part(text, from, to - from));
        }
    }
}

/* Runs what w wrote over text. */
static bool run_regex(const struct writer *w, span text, uint32_t options, struct bindings *b,
                      size_t *at, size_t *len)
{
    span regex = SPAN_EMPTY;
    int code = 0;
    PCRE2_SIZE offset = 0;
    bool found = false;
    pcre2_code *re = NULL;
    if (!failed(buf_end(&w->out, &regex))) {
        re = pcre2_compile(regex.at, regex.len, COMPILE_OPTIONS | PCRE2_DUPNAMES, &code, &offset,
                           NULL);
    }
    pcre2_match_data *data = re == NULL ? NULL : pcre2_match_data_create_from_pattern(re, NULL);
    pcre2_match_context *limits = pcre2_match_context_create(NULL);
    if (data != NULL && limits != NULL) {
        (void)pcre2_set_match_limit(limits, MATCH_STEPS);
        (void)pcre2_set_heap_limit(limits, MATCH_KIBIBYTES);
        int got = pcre2_match(re, text.at, text.len, 0, options, data, limits);
        const PCRE2_SIZE *offsets = pcre2_get_ovector_pointer(data);
        if (got > 0 && offsets[1] >= offsets[0]) {
            found = true;
            *at = offsets[0];
            *len = offsets[1] - offsets[0];
            if (b != NULL) {
                bind_groups(w, re, offsets, text, b);
            }
        } else if (got != PCRE2_ERROR_NOMATCH && b != NULL) {
            b->gave_up = true;
        }
    } else if (b != NULL) {
        b->gave_up = true; /* longer than a regular expression may be, with all values in it */
    }
    pcre2_match_context_free(limits);
    pcre2_match_data_free(data);
    pcre2_code_free(re);
    return found;
}

static bool match(const struct pattern *p, span text, bool whole, struct bindings *b, size_t *at,
                  size_t *len)
{
    struct arena *scratch = arena_new();
    struct writer w = {.b = b, .arena = scratch};
    buf_init(&w.out, 8 * PATTERN_CEILING);
    put_pattern(&w, p);
    uint32_t options = whole ? PCRE2_ANCHORED | PCRE2_ENDANCHORED : 0;
    bool found = run_regex(&w, text, options, b, at, len);
    buf_wipe(&w.out);
    arena_free(scratch);
    return found;
}

bool pattern_matches(const struct pattern *p, span text, struct bindings *b)
{
    span literal;
    if (p->form != PATTERN_LINE && pattern_is_literal(p, &literal)) {
        return span_eq(text, literal);
    }
    size_t at = 0;
    size_t len = 0;
    return match(p, text, true, b, &at, &len);
}

bool pattern_found(const struct pattern *p, span text, struct bindings *b, size_t *at, size_t *len)
{
    span literal;
    if (p->form != PATTERN_LINE && pattern_is_literal(p, &literal)) {
        *at = span_find(text, literal);
        *len = literal.len;
        return *at != SPAN_NONE;
    }
    return match(p, text, false, b, at, len);
}

bool pattern_say(const struct pattern *p, const struct bindings *b, struct arena *arena, span *text,
                 const char **unbound)
{
    struct buf out;
    buf_init(&out, PATTERN_CEILING);
    const struct alternative *first = &p->alternatives.at[0];
    *unbound = NULL;
    for (size_t i = 0; i < first->nodes.count && *unbound == NULL; i++) {
        const struct node *n = &first->nodes.at[i];
        span value;
        if (n->kind == NODE_BYTES || n->kind == NODE_VERB) {
            buf_put(&out, n->bytes);
        } else if (n->kind == NODE_REGEX) {
            *unbound = p->source; /* cannot be said at all; the reader lets none stand there */
        } else if (n->kind == NODE_NAME) {
            if (b != NULL && bindings_get(b, n->name, &value)) {
                buf_put(&out, value);
            } else {
                *unbound = n->name;
            }
        }
    }
    bool done = *unbound == NULL;
    if (done) {
        *text = arena_copy(arena, buf_span(&out));
    }
    buf_wipe(&out);
    return done;
}

const char *pattern_source(const struct pattern *p)
{
    return p->source;
}

bool pattern_is_literal(const struct pattern *p, span *text)
{
    if (p->alternatives.count != 1 || p->alternatives.at[0].nodes.count > 2) {
        return false;
    }
    const struct alternative *only = &p->alternatives.at[0];
    size_t len = 0;
    for (size_t i = 0; i < only->nodes.count; i++) {
        if (only->nodes.at[i].kind != NODE_BYTES && only->nodes.at[i].kind != NODE_VERB) {
            return false;
        }
        len += only->nodes.at[i].bytes.len;
    }
    /* A verb and what follows it lie behind each other in one copy (pattern_read.c). */
    *text = only->nodes.count == 0 ? SPAN_EMPTY : span_of(only->nodes.at[0].bytes.at, len);
    return true;
}
