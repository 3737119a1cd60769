/* One recorded conversation on one target: played, compared, and told as a case of a report. */
#ifndef HARNESS_REPLAY_CASE_H
#define HARNESS_REPLAY_CASE_H

#include "harness/replay/spool.h"
#include "harness/target/target.h"
#include "reports/model.h"

/* What the conversations of a capture share. */
struct replay_capture {
    const char *path;
    const char *id;        /* "smtp-errors/bdat/traffic"; a case is ID#STREAM */
    const char *spool;     /* folder of the recorded server's spool files, or NULL */
    bool queues;           /* the target keeps what it takes: its spool can be looked at */
    struct scenario setup; /* carries the settings that all share */
    VEC(const char *) ids; /* of its cases that were chosen */
    const char *note;      /* what a person should know before it is played, or NULL */
};

struct replay_stage {
    struct target *target;
    const char *target_name;
    const struct compare_options *compare;
    millis timeout;
    millis patience; /* 0: the target's */
    const char *out; /* folder of the report, or NULL: keep nothing */
    const char *again; /* what the command that repeats a case says beside capture, target and stream */
};

/* "ID#STREAM" */
const char *replay_case_id(const struct replay_capture *capture, uint64_t stream, struct arena *arena);
/* Text in rc lives in arena. */
void replay_case(const struct replay_stage *stage, const struct replay_capture *capture, const struct dialogue *d,
                 struct arena *arena, struct report_case *rc);

#endif
