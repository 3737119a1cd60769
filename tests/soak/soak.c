/* A soak: many sessions of good, slow, broken and half-open peers against a running server, and
   what that cost it. A good session that is not answered as RFC 5321 says ends the soak, and so
   does a server that keeps descriptors, threads or memory of sessions that are over.

   soak ADDR:PORT PID SESSIONS WORKERS [early | tls [KIND]] */
#include "tests/soak/soak.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/task.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What the allocator of an idle server may hold: more or less of it from one moment to the next,
   but not more for more sessions. */
#ifdef __SANITIZE_THREAD__
#define ALLOCATOR_SLACK_KIB 262144 /* what ThreadSanitizer remembers of each address comes on top */
#elif defined __SANITIZE_ADDRESS__
#define ALLOCATOR_SLACK_KIB 65536
#else
#define ALLOCATOR_SLACK_KIB 32768
#endif
#define WARM_SESSIONS 1000
#define RCPT "RCPT TO:<u@test.ex>\r\n"

static bool good(struct soak *k, int fd)
{
    (void)k;
    return hear(fd, 1) == 220 && say(fd, "EHLO c.test\r\n") && hear(fd, 1) == 250
           && say(fd, "MAIL FROM:<a@c.test>\r\n" RCPT "DATA\r\n") && hear(fd, 3) == 354
           && say(fd, "Subject: soak\r\n\r\n..dot\r\nbody\r\n.\r\nQUIT\r\n") && hear(fd, 1) == 250
           && hear(fd, 1) == 221;
}

/* The same, an octet at a time. */
static bool trickling(struct soak *k, int fd)
{
    static const char all[] = "EHLO c.test\r\n";
    (void)k;
    bool fine = hear(fd, 1) == 220;
    for (const char *c = all; fine && *c; c++) {
        const char one[2] = {*c, 0};
        fine = say(fd, one);
        usleep(200);
    }
    return fine && hear(fd, 1) == 250 && say(fd, "QUIT\r\n") && hear(fd, 1) == 221;
}

/* Says what is no SMTP; has to be answered 5xx or 421 until it is closed. */
static bool broken(struct soak *k, int fd)
{
    char junk[200];
    rng_fill(&k->rng, junk, sizeof junk);
    junk[sizeof junk - 2] = '\r';
    junk[sizeof junk - 1] = '\n';
    bool fine = hear(fd, 1) == 220
                && !failed(socket_write(fd, span_of(junk, sizeof junk), PATIENCE));
    int code = hear(fd, 1);
    return fine && (code == 0 || code == 421 || code / 100 == 5);
}

/* Leaves without a word in the middle of the data. */
static bool leaving(struct soak *k, int fd)
{
    (void)k;
    return hear(fd, 1) == 220 && say(fd, "EHLO c.test\r\n") && hear(fd, 1) == 250
           && say(fd, "MAIL FROM:<a@c.test>\r\n" RCPT "DATA\r\n") && hear(fd, 3) == 354
           && say(fd, "Subject: half\r\n\r\nhalf a li");
}

