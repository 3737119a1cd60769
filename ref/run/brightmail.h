/* The Brightmail library seen from the program: the mode in which it is called, and whether it is there
   when a configuration is read. */
#ifndef REF_RUN_BRIGHTMAIL_H
#define REF_RUN_BRIGHTMAIL_H

#include "ref/conf/snapshot.h"

/* ERR_SYNTAX: bmi_library names something that cannot be used; the whole message. */
err run_brightmail_check(const struct conf *conf, struct arena *texts) MUST_CHECK;

#endif
