/* A message as signatures see it: its fields, its body, and both canonicalised (RFC 6376 3.4). Line
   ends may be CRLF or LF, as a mailbox keeps them; what comes out has CRLF. */
#ifndef HARNESS_SEAL_CANON_H
#define HARNESS_SEAL_CANON_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/span.h"
#include "base/vec.h"

enum proof_canon { PROOF_SIMPLE, PROOF_RELAXED };

struct proof_field {
    span name; /* what stands before the colon, blanks before it left out; empty: no field */
    span body; /* behind the colon */
    span text; /* both, folds and all, without the last line end */
};

struct proof_message {
    VEC(struct proof_field) fields;
    span body;
};

void proof_message_read(span octets, struct arena *arena, struct proof_message *m);
/* One field, text as struct proof_field has it, and CRLF behind it if `ended`. */
void proof_field_canon(enum proof_canon canon, span text, bool ended, struct buf *out);
void proof_body_canon(enum proof_canon canon, span body, struct buf *out);

#endif