/* Resets the connection at once. */
static bool resetting(struct soak *k, int fd)
{
    (void)k;
    struct linger hard = {1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    return true;
}

/* Half-open: ends its own direction after a command, and still wants the answer. */
static bool half_open(struct soak *k, int fd)
{
    (void)k;
    bool fine = hear(fd, 1) == 220 && say(fd, "EHLO c.test\r\n");
    socket_shut(fd);
    return fine && hear(fd, 1) == 250;
}

/* ---- before the banner ---- */

#define GROUP "EHLO c.test\r\nMAIL FROM:<a@c.test>\r\n" RCPT

static bool early_group(struct soak *k, int fd)
{
    (void)k;
    return say(fd, GROUP "DATA\r\n") && hear(fd, 5) == 354 &&
           say(fd, "Subject: soak\r\n\r\nearly\r\n.\r\nQUIT\r\n") && hear(fd, 1) == 250 &&
           hear(fd, 1) == 221;
}

/* A chunk that waits for nothing, as Exim sends it. */
static bool early_chunk(struct soak *k, int fd)
{
    (void)k;
    return say(fd, GROUP "BDAT 23 LAST\r\nSubject: soak\r\n\r\nok\r\n\r\nQUIT\r\n") &&
           hear(fd, 5) == 250 && hear(fd, 1) == 221;
}

/* Half an EHLO, and gone. */
static bool early_half(struct soak *k, int fd)
{
    (void)k;
    return say(fd, "EHLO c.te");
}

/* Ends its own direction at once, and still wants every answer. */
static bool early_half_open(struct soak *k, int fd)
{
    (void)k;
    bool said = say(fd, "EHLO c.test\r\nQUIT\r\n");
    socket_shut(fd);
    return said && hear(fd, 1) == 220 && hear(fd, 1) == 250 && hear(fd, 1) == 221;
}

/* What is refused or hung up on: never a 250 behind the last of it. */
static bool is_refused(int fd, const char *text, unsigned greetings)
{
    /* the server may be gone before all is said */
    (void)say(fd, text);
    int code = 0;
    int last = 0;
    for (unsigned i = 0; i < greetings && (code = hear(fd, 1)) != 0; i++) {
        last = code;
    }
    return last == 0 || last == 421 || last / 100 == 5;
}

static bool early_text(struct soak *k, int fd)
{
    (void)k;
    return is_refused(fd, GROUP "DATA\r\nSubject: soak\r\n\r\nahead\r\n.\r\n", 6);
}

static bool early_tls_hello(struct soak *k, int fd)
{
    (void)k;
    return is_refused(fd, "\x16\x03\x01\x02\x03\x01\x02\x03\x03" "abcdefgh\r\n", 2);
}

static bool early_flood(struct soak *k, int fd)
{
    char flood[65536];
    for (size_t i = 0; i + 7 < sizeof flood; i += 7) {
        memcpy(flood + i, "XYZZY\r\n", 8);
    }
    (void)k;
    return is_refused(fd, flood, 2);
}

static const struct kind kinds[] = {
    {"good",      60, good,      true },
    {"trickling", 5,  trickling, false},
    {"broken",    10, broken,    false},
    {"leaving",   10, leaving,   false},
    {"resetting", 5,  resetting, false},
    {"half-open", 10, half_open, false},
};
static const struct kind early_kinds[] = {
    {"group",       30, early_group,     true },
    {"chunk",       10, early_chunk,     true },
    {"traditional", 20, good,            true },
    {"half",        8,  early_half,      false},
    {"half-open",   10, early_half_open, false},
    {"text",        6,  early_text,      false},
    {"tls-hello",   4,  early_tls_hello, false},
    {"flood",       4,  early_flood,     false},
    {"leaving",     4,  leaving,         false},
    {"resetting",   4,  resetting,       false},
};

static size_t choose(struct soak *k)
{
    uint64_t at = rng_below(&k->rng, 100);
    size_t i = 0;
    while (i + 1 < k->kind_count && at >= k->kinds[i].weight) {
        at -= k->kinds[i++].weight;
    }
    return i;
}

static void work(void *arg)
{
    struct soak *k = arg;
    while (atomic_fetch_add(&k->next, 1) < k->sessions) {
        size_t kind = choose(k);
        int fd = -1;
        err e = socket_connect(&k->at, NULL, PATIENCE, &fd);
        bool fine = !failed(e) && k->kinds[kind].run(k, fd);
        if (fd >= 0) {
            close(fd);
        }
        atomic_fetch_add(&k->of_kind[kind], 1);
        if (!fine && atomic_fetch_add(&k->wrong, 1) < 10) {
            fprintf(stderr, "soak: a %s session was not answered as it should be\n",
                    k->kinds[kind].name);
        }
    }
}

enum { SETTLED = 3 };

struct cost {
    unsigned long rss_kib, threads, files;
};

static struct cost cost_of(const char *pid, struct arena *arena)
{
    struct cost c = {0};
    span status, line;
    if (!failed(file_read(arena_printf(arena, "/proc/%s/status", pid), 65536, arena, &status))) {
        while (span_line(&status, &line)) {
            const char *text = arena_text(arena, line);
            sscanf(text, "VmRSS: %lu", &c.rss_kib);
            sscanf(text, "Threads: %lu", &c.threads);
        }
    }
    struct dir_list files;
    if (!failed(dir_list(arena_printf(arena, "/proc/%s/fd", pid), arena, &files))) {
        c.files = files.count;
    }
    return c;
}

static void show(const char *when, unsigned long sessions, struct cost c)
{
    printf("%-8s %7lu sessions  rss %6lu KiB  threads %3lu  files %3lu\n", when, sessions,
           c.rss_kib, c.threads, c.files);
    fflush(stdout);
}

/* Workers for `sessions` sessions; the server's cost when it is no more than `most` and has been the same for
   SETTLED looks, or 10 s later. */
static struct cost round_of(struct soak *k, unsigned long sessions, unsigned long workers,
                            struct cost most, struct arena *arena)
{
    k->sessions = sessions;
    k->next = 0;
    struct task_group *group = task_group_new(workers, 0);
    for (unsigned long i = 0; i < workers; i++) {
        if (failed(task_start(group, work, k))) {
            fprintf(stderr, "soak: cannot start worker %lu\n", i);
        }
    }
    task_group_free(group);
    struct cost c = cost_of(k->pid, arena);
    for (int tries = 0, same = 0; tries < 100 && same < SETTLED; tries++) {
        struct cost before = c;
        usleep(100000);
        c = cost_of(k->pid, arena);
        bool settled = c.threads == before.threads && c.files == before.files &&
                       c.threads <= most.threads && c.files <= most.files;
        same = settled ? same + 1 : 0;
    }
    return c;
}

/* False: there is no such table, or no such kind in it. */
static bool kinds_choose(struct soak *k, const char *which, const char *only)
{
    const struct {
        const char *name;
        const struct kind *kinds;
        size_t count;
    } tables[] = {{"", kinds, sizeof kinds / sizeof *kinds},
                  {"early", early_kinds, sizeof early_kinds / sizeof *early_kinds},
                  {"tls", soak_tls_kinds, soak_tls_kind_count}};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        if (strcmp(which, tables[i].name) == 0) {
            k->kinds = tables[i].kinds;
            k->kind_count = tables[i].count;
        }
    }
    size_t all = k->kind_count;
    for (size_t i = 0; only != NULL && i < all; i++) {
        if (strcmp(only, k->kinds[i].name) == 0) {
            k->kinds += i;
            k->kind_count = 1;
            return true;
        }
    }
    return k->kinds != NULL && only == NULL;
}

