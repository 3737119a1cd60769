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
    CLI_ONLY_ROW(AT),
    CLI_SHARD_ROW(AT),
    {"--jobs", "-j", ARGS_NUMBER, AT(jobs), "N",
     "pairs side by side (default: processors, at most 4)"},
    CLI_RUN_ROWS(AT),
};

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

static err set_up(struct call *call, struct run_options *o, struct selection *sel)
{
    TRY(cli_run_options_check(call, false));
    TRY(add_pairs(o, call->arena));
    if (o->paths.count == 0) {
        vec_add(call->arena, &o->paths, "scenarios/interop");
    }
    return select_cases(&o->paths, &o->select, call->arena, sel);
}

static int run(struct call *call)
{
    struct run_options *o = call->options;
    struct selection sel = {0};
    err e = set_up(call, o, &sel);
    struct run_task task = {.again = frame_words("assay matrix", "", &o->paths, call->arena),
                            .finish = finish, .context = o};
    return cli_run_selected(call, e, &sel, &task);
}

const struct verb cli_matrix = {
    .name = "matrix",
    .run = run,
    .usage = "[PATH...] --senders A,B [--receivers C,D]",
    .doc = "every sender with every receiver: delivered, octets, reports, flights",
    .example = "assay matrix --senders ref,exim,postfix",
    VERB_ROWS(pairs_rows),
    CLI_RUN_OPTIONS(.format = "text,json"),
};
