/* Statements in order, in each its conditions and modifiers in order, until an outcome is known. What
   a verb makes of yes and no is in its row; texts for the client and for the log are expanded when
   the outcome is known and not before, so that they can tell what a condition found. */
#include "ref/acl/item.h"

#include <stdarg.h>

void acl_trace(const struct acl_run *run, const char *format, ...)
{
    if (run->services == NULL || run->services->trace == NULL) {
        return;
    }
    va_list args;
    va_start(args, format);
    const char *text = arena_vprintf(run->x->arena, format, args);
    va_end(args);
    for (span line, rest = span_text(text); span_line(&rest, &line);) {
        run->services->trace(run->services->context, line);
    }
}

/* With the place in the configuration, for who has to mend it. */
static void place_told(struct acl_run *run, const char *text)
{
    const struct conf_where *w = &run->where;
    run->log_message = span_text(w->file ? arena_printf(run->x->arena, "%s (in line %u of %s)", text,
                                                        w->line, w->file)
                                         : text);
}

enum acl_test acl_later(struct acl_run *run, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    place_told(run, arena_vprintf(run->x->arena, format, args));
    va_end(args);
    return ACL_LATER;
}

enum acl_test acl_wrong(struct acl_run *run, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    place_told(run, arena_vprintf(run->x->arena, format, args));
    va_end(args);
    return ACL_WRONG;
}

/* An expansion that did not come to a value. */
static enum acl_test expansion_failed(struct acl_run *run, const struct template *t,
                                      const struct expanded *e)
{
    enum acl_test test = acl_wrong(run, "failed to expand ACL string \"%.*s\": %s",
                                   SPAN_FMT(template_text(t)), e->why);
    return e->outcome == EXPAND_DEFERRED ? ACL_LATER : test;
}

/* --- one condition ------------------------------------------------------------------------------ */

/* ACL_YES: *value is there. ACL_NO: expansion was forced to fail, the item is as if not there. */
static enum acl_test item_value(struct acl_run *run, const struct acl_item *item,
                                struct value *value, bool *expanded)
{
    *value = (struct value){.tainted = false};
    *expanded = item->value != NULL && (item->row->flags & ITEM_RAW) == 0 &&
                !template_is_literal(item->value, &value->text);
    if (!*expanded) {
        return ACL_YES;
    }
    struct expanded e = expand(item->value, run->x);
    *value = e.value;
    if (e.outcome == EXPAND_OK) {
        return ACL_YES;
    }
    if (e.outcome == EXPAND_FORCED) {
        return ACL_NO;
    }
    return expansion_failed(run, item->value, &e);
}

static enum acl_test item_run(struct acl_run *run, const struct acl_item *item)
{
    struct value value;
    run->where = item->where;
    const char *why = acl_item_misplaced(item, run->stage, run->x->arena);
    if (why != NULL) {
        return acl_wrong(run, "%s", why);
    }
    bool expanded;
    enum acl_test t = item_value(run, item, &value, &expanded);
    if (t != ACL_YES) {
        return t == ACL_NO ? ACL_YES : t;
    }
    span text = item->value != NULL ? template_text(item->value) : SPAN_EMPTY;
    acl_trace(run, "check %s%s%s%.*s%s%.*s", item->negated ? "!" : "", item->row->name,
              item->variable.len > 0 ? " acl_" : "", SPAN_FMT(item->variable),
              item->value != NULL ? " = " : "", SPAN_FMT(text));
    if (expanded) {
        acl_trace(run, "      = %.*s", SPAN_FMT(value.text));
    }
    run->item = item;
    t = item->row->run(run, value);
    if (item->negated && (t == ACL_YES || t == ACL_NO || t == ACL_DROPPED)) {
        t = t == ACL_YES ? ACL_NO : ACL_YES;
    }
    return t;
}

/* --- one statement ------------------------------------------------------------------------------ */

struct statement_state {
    const struct template *message, *log_message;
    bool endpass;
};

static enum acl_test statement_test(struct acl_run *run, const struct acl_statement *s,
                                    struct statement_state *state)
{
    for (size_t i = 0; i < s->items.count; i++) {
        const struct acl_item *item = &s->items.at[i];
        if ((item->row->flags & ITEM_ENDPASS) != 0) {
            state->endpass = true;
        } else if ((item->row->flags & ITEM_TEXT) != 0) {
            *(item->row->name[0] == 'm' ? &state->message : &state->log_message) = item->value;
        } else {
            enum acl_test t = item_run(run, item);
            if (t != ACL_YES) {
                return t;
            }
        }
    }
    return ACL_YES;
}

