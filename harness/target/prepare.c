/* From a case to a server that answers: settings and configuration handed to `prepare`, a running
   target kept when the same bytes come out, a fresh one started when not. */
#include "harness/target/instance.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/rng.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Far more than any takes: a loaded machine costs time, never a case. */
#define PREPARE_WAIT 120000
#define START_WAIT 20000
#define PROBE_WAIT 5000
#define FIRST_CLIENT_PORT 40000
#define READY_PORT 39999
#define CONFIG_CEILING ((size_t)64 << 20)

/* ---- the case's files ---- */

static err put_file(struct target *t, const char *path, span content)
{
    return err_in(file_write(path, content, 0644), t->case_arena, "%s", path);
}

/* TLS, and early pipelining by some, are not offered unasked: a case that needs them says so to the target
   too. */
static void put_needs(const struct scenario *s, struct buf *set)
{
    static const struct {
        const char *need, *key, *value;
    } rows[] = {
        {"early", "advertise.early", "yes"},
        {"starttls", "advertise.starttls", "yes"},
        {"client-tickets", "advertise.tickets", "yes"},
        {"tickets", "advertise.tickets", "yes"},
        {"tls-on-connect", "tls.on_connect", "smtps"},
    };
    for (size_t i = 0; i < s->needs.count; i++) {
        for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
            if (strcmp(s->needs.at[i], rows[k].need) == 0 && !scenario_setting(s, rows[k].key)) {
                buf_printf(set, "%s = %s\n", rows[k].key, rows[k].value);
            }
        }
    }
}

/* old_key: what stands in the files of the case before, when it was this target's. */
static err write_case_files(struct target *t, const struct scenario *s, span old_key)
{
    struct buf set;
    struct buf config;
    buf_init(&set, CONFIG_CEILING);
    buf_init(&config, CONFIG_CEILING);
    for (size_t i = 0; i < s->sets.count; i++) {
        buf_printf(&set, "%s = ", s->sets.at[i].key);
        target_names_fill(t, span_text(s->sets.at[i].value), &set);
        buf_put_byte(&set, '\n');
    }
    put_needs(s, &set);
    for (size_t i = 0; i < s->sections.count; i++) {
        if (s->sections.at[i].kind == SECTION_CONFIG) {
            target_names_fill(t, s->sections.at[i].content, &config);
        }
    }
    t->key = arena_printf(t->case_arena, "%.*s\n%.*s", SPAN_FMT(buf_span(&set)),
                          SPAN_FMT(buf_span(&config)));
    bool same = t->running && span_eq(old_key, span_text(t->key));
    err e = same ? OK : put_file(t, t->set_file, buf_span(&set));
    if (!same && !failed(e)) {
        e = put_file(t, t->config_file, buf_span(&config));
    }
    buf_wipe(&set);
    buf_wipe(&config);
    return e;
}

static err empty_dir(struct target *t, const struct scenario *s)
{
    struct dir_list names = {0};
    struct stat st;
    bool is_as_made = stat(t->dir, &st) == 0 && (st.st_mode & 07777) == 0777 &&
                      !failed(dir_list(t->dir, t->scratch, &names)) && names.count == 0;
    if (!is_as_made) {
        TRY(err_in(dir_remove_all(t->dir), t->case_arena, "%s", t->dir));
        TRY(err_in(dir_make_all(t->dir, 0777), t->case_arena, "%s", t->dir));
        (void)chmod(t->dir, 0777); /* the target runs as somebody else; the umask is not asked */
    }
    for (size_t i = 0; i < s->sections.count; i++) {
        const struct section *file = &s->sections.at[i];
        if (file->kind == SECTION_FILE) {
            const char *path = path_join(t->scratch, t->dir, file->name);
            TRY(dir_make_all(path_dir(t->scratch, path), 0777));
            TRY(put_file(t, path, file->content));
            (void)chmod(path, 0666);
        }
    }
    return OK;
}

/* ---- prepare ---- */

