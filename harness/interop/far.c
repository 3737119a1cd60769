/* Both ends of the socket between sender and receiver. A question is a head and octets, so is its answer; one
   is under way at a time. What a mailbox held travels as octets and is read by the reader that took it, so
   nothing is lost on the way. */
#include "harness/interop/far.h"

#include "base/buf.h"
#include "base/file.h"
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

/* ---- fields: a letter, a length, octets ---- */

static void put_field(struct buf *out, char letter, span octets)
{
    uint32_t length = (uint32_t)octets.len;
    buf_put_byte(out, (unsigned char)letter);
    buf_put(out, span_of(&length, sizeof length));
    buf_put(out, octets);
}

static void put_texts(struct buf *out, char letter, const texts *all)
{
    for (size_t i = 0; i < all->count; i++) {
        put_field(out, letter, span_text(all->at[i]));
    }
}

static bool next_field(span *rest, char *letter, span *octets)
{
    uint32_t length;
    if (rest->len < 1 + sizeof length) {
        return false;
    }
    *letter = (char)rest->at[0];
    memcpy(&length, rest->at + 1, sizeof length);
    *octets = span_part(*rest, 1 + sizeof length, length);
    *rest = span_from(*rest, 1 + sizeof length + octets->len);
    return octets->len == length;
}

/* ---- the receiver's process ---- */

struct service {
    int socket;
    struct target *t;
    const struct scenario_set *set;
    struct arena *arena; /* of one question */
    struct arena *kept;  /* of the case: its view */
    const struct scenario *view;
};

static const struct scenario *view(struct service *v, uint64_t index)
{
    arena_reset(v->kept);
    v->view = view_of_receiver(v->set->cases.at[index], v->kept);
    return v->view;
}

static err tell_hello(struct service *v, const struct head *q, span words, struct buf *out)
{
    (void)q;
    (void)words;
    put_field(out, 'v', span_text(target_version(v->t)));
    put_field(out, 'i', span_text(target_isolation(v->t)));
    put_field(out, 'p', span_text(arena_printf(v->arena, "%lld", (long long)target_patience(v->t))));
    put_texts(out, 'c', target_caps(v->t));
    put_texts(out, 'm', target_masks(v->t));
    return OK;
}

static err tell_lacks(struct service *v, const struct head *q, span words, struct buf *out)
{
    (void)words;
    const char *lacks = target_lacks(v->t, view_of_receiver(v->set->cases.at[q->index], v->arena),
                                     v->arena);
    buf_put_text(out, lacks ? lacks : "");
    return OK;
}

static err make_ready(struct service *v, const struct head *q, span words, struct buf *out)
{
    (void)words;
    (void)out;
    return target_ready(v->t, view(v, q->index), v->arena);
}

static err tell_rests(struct service *v, const struct head *q, span words, struct buf *out)
{
    (void)q;
    (void)words;
    buf_put_text(out, target_rests(v->t) ? "y" : "");
    return OK;
}

static err tell_death(struct service *v, const struct head *q, span words, struct buf *out)
{
    (void)q;
    (void)words;
    const char *death = target_died(v->t) || target_death(v->t) ? target_death(v->t) : NULL;
    buf_put_text(out, death ? death : "");
    return OK;
}

static err observe(struct service *v, const struct head *q, span words, struct buf *out)
{
    struct observation seen = {0};
    (void)q;
    (void)words;
    TRY(target_observe(v->t, v->arena, &seen));
    put_field(out, 'S', span_of(&seen.has_mail, sizeof seen.has_mail));
    for (size_t i = 0; i < seen.mails.count; i++) {
        put_field(out, 'M', span_text(seen.mails.at[i].mailbox));
        put_field(out, 'f', seen.mails.at[i].from);
        put_field(out, 'o', seen.mails.at[i].raw);
    }
    for (size_t i = 0; i < seen.spool.count; i++) {
        const struct spool_entry *e = &seen.spool.at[i];
        if (e->state) {
            put_field(out, 'Q', span_text(e->id));
            put_field(out, 's', span_text(e->state));
            put_field(out, 'e', e->sender);
            for (size_t k = 0; k < e->rcpts.count; k++) {
                put_field(out, 'r', e->rcpts.at[k].address);
            }
        }
    }
    return OK;
}

