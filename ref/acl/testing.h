/* For tests: ACLs out of a text, and runs of them with facts of their own. */
#ifndef REF_ACL_TESTING_H
#define REF_ACL_TESTING_H

#include "ref/acl/item.h"

#include <stdio.h>

struct acl_testing {
    struct arena *arena;
    struct acl_set *set;
    struct log log;
    struct clock_still clock;
    struct facts_server server;
    struct facts_peer peer;
    struct facts_message message;
    struct facts_address address;
    struct acl_variables variables;
    struct facts facts;
    struct expansion x;
    struct acl_controls controls;
    struct acl_changes changes;
    struct address host;
    struct acl_run run;
};

/* "name:" begins an ACL; what stands below belongs to it. */
static inline err acl_testing_read(struct arena *arena, const char *text, struct acl_set **set)
{
    struct conf_acls acls = {.rows = {NULL, 0, 0}};
    struct conf_acl all = {.name = NULL};
    acl_lines_split(span_text(text), "test.conf", arena, &all);
    for (size_t i = 0; i < all.lines.count; i++) {
        span line = all.lines.at[i].text;
        if (span_ends(line, SPAN(":")) && span_find_byte(line, ' ') == SPAN_NONE) {
            struct conf_acl *acl = vec_push(arena, &acls.rows);
            acl->name = arena_text(arena, span_first(line, line.len - 1));
        } else {
            vec_add(arena, &acls.rows.at[acls.rows.count - 1].lines, all.lines.at[i]);
        }
    }
    struct acl_load load = {.source = &acls, .routing = true, .arena = arena, .texts = arena};
    return acl_set_read(&load, set);
}

static inline err acl_testing_open(struct acl_testing *t, const char *text)
{
    memset(t, 0, sizeof *t);
    t->arena = arena_new();
    clock_still_init(&t->clock, INT64_C(1795299869) * NANOS_PER_SECOND, 0);
    t->log = (struct log){.options = {.selectors = log_selectors_default(), .clock = &t->clock.clock,
                                      .utc = true},
                          .main = "/dev/null", .reject = "/dev/null", .panic = "/dev/null"};
    t->server = (struct facts_server){.primary_hostname = SPAN("mx.test.ex"),
                                      .qualify_domain = SPAN("test.ex"), .clock = &t->clock.clock};
    t->peer = (struct facts_peer){.host_address = SPAN("192.0.2.10"), .helo_name = SPAN("c.test")};
    t->message = (struct facts_message){.sender_address = SPAN("a@c.test")};
    t->address = (struct facts_address){.local_part = SPAN("u"), .domain = SPAN("test.ex")};
    t->facts = (struct facts){.server = &t->server, .peer = &t->peer, .message = &t->message,
                              .address = &t->address, .acl = &t->variables};
    t->x = (struct expansion){.facts = &t->facts, .arena = t->arena};
    t->changes.arena = t->arena;
    (void)address_parse(SPAN("192.0.2.10"), 40000, &t->host);
    static const struct log_host nobody;
    t->run = (struct acl_run){.stage = ACL_RCPT, .x = &t->x, .host = &t->host, .log = &t->log,
                              .peer = &nobody, .controls = &t->controls, .changes = &t->changes,
                              .mailbox = SPAN("\"u\"@test.ex"),
                              .recipient = SPAN("u@test.ex"), .local_part = SPAN("U")};
    err e = acl_testing_read(t->arena, text, &t->set);
    t->run.set = t->set;
    return e;
}

static inline void acl_testing_close(struct acl_testing *t)
{
    acl_variables_close(&t->variables);
    arena_free(t->arena);
}

/* Runs the ACL called "main". */
static inline struct acl_outcome acl_testing_run(struct acl_testing *t)
{
    struct acl_point point = {.acl = acl_find(t->set, SPAN("main"))};
    return acl_point_run(&point, &t->run);
}

#endif
