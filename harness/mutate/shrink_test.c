/* Texts made small by a question that needs no server. */
#include "harness/mutate/shrink.h"

#include <criterion/criterion.h>

#define HEAD "scenario t\nsource RFC5321 2.1\nreq  RFC5321-2.1-x\n"

struct row {
    const char *label;
    const char *needs[3]; /* a text does it that holds all of these */
    const char *text, *best;
};

static const struct row rows[] = {
    {"statements", {"C: B\n"}, HEAD "S: 220\nC: A\nS: 250\nC: B\nS: 250\nC: Q\n", HEAD "C: B\n"},
    {"what belongs together", {"C: A\n", "S: 354\n"}, HEAD "S: 220\nC: A\nC: B\nS: 250\nS: 354\n",
     HEAD "C: A\nS: 354\n"},
    {"settings", {"C: A\n"}, HEAD "need dsn\nset queue_only = yes\nC: A\n", HEAD "C: A\n"},
    {"connections", {"C: B\n"}, HEAD "S: 220\nC: A\n[c 2]\nS: 220\nC: B\n", HEAD "[c 2]\nC: B\n"},
    {"alternatives", {"C: C\n"},
     HEAD "either p\nS: 250\nC: B\nor q\nS: 550\nC: C\nend\nC: D\n", HEAD "C: C\n"},
    {"fields and lines of messages", {"C<. m", "b: 2\n"},
     HEAD "C: A\nC<. m\n=== message m\na: 1\nb: 2\n\nx\ny\n", HEAD "C<. m\n=== message m\nb: 2\n"},
    {"octets", {"C| \"", "zq"}, HEAD "C| \"abczqdef\" * 30\n", HEAD "C| \"zq\"\n"},
    {"what stands behind a code", {"S: 250"}, HEAD "C: A\nS: 250 5.1.1 { SIZE }\n", HEAD "S: 250\n"},
    {"claims with their notes", {"expect rtt c = 2\n"},
     HEAD "C: A\nexpect rtt c = 2\n^ because x\nexpect rtt c = 3\n^ because y\n",
     HEAD "expect rtt c = 2\n^ because x\n"},
};

struct question {
    const struct row *row;
    size_t asked;
};

static bool does(void *context, span text)
{
    struct question *q = context;
    q->asked++;
    for (size_t i = 0; i < 3 && q->row->needs[i]; i++) {
        if (!span_has(text, span_text(q->row->needs[i]))) {
            return false;
        }
    }
    return true;
}

Test(shrink, rows)
{
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct question q = {.row = &rows[i]};
        struct shrink s = {.does = does, .context = &q, .most = 1000};
        shrink_text(&s, span_text(rows[i].text), "t.scn", arena);
        cr_expect(span_eq(s.best, span_text(rows[i].best)), "%s:\n%.*s", rows[i].label, SPAN_FMT(s.best));
        cr_expect_eq(s.asked, q.asked);
    }
    arena_free(arena);
}

Test(shrink, no_flights_are_joined)
{
    static const struct row row = {"", {"C: B\n"}, HEAD "S: 220\nC: A\nS: 250\nC: B\nS: 250\n", NULL};
    struct arena *arena = arena_new();
    struct question q = {.row = &row};
    struct shrink s = {.does = does, .context = &q, .most = 1000, .replies_stay = true};
    shrink_text(&s, span_text(row.text), "t.scn", arena);
    cr_expect(span_eq(s.best, SPAN(HEAD "S: 220\nS: 250\nC: B\nS: 250\n")), "%.*s", SPAN_FMT(s.best));
    arena_free(arena);
}

Test(shrink, asks_no_more_than_it_may)
{
    struct arena *arena = arena_new();
    struct question q = {.row = &rows[0]};
    struct shrink s = {.does = does, .context = &q, .most = 2};
    shrink_text(&s, span_text(rows[0].text), "t.scn", arena);
    cr_expect_eq(q.asked, 2);
    arena_free(arena);
}
