/* assay reduce: the smallest scenario that still fails the same check in the same way. */
#include "harness/cli/reduce.h"

#include "base/file.h"
#include "harness/cli/cli.h"
#include "harness/cli/frame.h"
#include "harness/cli/req.h"
#include "harness/cli/run_options.h"
#include "harness/cli/select.h"
#include "harness/mutate/parts.h"
#include "harness/mutate/shrink.h"
#include "harness/target/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Of a target that sleeps, where what is looked for is no silence. */
enum { SHORT_PATIENCE = 1000 };
enum { MOST_TRIES = 3000, TEXT_CEILING = 64 * 1024 * 1024 };

/* ---- the question ---- */

struct asking {
    struct reduction *r;
    struct arena *arena;
    err e;
};

/* One play. */
static bool fails_so(struct asking *a, span text)
{
    struct report_case rc;
    struct arena *arena = arena_new();
    a->e = lab_try(a->r->lab, text, arena, &rc, NULL);
    struct way way = failed(a->e) ? (struct way){0} : way_of(&rc, arena);
    bool same = way_same(&a->r->way, &way);
    arena_free(arena);
    return same;
}

/* What a text demands must be right: where it passes elsewhere it is. */
static bool is_right(struct asking *a, span text)
{
    struct report_case rc;
    if (!a->r->good) {
        return true;
    }
    struct arena *arena = arena_new();
    a->e = lab_try(a->r->good, text, arena, &rc, NULL);
    bool passes = !failed(a->e) && rc.state == STATE_PASS;
    arena_free(arena);
    return passes;
}

/* What time had a part in must come twice. */
static bool does(void *context, span text)
{
    struct asking *a = context;
    struct reduction *r = a->r;
    if (failed(a->e)) {
        return false;
    }
    r->asked++;
    if (r->progress) {
        cli_progress("%zu tries, %zu octets", r->asked, text.len);
    }
    return fails_so(a, text) && (!r->way.timed || fails_so(a, text)) && is_right(a, text);
}

/* A busy machine may show a crash as a connection that is lost. */
static bool comes_again(struct asking *a, span text)
{
    bool again = false;
    for (unsigned i = 0; i < 8 && !again && !failed(a->e); i++) {
        again = fails_so(a, text);
    }
    return again;
}

err reduce_text(struct reduction *r, span text, struct arena *arena)
{
    struct report_case rc;
    struct asking a = {.r = r, .arena = arena, .e = OK};
    struct shrink s = {.does = does, .context = &a, .most = r->tries};
    r->best = text;
    r->way = (struct way){0};
    TRY(lab_try(r->lab, text, arena, &rc, NULL));
    r->state = rc.state;
    r->why = rc.reason ? rc.reason : state_name(rc.state);
    r->way = way_of(&rc, arena);
    if (!r->way.text || (r->way.timed && !comes_again(&a, text))) {
        r->why = r->way.text ? arena_printf(arena, "%s, which did not come again", r->why) : r->why;
        r->way.text = NULL;
        return a.e;
    }
    if (r->state == STATE_CRASH || (r->good && !is_right(&a, text))) {
        r->good = NULL; /* a crash is wrong whatever the text demands */
    }
    if (r->patience == 0 && !r->way.timed) {
        lab_patience(r->lab, SHORT_PATIENCE);
    }
    if (r->patience == 0 && r->good) {
        lab_patience(r->good, SHORT_PATIENCE);
    }
    shrink_text(&s, text, r->lab->name, arena);
    r->best = s.best;
    r->stopped = r->lab->stopped || (r->good && r->good->stopped);
    if (r->progress) {
        cli_progress("%s", "");
    }
    return r->stopped ? OK : a.e;
}

