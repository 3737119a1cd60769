/* The player is a process because namespaces belong to processes; what it found comes back as a
   report.json in the working folder, the form that is tested anyway. */
#include "harness/replay/run.h"

#include "base/file.h"
#include "harness/target/process.h"
#include "reports/formats.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define REPORT_CEILING ((size_t)1 << 30)
#define SET_FILE_CEILING ((size_t)1 << 20)

/* ---- the survey ---- */

struct survey {
    const struct replay_plan *plan;
    struct replay_capture *capture;
    struct arena *arena;
};

static err survey_flow(void *context, const struct capture_flow *flow)
{
    struct survey *s = context;
    if (!captures_chosen(&s->plan->streams, flow->stream)) {
        return OK;
    }
    vec_add(s->arena, &s->capture->ids, replay_case_id(s->capture, flow->stream, s->arena));
    return OK;
}

/* ---- settings ---- */

/* The first one that names a key stands. */
static void add_setting(struct replay_capture *c, span key, span value, struct arena *arena)
{
    const char *name = arena_text(arena, span_trim(key));
    if (!scenario_setting(&c->setup, name)) {
        *vec_push(arena, &c->setup.sets) = (struct setting){.key = name, .value = arena_text(arena, span_trim(value))};
    }
}

static err read_given(const struct args_texts *sets, struct arena *arena, struct replay_capture *c)
{
    for (size_t i = 0; i < sets->count; i++) {
        span key, value;
        if (!span_split(span_text(sets->at[i]), '=', &key, &value) || span_trim(key).len == 0) {
            return err_syntax(0, arena_printf(arena, "--set %s: it wants KEY=VALUE", sets->at[i]));
        }
        add_setting(c, key, value, arena);
    }
    return OK;
}

static err read_set_file(struct arena *arena, struct replay_capture *c)
{
    const char *path = path_join(arena, path_dir(arena, c->path), "replay.set");
    if (!path_is_file(path)) {
        return OK;
    }
    span text, line;
    TRY(err_in(file_read(path, SET_FILE_CEILING, arena, &text), arena, "%s", path));
    for (unsigned number = 1; span_line(&text, &line); number++) {
        line = span_trim(line);
        span key, value;
        if (line.len == 0 || line.at[0] == '#') {
            continue;
        }
        if (span_starts(line, SPAN("set "))) {
            line = span_from(line, 4);
        }
        if (!span_split(line, '=', &key, &value) || span_trim(key).len == 0) {
            return err_syntax(0, arena_printf(arena, "%s:%u: it wants KEY = VALUE, as behind `set` in a scenario", path, number));
        }
        add_setting(c, key, value, arena);
    }
    return OK;
}

/* The file without its ending, below at most two of its folders: the same wherever it lies. */
static const char *id_of(const char *path, struct arena *arena)
{
    char real[PATH_MAX];
    const char *whole = realpath(path, real) ? real : path;
    const char *id = captures_stem(whole, arena);
    const char *folder = path_dir(arena, whole);
    for (unsigned i = 0; i < 2 && strcmp(folder, "/") != 0 && strcmp(folder, ".") != 0 && *folder; i++) {
        id = arena_printf(arena, "%s/%s", path_base(folder), id);
        folder = path_dir(arena, folder);
    }
    char *text = arena_text(arena, span_text(id));
    for (char *at = text; *at; at++) {
        *at = ascii_is_blank((unsigned char)*at) || *at == '#' ? '_' : *at;
    }
    return text;
}

err replay_survey(const char *path, const char *spool, const struct args_texts *sets, const struct replay_plan *plan,
                  struct arena *arena, struct replay_capture *capture)
{
    *capture = (struct replay_capture){.path = path, .id = id_of(path, arena), .spool = spool};
    const char *beside = path_join(arena, path_dir(arena, path), "spool");
    if (!spool && path_is_dir(beside)) {
        capture->spool = beside;
    }
    capture->setup = (struct scenario){.path = path, .id = capture->id, .title = "replay"};
    struct survey s = {.plan = plan, .capture = capture, .arena = arena};
    struct capture_totals totals;
    TRY(captures_read(path, survey_flow, &s, arena, &totals));
    TRY(captures_nothing(path, &totals, arena));
    TRY(capture_keys_survey(&plan->keys, path, &plan->streams, arena, &capture->note));
    TRY(read_given(sets, arena, capture));
    TRY(read_set_file(arena, capture));
    if (capture->spool && !strchr(plan->target.name, ':')) {
        add_setting(capture, SPAN("queue_only"), SPAN("yes"), arena);
    }
    const char *queue_only = scenario_setting(&capture->setup, "queue_only");
    capture->queues = queue_only && strcmp(queue_only, "yes") == 0;
    return OK;
}

/* ---- in the player ---- */

struct player {
    const struct replay_plan *plan;
    const struct replay_capture *capture;
    struct replay_stage stage;
    struct arena *arena;
    struct report *report;
};

