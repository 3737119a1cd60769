/* When to try again: for hosts and for addresses, as the retry rules said when they last failed. */
#ifndef REF_HINTS_HINT_RETRY_H
#define REF_HINTS_HINT_RETRY_H

#include "base/socket.h"
#include "ref/hints/store.h"

struct hint_retry {
    instant first_failed, last_try, next_try;
    int error;          /* errno, or a negative number of ours; as "(-18)" in log lines */
    unsigned more;      /* what goes with it: a reply code, a retry letter */
    bool expired;       /* the last rule's time is over: the next failure is final */
    span text;          /* what was said, at most 65535 octets */
};

/* "T:host:192.0.2.1", with ":port" behind it when that is not 25, as Exim has it. */
span hint_retry_host_key(span host, const struct address *address, struct arena *arena);
/* "R:local@domain" */
span hint_retry_address_key(span address, struct arena *arena);

/* keep: retry_data_expire; data of older tries counts as absent. The text lives in arena. */
bool hint_retry_get(struct hints *hints, span key, millis keep, struct arena *arena,
                    struct hint_retry *retry);
void hint_retry_put(struct hints *hints, span key, const struct hint_retry *retry);
void hint_retry_drop(struct hints *hints, span key);

/* The value of a record. */
void hint_retry_write(const struct hint_retry *retry, struct buf *out);
bool hint_retry_read(span value, struct hint_retry *retry);

#endif
