/* Peers that STARTTLS lets in and that mean no good: what comes behind the 220 is no handshake, an old one, half of one,
   or a good one with something else behind it. The peer is OpenSSL where it needs a handshake, by hand on buffers, so
   that it can stop anywhere. */
#include "tests/soak/soak.h"

#include "base/arena.h"

#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FLOOD (4 << 20) /* octets, where the server has to end it */

static bool clear_text(int fd)
{
    return hear(fd, 1) == 220 && say(fd, "EHLO c.test\r\n") && hear(fd, 1) == 250 &&
           say(fd, "STARTTLS\r\n") && hear(fd, 1) == 220;
}

/* The server hangs up; what it says before that is of no matter. */
static bool hung_up(int fd)
{
    char text[4096];
    size_t got;
    err e;
    while (!failed(e = socket_read(fd, text, sizeof text, PATIENCE, &got))) {
    }
    return e.kind != ERR_TIMEOUT;
}

/* What is said may come too late for a server that is gone. */
static bool told(int fd, span bytes)
{
    (void)!failed(socket_write(fd, bytes, PATIENCE));
    return hung_up(fd);
}

/* The same record, until there is an end of it. */
static bool flooded(int fd, span record)
{
    unsigned char block[16384];
    size_t len = 0;
    while (len + record.len <= sizeof block) {
        memcpy(block + len, record.at, record.len);
        len += record.len;
    }
    for (size_t sent = 0; sent < FLOOD; sent += len) {
        if (failed(socket_write(fd, span_of(block, len), PATIENCE))) {
            break;
        }
    }
    return hung_up(fd);
}

/* --- no handshake ---------------------------------------------------------------------------------- */

static bool garbage(struct soak *k, int fd)
{
    unsigned char junk[512];
    rng_fill(&k->rng, junk, sizeof junk);
    junk[0] |= 0x40; /* no type of a record */
    return clear_text(fd) && told(fd, span_of(junk, sizeof junk));
}

static bool clear_again(struct soak *k, int fd)
{
    (void)k;
    return clear_text(fd) && told(fd, SPAN("EHLO c.test\r\nMAIL FROM:<a@c.test>\r\n"));
}

static bool hello_of(int fd, unsigned char minor)
{
    unsigned char hello[] = {22, 3, 0, 0, 45, 1, 0, 0, 41, 3, minor, /* 32 octets and an empty id */
                             [11] = 1, 2, 3, 4, [43] = 0, 0, 2, 0, 0x2f, 1, 0};
    return clear_text(fd) && told(fd, span_of(hello, sizeof hello));
}

