/* assay flights: how many flights and round trips the connections of scenarios take, as a table. What is
   counted are lines with a name (`^ name`): a row for each, from the connection to that line. A count is
   the same on every machine; seconds are there for people, and only where a link has a length. */
#include "harness/cli/cli.h"
#include "harness/cli/frame.h"

#include "base/file.h"

#include "harness/case/case.h"
#include "harness/cli/select.h"
#include "harness/cli/worker.h"
#include "harness/target/process.h"
#include "harness/transcript/ladder.h"

#include <stdio.h>

enum { CASE_WAIT = 600000, TEXT_CEILING = 16 * 1024 * 1024, MOST_FLIGHTS = 60 };

struct flights_options {
    const char *target;
    const char *rtt;
    struct selection_options select;
    bool ladder;
    const char *isolation;
    const char *peers;
};

#define AT(field) offsetof(struct flights_options, field)
static const struct args_option flights_rows[] = {
    CLI_TARGET_ROW(AT),
    CLI_ONLY_ROW(AT),
    {"--ladder", NULL, ARGS_FLAG, AT(ladder), NULL, "draws each of them"},
    {"--rtt", NULL, ARGS_TEXT, AT(rtt), "TIME",
     "makes connections as long as that (100ms), and shows seconds"},
    CLI_PLACE_ROWS(AT),
};

struct viewing {
    const struct flights_options *o;
    struct arena *arena;
    size_t first; /* flights of the case's first row: what is saved is against that */
    struct buf out;
    struct target *t;
};

/* ---- a row ---- */

/* A named line of the peer is seen when it arrives; one that the judge says has half a round trip to go. */
static millis seconds_of(const struct transcript *t, const struct event *mark, millis half)
{
    for (size_t i = 0; i < t->events.count; i++) {
        const struct event *e = &t->events.at[i];
        if (e->kind == SAW_CONNECT && e->actor == mark->actor && e->number == mark->number) {
            return (mark->at - e->at) / NANOS_PER_MILLI + (mark->ours ? half : 0);
        }
    }
    return 0;
}

static const char *trips(size_t flights, struct arena *arena)
{
    return arena_printf(arena, "%zu%s", flights / 2, flights % 2 != 0 ? ".5" : "");
}

static void put_row(struct viewing *v, const struct transcript *t, const struct event *mark)
{
    side_list sides;
    char text[MOST_FLIGHTS + 1];
    transcript_flights(t, mark->actor, mark->number, mark->text, v->arena, &sides);
    size_t shown = sides.count < MOST_FLIGHTS ? sides.count : MOST_FLIGHTS;
    for (size_t i = 0; i < shown; i++) {
        text[i] = sides.at[i] == SIDE_C ? 'C' : 'S';
    }
    text[shown] = '\0';
    const char *saved = "";
    if (v->first > sides.count) {
        saved = trips(v->first - sides.count, v->arena);
    }
    buf_printf(&v->out, "    %-16s %7zu %11s %6s", mark->text, sides.count,
               trips(sides.count, v->arena), saved);
    if (v->o->rtt) {
        millis half = play_rtt(v->o->rtt) / 2;
        millis ms = seconds_of(t, mark, half);
        buf_printf(&v->out, " %5lld.%03lld s", (long long)(ms / 1000), (long long)(ms % 1000));
    }
    buf_printf(&v->out, "  %s\n", text);
    v->first = v->first == 0 ? sides.count : v->first;
    if (v->o->ladder) {
        ladder_write(t, mark->actor, mark->number, mark->text, "        ", &v->out);
    }
}

static void view(void *viewer, const struct case_seen *seen)
{
    struct viewing *v = viewer;
    const struct transcript *t = seen->transcript;
    for (size_t i = 0; i < t->events.count; i++) {
        if (t->events.at[i].kind == SAW_MARK && t->events.at[i].text) {
            put_row(v, t, &t->events.at[i]);
        }
    }
}

/* ---- the cases ---- */

/* A text says itself how long its links are, or the command line does. */
static const struct scenario *lengthened(const struct scenario *s, const char *rtt,
                                         struct arena *arena)
{
    struct scenario *one = ARENA_NEW(arena, struct scenario);
    *one = *s;
    memset(&one->actors, 0, sizeof one->actors);
    for (size_t i = 0; i < s->actors.count; i++) {
        struct actor a = s->actors.at[i];
        memset(&a.options, 0, sizeof a.options);
        for (size_t k = 0; k < s->actors.at[i].options.count; k++) {
            if (strcmp(s->actors.at[i].options.at[k].name, "rtt") != 0) {
                vec_add(arena, &a.options, s->actors.at[i].options.at[k]);
            }
        }
        vec_add(arena, &a.options, ((struct option_text){"rtt", rtt}));
        vec_add(arena, &one->actors, a);
    }
    return one;
}

