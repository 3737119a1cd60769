/* A scenario as data, after reading: what both the parser writes and everything behind it reads.
   `@{param}` is replaced, `use` is taken in, `vary` and `table` have made one case of each
   combination. Everything lives in the arena that the reader was given. */
#ifndef HARNESS_SCENARIO_MODEL_H
#define HARNESS_SCENARIO_MODEL_H

#include "base/clock.h"
#include "base/span.h"
#include "base/vec.h"

struct pattern; /* harness/scenario/pattern.h */

struct place {
    const char *file;
    unsigned line;
    unsigned column; /* 1 is the first; 0: the whole line */
};

enum side { SIDE_C, SIDE_S }; /* a direction on the wire: the client's words, the server's */

enum relation { REL_EQ, REL_NE, REL_LT, REL_LE, REL_GT, REL_GE, REL_COUNT };

typedef VEC(const char *) texts;

/* The `^` lines below a step or an expect. */
struct notes {
    texts reqs;
    const char *name;    /* ^ name X, or NULL */
    const char *because; /* or NULL */
    const char *masked;  /* or NULL */
};

/* ---- replies ---- */

struct reply_code {
    bool negated;
    char digits[3]; /* 'x' stands for any digit */
};

/* One item of `{ SIZE >= 1000, A|B, !STARTTLS, AUTH PLAIN }`. */
struct offer_item {
    bool absent;
    texts words; /* alternatives */
    bool has_relation;
    enum relation relation;
    uint64_t number;
    texts arguments; /* words that must follow the keyword */
};

/* One reply, one or more lines of it on the wire. */
struct reply_want {
    struct place place;
    bool any; /* `*` */
    VEC(struct reply_code) codes;
    const char *status; /* "5.7.1" on each line, or NULL */
    VEC(struct offer_item) offer;
    const struct pattern *text; /* behind ~, or NULL */
    span said;                  /* free text: said when the judge is the server, never compared */
    bool has_said;
};
/* Several lines `250-A`, `250 B` written below each other become one reply_want whose `said` holds
   the lines' texts separated by LF, and whose offer holds their keywords. */

/* ---- bytes ---- */

struct piece {
    span bytes;
    uint64_t times;
    bool has_names; /* bytes hold `@{name}`s that are known at run time only: bindings_fill */
};

/* ---- steps of a play ---- */

enum step_kind {
    STEP_LINE,   /* C: TEXT (or S: in proto=raw/dccifd): `text` */
    STEP_REPLY,  /* S: replies: `replies` */
    STEP_BYTES,  /* C| S|: `pieces` */
    STEP_MAIL,   /* C<. : `message`, dot-stuffed and ended */
    STEP_OCTETS, /* C<= : `message` as it is */
    STEP_EVENT,  /* C! S!: `event` */
    STEP_TLS,    /* TLS: */
    STEP_BREAK,  /* -- */
    STEP_CROSS,  /* ~~ */
    STEP_EITHER, /* either ... or ... end: `branches`; a single branch where the judge is the side
                    that chooses: it is taken, and its label with it (each branch is a case) */
    STEP_DO,     /* do VERB */
    STEP_KIND_COUNT
};

enum wire_event { EVENT_EOF, EVENT_RST, EVENT_SHUT, EVENT_SILENCE };
enum tls_verb { TLS_FULL, TLS_RESUME, TLS_FAIL, TLS_TRY };
enum do_verb { DO_QUEUE_RUN, DO_RESTART, DO_RELOAD, DO_KILL, DO_CLOCK, DO_SUBMIT };

struct option_text {
    const char *name;
    const char *value;
};
typedef VEC(struct option_text) option_texts;

struct step;
typedef VEC(struct step) steps;
typedef VEC(const struct step *) step_list;

struct branch {
    struct place place;
    const char *label;
    bool fails; /* !fail */
    steps play;
};

struct step {
    struct place place;
    enum step_kind kind;
    enum side side; /* whose it is; STEP_EITHER: the side that chooses */
    struct notes notes;
    const struct pattern *text;        /* STEP_LINE */
    VEC(struct reply_want) replies;    /* STEP_REPLY */
    VEC(struct piece) pieces;          /* STEP_BYTES */
    const char *message;               /* STEP_MAIL, STEP_OCTETS; "*" takes any */
    enum wire_event event;             /* STEP_EVENT */
    millis span;                       /* EVENT_SILENCE, DO_CLOCK */
    enum tls_verb tls;                 /* STEP_TLS */
    option_texts options;              /* STEP_TLS */
    VEC(struct branch) branches;       /* STEP_EITHER */
    enum do_verb verb;                 /* STEP_DO */
    texts words;                       /* DO_SUBMIT: message, from, to ...; bindings_fill */
};

/* ---- who plays ---- */

enum actor_role { ACTOR_CLIENT, ACTOR_SERVER };

struct actor {
    const char *name; /* first, as the names of other things here: rows.h finds them */
    struct place place;
    enum actor_role role;
    bool receiver;        /* server: a second target plays it (`assay matrix`) */
    const char *port;     /* client: smtp, smtps, submission, lmtp or digits */
    const char *endpoint; /* server: host:port, [v6]:port, unix:PATH */
    option_texts options; /* proto, from, tlslib, cert, offer, rtt */
};

