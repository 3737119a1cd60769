/* TLS as a link over another one. Octets are moved here and nowhere else, so that what a handshake
   waited for can be told without a clock: what a library says before it asks for more is one flight.
   The same place is where hellos are cut into small records and where, behind a failure, the peer's
   last records are told from clear text. */
#include "harness/link/tls_engine.h"

#include "base/rng.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

enum {
    READ_OCTETS = 65536,
    RECORD_OCTETS = 16384,
    HELD_CEILING = 64 * 1024 * 1024,
    HEAD = 5, /* of a record: type, version, length */
    LINGER_MS = 1000,
    FOREIGN_ROUNDS = 64,
    RECORDS_MOST = 64,
    USUAL_MIN = 0x0303, /* TLS 1.2 */
    USUAL_MAX = 0x0304
};

enum record_type { RECORD_CIPHER = 20, RECORD_ALERT = 21, RECORD_HANDSHAKE = 22, RECORD_LAST = 24 };
enum message_type {
    MESSAGE_CLIENT_HELLO = 1,
    MESSAGE_SERVER_HELLO = 2,
    MESSAGE_TICKET = 4,
    MESSAGE_CERTIFICATE = 11
};

static const struct tls_engine *const engines[] = {
    &link_tls_engine_gnutls,
    &link_tls_engine_openssl,
};

static const struct tls_engine *engine_named(const char *name)
{
    for (size_t i = 0; i < sizeof engines / sizeof *engines; i++) {
        if (strcmp(engines[i]->name, name) == 0) {
            return engines[i];
        }
    }
    return NULL;
}

/* ---- what is noted ---- */

void link_tls_note_why(struct tls *t, const char *why)
{
    if (t->facts.why == NULL) {
        t->facts.why = arena_text(t->arena, span_text(why));
    }
}

void link_tls_note_alert(struct tls *t, unsigned number)
{
    vec_add(t->arena, &t->facts.alerts, link_tls_alert_text(number, t->arena));
}

static size_t big_endian(span s, size_t at, size_t octets)
{
    size_t n = 0;
    for (size_t i = at; i < at + octets; i++) {
        n = n << 8 | (i < s.len ? s.at[i] : 0);
    }
    return n;
}

/* RFC 5077 3.3: lifetime, ticket. RFC 8446 4.6.1: lifetime, age_add, nonce, ticket, extensions. */
static span ticket_in(span body, bool new_form)
{
    size_t at = 4;
    if (new_form) {
        at += 4;
        at += 1 + big_endian(body, at, 1);
    }
    size_t len = big_endian(body, at, 2);
    return span_part(body, at + 2, len);
}

enum extension { EXTENSION_TICKET = 35, EXTENSION_PSK = 41 };

/* RFC 5246 7.4.1.2: version, random, session, suites, compressions, extensions. A ticket is offered by
   RFC 5077 3.2 or by RFC 8446 4.2.11. */
static void note_client_hello(struct tls *t, span body)
{
    size_t at = 2 + 32;
    at += 1 + big_endian(body, at, 1);
    at += 2 + big_endian(body, at, 2);
    at += 1 + big_endian(body, at, 1);
    for (at += 2; at + 4 <= body.len; at += 4 + big_endian(body, at + 2, 2)) {
        size_t type = big_endian(body, at, 2);
        bool ticket = type == EXTENSION_TICKET || type == EXTENSION_PSK;
        t->facts.offered = t->facts.offered || (ticket && big_endian(body, at + 2, 2) > 0);
    }
}

static void note_server_hello(struct tls *t, span body)
{
    size_t session = 2 + 32;
    size_t suite = session + 1 + big_endian(body, session, 1);
    if (suite + 2 <= body.len) {
        t->facts.cipher = link_tls_suite_text((unsigned)big_endian(body, suite, 2), t->arena);
    }
}

