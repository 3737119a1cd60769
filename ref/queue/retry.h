/* The retry section at work: which rule fits a failure, when to try again, and when to give up
   (RFC 5321 4.5.4.1). Knows nothing of messages; the hints keep what it finds. */
#ifndef REF_QUEUE_RETRY_H
#define REF_QUEUE_RETRY_H

#include "base/rng.h"
#include "ref/conf/retry.h"
#include "ref/expand/expand.h"
#include "ref/hints/hint_retry.h"
#include "ref/route/address.h"

/* A failure that may pass. */
struct retry_case {
    span name;                      /* "local@domain", a domain, or the name of a host */
    span alternate;                 /* what is looked for if no rule has `name`; or empty */
    span sender;
    const struct delivery_result *result;
};

/* The first rule that fits; NULL: none, and then the failure is final. */
const struct retry_rule *queue_retry_rule(const struct conf_retry *rules, struct expansion *x,
                                          const struct retry_case *failure);
/* True if the rule's errors have this one. */
bool queue_retry_error_fits(const struct retry_rule *rule, const struct delivery_result *result);

/* The record after one more failure at `now`. old NULL: it is the first. A rule without steps, or
   none at all: expired at once. longest: retry_interval_max. */
struct hint_retry queue_retry_next(const struct retry_rule *rule, const struct hint_retry *old,
                                   instant now, millis longest, struct rng *rng);
/* How long the rule goes on trying; 0: not at all. */
millis queue_retry_cutoff(const struct retry_rule *rule);

#endif
