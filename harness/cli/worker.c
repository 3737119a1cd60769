/* Workers are processes because namespaces belong to processes, and because a target (or the
   judge) that goes wrong must not take the run with it. */
#include "harness/cli/worker.h"

#include "base/buf.h"
#include "base/file.h"

#include "harness/case/pair.h"
#include "harness/case/self.h"
#include "harness/cli/cli.h"
#include "harness/cli/run.h"
#include "harness/cli/tell.h"
#include "harness/target/process.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORD_CEILING ((size_t)256 << 20)
#define KEPT_OCTETS (8 << 20)

struct head {
    uint32_t length;
    uint32_t kind;
};
struct order {
    uint64_t case_index;
    uint64_t number;
};

/* ---- in the worker ---- */

/* A word is made behind the room for its head. */
static void begin_word(struct buf *word)
{
    struct head none = {0};
    buf_clear(word);
    buf_put(word, span_of(&none, sizeof none));
}

static err send_word(int fd, enum word_kind kind, struct buf *word)
{
    span all;
    TRY(buf_end(word, &all));
    struct head head = {(uint32_t)(all.len - sizeof head), (uint32_t)kind};
    memcpy(word->at, &head, sizeof head);
    return fd_write_all(fd, all);
}

static err send_refusal(int fd, const char *text)
{
    struct buf word;
    buf_init(&word, WORD_CEILING);
    begin_word(&word);
    buf_put_text(&word, text);
    err e = send_word(fd, WORD_REFUSED, &word);
    buf_wipe(&word);
    return e;
}

static void add_texts(report_texts *to, const char *prefix, const texts *from, struct arena *arena)
{
    for (size_t i = 0; i < from->count; i++) {
        vec_add(arena, to, arena_printf(arena, "%s%s", prefix, from->at[i]));
    }
}

static err send_hello(int fd, const struct target *t, const struct pair *pair, const char *in_place,
                      struct arena *arena)
{
    struct report_target target = {.name = "", .version = t ? target_version(t) : in_place};
    struct buf word;
    struct telling telling = {.out = &word};
    if (t) {
        add_texts(&target.caps, "", target_caps(t), arena);
        add_texts(&target.masks, "", target_masks(t), arena);
    }
    if (t && pair) {
        const struct far_hello *far = far_tells(pair->receiver);
        target.version = arena_printf(arena, "%s, receiver %s", target.version, far->version);
        add_texts(&target.caps, SCENARIO_RECEIVER, &far->caps, arena);
    }
    buf_init(&word, WORD_CEILING);
    begin_word(&word);
    (void)tell_text(&telling, t ? target_isolation(t) : "none");
    tell_target(&telling, &target);
    err e = send_word(fd, WORD_HELLO, &word);
    buf_wipe(&word);
    return e;
}

void worker_capture(const struct target *t, struct arena *arena, struct capture **c,
                    const char **why)
{
    const char *filter = NULL;
    const char *device = "lo";
    *c = NULL;
    *why = NULL;
    if (t == NULL) {
        filter = arena_printf(arena, "tcp and host %s", self_host(arena));
    } else if (strcmp(target_isolation(t), "ports") == 0) {
        const char *host = target_host(t);
        size_t dot = span_find_last_byte(span_text(host), '.');
        filter = arena_printf(arena, "net %.*s.0/24", (int)dot, host);
    } else if (target_is_external(t)) {
        device = "any";
        filter = arena_printf(arena, "tcp and host %s", target_host(t));
    }
    err e = capture_open(device, filter, arena, c);
    if (failed(e)) {
        *why = err_text(e, arena);
    }
}

static const struct scenario *find_case(const struct worker_plan *plan, const struct order *order,
                                        struct arena *arena)
{
    if (plan->made) {
        return plan->made(plan->maker, order->number, arena);
    }
    return order->case_index < plan->set->cases.count ? plan->set->cases.at[order->case_index] : NULL;
}

