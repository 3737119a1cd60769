/* assay run and assay list: select, schedule, compare with the baseline, write the report. */
#include "harness/case/pair.h"
#include "harness/cli/cli.h"
#include "harness/cli/matrix.h"
#include "harness/cli/req.h"
#include "harness/cli/run.h"
#include "harness/cli/schedule.h"
#include "harness/target/process.h"
#include "harness/target/target.h"

#include "base/file.h"
#include "base/rng.h"
#include "reports/compare.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#define MOST_ROUNDS 1000000

struct run {
    struct call *call;
    const struct run_options *o;
    const struct selection *sel;
    const struct run_task *task;
    struct schedule s;
    struct report report;
    struct gate gate;
    struct report before; /* --changed-since */
    struct registry registry; /* no rows: there is none here, and all clauses weigh as MUST */
    struct arena *arena;
    int lock;
    int lines;     /* the lines form, as the run goes, or -1 */
    size_t rounds; /* that were begun */
    bool terminal;
    bool unexpected; /* something is not pass or skip */
};

/* ---- folders ---- */

/* Two runs in one folder would mix their evidence. */
static err take_out(struct run *r)
{
    const char *lock = path_join(r->arena, r->o->out, ".lock");
    TRY(err_in(dir_make_all(r->o->out, 0755), r->arena, "--out %s", r->o->out));
    r->lock = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (r->lock < 0) {
        return err_sys(errno, arena_printf(r->arena, "--out %s", r->o->out));
    }
    if (flock(r->lock, LOCK_EX | LOCK_NB) < 0) {
        return err_of(ERR_IO,
                      arena_printf(r->arena,
                                   "--out %s: another run is writing there; give this one a folder "
                                   "of its own",
                                   r->o->out));
    }
    return err_in(dir_remove_all(path_join(r->arena, r->o->out, "cases")), r->arena, "--out %s",
                  r->o->out);
}

/* ---- items ---- */

static void shuffle(struct run *r)
{
    struct rng rng;
    rng_seeded(&rng, r->o->seed);
    for (size_t i = r->s.items.count; i > 1; i--) {
        size_t j = (size_t)rng_below(&rng, i);
        struct item swap = r->s.items.at[i - 1];
        r->s.items.at[i - 1] = r->s.items.at[j];
        r->s.items.at[j] = swap;
    }
}

/* The place of a case among those of all shards, from 1. */
static size_t whole_place(const struct run *r, size_t target, size_t case_index)
{
    return target * r->sel->whole + r->sel->places.at[case_index] + 1;
}

static void make_items(struct run *r)
{
    r->s.items.count = 0;
    for (size_t t = 0; t < r->s.targets.count; t++) {
        for (size_t c = 0; c < r->sel->set.cases.count; c++) {
            *vec_push(r->arena, &r->s.items) = (struct item){
                .case_index = c, .target = t, .place = whole_place(r, t, c),
                .key = schedule_key(r->sel->set.cases.at[c])};
        }
    }
    if (r->o->random) {
        shuffle(r);
    }
}

/* A place for each case in the report, in the order of files, whatever order they run in. */
static size_t report_place(const struct run *r, const struct item *item)
{
    return item->target * r->sel->set.cases.count + item->case_index;
}

static const struct report_format *lines_form(const struct run *r)
{
    for (size_t i = 0; i < r->o->formats.count; i++) {
        if (strcmp(r->o->formats.at[i]->name, "jsonl") == 0) {
            return r->o->formats.at[i];
        }
    }
    return NULL;
}

static void put_lines(struct run *r, const struct report_case *rc)
{
    const struct report_format *form = lines_form(r);
    struct buf out;
    struct report_style style = {false, false, false, r->o->strict};
    if (r->lines < 0 || !form) {
        return;
    }
    buf_init(&out, FRAME_REPORT_CEILING);
    if (rc) {
        form->one(&r->report, rc, style, &out);
    } else {
        form->begin(&r->report, style, &out);
    }
    if (failed(fd_write_all(r->lines, buf_span(&out)))) {
        close(r->lines);
        r->lines = -1;
    }
    buf_wipe(&out);
}

static void show_progress(const struct run *r, const struct report_case *rc, size_t over)
{
    if (r->terminal && !r->o->quiet) {
        cli_progress("%zu/%zu %s %.60s", over, r->s.items.count, state_name(rc->state),
                rc->id);
        if (over == r->s.items.count) {
            cli_progress("%s", "");
        }
    }
}

