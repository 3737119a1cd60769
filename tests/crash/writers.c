/* The writers of mailboxes and of queuefile, with a fault in front of every call that touches a file:
   EIO, ENOSPC, or the end of the process. Then the same delivery again, unless it was recorded, as after
   a restart. Prints points tried, lost, duplicated: lost is a message that is not there whole in the
   end, or a mailbox that is not what it was; duplicated is a second copy where the first delivery was
   recorded, or where it was said to have failed. */
#include "ref/conf/snapshot.h"
#include "ref/transport/drivers.h"
#include "tests/support/faulty_calls.h"

#include "base/check.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define BODY "first line\nFrom second line\nlast line\n"
#define OLD "From old@c.test x\nSubject: old\n\nold\n\n"

/* --- the fault ------------------------------------------------------------------------------- */

/* Shared with the child that does the delivery. */
struct shared {
    bool told;                     /* the delivery was recorded */
    bool fired;
    char call[64];
};

static struct shared *shared;
static bool armed;
static int calls, fail_at, fail_with; /* fail_with 0: the process ends */

bool call_fails(const char *name)
{
    if (!armed || ++calls != fail_at) {
        return false;
    }
    shared->fired = true;
    snprintf(shared->call, sizeof shared->call, "%s", name);
    if (fail_with == 0) {
        (void)kill(getpid(), SIGKILL);
    }
    errno = fail_with;
    return true;
}

/* --- the world ------------------------------------------------------------------------------- */

struct place {
    struct arena *arena;
    char path[40];
    struct clock_still clock;
    struct rng rng;
    struct conf *conf;
    struct spool spool;
    char id[SPOOL_ID_ROOM];
};

static span conf_text;

static err conf_read(const char *path, struct arena *arena, span *content)
{
    (void)path;
    (void)arena;
    *content = conf_text;
    return OK;
}

/* On another file system than /tmp. */
static const char *far_directory(const struct place *p)
{
    return arena_printf(p->arena, "/dev/shm/%s", path_base(p->path));
}

/* `@` is the place, `%` its directory far away. */
static span put_path(const struct place *p, const char *options)
{
    struct buf text;
    buf_init(&text, 4096);
    buf_put_text(&text, "primary_hostname = mx.test.ex\nbegin transports\nt:\n");
    for (const char *c = options; *c != '\0'; c++) {
        if (*c == '@') {
            buf_put_text(&text, p->path);
        } else if (*c == '%') {
            buf_put_text(&text, far_directory(p));
        } else {
            buf_put_byte(&text, (unsigned char)*c);
        }
    }
    return buf_settle(&text, p->arena);
}

static void place_make(struct place *p, const char *options)
{
    *p = (struct place){.arena = arena_new()};
    strcpy(p->path, "/tmp/crash-writers-XXXXXX");
    CHECK(mkdtemp(p->path) != NULL);
    clock_still_init(&p->clock, INT64_C(1768910400) * NANOS_PER_SECOND, 1000);
    rng_seeded(&p->rng, 1);
    conf_text = put_path(p, options);
    struct conf_request request = {.path = "/c", .hostname = "mx.test.ex", .read = conf_read};
    CHECK(!failed(conf_load(&request, p->arena, &p->conf)));
    struct spool_options spool = {.directory = path_join(p->arena, p->path, "spool"),
                                  .clock = &p->clock.clock, .process = 1, .login = SPAN("l")};
    CHECK(!failed(spool_open(&p->spool, &spool, p->arena)));
    struct spool_message m;
    CHECK(!failed(spool_message_begin(&p->spool, p->arena, &m)));
    CHECK(!failed(spool_message_write(&m, SPAN("Subject: new\n\n" BODY))));
    CHECK(!failed(spool_message_end(&m)));
    struct recipient *r = vec_push(p->arena, &m.envelope.recipients);
    *r = (struct recipient){.address = SPAN("u@test.ex"), .parent = -1};
    m.envelope.sender = SPAN("s@c.test");
    CHECK(!failed(spool_message_commit(&m)));
    memcpy(p->id, m.envelope.id, sizeof p->id);
    spool_message_close(&m);
}

static void place_clear(struct place *p)
{
    spool_close(&p->spool);
    conf_free(p->conf);
    CHECK(!failed(dir_remove_all(p->path)));
    arena_free(p->arena);
}

static err tell(void *context, struct delivery_address *a, bool more)
{
    (void)context;
    (void)a;
    (void)more;
    shared->told = true;
    return OK;
}

