/* The wire between two others: what is held, whose turn it is, and that no octet changes. */
#include "harness/interop/wire.h"

#include "base/socket.h"

#include <criterion/criterion.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LONG = 10000 };

struct ends {
    int client[2], server[2]; /* [0] is the test's */
    atomic_bool asleep;
    bool refuses;
};

static err dial(void *context, int *fd)
{
    struct ends *x = context;
    *fd = x->server[1];
    return x->refuses ? err_of(ERR_IO, "nobody is there") : OK;
}

static bool asleep(void *context)
{
    struct ends *x = context;
    return x->asleep;
}

static struct wire *open_wire(struct ends *x)
{
    struct wire *w;
    struct wire_ends ends = {dial, asleep, x};
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, x->client), 0);
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, x->server), 0);
    cr_assert(!failed(wire_open(&ends, &w)));
    return w;
}

static void say(int fd, const char *text)
{
    cr_assert(!failed(socket_write(fd, span_text(text), LONG)));
}

static void expect_heard(int fd, const char *text)
{
    char got[256];
    size_t len = 0;
    while (len < strlen(text)) {
        size_t n;
        cr_assert(!failed(socket_read(fd, got + len, sizeof got - len, LONG, &n)), "%s", text);
        len += n;
    }
    cr_expect_arr_eq(got, text, len, "%s", text);
    cr_expect_eq(len, strlen(text), "%s", text);
}

/* The wire has taken it in, and holds it. */
static void wait_until_held(struct wire *w)
{
    while (wire_idle(w)) {
        usleep(1000);
    }
}

static void expect_nothing(int fd)
{
    char byte;
    cr_expect_eq(recv(fd, &byte, 1, MSG_DONTWAIT), -1);
}

static void expect_flights(const struct transcript *t, const char *wanted)
{
    struct arena *arena = arena_new();
    side_list flights;
    char got[32] = "";
    transcript_flights(t, 3, 1, NULL, arena, &flights);
    for (size_t i = 0; i < flights.count; i++) {
        got[i] = flights.at[i] == SIDE_C ? 'C' : 'S';
    }
    cr_expect_str_eq(got, wanted);
    arena_free(arena);
}

Test(wire, a_turn_comes_when_both_sleep)
{
    struct arena *arena = arena_new();
    struct ends x = {.asleep = true};
    struct wire *w = open_wire(&x);
    struct transcript t;
    const char *why;
    transcript_init(&t, arena);
    wire_take(w, 3, 1, x.client[1]);
    say(x.server[0], "220 mx\r\n");
    expect_heard(x.client[0], "220 mx\r\n");
    x.asleep = false;
    say(x.client[0], "EHLO c\r\n");
    wait_until_held(w);
    expect_nothing(x.server[0]);
    x.asleep = true;
    expect_heard(x.server[0], "EHLO c\r\n");
    x.asleep = false;
    say(x.server[0], "250-mx\r\n");
    wait_until_held(w);
    say(x.server[0], "250 DSN\r\n");
    expect_nothing(x.client[0]);
    x.asleep = true;
    expect_heard(x.client[0], "250-mx\r\n250 DSN\r\n");
    close(x.client[0]);
    expect_nothing(x.server[0]);
    close(x.server[0]);
    while (!wire_over(w, 3, 1)) {
        usleep(1000);
    }
    wire_close(w, &t, &why);
    cr_expect_null(why);
    expect_flights(&t, "SCS");
    cr_expect(span_eq(transcript_side(&t, 3, 1, SIDE_S, arena), SPAN("220 mx\r\n250-mx\r\n250 DSN\r\n")));
    arena_free(arena);
}

Test(wire, who_speaks_before_the_banner_has_the_first_flight)
{
    struct arena *arena = arena_new();
    struct ends x = {.asleep = false};
    struct wire *w = open_wire(&x);
    struct transcript t;
    const char *why;
    transcript_init(&t, arena);
    say(x.client[0], "EHLO c\r\nMAIL FROM:<>\r\n");
    wire_take(w, 3, 1, x.client[1]);
    say(x.server[0], "220 mx\r\n");
    wait_until_held(w);
    x.asleep = true;
    expect_heard(x.server[0], "EHLO c\r\nMAIL FROM:<>\r\n");
    expect_heard(x.client[0], "220 mx\r\n");
    wire_close(w, &t, &why);
    expect_flights(&t, "CS");
    arena_free(arena);
}

Test(wire, who_closes_behind_quit_is_answered_all_the_same)
{
    struct arena *arena = arena_new();
    struct ends x = {.asleep = false};
    struct wire *w = open_wire(&x);
    struct transcript t;
    const char *why;
    transcript_init(&t, arena);
    say(x.client[0], "QUIT\r\n");
    close(x.client[0]);
    wire_take(w, 3, 1, x.client[1]);
    x.asleep = true;
    expect_heard(x.server[0], "QUIT\r\n");
    say(x.server[0], "221 bye\r\n");
    close(x.server[0]);
    while (!wire_over(w, 3, 1)) {
        usleep(1000);
    }
    wire_close(w, &t, &why);
    expect_flights(&t, "CS");
    arena_free(arena);
}

Test(wire, a_receiver_that_takes_no_connection_is_told)
{
    struct arena *arena = arena_new();
    struct ends x = {.asleep = true, .refuses = true};
    struct wire *w = open_wire(&x);
    struct transcript t;
    const char *why;
    transcript_init(&t, arena);
    wire_take(w, 3, 1, x.client[1]);
    cr_expect(wire_over(w, 3, 1));
    wire_close(w, &t, &why);
    cr_assert_not_null(why);
    cr_expect_not_null(strstr(why, "nobody is there"));
    arena_free(arena);
}
