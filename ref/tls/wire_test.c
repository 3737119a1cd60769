/* A TLS session as a wire: octets that come one at a time, `pending` that is exact, ends of every kind,
   and settings that cannot be used. */
#include "ref/tls/testing.h"

#include <criterion/criterion.h>
#include <sys/stat.h>

/* A wire that gives one octet at a time. */
struct trickle {
    struct wire wire;
    struct wire *inner;
};

static err trickle_read(struct wire *w, void *at, size_t room, millis wait, size_t *got)
{
    (void)room;
    return wire_read(((struct trickle *)w)->inner, at, 1, wait, got);
}
static err trickle_write(struct wire *w, span bytes, millis wait)
{
    for (size_t i = 0; i < bytes.len; i++) {
        TRY(wire_write(((struct trickle *)w)->inner, span_part(bytes, i, 1), wait));
    }
    return OK;
}
static bool trickle_pending(struct wire *w) { return wire_pending(((struct trickle *)w)->inner); }
static void trickle_close(struct wire *w) { wire_close(((struct trickle *)w)->inner); }

struct server {
    struct testing_desk *d;
    enum tls_library library;
    int fd;
    bool trickles, says_first, keeps_open;
    err end;
    struct arena *arena;
};

static void *serve(void *arg)
{
    struct server *s = arg;
    struct wire_socket socket;
    struct trickle slow = {{trickle_read, trickle_write, trickle_pending, trickle_close}, &socket.wire};
    struct tls_settings settings = testing_server(s->library, "1.3");
    struct tls_server_wants wants = {.verify = TLS_VERIFY_NOT, .tickets = true};
    struct tls *t;
    unsigned char text[70000];
    size_t got;
    s->arena = arena_new();
    wire_socket_init(&socket, s->fd);
    s->end = tls_server_start(s->d->shared, &settings, &wants,
                              s->trickles ? &slow.wire : &socket.wire, TESTING_WAIT, s->arena, &t);
    if (!failed(s->end)) {
        if (s->says_first) {
            (void)!failed(wire_write(tls_wire(t), SPAN("220 hello\r\n"), TESTING_WAIT));
        }
        while (!failed(s->end = wire_read(tls_wire(t), text, sizeof text, TESTING_WAIT, &got))) {
            (void)!failed(wire_write(tls_wire(t), span_of(text, got), TESTING_WAIT));
        }
        tls_end(t);
    }
    wire_close(&socket.wire);
    return NULL;
}

struct pair {
    struct server server;
    pthread_t thread;
    struct wire_socket socket;
    struct tls *t;
};

static void pair_open(struct pair *p, struct testing_desk *d, enum tls_library server,
                      enum tls_library client, bool trickles, bool says_first)
{
    int fds[2];
    struct tls_settings settings = testing_client(client);
    struct tls_client_wants wants = {.verify = TLS_VERIFY_MUST, .names = SPAN("mx.test.ex"),
                                     .sni = SPAN("mx.test.ex"), .peer_address = SPAN_EMPTY,
                                     .local_address = SPAN_EMPTY, .load_balancer = SPAN_EMPTY};
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    p->server = (struct server){.d = d, .library = server, .fd = fds[0], .trickles = trickles,
                                .says_first = says_first};
    wire_socket_init(&p->socket, fds[1]);
    cr_assert_eq(pthread_create(&p->thread, NULL, serve, &p->server), 0);
    err e = tls_client_start(d->shared, &settings, &wants, &p->socket.wire, TESTING_WAIT, d->arena,
                             &p->t);
    cr_assert_not(failed(e), "%s", e.what);
}

static void pair_close(struct pair *p)
{
    tls_end(p->t);
    wire_close(&p->socket.wire);
    (void)pthread_join(p->thread, NULL);
    arena_free(p->server.arena);
}

#define FOR_PAIRS(s, c)                                      \
    for (enum tls_library s = 0; s < TLS_LIBRARY_COUNT; s++) \
        for (enum tls_library c = 0; c < TLS_LIBRARY_COUNT; c++)