static void work(const struct worker_plan *plan, struct case_stage *stage, int fd)
{
    struct arena *arena = arena_new();
    struct buf word;
    struct telling telling = {.out = &word};
    struct order order;
    const struct scenario *s;
    buf_init(&word, WORD_CEILING);
    while (!failed(fd_read_exactly(fd, &order, sizeof order)) && (s = find_case(plan, &order, arena))) {
        struct report_case rc;
        case_describe(stage, s, arena, &rc);
        if (plan->only_describe) {
            rc.reason = case_lacks(stage, s, arena);
            rc.state = rc.reason ? STATE_SKIP : STATE_PASS;
        } else if (!plan->task || !plan->task->judge ||
                   !plan->task->judge(plan->task->context, s, arena, &rc)) {
            case_run(stage, s, (size_t)order.number, arena, &rc);
        }
        begin_word(&word);
        tell_case(&telling, &rc);
        if (failed(send_word(fd, WORD_CASE, &word))) {
            break;
        }
        arena_reset(arena);
    }
    buf_wipe(&word);
    arena_free(arena);
}

/* What a target tells when it ends (a leak) belongs to no case, and must not be lost. */
static void say_goodbye(struct target *t, struct pair *pair, int to, struct arena *arena)
{
    bool was_well = !target_death(t);
    const char *left = NULL;
    target_stop(t);
    far_close(pair ? pair->receiver : NULL, arena, &left);
    left = was_well && target_death(t) ? target_death(t) : left;
    if (left) {
        const char *text = arena_printf(arena, "%d the target left %s", EXIT_CRASHED, left);
        (void)failed(send_refusal(to, text));
    }
}

static err open_target(const struct worker_plan *plan, int socket, pid_t far, struct arena *arena,
                       struct case_stage *stage)
{
    TRY(target_open(&plan->target, arena, &stage->target));
    if (plan->receiver.name) {
        stage->pair = ARENA_NEW(arena, struct pair);
        *stage->pair = (struct pair){.sender = stage->target, .set = plan->set};
        return far_open(socket, far, arena, &stage->pair->receiver);
    }
    return OK;
}

static void refuse(int to, err e, struct arena *arena)
{
    int status = e.kind == ERR_SYNTAX ? EXIT_USAGE : EXIT_ENVIRONMENT;
    /* ERR_DEFER, not there or refused by this machine: the cases are skipped, not wrong. */
    const char *text =
        arena_printf(arena, "%d %s", e.kind == ERR_DEFER ? 0 : status, err_text(e, arena));
    (void)failed(send_refusal(to, text));
}

/* far_socket and far: of the receiver's process, if there is one. */
static void live(const struct worker_plan *plan, int fd, int far_socket, pid_t far)
{
    struct arena *arena = arena_new();
    struct case_stage stage = plan->stage;
    const char *in_place = plan->task ? plan->task->in_place : NULL;
    in_place = plan->set->sides == SIDES_BOTH ? "both sides are the judge's" : in_place;
    if (failed(target_ca(arena, &stage.ca))) { /* asked before the target's isolation moves the root */
        stage.ca = NULL;
    }
    err e = in_place ? OK : open_target(plan, far_socket, far, arena, &stage);
    struct target *t = stage.target;
    if (failed(e)) {
        refuse(fd, e, arena);
        target_close(t);
        arena_free(arena);
        return;
    }
    if (!plan->only_describe && stage.out && stage.keep != KEEP_NONE) {
        worker_capture(t, arena, &stage.capture, &stage.no_capture);
    }
    if (!failed(send_hello(fd, t, stage.pair, in_place, arena))) {
        work(plan, &stage, fd);
        if (t) {
            say_goodbye(t, stage.pair, fd, arena);
        }
    }
    capture_close(stage.capture);
    target_close(t);
    arena_free(arena);
}

/* In a child: a process of this run, with these descriptors only (b may be -1). Ends of other workers' sockets must
   not live on here: their end of input would never come. */
static void settle(int a, int b)
{
    int low = a < b ? a : b;
    int high = a < b ? b : a;
    low = low < 0 ? high : low;
    if (low > 3) {
        (void)close_range(3, (unsigned)low - 1, 0);
    }
    if (high > low + 1) {
        (void)close_range((unsigned)low + 1, (unsigned)high - 1, 0);
    }
    (void)close_range(high > 2 ? (unsigned)high + 1 : 3, ~0U, 0);
    (void)setpgid(0, 0);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
}

/* ---- in the parent ---- */

