/* The drivers of ref/transport, one function each, in the order of enum transport_driver. Reached
   through transport_run() alone. */
#ifndef REF_TRANSPORT_DRIVERS_H
#define REF_TRANSPORT_DRIVERS_H

#include "ref/transport/transport.h"

/* Give every address of the job its result. */
void transport_appendfile_run(struct transport_job *job);
void transport_queuefile_run(struct transport_job *job);
void transport_smtp_run(struct transport_job *job);

#endif
