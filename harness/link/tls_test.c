/* Both libraries, on both sides, against each other over a socket pair: what a handshake reached is
   told, tickets go from one connection to the next, and what is wrong is a fact and no crash. */
#include "harness/link/tls.h"

#include "base/file.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ROUNDS = 200, MOST = 16 };

struct pairing {
    char client[8], server[8];
    unsigned version;
};

static struct pairing pairings[] = {
    {"openssl", "openssl", 0x0303}, {"openssl", "gnutls", 0x0303}, {"gnutls", "openssl", 0x0303},
    {"gnutls", "gnutls", 0x0303},   {"openssl", "openssl", 0x0304}, {"openssl", "gnutls", 0x0304},
    {"gnutls", "openssl", 0x0304},  {"gnutls", "gnutls", 0x0304},
};

#define EACH_PAIRING(name)                                                                         \
    ParameterizedTestParameters(tls, name)                                                         \
    {                                                                                              \
        return cr_make_param_array(struct pairing, pairings, sizeof pairings / sizeof *pairings);  \
    }                                                                                              \
    ParameterizedTest(struct pairing *p, tls, name)

struct talk {
    struct arena *arena;
    struct link client, server;
    struct tls_wants wants, offers;
    const struct tls_facts *seen, *shown;
    struct buf secrets;
};

static const unsigned char key_a[TLS_KEY_OCTETS] = "one key for the tickets of a server";
static const unsigned char key_b[TLS_KEY_OCTETS] = "another, which cannot read them";

static void talk_open(struct talk *k, const struct pairing *p)
{
    memset(k, 0, sizeof *k);
    k->arena = arena_new();
    buf_init(&k->secrets, 65536);
    k->wants = (struct tls_wants){
        .library = p->client, .min = p->version, .max = p->version, .secrets = &k->secrets};
    k->offers = (struct tls_wants){
        .library = p->server, .server = true, .min = p->version, .max = p->version};
    cr_assert(!failed(file_read("vectors/ca/mx.test.ex.crt", 65536, k->arena, &k->offers.certificate)));
    cr_assert(!failed(file_read("vectors/ca/mx.test.ex.key", 65536, k->arena, &k->offers.key)));
}

static void talk_close(struct talk *k)
{
    link_close(&k->client);
    link_close(&k->server);
    buf_wipe(&k->secrets);
    arena_free(k->arena);
}

static void connect_pair(struct talk *k)
{
    int fds[2];
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    link_take(&k->client, fds[0]);
    link_take(&k->server, fds[1]);
    cr_assert(!failed(link_secure(&k->client, &k->wants, SPAN_EMPTY, k->arena, &k->seen)));
    cr_assert(!failed(link_secure(&k->server, &k->offers, SPAN_EMPTY, k->arena, &k->shown)));
}

static void shake_hands(struct talk *k)
{
    for (int i = 0; i < ROUNDS; i++) {
        (void)link_shake(&k->client);
        (void)link_shake(&k->server);
    }
}

static void expect_line(struct link *from, struct link *to, const char *text)
{
    char got[64] = "";
    size_t n = 0;
    size_t all = 0;
    cr_expect_eq(link_write(from, span_text(text), &n), LINK_MOVED);
    for (int i = 0; i < ROUNDS && all < strlen(text); i++) {
        if (link_read(to, got + all, sizeof got - 1 - all, &n) == LINK_MOVED) {
            all += n;
        }
    }
    cr_expect_str_eq(got, text);
}

static void converse(struct talk *k)
{
    connect_pair(k);
    shake_hands(k);
    cr_assert(k->seen->end == TLS_STANDS && k->shown->end == TLS_STANDS, "%s to %s, %04x: %s; %s",
              k->wants.library, k->offers.library, k->wants.min, k->seen->why, k->shown->why);
    expect_line(&k->server, &k->client, "220 here\r\n");
    expect_line(&k->client, &k->server, "EHLO c.test\r\n");
}

static void hang_up(struct talk *k)
{
    link_close(&k->client);
    link_close(&k->server);
}

static const char *sides(const struct tls_facts *f, char *text)
{
    for (size_t i = 0; i < f->flights.count && i < MOST - 1; i++) {
        text[i] = f->flights.at[i] ? 'o' : 't';
        text[i + 1] = '\0';
    }
    return text;
}

