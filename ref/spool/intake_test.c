/* Claims: what went through the intake is there after a crash, octet for octet, whatever the disk made of the files;
   what was taken away stays away; a -H written anew is kept; a living process's intake is left alone; its
   room comes back. A crash is a child that ends without closing the spool. */
#include "ref/spool/intake.h"

#include "ref/spool/data_file.h"
#include "ref/spool/message.h"
#include "ref/spool/scan.h"

#include "base/file.h"
#include "base/task.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define START (INT64_C(1795299869575972) * 1000)
#define BODY "a line\nand another, in which much is said, so that there is something to lose\n"

struct world {
    char path[40];
    struct arena *arena;
    struct clock_still clock;
    struct spool_options options;
};

static void world_make(struct world *w)
{
    strcpy(w->path, "/tmp/spool-intake-XXXXXX");
    cr_assert_not_null(mkdtemp(w->path));
    w->arena = arena_new();
    clock_still_init(&w->clock, START, 1000 * 1000);
    w->options = (struct spool_options){.directory = path_join(w->arena, w->path, "spool"),
                                        .clock = &w->clock.clock,
                                        .process = 12343,
                                        .login = SPAN("mail"),
                                        .intake_half = 16384};
}

static void world_end(struct world *w)
{
    cr_expect_not(failed(dir_remove_all(w->path)));
    arena_free(w->arena);
}

static void open_spool(struct world *w, struct spool *s)
{
    err e = spool_open(s, &w->options, w->arena);
    cr_assert_not(failed(e), "%s", e.what);
}

/* Somebody else is at work from here on, so that every message goes through the intake. */
static void keep_company(struct spool *s)
{
    while (!spool_intake_enter(s->intake)) {
        usleep(1000);
    }
}

static void receive_text(struct world *w, struct spool *s, span text, char id[static SPOOL_ID_ROOM])
{
    struct spool_message m;
    cr_assert_not(failed(spool_message_begin(s, w->arena, &m)));
    cr_assert_not(failed(spool_message_write(&m, text)));
    cr_assert_not(failed(spool_message_end(&m)));
    *vec_push(w->arena, &m.envelope.recipients) = (struct recipient){.address = SPAN("u@test.ex")};
    err e = spool_message_commit(&m);
    cr_assert_not(failed(e), "%s", e.what);
    memcpy(id, m.envelope.id, SPOOL_ID_ROOM);
    spool_message_close(&m);
}

static void receive(struct world *w, struct spool *s, char id[static SPOOL_ID_ROOM])
{
    receive_text(w, s, SPAN("Subject: x\n\n" BODY), id);
}

static const char *path_of(struct world *w, const char *id, const char *suffix)
{
    return arena_printf(w->arena, "%s/input/%s%s", w->options.directory, id, suffix);
}

static span content(struct world *w, const char *path)
{
    span text = SPAN_EMPTY;
    (void)!failed(file_read(path, 1u << 24, w->arena, &text));
    return text;
}

static size_t files_in_intake(struct world *w)
{
    struct dir_list names = {0};
    (void)!failed(dir_list(path_join(w->arena, w->options.directory, SPOOL_INTAKE_FOLDER), w->arena, &names));
    return names.count;
}

/* A process that does `work` and ends as if it had been killed. Ids are those of a clock that stands where the
   parent's does. */
static void crash_after(struct world *w, void (*work)(struct world *w, struct spool *s))
{
    pid_t child = fork();
    if (child == 0) {
        struct spool s;
        open_spool(w, &s);
        keep_company(&s);
        work(w, &s);
        _exit(0);
    }
    int status;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %x", (unsigned)status);
}

/* The ids that a child told: the messages of the spool before anything was broken. */
static struct spool_entries messages(struct world *w)
{
    struct spool_entries list;
    cr_assert_not(failed(spool_scan(path_join(w->arena, w->options.directory, "input"), w->arena, &list)));
    return list;
}

