/* The wire between two targets: the sender's connections end here, each is carried on to the receiver,
   and no octet is changed. What is written down are flights. They are made certain by lockstep: while
   one side speaks, what the other says is held; its turn comes when both sides sleep and nothing is
   under way. So a flight is what was said before anything was heard, on a slow machine as on a fast
   one (docs/adr/0320-a-wire-in-lockstep.md). */
#ifndef HARNESS_INTEROP_WIRE_H
#define HARNESS_INTEROP_WIRE_H

#include "harness/transcript/transcript.h"

struct wire;

struct wire_ends {
    /* A connection to the receiver. May wait. */
    err (*dial)(void *context, int *fd);
    /* Both targets sleep and the judge owes neither anything. */
    bool (*asleep)(void *context);
    void *context;
};

/* Starts a thread that carries. ERR_IO: none can be had. */
err wire_open(const struct wire_ends *ends, struct wire **w) MUST_CHECK;
/* Takes over a connection that the sender made: the actor's number-th. */
void wire_take(struct wire *w, size_t actor, unsigned number, int fd);
/* Nothing that was said is still to be handed on. */
bool wire_idle(struct wire *w);
/* The same, and for a while nothing has moved. */
bool wire_rests(struct wire *w);
/* That connection is over on both sides. */
bool wire_over(struct wire *w, size_t actor, unsigned number);
/* Ends the connections, the thread and w, and adds what was seen to t. *why, if a connection could not
   be carried on: in words; else NULL. */
void wire_close(struct wire *w, struct transcript *t, const char **why);

#endif
