/* A run on paper: targets, cases, checks. What every report form is written from. All text lives in
   the arena of whoever filled it in. Words: a case is one scenario instance on one target, a check
   one assertion in it, a claim one requirement shown. */
#ifndef REPORTS_MODEL_H
#define REPORTS_MODEL_H

#include "base/clock.h"
#include "base/span.h"
#include "base/vec.h"

enum state {
    STATE_PASS, STATE_WARN, STATE_FAIL, STATE_XFAIL, STATE_XPASS, STATE_XDIFF, STATE_SKIP,
    STATE_INCONCLUSIVE, STATE_FLAKY, STATE_ERROR, STATE_CRASH, STATE_COUNT
};
/* "pass", "warn", ... as they stand in report.json */
const char *state_name(enum state s);
/* False if text is none of them. */
bool state_parse(span text, enum state *s);
/* A case in this state stops the gate: fail, xpass, xdiff, flaky, error, crash; strict: also warn
   and inconclusive. */
bool state_stops(enum state s, bool strict);
/* Nothing is known of the case by it: skip, inconclusive, error. */
bool state_shows_nothing(enum state s);

typedef VEC(const char *) report_texts;

struct report_check {
    const char *file;      /* a snippet that the scenario uses; NULL: the case's own file */
    unsigned line;         /* in that file; for replays the packet or flight number */
    const char *kind;      /* "reply", "flights", "log", "spool", ... */
    report_texts reqs;
    const char *level;     /* "MUST", "SHOULD", "MAY" */
    bool ok;
    bool timed;            /* decided by time */
    const char *skipped;   /* "surface": the target has none; else why; or NULL */
    const char *wanted;    /* in words or as written */
    const char *got;
};

/* A file left behind: "pcap" and where, relative to the report. A case has one of a kind. */
struct report_path {
    const char *kind;
    const char *path;
};

/* One thing that was seen, for the ladder: between two parties, or left behind by one. */
struct report_event {
    int64_t at;          /* microseconds since the play began */
    const char *kind;    /* report_event_kinds */
    const char *from;    /* an actor of the scenario, or "sut" */
    const char *to;      /* NULL: left behind by `from` */
    unsigned conn;       /* of the actor, from 1; 0: none */
    bool flight;         /* begins a flight */
    const char *text;    /* lines; or NULL */
};
/* "open", "wire", "tls", "close"; "log", "spool", "queue", "mail". Ends with NULL. */
extern const char *const report_event_kinds[];

struct report_case {
    const char *id;        /* first: rows_scan reads it, as the names of targets */
    uint64_t place;        /* in the whole selection, from 1, whatever part of it ran; 0: not told */
    const char *file;      /* scenario, or capture */
    const char *title;
    const char *target;
    enum state state;
    const char *reason;    /* one line: why it is not pass; NULL for pass */
    const char *detail;    /* several lines for people: side by side, transcript; or NULL */
    const char *because;   /* from the baseline, xfail only */
    report_texts reqs;
    report_texts labels;
    const char *flights;   /* "SCSCS", or NULL */
    millis wall;
    bool known;            /* was as bad before: does not stop the gate (--changed-since) */
    VEC(struct report_check) checks;
    VEC(struct report_event) events; /* in time; where evidence is kept */
    VEC(struct report_path) evidence;
    const char *again;     /* a command that repeats it */
};

struct report_target {
    const char *name;
    const char *version;
    report_texts caps;
    report_texts masks; /* "log exim-main date-time because the clock is not ours" */
};

/* A table that a topic asks for; matrix.h. */
struct report_row {
    const char *label;
    report_texts scenarios;
};
struct report_matrix {
    const char *topic;
    report_texts columns;
    VEC(struct report_row) rows;
};

struct registry; /* registry.h */

struct report {
    const char *tool;      /* version */
    const char *command;
    instant started;
    uint64_t seed;
    const char *isolation; /* "namespaces", "ports", "remote" */
    const char *run_id;    /* that the user gave to all shards of a run, or NULL */
    const char *selection; /* of all shards together: cases, targets, and what they are played with */
    const char *shard;     /* "2/6"; NULL: the whole */
    bool complete;         /* false: the run was cut short */
    VEC(struct report_target) targets;
    VEC(struct report_case) cases;
    VEC(struct report_matrix) matrices; /* for people: the text form has them */
    const struct registry *registry;    /* what clauses say, for forms that show it; or NULL */
};

struct report_counts {
    unsigned long of[STATE_COUNT];
    unsigned long all;
};
void report_count(const struct report *r, struct report_counts *counts);
/* It stops the gate: by its state, unless it was as bad before. A crash or an error always does. */
bool report_case_stops(const struct report_case *c, bool strict);
/* It was made, and does not hold. */
bool report_check_refuted(const struct report_check *check);
/* The first check that does not hold, or NULL: where a reader of the case begins. */
const struct report_check *report_case_refuted(const struct report_case *c);
/* The file that a check of c, or NULL for c itself, stands in; where none is known, the case's id. */
const char *report_case_file(const struct report_case *c, const struct report_check *check);
/* The folder in its id, "smtp" of "smtp/helo#n=1"; empty: there is none. */
span report_case_topic(const struct report_case *c);
/* target NULL: on any. */
bool report_case_is_on(const struct report_case *c, const char *target);
/* Cases by target, then by id. */
typedef VEC(const struct report_case *) report_case_index;
void report_case_index_make(const struct report *r, struct arena *arena, report_case_index *index);
/* That order, of two pointers to cases. */
int report_case_order(const void *a, const void *b);
/* NULL: r lists no such target. */
const struct report_target *report_target_find(const struct report *r, const char *name);
/* The exit status that the results call for: 0, 1, 2, 3 (no case, or every case skipped: nothing
   was shown; a shard alone cannot know that), 4 (error), 5 (cut short); the highest that applies.
   strict: warn and inconclusive count as 1. */
int report_exit(const struct report *r, bool strict);
/* The same in words, for a heading: "as expected", ... */
const char *report_exit_words(int status);

/* Of the targets that are listed, and behind them of those that only cases name: they did not come up far
   enough to be described. */
void report_target_names(const struct report *r, struct arena *arena, report_texts *names);

/* texts gets text unless it has it already; its place. */
size_t report_texts_add(struct arena *arena, report_texts *texts, const char *text);
/* By strcmp, repeats taken out. */
void report_texts_sort(report_texts *texts);

#endif