void reduce_note(const struct reduction *r, span text, const char *from, const char *target,
                 struct arena *arena, struct buf *out)
{
    parts before = {0};
    parts after = {0};
    parts_cut(text, arena, &before);
    parts_cut(r->best, arena, &after);
    buf_printf(out, "# reduced from %s on %s: %zu statements and %zu octets to %zu and %zu, in %zu tries\n",
               from, target, parts_statements(&before), text.len, parts_statements(&after), r->best.len,
               r->asked);
    /* lines of the text that was cut are nobody's any more */
    const char *place = strstr(r->why, ": expect ");
    const char *why = place ? place + 2 : r->why;
    buf_printf(out, "# %.*s%s%s\n", SPAN_FMT(r->way.clauses), r->way.clauses.len > 0 ? ": " : "", why);
    if (r->good) {
        buf_printf(out, "# passes on %s\n", r->good->plan.stage.target_name);
    } else if (r->state != STATE_CRASH) {
        buf_put_text(out, "# no other target vouches for what is demanded here: see that it is still right\n");
    }
}

/* ---- the verb ---- */

struct reduce_options {
    const char *target, *good;
    struct selection_options select;
    const char *out, *isolation, *peers;
    const char *timeout, *patience;
    uint64_t tries;
    bool owned, quiet;
};

#define AT(field) offsetof(struct reduce_options, field)
static const struct args_option reduce_rows[] = {
    CLI_TARGET_ROW(AT),
    {"--good", NULL, ARGS_TEXT, AT(good), "T",
     "a target on which what comes out must pass (default: ref, unless that is the target; none: no other)"},
    {"--only", NULL, ARGS_LIST, AT(select.only), "GLOB",
     "the case; '#...' fits the part from # on (default: the first that fails)"},
    {"--out", "-o", ARGS_TEXT, AT(out), "FILE", "where the scenario goes (default: standard output)"},
    {"--tries", NULL, ARGS_NUMBER, AT(tries), "N", "most plays (default: 3000)"},
    {"--timeout", NULL, ARGS_TEXT, AT(timeout), "TIME", "for one play (default: 60s)"},
    {"--patience", NULL, ARGS_TEXT, AT(patience), "TIME",
     "how long a target that sleeps is waited for (default: what its description says, or 10s)"},
    CLI_PLACE_ROWS(AT),
    {"--i-own-this-host", NULL, ARGS_FLAG, AT(owned), NULL, "HOST:PORT is mine: no politeness is needed"},
    {"--quiet", "-q", ARGS_FLAG, AT(quiet), NULL, "no progress on a terminal"},
};

struct reducing {
    const struct reduce_options *o;
    struct call *call;
    millis timeout, patience;
    struct arena *arena;
    struct registry registry;
    struct selection sel;
    const char *path;
    span text; /* of the file */
    struct lab lab, good;
    bool has_good;
    const char *why; /* how the last case ended that does not fail */
    bool trouble;    /* it could not be tried */
};

static int put_out(const struct reducing *v, const struct reduction *r, span flat, const char *id)
{
    struct buf out;
    buf_init(&out, TEXT_CEILING);
    reduce_note(r, flat, id, v->o->target, v->arena, &out);
    buf_put(&out, r->best);
    err e = v->o->out ? file_write(v->o->out, buf_span(&out), 0644) : fd_write_all(1, buf_span(&out));
    buf_wipe(&out);
    if (failed(e)) {
        return cli_complain(EXIT_ENVIRONMENT, "--out %s: %s", v->o->out ? v->o->out : "-",
                            err_text(e, v->arena));
    }
    return r->stopped ? cli_complain(EXIT_CUT_SHORT, "interrupted; what was written is as small as it was then")
                      : EXIT_FINE;
}

/* The status; -1: it does not fail, or cannot be tried, and another case may. */
static int reduce_case(struct reducing *v, const struct scenario *s)
{
    struct reduction r = {.lab = &v->lab, .good = v->has_good ? &v->good : NULL,
                          .patience = v->patience, .tries = v->o->tries, .progress = isatty(2) && !v->o->quiet};
    struct buf flat;
    buf_init(&flat, TEXT_CEILING);
    err e = scenario_flatten(v->text, v->path, v->lab.id, s->id, v->arena, &flat);
    if (!failed(e)) {
        e = reduce_text(&r, buf_span(&flat), v->arena);
    }
    int status = -1;
    if (failed(e)) {
        status = v->lab.stopped ? EXIT_CUT_SHORT : cli_complain_err(e, v->arena);
    } else if (r.way.text) {
        status = put_out(v, &r, buf_span(&flat), s->id);
    } else {
        v->why = arena_printf(v->arena, "%s: %s", s->id, r.why);
        v->trouble = v->trouble || r.state == STATE_ERROR || r.state == STATE_SKIP;
    }
    buf_wipe(&flat);
    return status;
}

