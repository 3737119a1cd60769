/* -H: envelope and header section of a message. Written as Debian's Exim 4.96 writes it, to the
   byte; read in all forms since Exim 4 (docs/adr/0010-spool-form-of-exim-4.96.md). */
#ifndef REF_SPOOL_HEADER_FILE_H
#define REF_SPOOL_HEADER_FILE_H

#include "ref/spool/envelope.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#define SPOOL_HEADER_FILE_LIMIT (64u << 20) /* octets of a -H that is read */

/* Appends the file's text. arena: scratch for the tree. ERR_SYNTAX: a text that has to fit on a
   line holds a LF; ERR_LIMIT: out is full. */
err spool_header_write(const struct envelope *e, struct arena *arena, struct buf *out) MUST_CHECK;

/* Fills *e (which it first empties). Spans borrow from text. ERR_SYNTAX: at is the offset, what
   names the line and the rule ("line 7: ..."), in arena. */
err spool_header_read(span text, struct arena *arena, struct envelope *e) MUST_CHECK;

/* Replaces <id>-H in the directory open as dir: hdr.<id>, fsync, rename. The caller syncs the
   directory. On failure hdr.<id> is gone and an older -H is untouched. */
err spool_header_store(int dir, const struct envelope *e, struct arena *arena) MUST_CHECK;
/* The same in steps, for those who have something else to do between them: writes hdr.<id> with the text that
   spool_header_write made, and leaves it open; then syncs it, closes and renames it. On failure it is
   closed and gone. mode_kept: no umask changes what files are made with. */
err spool_header_stage(int dir, const char *id, span text, bool mode_kept, int *fd) MUST_CHECK;
err spool_header_place(int dir, const char *id, int fd) MUST_CHECK;
/* Makes <id>-H under its own name, for a message that is in the intake; not synced. ERR_IO with EEXIST: there is
   one. On another failure there is none. */
err spool_header_create(int dir, const char *id, span text, bool mode_kept) MUST_CHECK;
/* Reads <id>-H. */
err spool_header_load(int dir, const char *id, struct arena *arena, struct envelope *e) MUST_CHECK;

#endif
