/* The inside of struct target: shared by the files of this folder, by nobody else. */
#ifndef HARNESS_TARGET_INSTANCE_H
#define HARNESS_TARGET_INSTANCE_H

#include "base/buf.h"
#include "harness/observe/formats.h"
#include "harness/target/description.h"
#include "harness/target/dnsd.h"
#include "harness/target/isolate.h"
#include "harness/target/process.h"
#include "harness/target/rest.h"
#include "harness/target/target.h"

/* How often a server of somebody else's is connected to: twice a second at most, however many cases ask. */
enum { PACE_GAP_MS = 500 };
struct pace {
    millis next; /* clock_ticks from which on the next connection may be made; 0: at once */
};
/* How long to wait from now on until a connection may be made; it counts as made then, so that a burst of
   cases is spread out. */
millis pace_wait(struct pace *p, millis now);

/* A row of `where`. */
struct surface_place {
    const struct format *format;
    const char *place;
};

/* A file that `prepare` wrote: same bytes, same running target. */
struct prepared_file {
    const char *path;
    span content;
};
typedef VEC(struct prepared_file) prepared_files;

struct target {
    struct arena *arena;      /* as long as the target is open */
    struct arena *run_arena;  /* as long as it runs: where, prepared files */
    struct arena *case_arena; /* from one target_ready to the next */
    struct arena *scratch;    /* within one call */
    struct target_options o;
    const char *home; /* harness/targets/NAME */
    const char *bin;  /* the folder of the judge itself, as seen before the isolation */
    const char *tree; /* unpacked packages, or NULL */
    const char *ca;   /* test certificates, or NULL */
    struct description d;
    struct isolation in;
    const char *version;
    texts caps;
    texts masks;
    bool honest; /* the probe was passed */
    struct dnsd *dns; /* NULL: this isolation has no place for one */

    /* host:port */
    bool external;
    struct address remote;
    struct pace pace;

    /* folders and files, all below o.work */
    const char *work, *dir, *set_file, *config_file, *env_file, *errors;
    texts environment;

    /* while it runs */
    bool running;
    bool spent; /* a fresh start is due: not at rest, or what is queued may still be tried */
    size_t processes; /* that it has when nothing is going on */
    _Atomic size_t seen_processes; /* when it was last seen asleep */
    struct rest_watch *watch;
    queue_ids queued; /* ids of earlier cases' messages that lie there for good */
    pid_t starter; /* the process that `start` was or is; 0: reaped */
    const char *death;
    const char *key; /* set, config and environment of what is prepared */
    const char *rows; /* of `=== dns` while it runs: it may remember what it was answered */
    prepared_files prepared;
    VEC(struct surface_place) places;
    int control; /* our end of the socket on which the environment is announced, or -1 */

    /* of the case */
    const struct scenario *scenario;
    struct dnsd_zone zone; /* what the name server answers */
    size_t written; /* records of zone that the case's rows made, the first ones */
    marks before;
    uint16_t next_port;
    millis rest_asked; /* clock_ticks when target_rests was first asked, 0: not yet */
    millis calm_since; /* when it was first seen asleep since then, 0: it was awake */
    millis clock_moved;
    VEC(struct spool_entry) earlier; /* the spool as it was before each `do` */
};

enum verb_end {
    VERB_DONE,
    VERB_UNSUPPORTED, /* 77, or no such executable */
    VERB_NOT_NOW,     /* 75, three times */
    VERB_FAILED
};
struct verb_result {
    enum verb_end end;
    span output;
    const char *what; /* for people, unless DONE */
};
/* Runs harness/targets/NAME/VERB to its end. args may be NULL. */
void target_verb_run(struct target *t, const char *verb, const texts *args, span input, millis wait,
              struct verb_result *r);
bool target_verb_is_there(const struct target *t, const char *verb);
/* As an err: DONE is OK, UNSUPPORTED is ERR_DEFER. */
err target_verb_err(const struct verb_result *r) MUST_CHECK;
/* The environment that every verb gets. */
void target_verb_environment(struct target *t);
/* What the target wrote to standard error, its middle left out when it is long: for messages. */
const char *target_verb_errors(struct target *t, struct arena *arena);

/* start, until it answers; and `where`. */
err target_start(struct target *t) MUST_CHECK;
/* One whole reply, which stands in the buf then: lines `NNN-...`, the last `NNN ...` or `NNN`. */
err target_reply_read(int fd, millis deadline, struct buf *reply, unsigned *code) MUST_CHECK;
/* A whole greeting, QUIT, its answer and the close. ERR_IO, ERR_TIMEOUT: not yet. */
err target_ready_probe(const struct address *to, const struct address *from, millis wait,
                       struct arena *arena) MUST_CHECK;
/* The environment file; moved is what `do clock` added. */
err target_write_environment(struct target *t) MUST_CHECK;
/* Reads one surface kind, or all (SURFACE_COUNT). */
err target_collect(struct target *t, enum surface only, struct arena *arena,
                   struct observation *seen) MUST_CHECK;
/* Waits until everything sleeps; false when patience ran out. */
bool target_wait_for_rest(struct target *t);
/* Some actor of it is a server. */
bool target_plays_server(const struct scenario *s);
/* Sets death when standard error holds a sanitizer's report. */
void target_look_for_sanitizers(struct target *t);
/* text with `@{dir}` and `@{ACTOR.ip}` in place: the target cannot know them. All else stays. */
void target_names_fill(struct target *t, span text, struct buf *out);
/* The case's `=== dns` rows and the addresses of its actors, from now on answered. */
err target_names_serve(struct target *t) MUST_CHECK;
/* The case's rows of `=== dns`, as text. */
const char *target_names_rows(struct target *t, struct arena *arena);
/* In /etc/hosts too, for targets that do not ask a name server; what a dns row speaks of is left to
   it. */
err target_names_write(struct target *t) MUST_CHECK;
/* host:port */
err target_external_open(struct target *t) MUST_CHECK;

#endif
