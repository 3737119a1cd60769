/* Message ids: tttttt-pppppp-ss in base 62, the 16-character form of Exim before 4.97. Seconds,
   process number, ticks of 5 ms. An id source counts on within a tick and never waits for the clock
   (docs/adr/0012-ids-never-wait.md); threads may share it. */
#ifndef REF_SPOOL_ID_H
#define REF_SPOOL_ID_H

#include "base/clock.h"
#include "base/span.h"

#include <stdatomic.h>

#define SPOOL_ID_SHORT 16 /* tttttt-pppppp-ss */
#define SPOOL_ID_LONG 23  /* tttttt-ppppppppppp-ssss, Exim since 4.97 */
#define SPOOL_ID_ROOM 24
#define SPOOL_FILE_ROOM (SPOOL_ID_ROOM + 4)

/* Process numbers take 22 bits (Linux's largest pid_max); the bits above tell ids of one tick
   apart. */
#define SPOOL_ID_PROCESS_BITS 22
#define SPOOL_ID_PER_TICK 512

struct spool_ids {
    const struct clock *clock;
    uint32_t process;      /* cut to SPOOL_ID_PROCESS_BITS */
    unsigned host_number;  /* localhost_number: 0 (also when unset) to 16 */
    _Atomic uint64_t next; /* tick * SPOOL_ID_PER_TICK + count within the tick */
};

void spool_ids_init(struct spool_ids *ids, const struct clock *clock, uint32_t process,
                    unsigned host_number);
/* The next id, NUL-ended. Never the same one twice from one source; never waits. */
void spool_id_take(struct spool_ids *ids, char id[static SPOOL_ID_ROOM]);

/* The name of a file of a message: "<id>-D", with "-D". */
const char *spool_file_name(const char *id, const char *suffix, char name[static SPOOL_FILE_ROOM]);
/* "hdr.<id>": a -H that is being written. */
const char *spool_temporary_name(const char *id, char name[static SPOOL_FILE_ROOM]);

/* Both forms, told apart by where the second '-' stands. */
bool spool_id_is(span text);
/* The id at the front of a text: its length (16 or 23), or 0. */
size_t spool_id_prefix(span text);

#endif
