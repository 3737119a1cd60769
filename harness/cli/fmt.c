/* fmt and lint: scenarios in the one form, and what is wrong with them. */
#include "harness/cli/cli.h"
#include "harness/cli/select.h"

#include "base/buf.h"
#include "base/file.h"

#include <fcntl.h>
#include <unistd.h>

#define SCENARIO_CEILING ((size_t)64 << 20)

struct fmt_options {
    bool check;
};

static const struct args_option fmt_rows[] = {
    {"--check", "-n", ARGS_FLAG, offsetof(struct fmt_options, check), NULL,
     "write nothing; exit status 1 if a file is not in the one form"},
};
#define ROWS(table) (table), sizeof(table) / sizeof *(table)

/* Files are replaced as a whole: a full disk must not leave half a scenario. */
static err write_back(const char *path, span text, struct arena *arena)
{
    int dir;
    struct stat st;
    TRY(dir_open(path_dir(arena, path), &dir));
    mode_t mode = stat(path, &st) == 0 ? st.st_mode & 07777 : 0644;
    err e = file_replace(dir, path_base(path), text, mode);
    close(dir);
    return e;
}

static err format_one(const char *path, bool check, struct arena *arena, bool *differs,
                      mistakes *wrong)
{
    span text;
    struct buf out;
    span formed;
    *differs = false;
    TRY(err_in(file_read(path, SCENARIO_CEILING, arena, &text), arena, "%s", path));
    buf_init(&out, SCENARIO_CEILING);
    size_t before = wrong->count;
    err e = scenario_format(text, path, arena, &out, wrong);
    if (!failed(e)) {
        e = buf_end(&out, &formed);
    }
    if (!failed(e) && wrong->count == before && !span_eq(formed, text)) {
        *differs = true;
        e = check ? OK : write_back(path, formed, arena);
    }
    buf_wipe(&out);
    return err_in(e, arena, "%s", path);
}

static int fmt_all(const texts *files, bool check, struct arena *arena)
{
    mistakes wrong = {0};
    size_t differing = 0;
    for (size_t i = 0; i < files->count; i++) {
        bool differs;
        err e = format_one(files->at[i], check, arena, &differs, &wrong);
        if (failed(e)) {
            return cli_complain_err(e, arena);
        }
        if (differs) {
            differing++;
            cli_print("%s%s\n", files->at[i],
                   check ? ": not in the one form; `assay fmt` writes it" : "");
        }
    }
    select_print_mistakes(&wrong);
    if (wrong.count) {
        return EXIT_USAGE;
    }
    return check && differing ? EXIT_UNEXPECTED : EXIT_FINE;
}

static err gather(const struct args_texts *paths, struct arena *arena, texts *files)
{
    for (size_t i = 0; i < paths->count; i++) {
        TRY(select_files(paths->at[i], arena, files));
    }
    return OK;
}

int cli_fmt(int argc, char **argv)
{
    struct arena *arena = arena_new();
    struct fmt_options o = {false};
    struct args_texts rest = {0};
    texts files = {0};
    int status = EXIT_FINE;
    if (!cli_wants_help(argc, argv, ROWS(fmt_rows))) {
        err e = args_read(ROWS(fmt_rows), argc, argv, &o, &rest, arena);
        if (failed(e)) {
            status = cli_complain_err(e, arena);
        } else if (rest.count == 0) {
            status = cli_complain(EXIT_USAGE,
                                  "fmt wants files or folders; `assay help fmt` has an example");
        } else {
            e = gather(&rest, arena, &files);
            status = failed(e) ? cli_complain(EXIT_USAGE, "%s", err_text(e, arena))
                               : fmt_all(&files, o.check, arena);
        }
    }
    arena_free(arena);
    return status;
}

/* The mistakes of reading, and what is to be seen before a scenario is taken in. */
static int lint_all(const struct args_texts *paths, const struct selection *sel,
                    struct arena *arena)
{
    texts files = {0};
    mistakes wrong = {0};
    err e = paths->count ? gather(paths, arena, &files) : select_files("scenarios", arena, &files);
    for (size_t i = 0; i < files.count && !failed(e); i++) {
        e = scenario_lint(files.at[i], select_root(files.at[i], arena), arena, &wrong);
    }
    if (failed(e)) {
        return cli_complain_err(e, arena);
    }
    select_print_mistakes(&wrong);
    cli_print("%zu cases, %zu mistakes\n", sel->all.cases.count, wrong.count);
    if (sel->all.cases.count == 0 && wrong.count == 0) {
        return cli_complain(EXIT_USAGE, "no scenario was found");
    }
    return wrong.count ? EXIT_USAGE : EXIT_FINE;
}

int cli_lint(int argc, char **argv)
{
    struct arena *arena = arena_new();
    struct args_texts rest = {0};
    struct selection sel;
    struct selection_options none = {0};
    int status = EXIT_FINE;
    if (!cli_wants_help(argc, argv, NULL, 0)) {
        err e = args_read(NULL, 0, argc, argv, NULL, &rest, arena);
        if (!failed(e)) {
            e = select_cases(&rest, &none, arena, &sel);
        }
        status = failed(e) ? cli_complain(EXIT_USAGE, "%s", err_text(e, arena))
                           : lint_all(&rest, &sel, arena);
    }
    arena_free(arena);
    return status;
}
