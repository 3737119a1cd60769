/* Key logs line by line, and tickets that stand for a secret no log has. */
#include "pcap/tls_secrets.h"

#include <criterion/criterion.h>

#define R "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define Q "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define S32 "aa112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define S48 S32 "00112233445566778899aabbccddeeff"

static const struct {
    const char *label, *log, *says; /* NULL: it is fine */
    size_t sessions;
} rows[] = {
    {"nothing", "", NULL, 0},
    {"comments and empty lines", "# a log\n\n   \n", NULL, 0},
    {"a master secret", "CLIENT_RANDOM " R " " S48 "\n", NULL, 1},
    {"capitals, CRLF, no end of line", "CLIENT_RANDOM " R " " S48 "\r\nCLIENT_TRAFFIC_SECRET_0 FF0102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F " S32, NULL, 2},
    {"one session, several lines", "CLIENT_TRAFFIC_SECRET_0 " R " " S32 "\nSERVER_TRAFFIC_SECRET_0 " R " " S48 "\n", NULL, 1},
    {"what is of no use here", "EXPORTER_SECRET " R " " S32 "\nRSA 0001020304050607 " S48 "\n", NULL, 0},
    {"a word alone", "\nCLIENT_RANDOM\n", "log:2: it wants LABEL RANDOM SECRET", 0},
    {"a word too many", "CLIENT_RANDOM " R " " S48 " x\n", "log:1: it wants LABEL RANDOM SECRET", 0},
    {"a short random", "CLIENT_RANDOM 0001 " S48 "\n", "log:1: the random wants 64", 0},
    {"a random that is no hex", "CLIENT_RANDOM x00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f " S48 "\n", "log:1: the random wants 64", 0},
    {"a master secret cut off", "# x\n\nCLIENT_RANDOM " R " " S32 "\n", "log:3: a master secret wants 96", 0},
    {"an odd digit", "CLIENT_TRAFFIC_SECRET_0 " R " " S32 "a\n", "log:1: a traffic secret wants 64 or 96", 0},
    {"too long", "CLIENT_TRAFFIC_SECRET_0 " R " " S48 "aa\n", "log:1: a traffic secret wants", 0},
    {"some other text", "220 mx.test.ex ESMTP\n", "log:1: behind a label it wants two words of hex", 0},
    {"some other file", "GIF89a\n", "log:1: it wants LABEL", 0},
};

Test(capture_secrets, a_mistake_is_told_by_its_line)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new();
        struct capture_secrets *s = capture_secrets_new(arena);
        err e = capture_secrets_read(s, span_text(rows[i].log), "log");
        cr_assert_eq(failed(e), rows[i].says != NULL, "%s: %s", rows[i].label, e.what);
        cr_assert(!failed(e) || strstr(e.what, rows[i].says), "%s: %s", rows[i].label, e.what);
        cr_assert(failed(e) || capture_secrets_count(s) == rows[i].sessions, "%s: %zu", rows[i].label, capture_secrets_count(s));
        arena_free(arena);
    }
}

static span random_of(unsigned char first)
{
    static unsigned char octets[2][32];
    unsigned char *at = octets[first != 0];
    for (unsigned char i = 0; i < 32; i++) {
        at[i] = i;
    }
    at[0] = first;
    return span_of(at, 32);
}

Test(capture_secrets, are_found_by_random_and_kind_and_the_first_stays)
{
    struct arena *arena = arena_new();
    struct capture_secrets *s = capture_secrets_new(arena);
    cr_assert(!failed(capture_secrets_read(s, SPAN("SERVER_TRAFFIC_SECRET_0 " Q " " S32 "\nCLIENT_RANDOM " R " " S48 "\n"), "a")));
    cr_assert_eq(capture_secrets_find(s, TLS_SECRET_MASTER, random_of(0)).len, 48u);
    cr_assert(!failed(capture_secrets_read(s, SPAN("CLIENT_RANDOM " R " 00" S32 "00112233445566778899aabbccddee\n"), "b")));
    span secret = capture_secrets_find(s, TLS_SECRET_MASTER, random_of(0));
    cr_assert(secret.len == 48 && secret.at[0] == 0xaa);
    cr_assert_eq(capture_secrets_find(s, TLS_SECRET_SERVER_TRAFFIC, random_of(0xff)).len, 32u);
    cr_assert_eq(capture_secrets_find(s, TLS_SECRET_CLIENT_TRAFFIC, random_of(0xff)).len, 0u);
    cr_assert_eq(capture_secrets_find(s, TLS_SECRET_MASTER, random_of(0xff)).len, 0u);
    cr_assert(capture_secrets_know(s, random_of(0xff)) && !capture_secrets_know(s, random_of(7)));
    arena_free(arena);
}

Test(capture_secrets, a_ticket_stands_for_the_session_that_got_it_last)
{
    struct arena *arena = arena_new();
    struct capture_secrets *s = capture_secrets_new(arena);
    unsigned char master[48] = {1};
    unsigned char later[48] = {2};
    span ticket = SPAN("a ticket that is longer than what is kept of it, by far");
    capture_secrets_remember(s, ticket, span_of(master, 48));
    capture_secrets_remember(s, SPAN(""), span_of(later, 48));
    cr_assert(span_eq(capture_secrets_recall(s, ticket), span_of(master, 48)));
    cr_assert_eq(capture_secrets_recall(s, span_from(ticket, 1)).len, 0u);
    cr_assert_eq(capture_secrets_recall(s, SPAN_EMPTY).len, 0u);
    capture_secrets_remember(s, ticket, span_of(later, 48));
    cr_assert(span_eq(capture_secrets_recall(s, ticket), span_of(later, 48)));
    for (unsigned i = 0; i < 5000; i++) {
        capture_secrets_remember(s, span_of(&i, sizeof i), span_of(master, 48));
    }
    cr_assert_eq(capture_secrets_recall(s, ticket).len, 0u, "memory is bounded");
    arena_free(arena);
}
