/* A link made longer: nothing arrives before its time, everything arrives, in order, the end last. */
#include "harness/link/delay.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { RTT = 100, SOON = 5000 };

struct pair {
    struct arena *arena;
    struct link l;
    int peer;
    millis began;
};

static void open_pair(struct pair *p, bool accepted)
{
    int fds[2];
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    p->arena = arena_new();
    p->peer = fds[1];
    link_take(&p->l, fds[0]);
    p->began = clock_ticks();
    link_lengthen(&p->l, RTT, accepted, p->arena);
}

static void close_pair(struct pair *p)
{
    link_close(&p->l);
    close(p->peer);
    arena_free(p->arena);
}

/* Reads until something is told; *when is how long after the beginning. */
static enum link_state await(struct pair *p, char *at, size_t room, size_t *got, millis *when)
{
    enum link_state state = LINK_AGAIN;
    millis until = clock_ticks() + SOON;
    while (state == LINK_AGAIN && clock_ticks() < until) {
        state = link_read(&p->l, at, room, got);
        (void)poll(NULL, 0, 1);
    }
    *when = clock_ticks() - p->began;
    return state;
}

Test(delay, octets_come_late_and_in_order)
{
    struct pair p;
    char text[16];
    size_t got = 0;
    millis when;
    open_pair(&p, false);
    cr_assert_eq(write(p.peer, "one", 3), 3);
    cr_expect(link_holds(&p.l));
    cr_assert_eq(await(&p, text, 2, &got, &when), LINK_MOVED);
    cr_expect(got == 2 && memcmp(text, "on", 2) == 0);
    cr_expect_geq(when, 2 * RTT, "the greeting takes the set-up and half a round trip: %d", (int)when);
    cr_assert_eq(await(&p, text, sizeof text, &got, &when), LINK_MOVED);
    cr_expect(got == 1 && text[0] == 'e');
    cr_expect(!link_holds(&p.l), "nothing is under way");
    cr_assert_eq(write(p.peer, "two", 3), 3);
    close(p.peer);
    millis before = clock_ticks() - p.began;
    cr_assert_eq(await(&p, text, sizeof text, &got, &when), LINK_MOVED);
    cr_expect_geq(when - before, RTT / 2 - 1);
    cr_assert_eq(await(&p, text, sizeof text, &got, &when), LINK_EOF);
    cr_assert_eq(await(&p, text, sizeof text, &got, &when), LINK_EOF, "the end stays the end");
    p.peer = -1;
    close_pair(&p);
}

Test(delay, what_was_said_arrives_before_the_close)
{
    struct pair p;
    char text[16];
    size_t put = 0;
    open_pair(&p, true);
    cr_assert_eq(link_write(&p.l, SPAN("bye"), &put), LINK_MOVED);
    cr_expect_eq(put, 3);
    cr_expect_eq(recv(p.peer, text, sizeof text, MSG_DONTWAIT), -1, "not at once");
    link_close(&p.l);
    cr_expect_geq(clock_ticks() - p.began, RTT);
    cr_expect_eq(recv(p.peer, text, sizeof text, 0), 3);
    cr_expect_eq(recv(p.peer, text, sizeof text, 0), 0);
    close_pair(&p);
}

Test(delay, a_link_without_length_holds_nothing)
{
    struct link none = {0};
    cr_expect(!link_holds(&none));
}
