/* What comes over the network is what the server behind it has. The server here answers from a
   zone, so that both sources can be compared; it can also be silent, or say what no server says. */
#include "base/task.h"
#include "ref/dns/record.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static const char zone_text[] = "$ORIGIN example.test.\n"
                                "$TTL 5\n"
                                "@ MX 10 mx\n"
                                "@ TXT \"one\" \"two\"\n"
                                "mx A 127.0.0.9\n"
                                "alias CNAME mx\n"
                                "broken SERVFAIL\n"
                                "odd\\032name TXT \"here\"\n"
                                "1.0.0.127.in-addr.arpa. PTR loop.example.test.\n"
                                "1.0.168.192.in-addr.arpa. PTR lan.example.test.\n";

struct server {
    int fd;
    struct dns *zone;
    struct task_group *group;
    char name[64];
    bool silent;
    _Atomic bool stop;
};

static void put_record(struct buf *out, span owner, enum dns_type type, uint32_t ttl, span rdata)
{
    const unsigned char head[] = {0, (unsigned char)type, 0, 1, 0, 0, 0, (unsigned char)ttl,
                                  (unsigned char)(rdata.len >> 8), (unsigned char)rdata.len};
    buf_put(out, owner);
    buf_put(out, span_of(head, sizeof head));
    buf_put(out, rdata);
}

/* One question and its answer; CNAME chains have one link here. */
static void answer(const struct server *s, span query, struct buf *out)
{
    struct arena *arena = arena_new();
    struct cursor c = cursor_of(query);
    span head;
    struct dns_name name;
    uint16_t type, class;
    if (cursor_take_count(&c, 12, &head) && dns_name_take(&c, &name) &&
        cursor_take_be16(&c, &type) && cursor_take_be16(&c, &class)) {
        struct dns_answer a, link;
        span text = dns_name_text(&name, arena);
        dns_ask(s->zone, text, type, arena, &a);
        dns_ask(s->zone, text, DNS_CNAME, arena, &link);
        unsigned code = a.outcome == DNS_AGAIN ? 2 : a.outcome == DNS_NO_NAME ? 3 : 0;
        unsigned char counts[10] = {0x85, (unsigned char)(0x80 | code), 0, 1, 0,
                                    (unsigned char)(a.count + link.count)};
        buf_put(out, span_first(query, 2));
        buf_put(out, span_of(counts, sizeof counts));
        buf_put(out, span_part(query, 12, c.pos - 12));
        span owner = span_of(name.at, name.len);
        if (link.count > 0) {
            put_record(out, owner, DNS_CNAME, link.at[0].ttl, link.at[0].rdata);
            owner = link.at[0].rdata;
        }
        for (size_t i = 0; i < a.count; i++) {
            put_record(out, owner, type, a.at[i].ttl, a.at[i].rdata);
        }
    }
    arena_free(arena);
}

static void serve(void *arg)
{
    struct server *s = arg;
    unsigned char query[1500];
    struct sockaddr_storage peer;
    while (!s->stop) {
        socklen_t len = sizeof peer;
        if (failed(socket_wait(s->fd, false, 50))) {
            continue;
        }
        ssize_t got = recvfrom(s->fd, query, sizeof query, 0, (struct sockaddr *)&peer, &len);
        if (got <= 0 || s->silent) {
            continue;
        }
        struct buf out;
        buf_init(&out, 1500);
        answer(s, span_of(query, (size_t)got), &out);
        (void)sendto(s->fd, out.at, out.len, 0, (struct sockaddr *)&peer, len);
        buf_wipe(&out);
    }
}

static void server_start(struct server *s, bool silent, struct arena *arena)
{
    struct address at;
    *s = (struct server){.silent = silent, .group = task_group_new(1, 0)};
    cr_assert(!failed(dns_open_zone(span_text(zone_text), "zone", arena, &s->zone)));
    cr_assert(address_parse(SPAN("127.0.0.1"), 0, &at));
    s->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    cr_assert(bind(s->fd, (struct sockaddr *)&at.storage, at.len) == 0);
    cr_assert(!failed(socket_name(s->fd, &at)));
    snprintf(s->name, sizeof s->name, "127.0.0.1@%u", address_port(&at));
    cr_assert(!failed(task_start(s->group, serve, s)));
}

static void server_stop(struct server *s)
{
    s->stop = true;
    task_group_free(s->group);
    dns_close(s->zone);
    close(s->fd);
}

static struct dns *open_with(const struct dns_network *how, struct arena *arena)
{
    struct dns *dns = NULL;
    err e = dns_open_network(how, arena, &dns);
    cr_assert(!failed(e), "%s", err_text(e, arena));
    return dns;
}

