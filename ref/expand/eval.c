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

bool eval_end(struct expansion *x, enum expand_outcome outcome, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    x->bad = (struct expanded){.outcome = outcome, .why = arena_vprintf(x->arena, format, args)};
    va_end(args);
    return false;
}

static bool too_long(struct expansion *x)
{
    return eval_defer(x, "expansion given up: it makes more octets than expand_budget allows");
}

bool eval_spend(struct expansion *x, size_t octets)
{
    if (x->budget.octets < octets) {
        x->budget.steps = 0;
        return too_long(x);
    }
    if (x->budget.steps == 0) {
        return eval_defer(x, "expansion given up: it takes more steps than expand_budget allows");
    }
    x->budget.steps--;
    x->budget.octets -= octets;
    return true;
}

void captures_set(struct expansion *x, const span *at, size_t count, bool tainted)
{
    x->captures.count = count < CAPTURES ? count : CAPTURES;
    for (size_t i = 0; i < x->captures.count; i++) {
        x->captures.at[i] = value_of(at[i], tainted);
    }
}

bool eval_take(struct expansion *x, struct buf *from, span *out)
{
    span all;
    bool whole = !failed(buf_end(from, &all));
    if (whole) {
        *out = arena_copy(x->arena, all);
    }
    buf_wipe(from);
    return whole ? eval_spend(x, out->len) : too_long(x);
}

static bool eval_node(const struct node *node, struct expansion *x, struct value *out)
{
    CHECK(node->kind < NODE_KIND_COUNT);
    *out = value_of(SPAN_EMPTY, false);
    switch (node->kind) {
    case NODE_TEXT:
        out->text = node->text;
        return true;
    case NODE_CAPTURE:
        if (node->capture < x->captures.count) {
            *out = x->captures.at[node->capture];
        }
        return true;
    case NODE_VARIABLE:
        return variable_value(node->variable, node->text, x, out);
    case NODE_HEADER:
        header_value(node->form, node->text, x, out);
        return true;
    case NODE_OPERATOR:
        return eval_template(node->operation->subject, x, out) &&
               node->operation->row->eval(x, node->operation, out);
    case NODE_ITEM:
        return node->item->row->eval(x, node->item, out);
    case NODE_KIND_COUNT:
        break;
    }
    return true;
}

