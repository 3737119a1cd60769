/* Properties of TLS over links, whatever the octets: a session that begins in clear, says STARTTLS and
   goes on inside TLS is the same for both sides however the octets are cut on their way, the boundary
   included; and what a peer says in place of a handshake ends in a fact.

   The key is one made for this file. Input: one octet that chooses libraries, version and what is
   wrong; then sizes of pieces, or what the peer says. */
#include "harness/link/tls.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ROUNDS = 100000, LINE_ROOM = 256 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char certificate[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBfjCCASWgAwIBAgIUZn6LLUtu28MGYudN5a+sS5+B6g8wCgYIKoZIzj0EAwIw\n"
    "FDESMBAGA1UEAwwJZnV6ei50ZXN0MCAXDTI2MTEyMjA0MTA1MVoYDzIxMjYxMDI5\n"
    "MDQxMDUxWjAUMRIwEAYDVQQDDAlmdXp6LnRlc3QwWTATBgcqhkjOPQIBBggqhkjO\n"
    "PQMBBwNCAARX0RlrW2qrvwULbR2CrqQlfl6iFocfhuZ5gYi5FOwZ0JSF6kQrZPEA\n"
    "d1bli3stobzquGRReor3xAxYSW1Cruvto1MwUTAdBgNVHQ4EFgQUyElOPe3ecTSo\n"
    "lJAbyvNh/XGMV0QwHwYDVR0jBBgwFoAUyElOPe3ecTSolJAbyvNh/XGMV0QwDwYD\n"
    "VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiBEqGKejH5LYH0G6q/Al6+w\n"
    "94mfTONse23Us6cm9qk1dwIgS66oAqgb+elAZMujaf6c7yf4l45d80iOQwngPQlQ\n"
    "bSo=\n"
    "-----END CERTIFICATE-----\n";
