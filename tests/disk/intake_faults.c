/* The intake on a disk that fails, and after a loss of power. What a message's 250 stands on is shown by what a disk
   must have then: whenever the program syncs, the test keeps a copy of what that sync covers, and when the
   power is gone those copies are all there is.
     faults   each call fails in turn: what was said to be stored is in the spool, the rest is not
     power    the process is killed in front of each call, and the disk has no more than it was made to have */
#include "tests/support/faulty_calls.h"

#include "ref/spool/intake.h"
#include "ref/spool/message.h"

#include "base/file.h"
#include "base/task.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 3, EACH = 4, MOST_CALLS = 4000 };
#define BODY "the body of a message\n"

static struct {
    char path[40];
    unsigned at;      /* the call that fails; 0: none */
    int sys;          /* how; 0: the process is killed */
    _Atomic unsigned calls;
    _Atomic bool on, fired;
    bool keeping;     /* copies are made */
    pthread_mutex_t copying;
    int told;         /* names of what is stored go there */
} test = {.copying = PTHREAD_MUTEX_INITIALIZER};

/* --- what a disk has ------------------------------------------------------------------------------- */

static void keep(const char *what)
{
    char command[200];
    snprintf(command, sizeof command, "cd %s && mkdir -p kept && rm -rf kept/%s.new && cp -a spool/%s kept/%s.new && "
             "rm -rf kept/%s && mv kept/%s.new kept/%s", test.path, what, what, what, what, what, what);
    if (test.keeping && system(command) != 0) {
        fprintf(stderr, "cannot copy %s\n", what);
        abort();
    }
}

int __real_syncfs(int fd);
ssize_t __real_pwrite(int fd, const void *at, size_t count, off_t offset);
int __wrap_syncfs(int fd);
ssize_t __wrap_pwrite(int fd, const void *at, size_t count, off_t offset);

/* A copy made in front of a sync has no more than what the sync covers. */
bool call_fails(const char *name)
{
    bool fails = test.on && ++test.calls == test.at;
    if (fails) {
        test.fired = true;
    }
    if (fails && test.sys == 0) {
        (void)kill(getpid(), SIGKILL);
    }
    if (!fails && strcmp(name, "fdatasync") == 0) {
        pthread_mutex_lock(&test.copying);
        keep("intake");
        pthread_mutex_unlock(&test.copying);
    }
    errno = test.sys;
    return fails;
}

int __wrap_syncfs(int fd)
{
    if (call_fails("syncfs")) {
        return -1;
    }
    pthread_mutex_lock(&test.copying);
    keep("input");
    int result = __real_syncfs(fd);
    pthread_mutex_unlock(&test.copying);
    return result;
}

ssize_t __wrap_pwrite(int fd, const void *at, size_t count, off_t offset)
{
    if (call_fails("pwrite")) {
        int sys = errno;
        (void)!__real_pwrite(fd, at, count / 2, offset);
        errno = sys;
        return -1;
    }
    return __real_pwrite(fd, at, count, offset);
}

/* --- messages --------------------------------------------------------------------------------------- */

struct sender {
    struct spool *s;
    unsigned number;
    unsigned failures;
};

static void send_some(void *arg)
{
    struct sender *sender = arg;
    for (unsigned i = 0; i < EACH; i++) {
        struct arena *arena = arena_new();
        struct spool_message m = {0};
        char subject[40];
        snprintf(subject, sizeof subject, "Subject: %u-%u\n\n", sender->number, i);
        err e = spool_message_begin(sender->s, arena, &m);
        e = failed(e) ? e : spool_message_write(&m, span_text(subject));
        e = failed(e) ? e : spool_message_write(&m, SPAN(BODY));
        e = failed(e) ? e : spool_message_end(&m);
        if (!failed(e)) {
            *vec_push(arena, &m.envelope.recipients) = (struct recipient){.address = SPAN("u@test.ex")};
            e = spool_message_commit(&m);
        }
        char told[SPOOL_ID_ROOM + 2];
        if (!failed(e)) {
            int length = snprintf(told, sizeof told, "%s\n", m.envelope.id);
            (void)!call_write(test.told, told, (size_t)length);
        }
        sender->failures += failed(e);
        spool_message_close(&m);
        arena_free(arena);
    }
}

static unsigned send_all(struct spool *s)
{
    struct sender senders[THREADS];
    unsigned failures = 0;
    struct task_group *threads = task_group_new(THREADS, 0);
    for (unsigned i = 0; i < THREADS; i++) {
        senders[i] = (struct sender){s, i, 0};
        if (failed(task_start(threads, send_some, &senders[i]))) {
            abort();
        }
    }
    task_group_free(threads);
    for (unsigned i = 0; i < THREADS; i++) {
        failures += senders[i].failures;
    }
    return failures;
}

static bool open_here(struct spool *s, struct arena *arena)
{
    struct spool_options o = {.directory = path_join(arena, test.path, "spool"),
                              .clock = clock_system(),
                              .process = (uint32_t)getpid(),
                              .login = SPAN("mail"),
                              .intake_half = 65536};
    err e = spool_open(s, &o, arena);
    if (failed(e)) {
        printf("the spool does not open: %s\n", err_text(e, arena));
    }
    return !failed(e);
}

