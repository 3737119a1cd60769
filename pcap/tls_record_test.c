/* Records and messages at every cut, and hellos whose lengths lie. */
#include "pcap/tls_record.h"

#include <criterion/criterion.h>

struct record_row {
    const char *label;
    const char *octets;
    size_t len;
    enum tls_cut cut;
    unsigned type;
    size_t payload;
};

#define ROW(label, octets, cut, type, payload) {label, octets, sizeof octets - 1, cut, type, payload}
static const struct record_row rows[] = {
    ROW("nothing yet", "", TLS_CUT_SHORT, 0, 0),
    ROW("a head that is not all there", "\x16\x03\x01\x00", TLS_CUT_SHORT, 0, 0),
    ROW("an empty record", "\x17\x03\x03\x00\x00", TLS_CUT_WHOLE, 23, 0),
    ROW("a record and more", "\x16\x03\x01\x00\x02" "ab" "\x16", TLS_CUT_WHOLE, 22, 2),
    ROW("a record that is not all there", "\x16\x03\x01\x00\x03" "ab", TLS_CUT_SHORT, 0, 0),
    ROW("the longest", "\x17\x03\x03\x48\x00", TLS_CUT_SHORT, 0, 0),
    ROW("longer than any", "\x17\x03\x03\x48\x01", TLS_CUT_NONE, 0, 0),
    ROW("a type that is none", "\x18\x03\x03\x00\x00", TLS_CUT_NONE, 0, 0),
    ROW("a version that is none", "\x16\x02\x00\x00\x00", TLS_CUT_NONE, 0, 0),
    ROW("clear text", "EHLO c.test\r\n", TLS_CUT_NONE, 0, 0),
};

Test(capture_record, ends_where_its_length_says)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tls_record r;
        enum tls_cut cut = capture_record_take(span_of(rows[i].octets, rows[i].len), &r);
        cr_assert_eq(cut, rows[i].cut, "%s: %d", rows[i].label, (int)cut);
        if (cut == TLS_CUT_WHOLE) {
            cr_assert_eq(r.type, rows[i].type, "%s", rows[i].label);
            cr_assert_eq(r.payload.len, rows[i].payload, "%s", rows[i].label);
        }
    }
}

Test(capture_messages, come_out_whole_however_they_were_cut)
{
    static const unsigned char octets[] = {14, 0, 0, 0, 20, 0, 0, 3, 'a', 'b', 'c', 4, 0, 0, 1, 'x'};
    static const unsigned types[] = {14, 20, 4};
    static const size_t lens[] = {0, 3, 1};
    for (size_t cut = 1; cut <= sizeof octets; cut++) {
        struct capture_messages m;
        size_t count = 0;
        capture_messages_init(&m);
        for (size_t at = 0; at < sizeof octets; at += cut) {
            unsigned type;
            span body;
            cr_assert(capture_messages_add(&m, span_part(span_of(octets, sizeof octets), at, cut)));
            while (capture_messages_take(&m, &type, &body)) {
                cr_assert(count < 3 && type == types[count] && body.len == lens[count], "cut %zu, message %zu", cut, count);
                count++;
            }
        }
        cr_assert_eq(count, 3u, "cut %zu: %zu messages", cut, count);
        capture_messages_wipe(&m);
    }
}

Test(capture_messages, longer_than_any_is_refused)
{
    static const unsigned char piece[16384] = {1, 255, 255, 255};
    struct capture_messages m;
    capture_messages_init(&m);
    bool good = true;
    for (size_t i = 0; i < 80; i++) {
        good = capture_messages_add(&m, span_of(piece, sizeof piece));
    }
    cr_assert(!good);
    capture_messages_wipe(&m);
}

/* version, random, session, suites or suite, compression, extensions */
#define RANDOM "rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr"
#define CLIENT "\x03\x03" RANDOM "\x00" "\x00\x02\x13\x01" "\x01\x00"
#define SERVER "\x03\x03" RANDOM "\x02si" "\xc0\x2f" "\x00"

Test(capture_hello, tells_what_decides_the_rest)
{
    struct tls_hello h;
    cr_assert(capture_hello_read(TLS_CLIENT_HELLO, SPAN(CLIENT), &h));
    cr_assert(span_eq(h.random, SPAN(RANDOM)) && !h.early && h.ticket.len == 0);
    cr_assert(capture_hello_read(TLS_CLIENT_HELLO, SPAN(CLIENT "\x00\x0a" "\x00\x23\x00\x02tt" "\x00\x2a\x00\x00"), &h));
    cr_assert(h.early && span_eq(h.ticket, SPAN("tt")));
    cr_assert(capture_hello_read(TLS_SERVER_HELLO, SPAN(SERVER), &h));
    cr_assert(h.version == 0x0303 && h.suite == 0xc02f && !h.mac_last && !h.psk && span_eq(h.session, SPAN("si")));
    cr_assert(capture_hello_read(TLS_SERVER_HELLO, SPAN(SERVER "\x00\x10" "\x00\x2b\x00\x02\x03\x04" "\x00\x29\x00\x02\x00\x00" "\x00\x16\x00\x00"), &h));
    cr_assert(h.version == 0x0304 && h.psk && h.mac_last && !h.retry);
}

Test(capture_hello, any_octet_less_is_no_hello)
{
    span client = SPAN(CLIENT "\x00\x0a" "\x00\x23\x00\x02tt" "\x00\x2a\x00\x00");
    for (size_t len = 0; len < client.len; len++) {
        struct tls_hello h;
        bool good = capture_hello_read(TLS_CLIENT_HELLO, span_first(client, len), &h);
        cr_assert_eq(good, len == sizeof CLIENT - 1, "%zu octets", len); /* extensions may be left out whole */
    }
}
