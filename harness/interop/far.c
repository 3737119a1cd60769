/* Both ends of the socket between sender and receiver. A question is a head and octets, so is its answer; one
   is under way at a time. What a mailbox held travels as octets and is read by the reader that took it, so
   nothing is lost on the way. */
#include "harness/interop/far.h"

#include "base/buf.h"
#include "base/file.h"
#include "harness/interop/tell.h"
#include "harness/interop/view.h"
#include "harness/observe/formats.h"
#include "harness/target/rest.h"

#include <errno.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WORD_CEILING = 1 << 30, DIAL_WAIT = 10000 };

enum question {
    ASK_HELLO, ASK_LACKS, ASK_READY, ASK_DIAL, ASK_RESTS, ASK_DEATH, ASK_OBSERVE, ASK_EVIDENCE,
    ASK_STOP, QUESTION_COUNT
};

struct head {
    uint32_t what;   /* a question, or the kind of an err */
    uint32_t length; /* of what follows */
    uint64_t index;  /* of a case */
};

static err read_exactly(int fd, void *at, size_t len)
{
    if (failed(fd_read_exactly(fd, at, len))) {
        return err_of(ERR_CLOSED, "the receiver's process is gone; standard error may say why");
    }
    return OK;
}

/* ---- what is told ---- */

static void tell_hello(struct telling *t, struct far_hello *h)
{
    h->version = tell_text(t, h->version);
    h->isolation = tell_text(t, h->isolation);
    h->patience = (millis)tell_number(t, (uint64_t)h->patience);
    tell_texts(t, &h->caps);
}

/* Mails and the queue. */
static void tell_seen(struct telling *t, struct observation *seen)
{
    seen->has_mail = tell_bool(t, seen->has_mail);
    tell_each(t, &seen->mails, i, mails) {
        struct mail_entry *m = &seen->mails.at[i];
        m->mailbox = tell_text(t, m->mailbox);
        m->from = tell_octets(t, m->from);
        m->raw = tell_octets(t, m->raw);
    }
    tell_each(t, &seen->spool, i, entries) {
        struct spool_entry *e = &seen->spool.at[i];
        e->id = tell_text(t, e->id);
        e->state = tell_text(t, e->state);
        e->sender = tell_octets(t, e->sender);
        tell_each(t, &e->rcpts, k, rcpts) {
            e->rcpts.at[k].address = tell_octets(t, e->rcpts.at[k].address);
        }
    }
}

/* ---- the receiver's process ---- */

struct service {
    int socket;
    struct target *t;
    const struct scenario_set *set;
    struct arena *arena; /* of one question */
    struct arena *kept;  /* of the case: its view */
    /* the question */
    const struct scenario *s;
    span words;
    struct buf out; /* the answer */
};

static err answer_hello(struct service *v)
{
    struct telling t = {.out = &v->out};
    struct far_hello hello = {.version = target_version(v->t), .isolation = target_isolation(v->t),
                              .caps = *target_caps(v->t), .patience = target_patience(v->t)};
    tell_hello(&t, &hello);
    return OK;
}

static err answer_lacks(struct service *v)
{
    const char *lacks = target_lacks(v->t, view_of_receiver(v->s, v->arena), v->arena);
    buf_put_text(&v->out, lacks ? lacks : "");
    return OK;
}

static err make_ready(struct service *v)
{
    arena_reset(v->kept);
    return target_ready(v->t, view_of_receiver(v->s, v->kept), v->arena);
}

static err answer_rests(struct service *v)
{
    buf_put_text(&v->out, target_rests(v->t) ? "y" : "");
    return OK;
}

static err answer_death(struct service *v)
{
    const char *death = target_died(v->t) || target_death(v->t) ? target_death(v->t) : NULL;
    buf_put_text(&v->out, death ? death : "");
    return OK;
}

static err observe(struct service *v)
{
    struct observation seen = {0};
    struct telling t = {.out = &v->out};
    size_t queued = 0;
    TRY(target_observe(v->t, v->arena, &seen));
    for (size_t i = 0; i < seen.spool.count; i++) {
        if (seen.spool.at[i].state) {
            seen.spool.at[queued++] = seen.spool.at[i];
        }
    }
    seen.spool.count = queued;
    tell_seen(&t, &seen);
    return OK;
}

static err keep_evidence(struct service *v)
{
    return target_evidence(v->t, arena_text(v->arena, v->words));
}

static err stop(struct service *v)
{
    bool was_well = !target_death(v->t);
    target_stop(v->t);
    return was_well ? answer_death(v) : OK;
}

static err (*const answers[QUESTION_COUNT])(struct service *v) = {
    [ASK_HELLO] = answer_hello,     [ASK_LACKS] = answer_lacks, [ASK_READY] = make_ready,
    [ASK_RESTS] = answer_rests,     [ASK_DEATH] = answer_death, [ASK_OBSERVE] = observe,
    [ASK_EVIDENCE] = keep_evidence, [ASK_STOP] = stop,
};

