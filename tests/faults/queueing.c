/* Wrong behaviours of queue and reports, by wrapped functions. */
#include "tests/faults/faults.h"
#include "tests/faults/tables.h"
#include "tests/faults/reports.h"

#include "ref/dsn/report.h"
#include "ref/queue/retry.h"
#include "ref/queue/round.h"
#include "ref/smtp/command.h"
#include "ref/smtp/transaction.h"
#include "ref/spool/message.h"
#include "ref/spool/queues.h"
#include "ref/spool/scan.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

WRAPPED(dsn_fields_put);
WRAPPED(dsn_wanted);
WRAPPED(dsn_returned_for);
WRAPPED(hint_retry_get);
WRAPPED(queue_retry_next);
WRAPPED(round_is_told);
WRAPPED(round_sharer);
WRAPPED(round_tell_frozen);
WRAPPED(spool_message_update);

WRAPPED(queue_retry_cutoff);
WRAPPED(queue_deliver);
WRAPPED(round_report);
WRAPPED(spool_scan);
WRAPPED(spool_sweep_all);
WRAPPED(spool_message_remove);

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
    return fault_report_line(r, line, out);
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
    next.expired &= !fault_is("retries-have-no-end");
    return next;
}

millis WRAP(queue_retry_cutoff)(const struct retry_rule *rule)
{
    return fault_is("retries-have-no-end") ? INT64_MAX : REAL(queue_retry_cutoff)(rule);
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

const struct delivery_address *WRAP(round_sharer)(const struct queue_round *round,
                                                  const struct delivery_address *a, size_t *at)
{
    return fault_is("a-copy-has-one-recipient") ? NULL : REAL(round_sharer)(round, a, at);
}

err WRAP(round_tell_frozen)(struct queue_round *round)
{
    return fault_is("postmaster-is-not-told") ? OK : REAL(round_tell_frozen)(round);
}

err WRAP(round_report)(struct queue_round *round)
{
    if (fault_is("bounces-are-reported") && round->message.envelope.sender.len == 0) {
        round->message.envelope.sender = SPAN("postmaster@test.ex");
    }
    return REAL(round_report)(round);
}

/* --- what lies in the spool --------------------------------------------------------------------- */

err WRAP(spool_scan)(const char *input, struct arena *arena, struct spool_entries *entries)
{
    TRY(REAL(spool_scan)(input, arena, entries));
    for (size_t i = 0; fault_is("strange-files-stop-all") && i < entries->list.count; i++) {
        if ((entries->list.at[i].parts & SPOOL_PART_D) == 0) {
            entries->list.count = 0;
        }
    }
    return OK;
}

enum queue_end WRAP(queue_deliver)(const struct queue *q, span id, unsigned how)
{
    const uint64_t any = UINT64_MAX;
    if (fault_is("loops-have-no-end")) {
        fault_set(&q->conf->main.received_headers_max, &any, sizeof any);
    }
    return REAL(queue_deliver)(q, id, how);
}

static void empty(const char *input)
{
    DIR *all = opendir(input);
    for (struct dirent *one; all != NULL && (one = readdir(all)) != NULL;) {
        (void)unlinkat(dirfd(all), one->d_name, 0);
    }
    (void)(all != NULL && closedir(all));
}

err WRAP(spool_sweep_all)(const struct spool *s, struct arena *arena)
{
    if (fault_is("spool-begins-empty")) {
        empty(s->input);
    }
    return REAL(spool_sweep_all)(s, arena);
}

err WRAP(spool_message_remove)(struct spool_message *m)
{
    char name[sizeof m->envelope.id + 3];
    TRY(REAL(spool_message_remove)(m));
    snprintf(name, sizeof name, "%s-J", m->envelope.id);
    int fd = fault_is("journals-stay") ? openat(m->spool->dir, name, O_WRONLY | O_CREAT, 0600) : -1;
    for (size_t i = 0; fd >= 0 && i < m->envelope.recipients.count; i++) {
        (void)dprintf(fd, "%.*s\n", SPAN_FMT(m->envelope.recipients.at[i].address));
    }
    (void)(fd >= 0 && close(fd));
    return OK;
}

static err refused_is_kept(struct smtp_session *s, const struct smtp_command *c, struct smtp_reply *r)
{
    TRY(smtp_cmd_rcpt(s, c, r));
    size_t from = span_find_byte(c->args, '<'), to = span_find_byte(c->args, '>');
    if (r->id == SMTP_DENIED && s->tx.open && from != SPAN_NONE && to != SPAN_NONE) {
        struct recipient kept = {.address = arena_copy(s->tx.arena, span_part(c->args, from + 1, to - from - 1))};
        smtp_transaction_add(s, &kept);
    }
    return OK;
}

static void refused_recipient_is_kept(void)
{
    smtp_handler *run = refused_is_kept;
    fault_set(&fault_verb("RCPT")->handler, &run, sizeof run);
}

#define P "spool/"
#define T "retry/"

/* clang-format off: a row a line */
const struct fault queue_faults[] = {
    {"retries-have-no-end", "mail is tried for ever", T "given-up " T "no-time-left", NULL},
    {"one-delivery-at-a-time", "a delivery waits until the one before it has ended", T "parallel", NULL},
    {"strange-files-stop-all", "a header file without a text stops the queue run", T "strange-files", NULL},
    {"journals-stay", "the journal of a message that is delivered stays", "queuefile/way-back", NULL},
    {"spool-begins-empty", "what lies in the spool at start is swept away", P "restart " P "survives-kill", NULL},
    {"helo-is-not-kept", "the header file lacks the client's name", P "attributes", NULL},
    {"refused-recipient-is-kept", "a recipient that was refused gets the message", P "refused-recipient", refused_recipient_is_kept},
    {"tabs-are-blanks", "a tab is kept as a blank", P "blank-lines " P "header-fields", NULL},
};
/* clang-format on */
const size_t queue_fault_count = sizeof queue_faults / sizeof *queue_faults;