static bool is_counted(const struct scenario *s, struct arena *arena)
{
    step_list all = {0};
    bool named = false;
    scenario_steps(s, arena, &all);
    for (size_t i = 0; i < all.count; i++) {
        named = named || all.at[i]->notes.name;
    }
    return named;
}

static int count_case(struct viewing *v, const struct scenario *s, size_t number)
{
    struct report_case rc;
    struct case_stage stage = {.target = v->t,
                               .target_name = v->o->target,
                               .keep = KEEP_NONE,
                               .timeout = CASE_WAIT,
                               .seen = view,
                               .viewer = v};
    s = v->o->rtt ? lengthened(s, v->o->rtt, v->arena) : s;
    v->first = 0;
    buf_clear(&v->out);
    case_describe(&stage, s, v->arena, &rc);
    case_run(&stage, s, number, v->arena, &rc);
    bool fine = rc.state == STATE_PASS;
    cli_print("%s%s%s%s%s\n%.*s", s->id, fine ? "" : ": ", fine ? "" : state_name(rc.state),
           fine || !rc.reason ? "" : ", ", fine || !rc.reason ? "" : rc.reason,
           SPAN_FMT(buf_span(&v->out)));
    (void)fflush(stdout);
    return rc.state == STATE_CRASH   ? EXIT_CRASHED
           : rc.state == STATE_ERROR ? EXIT_ENVIRONMENT
           : fine || rc.state == STATE_SKIP ? EXIT_FINE
                                            : EXIT_UNEXPECTED;
}

static int count_all(struct viewing *v, struct call *call, const struct selection *sel)
{
    int status = EXIT_FINE;
    size_t counted = 0;
    for (size_t i = 0; i < sel->set.cases.count; i++) {
        counted += is_counted(sel->set.cases.at[i], v->arena);
    }
    if (counted == 0) {
        return cli_complain(EXIT_USAGE, "no case names a line (`^ name`), and so nothing is counted");
    }
    struct target_options o = {.name = v->o->target, .isolation = v->o->isolation, .peers = v->o->peers};
    err e = frame_target_open(call, &o, &v->t);
    if (failed(e)) {
        return cli_complain_err(e, v->arena);
    }
    cli_print("%s %s\n%-20s %7s %11s %6s%s\n", v->o->target, target_version(v->t), "", "flights",
           "round trips", "saved", v->o->rtt ? "    seconds" : "");
    for (size_t i = 0; i < sel->set.cases.count; i++) {
        if (process_interrupted()) {
            return cli_complain(EXIT_CUT_SHORT, "interrupted: this is what was counted until then");
        }
        if (is_counted(sel->set.cases.at[i], v->arena)) {
            int one = count_case(v, sel->set.cases.at[i], i);
            status = one > status ? one : status;
        }
    }
    return status;
}

static int run(struct call *call)
{
    struct viewing v = {.o = call->options, .arena = call->arena};
    struct args_texts *paths = &call->rest;
    struct selection sel;
    if (!v.o->target || (v.o->rtt && play_rtt(v.o->rtt) <= 0)) {
        return cli_complain(EXIT_USAGE, v.o->target ? "--rtt wants a time such as 100ms"
                                                    : "flights wants --target T; `assay help flights` has an "
                                                      "example");
    }
    if (paths->count == 0) {
        vec_add(call->arena, paths, "scenarios/early/saved");
        vec_add(call->arena, paths, "scenarios/early/saved-client");
    }
    err e = select_cases(paths, &v.o->select, call->arena, &sel);
    int status = select_some(e, &sel, call->arena);
    if (status == EXIT_FINE) {
        buf_init(&v.out, TEXT_CEILING);
        status = count_all(&v, call, &sel);
        buf_wipe(&v.out);
        target_close(v.t);
    }
    return status;
}

const struct verb cli_flights = {
    .name = "flights",
    .run = run,
    .usage = "[PATH...] --target T [--ladder] [--rtt TIME]",
    .doc = "count flights and round trips: early pipelining against the traditional way",
    .example = "assay flights --target exim --ladder",
    VERB_ROWS(flights_rows),
    .options_size = sizeof(struct flights_options),
};
