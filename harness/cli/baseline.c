/* assay baseline: what is known to fail, kept by hand. The gate itself is in the verbs that run; here its file is
   brought up to date from a report, emptied of what holds again, and shown by reason. */
#include "harness/cli/cli.h"
#include "harness/cli/frame.h"
#include "harness/cli/select.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/map.h"
#include "base/rows.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

struct baseline_options {
    const char *target;
    bool dry;
};

#define AT(field) offsetof(struct baseline_options, field)

static const struct args_option baseline_rows[] = {
    {"--target", NULL, ARGS_TEXT, AT(target), "T", "update, prune: whose cases of the report (where it has several targets)"},
    {"--dry-run", NULL, ARGS_FLAG, AT(dry), NULL, "update, prune: the file as it would be, on standard output"},
};

struct keeping {
    struct baseline_options *o;
    const struct args_texts *words; /* the verb, a baseline, a report, scenarios */
    struct arena *arena;
    struct gate gate; /* the file; empty if there is none */
    struct report report;
    texts known;
};

/* --- update and prune ---------------------------------------------------------------------------------- */

/* The states must be those of the run: of what a baseline has made of them there is no way back. */
static err judge_report(struct keeping *k)
{
    for (size_t i = 0; i < k->report.cases.count; i++) {
        enum state state = k->report.cases.at[i].state;
        if (state == STATE_XFAIL || state == STATE_XPASS || state == STATE_XDIFF) {
            return err_syntax(0, arena_printf(k->arena, "%s: was compared with a baseline; update wants the report of "
                                                        "a run without --baseline", k->words->at[2]));
        }
    }
    if (!k->o->target && k->report.targets.count != 1) {
        return err_syntax(0, arena_printf(k->arena, "%s: has %zu targets; name one with --target", k->words->at[2],
                                          k->report.targets.count));
    }
    const char *target = k->o->target ? k->o->target : k->report.targets.at[0].name;
    k->o->target = target;
    return ROWS_IN(&k->report.targets, span_text(target)) != NULL
               ? OK
               : err_syntax(0, arena_printf(k->arena, "%s: has no target %s", k->words->at[2], target));
}

/* Which cases exist is known at and below the paths: other entries whose case did not run stay. */
static int read_known(struct keeping *k)
{
    struct args_texts paths = {k->words->at + 3, k->words->count - 3, 0};
    struct selection sel = {0};
    for (size_t i = 0; i < k->gate.baseline.entries.count; i++) {
        const char *id = k->gate.baseline.entries.at[i].id;
        if (paths.count == 0 || !select_covers(&paths, id, k->arena)) {
            vec_add(k->arena, &k->known, id);
        }
    }
    if (paths.count == 0) {
        return EXIT_FINE;
    }
    err e = select_cases(&paths, &(struct selection_options){0}, k->arena, &sel);
    int status = select_told(e, &sel, k->arena);
    for (size_t i = 0; status == EXIT_FINE && i < sel.all.cases.count; i++) {
        vec_add(k->arena, &k->known, sel.all.cases.at[i]->id);
    }
    return status;
}

static void tell(const struct keeping *k, const struct baseline *now, span was, span is)
{
    size_t owing = 0;
    for (size_t i = 0; i < now->entries.count; i++) {
        owing += strcmp(now->entries.at[i].because, "TODO") == 0;
    }
    cli_note("%s: %zu entries, %zu before%s\n", k->words->at[1], now->entries.count,
            k->gate.baseline.entries.count, span_eq(was, is) ? "; nothing changed" : "");
    if (owing > 0) {
        cli_note("%zu of them say `because TODO`: write there why it is known to fail\n", owing);
    }
}

static err write_anew(struct keeping *k, bool prune)
{
    struct baseline_known known = {k->known.at, k->known.count};
    struct baseline now = {0};
    baseline_mistakes wrong = {0};
    struct buf out;
    span all;
    buf_init(&out, FRAME_BASELINE_CEILING);
    baseline_update(&k->gate.baseline, &known, clock_now(clock_system()), &k->report, k->o->target, prune, &out);
    err e = buf_end(&out, &all);
    if (!failed(e)) {
        e = k->o->dry ? fd_write_all(1, all) : frame_replace(k->words->at[1], all, 0644, k->arena);
    }
    if (!failed(e)) {
        baseline_read(k->words->at[1], all, k->arena, &now, &wrong);
        tell(k, &now, k->gate.baseline.text, all);
    }
    buf_wipe(&out);
    return e;
}

