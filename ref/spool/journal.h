/* -J: what was delivered since -H was last written, one address per line, each line synced before
   the delivery counts as done. Read at the start of the next attempt, when -H takes it over. */
#ifndef REF_SPOOL_JOURNAL_H
#define REF_SPOOL_JOURNAL_H

#include "ref/spool/envelope.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"

struct spool_journal {
    int fd; /* -1: not open */
};

/* Opens <id>-J in the directory open as dir for appending, making it if need be. */
err spool_journal_open(int dir, const char *id, struct spool_journal *journal) MUST_CHECK;
/* Appends one line with one write and syncs it. ERR_SYNTAX if address is empty or holds a LF. */
err spool_journal_add(struct spool_journal *journal, span address) MUST_CHECK;
/* The same without the sync: a line that is worth nothing without the next one. */
err spool_journal_note(struct spool_journal *journal, span text) MUST_CHECK;
void spool_journal_close(struct spool_journal *journal);

/* Adds the lines of <id>-J to e->done, those that are there already left out; a last line without
   LF was cut short by a crash before it counted and is dropped. No file: nothing to add.
   *found says whether there is a file. */
err spool_journal_merge(int dir, const char *id, struct envelope *e, struct arena *arena,
                        bool *found) MUST_CHECK;
/* The lines of e->done as keys, to be looked up; values are any. */
struct map spool_journal_done(const struct envelope *e, struct arena *arena);
err spool_journal_remove(int dir, const char *id) MUST_CHECK; /* gone already is fine */

#endif
