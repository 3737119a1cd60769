/* A signing under way: what sign.c (DKIM, and the whole) and arc_sign.c share. For these two only. */
#ifndef REF_SEAL_MAKING_H
#define REF_SEAL_MAKING_H

#include "ref/seal/sign.h"
#include "ref/seal/signature.h"

enum { MAKING_CEILING = 64 << 20 };

struct making {
    const struct seal_order *order;
    const struct seal_outgoing *message;
    struct arena *arena;
    struct seal_made *made;
    struct seal_fields fields;     /* of the message */
    struct seal_bodies *bodies;
    size_t *dkim_want, arc_want;
    span *fresh;                   /* DKIM-Signature fields, in the order in which they were made */
    size_t fresh_count;
};

/* A field being written, with folds. */
struct making_field {
    struct arena *arena;
    struct buf text;
    size_t column;
};
void making_begin(struct making_field *f, struct arena *arena, const char *name);
void making_tag(struct making_field *f, const char *name, span value);
void making_number(struct making_field *f, const char *name, uint64_t n);
void making_body(struct making_field *f, const struct making *m, size_t want); /* bh= */
void making_names(struct making_field *f, span names);
void making_close(struct making_field *f);
/* The field with its signature in b=, and its line end. It is wiped. */
span making_sign(struct making_field *f, span signature, const char *indent);

/* NULL, or why not. *held, a seal_private, is the caller's to release. */
const char *making_key(struct making *m, span key, struct seal_held *held);
const char *making_algorithm(const struct making *m, const struct seal_private *private);
/* Signs the text and wipes it. */
const char *making_sign_text(const struct making *m, const struct seal_private *private,
                             struct buf *text, span *signature);
const char *making_sign_message(struct making *m, enum seal_kind kind,
                                const struct seal_private *private, const struct making_field *f,
                                span *signature);

/* AS, AAR, AMS into all, or none of them and made->arc_failure. */
void making_arc(struct making *m, span *all, size_t *count);

#endif