void link_tls_note_message(struct tls *t, bool ours, unsigned type, span body)
{
    if (type == MESSAGE_CLIENT_HELLO) {
        note_client_hello(t, body);
    } else if (type == MESSAGE_SERVER_HELLO) {
        note_server_hello(t, body);
    } else if (type == MESSAGE_CERTIFICATE) {
        t->facts.certificates++;
    } else if (type == MESSAGE_TICKET && ours == t->wants.server) {
        /* The old form comes inside the handshake, the new one behind our own Finished. Told by the
           suite, since the version may not be asked for yet. */
        span suite = span_text(t->facts.cipher);
        bool new_form = span_starts(suite, SPAN("TLS_")) && !span_has(suite, SPAN("_WITH_"));
        t->facts.tickets++;
        t->facts.early += t->facts.end == TLS_UNDER_WAY;
        t->ticket_octets = arena_copy(t->arena, ticket_in(body, new_form));
    }
}

void link_tls_note_session(struct tls *t, span session)
{
    struct tls_ticket *ticket = ARENA_NEW(t->arena, struct tls_ticket);
    ticket->library = t->engine->name;
    ticket->session = arena_copy(t->arena, session);
    ticket->octets = t->ticket_octets;
    t->facts.ticket = ticket;
}

static void note_flight(struct tls *t, bool ours)
{
    size_t count = t->facts.flights.count;
    if (count == 0 || t->facts.flights.at[count - 1] != ours) {
        vec_add(t->arena, &t->facts.flights, ours);
        t->flights += ours;
    }
}

/* Octets as they move, in pieces of any size. */
static void note_records(struct tls *t, bool ours, span octets)
{
    struct tls_heads *h = &t->heads[ours];
    while (octets.len > 0 && t->facts.records.count < RECORDS_MOST) {
        size_t skip = h->left < octets.len ? h->left : octets.len;
        octets = span_from(octets, skip);
        h->left -= skip;
        while (h->left == 0 && h->have < HEAD && octets.len > 0) {
            h->head[h->have++] = octets.at[0];
            octets = span_from(octets, 1);
        }
        if (h->have == HEAD) {
            h->left = big_endian(span_of(h->head, HEAD), 3, 2);
            h->have = 0;
            vec_add(t->arena, &t->facts.records,
                    ((struct tls_record){clock_now(clock_system()), ours, h->head[0],
                                         (unsigned)h->left}));
        }
    }
}

/* ---- octets ---- */

/* Takes in what has come. True: something did. */
static bool pump(struct tls *t)
{
    bool any = false;
    while (t->ended == LINK_MOVED) {
        unsigned char *room = buf_reserve(&t->in, READ_OCTETS);
        size_t got = 0;
        if (room == NULL) {
            return any;
        }
        enum link_state state = link_read(&t->inner, room, READ_OCTETS, &got);
        if (state == LINK_AGAIN) {
            return any;
        }
        any = true;
        if (state != LINK_MOVED) {
            t->ended = state;
            return true;
        }
        buf_add(&t->in, got);
        if (t->facts.end == TLS_UNDER_WAY) {
            note_flight(t, false);
            note_records(t, false, span_from(buf_span(&t->in), t->in.len - got));
        }
    }
    return any;
}

static void flush(struct tls *t)
{
    while (t->out.len > 0) {
        size_t put = 0;
        enum link_state state = link_write(&t->inner, buf_span(&t->out), &put);
        if (state == LINK_AGAIN) {
            return;
        }
        if (state != LINK_MOVED) {
            buf_clear(&t->out); /* nobody is there to take it */
            return;
        }
        buf_drop(&t->out, put);
    }
}

static void put_record(struct buf *out, span head, span payload)
{
    buf_put(out, span_first(head, 3));
    buf_put_byte(out, (unsigned char)(payload.len >> 8));
    buf_put_byte(out, (unsigned char)(payload.len & 255));
    buf_put(out, payload);
}

