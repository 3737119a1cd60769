/* Wrong behaviours of queue and reports, by wrapped functions. */
#include "tests/faults/faults.h"

#include "ref/dsn/report.h"
#include "ref/queue/retry.h"
#include "ref/queue/round.h"
#include "ref/spool/message.h"

#define REAL(name) __real_##name
#define WRAP(name) __wrap_##name

void REAL(dsn_fields_put)(const struct dsn_request *r, struct buf *out);
void WRAP(dsn_fields_put)(const struct dsn_request *r, struct buf *out);
bool REAL(dsn_wanted)(unsigned notify, enum dsn_kind kind);
bool WRAP(dsn_wanted)(unsigned notify, enum dsn_kind kind);
struct dsn_returned REAL(dsn_returned_for)(const struct dsn_request *r);
struct dsn_returned WRAP(dsn_returned_for)(const struct dsn_request *r);
bool REAL(hint_retry_get)(struct hints *hints, span key, millis keep, struct arena *arena,
                          struct hint_retry *retry);
bool WRAP(hint_retry_get)(struct hints *hints, span key, millis keep, struct arena *arena,
                          struct hint_retry *retry);
struct hint_retry REAL(queue_retry_next)(const struct retry_rule *rule, const struct hint_retry *old,
                                         instant now, millis longest, struct rng *rng);
struct hint_retry WRAP(queue_retry_next)(const struct retry_rule *rule, const struct hint_retry *old,
                                         instant now, millis longest, struct rng *rng);
bool REAL(round_is_told)(const struct queue_round *round, span address);
bool WRAP(round_is_told)(const struct queue_round *round, span address);
err REAL(round_tell_frozen)(struct queue_round *round);
err WRAP(round_tell_frozen)(struct queue_round *round);
err REAL(spool_message_update)(struct spool_message *m);
err WRAP(spool_message_update)(struct spool_message *m);

/* A line of the fields as it is written wrongly; false: it is left out. */
static bool line_wrong(const struct dsn_request *r, span line, struct buf *out)
{
    if (fault_is("status-is-constant") && span_starts(line, SPAN("Status: "))) {
        buf_printf(out, "Status: %c.0.0\n", line.at[strlen("Status: ")]);
        return true;
    }
    if (fault_is("relayed-is-delivered") && span_eq(line, SPAN("Action: relayed\n"))) {
        buf_put_text(out, "Action: delivered\n");
        return true;
    }
    if (fault_is("envelope-id-is-xtext") && span_starts(line, SPAN("Original-Envelope-Id: "))) {
        buf_printf(out, "Original-Envelope-Id: %.*s\n",
                   SPAN_FMT(r->original->envelope.dsn_envid));
        return true;
    }
    if ((fault_is("orcpt-is-not-told") && span_starts(line, SPAN("Original-Recipient: "))) ||
        (fault_is("extra-information-is-missing") &&
         (span_starts(line, SPAN("X-")) || span_starts(line, SPAN("Remote-MTA: X-"))))) {
        return true;
    }
    return false;
}

void WRAP(dsn_fields_put)(const struct dsn_request *r, struct buf *out)
{
    struct buf honest;
    buf_init(&honest, DSN_TEXT_CEILING);
    REAL(dsn_fields_put)(r, &honest);
    span rest = buf_span(&honest);
    while (rest.len > 0) {
        size_t end = span_find_byte(rest, '\n');
        span line = span_first(rest, end == SPAN_NONE ? rest.len : end + 1);
        if (!line_wrong(r, line, out)) {
            buf_put(out, line);
        }
        rest = span_from(rest, line.len);
    }
    buf_wipe(&honest);
}

bool WRAP(dsn_wanted)(unsigned notify, enum dsn_kind kind)
{
    return fault_is("notify-is-not-heeded") ? kind != DSN_KIND_SUCCESS
                                            : REAL(dsn_wanted)(notify, kind);
}

struct dsn_returned WRAP(dsn_returned_for)(const struct dsn_request *r)
{
    struct dsn_returned returned = REAL(dsn_returned_for)(r);
    returned.whole |= fault_is("reports-return-everything");
    returned.whole &= !fault_is("reports-return-headers");
    return returned;
}

bool WRAP(hint_retry_get)(struct hints *hints, span key, millis keep, struct arena *arena,
                          struct hint_retry *retry)
{
    return !fault_is("retry-times-are-forgotten") &&
           REAL(hint_retry_get)(hints, key, keep, arena, retry);
}

struct hint_retry WRAP(queue_retry_next)(const struct retry_rule *rule, const struct hint_retry *old,
                                         instant now, millis longest, struct rng *rng)
{
    struct hint_retry next = REAL(queue_retry_next)(rule, old, now, longest, rng);
    if (fault_is("waits-do-not-grow") && rule != NULL && rule->steps.count > 0) {
        next.next_try = now + rule->steps.at[0].interval * NANOS_PER_MILLI;
    }
    return next;
}

err WRAP(spool_message_update)(struct spool_message *m)
{
    if (fault_is("deliveries-are-forgotten")) {
        m->envelope.done.count = 0;
    }
    return REAL(spool_message_update)(m);
}

bool WRAP(round_is_told)(const struct queue_round *round, span address)
{
    return !fault_is("expansions-are-told-again") && REAL(round_is_told)(round, address);
}

err WRAP(round_tell_frozen)(struct queue_round *round)
{
    return fault_is("postmaster-is-not-told") ? OK : REAL(round_tell_frozen)(round);
}
