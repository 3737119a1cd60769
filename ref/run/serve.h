/* The serving process: accepts connections and gives each a thread, until it is told to stop. */
#ifndef REF_RUN_SERVE_H
#define REF_RUN_SERVE_H

#include "ref/run/listeners.h"
#include "ref/run/version.h"
#include "ref/run/world.h"

/* Runs until SIGTERM or SIGINT, which must be blocked, as must SIGHUP. Calls ready(arg) once it
   accepts. Sessions that wait for a command get 421 then; those that receive a message have some
   seconds to end it. */
enum exit_status run_serve(struct run_world *world, struct run_listeners *listeners,
                           void (*ready)(void *arg), void *arg);

#endif
