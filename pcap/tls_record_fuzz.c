/* Any octets as TLS records: octets that come later never change what was said of a record; its messages
   are the same when its payload is cut anew; a hello that is read stays within its octets. */
#include "pcap/tls_record.h"

#include "base/check.h"

static void check_hello(unsigned type, span body)
{
    struct tls_hello h;
    if (!capture_hello_read(type, body, &h)) {
        return;
    }
    CHECK(h.random.len == 32 && h.session.len <= 255);
    const span parts[] = {h.random, h.session, h.ticket};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        CHECK(parts[i].len == 0 || (parts[i].at >= body.at && parts[i].at + parts[i].len <= body.at + body.len));
    }
}

/* Adds the payload in pieces of that size; a sum over all that comes out. */
static uint64_t messages_sum(span payload, size_t piece)
{
    struct capture_messages m;
    uint64_t sum = 14695981039346656037u;
    capture_messages_init(&m);
    for (size_t at = 0; at < payload.len; at += piece) {
        unsigned type;
        span body;
        CHECK(capture_messages_add(&m, span_part(payload, at, piece)));
        while (capture_messages_take(&m, &type, &body)) {
            sum = (sum ^ type) * 1099511628211u + body.len;
            for (size_t i = 0; i < body.len; i++) {
                sum = (sum ^ body.at[i]) * 1099511628211u;
            }
            check_hello(type == TLS_CLIENT_HELLO ? TLS_CLIENT_HELLO : TLS_SERVER_HELLO, body);
        }
    }
    capture_messages_wipe(&m);
    return sum;
}

static void check_prefixes(span octets, enum tls_cut cut, const struct tls_record *r)
{
    size_t whole = cut == TLS_CUT_WHOLE ? TLS_RECORD_HEAD + r->payload.len : octets.len;
    for (size_t len = 0; len <= octets.len; len += len < 8 ? 1 : 97) {
        struct tls_record early;
        enum tls_cut is = capture_record_take(span_first(octets, len), &early);
        CHECK(is == TLS_CUT_SHORT || is == cut);
        CHECK(cut != TLS_CUT_WHOLE || (is == cut) == (len >= whole));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    span octets = span_of(data, size);
    struct tls_record r = {.payload = SPAN_EMPTY};
    enum tls_cut cut;
    for (unsigned i = 0; i < 4 && octets.len; i++) {
        cut = capture_record_take(octets, &r);
        check_prefixes(octets, cut, &r);
        if (cut != TLS_CUT_WHOLE) {
            break;
        }
        CHECK(messages_sum(r.payload, r.payload.len + 1) == messages_sum(r.payload, 1));
        octets = span_from(octets, TLS_RECORD_HEAD + r.payload.len);
    }
    check_hello(TLS_CLIENT_HELLO, span_of(data, size));
    check_hello(TLS_SERVER_HELLO, span_of(data, size));
    return 0;
}
