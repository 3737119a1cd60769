/* TLS of a running refmta: what its sessions share, and the look at certificates before it serves. */
#ifndef REF_RUN_TLS_H
#define REF_RUN_TLS_H

#include "ref/run/world.h"

/* Makes world->tls; the hints must be open. */
void run_tls_open(struct run_world *world);
/* Whether the files that the configuration names can be used to serve: its texts name file, option and line.
   What only a session can know is looked at there. */
err run_tls_check(struct run_world *world, const struct conf *conf, struct arena *texts) MUST_CHECK;

/* The file where secrets go that a test wants to see, or NULL: outside of a run with --env always. */
const char *run_tls_key_log(const struct run_world *world);

#endif
