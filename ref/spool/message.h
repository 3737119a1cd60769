/* A message on its way into the spool, and a spool directory as a whole. The order of the steps is
   the point of this file: see docs/message-life.md.

       spool_message_begin   id taken, -D made and locked
       spool_message_write   header section kept in memory, body streamed to -D
       spool_message_end     header fields split into m->envelope.headers
       (the caller fills in the rest of m->envelope, puts Received: on top with spool_message_add)
       spool_message_commit  -H written, -D synced, -H synced and renamed, directory synced; or both
                             in the intake, that synced, and -H made
       spool_message_close   lets the lock go; abandons what was not committed

   One thread works on one message; threads share the spool. */
#ifndef REF_SPOOL_MESSAGE_H
#define REF_SPOOL_MESSAGE_H

#include "ref/spool/data_file.h"
#include "ref/spool/envelope.h"
#include "ref/spool/group.h"
#include "ref/spool/id.h"
#include "ref/spool/lock.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#include <sys/types.h>

struct spool_options {
    const char *directory;       /* spool_directory */
    const char *queue;           /* a named queue, below it; NULL or "": the usual one */
    bool split;                  /* split_spool_directory */
    const struct clock *clock;
    uint32_t process;            /* process number in ids */
    unsigned host_number;        /* localhost_number; 0 when unset */
    span login;                  /* second line of -H: who we are */
    long uid, gid;
    size_t header_limit;         /* octets of a header section; 0: 1 MiB */
    size_t intake_half;          /* octets of half the intake; 0: as spool_intake_new says */
};

struct spool {
    struct spool_options options;
    const char *input; /* <directory>/input, or <directory>/<queue>/input */
    int dir;           /* input, open */
    struct spool_ids *ids;             /* all queues of the directory take theirs there */
    struct spool_locks locks;
    struct spool_group group;          /* commits that wait for the directory to be synced */
    _Atomic bool synced[SPOOL_PLACES]; /* by letter: the directories of the split layout that are
                                          known to be on disk */
    struct spool_queues *queues;       /* the other queues of the directory, those used so far */
    struct spool_intake *intake;       /* of the directory, too */
    bool first;                        /* what all its queues share ends with this one */
    size_t restored;                   /* messages that spool_open found in the intake alone */
};

/* Makes <directory> and its input directory if they are missing. Texts are copied into arena, which
   must outlive the spool. ERR_IO names the directory and says what to do. */
err spool_open(struct spool *s, const struct spool_options *options,
               struct arena *arena) MUST_CHECK;
void spool_close(struct spool *s);

struct spool_message {
    struct envelope envelope; /* id, login, uid, gid, received are filled in by begin */
    struct spool *spool;      /* NULL: not begun */
    struct arena *arena;      /* the message's; for the envelope's text */
    struct spool_lock lock;
    struct spool_data data;
    struct buf header;        /* header section as received */
    size_t line_start;        /* in header: where the line being received begins */
    size_t line_length;       /* of the line being received */
    int dir;                  /* input, or the split directory below it */
    dev_t device;             /* of a new message: the file system that it is on */
    bool mode_kept;           /* of a new message: no umask changes what files are made with */
    bool in_body, committed;
    bool has_journal;         /* a -J lies there, or may */
    bool gone;                /* its -D is removed: there is nothing left to deliver */
};

/* Takes the next free id. ERR_IO: disk full, no descriptors, ...; nothing is left behind. */
err spool_message_begin(struct spool *s, struct arena *arena, struct spool_message *m) MUST_CHECK;
/* The message as received, header section, empty line and body, LF line ends, dots unstuffed; in
   pieces of any size. The body begins behind the first empty line, or with the first line that
   is no header field. ERR_LIMIT: the header section is longer than header_limit. */
err spool_message_write(struct spool_message *m, span text) MUST_CHECK;
/* No more text. A last line without LF gets one. Header fields are in m->envelope.headers now, and
   body_lines, longest_line and zeros are set. */
err spool_message_end(struct spool_message *m) MUST_CHECK;
/* A header field in front of all others (or behind them). text ends in LF and is copied. */
void spool_message_add(struct spool_message *m, bool front, char type, span text);
/* The size that logs tell as S=: header fields but those of type '*', one line end, body. */
uint64_t spool_message_size(const struct spool_message *m);
/* Durable when it returns OK: -D and -H and the directory are synced. Sets envelope.complete if it
   is 0. On failure the message is gone from the disk and the caller answers 4yz. */
err spool_message_commit(struct spool_message *m) MUST_CHECK;
/* Ends work on the message: releases the lock, closes, removes the files of what was not committed.
   Fine on a message that was never begun if zeroed. */
void spool_message_close(struct spool_message *m);

/* What spool_message_open() refused for its damage, locked like any other: to be removed, and for nothing else. */
err spool_message_seize(struct spool *s, span id, struct arena *arena, struct spool_message *m) MUST_CHECK;

/* An existing message for work: claims and locks it, reads -H, merges -J into envelope.done.
   ERR_DEFER: somebody else works on it. ERR_SYNTAX: damaged -H. */
err spool_message_open(struct spool *s, span id, struct arena *arena,
                       struct spool_message *m) MUST_CHECK;
/* Moves a message, opened, to another queue of the same directory; it is closed and opened no more. A
   crash leaves it in one of the two. ERR_DEFER: there is a message of that id. */
err spool_message_move(struct spool_message *m, struct spool *to) MUST_CHECK;
/* Writes -H anew from m->envelope, syncs, and removes -J. */
err spool_message_update(struct spool_message *m) MUST_CHECK;
/* Syncs the directory that the message is in, together with others who ask for that. */
err spool_message_sync(struct spool_message *m) MUST_CHECK;
/* Takes a finished message off the disk: -D, -H, then -J, so that a crash in between leaves nothing
   that would be delivered again. Without a -J it may return before the directory is synced
   (docs/adr/0260-removals-are-synced-behind.md). On failure m->gone tells how far it came. */
err spool_message_remove(struct spool_message *m) MUST_CHECK;

#endif