/* One attempt; its outcome. */
static enum delivery_outcome deliver(struct place *p)
{
    struct spool_message m;
    struct delivery_address a = {.local_part = SPAN("u"), .domain = SPAN("test.ex"),
                                 .address = SPAN("u@test.ex"), .unique = SPAN("u@test.ex")};
    struct delivery_address *one = &a;
    struct facts_server server = {.primary_hostname = SPAN("mx.test.ex"),
                                  .clock = &p->clock.clock, .timestamps_utc = true};
    struct facts_message message = {0};
    struct facts_address address = {0};
    struct facts facts = {.server = &server, .message = &message, .address = &address};
    struct expansion x = {.facts = &facts, .arena = p->arena, .rng = &p->rng};
    CHECK(!failed(spool_message_open(&p->spool, span_text(p->id), p->arena, &m)));
    struct transport_job job = {
        .conf = p->conf, .transport = &p->conf->transports.at[0], .addresses = &one, .count = 1,
        .sender = SPAN("s@c.test"), .message = &m, .expansion = &x, .rng = &p->rng,
        .clock = &p->clock.clock, .arena = p->arena, .delivered = tell};
    armed = true;
    transport_run(&job);
    armed = false;
    spool_message_close(&m);
    return a.result.outcome;
}

/* --- what is there ---------------------------------------------------------------------------- */

static span read_all(const char *path, struct arena *arena)
{
    span all = SPAN_EMPTY;
    (void)!failed(file_read(path, 1 << 20, arena, &all));
    return all;
}

static unsigned copies_in(span text, span copy)
{
    unsigned count = 0;
    for (size_t at; (at = span_find(text, copy)) != SPAN_NONE; count++) {
        text = span_from(text, at + copy.len);
    }
    return count;
}

/* Whole copies of the new message; UINT32_MAX ones if what was there before has changed. */
static unsigned mbox_copies(struct place *p, const char *name, bool had_old)
{
    span all = read_all(path_join(p->arena, p->path, name), p->arena);
    if (had_old && !span_starts(all, SPAN(OLD))) {
        return UINT32_MAX;
    }
    return copies_in(all, SPAN("\nSubject: new\n\nfirst line\n>From second line\nlast line\n"));
}

static unsigned directory_copies(struct place *p, const char *name)
{
    struct dir_list list = {0};
    unsigned count = 0;
    const char *path = path_join(p->arena, p->path, name);
    (void)!failed(dir_list(path, p->arena, &list));
    for (size_t i = 0; i < list.count; i++) {
        if (strncmp(list.names[i], "temp.", 5) != 0) {
            span file = read_all(path_join(p->arena, path, list.names[i]), p->arena);
            count += span_eq(file, SPAN("Subject: new\n\n" BODY)) ? 1 : 1000;
        }
    }
    return count;
}

/* A -H that has no whole -D beside it is a message that another program would take for whole. */
static unsigned pair_copies(struct place *p, const char *directory)
{
    const char *names[2];
    span copy[2];
    for (int i = 0; i < 2; i++) {
        names[i] = arena_printf(p->arena, "%s-%c", p->id, "HD"[i]);
        copy[i] = read_all(path_join(p->arena, directory, names[i]), p->arena);
        const char *own = arena_printf(p->arena, "%s/spool/input/%s", p->path, names[i]);
        if (copy[i].len > 0 && !span_eq(copy[i], read_all(own, p->arena))) {
            return UINT32_MAX;
        }
    }
    return copy[0].len == 0 ? 0 : copy[1].len > 0 ? 1 : UINT32_MAX;
}

static unsigned old_box(struct place *p) { return mbox_copies(p, "box", true); }
static unsigned new_box(struct place *p) { return mbox_copies(p, "box", false); }
static unsigned deep_box(struct place *p) { return mbox_copies(p, "a/b/box", false); }
static unsigned maildir(struct place *p) { return directory_copies(p, "d/new"); }
static unsigned directory(struct place *p) { return directory_copies(p, "d"); }
static unsigned linked(struct place *p)
{
    return pair_copies(p, path_join(p->arena, p->path, "out"));
}
static unsigned copied(struct place *p) { return pair_copies(p, far_directory(p)); }

/* --- what was there --------------------------------------------------------------------------- */

static void with_box(struct place *p)
{
    CHECK(!failed(file_write(path_join(p->arena, p->path, "box"), SPAN(OLD), 0600)));
}
static void with_maildir(struct place *p)
{
    static const char *const parts[] = {"d", "d/tmp", "d/new", "d/cur"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        CHECK(mkdir(path_join(p->arena, p->path, parts[i]), 0700) == 0);
    }
}
static void with_out(struct place *p)
{
    CHECK(mkdir(path_join(p->arena, p->path, "out"), 0700) == 0);
}
static void with_far(struct place *p)
{
    (void)!failed(dir_remove_all(far_directory(p)));
    CHECK(mkdir(far_directory(p), 0700) == 0);
}

