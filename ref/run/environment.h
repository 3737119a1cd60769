/* The environment that configurations see in ${env: nothing of the caller's that keep_environment does
   not name. */
#ifndef REF_RUN_ENVIRONMENT_H
#define REF_RUN_ENVIRONMENT_H

#include "ref/conf/snapshot.h"
#include "ref/expand/facts.h"

/* Fills facts->environment with "NAME=text", in arena: of `variables` (as environ is) those that
   keep_environment keeps, and add_environment's, which win. */
void run_environment_take(const struct conf_main *m, char *const *variables, struct arena *arena,
                          struct facts_server *facts);

#endif
