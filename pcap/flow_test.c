/* Every condition of reassembly as a row of segments, and the bounds that hold whatever comes. */
#include "pcap/flow.h"

#include "pcap/made.h"

#include <criterion/criterion.h>
#include <stdio.h>

/* One segment of a row. Numbers are relative to the initial ones, so octet 0 is 1. */
struct segment {
    char from; /* 'C', 'S'; 0 ends the row */
    unsigned flags;
    int seq, ack;
    const char *text;
};

struct flow_row {
    const char *label;
    uint32_t isn; /* of the client */
    struct segment segments[12];
    const char *client, *server; /* what must come out */
    int gaps;                    /* of both sides together */
    int flows;
};

#define SHAKE {'C', MADE_S, 0, 0, ""}, {'S', MADE_S | MADE_A, 0, 1, ""}
static const struct flow_row rows[] = {
    {"in order", 7, {SHAKE, {'C', MADE_A, 1, 1, "ab"}, {'S', MADE_A, 1, 3, "xy"}, {'C', MADE_A, 3, 3, "cd"}},
     "abcd", "xy", 0, 1},
    {"out of order", 7, {SHAKE, {'C', MADE_A, 3, 1, "cd"}, {'C', MADE_A, 1, 1, "ab"}}, "abcd", "", 0, 1},
    {"three in reverse", 7,
     {SHAKE, {'C', MADE_A, 5, 1, "ef"}, {'C', MADE_A, 3, 1, "cd"}, {'C', MADE_A, 1, 1, "ab"}}, "abcdef", "", 0, 1},
    {"retransmission", 7, {SHAKE, {'C', MADE_A, 1, 1, "ab"}, {'C', MADE_A, 1, 1, "ab"}, {'C', MADE_A, 3, 1, "c"}},
     "abc", "", 0, 1},
    {"overlap at the front", 7, {SHAKE, {'C', MADE_A, 1, 1, "abc"}, {'C', MADE_A, 2, 1, "bcde"}}, "abcde", "", 0, 1},
    {"overlap across a hole", 7,
     {SHAKE, {'C', MADE_A, 1, 1, "a"}, {'C', MADE_A, 3, 1, "c"}, {'C', MADE_A, 1, 1, "abcd"}}, "abcd", "", 0, 1},
    {"the first copy wins", 7, {SHAKE, {'C', MADE_A, 1, 1, "abc"}, {'C', MADE_A, 2, 1, "XYZ"}}, "abcZ", "", 0, 1},
    {"a gap is named and left out", 7, {SHAKE, {'C', MADE_A, 1, 1, "ab"}, {'C', MADE_A, 9, 1, "ij"}}, "abij", "", 1, 1},
    {"a gap at the end, shown by the acknowledgement", 7,
     {SHAKE, {'C', MADE_A, 1, 1, "ab"}, {'S', MADE_A, 1, 9, ""}}, "ab", "", 1, 1},
    {"a gap before FIN", 7, {SHAKE, {'C', MADE_A, 1, 1, "ab"}, {'C', MADE_A | MADE_F, 5, 1, ""}}, "ab", "", 1, 1},
    {"FIN acknowledged but not captured is no gap", 7,
     {SHAKE, {'C', MADE_A, 1, 1, "ab"}, {'S', MADE_A, 1, 4, ""}}, "ab", "", 0, 1},
    {"no SYN", 7, {{'S', MADE_A, 1, 1, "xy"}, {'C', MADE_A, 1, 3, "ab"}}, "ab", "xy", 0, 1},
    {"no SYN, the first data late", 7, {{'C', MADE_A, 3, 1, "cd"}, {'C', MADE_A, 1, 1, "ab"}}, "abcd", "", 0, 1},
    {"SYN captured behind data", 7,
     {{'C', MADE_A, 1, 1, "ab"}, {'C', MADE_S, 0, 0, ""}, {'C', MADE_A, 3, 1, "cd"}}, "abcd", "", 0, 1},
    {"SYN twice", 7, {{'C', MADE_S, 0, 0, ""}, SHAKE, {'C', MADE_A, 1, 1, "ab"}}, "ab", "", 0, 1},
    {"SYN with data", 7, {{'C', MADE_S, 0, 0, "ab"}, {'C', MADE_A, 3, 1, "c"}}, "abc", "", 0, 1},
    {"keep-alive with an octet", 7, {SHAKE, {'C', MADE_A, 1, 1, "ab"}, {'C', MADE_A, 2, 1, "!"}, {'C', MADE_A, 3, 1, "c"}},
     "abc", "", 0, 1},
    {"keep-alive without", 7, {SHAKE, {'C', MADE_A, 1, 1, "ab"}, {'C', MADE_A, 2, 1, ""}, {'C', MADE_A, 3, 1, "c"}},
     "abc", "", 0, 1},
    {"numbers wrap around", 0xfffffffdu,
     {SHAKE, {'C', MADE_A, 5, 1, "ef"}, {'C', MADE_A, 1, 1, "abcd"}, {'C', MADE_A, 3, 1, "cdef"}, {'C', MADE_A, 7, 1, "g"}},
     "abcdefg", "", 0, 1},
    {"data behind FIN is left out", 7,
     {SHAKE, {'C', MADE_A | MADE_F, 1, 1, "ab"}, {'C', MADE_A, 3, 1, "cd"}}, "ab", "", 0, 1},
    {"data of a RST is left out", 7,
     {SHAKE, {'C', MADE_A, 1, 1, "ab"}, {'C', MADE_R, 3, 0, "why"}}, "ab", "", 0, 1},
    {"a segment outside any window", 7,
     {SHAKE, {'C', MADE_A, 1, 1, "ab"}, {'C', MADE_A, 900000000, 1, "zz"}, {'C', MADE_A, 3, 1, "c"}}, "abc", "", 0, 1},
    {"a late acknowledgement begins nothing", 7, {{'C', MADE_A, 1, 1, ""}}, NULL, NULL, 0, 0},
    {"ports used again after FIN of both", 7,
     {SHAKE, {'C', MADE_A | MADE_F, 1, 1, "ab"}, {'S', MADE_A | MADE_F, 1, 4, "x"}, {'C', MADE_S, 5000, 0, ""},
      {'S', MADE_S | MADE_A, 7000, 5001, ""}, {'C', MADE_A, 5001, 7001, "new"}}, "new", "", 0, 2},
    {"ports used again without any end", 7,
     {SHAKE, {'C', MADE_A, 1, 1, "ab"}, {'C', MADE_S, 500000, 0, ""}, {'C', MADE_A, 500001, 1, "new"}}, "new", "", 0, 2},
    {"the server's SYN alone says who is who", 7,
     {{'S', MADE_S | MADE_A, 0, 1, ""}, {'C', MADE_A, 1, 1, "ab"}}, "ab", "", 0, 1},
};