static int bring_up_to_date(struct keeping *k, bool prune)
{
    if (k->words->count < 3) {
        return cli_complain(EXIT_USAGE, "baseline %s wants the baseline and a report: assay baseline %s "
                                        "reports/baselines/T out/report/report.json", k->words->at[0], k->words->at[0]);
    }
    err e = frame_report_read(k->words->at[2], k->arena, &k->report);
    e = failed(e) ? e : judge_report(k);
    int status = failed(e) ? cli_complain_err(e, k->arena) : read_known(k);
    if (status == EXIT_FINE) {
        e = write_anew(k, prune);
        status = failed(e) ? cli_complain_err(e, k->arena) : EXIT_FINE;
    }
    return status;
}

static int update(struct keeping *k)
{
    return bring_up_to_date(k, false);
}

static int prune(struct keeping *k)
{
    return bring_up_to_date(k, true);
}

/* --- show ---------------------------------------------------------------------------------------------- */

struct reason {
    const char *because;
    size_t place;
    VEC(const struct baseline_entry *) entries;
};

static int by_count(const void *a, const void *b)
{
    const struct reason *x = *(const struct reason *const *)a, *y = *(const struct reason *const *)b;
    int order = (x->entries.count < y->entries.count) - (x->entries.count > y->entries.count);
    return order ? order : (x->place > y->place) - (x->place < y->place);
}

static void show_entry(const struct baseline_entry *e)
{
    cli_print("    %-8s %s", state_name(e->state), e->id);
    for (size_t i = 0; i < e->conditions.count; i++) {
        const struct baseline_condition *c = &e->conditions.at[i];
        cli_print("  if %s%s%s", c->key, c->relation, c->value);
    }
    cli_print("%s%s\n", e->until ? "  until " : "", e->until ? e->until : "");
}

/* Reasons, the most frequent first, each with its cases. */
static int show(struct keeping *k)
{
    const struct baseline *b = &k->gate.baseline;
    VEC(struct reason *) reasons = {0};
    struct map known = {0};
    for (size_t i = 0; i < b->entries.count; i++) {
        const struct baseline_entry *e = &b->entries.at[i];
        struct reason *r = map_get(&known, span_text(e->because));
        if (r == NULL) {
            r = ARENA_NEW(k->arena, struct reason);
            *r = (struct reason){.because = e->because, .place = i};
            (void)map_put(&known, k->arena, span_text(e->because), r);
            vec_add(k->arena, &reasons, r);
        }
        vec_add(k->arena, &r->entries, e);
    }
    if (reasons.count > 0) {
        qsort(reasons.at, reasons.count, sizeof(struct reason *), by_count);
    }
    for (size_t i = 0; i < reasons.count; i++) {
        const struct reason *r = reasons.at[i];
        cli_print("%zu  %s\n", r->entries.count, r->because);
        for (size_t at = 0; at < r->entries.count; at++) {
            show_entry(r->entries.at[at]);
        }
    }
    cli_print("%zu entries, %zu reasons\n", b->entries.count, reasons.count);
    return EXIT_FINE;
}

/* --- the verb ------------------------------------------------------------------------------------------ */

static const struct baseline_verb {
    const char *name;
    bool makes; /* the file need not be there */
    int (*run)(struct keeping *k);
} baseline_verbs[] = {{"prune", false, prune}, {"show", false, show}, {"update", true, update}};

static int run(struct call *call)
{
    struct keeping k = {.o = call->options, .words = &call->rest, .arena = call->arena};
    const char *word = call->rest.count > 0 ? call->rest.at[0] : "";
    const struct baseline_verb *verb = ROWS_FIND(baseline_verbs, span_text(word));
    if (!verb) {
        return cli_complain(EXIT_USAGE, "baseline wants update, prune or show%s%s; `assay help baseline` has an example",
                            *word ? ", not " : "", word);
    }
    if (call->rest.count < 2) {
        return cli_complain(EXIT_USAGE, "baseline %s wants a file: reports/baselines/T", word);
    }
    err e = gate_open(&k.gate, call->rest.at[1], k.arena);
    bool absent = e.kind == ERR_IO && e.sys == ENOENT && verb->makes;
    return failed(e) && !absent ? cli_complain_err(e, k.arena) : verb->run(&k);
}

const struct verb cli_baseline = {
    .name = "baseline",
    .run = run,
    .usage = "update FILE REPORT [PATH...] | prune FILE REPORT [PATH...] | show FILE",
    .doc = "what is known to fail: brought up to date from a report; by reason",
    .example = "assay baseline update reports/baselines/mine out/report/report.json",
    VERB_ROWS(baseline_rows),
    .options_size = sizeof(struct baseline_options),
};
