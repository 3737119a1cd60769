/* What two others say when they begin TLS, however it was cut on its way. */
#include "harness/interop/hello.h"

#include <criterion/criterion.h>
#include <string.h>

/* Records and messages of no more than is read: their lengths are right, the rest is filler. */
static void put_record(struct buf *out, unsigned char type, span payload)
{
    const unsigned char head[] = {type, 3, 3, (unsigned char)(payload.len >> 8),
                                  (unsigned char)payload.len};
    buf_put(out, span_of(head, sizeof head));
    buf_put(out, payload);
}

static void put_message(struct buf *out, unsigned char type, span body)
{
    struct buf message;
    const unsigned char head[] = {type, 0, (unsigned char)(body.len >> 8), (unsigned char)body.len};
    buf_init(&message, 4096);
    buf_put(&message, span_of(head, sizeof head));
    buf_put(&message, body);
    put_record(out, 22, buf_span(&message));
    buf_wipe(&message);
}

static void put_hello(struct buf *out, bool client, span extensions)
{
    struct buf body;
    unsigned char random[32] = {0};
    buf_init(&body, 4096);
    buf_put(&body, SPAN("\x03\x03"));
    buf_put(&body, span_of(random, sizeof random));
    buf_put(&body, client ? SPAN("\x00\x00\x02\x13\x02\x01\x00") : SPAN("\x00\x13\x02\x00"));
    buf_put_byte(&body, 0);
    buf_put_byte(&body, (unsigned char)extensions.len);
    buf_put(&body, extensions);
    put_message(out, client ? 1 : 2, buf_span(&body));
    buf_wipe(&body);
}

#define TICKET SPAN("\x00\x23\x00\x01\x00")
#define V13 SPAN("\x00\x2b\x00\x02\x03\x04")
#define V13_PSK SPAN("\x00\x2b\x00\x02\x03\x04\x00\x29\x00\x02\x00\x00")
#define PSK SPAN("\x00\x29\x00\x01\x00")
#define SEALED SPAN("sealed")

struct row {
    const char *label;
    span client, server;  /* extensions of the hellos */
    bool again;           /* a HelloRetryRequest comes first, with a ChangeCipherSpec */
    bool done;            /* ServerHelloDone, after a Certificate */
    const char *version;
    bool resumed, offered;
};

static const struct row rows[] = {
    {"1.2, full", SPAN_EMPTY, SPAN_EMPTY, false, true, "1.2", false, false},
    {"1.2, a ticket is declined", TICKET, SPAN_EMPTY, false, true, "1.2", false, true},
    {"1.2, resumed", TICKET, SPAN_EMPTY, false, false, "1.2", true, true},
    {"1.3, full", SPAN_EMPTY, V13, false, false, "1.3", false, false},
    {"1.3, resumed", PSK, V13_PSK, false, false, "1.3", true, true},
    {"1.3, a key is declined", PSK, V13, false, false, "1.3", false, true},
    {"1.3, resumed behind a retry", PSK, V13_PSK, true, false, "1.3", true, true},
};

static void make(const struct row *row, struct buf *c, struct buf *s)
{
    bool old = strcmp(row->version, "1.2") == 0;
    buf_put_text(c, "EHLO c.test\r\nSTARTTLS\r\n");
    buf_put_text(s, "220 mx\r\n250-mx\r\n250 STARTTLS\r\n220 go\r\n");
    put_hello(c, true, row->client);
    if (row->again) {
        put_hello(s, false, V13);
        put_record(s, 20, SPAN("\x01"));
        put_record(c, 20, SPAN("\x01"));
        put_hello(c, true, row->client);
    }
    put_hello(s, false, row->server);
    if (row->done) {
        put_message(s, 11, SPAN("certificate"));
        put_message(s, 14, SPAN_EMPTY);
    }
    put_record(c, 20, SPAN("\x01"));
    put_record(s, 20, SPAN("\x01"));
    put_record(c, old ? 22 : 23, SEALED);
    put_record(s, old ? 22 : 23, SEALED);
}

static void expect_row(const struct row *row, size_t piece)
{
    struct arena *arena = arena_new();
    struct transcript t;
    struct hello h;
    struct buf c, s;
    buf_init(&c, 65536);
    buf_init(&s, 65536);
    make(row, &c, &s);
    transcript_init(&t, arena);
    hello_init(&h);
    for (size_t at = 0; at < c.len || at < s.len; at += piece) {
        hello_hear(&h, SIDE_C, span_part(buf_span(&c), at, piece));
        hello_hear(&h, SIDE_S, span_part(buf_span(&s), at, piece));
    }
    hello_tell(&h, 1, 2, &t);
    cr_assert_eq(t.handshakes.count, 1, "%s", row->label);
    const struct handshake *shake = &t.handshakes.at[0];
    cr_expect(shake->stands && shake->actor == 1 && shake->number == 2, "%s", row->label);
    cr_expect_str_eq(shake->version, row->version, "%s", row->label);
    cr_expect_eq(shake->resumed, row->resumed, "%s, pieces of %zu", row->label, piece);
    cr_expect_eq(shake->offered, row->offered, "%s", row->label);
    cr_expect_eq(shake->certificates, row->done ? 1 : 0, "%s", row->label);
    hello_wipe(&h);
    buf_wipe(&c);
    buf_wipe(&s);
    arena_free(arena);
}

Test(hello, versions_and_resumption_however_they_are_cut)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        expect_row(&rows[i], SIZE_MAX / 2);
        expect_row(&rows[i], 7);
        expect_row(&rows[i], 1);
    }
}

Test(hello, clear_text_is_no_handshake)
{
    struct arena *arena = arena_new();
    struct transcript t;
    struct hello h;
    transcript_init(&t, arena);
    hello_init(&h);
    hello_hear(&h, SIDE_C, SPAN("DATA\r\n\x16\x03\x01 a line of a message\r\n.\r\n"));
    hello_hear(&h, SIDE_S, SPAN("354\r\n\x16\x03 no record either\r\n"));
    hello_tell(&h, 0, 1, &t);
    cr_expect_eq(t.handshakes.count, 0);
    hello_wipe(&h);
    arena_free(arena);
}
