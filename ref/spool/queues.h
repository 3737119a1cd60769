/* Named queues: below the spool directory a folder for each, with an input directory like the usual
   one's. Each is a struct spool of its own; they share the ids, so that a message can be moved. */
#ifndef REF_SPOOL_QUEUES_H
#define REF_SPOOL_QUEUES_H

#include "ref/spool/message.h"

enum {
    SPOOL_QUEUE_LENGTH = 32,                               /* of a name, at most */
    SPOOL_NAME_ROOM = SPOOL_QUEUE_LENGTH + 1 + SPOOL_ID_ROOM
};

/* Why that cannot be the name of a queue; NULL: it can. Empty is the usual one. */
const char *spool_queue_bad(span name);

/* The spool of that queue, opened when it is first asked for; s may be any spool of the directory, and
   what comes lives as long as the one that spool_open() made. Threads may ask at once. ERR_SYNTAX: no
   name for a queue; ERR_LIMIT: too many of them. */
err spool_queue(struct spool *s, span name, struct spool **queue) MUST_CHECK;

/* "ID", or "QUEUE/ID": a message of this process's spool directory, in one word. */
void spool_name_put(const struct spool *s, const char *id, char name[static SPOOL_NAME_ROOM]);
/* Back again. */
err spool_name_find(struct spool *s, span name, struct spool **queue, span *id) MUST_CHECK;

/* spool_sweep() for all queues of the directory, named or not. */
err spool_sweep_all(const struct spool *s, struct arena *arena) MUST_CHECK;

/* Between this and message.c: a queue beside the first one of its directory, which has the list. */
err spool_open_beside(struct spool *s, const struct spool *first,
                      const struct spool_options *options, struct arena *arena) MUST_CHECK;
struct spool_queues *spool_queues_new(struct spool *first);
void spool_queues_leave(struct spool *s); /* closes the others; s is the first */

#endif
