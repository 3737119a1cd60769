/* The walk over a template's tree. What is not reached is not evaluated; what is reached costs
   steps and octets, so that the walk ends. Values are not copied where that can be helped: a
   template with one node has the value of the node. */
#include "ref/expand/eval.h"

#include "base/check.h"
#include "ref/expand/condition.h"
#include "ref/expand/items.h"
#include "ref/expand/operators.h"

#include <stdarg.h>

#define PARTS_ON_STACK 8

static bool eval_end(struct expanded *bad, enum expand_outcome outcome, const char *why)
{
    *bad = (struct expanded){.outcome = outcome, .why = why};
    return false;
}

bool eval_fail(struct expansion *x, struct expanded *bad, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *why = arena_vprintf(x->arena, format, args);
    va_end(args);
    return eval_end(bad, EXPAND_FAILED, why);
}

bool eval_defer(struct expansion *x, struct expanded *bad, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *why = arena_vprintf(x->arena, format, args);
    va_end(args);
    return eval_end(bad, EXPAND_DEFERRED, why);
}

bool eval_force(struct expansion *x, struct expanded *bad, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *why = arena_vprintf(x->arena, format, args);
    va_end(args);
    return eval_end(bad, EXPAND_FORCED, why);
}

bool eval_spend(struct expansion *x, size_t octets, struct expanded *bad)
{
    if (x->budget.steps == 0 || x->budget.octets < octets) {
        x->budget.steps = 0;
        return eval_end(bad, EXPAND_DEFERRED,
                        x->budget.octets < octets
                            ? "expansion given up: it makes more octets than expand_budget allows"
                            : "expansion given up: it takes more steps than expand_budget allows");
    }
    x->budget.steps--;
    x->budget.octets -= octets;
    return true;
}

void captures_save(const struct expansion *x, struct captures *kept)
{
    memcpy(kept->at, x->captures, sizeof kept->at);
    memcpy(kept->tainted, x->captures_tainted, sizeof kept->tainted);
    kept->count = x->capture_count;
}

void captures_restore(struct expansion *x, const struct captures *kept)
{
    memcpy(x->captures, kept->at, sizeof kept->at);
    memcpy(x->captures_tainted, kept->tainted, sizeof kept->tainted);
    x->capture_count = kept->count;
}

void captures_set(struct expansion *x, const span *at, size_t count, bool tainted)
{
    x->capture_count = count < 10 ? count : 10;
    for (size_t i = 0; i < x->capture_count; i++) {
        x->captures[i] = at[i];
        x->captures_tainted[i] = tainted;
    }
}

bool eval_take(struct expansion *x, struct buf *from, span *out, struct expanded *bad)
{
    span all;
    bool whole = !failed(buf_end(from, &all));
    if (whole) {
        *out = arena_copy(x->arena, all);
    }
    buf_wipe(from);
    return whole ? eval_spend(x, out->len, bad)
                 : eval_end(bad, EXPAND_DEFERRED,
                            "expansion given up: it makes more octets than expand_budget allows");
}

static bool eval_operation(const struct operation *op, struct expansion *x, struct value *out,
                           struct expanded *bad)
{
    struct value subject;
    if (!eval_template(op->subject, x, &subject, bad)) {
        return false;
    }
    out->tainted = subject.tainted;
    return op->row->eval(x, op, subject, out, bad);
}

static bool eval_node(const struct node *node, struct expansion *x, struct value *out,
                      struct expanded *bad)
{
    CHECK(node->kind < NODE_KIND_COUNT);
    *out = value_of(SPAN_EMPTY, false);
    switch (node->kind) {
    case NODE_TEXT:
        out->text = node->text;
        return true;
    case NODE_CAPTURE:
        if (node->capture < x->capture_count) {
            *out = value_of(x->captures[node->capture], x->captures_tainted[node->capture]);
        }
        return true;
    case NODE_VARIABLE:
        return variable_value(node->variable, node->text, x, out, bad);
    case NODE_HEADER:
        header_value(node->form, node->text, x, out);
        return true;
    case NODE_OPERATOR:
        return eval_operation(node->operation, x, out, bad);
    case NODE_ITEM:
        return node->item->row->eval(x, node->item, out, bad);
    case NODE_KIND_COUNT:
        break;
    }
    return true;
}

static bool join(struct expansion *x, const struct value *parts, size_t count, struct value *out,
                 struct expanded *bad)
{
    size_t len = 0, used = 0;
    *out = value_of(SPAN_EMPTY, false);
    for (size_t i = 0; i < count; i++) {
        len += parts[i].text.len;
        out->tainted |= parts[i].tainted;
    }
    if (!eval_spend(x, len, bad)) {
        return false;
    }
    unsigned char *at = arena_take(x->arena, len ? len : 1);
    for (size_t i = 0; i < count; i++) {
        if (parts[i].text.len) {
            memcpy(at + used, parts[i].text.at, parts[i].text.len);
        }
        used += parts[i].text.len;
    }
    out->text = span_of(at, len);
    return true;
}

