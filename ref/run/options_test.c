/* The command line: what is taken, and the sentence for what is not. */
#include "ref/run/modes.h"

#include "base/rows.h"
#include "ref/queue/queue.h"

#include <criterion/criterion.h>

enum { WORDS = 8 };

static err read_words(const char *const words[WORDS], struct arena *arena, struct run_options *o)
{
    char *argv[WORDS + 2] = {arena_text(arena, SPAN("refmta"))};
    int argc = 1;
    for (; argc <= WORDS && words[argc - 1] != NULL; argc++) {
        argv[argc] = arena_text(arena, span_text(words[argc - 1]));
    }
    return run_options_read(argc, argv, arena, o);
}

Test(run_options, taken)
{
    struct arena *arena = arena_new();
    struct run_options o;
    const char *const daemon[WORDS] = {"-C", "/c", "-bdf", "-oX127.0.0.1.25", "-oP", "/p", "-DA=b"};
    cr_assert_not(failed(read_words(daemon, arena, &o)));
    cr_expect_str_eq(o.mode->name, "-bdf");
    cr_expect_str_eq(o.config, "/c");
    cr_expect(o.config_given);
    cr_expect_str_eq(o.interfaces, "127.0.0.1.25");
    cr_expect_str_eq(o.pid_file, "/p");
    cr_expect(o.defines.count == 1 && strcmp(o.defines.at[0], "A=b") == 0);

    const char *const submit[WORDS] = {"-fa@b", "-oi", "--", "-x@y", "z"};
    cr_assert_not(failed(read_words(submit, arena, &o)));
    cr_expect(o.mode == &run_mode_submit && o.dot_is_text && !o.config_given);
    cr_expect_str_eq(o.sender, "a@b");
    cr_expect(o.words.count == 2 && strcmp(o.words.at[0], "-x@y") == 0);

    const char *const caller[WORDS] = {"-FCron Daemon", "-B8BITMIME", "-oem", "-ti", "-m", "u"};
    cr_assert_not(failed(read_words(caller, arena, &o)));
    cr_expect_str_eq(o.full_name, "Cron Daemon");
    cr_expect_str_eq(o.body_type, "8BITMIME");
    cr_expect_str_eq(o.errors, "m");
    cr_expect(o.from_headers && o.dot_is_text);

    const char *const env[WORDS] = {"--env=/e", "--env-socket", "3", "-bs"};
    cr_assert_not(failed(read_words(env, arena, &o)));
    cr_expect_str_eq(o.env_file, "/e");
    cr_expect_str_eq(o.env_socket, "3");
    arena_free(arena);
}

