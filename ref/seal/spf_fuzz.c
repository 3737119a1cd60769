/* The terms of a record as they were written are the record; whatever it says, checking it ends, with
   one of the seven results and within the limits of RFC 7208 4.6.4. */
#include "ref/seal/spf.h"

#include "base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(span text, struct arena *arena)
{
    /* The record as the guess for a domain without one, in a zone with a little of everything. */
    static const char zone[] = "a.test A 192.0.2.1\na.test MX 1 a.test\nb.test TXT \"v=spf1 -all\"\n"
                               "c.test SERVFAIL\nself.test TXT \"v=spf1 include:self.test\"\n"
                               "1.2.0.192.in-addr.arpa PTR a.test\n";
    struct dns *dns;
    struct spf_answer a;
    struct spf_question q = {.helo = SPAN("h.test"), .sender = SPAN("u-v@a.test"), .guess = text,
                             .receiver = SPAN("mx.test"), .explanation = SPAN("%{p} %{s}"),
                             .together = 1000, .arena = arena};
    CHECK(!failed(dns_open_zone(span_text(zone), "zone", arena, &dns)));
    CHECK(address_parse(SPAN("192.0.2.1"), 0, &q.client));
    q.dns = dns;
    spf_check(&q, &a);
    CHECK(a.result < SPF_IS_COUNT && (a.result != SPF_IS_NONE || !a.guessed));
    struct buf out;
    buf_init(&out, 65536);
    spf_received_put(&q, &a, &out);
    CHECK(span_find_byte(span_from(buf_span(&out), 20), '\r') == SPAN_NONE);
    buf_wipe(&out);
    dns_close(dns);
}

static void write(const struct spf_record *record, struct buf *out)
{
    buf_put_text(out, "v=spf1");
    for (size_t i = 0; i < record->terms.count; i++) {
        buf_printf(out, " %.*s", SPAN_FMT(record->terms.at[i].text));
    }
    if (record->redirect.len > 0) {
        buf_printf(out, " redirect=%.*s", SPAN_FMT(record->redirect));
    }
    if (record->exp.len > 0) {
        buf_printf(out, " exp=%.*s", SPAN_FMT(record->exp));
    }
}

static bool is_same(const struct spf_term *a, const struct spf_term *b)
{
    return a->mechanism == b->mechanism && a->result == b->result && span_eq(a->domain, b->domain) &&
           memcmp(a->network, b->network, sizeof a->network) == 0 && a->bits4 == b->bits4 &&
           a->bits6 == b->bits6;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct spf_record a, b;
    span text = span_of(data, size);
    const char *why;
    if (spf_record_read(text, arena, &a, &why)) {
        struct buf again;
        buf_init(&again, size + 64);
        write(&a, &again);
        CHECK(spf_record_read(buf_span(&again), arena, &b, &why) && a.terms.count == b.terms.count);
        for (size_t i = 0; i < a.terms.count; i++) {
            CHECK(is_same(&a.terms.at[i], &b.terms.at[i]));
        }
        CHECK(span_eq(a.redirect, b.redirect) && span_eq(a.exp, b.exp));
        buf_wipe(&again);
    }
    check(text, arena);
    arena_free(arena);
    return 0;
}