/* Handshake messages that go out in clear, in records of at most wants.record octets; RFC 8446 5.1
   and RFC 5246 6.2.1 allow any cut. from: where what the library just wrote begins. */
static void cut_records(struct tls *t, size_t from)
{
    if (t->wants.record == 0 || t->ciphered) {
        return;
    }
    struct buf cut;
    buf_init(&cut, HELD_CEILING);
    span rest = arena_copy(t->arena, span_from(buf_span(&t->out), from));
    while (rest.len > HEAD) {
        span payload = span_part(rest, HEAD, big_endian(rest, 3, 2));
        bool whole = t->ciphered || rest.at[0] != RECORD_HANDSHAKE;
        t->ciphered = t->ciphered || rest.at[0] == RECORD_CIPHER;
        size_t each = whole ? RECORD_OCTETS + 256 : t->wants.record;
        for (size_t at = 0; at < payload.len; at += each) {
            put_record(&cut, rest, span_part(payload, at, each));
        }
        rest = span_from(rest, HEAD + payload.len);
    }
    t->out.len = from;
    buf_put(&t->out, buf_span(&cut));
    buf_wipe(&cut);
}

/* ---- the handshake ---- */

/* A ChangeCipherSpec alone says nothing, in TLS 1.3, and its place depends on how the peer's octets were
   cut on their way. */
static bool says_something(const struct tls *t, size_t from)
{
    span rest = span_from(buf_span(&t->out), from);
    while (rest.len > HEAD && rest.at[0] == RECORD_CIPHER) {
        rest = span_from(rest, HEAD + big_endian(rest, 3, 2));
    }
    return rest.len > 0;
}

static void shake_once(struct tls *t)
{
    size_t before = t->out.len;
    enum tls_end end = t->engine->shake(t);
    cut_records(t, before);
    note_records(t, true, span_from(buf_span(&t->out), before));
    /* What a server of TLS 1.3 says behind the client's Finished is tickets, and no flight. */
    bool tickets = end == TLS_STANDS && t->wants.server && t->facts.version != NULL &&
                   strcmp(t->facts.version, "1.3") == 0;
    if (says_something(t, before) && !tickets) {
        note_flight(t, true);
    }
    t->facts.end = end;
    t->unread = end == TLS_STANDS;
    if (end == TLS_UNDER_WAY && t->wants.stops && t->flights >= t->wants.stop) {
        t->facts.end = TLS_STOPPED;
    } else if (end == TLS_UNDER_WAY && t->ended != LINK_MOVED) {
        t->facts.end = TLS_FAILED;
    }
    if (t->facts.end == TLS_FAILED) {
        buf_clear(&t->in); /* what came together with what made it fail is no clear text */
        link_tls_note_why(t, t->ended == LINK_RST ? "the connection was reset"
                                             : "the connection was closed");
    }
}

enum tls_end link_shake(struct link *l)
{
    struct tls *t = l->session;
    if (t->facts.end == TLS_UNDER_WAY && t->wants.stops && t->wants.stop == 0) {
        t->facts.end = TLS_STOPPED;
    }
    while (t->facts.end == TLS_UNDER_WAY) {
        bool came = pump(t);
        if (!came && t->began) {
            break;
        }
        t->began = true;
        shake_once(t);
        flush(t);
    }
    flush(t);
    return t->facts.end;
}

/* ---- the row of link functions ---- */

/* Behind a failure: what is left of the peer's records, told from clear text by their heads. */
static enum link_state read_clear(struct tls *t, void *at, size_t room, size_t *got)
{
    (void)pump(t);
    while (t->in.len > 0 && t->in.at[0] >= RECORD_CIPHER && t->in.at[0] <= RECORD_LAST) {
        span all = buf_span(&t->in);
        size_t len = big_endian(all, 3, 2);
        if (all.len < HEAD || all.len - HEAD < len) {
            break;
        }
        if (all.at[0] == RECORD_ALERT && len == 2) {
            link_tls_note_alert(t, all.at[HEAD + 1]);
        }
        buf_drop(&t->in, HEAD + len);
    }
    bool record = t->in.len > 0 && t->in.at[0] >= RECORD_CIPHER && t->in.at[0] <= RECORD_LAST;
    if (t->in.len == 0 || record) {
        return t->ended == LINK_MOVED ? LINK_AGAIN : t->ended;
    }
    *got = t->in.len < room ? t->in.len : room;
    memcpy(at, t->in.at, *got);
    buf_drop(&t->in, *got);
    return LINK_MOVED;
}