static err dial(struct service *v, int *fd)
{
    struct address to;
    struct address from;
    if (!target_sut(v->t, "smtp", &to)) {
        return err_of(ERR_IO, "the receiver has no SMTP port");
    }
    bool fixed = target_client(v->t, NULL, &from);
    if (fixed) {
        target_wait_for_port(&from);
    }
    return socket_connect(&to, fixed ? &from : NULL, DIAL_WAIT, fd);
}

/* An answer, with a descriptor where fd is one. */
static err answer(const struct service *v, err e, span words, int fd)
{
    const char *what = failed(e) ? err_text(e, v->arena) : NULL;
    words = failed(e) ? span_text(what) : words;
    struct head head = {.what = (uint32_t)e.kind, .length = (uint32_t)words.len};
    union {
        char room[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control = {{0}};
    struct iovec piece = {&head, sizeof head};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
    if (fd >= 0) {
        message.msg_control = control.room;
        message.msg_controllen = sizeof control.room;
        struct cmsghdr *c = CMSG_FIRSTHDR(&message);
        *c = (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS,
                              .cmsg_len = CMSG_LEN(sizeof fd)};
        memcpy(CMSG_DATA(c), &fd, sizeof fd);
    }
    if (sendmsg(v->socket, &message, MSG_NOSIGNAL) != (ssize_t)sizeof head) {
        return err_of(ERR_CLOSED, "the sender's process is gone");
    }
    return fd_write_all(v->socket, words);
}

static err serve_one(struct service *v)
{
    struct head q;
    TRY(read_exactly(v->socket, &q, sizeof q));
    char *words = arena_take(v->arena, (size_t)q.length + 1);
    TRY(read_exactly(v->socket, words, q.length));
    if (q.what >= QUESTION_COUNT || q.index >= v->set->cases.count) {
        return err_of(ERR_SYNTAX, "no such question");
    }
    if (q.what == ASK_DIAL) {
        int fd = -1;
        err e = dial(v, &fd);
        e = answer(v, e, SPAN_EMPTY, fd);
        if (fd >= 0) {
            close(fd);
        }
        return e;
    }
    v->s = v->set->cases.at[q.index];
    v->words = span_of(words, q.length);
    buf_init(&v->out, WORD_CEILING);
    err e = answers[q.what](v);
    e = answer(v, e, buf_span(&v->out), -1);
    buf_wipe(&v->out);
    return e;
}

void far_serve(int socket, const struct target_options *o, const struct scenario_set *set)
{
    struct arena *arena = arena_new();
    struct service v = {.socket = socket, .set = set, .arena = arena_new(), .kept = arena_new()};
    err e = target_open(o, arena, &v.t);
    if (failed(e)) {
        (void)failed(answer(&v, e, SPAN_EMPTY, -1));
    } else if (!failed(answer(&v, OK, SPAN_EMPTY, -1))) {
        while (!failed(serve_one(&v))) {
            arena_reset(v.arena);
        }
    }
    target_close(v.t);
    arena_free(v.kept);
    arena_free(v.arena);
    arena_free(arena);
}

/* ---- the sender's process ---- */

struct far {
    int socket;
    pthread_mutex_t mutex;
    struct arena *arena;
    struct rest_watch *watch;
    struct far_hello hello;
};

/* The head of an answer, and the descriptor that came with it. */
static err hear_head(int socket, struct head *head, int *fd)
{
    union {
        char room[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control = {{0}};
    struct iovec piece = {head, sizeof *head};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = control.room,
                             .msg_controllen = sizeof control.room};
    ssize_t n;
    do {
        n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_WAITALL);
    } while (n < 0 && errno == EINTR);
    const struct cmsghdr *c = CMSG_FIRSTHDR(&message);
    if (n == (ssize_t)sizeof *head && c && c->cmsg_type == SCM_RIGHTS) {
        memcpy(fd, CMSG_DATA(c), sizeof *fd);
    }
    return n == (ssize_t)sizeof *head
               ? OK
               : err_of(ERR_CLOSED, "the receiver's process is gone; standard error may say why");
}

static err hear(const struct far *f, struct arena *arena, span *words, int *fd)
{
    struct head head;
    TRY(hear_head(f->socket, &head, fd));
    char *text = arena_take(arena, (size_t)head.length + 1);
    TRY(read_exactly(f->socket, text, head.length));
    text[head.length] = '\0';
    *words = span_of(text, head.length);
    return head.what == 0 ? OK : err_of((enum err_kind)head.what, text);
}

static err ask(struct far *f, enum question what, size_t index, span say, struct arena *arena,
               span *words, int *fd)
{
    struct head head = {.what = (uint32_t)what, .length = (uint32_t)say.len, .index = index};
    int none = -1;
    pthread_mutex_lock(&f->mutex);
    err e = fd_write_all(f->socket, span_of(&head, sizeof head));
    if (!failed(e)) {
        e = fd_write_all(f->socket, say);
    }
    if (!failed(e)) {
        e = hear(f, arena, words, fd ? fd : &none);
    }
    pthread_mutex_unlock(&f->mutex);
    return e;
}

static struct telling hearing(span words, struct arena *arena)
{
    const char *text = (const char *)words.at;
    return (struct telling){.at = text, .end = text + words.len, .arena = arena};
}

static err ask_hello(struct far *f)
{
    span words;
    TRY(ask(f, ASK_HELLO, 0, SPAN_EMPTY, f->arena, &words, NULL));
    struct telling t = hearing(words, f->arena);
    tell_hello(&t, &f->hello);
    return t.broken ? err_of(ERR_SYNTAX, "what the receiver says is cut off") : OK;
}

err far_open(int socket, pid_t pid, struct arena *arena, struct far **out)
{
    struct far *f = ARENA_NEW(arena, struct far);
    span words;
    int fd = -1;
    f->socket = socket;
    f->arena = arena;
    TRY(hear(f, arena, &words, &fd));
    pthread_mutex_init(&f->mutex, NULL);
    f->watch = rest_watch_new(pid);
    *out = f;
    return ask_hello(f);
}

const struct far_hello *far_tells(const struct far *f)
{
    return &f->hello;
}

const char *far_lacks(struct far *f, size_t index, struct arena *arena)
{
    span words;
    err e = ask(f, ASK_LACKS, index, SPAN_EMPTY, arena, &words, NULL);
    return failed(e) ? NULL : words.len ? arena_text(arena, words) : NULL;
}

err far_ready(struct far *f, size_t index, struct arena *arena)
{
    span words;
    return ask(f, ASK_READY, index, SPAN_EMPTY, arena, &words, NULL);
}

err far_dial(struct far *f, int *fd)
{
    struct arena *arena = arena_new();
    span words;
    *fd = -1;
    err e = ask(f, ASK_DIAL, 0, SPAN_EMPTY, arena, &words, fd);
    if (failed(e)) {
        e = err_of(e.kind, "it cannot be connected to");
    } else if (*fd < 0) {
        e = err_of(ERR_IO, "no descriptor came");
    }
    arena_free(arena);
    return e;
}

bool far_asleep(struct far *f)
{
    size_t count;
    return rest_look(f->watch, &count);
}

bool far_rests(struct far *f)
{
    struct arena *arena = arena_new();
    span words;
    err e = ask(f, ASK_RESTS, 0, SPAN_EMPTY, arena, &words, NULL);
    bool rests = failed(e) || words.len > 0;
    arena_free(arena);
    return rests;
}

const char *far_death(struct far *f, struct arena *arena)
{
    span words;
    err e = ask(f, ASK_DEATH, 0, SPAN_EMPTY, arena, &words, NULL);
    return failed(e) ? err_text(e, arena) : words.len ? arena_text(arena, words) : NULL;
}

/* What a mailbox held is read again by the reader that took it. */
err far_observe(struct far *f, struct arena *arena, struct observation *seen)
{
    struct observation theirs = {0};
    span words;
    TRY(ask(f, ASK_OBSERVE, 0, SPAN_EMPTY, arena, &words, NULL));
    struct telling t = hearing(words, arena);
    tell_seen(&t, &theirs);
    for (size_t i = 0; i < theirs.mails.count; i++) {
        const struct mail_entry *m = &theirs.mails.at[i];
        struct mail_entry *mail = vec_push(arena, &seen->mails);
        observe_taken_mail(m->mailbox, m->from, m->raw, arena, mail);
        vec_add(arena, &mail->rcpts, span_text(m->mailbox));
    }
    vec_add_all(arena, &seen->spool, &theirs.spool);
    seen->has_mail = theirs.has_mail;
    return t.broken ? err_of(ERR_SYNTAX, "what the receiver says is cut off") : OK;
}

err far_evidence(struct far *f, const char *folder)
{
    struct arena *arena = arena_new();
    span words;
    err e = ask(f, ASK_EVIDENCE, 0, span_text(folder), arena, &words, NULL);
    if (failed(e)) {
        e = err_of(e.kind, "the receiver's files cannot be kept");
    }
    arena_free(arena);
    return e;
}

void far_close(struct far *f, struct arena *arena, const char **what)
{
    span words;
    *what = NULL;
    if (f) {
        err e = ask(f, ASK_STOP, 0, SPAN_EMPTY, arena, &words, NULL);
        *what = !failed(e) && words.len ? arena_text(arena, words) : NULL;
        close(f->socket);
        rest_watch_free(f->watch);
        pthread_mutex_destroy(&f->mutex);
    }
}