static const struct {
    const char *name, *options;
    void (*before)(struct place *p);
    unsigned (*copies)(struct place *p);
} rows[] = {
    {"mbox, new", " driver = appendfile\n file = @/box\n", NULL, new_box},
    {"mbox, in new directories", " driver = appendfile\n file = @/a/b/box\n use_flock_lock\n",
     NULL, deep_box},
    {"mbox, with mail", " driver = appendfile\n file = @/box\n", with_box, old_box},
    {"maildir, new", " driver = appendfile\n directory = @/d\n maildir_format\n", NULL, maildir},
    {"maildir", " driver = appendfile\n directory = @/d\n maildir_format\n", with_maildir, maildir},
    {"directory", " driver = appendfile\n directory = @/d\n", NULL, directory},
    {"queuefile, linked", " driver = queuefile\n directory = @/out\n", with_out, linked},
    {"queuefile, copied", " driver = queuefile\n directory = %\n", with_far, copied},
};

/* --- points ----------------------------------------------------------------------------------- */

struct count {
    unsigned points, lost, duplicated;
};

/* A delivery in a process of its own; its outcome, DELIVERY_NONE if it was ended. */
static enum delivery_outcome deliver_apart(struct place *p, int at, int with)
{
    int status;
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        fail_at = at;
        fail_with = with;
        _exit((int)deliver(p));
    }
    CHECK(waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? (enum delivery_outcome)WEXITSTATUS(status) : DELIVERY_NONE;
}

/* A lock file whose maker is gone is taken away once it is old; so much time passes now. */
static void age_lock(struct place *p)
{
    const struct timespec long_ago[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
    (void)utimensat(AT_FDCWD, path_join(p->arena, p->path, "box.lock"), long_ago, 0);
    (void)utimensat(AT_FDCWD, path_join(p->arena, p->path, "a/b/box.lock"), long_ago, 0);
}

static void complain(struct count *c, bool lost, const char *row, int at, int with, unsigned copies)
{
    printf("%s: %s: call %d, %s, %s: %u copies\n", lost ? "LOST" : "DUPLICATED", row, at, shared->call,
           with == 0 ? "killed" : strerror(with), copies);
    c->lost += lost ? 1 : 0;
    c->duplicated += lost ? 0 : 1;
}

/* False: there is no such call. */
static bool point(size_t row, int at, int with, struct count *c)
{
    struct place p;
    place_make(&p, rows[row].options);
    if (rows[row].before != NULL) {
        rows[row].before(&p);
    }
    *shared = (struct shared){0};
    enum delivery_outcome outcome = deliver_apart(&p, at, with);
    bool fired = shared->fired, told = shared->told;
    unsigned copies = rows[row].copies(&p);
    if (outcome == DELIVERY_DEFERRED && copies != 0) {
        complain(c, copies == UINT32_MAX, rows[row].name, at, with, copies);
    } else if (copies == UINT32_MAX || (told && copies == 0)) {
        complain(c, true, rows[row].name, at, with, copies);
    } else if (!told) {
        age_lock(&p);
        outcome = deliver_apart(&p, 0, 0);
        unsigned after = rows[row].copies(&p);
        if (outcome != DELIVERY_DONE || after == 0 || after == UINT32_MAX) {
            complain(c, true, rows[row].name, at, with, after);
        } else if (after > copies + 1) {
            complain(c, false, rows[row].name, at, with, after);
        }
    } else if (copies != 1) {
        complain(c, false, rows[row].name, at, with, copies);
    }
    c->points += fired ? 1 : 0;
    (void)!failed(dir_remove_all(far_directory(&p)));
    place_clear(&p);
    return fired;
}

int main(void)
{
    static const int faults[] = {0, EIO, ENOSPC};
    struct count all = {0};
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(shared != MAP_FAILED);
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        struct count c = {0};
        for (size_t f = 0; f < sizeof faults / sizeof *faults; f++) {
            for (int at = 1; point(row, at, faults[f], &c); at++) {
            }
        }
        printf("%-26s %4u points, %u lost, %u duplicated\n", rows[row].name, c.points, c.lost,
               c.duplicated);
        all.points += c.points;
        all.lost += c.lost;
        all.duplicated += c.duplicated;
    }
    printf("crash/writers: %u points tried, %u lost, %u duplicated\n", all.points, all.lost,
           all.duplicated);
    (void)munmap(shared, sizeof *shared);
    return all.points < 100 || all.lost + all.duplicated > 0 ? 1 : 0;
}
