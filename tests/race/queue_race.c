/* room: ref/queue
   Two runs over one spool and orders by hand, all at once, each run with several threads. Claims: every
   message is delivered exactly once to each of its recipients, and the spool is empty in the end. */
#include "ref/queue/queue.h"

#include "base/check.h"
#include "base/file.h"
#include "base/task.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { MESSAGES = 60, RECIPIENTS = 3, RUNS = 3 };

struct shared {
    char path[40];
    struct arena *arena;
    struct clock_still clock;
    struct rng rng;
    struct spool spool;
    struct log log;
    struct facts_server server;
    struct queue queue;
    char ids[MESSAGES][SPOOL_ID_ROOM];
    _Atomic unsigned order;
};

static span configuration;

static err read_configuration(const char *path, struct arena *arena, span *content)
{
    (void)path;
    (void)arena;
    *content = configuration;
    return OK;
}

static void open_all(struct shared *s)
{
    struct conf *conf;
    struct conf_request request = {.path = "/c", .hostname = "mx.test", .read = read_configuration};
    s->arena = arena_new();
    clock_still_init(&s->clock, INT64_C(1795299869) * NANOS_PER_SECOND, 1000);
    rng_seeded(&s->rng, 1);
    configuration = span_text(arena_printf(
        s->arena, "begin routers\nr:\n driver = accept\n transport = t\nbegin transports\n"
                  "t:\n driver = appendfile\n directory = %s/box\n maildir_format\n"
                  "begin retry\n* * F,1d,1s\n", s->path));
    struct spool_options spool = {.directory = s->path, .clock = &s->clock.clock, .process = 1,
                                  .login = SPAN("mail")};
    struct log_options log = {.spool_directory = s->path, .selectors = log_selectors_default(),
                              .clock = &s->clock.clock, .pid = 1, .utc = true};
    struct hints_setup hints = {.folder = path_join(s->arena, s->path, "db"),
                                .clock = &s->clock.clock};
    CHECK(!failed(spool_open(&s->spool, &spool, s->arena)));
    CHECK(!failed(log_open(&s->log, &log, s->arena)));
    CHECK(!failed(conf_load(&request, s->arena, &conf)));
    s->server = (struct facts_server){.qualify_domain = SPAN("a.test"), .clock = &s->clock.clock};
    s->queue = (struct queue){.conf = conf, .facts = &s->server, .rng = &s->rng,
                              .clock = &s->clock.clock, .log = &s->log, .spool = &s->spool,
                              .hints = hints_open(&hints), .user = "root", .version = "x"};
}

static void message_make(struct shared *s, unsigned number)
{
    struct spool_message *m = ARENA_NEW(s->arena, struct spool_message);
    CHECK(!failed(spool_message_begin(&s->spool, s->arena, m)));
    CHECK(!failed(spool_message_write(m, SPAN("Subject: x\n\ny\n"))));
    CHECK(!failed(spool_message_end(m)));
    for (unsigned i = 0; i < RECIPIENTS; i++) {
        span address = span_text(arena_printf(s->arena, "u%u-%u@a.test", number, i));
        vec_add(s->arena, &m->envelope.recipients,
                ((struct recipient){.address = address, .parent = -1}));
    }
    CHECK(!failed(spool_message_commit(m)));
    memcpy(s->ids[number], m->envelope.id, SPOOL_ID_ROOM);
    spool_message_close(m);
}

static void run(void *arg)
{
    struct shared *s = arg;
    struct arena *arena = arena_new();
    CHECK(!failed(queue_run(&s->queue, QUEUE_FORCE | QUEUE_THAW, 4, arena)));
    arena_free(arena);
}

/* Freezes and thaws what it can get; most of it is busy or gone. */
static void orders(void *arg)
{
    struct shared *s = arg;
    struct arena *arena = arena_new();
    for (unsigned i; (i = s->order++) < MESSAGES;) {
        const char *text;
        span id = span_text(s->ids[i]);
        (void)!failed(queue_order(&s->queue, QUEUE_ORDER_FREEZE, id, arena, &text));
        (void)!failed(queue_order(&s->queue, QUEUE_ORDER_THAW, id, arena, &text));
    }
    arena_free(arena);
}

int main(void)
{
    static struct shared s = {.path = "/tmp/queue-race-XXXXXX"};
    struct dir_list left, delivered;
    CHECK(mkdtemp(s.path) != NULL);
    open_all(&s);
    for (unsigned i = 0; i < MESSAGES; i++) {
        message_make(&s, i);
    }
    struct task_group *group = task_group_new(RUNS + 1, 0);
    for (unsigned i = 0; i < RUNS; i++) {
        CHECK(!failed(task_start(group, run, &s)));
    }
    CHECK(!failed(task_start(group, orders, &s)));
    task_group_free(group);
    run(&s); /* what was busy with an order each time */
    CHECK(!failed(dir_list(s.spool.input, s.arena, &left)));
    CHECK(!failed(dir_list(path_join(s.arena, s.path, "box/new"), s.arena, &delivered)));
    printf("%zu deliveries, %zu files left\n", delivered.count, left.count);
    CHECK(delivered.count == MESSAGES * RECIPIENTS && left.count == 0);
    hints_close(s.queue.hints);
    spool_close(&s.spool);
    CHECK(!failed(dir_remove_all(s.path)));
    arena_free(s.arena);
    return EXIT_SUCCESS;
}