/* Empty when there is none, or none that can be used. */
static span text_expand(struct acl_run *run, const struct template *t)
{
    if (t == NULL) {
        return SPAN_EMPTY;
    }
    struct expanded e = expand(t, run->x);
    if (e.outcome == EXPAND_OK) { /* it may borrow from a variable that is set again later */
        return arena_copy(run->x->arena, e.value.text);
    }
    if (e.outcome != EXPAND_FORCED) {
        log_printf(run->log, LOG_MAIN | LOG_PANIC, SPAN_EMPTY,
                   "failed to expand ACL message \"%.*s\": %s", SPAN_FMT(template_text(t)), e.why);
    }
    return SPAN_EMPTY;
}

/* The outcome's texts: run->message and run->log_message hold what a condition left, which is for
   refusals. Behind "endpass" a message is for refusals too. A deferral has no refusal's code. */
static void texts_make(struct acl_run *run, const struct statement_state *state,
                       enum acl_verdict verdict)
{
    struct acl_variables *variables = run->x->facts->acl;
    bool accepted = verdict == ACL_ACCEPTS || verdict == ACL_DISCARDS;
    if (variables != NULL && variables->verify_message.len == 0) {
        variables->verify_message = run->message.len > 0 ? run->message : run->log_message;
    }
    span message = text_expand(run, accepted && state->endpass ? NULL : state->message);
    span log = text_expand(run, state->log_message);
    if (variables != NULL) {
        variables->verify_message = SPAN_EMPTY;
    }
    if (accepted) {
        run->message = run->log_message = SPAN_EMPTY;
    } else if (verdict == ACL_DEFERS && span_starts(run->message, SPAN("5"))) {
        run->message = acl_code_text(run->message);
    }
    if (log.len > 0 && run->log_message.len > 0 && !span_eq(log, run->log_message)) {
        log = span_text(arena_printf(run->x->arena, "%.*s: %.*s", SPAN_FMT(log),
                                     SPAN_FMT(run->log_message)));
    }
    run->message = message.len > 0 ? message : run->message;
    run->log_message = log.len > 0 ? log : run->log_message;
}

static void prefix_put(const struct acl_run *run, struct buf *out)
{
    if (run->host != NULL) {
        log_host_put(run->log, run->peer, out);
    } else if (run->ident.len > 0) {
        buf_printf(out, "U=%.*s", SPAN_FMT(run->ident));
    }
    if (out->len > 0) {
        buf_put_byte(out, ' ');
    }
}

static void warning_log(const struct acl_run *run, span text)
{
    struct buf line;
    buf_init(&line, LOG_LINE_LIMIT);
    prefix_put(run, &line);
    buf_printf(&line, "Warning: %.*s", SPAN_FMT(text));
    log_write(run->log, LOG_MAIN, run->x->facts->message ? run->x->facts->message->id : SPAN_EMPTY,
              buf_span(&line));
    buf_wipe(&line);
}

static bool warned_already(struct acl_run *run, span text)
{
    struct acl_changes *changes = run->changes;
    if (changes == NULL || map_get(&changes->warned, text) != NULL) {
        return changes != NULL;
    }
    (void)map_put(&changes->warned, changes->arena, arena_copy(changes->arena, text), changes);
    return false;
}

/* A warn statement whose conditions all hold. */
static void warn_do(struct acl_run *run, const struct statement_state *state)
{
    run->log_message = SPAN_EMPTY;
    span log = text_expand(run, state->log_message);
    if (log.len > 0 && !warned_already(run, log)) {
        warning_log(run, log);
    }
    span message = text_expand(run, state->message);
    if (message.len > 0 && run->changes != NULL) {
        acl_fields_add(run->changes, message);
    }
}

static void warn_skipped(struct acl_run *run)
{
    if (!log_selected(run->log->options.selectors, LOG_ACL_WARN_SKIPPED)) {
        return;
    }
    const char *why = run->log_message.len > 0 ? ": " : "";
    warning_log(run, span_text(arena_printf(run->x->arena, "ACL \"warn\" statement skipped: "
                                            "condition test deferred%s%.*s", why,
                                            SPAN_FMT(run->log_message))));
}

static const char *const test_words[] = {
    [ACL_YES] = "succeeded", [ACL_NO] = "failed", [ACL_LATER] = "deferred",
    [ACL_WRONG] = "gave an error", [ACL_GONE] = "discarded", [ACL_DROPPED] = "failed"};

