/* Items over lists: listextract, map, filter, reduce, sort. $item is the item at hand; what is made
   of a list has the separator of the list. */
#include "ref/expand/condition.h"
#include "ref/expand/items.h"
#include "ref/expand/match.h"

#include "base/vec.h"
#include "ref/expand/numbers.h"

/* What a loop over a list changes in the expansion. */
struct loop {
    struct list_reader reader;
    struct value list;
    struct value item_before;
    struct buf out;
    size_t kept;
    bool failed; /* x->bad says why */
};

static bool loop_begin(struct loop *loop, struct expansion *x, const struct template *list)
{
    *loop = (struct loop){.item_before = x->item};
    buf_init(&loop->out, x->budget.octets);
    if (!eval_template(list, x, &loop->list)) {
        return false;
    }
    loop->reader = list_reader_of(loop->list.text);
    return true;
}

/* False: no more, or it has failed. */
static bool loop_next(struct loop *loop, struct expansion *x)
{
    span item;
    if (loop->failed || !list_next(&loop->reader, x->arena, &item)) {
        return false;
    }
    x->item = value_of(item, loop->list.tainted);
    loop->failed = !eval_spend(x, item.len);
    return !loop->failed;
}

static void loop_keep(struct loop *loop, span item)
{
    list_put(&loop->out, loop->reader.separator, item, loop->kept++ == 0);
}

/* Gives the list that was kept. */
static bool loop_end(struct loop *loop, struct expansion *x, bool tainted, struct value *out)
{
    x->item = loop->item_before;
    out->tainted = tainted;
    if (loop->failed) {
        buf_wipe(&loop->out);
        return false;
    }
    return eval_take(x, &loop->out, &out->text);
}

static void loop_fail(struct loop *loop, struct expansion *x, const char *where)
{
    loop->failed = true;
    x->bad.why = arena_printf(x->arena, "%s inside %s", x->bad.why, where);
}

bool item_map(struct expansion *x, const struct item *item, struct value *out)
{
    struct loop loop;
    struct value made;
    if (!loop_begin(&loop, x, item->args[0])) {
        return false;
    }
    bool tainted = loop.list.tainted;
    while (loop_next(&loop, x)) {
        if (eval_template(item->args[1], x, &made)) {
            tainted |= made.tainted;
            loop_keep(&loop, made.text);
        } else {
            loop_fail(&loop, x, "\"map\" item");
        }
    }
    return loop_end(&loop, x, tainted, out);
}

bool item_filter(struct expansion *x, const struct item *item, struct value *out)
{
    struct loop loop;
    bool yes;
    if (!loop_begin(&loop, x, item->args[0])) {
        return false;
    }
    while (loop_next(&loop, x)) {
        span at_hand = x->item.text;
        if (!condition_holds(item->condition, x, &yes)) {
            loop_fail(&loop, x, "\"filter\" condition");
        } else if (yes) {
            loop_keep(&loop, at_hand);
        }
    }
    return loop_end(&loop, x, loop.list.tainted, out);
}

bool item_reduce(struct expansion *x, const struct item *item, struct value *out)
{
    struct loop loop;
    struct value sum;
    struct value before = x->found;
    if (!loop_begin(&loop, x, item->args[0]) || !eval_template(item->args[1], x, &sum)) {
        return false;
    }
    while (loop_next(&loop, x)) {
        x->found = sum;
        if (!eval_template(item->args[2], x, &sum)) {
            loop_fail(&loop, x, "\"reduce\" item");
        }
    }
    x->found = before;
    if (!loop_end(&loop, x, false, out)) {
        return false;
    }
    *out = sum;
    return true;
}

struct sorted {
    span item;
    struct value key;
};

static const struct condition_row *comparator(span name)
{
    static const char *const names[] = {"<",   "<=", ">",   ">=", "lt",  "lti",
                                        "le", "lei", "gt", "gti", "ge", "gei"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (span_eq(name, span_text(names[i]))) {
            return condition_find(name);
        }
    }
    return NULL;
}

typedef VEC(struct sorted) sorted_list;

/* In front of the first that it compares true with, as Exim does: with "<=" equal keys come out in
   reverse. From that one on it is true with all, so that halving finds it. */
static bool insert(struct expansion *x, const struct condition_row *row, sorted_list *list,
                   struct sorted it)
{
    struct condition bare = {.row = row};
    size_t at = 0;
    for (size_t end = list->count; at < end;) {
        size_t middle = at + (end - at) / 2;
        struct value pair[2] = {it.key, list->at[middle].key};
        struct condition_call call = {.at = &bare, .args = pair, .count = 2};
        bool before = false;
        if (!eval_spend(x, 0) || !row->test(x, &call, &before)) {
            return false;
        }
        if (before) {
            end = middle;
        } else {
            at = middle + 1;
        }
    }
    (void)vec_push(x->arena, list);
    memmove(list->at + at + 1, list->at + at, (list->count - 1 - at) * sizeof *list->at);
    list->at[at] = it;
    return true;
}

bool item_sort(struct expansion *x, const struct item *item, struct value *out)
{
    struct loop loop;
    struct value name;
    sorted_list list = {0};
    if (!loop_begin(&loop, x, item->args[0]) || !eval_template(item->args[1], x, &name)) {
        return false;
    }
    const struct condition_row *row = comparator(name.text);
    if (!row) {
        return eval_fail(x, condition_find(name.text) ? "comparator not handled for sort"
                                                      : "unknown comparator for sort");
    }
    while (loop_next(&loop, x)) {
        struct sorted it = {.item = x->item.text};
        if (!eval_template(item->args[2], x, &it.key)) {
            loop.failed = true;
            x->bad.why = arena_printf(x->arena, "field-extract in sort: \"%.*s\"",
                                      SPAN_FMT(template_text(item->args[2])));
        } else {
            loop.failed = !insert(x, row, &list, it);
        }
    }
    for (size_t i = 0; !loop.failed && i < list.count; i++) {
        loop_keep(&loop, list.at[i].item);
    }
    return loop_end(&loop, x, loop.list.tainted, out);
}

bool item_listextract(struct expansion *x, const struct item *item, struct value *out)
{
    struct value number, list;
    if (!eval_template(item->args[0], x, &number)) {
        return false;
    }
    span digits = span_trim_space(number.text);
    long long field;
    if (!digits.len) {
        return eval_fail(x, "first argument of \"listextract\" must not be empty");
    }
    if (!number_of_field(digits, &field)) {
        return eval_fail(x, "first argument of \"listextract\" must be numeric");
    }
    if (!eval_template(item->args[1], x, &list)) {
        return false;
    }
    VEC(span) items = {0};
    span one;
    for (struct list_reader r = list_reader_of(list.text); list_next(&r, x->arena, &one);) {
        if (!eval_spend(x, one.len)) {
            return false;
        }
        vec_add(x->arena, &items, one);
    }
    long long count = (long long)items.count;
    long long index = field < 0 ? count + field : field - 1;
    bool there = field != 0 && index >= 0 && index < count;
    struct value found = value_of(there ? items.at[index] : SPAN_EMPTY, list.tainted);
    return item_tail(x, item, there ? &found : NULL, out);
}
