/* assay serve and assay send: one side of a scenario for a peer that somebody else runs. The same
   engine as in a run; what falls away is all that needs a target: the other side's actors, `do`, and
   what is expected afterwards. */
#include "harness/cli/cli.h"
#include "harness/cli/run_options.h"
#include "harness/cli/select.h"

#include "base/buf.h"
#include "harness/actor/play.h"
#include "harness/target/target.h"

#include <stdio.h>

#define WIRE_CEILING ((size_t)256 << 20)
#define SERVE_TIME "5m" /* RFC 5321 4.5.3.2: what a client may take for a command */
#define SEND_TIME "10s"

struct side_options {
    const char *listen, *to, *timeout;
    struct selection_options select;
    millis wait;
    bool again, verbose;
};

#define AT(field) offsetof(struct side_options, field)

static const struct args_option serve_rows[] = {
    {"--listen", "-l", ARGS_TEXT, AT(listen), "HOST:PORT", "where (default: 127.0.0.1:2525)"},
    CLI_ONLY_ROW(AT),
    {"--again", NULL, ARGS_FLAG, AT(again), NULL, "begin anew, until interrupted"},
    {"--timeout", NULL, ARGS_TEXT, AT(timeout), "TIME",
     "how long a line is waited for (default: 5m)"},
    {"--verbose", "-v", ARGS_FLAG, AT(verbose), NULL, "the wire as a scenario"},
};
static const struct args_option send_rows[] = {
    {"--to", "-t", ARGS_TEXT, AT(to), "HOST:PORT", "the server"},
    CLI_ONLY_ROW(AT),
    {"--timeout", NULL, ARGS_TEXT, AT(timeout), "TIME",
     "how long a line is waited for (default: 10s)"},
    {"--verbose", "-v", ARGS_FLAG, AT(verbose), NULL, "the wire as a scenario"},
};

/* ---- one side of a text ---- */

static bool is_no_verb(struct step *s, struct arena *arena)
{
    (void)arena;
    return s->kind != STEP_DO;
}

static const struct scenario *one_side(const struct scenario *s, enum actor_role role,
                                       struct arena *arena)
{
    struct scenario *one = ARENA_NEW(arena, struct scenario);
    size_t *place = arena_take_array(arena, s->actors.count + 1, sizeof *place);
    *one = *s;
    memset(&one->actors, 0, sizeof one->actors);
    memset(&one->blocks, 0, sizeof one->blocks);
    for (size_t i = 0; i < s->actors.count; i++) {
        place[i] = one->actors.count;
        if (s->actors.at[i].role == role) {
            vec_add(arena, &one->actors, s->actors.at[i]);
        }
    }
    for (size_t i = 0; i < s->blocks.count; i++) {
        struct play_block block = s->blocks.at[i];
        if (s->actors.at[block.actor].role == role) {
            block.has_after =
                block.has_after && s->actors.at[block.after_actor].role == role;
            block.after_actor = block.has_after ? place[block.after_actor] : 0;
            block.actor = place[block.actor];
            block.play = steps_changed(&block.play, is_no_verb, arena);
            vec_add(arena, &one->blocks, block);
        }
    }
    return one;
}

/* ---- the world of it ---- */

struct one_end {
    const struct side_options *o;
    const struct scenario *s;
    struct address at;
};

static bool server_at(void *target, const char *endpoint, struct address *at)
{
    const struct one_end *side = target;
    for (size_t i = 0; i < side->s->actors.count; i++) {
        if (strcmp(side->s->actors.at[i].endpoint, endpoint) == 0) {
            *at = side->at;
            address_set_port(at, (uint16_t)(address_port(&side->at) + i));
            return true;
        }
    }
    return false;
}

static bool peer_at(void *target, const char *port, struct address *at)
{
    (void)port;
    *at = ((struct one_end *)target)->at;
    return true;
}

static int play_one(struct one_end *side, bool serves, struct arena *arena)
{
    struct transcript t;
    struct play_result r;
    millis wait = side->o->wait;
    struct play_world world = {.target = side,
                               .sut = peer_at,
                               .server = server_at,
                               .to_the_end = serves,
                               .patience = wait,
                               .timeout = MILLIS_NEVER,
                               .bindings = bindings_new(arena, NULL)};
    bindings_set(world.bindings, "dir", SPAN("."));
    if (failed(target_ca(arena, &world.ca))) {
        world.ca = NULL;
    }
    transcript_init(&t, arena);
    play_run(side->s, &world, &t, &r);
    if (side->o->verbose) {
        struct buf out;
        buf_init(&out, WIRE_CEILING);
        transcript_write(&t, side->s, &out);
        (void)fwrite(out.at, 1, out.len, stdout);
        buf_wipe(&out);
    }
    bool good = r.end == PLAY_DONE;
    cli_print("%s %s%s%s\n", good ? "as written" : "otherwise ", side->s->id, good ? "" : ": ",
           good ? "" : r.what);
    if (r.detail != NULL) {
        cli_print("%s\n", r.detail);
    }
    (void)fflush(stdout);
    if (r.end == PLAY_BROKEN || r.end == PLAY_UNREACHABLE) {
        return EXIT_ENVIRONMENT;
    }
    return good ? EXIT_FINE : EXIT_UNEXPECTED;
}

