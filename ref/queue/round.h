/* One attempt to deliver one message, in the hands of the files of this room: addresses.c finds where
   everybody's copy goes, hand_over.c gives batches to transports, settle.c says what came of each
   address, reports.c tells the sender. All memory lives in the round's arena. */
#ifndef REF_QUEUE_ROUND_H
#define REF_QUEUE_ROUND_H

#include "ref/dsn/dsn.h"
#include "ref/queue/queue.h"
#include "ref/queue/retry.h"
#include "ref/queue/scene.h"
#include "ref/route/route.h"
#include "ref/spool/journal.h"
#include "ref/transport/transport.h"

/* What stands beside a delivery_address, by its place in round->list. */
struct round_address {
    struct delivery_address *a;
    bool settled;      /* its line is in the log */
    bool silent;       /* a deferral that is not worth a line: held, or the time has not come */
    bool passed_on;    /* became its children: they answer for it */
    bool goes_on;      /* and one of these is itself, behind its router */
    const struct round_address *twin; /* the same copy for another recipient: this one has it */
};

struct queue_round {
    const struct queue *q;
    struct arena *arena;
    unsigned how;                     /* enum queue_how */
    instant now;
    struct spool_message message;
    struct queue_scene scene;
    struct route_round routing;
    struct bmi_verdicts verdicts;     /* Brightmail's, as -H has them */
    VEC(struct round_address *) list; /* in order of routing */
    struct map copies;                /* of them, by transport and mailbox: the first of each */
    struct map done;                  /* envelope.done by its lines */
    struct spool_journal journal;
    bool journal_open;
    bool recorded;                    /* -J or envelope.done has something that -H has not */
    err trouble;                      /* the first delivery that could not be recorded */
    VEC(struct dsn_about) failed, delayed, arrived;
    VEC(span) reports;                /* ids of the reports made */
    bool freeze;                      /* somebody has to look at it */
    const char *freeze_why;
};

/* --- addresses.c --- */

/* A list of all recipients who have no copy yet, routed to transports as far as that goes. */
void round_route(struct queue_round *round);
/* The key of an address in -J and the tree is there. */
bool round_is_done(const struct queue_round *round, span key);
void round_done_add(struct queue_round *round, span key);
/* What a copy goes out with as its sender. */
span round_return_path(const struct queue_round *round, const struct delivery_address *a);
/* The next from *at on who has the copy of `a` and is not the same recipient with the same wishes; what
   came of the copy came of it too. NULL: there is no other. */
const struct delivery_address *round_sharer(const struct queue_round *round,
                                            const struct delivery_address *a, size_t *at);

/* --- hand_over.c --- */

/* Runs transports over all that is routed to one. */
void round_hand_over(struct queue_round *round);

/* --- retries.c --- */

/* What transports ask and tell about hosts and addresses. */
struct transport_retry round_retry(struct queue_round *round);
/* False: routing need not be tried yet. */
bool round_route_due(struct queue_round *round, const struct delivery_address *a);
/* A deferral: keeps when to try again. True: the time for it is over. */
bool round_deferred(struct queue_round *round, const struct delivery_address *a);
/* It went well: what was kept about it is forgotten. */
void round_went_well(struct queue_round *round, const struct delivery_address *a);

/* --- settle.c --- */

/* Log lines, retry data and what is to be reported, for those of the list that have an outcome. */
void round_settle(struct queue_round *round, struct round_address *const *at, size_t count);

/* --- owed.c --- */

/* Its sender is to hear that it went well, if somebody asked for that. */
void round_owe(struct queue_round *round, const struct delivery_address *a);
/* The same as a line for -J; empty: nothing is owed. */
span round_owed_line(struct queue_round *round, const struct delivery_address *a);
/* What an earlier attempt could not tell. */
void round_owed_begin(struct queue_round *round);
/* The reports of all that arrived are stored. */
void round_told(struct queue_round *round);
/* A report about this redirection was. */
bool round_is_told(const struct queue_round *round, span address);

/* --- reports.c --- */

/* Failure, success and delay reports as far as senders and recipients want them. ERR_*: one could not
   be stored; nothing of what it tells may be let go. */
err round_report(struct queue_round *round) MUST_CHECK;
/* Those whom freeze_tell names are told that the message is about to be frozen. */
err round_tell_frozen(struct queue_round *round) MUST_CHECK;

#endif
