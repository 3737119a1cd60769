/* The two directions depend on each other in nothing but their hellos, so each is opened from its
   beginning to its end, without a thought about which packet came first. Only afterwards the order of
   packets comes back: a clear octet was there when the last octet of its record was. */
#include "pcap/tls_open.h"

#include "pcap/tls_suite.h"

#define PLAIN_CEILING ((size_t)128 << 20)

#define CLOSE_NOTIFY 0 /* RFC 8446 6 */

/* Behind `sealed` octets of a side, `clear` octets could be read. */
struct mark {
    size_t sealed, clear;
};

struct opening {
    const struct capture_flow *flow;
    struct capture_secrets *secrets;
    struct arena *arena;
    struct capture_tls *t;
    struct tls_hello client, server;
    const struct tls_suite_row *suite;
    span master;                 /* TLS 1.2 */
    bool recalled;               /* it is that of the session whose ticket the client offered */
    struct buf clear[CAPTURE_SIDE_COUNT];
    VEC(struct mark) marks[CAPTURE_SIDE_COUNT];
    bool done;                   /* the server said ServerHelloDone: no resumption */
    span ticket;                 /* of TLS 1.2, given in this handshake */
    uint64_t closed[CAPTURE_SIDE_COUNT]; /* the packet of its close_notify; 0: there is none */
};

static const char *const side_names[] = {[CAPTURE_CLIENT] = "client", [CAPTURE_SERVER] = "server"};

/* Says why, the first time. */
static bool give_up(struct opening *o, const char *why)
{
    o->t->why = o->t->why ? o->t->why : why;
    return false;
}

static bool is_new_form(const struct opening *o)
{
    return o->server.version == 0x0304;
}

/* ---- the hellos ---- */

static bool keep_hello(struct opening *o, enum capture_side side, unsigned type, span body)
{
    struct tls_hello *h = side == CAPTURE_CLIENT ? &o->client : &o->server;
    if (type != (side == CAPTURE_CLIENT ? TLS_CLIENT_HELLO : TLS_SERVER_HELLO) ||
        !capture_hello_read(type, arena_copy(o->arena, body), h)) {
        return give_up(o, arena_printf(o->arena, "the %s begins with no hello whose lengths are true", side_names[side]));
    }
    return true;
}

static bool read_hello(struct opening *o, enum capture_side side)
{
    span octets = span_from(o->flow->side[side].octets, o->t->at[side]);
    struct capture_messages m;
    struct tls_record r;
    bool found = false;
    bool good = true;
    capture_messages_init(&m);
    while (good && !found && capture_record_take(octets, &r) == TLS_CUT_WHOLE) {
        unsigned type;
        span body;
        if (r.type == TLS_RECORD_ALERT) {
            good = give_up(o, "the handshake failed: an alert came in place of a hello");
        }
        good = good && (r.type != TLS_RECORD_HANDSHAKE || capture_messages_add(&m, r.payload));
        while (good && !found && capture_messages_take(&m, &type, &body)) {
            good = keep_hello(o, side, type, body);
            found = good && !(side == CAPTURE_SERVER && o->server.retry);
        }
        octets = span_from(octets, TLS_RECORD_HEAD + r.payload.len);
    }
    capture_messages_wipe(&m);
    return found || give_up(o, arena_printf(o->arena, "there is no hello of the %s", side_names[side]));
}

static const char *version_text(const struct opening *o)
{
    static const char *const names[] = {"3.0", "1.0", "1.1", "1.2", "1.3"};
    unsigned v = o->server.version;
    return v >= 0x0300 && v <= 0x0304 ? names[v & 7] : arena_printf(o->arena, "0x%04x", v);
}

static bool read_hellos(struct opening *o)
{
    struct capture_tls *t = o->t;
    bool client = read_hello(o, CAPTURE_CLIENT);
    t->random = client ? o->client.random : SPAN_EMPTY;
    if (!client || !read_hello(o, CAPTURE_SERVER)) {
        return false;
    }
    o->suite = capture_suite_find(o->server.suite);
    t->version = version_text(o);
    t->cipher = o->suite ? o->suite->name : arena_printf(o->arena, "0x%04x", o->server.suite);
    t->resumed = is_new_form(o) && o->server.psk;
    if (o->server.version < 0x0303 || o->server.version > 0x0304) {
        return give_up(o, arena_printf(o->arena, "it is TLS %s; 1.2 and 1.3 can be opened", t->version));
    }
    if (!o->suite) {
        return give_up(o, arena_printf(o->arena, "its cipher suite %s cannot be opened", t->cipher));
    }
    if (o->client.early) {
        return give_up(o, "the client announces early data (0-RTT), which SMTP has no use for and is not opened");
    }
    return true;
}

