/* RFC 5246 and RFC 8446 as far as anybody on the wire can read them. A session of TLS 1.2 was resumed
   when the server did not end a flight with ServerHelloDone (RFC 5246 7.3), one of TLS 1.3 when it chose a pre-shared key
   (RFC 8446 4.2.11): there the certificates are sealed. */
#include "harness/interop/hello.h"

enum {
    CLEAR_CEILING = 64 << 20,
    RECORD_CEILING = 1 << 20,
    HEAD = 5,
    RECORD_CIPHER = 20,
    RECORD_ALERT = 21,
    RECORD_HANDSHAKE = 22,
    RECORD_DATA = 23,
    MESSAGE_CLIENT_HELLO = 1,
    MESSAGE_SERVER_HELLO = 2,
    MESSAGE_TICKET = 4,
    MESSAGE_CERTIFICATE = 11,
    MESSAGE_HELLO_DONE = 14,
    EXTENSION_TICKET = 35,
    EXTENSION_PSK = 41,
    EXTENSION_VERSIONS = 43
};

void hello_init(struct hello *h)
{
    *h = (struct hello){.alert = -1};
    for (int i = 0; i < 2; i++) {
        buf_init(&h->side[i].clear, CLEAR_CEILING);
        buf_init(&h->side[i].records, RECORD_CEILING);
        buf_init(&h->side[i].messages, RECORD_CEILING);
    }
}

void hello_wipe(struct hello *h)
{
    for (int i = 0; i < 2; i++) {
        buf_wipe(&h->side[i].clear);
        buf_wipe(&h->side[i].records);
        buf_wipe(&h->side[i].messages);
    }
}

static size_t big_endian(span s, size_t at, size_t octets)
{
    size_t n = 0;
    for (size_t i = at; i < at + octets; i++) {
        n = n << 8 | (i < s.len ? s.at[i] : 0);
    }
    return n;
}

/* ---- messages ---- */

/* Behind version, random and session: suites and compressions of a client, one of each of a server. */
static void read_hello(struct hello *h, bool client, span body)
{
    size_t at = 2 + 32;
    at += 1 + big_endian(body, at, 1);
    if (client) {
        at += 2 + big_endian(body, at, 2);
        at += 1 + big_endian(body, at, 1);
    } else {
        h->version = (unsigned)big_endian(body, 0, 2);
        h->suite = (unsigned)big_endian(body, at, 2);
        at += 3;
    }
    for (at += 2; at + 4 <= body.len; at += 4 + big_endian(body, at + 2, 2)) {
        size_t type = big_endian(body, at, 2);
        size_t len = big_endian(body, at + 2, 2);
        bool ticket = type == EXTENSION_PSK || (type == EXTENSION_TICKET && len > 0);
        h->offered = h->offered || (client && ticket);
        h->psk = h->psk || (!client && type == EXTENSION_PSK);
        if (!client && type == EXTENSION_VERSIONS && len == 2) {
            h->version = (unsigned)big_endian(body, at + 4, 2);
        }
    }
}

static void read_messages(struct hello *h, struct hello_side *s)
{
    while (s->messages.len >= 4) {
        span all = buf_span(&s->messages);
        size_t len = big_endian(all, 1, 3);
        if (all.len < 4 + len) {
            return;
        }
        span body = span_part(all, 4, len);
        if (all.at[0] == MESSAGE_CLIENT_HELLO || all.at[0] == MESSAGE_SERVER_HELLO) {
            read_hello(h, all.at[0] == MESSAGE_CLIENT_HELLO, body);
        }
        h->certificates += all.at[0] == MESSAGE_CERTIFICATE;
        h->done = h->done || all.at[0] == MESSAGE_HELLO_DONE;
        h->tickets += all.at[0] == MESSAGE_TICKET;
        buf_drop(&s->messages, 4 + len);
    }
}

/* ---- records ---- */

static void read_record(struct hello *h, struct hello_side *s, unsigned type, span payload)
{
    if (type == RECORD_CIPHER) {
        s->ciphered = h->version != 0x0304; /* there it says nothing (RFC 8446 D.4) */
    } else if (type == RECORD_ALERT && !s->ciphered && payload.len == 2) {
        h->alert = payload.at[1];
    } else if (type == RECORD_HANDSHAKE && !s->ciphered) {
        buf_put(&s->messages, payload);
        read_messages(h, s);
    } else if (type == RECORD_HANDSHAKE || type == RECORD_DATA) {
        s->finished = true;
    }
}

static void read_records(struct hello *h, struct hello_side *s)
{
    while (s->records.len >= HEAD) {
        span all = buf_span(&s->records);
        size_t len = big_endian(all, 3, 2);
        if (all.len < HEAD + len) {
            return;
        }
        read_record(h, s, all.at[0], span_part(all, HEAD, len));
        buf_drop(&s->records, HEAD + len);
    }
}

/* Where the first record begins: at the head of a connection, or behind STARTTLS and its reply. */
static size_t first_record(const struct hello *h, enum side side)
{
    static const span starttls = {(const unsigned char *)"STARTTLS\r\n", 10};
    span clear = buf_span(&h->side[side].clear);
    size_t at = 0;
    while (at < clear.len) {
        bool record = clear.at[at] == RECORD_HANDSHAKE && at + 1 < clear.len &&
                      clear.at[at + 1] == 3;
        bool behind = side == SIDE_S ? h->side[SIDE_C].begun
                                     : at >= starttls.len &&
                                           span_eq_caseless(span_part(clear, at - starttls.len,
                                                                      starttls.len),
                                                            starttls);
        if (record && (at == 0 || behind)) {
            return at;
        }
        size_t line = span_find_byte(span_from(clear, at), '\n');
        at = line == SPAN_NONE ? clear.len : at + line + 1;
    }
    return SPAN_NONE;
}

void hello_hear(struct hello *h, enum side side, span octets)
{
    struct hello_side *s = &h->side[side];
    if (!s->begun) {
        buf_put(&s->clear, octets);
        size_t at = first_record(h, side);
        if (at == SPAN_NONE) {
            return;
        }
        s->begun = true;
        buf_put(&s->records, span_from(buf_span(&s->clear), at));
        buf_clear(&s->clear);
    } else {
        buf_put(&s->records, octets);
    }
    read_records(h, s);
}

/* ---- what it came to ---- */

void hello_tell(const struct hello *h, size_t actor, unsigned number, struct transcript *t)
{
    static const char *const versions[] = {"1.0", "1.1", "1.2", "1.3"};
    if (!h->side[SIDE_C].begun) {
        return;
    }
    bool known = h->version >= 0x0301 && h->version <= 0x0304;
    bool stands = known && h->side[SIDE_C].finished && h->side[SIDE_S].finished;
    struct handshake *shake = vec_push(t->arena, &t->handshakes);
    *shake = (struct handshake){
        .actor = actor, .number = number, .stands = stands, .offered = h->offered,
        .resumed = stands && (h->version == 0x0304 ? h->psk : !h->done),
        .version = stands ? versions[h->version - 0x0301] : NULL,
        .cipher = h->version ? arena_printf(t->arena, "0x%04x", h->suite) : NULL,
        .certificates = h->certificates, .tickets = h->tickets};
    if (h->alert >= 0) {
        vec_add(t->arena, &shake->alerts, arena_printf(t->arena, "%d", h->alert));
    }
}
