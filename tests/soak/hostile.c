/* Peers that send too much of one thing on one connection: what the server must answer, and how
   much memory it may take for it. The server's peak is reset in front of each and printed behind.

   hostile ADDR:PORT PID CASE COUNT [ACCEPTED] */
#include "base/file.h"
#include "base/socket.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE 120000
#define GROUP 100 /* commands sent before their replies are read */

struct peer {
    int fd;
    unsigned long count;    /* how much of it is sent */
    unsigned long accepted; /* what the server should take of it; 0: all */
    char held[8192];        /* read ahead */
    size_t from, to;
};

static bool say(const struct peer *p, span text)
{
    return !failed(socket_write(p->fd, text, PATIENCE));
}

/* The code of the next reply; 0 when there is none. */
static int hear(struct peer *p)
{
    char line[600];
    size_t len = 0;
    for (;;) {
        if (p->from == p->to) {
            p->from = 0;
            if (failed(socket_read(p->fd, p->held, sizeof p->held, PATIENCE, &p->to))) {
                p->to = 0;
                return 0;
            }
        }
        char c = p->held[p->from++];
        if (c != '\n' && len < sizeof line - 1) {
            line[len++] = c;
        } else if (c == '\n') {
            line[len] = '\0';
            if (len < 4 || line[3] != '-') {
                return atoi(line);
            }
            len = 0;
        }
    }
}

static bool ask(struct peer *p, const char *command, int code)
{
    int got = say(p, span_text(command)) ? hear(p) : 0;
    if (got != code) {
        fprintf(stderr, "hostile: %d, not %d, to %s", got, code, command);
    }
    return got == code;
}

static bool begin(struct peer *p)
{
    return ask(p, "MAIL FROM:<a@c.test>\r\n", 250) && ask(p, "RCPT TO:<u@test.ex>\r\n", 250);
}

/* Octets without a line end, count of them. */
static bool endless(struct peer *p, char octet)
{
    char block[65536];
    memset(block, octet, sizeof block);
    for (unsigned long sent = 0; sent < p->count; sent += sizeof block) {
        if (!say(p, span_of(block, sizeof block))) {
            return false;
        }
    }
    return true;
}

/* A single command line: 500 (RFC 5321 4.5.3.1.9), and the next command is the next command. */
static bool line(struct peer *p)
{
    return say(p, SPAN("NOOP ")) && endless(p, 'x') && ask(p, "\r\n", 500) &&
           ask(p, "NOOP\r\n", 250);
}

static bool nul_line(struct peer *p)
{
    return endless(p, '\0') && ask(p, "\r\n", 500) && ask(p, "NOOP\r\n", 250);
}

static bool refused(struct peer *p)
{
    int code = hear(p);
    if (code / 100 != 5) {
        fprintf(stderr, "hostile: %d to a text that is one line\n", code);
    }
    return code / 100 == 5;
}

static bool body(struct peer *p)
{
    return begin(p) && ask(p, "DATA\r\n", 354) && say(p, SPAN("Subject: x\r\n\r\n")) &&
           endless(p, 'x') && say(p, SPAN("\r\n.\r\n")) && refused(p) && ask(p, "NOOP\r\n", 250);
}

static bool header(struct peer *p)
{
    return begin(p) && ask(p, "DATA\r\n", 354) && say(p, SPAN("Subject: ")) && endless(p, 'x') &&
           say(p, SPAN("\r\n\r\n.\r\n")) && refused(p) && ask(p, "NOOP\r\n", 250);
}

static bool chunk(struct peer *p)
{
    char command[64];
    p->count -= p->count % 65536;
    snprintf(command, sizeof command, "BDAT %lu LAST\r\n", p->count);
    return begin(p) && say(p, span_text(command)) && endless(p, 'x') && refused(p) &&
           ask(p, "RSET\r\n", 250);
}

struct replies {
    int good, over; /* codes */
    unsigned long goods, overs;
};

/* Sends `count` numbered commands in groups and counts their replies. False when there were others,
   or the connection ended. */
