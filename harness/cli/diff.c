/* assay diff: the same scenarios on several targets, behaviours grouped. What runs and what is written is
   assay run's; here stands what counts as the same behaviour, and how differences are shown. */
#include "harness/cli/cli.h"
#include "harness/cli/diff.h"
#include "harness/cli/run.h"

#include "base/file.h"

#include <stddef.h>

#define AT(field) offsetof(struct run_options, field)
static const struct args_option diff_rows[] = {
    {"--codes", NULL, ARGS_FLAG, AT(codes), NULL,
     "compare reply codes whole, not only their first digit"},
    {"--only", NULL, ARGS_LIST, AT(select.only), "GLOB",
     "cases whose id fits; '#...' fits the part from # on"},
    {"--req", NULL, ARGS_LIST, AT(select.reqs), "ID", "cases that show this clause; globs allowed"},
    {"--swap", NULL, ARGS_FLAG, AT(select.swap), NULL,
     "reversible scenarios, the targets being clients"},
    {"--tls", NULL, ARGS_LIST, AT(select.tls), "WORD,WORD",
     "a case for each TLS library and version named: openssl, gnutls, 1.2, 1.3"},
    {"--seed", NULL, ARGS_NUMBER, AT(seed), "N", "for targets that take one"},
    {"--shard", NULL, ARGS_TEXT, AT(select.shard), "i/n",
     "this part of the cases, by hash of the id"},
    {"--jobs", "-j", ARGS_NUMBER, AT(jobs), "N",
     "workers side by side (default: processors, at most 4)"},
    CLI_RUN_ROWS(AT),
};
#define DIFF_ROWS diff_rows, sizeof diff_rows / sizeof *diff_rows

static err split_words(struct run_options *o, struct arena *arena)
{
    const char *folder;
    struct args_texts words = o->paths;
    o->paths = (struct args_texts){0};
    TRY(target_folder(arena, &folder));
    for (size_t i = 0; i < words.count; i++) {
        const char *word = words.at[i];
        const char *home = path_join(arena, folder, word);
        bool path = path_is_dir(word) || path_is_file(word);
        if (path_is_file(path_join(arena, home, "target")) || (!path && strchr(word, ':'))) {
            TRY(cli_name_add("diff", word, arena, &o->names));
        } else {
            vec_add(arena, &o->paths, word);
        }
    }
    return o->names.count > 1
               ? OK
               : err_syntax(0, "two targets are needed, such as `assay diff ref exim scenarios/smtp`; "
                               "`assay target list` says which there are");
}

static err set_up(int argc, char **argv, struct arena *arena, struct run_options *o,
                  struct selection *sel)
{
    TRY(cli_run_options_read(DIFF_ROWS, argc, argv, arena, o));
    if (!o->format) {
        o->formats.count = 0;
        TRY(frame_forms_read("json", arena, &o->formats));
    }
    TRY(split_words(o, arena));
    return select_cases(&o->paths, &o->select, arena, sel);
}

static int finish(void *context, const struct report *r, int status)
{
    const struct run_options *o = context;
    struct buf out;
    buf_init(&out, FRAME_REPORT_CEILING);
    bool alike = diff_put(r, o->codes, &out);
    cli_print_buf(&out);
    return status > EXIT_UNEXPECTED ? status : alike ? EXIT_FINE : EXIT_UNEXPECTED;
}

int cli_diff(int argc, char **argv)
{
    struct arena *arena = arena_new();
    struct run_options o;
    struct selection sel;
    int status = EXIT_FINE;
    if (cli_wants_help(argc, argv, DIFF_ROWS)) {
        arena_free(arena);
        return status;
    }
    err e = set_up(argc, argv, arena, &o, &sel);
    status = select_told(e, &sel, arena);
    if (status != EXIT_FINE) {
        arena_free(arena);
        return status;
    }
    struct run_task task = {.arena = arena, .options = &o, .selection = &sel, .finish = finish,
                            .context = &o};
    return cli_run_selected(argc, argv, &task);
}