static enum link_state secure_read(struct link *l, void *at, size_t room, size_t *got)
{
    struct tls *t = l->session;
    *got = 0;
    flush(t);
    if (t->facts.end == TLS_UNDER_WAY) {
        return LINK_AGAIN;
    }
    if (t->facts.end != TLS_STANDS) {
        return read_clear(t, at, room, got);
    }
    enum link_state state = t->engine->read(t, at, room, got);
    while (state == LINK_AGAIN && pump(t)) {
        state = t->engine->read(t, at, room, got);
    }
    t->unread = state == LINK_MOVED;
    flush(t); /* answers of the library's own */
    return state == LINK_AGAIN && t->ended != LINK_MOVED ? t->ended : state;
}

static enum link_state secure_write(struct link *l, span bytes, size_t *put)
{
    struct tls *t = l->session;
    size_t most = t->wants.record > 0 ? t->wants.record : RECORD_OCTETS;
    *put = 0;
    flush(t);
    if (t->out.len > 0 || t->facts.end == TLS_UNDER_WAY) {
        return LINK_AGAIN;
    }
    if (t->facts.end != TLS_STANDS) {
        return link_write(&t->inner, bytes, put);
    }
    bytes = span_first(bytes, bytes.len < most ? bytes.len : most);
    enum link_state state = t->engine->write(t, bytes, put);
    flush(t);
    return state;
}

static bool secure_holds(struct link *l)
{
    struct tls *t = l->session;
    return (t->unread && t->facts.end == TLS_STANDS) || t->out.len > 0 || link_holds(&t->inner);
}

static void free_session(struct tls *t)
{
    t->engine->close(t);
    buf_wipe(&t->in);
    buf_wipe(&t->out);
}

static void say_bye(struct tls *t)
{
    if (t->facts.end == TLS_STANDS && !t->said_bye) {
        t->said_bye = true;
        t->engine->bye(t);
    }
    /* What was said before the end arrives before it. */
    millis until = clock_ticks() + LINGER_MS;
    flush(t);
    while (t->out.len > 0 && clock_ticks() < until) {
        struct pollfd ready = {.fd = t->inner.fd, .events = POLLOUT};
        (void)poll(&ready, 1, 10);
        flush(t);
    }
}

static void secure_shut(struct link *l)
{
    struct tls *t = l->session;
    say_bye(t);
    link_shut(&t->inner);
}

static void secure_reset(struct link *l)
{
    struct tls *t = l->session;
    link_reset(&t->inner);
    free_session(t);
}

static void secure_close(struct link *l)
{
    struct tls *t = l->session;
    say_bye(t);
    link_close(&t->inner);
    free_session(t);
}

static const struct link_way way_tls = {
    .read = secure_read,
    .write = secure_write,
    .shut = secure_shut,
    .reset = secure_reset,
    .close = secure_close,
    .holds = secure_holds,
};

