/* Inside this room: a play under way. One struct stage for the case, one struct conn for each
   connection, and two heads that go down the lines of a connection's block: `say` over what the
   judge says, `hear` over what it expects. hear never passes say. */
#ifndef HARNESS_ACTOR_STAGE_H
#define HARNESS_ACTOR_STAGE_H

#include "base/buf.h"
#include "harness/actor/errand.h"
#include "harness/actor/play.h"
#include "harness/actor/reply.h"
#include "harness/actor/taking.h"
#include "harness/link/delay.h"
#include "harness/link/tls.h"

enum proto { PROTO_SMTP, PROTO_LMTP, PROTO_DCCIFD, PROTO_RAW };

/* Octets on their way out, said `times` times over. */
struct outgoing {
    span bytes;
    uint64_t times;
    size_t at; /* octets of the present round that are out */
};

struct conn {
    size_t actor;
    unsigned number;
    enum side own;
    enum proto proto;
    struct link link;
    bool connecting;
    bool over;          /* closed, by whoever: nothing happens here any more */
    bool peer_shut;     /* the peer's direction has ended */
    bool peer_rst;
    bool own_shut;
    bool plain;         /* served plainly: a sink */
    struct buf in;      /* heard, and not accounted for */
    struct reply_reader reader;
    struct buf group;   /* said, not yet handed to a write of its own */
    VEC(struct outgoing) out;
    size_t out_at;

    bool running;       /* a block is under way */
    VEC(const struct step *) items; /* its lines; an either is replaced by what was chosen */
    size_t say, hear;
    size_t hear_reply;  /* replies of the present STEP_REPLY that have come */
    bool behind;        /* lines of the peer were passed since our last one, without a ~~ */
    bool crossed;       /* a ~~ was passed, and no line of the peer since */
    bool shook;         /* a handshake was heard to its end since our last line */
    bool has_flight;
    enum side flight;   /* whose turn it is in the count of flights */
    const char *unbound;/* the capture that it waits for, or NULL */
    bool did;           /* the `do` at the saying head has begun */
    bool released;      /* patience ended, what was withheld is out */
    bool quiet;         /* within C! silence */
    millis quiet_for;
    uint64_t octets_done; /* octets of the present step that are accounted for already */
    size_t scanned;     /* octets of `in` that were searched for the end of the mail data */
    uint64_t active;    /* stage.serial when something last came */

    texts verbs;        /* commands said that have no reply yet, oldest at verb_at */
    size_t verb_at;
    const char *answering; /* the command that the present reply answers, or NULL */
    bool data_phase;    /* client: a 3xx let the next octets be mail data */
    bool has_chunk;     /* a BDAT stands before: chunk octets follow */
    uint64_t chunk;
    const char *last_heard; /* server: last command line, for the text of a bare reply */
    struct taking taking;   /* server: the mail under way */

    const struct tls_facts *tls; /* of its handshake, or NULL */
    const struct step *shaking;  /* the handshake under way, or NULL */
    struct step sink_tls;        /* that of a sink; due when it is one */
    size_t handshake;            /* index into transcript.handshakes */
    size_t flights_told, records_told;
    unsigned tickets_told;
};

/* A ticket by its name in the text: what a client kept, and the key of a server that gives it. */
struct named_ticket {
    const char *name;
    const struct conn *keeper;   /* whose last ticket it is, or NULL */
    unsigned char key[TLS_KEY_OCTETS];
};

struct actor_state {
    int listener; /* -1: none */
    VEC(size_t) blocks; /* indexes into scenario.blocks */
    size_t next;        /* the block under way, or the next one */
    unsigned accepted;
};

struct stage {
    const struct scenario *s;
    const struct play_world *world;
    struct transcript *t;
    struct play_result *r;
    struct arena *arena;
    struct actor_state *actors;
    VEC(struct conn *) conns;
    VEC(struct named_ticket) tickets;
    struct buf secrets; /* of every handshake, as NSS writes them */
    struct errand errand;
    struct conn *errand_of;
    bool ended;
    uint64_t serial;    /* counts what came and went */
    millis slept;       /* time that the target slept since */
    bool was_asleep;
    millis began;       /* clock_ticks() */
};

/* ---- stage.c ---- */
void stage_end(struct stage *g, enum play_end end, struct place place, const char *what,
               const char *detail);
struct play_check *stage_check(struct stage *g, const struct step *s, const char *kind, bool ok,
                               const char *wanted, const char *got);
struct event *stage_saw(struct stage *g, struct conn *c, enum event_kind kind, enum side side);
/* A flight of that side begins, unless one is under way. */
void stage_flight(struct stage *g, struct conn *c, enum side side, struct place place);
/* The step was done; told where it has a name. */
void stage_mark(struct stage *g, struct conn *c, const struct step *s, enum side side);
/* The server answered the client so: a message may be taken now. */
void stage_answered(struct stage *g, struct conn *c, unsigned code);
/* wait: a connection has ended, the death may show a moment later. */
bool stage_died(struct stage *g, bool wait);
const struct actor *stage_actor(const struct stage *g, const struct conn *c);
/* The host of "mx.dest.test:25", or what is said where there is no such name. */
const char *stage_host(const struct stage *g, const struct conn *c, const char *otherwise);
static inline enum side conn_other(const struct conn *c)
{
    return c->own == SIDE_C ? SIDE_S : SIDE_C;
}
/* The other side's name, "the client" or "the server", for messages. */
const char *conn_peer(const struct conn *c);
/* "c", or "c 2" */
const char *conn_name(const struct stage *g, const struct conn *c);