int main(int argc, char **argv)
{
    struct soak k = {0};
    const char *which = argc > 5 ? argv[5] : "";
    if (argc < 5 || argc > 7 || !address_parse_with_port(span_text(argv[1]), &k.at) ||
        !kinds_choose(&k, which, argc > 6 ? argv[6] : NULL)) {
        fprintf(stderr, "usage: soak ADDR:PORT PID SESSIONS WORKERS [early | tls [KIND]]\n");
        return 3;
    }
    k.pid = argv[2];
    unsigned long sessions = strtoul(argv[3], NULL, 10), workers = strtoul(argv[4], NULL, 10);
    rng_seeded(&k.rng, 4711);
    struct arena *arena = arena_new();
    millis began = clock_ticks();
    struct cost idle = cost_of(k.pid, arena);
    show("idle", 0, idle);
    unsigned long first = sessions < 10 * WARM_SESSIONS ? sessions / 2 : sessions / 10;
    /* Sessions that meet begin the intake: one thread and one file, which is open twice (ADR 0371), for good.
       And with the first session ThreadSanitizer begins a thread of its own. */
    struct cost begun = {.threads = idle.threads + 2, .files = idle.files + 2};
    struct cost warm = round_of(&k, first, workers, begun, arena);
    show("warm", first, warm);
    struct cost end = round_of(&k, sessions - first, workers, warm, arena);
    show("end", sessions, end);
    unsigned long taken = 0;
    for (size_t i = 0; i < k.kind_count; i++) {
        printf("  %-11s %lu\n", k.kinds[i].name, k.of_kind[i]);
        taken += k.kinds[i].takes ? k.of_kind[i] : 0;
    }
    printf("taken %lu\n%lu wrong, %.0f sessions/s\n", taken, k.wrong,
           (double)sessions * 1000 / (double)(clock_ticks() - began + 1));
    bool kept = end.threads > warm.threads || warm.threads > begun.threads ||
                end.files > warm.files || warm.files > begun.files ||
                end.rss_kib > warm.rss_kib + ALLOCATOR_SLACK_KIB;
    if (kept) {
        fprintf(stderr, "soak: the server kept threads, files or memory of sessions that are over\n");
    }
    arena_free(arena);
    return k.wrong || kept || !warm.rss_kib ? 1 : 0;
}
