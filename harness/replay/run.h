/* Replaying captures: what each needs from the target, and the process that plays them. */
#ifndef HARNESS_REPLAY_RUN_H
#define HARNESS_REPLAY_RUN_H

#include "harness/replay/captures.h"
#include "harness/replay/case.h"

typedef VEC(struct replay_capture) replay_captures;

struct replay_plan {
    replay_captures captures;
    struct stream_choice streams;
    struct capture_keys keys;
    struct compare_options compare;
    struct target_options target;
    millis timeout;
    millis patience; /* 0: the target's */
    const char *out;
    const char *again; /* what the command that repeats a case says beside capture, target and stream */
    const char *tool; /* the judge's version, for the report */
};

/* Reads a capture once, without playing it: that it can be read, which cases it has, and the settings
   that the target needs for all of them. sets ("KEY=VALUE") stand before what its replay.set says, that
   before queue_only where spool files lie beside it. spool: its folder for spool files, or NULL:
   `spool` beside the capture, if that is there. */
err replay_survey(const char *path, const char *spool, const struct args_texts *sets, const struct replay_plan *plan,
                  struct arena *arena, struct replay_capture *capture) MUST_CHECK;

/* Plays all of it in a process of its own, whose isolation and children end with it. The report has no
   baseline applied. ERR_SYNTAX: no such target; ERR_DEFER: it is not there. */
err replay_run(const struct replay_plan *plan, const char *work, struct arena *arena, struct report *report) MUST_CHECK;

#endif