/* ---- one direction ---- */

struct direction {
    struct opening *o;
    enum capture_side side;
    struct capture_messages messages;
    struct tls_keys keys;
    struct arena *scratch; /* of one record */
    bool sealed;   /* the keys are in use */
    bool finished;
    unsigned long number; /* of the record, from 1 */
    size_t at;            /* where it begins in the side's octets */
};

static const enum tls_secret_kind handshake_kinds[] = {
    [CAPTURE_CLIENT] = TLS_SECRET_CLIENT_HANDSHAKE, [CAPTURE_SERVER] = TLS_SECRET_SERVER_HANDSHAKE};
static const enum tls_secret_kind traffic_kinds[] = {
    [CAPTURE_CLIENT] = TLS_SECRET_CLIENT_TRAFFIC, [CAPTURE_SERVER] = TLS_SECRET_SERVER_TRAFFIC};

static bool no_key(struct opening *o)
{
    o->t->no_key = !capture_secrets_know(o->secrets, o->client.random);
    return give_up(o, o->t->no_key ? "there is no key for it"
                                   : "the key log has some of its secrets, but not all that are needed");
}

static bool take_traffic(struct direction *d, enum tls_secret_kind kind)
{
    span secret = capture_secrets_find(d->o->secrets, kind, d->o->client.random);
    if (secret.len == 0) {
        return no_key(d->o);
    }
    return capture_keys_traffic(d->o->suite, secret, &d->keys) ||
           give_up(d->o, "a secret in the key log is not as long as its cipher suite wants");
}

/* The keys that the first sealed record needs. */
static bool take_first_keys(struct direction *d)
{
    struct opening *o = d->o;
    d->sealed = true;
    if (is_new_form(o)) {
        return take_traffic(d, handshake_kinds[d->side]);
    }
    o->t->resumed = o->t->resumed || (d->side == CAPTURE_SERVER && !o->done);
    if (o->master.len == 0 || (o->recalled && !o->t->resumed)) {
        return no_key(o);
    }
    capture_keys_master(o->suite, o->master, o->client.random, o->server.random, d->side == CAPTURE_SERVER,
                        o->server.mac_last, &d->keys);
    return true;
}

/* RFC 5077 3.3. */
static span ticket_of(span body)
{
    size_t len = body.len > 6 ? (size_t)body.at[4] << 8 | body.at[5] : 0;
    return len && len <= body.len - 6 ? span_part(body, 6, len) : SPAN_EMPTY;
}

static bool take_message(struct direction *d, unsigned type, span body)
{
    struct opening *o = d->o;
    bool server = d->side == CAPTURE_SERVER;
    o->done = o->done || (server && type == TLS_SERVER_HELLO_DONE);
    if (server && type == TLS_TICKET && !is_new_form(o)) {
        o->ticket = arena_copy(o->arena, ticket_of(body));
    }
    if (type == TLS_FINISHED) {
        d->finished = true;
        return !is_new_form(o) || take_traffic(d, traffic_kinds[d->side]);
    }
    if (is_new_form(o) && d->finished && type == TLS_KEY_UPDATE) {
        capture_keys_update(&d->keys);
    } else if (!is_new_form(o) && d->finished) {
        return give_up(o, "it makes its keys anew in the middle (renegotiation), which is not opened");
    }
    return true;
}

static bool take_handshake(struct direction *d, span payload)
{
    unsigned type;
    span body;
    if (!capture_messages_add(&d->messages, payload)) {
        return give_up(d->o, "a handshake message is longer than any may be");
    }
    while (capture_messages_take(&d->messages, &type, &body)) {
        if (!take_message(d, type, body)) {
            return false;
        }
    }
    return true;
}

/* A record without keys: a hello, a ChangeCipherSpec, what TLS 1.2 says before it, or the end. */
static bool take_clear(struct direction *d, const struct tls_record *r)
{
    bool new_form = is_new_form(d->o);
    if (r->type == TLS_RECORD_CIPHER) {
        return new_form || take_first_keys(d); /* RFC 8446 D.4: without a meaning */
    }
    if (r->type == TLS_RECORD_HANDSHAKE) {
        return take_handshake(d, r->payload);
    }
    return give_up(d->o, r->type == TLS_RECORD_ALERT ? "the handshake failed: an alert ended it"
                                                     : "data stands where the handshake should go on");
}