/* Several rounds of one case: the first result stands unless a later one differs in state. */
static void merge(struct run *r, struct report_case *into, const struct report_case *rc)
{
    if (!into->id) {
        *into = *rc;
    } else if (into->state != rc->state) {
        const char *was = into->state == STATE_FLAKY ? into->reason : NULL;
        const char *reason = arena_printf(
            r->arena, "%s; round %zu: %s%s%s",
            was ? was : arena_printf(r->arena, "round 1: %s", state_name(into->state)), r->rounds,
            state_name(rc->state), rc->reason ? ", " : "", rc->reason ? rc->reason : "");
        *into = *rc;
        into->state = STATE_FLAKY;
        into->reason = reason;
    }
}

static void case_over(void *context, const struct item *item, size_t over)
{
    struct run *r = context;
    struct report_case here = item->result;
    const struct report_case *rc = &here;
    here.place = item->place;
    merge(r, &r->report.cases.at[report_place(r, item)], rc);
    r->unexpected = r->unexpected || (rc->state != STATE_PASS && rc->state != STATE_SKIP);
    put_lines(r, rc);
    show_progress(r, rc, over);
}

/* ---- the report ---- */

/* False: the baseline has entries that mean nothing. Those of paths that were not asked for are left alone. */
static bool compare_with_baseline(struct run *r)
{
    const struct baseline *b = &r->gate.baseline;
    texts ids = {0};
    for (size_t i = 0; i < b->entries.count; i++) {
        const char *id = b->entries.at[i].id;
        bool covered = r->task->covers ? r->task->covers(r->task->context, id)
                                       : select_covers(&r->o->paths, id, r->arena);
        if (!covered) {
            vec_add(r->arena, &ids, id);
        }
    }
    for (size_t i = 0; i < r->sel->all.cases.count; i++) {
        vec_add(r->arena, &ids, r->sel->all.cases.at[i]->id);
    }
    return gate_apply(&r->gate, ids.at, ids.count, r->arena, &r->report);
}

/* Cases that were never reached (a run cut short) are left out. */
static void drop_unreached(struct report *report)
{
    size_t kept = 0;
    for (size_t i = 0; i < report->cases.count; i++) {
        if (report->cases.at[i].id) {
            report->cases.at[kept++] = report->cases.at[i];
        }
    }
    report->cases.count = kept;
}

static int write_report(struct run *r)
{
    drop_unreached(&r->report);
    cli_matrices_read(r->arena, &r->report);
    bool mistaken = !compare_with_baseline(r);
    report_targets_order(&r->report, r->arena);
    if (r->o->since) {
        report_mark_known(&r->before, r->o->strict, r->arena, &r->report);
    }
    struct report_style style = {false, r->o->quiet, r->o->verbose, r->o->strict};
    err e = frame_forms_write(&r->o->formats, &r->report, style, r->o->out, r->arena);
    if (failed(e)) {
        return cli_complain(EXIT_ENVIRONMENT, "%s", err_text(e, r->arena));
    }
    int status = report_exit(&r->report, r->o->strict);
    status = mistaken && status < EXIT_USAGE ? EXIT_USAGE : status;
    status = r->s.status > status ? r->s.status : status;
    return r->task->finish ? r->task->finish(r->task->context, &r->report, status) : status;
}

/* ---- run ---- */

/* "3120-9f3ac21b00d14e77": shards that are of one run agree on it. */
static const char *selection_name(const struct run *r)
{
    uint64_t hash = r->sel->identity;
    const char *rest = arena_printf(r->arena, "%d %llu %lld", (int)r->sel->set.sides,
                                    (unsigned long long)r->o->repeat, (long long)r->o->timeout_ms);
    for (size_t i = 0; i < r->o->names.count; i++) {
        rest = arena_printf(r->arena, "%s %s", rest, r->o->names.at[i]);
    }
    return arena_printf(r->arena, "%zu-%016llx", r->sel->whole * r->o->names.count,
                        (unsigned long long)(hash ^ select_hash(rest)));
}