static bool join(struct expansion *x, const struct value *parts, size_t count, struct value *out)
{
    size_t len = 0, used = 0;
    *out = value_of(SPAN_EMPTY, false);
    for (size_t i = 0; i < count; i++) {
        len += parts[i].text.len;
        out->tainted |= parts[i].tainted;
    }
    if (!eval_spend(x, len)) {
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

static bool eval_nodes(const struct template *t, struct expansion *x, struct value *out)
{
    struct value few[PARTS_ON_STACK];
    struct value *parts = few;
    if (t->count > PARTS_ON_STACK) {
        parts = arena_take_array(x->arena, t->count, sizeof *parts);
    }
    for (size_t i = 0; i < t->count; i++) {
        if (!eval_spend(x, 0) || !eval_node(&t->nodes[i], x, &parts[i])) {
            return false;
        }
    }
    return join(x, parts, t->count, out);
}

static void trace(const struct expansion *x, const char *what, span text)
{
    char *line = arena_printf(x->arena, "%s%.*s", what, SPAN_FMT(text));
    x->trace(x->trace_context, x->depth, span_text(line));
}

bool eval_template(const struct template *t, struct expansion *x, struct value *out)
{
    if (template_is_literal(t, &out->text)) {
        out->tainted = false;
        return true;
    }
    if (x->depth == 2 * EXPAND_DEPTH) {
        return eval_defer(x, "expansion given up: it is nested too deeply");
    }
    if (x->trace) {
        trace(x, "expanding: ", t->text);
    }
    x->depth++;
    bool done = t->count == 1 ? eval_spend(x, 0) && eval_node(&t->nodes[0], x, out)
                              : eval_nodes(t, x, out);
    x->depth--;
    if (x->trace) {
        trace(x, done ? "   result: " : "   failed: ", done ? out->text : span_text(x->bad.why));
    }
    return done;
}

bool eval_all(const struct template *const *all, size_t count, struct expansion *x,
              struct value *values)
{
    for (size_t i = 0; i < count; i++) {
        if (!eval_template(all[i], x, &values[i])) {
            return false;
        }
    }
    return true;
}

bool condition_holds(const struct condition *c, struct expansion *x, bool *yes)
{
    struct value values[10];
    struct condition_call call = {.at = c, .args = values};
    *yes = false;
    if (!eval_spend(x, 0)) {
        return false;
    }
    if (c->row->shape != CONDITION_ALL && c->row->shape != CONDITION_EACH) {
        CHECK(c->count <= sizeof values / sizeof values[0]);
        call.count = c->count;
        if (!eval_all(c->args, c->count, x, values)) {
            return false;
        }
    }
    if (!c->row->test(x, &call, yes)) {
        return false;
    }
    *yes = *yes != c->negated;
    if (x->trace) {
        trace(x, *yes ? "condition true: " : "condition false: ", span_text(c->row->name));
    }
    return true;
}

bool condition_part_holds(const struct condition_call *call, size_t i, struct expansion *x,
                          bool *yes)
{
    if (condition_holds(call->at->subs[i], x, yes)) {
        return true;
    }
    const struct condition_row *row = call->at->row;
    x->bad.why = arena_printf(x->arena, "%s inside \"%s%s\" condition", x->bad.why, row->name,
                              row->shape == CONDITION_ALL ? "{...}" : "");
    return false;
}

span eval_number(struct expansion *x, uint64_t n)
{
    return span_text(arena_printf(x->arena, "%llu", (unsigned long long)n));
}

instant eval_now(const struct expansion *x)
{
    const struct facts_server *server = x->facts->server;
    return clock_now(server && server->clock ? server->clock : clock_system());
}

void eval_refill(struct expansion *x)
{
    if (x->depth == 0) {
        x->budget = x->allowance.steps ? x->allowance
                                       : (struct expand_budget){EXPAND_STEPS, EXPAND_OCTETS};
    }
}

struct expanded expand(const struct template *t, struct expansion *x)
{
    struct expanded result = {.outcome = EXPAND_OK};
    eval_refill(x);
    return eval_template(t, x, &result.value) ? result : x->bad;
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

bool eval_truth(span text)
{
    text = span_trim_space(text);
    return text.len > 0 && !span_eq(text, SPAN("0")) && !span_eq_caseless(text, SPAN("no")) &&
           !span_eq_caseless(text, SPAN("false"));
}

struct arena *eval_lasting(const struct expansion *x)
{
    return x->lasting != NULL ? x->lasting : x->arena;
}

struct expanded eval_acl(struct expansion *x, const struct value *args, size_t count, bool *accepted)
{
    struct arena *own = x->arena;
    x->arena = eval_lasting(x);
    struct expanded said = x->services->acl(x->services->context, args[0].text, args + 1, count - 1,
                                            accepted);
    x->arena = own;
    return said;
}

/* A condition may look at long fields, and be asked for each of many recipients. */
struct expanded expand_to_bool(const struct template *t, struct expansion *x, bool *yes)
{
    struct arena *home = x->arena, *before = x->lasting;
    x->lasting = eval_lasting(x);
    x->arena = arena_new();
    struct expanded result = expand(t, x);
    *yes = result.outcome == EXPAND_OK && eval_truth(result.value.text);
    result.value = value_of(SPAN_EMPTY, false);
    result.why = result.why != NULL ? arena_text(home, span_text(result.why)) : NULL;
    x->bad = result;
    arena_free(x->arena);
    x->arena = home;
    x->lasting = before;
    return result;
}
