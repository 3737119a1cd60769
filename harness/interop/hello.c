/* RFC 5246 and RFC 8446 as far as anybody on the wire can read them. A session of TLS 1.2 was resumed
   when the server did not end a flight with ServerHelloDone (RFC 5246 7.3), one of TLS 1.3 when it chose a pre-shared key
   (RFC 8446 4.2.11): there the certificates are sealed. */
#include "harness/interop/hello.h"

enum { CLEAR_CEILING = 64 << 20, RECORD_CEILING = 1 << 20 };

void hello_init(struct hello *h)
{
    *h = (struct hello){.alert = -1};
    for (int i = 0; i < 2; i++) {
        buf_init(&h->side[i].clear, CLEAR_CEILING);
        buf_init(&h->side[i].records, RECORD_CEILING);
        capture_messages_init(&h->side[i].messages);
    }
}

void hello_wipe(struct hello *h)
{
    for (int i = 0; i < 2; i++) {
        buf_wipe(&h->side[i].clear);
        buf_wipe(&h->side[i].records);
        capture_messages_wipe(&h->side[i].messages);
    }
}

/* ---- messages and records ---- */

static void read_hello(struct hello *h, unsigned type, span body)
{
    struct tls_hello hello;
    if (!capture_hello_read(type, body, &hello)) {
        return;
    }
    if (type == TLS_CLIENT_HELLO) {
        h->offered = h->offered || hello.psk || hello.ticket.len > 0;
    } else {
        h->version = hello.version;
        h->suite = hello.suite;
        h->psk = h->psk || hello.psk;
    }
}

static void read_messages(struct hello *h, struct hello_side *s)
{
    unsigned type;
    span body;
    while (capture_messages_take(&s->messages, &type, &body)) {
        if (type == TLS_CLIENT_HELLO || type == TLS_SERVER_HELLO) {
            read_hello(h, type, body);
        }
        h->certificates += type == TLS_CERTIFICATE;
        h->done = h->done || type == TLS_SERVER_HELLO_DONE;
        h->tickets += type == TLS_TICKET;
    }
}

static void read_record(struct hello *h, struct hello_side *s, const struct tls_record *r)
{
    if (r->type == TLS_RECORD_CIPHER) {
        s->ciphered = h->version != 0x0304; /* there it says nothing (RFC 8446 D.4) */
    } else if (r->type == TLS_RECORD_ALERT && !s->ciphered && r->payload.len == 2) {
        h->alert = r->payload.at[1];
    } else if (r->type == TLS_RECORD_HANDSHAKE && !s->ciphered) {
        if (capture_messages_add(&s->messages, r->payload)) {
            read_messages(h, s);
        }
    } else if (r->type == TLS_RECORD_HANDSHAKE || r->type == TLS_RECORD_DATA) {
        s->finished = true;
    }
}

static void read_records(struct hello *h, struct hello_side *s)
{
    struct tls_record r;
    while (capture_record_take(buf_span(&s->records), &r) == TLS_CUT_WHOLE) {
        read_record(h, s, &r);
        buf_drop(&s->records, r.head.len + r.payload.len);
    }
}

/* Where the first record begins: at the head of a connection, or behind STARTTLS and its reply. */
static size_t first_record(const struct hello *h, enum side side)
{
    static const span starttls = {(const unsigned char *)"STARTTLS\r\n", 10};
    span clear = buf_span(&h->side[side].clear);
    size_t at = 0;
    while (at < clear.len) {
        bool record = clear.at[at] == TLS_RECORD_HANDSHAKE && at + 1 < clear.len &&
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