/* That brought the octet. */
static uint64_t packet_of(const struct opening *o, enum capture_side side, size_t at)
{
    for (size_t i = 0; i < o->flow->pieces.count; i++) {
        const struct flow_piece *p = &o->flow->pieces.at[i];
        if (p->side == side && at >= p->at && at < p->at + p->len) {
            return p->packet;
        }
    }
    return 0;
}

/* RFC 8446 6.1: whatever stands behind a close_notify is ignored. An MTA whose client ends TLS may say so in clear. */
static bool take_surplus(struct opening *o, enum capture_side side)
{
    size_t surplus = o->t->surplus[side];
    size_t at = o->flow->side[side].octets.len - surplus;
    uint64_t packet = packet_of(o, side, at);
    bool behind = (o->closed[0] && packet > o->closed[0]) || (o->closed[1] && packet > o->closed[1]);
    return surplus == 0 || behind ||
           give_up(o, arena_printf(o->arena, "the %s says something that is no TLS behind its octet %zu", side_names[side], at));
}

static bool take_sealed(struct direction *d, const struct tls_record *r)
{
    struct opening *o = d->o;
    struct buf *clear = &o->clear[d->side];
    unsigned type;
    span plain;
    const char *why = capture_keys_open(&d->keys, r, d->scratch, &type, &plain);
    if (why) {
        return give_up(o, arena_printf(o->arena, "TLS record %lu of the %s cannot be opened: %s", d->number,
                                       side_names[d->side], why));
    }
    if (type == TLS_RECORD_HANDSHAKE) {
        return take_handshake(d, plain);
    }
    if (type == TLS_RECORD_ALERT && plain.len == 2 && plain.at[1] == CLOSE_NOTIFY) {
        o->closed[d->side] = packet_of(o, d->side, d->at);
    }
    if (type == TLS_RECORD_DATA && d->finished) {
        buf_put(clear, plain);
    }
    return type == TLS_RECORD_ALERT || (type == TLS_RECORD_DATA && d->finished) ||
           give_up(o, "data stands where the handshake should go on");
}

static bool take_record(struct direction *d, const struct tls_record *r)
{
    bool new_form = is_new_form(d->o);
    d->number++;
    if (new_form && r->type == TLS_RECORD_CIPHER) {
        return true;
    }
    if (new_form && r->type == TLS_RECORD_DATA && !d->sealed && !take_first_keys(d)) {
        return false;
    }
    return d->sealed ? take_sealed(d, r) : take_clear(d, r);
}

static bool open_direction(struct opening *o, enum capture_side side)
{
    struct direction d = {.o = o, .side = side, .scratch = arena_new()};
    span all = o->flow->side[side].octets;
    size_t at = o->t->at[side];
    struct tls_record r;
    bool good = true;
    enum tls_cut cut = TLS_CUT_WHOLE;
    capture_messages_init(&d.messages);
    while (good && at < all.len && (cut = capture_record_take(span_from(all, at), &r)) == TLS_CUT_WHOLE) {
        d.at = at;
        good = take_record(&d, &r);
        arena_reset(d.scratch);
        at += TLS_RECORD_HEAD + r.payload.len;
        if (o->clear[side].len > 0) {
            vec_add(o->arena, &o->marks[side], ((struct mark){at, o->clear[side].len}));
        }
    }
    capture_messages_wipe(&d.messages);
    arena_free(d.scratch);
    o->t->cut[side] = good && cut == TLS_CUT_SHORT;
    o->t->surplus[side] = good && cut == TLS_CUT_NONE ? all.len - at : 0;
    if (good && buf_full(&o->clear[side])) {
        good = give_up(o, "it is longer than anything that is opened");
    }
    return good && (d.finished || give_up(o, arena_printf(o->arena, "the %s does not end its handshake",
                                                          side_names[side])));
}

/* ---- the flow in clear ---- */

static size_t clear_at(const struct opening *o, enum capture_side side, size_t sealed)
{
    size_t begin = o->t->at[side];
    size_t low = 0;
    size_t high = o->marks[side].count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (o->marks[side].at[middle].sealed <= sealed) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return sealed <= begin ? sealed : begin + (low ? o->marks[side].at[low - 1].clear : 0);
}