Test(run_options, queue_runs_are_a_mode_or_part_of_a_daemon)
{
    static const struct {
        const char *words[WORDS];
        const struct run_mode *mode; /* NULL: -bd */
        unsigned how;
        int64_t interval;
    } rows[] = {
        {{"-q"}, &run_mode_queue_run, QUEUE_AS_DUE, 0},
        {{"-qf"}, &run_mode_queue_run, QUEUE_FORCE, 0},
        {{"-qff"}, &run_mode_queue_run, QUEUE_FORCE | QUEUE_THAW, 0},
        {{"-q15m"}, &run_mode_queue_daemon, QUEUE_AS_DUE, 900000},
        {{"-qff1h"}, &run_mode_queue_daemon, QUEUE_FORCE | QUEUE_THAW, 3600000},
        {{"-bd", "-q30s"}, NULL, QUEUE_AS_DUE, 30000},
        {{"-qf30s", "-bd"}, NULL, QUEUE_FORCE, 30000},
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct run_options o;
        err e = read_words(rows[i].words, arena, &o);
        cr_assert_not(failed(e), "%s: %s", rows[i].words[0], e.what);
        cr_expect(rows[i].mode != NULL ? o.mode == rows[i].mode : strcmp(o.mode->name, "-bd") == 0,
                  "%s is %s", rows[i].words[0], o.mode->name);
        cr_expect_eq(o.queue_how, rows[i].how, "%s", rows[i].words[0]);
        cr_expect_eq(o.queue_interval, rows[i].interval, "%s", rows[i].words[0]);
    }
    const char *const wrong[][WORDS] = {{"-qGa/b"}, {"-qG../x"}, {"-qGslow/x"}, {"-bs", "-qGslow"},
                                        {"-bp", "-qfGslow"}, {"-qx"}, {"-q0s"}, {"-q", "-bs"}, {"-bd", "-q"},
                                        {"-odx", "a@b"}, {"-od", "a@b"}, {"-q", "a@b"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct run_options o;
        cr_expect(failed(read_words(wrong[i], arena, &o)), "%s %s", wrong[i][0],
                  wrong[i][1] != NULL ? wrong[i][1] : "");
    }
    arena_free(arena);
}

Test(run_options, a_queue_is_named_behind_G)
{
    static const struct {
        const char *words[WORDS], *queue;
        int64_t interval;
    } rows[] = {
        {{"-qGslow"}, "slow", 0},           {{"-qffGslow"}, "slow", 0},
        {{"-qGslow/15m"}, "slow", 900000},  {{"-bd", "-qGslow/15m"}, "slow", 900000},
        {{"-bp", "-qGslow"}, "slow", 0},    {{"-qGslow", "-Mrm", "x"}, "slow", 0},
        {{"-qG"}, "", 0},                   {{"-MG", "other", "x"}, NULL, 0},
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct run_options o;
        err e = read_words(rows[i].words, arena, &o);
        cr_assert_not(failed(e), "%s: %s", rows[i].words[0], e.what);
        cr_expect(span_eq(span_text(o.queue), span_text(rows[i].queue)), "%s", rows[i].words[0]);
        cr_expect_eq(o.queue_interval, rows[i].interval, "%s", rows[i].words[0]);
    }
    arena_free(arena);
}

Test(run_options, what_is_traced)
{
    static const struct {
        const char *word;
        bool expand, route;
    } rows[] = {
        {"-d", true, true},            {"-d+expand", true, false}, {"-d+all", true, true},
        {"-d+all-expand", false, true}, {"-d-all+route", false, true}, {"-d-all", false, false},
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct run_options o;
        const char *const words[WORDS] = {rows[i].word};
        cr_assert_not(failed(read_words(words, arena, &o)), "%s", rows[i].word);
        cr_expect_eq(run_options_trace(&o, "expand"), rows[i].expand, "%s", rows[i].word);
        cr_expect_eq(run_options_trace(&o, "route"), rows[i].route, "%s", rows[i].word);
    }
    arena_free(arena);
}

Test(run_options, refused_with_a_sentence)
{
    static const struct {
        const char *words[WORDS], *what;
    } rows[] = {
        {{"-bq"},
         "unknown option \"-bq\", did you mean \"-B\"?; refmta --help lists them"        },
        {{"--halp"},
         "unknown option \"--halp\", did you mean \"--help\"?; refmta --help lists them" },
        {{"--nonsense"},        "unknown option \"--nonsense\"; refmta --help lists them"},
        {{"-bd", "-bs"},        "-bd and -bs exclude each other"                         },
        {{"-d+NONSENSE"},       "-d+NONSENSE: \"NONSENSE\" is not known; what can be traced is "
                                "+expand, +route and +all"},
        {{"-dexpand"},          "-dexpand: \"expand\" is not known; what can be traced is "
                                "+expand, +route and +all"},
        {{"-qGinput"},          "queue name is that of a part of the spool: \"-qGinput\""},
        {{"-C"},                "-C needs FILE behind it"                                },
        {{"-bd", "x"},          "\"x\" is no option, and -bd takes nothing else"         },
        {{"--env-socket", "3"}, "--env-socket needs --env FILE"                          },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new();
        struct run_options o;
        err e = read_words(rows[i].words, arena, &o);
        cr_expect(e.kind == ERR_SYNTAX, "%s", rows[i].what);
        cr_expect_str_eq(e.what ? e.what : "", rows[i].what, "%s", e.what ? e.what : "");
        arena_free(arena);
    }
}

Test(run_options, tables_are_sorted)
{
    cr_expect(rows_sorted(run_modes, run_mode_count, sizeof *run_modes));
    struct buf out;
    buf_init(&out, 65536);
    run_options_help(&out);
    cr_expect(span_has(buf_span(&out), SPAN("-bdf")) &&
              span_has(buf_span(&out), SPAN("--env FILE")));
    buf_wipe(&out);
}
