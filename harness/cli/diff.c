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
    CLI_ONLY_ROW(AT),
    CLI_REQ_ROW(AT),
    {"--swap", NULL, ARGS_FLAG, AT(select.swap), NULL,
     "reversible scenarios, the targets being clients"},
    {"--tls", NULL, ARGS_LIST, AT(select.tls), "WORD,WORD",
     "a case for each TLS library and version named: openssl, gnutls, 1.2, 1.3"},
    {"--seed", NULL, ARGS_NUMBER, AT(seed), "N", "for targets that take one"},
    CLI_SHARD_ROW(AT),
    CLI_JOBS_ROW(AT),
    CLI_RUN_ROWS(AT),
};

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

static err set_up(struct call *call, struct run_options *o, struct selection *sel)
{
    TRY(cli_run_options_check(call, false));
    TRY(split_words(o, call->arena));
    return select_cases(&o->paths, &o->select, call->arena, sel);
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

static int run(struct call *call)
{
    struct selection sel = {0};
    err e = set_up(call, call->options, &sel);
    struct run_task task = {.finish = finish, .context = call->options};
    return cli_run_selected(call, e, &sel, &task);
}

const struct verb cli_diff = {
    .name = "diff",
    .run = run,
    .usage = "T1 T2 [T3...] [PATH...]",
    .doc = "the same scenarios on several targets: behaviours grouped, differences side by side",
    .example = "assay diff ref exim postfix scenarios/smtp",
    VERB_ROWS(diff_rows),
    CLI_RUN_OPTIONS(.format = "json"),
};