static err play_flow(void *context, const struct capture_flow *flow)
{
    struct player *p = context;
    if (process_interrupted()) {
        p->report->complete = false;
        return err_of(ERR_CLOSED, "interrupted");
    }
    if (!captures_chosen(&p->plan->streams, flow->stream)) {
        return OK;
    }
    struct dialogue d;
    dialogue_open(flow, p->plan->keys.secrets, flow->arena, &d);
    replay_case(&p->stage, p->capture, &d, p->arena, vec_push(p->arena, &p->report->cases));
    p->report->complete = !process_interrupted(); /* the last one too was in a hurry */
    return OK;
}

static err play_capture(struct player *p)
{
    struct capture_totals totals;
    err e = captures_read(p->capture->path, play_flow, p, p->arena, &totals);
    return p->report->complete ? e : OK;
}

static void tell_of_target(struct player *p, struct target *t)
{
    struct report_target *row = vec_push(p->arena, &p->report->targets);
    *row = (struct report_target){.name = p->plan->target.name, .version = target_version(t)};
    for (size_t i = 0; i < target_caps(t)->count; i++) {
        vec_add(p->arena, &row->caps, target_caps(t)->at[i]);
    }
    for (size_t i = 0; i < p->plan->compare.masks.count; i++) {
        const struct replay_mask *m = p->plan->compare.masks.at[i];
        vec_add(p->arena, &row->masks, arena_printf(p->arena, "wire %s because %s", m->name, m->because));
    }
    for (const struct spool_mask *m = replay_spool_masks; m->name; m++) {
        vec_add(p->arena, &row->masks,
                arena_printf(p->arena, "spool %s%s because %s", m->name, m->always ? "" : " where only one has it",
                             m->because));
    }
    p->report->isolation = target_isolation(t);
}

static err write_report(const struct report *report, const char *path)
{
    struct buf out;
    span text;
    struct report_style style = {false, false, false, false};
    buf_init(&out, REPORT_CEILING);
    report_write(report_format_find(SPAN("json")), report, style, &out);
    err e = buf_end(&out, &text);
    if (!failed(e)) {
        e = file_write(path, text, 0644);
    }
    buf_wipe(&out);
    return e;
}

static err play_all(const struct replay_plan *plan, struct arena *arena, const char *path)
{
    struct target *t;
    TRY(target_open(&plan->target, arena, &t));
    struct report report = {.tool = plan->tool, .complete = true};
    struct player p = {.plan = plan, .arena = arena, .report = &report};
    p.stage = (struct replay_stage){.target = t, .target_name = plan->target.name, .compare = &plan->compare,
                                    .timeout = plan->timeout, .patience = plan->patience, .out = plan->out, .again = plan->again};
    tell_of_target(&p, t);
    err e = OK;
    for (size_t i = 0; i < plan->captures.count && !failed(e) && report.complete; i++) {
        p.capture = &plan->captures.at[i];
        e = play_capture(&p);
    }
    target_close(t);
    TRY(e);
    return write_report(&report, path);
}

/* The player's exit status is the kind of its err; the sentence goes into a file. */
static void live(const struct replay_plan *plan, const char *path, const char *why)
{
    struct arena *arena = arena_new();
    err e = play_all(plan, arena, path);
    if (failed(e)) {
        e = failed(file_write(why, span_text(err_text(e, arena)), 0644)) ? err_of(ERR_IO, "") : e;
    }
    _exit((int)e.kind);
}

/* ---- in the parent ---- */

/* An interrupt may be meant for this process alone: the player looks for one too. */
static err wait_for(pid_t pid, int *status)
{
    pid_t ended = 0;
    while (ended == 0) {
        (void)poll(NULL, 0, 5);
        if (process_interrupted()) {
            (void)kill(pid, SIGTERM);
        }
        ended = waitpid(pid, status, WNOHANG);
    }
    return ended < 0 ? err_sys(errno, "waiting for the player") : OK;
}

static err hear(int status, const char *path, const char *why, struct arena *arena, struct report *report)
{
    span text;
    if (!WIFEXITED(status)) {
        return err_of(ERR_IO, arena_printf(arena, "the player was ended by signal %d", WTERMSIG(status)));
    }
    enum err_kind kind = (enum err_kind)WEXITSTATUS(status);
    if (kind != ERR_NONE) {
        bool told = kind < ERR_COUNT && !failed(file_read(why, SET_FILE_CEILING, arena, &text));
        return err_of(kind < ERR_COUNT ? kind : ERR_IO,
                      told ? arena_text(arena, text) : "the player ended without a word");
    }
    TRY(err_in(file_read(path, REPORT_CEILING, arena, &text), arena, "%s", path));
    return report_read(text, arena, report);
}

err replay_run(const struct replay_plan *plan, const char *work, struct arena *arena, struct report *report)
{
    const char *path = path_join(arena, work, "report.json");
    const char *why = path_join(arena, work, "why");
    (void)process_hold_interrupts();
    TRY(process_become_subreaper());
    pid_t pid = fork();
    if (pid < 0) {
        return err_sys(errno, "fork");
    }
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        live(plan, path, why);
    }
    int status = 0;
    TRY(wait_for(pid, &status));
    process_kill_all(arena);
    return hear(status, path, why, arena, report);
}
