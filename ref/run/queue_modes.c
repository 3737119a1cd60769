/* -q, -M..., -bp: the queue by hand. All of them work beside a running daemon: locks keep them apart. */
#include "ref/queue/list.h"
#include "ref/run/delivery.h"
#include "ref/run/modes.h"

#include "base/file.h"
#include "base/rows.h"

#include <limits.h>
#include <stdio.h>

struct by_hand;

/* What an option does, with the messages that are named behind it. */
struct act {
    const char *name;
    size_t least, most; /* words behind it */
    enum exit_status (*run)(struct by_hand *h);
    err (*one)(struct by_hand *h, span id, const char **text); /* with_each: *text is what came of it */
    enum queue_order order;
    const char *suffix; /* of the file that is shown */
    bool waiting;       /* -bpu: without those who have it */
};

struct by_hand {
    const struct run_options *options;
    const struct act *act;
    struct arena *arena;
    struct run_world *world;
    struct run_delivery delivery;
    struct spool *to; /* -MG */
};

/* False: nobody can deliver or print a message of that name. */
static bool id_is(const char *word)
{
    bool fine = spool_id_is(span_text(word));
    if (!fine) {
        (void)fprintf(stderr, "refmta: \"%s\" is no message id\n", word);
    }
    return fine;
}

/* Each message that is named; the last of the words that have to be there is the first of them. */
static enum exit_status with_each(struct by_hand *h)
{
    enum exit_status status = EXIT_FINE;
    for (size_t i = h->act->least - 1; i < h->options->words.count; i++) {
        const char *id = h->options->words.at[i], *text = NULL;
        if (!id_is(id)) {
            status = EXIT_REFUSED;
            continue;
        }
        err e = h->act->one(h, span_text(id), &text);
        if (failed(e)) {
            (void)fprintf(stderr, "%s\n", err_text(e, h->arena));
            status = EXIT_REFUSED;
        } else if (text != NULL) {
            (void)printf("%s\n", text);
        }
    }
    return status;
}

/* --- deliveries ------------------------------------------------------------------------------------ */

static enum exit_status run_once(struct by_hand *h)
{
    err e = queue_run(&h->delivery.queue, h->options->queue_how, 0, h->arena);
    return failed(e) ? run_fail(EXIT_SYSTEM, err_text(e, h->arena)) : EXIT_FINE;
}

static err deliver_one(struct by_hand *h, span id, const char **text)
{
    enum queue_end end = queue_deliver(&h->delivery.queue, id, QUEUE_FORCE | QUEUE_THAW);
    const char *why = end == QUEUE_GONE      ? "is not there"
                      : end == QUEUE_BUSY    ? "is locked: somebody works on it"
                      : end == QUEUE_DAMAGED ? "cannot be read: the log says why"
                                             : NULL;
    (void)text;
    return why == NULL ? OK
                       : err_of(ERR_CLOSED, arena_printf(h->arena, "refmta: Message %.*s %s",
                                                         SPAN_FMT(id), why));
}

/* --- orders ---------------------------------------------------------------------------------------- */

static err order_one(struct by_hand *h, span id, const char **text)
{
    return queue_order(&h->delivery.queue, h->act->order, id, h->arena, text);
}

static err move_one(struct by_hand *h, span id, const char **text)
{
    return queue_move(&h->delivery.queue, id, h->to, h->arena, text);
}

/* The first word is the queue; an empty one is the usual one. */
static enum exit_status move(struct by_hand *h)
{
    err e = spool_queue(&h->world->spool, span_text(h->options->words.at[0]), &h->to);
    if (failed(e)) {
        e = err_in(e, h->arena, "queue \"%s\"", h->options->words.at[0]);
        return run_fail(e.kind == ERR_SYNTAX ? EXIT_USAGE : EXIT_SYSTEM, err_text(e, h->arena));
    }
    return with_each(h);
}

/* --- looking --------------------------------------------------------------------------------------- */

static void text_print(void *context, span text)
{
    (void)context;
    (void)fwrite(text.at, 1, text.len, stdout);
}

static void waiting_print(void *context, span text)
{
    span line;
    while (span_split(text, '\n', &line, &text)) {
        if (!span_starts(line, SPAN("        D "))) {
            text_print(context, span_of(line.at, line.len + 1));
        }
    }
}

