/* Canonicalisation (RFC 6376 3.4): header fields at once, the body as it streams by, hashed in the same
   pass. Line ends come in as LF or CRLF and are hashed as CRLF, which is what stands on the wire. */
#ifndef REF_SEAL_CANON_H
#define REF_SEAL_CANON_H

#include "base/buf.h"
#include "ref/seal/crypto.h"

enum seal_canon { SEAL_SIMPLE, SEAL_RELAXED, SEAL_CANON_COUNT };

/* One field, "Name: body" with or without its line end, and CRLF behind it if `ended`. */
void seal_header_put(enum seal_canon canon, span field, bool ended, struct buf *out);

#define SEAL_WHOLE UINT64_MAX

/* Hashes that somebody wants of one body; each is a number. At most one hash runs for each pair of
   canonicalisation and algorithm, however many ask and whatever their l= is. */
struct seal_bodies;

struct seal_bodies *seal_bodies_new(struct arena *arena);
/* Before the first octet. length: l=, or SEAL_WHOLE. */
size_t seal_bodies_want(struct seal_bodies *b, enum seal_canon canon, enum seal_hash hash,
                        uint64_t length);
/* Nobody wants any: the body need not be read. */
bool seal_bodies_idle(const struct seal_bodies *b);
void seal_bodies_add(struct seal_bodies *b, span text);
void seal_bodies_end(struct seal_bodies *b);
/* After the end. False: the body is shorter than the length. */
bool seal_bodies_read(const struct seal_bodies *b, size_t which, struct seal_digest *digest);
/* Lets the library's memory go. NULL is fine. */
void seal_bodies_free(struct seal_bodies *b);

#endif
