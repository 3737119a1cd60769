/* JSON for the forms that are made of it, written as it is told: no tree is built of a run that may
   have a hundred thousand checks. Texts of any origin become texts that JSON can hold. Whoever writes
   keeps names apart within an object, and closes what was opened. */
#ifndef REPORTS_OBJECT_H
#define REPORTS_OBJECT_H

#include "base/buf.h"

struct object {
    struct buf *out;
    bool indented;  /* a line for each member; else all in one line */
    unsigned depth;
    bool begun;     /* something stands already where the next value goes */
};

/* A document: one object, and the end of its line. */
void object_begin(struct object *o, struct buf *out, bool indented);
void object_end(struct object *o);

/* Values. key: a word of ours, that needs no escape; NULL in an array. */
void object_open(struct object *o, const char *key, char bracket); /* '{' or '[' */
void object_close(struct object *o, char bracket);                 /* '}' or ']' */
/* A member that says nothing (NULL) is left out. */
void object_text(struct object *o, const char *key, const char *text);
void object_number(struct object *o, const char *key, int64_t number);
void object_decimal(struct object *o, const char *key, double number); /* one digit behind the point */
void object_bool(struct object *o, const char *key, bool value);

#endif
