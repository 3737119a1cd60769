/* What the two ways of sender rewriting share: local parts that may need quotes. */
#ifndef REF_SEAL_SRS_TEXT_H
#define REF_SEAL_SRS_TEXT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/span.h"

/* The meaning of a local part that may be in quotes. */
span srs_unquoted(span local, struct arena *arena);
/* A domain and the "=" behind it; an address literal may hold others. False, and nothing taken: there is none. */
bool srs_domain_take(span *rest, span *domain);
/* front and local as one local part, in quotes if it needs them. */
void srs_local_put(span front, span local, struct buf *out);

#endif
