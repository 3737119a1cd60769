/* Retry rules to typed rows, and Exim's words for wrong ones. */
#include "ref/conf/retry.h"

#include <criterion/criterion.h>

static err read(const char *line, struct arena *arena, struct conf_retry *retry)
{
    *retry = (struct conf_retry){0};
    return conf_retry_read(span_text(line), (struct conf_where){"/c", 1}, arena, retry);
}

Test(conf_retry, rules)
{
    static const struct {
        const char *line, *pattern, *senders;
        enum retry_error error;
        enum retry_host host;
        const char *code;
        millis quota;
        size_t steps;
        struct retry_step last;
    } rows[] = {
        {"* * F,5d,10s", "*", "", RETRY_ANY, RETRY_HOST_ANY, "", 0, 1, {'F', 432000000, 10000, 0}},
        {"a.example refused_MX F,2h,15m; G,16h,1h,1.5", "a.example", "", RETRY_REFUSED,
         RETRY_HOST_MX, "", 0, 2, {'G', 57600000, 3600000, 1500}},
        {"\"x y\" timeout_connect_A H , 1d , 1m , 2 ;", "x y", "", RETRY_TIMEOUT_CONNECT,
         RETRY_HOST_A, "", 0, 1, {'H', 86400000, 60000, 2000}},
        {"* timeout_DNS F,1d,1m", "*", "", RETRY_TIMEOUT_DNS, RETRY_HOST_ANY, "", 0, 1,
         {'F', 86400000, 60000, 0}},
        {"* timeout F,1d,1m", "*", "", RETRY_TIMEOUT, RETRY_HOST_ANY, "", 0, 1,
         {'F', 86400000, 60000, 0}},
        {"* rcpt_452 F,1d,1m", "*", "", RETRY_RCPT_4XX, RETRY_HOST_ANY, "452", 0, 1,
         {'F', 86400000, 60000, 0}},
        {"* data_45x F,1d,1m", "*", "", RETRY_DATA_4XX, RETRY_HOST_ANY, "45x", 0, 1,
         {'F', 86400000, 60000, 0}},
        {"* mail_4xx F,1d,1m", "*", "", RETRY_MAIL_4XX, RETRY_HOST_ANY, "4xx", 0, 1,
         {'F', 86400000, 60000, 0}},
        {"u@d quota_7d F,1d,1m", "u@d", "", RETRY_QUOTA, RETRY_HOST_ANY, "", 604800000, 1,
         {'F', 86400000, 60000, 0}},
        {"* * senders=: F,1d,1m", "*", ":", RETRY_ANY, RETRY_HOST_ANY, "", 0, 1,
         {'F', 86400000, 60000, 0}},
        {"* * senders = \"a : b\" F,1d,1m", "*", "a : b", RETRY_ANY, RETRY_HOST_ANY, "", 0, 1,
         {'F', 86400000, 60000, 0}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new();
        struct conf_retry retry;
        err e = read(rows[i].line, arena, &retry);
        cr_assert_not(failed(e), "%s: %s", rows[i].line, e.what);
        const struct retry_rule *r = &retry.rules.at[0];
        cr_expect(span_eq(template_text(r->pattern), span_text(rows[i].pattern)), "%s",
                  rows[i].line);
        span senders = r->senders ? template_text(r->senders) : SPAN_EMPTY;
        cr_expect(span_eq(senders, span_text(rows[i].senders)), "%s", rows[i].line);
        cr_expect_eq(r->error, rows[i].error, "%s", rows[i].line);
        cr_expect_eq(r->host, rows[i].host, "%s", rows[i].line);
        cr_expect_str_eq(r->code, rows[i].code, "%s", rows[i].line);
        cr_expect_eq(r->quota_time, rows[i].quota, "%s", rows[i].line);
        cr_assert_eq(r->steps.count, rows[i].steps, "%s", rows[i].line);
        const struct retry_step *s = &r->steps.at[r->steps.count - 1];
        cr_expect_eq(s->kind, rows[i].last.kind, "%s", rows[i].line);
        cr_expect_eq(s->cutoff, rows[i].last.cutoff, "%s", rows[i].line);
        cr_expect_eq(s->interval, rows[i].last.interval, "%s", rows[i].line);
        cr_expect_eq(s->factor, rows[i].last.factor, "%s", rows[i].line);
        arena_free(arena);
    }
}

Test(conf_retry, refusals)
{
    static const struct {
        const char *line, *what;
    } rows[] = {
        {"*", "missing error type in retry rule"},
        {"* nosuch F,1d,1m", "unknown or malformed retry error \"nosuch\""},
        {"* auth_failed_A F,1d,1m", "unknown or malformed retry error \"auth_failed_A\""},
        {"* rcpt_5xx F,1d,1m", "unknown or malformed retry error \"rcpt_5xx\""},
        {"* rcpt_4x1 F,1d,1m", "rcpt_4 must be followed by xx, dx, or dd, where x is literal and d "
                               "is any digit"},
        {"* refused_Q F,1d,1m", "A or MX expected after \"refused\""},
        {"* quota_x F,1d,1m", "bad time value"},
        {"* * senders F,1d,1m", "\"=\" expected after \"senders\" in retry rule"},
        {"* * F 1d", "comma expected"},
        {"* * F,1d", "comma expected"},
        {"* * Z,1d,1m", "unknown retry rule letter"},
        {"* * F,x,1m", "bad parameters for retry rule"},
        {"* * F,1d,0s", "bad parameters for retry rule"},
        {"* * G,1d,1m,0.9", "bad parameters for retry rule"},
        {"* * G,1d,1m,1.2.3", "bad parameters for retry rule"},
        {"* * F,1d,1m,x", "semicolon expected"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new();
        struct conf_retry retry;
        err e = read(rows[i].line, arena, &retry);
        const char *expected =
            arena_printf(arena, "refmta configuration error in line 1 of /c:\n  %s", rows[i].what);
        cr_assert(failed(e), "%s was taken", rows[i].line);
        cr_expect_str_eq(e.what, expected, "%s: %s", rows[i].line, e.what);
        arena_free(arena);
    }
}