/* True: *verdict is that of the ACL. */
static bool statement_run(struct acl_run *run, const struct acl_statement *s,
                          enum acl_verdict *verdict)
{
    struct statement_state state = {0};
    const struct acl_verb *verb = s->verb;
    run->message = run->log_message = SPAN_EMPTY;
    run->where = s->where;
    if (run->x->facts->acl != NULL) {
        run->x->facts->acl->verify_message = SPAN_EMPTY;
    }
    acl_trace(run, "processing \"%s\" (%s %u)", verb->name, s->where.file ? s->where.file : "inline",
              s->where.line);
    enum acl_test t;
    if (acl_verb_fits(verb, run->stage)) {
        t = statement_test(run, s, &state);
    } else {
        t = acl_wrong(run, "\"%s\" verb not allowed in %s ACL", verb->name,
                      acl_stages[run->stage].word);
    }
    acl_trace(run, "%s: condition test %s", verb->name, test_words[t]);
    if (t == ACL_GONE && verb->endpass) {
        *verdict = ACL_DISCARDS;
        return true;
    }
    if (t == ACL_GONE) {
        t = acl_wrong(run, "nested ACL returned \"discard\" for \"%s\" command (only allowed with "
                      "\"accept\" or \"discard\")", verb->name);
    }
    if (verb == acl_verb_warn && t != ACL_WRONG) {
        if (t == ACL_YES) {
            warn_do(run, &state);
        } else if (t == ACL_LATER) {
            warn_skipped(run);
        }
        return false;
    }
    if (t == ACL_LATER || t == ACL_WRONG) {
        run->at_fault = t == ACL_WRONG;
        *verdict = ACL_DEFERS;
        return true;
    }
    bool yes = t == ACL_YES;
    if (yes ? !verb->decides_yes : !(verb->decides_no || state.endpass)) {
        return false;
    }
    *verdict = yes ? verb->yes : t == ACL_DROPPED ? ACL_DROPS : verb->no;
    texts_make(run, &state, *verdict);
    return true;
}

/* --- an ACL ---------------------------------------------------------------------------------------- */

static const char *const verdict_words[ACL_VERDICT_COUNT] = {
    [ACL_ACCEPTS] = "ACCEPT", [ACL_DENIES] = "DENY", [ACL_DEFERS] = "DEFER",
    [ACL_DISCARDS] = "DISCARD", [ACL_DROPS] = "DROP"};

/* A defer that is an error of the configuration stays one in the ACLs around: run->at_fault. */
static enum acl_verdict acl_run(struct acl_run *run, const struct acl *acl)
{
    enum acl_verdict verdict = ACL_DENIES;
    bool named = acl->name.len > 0;
    const char *name = named ? arena_printf(run->x->arena, "ACL \"%.*s\"", SPAN_FMT(acl->name))
                             : "inline ACL";
    if (named) {
        acl_trace(run, "using %s", name);
    }
    for (size_t i = 0; i < acl->statements.count; i++) {
        if (statement_run(run, &acl->statements.at[i], &verdict)) {
            acl_trace(run, "end of %s: %s", name, verdict_words[verdict]);
            return verdict;
        }
    }
    run->message = run->log_message = SPAN_EMPTY;
    acl_trace(run, "end of %s: implicit DENY", name);
    return ACL_DENIES;
}

/* A text that names an ACL or is one, known only now. NULL: run->log_message says why not. */
static const struct acl *acl_of_value(struct acl_run *run, struct value value)
{
    const struct acl *acl;
    struct acl_reader reader = {run->set, run->x->arena, run->x->arena, true, 0};
    if (value.tainted) {
        log_printf(run->log, LOG_MAIN | LOG_PANIC, SPAN_EMPTY,
                   "attempt to use tainted ACL text \"%.*s\"", SPAN_FMT(value.text));
        run->log_message = SPAN("internal configuration error");
        return NULL;
    }
    err e = acl_of_text(&reader, value.text, run->where, &acl);
    if (failed(e)) {
        run->log_message = span_text(e.what);
        return NULL;
    }
    return acl;
}

struct acl_outcome acl_point_run(const struct acl_point *point, struct acl_run *run)
{
    run->depth = 0;
    run->where = point->where;
    run->log_targets = LOG_MAIN | LOG_REJECT;
    run->message = run->log_message = SPAN_EMPTY;
    const struct acl *acl = point->acl;
    enum acl_verdict verdict = ACL_DEFERS;
    struct expanded e = {.outcome = EXPAND_FORCED}; /* as if it were not set */
    if (acl == NULL && point->text != NULL) {
        e = expand(point->text, run->x);
    }
    if (acl == NULL && e.outcome == EXPAND_OK) {
        acl = acl_of_value(run, e.value);
    } else if (acl == NULL && e.outcome != EXPAND_FORCED) {
        (void)expansion_failed(run, point->text, &e);
    } else if (acl == NULL) {
        verdict = acl_stages[run->stage].denies ? ACL_DENIES : ACL_ACCEPTS;
    }
    if (acl != NULL) {
        verdict = acl_run(run, acl);
    }
    return (struct acl_outcome){.verdict = verdict, .message = run->message,
                                .log_message = run->log_message, .log_targets = run->log_targets};
}

/* --- ACLs in ACLs ------------------------------------------------------------------------------- */

