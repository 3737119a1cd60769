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
    CLI_ONLY_ROW(AT),
    CLI_REQ_ROW(AT),
    CLI_RUN_ROWS(AT),
};

struct checking {
    struct run_options *o;
    struct selection sel;
    texts boxes;
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
    check_put_left_out(r, k->o->verbose, &out);
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
    TRY(cli_names_read("--rcpt", &k->o->rcpts, arena, &k->boxes));
    for (size_t i = 0; i < k->boxes.count; i++) {
        const char *at = strchr(k->boxes.at[i], '@');
        if (!at || i > 1) {
            return err_syntax(0, arena_printf(arena, "--rcpt %s: %s", k->boxes.at[i],
                                              at ? "two mailboxes at most" : "not USER@DOMAIN"));
        }
        k->courtesy.boxes[i] = k->boxes.at[i];
        k->courtesy.domain = i == 0 ? at : k->courtesy.domain;
    }
    k->courtesy.name = own_name(k->o->name, arena);
    return OK;
}

static err set_up(struct checking *k, struct call *call)
{
    struct arena *arena = call->arena;
    TRY(cli_run_options_check(call, false));
    if (k->o->paths.count == 0 || !strchr(k->o->paths.at[0], ':')) {
        return err_syntax(0, "check: which server? assay check HOST:PORT [PATH...]");
    }
    vec_add(arena, &k->o->names, k->o->paths.at[0]);
    k->o->paths.at++;
    k->o->paths.count--;
    k->o->jobs = 1;
    k->o->quiet = !k->o->verbose;
    TRY(make_courtesy(k, arena));
    return select_cases(&k->o->paths, &k->o->select, arena, &k->sel);
}

static int run(struct call *call)
{
    struct arena *arena = call->arena;
    struct checking k = {.o = call->options};
    err e = set_up(&k, call);
    const char *again = "";
    if (!failed(e)) {
        struct args_texts boxes = {k.boxes.at, k.boxes.count, 0};
        again = arena_printf(arena, "assay check %s --name %s%s", k.o->names.at[0], k.courtesy.name,
                             k.o->owned ? " --i-own-this-host" : "");
        again = frame_words(again, "", &k.o->paths, arena);
        again = frame_words(again, " --rcpt", &boxes, arena);
    }
    struct run_task task = {.again = again, .judge = judge, .context = &k, .courtesy = &k.courtesy,
                            .finish = finish};
    return cli_run_selected(call, e, &k.sel, &task);
}

const struct verb cli_check = {
    .name = "check",
    .run = run,
    .usage = "HOST:PORT [PATH...] [--rcpt ADDRESS]",
    .doc = "a server that somebody runs: politely, by what it offers; what was left out and why",
    .example = "assay check mail.example.net:25 --rcpt test@example.net",
    VERB_ROWS(check_rows),
    CLI_RUN_OPTIONS(.format = "text,json"),
};