static void add_piece(struct opening *o, struct capture_flow *f, const struct flow_piece *p, size_t from, size_t to)
{
    size_t at = clear_at(o, p->side, from);
    size_t end = clear_at(o, p->side, to);
    if (end > at) {
        struct flow_piece *clear = vec_push(o->arena, &f->pieces);
        *clear = *p;
        clear->at = at;
        clear->len = end - at;
        clear->seen = clear_at(o, p->side == CAPTURE_CLIENT ? CAPTURE_SERVER : CAPTURE_CLIENT, p->seen);
    }
}

static span joined(struct opening *o, enum capture_side side)
{
    span before = span_first(o->flow->side[side].octets, o->t->at[side]);
    span behind = buf_span(&o->clear[side]);
    unsigned char *all = arena_take(o->arena, before.len + behind.len + 1);
    memcpy(all, before.at, before.len);
    memcpy(all + before.len, behind.at, behind.len);
    return span_of(all, before.len + behind.len);
}

static const struct capture_flow *make_flow(struct opening *o)
{
    struct capture_flow *f = ARENA_NEW(o->arena, struct capture_flow);
    *f = *o->flow;
    f->pieces.at = NULL;
    f->pieces.count = f->pieces.room = 0;
    for (size_t i = 0; i < o->flow->pieces.count; i++) {
        const struct flow_piece *p = &o->flow->pieces.at[i];
        size_t begin = o->t->at[p->side];
        size_t middle = p->at < begin && begin < p->at + p->len ? begin : p->at;
        add_piece(o, f, p, p->at, middle);
        add_piece(o, f, p, middle, p->at + p->len);
    }
    /* a server that hangs up because its client ended TLS does not do so of itself */
    struct flow_end *end = &f->side[CAPTURE_CLIENT].end;
    if (o->closed[CAPTURE_CLIENT] && (end->how == CLOSE_NONE || o->closed[CAPTURE_CLIENT] < end->packet)) {
        *end = (struct flow_end){CLOSE_FIN, o->closed[CAPTURE_CLIENT], end->time};
    }
    f->side[CAPTURE_CLIENT].octets = joined(o, CAPTURE_CLIENT);
    f->side[CAPTURE_SERVER].octets = joined(o, CAPTURE_SERVER);
    return f;
}

/* ---- the whole ---- */

static void find_master(struct opening *o)
{
    o->master = capture_secrets_find(o->secrets, TLS_SECRET_MASTER, o->client.random);
    o->recalled = o->master.len == 0;
    if (o->recalled) {
        o->master = capture_secrets_recall(o->secrets, o->client.ticket);
    }
    if (o->master.len == 0 && span_eq(o->client.session, o->server.session)) {
        o->master = capture_secrets_recall(o->secrets, o->server.session);
    }
    o->master = arena_copy(o->arena, o->master);
}

static bool open_both(struct opening *o)
{
    for (unsigned side = 0; side < CAPTURE_SIDE_COUNT; side++) {
        if (o->flow->side[side].gaps.count) {
            return give_up(o, "octets are missing from the capture");
        }
    }
    if (!is_new_form(o)) {
        find_master(o);
    }
    /* the server first: it tells whether the session is resumed */
    if (!open_direction(o, CAPTURE_SERVER) || !open_direction(o, CAPTURE_CLIENT) || !take_surplus(o, CAPTURE_SERVER) ||
        !take_surplus(o, CAPTURE_CLIENT)) {
        return false;
    }
    if (!is_new_form(o)) {
        capture_secrets_remember(o->secrets, o->ticket, o->master);
        capture_secrets_remember(o->secrets, o->server.session, o->master);
    }
    return true;
}

const struct capture_flow *capture_tls_open(const struct capture_flow *flow, const size_t at[CAPTURE_SIDE_COUNT],
                                            struct capture_secrets *secrets, struct arena *arena,
                                            struct capture_tls *t)
{
    struct opening o = {.flow = flow, .secrets = secrets, .arena = arena, .t = t};
    *t = (struct capture_tls){.random = SPAN_EMPTY, .at = {at[CAPTURE_CLIENT], at[CAPTURE_SERVER]}};
    for (unsigned side = 0; side < CAPTURE_SIDE_COUNT; side++) {
        buf_init(&o.clear[side], PLAIN_CEILING);
    }
    const struct capture_flow *clear = NULL;
    if (read_hellos(&o) && secrets && open_both(&o)) {
        t->opened = true;
        clear = make_flow(&o);
    }
    for (unsigned side = 0; side < CAPTURE_SIDE_COUNT; side++) {
        buf_wipe(&o.clear[side]);
    }
    return clear;
}
