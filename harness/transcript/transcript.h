/* What was seen: one append-only list of events for each case, in the order in which the judge saw
   them. Comparison, evidence and reports are made from this and from nothing else. */
#ifndef HARNESS_TRANSCRIPT_TRANSCRIPT_H
#define HARNESS_TRANSCRIPT_TRANSCRIPT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/vec.h"
#include "harness/scenario/model.h"

enum event_kind {
    SAW_CONNECT, /* the connection stands */
    SAW_BYTES,   /* octets of one side, as read or written in one call */
    SAW_EOF,     /* that side closed */
    SAW_RST,
    SAW_SHUT,
    SAW_RECORD,  /* a TLS record of that side, during a handshake; text is its type and length */
    SAW_TLS,     /* a handshake, or what came of it; text is the step as it was written */
    SAW_FLIGHT,  /* a flight of that side begins here; said by whoever knows what was waited for */
    SAW_CROSS,   /* `~~`: nothing was waited for across this point */
    SAW_MARK,    /* a step was done; text is its name */
    SAW_LABEL,   /* an alternative was taken */
    EVENT_KIND_COUNT
};

struct event {
    instant at;
    size_t actor;    /* index into scenario.actors */
    unsigned number; /* connection */
    enum event_kind kind;
    enum side side;
    bool ours;       /* the judge's side */
    span bytes;      /* SAW_BYTES */
    const char *text;
    struct place place; /* of the step that it belongs to; file NULL when none */
};

/* What a connection's handshake came to. */
struct handshake {
    size_t actor;
    unsigned number;
    bool stands;
    bool resumed;
    bool offered; /* the client's hello had a ticket in it */
    const char *version; /* "1.3"; NULL unless it stands */
    const char *cipher;  /* or NULL */
    const char *sni;     /* where the judge is the server: the name asked for, or NULL */
    unsigned certificates;
    unsigned tickets;    /* that the client got */
    texts alerts;
};

struct transcript {
    struct arena *arena;
    VEC(struct event) events;
    VEC(struct handshake) handshakes;
};

void transcript_init(struct transcript *t, struct arena *arena);
struct event *transcript_add(struct transcript *t, enum event_kind kind, size_t actor,
                             unsigned number, enum side side);

/* Flights of one connection, up to the step called until (NULL: to the end): sides in turn. */
typedef VEC(enum side) side_list;
void transcript_flights(const struct transcript *t, size_t actor, unsigned number,
                        const char *until, struct arena *arena, side_list *flights);
/* All octets of one side of one connection (number 0: of all of the actor's, one after another). */
span transcript_side(const struct transcript *t, size_t actor, unsigned number, enum side side,
                     struct arena *arena);
/* The wire as a scenario that runs again (C: and S: lines, others as C| S|). */
void transcript_write(const struct transcript *t, const struct scenario *s, struct buf *out);

#endif
