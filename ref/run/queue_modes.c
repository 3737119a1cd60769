/* -q, -M..., -bp: the queue by hand. All of them work beside a running daemon: locks keep them apart. */
#include "ref/queue/list.h"
#include "ref/run/delivery.h"
#include "ref/run/modes.h"

#include "base/file.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

struct by_hand {
    const struct run_options *options;
    struct arena *arena;
    struct run_world *world;
    struct run_delivery delivery;
};

/* Opens all that a delivery needs; then act, and close. */
static enum exit_status with_queue(const struct run_options *o, struct arena *arena,
                                   enum exit_status (*act)(struct by_hand *h))
{
    struct by_hand h = {.options = o, .arena = arena, .world = ARENA_NEW(arena, struct run_world)};
    (void)signal(SIGPIPE, SIG_IGN);
    err e = run_world_open(h.world, o, arena);
    if (failed(e)) {
        return run_fail(e.kind == ERR_SYNTAX ? EXIT_REFUSED : EXIT_SYSTEM, err_text(e, arena));
    }
    e = run_world_open_spool(h.world);
    if (failed(e)) {
        run_world_close(h.world);
        return run_fail(EXIT_SYSTEM, err_text(e, arena));
    }
    run_delivery_open(h.world, &h.delivery);
    enum exit_status status = act(&h);
    run_delivery_close(&h.delivery);
    run_world_close(h.world);
    return status;
}

/* --- deliveries ------------------------------------------------------------------------------------ */

static enum exit_status once(struct by_hand *h)
{
    err e = queue_run(&h->delivery.queue, h->options->queue_how, 0, h->arena, NULL);
    return failed(e) ? run_fail(EXIT_SYSTEM, err_text(e, h->arena)) : EXIT_FINE;
}

enum exit_status run_queue_once(const struct run_options *o, struct arena *arena)
{
    return with_queue(o, arena, once);
}

static enum exit_status no_ids(void)
{
    return run_fail(EXIT_USAGE, "which messages? their ids are needed; refmta -bp lists them");
}

/* False: nobody can deliver or print a message of that name. */
static bool id_is(const char *word)
{
    bool fine = spool_id_is(span_text(word));
    if (!fine) {
        (void)fprintf(stderr, "refmta: \"%s\" is no message id\n", word);
    }
    return fine;
}

static enum exit_status deliver(struct by_hand *h)
{
    enum exit_status status = EXIT_FINE;
    for (size_t i = 0; i < h->options->words.count; i++) {
        const char *id = h->options->words.at[i];
        if (!id_is(id)) {
            status = EXIT_REFUSED;
            continue;
        }
        enum queue_end end = queue_deliver(&h->delivery.queue, span_text(id), QUEUE_FORCE | QUEUE_THAW);
        if (end == QUEUE_GONE || end == QUEUE_BUSY || end == QUEUE_DAMAGED) {
            (void)fprintf(stderr, "refmta: Message %s %s\n", id,
                          end == QUEUE_GONE   ? "is not there"
                          : end == QUEUE_BUSY ? "is locked: somebody works on it"
                                              : "cannot be read: the log says why");
        }
        status = end == QUEUE_GONE || end == QUEUE_BUSY || end == QUEUE_DAMAGED ? EXIT_REFUSED
                                                                                : status;
    }
    return status;
}

enum exit_status run_queue_deliver(const struct run_options *o, struct arena *arena)
{
    return o->words.count == 0 ? no_ids() : with_queue(o, arena, deliver);
}

/* --- orders ---------------------------------------------------------------------------------------- */

static enum exit_status order(struct by_hand *h, enum queue_order which)
{
    enum exit_status status = EXIT_FINE;
    for (size_t i = 0; i < h->options->words.count; i++) {
        const char *id = h->options->words.at[i], *text = "";
        if (!id_is(id)) {
            status = EXIT_REFUSED;
            continue;
        }
        err e = queue_order(&h->delivery.queue, which, span_text(id), h->arena, &text);
        (void)fprintf(failed(e) ? stderr : stdout, "%s\n", failed(e) ? err_text(e, h->arena) : text);
        status = failed(e) ? EXIT_REFUSED : status;
    }
    return status;
}

static enum exit_status freeze(struct by_hand *h)
{
    return order(h, QUEUE_ORDER_FREEZE);
}

static enum exit_status thaw(struct by_hand *h)
{
    return order(h, QUEUE_ORDER_THAW);
}

