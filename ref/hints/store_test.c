/* Hints are kept, grow old, are bounded, shared between processes and threads; and nothing that
   happens to their files is more than one line in the log. */
#include "ref/hints/store.h"

#include "base/check.h"
#include "base/file.h"
#include "base/task.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct desk {
    struct arena *arena;
    char spool[64];
    const char *folder;
    struct clock_still clock;
    struct hints *hints;
    unsigned lines;
    char line[512];
};

static void log_line(void *context, const char *line)
{
    struct desk *d = context;
    d->lines++;
    snprintf(d->line, sizeof d->line, "%s", line);
}

static void desk_open(struct desk *d, size_t map)
{
    *d = (struct desk){.arena = arena_new()};
    snprintf(d->spool, sizeof d->spool, "/tmp/hints-test-XXXXXX");
    cr_assert(mkdtemp(d->spool) != NULL);
    d->folder = path_join(d->arena, d->spool, "db");
    clock_still_init(&d->clock, 1000000 * NANOS_PER_SECOND, 0);
    d->hints = hints_open(&(struct hints_setup){d->folder, &d->clock.clock, map, log_line, d});
}

static void desk_close(struct desk *d)
{
    hints_close(d->hints);
    (void)chmod(d->spool, 0755);
    cr_expect(!failed(dir_remove_all(d->spool)));
    arena_free(d->arena);
}

static bool has(struct desk *d, const char *key, const char *value)
{
    struct hint hint;
    return hints_get(d->hints, HINTS_MISC, span_text(key), 0, d->arena, &hint) &&
           span_eq(hint.value, span_text(value));
}

static bool put(struct desk *d, const char *key, const char *value)
{
    return hints_put(d->hints, HINTS_MISC, span_text(key), 0, span_text(value));
}

Test(hints, kept_taken_dropped)
{
    struct desk d;
    struct hint hint;
    desk_open(&d, 0);
    cr_expect_not(has(&d, "a", "1"));
    cr_expect_not(path_is_dir(d.folder), "asking makes no files");
    cr_expect(put(&d, "a", "1") && put(&d, "a", "2") && put(&d, "b", "x") && put(&d, "e", ""));
    cr_expect(has(&d, "a", "2") && has(&d, "b", "x") && has(&d, "e", ""));
    cr_expect_not(hints_get(d.hints, HINTS_RETRY, SPAN("a"), 0, d.arena, &hint));
    hints_drop(d.hints, HINTS_MISC, SPAN("b"));
    hints_drop(d.hints, HINTS_MISC, SPAN("never there"));
    cr_expect_not(has(&d, "b", "x"));
    cr_expect(hints_take(d.hints, HINTS_MISC, SPAN("a"), 0, d.arena, &hint));
    cr_expect(span_eq(hint.value, SPAN("2")) && hint.stamp == 1000000 * NANOS_PER_SECOND);
    cr_expect_not(hints_take(d.hints, HINTS_MISC, SPAN("a"), 0, d.arena, &hint));
    hints_close(d.hints);
    d.hints = hints_open(&(struct hints_setup){d.folder, &d.clock.clock, 0, log_line, &d});
    cr_expect(has(&d, "e", ""), "it is on disk");
    cr_expect_eq(d.lines, 0);
    desk_close(&d);
}

Test(hints, they_grow_old)
{
    struct desk d;
    struct hint hint;
    desk_open(&d, 0);
    instant now = clock_now(&d.clock.clock);
    cr_expect(put(&d, "old", "1"));
    cr_expect(hints_put(d.hints, HINTS_MISC, SPAN("until"), now + 5 * NANOS_PER_SECOND, SPAN("1")));
    clock_still_move(&d.clock, 5 * NANOS_PER_SECOND);
    cr_expect(has(&d, "until", "1"));
    cr_expect(hints_get(d.hints, HINTS_MISC, SPAN("old"), 5000, d.arena, &hint));
    clock_still_move(&d.clock, NANOS_PER_SECOND);
    cr_expect_not(has(&d, "until", "1"));
    cr_expect_not(hints_get(d.hints, HINTS_MISC, SPAN("old"), 5000, d.arena, &hint));
    cr_expect_not(has(&d, "old", "1"), "what was found too old is gone");
    cr_expect(put(&d, "a", "1") && put(&d, "b", "1"));
    clock_still_move(&d.clock, 10 * NANOS_PER_SECOND);
    cr_expect(put(&d, "c", "1"));
    cr_expect_eq(hints_tidy(d.hints, HINTS_MISC, 0), 0);
    cr_expect_eq(hints_tidy(d.hints, HINTS_MISC, 9000), 2);
    cr_expect(has(&d, "c", "1") && !has(&d, "a", "1"));
    /* A clock that went back makes nothing old. */
    clock_still_set(&d.clock, 1);
    cr_expect(hints_get(d.hints, HINTS_MISC, SPAN("c"), 1, d.arena, &hint));
    desk_close(&d);
}

