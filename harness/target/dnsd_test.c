/* The judge's name server, from rows to octets and over real sockets: what a case says is answered,
   everything else is NXDOMAIN, and no question goes by unnoticed. */
#include "harness/target/dnsd.h"
#include "harness/target/dnsd_wire.h"

#include "base/socket.h"

#include <criterion/criterion.h>
#include <unistd.h>

static struct arena *arena;
static void make(void)
{
    arena = arena_new();
}
static void drop(void)
{
    arena_free(arena);
}
TestSuite(dnsd, .init = make, .fini = drop);

static const char zone_text[] =
    "# a comment\n"
    "dest.test. MX 10 mx.dest.test.\n"
    "dest.test 300 IN MX 20 other.dest.test\n"
    "mx.dest.test. A 192.0.2.77\n"
    "six.test. AAAA 2001:db8::1\n"
    "a.test. CNAME b.test.\n"
    "b.test. CNAME mx.dest.test.\n"
    "text.test. TXT \"one \\\"two\\\"\" three\n"
    "_25._tcp.mx.dest.test. TLSA 3 1 1 ab CD\n"
    "bad.test. MX ! SERVFAIL\n"
    "slow.test. MX ! TIMEOUT\n"
    "long.test. MX ! TRUNCATE 10 mx.dest.test.\n";

static void zone_make(struct dnsd_zone *z)
{
    *z = (struct dnsd_zone){{0}};
    err e = dnsd_zone_read(span_text(zone_text), arena, z);
    cr_assert(!failed(e), "%s", e.what);
}

static span question(const char *name, uint16_t type, bool extended)
{
    struct buf out;
    span wire;
    buf_init(&out, 600);
    buf_put(&out, SPAN("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00"));
    buf_put_byte(&out, extended);
    cr_assert(dnsd_name_write(span_text(name), arena, &wire));
    buf_put(&out, wire);
    buf_put_byte(&out, (unsigned char)(type >> 8));
    buf_put_byte(&out, (unsigned char)type);
    buf_put(&out, SPAN("\x00\x01"));
    if (extended) {
        buf_put(&out, SPAN("\x00\x00\x29\x10\x00\x00\x00\x00\x00\x00\x00"));
    }
    return buf_settle(&out, arena);
}

struct row {
    const char *name;
    uint16_t type;
    bool udp;
    enum dnsd_said said;
    unsigned rcode;
    unsigned answers;
};

Test(dnsd, a_case_says_what_is_answered)
{
    static const struct row rows[] = {
        {"dest.test", 15, true, DNSD_ANSWERS, 0, 2},
        {"DEST.test", 15, true, DNSD_ANSWERS, 0, 2},
        {"dest.test", 1, true, DNSD_EMPTY, 0, 0},
        {"test", 15, true, DNSD_EMPTY, 0, 0},
        {"no.test", 15, true, DNSD_UNKNOWN, 3, 0},
        {"est.test", 15, true, DNSD_UNKNOWN, 3, 0},
        {"a.test", 1, true, DNSD_ANSWERS, 0, 3},
        {"a.test", 5, true, DNSD_ANSWERS, 0, 1},
        {"a.test", 28, true, DNSD_ANSWERS, 0, 2},
        {"six.test", 28, true, DNSD_ANSWERS, 0, 1},
        {"text.test", 16, true, DNSD_ANSWERS, 0, 1},
        {"bad.test", 15, true, DNSD_FAILED, 2, 0},
        {"bad.test", 1, true, DNSD_EMPTY, 0, 0},
        {"slow.test", 15, true, DNSD_SILENT, 0, 0},
        {"long.test", 15, true, DNSD_CUT, 0, 0},
        {"long.test", 15, false, DNSD_ANSWERS, 0, 1},
    };
    struct dnsd_zone z;
    zone_make(&z);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (unsigned extended = 0; extended < 2; extended++) {
            struct dnsd_question q;
            struct buf out;
            buf_init(&out, 65535);
            span packet = question(rows[i].name, rows[i].type, extended != 0);
            cr_assert(dnsd_question_read(packet, arena, &q));
            enum dnsd_said said = dnsd_answer(&z, &q, rows[i].udp, &out);
            cr_expect_eq(said, rows[i].said, "%s %u: %d", rows[i].name, rows[i].type, (int)said);
            if (said != DNSD_SILENT) {
                cr_assert_gt(out.len, 12);
                cr_expect_eq(out.at[0], 0x12);
                cr_expect_eq(out.at[3] & 15, rows[i].rcode, "%s: %u", rows[i].name, out.at[3] & 15u);
                cr_expect_eq((out.at[2] & 2) != 0, said == DNSD_CUT, "%s: the bit", rows[i].name);
                cr_expect_eq(out.at[7], rows[i].answers, "%s: %u", rows[i].name, out.at[7]);
                cr_expect_eq(out.at[11], extended, "%s", rows[i].name);
            }
            buf_wipe(&out);
        }
    }
}