static bool ssl2(struct soak *k, int fd)
{
    static const unsigned char hello[] = {0x80, 31, 1, 0, 2, 0, 6, 0, 0, 0, 16, 1, 0, 0x80, 0, 0, 0x2f,
                                          1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    (void)k;
    return clear_text(fd) && told(fd, span_of(hello, sizeof hello));
}

static bool ssl3(struct soak *k, int fd)
{
    (void)k;
    return hello_of(fd, 0);
}

static bool tls10(struct soak *k, int fd)
{
    (void)k;
    return hello_of(fd, 1);
}

static bool tls11(struct soak *k, int fd)
{
    (void)k;
    return hello_of(fd, 2);
}

/* RFC 8446 5.1: no fragment is longer than 2^14. */
static bool oversized(struct soak *k, int fd)
{
    static const unsigned char head[] = {22, 3, 3, 0xff, 0xff};
    unsigned char text[65535] = {1};
    (void)k;
    return clear_text(fd) && !failed(socket_write(fd, span_of(head, sizeof head), PATIENCE)) &&
           told(fd, span_of(text, sizeof text));
}

/* A hello that says it is 16 MB long, and goes on. */
static bool endless_hello(struct soak *k, int fd)
{
    unsigned char record[5 + 16000] = {22, 3, 1, 16000 >> 8, 16000 & 255, 1, 0xff, 0xff, 0xff, 3, 3};
    (void)k;
    return clear_text(fd) && flooded(fd, span_of(record, sizeof record));
}

static bool alerts(struct soak *k, int fd)
{
    static const unsigned char user_canceled[] = {21, 3, 3, 0, 2, 1, 90};
    (void)k;
    return clear_text(fd) && flooded(fd, span_of(user_canceled, sizeof user_canceled));
}

static bool empty_records(struct soak *k, int fd)
{
    static const unsigned char nothing[] = {22, 3, 3, 0, 0};
    (void)k;
    return clear_text(fd) && flooded(fd, span_of(nothing, sizeof nothing));
}

/* --- by OpenSSL, on buffers ------------------------------------------------------------------------- */

struct shaking {
    SSL_CTX *ctx;
    SSL *ssl;
    BIO *in, *out; /* the session's */
    int fd;
};

static void shaking_open(struct shaking *s, int fd, int version)
{
    s->fd = fd;
    s->ctx = SSL_CTX_new(TLS_client_method());
    (void)SSL_CTX_set_max_proto_version(s->ctx, version);
    s->ssl = SSL_new(s->ctx);
    s->in = BIO_new(BIO_s_mem());
    s->out = BIO_new(BIO_s_mem());
    SSL_set_bio(s->ssl, s->in, s->out);
    SSL_set_connect_state(s->ssl);
}

static void shaking_close(struct shaking *s)
{
    SSL_free(s->ssl);
    SSL_CTX_free(s->ctx);
}

/* What the session wants to say goes out, `part` of it in hundredths. */
static bool flush(const struct shaking *s, size_t part)
{
    char *at;
    long len = BIO_get_mem_data(s->out, &at);
    bool good = len <= 0 || !failed(socket_write(s->fd, span_of(at, (size_t)len * part / 100), PATIENCE));
    (void)BIO_reset(s->out);
    return good;
}

static bool more(const struct shaking *s)
{
    char text[16384];
    size_t got;
    return !failed(socket_read(s->fd, text, sizeof text, PATIENCE, &got)) &&
           BIO_write(s->in, text, (int)got) == (int)got;
}

/* The handshake, to its end. */
static bool shake(const struct shaking *s)
{
    for (;;) {
        int code = SSL_do_handshake(s->ssl);
        if (!flush(s, 100) || (code != 1 && SSL_get_error(s->ssl, code) != SSL_ERROR_WANT_READ)) {
            return false;
        }
        if (code == 1) {
            return true;
        }
        if (!more(s)) {
            return false;
        }
    }
}

static bool say_inside(const struct shaking *s, const char *text)
{
    return SSL_write(s->ssl, text, (int)strlen(text)) > 0 && flush(s, 100);
}

/* Something comes back that is text. */
static bool hear_inside(const struct shaking *s)
{
    char text[4096];
    int got;
    while ((got = SSL_read(s->ssl, text, sizeof text)) <= 0) {
        if (SSL_get_error(s->ssl, got) != SSL_ERROR_WANT_READ || !flush(s, 100) || !more(s)) {
            return false;
        }
    }
    return true;
}

/* A good handshake and a reply to EHLO, and then this. */
static bool behind(int fd, int version, bool (*then)(struct shaking *s))
{
    struct shaking s;
    if (!clear_text(fd)) {
        return false;
    }
    shaking_open(&s, fd, version);
    bool good = shake(&s) && say_inside(&s, "EHLO c.test\r\n") && hear_inside(&s) && then(&s);
    shaking_close(&s);
    return good;
}

/* --- ends early -------------------------------------------------------------------------------------- */

static bool gone_at_once(struct soak *k, int fd)
{
    (void)k;
    return clear_text(fd);
}

static bool gone_in_hello(struct soak *k, int fd)
{
    struct shaking s;
    (void)k;
    shaking_open(&s, fd, TLS1_3_VERSION);
    (void)SSL_do_handshake(s.ssl);
    bool good = clear_text(fd) && flush(&s, 50);
    shaking_close(&s);
    return good;
}

/* The server's flight is read, and half of the answer said. */
static bool gone_in_answer(int fd, int version, size_t part)
{
    struct shaking s;
    shaking_open(&s, fd, version);
    (void)SSL_do_handshake(s.ssl);
    bool good = clear_text(fd) && flush(&s, 100);
    for (int code = 0; good && code != 1 && BIO_ctrl_pending(s.out) == 0;) {
        good = more(&s);
        code = SSL_do_handshake(s.ssl);
    }
    good = good && flush(&s, part);
    shaking_close(&s);
    return good;
}

static bool gone_before_answer(struct soak *k, int fd)
{
    return gone_in_answer(fd, rng_below(&k->rng, 2) ? TLS1_3_VERSION : TLS1_2_VERSION, 0);
}

static bool gone_in_the_middle(struct soak *k, int fd)
{
    return gone_in_answer(fd, rng_below(&k->rng, 2) ? TLS1_3_VERSION : TLS1_2_VERSION, 50);
}

static bool nothing_more(struct shaking *s)
{
    (void)s;
    return true;
}

static bool gone_inside(struct soak *k, int fd)
{
    return behind(fd, rng_below(&k->rng, 2) ? TLS1_3_VERSION : TLS1_2_VERSION, nothing_more);
}

static bool reset_inside(struct soak *k, int fd)
{
    struct linger hard = {1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    return gone_inside(k, fd);
}

/* --- behind a good handshake ------------------------------------------------------------------------- */

static bool again(struct shaking *s)
{
    (void)SSL_renegotiate(s->ssl);
    bool twice = shake(s) && say_inside(s, "NOOP\r\n") && hear_inside(s) && SSL_num_renegotiations(s->ssl) > 0;
    return !twice;
}

static bool renegotiation(struct soak *k, int fd)
{
    (void)k;
    return behind(fd, TLS1_2_VERSION, again);
}

static bool say_clear(struct shaking *s)
{
    return told(s->fd, SPAN("NOOP\r\n"));
}

static bool clear_inside(struct soak *k, int fd)
{
    return behind(fd, rng_below(&k->rng, 2) ? TLS1_3_VERSION : TLS1_2_VERSION, say_clear);
}

static bool say_changed(struct shaking *s)
{
    char *at;
    (void)SSL_write(s->ssl, "NOOP\r\n", 6);
    long len = BIO_get_mem_data(s->out, &at);
    at[len - 1] ^= 1;
    return flush(s, 100) && hung_up(s->fd);
}

static bool changed_record(struct soak *k, int fd)
{
    return behind(fd, rng_below(&k->rng, 2) ? TLS1_3_VERSION : TLS1_2_VERSION, say_changed);
}

static bool say_large(struct shaking *s)
{
    unsigned char text[5 + 18000] = {23, 3, 3, 18000 >> 8, 18000 & 255};
    return told(s->fd, span_of(text, sizeof text));
}

static bool large_record(struct soak *k, int fd)
{
    return behind(fd, rng_below(&k->rng, 2) ? TLS1_3_VERSION : TLS1_2_VERSION, say_large);
}

/* RFC 8446 4.6.3: keys that change without end and without text. */
static bool keys_without_end(struct shaking *s)
{
    for (unsigned i = 0; i < FLOOD / 64; i++) {
        if (SSL_key_update(s->ssl, SSL_KEY_UPDATE_NOT_REQUESTED) != 1 || SSL_do_handshake(s->ssl) != 1 ||
            !flush(s, 100)) {
            break;
        }
    }
    return hung_up(s->fd);
}

static bool key_updates(struct soak *k, int fd)
{
    (void)k;
    return behind(fd, TLS1_3_VERSION, keys_without_end);
}

const struct kind soak_tls_kinds[] = {
    {"garbage",        8, garbage,            false},
    {"clear-again",    4, clear_again,        false},
    {"ssl2",           4, ssl2,               false},
    {"ssl3",           4, ssl3,               false},
    {"tls10",          4, tls10,              false},
    {"tls11",          4, tls11,              false},
    {"oversized",      4, oversized,          false},
    {"endless-hello",  2, endless_hello,      false},
    {"alerts",         2, alerts,             false},
    {"empty-records",  2, empty_records,      false},
    {"gone-at-once",   6, gone_at_once,       false},
    {"gone-in-hello",  6, gone_in_hello,      false},
    {"gone-unheard",   6, gone_before_answer, false},
    {"gone-in-answer", 6, gone_in_the_middle, false},
    {"gone-inside",    8, gone_inside,        false},
    {"reset-inside",   8, reset_inside,       false},
    {"renegotiation",  6, renegotiation,      false},
    {"clear-inside",   4, clear_inside,       false},
    {"changed-record", 4, changed_record,     false},
    {"large-record",   4, large_record,       false},
    {"key-updates",    4, key_updates,        false},
};
const size_t soak_tls_kind_count = sizeof soak_tls_kinds / sizeof *soak_tls_kinds;
