/* assay matrix: every sender with every receiver. Selection, schedule, report, baseline and exit status are
   those of assay run; a pair is a target whose name has an arrow. */
#include "harness/case/pair.h"
#include "harness/cli/cli.h"
#include "harness/cli/pairs.h"
#include "harness/cli/run.h"

#include <stddef.h>

#define AT(field) offsetof(struct run_options, field)
static const struct args_option pairs_rows[] = {
    {"--senders", NULL, ARGS_LIST, AT(senders), "A[,B]", "targets that send; may be repeated"},
    {"--receivers", NULL, ARGS_LIST, AT(receivers), "C[,D]",
     "targets that receive (default: the senders)"},
    {"--only", NULL, ARGS_LIST, AT(select.only), "GLOB",
     "cases whose id fits; '#...' fits the part from # on"},
    {"--shard", NULL, ARGS_TEXT, AT(select.shard), "i/n",
     "this part of the cases, by hash of the id"},
    {"--jobs", "-j", ARGS_NUMBER, AT(jobs), "N",
     "pairs side by side (default: processors, at most 4)"},
    CLI_RUN_ROWS(AT),
};
#define PAIRS_ROWS pairs_rows, sizeof pairs_rows / sizeof *pairs_rows

static err add_pairs(struct run_options *o, struct arena *arena)
{
    texts senders = {0};
    texts receivers = {0};
    TRY(cli_names_read("--senders", &o->senders, arena, &senders));
    TRY(cli_names_read("--receivers", &o->receivers, arena, &receivers));
    if (senders.count == 0) {
        return err_syntax(0, "--senders is needed: `assay target list` says which targets there are");
    }
    const texts *to = receivers.count ? &receivers : &senders;
    for (size_t i = 0; i < senders.count; i++) {
        for (size_t k = 0; k < to->count; k++) {
            vec_add(arena, &o->names,
                    arena_printf(arena, "%s" PAIR_ARROW "%s", senders.at[i], to->at[k]));
        }
    }
    for (size_t i = 0; i < senders.count + to->count; i++) {
        const char *name = i < senders.count ? senders.at[i] : to->at[i - senders.count];
        if (strchr(name, ':')) {
            return err_syntax(0, arena_printf(arena, "%s: HOST:PORT is out of reach of a matrix, which "
                                              "starts both targets", name));
        }
    }
    return OK;
}

static int finish(void *context, const struct report *r, int status)
{
    const struct run_options *o = context;
    struct buf out;
    if (o->text) {
        buf_init(&out, FRAME_REPORT_CEILING);
        pairs_table_put(r, &out);
        cli_print("\n");
        cli_print_buf(&out);
    }
    return status;
}

static err set_up(int argc, char **argv, struct arena *arena, struct run_options *o,
                  struct selection *sel)
{
    TRY(cli_run_options_read(PAIRS_ROWS, argc, argv, arena, o));
    TRY(add_pairs(o, arena));
    if (o->paths.count == 0) {
        vec_add(arena, &o->paths, "scenarios/interop");
    }
    return select_cases(&o->paths, &o->select, arena, sel);
}

int cli_pairs(int argc, char **argv)
{
    struct arena *arena = arena_new();
    struct run_options o;
    struct selection sel;
    int status = EXIT_FINE;
    if (cli_wants_help(argc, argv, PAIRS_ROWS)) {
        arena_free(arena);
        return status;
    }
    err e = set_up(argc, argv, arena, &o, &sel);
    status = select_told(e, &sel, arena);
    if (status != EXIT_FINE) {
        arena_free(arena);
        return status;
    }
    const char *again = "assay matrix";
    for (size_t i = 0; i < o.paths.count; i++) {
        again = arena_printf(arena, "%s %s", again, args_quoted(o.paths.at[i], arena));
    }
    struct run_task task = {.arena = arena, .options = &o, .selection = &sel, .again = again,
                            .finish = finish, .context = &o};
    return cli_run_selected(argc, argv, &task);
}
