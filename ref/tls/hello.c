/* Read as the message's schema stands in RFC 8446 4.1.2; nothing is judged, a library does that. */
#include "ref/tls/hello.h"

#include "base/cursor.h"

enum {
    EXTENSION_SERVER_NAME = 0,
    EXTENSION_STATUS_REQUEST = 5,
    EXTENSION_SESSION_TICKET = 35,
    EXTENSION_PRE_SHARED_KEY = 41,
    EXTENSION_EARLY_DATA = 42,
    NAME_HOST = 0,
    RANDOM_OCTETS = 32
};

/* RFC 6066 3: a list of names, of which only host names were ever defined. */
span tls_hello_name(span data)
{
    struct cursor c = cursor_of(data);
    span list, name;
    unsigned char kind;
    if (!cursor_take_vector16(&c, &list)) {
        return SPAN_EMPTY;
    }
    c = cursor_of(list);
    while (cursor_take_any(&c, &kind) && cursor_take_vector16(&c, &name)) {
        if (kind == NAME_HOST) {
            return name;
        }
    }
    return SPAN_EMPTY;
}

/* RFC 8446 4.2.11: identities, of which the first is the ticket. */
static void read_psk(span data, struct tls_hello *hello)
{
    struct cursor c = cursor_of(data);
    span identities;
    if (cursor_take_vector16(&c, &identities)) {
        c = cursor_of(identities);
        (void)cursor_take_vector16(&c, &hello->ticket);
    }
}

static void read_extension(unsigned type, span data, struct tls_hello *hello)
{
    if (type == EXTENSION_SERVER_NAME) {
        hello->name = tls_hello_name(data);
    } else if (type == EXTENSION_SESSION_TICKET && hello->ticket.len == 0) {
        hello->ticket = data;
    } else if (type == EXTENSION_PRE_SHARED_KEY) {
        read_psk(data, hello);
    } else if (type == EXTENSION_STATUS_REQUEST) {
        hello->status = true;
    } else if (type == EXTENSION_EARLY_DATA) {
        hello->early_data = true;
    }
}

bool tls_hello_read(span body, struct tls_hello *hello)
{
    struct cursor c = cursor_of(body);
    uint16_t version, type;
    span random, session, suites, compression, extensions, data;
    *hello = (struct tls_hello){.name = SPAN_EMPTY, .ticket = SPAN_EMPTY};
    if (!cursor_take_be16(&c, &version) || !cursor_take_count(&c, RANDOM_OCTETS, &random) ||
        !cursor_take_vector8(&c, &session) || !cursor_take_vector16(&c, &suites) ||
        !cursor_take_vector8(&c, &compression)) {
        return false;
    }
    if (cursor_at_end(&c)) {
        return true; /* RFC 5246 7.4.1.2: extensions may be left out */
    }
    if (!cursor_take_vector16(&c, &extensions) || !cursor_at_end(&c)) {
        return false;
    }
    c = cursor_of(extensions);
    while (cursor_take_be16(&c, &type)) {
        if (!cursor_take_vector16(&c, &data)) {
            return false;
        }
        read_extension(type, data, hello);
    }
    return cursor_at_end(&c);
}

bool tls_new_ticket_read(span body, bool tls13, span *ticket)
{
    struct cursor c = cursor_of(body);
    uint32_t life, age_add;
    span nonce;
    return cursor_take_be32(&c, &life) &&
           (!tls13 || (cursor_take_be32(&c, &age_add) && cursor_take_vector8(&c, &nonce))) &&
           cursor_take_vector16(&c, ticket);
}