/* One connection of an actor. Blocks stand in the order of the file. */
struct play_block {
    struct place place;
    size_t actor;    /* index into scenario.actors */
    unsigned number; /* the actor's nth connection, from 1 */
    bool has_after;
    size_t after_actor;
    unsigned after_number;
    steps play;
};

/* ---- expects ---- */

enum expect_kind {
    EXPECT_FLIGHTS, EXPECT_RTT, EXPECT_WIRE, EXPECT_LOG, EXPECT_FILE, EXPECT_SPOOL, EXPECT_TLS,
    EXPECT_QUEUE, EXPECT_MAIL, EXPECT_SAME, EXPECT_KIND_COUNT
};

enum test_kind { TEST_NONE, TEST_RELATION, TEST_HAS, TEST_LACKS, TEST_COUNT };

struct test {
    enum test_kind kind;
    bool any;                      /* `any = VALUE` */
    enum relation relation;        /* TEST_RELATION */
    const struct pattern *pattern; /* value or pattern */
    bool has_count;
    enum relation count_relation;
    const struct pattern *count;   /* digits, or a capture's value */
};

/* From MAIL_PART_TYPE on: of one part of a MIME message. */
enum mail_part { MAIL_WHOLE, MAIL_FROM, MAIL_RCPT, MAIL_BODY, MAIL_DKIM, MAIL_ARC, MAIL_HEADER,
                 MAIL_PART_TYPE, MAIL_PART_BODY, MAIL_PART_HEADER, MAIL_PART_GROUP };

enum object_kind { OBJECT_MAIL, OBJECT_MESSAGE, OBJECT_SPOOL_HEADER, OBJECT_SPOOL_DATA, OBJECT_FILE,
                   OBJECT_WIRE };

struct object {
    enum object_kind kind;
    const char *word; /* mailbox, message name, path, actor; may hold @{...} to be bound */
    unsigned number;  /* nth, or connection; 0: not given */
    enum side side;
};

struct expect {
    struct place place;
    enum expect_kind kind;
    struct notes notes;
    texts when;             /* labels */
    const char *conn_actor; /* flights, rtt, wire, tls */
    unsigned conn_number;   /* 0: all */
    const char *until;      /* note name, or NULL */
    VEC(enum side) flights;
    uint64_t number;        /* rtt: N; its relation is test.relation */
    bool half;              /* rtt: N.5 */
    enum side side;         /* wire */
    const char *word;       /* log format, file path, spool id, mailbox, tls key; may hold @{...} */
    const struct pattern *has; /* log: behind its first `has`, which says which line is meant */
    unsigned nth;
    const char *field;      /* log field; spool: rcpts, attr, sender ...; */
    const char *field_word; /* spool attr NAME; authres method */
    const char *field_word2;
    const char *like;       /* spool ... like SECTION */
    const char *queue_id, *queue_rcpt, *queue_state;
    enum mail_part part;
    unsigned part_number, group_number, header_nth;
    struct object left, right; /* same */
    struct test test;
};

/* ---- sections ---- */

enum section_kind { SECTION_MESSAGE, SECTION_DNS, SECTION_CONFIG, SECTION_TABLE, SECTION_SPOOL,
                    SECTION_FILE, SECTION_KIND_COUNT };

struct section {
    struct place place;
    enum section_kind kind;
    const char *name; /* "exim" for config */
    bool raw;
    bool receiver;  /* config: for the second target */
    bool has_names; /* content holds `@{name}`s that are known at run time only: bindings_fill */
    span content; /* message: octets with CRLF line ends; others: LF lines; parameters replaced.
                     file=: as the file has it, a message's bare LFs made CRLF, nothing replaced */
};

/* What keys of `set` and words of `need` begin with that are about the second target. */
#define SCENARIO_RECEIVER "receiver."

struct setting {
    const char *key;
    struct place place;
    const char *value;
};

/* Which sides of a text the judge plays. */
enum scenario_sides {
    SIDES_AS_WRITTEN, /* those that its actors name */
    SIDES_SWAPPED,    /* the judge is the server where `client -> sut` stood (turn.c) */
    SIDES_BOTH        /* no target: both are played, as a check of the text */
};

/* One case: one scenario under one combination of its parameters. */
struct scenario {
    const char *path;  /* as given on the command line */
    const char *id;    /* "smtp/basic#eod=3,lib=openssl"; what is run, counted and listed */
    const char *title;
    texts sources;
    texts reqs;
    texts needs;
    bool reversible;
    enum scenario_sides sides;
    VEC(struct setting) sets;
    VEC(struct actor) actors;
    VEC(struct play_block) blocks;
    VEC(struct expect) expects;
    VEC(struct section) sections;
    option_texts params; /* what vary and table gave this case */
    const char *ways;    /* words of --tls that made this case, or NULL */
    texts labels;        /* the judge's own choices: what stands behind # in the id beside params */
};

/* What `set KEY =` says, or NULL. */
const char *scenario_setting(const struct scenario *s, const char *key);
/* The value of the option of that name, or NULL. */
const char *option_value(const option_texts *list, const char *name);

#endif
