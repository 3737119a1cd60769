/* What the verbs that judge have in common: the forms of the report, and the
   baseline, which is read before anything runs, so that a mistake in it costs no run. */
#ifndef HARNESS_CLI_FRAME_H
#define HARNESS_CLI_FRAME_H

#include "base/vec.h"
#include "harness/cli/cli.h"
#include "harness/target/target.h"
#include "reports/baseline.h"
#include "reports/formats.h"

enum { FRAME_REPORT_CEILING = 1 << 30, FRAME_BASELINE_CEILING = 16 << 20 };
enum { FRAME_SEED = 4711 }; /* of targets that take one, unless another is told */

/* "assay VERB ...", for the report. */
const char *frame_command(int argc, char **argv, struct arena *arena);
/* text with " BEFORE WORD" behind it for each word, quoted for a shell. */
const char *frame_words(const char *text, const char *before, const struct args_texts *words,
                        struct arena *arena);

/* Opens one target for a verb that has no workers: o says which and where; its folders and the seed are the
   frame's. Interrupts are held from here on, so that nothing is left behind. */
err frame_target_open(struct call *call, struct target_options *o, struct target **t) MUST_CHECK;

typedef VEC(const struct report_format *) frame_forms;
/* "text,json"; ERR_SYNTAX names the form that does not exist and the nearest. */
err frame_forms_read(const char *list, struct arena *arena, frame_forms *forms) MUST_CHECK;

/* Writes each form below out, the text form to standard output as well; without out, all of them there.
   ERR_IO, ERR_LIMIT. */
err frame_forms_write(const frame_forms *forms, const struct report *r, struct report_style style,
                      const char *out, struct arena *arena) MUST_CHECK;
/* A report.json or report.jsonl; what the err says begins with its name. */
err frame_report_read(const char *path, struct arena *arena, struct report *r) MUST_CHECK;

struct gate {
    const char *path; /* NULL: no baseline, nothing is expected to fail */
    struct baseline baseline;
};

/* ERR_SYNTAX after its mistakes were printed; another err: the file could not be read. */
err gate_open(struct gate *gate, const char *path, struct arena *arena) MUST_CHECK;

/* ids: the cases that exist, run or not. False: entries name no case, or give no reason; they
   are printed, and the status is that of wrong use. */
bool gate_apply(const struct gate *gate, const char *const *ids, size_t count,
                struct arena *arena, struct report *report);

/* Replaces the file as a whole: a full disk must not leave half of it. */
err frame_replace(const char *path, span content, mode_t mode, struct arena *arena) MUST_CHECK;

#endif
