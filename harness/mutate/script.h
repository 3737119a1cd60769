/* What is left of a scenario when nothing is expected of it: what its clients say, in flights, what its
   servers say, settings and sections. Written again, it takes any reply, as many as commands were said. */
#ifndef HARNESS_MUTATE_SCRIPT_H
#define HARNESS_MUTATE_SCRIPT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/vec.h"

/* One statement of the judge: "C: NOOP", "C<. plain", "TLS: try", "~~"; a server's block: any. */
struct saying {
    const char *text; /* its line, without an end */
    bool waits;       /* for the replies to all that was said before */
};
typedef VEC(struct saying) sayings;

struct script_block {
    const char *head; /* "[c 2]"; NULL: lines before any */
    bool client;
    sayings says;
};

struct script_section {
    const char *head; /* "=== message m" */
    span content;
};

struct script {
    VEC(const char *) header; /* need, set, actor */
    VEC(struct script_block) blocks;
    VEC(struct script_section) sections;
};

/* flat: as scenario_flatten writes it. Of alternatives the first that is not wrong is taken; claims,
   notes, and lines with captured names are left out. False: no client in it speaks SMTP to the target, or
   one speaks something else. Everything lives in arena. */
bool script_read(span flat, struct arena *arena, struct script *s);
/* In the one form, but for what `assay fmt` breaks otherwise. What was written so reads and writes as it is. */
void script_write(const struct script *s, struct buf *out);
/* A copy whose blocks and sections may be changed. */
struct script script_copy(const struct script *s, struct arena *arena);

#endif