static bool flood(struct peer *p, const char *head, const char *tail, struct replies *r)
{
    for (unsigned long i = 0; i < p->count; i += GROUP) {
        char group[GROUP * 64];
        size_t len = 0;
        for (unsigned long n = i; n < i + GROUP; n++) {
            len += (size_t)snprintf(group + len, 64, "%s%lu%s\r\n", head, n, tail);
        }
        if (!say(p, span_of(group, len))) {
            return false;
        }
        for (unsigned n = 0; n < GROUP; n++) {
            int code = hear(p);
            r->goods += code == r->good;
            r->overs += code == r->over;
            if (code != r->good && code != r->over) {
                return false;
            }
        }
    }
    return true;
}

/* Over the limit it is 452, and those that were taken stay (RFC 5321 4.5.3.1.10). */
static bool recipients(struct peer *p)
{
    struct replies r = {.good = 250, .over = 452};
    bool fine = ask(p, "MAIL FROM:<a@c.test>\r\n", 250) &&
                flood(p, "RCPT TO:<u", "@test.ex>", &r);
    printf("%lu recipients taken, %lu answered 452\n", r.goods, r.overs);
    return fine && r.goods == p->accepted && r.overs == p->count - r.goods && ask(p, "DATA\r\n", 354) &&
           ask(p, "Subject: many\r\n\r\nmany\r\n.\r\n", 250);
}

/* With the limit off: each is answered. */
static bool unknown(struct peer *p)
{
    struct replies r = {.good = 500, .over = -1};
    bool fine = flood(p, "XYZZY ", "", &r);
    printf("%lu unknown commands answered 500\n", r.goods);
    return fine && ask(p, "NOOP\r\n", 250);
}

/* With it on: so many 500, then 421 and the end. */
static bool cut(struct peer *p)
{
    struct replies r = {.good = 500, .over = 421};
    bool open = flood(p, "XYZZY ", "", &r);
    printf("%lu unknown commands answered 500, then %lu times 421\n", r.goods, r.overs);
    return !open && r.goods == p->accepted && r.overs == 1;
}

static const struct {
    const char *name;
    bool (*run)(struct peer *p);
    unsigned long ceiling_kib; /* what the server's peak may grow by */
} cases[] = {
    {"line", line, 4096},       {"nul-line", nul_line, 4096},
    {"body", body, 4096},       {"header", header, 4096},
    {"chunk", chunk, 4096},     {"recipients", recipients, 98304},
    {"unknown", unknown, 4096}, {"cut", cut, 4096},
};

/* name: "VmRSS:" */
static unsigned long status_kib(const char *pid, span name, struct arena *arena)
{
    span status, one;
    if (failed(file_read(arena_printf(arena, "/proc/%s/status", pid), 65536, arena, &status))) {
        return 0;
    }
    while (span_line(&status, &one)) {
        if (span_starts(one, name)) {
            return strtoul(arena_text(arena, span_from(one, name.len)), NULL, 10);
        }
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct address at;
    struct arena *arena = arena_new();
    size_t i = 0;
    while (argc >= 5 && i < sizeof cases / sizeof *cases && strcmp(cases[i].name, argv[3]) != 0) {
        i++;
    }
    if (argc < 5 || i == sizeof cases / sizeof *cases ||
        !address_parse_with_port(span_text(argv[1]), &at)) {
        fprintf(stderr, "usage: hostile ADDR:PORT PID CASE COUNT [ACCEPTED]\n");
        return 3;
    }
    struct peer p = {.count = strtoul(argv[4], NULL, 10)};
    p.accepted = argc > 5 ? strtoul(argv[5], NULL, 10) : p.count;
    (void)!failed(file_write(arena_printf(arena, "/proc/%s/clear_refs", argv[2]), SPAN("5"), 0));
    unsigned long before = status_kib(argv[2], SPAN("VmRSS:"), arena);
    bool fine = !failed(socket_connect(&at, NULL, PATIENCE, &p.fd)) && hear(&p) == 220 &&
                ask(&p, "EHLO c.test\r\n", 250) && cases[i].run(&p);
    unsigned long peak = status_kib(argv[2], SPAN("VmHWM:"), arena);
    printf("%-10s %9lu  rss %6lu KiB, peak %6lu KiB  %s\n", argv[3], p.count, before, peak,
           fine ? "answered" : "WRONG");
    bool large = before == 0 || peak > before + cases[i].ceiling_kib;
    if (large) {
        fprintf(stderr, "hostile: %s: more than %lu KiB for one connection\n", argv[3],
                cases[i].ceiling_kib);
    }
    arena_free(arena);
    return fine && !large ? 0 : 1;
}