/* `config PATH` lines of prepare's output, and what stands in those files. */
static err read_prepared(struct target *t, span output, struct arena *arena, prepared_files *files)
{
    span line;
    while (span_line(&output, &line)) {
        line = span_trim(line);
        if (!span_starts(line, SPAN("config "))) {
            if (line.len == 0) {
                continue;
            }
            return err_of(ERR_SYNTAX, arena_printf(t->case_arena,
                                                   "%s/prepare: prints `%.*s`; it may print "
                                                   "`config PATH`",
                                                   t->home, SPAN_FMT(line)));
        }
        const char *path = arena_text(arena, span_trim(span_from(line, 7)));
        span content;
        TRY(err_in(file_read(path, CONFIG_CEILING, arena, &content), t->case_arena, "%s", path));
        *vec_push(arena, files) = (struct prepared_file){path, content};
    }
    return OK;
}

static bool same_files(const prepared_files *a, const prepared_files *b)
{
    if (a->count != b->count) {
        return false;
    }
    for (size_t i = 0; i < a->count; i++) {
        if (strcmp(a->at[i].path, b->at[i].path) != 0 ||
            !span_eq(a->at[i].content, b->at[i].content)) {
            return false;
        }
    }
    return true;
}

static err prepare(struct target *t, struct arena *arena, prepared_files *files)
{
    struct verb_result r;
    target_verb_run(t, "prepare", NULL, SPAN_EMPTY, PREPARE_WAIT, &r);
    if (r.end == VERB_UNSUPPORTED && !target_verb_is_there(t, "prepare")) {
        return err_of(ERR_IO, arena_printf(t->case_arena, "%s has no executable prepare", t->home));
    }
    TRY(target_verb_err(&r));
    return read_prepared(t, r.output, arena, files);
}

/* A target that swallows what it cannot know would turn every unsupported option into a verdict. */
err target_probe_honesty(struct target *t)
{
    static const char *const keys[] = {"assay.bogus", "tls.library"};
    struct rng rng;
    rng_system(&rng);
    TRY(put_file(t, t->config_file, SPAN_EMPTY));
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const char *line =
            arena_printf(t->scratch, "%s = x%016llx\n", keys[i], (unsigned long long)rng_u64(&rng));
        struct verb_result r;
        TRY(put_file(t, t->set_file, span_text(line)));
        target_verb_run(t, "prepare", NULL, SPAN_EMPTY, PREPARE_WAIT, &r);
        if (r.end != VERB_UNSUPPORTED || !target_verb_is_there(t, "prepare")) {
            return err_of(
                ERR_SYNTAX,
                arena_printf(
                    t->case_arena,
                    "the honesty probe: %s/prepare was given `%.*s` and did not answer 77%s%s",
                    t->home, (int)strlen(line) - 1, line, r.what ? ": " : "",
                    r.what ? r.what : ""));
        }
    }
    t->honest = true;
    return OK;
}

/* ---- start ---- */

static bool is_below(span path, const char *folder)
{
    size_t len = strlen(folder);
    return span_starts(path, span_text(folder)) && path.len > len && path.at[len] == '/' &&
           span_find(path, SPAN("/../")) == SPAN_NONE;
}

static err read_where(struct target *t)
{
    struct verb_result r;
    target_verb_run(t, "where", NULL, SPAN_EMPTY, PREPARE_WAIT, &r);
    t->places.count = 0;
    if (r.end == VERB_UNSUPPORTED) {
        return OK;
    }
    TRY(target_verb_err(&r));
    span line;
    while (span_line(&r.output, &line)) {
        span kind;
        span name;
        span place;
        const char *near;
        (void)span_split(span_trim(line), ' ', &kind, &place);
        (void)span_split(span_trim(place), ' ', &name, &place);
        if (kind.len == 0) {
            continue;
        }
        const struct format *format = observe_format_find(kind, name, &near);
        if (!format || span_trim(place).len == 0) {
            return err_of(
                ERR_SYNTAX,
                arena_printf(t->case_arena, "%s/where: `%.*s`: no such format, or no place%s%s%s",
                             t->home, SPAN_FMT(line), near ? "; there is " : "", near ? near : "",
                             near ? "" : "; kinds are log, queue, spool, mailbox, keylog"));
        }
        place = span_trim(place);
        if (format->begin == begin_maildir && !is_below(place, t->work)) {
            return err_of(ERR_SYNTAX,
                          arena_printf(t->case_arena,
                                       "%s/where: `%.*s`: maildirs have to lie below $ASSAY_WORK, "
                                       "since they are emptied before each case",
                                       t->home, SPAN_FMT(line)));
        }
        *vec_push(t->run_arena, &t->places) =
            (struct surface_place){format, arena_text(t->run_arena, place)};
    }
    return OK;
}

