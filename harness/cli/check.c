/* assay check HOST:PORT: what can be shown of a server that somebody runs, asked politely. Which cases is
   chosen by what it offers; what was left out is said, with the reason. */
#include "harness/cli/check.h"

#include "harness/cli/cli.h"
#include "harness/cli/run.h"

#include <stddef.h>
#include <unistd.h>

#define AT(field) offsetof(struct run_options, field)
static const struct args_option check_rows[] = {
    {"--rcpt", NULL, ARGS_LIST, AT(rcpts), "ADDRESS",
     "a mailbox there that may get test mail; a second one for cases with two recipients"},
    {"--name", NULL, ARGS_TEXT, AT(name), "HOST",
     "what the judge calls itself in EHLO (default: the name of this machine)"},
    {"--only", NULL, ARGS_LIST, AT(select.only), "GLOB",
     "cases whose id fits; '#...' fits the part from # on"},
    {"--req", NULL, ARGS_LIST, AT(select.reqs), "ID", "cases that show this clause; globs allowed"},
    CLI_RUN_ROWS(AT),
};
#define CHECK_ROWS check_rows, sizeof check_rows / sizeof *check_rows

struct checking {
    struct run_options o;
    struct selection sel;
    struct play_courtesy courtesy;
};

static bool judge(void *context, const struct scenario *s, struct arena *arena,
                  struct report_case *rc)
{
    const struct checking *k = context;
    const char *lacks = check_lacks(s, &k->courtesy, arena);
    if (lacks) {
        rc->state = STATE_SKIP;
        rc->reason = lacks;
    }
    return lacks != NULL;
}

static int finish(void *context, const struct report *r, int status)
{
    const struct checking *k = context;
    struct buf out;
    buf_init(&out, FRAME_REPORT_CEILING);
    check_put_left_out(r, k->o.verbose, &out);
    cli_print_buf(&out);
    return status;
}

/* RFC 5321 4.1.1.1: EHLO has a domain name; a machine without one says that it has none. */
static const char *own_name(const char *told, struct arena *arena)
{
    char host[256] = "";
    if (told) {
        return told;
    }
    (void)gethostname(host, sizeof host - 1);
    return strchr(host, '.') ? arena_text(arena, span_text(host)) : "assay.invalid";
}

static err make_courtesy(struct checking *k, struct arena *arena)
{
    texts boxes = {0};
    TRY(cli_names_read("--rcpt", &k->o.rcpts, arena, &boxes));
    for (size_t i = 0; i < boxes.count; i++) {
        const char *at = strchr(boxes.at[i], '@');
        if (!at || i > 1) {
            return err_syntax(0, arena_printf(arena, "--rcpt %s: %s", boxes.at[i],
                                              at ? "two mailboxes at most" : "not USER@DOMAIN"));
        }
        k->courtesy.boxes[i] = boxes.at[i];
        k->courtesy.domain = i == 0 ? at : k->courtesy.domain;
    }
    k->courtesy.name = own_name(k->o.name, arena);
    return OK;
}

static err set_up(struct checking *k, int argc, char **argv, struct arena *arena)
{
    TRY(cli_run_options_read(CHECK_ROWS, argc, argv, arena, &k->o));
    if (k->o.paths.count == 0 || !strchr(k->o.paths.at[0], ':')) {
        return err_syntax(0, "check: which server? assay check HOST:PORT [PATH...]");
    }
    vec_add(arena, &k->o.names, k->o.paths.at[0]);
    struct args_texts paths = k->o.paths;
    k->o.paths = (struct args_texts){0};
    for (size_t i = 1; i < paths.count; i++) {
        vec_add(arena, &k->o.paths, paths.at[i]);
    }
    k->o.jobs = 1;
    k->o.quiet = !k->o.verbose;
    TRY(make_courtesy(k, arena));
    return select_cases(&k->o.paths, &k->o.select, arena, &k->sel);
}

int cli_check(int argc, char **argv)
{
    struct arena *arena = arena_new();
    struct checking k = {.courtesy = {.name = NULL}};
    int status = EXIT_FINE;
    if (cli_wants_help(argc, argv, CHECK_ROWS)) {
        arena_free(arena);
        return status;
    }
    err e = set_up(&k, argc, argv, arena);
    status = select_told(e, &k.sel, arena);
    if (status != EXIT_FINE) {
        arena_free(arena);
        return status;
    }
    const char *again = arena_printf(arena, "assay check %s --name %s%s", k.o.names.at[0], k.courtesy.name,
                                     k.o.owned ? " --i-own-this-host" : "");
    for (size_t i = 0; i < k.o.paths.count; i++) {
        again = arena_printf(arena, "%s %s", again, args_quoted(k.o.paths.at[i], arena));
    }
    for (size_t i = 0; i < 2 && k.courtesy.boxes[i]; i++) {
        again = arena_printf(arena, "%s --rcpt %s", again, args_quoted(k.courtesy.boxes[i], arena));
    }
    struct run_task task = {.arena = arena, .options = &k.o, .selection = &k.sel, .again = again,
                            .judge = judge, .context = &k, .courtesy = &k.courtesy,
                            .finish = finish};
    return cli_run_selected(argc, argv, &task);
}
