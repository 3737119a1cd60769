/* What is a reply and what is not, however it is cut. */
#include "ref/client/reply.h"

#include <criterion/criterion.h>

static err read_one(span in, size_t grain, struct arena *arena, struct client_reply *reply)
{
    static struct wire_memory w;
    struct client_reader r;
    wire_memory_init(&w, in, 64);
    w.grain = grain;
    client_reader_init(&r, &w.wire, clock_system());
    err e = client_reply_read(&r, 1000, arena, reply);
    wire_close(&w.wire);
    return e;
}

static const struct {
    const char *label, *in;
    unsigned code;
    const char *text, *status;
} good[] = {
    {"one line", "250 ok\r\n", 250, "250 ok", ""},
    {"nothing but the code", "250\r\n", 250, "250", ""},
    {"a blank and no text", "250 \r\n", 250, "250 ", ""},
    {"several lines", "250-a\r\n250-\r\n250 c\r\n", 250, "250-a\n250-\n250 c", ""},
    {"the last line may lack its blank", "250-a\r\n250\r\n", 250, "250-a\n250", ""},
    {"a code that nobody knows", "599 no\r\n", 599, "599 no", ""},
    {"an enhanced status", "550 5.1.1 no such user\r\n", 550, "550 5.1.1 no such user", "5.1.1"},
    {"of three digits", "452-4.310.255 full\r\n452 4.310.255 x\r\n", 452,
     "452-4.310.255 full\n452 4.310.255 x", "4.310.255"},
    {"a status alone", "250 2.0.0\r\n", 250, "250 2.0.0", "2.0.0"},
    {"a status of another class is none", "550 2.1.1 odd\r\n", 550, "550 2.1.1 odd", ""},
    {"an address is no status", "220 2.1.1.4 hello\r\n", 220, "220 2.1.1.4 hello", ""},
    {"codes in the text", "250-550 no\r\n250 421 bye\r\n", 250, "250-550 no\n250 421 bye", ""},
    {"octets above 127", "250 gr\xc3\xbc\xc3\x9f\r\n", 250, "250 gr\xc3\xbc\xc3\x9f", ""},
};

Test(client_reply, a_reply_is_understood_however_it_is_cut)
{
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        for (size_t grain = 0; grain < 4; grain++) {
            struct client_reply r;
            err e = read_one(span_text(good[i].in), grain, arena, &r);
            cr_assert_not(failed(e), "%s: %s", good[i].label, e.what);
            cr_assert_eq(r.code, good[i].code, "%s", good[i].label);
            cr_assert(span_eq(r.text, span_text(good[i].text)), "%s: %.*s", good[i].label,
                      SPAN_FMT(r.text));
            cr_assert(span_eq(r.status, span_text(good[i].status)), "%s: %.*s", good[i].label,
                      SPAN_FMT(r.status));
        }
    }
    arena_free(arena);
}

static const struct {
    const char *label;
    span in;
    enum err_kind kind;
} bad[] = {
#define ROW(label, in, kind) {label, {(const unsigned char *)(in), sizeof(in) - 1}, kind}
    ROW("an LF alone", "250 ok\n", ERR_SYNTAX),
    ROW("a CR alone", "250 o\rk\r\n", ERR_SYNTAX),
    ROW("two CRs", "250 ok\r\r\n", ERR_SYNTAX),
    ROW("a NUL", "250 o\0k\r\n", ERR_SYNTAX),
    ROW("no code", "hello\r\n", ERR_SYNTAX),
    ROW("two digits", "25 ok\r\n", ERR_SYNTAX),
    ROW("an empty line", "\r\n", ERR_SYNTAX),
    ROW("first digit 1", "150 wait\r\n", ERR_SYNTAX),
    ROW("first digit 6", "650 what\r\n", ERR_SYNTAX),
    ROW("no blank behind the code", "250ok\r\n", ERR_SYNTAX),
    ROW("HTTP", "HTTP/1.1 400 Bad Request\r\n", ERR_SYNTAX),
    ROW("codes that differ", "250-a\r\n550 b\r\n", ERR_SYNTAX),
    ROW("codes that differ at the end", "250-a\r\n250-b\r\n251 c\r\n", ERR_SYNTAX),
    ROW("half a line", "250 o", ERR_CLOSED),
    ROW("half a reply", "250-a\r\n", ERR_CLOSED),
    ROW("nothing", "", ERR_CLOSED),
#undef ROW
};

Test(client_reply, what_is_no_reply_is_refused)
{
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        for (size_t grain = 0; grain < 3; grain++) {
            struct client_reply r;
            err e = read_one(bad[i].in, grain, arena, &r);
            cr_assert_eq(e.kind, bad[i].kind, "%s: %s", bad[i].label, err_kind_name(e.kind));
            cr_assert_eq(r.code, 0, "%s", bad[i].label);
        }
    }
    arena_free(arena);
}

/* A wire that says the same for ever. */
struct endless {
    struct wire wire;
    const char *what;
    size_t given;
};

static err endless_read(struct wire *wire, void *at, size_t room, millis wait, size_t *got)
{
    (void)wait;
    struct endless *w = (struct endless *)wire;
    size_t len = strlen(w->what);
    for (size_t i = 0; i < room; i++) {
        ((char *)at)[i] = w->what[(w->given + i) % len];
    }
    w->given += room;
    *got = room;
    return OK;
}

Test(client_reply, what_never_ends_is_given_up)
{
    static const char *const what[] = {"2", "250-a\r\n", "250-\r\n", "250 \xff"};
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof what / sizeof *what; i++) {
        struct endless w = {.wire = {.read = endless_read}, .what = what[i]};
        struct client_reader r;
        struct client_reply reply;
        client_reader_init(&r, &w.wire, clock_system());
        cr_assert_eq(client_reply_read(&r, 60000, arena, &reply).kind, ERR_LIMIT, "%s", what[i]);
        cr_assert_lt(w.given, 4 * CLIENT_REPLY_LIMIT, "%s", what[i]);
    }
    cr_assert_lt(arena_used(arena), 64u << 10);
    arena_free(arena);
}

/* A wire that gives an octet of a reply whenever it is asked, and moves a clock. */
struct drip {
    struct wire wire;
    struct clock_still clock;
};

static err drip_read(struct wire *wire, void *at, size_t room, millis wait, size_t *got)
{
    (void)room, (void)wait;
    struct drip *w = (struct drip *)wire;
    clock_still_move(&w->clock, 60 * NANOS_PER_SECOND);
    *(char *)at = 'x';
    *got = 1;
    return OK;
}

Test(client_reply, one_octet_a_minute_does_not_keep_us)
{
    struct arena *arena = arena_new();
    struct drip w = {.wire = {.read = drip_read}};
    struct client_reader r;
    struct client_reply reply;
    clock_still_init(&w.clock, 0, 0);
    client_reader_init(&r, &w.wire, &w.clock.clock);
    cr_assert_eq(client_reply_read(&r, 300000, arena, &reply).kind, ERR_TIMEOUT);
    arena_free(arena);
}
