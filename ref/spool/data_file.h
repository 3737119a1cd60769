/* -D: the body of a message. First line `<id>-D`, then the body with LF line ends, dots unstuffed,
   no terminator line. Written as it arrives, so that memory does not grow with the message. */
#ifndef REF_SPOOL_DATA_FILE_H
#define REF_SPOOL_DATA_FILE_H

#include "ref/spool/id.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

#define SPOOL_MODE 0640
#define SPOOL_DIR_MODE 0750
/* What is held at first, what is written at a time of a long body, and what is held then: a body of that many octets is
   held as a whole, with the first line. */
enum { SPOOL_DATA_FIRST = 16 << 10, SPOOL_DATA_PIECE = 128 << 10, SPOOL_DATA_BLOCK = SPOOL_DATA_PIECE + 4096 };

struct spool_data {
    int fd;              /* open for reading and writing; -1: none */
    uint64_t size;       /* body octets so far */
    unsigned long zeros; /* NUL octets */
    bool ends_in_lf;     /* the last octet of the body; true while the body is empty */
    size_t held;         /* octets waiting in block */
    unsigned char *block; /* first, until the body is larger; then one of SPOOL_DATA_BLOCK octets */
    size_t room;
    struct arena *arena;  /* of that one */
    unsigned char first[SPOOL_DATA_FIRST];
};

/* Makes <id>-D in the directory open as dir, with what the umask leaves of its mode; its first line
   goes out with the first block. ERR_IO with EEXIST when there is such a file. The arena must outlive what is
   written. */
err spool_data_create(int dir, const char *id, struct arena *arena, struct spool_data *data) MUST_CHECK;
/* Appends body octets. */
err spool_data_write(struct spool_data *data, span body) MUST_CHECK;
/* Hands what is held to the system; block keeps it. */
err spool_data_flush(struct spool_data *data) MUST_CHECK;
/* Flushes and syncs. */
err spool_data_sync(struct spool_data *data) MUST_CHECK;

/* Opens an existing -D for reading and writing, checks the first line against id, and leaves the
   position at the body. ERR_SYNTAX: it is another message's file. ERR_IO with ENOENT: not there. */
err spool_data_open(int dir, const char *id, int *fd, uint64_t *body_size) MUST_CHECK;
/* Offset of the body: 19 or 26. */
size_t spool_data_offset(const char *id);

#endif
