/* The intake: small messages become durable together (docs/adr/0355-an-intake-for-small-messages.md). What is
   to be -D and -H of a message goes into one file of the process, and one sync of that file, shared by all
   who wait for it, is what a 250 stands on. The files of the spool are written at the same time, and synced
   later, by a thread that nobody waits for; then their room in the intake is free again.

   Two halves: while one fills the other is settled. <spool_directory>/intake/ holds a file for each process
   that made one, locked while that lives. What a dead one left is put right by whoever opens the spool
   next: spool_intake_recover. */
#ifndef REF_SPOOL_INTAKE_H
#define REF_SPOOL_INTAKE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SPOOL_INTAKE_FOLDER "intake"
#define SPOOL_INTAKE_HALF (8u << 20) /* octets of a half, if nobody says otherwise */
/* Larger ones cost more by the octet than their own syncs do. */
enum { SPOOL_INTAKE_BODY = 128 << 10, SPOOL_INTAKE_HEADER = 16 << 10 };

struct spool_intake;

/* Nothing is made on disk and no thread started before it is needed. half: octets of one half, 0 for the
   usual; a multiple of 4096. In arena, which must outlive it. */
struct spool_intake *spool_intake_new(const char *directory, size_t half, struct arena *arena);
/* Settles what is in it and removes its file; keeps the file if that fails. */
void spool_intake_free(struct spool_intake *i);

/* Each commit is between these two. True: the message should go through the intake, because others are
   at work too, or were before. */
bool spool_intake_enter(struct spool_intake *i);
void spool_intake_leave(struct spool_intake *i);

enum spool_intake_kind { SPOOL_INTAKE_ARRIVED = 1, SPOOL_INTAKE_GONE };

struct spool_intake_record {
    enum spool_intake_kind kind;
    const char *place; /* below the spool directory: "input", "input/a", "QUEUE/input" */
    const char *id;
    span data, header; /* the whole of -D and -H; empty if it is gone */
};

/* Takes a record about files on that device; not durable yet: of what arrived it is in memory only, of what is
   gone in the file. As soon as those are as the record says, spool_intake_done(turn): settling waits for
   it. ERR_DEFER: there is no room at present, or that is another file system; ERR_IO: the intake is of no
   more use in this process. Either way the message goes the way without it. */
err spool_intake_put(struct spool_intake *i, const struct spool_intake_record *r, dev_t device,
                     unsigned *turn) MUST_CHECK;
/* Durable when it returns OK: a sync that began after this was called. ERR_IO: nobody knows. */
err spool_intake_sync(struct spool_intake *i) MUST_CHECK;
/* The same, but made behind the caller where somebody syncs already. ERR_IO may be that of an earlier one. */
err spool_intake_sync_behind(struct spool_intake *i) MUST_CHECK;
void spool_intake_done(struct spool_intake *i, unsigned turn);

/* True if messages may lie in somebody's intake, so that a removal has to be told: there is ours, or a file
   in the folder. */
bool spool_intake_exists(struct spool_intake *i);

/* Puts right what dead processes left: what arrived is in the spool, with what is gone away, durably; then
   their files go. A -H that has been written anew since is left. *restored counts messages that had to
   be written. ERR_IO names the folder. */
err spool_intake_recover(const char *directory, struct arena *arena, size_t *restored) MUST_CHECK;

/* The form of a record, for both. size: octets of the record, padding included. sum: over what it says, the same for
   each generation. write: size octets. skip: nothing for so many octets, at least SPOOL_INTAKE_SKIP_LEAST, which
   reading steps over. read: takes one from the front of *rest; false where none is whole and of that generation.
   Texts of *r are in arena, octets borrow from *rest. */
enum { SPOOL_INTAKE_HEAD = 64 }; /* octets before the first record of a half */
enum { SPOOL_INTAKE_SKIP_LEAST = 40 };
size_t spool_intake_record_size(const struct spool_intake_record *r);
uint64_t spool_intake_record_sum(const struct spool_intake_record *r);
void spool_intake_record_write(void *at, const struct spool_intake_record *r, uint64_t sum, uint64_t generation);
void spool_intake_skip_write(void *at, size_t size, uint64_t generation);
bool spool_intake_record_read(span *rest, uint64_t generation, struct arena *arena,
                              struct spool_intake_record *r);
/* The head of a half, SPOOL_INTAKE_HEAD octets: its generation. 0: nothing is in it. */
void spool_intake_head_write(void *at, uint64_t generation);
uint64_t spool_intake_head_read(span head);

#endif