static bool eval_nodes(const struct template *t, struct expansion *x, struct value *out,
                       struct expanded *bad)
{
    struct value few[PARTS_ON_STACK];
    struct value *parts = few;
    if (t->count > PARTS_ON_STACK) {
        parts = arena_take_array(x->arena, t->count, sizeof *parts);
    }
    for (size_t i = 0; i < t->count; i++) {
        if (!eval_spend(x, 0, bad) || !eval_node(&t->nodes[i], x, &parts[i], bad)) {
            return false;
        }
    }
    return join(x, parts, t->count, out, bad);
}

static void trace(const struct expansion *x, const char *what, span text)
{
    char *line = arena_printf(x->arena, "%s%.*s", what, SPAN_FMT(text));
    x->trace(x->trace_context, x->depth, span_text(line));
}

bool eval_template(const struct template *t, struct expansion *x, struct value *out,
                   struct expanded *bad)
{
    if (template_is_literal(t, &out->text)) {
        out->tainted = false;
        return true;
    }
    if (x->depth == 2 * EXPAND_DEPTH) {
        return eval_end(bad, EXPAND_DEFERRED, "expansion given up: it is nested too deeply");
    }
    if (x->trace) {
        trace(x, "expanding: ", t->text);
    }
    x->depth++;
    bool done = t->count == 1
                    ? eval_spend(x, 0, bad) && eval_node(&t->nodes[0], x, out, bad)
                    : eval_nodes(t, x, out, bad);
    x->depth--;
    if (x->trace) {
        trace(x, done ? "   result: " : "   failed: ", done ? out->text : span_text(bad->why));
    }
    return done;
}

/* The strings of a condition, evaluated, for its test. */
static bool eval_strings(const struct condition *c, struct expansion *x, struct value *values,
                         struct expanded *bad)
{
    for (size_t i = 0; i < c->count; i++) {
        if (!eval_template(c->args[i], x, &values[i], bad)) {
            return false;
        }
    }
    return true;
}

bool condition_holds(const struct condition *c, struct expansion *x, bool *yes,
                     struct expanded *bad)
{
    struct value values[10];
    struct condition_call call = {.at = c, .args = values};
    *yes = false;
    if (!eval_spend(x, 0, bad)) {
        return false;
    }
    if (c->row->shape != CONDITION_ALL && c->row->shape != CONDITION_EACH) {
        CHECK(c->count <= sizeof values / sizeof values[0]);
        call.count = c->count;
        if (!eval_strings(c, x, values, bad)) {
            return false;
        }
    }
    if (!c->row->test(x, &call, yes, bad)) {
        return false;
    }
    *yes = *yes != c->negated;
    if (x->trace) {
        trace(x, *yes ? "condition true: " : "condition false: ", span_text(c->row->name));
    }
    return true;
}

bool condition_part_holds(const struct condition_call *call, size_t i, struct expansion *x,
                          bool *yes, struct expanded *bad)
{
    if (condition_holds(call->at->subs[i], x, yes, bad)) {
        return true;
    }
    const struct condition_row *row = call->at->row;
    bad->why = arena_printf(x->arena, "%s inside \"%s%s\" condition", bad->why, row->name,
                            row->shape == CONDITION_ALL ? "{...}" : "");
    return false;
}

struct expanded expand(const struct template *t, struct expansion *x)
{
    struct expanded result = {.outcome = EXPAND_OK};
    if (x->depth == 0) {
        x->budget = x->allowance;
        if (x->budget.steps == 0) {
            x->budget = (struct expand_budget){EXPAND_STEPS, EXPAND_OCTETS};
        }
    }
    (void)eval_template(t, x, &result.value, &result);
    return result;
}

struct expanded expand_text(span text, struct expansion *x)
{
    const struct template *t;
    err e = template_read(text, x->arena, &t);
    if (failed(e)) {
        return (struct expanded){.outcome = EXPAND_FAILED, .why = e.what};
    }
    return expand(t, x);
}

struct expanded expand_to_bool(const struct template *t, struct expansion *x, bool *yes)
{
    struct expanded result = expand(t, x);
    span text = result.outcome == EXPAND_OK ? span_trim_space(result.value.text) : SPAN_EMPTY;
    *yes = text.len && !span_eq(text, SPAN("0")) && !span_eq_caseless(text, SPAN("no")) &&
           !span_eq_caseless(text, SPAN("false"));
    return result;
}
