/* The drivers of ref/transport, one function each, reached through transport_run() alone, and what
   they read options with. */
#ifndef REF_TRANSPORT_DRIVERS_H
#define REF_TRANSPORT_DRIVERS_H

#include "ref/transport/transport.h"

/* Expands an option of the transport; NULL and a forced failure give the empty text. ERR_DEFER: it cannot be
   done; `what` names transport and option. */
err transport_expand(const struct transport_job *job, const char *option, const struct template *t,
                     struct value *out) MUST_CHECK;
/* "100K" */
bool transport_size_read(span text, uint64_t *octets);

/* Give every address of the job its result. */
void transport_appendfile_run(struct transport_job *job);
void transport_queuefile_run(struct transport_job *job);
void transport_smtp_run(struct transport_job *job);

#endif
