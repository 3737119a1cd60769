/* Recorded sessions, each opened with the secrets that lie in its file: both versions, every kind of
   suite, full and resumed, from the start and behind STARTTLS. And what cannot be opened says why. */
#include "pcap/dialogue.h"

#include "base/file.h"
#include "pcap/block.h"
#include "pcap/open.h"
#include "pcap/tls_suite.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <unistd.h>

struct seen {
    const char *version, *cipher;
    bool resumed;
    size_t before; /* the handshake's place: turns before it */
    const char *flights;
};

static const struct {
    const char *name;
    struct seen streams[2];
} rows[] = {
    {"tls12-gcm-ref-openssl", {{"1.2", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", false, 5, "S C S C S C S C S C S C S C S C S"}}},
    {"tls12-ccm-ref-gnutls", {{"1.2", "TLS_RSA_WITH_AES_128_CCM", false, 5, "S C S C S C S C S C S C S C S C S"}}},
    {"tls12-ccm8-ref-gnutls", {{"1.2", "TLS_RSA_WITH_AES_256_CCM_8", false, 5, "S C S C S C S C S C S C S C S C S"}}},
    {"tls12-cbc-exim", {{"1.2", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", false, 5, "S C S C S C S C S C S C S C S C S"}}},
    {"tls12-cbc-mac-first-exim", {{"1.2", "TLS_RSA_WITH_AES_128_CBC_SHA", false, 5, "S C S C S C S C S C S C S C S C S"}}},
    {"tls12-chacha-postfix", {{"1.2", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", false, 5, "S C S C S C S C S C S C S C S C S"}}},
    {"tls12-resumed-exim", {{"1.2", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", false, 5, "S C S C S C S C S"},
                            {"1.2", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", true, 5, "S C S C S C S C S C S C S C S C S"}}},
    {"tls13-ccm-ref-gnutls", {{"1.3", "TLS_AES_128_CCM_SHA256", false, 5, "S C S C S C S C S C S C S C S C S"}}},
    {"tls13-chacha-exim", {{"1.3", "TLS_CHACHA20_POLY1305_SHA256", false, 5, "S C S C S C S C S C S C S C S C S"}}},
    {"tls13-key-update-ref", {{"1.3", "TLS_AES_128_CCM_8_SHA256", false, 5, "S C S C S C S C S C S C S C S C S"}}},
    {"tls13-swaks-exim", {{"1.3", "TLS_AES_256_GCM_SHA384", false, 5, "S C S C S C S C S C S C S C S C S"}}},
    {"tls13-retry-ref-gnutls", {{"1.3", "TLS_AES_256_GCM_SHA384", false, 5, "S C S C S C S C S C S C S C S C S"}}},
    {"tls13-resumed-postfix", {{"1.3", "TLS_AES_256_GCM_SHA384", false, 5, "S C S C S C S C S"},
                               {"1.3", "TLS_AES_256_GCM_SHA384", true, 5, "S C S C S C S C S C S C S C S C S"}}},
    {"tls13-resumed-ref-openssl", {{"1.3", "TLS_AES_256_GCM_SHA384", false, 0, "S C S C S"},
                                   {"1.3", "TLS_AES_256_GCM_SHA384", true, 0, "S C S C S C S C S C S C S"}}},
};

typedef void use_flow(void *context, const struct capture_flow *flow, struct capture_secrets *secrets);

struct reading {
    use_flow *use;
    void *context;
    struct capture_secrets *secrets;
};

static err one(void *context, const struct capture_flow *flow)
{
    struct reading *r = context;
    r->use(r->context, flow, r->secrets);
    return OK;
}

/* Each connection of pcap/captures/NAME, with its own secrets or with those given. */
static void each(const char *name, struct capture_secrets *secrets, use_flow *use, void *context)
{
    struct arena *arena = arena_new();
    const char *path = arena_printf(arena, "pcap/captures/%s/traffic.pcapng", name);
    struct reading r = {use, context, secrets ? secrets : capture_secrets_new(arena)};
    err e = secrets ? OK : capture_secrets_embedded(r.secrets, path);
    cr_assert(!failed(e), "%s", e.what);
    struct recording *c;
    struct capture_limits limits = capture_limits_usual();
    struct capture_totals totals;
    cr_assert(!failed(recording_open(path, arena, &c)), "%s", path);
    cr_assert(!failed(capture_read(c, &limits, one, &r, &totals)));
    recording_close(c);
    arena_free(arena);
}

static void check(void *context, const struct capture_flow *flow, struct capture_secrets *secrets)
{
    const struct seen *want = (const struct seen *)context + flow->stream;
    struct dialogue d;
    dialogue_open(flow, secrets, flow->arena, &d);
    cr_assert(d.secured && !d.tls && d.shake.opened, "%s", d.shake.why);
    cr_assert_str_eq(d.shake.version, want->version);
    cr_assert_str_eq(d.shake.cipher, want->cipher);
    cr_assert_eq(d.shake.resumed, want->resumed);
    cr_assert_eq(dialogue_handshake(&d), want->before, "%zu turns before it", dialogue_handshake(&d));
    cr_assert_str_eq(dialogue_flights(&d, flow->arena), want->flights);
    span client = d.flow->side[CAPTURE_CLIENT].octets;
    span server = d.flow->side[CAPTURE_SERVER].octets;
    cr_assert(span_ends(client, SPAN("QUIT\r\n")) || span_ends(client, SPAN("quit\r\n")), "%.*s", SPAN_FMT(client));
    cr_assert(span_starts(server, SPAN("220 ")) && span_has(server, SPAN("\r\n221 ")), "%.*s", SPAN_FMT(server));
    size_t at[CAPTURE_SIDE_COUNT] = {0};
    for (size_t i = 0; i < d.flow->pieces.count; i++) {
        const struct flow_piece *p = &d.flow->pieces.at[i];
        cr_assert(p->len > 0 && p->at == at[p->side], "pieces lie side by side");
        at[p->side] += p->len;
    }
    cr_assert(at[CAPTURE_CLIENT] == client.len && at[CAPTURE_SERVER] == server.len);
}

Test(capture_tls, recorded_sessions_are_opened)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct seen streams[2] = {rows[i].streams[0], rows[i].streams[1]};
        each(rows[i].name, NULL, check, streams);
    }
}

/* ---- not opened ---- */

struct refusal {
    const char *says;
    bool no_key;
    unsigned flows;
};

static void check_refused(void *context, const struct capture_flow *flow, struct capture_secrets *secrets)
{
    struct refusal *r = context;
    struct dialogue d;
    dialogue_open(flow, secrets, flow->arena, &d);
    r->flows++;
    cr_assert(d.secured && d.tls && !d.shake.opened);
    cr_assert(d.shake.why && strstr(d.shake.why, r->says), "%s", d.shake.why);
    cr_assert_eq(d.shake.no_key, r->no_key);
    cr_assert(d.shake.version && d.shake.random.len == 32, "what is in clear is known");
    const struct said *last = &d.said[CAPTURE_SERVER].at[d.said[CAPTURE_SERVER].count - 1];
    cr_assert_eq(last->kind, SAID_TLS, "the dialogue ends at the handshake");
}

Test(capture_tls, keys_of_others_open_nothing)
{
    struct arena *arena = arena_new();
    struct capture_secrets *s = capture_secrets_new(arena);
    struct refusal r = {.says = "there is no key for it", .no_key = true};
    each("tls13-chacha-exim", s, check_refused, &r);
    each("tls12-gcm-ref-openssl", s, check_refused, &r);
    cr_assert_eq(r.flows, 2u);
    arena_free(arena);
}

static err keep_log(void *context, span log)
{
    buf_put(context, log);
    return OK;
}

static span key_log(const char *name, struct arena *arena)
{
    struct buf log;
    int fd;
    buf_init(&log, 1 << 16);
    const char *path = arena_printf(arena, "pcap/captures/%s/traffic.pcapng", name);
    cr_assert(!failed(file_open_at(AT_FDCWD, path, O_RDONLY, 0, &fd)));
    cr_assert(!failed(capture_blocks_read(fd, keep_log, &log, arena)));
    close(fd);
    return buf_settle(&log, arena);
}

/* The key log of a capture without the first `skip` lines that begin with label, and the last digit of the
   others changed. */
static struct capture_secrets *edited(const char *name, const char *label, unsigned skip, struct arena *arena)
{
    struct buf out;
    span line;
    buf_init(&out, 1 << 16);
    span rest = key_log(name, arena);
    while (span_line(&rest, &line)) {
        bool meant = span_starts(line, span_text(arena_printf(arena, "%s ", label)));
        if (meant && skip > 0) {
            skip--;
        } else if (meant) {
            buf_printf(&out, "%.*s%c\n", (int)line.len - 1, (const char *)line.at, line.at[line.len - 1] == '0' ? '1' : '0');
        } else {
            buf_printf(&out, "%.*s\n", SPAN_FMT(line));
        }
    }
    struct capture_secrets *s = capture_secrets_new(arena);
    cr_assert(!failed(capture_secrets_read(s, buf_span(&out), "edited")));
    buf_wipe(&out);
    return s;
}

static const struct {
    const char *name, *label;
    unsigned skip;
    const char *says;
} edits[] = {
    {"tls13-chacha-exim", "CLIENT_HANDSHAKE_TRAFFIC_SECRET", 1, "some of its secrets, but not all"},
    {"tls13-chacha-exim", "SERVER_TRAFFIC_SECRET_0", 1, "some of its secrets, but not all"},
    {"tls13-chacha-exim", "SERVER_HANDSHAKE_TRAFFIC_SECRET", 0, "TLS record 3 of the server cannot be opened: it does not fit its key"},
    {"tls13-ccm-ref-gnutls", "CLIENT_TRAFFIC_SECRET_0", 0, "of the client cannot be opened: it does not fit its key"},
    {"tls12-gcm-ref-openssl", "CLIENT_RANDOM", 0, "of the server cannot be opened: it does not fit its key"},
    {"tls12-ccm8-ref-gnutls", "CLIENT_RANDOM", 0, "it does not fit its key"},
    {"tls12-cbc-exim", "CLIENT_RANDOM", 0, "it does not fit its key"},
    {"tls12-cbc-mac-first-exim", "CLIENT_RANDOM", 0, "it does not fit its key"},
    {"tls12-chacha-postfix", "CLIENT_RANDOM", 0, "it does not fit its key"},
};

Test(capture_tls, a_wrong_key_is_told_where_it_does_not_fit)
{
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
        struct arena *arena = arena_new();
        struct refusal r = {.says = edits[i].says};
        each(edits[i].name, edited(edits[i].name, edits[i].label, edits[i].skip, arena), check_refused, &r);
        arena_free(arena);
    }
}

/* GnuTLS logs nothing for a session of TLS 1.2 that is resumed. */
Test(capture_tls, a_resumed_session_is_opened_with_the_secret_of_its_ticket)
{
    struct arena *arena = arena_new();
    struct seen want[2] = {rows[6].streams[0], rows[6].streams[1]};
    struct capture_secrets *first = capture_secrets_new(arena);
    span line;
    span log = key_log(rows[6].name, arena);
    cr_assert(span_line(&log, &line) && !failed(capture_secrets_read(first, line, "first")));
    cr_assert_eq(capture_secrets_count(first), 1u);
    each(rows[6].name, first, check, want);
    arena_free(arena);
}

/* ---- flows with an octet changed ---- */

struct change {
    const char *label, *name;
    enum capture_side side;
    span find, put; /* of the same length, at its first place behind the beginning of TLS */
    size_t less;    /* octets taken off the end */
    const char *says; /* NULL: it is opened */
};

#define S(text) {(const unsigned char *)(text), sizeof(text) - 1}
static const struct change changes[] = {
    {"early data", "tls13-chacha-exim", CAPTURE_CLIENT, S("\x00\x16\x00\x00"), S("\x00\x2a\x00\x00"), 0, "early data (0-RTT)"},
    {"TLS 1.1", "tls12-gcm-ref-openssl", CAPTURE_SERVER, S("\x02\x00\x00\x39\x03\x03"), S("\x02\x00\x00\x39\x03\x02"), 0, "it is TLS 1.1; 1.2 and 1.3 can be opened"},
    {"a suite of its own", "tls12-gcm-ref-openssl", CAPTURE_SERVER, S("\xc0\x2f\x00"), S("\xff\xff\x00"), 0, "its cipher suite 0xffff cannot be opened"},
    {"a length of a hello that lies", "tls12-gcm-ref-openssl", CAPTURE_SERVER, S("\xc0\x2f\x00\x00\x11"), S("\xc0\x2f\x00\x00\x12"), 0, "no hello whose lengths are true"},
    {"a record that is none", "tls12-gcm-ref-openssl", CAPTURE_CLIENT, S("\x17\x03\x03"), S("\x17\x04\x03"), 0, "the client says something that is no TLS"},
    {"an octet that came otherwise", "tls13-chacha-exim", CAPTURE_CLIENT, S("\x17\x03\x03\x00\x1e"), S("\x17\x03\x02\x00\x1e"), 0, "TLS record 4 of the client cannot be opened"},
    {"the last record cut off", "tls13-chacha-exim", CAPTURE_CLIENT, S(""), S(""), 1, NULL},
    {"cut in the handshake", "tls13-chacha-exim", CAPTURE_SERVER, S(""), S(""), 700, "the server does not end its handshake"},
    {"nothing but a hello", "tls12-gcm-ref-openssl", CAPTURE_SERVER, S(""), S(""), 1900, "there is no hello of the server"},
};

static void check_changed(void *context, const struct capture_flow *flow, struct capture_secrets *secrets)
{
    const struct change *c = context;
    struct dialogue d;
    dialogue_read(flow, flow->arena, &d);
    struct capture_flow other = *flow;
    span octets = flow->side[c->side].octets;
    unsigned char *copy = arena_take(flow->arena, octets.len);
    memcpy(copy, octets.at, octets.len);
    size_t begin = d.shake.at[c->side];
    size_t at = span_find(span_from(octets, begin), c->find);
    cr_assert(at != SPAN_NONE, "%s: nothing to change", c->label);
    memcpy(copy + begin + at, c->put.at, c->put.len);
    other.side[c->side].octets = span_of(copy, octets.len > begin + c->less ? octets.len - c->less : begin + 3);
    struct capture_tls t;
    const struct capture_flow *opened = capture_tls_open(&other, d.shake.at, secrets, flow->arena, &t);
    cr_assert_eq(opened != NULL, c->says == NULL, "%s: %s", c->label, t.why);
    cr_assert(opened || strstr(t.why, c->says), "%s: %s", c->label, t.why);
    cr_assert(!opened || t.cut[c->side], "%s", c->label);
}

Test(capture_tls, what_is_wrong_is_named)
{
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        struct change c = changes[i];
        each(c.name, NULL, check_changed, &c);
    }
}

/* The server speaks in clear, in a packet of that number. */
static void check_surplus(void *context, const struct capture_flow *flow, struct capture_secrets *secrets)
{
    const uint64_t *packet = context;
    struct dialogue d;
    dialogue_read(flow, flow->arena, &d);
    struct capture_flow other = *flow;
    span octets = flow->side[CAPTURE_SERVER].octets;
    unsigned char *copy = arena_take(flow->arena, octets.len + 9);
    memcpy(copy, octets.at, octets.len);
    memcpy(copy + octets.len, "421 bye\r\n", 9);
    other.side[CAPTURE_SERVER].octets = span_of(copy, octets.len + 9);
    other.side[CAPTURE_CLIENT].end.how = CLOSE_NONE;
    vec_add(flow->arena, &other.pieces,
            ((struct flow_piece){.side = CAPTURE_SERVER, .at = octets.len, .len = 9, .packet = *packet}));
    struct capture_tls t;
    const struct capture_flow *opened = capture_tls_open(&other, d.shake.at, secrets, flow->arena, &t);
    cr_assert_eq(opened != NULL, *packet > 1, "%s", t.why);
    cr_assert(opened ? t.surplus[CAPTURE_SERVER] == 9 : strstr(t.why, "the server says something that is no TLS") != NULL);
    cr_assert(!opened || opened->side[CAPTURE_CLIENT].end.how == CLOSE_FIN, "a close_notify is an end");
}

Test(capture_tls, what_is_said_in_clear_behind_the_end_is_left_out)
{
    uint64_t late = 9999, early = 1;
    each("tls13-chacha-exim", NULL, check_surplus, &late);
    each("tls13-chacha-exim", NULL, check_surplus, &early);
}

Test(capture_suite, rows_are_sound)
{
    cr_assert_null(capture_suite_find(0));
    for (unsigned number = 1; number < 0x10000; number++) {
        const struct tls_suite_row *row = capture_suite_find(number);
        if (row) {
            span name = span_text(row->name);
            bool new_form = number >> 8 == 0x13;
            cr_assert(span_starts(name, SPAN("TLS_")) && span_has(name, SPAN("_WITH_")) == !new_form, "%s", row->name);
            cr_assert(span_has(name, row->key == 16 ? SPAN("128") : SPAN("256")) || row->sealing == TLS_CHACHA, "%s", row->name);
            cr_assert_eq(span_has(name, SPAN("SHA384")), row->hash == TLS_SHA384, "%s", row->name);
            cr_assert_eq(span_has(name, SPAN("CBC")), row->sealing == TLS_CBC, "%s", row->name);
            cr_assert_eq(span_has(name, SPAN("CCM_8")), row->sealing == TLS_CCM_8, "%s", row->name);
        }
    }
}
