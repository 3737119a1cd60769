/* The forms of a report as a table. A form is three writers: what comes before the first case, one
   case, and what comes after the last. A form that needs the whole run first has only `end`. So the
   same row serves a terminal that is watched, a file that grows as the run goes (a killed run can
   be read up to its last case), and a document written at the end.

   Borrows the report; appends to `out`, whose ceiling tells with buf_end() that a form grew past
   it. Whoever streams drains `out` after each call. `end` closes the document whatever happened:
   call it also when the run was cut short, with complete = false in the report. */
#ifndef REPORTS_FORMATS_H
#define REPORTS_FORMATS_H

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"
#include "reports/model.h"

struct report_style {
    bool colour;  /* escape sequences, where the form is for a terminal; only when told */
    bool quiet;   /* text: only what stops the gate, and the count */
    bool verbose; /* text: each check of each case */
    bool strict;  /* warn and inconclusive count (report_exit) */
};

struct report_format {
    const char *name; /* "text", "json", "jsonl", "junit", "tap" */
    const char *file; /* its name below the output folder: "report.json" */
    const char *doc;  /* one line for --help */
    void (*begin)(const struct report *r, struct report_style style, struct buf *out); /* or NULL */
    /* r need not hold c yet; r->targets may grow between calls. */
    void (*one)(const struct report *r, const struct report_case *c, struct report_style style,
                struct buf *out); /* or NULL */
    void (*end)(const struct report *r, struct report_style style, struct buf *out);
};

/* Sorted by name; ends with a row whose name is NULL. */
extern const struct report_format report_formats[];

/* The row called name, or NULL; the name nearest to what was written, or NULL. */
const struct report_format *report_format_find(span name);
const char *report_format_suggest(span written);

/* begin, one for each case of r, end: the whole document. */
void report_write(const struct report_format *f, const struct report *r, struct report_style style,
                  struct buf *out);

/* A report.json (report.schema.json), or the lines form of a run that may have been killed, back
   into a report; text lives in arena. Unknown members are passed over, so that a later minor
   version can be read. ERR_SYNTAX: `what` names line and column of broken JSON, or the path of the
   member that is wrong ("cases[3].state: ..."). A lines form whose last line is cut off in the
   middle is read up to it, and complete is false. */
err report_read(span text, struct arena *arena, struct report *r) MUST_CHECK;
err report_read_lines(span text, struct arena *arena, struct report *r) MUST_CHECK;

#endif
