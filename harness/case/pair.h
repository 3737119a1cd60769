/* Two targets in one case (`assay matrix`): the sender is the case's target, the receiver a process of its
   own (harness/interop/far.h), and the wire lies between them. */
#ifndef HARNESS_CASE_PAIR_H
#define HARNESS_CASE_PAIR_H

#include "harness/actor/play.h"
#include "harness/interop/far.h"
#include "harness/interop/wire.h"
#include "reports/model.h"

#define PAIR_ARROW "->" /* SENDER->RECEIVER is a target's name in reports */

struct pair {
    struct target *sender;
    struct far *receiver;
    const struct scenario_set *set;
    struct wire *wire; /* while a case is played */
};

/* "exim->postfix" taken apart. False: it names one target. */
bool pair_name_read(const char *name, struct arena *arena, const char **sender,
                    const char **receiver);
/* Why the case cannot run, or NULL. A NULL pair: one target is there. */
const char *pair_lacks(const struct pair *p, const struct target *t, const struct scenario *s,
                       struct arena *arena);
/* Both are ready for the case. *view: it as the sender sees it. */
err pair_ready(struct pair *p, const struct scenario *s, struct arena *arena,
               const struct scenario **view) MUST_CHECK;
/* Opens the wire; world speaks of both from now on. */
err pair_begin(struct pair *p, struct play_world *world) MUST_CHECK;
/* Ends the wire. Adds what went over it to t, and what the receiver holds to seen. *death: of the
   receiver, left alone while it lives. An err tells what of it cannot be read. */
err pair_end(struct pair *p, struct arena *arena, struct transcript *t, struct observation *seen,
             const char **death) MUST_CHECK;
/* A pair that never met shows nothing: rc says so. */
void pair_doubt(const struct scenario *s, const struct transcript *t, const struct observation *seen,
                struct arena *arena, struct report_case *rc);

#endif