static bool has_role(const struct scenario *s, enum actor_role role)
{
    for (size_t i = 0; i < s->actors.count; i++) {
        if (s->actors.at[i].role == role) {
            return true;
        }
    }
    return false;
}

/* A text without server actors is served from the other side, if it may be. */
static err select_side(const struct args_texts *paths, struct side_options *o, bool serves,
                       struct arena *arena, struct selection *sel)
{
    TRY(select_cases(paths, &o->select, arena, sel));
    bool has = sel->all.cases.count == 0;
    for (size_t i = 0; i < sel->all.cases.count; i++) {
        has = has || has_role(sel->all.cases.at[i], serves ? ACTOR_SERVER : ACTOR_CLIENT);
    }
    if (has || sel->wrong.count > 0) {
        return OK;
    }
    o->select.swap = serves;
    err e = serves ? select_cases(paths, &o->select, arena, sel) : OK;
    if (!failed(e) && (!serves || sel->all.cases.count == 0)) {
        return err_syntax(0, arena_printf(arena, "%s has no %s; %s", paths->at[0],
                                          serves ? "server actor" : "client actor",
                                          serves ? "or it must say `reversible`" : "try serve"));
    }
    return e;
}

static int play_all(struct side_options *o, const struct selection *sel, bool serves)
{
    struct one_end side = {.o = o};
    const char *where = serves ? o->listen : o->to;
    int status = EXIT_FINE;
    if (!address_parse_with_port(span_text(where), &side.at)) {
        return cli_complain(EXIT_USAGE, "%s is no ADDRESS:PORT, such as 127.0.0.1:2525", where);
    }
    /* Cases that differ in what the server chooses: the first, unless some were named. */
    size_t count = serves && o->select.only.count == 0 ? 1 : sel->set.cases.count;
    do {
        for (size_t i = 0; i < count; i++) {
            struct arena *round = arena_new();
            side.s = one_side(sel->set.cases.at[i], serves ? ACTOR_SERVER : ACTOR_CLIENT, round);
            if (serves) {
                cli_print("listening on %s for %s\n", where, side.s->id);
                (void)fflush(stdout);
            }
            int one = play_one(&side, serves, round);
            status = one > status ? one : status;
            arena_free(round);
        }
    } while (serves && o->again && status != EXIT_ENVIRONMENT);
    return status;
}

static int run_side(struct call *call, bool serves)
{
    struct side_options *o = call->options;
    struct selection sel = {0};
    err e = OK;
    if (call->rest.count != 1 || (!serves && o->to == NULL)) {
        e = err_syntax(0, serves ? "serve wants one FILE; `assay help serve` has an example"
                                 : "send wants one FILE and --to HOST:PORT; `assay help send` has "
                                   "an example");
    }
    if (!failed(e)) {
        e = cli_time_read("--timeout", o->timeout, call->arena, &o->wait);
    }
    if (!failed(e)) {
        e = select_side(&call->rest, o, serves, call->arena, &sel);
    }
    int status = select_some(e, &sel, call->arena);
    return status == EXIT_FINE ? play_all(o, &sel, serves) : status;
}

static int play_server(struct call *call)
{
    return run_side(call, true);
}

static int play_client(struct call *call)
{
    return run_side(call, false);
}

const struct verb cli_serve = {
    .name = "serve",
    .run = play_server,
    .usage = "FILE [--listen HOST:PORT] [--again]",
    .doc = "play a scenario's server side for whoever connects: a scripted, fault-injecting server",
    .example = "assay serve scenarios/client/closing.scn --only '#text' --listen 127.0.0.1:2525",
    VERB_ROWS(serve_rows),
    .options_size = sizeof(struct side_options),
    .defaults = &(const struct side_options){.timeout = SERVE_TIME, .listen = "127.0.0.1:2525"},
};

const struct verb cli_send = {
    .name = "send",
    .run = play_client,
    .usage = "FILE --to HOST:PORT",
    .doc = "play a scenario's client side against a server",
    .example = "assay send scenarios/smtp/order.scn --to 127.0.0.1:2525",
    VERB_ROWS(send_rows),
    .options_size = sizeof(struct side_options),
    .defaults = &(const struct side_options){.timeout = SEND_TIME},
};