Test(hints, the_file_has_a_bound_and_the_newest_stay)
{
    struct desk d;
    desk_open(&d, 1 << 20);
    char value[1000], key[16];
    memset(value, 'v', sizeof value - 1);
    value[sizeof value - 1] = 0;
    for (int i = 0; i < 5000; i++) {
        snprintf(key, sizeof key, "k%d", i);
        clock_still_move(&d.clock, NANOS_PER_SECOND);
        cr_assert(put(&d, key, value), "%d: %s", i, d.line);
        cr_assert(has(&d, key, value));
    }
    cr_expect(has(&d, "k4990", value) && !has(&d, "k0", value));
    struct stat s;
    cr_assert(stat(path_join(d.arena, d.folder, "misc.mdb"), &s) == 0);
    cr_expect_leq(s.st_size, 1 << 20);
    char *large = arena_take(d.arena, HINT_VALUE_OCTETS + 2);
    memset(large, 'x', HINT_VALUE_OCTETS + 1);
    cr_expect_not(put(&d, "large", large));
    char long_key[600];
    memset(long_key, 'k', sizeof long_key - 1);
    long_key[sizeof long_key - 1] = 0;
    cr_expect_not(put(&d, long_key, "1"));
    cr_expect_not(has(&d, long_key, "1"));
    cr_expect_not(put(&d, "", "1"));
    cr_expect_eq(d.lines, 0, "%s", d.line);
    desk_close(&d);
}

Test(hints, a_damaged_file_is_made_anew_and_said_once)
{
    struct desk d;
    desk_open(&d, 0);
    cr_assert(put(&d, "a", "1"));
    hints_close(d.hints);
    const char *path = path_join(d.arena, d.folder, "misc.mdb");
    span text;
    cr_assert(!failed(file_read(path, 1 << 24, d.arena, &text)));
    unsigned char *bytes = arena_take(d.arena, text.len);
    memcpy(bytes, text.at, text.len);
    memset(bytes + 2 * 4096, 0xff, text.len - 2 * (size_t)4096);
    cr_assert(!failed(file_write(path, span_of(bytes, text.len), 0644)));
    d.hints = hints_open(&(struct hints_setup){d.folder, &d.clock.clock, 0, log_line, &d});
    cr_expect_not(has(&d, "a", "1"));
    cr_expect_eq(d.lines, 1);
    cr_expect(strstr(d.line, "misc.mdb: it is damaged and is made anew") != NULL, "%s", d.line);
    cr_expect(put(&d, "a", "2") && has(&d, "a", "2"));
    /* Cut while it is open, nonsense in its place, taken away. */
    cr_assert(truncate(path, 4096) == 0);
    cr_expect_not(has(&d, "a", "2"));
    cr_expect(put(&d, "a", "3") && has(&d, "a", "3"));
    cr_assert(unlink(path) == 0);
    cr_expect_not(has(&d, "a", "3"));
    cr_expect(put(&d, "a", "4") && has(&d, "a", "4"));
    cr_assert(unlink(path) == 0 && !failed(file_write(path, SPAN("nonsense"), 0644)));
    cr_expect(put(&d, "a", "5") && has(&d, "a", "5"));
    desk_close(&d);
}

Test(hints, a_folder_that_cannot_be_is_one_line)
{
    struct desk d;
    desk_open(&d, 0);
    cr_assert(!failed(file_write(d.folder, SPAN("a file"), 0644)));
    for (int i = 0; i < 3; i++) {
        cr_expect_not(put(&d, "a", "1"));
        cr_expect_not(has(&d, "a", "1"));
        cr_expect_eq(hints_tidy(d.hints, HINTS_MISC, 1), 0);
    }
    cr_expect_eq(d.lines, 1);
    cr_expect(strstr(d.line, "misc.mdb: it cannot be opened: ") != NULL, "%s", d.line);
    cr_assert(unlink(d.folder) == 0);
    cr_expect(put(&d, "a", "1") && has(&d, "a", "1"), "it goes on when it can");
    desk_close(&d);
}

static bool count_visits(void *context, span key, const struct hint *hint)
{
    unsigned *count = context;
    ++*count;
    return key.len > 0 && hint->value.len > 0;
}

Test(hints, two_processes_share_a_file)
{
    struct desk d;
    desk_open(&d, 0);
    pid_t child = fork();
    if (child == 0) {
        for (int i = 0; i < 200; i++) {
            char key[16];
            snprintf(key, sizeof key, "child%d", i);
            (void)put(&d, key, "1");
        }
        hints_close(d.hints);
        _exit(d.lines != 0);
    }
    for (int i = 0; i < 200; i++) {
        char key[16];
        snprintf(key, sizeof key, "parent%d", i);
        cr_expect(put(&d, key, "1"));
    }
    int status;
    cr_assert(waitpid(child, &status, 0) == child);
    cr_expect_eq(status, 0);
    unsigned count = 0;
    hints_each(d.hints, HINTS_MISC, count_visits, &count);
    cr_expect_eq(count, 400);
    desk_close(&d);
}

struct grab {
    struct desk *desk;
    _Atomic unsigned got;
};

static void grab_all(void *arg)
{
    struct grab *g = arg;
    struct arena *arena = arena_new();
    for (int i = 0; i < 100; i++) {
        char key[16];
        struct hint hint;
        snprintf(key, sizeof key, "k%d", i);
        g->got += hints_take(g->desk->hints, HINTS_MISC, span_text(key), 0, arena, &hint);
    }
    arena_free(arena);
}

Test(hints, each_is_taken_once)
{
    struct desk d;
    desk_open(&d, 0);
    for (int i = 0; i < 100; i++) {
        char key[16];
        snprintf(key, sizeof key, "k%d", i);
        cr_assert(put(&d, key, "1"));
    }
    struct grab g = {.desk = &d};
    struct task_group *group = task_group_new(4, 0);
    for (int i = 0; i < 4; i++) {
        cr_assert(!failed(task_start(group, grab_all, &g)));
    }
    task_group_free(group);
    cr_expect_eq(g.got, 100);
    desk_close(&d);
}
