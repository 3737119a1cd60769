/* Conditions over patterns and lists: match, match_domain and kin, inlist, forany, forall. */
#include "ref/expand/condition.h"
#include "ref/expand/json.h"
#include "ref/expand/match.h"
#include "ref/expand/regex.h"

bool cond_match(struct expansion *x, const struct condition_call *call, bool *yes)
{
    return regex_capture(x, call->args[1].text, false, call->args[0], yes);
}

bool cond_match_list(struct expansion *x, const struct condition_call *call, bool *yes)
{
    struct address address;
    struct matched m;
    span subject = call->args[0].text;
    struct value list = call->args[1];
    enum list_kind kind = call->at->row->variant;
    if (kind == LIST_HOST && subject.len > 0 && !address_parse(subject, 0, &address)) {
        return eval_fail(x, "\"%.*s\" is not an IP address", SPAN_FMT(subject));
    }
    m = kind == LIST_DOMAIN       ? match_domain(x, subject, list)
        : kind == LIST_ADDRESS    ? match_address(x, subject, list)
        : kind == LIST_LOCAL_PART ? match_local_part(x, subject, list, false)
                                  : match_ip(x, subject, list);
    if (m.outcome == MATCH_DEFERRED) {
        return eval_end(x, m.wrong ? EXPAND_FAILED : EXPAND_DEFERRED,
                        "unable to complete match against \"%.*s\": %s", SPAN_FMT(list.text),
                        m.why);
    }
    *yes = m.outcome == MATCH_YES;
    x->found = *yes ? m.data : x->found;
    return true;
}

bool cond_inlist(struct expansion *x, const struct condition_call *call, bool *yes)
{
    span subject = call->args[0].text, item;
    struct list_reader reader = list_reader_of(call->args[1].text);
    *yes = false;
    while (!*yes && list_next(&reader, x->arena, &item)) {
        if (!eval_spend(x, 0)) {
            return false;
        }
        *yes = call->at->row->variant & ORDER_CASELESS ? span_eq_caseless(subject, item)
                                                       : span_eq(subject, item);
        if (*yes) {
            x->found = value_of(item, call->args[1].tainted);
        }
    }
    return true;
}

/* forany and forall: one condition over many items. */
struct loop {
    struct expansion *x;
    const struct condition_call *call;
    bool any, strings, yes;
    bool tainted;
};

static bool loop_item(struct loop *loop, span item, bool *stop)
{
    bool holds;
    if (!eval_spend(loop->x, 0)) {
        return false;
    }
    loop->x->item = value_of(item, loop->tainted);
    if (!condition_part_holds(loop->call, 0, loop->x, &holds)) {
        return false;
    }
    loop->yes = holds;
    *stop = holds == loop->any;
    return true;
}

static bool json_items(struct loop *loop, span array)
{
    const char *why;
    array = span_trim_space(array);
    if (!span_starts(array, SPAN("[")) || !json_is_good(array, loop->x->arena, &why)) {
        return eval_fail(loop->x, "\"%.*s\" is not a JSON array", SPAN_FMT(array));
    }
    span rest = span_from(array, 1), element;
    bool stop = false;
    while (!stop && json_next(&rest, &element)) {
        if (loop->strings) {
            if (element.len < 2 || element.at[0] != '"') {
                return eval_fail(loop->x, "missing '\"' wrapping string result for extract jsons");
            }
            element = span_part(element, 1, element.len - 2);
        }
        if (!loop_item(loop, element, &stop)) {
            return false;
        }
    }
    return true;
}

static bool list_items(struct loop *loop, span list)
{
    struct list_reader reader = list_reader_of(list);
    span item;
    bool stop = false;
    while (!stop && list_next(&reader, loop->x->arena, &item)) {
        if (!loop_item(loop, item, &stop)) {
            return false;
        }
    }
    return true;
}

bool cond_each(struct expansion *x, const struct condition_call *call, bool *yes)
{
    struct value list;
    if (!eval_template(call->at->args[0], x, &list)) {
        return false;
    }
    unsigned variant = call->at->row->variant;
    struct loop loop = {.x = x, .call = call, .any = (variant & LOOP_ANY) != 0,
                        .strings = (variant & LOOP_JSON_STRINGS) != 0, .tainted = list.tainted};
    struct value item = x->item;
    bool done = variant & LOOP_JSON ? json_items(&loop, list.text) : list_items(&loop, list.text);
    x->item = item;
    *yes = loop.yes;
    return done;
}
