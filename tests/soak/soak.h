/* What a kind of peer is to the soak: a function that plays one session on an open connection. */
#ifndef TESTS_SOAK_SOAK_H
#define TESTS_SOAK_SOAK_H

#include "base/rng.h"
#include "base/socket.h"

#include <stdatomic.h>
#include <stdlib.h>

#define PATIENCE 60000 /* milliseconds that the server may take for anything */
#define MOST_KINDS 24

struct soak {
    struct address at;
    const char *pid;
    unsigned long sessions;
    _Atomic unsigned long next;
    _Atomic unsigned long wrong;
    _Atomic unsigned long of_kind[MOST_KINDS];
    const struct kind *kinds; /* weights add up to 100 */
    size_t kind_count;
    struct rng rng;
};

/* What a peer does on an open connection; false: the server did wrong. */
struct kind {
    const char *name;
    unsigned weight;
    bool (*run)(struct soak *k, int fd);
    bool takes; /* the server owes it a message */
};

static inline bool say(int fd, const char *text)
{
    return !failed(socket_write(fd, span_text(text), PATIENCE));
}

/* Reads replies until `count` final lines (code, blank) have come; the last one's code, or 0. */
static inline int hear(int fd, unsigned count)
{
    char line[600];
    size_t len = 0;
    for (;;) {
        size_t got = 0;
        if (failed(socket_read(fd, line + len, 1, PATIENCE, &got))) {
            return 0;
        }
        len += got;
        if (line[len - 1] == '\n') {
            if (len >= 4 && line[3] != '-' && --count == 0) {
                return atoi(line);
            }
            len = 0;
        } else if (len == sizeof line) {
            return 0;
        }
    }
}

/* Peers of STARTTLS that do everything else: the server ends each, and says one line about it. */
extern const struct kind soak_tls_kinds[];
extern const size_t soak_tls_kind_count;

#endif
