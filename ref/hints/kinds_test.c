/* The three kinds of hints: what is put comes back, under keys like Exim's, and sessions only once.
   */
#include "base/check.h"
#include "base/file.h"
#include "ref/hints/hint_ehlo.h"
#include "ref/hints/hint_retry.h"
#include "ref/hints/hint_tls.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

struct desk {
    struct arena *arena;
    char spool[64];
    struct clock_still clock;
    struct hints *hints;
};

static void desk_open(struct desk *d)
{
    *d = (struct desk){.arena = arena_new()};
    snprintf(d->spool, sizeof d->spool, "/tmp/hints-test-XXXXXX");
    cr_assert(mkdtemp(d->spool) != NULL);
    clock_still_init(&d->clock, 1000000 * NANOS_PER_SECOND, 0);
    d->hints = hints_open(&(struct hints_setup){.folder = d->spool, .clock = &d->clock.clock});
}

static void desk_close(struct desk *d)
{
    hints_close(d->hints);
    cr_expect(!failed(dir_remove_all(d->spool)));
    arena_free(d->arena);
}

static struct address address(const char *text)
{
    struct address a;
    cr_assert(address_parse_with_port(span_text(text), &a));
    return a;
}

Test(hints_kinds, keys)
{
    struct arena *arena = arena_new();
    struct address four = address("192.0.2.1:25"), six = address("[2001:db8::1]:2525");
    cr_expect(span_eq(hint_retry_host_key(SPAN("mx.example"), &four, arena),
                      SPAN("T:mx.example:192.0.2.1")));
    cr_expect(span_eq(hint_retry_host_key(SPAN("mx.example"), &six, arena),
                      SPAN("T:mx.example:2001:db8::1:2525")));
    cr_expect(span_eq(hint_retry_address_key(SPAN("a@b"), arena), SPAN("R:a@b")));
    cr_expect(span_eq(hint_ehlo_key(&four, arena), SPAN("192.0.2.1:25.EHLO")));
    cr_expect(span_eq(hint_ehlo_key(&six, arena), SPAN("[2001:db8::1]:2525.EHLO")));
    arena_free(arena);
}

Test(hints_kinds, retry)
{
    struct desk d;
    struct hint_retry back, r = {1, 2, 3, -18, 77, true, SPAN("lost connection")};
    desk_open(&d);
    cr_expect_not(hint_retry_get(d.hints, SPAN("R:a@b"), 0, d.arena, &back));
    hint_retry_put(d.hints, SPAN("R:a@b"), &r);
    cr_assert(hint_retry_get(d.hints, SPAN("R:a@b"), 1000, d.arena, &back));
    cr_expect(back.first_failed == 1 && back.last_try == 2 && back.next_try == 3);
    cr_expect(back.error == -18 && back.more == 77 && back.expired);
    cr_expect(span_eq(back.text, r.text));
    clock_still_move(&d.clock, 2 * NANOS_PER_SECOND);
    cr_expect_not(hint_retry_get(d.hints, SPAN("R:a@b"), 1000, d.arena, &back));
    hint_retry_put(d.hints, SPAN("R:a@b"), &r);
    hint_retry_drop(d.hints, SPAN("R:a@b"));
    cr_expect_not(hint_retry_get(d.hints, SPAN("R:a@b"), 0, d.arena, &back));
    desk_close(&d);
}

Test(hints_kinds, ehlo)
{
    struct desk d;
    struct hint_ehlo back, e = {0x1f9, 0x1f8, 1, 2, 1000, 50000, 0};
    desk_open(&d);
    hint_ehlo_put(d.hints, SPAN("k"), &e);
    cr_assert(hint_ehlo_get(d.hints, SPAN("k"), 1000, &back));
    cr_expect(back.clear_features == 0x1f9 && back.crypted_features == 0x1f8);
    cr_expect(back.clear_auths == 1 && back.crypted_auths == 2);
    cr_expect(back.limit_mail == 1000 && back.limit_rcpt == 50000 && back.limit_rcptdom == 0);
    clock_still_move(&d.clock, 2 * NANOS_PER_SECOND);
    cr_expect_not(hint_ehlo_get(d.hints, SPAN("k"), 1000, &back), "retry_data_expire");
    hint_ehlo_put(d.hints, SPAN("k"), &e);
    hint_ehlo_drop(d.hints, SPAN("k"));
    cr_expect_not(hint_ehlo_get(d.hints, SPAN("k"), 0, &back));
    desk_close(&d);
}

