/* The mail that a server actor takes, put together from what the client said and what the judge
   answered: a message counts only once its end was answered 2xx. The same for connections that
   follow a block and for those that are served plainly. */
#ifndef HARNESS_ACTOR_TAKING_H
#define HARNESS_ACTOR_TAKING_H

#include "base/buf.h"
#include "harness/actor/play.h"

enum taking_waits {
    WAITS_OTHER,
    WAITS_HELLO,
    WAITS_MAIL,
    WAITS_RCPT,
    WAITS_DATA,
    WAITS_END,
    WAITS_CHUNK,
    WAITS_RESET
};

struct taking_command {
    enum taking_waits kind;
    span path; /* MAIL, RCPT: with angle brackets */
};

struct taking {
    struct arena *arena;
    bool lmtp; /* one reply for each recipient behind the data */
    bool greeted;
    VEC(struct taking_command) waiting; /* commands without an answer, from `first` on */
    size_t first;
    bool has_from;
    span from;
    texts rcpts;
    struct buf data;
    bool data_open;   /* 354 was answered: mail data comes */
    bool taken;       /* LMTP: of the present data one recipient was taken already */
    uint64_t chunk;   /* octets announced by the last BDAT */
    bool chunk_last;
};

void taking_init(struct taking *k, struct arena *arena, bool lmtp);
void taking_wipe(struct taking *k);
/* A command line was heard. */
void taking_line(struct taking *k, span line);
/* Mail data was heard, to its end: dot-unstuffed, or a BDAT chunk. */
void taking_data(struct taking *k, span octets, bool chunk);
/* An answer was given. True: a message is taken, *mail tells it (but for the actor). */
bool taking_reply(struct taking *k, unsigned code, struct play_mail *mail);

/* The number and LAST of "BDAT 12 LAST"; false if it is none. */
bool bdat_read(span line, uint64_t *octets, bool *last);
/* The first word of a command line is this verb. */
bool line_has_verb(span line, const char *verb);

#endif
