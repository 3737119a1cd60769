/* Messages that the recorded server queued against those that the target queued, field by field. */
#ifndef HARNESS_REPLAY_SPOOL_H
#define HARNESS_REPLAY_SPOOL_H

#include "harness/observe/observation.h"
#include "harness/replay/compare.h"

/* A header field that is not compared. */
struct spool_mask {
    const char *name;
    bool always; /* otherwise only where one side has the field and the other has not */
    const char *because;
};
/* Ends with a row whose name is NULL. */
extern const struct spool_mask replay_spool_masks[];

/* A message of the recording: which reply gave its id, and its files. */
struct recorded_message {
    size_t recorded; /* the server's item */
    const char *id;
    struct spool_entry entry;
};

struct recorded_spool {
    const char *folder; /* NULL: none */
    VEC(struct recorded_message) messages;
};

/* The messages of the dialogue whose files lie in folder. ERR_SYNTAX: a file is not in Exim's form. */
err replay_spool_read(const struct dialogue *d, const char *folder, struct arena *arena,
                      struct recorded_spool *spool) MUST_CHECK;
/* The messages that the dialogue itself shows as taken by DATA, with sender, recipients and text as
   the client said them. */
void replay_taken_read(const struct dialogue *d, struct arena *arena, struct recorded_spool *spool);
/* Adds what differs. The id that came is looked for among those that were queued; detail gets the first
   difference side by side. */
void replay_spool_compare(const struct dialogue *d, const struct replay_said *said,
                          const struct recorded_spool *spool, const struct observation *seen,
                          struct arena *arena, struct comparison *c, struct buf *detail);

#endif