Test(hints_kinds, tls)
{
    struct desk d;
    struct hint_tls back, t = {HINT_TLS_OPENSSL, true, 4, SPAN("session\0octets"), 0};
    desk_open(&d);
    cr_assert(hint_tls_put(d.hints, SPAN("k"), 7200000, &t));
    cr_assert(hint_tls_take(d.hints, SPAN("k"), HINT_TLS_OPENSSL, d.arena, &back));
    cr_expect(back.verify_override && back.ocsp == 4 && span_eq(back.session, t.session));
    cr_expect_not(hint_tls_take(d.hints, SPAN("k"), HINT_TLS_OPENSSL, d.arena, &back), "once");
    cr_assert(hint_tls_return(d.hints, SPAN("k"), &back));
    instant until = back.until;
    cr_assert(hint_tls_take(d.hints, SPAN("k"), HINT_TLS_OPENSSL, d.arena, &back), "put back");
    cr_expect_eq(back.until, until, "it does not live longer for that");
    cr_assert(hint_tls_put(d.hints, SPAN("k"), 7200000, &t));
    cr_expect_not(hint_tls_take(d.hints, SPAN("k"), HINT_TLS_GNUTLS, d.arena, &back));
    cr_assert(hint_tls_put(d.hints, SPAN("k"), 7200000, &t));
    clock_still_move(&d.clock, 7201 * NANOS_PER_SECOND);
    cr_expect_not(hint_tls_take(d.hints, SPAN("k"), HINT_TLS_OPENSSL, d.arena, &back));
    /* Whatever a server says, seven days are the most. */
    cr_assert(hint_tls_put(d.hints, SPAN("k"), HINT_TLS_LIFE * 4, &t));
    clock_still_move(&d.clock, 604801 * NANOS_PER_SECOND);
    cr_expect_not(hint_tls_take(d.hints, SPAN("k"), HINT_TLS_OPENSSL, d.arena, &back));
    t.session = span_of(arena_take(d.arena, HINT_TLS_SESSION_OCTETS + 1),
                        HINT_TLS_SESSION_OCTETS + 1);
    cr_expect_not(hint_tls_put(d.hints, SPAN("k"), 1000, &t));
    desk_close(&d);
}

Test(hints_kinds, records_of_others_are_no_data)
{
    struct desk d;
    struct hint_retry r;
    struct hint_ehlo e;
    struct hint_tls t;
    desk_open(&d);
    static const char junk[64] = {1, 2, 3};
    for (size_t len = 0; len < sizeof junk; len++) {
        span value = span_of(junk, len);
        cr_assert(hints_put(d.hints, HINTS_RETRY, SPAN("k"), 0, value));
        cr_assert(hints_put(d.hints, HINTS_MISC, SPAN("k"), 0, value));
        cr_assert(hints_put(d.hints, HINTS_TLS, SPAN("k"), 0, value));
        (void)hint_retry_get(d.hints, SPAN("k"), 0, d.arena, &r);
        cr_expect_eq(hint_ehlo_get(d.hints, SPAN("k"), 0, &e), len == 20, "%zu", len);
        cr_expect_not(hint_tls_take(d.hints, SPAN("k"), HINT_TLS_OPENSSL, d.arena, &t), "%zu", len);
    }
    desk_close(&d);
}

/* --- what the log is told of them ----------------------------------------------------------------- */

static void told(void *context, const char *line)
{
    struct buf *lines = context;
    buf_printf(lines, "%s\n", line);
}

Test(hints_kinds, a_foreign_record_is_told_once_and_goes)
{
    static const struct {
        const char *label;
        const char *value; /* 20 octets are a record's */
        size_t len;
        const char *line;
    } rows[] = {
        {"of another length", "123456789", 9,
         "hints misc: the record 192.0.2.1:25.EHLO is none that this release wrote: dropped\n"},
        {"early pipelining without PIPELINING", "\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20,
         "hints misc: the record 192.0.2.1:25.EHLO is none that this release wrote: dropped\n"},
        {"a good one", "\x20\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20, ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct desk d;
        struct buf lines;
        struct hint_ehlo e;
        desk_open(&d);
        hints_close(d.hints);
        buf_init(&lines, 4096);
        d.hints = hints_open(&(struct hints_setup){.folder = d.spool, .clock = &d.clock.clock,
                                                   .log = told, .context = &lines});
        span key = SPAN("192.0.2.1:25.EHLO");
        cr_assert(hints_put(d.hints, HINTS_MISC, key, 0, span_of(rows[i].value, rows[i].len)));
        for (size_t k = 0; k < 2; k++) {
            cr_expect_eq(hint_ehlo_get(d.hints, key, 0, &e), rows[i].line[0] == '\0', "%s",
                         rows[i].label);
        }
        cr_expect(span_eq(buf_span(&lines), span_text(rows[i].line)), "%s: %.*s", rows[i].label,
                  SPAN_FMT(buf_span(&lines)));
        buf_wipe(&lines);
        desk_close(&d);
    }
}

Test(hints_kinds, a_reply_to_ehlo_is_listed_by_names)
{
    const struct hint_ehlo ehlo = {.clear_features = HINT_TLS | HINT_PIPELINING | HINT_EARLY_PIPE,
                                   .crypted_features = HINT_8BITMIME | HINT_SIZE};
    struct buf text;
    buf_init(&text, 512);
    hint_ehlo_describe(&ehlo, &text);
    cr_expect(span_eq(buf_span(&text), SPAN(", in clear: STARTTLS PIPELINING PIPECONNECT, in TLS: SIZE 8BITMIME")),
              "%.*s", SPAN_FMT(buf_span(&text)));
    buf_wipe(&text);
}
