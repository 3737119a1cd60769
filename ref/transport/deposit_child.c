/* Parent and child speak in packets over a socket pair: the deposit; then questions for names, which
   only the parent can expand, and their answers; then the result. What the child says is a letter and
   fields, texts with their lengths in front: it is another user. */
#include "ref/transport/deposit_child.h"

#include "base/file.h"
#include "base/socket.h"
#include "base/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHANNEL = 3, PACKET = 128 * 1024 };
/* What a disk may take, on top of all waits that are configured. */
#define SLOW_DISK_MILLIS (10 * 60 * 1000)

/* --- packets --------------------------------------------------------------------------------- */

/* The child is this program, so a deposit goes over as it lies in memory; behind it comes what it points
   to, the words of its filter last. */
static const size_t texts[] = {
    offsetof(struct deposit, transport), offsetof(struct deposit, path),
    offsetof(struct deposit, home), offsetof(struct deposit, create_file),
    offsetof(struct deposit, prefix), offsetof(struct deposit, suffix),
    offsetof(struct deposit, check), offsetof(struct deposit, escape),
    offsetof(struct deposit, id), offsetof(struct deposit, host),
    offsetof(struct deposit, user), offsetof(struct deposit, directory),
};
enum { TEXTS = sizeof texts / sizeof *texts };

err deposit_write(const struct deposit *d, struct buf *out)
{
    span all;
    buf_put(out, span_of(d, sizeof *d));
    for (size_t i = 0; i < TEXTS; i++) {
        buf_put(out, *(const span *)(const void *)((const char *)d + texts[i]));
    }
    buf_put(out, span_of(d->filter.words.at, d->filter.words.count * sizeof(span)));
    for (size_t i = 0; i < d->filter.words.count; i++) {
        buf_put(out, d->filter.words.at[i]);
    }
    return buf_end(out, &all);
}

/* Octets off the front, as many as *octets has. */
static bool octets_take(span *packet, struct arena *arena, span *octets)
{
    if (octets->len > packet->len) {
        return false;
    }
    *octets = arena_copy(arena, span_first(*packet, octets->len));
    *packet = span_from(*packet, octets->len);
    return true;
}

err deposit_read(span packet, struct arena *arena, struct deposit *d)
{
    bool good = packet.len >= sizeof *d;
    if (good) {
        memcpy(d, packet.at, sizeof *d);
        packet = span_from(packet, sizeof *d);
    }
    for (size_t i = 0; good && i < TEXTS; i++) {
        good = octets_take(&packet, arena, (span *)(void *)((char *)d + texts[i]));
    }
    size_t words = good ? d->filter.words.count : 0;
    good = good && words <= packet.len / sizeof(span);
    if (good) {
        d->filter.words.at = arena_take_array(arena, words + 1, sizeof(span));
        memcpy(d->filter.words.at, packet.at, words * sizeof(span));
        packet = span_from(packet, words * sizeof(span));
    }
    for (size_t i = 0; good && i < words; i++) {
        good = octets_take(&packet, arena, &d->filter.words.at[i]);
    }
    return good && packet.len == 0 ? OK : err_syntax(0, "no deposit");
}

static void text_put(struct buf *out, span text)
{
    buf_printf(out, "%zu:", text.len);
    buf_put(out, text);
}

static void number_put(struct buf *out, uint64_t number)
{
    buf_printf(out, "%llu:", (unsigned long long)number);
}

static bool number_take(span *packet, uint64_t *number)
{
    span digits;
    return span_split(*packet, ':', &digits, packet) && span_to_u64(digits, number);
}

static bool text_take(span *packet, struct arena *arena, span *text)
{
    uint64_t len;
    bool good = number_take(packet, &len);
    *text = span_of(NULL, good ? (size_t)len : 0);
    return good && octets_take(packet, arena, text);
}

static bool packet_send(int fd, span packet)
{
    ssize_t sent;
    while ((sent = send(fd, packet.at, packet.len, MSG_NOSIGNAL)) < 0 && errno == EINTR) {
    }
    return sent == (ssize_t)packet.len;
}

