/* The non-recipients tree of -H: a balanced binary tree in pre-order, each line telling by two
   letters which children follow. Kept in memory as a plain list, for only the file needs the
   tree. */
#ifndef REF_SPOOL_TREE_H
#define REF_SPOOL_TREE_H

#include "ref/spool/envelope.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

/* Appends the lines for the names: "XX\n" for none. They are inserted one after the other into an
   AVL tree ordered by octets, equal ones once, so that the shape is that of Exim's. */
void spool_tree_write(const span *names, size_t count, struct arena *arena, struct buf *out);

/* Takes the tree's lines off *text and adds its names to e->done, level by level, so that
   spool_tree_write makes the same tree of them. ERR_SYNTAX for letters other than YN, a missing
   line, names out of order, or a depth above 64; *text then begins with the line that is meant. */
err spool_tree_read(span *text, struct arena *arena, struct envelope *e) MUST_CHECK;

#endif