static const char private_key[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgrySW9paZDmHAb5JL\n"
    "4su4VTBoK6JrhUS4dBvmeQogwNehRANCAARX0RlrW2qrvwULbR2CrqQlfl6iFocf\n"
    "huZ5gYi5FOwZ0JSF6kQrZPEAd1bli3stobzquGRReor3xAxYSW1Cruvt\n"
    "-----END PRIVATE KEY-----\n";

/* ---- a link that lets through a few octets at a time ---- */

struct pieces {
    struct link inner;
    span sizes;
    size_t at;
    bool due; /* after each piece the next read finds nothing */
};

static size_t next_size(struct pieces *p)
{
    size_t size = p->sizes.len > 0 ? p->sizes.at[p->at++ % p->sizes.len] : 0;
    return size == 0 ? 65536 : size;
}

static enum link_state piece_read(struct link *l, void *at, size_t room, size_t *got)
{
    struct pieces *p = l->session;
    *got = 0;
    p->due = !p->due;
    if (!p->due) {
        return LINK_AGAIN;
    }
    size_t size = next_size(p);
    return link_read(&p->inner, at, size < room ? size : room, got);
}

static enum link_state piece_write(struct link *l, span bytes, size_t *put)
{
    struct pieces *p = l->session;
    size_t size = next_size(p);
    return link_write(&p->inner, span_first(bytes, size < bytes.len ? size : bytes.len), put);
}

static void piece_shut(struct link *l)
{
    link_shut(&((struct pieces *)l->session)->inner);
}

static void piece_close(struct link *l)
{
    link_close(&((struct pieces *)l->session)->inner);
}

static const struct link_way way_pieces = {.read = piece_read,
                                           .write = piece_write,
                                           .shut = piece_shut,
                                           .reset = piece_close,
                                           .close = piece_close};

/* ---- one side ---- */

/* What it says and what it must hear, in turn; "TLS" is the handshake. */
struct line {
    bool client;
    const char *text;
};

static const struct line script[] = {
    {false, "220 here\r\n"}, {true, "EHLO c.test\r\n"}, {false, "250 STARTTLS\r\n"},
    {true, "STARTTLS\r\n"},  {false, "220 go\r\n"},     {true, NULL},
    {true, "EHLO c.test\r\n"}, {false, "250 inside\r\n"}, {true, "QUIT\r\n"},
    {false, "221 bye\r\n"},
};

struct party {
    struct link link;
    struct tls_wants wants;
    const struct tls_facts *facts;
    size_t step, said, heard;
    char in[LINE_ROOM];
    bool wrong;
};

static void shake(struct party *p, struct arena *arena)
{
    if (p->facts == NULL) {
        err e = link_secure(&p->link, &p->wants, SPAN_EMPTY, arena, &p->facts);
        p->wrong = failed(e);
        if (p->wrong) {
            return;
        }
    }
    enum tls_end end = link_shake(&p->link);
    p->wrong = end == TLS_FAILED || end == TLS_STOPPED;
    p->step += end == TLS_STANDS;
}

static void go_on(struct party *p, struct arena *arena)
{
    const struct line *line = &script[p->step];
    size_t n = 0;
    if (line->text == NULL) {
        shake(p, arena);
        return;
    }
    span text = span_text(line->text);
    if (line->client != p->wants.server) {
        (void)link_write(&p->link, span_from(text, p->said), &n);
        p->said += n;
        if (p->said == text.len) {
            p->step++;
            p->said = 0;
        }
        return;
    }
    enum link_state state = link_read(&p->link, p->in + p->heard, text.len - p->heard, &n);
    p->heard += n;
    p->wrong = state == LINK_EOF || state == LINK_RST ||
               !span_eq(span_of(p->in, p->heard), span_first(text, p->heard));
    if (p->heard == text.len) {
        p->step++;
        p->heard = 0;
    }
}

static void open_party(struct party *p, int fd, struct pieces *cut, span sizes)
{
    struct link inner;
    link_take(&inner, fd);
    *cut = (struct pieces){.inner = inner, .sizes = sizes};
    p->link = (struct link){.way = &way_pieces, .fd = fd, .session = cut};
}

static void check_talk(struct party *c, struct party *s, struct arena *arena)
{
    size_t steps = sizeof script / sizeof *script;
    for (int i = 0; i < ROUNDS && (c->step < steps || s->step < steps); i++) {
        if (c->step < steps) {
            go_on(c, arena);
        }
        if (s->step < steps) {
            go_on(s, arena);
        }
        if (c->wrong || s->wrong) {
            abort(); /* a side heard other than what was said, or no handshake */
        }
    }
    if (c->step < steps || s->step < steps || c->facts->certificates != 1 ||
        s->facts->certificates != 1 || c->facts->resumed || s->facts->resumed) {
        abort();
    }
}

/* The peer says these octets in place of a handshake. */
static void check_garbage(struct party *p, int peer, span octets, struct arena *arena)
{
    (void)!write(peer, octets.at, octets.len);
    (void)shutdown(peer, SHUT_WR);
    err e = link_secure(&p->link, &p->wants, SPAN_EMPTY, arena, &p->facts);
    for (int i = 0; !failed(e) && i < ROUNDS && p->facts->end == TLS_UNDER_WAY; i++) {
        (void)link_shake(&p->link);
    }
    if (failed(e) || p->facts->end != TLS_FAILED || p->facts->why == NULL) {
        abort();
    }
    unsigned char room[512];
    size_t n = 0;
    enum link_state state = LINK_MOVED;
    for (int i = 0; i < ROUNDS && state != LINK_EOF && state != LINK_RST; i++) {
        state = link_read(&p->link, room, sizeof room, &n);
    }
    if (state != LINK_EOF && state != LINK_RST) {
        abort(); /* the end must be seen behind whatever came */
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const libraries[] = {"openssl", "gnutls"};
    int fds[2];
    if (size < 1 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0) {
        return 0;
    }
    struct arena *arena = arena_new();
    span rest = span_of(data + 1, size - 1 < 4096 ? size - 1 : 4096);
    span half = span_first(rest, rest.len / 2);
    unsigned version = data[0] & 4 ? 0x0304 : 0x0303;
    struct pieces of_client;
    struct pieces of_server;
    struct party c = {.wants = {.library = libraries[data[0] & 1], .min = version, .max = version}};
    struct party s = {.wants = {.library = libraries[data[0] >> 1 & 1],
                                .server = true,
                                .min = version,
                                .max = version,
                                .record = data[0] & 8 ? 1 + data[0] / 16 : 0,
                                .certificate = span_text(certificate),
                                .key = span_text(private_key)}};
    if (data[0] == 0xff || data[0] == 0xfe) {
        open_party(data[0] == 0xff ? &c : &s, fds[0], &of_client, SPAN_EMPTY);
        check_garbage(data[0] == 0xff ? &c : &s, fds[1], rest, arena);
        link_close(data[0] == 0xff ? &c.link : &s.link);
        close(fds[1]);
    } else {
        open_party(&c, fds[0], &of_client, half);
        open_party(&s, fds[1], &of_server, span_from(rest, half.len));
        check_talk(&c, &s, arena);
        link_close(&c.link);
        link_close(&s.link);
    }
    arena_free(arena);
    return 0;
}