static void one(struct world *w, struct spool *s)
{
    char id[SPOOL_ID_ROOM];
    receive(w, s, id);
}

enum harm { NONE, AWAY, EMPTY, HALF, NULS, UNNAMED };

static void harm(struct world *w, const char *path, span whole, enum harm how, const char *id)
{
    span half = span_first(whole, whole.len / 2);
    unsigned char *nuls = arena_take(w->arena, whole.len);
    memcpy(nuls, half.at, half.len);
    switch (how) {
    case NONE: break;
    case AWAY: cr_assert_eq(unlink(path), 0); break;
    case EMPTY: cr_assert_not(failed(file_write(path, SPAN_EMPTY, 0640))); break;
    case HALF: cr_assert_not(failed(file_write(path, half, 0640))); break;
    case NULS: cr_assert_not(failed(file_write(path, span_of(nuls, whole.len), 0640))); break;
    case UNNAMED:
        cr_assert_eq(rename(path, arena_printf(w->arena, "%s/input/hdr.%s", w->options.directory, id)), 0);
        break;
    }
}

Test(spool_intake, what_the_disk_lost_comes_back_to_the_octet)
{
    static const struct {
        const char *label;
        enum harm data, header;
        size_t restored;
    } rows[] = {
        {"nothing was lost", NONE, NONE, 0},
        {"both names", AWAY, AWAY, 1},
        {"the name of -D", AWAY, NONE, 1},
        {"the name of -H", NONE, AWAY, 1},
        {"the rename of -H", NONE, UNNAMED, 1},
        {"all octets of -D", EMPTY, NONE, 1},
        {"half of -D", HALF, NONE, 1},
        {"half of -D, its size was known", NULS, NONE, 1},
        {"all octets of -H", NONE, EMPTY, 1},
        {"half of -H", NONE, HALF, 1},
        {"half of -H, its size was known", NONE, NULS, 1},
        {"all octets of both", EMPTY, EMPTY, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        struct spool s;
        world_make(&w);
        crash_after(&w, one);
        struct spool_entries list = messages(&w);
        cr_assert_eq(list.list.count, 1);
        const char *id = list.list.at[0].id;
        const char *data = path_of(&w, id, "-D"), *header = path_of(&w, id, "-H");
        span was_data = content(&w, data), was_header = content(&w, header);
        cr_assert(span_ends(was_data, SPAN(BODY)));
        harm(&w, data, was_data, rows[i].data, id);
        harm(&w, header, was_header, rows[i].header, id);
        open_spool(&w, &s);
        cr_expect_eq(s.restored, rows[i].restored, "%s", rows[i].label);
        cr_expect(span_eq(content(&w, data), was_data), "%s", rows[i].label);
        cr_expect(span_eq(content(&w, header), was_header), "%s", rows[i].label);
        cr_expect_eq(files_in_intake(&w), 0, "%s", rows[i].label);
        spool_close(&s);
        world_end(&w);
    }
}

static size_t long_body; /* octets that the child receives */

static void a_long_one(struct world *w, struct spool *s)
{
    struct spool_message m;
    unsigned char *body = arena_take(w->arena, long_body);
    for (size_t i = 0; i < long_body; i++) {
        body[i] = i % 71 == 70 || i == long_body - 1 ? '\n' : (unsigned char)('a' + i % 23);
    }
    cr_assert_not(failed(spool_message_begin(s, w->arena, &m)));
    cr_assert_not(failed(spool_message_write(&m, SPAN("Subject: long\n\n"))));
    for (size_t at = 0; at < long_body; at += 5000) {
        cr_assert_not(failed(spool_message_write(&m, span_part(span_of(body, long_body), at, 5000))));
    }
    cr_assert_not(failed(spool_message_end(&m)));
    *vec_push(w->arena, &m.envelope.recipients) = (struct recipient){.address = SPAN("u@test.ex")};
    cr_assert_not(failed(spool_message_commit(&m)));
    spool_message_close(&m);
}

/* Bodies that fit what is held at first and that do not, up to the largest that is worth it and past it. */
Test(spool_intake, bodies_of_all_sizes_go_through_up_to_the_limit)
{
    static const struct {
        size_t octets, restored;
    } rows[] = {{SPOOL_DATA_FIRST - 19, 1}, {SPOOL_DATA_FIRST - 18, 1},  {100000, 1},
                {SPOOL_INTAKE_BODY, 1},     {SPOOL_INTAKE_BODY + 1, 0}, {SPOOL_DATA_BLOCK - 18, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        struct spool s;
        world_make(&w);
        w.options.intake_half = 1u << 20;
        long_body = rows[i].octets;
        crash_after(&w, a_long_one);
        struct spool_entries list = messages(&w);
        cr_assert_eq(list.list.count, 1);
        const char *data = path_of(&w, list.list.at[0].id, "-D");
        span was = content(&w, data);
        cr_assert_eq(was.len, rows[i].octets + 19);
        harm(&w, data, was, HALF, list.list.at[0].id);
        open_spool(&w, &s);
        cr_expect_eq(s.restored, rows[i].restored, "%zu octets", rows[i].octets);
        cr_expect_eq(span_eq(content(&w, data), was), rows[i].restored == 1, "%zu octets", rows[i].octets);
        spool_close(&s);
        world_end(&w);
    }
}

static void take_away(struct world *w, struct spool *s, const char *id)
{
    struct spool_message m;
    cr_assert_not(failed(spool_message_open(s, span_text(id), w->arena, &m)));
    cr_assert_not(failed(spool_message_remove(&m)));
    spool_message_close(&m);
}

static void first_of_two_is_delivered(struct world *w, struct spool *s)
{
    char id[SPOOL_ID_ROOM], other[SPOOL_ID_ROOM];
    receive(w, s, id);
    receive(w, s, other);
    cr_assert_eq(link(path_of(w, id, "-D"), path_join(w->arena, w->path, "D")), 0);
    cr_assert_eq(link(path_of(w, id, "-H"), path_join(w->arena, w->path, "H")), 0);
    cr_assert_not(failed(file_write(path_join(w->arena, w->path, "id"), span_text(id), 0600)));
    take_away(w, s, id);
}

Test(spool_intake, what_was_taken_away_stays_away)
{
    for (int back = 0; back < 4; back++) {
        struct world w;
        struct spool s;
        world_make(&w);
        crash_after(&w, first_of_two_is_delivered);
        const char *id = arena_text(w.arena, content(&w, path_join(w.arena, w.path, "id")));
        /* the removal of a name may be lost too */
        if (back & 1) {
            cr_assert_eq(link(path_join(w.arena, w.path, "D"), path_of(&w, id, "-D")), 0);
        }
        if (back & 2) {
            cr_assert_eq(link(path_join(w.arena, w.path, "H"), path_of(&w, id, "-H")), 0);
        }
        open_spool(&w, &s);
        struct spool_entries list = messages(&w);
        cr_expect_eq(list.list.count, 1, "back: %d: %zu messages", back, list.list.count);
        cr_expect_str_neq(list.list.at[0].id, id);
        spool_close(&s);
        world_end(&w);
    }
}

/* The files of one that arrived go, without a word to the intake. */
static void take_files(struct world *w, const char *id)
{
    cr_assert_eq(unlink(path_of(w, id, "-H")), 0);
    cr_assert_eq(unlink(path_of(w, id, "-D")), 0);
}

/* Dies when it has said so, and before anybody synced. */
static void one_is_told_to_be_gone(struct world *w, struct spool *s)
{
    char id[SPOOL_ID_ROOM];
    struct stat st;
    unsigned turn;
    receive(w, s, id);
    cr_assert_eq(fstat(s->dir, &st), 0);
    struct spool_intake_record gone = {.kind = SPOOL_INTAKE_GONE, .place = "input", .id = id};
    cr_assert_not(failed(spool_intake_put(s->intake, &gone, st.st_dev, &turn)));
    take_files(w, id);
}

static bool settled(struct world *w)
{
    struct dir_list names = {0};
    unsigned char head[2][SPOOL_INTAKE_HEAD];
    const char *folder = path_join(w->arena, w->options.directory, SPOOL_INTAKE_FOLDER);
    cr_assert_not(failed(dir_list(folder, w->arena, &names)));
    int fd = open(path_join(w->arena, folder, names.names[0]), O_RDONLY);
    for (unsigned i = 0; i < 2; i++) {
        ssize_t got = pread(fd, head[i], SPOOL_INTAKE_HEAD, (off_t)(i * w->options.intake_half));
        cr_assert_eq(got, SPOOL_INTAKE_HEAD);
    }
    close(fd);
    return spool_intake_head_read(span_of(head[0], SPOOL_INTAKE_HEAD)) == 0 &&
           spool_intake_head_read(span_of(head[1], SPOOL_INTAKE_HEAD)) == 0;
}

static void wait_until_settled(struct world *w)
{
    for (unsigned i = 0; i < 1000 && !settled(w); i++) {
        usleep(10000);
    }
    cr_assert(settled(w));
}

static void one_is_settled_and_taken(struct world *w, struct spool *s)
{
    char id[SPOOL_ID_ROOM];
    receive(w, s, id);
    cr_assert(!settled(w));
    wait_until_settled(w);
    take_files(w, id);
}

Test(spool_intake, what_a_dead_process_was_done_with_stays_away)
{
    static void (*const rows[])(struct world *w, struct spool *s) = {one_is_told_to_be_gone, one_is_settled_and_taken};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        struct spool s;
        world_make(&w);
        crash_after(&w, rows[i]);
        open_spool(&w, &s);
        cr_expect_eq(s.restored, 0, "row %zu", i);
        cr_expect_eq(messages(&w).list.count, 0, "row %zu", i);
        spool_close(&s);
        world_end(&w);
    }
}

/* The delivering process lives beside the one that takes mail in, and ends without settling as well. */
Test(spool_intake, another_process_tells_too)
{
    struct world w;
    struct spool s;
    world_make(&w);
    int go[2];
    cr_assert_eq(pipe(go), 0);
    pid_t child = fork();
    if (child == 0) {
        struct spool beside;
        char byte;
        open_spool(&w, &beside);
        cr_assert_eq(read(go[0], &byte, 1), 1);
        take_away(&w, &beside, messages(&w).list.at[0].id);
        _exit(0);
    }
    crash_after(&w, one);
    cr_assert_eq(write(go[1], "g", 1), 1);
    int status;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    cr_expect_eq(files_in_intake(&w), 2);
    open_spool(&w, &s);
    cr_expect_eq(messages(&w).list.count, 0);
    cr_expect_eq(s.restored, 0);
    cr_expect_eq(files_in_intake(&w), 0);
    spool_close(&s);
    close(go[0]);
    close(go[1]);
    world_end(&w);
}

static void one_is_written_anew(struct world *w, struct spool *s)
{
    struct spool_message m;
    char id[SPOOL_ID_ROOM];
    receive(w, s, id);
    cr_assert_not(failed(spool_message_open(s, span_text(id), w->arena, &m)));
    m.envelope.recipients.at[0].address = SPAN("v@test.ex");
    cr_assert_not(failed(spool_message_update(&m)));
    spool_message_close(&m);
}

Test(spool_intake, a_header_written_anew_is_kept)
{
    struct world w;
    struct spool s;
    struct spool_message m;
    world_make(&w);
    crash_after(&w, one_is_written_anew);
    const char *id = messages(&w).list.at[0].id;
    cr_assert_eq(truncate(path_of(&w, id, "-D"), 0), 0);
    open_spool(&w, &s);
    cr_assert_not(failed(spool_message_open(&s, span_text(id), w.arena, &m)));
    cr_expect(span_eq(m.envelope.recipients.at[0].address, SPAN("v@test.ex")));
    cr_expect(span_ends(content(&w, path_of(&w, id, "-D")), SPAN(BODY)));
    spool_message_close(&m);
    spool_close(&s);
    world_end(&w);
}

Test(spool_intake, a_living_process_is_left_alone)
{
    struct world w;
    struct spool living, other;
    char id[SPOOL_ID_ROOM];
    world_make(&w);
    open_spool(&w, &living);
    keep_company(&living);
    receive(&w, &living, id);
    cr_assert_eq(unlink(path_of(&w, id, "-D")), 0);
    open_spool(&w, &other);
    cr_expect_eq(other.restored, 0);
    cr_expect_eq(files_in_intake(&w), 1);
    spool_close(&other);
    spool_close(&living);
    cr_expect_eq(files_in_intake(&w), 0, "who closes settles");
    world_end(&w);
}

struct sender {
    struct world *w;
    struct spool *s;
    unsigned messages;
    struct arena *arena;
};

static void send_many(void *arg)
{
    struct sender *sender = arg;
    struct world mine = *sender->w;
    mine.arena = sender->arena;
    for (unsigned i = 0; i < sender->messages; i++) {
        char id[SPOOL_ID_ROOM];
        receive(&mine, sender->s, id);
    }
}

/* A half holds about twenty of these messages: it is settled and used again many times, and now and then there is no
   room and a message goes the other way. */
Test(spool_intake, its_room_comes_back_and_nobody_waits_for_it)
{
    enum { THREADS = 4, EACH = 60 };
    struct world w;
    struct spool s;
    struct sender senders[THREADS];
    world_make(&w);
    open_spool(&w, &s);
    keep_company(&s);
    struct task_group *threads = task_group_new(THREADS, 0);
    for (size_t i = 0; i < THREADS; i++) {
        senders[i] = (struct sender){&w, &s, EACH, arena_new()};
        cr_assert_not(failed(task_start(threads, send_many, &senders[i])));
    }
    task_group_free(threads);
    for (size_t i = 0; i < THREADS; i++) {
        arena_free(senders[i].arena);
    }
    spool_close(&s);
    cr_expect_eq(files_in_intake(&w), 0);
    struct spool_entries list = messages(&w);
    cr_expect_eq(list.list.count, THREADS * EACH);
    for (size_t i = 0; i < list.list.count; i++) {
        cr_expect_eq(list.list.at[i].parts, SPOOL_PART_D | SPOOL_PART_H);
    }
    world_end(&w);
}

static long resident(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    cr_assert(file != NULL && fscanf(file, "%*d %ld", &pages) == 1);
    fclose(file);
    return pages * sysconf(_SC_PAGESIZE);
}

/* A server that rests has no image of what it took in. */
Test(spool_intake, its_memory_is_given_back)
{
    enum { HALF = 4 << 20, BODY_OCTETS = 100 << 10, MESSAGES = 60 };
    struct world w;
    struct spool s;
    world_make(&w);
    w.options.intake_half = HALF;
    char *text = arena_take(w.arena, BODY_OCTETS);
    memset(text, 'x', BODY_OCTETS);
    memcpy(text, "\n", 1);
    text[BODY_OCTETS - 1] = '\n';
    open_spool(&w, &s);
    keep_company(&s);
    for (unsigned i = 0; i < MESSAGES; i++) {
        char id[SPOOL_ID_ROOM];
        receive_text(&w, &s, span_of(text, BODY_OCTETS), id);
    }
    long busy = resident();
    wait_until_settled(&w);
    long least = HALF / 4 * 3; /* the second half has no more than two quarters: this is of the first one */
    /* The file says that it is empty before it is synced, and only then the memory goes. */
    for (unsigned i = 0; i < 1000 && busy - resident() < least; i++) {
        usleep(10000);
    }
    cr_expect(busy - resident() >= least, "%ld of at least %ld octets came back", busy - resident(), least);
    spool_close(&s);
    world_end(&w);
}