Test(tls_wire, octets_one_by_one_and_texts_that_are_long)
{
    struct testing_desk d;
    testing_open(&d);
    FOR_PAIRS(s, c) {
        struct pair p;
        unsigned char out[60000], in[60000];
        size_t all = 0, got;
        for (size_t i = 0; i < sizeof out; i++) {
            out[i] = (unsigned char)(i * 7 + i / 251);
        }
        pair_open(&p, &d, s, c, true, false);
        for (size_t at = 0; at < sizeof out; at += 20000) { /* the echo must have room meanwhile */
            cr_assert_not(failed(wire_write(tls_wire(p.t), span_of(out + at, 20000), TESTING_WAIT)));
            while (all < at + 20000) {
                cr_assert_not(failed(wire_read(tls_wire(p.t), in + all, sizeof in - all, TESTING_WAIT,
                                               &got)));
                all += got;
            }
        }
        cr_expect_arr_eq(in, out, sizeof out, "%d %d", s, c);
        pair_close(&p);
        cr_expect_eq(p.server.end.kind, ERR_CLOSED);
    }
    testing_close(&d);
}

/* Under TLS 1.3 a ticket lies in the socket behind the handshake: that is no text. */
Test(tls_wire, pending_is_exact)
{
    struct testing_desk d;
    testing_open(&d);
    FOR_PAIRS(s, c) {
        struct pair p;
        char text[64];
        size_t got;
        pair_open(&p, &d, s, c, false, false);
        cr_expect_not(failed(socket_wait(p.socket.fd, false, 200)) && s == TLS_OPENSSL);
        cr_expect_not(wire_pending(tls_wire(p.t)), "tickets are no text: %d %d", s, c);
        cr_assert_not(failed(wire_write(tls_wire(p.t), SPAN("two words"), TESTING_WAIT)));
        cr_assert_not(failed(socket_wait(p.socket.fd, false, TESTING_WAIT)));
        cr_expect(wire_pending(tls_wire(p.t)));
        cr_expect(wire_pending(tls_wire(p.t)), "looking takes nothing");
        cr_assert_not(failed(wire_read(tls_wire(p.t), text, 3, TESTING_WAIT, &got)));
        cr_expect_eq(got, 3u);
        cr_expect(wire_pending(tls_wire(p.t)), "the rest is here");
        cr_assert_not(failed(wire_read(tls_wire(p.t), text + 3, sizeof text - 3, TESTING_WAIT, &got)));
        cr_expect_arr_eq(text, "two words", 9);
        cr_expect_not(wire_pending(tls_wire(p.t)));
        cr_expect_eq(wire_read(tls_wire(p.t), text, 1, 20, &got).kind, ERR_TIMEOUT);
        cr_assert_not(failed(wire_write(tls_wire(p.t), SPAN("on"), TESTING_WAIT)), "a timeout ends nothing");
        cr_assert_not(failed(wire_read(tls_wire(p.t), text, sizeof text, TESTING_WAIT, &got)));
        pair_close(&p);
    }
    testing_close(&d);
}

/* RFC 8446 6.1 wants a close_notify, and many a server does without: the connection is gone, which is no
   nonsense, however often it is looked at. */
Test(tls_wire, an_end_without_a_word_is_an_end)
{
    struct testing_desk d;
    testing_open(&d);
    FOR_PAIRS(s, c) {
        struct pair p;
        char text[64];
        size_t got;
        pair_open(&p, &d, s, c, false, false);
        cr_assert_not(failed(wire_write(tls_wire(p.t), SPAN("hello"), TESTING_WAIT)));
        cr_assert_not(failed(wire_read(tls_wire(p.t), text, sizeof text, TESTING_WAIT, &got)));
        (void)shutdown(p.server.fd, SHUT_WR);
        cr_assert_not(failed(socket_wait(p.socket.fd, false, TESTING_WAIT)));
        cr_expect(wire_pending(tls_wire(p.t)), "%d %d", s, c);
        for (unsigned look = 0; look < 3; look++) {
            err e = wire_read(tls_wire(p.t), text, sizeof text, TESTING_WAIT, &got);
            cr_expect_eq(e.kind, ERR_CLOSED, "%d %d, look %u: %s", s, c, look, e.what);
        }
        pair_close(&p);
    }
    testing_close(&d);
}

