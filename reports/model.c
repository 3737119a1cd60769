/* What the states of a case mean for whoever asks "may this go in?". One table, so that the text,
   the exit status, JUnit and TAP cannot disagree about what stops the gate. */
#include "reports/model.h"

#include "base/check.h"

enum { EXIT_UNEXPECTED = 1, EXIT_CRASH = 2, EXIT_EMPTY = 3, EXIT_ENVIRONMENT = 4, EXIT_CUT = 5 };

/* exit: what one case in this state calls for; strict: the same under --strict. */
static const struct {
    const char *name;
    int exit;
    int strict;
} states[STATE_COUNT] = {
    [STATE_PASS] = {"pass", 0, 0},
    [STATE_WARN] = {"warn", 0, EXIT_UNEXPECTED},
    [STATE_FAIL] = {"fail", EXIT_UNEXPECTED, EXIT_UNEXPECTED},
    [STATE_XFAIL] = {"xfail", 0, 0},
    [STATE_XPASS] = {"xpass", EXIT_UNEXPECTED, EXIT_UNEXPECTED},
    [STATE_XDIFF] = {"xdiff", EXIT_UNEXPECTED, EXIT_UNEXPECTED},
    [STATE_SKIP] = {"skip", 0, 0},
    [STATE_INCONCLUSIVE] = {"inconclusive", 0, EXIT_UNEXPECTED},
    [STATE_FLAKY] = {"flaky", EXIT_UNEXPECTED, EXIT_UNEXPECTED},
    [STATE_ERROR] = {"error", EXIT_ENVIRONMENT, EXIT_ENVIRONMENT},
    [STATE_CRASH] = {"crash", EXIT_CRASH, EXIT_CRASH},
};

const char *state_name(enum state s)
{
    CHECK(s < STATE_COUNT);
    return states[s].name;
}

bool state_parse(span text, enum state *s)
{
    for (unsigned i = 0; i < STATE_COUNT; i++) {
        if (span_eq(text, span_text(states[i].name))) {
            *s = (enum state)i;
            return true;
        }
    }
    return false;
}

bool state_stops(enum state s, bool strict)
{
    CHECK(s < STATE_COUNT);
    return (strict ? states[s].strict : states[s].exit) != 0;
}

void report_count(const struct report *r, struct report_counts *counts)
{
    *counts = (struct report_counts){0};
    for (size_t i = 0; i < r->cases.count; i++) {
        counts->of[r->cases.at[i].state]++;
    }
    counts->all = r->cases.count;
}

int report_exit(const struct report *r, bool strict)
{
    struct report_counts counts;
    report_count(r, &counts);
    int highest = counts.of[STATE_SKIP] == counts.all ? EXIT_EMPTY : 0;
    for (unsigned i = 0; i < STATE_COUNT; i++) {
        int wanted = strict ? states[i].strict : states[i].exit;
        if (counts.of[i] != 0 && wanted > highest) {
            highest = wanted;
        }
    }
    return r->complete ? highest : EXIT_CUT;
}
