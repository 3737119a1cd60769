/* Playing a case: every actor's connections side by side in one thread over poll, under the
   rules of docs/scenario-language.md (flights, early and late, patience). The first mismatch
   ends the play. */
#ifndef HARNESS_ACTOR_PLAY_H
#define HARNESS_ACTOR_PLAY_H

#include "base/socket.h"
#include "harness/scenario/model.h"
#include "harness/scenario/pattern.h"
#include "harness/transcript/transcript.h"

/* Manners towards a server of somebody else's. */
struct play_courtesy {
    const char *name;     /* said in place of c.test, as in EHLO */
    const char *boxes[2]; /* in place of u@test.ex and v@test.ex; NULL: as written */
    const char *domain;   /* "@example.net", of the other addresses @test.ex; NULL: as written */
};

/* What the play needs from whoever runs the target. */
struct play_world {
    void *target;
    /* Where the target listens for a port word ("smtp", "smtps", "submission", "lmtp", digits). */
    bool (*sut)(void *target, const char *port, struct address *at);
    /* The address a client connects from (option from=, else the default); false: any. */
    bool (*client)(void *target, const char *from, struct address *at);
    /* Where a server actor listens. */
    bool (*server)(void *target, const char *endpoint, struct address *at);
    /* True when every process of the target sleeps. NULL: cannot be seen, patience is plain time. */
    bool (*asleep)(void *target);
    /* True when a process of the target has died. NULL: cannot be seen. */
    bool (*died)(void *target);
    /* `do VERB`; returns when done. ERR_DEFER: the target has no such verb. step is a copy in which
       captured values stand already. While a server actor listens it runs in a thread of its own,
       since a delivery attempt ends only when the actor has answered; of the target only asleep is
       asked meanwhile. */
    err (*act)(void *target, const struct step *step);
    /* True when every message that the target took in is done or waits: until then what server
       actors serve plainly goes on behind the last block. NULL: until it has slept for a while. */
    bool (*rested)(void *target);
    /* Takes over the number-th connection to an actor that is another target, where no block is for
       it. NULL: no scenario has such an actor. */
    void (*pass)(void *target, size_t actor, unsigned number, int fd);
    /* True when a connection that was passed on is over. */
    bool (*passed)(void *target, size_t actor, unsigned number);
    /* Nobody but the peer knows when it is done: server actors serve until every connection is
       over. */
    bool to_the_end;
    const struct play_courtesy *courtesy; /* or NULL; with it no connection ends without QUIT */
    const char *ca;    /* folder of test certificates, NAME.crt and NAME.key; NULL: none */
    millis patience;
    millis timeout; /* for the whole case */
    struct bindings *bindings;
};

enum play_end {
    PLAY_DONE,
    PLAY_MISMATCH,     /* something else came */
    PLAY_EARLY,        /* something came that should have waited */
    PLAY_LATE,         /* something was held back although nothing was owed */
    PLAY_NO_ANSWER,
    PLAY_LABEL,        /* a !fail alternative was taken */
    PLAY_INCONCLUSIVE, /* patience or time ran out where nothing is proved */
    PLAY_UNREACHABLE,  /* the connection was refused */
    PLAY_CRASH,        /* the target died */
    PLAY_UNSUPPORTED,  /* a verb or feature that is not there; what names it */
    PLAY_BROKEN        /* the judge itself failed */
};

/* One assertion that was made on the wire. */
struct play_check {
    struct place place;
    const char *kind; /* "reply", "line", "bytes", "mail", "event", "tls" */
    const struct notes *notes;
    bool ok;
    bool timed; /* time decided it: C! silence */
    const char *wanted;
    const char *got;
};

/* A message that a server actor took. */
struct play_mail {
    size_t actor;
    span from; /* as written, with its angle brackets */
    texts rcpts;       /* addresses, without brackets */
    span octets; /* dot-unstuffed, CRLF line ends as they came */
};

struct play_result {
    enum play_end end;
    struct place place;
    const char *what;   /* one line: "reply 3 of 4, to RCPT: wanted 250, got 550 5.1.1 ..." */
    const char *detail; /* several lines for people, or NULL */
    texts labels;       /* alternatives taken */
    VEC(struct play_check) checks;
    /* Mail taken by server actors. */
    VEC(struct play_mail) mails;
    span secrets; /* of TLS, in NSS's key log format */
};

/* The actor option rtt: "100ms", or with s, m; NULL: none. 0: no time. */
millis play_rtt(const char *option);

/* Everything in *r lives as long as the arena of t. */
void play_run(const struct scenario *s, const struct play_world *world, struct transcript *t,
              struct play_result *r);

/* The text with both of its sides played by the judge (`--self`): each client actor gets a server
   actor NAME.peer at host, ports from `port` on, that plays the other side; its own port word becomes
   that place, HOST:PORT. The copy lives in arena. */
const struct scenario *play_self(const struct scenario *s, const char *host, unsigned port,
                                 struct arena *arena);

#endif
