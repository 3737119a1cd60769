/* What the serving process gives up before it talks to anybody: new privileges, running programs,
   and writing anywhere but to its spool, its logs, /dev, and the folders of the LMDB files that the
   configuration names: who reads one of those writes to its lock file. Where the kernel has no Landlock the
   first of these is all there is, and the log says so. */
#ifndef REF_RUN_CONFINE_H
#define REF_RUN_CONFINE_H

#include "ref/run/world.h"

err run_confine(struct run_world *world, struct arena *arena) MUST_CHECK;

#endif
