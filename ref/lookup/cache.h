/* Results that were found, kept for the message; and what belongs to all sessions. */
#ifndef REF_LOOKUP_CACHE_H
#define REF_LOOKUP_CACHE_H

#include "ref/lookup/lmdb_files.h"
#include "ref/lookup/lookup.h"
#include "ref/lookup/text_files.h"

struct lookup_shared {
    struct arena *arena;
    const struct clock *clock;
    struct kept_files texts;
    struct lmdb_files lmdb;
};

struct lookup_shared *lookup_cache_shared(const struct lookup_cache *cache);

/* True if this message looked at the file's name a moment ago, so that the system need not be asked
   again whether it is still the same file; false: it is to be looked at, and that is noted. */
bool lookup_cache_looked(struct lookup_cache *cache, span file);

/* True if the same was asked before; the result's octets are copied into the request's arena. */
bool lookup_cache_get(const struct lookup_request *request, struct lookup_result *result);
/* Keeps a copy for that long. */
void lookup_cache_put(const struct lookup_request *request, const struct lookup_result *result,
                      millis keep);

#endif