Test(dnsd, an_answer_that_is_too_long_is_cut_over_udp)
{
    struct dnsd_zone z = {{0}};
    struct dnsd_question q;
    struct buf out;
    for (unsigned i = 0; i < 60; i++) {
        const char *row = arena_printf(arena, "many.test. MX %u mx%u.many.test.\n", i, i);
        cr_assert(!failed(dnsd_zone_read(span_text(row), arena, &z)));
    }
    buf_init(&out, 65535);
    cr_assert(dnsd_question_read(question("many.test", 15, false), arena, &q));
    cr_expect_eq(dnsd_answer(&z, &q, true, &out), DNSD_CUT);
    buf_clear(&out);
    cr_assert(dnsd_question_read(question("many.test", 15, true), arena, &q));
    cr_expect_eq(dnsd_answer(&z, &q, true, &out), DNSD_ANSWERS);
    buf_wipe(&out);
}

Test(dnsd, what_is_no_question_is_not_answered)
{
    static const struct {
        const char *label;
        span packet;
        bool is_question;
    } rows[] = {
        {"nothing", {(const unsigned char *)"", 0}, false},
        {"half a head", {(const unsigned char *)"\x12\x34\x01", 3}, false},
        {"an answer", {(const unsigned char *)"\x12\x34\x81\x00\0\1\0\0\0\0\0\0\0\0\1\0\1", 17}, false},
        {"no name", {(const unsigned char *)"\x12\x34\x01\x00\0\1\0\0\0\0\0\0", 12}, true},
        {"a name without end", {(const unsigned char *)"\x12\x34\x01\x00\0\1\0\0\0\0\0\0\x3f\x41", 14}, true},
        {"a pointer", {(const unsigned char *)"\x12\x34\x01\x00\0\1\0\0\0\0\0\0\xc0\x0c\0\1\0\1", 18}, true},
    };
    struct dnsd_zone z = {{0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct dnsd_question q;
        struct buf out;
        buf_init(&out, 65535);
        bool is = dnsd_question_read(rows[i].packet, arena, &q);
        cr_expect_eq(is, rows[i].is_question, "%s", rows[i].label);
        if (is) {
            cr_expect_eq(dnsd_answer(&z, &q, true, &out), DNSD_REFUSED, "%s", rows[i].label);
            cr_expect_eq(out.at[3] & 15, 1, "%s: FORMERR", rows[i].label);
        }
        buf_wipe(&out);
    }
}

Test(dnsd, a_row_that_is_none_is_told)
{
    static const char *const rows[] = {
        "dest.test.",           "dest.test. MX",          "dest.test. MX ten mx.test.",
        "dest.test. MX 65536 mx.test.", "dest.test. A 192.0.2", "dest.test. A 192.0.2.1 more",
        "dest.test. XX 1",      "dest.test. MX ! NOWHERE", "dest.test. MX ! SERVFAIL more",
        "a..test. A 192.0.2.1", "t.test. TXT \"no end",   "t.test. TLSA 3 1 1 abc",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct dnsd_zone z = {{0}};
        err e = dnsd_zone_read(span_text(rows[i]), arena, &z);
        cr_expect(failed(e) && e.kind == ERR_SYNTAX, "%s", rows[i]);
        cr_expect(failed(e) && strstr(e.what, "=== dns") != NULL, "%s", rows[i]);
    }
}

Test(dnsd, a_dns_row_says_where_a_host_is)
{
    struct dnsd_zone z;
    zone_make(&z);
    cr_expect(dnsd_zone_add_host(&z, SPAN("mx.dest.test"), "192.0.2.100", arena));
    cr_expect(dnsd_zone_add_host(&z, SPAN("new.test"), "192.0.2.101", arena));
    cr_expect_str_eq(dnsd_zone_address(&z, SPAN("mx.dest.test"), arena), "192.0.2.77");
    cr_expect_str_eq(dnsd_zone_address(&z, SPAN("New.Test."), arena), "192.0.2.101");
    cr_expect_str_eq(dnsd_zone_address(&z, SPAN("six.test"), arena), "2001:db8::1");
    cr_expect_null(dnsd_zone_address(&z, SPAN("dest.test"), arena));
}

/* A port that is free for both, and the server on it. */
static struct dnsd *serve(struct address *at)
{
    struct dnsd *d = NULL;
    for (uint16_t port = 20053; port < 20153 && d == NULL; port++) {
        (void)failed(dnsd_start("127.0.0.1", port, arena, &d));
        cr_assert(address_parse(SPAN("127.0.0.1"), port, at));
    }
    cr_assert_not_null(d);
    return d;
}

static size_t ask(const struct address *at, span packet, unsigned char *answer, size_t room)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct timeval wait = {.tv_usec = 300000};
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    (void)connect(fd, (const struct sockaddr *)&at->storage, at->len);
    (void)send(fd, packet.at, packet.len, 0);
    ssize_t n = recv(fd, answer, room, 0);
    close(fd);
    return n < 0 ? 0 : (size_t)n;
}

