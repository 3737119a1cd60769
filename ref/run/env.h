/* What a run takes from the world: clock, random numbers, process number. With --env FILE all of it
   comes from a file, so that two runs give the same bytes; refmta(8) has the form of the file. */
#ifndef REF_RUN_ENV_H
#define REF_RUN_ENV_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/rng.h"
#include "ref/dns/dns.h"

struct env_time {
    struct clock_still clock;
    _Atomic int64_t moved;      /* nanoseconds that the clock was moved on since the start */
};

struct run_env {
    const char *path;           /* NULL: the real world */
    int socket;                 /* -1: none */
    const struct clock *clock;  /* never NULL */
    struct rng rng;
    uint32_t pid;
    bool still;                 /* the file names a clock */
    struct env_time *time;      /* of the file's clock; shared with processes made later */
    const char *key_log;        /* file for the secrets of TLS sessions; NULL: none */
    const char *zone;           /* a file of zone text in place of the network; NULL: none */
    struct dns_network network; /* else whom to ask, and what to trust */
};

/* What the file says. */
struct env_values {
    bool has_clock, has_seed, has_pid;
    instant clock;
    int64_t clock_step;
    uint64_t seed;
    uint64_t pid;
    span key_log;               /* empty: not said */
    span zone, dns_server, trust_anchor; /* empty: not said; dns_server: an address */
    uint16_t dns_port;
};
/* Lines "key = value"; `#` begins a comment line. ERR_SYNTAX with file and line. */
err env_values_read(span text, const char *path, struct arena *arena,
                    struct env_values *v) MUST_CHECK;

/* The world as it is, or as the file has it. The env must not move afterwards. */
err run_env_open(struct run_env *env, const char *path, const char *socket,
                 struct arena *arena) MUST_CHECK;

/* --dns: a server, or the absolute name of a file of zone text; NULL: not given. ERR_SYNTAX: the
   file of --env has said it. */
err run_env_take_dns(struct run_env *env, const char *dns) MUST_CHECK;
/* The resolver that the world has: the network's, or what the file says. Texts of errors live in
   arena. After fork: in the process that asks. */
err run_env_open_dns(const struct run_env *env, struct arena *arena, struct dns **dns) MUST_CHECK;

/* Waits for bytes on the socket until it is closed; at each reads the file again, moves the clock
   and answers with a byte: '+', or '-' if the file could not be used (the reason goes to standard
   error). A task: env is a struct run_env. */
void run_env_follow(void *env);

#endif
