/* assay vectors: messages whose verdict is known, in the hands of a server or of a program. Selection,
   schedule, report and baseline are those of assay run; what is added is where the cases come from. */
#include "harness/cli/cli.h"
#include "harness/cli/run.h"
#include "harness/vectors/vectors.h"

#include "base/file.h"

#include <stddef.h>

#define AT(field) offsetof(struct run_options, field)
static const struct args_option vector_rows[] = {
    {"--target", "-t", ARGS_LIST, AT(targets), "T", "a target folder, or HOST:PORT with --ask"},
    {"--ask", NULL, ARGS_TEXT, AT(ask), "FILE",
     "scenario text that asks and reads the verdict (default: TARGET/vectors/KIND.ask)"},
    {"--verifier", NULL, ARGS_TEXT, AT(verifier), "PROGRAM",
     "a program in a target's place: PROGRAM MESSAGE DNSPORT 0"},
    {"--verdict", NULL, ARGS_TEXT, AT(verdict), "output|exit|authres",
     "how the program tells its verdict (default: output)"},
    CLI_ONLY_ROW(AT),
    CLI_SHARD_ROW(AT),
    CLI_JOBS_ROW(AT),
    CLI_RUN_ROWS(AT),
};

/* A case that is not played: for a program, or for a target that nobody has told how to ask. */
struct place_of {
    const struct scenario *s;
    const struct vector_set *set;
    const struct vector_row *row;
};

struct vectors {
    struct run_options *o;
    vector_sets sets;
    struct selection sel;
    VEC(struct place_of) places;
    struct arena *arena;
};

static bool judge(void *context, const struct scenario *s, struct arena *arena,
                  struct report_case *rc)
{
    const struct vectors *v = context;
    for (size_t i = 0; i < v->places.count; i++) {
        const struct place_of *p = &v->places.at[i];
        if (p->s != s) {
            continue;
        }
        if (v->o->verifier) {
            vectors_verify(v->o->verifier, v->o->verdict, p->set, p->row, arena, rc);
        } else {
            rc->state = STATE_SKIP;
            rc->reason = arena_printf(arena, "unsupported: the target has no vectors/%s.ask; "
                                      "--ask FILE gives one", p->set->kind);
        }
        return true;
    }
    return false;
}

/* Ids begin with the name of their table. */
static bool covers(const void *context, const char *id)
{
    const struct vectors *v = context;
    span kind;
    span rest;
    (void)span_split(span_text(id), '#', &kind, &rest);
    for (size_t i = 0; i < v->sets.count; i++) {
        if (span_eq(kind, span_text(v->sets.at[i]->id))) {
            return true;
        }
    }
    return false;
}

static void add_places(struct vectors *v, const struct vector_set *set)
{
    for (size_t i = 0; i < set->rows.count; i++) {
        struct scenario *s = ARENA_NEW(v->arena, struct scenario);
        const struct vector_row *row = &set->rows.at[i];
        *s = (struct scenario){.path = set->from,
                               .id = arena_printf(v->arena, "%s#name=%s", set->id, row->cells.at[0]),
                               .title = vector_cell(set, row, "clause")};
        vec_add(v->arena, &v->sel.all.cases, s);
        *vec_push(v->arena, &v->places) = (struct place_of){s, set, row};
    }
}

/* TARGET/vectors/KIND.ask, or what every server is asked that speaks Exim's language. */
static err find_ask(const struct vectors *v, const char *kind, const char **ask)
{
    const char *folder;
    *ask = v->o->ask;
    if (*ask != NULL) {
        return OK;
    }
    TRY(target_folder(v->arena, &folder));
    const char *own = arena_printf(v->arena, "%s/%s/vectors/%s.ask", folder, v->o->names.at[0], kind);
    const char *shared = arena_printf(v->arena, "%s/exim-language/vectors/%s.ask", folder, kind);
    *ask = path_is_file(own) ? own : path_is_file(shared) ? shared : NULL;
    return OK;
}

static err add_cases(struct vectors *v)
{
    for (size_t i = 0; i < v->sets.count; i++) {
        const char *ask = NULL;
        if (!v->o->verifier) {
            TRY(find_ask(v, v->sets.at[i]->kind, &ask));
        }
        if (ask == NULL) {
            add_places(v, v->sets.at[i]);
        } else {
            TRY(vectors_scenario(v->sets.at[i], ask, v->arena, &v->sel.all, &v->sel.wrong));
        }
    }
    return select_filter(&v->o->select, v->arena, &v->sel);
}

static err set_up(struct vectors *v, struct call *call)
{
    TRY(cli_run_options_check(call, true));
    if (strcmp(v->o->verdict, "output") != 0 && strcmp(v->o->verdict, "exit") != 0 &&
        strcmp(v->o->verdict, "authres") != 0) {
        return err_syntax(0, "--verdict is output, exit or authres");
    }
    if (v->o->paths.count == 0) {
        return err_syntax(0, "vectors: which folder? assay vectors vectors --target ref");
    }
    if (v->o->names.count != 1) {
        return err_syntax(0, "vectors: one target at a time");
    }
    TRY(cli_work(call));
    for (size_t i = 0; i < v->o->paths.count; i++) {
        TRY(vectors_read(v->o->paths.at[i], call->work, v->arena, &v->sets));
    }
    return add_cases(v);
}

/* The command that repeats a case, without --only. */
static const char *again(const struct vectors *v)
{
    const char *text = frame_words("assay vectors", "", &v->o->paths, v->arena);
    if (v->o->verifier) {
        return arena_printf(v->arena, "%s --verifier %s --verdict %s", text, args_quoted(v->o->verifier, v->arena),
                            v->o->verdict);
    }
    text = arena_printf(v->arena, "%s --target %s", text, v->o->names.at[0]);
    return v->o->ask ? arena_printf(v->arena, "%s --ask %s", text, args_quoted(v->o->ask, v->arena)) : text;
}

static int run(struct call *call)
{
    struct vectors v = {.o = call->options, .arena = call->arena};
    err e = set_up(&v, call);
    if (failed(e)) {
        return cli_complain_err(e, v.arena);
    }
    struct run_task task = {.again = again(&v), .judge = judge, .covers = covers, .context = &v,
                            .in_place = v.o->verifier ? "a program, no server" : NULL};
    return cli_run_selected(call, OK, &v.sel, &task);
}

const struct verb cli_vectors = {
    .name = "vectors",
    .run = run,
    .usage = "DIR... --target T | --verifier PROGRAM",
    .doc = "messages whose verdict is known (DKIM, ARC, SPF, DMARC) against a server or a program",
    .example = "assay vectors vectors --target ref",
    VERB_ROWS(vector_rows),
    CLI_RUN_OPTIONS(.format = "text,json", .verdict = "output"),
};