Test(dnsd, it_answers_on_sockets_and_keeps_the_questions)
{
    struct address at;
    struct dnsd_zone z;
    unsigned char answer[65535];
    zone_make(&z);
    struct dnsd *d = serve(&at);
    dnsd_serve(d, &z);
    size_t n = ask(&at, question("dest.test", 15, false), answer, sizeof answer);
    cr_expect_gt(n, 40);
    cr_expect_eq(ask(&at, question("slow.test", 15, false), answer, sizeof answer), 0);
    cr_expect(dnsd_owes(d), "what is left unanswered is still waited for");
    int fd = -1;
    cr_assert(!failed(socket_connect(&at, NULL, 2000, &fd)));
    span packet = question("long.test", 15, false);
    unsigned char head[2] = {0, (unsigned char)packet.len};
    cr_assert(!failed(socket_write(fd, span_of(head, 1), 2000)));
    cr_assert(!failed(socket_write(fd, span_of(head + 1, 1), 2000)), "octet by octet");
    cr_assert(!failed(socket_write(fd, packet, 2000)));
    cr_assert(!failed(socket_read(fd, answer, sizeof answer, 2000, &n)));
    close(fd);
    (void)ask(&at, question("no.test", 1, false), answer, sizeof answer);
    span said = dnsd_questions(d, arena);
    cr_expect(span_eq(said, SPAN("udp dest.test. MX: answered\nudp slow.test. MX: left unanswered\n"
                                 "tcp long.test. MX: answered\nudp no.test. A: NXDOMAIN\n")),
              "%.*s", SPAN_FMT(said));
    dnsd_serve(d, NULL);
    (void)ask(&at, question("dest.test", 15, false), answer, sizeof answer);
    cr_expect_eq(answer[3] & 15, 3, "rows of another case are forgotten");
    dnsd_stop(d);
}
