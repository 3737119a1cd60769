/* What a pattern is made of, for the two files that know: pattern_read.c writes it, pattern.c and
   bindings.c use it. */
#ifndef HARNESS_SCENARIO_PATTERN_NODES_H
#define HARNESS_SCENARIO_PATTERN_NODES_H

#include "base/buf.h"
#include "base/vec.h"
#include "harness/scenario/pattern.h"

#define PATTERN_CEILING ((size_t)1 << 20) /* octets of a pattern, values put in */

struct capture_type {
    const char *name;
    const char *regex; /* NULL: the target's shape of a queue id */
    const char *doc;
};
extern const struct capture_type capture_types[];
extern const size_t capture_type_count;

enum node_kind {
    NODE_BYTES, /* exactly these */
    NODE_VERB,  /* these, letter case apart */
    NODE_ANY,   /* `*` */
    NODE_NAME,  /* @{name} or, with a regex, @{name:type} */
    NODE_REGEX  /* a whole /regex/ */
};

struct node {
    enum node_kind kind;
    span bytes;        /* NODE_BYTES, NODE_VERB, NODE_REGEX */
    const char *name;  /* NODE_NAME */
    const char *regex; /* NODE_NAME with a type; "" when the type is `id` */
};

struct alternative {
    VEC(struct node) nodes;
};

struct pattern {
    enum pattern_form form;
    const char *source;
    VEC(struct alternative) alternatives; /* one at least */
};

struct bound {
    const char *name;
    span value;
};

struct bindings {
    struct arena *arena;
    VEC(struct bound) all;
    /* The target's queue id: what must stand before it, the id, what must stand behind it. */
    const char *id_before, *id, *id_behind;
    bool gave_up;
};

/* True if the regular expression compiles; *at and *what say what is wrong otherwise. */
bool pattern_regex_ok(span regex, struct arena *arena, size_t *at, const char **what);
/* Letters, digits, `.`, `-`, `_`, a letter first: how long the name at the start of text is. */
size_t pattern_name_length(span text);
/* The octet that the escape at the start of text (a backslash) stands for and its length there; 0
   when there is no such escape. */
size_t pattern_escape(span text, unsigned char *byte);

#endif
