/* The reader of items: what stands between the name and the closing brace, by the shape that the
   item's row has. */
#include "ref/expand/reader.h"

#include "base/check.h"
#include "ref/expand/numbers.h"
#include "ref/lookup/lookup.h"

static void keep(struct item *item, const string_list *strings)
{
    item->args = strings->at;
    item->count = strings->count;
}

/* Braces that do not fit: what is wrong, or the hint about header names where it may help. */
static err bad_tail(const struct reader *r, const char *what)
{
    if (r->loose_header) {
        return reader_error(r, "missing or misplaced { or } - could be header name not terminated "
                               "by colon");
    }
    return reader_error(r,
                        "curly-bracket problem in conditional yes/no parsing: %s\n remaining "
                        "string is '%.*s'",
                        what, SPAN_FMT(reader_rest(r)));
}

/* The word in the place of {no}. */
static err read_fail_word(struct reader *r, const struct item *item)
{
    if (!span_eq(reader_name(r, "_"), SPAN("fail"))) {
        return reader_error(r, "syntax error in \"%s\" item - \"fail\" expected", item->row->name);
    }
    reader_skip_space(r);
    return OK;
}

/* {yes}{no}, {yes}fail, {yes}, or nothing, and the closing brace. */
static err read_tail(struct reader *r, struct item *item)
{
    reader_skip_space(r);
    if (reader_take(r, '}')) {
        return OK;
    }
    if (!reader_take(r, '{')) {
        return bad_tail(r, "'yes' part did not start with '{'");
    }
    TRY(reader_braced(r, &item->yes));
    reader_skip_space(r);
    int c = reader_peek(r);
    if (c == '{') {
        r->pos++;
        TRY(reader_braced(r, &item->no));
        reader_skip_space(r);
    } else if (c >= 0 && c != '}' && ascii_is_alpha((unsigned char)c)) {
        TRY(read_fail_word(r, item));
        item->fail = true;
        return reader_take(r, '}') ? OK : bad_tail(r, "did not close with '}' after forcedfail");
    }
    if (reader_take(r, '}')) {
        return OK;
    }
    if (!item->no) {
        return reader_error(r, "syntax error in \"%s\" item - \"fail\" expected", item->row->name);
    }
    return bad_tail(r, "did not close with '}'");
}

static err read_strings(struct reader *r, struct item *item)
{
    const struct item_row *row = item->row;
    string_list strings = {0};
    reader_skip_space(r);
    while (strings.count < row->most && reader_take(r, '{')) {
        TRY(reader_string(r, &strings));
        reader_skip_space(r);
    }
    if (strings.count < row->least) {
        return reader_error(r, "Not enough arguments for '%s' (min is %u)", row->name, row->least);
    }
    keep(item, &strings);
    if (reader_take(r, '}')) {
        return OK;
    }
    if (reader_peek(r) == '{') {
        return reader_error(r, "Too many arguments for '%s' (max is %u)", row->name, row->most);
    }
    return reader_error(r, "missing '}' after '%s'", row->name);
}

static err read_slots(struct reader *r, struct item *item, string_list *strings)
{
    for (size_t i = 0; i < sizeof item->row->slots / sizeof item->row->slots[0]; i++) {
        const char *slot = item->row->slots[i];
        if (!slot) {
            break;
        }
        reader_skip_space(r);
        if (!reader_take(r, '{')) {
            return reader_error(r, "missing '{' for %s of %s", slot, item->row->name);
        }
        TRY(reader_string(r, strings));
    }
    keep(item, strings);
    reader_skip_space(r);
    return OK;
}

static err read_end(struct reader *r, const struct item *item)
{
    reader_skip_space(r);
    return reader_take(r, '}') ? OK
                               : reader_error(r, "missing } at end of \"%s\"", item->row->name);
}

static err read_filter(struct reader *r, struct item *item)
{
    string_list strings = {0};
    TRY(read_slots(r, item, &strings));
    if (!reader_take(r, '{')) {
        return reader_error(r, "missing '{' for last arg of filter");
    }
    err e = reader_condition(r, &item->condition);
    if (failed(e)) {
        e.what = arena_printf(r->arena, "%s inside \"filter\" item", e.what);
        return e;
    }
    reader_skip_space(r);
    if (!reader_take(r, '}')) {
        return reader_error(r,
                            "missing } at end of condition or expression inside \"filter\"; could "
                            "be an unquoted } in the content");
    }
    return read_end(r, item);
}