/* Whoever is asked for by name must be there; the usual one may be missing. */
static err open_good(struct reducing *v, struct lab_options o)
{
    const char *good = v->o->good ? v->o->good : strcmp(v->o->target, "ref") == 0 ? "none" : "ref";
    if (strcmp(good, "none") == 0) {
        return OK;
    }
    o.target = good;
    o.block = 1;
    err e = lab_open(&v->good, &o, v->arena);
    v->has_good = !failed(e);
    return v->o->good ? e : OK;
}

static int reduce_first(struct reducing *v)
{
    struct lab_options o = {.target = v->o->target, .isolation = v->o->isolation, .peers = v->o->peers,
                            .owned = v->o->owned, .timeout = v->timeout,
                            .patience = v->patience, .name = v->path, .id = select_file_id(v->sel.set.cases.at[0], v->arena),
                            .registry = &v->registry};
    err e = cli_work(v->call);
    o.work = v->call->work;
    if (!failed(e)) {
        e = lab_open(&v->lab, &o, v->arena);
    }
    if (!failed(e)) {
        e = open_good(v, o);
    }
    if (failed(e)) {
        return v->lab.stopped || v->good.stopped ? EXIT_CUT_SHORT : cli_complain_err(e, v->arena);
    }
    for (size_t i = 0; i < v->sel.set.cases.count; i++) {
        int status = reduce_case(v, v->sel.set.cases.at[i]);
        if (status >= 0) {
            return status;
        }
    }
    return v->trouble ? cli_complain(EXIT_ENVIRONMENT, "%s could not be tried: %s", v->path, v->why)
                      : cli_complain(EXIT_USAGE, "nothing to reduce: of %zu cases none fails on %s; the last "
                                                 "is %s", v->sel.set.cases.count, v->o->target, v->why);
}

static err read_times(struct reducing *v)
{
    TRY(cli_time_read("--timeout", v->o->timeout, v->arena, &v->timeout));
    return v->o->patience ? cli_time_read("--patience", v->o->patience, v->arena, &v->patience) : OK;
}

static int read_and_reduce(struct reducing *v, const struct args_texts *paths)
{
    if (!v->o->target || paths->count != 1 || path_is_dir(paths->at[0])) {
        return cli_complain(EXIT_USAGE, "reduce wants one FILE and --target T; `assay help reduce` has an "
                                        "example");
    }
    v->path = paths->at[0];
    err e = read_times(v);
    e = failed(e) ? e : select_cases(paths, &v->o->select, v->arena, &v->sel);
    e = failed(e) ? e : file_read(v->path, TEXT_CEILING, v->arena, &v->text);
    int status = select_some(e, &v->sel, v->arena);
    status = status == EXIT_FINE ? req_open_if_there(v->arena, &v->registry) : status;
    return status == EXIT_FINE ? reduce_first(v) : status;
}

static int run(struct call *call)
{
    struct reducing v = {.o = call->options, .call = call, .arena = call->arena,
                         .lab = {.signals = -1}, .good = {.signals = -1}};
    int status = read_and_reduce(&v, &call->rest);
    lab_close(&v.lab);
    lab_close(&v.good);
    process_kill_all(v.arena);
    return status;
}

const struct verb cli_reduce = {
    .name = "reduce",
    .run = run,
    .usage = "FILE --target T [--only CASE]",
    .doc = "shrink a failing scenario to the smallest that still fails in the same way",
    .example = "assay reduce scenarios/smuggling/inbound.scn --only '#eod=1' --target postfix",
    VERB_ROWS(reduce_rows),
    .options_size = sizeof(struct reduce_options),
    .defaults = &(const struct reduce_options){.tries = MOST_TRIES, .timeout = "60s"},
};
