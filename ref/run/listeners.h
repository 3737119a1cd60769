/* The sockets a daemon listens on: opened once, by the supervising process, so that a restart of
   the serving one loses no connection that waits. */
#ifndef REF_RUN_LISTENERS_H
#define REF_RUN_LISTENERS_H

#include "base/buf.h"
#include "ref/conf/snapshot.h"

struct run_listeners {
    struct conf_interfaces where; /* the port that was chosen, where 0 was asked for */
    int *fds;
};

/* As configured, or as -oX has it. ERR_SYNTAX: -oX. ERR_IO: which address, and what to do. */
err run_listeners_open(struct run_listeners *l, const struct conf *conf, const char *interfaces,
                       struct arena *arena) MUST_CHECK;
void run_listeners_close(struct run_listeners *l);
/* "[127.0.0.1]:25 [::1]:25" */
void run_listeners_print(const struct run_listeners *l, struct buf *out);

#endif
