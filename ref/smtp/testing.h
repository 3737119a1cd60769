/* For tests: a server in a temporary folder, and sessions with it by script over a memory wire. */
#ifndef REF_SMTP_TESTING_H
#define REF_SMTP_TESTING_H

#include "base/check.h"
#include "base/file.h"
#include "ref/conf/snapshot.h"
#include "ref/smtp/policy.h"
#include "ref/smtp/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Saturday 2026-11-21 22:24:29 UTC */
#define TESTING_CLOCK (INT64_C(1795299869) * NANOS_PER_SECOND)

#define TESTING_ACLS                                                                             \
    "acl_smtp_vrfy = accept\nacl_smtp_expn = accept\n"                                           \
    "acl_smtp_rcpt = ${if eq{$domain}{test.ex}"                                                  \
    "{${if eq{$local_part}{nobody}{deny message = 550 5.1.1 Unknown mailbox}{accept}}}"          \
    "{${if eq{$local_part@$domain}{postmaster@mx.test.ex}{accept}"                               \
    "{deny message = 550 5.7.1 Relay not permitted}}}}\n"

struct testing {
    char dir[64];
    struct arena *arena;
    struct conf *conf;
    struct smtp_policy policy;
    struct facts_server facts;
    struct rng rng;
    struct log log;
    struct spool spool;
    struct clock_still clock;
    _Atomic bool draining;
    struct smtp_server server;
    struct smtp_peer peer;
    struct wire_memory wire;
};

/* What a session is given. */
struct testing_input {
    span in;
    size_t grain;        /* octets a read gives at most; 0: all */
    const size_t *cuts;
    size_t cut_count;
    bool tcp;            /* else a local caller, whose input is never too early */
};

/* Mailboxes are all of test.ex but nobody@; early pipelining is offered if the options say something
   of it. They may end with sections. */
static inline void testing_open(struct testing *t, const char *options)
{
    memset(t, 0, sizeof *t);
    t->arena = arena_new();
    const char *below = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    (void)snprintf(t->dir, sizeof t->dir, "%s/refmta-test-XXXXXX", below);
    CHECK(mkdtemp(t->dir) != NULL);
    CHECK(setenv("TZ", "UTC", 1) == 0);
    const char *path = arena_printf(t->arena, "%s/conf", t->dir);
    const char *text = arena_printf(t->arena,
        "primary_hostname = mx.test.ex\nspool_directory = %s/spool\ntimezone = UTC\n"
        "log_selector = +all\nsmtp_banner = mx.test.ex ESMTP\n"
        "%s%s%s", t->dir,
        strstr(options, "pipelining_connect_") ? "" : "pipelining_connect_advertise_hosts =\n",
        strstr(options, "acl_smtp_rcpt") ? "" : TESTING_ACLS, options);
    CHECK(!failed(file_write(path, span_text(text), 0600)));
    struct conf_request request = {.path = path, .hostname = "mx.test.ex"};
    err e = conf_load(&request, t->arena, &t->conf);
    if (failed(e)) {
        (void)fprintf(stderr, "%s\n", e.what);
    }
    CHECK(!failed(e));
    e = smtp_policy_read(t->conf, t->arena, t->arena, &t->policy);
    if (failed(e)) {
        (void)fprintf(stderr, "%s\n", e.what);
    }
    CHECK(!failed(e));
    clock_still_init(&t->clock, TESTING_CLOCK, 0);
    struct log_options log = {.spool_directory = t->conf->main.spool_directory,
                              .selectors = log_selectors_default(), .clock = &t->clock.clock,
                              .pid = 77, .utc = true};
    CHECK(!failed(log_selectors_read(SPAN("+all"), t->arena, &log.selectors)));
    CHECK(!failed(log_open(&t->log, &log, t->arena)));
    struct spool_options spool = {.directory = t->conf->main.spool_directory,
                                  .clock = &t->clock.clock, .process = 77, .login = SPAN("mail"),
                                  .uid = 8, .gid = 8, .header_limit = t->conf->main.header_maxsize};
    CHECK(!failed(spool_open(&t->spool, &spool, t->arena)));
    rng_seeded(&t->rng, 1);
    t->facts = (struct facts_server){.primary_hostname = SPAN("mx.test.ex"),
                                     .qualify_domain = SPAN("mx.test.ex"),
                                     .version_number = SPAN("0.1.0"),
                                     .clock = &t->clock.clock, .timestamps_utc = true};
    t->server = (struct smtp_server){.conf = &t->conf->main,
                                     .policy = &t->policy,
                                     .facts = &t->facts,
                                     .rng = &t->rng,
                                     .clock = &t->clock.clock,
                                     .log = &t->log,
                                     .spool = &t->spool,
                                     .version = "0.1.0"};
}

static inline void testing_close(struct testing *t)
{
    if (t->wire.wire.close != NULL) {
        wire_close(&t->wire.wire);
    }
    spool_close(&t->spool);
    conf_free(t->conf);
    CHECK(!failed(dir_remove_all(t->dir)));
    arena_free(t->arena);
}

/* All that the server said; valid until the next run. */
static inline span testing_run(struct testing *t, struct testing_input input, err *over)
{
    if (t->wire.wire.close != NULL) {
        wire_close(&t->wire.wire);
    }
    wire_memory_init(&t->wire, input.in, 1 << 22);
    t->wire.grain = input.grain;
    t->wire.cuts = input.cuts;
    t->wire.cut_count = input.cut_count;
    t->peer = (struct smtp_peer){.tcp = input.tcp, .login = input.tcp ? NULL : "mail",
                                 .connections = 1};
    CHECK(address_parse(SPAN("192.0.2.10"), 40612, &t->peer.remote));
    CHECK(address_parse(SPAN("192.0.2.1"), 25, &t->peer.local));
    err e = smtp_session_run(&t->server, &t->peer, &t->wire.wire);
    if (over != NULL) {
        *over = e;
    }
    return buf_span(&t->wire.out);
}

/* The text of a file below the folder, or the empty span. */
static inline span testing_file(struct testing *t, const char *name)
{
    span text;
    err e = file_read(path_join(t->arena, t->dir, name), 1 << 22, t->arena, &text);
    return failed(e) ? SPAN_EMPTY : text;
}

/* Everything in the spool's input folder, names and contents, in order of names. */
static inline span testing_spool(struct testing *t)
{
    struct dir_list list;
    struct buf all;
    buf_init(&all, 1 << 24);
    CHECK(!failed(dir_list(path_join(t->arena, t->dir, "spool/input"), t->arena, &list)));
    for (size_t i = 0; i < list.count; i++) {
        const char *name = arena_printf(t->arena, "spool/input/%s", list.names[i]);
        buf_printf(&all, "== %s\n", list.names[i]);
        buf_put(&all, testing_file(t, name));
    }
    return buf_settle(&all, t->arena);
}

/* How many messages were stored. */
static inline size_t testing_messages(struct testing *t)
{
    size_t count = 0;
    struct dir_list list;
    CHECK(!failed(dir_list(path_join(t->arena, t->dir, "spool/input"), t->arena, &list)));
    for (size_t i = 0; i < list.count; i++) {
        count += span_ends(span_text(list.names[i]), SPAN("-H")) ? 1 : 0;
    }
    return count;
}

#endif
