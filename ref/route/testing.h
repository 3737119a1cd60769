/* For the tests of this room: routers out of a text, a zone in place of the network, and one line for
   what becomes of an address. */
#ifndef REF_ROUTE_TESTING_H
#define REF_ROUTE_TESTING_H

#include "base/buf.h"
#include "base/check.h"
#include "base/file.h"
#include "ref/route/route.h"
#include "ref/route/verify.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bench {
    struct arena *arena;
    char folder[64];
    struct conf *conf;
    struct dns *dns;
    struct rng rng;
    struct lookup_shared *shared;
    struct facts facts;
    struct facts_server server;
    struct facts_message message;
    struct facts_address address;
    struct acl_variables acl;
    struct expansion x;
    struct route_round round;
    struct address own;
    struct delivery_address *last; /* what bench_route looked at */
    struct route_outcome outcome;
};

/* "%s" in the configuration stands for the folder. Routes are for mail from sender@from.ex. */
static inline void bench_open(struct bench *b, const char *conf, const char *zone)
{
    memset(b, 0, sizeof *b);
    b->arena = arena_new();
    (void)snprintf(b->folder, sizeof b->folder, "/tmp/route-test-XXXXXX");
    CHECK(mkdtemp(b->folder) != NULL);
    const char *path = path_join(b->arena, b->folder, "conf");
    struct buf text;
    buf_init(&text, 1 << 20);
    buf_put_text(&text, "primary_hostname = mx.test.ex\nqualify_domain = test.ex\n"
                        "keep_environment =\n");
    for (const char *at = conf; *at != '\0';) {
        const char *mark = strstr(at, "@@");
        size_t len = mark != NULL ? (size_t)(mark - at) : strlen(at);
        buf_put(&text, span_of(at, len));
        buf_put_text(&text, mark != NULL ? b->folder : "");
        at += len + (mark != NULL ? 2 : 0);
    }
    buf_put_text(&text, "\nbegin transports\nsmtp:\n driver = smtp\nfile:\n driver = appendfile\n"
                        " file = /dev/null\n");
    CHECK(!failed(file_write(path, buf_span(&text), 0644)));
    buf_wipe(&text);
    struct conf_request request = {.path = path, .hostname = "mx.test.ex"};
    err e = conf_load(&request, b->arena, &b->conf);
    if (failed(e)) {
        (void)fprintf(stderr, "%s\n", e.what);
    }
    CHECK(!failed(e));
    CHECK(!failed(dns_open_zone(span_text(zone), "zone", b->arena, &b->dns)));
    b->shared = lookup_shared_new(clock_system());
    rng_seeded(&b->rng, 1);
    b->server = (struct facts_server){.primary_hostname = SPAN("mx.test.ex"),
                                      .qualify_domain = SPAN("test.ex"),
                                      .clock = clock_system()};
    b->message.sender_address = SPAN("sender@from.ex");
    b->acl.connection_arena = b->acl.message_arena = b->arena;
    b->facts = (struct facts){.server = &b->server, .message = &b->message,
                              .address = &b->address, .acl = &b->acl};
    b->x = (struct expansion){.facts = &b->facts, .arena = b->arena, .lists = &b->conf->lists,
                              .lookups = lookup_cache_new(b->shared), .dns = b->dns,
                              .rng = &b->rng};
    CHECK(address_parse(SPAN("192.0.2.99"), 0, &b->own));
    b->round = (struct route_round){.conf = b->conf, .expansion = &b->x, .dns = b->dns,
                                    .rng = &b->rng, .arena = b->arena, .own = &b->own,
                                    .own_count = 1, .purpose = ROUTE_DELIVER};
}

static inline void bench_close(struct bench *b)
{
    lookup_cache_free(b->x.lookups);
    lookup_shared_close(b->shared);
    dns_close(b->dns);
    conf_free(b->conf);
    CHECK(!failed(dir_remove_all(b->folder)));
    arena_free(b->arena);
}

