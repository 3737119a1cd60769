/* The file of --env, and the clock that follows it. */
#include "ref/run/env.h"

#include "base/file.h"
#include "base/task.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

Test(run_env, values)
{
    struct arena *arena = arena_new();
    struct env_values v;
    span text = SPAN(
        "# a run\nclock = 1795299869.25\nclock_step = 0.000001\n\nseed = 7\npid = 77\n");
    cr_assert_not(failed(env_values_read(text, "e", arena, &v)));
    cr_expect(v.has_clock && v.clock == INT64_C(1795299869250000000));
    cr_expect_eq(v.clock_step, 1000);
    cr_expect(v.has_seed && v.seed == 7 && v.has_pid && v.pid == 77);
    arena_free(arena);
}

Test(run_env, refusals)
{
    static const struct {
        const char *text, *what;
    } rows[] = {
        {"clock = x\n",            "e line 1: clock = x: expected SECONDS[.FRACTION] since 1970" },
        {"clock = 1.\n",           "e line 1: clock = 1.: expected SECONDS[.FRACTION] since 1970"},
        {"clock = 1.0000000001\n",
         "e line 1: clock = 1.0000000001: expected SECONDS[.FRACTION] since 1970"                },
        {"\npid = 0\n",            "e line 2: pid = 0: expected a number from 1"                 },
        {"clok = 1\n",
         "e line 1: \"clok\" is no setting (\"key = value\" with clock, clock_step, "
         "dns_server, key_log, pid, seed, trust_anchor or zone), did you mean \"clock\"?"                                                     },
        {"zone = relative\n",
         "e line 1: zone = relative: expected the absolute name of a file"                       },
        {"dns_server = here 53\n",
         "e line 1: dns_server = here 53: expected ADDRESS, and PORT if it is not 53"            },
        {"dns_server = 127.0.0.1 0\n",
         "e line 1: dns_server = 127.0.0.1 0: expected ADDRESS, and PORT if it is not 53"        },
        {"seed\n",
         "e line 1: \"seed\" is no setting (\"key = value\" with clock, clock_step, "
         "dns_server, key_log, pid, seed, trust_anchor or zone), did you mean \"seed\"?"                                                         },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new();
        struct env_values v;
        err e = env_values_read(span_text(rows[i].text), "e", arena, &v);
        cr_expect(failed(e));
        cr_expect_str_eq(e.what ? e.what : "", rows[i].what, "%s", e.what ? e.what : "");
        arena_free(arena);
    }
}

Test(run_env, a_zone_answers_in_place_of_the_network)
{
    struct arena *arena = arena_new();
    char zone[] = "/tmp/refmta-zone-XXXXXX", path[] = "/tmp/refmta-env-XXXXXX";
    int zone_file = mkstemp(zone), file = mkstemp(path);
    cr_assert(zone_file >= 0 && file >= 0);
    const char *text = arena_printf(arena, "zone = %s\n", zone);
    cr_assert_not(failed(file_write(path, span_text(text), 0600)));
    cr_assert_not(failed(file_write(zone, SPAN("h.test. A 192.0.2.1\n"), 0600)));
    struct run_env *env = ARENA_NEW(arena, struct run_env);
    struct dns *dns;
    struct dns_answer answer;
    cr_assert_not(failed(run_env_open(env, path, NULL, arena)));
    cr_assert_not(failed(run_env_open_dns(env, arena, &dns)));
    dns_ask(dns, SPAN("h.test"), DNS_A, arena, &answer);
    cr_expect_eq(answer.outcome, DNS_FOUND);
    dns_close(dns);
    cr_assert_not(failed(file_write(zone, SPAN("h.test. A\n"), 0600)));
    err e = run_env_open_dns(env, arena, &dns);
    cr_assert(failed(e));
    cr_expect_str_eq(e.what, arena_printf(arena, "%s line 1: A wants an IPv4 address", zone));
    const char *server = "dns_server = ::1 5353\ntrust_anchor = test. DS 1 8 2 ab\n";
    cr_assert_not(failed(file_write(path, span_text(server), 0600)));
    cr_assert_not(failed(run_env_open(env, path, NULL, arena)));
    cr_expect_str_eq(env->network.server, "::1@5353");
    cr_expect_str_eq(env->network.trust_anchor, "test. DS 1 8 2 ab");
    cr_expect_null(env->zone);
    e = run_env_take_dns(env, "127.0.0.1");
    cr_expect(failed(e) && strstr(e.what, "exclude each other") != NULL,
              "the file has said whom to ask");
    cr_assert_not(failed(file_write(path, SPAN("trust_anchor = test. DS 1 8 2 ab\n"), 0600)));
    cr_assert_not(failed(run_env_open(env, path, NULL, arena)));
    cr_assert_not(failed(run_env_take_dns(env, "127.0.0.1@5353")));
    cr_expect_str_eq(env->network.server, "127.0.0.1@5353");
    cr_expect_str_eq(env->network.trust_anchor, "test. DS 1 8 2 ab", "an anchor goes with --dns");
    cr_assert_not(failed(run_env_open(env, path, NULL, arena)));
    cr_assert_not(failed(run_env_take_dns(env, zone)));
    cr_expect_str_eq(env->zone, zone);
    unlink(zone);
    unlink(path);
    close(zone_file);
    close(file);
    arena_free(arena);
}

Test(run_env, a_byte_moves_the_clock_and_is_answered)
{
    struct arena *arena = arena_new();
    char path[] = "/tmp/refmta-env-XXXXXX";
    int file = mkstemp(path), ends[2];
    cr_assert(file >= 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    cr_assert_not(failed(file_write(path, SPAN("clock = 100\n"), 0600)));
    struct run_env *env = ARENA_NEW(arena, struct run_env);
    cr_assert_not(failed(run_env_open(env, path, arena_printf(arena, "%d", ends[1]), arena)));
    struct task_group *group = task_group_new(1, 0);
    cr_assert_not(failed(task_start(group, run_env_follow, env)));
    cr_expect_eq(clock_now(env->clock), 100 * NANOS_PER_SECOND);

    char answer = 0;
    cr_assert_not(failed(file_write(path, SPAN("clock = 400\n"), 0600)));
    cr_assert(write(ends[0], "x", 1) == 1 && read(ends[0], &answer, 1) == 1);
    cr_expect_eq(answer, '+');
    cr_expect_eq(clock_now(env->clock), 400 * NANOS_PER_SECOND);
    cr_expect_eq(env->time->moved, 300 * NANOS_PER_SECOND);

    cr_assert_not(failed(file_write(path, SPAN("nonsense\n"), 0600)));
    cr_assert(write(ends[0], "x", 1) == 1 && read(ends[0], &answer, 1) == 1);
    cr_expect_eq(answer, '-', "a file that cannot be used changes nothing");
    cr_expect_eq(clock_now(env->clock), 400 * NANOS_PER_SECOND);
    close(ends[0]);
    task_group_free(group);
    close(ends[1]);
    close(file);
    unlink(path);
    arena_free(arena);
}