Test(dns_network, answers_are_those_of_the_server)
{
    static const struct {
        const char *name;
        enum dns_type type;
    } rows[] = {
        {"example.test", DNS_MX},   {"example.test", DNS_TXT},       {"mx.example.test", DNS_A},
        {"mx.example.test", DNS_MX}, {"nowhere.example.test", DNS_A}, {"alias.example.test", DNS_A},
        {"broken.example.test", DNS_A}, {"odd\\032name.example.test", DNS_TXT},
        {"1.0.0.127.in-addr.arpa", DNS_PTR}, {"1.0.168.192.in-addr.arpa", DNS_PTR},
    };
    struct arena *arena = arena_new();
    struct server s;
    server_start(&s, false, arena);
    struct dns *dns = open_with(&(struct dns_network){.server = s.name}, arena);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct dns_answer net, zone;
        dns_ask(dns, span_text(rows[i].name), rows[i].type, arena, &net);
        dns_ask(s.zone, span_text(rows[i].name), rows[i].type, arena, &zone);
        cr_expect_eq(net.outcome, zone.outcome, "%s: %d %s", rows[i].name, net.outcome, net.why);
        cr_assert_eq(net.count, zone.count, "%s", rows[i].name);
        cr_expect(net.outcome == DNS_AGAIN || span_eq(net.canonical, zone.canonical),
                  "%s: %.*s", rows[i].name, SPAN_FMT(net.canonical));
        for (size_t k = 0; k < net.count; k++) {
            cr_expect(span_eq(net.at[k].rdata, zone.at[k].rdata), "%s", rows[i].name);
        }
        cr_expect_not(net.secure);
    }
    dns_close(dns);
    server_stop(&s);
    arena_free(arena);
}

Test(dns_network, a_silent_server_costs_the_deadline_and_no_more)
{
    struct arena *arena = arena_new();
    struct server s;
    server_start(&s, true, arena);
    struct dns *dns = open_with(&(struct dns_network){.server = s.name, .timeout = 300}, arena);
    struct dns_answer a;
    millis before = clock_ticks();
    dns_ask(dns, SPAN("example.test"), DNS_MX, arena, &a);
    millis took = clock_ticks() - before;
    cr_expect_eq(a.outcome, DNS_AGAIN);
    cr_expect_str_eq(a.why, "timeout");
    cr_expect(took >= 290 && took < 3000, "%lld", (long long)took);
    before = clock_ticks();
    dns_ask_within(dns, SPAN("other.test"), DNS_MX, 50, arena, &a);
    cr_expect_lt(clock_ticks() - before, 290);
    dns_close(dns);
    server_stop(&s);
    arena_free(arena);
}

struct asking {
    struct dns *dns;
    _Atomic unsigned good;
};

static void ask_many(void *arg)
{
    struct asking *asking = arg;
    struct arena *arena = arena_new();
    for (int i = 0; i < 50; i++) {
        struct dns_answer a;
        dns_ask(asking->dns, i % 2 ? SPAN("example.test") : SPAN("mx.example.test"),
                i % 2 ? DNS_MX : DNS_A, arena, &a);
        asking->good += a.outcome == DNS_FOUND && a.count == 1;
    }
    arena_free(arena);
}

Test(dns_network, many_threads_ask_at_once)
{
    struct arena *arena = arena_new();
    struct server s;
    server_start(&s, false, arena);
    struct asking asking = {.dns = open_with(&(struct dns_network){.server = s.name}, arena)};
    struct task_group *g = task_group_new(8, 0);
    for (int i = 0; i < 8; i++) {
        cr_assert(!failed(task_start(g, ask_many, &asking)));
    }
    task_group_free(g);
    cr_expect_eq(asking.good, 400);
    dns_close(asking.dns);
    server_stop(&s);
    arena_free(arena);
}

static void write_over(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    cr_assert(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

/* True: name.test has that last octet, as the hosts file says. */
static bool hosts_say(struct dns *dns, unsigned char last, struct arena *arena)
{
    struct dns_answer a;
    dns_ask(dns, SPAN("name.test"), DNS_A, arena, &a);
    struct sockaddr_in *in = a.count == 1 ? (void *)&a.at[0].address.storage : NULL;
    return in && ntohl(in->sin_addr.s_addr) == (0xc0000200 | (uint32_t)last);
}

Test(dns_network, files_of_the_system_are_read_again_when_they_change)
{
    char resolv_conf[] = "/tmp/resolv.XXXXXX", hosts[] = "/tmp/hosts.XXXXXX";
    close(mkstemp(resolv_conf));
    close(mkstemp(hosts));
    write_over(resolv_conf, "nameserver 127.0.0.1\n");
    write_over(hosts, "192.0.2.1 name.test\n");
    struct arena *arena = arena_new();
    struct dns *dns = open_with(
        &(struct dns_network){.resolv_conf = resolv_conf, .hosts = hosts, .timeout = 300}, arena);
    cr_expect(hosts_say(dns, 1, arena));
    write_over(hosts, "192.0.2.22 name.test\n");
    cr_expect(hosts_say(dns, 22, arena));
    unlink(resolv_conf); /* what cannot be used changes nothing */
    write_over(hosts, "192.0.2.201 name.test\n");
    cr_expect(hosts_say(dns, 22, arena));
    write_over(resolv_conf, "nameserver 127.0.0.2\n");
    cr_expect(hosts_say(dns, 201, arena));
    unlink(resolv_conf);
    unlink(hosts);
    dns_close(dns);
    arena_free(arena);
}

Test(dns_network, settings_that_cannot_be_are_refused)
{
    static const struct dns_network rows[] = {
        {.server = "no address"},
        {.trust_anchor = "nonsense"},
        {.resolv_conf = "/nonexistent/resolv.conf"},
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct dns *dns;
        err e = dns_open_network(&rows[i], arena, &dns);
        cr_expect(failed(e), "row %zu", i);
    }
    arena_free(arena);
}