/* What a client may say in place of a hello: the end is clean, and soon. */
Test(tls_wire, garbage_is_no_hello)
{
    static const struct {
        const char *label;
        span octets;
    } rows[] = {
        {"clear text", SPAN("EHLO c.test\r\nMAIL FROM:<a@c.test>\r\n")},
        {"SSL 2", SPAN("\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10")},
        {"SSL 3", SPAN("\x16\x03\x00\x00\x2d\x01\x00\x00\x29\x03\x00" "0123456789abcdef0123456789abcdef"
                       "\x00\x00\x02\x00\x0a\x01\x00")},
        {"TLS 1.0", SPAN("\x16\x03\x01\x00\x2d\x01\x00\x00\x29\x03\x01" "0123456789abcdef0123456789abcdef"
                         "\x00\x00\x02\x00\x2f\x01\x00")},
        {"a record that is too long", SPAN("\x16\x03\x01\xff\xff\x01\x00\x00\x00")},
        {"an alert", SPAN("\x15\x03\x01\x00\x02\x02\x28")},
        {"data", SPAN("\x17\x03\x03\x00\x05hello")},
        {"NULs", SPAN("\0\0\0\0\0\0\0\0\0\0\0\0")},
        {"nothing", SPAN("")},
        {"half a hello", SPAN("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")},
    };
    struct testing_desk d;
    testing_open(&d);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (enum tls_library s = 0; s < TLS_LIBRARY_COUNT; s++) {
            struct wire_memory memory;
            struct tls_settings settings = testing_server(s, "1.3");
            struct tls_server_wants wants = {.verify = TLS_VERIFY_NOT, .tickets = true};
            struct tls *t;
            for (size_t grain = 0; grain < 3; grain++) {
                wire_memory_init(&memory, rows[i].octets, 1 << 20);
                memory.grain = grain;
                err e = tls_server_start(d.shared, &settings, &wants, &memory.wire, TESTING_WAIT,
                                         d.arena, &t);
                cr_expect(failed(e), "%s %d", rows[i].label, s);
                cr_expect(e.what != NULL && strchr(e.what, '\n') == NULL, "one line");
                cr_expect_lt(memory.out.len, 64u, "%s: an alert at most", rows[i].label);
                wire_close(&memory.wire);
            }
        }
    }
    testing_close(&d);
}

