/* The table of verbs, the help that is printed from it, and what all of them begin and end with: what is not in the
   table cannot be run, and what is in it cannot lack a line of help. */
#include "harness/cli/cli.h"

#include "base/file.h"
#include "base/rows.h"
#include "reports/spell.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PRINTED_CEILING = 1 << 30 };

const struct verb *const cli_verbs[] = {
    &cli_run,      &cli_check,  &cli_list,   &cli_flights,  &cli_matrix, &cli_diff,
    &cli_vectors,  &cli_chain,  &cli_fmt,    &cli_lint,     &cli_record, &cli_sessions,
    &cli_import,   &cli_replay, &cli_baseline, &cli_report, &cli_reduce, &cli_fuzz,
    &cli_req,      &cli_explain, &cli_serve, &cli_send,     &cli_target, &cli_help,
    NULL,
};

/* Much of what is told is quoted from files and peers: none of it may be a terminal's orders. */
static void put_spelled(FILE *to, span text)
{
    struct buf spelled;
    buf_init(&spelled, PRINTED_CEILING);
    spell_terminal(text, &spelled);
    if (spelled.len > 0) {
        (void)fwrite(spelled.at, 1, spelled.len, to);
    }
    buf_wipe(&spelled);
}

PRINTF_LIKE(2, 0) static void put_formatted(FILE *to, const char *format, va_list args)
{
    struct buf text;
    buf_init(&text, PRINTED_CEILING);
    buf_vprintf(&text, format, args);
    put_spelled(to, buf_span(&text));
    buf_wipe(&text);
}

void cli_print(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    put_formatted(stdout, format, args);
    va_end(args);
}

void cli_print_buf(struct buf *text)
{
    put_spelled(stdout, buf_span(text));
    buf_wipe(text);
}

void cli_note(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    put_formatted(stderr, format, args);
    va_end(args);
}

void cli_progress(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("\r\033[K", stderr);
    put_formatted(stderr, format, args);
    va_end(args);
    (void)fflush(stderr);
}

int cli_complain(int status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("assay: ", stderr);
    put_formatted(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    return status;
}

int cli_complain_err(err e, struct arena *arena)
{
    int status = e.kind == ERR_SYNTAX ? EXIT_USAGE : EXIT_ENVIRONMENT;
    return cli_complain(status, "%s", err_text(e, arena));
}

static const struct verb *find_verb(const char *name)
{
    const struct verb *const *v = cli_verbs;
    while (*v && strcmp((*v)->name, name) != 0) {
        v++;
    }
    return *v;
}

static int unknown_verb(const char *name)
{
    const char *names[sizeof cli_verbs / sizeof *cli_verbs - 1];
    size_t count = sizeof names / sizeof *names;
    for (size_t i = 0; i < count; i++) {
        names[i] = cli_verbs[i]->name;
    }
    const char *near = rows_suggest(names, count, sizeof *names, span_text(name));
    return cli_complain(EXIT_USAGE, "no verb %s%s%s%s; `assay help` lists them", name,
                        near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

static void print_help(const struct verb *v)
{
    struct buf out;
    buf_init(&out, 65536);
    args_help(v->rows, v->row_count, &out);
    printf("assay %s %s\n    %s\n\n%.*s%sexample:\n    %s\n", v->name, v->usage, v->doc,
           SPAN_FMT(buf_span(&out)), out.len ? "\n" : "", v->example);
    buf_wipe(&out);
}

static void print_overview(void)
{
    puts("assay - a conformance judge for mail servers\n\nverbs:");
    for (const struct verb *const *v = cli_verbs; *v; v++) {
        printf("  %-8s %s\n", (*v)->name, (*v)->doc);
    }
    puts("\nfirst steps:");
    for (const struct verb *const *v = cli_verbs; *v; v++) {
        printf("  %s\n", (*v)->example);
    }
    puts("\n`assay help VERB` lists a verb's options.\n\n"
         "exit status: 0 all as expected, 1 something unexpected, 2 the target crashed,\n"
         "3 usage or a mistake in a file, 4 environment, 5 interrupted.");
}

static int help(struct call *call)
{
    const struct verb *v = call->rest.count > 0 ? find_verb(call->rest.at[0]) : &cli_help;
    if (!v) {
        return unknown_verb(call->rest.at[0]);
    }
    if (v == &cli_help) {
        print_overview();
    } else {
        print_help(v);
    }
    return EXIT_FINE;
}

const struct verb cli_help = {.name = "help", .run = help, .usage = "[VERB]",
                              .doc = "this text, or that of one verb", .example = "assay help run"};

/* ---- a call ---- */

err cli_work(struct call *call)
{
    const char *base = getenv("TMPDIR");
    char *name = arena_printf(call->arena, "%s/assay-XXXXXX", base && *base ? base : "/tmp");
    if (call->work) {
        return OK;
    }
    if (!mkdtemp(name)) {
        return err_sys(errno, arena_printf(call->arena, "a working folder %s (TMPDIR chooses another place)", name));
    }
    call->work = name;
    return chmod(name, 0755) < 0 ? err_sys(errno, name) : OK;
}

static bool wants_help(int argc, char **argv)
{
    bool wanted = false;
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        wanted = wanted || strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0;
    }
    return wanted;
}

static int call_verb(const struct verb *v, int argc, char **argv)
{
    struct call call = {.argc = argc, .argv = argv, .arena = arena_new()};
    call.options = arena_take(call.arena, v->options_size);
    if (v->defaults) {
        memcpy(call.options, v->defaults, v->options_size);
    }
    err e = args_read(v->rows, v->row_count, argc, argv, call.options, &call.rest, call.arena);
    int status = failed(e) ? cli_complain_err(e, call.arena) : v->run(&call);
    if (call.work && failed(dir_remove_all(call.work))) {
        (void)cli_complain(0, "%s could not be removed", call.work);
    }
    arena_free(call.arena);
    return v->translate ? v->translate(argc, argv, status) : status;
}

int cli_main(int argc, char **argv)
{
    if (argc < 2) {
        print_overview();
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_overview();
        return EXIT_FINE;
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
        puts("assay " ASSAY_VERSION);
        return EXIT_FINE;
    }
    const struct verb *v = find_verb(argv[1]);
    int status = EXIT_FINE;
    if (!v) {
        status = unknown_verb(argv[1]);
    } else if (wants_help(argc - 1, argv + 1)) {
        print_help(v);
    } else {
        status = call_verb(v, argc - 1, argv + 1);
    }
    if (fflush(stdout) != 0 || ferror(stdout)) { /* a verb that flushed by itself may have lost it before */
        return cli_complain(EXIT_ENVIRONMENT,
                            "writing to standard output: the disk is full or the reader is gone");
    }
    return status;
}
