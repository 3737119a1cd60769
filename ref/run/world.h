/* One running refmta: the configuration, and what was made of it. A configuration and its log are
   an instance, which a reload replaces as a whole; sessions hold the one they began with. The
   spool and the environment stay for the life of the process. */
#ifndef REF_RUN_WORLD_H
#define REF_RUN_WORLD_H

#include "ref/conf/snapshot.h"
#include "ref/hints/store.h"
#include "ref/run/env.h"
#include "ref/run/options.h"
#include "ref/run/version.h"
#include "ref/smtp/policy.h"
#include "ref/smtp/session.h"

#include <pthread.h>

struct run_instance {
    struct conf *conf;
    struct log log;
    struct smtp_policy policy;
    struct facts_server facts;
    struct smtp_server server;
    struct arena *arena;
    _Atomic unsigned holders;
};

struct run_world {
    const struct run_options *options;
    struct arena *arena;
    struct run_env env;
    struct spool spool;
    bool spool_open;
    const char *scratch; /* -bh: set before it is opened, takes the place of spool and logs */
    struct dns *dns;
    struct lookup_shared *lookups;
    struct hints *hints;
    struct queue_slots *slots;  /* deliveries of each transport that has max_parallel */
    struct tls_shared *tls;
    struct seal_store *seals;
    /* Told of each message that sessions store, by spool_name_put(); set before the spool is opened. */
    void (*stored)(void *context, const char *name, bool later);
    void *stored_context;
    _Atomic bool draining;
    pthread_mutex_t mutex;
    struct run_instance *instance; /* the current one */
    struct run_instance *first;    /* that the program was started with */
};

/* Reads the configuration alone, its ACLs too; the text of a failure is the whole message. */
err run_conf_load(const struct run_options *o, struct arena *arena, struct conf **conf) MUST_CHECK;
/* The same, but the defaults where none was given and none is in its usual place. */
err run_conf_load_or_default(const struct run_options *o, struct arena *arena,
                             struct conf **conf) MUST_CHECK;

/* Reads the configuration and the environment and opens the log; sets TZ. ERR_SYNTAX: the
   configuration; others: the system. The world must not move afterwards. */
err run_world_open(struct run_world *world, const struct run_options *o,
                   struct arena *arena) MUST_CHECK;
/* Opens the spool, the DNS and what lookups share, which a supervising process must not. */
err run_world_open_spool(struct run_world *world) MUST_CHECK;
void run_world_close(struct run_world *world);
/* Both, for a mode that works by hand. EXIT_FINE; else standard error has the reason, and the world is
   closed. */
enum exit_status run_world_begin(struct run_world *world, const struct run_options *o,
                                 struct arena *arena) MUST_CHECK;

/* Who runs this process: login ("unknown") and the password file's words about him. Threads may ask. */
struct run_user {
    const char *login, *gecos;
};
struct run_user run_user_find(struct arena *arena);

/* Reads the configuration again. On failure the old one stays. Options that are only looked at when
   the program starts keep their old values, and a log line names them. */
err run_world_reload(struct run_world *world, struct arena *texts) MUST_CHECK;
/* Says in the log which of the options that only a start looks at are others in `in` than they were then. */
void run_world_changes_log(const struct run_world *world, const struct run_instance *in);

/* TZ as `timezone` has it, for the whole process. */
void run_timezone_set(const struct conf_main *m);
/* What expansions are told of the server; borrows all of it, but the environment, which is in arena. */
void run_facts_fill(const struct run_options *o, const struct run_env *env, const struct conf_main *m,
                    struct arena *arena, struct facts_server *facts);
/* For one question, by dns_retrans and dns_retry; 0: the resolver's own. */
millis run_dns_timeout(const struct conf_main *m);
/* What lookups share, as the options have it. */
err run_lookups_open(const struct conf_main *m, const struct clock *clock,
                     struct lookup_shared **lookups) MUST_CHECK;

struct run_instance *run_instance_hold(struct run_world *world);
void run_instance_release(struct run_instance *instance);

#endif
