/* A report in which every state occurs and every text is as bad as a server can make it. The tests
   of all forms write it. */
#ifndef REPORTS_SAMPLE_TEST_H
#define REPORTS_SAMPLE_TEST_H

#include "reports/model.h"

/* 2026-05-01T12:00:00.250Z */
#define SAMPLE_STARTED (INT64_C(1777636800250) * NANOS_PER_MILLI)
/* An escape sequence, XML markup, a quote, half a character, a C1 control, U+FFFF, TAP's hash. */
#define SAMPLE_NASTY "\033[31m<b a=\"1\">&# \xC3(\xC2\x9B\xEF\xBF\xBF ]]> \\ \xC3\xA9"

static inline struct report_case *sample_case(struct report *r, struct arena *arena, const char *id,
                                              enum state state, const char *reason)
{
    struct report_case *c = vec_push(arena, &r->cases);
    c->id = id;
    c->file = "scenarios/smtp/x.scn";
    c->target = "ref";
    c->state = state;
    c->reason = reason;
    c->wall = 41;
    c->place = r->cases.count;
    vec_add(arena, &c->reqs, "RFC5321-3.3-rcpt");
    return c;
}

/* A session with everything that a ladder draws. */
static inline void sample_events(struct report_case *c, struct arena *arena)
{
    static const struct report_event events[] = {
        {0, "open", "c", "sut", 1, false, NULL},
        {310, "wire", "sut", "c", 1, true, "220 mx.test.ex ESMTP"},
        {340, "wire", "c", "sut", 1, true, "EHLO c.test\n" SAMPLE_NASTY},
        {360, "tls", "c", "sut", 1, false, "TLS full"},
        {400, "log", "sut", NULL, 0, false, "a line of the log, " SAMPLE_NASTY},
        {450, "open", "sut", "mx", 1, false, NULL},
        {250450, "wire", "mx", "sut", 2, true, "250 OK"},
        {250500, "spool", "sut", NULL, 0, false, "+ input/1abc-H"},
        {250510, "close", "sut", "c", 1, false, "resets"},
    };
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        vec_add(arena, &c->events, events[i]);
    }
}

static inline void sample_report(struct report *r, struct arena *arena)
{
    *r = (struct report){.run_id = "77", .selection = "11-8899aabbccddeeff", .tool = "0.1.0", .command = "assay run --target ref", .started = SAMPLE_STARTED,
                         .seed = 4711, .isolation = "ports", .complete = true};
    struct report_target *t = vec_push(arena, &r->targets);
    t->name = "ref";
    t->version = "refmta 0.1.0";
    vec_add(arena, &t->caps, "chunking");
    vec_add(arena, &t->masks, "log exim-main date-time because the clock is not ours");
    struct report_case *c = sample_case(r, arena, "smtp/pass#a", STATE_PASS, NULL);
    c->flights = "SCSCS";
    vec_add(arena, &c->labels, "a");
    *vec_push(arena, &c->checks) = (struct report_check){
        .line = 12, .kind = "reply", .level = "MUST", .ok = true, .got = "250 OK"};
    vec_add(arena, &c->checks.at[0].reqs, "RFC5321-4.1.1.4-lf");
    c = sample_case(r, arena, "smtp/fail=1", STATE_FAIL, "wanted 250, got " SAMPLE_NASTY);
    c->detail = "wanted  | got\n250     | " SAMPLE_NASTY "\n";
    c->again = "assay run smtp/fail.scn --target ref --seed 4711";
    *vec_push(arena, &c->checks) =
        (struct report_check){.file = "scenarios/smtp/ok.inc", .line = 9, .kind = "reply", .level = "MUST", .wanted = "250",
                              .got = SAMPLE_NASTY, .timed = true};
    vec_add(arena, &c->checks.at[0].reqs, "RFC5321-4.1.1.4-lf");
    *vec_push(arena, &c->checks) =
        (struct report_check){.line = 10, .kind = "log", .skipped = "surface"};
    sample_events(c, arena);
    *vec_push(arena, &c->evidence) = (struct report_path){"pcap", "evidence/2/wire.pcapng"};
    *vec_push(arena, &c->evidence) = (struct report_path){"log", "evidence/2/mainlog"};
    sample_case(r, arena, "smtp/warn", STATE_WARN, "a SHOULD failed");
    sample_case(r, arena, "smtp/xfail", STATE_XFAIL, "known")->because = "see docs/findings.md 3";
    sample_case(r, arena, "smtp/xpass", STATE_XPASS, "it passed");
    sample_case(r, arena, "smtp/xdiff", STATE_XDIFF, "another reason");
    sample_case(r, arena, "smtp/skip", STATE_SKIP, "unsupported: early");
    sample_case(r, arena, "smtp/inconclusive", STATE_INCONCLUSIVE, "421 at the banner");
    sample_case(r, arena, "smtp/flaky", STATE_FLAKY, "3 of 5 passed");
    sample_case(r, arena, "smtp/error", STATE_ERROR, "the target did not start");
    sample_case(r, arena, "smtp/crash", STATE_CRASH, "signal 11");
}

#endif