/* False: the other end is gone, or `wait` is over. */
static bool packet_receive(int fd, millis wait, struct arena *arena, span *packet)
{
    unsigned char *at = arena_take(arena, PACKET);
    ssize_t got = failed(socket_wait(fd, false, wait)) ? -1 : recv(fd, at, PACKET, 0);
    *packet = got > 0 ? span_of(at, (size_t)got) : SPAN_EMPTY;
    return got > 0;
}

/* --- the parent ------------------------------------------------------------------------------ */

struct child {
    pid_t pid;
    int channel;
};

static int child_spawn(int channel, int message, pid_t *pid)
{
    char program[] = "refmta", option[] = DEPOSIT_CHILD_OPTION;
    char *words[] = {program, option, NULL}, *environment[] = {NULL};
    struct spawn wanted = {.program = "/proc/self/exe", .words = words, .environment = environment,
                           .files = {[STDIN_FILENO] = message, -1, -1, [CHANNEL] = channel}};
    return spawn_start(&wanted, pid);
}

/* With the message in a file of its own, which it cannot change behind us. */
static err child_start(const struct deposit *d, const struct deposit_text *text,
                       struct arena *arena, struct child *c)
{
    struct deposit_job job = {.d = d, .text = text, .arena = arena};
    int ends[2], message;
    TRY(transport_filter_file(&message));
    err e = deposit_text_store(&job, message);
    if (!failed(e) && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
        e = err_sys(errno, "making a socket pair");
    } else if (!failed(e)) {
        int sys = child_spawn(ends[1], message, &c->pid);
        close(ends[1]);
        c->channel = ends[0];
        if (sys != 0) {
            close(ends[0]);
            e = err_sys(sys, "starting a child of refmta");
        }
    }
    close(message);
    return e;
}

static void child_end(struct child *c)
{
    int status;
    close(c->channel);
    (void)kill(c->pid, SIGKILL);
    while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR) {
    }
}

/* "N<which>:<value>:": a name is wanted. The answer: "+text" or "-why". */
static bool answer_name(struct child *c, span question, const struct deposit_names *names,
                        struct arena *arena)
{
    uint64_t which, value;
    span text = SPAN_EMPTY;
    if (!number_take(&question, &which) || !number_take(&question, &value)) {
        return false;
    }
    err e = names->make(names->context, (enum deposit_name)which, value, &text);
    const char *answer = failed(e) ? arena_printf(arena, "-%s", e.what)
                                   : arena_printf(arena, "+%.*s", SPAN_FMT(text));
    return packet_send(c->channel, span_text(answer));
}

static bool result_take(span packet, struct arena *arena, struct deposit_result *r)
{
    uint64_t outcome, error;
    if (!number_take(&packet, &outcome) || !number_take(&packet, &error) ||
        !number_take(&packet, &r->size) || !text_take(&packet, arena, &r->text) ||
        !text_take(&packet, arena, &r->file)) {
        return false;
    }
    r->outcome = outcome == DELIVERY_DONE ? DELIVERY_DONE : DELIVERY_DEFERRED;
    r->error = (int)(int64_t)error;
    return true;
}

static millis longest(const struct deposit *d)
{
    millis locks = (millis)(d->lock_retries + 1) *
                   (d->lock_interval + d->lock_fcntl_timeout + d->lock_flock_timeout);
    return 2 * locks + d->filter.timeout + SLOW_DISK_MILLIS;
}

static void child_talk(struct child *c, const struct deposit *d, const struct deposit_names *names,
                       struct arena *arena, struct deposit_result *r)
{
    struct buf packet;
    span got = SPAN_EMPTY;
    buf_init(&packet, PACKET);
    err e = deposit_write(d, &packet);
    bool good = !failed(e) && packet_send(c->channel, buf_span(&packet));
    buf_wipe(&packet);
    for (bool over = false; good && !over;) {
        good = packet_receive(c->channel, longest(d), arena, &got);
        over = good && got.at[0] == 'R';
        if (good && !over) {
            good = got.at[0] == 'N' && answer_name(c, span_from(got, 1), names, arena);
        }
    }
    if (!good || !result_take(span_from(got, 1), arena, r)) {
        deposit_defer(r, 0, arena, failed(e) ? "%.*s transport: what is to be done is too long to be "
                                               "told to a child"
                                             : "%.*s transport: the delivering child ended without "
                                               "a result", SPAN_FMT(d->transport));
    }
}

