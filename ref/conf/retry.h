/* The retry section: which rule says when a delivery is tried again. */
#ifndef REF_CONF_RETRY_H
#define REF_CONF_RETRY_H

#include "base/clock.h"
#include "base/vec.h"
#include "ref/conf/values.h"

enum retry_error {
    RETRY_ANY,
    RETRY_AUTH_FAILED,
    RETRY_CONNECT,          /* refused or timed out */
    RETRY_REFUSED,
    RETRY_TIMEOUT,
    RETRY_TIMEOUT_CONNECT,
    RETRY_TIMEOUT_DNS,
    RETRY_MAIL_4XX,
    RETRY_RCPT_4XX,
    RETRY_DATA_4XX,
    RETRY_LOST_CONNECTION,
    RETRY_TLS_REQUIRED,
    RETRY_QUOTA
};
/* Where the host came from: "refused_MX", "timeout_connect_A". */
enum retry_host { RETRY_HOST_ANY, RETRY_HOST_A, RETRY_HOST_MX };

/* One step: until `cutoff` after the first failure, wait `interval` (F), or `interval` times
   `factor` to the number of tries (G, H; H picks at random below that). */
struct retry_step {
    char kind;              /* 'F', 'G', 'H' */
    millis cutoff;
    millis interval;
    uint64_t factor;        /* thousandths; G and H */
};

struct retry_rule {
    const struct template *pattern; /* an address list of one item, or a host or domain name */
    enum retry_error error;
    enum retry_host host;
    char code[4];           /* *_4XX: "4xx", "45x" or "451": which replies; else "" */
    millis quota_time;      /* RETRY_QUOTA: not read for so long; 0: does not matter */
    const struct template *senders; /* an address list; NULL: any */
    VEC(struct retry_step) steps;
    struct conf_where where;
};

/* In order: the first that fits counts. None: every temporary error is permanent. */
struct conf_retry {
    VEC(struct retry_rule) rules;
};

/* One line of the section. */
err conf_retry_read(span line, struct conf_where where, struct arena *arena,
                    struct conf_retry *retry) MUST_CHECK;

#endif
