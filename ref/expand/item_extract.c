/* ${extract: a field by number, by name, or of a JSON text. Which of its strings are {yes} and {no}
   shows when the first one is known. */
#include "ref/expand/items.h"

#include "ref/expand/json.h"
#include "ref/expand/numbers.h"

/* Field `number` of text, fields ending at any octet of separators; 0 is the whole. */
static bool numbered_field(span text, span separators, long long number, span *found)
{
    long long count = 1;
    *found = text;
    if (number == 0) {
        return true;
    }
    for (size_t i = 0; i < text.len; i++) {
        count += span_find_byte(separators, text.at[i]) != SPAN_NONE;
    }
    long long wanted = number < 0 ? count + number + 1 : number;
    size_t begin = 0, at = 1;
    for (size_t i = 0; wanted >= 1 && i <= text.len; i++) {
        if (i < text.len && span_find_byte(separators, text.at[i]) == SPAN_NONE) {
            continue;
        }
        if (at++ == (size_t)wanted) {
            *found = span_part(text, begin, i - begin);
            return true;
        }
        begin = i + 1;
    }
    return false;
}

/* Takes a value off *text: in quotes, with backslashes, or up to white space. */
static span take_value(span *text, struct arena *arena)
{
    size_t i = 0, used = 0;
    if (!text->len || text->at[0] != '"') {
        while (i < text->len && !ascii_is_space(text->at[i])) {
            i++;
        }
        span value = span_first(*text, i);
        *text = span_from(*text, i);
        return value;
    }
    unsigned char *at = arena_take(arena, text->len);
    for (i = 1; i < text->len && text->at[i] != '"'; i++) {
        unsigned char c = text->at[i];
        if (c == '\\' && i + 1 < text->len) {
            c = text->at[++i];
            c = c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
        }
        at[used++] = c;
    }
    *text = span_from(*text, i + 1);
    return span_of(at, used);
}

/* key=value key = "value" ...; what has no "=" takes the next word as its value, as in Exim. */
static bool named_field(span text, span key, struct arena *arena, span *found)
{
    text = span_skip_space(text);
    while (text.len) {
        size_t i = 0;
        while (i < text.len && text.at[i] != '=' && !ascii_is_space(text.at[i])) {
            i++;
        }
        span name = span_first(text, i);
        text = span_skip_space(span_from(text, i));
        if (text.len && text.at[0] == '=') {
            text = span_skip_space(span_from(text, 1));
        }
        span value = take_value(&text, arena);
        if (span_eq_caseless(name, key)) {
            *found = value;
            return true;
        }
        text = span_skip_space(text);
    }
    return false;
}

/* Of the strings: how many come before {yes}. */
static bool field_strings(struct expansion *x, const struct item *item, span key, long long *number,
                          size_t *count)
{
    bool numeric = number_of_field(key, number);
    if (!key.len) {
        return eval_fail(x, "first argument of \"extract\" must not be empty");
    }
    *count = numeric && !item->word.len ? 3 : 2;
    if (item->count < *count) {
        return eval_fail(x, "missing '{' for arg %zu of extract", item->count + 1);
    }
    if (item->count > *count + 2 || (item->fail && item->count != *count + 1)) {
        return eval_fail(x, "missing '}' closing extract");
    }
    return true;
}

static bool json_field(struct expansion *x, const struct item *item, span key, struct value *data,
                       bool *there)
{
    long long number;
    const char *wrong = NULL;
    bool numeric = number_of_field(key, &number);
    span raw;
    if (numeric && number <= 0) {
        return eval_fail(x, "first argument of \"extract\" must be greater than zero");
    }
    *there = numeric ? json_array_element(data->text, (size_t)number, x->arena, &raw, &wrong)
                     : json_object_member(data->text, key, x->arena, &raw, &wrong);
    if (wrong) {
        return eval_fail(x, "%s for extract %.*s", wrong, SPAN_FMT(item->word));
    }
    if (*there && span_eq(item->word, SPAN("jsons"))) {
        if (raw.len < 2 || raw.at[0] != '"') {
            return eval_fail(x, "missing '\"' wrapping string result for extract jsons");
        }
        raw = span_part(raw, 1, raw.len - 2);
    }
    data->text = *there ? raw : SPAN_EMPTY;
    return true;
}

bool item_extract(struct expansion *x, const struct item *item, struct value *out)
{
    struct value first, separators = {0}, data;
    long long number = 0;
    size_t count = 2;
    bool there = false;
    if (!eval_template(item->args[0], x, &first)) {
        return false;
    }
    span key = span_trim_space(first.text);
    if (!field_strings(x, item, key, &number, &count) ||
        (count == 3 && !eval_template(item->args[1], x, &separators)) ||
        !eval_template(item->args[count - 1], x, &data) || !eval_spend(x, data.text.len)) {
        return false;
    }
    if (item->word.len) {
        if (!json_field(x, item, key, &data, &there)) {
            return false;
        }
    } else {
        there = count == 3 ? numbered_field(data.text, separators.text, number, &data.text)
                           : named_field(data.text, key, x->arena, &data.text);
    }
    struct item tail = *item;
    tail.yes = item->count > count ? item->args[count] : NULL;
    tail.no = item->count > count + 1 ? item->args[count + 1] : NULL;
    return item_tail(x, &tail, there ? &data : NULL, out);
}
