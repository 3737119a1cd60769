/* For the tests of this room: a folder of files, and one call for a lookup. */
#ifndef REF_LOOKUP_TESTING_H
#define REF_LOOKUP_TESTING_H

#include "base/buf.h"
#include "base/check.h"
#include "base/file.h"
#include "ref/lookup/lookup.h"

#include <stdio.h>
#include <stdlib.h>

struct bench {
    struct arena *arena;
    char folder[64];
    struct lookup_shared *shared;
    struct lookup_cache *cache;
    struct dns *dns;
    const struct lookup_language *language;
};

static inline void bench_open(struct bench *b)
{
    *b = (struct bench){.arena = arena_new()};
    snprintf(b->folder, sizeof b->folder, "/tmp/lookup-test-XXXXXX");
    CHECK(mkdtemp(b->folder) != NULL);
    b->shared = lookup_shared_new(clock_system());
    b->cache = lookup_cache_new(b->shared);
}

static inline void bench_close(struct bench *b)
{
    lookup_cache_free(b->cache);
    lookup_shared_close(b->shared);
    dns_close(b->dns);
    CHECK(!failed(dir_remove_all(b->folder)));
    arena_free(b->arena);
}

static inline const char *bench_path(struct bench *b, const char *name)
{
    return path_join(b->arena, b->folder, name);
}

static inline const char *bench_write(struct bench *b, const char *name, span text)
{
    const char *path = bench_path(b, name);
    CHECK(!failed(file_write(path, text, 0644)));
    return path;
}

static inline struct lookup_result bench_find(struct bench *b, const char *type, const char *key,
                                              const char *file)
{
    struct lookup_result result;
    struct lookup_request q = {.key = span_text(key), .file = span_text(file), .cache = b->cache,
                               .dns = b->dns, .language = b->language, .arena = b->arena};
    CHECK(!failed(lookup_type_read(span_text(type), b->arena, &q.type)));
    lookup_find(&q, &result);
    return result;
}

/* "=value" found, "-" absent, "!text" deferred: one text for one comparison. */
static inline const char *bench_text(struct bench *b, const char *type, const char *key,
                                     const char *file)
{
    struct lookup_result r = bench_find(b, type, key, file);
    if (r.outcome == LOOKUP_FOUND) {
        return arena_printf(b->arena, "=%.*s", SPAN_FMT(r.value));
    }
    return r.outcome == LOOKUP_ABSENT ? "-" : arena_printf(b->arena, "!%s", r.why);
}

#endif