EACH_PAIRING(a_full_handshake_tells_what_it_reached)
{
    struct talk k;
    char flights[MOST] = "";
    bool new_form = p->version == 0x0304;
    talk_open(&k, p);
    k.wants.sni = "mx.test.ex";
    converse(&k);
    cr_expect_str_eq(k.seen->version, new_form ? "1.3" : "1.2");
    cr_expect_str_eq(k.shown->version, k.seen->version);
    cr_expect_not_null(k.seen->cipher);
    cr_expect_str_eq(k.seen->cipher, k.shown->cipher);
    cr_expect_str_eq(k.shown->sni, "mx.test.ex");
    cr_expect_eq(k.seen->certificates, 1);
    cr_expect_eq(k.shown->certificates, 1);
    cr_expect(!k.seen->resumed && !k.shown->resumed && !k.shown->offered);
    cr_expect_eq(k.seen->tickets, 0, "a server without a key gives no ticket");
    cr_expect_str_eq(sides(k.seen, flights), new_form ? "oto" : "otot");
    cr_expect(span_has(buf_span(&k.secrets),
                       new_form ? SPAN("SERVER_TRAFFIC_SECRET_0 ") : SPAN("CLIENT_RANDOM ")));
    talk_close(&k);
}

EACH_PAIRING(a_ticket_resumes_the_next_connection)
{
    struct talk k;
    char flights[MOST] = "";
    talk_open(&k, p);
    k.offers.ticket_key = key_a;
    converse(&k);
    cr_assert_not_null(k.seen->ticket, "%u tickets", k.seen->tickets);
    cr_expect_eq(k.seen->early > 0, p->version == 0x0303, "%u", k.seen->early);
    k.wants.ticket = k.seen->ticket;
    hang_up(&k);
    converse(&k);
    cr_expect(k.seen->resumed && k.shown->resumed && k.shown->offered);
    cr_expect_eq(k.seen->certificates, 0);
    cr_expect_str_eq(sides(k.seen, flights), "oto");
    talk_close(&k);
}

EACH_PAIRING(tickets_of_another_key_tampered_and_foreign_ones_are_declined)
{
    struct talk k;
    talk_open(&k, p);
    k.offers.ticket_key = key_a;
    converse(&k);
    const struct tls_ticket *good = k.seen->ticket;
    const struct tls_ticket *bad[3] = {good};
    hang_up(&k);
    err e = link_tls_ticket_tamper(good, k.arena, &bad[1]);
    cr_assert(!failed(e), "%s to %s, %04x: %s", p->client, p->server, p->version, e.what);
    k.wants.ticket = NULL;
    e = link_tls_ticket_foreign(&k.wants, k.offers.certificate, k.offers.key, k.arena, &bad[2]);
    cr_assert(!failed(e), "%s", e.what);
    for (int i = 0; i < 3; i++) {
        k.wants.ticket = bad[i];
        k.offers.ticket_key = i == 0 ? key_b : key_a;
        converse(&k);
        cr_expect(!k.seen->resumed && !k.shown->resumed, "case %d", i);
        cr_expect_eq(k.seen->certificates, 1);
        hang_up(&k);
    }
    talk_close(&k);
}

EACH_PAIRING(hellos_in_small_records_are_understood)
{
    struct talk k;
    talk_open(&k, p);
    k.wants.record = 20;
    k.offers.record = 30;
    converse(&k);
    talk_close(&k);
}

EACH_PAIRING(octets_read_before_go_first)
{
    struct talk k;
    char first[4096];
    size_t n = 0;
    int fds[2];
    talk_open(&k, p);
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    link_take(&k.client, fds[0]);
    link_take(&k.server, fds[1]);
    cr_assert(!failed(link_secure(&k.client, &k.wants, SPAN_EMPTY, k.arena, &k.seen)));
    (void)link_shake(&k.client);
    cr_assert_eq(link_read(&k.server, first, 40, &n), LINK_MOVED);
    cr_assert(!failed(link_secure(&k.server, &k.offers, span_of(first, n), k.arena, &k.shown)));
    shake_hands(&k);
    cr_expect_eq(k.shown->end, TLS_STANDS);
    talk_close(&k);
}

EACH_PAIRING(versions_that_do_not_meet_are_an_alert)
{
    struct talk k;
    talk_open(&k, p);
    k.wants.min = k.wants.max = p->version == 0x0304 ? 0x0303 : 0x0304;
    connect_pair(&k);
    shake_hands(&k);
    cr_expect_eq(k.seen->end, TLS_FAILED);
    cr_expect_eq(k.shown->end, TLS_FAILED);
    cr_assert_eq(k.seen->alerts.count, 1);
    bool named = strcmp(k.seen->alerts.at[0], "protocol_version") == 0;
    bool general = strcmp(k.seen->alerts.at[0], "handshake_failure") == 0;
    cr_expect(named || general, "%s", k.seen->alerts.at[0]);
    cr_expect_not_null(k.shown->why);
    talk_close(&k);
}