static void set_up(struct run *r, const char *folder)
{
    r->report = (struct report){.tool = ASSAY_VERSION,
                                .run_id = r->o->run_id,
                                .selection = selection_name(r),
                                .shard = r->o->select.shard,
                                .registry = &r->registry,
                                .command = frame_command(r->call->argc, r->call->argv, r->arena),
                                .started = clock_now(clock_system()),
                                .seed = r->o->seed,
                                .complete = true};
    r->s.arena = r->arena;
    r->s.jobs = (size_t)r->o->jobs;
    r->s.work = r->call->work;
    r->s.report = &r->report;
    r->s.done = case_over;
    r->s.context = r;
    r->s.plan.set = &r->sel->set;
    r->s.plan.target = (struct target_options){.folder = folder,
                                               .isolation = r->o->isolation,
                                               .seed = r->o->seed,
                                               .peers = r->o->peers,
                                               .owned = r->o->owned};
    vec_add(r->arena, &r->s.plan.target.kept, r->o->out);
    r->s.plan.task = r->task;
    r->s.plan.stage = (struct case_stage){
        .out = r->o->out, .keep = r->o->keep_what, .timeout = r->o->timeout_ms, .seed = r->o->seed,
        .registry = &r->registry, .owned = r->o->owned, .again = r->task->again,
        .courtesy = r->task->courtesy};
    r->s.plan.target.hello = r->s.plan.stage.courtesy ? r->s.plan.stage.courtesy->name : NULL;
    vec_add_all(r->arena, &r->s.targets, &r->o->names);
    size_t places = r->sel->set.cases.count * r->s.targets.count;
    for (size_t i = 0; i < places; i++) {
        (void)vec_push(r->arena, &r->report.cases);
    }
    r->terminal = isatty(2);
    const struct report_format *form = lines_form(r);
    if (form && !r->s.plan.only_describe) {
        r->lines = open(path_join(r->arena, r->o->out, form->file),
                        O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    }
}

static err run_rounds(struct run *r)
{
    uint64_t rounds = r->o->until_fail && r->o->repeat == 1 ? MOST_ROUNDS : r->o->repeat;
    put_lines(r, NULL);
    for (uint64_t i = 0; i < rounds && !r->s.stopped; i++) {
        r->rounds++;
        make_items(r);
        TRY(schedule_run(&r->s));
        if ((r->o->until_fail && r->unexpected) || r->s.status) {
            break;
        }
    }
    r->report.complete = !r->s.stopped;
    return OK;
}

/* The targets that names stand for: of a pair both. */
static void targets_named(const struct run *r, texts *all)
{
    for (size_t i = 0; i < r->o->names.count; i++) {
        const char *sender;
        const char *receiver;
        if (pair_name_read(r->o->names.at[i], r->arena, &sender, &receiver)) {
            vec_add(r->arena, all, sender);
            vec_add(r->arena, all, receiver);
        } else {
            vec_add(r->arena, all, r->o->names.at[i]);
        }
    }
}

/* Targets are opened by workers at once: a misspelt name is better told before anything runs. */
static err check_targets(struct run *r, const char *folder)
{
    texts names = {0};
    targets_named(r, &names);
    for (size_t i = 0; i < names.count && !r->o->select.self && !r->o->verifier; i++) {
        const char *name = names.at[i];
        if (strchr(name, ':') && !target_names_host(name)) {
            return err_syntax(0, arena_printf(r->arena, "%s: not HOST:PORT", name));
        }
        if (!strchr(name, ':') &&
            !path_is_file(path_join(r->arena, path_join(r->arena, folder, name), "target"))) {
            return err_syntax(
                0, arena_printf(r->arena,
                                "no target %s in %s; `assay target list` says which there are",
                                name, folder));
        }
    }
    return OK;
}

static int dry_run(const struct run *r)
{
    for (size_t t = 0; t < r->o->names.count; t++) {
        for (size_t c = 0; c < r->sel->set.cases.count; c++) {
            cli_print("%s %s\n", r->o->names.at[t], r->sel->set.cases.at[c]->id);
        }
    }
    return EXIT_FINE;
}

/* What is told before anything runs. */
static err look_ahead(struct run *r, const char **folder)
{
    TRY(target_folder(r->arena, folder));
    TRY(check_targets(r, *folder));
    TRY(gate_open(&r->gate, r->o->baseline, r->arena));
    return r->o->since ? err_in(frame_report_read(r->o->since, r->arena, &r->before), r->arena, "--changed-since")
                       : OK;
}

static err run_cases(struct run *r, const char *folder)
{
    TRY(take_out(r));
    TRY(cli_work(r->call));
    set_up(r, folder);
    return run_rounds(r);
}

static int run_all(struct run *r)
{
    const char *folder = NULL;
    err e = look_ahead(r, &folder);
    if (!failed(e) && r->o->dry_run) {
        return dry_run(r);
    }
    e = failed(e) ? e : run_cases(r, folder);
    return failed(e) ? cli_complain_err(e, r->arena) : write_report(r);
}

static struct run run_of(struct call *call, const struct selection *sel, const struct run_task *task)
{
    return (struct run){.call = call, .o = call->options, .sel = sel, .task = task, .arena = call->arena,
                        .lock = -1, .lines = -1};
}

int cli_run_selected(struct call *call, err selected, const struct selection *sel, const struct run_task *task)
{
    struct run r = run_of(call, sel, task);
    int status = select_some(selected, sel, call->arena);
    status = status == EXIT_FINE ? req_open_if_there(call->arena, &r.registry) : status;
    if (status == EXIT_FINE) {
        status = run_all(&r);
    }
    if (r.lines >= 0) {
        close(r.lines);
    }
    if (r.lock >= 0) {
        close(r.lock);
    }
    return status;
}

static err select_targets_and_cases(struct call *call, struct selection *sel)
{
    const struct run_options *o = call->options;
    TRY(cli_run_options_check(call, true));
    return select_cases(&o->paths, &o->select, call->arena, sel);
}

static int run(struct call *call)
{
    struct selection sel = {0};
    (void)process_hold_interrupts(); /* while scenarios are read already: the schedule looks at them first */
    return cli_run_selected(call, select_targets_and_cases(call, &sel), &sel, &(struct run_task){.again = NULL});
}

#define AT(field) offsetof(struct run_options, field)
static const struct args_option run_rows[] = {
    {"--target", "-t", ARGS_LIST, AT(targets), "T[,T2]",
     "target folders or HOST:PORT; may be repeated"},
    CLI_ONLY_ROW(AT),
    CLI_REQ_ROW(AT),
    {"--swap", NULL, ARGS_FLAG, AT(select.swap), NULL,
     "reversible scenarios with the judge as the server, the target as the client"},
    {"--self", NULL, ARGS_FLAG, AT(select.self), NULL,
     "reversible scenarios with both sides played by the judge; no target"},
    {"--tls", NULL, ARGS_LIST, AT(select.tls), "WORD,WORD",
     "a case for each TLS library and version named: openssl, gnutls, 1.2, 1.3, sut=LIBRARY"},
    CLI_JOBS_ROW(AT),
    {"--seed", NULL, ARGS_NUMBER, AT(seed), "N",
     "for targets that take one, and for --order random"},
    {"--order", NULL, ARGS_TEXT, AT(order), "file|random",
     "in which order cases run (default: file)"},
    {"--repeat", NULL, ARGS_NUMBER, AT(repeat), "N",
     "run each case N times; different states are flaky"},
    {"--until-fail", NULL, ARGS_FLAG, AT(until_fail), NULL,
     "repeat until a case is not as expected"},
    CLI_SHARD_ROW(AT),
    CLI_RUN_ROWS(AT),
};

const struct verb cli_run = {
    .name = "run",
    .run = run,
    .usage = "[PATH...] --target T[,T2]",
    .doc = "run scenarios against targets and write the report",
    .example = "assay run scenarios/smtp --target ref",
    VERB_ROWS(run_rows),
    CLI_RUN_OPTIONS(.format = "text,json"),
};

/* ---- list ---- */

static err describe_cases(struct run *r)
{
    const char *folder;
    TRY(look_ahead(r, &folder));
    TRY(cli_work(r->call));
    r->s.plan.only_describe = true;
    set_up(r, folder);
    make_items(r);
    return schedule_run(&r->s);
}

static void print_list(const struct run *r)
{
    for (size_t i = 0; i < r->report.cases.count; i++) {
        const struct report_case *c = &r->report.cases.at[i];
        if (c->state == STATE_PASS) {
            cli_print("%s %s\n", c->target, c->id);
        } else if (r->o->why_skipped) {
            cli_print("%s %s: skip %s\n", c->target, c->id, c->reason);
        }
    }
}

static int list(struct call *call)
{
    struct selection sel = {0};
    struct run r = run_of(call, &sel, &(struct run_task){.again = NULL});
    int status = select_some(select_targets_and_cases(call, &sel), &sel, call->arena);
    if (status != EXIT_FINE) {
        return status;
    }
    err e = describe_cases(&r);
    if (failed(e)) {
        return cli_complain_err(e, r.arena);
    }
    drop_unreached(&r.report);
    print_list(&r);
    return r.s.stopped ? EXIT_CUT_SHORT : r.s.status;
}

static const struct args_option list_rows[] = {
    {"--target", "-t", ARGS_LIST, AT(targets), "T[,T2]",
     "target folders or HOST:PORT; may be repeated"},
    {"--why-skipped", NULL, ARGS_FLAG, AT(why_skipped), NULL,
     "also those that would not run, with the reason"},
    CLI_ONLY_ROW(AT),
    CLI_REQ_ROW(AT),
    CLI_SHARD_ROW(AT),
    {"--swap", NULL, ARGS_FLAG, AT(select.swap), NULL, "reversible scenarios, from the other side"},
    {"--tls", NULL, ARGS_LIST, AT(select.tls), "WORD,WORD",
     "a case for each TLS library and version named: openssl, gnutls, 1.2, 1.3, sut=LIBRARY"},
    CLI_PLACE_ROWS(AT),
};

const struct verb cli_list = {
    .name = "list",
    .run = list,
    .usage = "[PATH...] --target T [--why-skipped]",
    .doc = "which cases would run, and which not and why",
    .example = "assay list --target exim --why-skipped",
    VERB_ROWS(list_rows),
    CLI_RUN_OPTIONS(.format = "text,json"),
};