/* Takes note of processes that ended. True if the target is dead. */
static bool take_the_dead(struct target *t)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        bool starter = pid == t->starter;
        t->starter = starter ? 0 : t->starter;
        if (WIFSIGNALED(status) && !t->death) {
            t->death = arena_printf(t->run_arena, "process %d was ended by signal %d (%s)%s",
                                    (int)pid, WTERMSIG(status), strsignal(WTERMSIG(status)),
                                    WCOREDUMP(status) ? ", core dumped" : "");
        } else if (WIFEXITED(status) && WEXITSTATUS(status) != 0 && starter && !t->death) {
            t->death =
                arena_printf(t->run_arena, "start ended with status %d", WEXITSTATUS(status));
        }
    }
    if (!t->death && t->running && pid < 0) { /* what is left behind is our child */
        t->death = "no process of it is left";
    }
    return t->death != NULL;
}

bool target_died(struct target *t)
{
    bool dead = !t->external && t->running && take_the_dead(t);
    arena_reset(t->scratch);
    return dead;
}

static err spawn_start(struct target *t)
{
    const char *argv[] = {path_join(t->scratch, t->home, "start"), NULL};
    int pair[2];
    while (waitpid(-1, NULL, WNOHANG) > 0) {
        /* What a verb that was killed left behind is no death of this target. */
    }
    if (!target_verb_is_there(t, "start")) {
        return err_of(ERR_IO, arena_printf(t->case_arena, "%s has no executable start", t->home));
    }
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
        return err_sys(errno, "socketpair");
    }
    /* The child's end stays open across exec under a number that it is told. */
    int theirs = dup(pair[1]);
    texts env = {0};
    for (size_t i = 0; t->environment.at[i]; i++) {
        vec_add(t->scratch, &env, t->environment.at[i]);
    }
    vec_add(t->scratch, &env, arena_printf(t->scratch, "ASSAY_ENV_FD=%d", theirs));
    vec_add(t->scratch, &env, NULL);
    struct command c = {
        .argv = argv, .env = env.at, .dir = t->work, .input = SPAN_EMPTY, .error_path = t->errors};
    err e = command_start(&c, t->scratch, &t->starter);
    close(pair[1]);
    if (theirs >= 0) {
        close(theirs);
    }
    t->control = pair[0];
    t->death = NULL;
    return e;
}

static err not_answering(struct target *t, err last, const struct address *at)
{
    char host[64];
    const char *errors = target_verb_errors(t, t->scratch);
    address_host(at, host, sizeof host);
    return err_of(
        ERR_IO,
        arena_printf(t->case_arena, "target %s did not start: %s%s%s", t->o.name,
                     t->death ? t->death
                              : arena_printf(t->scratch, "no answer on %s:%u within %d s (%s)",
                                             host, (unsigned)address_port(at), START_WAIT / 1000,
                                             last.what ? err_text(last, t->scratch)
                                                       : err_kind_name(last.kind)),
                     *errors ? "; standard error: " : "", errors));
}

err target_start(struct target *t)
{
    struct address to;
    struct address from;
    millis deadline = clock_ticks() + START_WAIT;
    if (!target_sut(t, "smtp", &to) ||
        !address_parse(span_text(t->in.client_host), t->in.fixed_ports ? READY_PORT : 0, &from)) {
        return err_of(ERR_IO, "the target's address cannot be read");
    }
    TRY(spawn_start(t));
    t->running = true;
    for (;;) {
        err e = target_ready_probe(&to, &from, PROBE_WAIT, t->scratch);
        if (!failed(e)) {
            e = read_where(t);
            if (failed(e)) {
                target_stop(t); /* else the next case would go on with half of what it leaves behind */
            }
            return e;
        }
        if (take_the_dead(t) || clock_ticks() > deadline) {
            err why = not_answering(t, e, &to);
            target_stop(t);
            return why;
        }
        usleep(10000);
    }
}

