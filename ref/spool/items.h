/* The `-` lines of -H as a table, in the order in which Debian's Exim 4.96 writes them. Part of
   header_file.c, in a file of its own because the table grows with the features. */
#ifndef REF_SPOOL_ITEMS_H
#define REF_SPOOL_ITEMS_H

#include "ref/spool/envelope.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

/* Appends all lines that apply, those in e->other last. False: a text holds a LF. */
bool spool_items_put(const struct envelope *e, struct buf *out);

/* Takes the lines that begin with '-' off *text into *e. ERR_SYNTAX: what says why; *text then
   begins with the line that is meant. */
err spool_items_take(span *text, struct arena *arena, struct envelope *e) MUST_CHECK;

#endif