static err keep_evidence(struct service *v, const struct head *q, span words, struct buf *out)
{
    (void)q;
    (void)out;
    return target_evidence(v->t, arena_text(v->arena, words));
}

static err stop(struct service *v, const struct head *q, span words, struct buf *out)
{
    bool was_well = !target_death(v->t);
    target_stop(v->t);
    return was_well ? tell_death(v, q, words, out) : OK;
}

static err (*const answers[QUESTION_COUNT])(struct service *v, const struct head *q, span words,
                                            struct buf *out) = {
    [ASK_HELLO] = tell_hello,     [ASK_LACKS] = tell_lacks, [ASK_READY] = make_ready,
    [ASK_RESTS] = tell_rests,     [ASK_DEATH] = tell_death, [ASK_OBSERVE] = observe,
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
    struct buf out;
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
    buf_init(&out, WORD_CEILING);
    err e = answers[q.what](v, &q, span_of(words, q.length), &out);
    e = answer(v, e, buf_span(&out), -1);
    buf_wipe(&out);
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

static err ask_hello(struct far *f)
{
    span rest;
    span octets;
    char letter;
    uint64_t patience = 0;
    TRY(ask(f, ASK_HELLO, 0, SPAN_EMPTY, f->arena, &rest, NULL));
    while (next_field(&rest, &letter, &octets)) {
        const char *text = arena_text(f->arena, octets);
        if (letter == 'v') {
            f->hello.version = text;
        } else if (letter == 'i') {
            f->hello.isolation = text;
        } else if (letter == 'p') {
            (void)span_to_u64(octets, &patience);
        } else if (letter == 'c') {
            vec_add(f->arena, &f->hello.caps, text);
        } else {
            vec_add(f->arena, &f->hello.masks, text);
        }
    }
    f->hello.patience = (millis)patience;
    return OK;
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

static void take_field(char letter, span octets, struct arena *arena, struct observation *seen)
{
    struct mail_entry *mail = seen->mails.count ? &seen->mails.at[seen->mails.count - 1] : NULL;
    struct spool_entry *entry = seen->spool.count ? &seen->spool.at[seen->spool.count - 1] : NULL;
    if (letter == 'S') {
        seen->has_mail = octets.len && octets.at[0];
    } else if (letter == 'M') {
        *vec_push(arena, &seen->mails) = (struct mail_entry){.mailbox = arena_text(arena, octets)};
    } else if (letter == 'f' && mail) {
        mail->from = octets;
    } else if (letter == 'o' && mail) {
        observe_taken_mail(mail->mailbox, mail->from, octets, arena, mail);
        *vec_push(arena, &mail->rcpts) = span_text(mail->mailbox);
    } else if (letter == 'Q') {
        *vec_push(arena, &seen->spool) = (struct spool_entry){.id = arena_text(arena, octets)};
    } else if (letter == 's' && entry) {
        entry->state = arena_text(arena, octets);
    } else if (letter == 'e' && entry) {
        entry->sender = octets;
    } else if (letter == 'r' && entry) {
        *vec_push(arena, &entry->rcpts) = (struct spool_rcpt){.address = octets};
    }
}

err far_observe(struct far *f, struct arena *arena, struct observation *seen)
{
    struct observation theirs = {0};
    span rest;
    span octets;
    char letter;
    TRY(ask(f, ASK_OBSERVE, 0, SPAN_EMPTY, arena, &rest, NULL));
    while (next_field(&rest, &letter, &octets)) {
        take_field(letter, octets, arena, &theirs);
    }
    for (size_t i = 0; i < theirs.mails.count; i++) {
        vec_add(arena, &seen->mails, theirs.mails.at[i]);
    }
    for (size_t i = 0; i < theirs.spool.count; i++) {
        vec_add(arena, &seen->spool, theirs.spool.at[i]);
    }
    seen->has_mail = theirs.has_mail;
    return OK;
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