Test(tls_wire, settings_that_cannot_be_used)
{
    struct testing_desk d;
    testing_open(&d);
    char broken[128], empty[128];
    (void)snprintf(broken, sizeof broken, "%s/broken", d.folder);
    (void)snprintf(empty, sizeof empty, "%s/empty", d.folder);
    cr_assert_not(failed(file_write(broken, SPAN("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), 0600)));
    cr_assert_not(failed(file_write(empty, SPAN(""), 0600)));
    const struct {
        const char *label, *certificate, *key, *ciphers, *trust, *ocsp, *says;
    } rows[] = {
        {"missing", "/nowhere.crt", TESTING_CA "mx.test.ex.key", "", "", "", "tls_certificate: "},
        {"named", "/nowhere.crt", TESTING_CA "mx.test.ex.key", "", "", "", "/nowhere.crt"},
        {"no key", TESTING_CA "mx.test.ex.crt", "/nowhere.key", "", "", "", "/nowhere.key"},
        {"another's key", TESTING_CA "mx.test.ex.crt", TESTING_CA "c.test.key", "", "", "",
         "is not the key of the certificate in"},
        {"malformed", broken, TESTING_CA "mx.test.ex.key", "", "", "", "broken"},
        {"empty", empty, TESTING_CA "mx.test.ex.key", "", "", "", "empty"},
        {"a key in place of it", TESTING_CA "mx.test.ex.key", TESTING_CA "mx.test.ex.key", "", "", "",
         "mx.test.ex.key"},
        {"none", "", "", "", "", "", "tls_certificate is not set"},
        {"no such cipher", TESTING_CA "mx.test.ex.crt", TESTING_CA "mx.test.ex.key", "NONSENSE", "", "",
         "tls_require_ciphers"},
        {"no authority", TESTING_CA "mx.test.ex.crt", TESTING_CA "mx.test.ex.key", "", "/nowhere.ca", "",
         "/nowhere.ca"},
        {"no status", TESTING_CA "mx.test.ex.crt", TESTING_CA "mx.test.ex.key", "", "", "/nowhere.ocsp",
         "/nowhere.ocsp"},
        {"a status that is none", TESTING_CA "mx.test.ex.crt", TESTING_CA "mx.test.ex.key", "", "",
         TESTING_CA "ca.crt", "tls_ocsp_file"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (enum tls_library s = 0; s < TLS_LIBRARY_COUNT; s++) {
            struct tls_settings settings = testing_server(s, "1.3");
            settings.certificate = span_text(rows[i].certificate);
            settings.private_key = span_text(rows[i].key);
            settings.ciphers = span_text(rows[i].ciphers);
            settings.trust = span_text(rows[i].trust);
            settings.ocsp = span_text(rows[i].ocsp);
            err e = tls_settings_check(d.shared, &settings, d.arena);
            cr_assert(failed(e), "%s %d", rows[i].label, s);
            const char *text = err_text(e, d.arena);
            cr_expect(strstr(text, rows[i].says) != NULL, "%s %d: %s", rows[i].label, s, text);
        }
    }
    testing_close(&d);
}

Test(tls_wire, an_expired_certificate_is_told_with_its_file)
{
    struct testing_desk d;
    testing_open(&d);
    for (enum tls_library s = 0; s < TLS_LIBRARY_COUNT; s++) {
        struct tls_settings settings = testing_server(s, "1.3");
        cr_expect_not(failed(tls_settings_current(d.shared, &settings, d.arena)));
        settings.certificate = SPAN(TESTING_CA "mx.test.ex.crt:" TESTING_CA "expired.crt");
        settings.private_key = SPAN(TESTING_CA "mx.test.ex.key:" TESTING_CA "expired.key");
        err e = tls_settings_current(d.shared, &settings, d.arena);
        cr_assert(failed(e), "%d", s);
        cr_expect_str_eq(err_text(e, d.arena), "tls_certificate: " TESTING_CA "expired.crt has expired");
        cr_expect_not(failed(tls_settings_check(d.shared, &settings, d.arena)), "it can be used");
    }
    testing_close(&d);
}

/* A certificate that is renewed is shown without a reload. */
Test(tls_wire, a_file_that_changed_is_read_again)
{
    struct testing_desk d;
    testing_open(&d);
    char path[128];
    span content;
    (void)snprintf(path, sizeof path, "%s/all.pem", d.folder);
    for (enum tls_library s = 0; s < TLS_LIBRARY_COUNT; s++) {
        static const char *const names[] = {"mx.test.ex", "c.test"};
        for (size_t i = 0; i < 2; i++) {
            char from[128];
            struct buf both;
            buf_init(&both, 100000);
            for (size_t k = 0; k < 2; k++) {
                (void)snprintf(from, sizeof from, TESTING_CA "%s.%s", names[i], k ? "key" : "crt");
                cr_assert_not(failed(file_read(from, 100000, d.arena, &content)));
                buf_put(&both, content);
            }
            cr_assert_not(failed(file_write(path, buf_span(&both), 0600)));
            buf_wipe(&both);
            struct testing_call call = {
                .desk = &d, .at_server = testing_server(s, "1.3"), .at_client = testing_client(s),
                .client_wants = {.verify = TLS_VERIFY_MUST, .names = SPAN_EMPTY, .sni = SPAN_EMPTY}};
            call.at_server.certificate = span_text(path);
            call.at_server.private_key = SPAN_EMPTY; /* in the same file */
            testing_call(&call);
            cr_assert_not(failed(call.client), "%s", call.client.what);
            cr_expect(span_has(call.client_facts.peerdn, span_text(names[i])), "%d %s", s, names[i]);
            testing_hang_up(&call);
        }
    }
    testing_close(&d);
}