void deposit_as_user(const struct deposit *d, const struct deposit_text *text,
                     const struct deposit_names *names, struct arena *arena,
                     struct deposit_result *r)
{
    struct child c;
    *r = (struct deposit_result){.outcome = DELIVERY_DEFERRED, .file = d->path};
    if (d->uid == geteuid() && d->gid == getegid() && d->user.len == 0) {
        deposit_run(d, text, names, arena, r);
        return;
    }
    if (geteuid() != 0) {
        deposit_defer(r, EPERM, arena, "%.*s transport: only a server that was started as root can "
                      "deliver as user %llu, group %llu", SPAN_FMT(d->transport),
                      (unsigned long long)d->uid, (unsigned long long)d->gid);
        return;
    }
    err e = child_start(d, text, arena, &c);
    if (failed(e)) {
        deposit_defer(r, e.sys, arena, "%.*s transport: %s", SPAN_FMT(d->transport), e.what);
        return;
    }
    child_talk(&c, d, names, arena, r);
    child_end(&c);
}

/* --- the child ------------------------------------------------------------------------------- */

static err ask_name(void *context, enum deposit_name which, uint64_t value, span *text)
{
    struct arena *arena = context;
    const char *question =
        arena_printf(arena, "N%u:%llu:", (unsigned)which, (unsigned long long)value);
    span answer;
    if (!packet_send(CHANNEL, span_text(question)) ||
        !packet_receive(CHANNEL, SLOW_DISK_MILLIS, arena, &answer)) {
        return err_of(ERR_CLOSED, "the server is gone");
    }
    if (answer.at[0] != '+') {
        return err_of(ERR_DEFER, arena_text(arena, span_from(answer, 1)));
    }
    *text = span_from(answer, 1);
    return OK;
}

static err pour_stdin(void *context, err (*put)(void *context, span block), void *put_context)
{
    (void)context;
    return transport_filter_pour(STDIN_FILENO, put, put_context);
}

/* From here on it is nobody but that user. */
static bool become(const struct deposit *d, struct arena *arena)
{
    const struct rlimit none = {0, 0};
    gid_t gid = (gid_t)d->gid;
    int groups = d->user.len > 0 ? initgroups(arena_text(arena, d->user), gid)
                                 : setgroups(1, &gid);
    return groups == 0 && setresgid(gid, gid, gid) == 0 &&
           setresuid((uid_t)d->uid, (uid_t)d->uid, (uid_t)d->uid) == 0 &&
           prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && setrlimit(RLIMIT_CORE, &none) == 0 &&
           chdir("/") == 0;
}

static void result_send(const struct deposit_result *r)
{
    struct buf packet;
    buf_init(&packet, PACKET);
    buf_put_byte(&packet, 'R');
    number_put(&packet, r->outcome);
    number_put(&packet, (uint64_t)(int64_t)r->error);
    number_put(&packet, r->size);
    text_put(&packet, r->text);
    text_put(&packet, r->file);
    (void)packet_send(CHANNEL, buf_span(&packet));
    buf_wipe(&packet);
}

bool deposit_child_run(struct arena *arena)
{
    struct deposit d;
    struct deposit_result r = {.outcome = DELIVERY_DEFERRED};
    span packet;
    struct stat st;
    if (fstat(CHANNEL, &st) != 0 || !S_ISSOCK(st.st_mode) ||
        fcntl(CHANNEL, F_SETFD, FD_CLOEXEC) != 0 ||
        !packet_receive(CHANNEL, SLOW_DISK_MILLIS, arena, &packet) ||
        failed(deposit_read(packet, arena, &d))) {
        return false;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    if (!become(&d, arena)) {
        deposit_defer(&r, errno, arena, "%.*s transport: cannot become user %llu, group %llu",
                      SPAN_FMT(d.transport), (unsigned long long)d.uid, (unsigned long long)d.gid);
    } else {
        const struct deposit_text text = {NULL, pour_stdin};
        const struct deposit_names names = {arena, ask_name};
        deposit_run(&d, &text, &names, arena, &r);
    }
    result_send(&r);
    return true;
}
