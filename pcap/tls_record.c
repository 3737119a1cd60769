/* Everything here reads lengths that somebody else wrote. A cursor that cannot take what a length says
   takes nothing, so the mistake shows where it is and not later as nonsense that does not decrypt. */
#include "pcap/tls_record.h"

#include "base/cursor.h"

enum tls_cut capture_record_take(span octets, struct tls_record *r)
{
    struct cursor c = cursor_of(octets);
    unsigned char type, major, minor;
    uint16_t len;
    if ((cursor_take_any(&c, &type) && (type < TLS_RECORD_CIPHER || type > TLS_RECORD_DATA)) ||
        (cursor_take_any(&c, &major) && major != 3) || (cursor_take_any(&c, &minor) && minor > 4)) {
        return TLS_CUT_NONE;
    }
    if (!cursor_take_be16(&c, &len)) {
        return TLS_CUT_SHORT;
    }
    if (len > TLS_RECORD_MOST) {
        return TLS_CUT_NONE;
    }
    *r = (struct tls_record){.type = type, .version = 0x0300u + minor, .head = span_first(octets, TLS_RECORD_HEAD)};
    return cursor_take_count(&c, len, &r->payload) ? TLS_CUT_WHOLE : TLS_CUT_SHORT;
}

/* ---- messages ---- */

void capture_messages_init(struct capture_messages *m)
{
    *m = (struct capture_messages){.pos = 0};
    buf_init(&m->held, TLS_MESSAGE_MOST);
}

void capture_messages_wipe(struct capture_messages *m)
{
    buf_wipe(&m->held);
}

bool capture_messages_add(struct capture_messages *m, span payload)
{
    buf_drop(&m->held, m->pos);
    m->pos = 0;
    buf_put(&m->held, payload);
    return !buf_full(&m->held);
}

static bool take_be24(struct cursor *c, size_t *value)
{
    span octets;
    if (!cursor_take_count(c, 3, &octets)) {
        return false;
    }
    *value = (size_t)octets.at[0] << 16 | (size_t)octets.at[1] << 8 | octets.at[2];
    return true;
}

bool capture_messages_take(struct capture_messages *m, unsigned *type, span *body)
{
    struct cursor c = cursor_of(span_from(buf_span(&m->held), m->pos));
    unsigned char octet;
    size_t len;
    if (!cursor_take_any(&c, &octet) || !take_be24(&c, &len) || !cursor_take_count(&c, len, body)) {
        return false;
    }
    *type = octet;
    m->pos += c.pos;
    return true;
}

/* ---- hellos ---- */

/* RFC 8446 4.1.3: the random of a ServerHello that asks for another ClientHello. */
static const unsigned char retry_random[32] = {
    0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91,
    0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C};

enum extension {
    EXTENSION_MAC_LAST = 22,
    EXTENSION_TICKET = 35,
    EXTENSION_PSK = 41,
    EXTENSION_EARLY = 42,
    EXTENSION_VERSIONS = 43
};

static void note_extension(bool server, unsigned type, span body, struct tls_hello *h)
{
    if (server && type == EXTENSION_VERSIONS && body.len == 2) {
        h->version = (unsigned)body.at[0] << 8 | body.at[1];
    } else if (type == EXTENSION_PSK) {
        h->psk = true;
    } else if (server) {
        h->mac_last = h->mac_last || type == EXTENSION_MAC_LAST;
    } else {
        h->early = h->early || type == EXTENSION_EARLY;
        h->ticket = type == EXTENSION_TICKET ? body : h->ticket;
    }
}

static bool read_extensions(bool server, struct cursor *c, struct tls_hello *h)
{
    span all, body;
    uint16_t type;
    if (cursor_at_end(c)) {
        return true; /* RFC 5246 7.4.1.2: there need not be any */
    }
    if (!cursor_take_vector16(c, &all) || !cursor_at_end(c)) {
        return false;
    }
    struct cursor e = cursor_of(all);
    while (!cursor_at_end(&e)) {
        if (!cursor_take_be16(&e, &type) || !cursor_take_vector16(&e, &body)) {
            return false;
        }
        note_extension(server, type, body, h);
    }
    return true;
}

bool capture_hello_read(unsigned type, span body, struct tls_hello *h)
{
    struct cursor c = cursor_of(body);
    bool server = type == TLS_SERVER_HELLO;
    uint16_t version, suite = 0;
    span suites, compressions;
    unsigned char compression;
    *h = (struct tls_hello){.random = SPAN_EMPTY, .session = SPAN_EMPTY, .ticket = SPAN_EMPTY};
    if (!cursor_take_be16(&c, &version) || !cursor_take_count(&c, 32, &h->random) ||
        !cursor_take_vector8(&c, &h->session)) {
        return false;
    }
    bool fits = server ? cursor_take_be16(&c, &suite) && cursor_take_any(&c, &compression)
                       : cursor_take_vector16(&c, &suites) && cursor_take_vector8(&c, &compressions);
    h->version = server ? version : 0;
    h->suite = suite;
    h->retry = server && span_eq(h->random, span_of(retry_random, sizeof retry_random));
    return fits && read_extensions(server, &c, h);
}
