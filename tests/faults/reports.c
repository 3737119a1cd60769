/* Reports of delivery gone wrong: what they say, to whom, and when nobody is told. */
#include "tests/faults/faults.h"
#include "tests/faults/reports.h"

#include "ref/dsn/report.h"
#include "ref/queue/round.h"

WRAPPED(round_deferred);
WRAPPED(dsn_send);

/* A line of the fields that another is put for; NULL: it is left out. */
static const struct {
    const char *fault, *line, *instead;
} lines[] = {
    {"delivered-is-relayed", "Action: delivered\n", "Action: relayed\n"},
    {"lists-are-expanded", "Action: delivered\n", "Action: expanded\n"},
    {"delayed-is-failed", "Action: delayed\n", "Action: failed\n"},
    {"failed-is-delayed", "Action: failed\n", "Action: delayed\n"},
    {"status-is-made-of-the-code", "Status: 5.0.0\n", "Status: 5.5.0\n"},
    {"diagnostic-is-not-told", "Diagnostic-Code: smtp;", NULL},
    {"own-words-are-the-hosts", "Diagnostic-Code: X-refmta;", "Diagnostic-Code: smtp; 450 no answer\n"},
    {"report-has-a-field-of-its-own", "Reporting-MTA: ", "Reporting-MTA: dns; mx.test.ex\nQueue-Id: 1\n"},
    {"original-recipient-is-made-up", "Final-Recipient: ", "Original-Recipient: rfc822;u@dest.test\n"
                                                           "Final-Recipient: rfc822;u@dest.test\n"},
    {"extra-information-is-made-up", "Status: ", "Status: 2.0.0\nX-Remote-MTA-smtp-greeting: X-str; 220\n"},
    {"envelope-id-is-anothers", "Original-Envelope-Id: second\n", "Original-Envelope-Id: first\n"},
};

bool fault_report_line(const struct dsn_request *r, span line, struct buf *out)
{
    if (fault_is("diagnostic-is-told-raw") && span_starts(line, SPAN("Diagnostic-Code: "))) {
        buf_printf(out, "Diagnostic-Code: smtp; %.*s\n",
                   SPAN_FMT(r->about[0].address->result.reply));
        return true;
    }
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        if (fault_is(lines[i].fault) && span_starts(line, span_text(lines[i].line))) {
            buf_put_text(out, lines[i].instead != NULL ? lines[i].instead : "");
            return true;
        }
    }
    return false;
}

bool WRAP(round_deferred)(struct queue_round *round, const struct delivery_address *a)
{
    return REAL(round_deferred)(round, a) && !fault_is("nothing-is-given-up");
}

err WRAP(dsn_send)(const struct dsn_request *request, span *id)
{
    struct dsn_request changed = *request;
    if (fault_is("report-is-to-nobody-with-quotes") && span_starts(changed.to, SPAN("\""))) {
        span local, domain;
        (void)span_split(span_from(changed.to, 1), '"', &local, &domain);
        changed.to = span_text(arena_printf(changed.arena, "%.*s%.*s", SPAN_FMT(local),
                                            SPAN_FMT(domain)));
    }
    return REAL(dsn_send)(&changed, id);
}

/* clang-format off: a row a line */
const struct fault report_faults[] = {
    {"lists-are-expanded", "what a list has is told as expanded", "dsn/list", NULL},
    {"delivered-is-relayed", "what lies in a mailbox is told as relayed", "dsn/delivered", NULL},
    {"delayed-is-failed", "what waits is told as failed", "dsn/delayed", NULL},
    {"status-is-made-of-the-code", "550 without an enhanced code is told as 5.5.0", "dsn/status-untold", NULL},
    {"diagnostic-is-not-told", "what the host said is not told", "dsn/greeting-refused dsn/hello-refused", NULL},
    {"own-words-are-the-hosts", "a host that said nothing is quoted", "dsn/unreachable", NULL},
    {"report-has-a-field-of-its-own", "a report has a field that is not registered", "dsn/fields-known", NULL},
    {"original-recipient-is-made-up", "a report has an Original-Recipient that nobody gave", "dsn/failed-default", NULL},
    {"extra-information-is-made-up", "a report has the seed's fields whatever is known", "dsn/info-failures-only dsn/info-not-known", NULL},
    {"envelope-id-is-anothers", "a report has the ENVID of the message before", "dsn/one-message-each", NULL},
    {"diagnostic-is-told-raw", "what the host said is told as it came", "dsn/foreign-text dsn/long-text", NULL},
    {"nothing-is-given-up", "what has no time left waits on", "dsn/dropped", NULL},
    {"report-is-to-nobody-with-quotes", "a report for a quoted local part goes to it without its quotes", "dsn/sender-with-a-blank", NULL},
};
/* clang-format on */
const size_t report_fault_count = sizeof report_faults / sizeof *report_faults;
