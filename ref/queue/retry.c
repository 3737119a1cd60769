/* Time is counted from the first failure of the host or address, not from the arrival of a message: a
   host that has been dead for days is not hammered again for each message that comes in. */
#include "ref/queue/retry.h"

#include "ref/expand/match.h"

#include <errno.h>

/* Exim's number for a mailbox over its quota. */
enum { ERROR_QUOTA = -22 };

/* --- which rule ---------------------------------------------------------------------------------- */

static bool host_fits(enum retry_host wanted, const struct route_host *host)
{
    if (wanted == RETRY_HOST_ANY || host == NULL) {
        return wanted == RETRY_HOST_ANY;
    }
    return (wanted == RETRY_HOST_MX) == (host->preference >= 0);
}

/* "4xx", "45x", "451" against the reply's code. */
static bool code_fits(const char *code, span reply)
{
    if (reply.len < 3) {
        return strcmp(code, "4xx") == 0;
    }
    for (size_t i = 0; i < 3; i++) {
        if (code[i] != 'x' && (unsigned char)code[i] != reply.at[i]) {
            return false;
        }
    }
    return true;
}

static bool is_connect_timeout(const struct delivery_result *r)
{
    return r->error == DELIVERY_ERROR_CONNECT_TIMEOUT || (r->error == ETIMEDOUT && r->more == 'C');
}

static bool is_refused(const struct delivery_result *r)
{
    return r->error == ECONNREFUSED;
}

static bool is_timeout(const struct delivery_result *r)
{
    return r->error == ETIMEDOUT || r->error == DELIVERY_ERROR_CONNECT_TIMEOUT;
}

bool queue_retry_error_fits(const struct retry_rule *rule, const struct delivery_result *r)
{
    switch (rule->error) {
    case RETRY_ANY:
        return true;
    case RETRY_AUTH_FAILED:
        return r->error == DELIVERY_ERROR_AUTH;
    case RETRY_CONNECT:
        return (is_refused(r) || is_connect_timeout(r)) && host_fits(rule->host, r->host);
    case RETRY_REFUSED:
        return is_refused(r) && host_fits(rule->host, r->host);
    case RETRY_TIMEOUT:
        return is_timeout(r) && host_fits(rule->host, r->host);
    case RETRY_TIMEOUT_CONNECT:
        return is_connect_timeout(r) && host_fits(rule->host, r->host);
    case RETRY_TIMEOUT_DNS:
        return r->host == NULL && r->error == DELIVERY_ERROR_UNKNOWN_HOST;
    case RETRY_MAIL_4XX:
        return r->error == DELIVERY_ERROR_MAIL_4XX && code_fits(rule->code, r->reply);
    case RETRY_RCPT_4XX:
        return r->error == DELIVERY_ERROR_RCPT_4XX && code_fits(rule->code, r->reply);
    case RETRY_DATA_4XX:
        return r->error == DELIVERY_ERROR_DATA_4XX && code_fits(rule->code, r->reply);
    case RETRY_LOST_CONNECTION:
        return r->error == DELIVERY_ERROR_LOST;
    case RETRY_TLS_REQUIRED:
        return r->error == DELIVERY_ERROR_TLS_REQUIRED;
    case RETRY_QUOTA:
        return r->error == EDQUOT || r->error == ERROR_QUOTA;
    }
    return false;
}

/* A name without "@" is a domain or a host; patterns that name a local part are not for it. */
static bool pattern_fits(struct expansion *x, const struct retry_rule *rule, span name)
{
    span text = template_text(rule->pattern);
    bool has_local = span_find_byte(name, '@') != SPAN_NONE;
    if (name.len == 0) {
        return false;
    }
    if (span_eq(text, SPAN("*")) || span_eq(text, SPAN("*@*"))) {
        return true;
    }
    if (!has_local && span_starts(text, SPAN("*@"))) {
        return match_domain(x, name, (struct value){span_from(text, 2), false}).outcome == MATCH_YES;
    }
    return match_list(x, has_local ? LIST_ADDRESS : LIST_DOMAIN, name, rule->pattern).outcome ==
           MATCH_YES;
}

static const struct retry_rule *rule_for(const struct conf_retry *rules, struct expansion *x,
                                         const struct retry_case *failure, span name)
{
    for (size_t i = 0; i < rules->rules.count; i++) {
        const struct retry_rule *rule = &rules->rules.at[i];
        if (!queue_retry_error_fits(rule, failure->result) || !pattern_fits(x, rule, name)) {
            continue;
        }
        if (rule->senders == NULL ||
            match_list(x, LIST_ADDRESS, failure->sender, rule->senders).outcome == MATCH_YES) {
            return rule;
        }
    }
    return NULL;
}

const struct retry_rule *queue_retry_rule(const struct conf_retry *rules, struct expansion *x,
                                          const struct retry_case *failure)
{
    const struct retry_rule *rule = rule_for(rules, x, failure, failure->name);
    return rule == NULL && failure->alternate.len > 0
               ? rule_for(rules, x, failure, failure->alternate)
               : rule;
}

/* --- when ---------------------------------------------------------------------------------------- */

millis queue_retry_cutoff(const struct retry_rule *rule)
{
    millis cutoff = 0;
    for (size_t i = 0; rule != NULL && i < rule->steps.count; i++) {
        millis at = rule->steps.at[i].cutoff;
        cutoff = at > cutoff ? at : cutoff;
    }
    return cutoff;
}

/* The wait that step asks for; before: the wait before this failure, 0 if there was none. */
static millis step_wait(const struct retry_step *step, millis before, struct rng *rng)
{
    enum { DAYS_100 = 8640000 };
    millis most = (millis)DAYS_100 * 1000;
    before = before > most ? most : before;
    millis grown = (millis)((uint64_t)before * step->factor / 1000);
    if (step->kind == 'F' || before < step->interval || grown <= step->interval) {
        return step->interval;
    }
    if (step->kind == 'H') {
        return step->interval + (millis)rng_below(rng, (uint64_t)(grown - step->interval) + 1);
    }
    return grown;
}

struct hint_retry queue_retry_next(const struct retry_rule *rule, const struct hint_retry *old,
                                   instant now, millis longest, struct rng *rng)
{
    struct hint_retry next = {.first_failed = now, .last_try = now, .next_try = now};
    /* A first failure in the future was written before the clock was set back. */
    if (old != NULL && old->first_failed < now) {
        next.first_failed = old->first_failed;
    }
    if (rule == NULL || rule->steps.count == 0) {
        next.expired = true;
        return next;
    }
    millis failing = (now - next.first_failed) / NANOS_PER_MILLI;
    size_t at = 0;
    while (at < rule->steps.count && failing >= rule->steps.at[at].cutoff) {
        at++;
    }
    next.expired = at == rule->steps.count;
    const struct retry_step *step = &rule->steps.at[next.expired ? at - 1 : at];
    millis before = old != NULL && old->next_try > old->last_try
                        ? (old->next_try - old->last_try) / NANOS_PER_MILLI : 0;
    millis wait = step_wait(step, before, rng);
    next.next_try = now + (wait > longest && longest > 0 ? longest : wait) * NANOS_PER_MILLI;
    return next;
}
