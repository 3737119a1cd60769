/* Items that decide what is evaluated, and those that ask somebody else: if, lookup, acl,
   authresults, env, readfile. Also the {yes}{no} tail, which many items share. */
#include "ref/expand/condition.h"
#include "ref/expand/items.h"

#include "base/file.h"
#include "ref/expand/match_walk.h"

#include <stdlib.h>

bool item_tail(struct expansion *x, const struct item *item, const struct value *found,
               struct value *out)
{
    *out = value_of(SPAN_EMPTY, false);
    if (!found) {
        if (item->fail) {
            return eval_end(x, EXPAND_FORCED, "\"%s\" failed and \"fail\" requested",
                            item->row->name);
        }
        return !item->no || eval_template(item->no, x, out);
    }
    if (!item->yes) {
        *out = *found;
        return true;
    }
    struct value before = x->found;
    x->found = *found;
    bool done = eval_template(item->yes, x, out);
    x->found = before;
    return done;
}

/* A condition may set $value and the captures; they are there for yes and no, and gone behind. */
bool item_if(struct expansion *x, const struct item *item, struct value *out)
{
    struct captures captures = x->captures;
    struct value before = x->found;
    bool yes;
    bool done = condition_holds(item->condition, x, &yes);
    if (done && yes && !item->yes) {
        *out = value_of(SPAN("true"), false);
    } else if (done) {
        struct value now = x->found;
        done = item_tail(x, item, yes ? &now : NULL, out);
    }
    x->captures = captures;
    x->found = before;
    return done;
}

static bool lookup_result(struct expansion *x, const struct item *item, span subject,
                          const struct lookup_result *result, struct value *out)
{
    if (result->outcome == LOOKUP_DEFERRED) {
        const char *why = result->why ? result->why : "";
        return result->failed_to_open
                   ? eval_fail(x, "%s", why)
                   : eval_defer(x, "lookup of \"%.*s\" gave DEFER: %s", SPAN_FMT(subject), why);
    }
    if (result->outcome == LOOKUP_ABSENT) {
        return item_tail(x, item, NULL, out);
    }
    struct captures captures = x->captures;
    if (result->has_parts) {
        captures_set(x, (const span[]){SPAN_EMPTY, result->wild, result->fixed}, 3,
                     result->tainted);
    }
    struct value found = value_of(result->value, result->tainted);
    bool done = eval_spend(x, result->value.len) && item_tail(x, item, &found, out);
    x->captures = captures;
    return done;
}

bool item_lookup(struct expansion *x, const struct item *item, struct value *out)
{
    struct value key = {0}, file = {0};
    bool query = lookup_type_is_query(item->type);
    if (!eval_template(item->args[0], x, &key) ||
        (!query && !eval_template(item->args[1], x, &file))) {
        return false;
    }
    if (x->forbid_files && !query) {
        return eval_fail(x, "file lookups are not permitted");
    }
    if (!x->lookups) {
        return eval_fail(x, "\"lookup\" is not available here");
    }
    struct lookup_language language = match_language(x);
    struct lookup_request request = {
        .type = item->type, .key = key.text, .file = span_trim_space(file.text),
        .file_tainted = file.tainted, .cache = x->lookups, .dns = x->dns, .language = &language,
        .arena = x->arena,
    };
    struct lookup_result result = {0};
    lookup_find(&request, &result);
    x->lookup_dnssec = result.dnssec ? span_text(result.dnssec) : x->lookup_dnssec;
    return lookup_result(x, item, key.text, &result, out);
}

bool item_acl(struct expansion *x, const struct item *item, struct value *out)
{
    struct value values[10];
    bool accepted;
    if (!eval_all(item->args, item->count, x, values)) {
        return false;
    }
    if (!x->services || !x->services->acl) {
        return eval_fail(x, "\"acl\" is not available here");
    }
    if (values[0].tainted) {
        return eval_fail(x, "attempt to use tainted ACL name \"%.*s\"", SPAN_FMT(values[0].text));
    }
    struct expanded result = eval_acl(x, values, item->count, &accepted);
    *out = result.value;
    x->bad = result;
    return result.outcome == EXPAND_OK;
}

bool item_authresults(struct expansion *x, const struct item *item, struct value *out)
{
    struct value id;
    if (!eval_template(item->args[0], x, &id)) {
        return false;
    }
    if (!x->services || !x->services->authresults) {
        return eval_fail(x, "\"authresults\" is not available here");
    }
    struct expanded result = x->services->authresults(x->services->context, id.text);
    *out = result.value;
    x->bad = result;
    return result.outcome == EXPAND_OK;
}

bool item_env(struct expansion *x, const struct item *item, struct value *out)
{
    const struct facts_server *server = x->facts->server;
    struct value asked, found;
    if (!eval_template(item->args[0], x, &asked)) {
        return false;
    }
    for (size_t i = 0; server && i < server->environment_count; i++) {
        span name, text;
        if (span_split(server->environment[i], '=', &name, &text) && span_eq(name, asked.text)) {
            found = value_of(text, false);
            return item_tail(x, item, &found, out);
        }
    }
    return item_tail(x, item, NULL, out);
}

/* Each newline of the file becomes the second string, if there is one. */
bool item_readfile(struct expansion *x, const struct item *item, struct value *out)
{
    struct value name, end;
    if (!eval_template(item->args[0], x, &name) ||
        (item->count > 1 && !eval_template(item->args[1], x, &end))) {
        return false;
    }
    if (x->forbid_files) {
        return eval_fail(x, "file insertions are not permitted");
    }
    if (name.tainted) {
        return eval_fail(x, "Tainted filename for readfile: '%.*s'", SPAN_FMT(name.text));
    }
    const char *path = arena_text(x->arena, name.text);
    span content;
    err e = file_read_regular(path, x->budget.octets, x->arena, &content);
    if (failed(e)) {
        return e.kind == ERR_IO ? eval_fail(x, "failed to open %s: %s", path,
                                            e.sys != 0 ? strerror(e.sys) : "it is no regular file")
                                : eval_defer(x, "%s is too long to be expanded", path);
    }
    *out = value_of(content, false);
    if (item->count < 2) {
        return eval_spend(x, content.len);
    }
    struct buf text;
    buf_init(&text, x->budget.octets);
    for (size_t at; (at = span_find_byte(content, '\n')) != SPAN_NONE;) {
        buf_put(&text, span_first(content, at));
        buf_put(&text, end.text);
        content = span_from(content, at + 1);
    }
    buf_put(&text, content);
    out->tainted = end.tainted;
    return eval_take(x, &text, &out->text);
}
