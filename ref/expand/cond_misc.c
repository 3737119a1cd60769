/* Conditions that combine others, and those that ask the world outside the strings. */
#include "ref/expand/conditions.h"

#include "ref/seal/srs.h"

#include <sys/stat.h>

bool cond_and(struct expansion *x, const struct condition_call *call, bool *yes,
              struct expanded *bad)
{
    *yes = true;
    for (size_t i = 0; i < call->at->sub_count && *yes; i++) {
        if (!condition_part_holds(call, i, x, yes, bad)) {
            return false;
        }
    }
    return true;
}

bool cond_or(struct expansion *x, const struct condition_call *call, bool *yes,
             struct expanded *bad)
{
    *yes = false;
    for (size_t i = 0; i < call->at->sub_count && !*yes; i++) {
        if (!condition_part_holds(call, i, x, yes, bad)) {
            return false;
        }
    }
    return true;
}

bool cond_def(struct expansion *x, const struct condition_call *call, bool *yes,
              struct expanded *bad)
{
    const struct node *node = call->at->defined;
    struct value value;
    if (node->kind == NODE_CAPTURE) {
        *yes = node->capture < x->capture_count && x->captures[node->capture].len > 0;
        return true;
    }
    if (node->kind == NODE_HEADER) {
        *yes = header_is_there(node->text, x);
        return true;
    }
    if (!variable_value(node->variable, node->text, x, &value, bad)) {
        return false;
    }
    *yes = value.text.len > 0;
    return true;
}

bool cond_exists(struct expansion *x, const struct condition_call *call, bool *yes,
                 struct expanded *bad)
{
    span path = call->args[0].text;
    struct stat status;
    if (x->forbid_files) {
        return eval_fail(x, bad, "File existence tests are not permitted");
    }
    if (call->args[0].tainted) {
        return eval_fail(x, bad, "Tainted filename for exists: '%.*s'", SPAN_FMT(path));
    }
    *yes = path.len > 0 && path.at[0] == '/' && span_find_byte(path, '\0') == SPAN_NONE &&
           stat(arena_text(x->arena, path), &status) == 0;
    return true;
}

bool cond_first_delivery(struct expansion *x, const struct condition_call *call, bool *yes,
                         struct expanded *bad)
{
    (void)call;
    (void)bad;
    *yes = x->facts->message != NULL && x->facts->message->first_delivery;
    return true;
}

bool cond_queue_running(struct expansion *x, const struct condition_call *call, bool *yes,
                        struct expanded *bad)
{
    (void)call;
    (void)bad;
    *yes = x->services != NULL && x->services->queue_running != NULL &&
           x->services->queue_running(x->services->context);
    return true;
}

bool cond_acl(struct expansion *x, const struct condition_call *call, bool *yes,
              struct expanded *bad)
{
    span name = call->args[0].text;
    if (x->services == NULL || x->services->acl == NULL) {
        return eval_fail(x, bad, "ERROR from acl \"%.*s\": not available here", SPAN_FMT(name));
    }
    if (call->args[0].tainted) {
        return eval_fail(x, bad, "attempt to use tainted value '%.*s' as the name of an ACL",
                         SPAN_FMT(name));
    }
    struct expanded said =
        x->services->acl(x->services->context, name, call->args + 1, call->count - 1, yes);
    if (said.outcome != EXPAND_OK) {
        *bad = said;
        return false;
    }
    x->found = said.value.text;
    x->found_tainted = said.value.tainted;
    return true;
}

bool cond_inbound_srs(struct expansion *x, const struct condition_call *call, bool *yes,
                      struct expanded *bad)
{
    const struct facts_server *server = x->facts->server;
    (void)bad;
    struct srs_decoded decoded =
        srs_decode(call->args[0].text, call->args[1].text,
                   clock_now(server ? server->clock : clock_system()), x->arena);
    if (decoded.matched && x->facts->address != NULL) {
        x->facts->address->srs_recipient = decoded.recipient;
    }
    *yes = decoded.matched && decoded.valid;
    return true;
}
