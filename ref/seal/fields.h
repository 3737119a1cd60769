/* The header section of one message as signers see it: fields in order, and by name from the bottom
   up (RFC 6376 5.4.2) without looking through all of them for each name that is signed. */
#ifndef REF_SEAL_FIELDS_H
#define REF_SEAL_FIELDS_H

#include "base/map.h"

struct seal_fields {
    const span *at;      /* "Name: body\n" */
    size_t count;
    struct arena *arena;
    struct map names;    /* in lower case: where each has its fields, and how far a walk is with them */
    size_t *above;       /* for each field the next one of its name further up; SPAN_NONE: none */
    size_t walk;
};

void seal_fields_read(const span *at, size_t count, struct arena *arena,
                      struct seal_fields *fields);
/* The name of a field, without blanks; empty if it has no colon. The body: all behind the colon
   without the line end. */
span seal_field_name(span field);
span seal_field_body(span field);
bool seal_field_is(span field, const char *name);

/* The fields that a signature covers: first begin, then each name of h= in turn. False: there is none
   (left) of that name, and nothing is to be hashed for it. */
void seal_walk_begin(struct seal_fields *fields);
bool seal_walk_take(struct seal_fields *fields, span name, size_t *which);

#endif
