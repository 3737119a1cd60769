/* What -be, -bt and -bv have in common: the surroundings of an expansion that belongs to no session and
   to no message of the spool. */
#ifndef REF_RUN_TRIAL_H
#define REF_RUN_TRIAL_H

#include "ref/run/world.h"

struct run_trial {
    const struct run_options *options;
    struct arena *arena;
    struct conf *conf;
    struct run_env env;
    struct facts facts;
    struct facts_server server;
    struct facts_peer peer;
    struct facts_message message;
    struct facts_address address;
    struct facts_host host;
    struct acl_variables acl;
    struct lookup_shared *shared;
    struct lookup_cache *cache;
    struct dns *dns;
    struct expansion expansion;
};

/* Must not move afterwards, and must be closed, after a failure too. makeshift: a configuration need not
   be there, and what would need the DNS or a lookup that cannot be had defers, and says so. */
err run_trial_open(struct run_trial *t, const struct run_options *o, bool makeshift,
                   struct arena *arena) MUST_CHECK;
void run_trial_close(struct run_trial *t);
/* Lines of -d, to standard error. */
void run_trial_trace(void *context, unsigned depth, span line);

#endif
