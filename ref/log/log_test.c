/* Files, the front of a line, durations, and that one line is one line whatever is in it. */
#include "ref/log/log.h"

#include "base/file.h"
#include "base/task.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <unistd.h>

#define WHEN (INT64_C(1795299869577257) * 1000)

struct world {
    char path[40];
    struct arena *arena;
    struct clock_still clock;
    struct log_options options;
    struct log log;
};

static void world_open(struct world *w, const char *selectors)
{
    strcpy(w->path, "/tmp/log-test-XXXXXX");
    cr_assert_not_null(mkdtemp(w->path));
    w->arena = arena_new();
    clock_still_init(&w->clock, WHEN, 0);
    w->options = (struct log_options){.spool_directory = w->path,
                                      .clock = &w->clock.clock,
                                      .pid = 42,
                                      .utc = true,
                                      .selectors = log_selectors_default()};
    cr_assert_not(
        failed(log_selectors_read(span_text(selectors), w->arena, &w->options.selectors)));
    err e = log_open(&w->log, &w->options, w->arena);
    cr_assert_not(failed(e), "%s", e.what);
}

static void world_close(struct world *w)
{
    cr_expect_not(failed(dir_remove_all(w->path)));
    arena_free(w->arena);
}

static span text_of(struct world *w, const char *path)
{
    span text = SPAN_EMPTY;
    if (path_is_file(path)) {
        cr_assert_not(failed(file_read(path, 1u << 26, w->arena, &text)));
    }
    return text;
}

Test(log, a_line_is_time_id_and_text)
{
    struct world w;
    world_open(&w, "");
    log_write(&w.log, LOG_MAIN, SPAN("1xUtVV-0003D5-1r"), SPAN("<= a@b"));
    log_printf(&w.log, LOG_MAIN, SPAN_EMPTY, "count %d", 7);
    cr_expect(span_eq(text_of(&w, w.log.main), SPAN("2026-11-21 22:24:29 1xUtVV-0003D5-1r <= a@b\n"
                                                    "2026-11-21 22:24:29 count 7\n")));
    cr_expect_eq(text_of(&w, w.log.reject).len, 0);
    world_close(&w);
}

Test(log, time_and_process_as_selected)
{
    struct world w;
    world_open(&w, "+millisec +pid");
    w.log.options.zone = true;
    log_write(&w.log, LOG_MAIN | LOG_PANIC, SPAN_EMPTY, SPAN("x"));
    cr_expect(span_eq(text_of(&w, w.log.main), SPAN("2026-11-21 22:24:29.577 +0000 [42] x\n")));
    cr_expect(span_eq(text_of(&w, w.log.panic), SPAN("2026-11-21 22:24:29.577 +0000 [42] x\n")));
    world_close(&w);
}

Test(log, rejected_headers_stand_below_in_the_reject_log_only)
{
    struct world w;
    world_open(&w, "");
    log_write_with(&w.log, LOG_MAIN | LOG_REJECT, SPAN_EMPTY, SPAN("no"), SPAN("  Subject: x\n"));
    cr_expect(span_eq(text_of(&w, w.log.main), SPAN("2026-11-21 22:24:29 no\n")));
    cr_expect(span_eq(text_of(&w, w.log.reject), SPAN("2026-11-21 22:24:29 no\n  Subject: x\n")));
    world_close(&w);
}

Test(log, control_characters_never_reach_the_file)
{
    struct world w;
    world_open(&w, "");
    log_write(&w.log, LOG_MAIN, SPAN_EMPTY,
              SPAN("a\r\n2026-11-21 forged\t\0\x1B[31m\x7F \xC3\xB6"));
    cr_expect(
        span_eq(text_of(&w, w.log.main), SPAN("2026-11-21 22:24:29 a\\r\\n2026-11-21 "
                                              "forged\\t\\000\\033[31m\\177 \xC3\xB6\n")),
        "%.*s", SPAN_FMT(text_of(&w, w.log.main)));
    world_close(&w);
}