struct seen {
    int flows, gaps;
    char client[64], server[64];
    uint64_t differing;
    const char *cut;
    uint64_t stream;
    char order[32];
};

static err see(void *context, const struct capture_flow *f)
{
    struct seen *s = context;
    s->flows++;
    s->gaps = (int)(f->side[0].gaps.count + f->side[1].gaps.count);
    snprintf(s->client, sizeof s->client, "%.*s", SPAN_FMT(f->side[CAPTURE_CLIENT].octets));
    snprintf(s->server, sizeof s->server, "%.*s", SPAN_FMT(f->side[CAPTURE_SERVER].octets));
    s->differing = f->side[0].differing + f->side[1].differing;
    s->cut = f->cut;
    s->stream = f->stream;
    s->order[0] = '\0';
    for (size_t i = 0; i < f->pieces.count && i < 31; i++) {
        strcat(s->order, f->pieces.at[i].side == CAPTURE_CLIENT ? "C" : "S");
    }
    return OK;
}

static void play(const struct flow_row *r, struct seen *seen)
{
    struct arena *arena = arena_new();
    struct capture_limits limits = capture_limits_usual();
    struct capture_flows *f = capture_flows_new(&limits, see, seen, arena);
    for (size_t i = 0; i < 12 && r->segments[i].from; i++) {
        const struct segment *g = &r->segments[i];
        bool client = g->from == 'C';
        struct capture_packet p = made_packet(i + 1, client, g->flags, (client ? r->isn : 100) + (uint32_t)g->seq,
                                              (client ? 100 : r->isn) + (uint32_t)g->ack, span_text(g->text));
        cr_assert(!failed(capture_flows_add(f, &p)), "%s", r->label);
    }
    cr_assert(!failed(capture_flows_end(f)), "%s", r->label);
    cr_assert_eq(capture_flows_held(f), 0, "%s: octets still counted", r->label);
    capture_flows_free(f);
    arena_free(arena);
}

Test(capture_flow, every_condition_of_reassembly)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct seen seen = {0};
        play(&rows[i], &seen);
        cr_assert_eq(seen.flows, rows[i].flows, "%s: %d flows", rows[i].label, seen.flows);
        if (rows[i].client) {
            cr_assert_str_eq(seen.client, rows[i].client, "%s: client %s", rows[i].label, seen.client);
            cr_assert_str_eq(seen.server, rows[i].server, "%s: server %s", rows[i].label, seen.server);
        }
        cr_assert_eq(seen.gaps, rows[i].gaps, "%s: %d gaps", rows[i].label, seen.gaps);
    }
}

