/* The reader of conditions: a name, and what stands behind it by the shape of the name's row.
   Conditions stand in ${if, ${filter and in each other. */
#include "ref/expand/reader.h"

#include "base/check.h"

typedef VEC(const struct condition *) condition_list;

/* The brace in front of an argument. */
static err read_open(struct reader *r, const struct condition *c)
{
    reader_skip_space(r);
    return reader_take(r, '{') ? OK : reader_error(r, "missing { after \"%s\"", c->row->name);
}

static err read_strings(struct reader *r, struct condition *c)
{
    string_list strings = {0};
    while (strings.count < c->row->most) {
        reader_skip_space(r);
        if (!reader_take(r, '{')) {
            break;
        }
        r->plain = c->row->plain_last && strings.count + 1 == c->row->most;
        err e = reader_string(r, &strings);
        r->plain = false;
        TRY(e);
    }
    if (strings.count < c->row->least) {
        if (c->row->shape == CONDITION_PAIR) {
            return reader_error(r, "too few arguments or bracketing error for %s", c->row->name);
        }
        return strings.count == 0
                   ? reader_error(r, "missing { after \"%s\"", c->row->name)
                   : reader_error(r, "missing 2nd string in {} after \"%s\"", c->row->name);
    }
    c->args = strings.at;
    c->count = strings.count;
    return OK;
}

static err read_group(struct reader *r, struct condition *c)
{
    string_list strings = {0};
    TRY(read_open(r, c));
    reader_skip_space(r);
    while (strings.count < c->row->most && reader_take(r, '{')) {
        TRY(reader_string(r, &strings));
        reader_skip_space(r);
    }
    if (reader_peek(r) == '{' && strings.count == c->row->most) {
        return reader_error(r, "Too many arguments for '%s' (max is %u)", c->row->name,
                            c->row->most);
    }
    if (strings.count < c->row->least || !reader_take(r, '}')) {
        return reader_error(r, "too few arguments or bracketing error for %s", c->row->name);
    }
    c->args = strings.at;
    c->count = strings.count;
    return OK;
}

static err read_defined(struct reader *r, struct condition *c)
{
    struct node *node = ARENA_NEW(r->arena, struct node);
    c->defined = node;
    if (!reader_take(r, ':')) {
        return reader_error(r, "\":\" expected after \"def\"");
    }
    span name;
    if (reader_header(r, node, &name)) {
        return OK;
    }
    if (!name.len) {
        return reader_error(r, "variable name omitted after \"def:\"");
    }
    return reader_variable(name, node)
               ? reader_variable_check(r, node)
               : reader_error(r, "unknown variable \"%.*s\" after \"def:\"", SPAN_FMT(name));
}

/* A sub-condition; what is wrong in it tells where it stands. */
static err read_part(struct reader *r, condition_list *parts, const char *where)
{
    const struct condition *part;
    err e = reader_condition(r, &part);
    if (failed(e)) {
        e.what = arena_printf(r->arena, "%s inside \"%s\" condition", e.what, where);
        return e;
    }
    vec_add(r->arena, parts, part);
    reader_skip_space(r);
    return OK;
}

static err read_all(struct reader *r, struct condition *c)
{
    condition_list parts = {0};
    const char *where = arena_printf(r->arena, "%s{...}", c->row->name);
    TRY(read_open(r, c));
    reader_skip_space(r);
    while (!reader_take(r, '}')) {
        if (!reader_take(r, '{')) {
            return reader_error(r,
                                "each subcondition inside an \"%s{...}\" condition must be in its "
                                "own {}",
                                c->row->name);
        }
        TRY(read_part(r, &parts, where));
        if (!reader_take(r, '}')) {
            return reader_error(r, "missing } at end of condition inside \"%s\" group",
                                c->row->name);
        }
        reader_skip_space(r);
    }
    c->subs = parts.at;
    c->sub_count = parts.count;
    return OK;
}

static err read_each(struct reader *r, struct condition *c)
{
    string_list strings = {0};
    condition_list parts = {0};
    TRY(read_open(r, c));
    TRY(reader_string(r, &strings));
    TRY(read_open(r, c));
    TRY(read_part(r, &parts, c->row->name));
    if (!reader_take(r, '}')) {
        return reader_error(r, "missing } at end of condition inside \"%s\"", c->row->name);
    }
    c->args = strings.at;
    c->count = strings.count;
    c->subs = parts.at;
    c->sub_count = parts.count;
    return OK;
}

static span read_condition_name(struct reader *r)
{
    int c = reader_peek(r);
    if (c != '<' && c != '>' && c != '=') {
        return c >= 0 && ascii_is_alpha((unsigned char)c) ? reader_name(r, "_") : SPAN_EMPTY;
    }
    size_t start = r->pos++;
    (void)reader_take(r, '=');
    return span_part(r->text, start, r->pos - start);
}

static err read_arguments(struct reader *r, struct condition *c)
{
    CHECK(c->row->shape < CONDITION_SHAPE_COUNT);
    switch (c->row->shape) {
    case CONDITION_BARE:
        return OK;
    case CONDITION_STRINGS:
    case CONDITION_PAIR:
        return read_strings(r, c);
    case CONDITION_GROUP:
        return read_group(r, c);
    case CONDITION_DEF:
        return read_defined(r, c);
    case CONDITION_ALL:
        return read_all(r, c);
    case CONDITION_EACH:
        return read_each(r, c);
    case CONDITION_REFUSED:
        return reader_error(r, "condition \"%s\" is not supported by this server", c->row->name);
    case CONDITION_SHAPE_COUNT:
        break;
    }
    return OK;
}

err reader_condition(struct reader *r, const struct condition **out)
{
    if (r->depth == EXPAND_DEPTH) {
        return err_of(ERR_LIMIT, "conditions are nested too deeply");
    }
    struct condition *c = ARENA_NEW(r->arena, struct condition);
    *out = c;
    reader_skip_space(r);
    while (reader_take(r, '!')) {
        c->negated = !c->negated;
        reader_skip_space(r);
    }
    span name = read_condition_name(r);
    if (!name.len) {
        return reader_error(r, "condition name expected, but found \"%.*s\"",
                            SPAN_FMT(span_first(reader_rest(r), 16)));
    }
    c->row = condition_find(name);
    if (!c->row) {
        return reader_error(r, "unknown condition \"%.*s\"", SPAN_FMT(name));
    }
    r->depth++;
    err e = read_arguments(r, c);
    r->depth--;
    return e;
}
