/* The queue as people see it: -bp, -bpc, and the files of a message as they are. */
#ifndef REF_QUEUE_LIST_H
#define REF_QUEUE_LIST_H

#include "ref/queue/queue.h"

/* How many messages there are. */
err queue_count(const struct spool *spool, size_t *count) MUST_CHECK;
/* True if its -H is there, whatever else is not. */
bool queue_has_header(const struct spool *spool, span id);
/* One message in Exim's form: age, size, id, sender, recipients, "D" before those who have it. False:
   there is none, or it cannot be read; then the line says so. */
bool queue_list_put(const struct spool *spool, span id, instant now, struct buf *out);
/* All of them, or those named: put(context, text) for each. */
err queue_list(const struct spool *spool, const span *ids, size_t count, instant now,
               void (*put)(void *context, span text), void *context) MUST_CHECK;
/* <id>-H or <id>-D as it lies in the spool; suffix "-H", "-D". */
err queue_file_read(const struct spool *spool, span id, const char *suffix, struct arena *arena,
                    span *text) MUST_CHECK;

#endif
