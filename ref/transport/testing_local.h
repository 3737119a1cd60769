/* For tests of local deliveries: a folder, a spool in it with one message, a configuration of one
   transport, and a job for it. `@/` in the configuration stands for it. */
#ifndef REF_TRANSPORT_TESTING_LOCAL_H
#define REF_TRANSPORT_TESTING_LOCAL_H

#include "ref/conf/testing.h"
#include "ref/transport/drivers.h"

#include "base/file.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TESTING_ADDRESSES = 4 };
/* Thu Jan 20 2026 12:00:00.123456 UTC */
#define TESTING_MOMENT (INT64_C(1768910400123456) * 1000)

struct testing_local {
    struct arena *arena;
    char path[40];
    struct clock_still clock;
    struct rng rng;
    struct spool spool;
    struct spool_message message;
    struct conf *conf;
    struct facts_server server;
    struct facts_message facts_message;
    struct facts_address facts_address;
    struct facts facts;
    struct expansion x;
    struct delivery_address address[TESTING_ADDRESSES];
    struct delivery_address *addresses[TESTING_ADDRESSES];
    struct transport_job job;
    unsigned told;                 /* calls of job.delivered */
    err tell;                      /* what it answers */
};

static inline err testing_delivered(void *context, struct delivery_address *a, bool more)
{
    struct testing_local *w = context;
    (void)a;
    (void)more;
    w->told++;
    return w->tell;
}

static inline const char *testing_path(struct testing_local *w, const char *name)
{
    return path_join(w->arena, w->path, name);
}

/* Loads "begin transports t: ..."; the text of a failure, or NULL. */
static inline const char *testing_conf(struct testing_local *w, const char *options)
{
    struct buf text;
    buf_init(&text, 1 << 16);
    buf_put_text(&text, "primary_hostname = mx.test.ex\nbegin transports\nt:\n");
    for (const char *c = options; *c != '\0'; c++) {
        if (c[0] == '@' && c[1] == '/') {
            buf_put_text(&text, w->path);
        } else {
            buf_put_byte(&text, (unsigned char)*c);
        }
    }
    buf_put_byte(&text, '\n');
    conf_free(w->conf);
    w->conf = NULL;
    err e = testing_load(arena_copy(w->arena, buf_span(&text)), NULL, 0, w->arena, &w->conf);
    buf_wipe(&text);
    if (failed(e)) {
        return err_text(e, w->arena);
    }
    w->job.conf = w->conf;
    w->job.transport = &w->conf->transports.at[0];
    return NULL;
}

static inline void testing_message(struct testing_local *w, const char *body)
{
    cr_assert_not(failed(spool_message_begin(&w->spool, w->arena, &w->message)));
    cr_assert_not(failed(spool_message_write(&w->message, SPAN("Subject: s\nTo: u1@test.ex\n\n"))));
    cr_assert_not(failed(spool_message_write(&w->message, span_text(body))));
    cr_assert_not(failed(spool_message_end(&w->message)));
    struct envelope *e = &w->message.envelope;
    e->sender = SPAN("s@c.test");
    e->protocol = SPAN("smtp");
    for (size_t i = 0; i < 2; i++) {
        struct recipient *r = vec_push(w->arena, &e->recipients);
        r->address = w->address[i].address;
        r->parent = -1;
    }
    cr_assert_not(failed(spool_message_commit(&w->message)));
}

static inline void testing_local_open(struct testing_local *w, const char *options)
{
    memset(w, 0, sizeof *w);
    strcpy(w->path, "/tmp/deposit-test-XXXXXX");
    cr_assert_not_null(mkdtemp(w->path));
    w->arena = arena_new();
    clock_still_init(&w->clock, TESTING_MOMENT, 0);
    rng_seeded(&w->rng, 1);
    for (size_t i = 0; i < TESTING_ADDRESSES; i++) {
        struct delivery_address *a = &w->address[i];
        a->local_part = span_text(arena_printf(w->arena, "u%zu", i + 1));
        a->domain = SPAN("test.ex");
        a->local_part_data = a->local_part;
        a->address = span_text(arena_printf(w->arena, "u%zu@test.ex", i + 1));
        a->unique = a->address;
        w->addresses[i] = a;
    }
    w->job = (struct transport_job){
        .addresses = w->addresses, .count = 1, .sender = SPAN("s@c.test"), .message = &w->message,
        .expansion = &w->x, .rng = &w->rng, .clock = &w->clock.clock, .arena = w->arena,
        .delivered = testing_delivered, .context = w};
    const char *wrong = testing_conf(w, options);
    cr_assert_null(wrong, "%s", wrong);
    struct spool_options spool = {.directory = path_join(w->arena, w->path, "spool"),
                                  .clock = &w->clock.clock, .process = 4711, .login = SPAN("l")};
    cr_assert_not(failed(spool_open(&w->spool, &spool, w->arena)));
    w->server = (struct facts_server){.primary_hostname = SPAN("mx.test.ex"),
                                      .clock = &w->clock.clock, .timestamps_utc = true};
    w->facts = (struct facts){.server = &w->server, .message = &w->facts_message,
                              .address = &w->facts_address};
    w->x = (struct expansion){.facts = &w->facts, .arena = w->arena, .rng = &w->rng};
}

static inline void testing_local_close(struct testing_local *w)
{
    spool_message_close(&w->message);
    spool_close(&w->spool);
    conf_free(w->conf);
    cr_expect_not(failed(dir_remove_all(w->path)));
    arena_free(w->arena);
}

/* Forgets the results, then runs. */
static inline void testing_run(struct testing_local *w)
{
    for (size_t i = 0; i < TESTING_ADDRESSES; i++) {
        w->address[i].result = (struct delivery_result){0};
    }
    w->told = 0;
    transport_run(&w->job);
}

/* Content of a file below the folder, "(none)" if it is not there. */
static inline const char *testing_content(struct testing_local *w, const char *name)
{
    span all = SPAN("(none)");
    (void)!failed(file_read(testing_path(w, name), 1 << 20, w->arena, &all));
    return arena_text(w->arena, all);
}

/* Names in a directory below the folder, each with a blank behind. */
static inline const char *testing_names(struct testing_local *w, const char *name)
{
    struct dir_list list = {0};
    char *all = arena_printf(w->arena, "%s", "");
    if (failed(dir_list(testing_path(w, name), w->arena, &list))) {
        return "(none)";
    }
    for (size_t i = 0; i < list.count; i++) {
        all = arena_printf(w->arena, "%s%s ", all, list.names[i]);
    }
    return all;
}

static inline const char *testing_text(struct testing_local *w, size_t i)
{
    return arena_text(w->arena, w->address[i].result.text);
}

#endif
