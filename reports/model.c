/* What the states of a case mean for whoever asks "may this go in?". One table, so that the text,
   the exit status, JUnit and TAP cannot disagree about what stops the gate. */
#include "reports/model.h"

#include "base/check.h"
#include "base/rows.h"

#include <stdlib.h>

enum { EXIT_UNEXPECTED = 1, EXIT_CRASH = 2, EXIT_EMPTY = 3, EXIT_ENVIRONMENT = 4, EXIT_CUT = 5 };

/* exit: what one case in this state calls for; strict: the same under --strict. */
static const struct {
    const char *name;
    int exit;
    int strict;
} states[STATE_COUNT] = {
    [STATE_PASS] = {"pass", 0, 0},
    [STATE_WARN] = {"warn", 0, EXIT_UNEXPECTED},
    [STATE_FAIL] = {"fail", EXIT_UNEXPECTED, EXIT_UNEXPECTED},
    [STATE_XFAIL] = {"xfail", 0, 0},
    [STATE_XPASS] = {"xpass", EXIT_UNEXPECTED, EXIT_UNEXPECTED},
    [STATE_XDIFF] = {"xdiff", EXIT_UNEXPECTED, EXIT_UNEXPECTED},
    [STATE_SKIP] = {"skip", 0, 0},
    [STATE_INCONCLUSIVE] = {"inconclusive", 0, EXIT_UNEXPECTED},
    [STATE_FLAKY] = {"flaky", EXIT_UNEXPECTED, EXIT_UNEXPECTED},
    [STATE_ERROR] = {"error", EXIT_ENVIRONMENT, EXIT_ENVIRONMENT},
    [STATE_CRASH] = {"crash", EXIT_CRASH, EXIT_CRASH},
};

const char *state_name(enum state s)
{
    CHECK(s < STATE_COUNT);
    return states[s].name;
}

bool state_parse(span text, enum state *s)
{
    for (unsigned i = 0; i < STATE_COUNT; i++) {
        if (span_eq(text, span_text(states[i].name))) {
            *s = (enum state)i;
            return true;
        }
    }
    return false;
}

bool state_stops(enum state s, bool strict)
{
    CHECK(s < STATE_COUNT);
    return (strict ? states[s].strict : states[s].exit) != 0;
}

bool state_shows_nothing(enum state s)
{
    return s == STATE_SKIP || s == STATE_INCONCLUSIVE || s == STATE_ERROR;
}

const char *const report_event_kinds[] = {"open", "wire",  "tls",   "close", "log",
                                          "spool", "queue", "mail", NULL};

static int case_exit(const struct report_case *c, bool strict)
{
    int wanted = strict ? states[c->state].strict : states[c->state].exit;
    return wanted == EXIT_UNEXPECTED && c->known ? 0 : wanted;
}

bool report_case_stops(const struct report_case *c, bool strict)
{
    return case_exit(c, strict) != 0;
}

bool report_check_refuted(const struct report_check *check)
{
    return !check->ok && !check->skipped;
}

const struct report_check *report_case_refuted(const struct report_case *c)
{
    for (size_t i = 0; i < c->checks.count; i++) {
        if (report_check_refuted(&c->checks.at[i])) {
            return &c->checks.at[i];
        }
    }
    return NULL;
}

const char *report_case_file(const struct report_case *c, const struct report_check *check)
{
    return check && check->file ? check->file : c->file ? c->file : c->id;
}

span report_case_topic(const struct report_case *c)
{
    span id = span_text(c->id);
    span path = span_first(id, span_find_byte(id, '#'));
    size_t slash = span_find_last_byte(path, '/');
    return slash == SPAN_NONE ? SPAN_EMPTY : span_first(path, slash);
}

bool report_case_is_on(const struct report_case *c, const char *target)
{
    return !target || (c->target && strcmp(c->target, target) == 0);
}

int report_case_order(const void *a, const void *b)
{
    const struct report_case *const *x = a, *const *y = b;
    int order = strcmp((*x)->target, (*y)->target);
    return order != 0 ? order : strcmp((*x)->id, (*y)->id);
}

void report_case_index_make(const struct report *r, struct arena *arena, report_case_index *index)
{
    *index = (report_case_index){0};
    for (size_t i = 0; i < r->cases.count; i++) {
        vec_add(arena, index, &r->cases.at[i]);
    }
    if (index->count > 1) {
        qsort(index->at, index->count, sizeof *index->at, report_case_order);
    }
}

const struct report_target *report_target_find(const struct report *r, const char *name)
{
    return name ? rows_scan(r->targets.at, r->targets.count, sizeof *r->targets.at, span_text(name)) : NULL;
}

void report_target_names(const struct report *r, struct arena *arena, report_texts *names)
{
    for (size_t i = 0; i < r->targets.count; i++) {
        vec_add(arena, names, r->targets.at[i].name);
    }
    for (size_t i = 0; i < r->cases.count; i++) {
        (void)report_texts_add(arena, names, r->cases.at[i].target);
    }
}

void report_count(const struct report *r, struct report_counts *counts)
{
    *counts = (struct report_counts){0};
    for (size_t i = 0; i < r->cases.count; i++) {
        counts->of[r->cases.at[i].state]++;
    }
    counts->all = r->cases.count;
}

int report_exit(const struct report *r, bool strict)
{
    struct report_counts counts;
    report_count(r, &counts);
    int highest = counts.of[STATE_SKIP] == counts.all && !r->shard ? EXIT_EMPTY : 0;
    for (size_t i = 0; i < r->cases.count; i++) {
        int wanted = case_exit(&r->cases.at[i], strict);
        highest = wanted > highest ? wanted : highest;
    }
    return r->complete ? highest : EXIT_CUT;
}

const char *report_exit_words(int status)
{
    static const char *const words[] = {
        "as expected", "something unexpected", "the target crashed",
        [EXIT_EMPTY] = "nothing was shown", [EXIT_ENVIRONMENT] = "the environment failed", [EXIT_CUT] = "cut short"};
    return words[status];
}

size_t report_texts_add(struct arena *arena, report_texts *texts, const char *text)
{
    const char *const *found = rows_scan(texts->at, texts->count, sizeof *texts->at, span_text(text));
    if (!found) {
        vec_add(arena, texts, text);
    }
    return found ? (size_t)(found - (const char *const *)texts->at) : texts->count - 1;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void report_texts_sort(report_texts *texts)
{
    size_t kept = 0;
    if (texts->count) {
        qsort(texts->at, texts->count, sizeof *texts->at, by_text);
    }
    for (size_t i = 0; i < texts->count; i++) {
        if (i == 0 || strcmp(texts->at[kept - 1], texts->at[i]) != 0) {
            texts->at[kept++] = texts->at[i];
        }
    }
    texts->count = kept;
}