static void arguments_swap(struct acl_variables *v, struct acl_arguments *with)
{
    struct acl_arguments was = v->arguments;
    v->arguments = *with;
    *with = was;
}

/* The verdict of an ACL inside another one; with arguments if it is a named one. */
static enum acl_verdict nested(struct acl_run *run, const struct acl *acl,
                               struct acl_arguments *arguments)
{
    if (run->depth >= ACL_NESTED_MOST) {
        (void)acl_wrong(run, "ACL nested too deep: possible loop");
        run->at_fault = true;
        return ACL_DEFERS;
    }
    struct acl_variables *variables = run->x->facts->acl;
    span message = run->message, log_message = run->log_message;
    unsigned targets = run->log_targets;
    struct conf_where where = run->where;
    run->at_fault = false;
    run->depth++;
    if (variables != NULL) {
        arguments_swap(variables, arguments);
    }
    enum acl_verdict verdict = acl_run(run, acl);
    if (variables != NULL) {
        arguments_swap(variables, arguments);
    }
    run->depth--;
    run->where = where;
    run->log_targets = targets;
    run->log_message = run->log_message.len > 0 ? run->log_message
                       : run->message.len > 0   ? run->message
                                                : log_message;
    run->message = run->message.len > 0 ? run->message : message;
    return verdict;
}

static bool argument_expand(struct acl_run *run, const struct template *t, struct value *out)
{
    struct expanded e = expand(t, run->x);
    if (e.outcome == EXPAND_OK) {
        *out = (struct value){arena_copy(run->x->arena, e.value.text), e.value.tainted};
        return true;
    }
    *out = (struct value){.text = SPAN_EMPTY};
    if (e.outcome != EXPAND_FORCED) {
        (void)expansion_failed(run, t, &e);
        return false;
    }
    return true;
}

/* Which ACL a call means, and its arguments. NULL: run->log_message says why none. */
static const struct acl *call_find(struct acl_run *run, const struct acl_item *item,
                                   struct acl_arguments *arguments)
{
    const struct acl *acl = item->acl;
    struct value value;
    if (acl == NULL && item->call.name != NULL) {
        if (!argument_expand(run, item->call.name, &value)) {
            return NULL;
        }
        acl = value.tainted ? NULL : acl_find(run->set, value.text);
    }
    if (acl == NULL) {
        return argument_expand(run, item->value, &value) ? acl_of_value(run, value) : NULL;
    }
    for (size_t i = 0; i < item->call.argument_count; i++) {
        if (!argument_expand(run, item->call.arguments[i], &value)) {
            return NULL;
        }
        arguments->at[i] = value.text;
        arguments->tainted[i] = value.tainted;
        arguments->count = i + 1;
    }
    return acl;
}

enum acl_test acl_nested_run(struct acl_run *run, struct value value)
{
    static const enum acl_test tests[ACL_VERDICT_COUNT] = {
        [ACL_ACCEPTS] = ACL_YES, [ACL_DENIES] = ACL_NO, [ACL_DEFERS] = ACL_LATER,
        [ACL_DISCARDS] = ACL_GONE, [ACL_DROPS] = ACL_DROPPED};
    (void)value;
    struct acl_arguments arguments = {.count = 0};
    const struct acl *acl = call_find(run, run->item, &arguments);
    enum acl_test t = acl != NULL ? tests[nested(run, acl, &arguments)] : ACL_WRONG;
    return t == ACL_LATER && run->at_fault ? ACL_WRONG : t;
}

struct expanded acl_expansion_run(struct acl_run *run, span name, const struct value *arguments,
                                  size_t count, bool *accepted)
{
    const struct acl *acl = acl_find(run->set, name);
    *accepted = false;
    if (acl == NULL) {
        return (struct expanded){.outcome = EXPAND_FAILED,
                                 .why = arena_printf(run->x->arena, "ERROR from acl \"%.*s\"",
                                                     SPAN_FMT(name))};
    }
    struct acl_arguments given = {.count = count < 9 ? count : 9};
    for (size_t i = 0; i < given.count; i++) {
        given.at[i] = arguments[i].text;
        given.tainted[i] = arguments[i].tainted;
    }
    span message = run->message, log_message = run->log_message;
    run->message = run->log_message = SPAN_EMPTY;
    enum acl_verdict verdict = nested(run, acl, &given);
    struct expanded result = {.outcome = EXPAND_OK, .value = {run->message, run->message.len > 0}};
    if (verdict == ACL_DEFERS) {
        result = (struct expanded){
            .outcome = EXPAND_FORCED,
            .why = arena_printf(run->x->arena, "DEFER from acl \"%.*s\"", SPAN_FMT(name))};
    }
    *accepted = verdict == ACL_ACCEPTS || verdict == ACL_DISCARDS;
    run->message = message;
    run->log_message = log_message;
    return result;
}