static enum exit_status list(struct by_hand *h)
{
    span *ids = arena_take_array(h->arena, h->options->words.count + 1, sizeof *ids);
    for (size_t i = 0; i < h->options->words.count; i++) {
        ids[i] = span_text(h->options->words.at[i]);
    }
    err e = queue_list(&h->world->spool, ids, h->options->words.count, clock_now(h->world->env.clock),
                       h->act->waiting ? waiting_print : text_print, NULL);
    return failed(e) ? run_fail(EXIT_SYSTEM, err_text(e, h->arena)) : EXIT_FINE;
}

static enum exit_status count(struct by_hand *h)
{
    size_t messages;
    err e = queue_count(&h->world->spool, &messages);
    if (failed(e)) {
        return run_fail(EXIT_SYSTEM, err_text(e, h->arena));
    }
    (void)printf("%zu\n", messages);
    return EXIT_FINE;
}

static enum exit_status show(struct by_hand *h)
{
    span text, id = span_text(h->options->words.at[0]);
    err e = queue_file_read(&h->world->spool, id, h->act->suffix, h->arena, &text);
    if (failed(e)) {
        return run_fail(EXIT_REFUSED, err_text(e, h->arena));
    }
    text_print(NULL, text);
    return EXIT_FINE;
}

/* There are no message logs here: the main log has the same lines, with the id in front. */
static enum exit_status show_log(struct by_hand *h)
{
    enum { LOG_CEILING = 1 << 30 };
    span log, id = span_text(h->options->words.at[0]);
    const char *path = h->delivery.instance->log.main;
    err e = file_read(path, LOG_CEILING, h->arena, &log);
    if (failed(e)) {
        e = err_in(e, h->arena, "%s", path);
        return run_fail(EXIT_SYSTEM, err_text(e, h->arena));
    }
    const char *mark = arena_printf(h->arena, " %.*s ", SPAN_FMT(id));
    for (span line; span_line(&log, &line);) {
        if (span_has(line, span_text(mark))) {
            text_print(NULL, line);
            text_print(NULL, SPAN("\n"));
        }
    }
    return EXIT_FINE;
}

/* --- all of them ----------------------------------------------------------------------------------- */

enum { MANY = INT_MAX };

static const struct act acts[] = {
    {"-M", 1, MANY, .run = with_each, .one = deliver_one},
    {"-MG", 2, MANY, .run = move, .one = move_one},
    {"-Mf", 1, MANY, .run = with_each, .one = order_one, .order = QUEUE_ORDER_FREEZE},
    {"-Mg", 1, MANY, .run = with_each, .one = order_one, .order = QUEUE_ORDER_GIVE_UP},
    {"-Mrm", 1, MANY, .run = with_each, .one = order_one, .order = QUEUE_ORDER_REMOVE},
    {"-Mt", 1, MANY, .run = with_each, .one = order_one, .order = QUEUE_ORDER_THAW},
    {"-Mvb", 1, 1, .run = show, .suffix = "-D"},
    {"-Mvh", 1, 1, .run = show, .suffix = "-H"},
    {"-Mvl", 1, 1, .run = show_log},
    {"-bp", 0, MANY, .run = list},
    {"-bpc", 0, 0, .run = count},
    {"-bpr", 0, MANY, .run = list},
    {"-bpru", 0, MANY, .run = list, .waiting = true},
    {"-bpu", 0, MANY, .run = list, .waiting = true},
    {"-q", 0, 0, .run = run_once},
};

enum exit_status run_queue_by_hand(const struct run_options *o, struct arena *arena)
{
    const struct act *act = ROWS_FIND(acts, span_text(o->mode->name));
    if (o->words.count < act->least || o->words.count > act->most) {
        return run_fail(EXIT_USAGE, act->most == 1
                                        ? "one message id is needed; refmta -bp lists them"
                                        : "which messages? their ids are needed; refmta -bp lists them");
    }
    if (act->most == 1 && !id_is(o->words.at[0])) {
        return EXIT_REFUSED;
    }
    struct by_hand h = {.options = o, .act = act, .arena = arena,
                        .world = ARENA_NEW(arena, struct run_world)};
    enum exit_status status = run_world_begin(h.world, o, arena);
    if (status == EXIT_FINE) {
        run_delivery_open(h.world, &h.delivery);
        status = act->run(&h);
        run_delivery_close(&h.delivery);
        run_world_close(h.world);
    }
    return status;
}