/* ---- patience.c ---- */
/* Counts time that passed in poll, if the target slept through it; something: octets came. */
void stage_count_sleep(struct stage *g, millis passed, bool something);
/* Patience is over: says what was withheld, or ends the play. */
void stage_end_patience(struct stage *g);

/* ---- flow.c: bytes in and out ---- */
/* Reads all that is there. */
void conn_drain(struct stage *g, struct conn *c);
/* Writes as much as goes. */
void conn_flush(struct stage *g, struct conn *c);
bool conn_all_out(const struct conn *c);
void conn_send(struct stage *g, struct conn *c, span bytes, uint64_t times, struct place place);
/* A write ends here: what is said next goes into another one. */
void conn_seal(struct stage *g, struct conn *c);
/* Drops what was accounted for. */
void conn_used(struct conn *c, size_t octets);
void conn_close(struct stage *g, struct conn *c);
void conn_reset(struct stage *g, struct conn *c);

/* ---- say.c ---- */
bool step_is_wire(const struct step *s);
/* Who speaks first in these steps. False when nobody speaks. */
bool steps_first_side(const struct step *s, enum side *side);
bool conn_say(struct stage *g, struct conn *c);
/* Replaces the either at `say` by the branch chosen. */
void conn_choose(struct stage *g, struct conn *c, const struct step *s, size_t branch);
/* Says what was withheld, without moving on. False when nothing was. */
bool conn_release(struct stage *g, struct conn *c);

/* ---- compose.c: what a step says ---- */
/* True: all that the step uses is bound. Else c->unbound names what is not. */
bool compose_ready(struct stage *g, struct conn *c, const struct step *s);
/* Says it, and keeps in mind what replies belong to. False: not ready. */
bool compose_step(struct stage *g, struct conn *c, const struct step *s);

/* A message section's octets with captured values in their places. False: one is not bound
   (c->unbound), or there is no such section and the play has ended. */
bool message_octets(struct stage *g, struct conn *c, const struct step *s, span *octets);
bool piece_octets(struct stage *g, struct conn *c, const struct piece *piece, span *octets);

/* ---- courtesy.c ---- */
/* A command as it is said to this server. */
span courtesy_line(const struct stage *g, const struct conn *c, span text);
/* QUIT, and a wait for the close, where that is due. */
void courtesy_part(struct stage *g, struct conn *c, struct place place);

/* ---- words.c: for people ---- */
const char *step_word(const struct step *s);
const char *step_wanted(struct stage *g, const struct conn *c, const struct step *s);
/* What is missing at the hearing head: "reply 3 of 4, to RCPT: wanted 250". */
const char *conn_missing(struct stage *g, struct conn *c, struct place *place);
/* What came and is not accounted for: one reply or line of it. */
span conn_heard_octets(const struct conn *c);
const char *conn_heard_text(struct stage *g, const struct conn *c);
/* Sets c->answering: the command that the reply which is due answers. */
void conn_find_answered(struct conn *c);

/* ---- decide.c ---- */
enum fit { FIT_NO, FIT_MORE, FIT_YES };
/* Which branch of an either fits what came; FIT_MORE: not enough came yet. */
enum fit conn_decide(struct stage *g, struct conn *c, const struct step *s, size_t *branch);

/* ---- hear.c ---- */
bool conn_hear(struct stage *g, struct conn *c);
/* Cuts the line that is there. False: none yet. *why: it is no line, and why. */
bool conn_cut_line(const struct conn *c, span *line, size_t *octets, const char **why);
/* Whether what came goes along with the pieces from octet `from` on, and how far; *wanted stands behind
   that. FIT_MORE also where a captured value is not bound yet: c->unbound names it. */
enum fit step_pieces_fit(struct stage *g, struct conn *c, const struct step *s, uint64_t from, size_t *used,
                         span *wanted);
/* Cuts whole mail data, to its lone dot, off what came: *data is unstuffed, *octets are all of it. */
bool conn_mail_data(struct stage *g, struct conn *c, span *data, size_t *octets);

/* ---- secure.c ---- */
/* Goes on with the handshake that the step asks for. True: it came to what was wanted. */
bool conn_secure(struct stage *g, struct conn *c, const struct step *s);
/* The same without a verdict. */
enum tls_end conn_shake(struct stage *g, struct conn *c, const struct step *s);
/* The next octets of the peer are a handshake's: nobody else may read them. */
bool conn_awaits_tls(const struct conn *c);
/* Takes over what the link has learnt since. */
void conn_note_tls(struct stage *g, struct conn *c);

/* ---- sink.c ---- */
/* Serves plainly what is there. */
bool conn_serve(struct stage *g, struct conn *c);

#endif
