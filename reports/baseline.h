/* What is known to fail, a line each, with its reason (docs/baselines.md):

       CASE STATE "pattern" [if COND] [until YYYY-MM-DD] because TEXT

   A baseline pins a failure exactly: the case, how it ends, and a pattern over its reason. What
   fails otherwise, passes, has expired or names no case is stale, and stale entries stop the gate:
   a list that may rot hides regressions. */
#ifndef REPORTS_BASELINE_H
#define REPORTS_BASELINE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/map.h"
#include "base/vec.h"
#include "reports/model.h"

/* For people: file:line:column: what. column 0: the whole line. */
struct baseline_mistake {
    const char *file;
    unsigned line;
    unsigned column;
    const char *what; /* with the remedy */
};
typedef VEC(struct baseline_mistake) baseline_mistakes;

struct baseline_condition {
    const char *key;      /* "version", "tls", "isolation", "target" */
    const char *relation; /* "=", "!=", "<", "<=", ">", ">=" */
    const char *value;
};

struct baseline_entry {
    unsigned line;
    const char *id;
    enum state state; /* fail, warn, flaky or crash */
    span pattern;     /* as it stands between the quotes: * is any run, \* \" \\ are literal */
    VEC(struct baseline_condition) conditions; /* all must hold */
    const char *until; /* "2027-06-30", the last day on which it holds, or NULL */
    const char *because;
    size_t next;      /* entry of the same case; 0: this is its last */
};

struct baseline {
    const char *path; /* as given, for messages */
    span text;        /* the whole file; borrowed */
    VEC(struct baseline_entry) entries; /* in the order of the file */
    struct map first; /* of a case's entries, by its id: a size_t */
};

/* Reads text (path stands for it in messages). Every mistake is added; entries on wrong lines are
   left out. `because TODO` is read: only the gate refuses it. */
void baseline_read(const char *path, span text, struct arena *arena, struct baseline *b,
                   baseline_mistakes *wrong);

/* Case ids that exist, run or not: so that an entry of a case that was deselected is not taken for
   one that names nothing. NULL: the cases of the report are all there are. */
struct baseline_known {
    const char *const *ids;
    size_t count;
};

/* Compares the cases of r that ran on `target` (NULL: on any) with b and sets xfail, xpass or
   xdiff, with reason and because. now decides `until`. Adds a mistake for each entry that names no case
   and for each `because TODO`: with any, the exit status is 3. r may hold new text in arena. */
void baseline_apply(const struct baseline *b, const struct baseline_known *known, instant now,
                    const char *target, struct arena *arena, struct report *r,
                    baseline_mistakes *wrong);

/* The file as it should stand after r, whose states are as run (baseline_apply was not called on
   it): comments and entries that still fit, or whose case did not run, stay as they are; entries
   whose case passed or does not exist go; what failed otherwise or has expired gets a new line,
   what is not listed is appended, both with `because TODO`. b may be empty, but must have been read
   without mistakes. prune: entries only go, nothing is changed or added. */
void baseline_update(const struct baseline *b, const struct baseline_known *known, instant now,
                     const struct report *r, const char *target, bool prune, struct buf *out);

/* True if text has the pattern somewhere in it. */
bool baseline_pattern_fits(span pattern, span text);

/* "FILE:LINE:COLUMN: what", a line for each. */
void baseline_print_mistakes(const baseline_mistakes *wrong, struct buf *out);

#endif