static inline const char *bench_write(struct bench *b, const char *name, const char *text)
{
    const char *path = path_join(b->arena, b->folder, name);
    CHECK(!failed(file_write(path, span_text(text), 0644)));
    return path;
}

static inline void hosts_text(const struct delivery_address *a, struct buf *out)
{
    char text[64];
    for (size_t i = 0; i < a->host_count; i++) {
        address_host(&a->hosts[i].address, text, sizeof text);
        buf_printf(out, " %.*s[%s]", SPAN_FMT(a->hosts[i].name), text);
        if (address_port(&a->hosts[i].address) != 0) {
            buf_printf(out, ":%u", address_port(&a->hosts[i].address));
        }
        if (a->hosts[i].preference >= 0) {
            buf_printf(out, "/%d", a->hosts[i].preference);
        }
    }
}

static inline void outcome_text(struct bench *b, struct buf *out)
{
    static const char *const words[] = {"to", "children", "fail", "defer", "discard"};
    struct delivery_address *a = b->last;
    buf_printf(out, "%s", words[b->outcome.end]);
    if (b->outcome.end == ROUTE_TO_TRANSPORT) {
        buf_printf(out, " %s", a->transport != NULL ? a->transport->name : "none");
        hosts_text(a, out);
    }
    if (b->outcome.end == ROUTE_FAIL || b->outcome.end == ROUTE_DEFER) {
        buf_printf(out, "%s: %.*s", b->outcome.freeze ? " and freeze" : "",
                   SPAN_FMT(a->result.text));
        if (a->result.status.len > 0) {
            buf_printf(out, " (%.*s)", SPAN_FMT(a->result.status));
        }
    }
    for (size_t i = 0; i < b->outcome.child_count; i++) {
        const struct delivery_address *child = b->outcome.children[i];
        buf_printf(out, "%s%s%.*s", i > 0 ? ", " : child->continued ? "; " : " ",
                   child->continued ? "goes on as " : "", SPAN_FMT(child->address));
        if (child->path) {
            buf_printf(out, " (%s)", child->transport != NULL
                                         ? child->transport->name
                                         : arena_text(b->arena, child->result.text));
        }
    }
}

/* What becomes of the address at once, in words; children are not routed. */
static inline const char *bench_route_of(struct bench *b, struct delivery_address *a)
{
    struct buf out;
    buf_init(&out, 1 << 20);
    b->last = a;
    b->outcome = route_address(&b->round, a);
    outcome_text(b, &out);
    return buf_settle_text(&out, b->arena);
}

static inline const char *bench_route(struct bench *b, const char *address)
{
    struct delivery_address *a = ARENA_NEW(b->arena, struct delivery_address);
    if (!route_begin(&b->round, span_text(address), a)) {
        return arena_printf(b->arena, "malformed: %.*s", SPAN_FMT(a->result.text));
    }
    return bench_route_of(b, a);
}

/* The same on and on, for the first child, until it is neither children nor unseen. */
static inline const char *bench_route_far(struct bench *b, const char *address)
{
    const char *text = bench_route(b, address);
    for (unsigned i = 0; i < 1000 && b->outcome.end == ROUTE_CHILDREN &&
                         !b->outcome.children[0]->path; i++) {
        text = bench_route_of(b, b->outcome.children[0]);
    }
    return text;
}

struct route_row {
    const char *label, *address, *want;
};
#define EXPECT_ROUTES(b, rows)                                                                  \
    for (size_t i_ = 0; i_ < sizeof(rows) / sizeof *(rows); i_++) {                             \
        const char *got_ = bench_route((b), (rows)[i_].address);                                \
        cr_expect(strcmp(got_, (rows)[i_].want) == 0, "%s: got \"%s\", want \"%s\"",            \
                  (rows)[i_].label, got_, (rows)[i_].want);                                     \
    }

#endif
