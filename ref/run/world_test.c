/* A world from a configuration file: the same bytes every run, and reloads that keep the old one
   when the new one is bad. */
#include "ref/run/world.h"

#include "base/file.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct place {
    char dir[64];
    struct arena *arena;
    struct run_options options;
    struct run_world *world;
};

static void write_conf(struct place *p, const char *more)
{
    const char *text = arena_printf(p->arena,
        "primary_hostname = mx.test.ex\nspool_directory = %s/spool\ntimezone = UTC\n"
        "acl_smtp_rcpt = accept recipients = *@test.ex\nlog_selector = +all\n%s", p->dir, more);
    cr_assert_not(failed(file_write(path_join(p->arena, p->dir, "conf"), span_text(text), 0600)));
}

static void open_place(struct place *p)
{
    memset(p, 0, sizeof *p);
    p->arena = arena_new();
    (void)snprintf(p->dir, sizeof p->dir, "/tmp/refmta-world-XXXXXX");
    cr_assert_not_null(mkdtemp(p->dir));
    write_conf(p, "");
    span env = SPAN("clock = 1795299869.5\nclock_step = 0.001\nseed = 1\npid = 77\n");
    cr_assert_not(failed(file_write(path_join(p->arena, p->dir, "env"), env, 0600)));
    p->options.config = path_join(p->arena, p->dir, "conf");
    p->options.env_file = path_join(p->arena, p->dir, "env");
    p->world = ARENA_NEW(p->arena, struct run_world);
    err e = run_world_open(p->world, &p->options, p->arena);
    cr_assert_not(failed(e), "%s", e.what);
    cr_assert_not(failed(run_world_open_spool(p->world)));
}

static void close_place(struct place *p)
{
    run_world_close(p->world);
    cr_assert_not(failed(dir_remove_all(p->dir)));
    arena_free(p->arena);
}

static span file_of(struct place *p, const char *name)
{
    span text = SPAN_EMPTY;
    (void)!failed(file_read(path_join(p->arena, p->dir, name), 1 << 20, p->arena, &text));
    return text;
}

struct run {
    span wire, data, header, log;
};

static struct run run_session(struct place *p)
{
    struct wire_memory wire;
    span in = SPAN("EHLO c.test\r\nMAIL FROM:<a@c.test>\r\nRCPT TO:<b@test.ex>\r\nDATA\r\n"
                   "Subject: x\r\n\r\nbody\r\n.\r\nNONSENSE\r\nQUIT\r\n");
    wire_memory_init(&wire, in, 65536);
    struct smtp_peer peer = {.login = "mail"};
    struct run_instance *instance = run_instance_hold(p->world);
    cr_expect_not(failed(smtp_session_run(&instance->server, &peer, &wire.wire)));
    run_instance_release(instance);
    struct run r = {arena_copy(p->arena, buf_span(&wire.out)),
                    {0},
                    {0},
                    file_of(p, "spool/log/mainlog")};
    size_t id = span_find(r.wire, SPAN("id="));
    cr_assert_neq(id, SPAN_NONE, "%.*s", SPAN_FMT(r.wire));
    const char *name = arena_text(p->arena, span_part(r.wire, id + 3, 16));
    r.data = file_of(p, arena_printf(p->arena, "spool/input/%s-D", name));
    r.header = file_of(p, arena_printf(p->arena, "spool/input/%s-H", name));
    wire_close(&wire.wire);
    return r;
}

Test(run_world, two_runs_give_the_same_bytes)
{
    struct place p[2];
    struct run r[2];
    for (size_t i = 0; i < 2; i++) {
        open_place(&p[i]);
        r[i] = run_session(&p[i]);
    }
    cr_expect(r[0].header.len > 100 && r[0].data.len > 10 && r[0].log.len > 100);
    cr_expect(span_eq(r[0].wire, r[1].wire), "wire");
    cr_expect(span_eq(r[0].data, r[1].data), "-D");
    cr_expect(span_eq(r[0].header, r[1].header), "-H");
    cr_expect(span_eq(r[0].log, r[1].log), "log:\n%.*s\n%.*s", SPAN_FMT(r[0].log),
              SPAN_FMT(r[1].log));
    close_place(&p[0]);
    close_place(&p[1]);
}

Test(run_world, a_bad_new_configuration_keeps_the_old_one)
{
    struct place p;
    open_place(&p);
    write_conf(&p, "recipients_max = 7\n");
    cr_expect_not(failed(run_world_reload(p.world, p.arena)));
    cr_expect_eq(p.world->instance->conf->main.recipients_max, 7);
    static const char *const bad[] = {"nonsense\n", "log_selector = +nonsense\n",
                                      "log_file_path = x\n"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        write_conf(&p, bad[i]);
        err e = run_world_reload(p.world, p.arena);
        cr_expect(failed(e), "%s", bad[i]);
        cr_expect(span_has(span_text(e.what), SPAN("configuration error in line")), "%s", e.what);
        cr_expect_eq(p.world->instance->conf->main.recipients_max, 7, "%s", bad[i]);
    }
    close_place(&p);
}

Test(run_world, what_only_a_restart_changes_is_named)
{
    struct place p;
    open_place(&p);
    write_conf(&p, "split_spool_directory\n");
    cr_expect_not(failed(run_world_reload(p.world, p.arena)));
    run_world_changes_log(p.world, p.world->instance);
    span log = file_of(&p, "spool/log/mainlog");
    cr_expect(span_has(log, SPAN("split_spool_directory was changed: it takes a restart")), "%.*s",
              SPAN_FMT(log));
    write_conf(&p, "");
    cr_expect_not(failed(run_world_reload(p.world, p.arena)));
    run_world_changes_log(p.world, p.world->instance);
    cr_expect(span_eq(file_of(&p, "spool/log/mainlog"), log), "it is as it was at the start");
    close_place(&p);
}

Test(run_world, sessions_keep_the_configuration_they_began_with)
{
    struct place p;
    open_place(&p);
    struct run_instance *old = run_instance_hold(p.world);
    write_conf(&p, "recipients_max = 7\n");
    cr_expect_not(failed(run_world_reload(p.world, p.arena)));
    cr_expect_eq(old->server.conf->recipients_max, 50000);
    run_instance_release(old);
    close_place(&p);
}
