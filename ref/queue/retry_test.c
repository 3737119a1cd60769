/* Retry rules at work: which line fits which failure, when the next try is due, when it is over. */
#include "ref/queue/retry.h"

#include "ref/conf/testing.h"
#include "ref/route/route.h"

#include <criterion/criterion.h>
#include <errno.h>

#define MINUTES(n) ((instant)(n) * 60 * NANOS_PER_SECOND)
#define HOURS(n) (MINUTES(n) * 60)

/* A configuration with that retry section, and what matching stands on. */
static struct conf *loaded(const char *rules, struct arena *arena, struct expansion *x)
{
    struct conf *conf;
    const char *text = arena_printf(arena, "begin retry\n%s\n", rules);
    err e = testing_load(span_text(text), NULL, 0, arena, &conf);
    cr_assert_not(failed(e), "%s: %s", rules, e.what);
    static struct facts_server server;
    static struct facts_address address;
    static struct facts facts;
    facts = (struct facts){.server = &server, .address = &address};
    *x = (struct expansion){.facts = &facts, .arena = arena, .lists = &conf->lists};
    return conf;
}

Test(queue_retry, the_first_rule_that_fits_counts)
{
    static const struct route_host mx = {.name = {(const unsigned char *)"mx.a.test", 9},
                                         .preference = 10};
    static const struct route_host plain = {.name = {(const unsigned char *)"h.a.test", 8},
                                            .preference = -1};
    static const struct {
        const char *label, *rules, *name, *alternate, *sender;
        struct delivery_result result;
        millis interval; /* of the rule that is expected, in minutes; 0: none */
    } rows[] = {
        {"no rules", "", "u@a.test", "", "s@b.test", {.error = -44}, 0},
        {"star", "* * F,1d,1m", "u@a.test", "", "s@b.test", {.error = -44}, 1},
        {"a domain for an address", "a.test * F,1d,1m\n* * F,1d,2m", "u@a.test", "", "", {0}, 1},
        {"an address", "v@a.test * F,1d,1m\nu@a.test * F,1d,2m", "u@a.test", "", "", {0}, 2},
        {"an address is none for a host", "u@a.test * F,1d,1m\n* * F,1d,2m", "a.test", "", "", {0}, 2},
        {"a host by its name", "mx.a.test * F,1d,1m\n* * F,1d,2m", "mx.a.test", "a.test", "", {0}, 1},
        {"a host by the domain", "a.test * F,1d,1m", "mx.b.test", "a.test", "", {0}, 1},
        {"the name before the domain", "a.test * F,1d,1m\nmx.b.test * F,1d,2m", "mx.b.test",
         "a.test", "", {0}, 2},
        {"subdomains", "*.a.test * F,1d,1m\n* * F,1d,2m", "u@x.a.test", "", "", {0}, 1},
        {"refused", "* timeout F,1d,1m\n* refused F,1d,2m", "a.test", "", "",
         {.error = ECONNREFUSED}, 2},
        {"refused by an MX", "* refused_A F,1d,1m\n* refused_MX F,1d,2m", "a.test", "", "",
         {.error = ECONNREFUSED, .host = &mx}, 2},
        {"refused by no MX", "* refused_MX F,1d,1m\n* refused_A F,1d,2m", "a.test", "", "",
         {.error = ECONNREFUSED, .host = &plain}, 2},
        {"timeout", "* refused F,1d,1m\n* timeout F,1d,2m", "a.test", "", "",
         {.error = ETIMEDOUT}, 2},
        {"a slow reply is no slow connection", "* timeout_connect F,1d,1m\n* * F,1d,2m", "a.test",
         "", "", {.error = ETIMEDOUT, .more = 'D'}, 2},
        {"slow connection", "* timeout_connect F,1d,1m\n* * F,1d,2m", "a.test", "", "",
         {.error = ETIMEDOUT, .more = 'C'}, 1},
        {"reply to RCPT", "* rcpt_452 F,1d,1m\n* rcpt_45x F,1d,2m\n* rcpt_4xx F,1d,3m", "u@a.test",
         "", "", {.error = -44, .reply = {(const unsigned char *)"450 no", 6}}, 2},
        {"reply to MAIL", "* rcpt_4xx F,1d,1m\n* mail_4xx F,1d,2m", "u@a.test", "", "",
         {.error = -45, .reply = {(const unsigned char *)"451 x", 5}}, 2},
        {"lost", "* lost_connection F,1d,1m", "a.test", "", "", {.error = -18}, 1},
        {"tls", "* tls_required F,1d,1m", "a.test", "", "", {.error = -38}, 1},
        {"auth", "* auth_failed F,1d,1m", "a.test", "", "", {.error = -42}, 1},
        {"quota", "* quota F,1d,1m", "u@a.test", "", "", {.error = EDQUOT}, 1},
        {"bounces only", "* * senders=: F,1d,1m\n* * F,1d,2m", "u@a.test", "", "s@b.test", {0}, 2},
        {"a bounce", "* * senders=: F,1d,1m\n* * F,1d,2m", "u@a.test", "", "", {0}, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new();
        struct expansion x;
        struct conf *conf = loaded(rows[i].rules, arena, &x);
        struct retry_case failure = {span_text(rows[i].name), span_text(rows[i].alternate),
                                     span_text(rows[i].sender), &rows[i].result};
        const struct retry_rule *rule = queue_retry_rule(&conf->retry, &x, &failure);
        millis got = rule != NULL ? rule->steps.at[0].interval / 60000 : 0;
        cr_expect_eq(got, rows[i].interval, "%s: %lld", rows[i].label, (long long)got);
        conf_free(conf);
        arena_free(arena);
    }
}

/* The waits, in minutes, between failures that each come as soon as the time is there. */
Test(queue_retry, waits_follow_the_steps_until_the_cutoff)
{
    static const struct {
        const char *rule;
        unsigned waits[8];
        size_t count;
        bool over; /* the last of them is past the cutoff */
    } rows[] = {
        {"* * F,1h,15m", {15, 15, 15, 15, 15}, 5, true},
        {"* * F,2h,1h", {60, 60, 60}, 3, true},
        {"* * F,30m,15m; G,5h,1h,2", {15, 15, 60, 120, 240}, 5, false},
        {"* * G,2h,10m,1.5", {10, 15, 22, 33, 50}, 5, false},
        {"* * F,10d,2d", {1440, 1440}, 2, false}, /* retry_interval_max */
        {"* *", {0}, 1, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new();
        struct expansion x;
        struct rng rng;
        rng_seeded(&rng, 1);
        struct conf *conf = loaded(rows[i].rule, arena, &x);
        const struct retry_rule *rule = &conf->retry.rules.at[0];
        struct hint_retry r = {0};
        instant now = HOURS(1000);
        for (size_t k = 0; k < rows[i].count; k++) {
            r = queue_retry_next(rule, k > 0 ? &r : NULL, now, 24 * 3600 * 1000, &rng);
            instant wait = r.next_try - now;
            cr_expect_eq(wait / MINUTES(1), rows[i].waits[k], "%s: wait %zu is %lld", rows[i].rule, k,
                         (long long)(wait / MINUTES(1)));
            cr_expect_eq(r.expired, rows[i].over && k + 1 == rows[i].count, "%s: at %zu",
                         rows[i].rule, k);
            cr_expect_eq(r.first_failed, HOURS(1000), "%s", rows[i].rule);
            now = r.next_try;
        }
        conf_free(conf);
        arena_free(arena);
    }
}

Test(queue_retry, random_waits_lie_between_the_first_and_the_grown_one)
{
    struct arena *arena = arena_new();
    struct expansion x;
    struct rng rng;
    rng_seeded(&rng, 7);
    struct conf *conf = loaded("* * H,10d,10m,2", arena, &x);
    struct hint_retry old = {.first_failed = HOURS(10), .last_try = HOURS(10),
                             .next_try = HOURS(11)};
    bool differ = false;
    instant first = 0;
    for (int i = 0; i < 100; i++) {
        struct hint_retry r =
            queue_retry_next(&conf->retry.rules.at[0], &old, HOURS(11), 24 * 3600 * 1000, &rng);
        instant wait = r.next_try - HOURS(11);
        cr_assert(wait >= MINUTES(10) && wait <= MINUTES(120), "%lld", (long long)wait);
        first = i == 0 ? wait : first;
        differ |= wait != first;
    }
    cr_expect(differ, "they are all the same");
    conf_free(conf);
    arena_free(arena);
}

Test(queue_retry, a_clock_set_back_loses_no_patience)
{
    struct arena *arena = arena_new();
    struct expansion x;
    struct rng rng;
    rng_seeded(&rng, 1);
    struct conf *conf = loaded("* * F,1h,15m", arena, &x);
    struct hint_retry old = {.first_failed = HOURS(50), .last_try = HOURS(50),
                             .next_try = HOURS(51)};
    struct hint_retry r =
        queue_retry_next(&conf->retry.rules.at[0], &old, HOURS(10), 24 * 3600 * 1000, &rng);
    cr_expect_eq(r.first_failed, HOURS(10));
    cr_expect_eq(r.next_try, HOURS(10) + MINUTES(15));
    cr_expect_not(r.expired);
    conf_free(conf);
    arena_free(arena);
}
