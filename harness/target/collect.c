/* What the target left behind: wait until it rests, read every surface that `where` names, keep the
   files themselves as evidence. */
#include "harness/target/instance.h"

#include "base/buf.h"
#include "base/file.h"

#include <errno.h>
#include <unistd.h>

#define COMMAND_WAIT 10000
#define SAMPLE_GAP_US 3000
#define CALM_MS 100
#define MOST_QUEUED 128 /* beyond it reading the queue costs more than a fresh start */
#define COPY_CEILING ((size_t)256 << 20)
#define COPY_DEPTH 12

static bool ask(struct target *t, bool (*rests)(struct rest_watch *w, size_t *count))
{
    if (t->external || !t->running) {
        return true;
    }
    size_t count = t->seen_processes;
    bool all = !(t->dns && dnsd_owes(t->dns)) && rests(t->watch, &count);
    t->seen_processes = count;
    return all;
}

bool target_asleep(struct target *t)
{
    return ask(t, rest_look);
}

/* What was done last has woken somebody by now, who is at work or has been since. */
bool target_wait_for_rest(struct target *t)
{
    millis deadline = clock_ticks() + t->d.patience;
    do {
        usleep(SAMPLE_GAP_US);
        if (ask(t, rest_still)) {
            return true;
        }
    } while (clock_ticks() <= deadline);
    return false;
}

static bool is_queue_only(const struct target *t)
{
    const char *value = t->scenario ? scenario_setting(t->scenario, "queue_only") : NULL;
    return value && strcmp(value, "yes") == 0;
}

/* A message that no attempt was made for yet. With queue_only none will be made. */
static bool has_work(struct target *t)
{
    struct observation seen = {.dir = t->dir};
    bool some = false;
    if (!is_queue_only(t) && !failed(target_collect(t, SURFACE_QUEUE, t->scratch, &seen))) {
        for (size_t i = 0; i < seen.spool.count; i++) {
            const char *state = seen.spool.at[i].state;
            some = some || (state && strcmp(state, "active") == 0);
        }
    }
    arena_reset(t->scratch);
    return some;
}

bool target_rests(struct target *t)
{
    millis now = clock_ticks();
    if (t->external) {
        return true;
    }
    t->rest_asked = t->rest_asked ? t->rest_asked : now;
    if (!target_asleep(t)) {
        t->calm_since = 0;
        return false;
    }
    t->calm_since = t->calm_since ? t->calm_since : now;
    if (now - t->calm_since < CALM_MS) {
        return false;
    }
    if (now - t->rest_asked < t->d.patience && has_work(t)) {
        t->calm_since = 0; /* asking may wake it, and need not be done all the time */
        return false;
    }
    return true;
}

static err run_shell(void *context, const char *command, struct arena *arena, span *output)
{
    struct target *t = context;
    const char *argv[] = {"/bin/sh", "-c", command, NULL};
    struct command c = {.argv = argv, .env = t->environment.at, .dir = t->work, .input = SPAN_EMPTY,
                        .error_path = t->errors, .wait = COMMAND_WAIT};
    struct ended how;
    TRY(command_run(&c, arena, output, &how));
    return how.status == 0
               ? OK
               : err_of(ERR_IO, arena_printf(arena, "`%s`: exit status %d", command, how.status));
}

err target_collect(struct target *t, enum surface only, struct arena *arena,
                   struct observation *seen)
{
    struct source source = {.before = &t->before, .queued = &t->queued, .arena = arena,
                            .run = run_shell, .context = t};
    for (int surface = 0; surface < SURFACE_COUNT; surface++) {
        if (only != SURFACE_COUNT && (int)only != surface) {
            continue;
        }
        for (size_t i = 0; i < t->places.count; i++) {
            if ((int)t->places.at[i].format->surface != surface) {
                continue;
            }
            source.place = t->places.at[i].place;
            TRY(observe_read(t->places.at[i].format, &source, seen));
        }
    }
    return OK;
}

const char *target_place(const struct target *t, size_t n, enum surface *surface)
{
    if (n >= t->places.count) {
        return NULL;
    }
    *surface = t->places.at[n].format->surface;
    return t->places.at[n].place;
}

bool target_has_log(const struct target *t, const char *format)
{
    for (size_t i = 0; i < t->places.count; i++) {
        const struct format *f = t->places.at[i].format;
        if (f->surface == SURFACE_LOG && strcmp(f->name, format) == 0) {
            return true;
        }
    }
    return false;
}

/* Programs built with sanitizers report on standard error and may go on. */
void target_look_for_sanitizers(struct target *t)
{
    static const char *const signs[] = {"ERROR: AddressSanitizer", "ERROR: LeakSanitizer",
                                        "runtime error:", "WARNING: ThreadSanitizer"};
    span text;
    span line;
    if (t->death || failed(file_read(t->errors, COPY_CEILING, t->scratch, &text))) {
        return;
    }
    while (span_line(&text, &line)) {
        for (size_t i = 0; i < sizeof signs / sizeof *signs && !t->death; i++) {
            if (span_has(line, span_text(signs[i]))) {
                t->death = arena_printf(t->run_arena, "a sanitizer's report: %.*s", SPAN_FMT(line));
            }
        }
    }
}

