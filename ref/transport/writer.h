/* A message on its way into an open file of a mailbox: prefix, text with its escapes, suffix, in
   blocks; counted, and stopped at the quota. */
#ifndef REF_TRANSPORT_WRITER_H
#define REF_TRANSPORT_WRITER_H

#include "ref/transport/deposit.h"

/* Writes all of it; syncs nothing. ERR_LIMIT: it does not fit into room (UINT64_MAX: no limit). ERR_IO:
   the disk. Others are those of the text. *size is what went in. */
err writer_run(const struct deposit_job *j, int fd, uint64_t room, uint64_t *size) MUST_CHECK;
/* Tells of its failure as a deferral, in words; file is what was written to. */
void writer_failed(const struct deposit_job *j, err e, const char *file);

/* Octets of all files below a directory, two levels deep: what a quota counts. Files that cannot be
   looked at count nothing. */
uint64_t writer_used(int dir);

#endif