Test(capture_flow, differing_copies_are_counted)
{
    struct flow_row r = {"", 7, {SHAKE, {'C', MADE_A, 1, 1, "abc"}, {'C', MADE_A, 1, 1, "aXc"}}, "", "", 0, 1};
    struct seen seen = {0};
    play(&r, &seen);
    cr_assert_eq(seen.differing, 1);
    cr_assert_str_eq(seen.client, "abc");
}

Test(capture_flow, a_piece_counts_when_the_hole_before_it_is_filled)
{
    /* "cd" is captured first, but the server cannot have read it before "ab" came */
    struct flow_row r = {"", 7, {SHAKE, {'C', MADE_A, 3, 1, "cd"}, {'S', MADE_A, 1, 1, "x"}, {'C', MADE_A, 1, 2, "ab"}}, "", "", 0, 1};
    struct seen seen = {0};
    play(&r, &seen);
    cr_assert_str_eq(seen.order, "SCC");
}

static struct capture_packet other_port(struct capture_packet p, uint16_t port)
{
    *(p.from_port == 25 ? &p.to_port : &p.from_port) = port;
    return p;
}

Test(capture_flow, open_flows_are_bounded_and_the_oldest_goes)
{
    struct arena *arena = arena_new();
    struct seen seen = {0};
    struct capture_limits limits = {.open_flows = 3, .flow_octets = 100, .total_octets = 10000, .idle = 60000};
    struct capture_flows *f = capture_flows_new(&limits, see, &seen, arena);
    for (uint16_t i = 0; i < 5; i++) {
        struct capture_packet p = other_port(made_packet(i + 1u, true, MADE_S, 1, 0, SPAN_EMPTY), (uint16_t)(2000 + i));
        cr_assert(!failed(capture_flows_add(f, &p)));
    }
    cr_assert_eq(seen.flows, 2);
    cr_assert_eq(seen.stream, 1);
    cr_assert(strstr(seen.cut, "too many"));
    capture_flows_free(f);
    arena_free(arena);
}

Test(capture_flow, octets_of_a_flow_are_bounded)
{
    struct arena *arena = arena_new();
    struct seen seen = {0};
    struct capture_limits limits = {.open_flows = 3, .flow_octets = 4, .total_octets = 100000, .idle = 60000};
    struct capture_flows *f = capture_flows_new(&limits, see, &seen, arena);
    struct made_talk t;
    made_begin(&t, f);
    made_send(&t, true, MADE_A, SPAN("abc"));
    made_send(&t, true, MADE_A, SPAN("def"));
    cr_assert(!t.failed && !failed(capture_flows_end(f)));
    cr_assert_str_eq(seen.client, "abc");
    capture_flows_free(f);
    arena_free(arena);
}

Test(capture_flow, a_hung_session_and_a_last_word_that_is_said_again_are_one_connection)
{
    struct arena *arena = arena_new();
    struct seen seen = {0};
    struct capture_limits limits = capture_limits_usual();
    struct capture_flows *f = capture_flows_new(&limits, see, &seen, arena);
    struct capture_packet p = made_packet(1, true, MADE_A | MADE_F, 1, 1, SPAN("QUIT\r\n"));
    cr_assert(!failed(capture_flows_add(f, &p)));
    p = made_packet(2, false, MADE_A | MADE_F, 1, 8, SPAN("221\r\n"));
    p.at += 5400 * NANOS_PER_SECOND;
    cr_assert(!failed(capture_flows_add(f, &p)));
    for (unsigned wait = 4; wait < 60; wait *= 2) {
        p.at += wait * NANOS_PER_SECOND;
        cr_assert(!failed(capture_flows_add(f, &p)));
    }
    cr_assert(!failed(capture_flows_end(f)));
    cr_assert_eq(seen.flows, 1);
    capture_flows_free(f);
    arena_free(arena);
}

Test(capture_flow, what_is_idle_by_the_captures_time_is_given_up)
{
    struct arena *arena = arena_new();
    struct seen seen = {0};
    struct capture_limits limits = {.open_flows = 3, .flow_octets = 100, .total_octets = 10000, .idle = 60000};
    struct capture_flows *f = capture_flows_new(&limits, see, &seen, arena);
    struct capture_packet p = made_packet(1, true, MADE_S, 1, 0, SPAN_EMPTY);
    cr_assert(!failed(capture_flows_add(f, &p)));
    p = other_port(p, 3000);
    p.at += 61 * NANOS_PER_SECOND;
    cr_assert(!failed(capture_flows_add(f, &p)));
    cr_assert_eq(seen.flows, 1);
    cr_assert(strstr(seen.cut, "idle"));
    capture_flows_free(f);
    arena_free(arena);
}