/* Forks with a socket between both: *end is that of whoever it returns to. *pid is 0 in the child. */
static err fork_with_socket(pid_t *pid, int *end)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
        return err_sys(errno, "socketpair");
    }
    *pid = fork();
    int sys = errno;
    bool child = *pid == 0;
    *end = pair[child];
    close(pair[!child]);
    if (*pid < 0) {
        close(*end);
        return err_sys(sys, "fork");
    }
    return OK;
}

/* The receiver is no child of the sender's process: what is below a process is its target. */
static err start_far(const struct worker_plan *plan, struct worker *w, int *socket)
{
    pid_t pid;
    *socket = -1;
    if (!plan->receiver.name) {
        return OK;
    }
    TRY(fork_with_socket(&pid, socket));
    if (pid == 0) {
        settle(*socket, -1);
        far_serve(*socket, &plan->receiver, plan->set);
        _exit(0);
    }
    w->far = pid;
    return OK;
}

static err start_near(const struct worker_plan *plan, struct worker *w, int far_socket)
{
    pid_t pid;
    int socket;
    TRY(fork_with_socket(&pid, &socket));
    if (pid == 0) {
        settle(socket, far_socket);
        live(plan, socket, far_socket, w->far);
        _exit(0);
    }
    w->pid = pid;
    w->socket = socket;
    return OK;
}

err worker_start(const struct worker_plan *plan, struct worker *w)
{
    int socket;
    /* A case takes memory and gives it back, here as there: given on to the system, each page would be
       asked for again. */
    (void)mallopt(M_TRIM_THRESHOLD, KEPT_OCTETS);
    (void)mallopt(M_MMAP_THRESHOLD, KEPT_OCTETS);
    *w = (struct worker){.target = w->target};
    TRY(start_far(plan, w, &socket));
    err e = start_near(plan, w, socket);
    if (socket >= 0) {
        close(socket); /* the receiver ends when its sender does */
    }
    return e;
}

err worker_give(struct worker *w, size_t case_index, size_t number)
{
    struct order order = {case_index, number};
    w->idle = false;
    return fd_write_all(w->socket, span_of(&order, sizeof order));
}

static err read_exactly(int fd, void *at, size_t len)
{
    return failed(fd_read_exactly(fd, at, len)) ? err_of(ERR_CLOSED, "the worker is gone")
                                                : OK;
}

err worker_hear(struct worker *w, struct arena *arena, struct worker_word *word)
{
    struct head head;
    TRY(read_exactly(w->socket, &head, sizeof head));
    char *text = arena_take(arena, (size_t)head.length + 1);
    TRY(read_exactly(w->socket, text, head.length));
    *word = (struct worker_word){.kind = (enum word_kind)head.kind};
    struct telling telling = {.at = text, .end = text + head.length, .arena = arena};
    if (word->kind == WORD_REFUSED) {
        word->status = text[0] - '0';
        word->text = text + 2;
    } else if (word->kind == WORD_HELLO) {
        word->text = tell_text(&telling, NULL);
        tell_target(&telling, &word->target);
    } else {
        tell_case(&telling, &word->result);
    }
    return telling.broken ? err_syntax(head.length, "is cut off") : OK;
}

bool worker_release(struct worker *w, struct arena *arena, struct worker_word *last)
{
    if (w->pid <= 0) {
        return false;
    }
    (void)shutdown(w->socket, SHUT_WR);
    bool said = !failed(worker_hear(w, arena, last)) && last->kind == WORD_REFUSED;
    (void)waitpid(w->pid, NULL, 0);
    if (w->far > 0) {
        (void)waitpid(w->far, NULL, 0);
    }
    close(w->socket);
    w->pid = w->far = 0;
    return said;
}

static void kill_below(pid_t pid, struct arena *arena)
{
    /* What it started first: once it is gone its children are anybody's. */
    pids below = {0};
    (void)kill(pid, SIGSTOP);
    process_descendants(pid, arena, &below);
    (void)kill(pid, SIGKILL);
    for (size_t i = 0; i < below.count; i++) {
        (void)kill(below.at[i], SIGKILL);
    }
    (void)waitpid(pid, NULL, 0);
}

void worker_kill(struct worker *w, struct arena *arena)
{
    if (w->pid <= 0) {
        return;
    }
    kill_below(w->pid, arena);
    if (w->far > 0) {
        kill_below(w->far, arena);
    }
    close(w->socket);
    w->pid = w->far = 0;
}