static bool holds(const struct observation *seen, const char *id)
{
    for (size_t i = 0; i < seen->spool.count; i++) {
        if (strcmp(seen->spool.at[i].id, id) == 0) {
            return true;
        }
    }
    return false;
}

/* `spool` in an expect is the last copy that holds the message: also one taken before a `do`. */
static void add_earlier(struct target *t, struct arena *arena, struct observation *seen)
{
    for (size_t i = t->earlier.count; i > 0; i--) {
        if (!holds(seen, t->earlier.at[i - 1].id)) {
            struct spool_entry *copy = vec_push(arena, &seen->spool);
            *copy = t->earlier.at[i - 1];
            copy->state = NULL;
        }
    }
}

/* Takes note of what is queued. True if nothing is, or if it lies there for good: never tried or
   frozen, with nobody at work on it; so the next case may have the same running target. More
   processes than at the start say something only while a message is there: some servers keep theirs
   for the next client. */
static bool leave_queued(struct target *t, const struct observation *seen)
{
    bool idle = (seen->spool.count == 0 || t->seen_processes <= t->processes) &&
                t->queued.count + seen->spool.count <= MOST_QUEUED;
    for (size_t i = 0; i < seen->spool.count; i++) {
        const struct spool_entry *e = &seen->spool.at[i];
        idle = idle && e->state &&
               (strcmp(e->state, "active") == 0 || strcmp(e->state, "frozen") == 0);
        vec_add(t->run_arena, &t->queued, arena_text(t->run_arena, span_text(e->id)));
    }
    return idle;
}

err target_observe(struct target *t, struct arena *arena, struct observation *seen)
{
    *seen = (struct observation){.dir = t->dir};
    if (t->external) {
        return OK;
    }
    for (size_t i = 0; i < t->places.count; i++) {
        enum surface s = t->places.at[i].format->surface;
        seen->has_log = seen->has_log || s == SURFACE_LOG;
        seen->has_queue = seen->has_queue || s == SURFACE_QUEUE;
        seen->has_spool = seen->has_spool || s == SURFACE_SPOOL;
        seen->has_mail = seen->has_mail || s == SURFACE_MAILBOX;
    }
    bool rests = target_wait_for_rest(t);
    TRY(target_collect(t, SURFACE_COUNT, arena, seen));
    target_look_for_sanitizers(t);
    t->spent = t->spent || !rests || !leave_queued(t, seen) || t->death;
    add_earlier(t, arena, seen);
    arena_reset(t->scratch);
    return OK;
}

/* ---- evidence ---- */

static err copy_tree(const char *from, const char *to, unsigned depth, struct arena *arena)
{
    struct dir_list names;
    struct stat st;
    if (lstat(from, &st) < 0) {
        return errno == ENOENT ? OK : err_sys(errno, from);
    }
    if (S_ISREG(st.st_mode)) {
        span content;
        err e = file_read(from, COPY_CEILING, arena, &content);
        if (e.kind == ERR_LIMIT) { /* the rest of the evidence is kept all the same */
            return file_write(arena_printf(arena, "%s.left-out", to),
                              SPAN("too large to be kept\n"), 0644);
        }
        TRY(e);
        return file_write(to, content, 0644);
    }
    if (!S_ISDIR(st.st_mode) || depth == 0) {
        return OK; /* sockets, pipes and links are no evidence */
    }
    TRY(dir_make_all(to, 0755));
    TRY(dir_list(from, arena, &names));
    for (size_t i = 0; i < names.count; i++) {
        err e = copy_tree(path_join(arena, from, names.names[i]),
                          path_join(arena, to, names.names[i]), depth - 1, arena);
        if (failed(e) && e.sys != ENOENT) {
            return e;
        }
    }
    return OK;
}

err target_evidence(struct target *t, const char *folder)
{
    if (t->external) {
        return OK;
    }
    const char *const pairs[][2] = {{t->work, "mta"},     {t->dir, "dir"},
                                    {t->set_file, "set"}, {t->config_file, "config"},
                                    {t->env_file, "env"}, {t->errors, "stderr"}};
    err e = dir_make_all(folder, 0755);
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs && !failed(e); i++) {
        e = copy_tree(pairs[i][0], path_join(t->scratch, folder, pairs[i][1]), COPY_DEPTH,
                      t->scratch);
    }
    span questions = t->dns ? dnsd_questions(t->dns, t->scratch) : SPAN_EMPTY;
    if (!failed(e) && questions.len) {
        e = file_write(path_join(t->scratch, folder, "questions"), questions, 0644);
    }
    e = err_in(e, t->case_arena, "evidence in %s", folder);
    arena_reset(t->scratch);
    return e;
}
