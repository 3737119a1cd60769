/* A queue is opened when the first message asks for it, and stays open: names are few, because who
   writes the configuration makes them, and no peer can (a tainted name is refused by the ACL). */
#include "ref/spool/queues.h"

#include "base/check.h"
#include "base/file.h"
#include "ref/spool/scan.h"

#include <stdio.h>

enum { QUEUES_MOST = 64 };

struct spool_queues {
    struct arena *arena; /* the queues are in it */
    pthread_mutex_t mutex;
    struct spool *at[QUEUES_MOST];
    size_t count;
};

const char *spool_queue_bad(span name)
{
    /* What else lies in the spool directory. */
    static const char *const taken[] = {"db", "input", "intake", "log", "msglog", "scan"};
    if (span_find_byte(name, '/') != SPAN_NONE) {
        return "Directory separator not permitted in queue name";
    }
    if (name.len > SPOOL_QUEUE_LENGTH) {
        return "queue name is longer than 32 octets";
    }
    for (size_t i = 0; i < name.len; i++) {
        if (name.at[i] <= ' ' || name.at[i] >= 127) {
            return "queue name has an octet that is not printable ASCII";
        }
    }
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
        if (span_eq(name, span_text(taken[i]))) {
            return "queue name is that of a part of the spool";
        }
    }
    return name.len > 0 && name.at[0] == '.' ? "queue name begins with a dot" : NULL;
}

struct spool_queues *spool_queues_new(struct spool *first)
{
    struct arena *arena = arena_new();
    struct spool_queues *q = ARENA_NEW(arena, struct spool_queues);
    q->arena = arena;
    q->at[q->count++] = first;
    CHECK(pthread_mutex_init(&q->mutex, NULL) == 0);
    return q;
}

void spool_queues_leave(struct spool *s)
{
    struct spool_queues *q = s->queues;
    for (size_t i = 1; i < q->count; i++) {
        spool_close(q->at[i]);
    }
    (void)pthread_mutex_destroy(&q->mutex);
    arena_free(q->arena);
}

static err queue_open(struct spool_queues *q, span name, struct spool **queue)
{
    if (q->count == QUEUES_MOST) {
        return err_of(ERR_LIMIT, "more than 64 named queues");
    }
    struct spool *s = ARENA_NEW(q->arena, struct spool);
    struct spool_options options = q->at[0]->options;
    options.queue = arena_text(q->arena, name);
    TRY(spool_open_beside(s, q->at[0], &options, q->arena));
    *queue = q->at[q->count++] = s;
    return OK;
}

err spool_queue(struct spool *s, span name, struct spool **queue)
{
    struct spool_queues *q = s->queues;
    const char *bad = spool_queue_bad(name);
    if (bad != NULL) {
        return err_syntax(0, bad);
    }
    err e = OK;
    *queue = NULL;
    CHECK(pthread_mutex_lock(&q->mutex) == 0);
    for (size_t i = 0; i < q->count && *queue == NULL; i++) {
        *queue = span_eq(span_text(q->at[i]->options.queue), name) ? q->at[i] : NULL;
    }
    if (*queue == NULL) {
        e = queue_open(q, name, queue);
    }
    CHECK(pthread_mutex_unlock(&q->mutex) == 0);
    return e;
}

void spool_name_put(const struct spool *s, const char *id, char name[static SPOOL_NAME_ROOM])
{
    const char *queue = s->options.queue;
    snprintf(name, SPOOL_NAME_ROOM, "%s%s%s", queue, queue[0] != '\0' ? "/" : "", id);
}

err spool_name_find(struct spool *s, span name, struct spool **queue, span *id)
{
    span before;
    bool named = span_split(name, '/', &before, id);
    *id = named ? *id : name;
    return spool_queue(s, named ? before : SPAN_EMPTY, queue);
}

err spool_sweep_all(const struct spool *s, struct arena *arena)
{
    struct dir_list below;
    const char *top = s->options.directory;
    TRY(spool_sweep(path_join(arena, top, "input"), arena));
    TRY(dir_list(top, arena, &below));
    for (size_t i = 0; i < below.count; i++) {
        const char *input = path_join(arena, path_join(arena, top, below.names[i]), "input");
        if (spool_queue_bad(span_text(below.names[i])) == NULL && path_is_dir(input)) {
            TRY(spool_sweep(input, arena));
        }
    }
    return OK;
}