Test(log, an_endless_line_is_cut)
{
    struct world w;
    world_open(&w, "");
    struct buf big;
    buf_init(&big, 1u << 20);
    for (size_t i = 0; i < 100000; i++) {
        buf_put_byte(&big, i % 2 ? '\n' : 'x');
    }
    log_write(&w.log, LOG_MAIN, SPAN_EMPTY, buf_span(&big));
    span text = text_of(&w, w.log.main);
    cr_expect(text.len <= LOG_LINE_LIMIT);
    cr_expect(span_ends(text, SPAN("...\n")));
    cr_expect_eq(span_find_byte(text, '\n'), text.len - 1);
    buf_wipe(&big);
    world_close(&w);
}

Test(log, a_rotated_file_is_made_anew)
{
    struct world w;
    world_open(&w, "");
    log_write(&w.log, LOG_MAIN, SPAN_EMPTY, SPAN("one"));
    cr_assert_eq(rename(w.log.main, path_join(w.arena, w.path, "old")), 0);
    log_write(&w.log, LOG_MAIN, SPAN_EMPTY, SPAN("two"));
    cr_expect(span_ends(text_of(&w, w.log.main), SPAN(" two\n")));
    cr_expect(span_ends(text_of(&w, path_join(w.arena, w.path, "old")), SPAN(" one\n")));
    world_close(&w);
}

#define THREADS 8
#define LINES 500

static void write_lines(void *arg)
{
    const struct log *log = arg;
    for (unsigned i = 0; i < LINES; i++) {
        log_printf(log, LOG_MAIN, SPAN_EMPTY, "%0*u", (int)(i % 200 + 1), 7u);
    }
}

Test(log, lines_of_threads_do_not_mix)
{
    struct world w;
    world_open(&w, "");
    struct task_group *g = task_group_new(THREADS, 0);
    for (unsigned i = 0; i < THREADS; i++) {
        cr_assert_not(failed(task_start(g, write_lines, &w.log)));
    }
    task_group_free(g);
    span text = text_of(&w, w.log.main);
    span line;
    size_t count = 0;
    while (span_split(text, '\n', &line, &text)) {
        cr_expect(span_starts(line, SPAN("2026-11-21 22:24:29 ")) && span_ends(line, SPAN("7")));
        cr_expect_eq(span_find_byte(line, '7'), line.len - 1);
        count++;
    }
    cr_expect_eq(count, THREADS * LINES);
    world_close(&w);
}

Test(log, durations)
{
    static const struct {
        int64_t nanos;
        const char *plain, *millisec;
    } rows[] = {
        {0, "0s", "0.000s"},
        {204 * NANOS_PER_MILLI, "0s", "0.204s"},
        {1999999999, "1s", "1.999s"},
        {60 * NANOS_PER_SECOND, "1m", "1m"},
        {225 * NANOS_PER_SECOND, "3m45s", "3m45s"},
        {3600 * NANOS_PER_SECOND, "1h", "1h"},
        {90061 * NANOS_PER_SECOND, "1d1h1m1s", "1d1h1m1s"},
        {-5, "0s", "0.000s"},
    };
    for (unsigned selected = 0; selected < 2; selected++) {
        struct world w;
        world_open(&w, selected ? "+millisec" : "-millisec");
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            struct buf out;
            buf_init(&out, 100);
            log_duration_put(&w.log, rows[i].nanos, &out);
            cr_expect(span_eq(buf_span(&out),
                              span_text(selected ? rows[i].millisec : rows[i].plain)),
                      "%.*s", SPAN_FMT(buf_span(&out)));
            buf_wipe(&out);
        }
        world_close(&w);
    }
}

Test(log, a_path_that_cannot_be_is_refused_with_what_to_do)
{
    static const struct {
        const char *path, *says;
    } rows[] = {
        {"log/%slog", "not absolute"},
        {"/tmp/log", "does not hold %s once"},
        {"/tmp/%s/%s", "does not hold %s once"},
        {"/tmp/%D-%s", "does not hold %s once"},
        {"/dev/null/%slog", "set log_file_path"},
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct log log;
        struct log_options options = {.path = rows[i].path, .clock = clock_system()};
        err e = log_open(&log, &options, arena);
        cr_expect(failed(e), "%s", rows[i].path);
        cr_expect(e.what && strstr(e.what, rows[i].says), "%s: %s", rows[i].path, e.what);
    }
    arena_free(arena);
}