err link_secure(struct link *l, const struct tls_wants *wants, span first, struct arena *arena,
                const struct tls_facts **facts)
{
    struct tls *t = ARENA_NEW(arena, struct tls);
    t->arena = arena;
    t->wants = *wants;
    bool old = wants->max != 0 && wants->max < USUAL_MIN;
    t->wants.min = wants->min != 0 ? wants->min : old ? wants->max : USUAL_MIN;
    t->wants.max = wants->max != 0 ? wants->max : USUAL_MAX;
    t->engine = engine_named(wants->library);
    t->ended = LINK_MOVED;
    bool suite = wants->cipher == NULL || link_tls_suite_named(wants->cipher) != NULL;
    if (t->engine == NULL || t->wants.min > t->wants.max ||
        link_tls_version_text(t->wants.min) == NULL || !suite) {
        return err_syntax(0, "no such TLS library, version or cipher");
    }
    buf_init(&t->in, HELD_CEILING);
    buf_init(&t->out, HELD_CEILING);
    err e = t->engine->open(t);
    if (failed(e)) {
        free_session(t);
        return e;
    }
    if (first.len > 0) {
        buf_put(&t->in, first);
        note_records(t, false, first);
        note_flight(t, false);
    }
    t->inner = *l;
    *l = (struct link){.way = &way_tls, .fd = l->fd, .session = t};
    *facts = &t->facts;
    return OK;
}

/* ---- tickets that are not what they seem ---- */

err link_tls_ticket_tamper(const struct tls_ticket *from, struct arena *arena,
                      const struct tls_ticket **to)
{
    struct tls_ticket *t = ARENA_NEW(arena, struct tls_ticket);
    size_t at = from->octets.len > 0 ? span_find(from->session, from->octets) : SPAN_NONE;
    if (at == SPAN_NONE) {
        return err_syntax(0, "the ticket cannot be found in what the library keeps of the session");
    }
    span session = arena_copy(arena, from->session);
    unsigned char *octets = arena_take(arena, session.len);
    memcpy(octets, session.at, session.len);
    octets[at + from->octets.len / 2] ^= 0x10;
    *t = (struct tls_ticket){.library = from->library,
                             .session = span_of(octets, session.len),
                             .octets = span_of(octets + at, from->octets.len)};
    *to = t;
    return OK;
}

static const struct tls_ticket *let_them_talk(struct link *client, struct link *server,
                                              const struct tls_facts *facts)
{
    unsigned char octet = 'x';
    size_t n = 0;
    for (int i = 0; i < FOREIGN_ROUNDS && facts->ticket == NULL; i++) {
        bool both = link_shake(client) == TLS_STANDS;
        both = link_shake(server) == TLS_STANDS && both;
        if (both) { /* a ticket of TLS 1.3 is found when something is read */
            (void)link_write(server, SPAN("x"), &n);
            (void)link_read(client, &octet, 1, &n);
        }
    }
    return facts->ticket;
}

err link_tls_ticket_foreign(const struct tls_wants *wants, span certificate, span key,
                       struct arena *arena, const struct tls_ticket **ticket)
{
    struct link client = {0};
    struct link server = {0};
    const struct tls_facts *facts = NULL;
    const struct tls_facts *theirs = NULL;
    unsigned char *secret = arena_take(arena, TLS_KEY_OCTETS);
    struct tls_wants offer = {.library = wants->library,
                              .min = wants->min,
                              .max = wants->max,
                              .cipher = wants->cipher,
                              .sni = wants->sni};
    struct tls_wants give = offer;
    struct rng rng;
    int fds[2];
    rng_system(&rng);
    rng_fill(&rng, secret, TLS_KEY_OCTETS);
    give.server = true;
    give.ticket_key = secret;
    give.certificate = certificate;
    give.key = key;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0) {
        return err_sys(errno, "socketpair");
    }
    link_take(&client, fds[0]);
    link_take(&server, fds[1]);
    err e = link_secure(&client, &offer, SPAN_EMPTY, arena, &facts);
    if (!failed(e)) {
        e = link_secure(&server, &give, SPAN_EMPTY, arena, &theirs);
    }
    if (!failed(e)) {
        *ticket = let_them_talk(&client, &server, facts);
        e = *ticket != NULL ? OK : err_of(ERR_IO, "a server of our own gave no ticket");
    }
    link_close(&client);
    link_close(&server);
    return e;
}