/* {key} type {file}, or type {query}; then {yes}{no} */
static err read_lookup(struct reader *r, struct item *item)
{
    string_list strings = {0};
    reader_skip_space(r);
    if (reader_take(r, '{')) {
        TRY(reader_string(r, &strings));
        reader_skip_space(r);
    }
    int c = reader_peek(r);
    if (c < 0 || !ascii_is_alpha((unsigned char)c)) {
        return reader_error(r, "missing lookup type");
    }
    size_t start = r->pos;
    for (c = reader_peek(r); c > ' ' && c != '{'; c = reader_peek(r)) {
        r->pos++;
    }
    item->word = span_part(r->text, start, r->pos - start);
    TRY(lookup_type_read(item->word, r->arena, &item->type));
    bool query = lookup_type_is_query(item->type);
    const char *name = lookup_type_name(item->type);
    if (strings.count && query) {
        return reader_error(
            r,
            "a single key was given for lookup type \"%s\", which is not a single-key "
            "lookup type",
            name);
    }
    if (!strings.count && !query) {
        return reader_error(r, "missing {key} for single-key \"%s\" lookup", name);
    }
    reader_skip_space(r);
    if (!reader_take(r, '{')) {
        return reader_error(r, "missing '{' for lookup file-or-query arg");
    }
    TRY(reader_string(r, &strings));
    keep(item, &strings);
    return read_tail(r, item);
}

/* How many strings extract needs in front of {yes}: a number as the first one means a list of
   separators as the second. SIZE_MAX: it is known only when it is evaluated. */
static err strings_of_extract(const struct reader *r, const struct item *item, size_t *count)
{
    span key;
    *count = SIZE_MAX;
    if (item->word.len) {
        *count = 2;
    } else if (template_is_literal(item->args[0], &key)) {
        key = span_trim_space(key);
        if (!key.len) {
            return reader_error(r, "first argument of \"extract\" must not be empty");
        }
        long long number;
        *count = number_of_field(key, &number) ? 3 : 2;
    }
    return OK;
}

/* What stands behind the strings that were counted is kept with them: which is {yes} shows when the
   first one is known. */
static err read_extract(struct reader *r, struct item *item)
{
    string_list strings = {0};
    size_t needed = 1;
    reader_skip_space(r);
    if (reader_peek(r) != '{') {
        size_t start = r->pos;
        span word = reader_name(r, "");
        if (span_eq(word, SPAN("json")) || span_eq(word, SPAN("jsons"))) {
            item->word = word;
        } else {
            r->pos = start;
        }
    }
    reader_skip_space(r);
    while (strings.count < 5 && (needed == SIZE_MAX || strings.count < needed + 2) &&
           reader_take(r, '{')) {
        TRY(reader_string(r, &strings));
        keep(item, &strings);
        if (strings.count == 1) {
            TRY(strings_of_extract(r, item, &needed));
        }
        reader_skip_space(r);
    }
    size_t least = needed == SIZE_MAX ? 2 : needed;
    if (strings.count < least) {
        return reader_error(r, "missing '{' for arg %zu of extract", strings.count + 1);
    }
    if (reader_take(r, '}')) {
        return OK;
    }
    bool full = strings.count >= (needed == SIZE_MAX ? 5 : needed + 2);
    if (needed != SIZE_MAX && strings.count == needed) {
        return bad_tail(r, "'yes' part did not start with '{'");
    }
    if (full || reader_peek(r) < 0) {
        return needed == SIZE_MAX ? reader_error(r, "missing '}' closing extract")
                                  : bad_tail(r, "did not close with '}'");
    }
    TRY(read_fail_word(r, item));
    item->fail = true;
    return reader_take(r, '}') ? OK : bad_tail(r, "did not close with '}' after forcedfail");
}

err reader_item(struct reader *r, const struct item_row *row, struct item *item)
{
    string_list strings = {0};
    CHECK(row->shape < ITEM_SHAPE_COUNT);
    switch (row->shape) {
    case ITEM_STRINGS:
        return read_strings(r, item);
    case ITEM_SLOTS:
        TRY(read_slots(r, item, &strings));
        return read_end(r, item);
    case ITEM_SLOTS_TAIL:
        TRY(read_slots(r, item, &strings));
        return read_tail(r, item);
    case ITEM_FILTER:
        return read_filter(r, item);
    case ITEM_IF:
        TRY(reader_condition(r, &item->condition));
        return read_tail(r, item);
    case ITEM_LOOKUP:
        return read_lookup(r, item);
    case ITEM_EXTRACT:
        return read_extract(r, item);
    case ITEM_REFUSED:
        return reader_error(r, "\"${%s\" is not supported by this server", row->name);
    case ITEM_SHAPE_COUNT:
        break;
    }
    return OK;
}
