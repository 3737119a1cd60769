/* A record that is read and written anew is read as the same; whatever it says, checking it ends, with
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct spf_record a, b;
    span text = span_of(data, size);
    const char *why;
    if (spf_record_read(text, arena, &a, &why)) {
        struct buf first, second;
        buf_init(&first, 64 * size + 4096);
        buf_init(&second, 64 * size + 4096);
        spf_record_write(&a, &first);
        CHECK(spf_record_read(buf_span(&first), arena, &b, &why) || first.len > SPF_RECORD_MOST);
        if (first.len <= SPF_RECORD_MOST) {
            spf_record_write(&b, &second);
            CHECK(span_eq(buf_span(&first), buf_span(&second)));
        }
        buf_wipe(&first);
        buf_wipe(&second);
    }
    check(text, arena);
    arena_free(arena);
    return 0;
}