static enum exit_status take_away(struct by_hand *h)
{
    return order(h, QUEUE_ORDER_REMOVE);
}

static enum exit_status give_up(struct by_hand *h)
{
    return order(h, QUEUE_ORDER_GIVE_UP);
}

enum exit_status run_queue_freeze(const struct run_options *o, struct arena *arena)
{
    return o->words.count == 0 ? no_ids() : with_queue(o, arena, freeze);
}

enum exit_status run_queue_thaw(const struct run_options *o, struct arena *arena)
{
    return o->words.count == 0 ? no_ids() : with_queue(o, arena, thaw);
}

enum exit_status run_queue_remove(const struct run_options *o, struct arena *arena)
{
    return o->words.count == 0 ? no_ids() : with_queue(o, arena, take_away);
}

enum exit_status run_queue_give_up(const struct run_options *o, struct arena *arena)
{
    return o->words.count == 0 ? no_ids() : with_queue(o, arena, give_up);
}

/* The first word is the queue; an empty one is the usual one. */
static enum exit_status move(struct by_hand *h)
{
    enum exit_status status = EXIT_FINE;
    struct spool *to;
    err e = spool_queue(&h->world->spool, span_text(h->options->words.at[0]), &to);
    if (failed(e)) {
        e = err_in(e, h->arena, "queue \"%s\"", h->options->words.at[0]);
        return run_fail(e.kind == ERR_SYNTAX ? EXIT_USAGE : EXIT_SYSTEM, err_text(e, h->arena));
    }
    for (size_t i = 1; i < h->options->words.count; i++) {
        const char *id = h->options->words.at[i], *text = "";
        if (!id_is(id)) {
            status = EXIT_REFUSED;
            continue;
        }
        e = queue_move(&h->delivery.queue, span_text(id), to, h->arena, &text);
        (void)fprintf(failed(e) ? stderr : stdout, "%s\n", failed(e) ? err_text(e, h->arena) : text);
        status = failed(e) ? EXIT_REFUSED : status;
    }
    return status;
}

enum exit_status run_queue_move(const struct run_options *o, struct arena *arena)
{
    return o->words.count < 2 ? no_ids() : with_queue(o, arena, move);
}

/* --- looking --------------------------------------------------------------------------------------- */

static void text_print(void *context, span text)
{
    (void)context;
    (void)fwrite(text.at, 1, text.len, stdout);
}

static enum exit_status list(struct by_hand *h)
{
    span *ids = arena_take_array(h->arena, h->options->words.count + 1, sizeof *ids);
    for (size_t i = 0; i < h->options->words.count; i++) {
        ids[i] = span_text(h->options->words.at[i]);
    }
    err e = queue_list(&h->world->spool, ids, h->options->words.count, clock_now(h->world->env.clock),
                       text_print, NULL);
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

static enum exit_status show(struct by_hand *h, const char *suffix)
{
    span text;
    const char *id = h->options->words.at[0];
    err e = queue_file_read(&h->world->spool, span_text(id), suffix, h->arena, &text);
    if (failed(e)) {
        return run_fail(EXIT_REFUSED, err_text(e, h->arena));
    }
    text_print(NULL, text);
    return EXIT_FINE;
}

static enum exit_status show_header(struct by_hand *h)
{
    return show(h, "-H");
}

static enum exit_status show_body(struct by_hand *h)
{
    return show(h, "-D");
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

static enum exit_status one_id(const struct run_options *o, struct arena *arena,
                               enum exit_status (*act)(struct by_hand *h))
{
    if (o->words.count != 1) {
        return run_fail(EXIT_USAGE, "one message id is needed; refmta -bp lists them");
    }
    return id_is(o->words.at[0]) ? with_queue(o, arena, act) : EXIT_REFUSED;
}

enum exit_status run_queue_list(const struct run_options *o, struct arena *arena)
{
    return with_queue(o, arena, list);
}

enum exit_status run_queue_count(const struct run_options *o, struct arena *arena)
{
    return with_queue(o, arena, count);
}

enum exit_status run_queue_show_header(const struct run_options *o, struct arena *arena)
{
    return one_id(o, arena, show_header);
}

enum exit_status run_queue_show_body(const struct run_options *o, struct arena *arena)
{
    return one_id(o, arena, show_body);
}

enum exit_status run_queue_show_log(const struct run_options *o, struct arena *arena)
{
    return one_id(o, arena, show_log);
}
