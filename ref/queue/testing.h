/* For tests: a queue of its own with a still clock, messages made by hand, and the log as text. */
#ifndef REF_QUEUE_TESTING_H
#define REF_QUEUE_TESTING_H

#include "ref/queue/queue.h"

#include "base/file.h"
#include "ref/conf/testing.h"
#include "ref/spool/scan.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <unistd.h>

#define TESTING_START (INT64_C(1795299869) * NANOS_PER_SECOND)

struct testing_world {
    char path[40];
    struct arena *arena;
    struct clock_still clock;
    struct rng rng;
    struct spool spool;
    struct log log;
    struct facts_server server;
    struct queue queue;
};

/* DIR in the configuration stands for the test's folder. */
static inline void testing_open(struct testing_world *w, const char *configuration)
{
    *w = (struct testing_world){.path = "/tmp/queue-test-XXXXXX"};
    cr_assert_not_null(mkdtemp(w->path));
    cr_assert_eq(setenv("TZ", "UTC", 1), 0);
    w->arena = arena_new();
    clock_still_init(&w->clock, TESTING_START, 0);
    rng_seeded(&w->rng, 1);
    struct spool_options spool = {.directory = w->path, .clock = &w->clock.clock, .process = 12343,
                                  .login = SPAN("mail"), .uid = 8, .gid = 8};
    cr_assert_not(failed(spool_open(&w->spool, &spool, w->arena)));
    struct log_options log = {.spool_directory = w->path, .selectors = log_selectors_default(),
                              .clock = &w->clock.clock, .pid = 1, .utc = true};
    cr_assert_not(failed(log_open(&w->log, &log, w->arena)));
    struct conf *conf;
    span define = span_text(arena_printf(w->arena, "DIR=%s", w->path));
    const char *all = arena_printf(w->arena, "primary_hostname = mx.test\nqualify_domain = a.test\n%s",
                                   configuration);
    err e = testing_load(span_text(all), &define, 1, w->arena, &conf);
    cr_assert_not(failed(e), "%s", e.what);
    w->server = (struct facts_server){.qualify_domain = SPAN("a.test"),
                                      .qualify_recipient = SPAN("a.test"),
                                      .primary_hostname = SPAN("mx.test"),
                                      .clock = &w->clock.clock};
    struct hints_setup hints = {.folder = path_join(w->arena, w->path, "db"),
                                .clock = &w->clock.clock};
    w->queue = (struct queue){.conf = conf, .facts = &w->server, .rng = &w->rng,
                              .clock = &w->clock.clock, .log = &w->log, .spool = &w->spool,
                              .hints = hints_open(&hints), .user = "root",
                              .version = "refmta 0.1.0"};
}

static inline void testing_close(struct testing_world *w)
{
    hints_close(w->queue.hints);
    spool_close(&w->spool);
    struct conf *conf;
    memcpy(&conf, &w->queue.conf, sizeof conf);
    conf_free(conf);
    cr_expect_not(failed(dir_remove_all(w->path)));
    arena_free(w->arena);
}

/* A message in the spool; recipients part at commas, "u@x/6" has notify 6. done: in the tree. */
static inline const char *testing_message(struct testing_world *w, const char *sender,
                                          const char *recipients)
{
    struct spool_message *m = ARENA_NEW(w->arena, struct spool_message);
    span all = span_text(recipients), one;
    cr_assert_not(failed(spool_message_begin(&w->spool, w->arena, m)));
    cr_assert_not(failed(spool_message_write(m, SPAN("Subject: x\n\ny\n"))));
    cr_assert_not(failed(spool_message_end(m)));
    m->envelope.sender = span_text(sender);
    for (bool more = all.len > 0; more;) {
        span address, notify;
        uint64_t bits = 0;
        more = span_split(all, ',', &one, &all);
        if (span_split(one, '/', &address, &notify)) {
            cr_assert(span_to_u64(notify, &bits));
        }
        struct recipient r = {.address = address, .notify = (unsigned)bits, .parent = -1};
        vec_add(w->arena, &m->envelope.recipients, r);
    }
    cr_assert_not(failed(spool_message_commit(m)));
    const char *id = arena_text(w->arena, span_text(m->envelope.id));
    spool_message_close(m);
    return id;
}

/* The main log since the last call, without times; ids become A, B, C in order of appearance. */
static inline const char *testing_log(struct testing_world *w)
{
    span text, line;
    struct buf out;
    VEC(span) ids = {0};
    buf_init(&out, 1 << 20);
    if (failed(file_read(w->log.main, 1 << 20, w->arena, &text))) {
        return "";
    }
    (void)unlink(w->log.main);
    while (span_line(&text, &line)) {
        line = span_from(line, 20);
        while (line.len > 0) {
            size_t len = spool_id_prefix(line);
            if (len == 0) {
                buf_put_byte(&out, line.at[0]);
                line = span_from(line, 1);
                continue;
            }
            span id = span_first(line, len);
            size_t known = 0;
            while (known < ids.count && !span_eq(ids.at[known], id)) {
                known++;
            }
            if (known == ids.count) {
                vec_add(w->arena, &ids, id);
            }
            buf_put_byte(&out, (unsigned char)('A' + known));
            line = span_from(line, len);
        }
        buf_put_byte(&out, '\n');
    }
    return buf_settle_text(&out, w->arena);
}

/* Names in the spool: "-D -H -J", parts of all messages together, in order of ids. */
static inline const char *testing_parts(struct testing_world *w)
{
    struct spool_entries list;
    struct buf out;
    cr_assert_not(failed(spool_scan(w->spool.input, w->arena, &list)));
    buf_init(&out, 10000);
    for (size_t i = 0; i < list.list.count; i++) {
        unsigned parts = list.list.at[i].parts;
        buf_printf(&out, "%s%s%s%s", i > 0 ? " " : "", (parts & SPOOL_PART_D) != 0 ? "D" : "",
                   (parts & SPOOL_PART_H) != 0 ? "H" : "", (parts & SPOOL_PART_J) != 0 ? "J" : "");
    }
    return buf_settle_text(&out, w->arena);
}

#endif