/* In a child: sends, tells what is stored, and ends without a word. settle: waits in the middle until a half is. */
static void work(bool settle)
{
    struct spool s;
    struct arena *arena = arena_new();
    if (!open_here(&s, arena)) {
        _exit(3);
    }
    while (!spool_intake_enter(s.intake)) {
        usleep(1000);
    }
    test.on = true;
    unsigned failures = send_all(&s);
    if (settle) {
        sleep(3);
        failures += send_all(&s);
    }
    test.on = false;
    if (test.sys == 0) {
        _exit(test.fired ? 1 : 0); /* nobody was killed: the calls are at an end; and so is the power */
    }
    spool_close(&s);
    _exit(failures > 0 || test.fired ? 1 : 0);
}

/* --- judging ---------------------------------------------------------------------------------------- */

static bool whole(const char *id, struct arena *arena)
{
    span header, data;
    const char *at = arena_printf(arena, "%s/spool/input/%s", test.path, id);
    return !failed(file_read(arena_printf(arena, "%s-H", at), 1 << 20, arena, &header)) &&
           !failed(file_read(arena_printf(arena, "%s-D", at), 1 << 20, arena, &data)) &&
           span_ends(data, SPAN(BODY)) && span_find(header, SPAN("Subject: ")) != SPAN_NONE &&
           span_ends(header, SPAN("\n"));
}

/* What was told to be stored is whole; with `exactly`, there is nothing else. */
static unsigned judge(span told, bool exactly, unsigned at)
{
    struct arena *arena = arena_new();
    struct spool s;
    struct dir_list names = {0};
    unsigned bad = 0, count = 0;
    span line;
    if (!open_here(&s, arena)) {
        arena_free(arena);
        return 1;
    }
    while (span_split(told, '\n', &line, &told)) {
        const char *id = arena_text(arena, line);
        count++;
        if (!whole(id, arena)) {
            printf("call %u: %s was stored and is not there\n", at, id);
            bad++;
        }
    }
    (void)!failed(dir_list(path_join(arena, test.path, "spool/input"), arena, &names));
    if (exactly && names.count != 2 * count) {
        printf("call %u: %u messages were stored, and there are %zu files\n", at, count, names.count);
        bad++;
    }
    spool_close(&s);
    arena_free(arena);
    return bad;
}

/* After the power is gone: what was kept, and nothing else. */
static void lose_power(void)
{
    char command[200];
    snprintf(command, sizeof command, "cd %s && rm -rf spool && mkdir spool && { [ ! -e kept ] || mv kept/* spool/; }", test.path);
    if (system(command) != 0) {
        abort();
    }
}

/* One child with one fault. *more: it came to pass, so that there may be another behind it. */
static unsigned try_one(unsigned at, int sys, bool settle, bool *more)
{
    int ends[2];
    int status = 0;
    strcpy(test.path, "/tmp/intake-faults-XXXXXX");
    if (mkdtemp(test.path) == NULL || pipe(ends) != 0) {
        abort();
    }
    test.at = at;
    test.sys = sys;
    test.keeping = sys == 0;
    test.told = ends[1];
    pid_t child = fork();
    if (child == 0) {
        work(settle);
    }
    close(ends[1]);
    struct arena *arena = arena_new();
    span told = SPAN_EMPTY;
    (void)!failed(fd_read_all(ends[0], 1 << 20, arena, &told));
    close(ends[0]);
    (void)waitpid(child, &status, 0);
    *more = WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : WEXITSTATUS(status) == 1;
    unsigned bad = 0;
    if (!*more && (!WIFEXITED(status) || WEXITSTATUS(status) != 0)) {
        printf("call %u: the process ended with status %x\n", at, (unsigned)status);
        bad++;
    }
    if (sys == 0) {
        lose_power();
    }
    bad += judge(told, sys != 0, at);
    arena_free(arena);
    (void)!failed(dir_remove_all(test.path));
    return bad;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int sys;
        unsigned step; /* each so many calls: threads give another order each time */
    } kinds[] = {{"EIO", EIO, 2}, {"ENOSPC", ENOSPC, 5}, {"power", 0, 4}};
    for (size_t k = 0; argc == 2 && k < sizeof kinds / sizeof *kinds; k++) {
        unsigned bad = 0, tried = 0;
        bool more = true;
        if (strcmp(argv[1], kinds[k].name) != 0) {
            continue;
        }
        for (unsigned at = 1; more && at < MOST_CALLS; at += kinds[k].step, tried++) {
            bad += try_one(at, kinds[k].sys, false, &more);
        }
        if (kinds[k].sys == 0) { /* and once with a half that was settled */
            bad += try_one(0, 0, true, &more);
        }
        printf("%s: %u points tried, %u bad\n", argv[1], tried, bad);
        return bad > 0 || tried < 10;
    }
    fputs("intake_faults EIO|ENOSPC|power\n", stderr);
    return 64;
}
