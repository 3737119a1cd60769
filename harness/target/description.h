/* The file harness/targets/NAME/target: what cannot be asked of an executable. `key = value` lines,
   `mask ... because ...` lines, `#` comments. An unknown key is refused with file and line: a
   typing mistake in a mask would otherwise change verdicts silently. docs/how-to-add-a-target.md
   lists the keys. */
#ifndef HARNESS_TARGET_DESCRIPTION_H
#define HARNESS_TARGET_DESCRIPTION_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/span.h"
#include "base/vec.h"
#include "harness/scenario/model.h"

/* A row `PATH OWNER:GROUP MODE`: what a maintainer script would have set. */
struct owned_file {
    const char *path; /* relative to the root */
    const char *owner;
    const char *group;
    unsigned mode;
};

/* `mask SURFACE WHAT because REASON`: what this MTA writes anew each time. */
struct mask {
    const char *surface; /* "wire", "log exim-main", "spool" */
    const char *what;    /* "date-time", "QT DT" */
    const char *because;
};

struct description {
    const char *file;     /* for messages */
    texts peers;          /* Debian packages; empty: nothing to fetch */
    const char *language; /* "exim", or NULL */
    texts users;          /* accounts of the private passwd and group */
    VEC(struct owned_file) owned;
    const char *reply_id; /* regular expression without its slashes, or NULL */
    const char *reload;   /* "SIGHUP" or NULL */
    const char *clock;    /* "env" or NULL */
    const char *isolation; /* least that is needed: "namespaces", "ports"; NULL: ports */
    millis patience;
    VEC(struct mask) masks;
};

/* text is the file's content. ERR_SYNTAX: "FILE:LINE: what; remedy". */
err description_read(const char *file, span text, struct arena *arena,
                     struct description *d) MUST_CHECK;

#endif
