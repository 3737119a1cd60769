/* The directory of a mailbox: walked to name by name, so that nobody can lead a delivery elsewhere by a
   symbolic link, made where it is missing, and kept open, so that it cannot be changed behind us. */
#ifndef REF_TRANSPORT_PLACE_H
#define REF_TRANSPORT_PLACE_H

#include "base/arena.h"
#include "base/err.h"

#include <sys/types.h>

/* Opens the directory, for reading: it will be synced. A symbolic link on the way is followed if it
   belongs to root or to the user of this process, else the answer is ELOOP. With `make`, missing
   ones are made with exactly that mode, and the directories that they were made in are synced. */
err place_open(const char *path, bool make, mode_t mode, int *dir) MUST_CHECK;
/* The same for one name in an open directory, which must be no link; *made tells. */
err place_open_below(int dir, const char *name, bool make, mode_t mode, int *below,
                     bool *made) MUST_CHECK;

#endif