EACH_PAIRING(clear_text_in_place_of_a_handshake_fails_and_the_link_goes_on_in_clear)
{
    struct talk k;
    char got[64] = "";
    size_t n = 0;
    int fds[2];
    talk_open(&k, p);
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    link_take(&k.client, fds[0]);
    link_take(&k.server, fds[1]);
    cr_assert(!failed(link_secure(&k.client, &k.wants, SPAN_EMPTY, k.arena, &k.seen)));
    cr_assert_eq(link_write(&k.server, SPAN("250 injected\r\n"), &n), LINK_MOVED);
    cr_expect_eq(link_shake(&k.client), TLS_FAILED);
    cr_assert_eq(link_write(&k.server, SPAN("\x15\x03\x03\x00\x02\x02\x28" "421 bye\r\n"), &n), LINK_MOVED);
    for (int i = 0; i < ROUNDS && n != 9; i++) {
        (void)link_read(&k.client, got, sizeof got - 1, &n);
    }
    cr_expect(strstr(got, "421 bye\r\n") != NULL, "%s", got);
    talk_close(&k);
}

EACH_PAIRING(a_close_in_the_middle_is_told)
{
    struct talk k;
    talk_open(&k, p);
    k.wants.stops = true;
    k.wants.stop = 1;
    connect_pair(&k);
    cr_expect_eq(link_shake(&k.client), TLS_STOPPED);
    link_close(&k.client);
    shake_hands(&k);
    cr_expect_eq(k.shown->end, TLS_FAILED);
    cr_expect_not_null(k.shown->why);
    talk_close(&k);
}

EACH_PAIRING(one_suite_can_be_wanted)
{
    struct talk k;
    talk_open(&k, p);
    k.wants.cipher = p->version == 0x0304 ? "TLS_AES_128_GCM_SHA256"
                                          : "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256";
    converse(&k);
    cr_expect_str_eq(k.seen->cipher, k.wants.cipher);
    hang_up(&k);
    k.offers.cipher = k.wants.cipher;
    k.wants.cipher = NULL;
    converse(&k);
    cr_expect_str_eq(k.seen->cipher, k.offers.cipher);
    talk_close(&k);
}

EACH_PAIRING(the_end_is_said_and_stays)
{
    struct talk k;
    char octet;
    size_t n = 0;
    talk_open(&k, p);
    converse(&k);
    link_close(&k.server);
    enum link_state state = LINK_AGAIN;
    for (int i = 0; i < ROUNDS && state == LINK_AGAIN; i++) {
        state = link_read(&k.client, &octet, 1, &n);
    }
    cr_expect_eq(state, LINK_EOF);
    cr_expect_eq(link_read(&k.client, &octet, 1, &n), LINK_EOF);
    cr_assert_geq(k.seen->alerts.count, 1);
    cr_expect_str_eq(k.seen->alerts.at[0], "close_notify");
    talk_close(&k);
}

Test(tls, what_there_is_not_is_refused)
{
    struct arena *arena = arena_new();
    struct link l = {0};
    const struct tls_facts *facts;
    struct tls_wants none[] = {
        {.library = "nss"},
        {.library = "gnutls", .min = 0x0304, .max = 0x0303},
        {.library = "openssl", .cipher = "TLS_NULL_WITH_NULL_NULL"},
    };
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        cr_expect_eq(link_secure(&l, &none[i], SPAN_EMPTY, arena, &facts).kind, ERR_SYNTAX);
    }
    struct tls_wants broken = {
        .library = "gnutls", .server = true, .certificate = SPAN("no PEM"), .key = SPAN("neither")};
    cr_expect_eq(link_secure(&l, &broken, SPAN_EMPTY, arena, &facts).kind, ERR_IO);
    broken.library = "openssl";
    cr_expect_eq(link_secure(&l, &broken, SPAN_EMPTY, arena, &facts).kind, ERR_IO);
    cr_expect_eq(link_tls_version_read("1.3"), 0x0304);
    cr_expect_eq(link_tls_version_read("3"), 0);
    arena_free(arena);
}
