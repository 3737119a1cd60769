/* Is an LMDB file whole? LMDB maps its file and believes every offset in it: one that points
   outside would end the process and not the lookup. So a file is walked before it is used, by reads
   that cannot fault; what a page says about itself and its children has to fit. */
#ifndef REF_LMDB_CHECK_H
#define REF_LMDB_CHECK_H

#include "base/err.h"

#include <stdint.h>

/* Before the file is opened by LMDB: whether its header could be one at all. Files that LMDB itself
   refuses in good words (not an LMDB file, another version, empty) pass. */
err lmdb_check_header(int fd) MUST_CHECK;
/* The main database as transaction `txn` sees it, whose reader slot must be held. At most
   LMDB_CHECK_PAGES are looked at. */
err lmdb_check_tree(int fd, uint64_t txn) MUST_CHECK;

/* The newest transaction in the header. False: that is none any more. */
bool lmdb_check_newest(int fd, uint64_t *txn);

#define LMDB_CHECK_PAGES ((size_t)1 << 18)

#endif