/* Files of another case are not evidence of this one. */
static err start_afresh(struct target *t, const struct scenario *s)
{
    bool was_well = t->death == NULL;
    target_stop(t);
    if (was_well && t->death) {
        const char *why = arena_text(t->case_arena, span_text(t->death));
        t->death = NULL;
        return err_of(ERR_IO, arena_printf(t->case_arena,
                                           "the target that ran before this case left %s", why));
    }
    arena_reset(t->run_arena);
    t->rows = target_names_rows(t, t->run_arena);
    t->prepared = (prepared_files){0};
    t->queued = (queue_ids){0};
    t->places.at = NULL;
    t->places.count = t->places.room = 0;
    t->death = NULL;
    t->spent = false;
    t->clock_moved = 0;
    TRY(err_in(dir_remove_all(t->work), t->case_arena, "%s", t->work));
    TRY(err_in(dir_make_all(t->work, 0755), t->case_arena, "%s", t->work));
    TRY(put_file(t, t->errors, SPAN_EMPTY));
    TRY(empty_dir(t, s));
    TRY(target_names_write(t));
    TRY(target_write_environment(t));
    TRY(prepare(t, t->run_arena, &t->prepared));
    return target_start(t);
}

/* The verbs of `do`, a bit for each. */
static unsigned verbs_in(const steps *play)
{
    unsigned verbs = 0;
    for (size_t i = 0; i < play->count; i++) {
        const struct step *s = &play->at[i];
        verbs |= s->kind == STEP_DO ? 1U << s->verb : 0;
        for (size_t b = 0; b < s->branches.count; b++) {
            verbs |= verbs_in(&s->branches.at[b].play);
        }
    }
    return verbs;
}

static unsigned verbs_of(const struct scenario *s)
{
    unsigned verbs = 0;
    for (size_t i = 0; i < s->blocks.count; i++) {
        verbs |= verbs_in(&s->blocks.at[i].play);
    }
    return verbs;
}

/* A case with restart, reload, kill or clock has a target to itself; so has one with servers of its
   own, whose names are in /etc/hosts. */
static bool needs_its_own(const struct scenario *s)
{
    return target_plays_server(s) || (verbs_of(s) & ~(1U << DO_QUEUE_RUN | 1U << DO_SUBMIT));
}

/* Can the running target take the case? Not if the name server says something else now: resolvers
   keep answers, and that there was none. prepare is asked, unless the question is the same as before. */
static err can_go_on(struct target *t, bool same_key, bool *yes)
{
    prepared_files files = {0};
    *yes = t->running && !t->spent && !target_died(t) &&
           strcmp(t->rows, target_names_rows(t, t->scratch)) == 0;
    if (*yes && !same_key) {
        TRY(prepare(t, t->case_arena, &files));
        *yes = same_files(&files, &t->prepared);
    }
    return OK;
}

err target_ready(struct target *t, const struct scenario *s, struct arena *arena)
{
    span old_key = span_text(arena_text(arena, span_text(t->key)));
    if (t->dns) {
        dnsd_serve(t->dns, NULL);
    }
    arena_reset(t->case_arena);
    arena_reset(t->scratch);
    t->scenario = s;
    t->zone = (struct dnsd_zone){{0}};
    t->next_port = FIRST_CLIENT_PORT;
    t->before = (marks){0};
    t->rest_asked = t->calm_since = 0;
    t->earlier.at = NULL;
    t->earlier.count = t->earlier.room = 0;
    if (t->external) {
        return OK; /* it answered when it was opened; each connection more is one that somebody else pays for */
    }
    TRY(target_names_serve(t));
    if (!t->honest) {
        TRY(target_probe_honesty(t));
    }
    TRY(write_case_files(t, s, old_key));
    bool go_on;
    bool own = needs_its_own(s);
    /* A queue run would deliver earlier cases' messages too. */
    t->spent = t->spent || own || (t->queued.count > 0 && (verbs_of(s) & 1U << DO_QUEUE_RUN));
    err e = can_go_on(t, span_eq(old_key, span_text(t->key)), &go_on);
    if (failed(e)) {
        t->key = NULL; /* what runs is not what was asked for: the next case asks again */
        return e;
    }
    if (go_on) {
        TRY(empty_dir(t, s));
    } else {
        TRY(start_afresh(t, s));
    }
    t->spent = own;
    /* One that goes on came to rest behind the case before. */
    if (!go_on) {
        if (!target_wait_for_rest(t)) {
            return err_of(ERR_IO, "the target does not come to rest after its start");
        }
        t->processes = t->seen_processes;
    }
    for (size_t i = 0; i < t->places.count; i++) {
        const struct surface_place *p = &t->places.at[i];
        if (p->format->begin) {
            TRY(p->format->begin(p->place, t->case_arena, &t->before));
        }
    }
    arena_reset(t->scratch);
    return OK;
}
