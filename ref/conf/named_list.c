/* That a name in a list is there is looked at when everything has been read: an option may use a
   list that is defined below it. */
#include "ref/conf/named_list.h"

#include "base/cursor.h"
#include "ref/conf/option_reading.h"

#include <stdlib.h>

static const struct kind_row {
    const char *word, *name;
} kinds[LIST_KIND_COUNT] = {
    [LIST_DOMAIN] = {"domainlist", "domain"},
    [LIST_HOST] = {"hostlist", "host"},
    [LIST_ADDRESS] = {"addresslist", "address"},
    [LIST_LOCAL_PART] = {"localpartlist", "local part"},
};

const char *named_list_word(enum list_kind kind)
{
    return kinds[kind].name;
}

err named_list_read(span line, struct conf_where where, struct arena *arena,
                    struct named_list *list, bool *taken)
{
    struct cursor c = cursor_of(line);
    span word, name;
    *list = (struct named_list){0};
    *taken = false;
    if (cursor_take_literal(&c, SPAN("hide")) && cursor_skip_blanks(&c) > 0) {
        list->hidden = true;
    } else {
        c.pos = 0;
    }
    if (!cursor_take_while(&c, ascii_is_word, &word) || cursor_skip_blanks(&c) == 0) {
        return OK;
    }
    for (size_t k = 0; k < LIST_KIND_COUNT; k++) {
        if (span_eq(word, span_text(kinds[k].word))) {
            list->kind = (enum list_kind)k;
            *taken = true;
        }
    }
    if (!*taken) {
        return OK;
    }
    if (!cursor_take_while(&c, ascii_is_word, &name)) {
        return conf_error(where, arena, "a name is missing after \"%.*s\"", SPAN_FMT(word));
    }
    list->name = arena_copy(arena, name);
    cursor_skip_blanks(&c);
    if (!cursor_take_byte(&c, '=')) {
        return conf_error(where, arena, "missing '=' after \"%.*s\"", SPAN_FMT(name));
    }
    const struct conf_option row = {.name = arena_text(arena, name), .doc = ""};
    const struct reading r = {&row, where, arena, span_trim_space(cursor_rest(&c)), NULL, false};
    span text;
    TRY(reading_string(&r, &text));
    return reading_template_of(&r, text, &list->list);
}

static int compare(const void *a, const void *b)
{
    const struct named_list *x = a, *y = b;
    if (x->kind != y->kind) {
        return x->kind < y->kind ? -1 : 1;
    }
    return span_order(x->name, y->name);
}

void named_lists_sort(struct named_list *at, size_t count)
{
    if (count > 0) {
        qsort(at, count, sizeof *at, compare);
    }
}

/* Words that begin with a plus and name no list. */
static const char *const words[] = {"+caseful", "+ignore_defer", "+ignore_unknown",
                                    "+include_defer", "+include_unknown"};

static bool is_word(span item)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (span_eq(item, span_text(words[i]))) {
            return true;
        }
    }
    return false;
}

span named_list_missing(const struct named_lists *lists, enum list_kind kind,
                        const struct template *list, struct arena *arena)
{
    span text;
    if (list == NULL || !template_is_literal(list, &text)) {
        return SPAN_EMPTY;
    }
    struct conf_list items = conf_list_read(text, arena);
    for (size_t i = 0; i < items.count; i++) {
        span item = items.at[i];
        if (span_starts(item, SPAN("!"))) {
            item = span_trim(span_from(item, 1));
        }
        if (!span_starts(item, SPAN("+")) || is_word(item)) {
            continue;
        }
        const struct named_list wanted = {.kind = kind, .name = span_from(item, 1)};
        if (lists->count == 0 || bsearch(&wanted, lists->at, lists->count, sizeof *lists->at,
                                         compare) == NULL) {
            return item;
        }
    }
    return SPAN_EMPTY;
}
