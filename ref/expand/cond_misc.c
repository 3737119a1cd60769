/* Conditions that combine others, and those that ask the world outside the strings. */
#include "ref/expand/condition.h"

#include "ref/seal/srs.h"

#include <sys/stat.h>

/* Until one is false (and), or true (or). */
bool cond_all(struct expansion *x, const struct condition_call *call, bool *yes)
{
    bool goes_on = call->at->row->variant == ALL_HOLD;
    *yes = goes_on;
    for (size_t i = 0; i < call->at->sub_count && *yes == goes_on; i++) {
        if (!condition_part_holds(call, i, x, yes)) {
            return false;
        }
    }
    return true;
}

bool cond_def(struct expansion *x, const struct condition_call *call, bool *yes)
{
    const struct node *node = call->at->defined;
    struct value value;
    if (node->kind == NODE_CAPTURE) {
        *yes = node->capture < x->captures.count && x->captures.at[node->capture].text.len > 0;
        return true;
    }
    if (node->kind == NODE_HEADER) {
        *yes = header_is_there(node->text, x);
        return true;
    }
    if (!variable_value(node->variable, node->text, x, &value)) {
        return false;
    }
    *yes = value.text.len > 0;
    return true;
}

bool cond_exists(struct expansion *x, const struct condition_call *call, bool *yes)
{
    span path = call->args[0].text;
    struct stat status;
    if (x->forbid_files) {
        return eval_fail(x, "File existence tests are not permitted");
    }
    if (call->args[0].tainted) {
        return eval_fail(x, "Tainted filename for exists: '%.*s'", SPAN_FMT(path));
    }
    *yes = path.len > 0 && path.at[0] == '/' && span_find_byte(path, '\0') == SPAN_NONE &&
           stat(arena_text(x->arena, path), &status) == 0;
    return true;
}

bool cond_first_delivery(struct expansion *x, const struct condition_call *call, bool *yes)
{
    (void)call;
    *yes = x->facts->message != NULL && x->facts->message->first_delivery;
    return true;
}

bool cond_queue_running(struct expansion *x, const struct condition_call *call, bool *yes)
{
    (void)call;
    *yes = x->services != NULL && x->services->queue_running != NULL &&
           x->services->queue_running(x->services->context);
    return true;
}

bool cond_acl(struct expansion *x, const struct condition_call *call, bool *yes)
{
    span name = call->args[0].text;
    if (x->services == NULL || x->services->acl == NULL) {
        return eval_fail(x, "ERROR from acl \"%.*s\": not available here", SPAN_FMT(name));
    }
    if (call->args[0].tainted) {
        return eval_fail(x, "attempt to use tainted value '%.*s' as the name of an ACL",
                         SPAN_FMT(name));
    }
    struct expanded said = eval_acl(x, call->args, call->count, yes);
    if (said.outcome != EXPAND_OK) {
        x->bad = said;
        return false;
    }
    x->found = said.value;
    return true;
}

bool cond_inbound_srs(struct expansion *x, const struct condition_call *call, bool *yes)
{
    struct srs_decoded decoded =
        srs_decode(call->args[0].text, call->args[1].text, eval_now(x), x->arena);
    if (decoded.matched && x->facts->address != NULL) {
        x->facts->address->srs_recipient = arena_copy(eval_lasting(x), decoded.recipient);
    }
    *yes = decoded.matched && decoded.valid;
    return true;
}
