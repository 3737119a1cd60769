/* A link over a socket pair and over loopback: the four things that a read can say, half-close,
   reset, and a connection that is refused. */
#include "harness/link/link.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

static void pair(struct link *a, struct link *b)
{
    int fds[2];
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    link_take(a, fds[0]);
    link_take(b, fds[1]);
}

Test(link, a_read_never_waits)
{
    struct link a;
    struct link b;
    char octets[8];
    size_t n = 0;
    pair(&a, &b);
    cr_expect_eq(link_read(&a, octets, sizeof octets, &n), LINK_AGAIN);
    cr_expect_eq(link_write(&b, SPAN("abc"), &n), LINK_MOVED);
    cr_expect_eq(link_read(&a, octets, sizeof octets, &n), LINK_MOVED);
    cr_expect_eq(n, 3);
    link_shut(&b);
    cr_expect_eq(link_read(&a, octets, sizeof octets, &n), LINK_EOF);
    cr_expect_eq(link_write(&a, SPAN("d"), &n), LINK_MOVED, "half closed: our direction is open");
    cr_expect_eq(link_read(&b, octets, sizeof octets, &n), LINK_MOVED);
    link_close(&a);
    link_close(&a);
    cr_expect_eq(link_write(&b, SPAN("e"), &n), LINK_EOF, "nobody is there, and no signal either");
    link_close(&b);
}

static void loopback(struct link *client, struct link *server, struct address *at)
{
    int listener = -1;
    cr_assert(address_parse(SPAN("127.0.0.1"), 0, at));
    cr_assert(!failed(socket_listen(at, 4, &listener)));
    (void)failed(socket_name(listener, at));
    cr_assert(!failed(link_connect(client, at, NULL)));
    struct pollfd ready = {.fd = listener, .events = POLLIN};
    cr_assert_eq(poll(&ready, 1, 2000), 1);
    cr_assert(!failed(link_accept(server, listener)));
    cr_expect_eq(link_accept(server, listener).kind, ERR_DEFER, "no second connection waits");
    close(listener);
    ready = (struct pollfd){.fd = client->fd, .events = POLLOUT};
    cr_assert_eq(poll(&ready, 1, 2000), 1);
    cr_assert(!failed(link_connected(client)));
}

Test(link, a_reset_is_no_end_of_file)
{
    struct link client;
    struct link server;
    struct address at;
    char octets[8];
    size_t n = 0;
    loopback(&client, &server, &at);
    link_reset(&server);
    struct pollfd ready = {.fd = client.fd, .events = POLLIN};
    cr_assert_eq(poll(&ready, 1, 2000), 1);
    cr_expect_eq(link_read(&client, octets, sizeof octets, &n), LINK_RST);
    link_close(&client);
}

Test(link, a_refused_connection_says_so)
{
    struct link client;
    struct link server;
    struct address at;
    loopback(&client, &server, &at);
    link_close(&server);
    link_close(&client);
    err e = link_connect(&client, &at, NULL);
    if (!failed(e)) {
        struct pollfd ready = {.fd = client.fd, .events = POLLOUT};
        cr_assert_eq(poll(&ready, 1, 2000), 1);
        e = link_connected(&client);
        link_close(&client);
    }
    cr_expect_eq(e.kind, ERR_IO);
}

Test(link, the_client_address_can_be_chosen)
{
    struct link client;
    struct address to;
    struct address from;
    struct address local;
    int listener = -1;
    cr_assert(address_parse(SPAN("127.0.0.1"), 0, &to));
    cr_assert(address_parse(SPAN("127.0.0.2"), 0, &from));
    cr_assert(!failed(socket_listen(&to, 4, &listener)));
    (void)failed(socket_name(listener, &to));
    cr_assert(!failed(link_connect(&client, &to, &from)));
    struct pollfd ready = {.fd = client.fd, .events = POLLOUT};
    cr_assert_eq(poll(&ready, 1, 2000), 1);
    cr_assert(!failed(socket_name(client.fd, &local)));
    cr_expect(address_same_host(&local, &from));
    link_close(&client);
    close(listener);
}

static void *reset_soon(void *link)
{
    usleep(100000);
    link_reset(link);
    return NULL;
}

Test(link, a_port_that_is_still_held_is_waited_for)
{
    struct link first;
    struct link second;
    struct address to;
    struct address from;
    pthread_t thread;
    int listener = -1;
    cr_assert(address_parse(SPAN("127.0.0.1"), 0, &to));
    cr_assert(address_parse(SPAN("127.0.0.2"), 0, &from));
    cr_assert(!failed(socket_listen(&to, 4, &listener)));
    (void)failed(socket_name(listener, &to));
    cr_assert(!failed(link_connect(&first, &to, &from)));
    struct pollfd ready = {.fd = first.fd, .events = POLLOUT};
    cr_assert_eq(poll(&ready, 1, 2000), 1);
    cr_assert(!failed(socket_name(first.fd, &from)));
    cr_assert_eq(pthread_create(&thread, NULL, reset_soon, &first), 0);
    cr_expect(!failed(link_connect(&second, &to, &from)));
    pthread_join(thread, NULL);
    link_reset(&second);
    close(listener);
}
