/* fmt and lint: scenarios in the one form, and what is wrong with them. */
#include "harness/cli/cli.h"
#include "harness/cli/frame.h"
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
    e = err_in(failed(e) ? e : buf_end(&out, &formed), arena, "%s", path);
    if (!failed(e) && wrong->count == before && !span_eq(formed, text)) {
        *differs = true;
        struct stat st;
        mode_t mode = stat(path, &st) == 0 ? st.st_mode & 07777 : 0644;
        e = check ? OK : frame_replace(path, formed, mode, arena);
    }
    buf_wipe(&out);
    return e;
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

static int fmt(struct call *call)
{
    const struct fmt_options *o = call->options;
    texts files = {0};
    if (call->rest.count == 0) {
        return cli_complain(EXIT_USAGE, "fmt wants files or folders; `assay help fmt` has an example");
    }
    err e = gather(&call->rest, call->arena, &files);
    return failed(e) ? cli_complain(EXIT_USAGE, "%s", err_text(e, call->arena))
                     : fmt_all(&files, o->check, call->arena);
}

const struct verb cli_fmt = {
    .name = "fmt",
    .run = fmt,
    .usage = "[--check] FILE...",
    .doc = "bring scenarios into the one form",
    .example = "assay fmt scenarios/smtp/*.scn",
    VERB_ROWS(fmt_rows),
    .options_size = sizeof(struct fmt_options),
};

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

static int lint(struct call *call)
{
    struct selection sel;
    err e = select_cases(&call->rest, &(struct selection_options){.shard = NULL}, call->arena, &sel);
    return failed(e) ? cli_complain(EXIT_USAGE, "%s", err_text(e, call->arena))
                     : lint_all(&call->rest, &sel, call->arena);
}

const struct verb cli_lint = {
    .name = "lint",
    .run = lint,
    .usage = "PATH...",
    .doc = "mistakes in scenarios, with file, line, column and a suggestion",
    .example = "assay lint scenarios",
};
