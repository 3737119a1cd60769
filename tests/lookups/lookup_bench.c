/* Lookups per second through ref/lookup and without it, in one run: LMDB with a transaction for
   each lookup is the floor for lmdb, a copy of the result included; lines have no floor, only the
   time that the first lookup takes to read and index the file.
       lookup_bench RECORDS LOOKUPS */
#include "base/check.h"
#include "base/file.h"
#include "base/buf.h"
#include "ref/expand/expand.h"
#include "ref/lookup/lookup.h"

#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>

struct ground {
    struct arena *arena;
    const char *mdb, *lines;
    unsigned records, lookups;
    struct lookup_shared *shared;
    struct lookup_cache *cache;
};

/* A walk through all keys in no order that a page cache or a branch predictor could follow. */
static unsigned next_key(unsigned *state, unsigned records)
{
    *state = *state * 1664525u + 1013904223u;
    return (unsigned)((uint64_t)*state * records >> 32);
}

static span key_text(char at[32], unsigned number)
{
    int len = snprintf(at, 32, "user%u.example.com", number);
    return span_of(at, (size_t)len);
}

static span value_text(char at[64], unsigned number)
{
    int len = snprintf(at, 64, "relay%u.example.com some more text: %u", number, number);
    return span_of(at, (size_t)len);
}

static MDB_val val_of(span s)
{
    MDB_val v = {.mv_size = s.len};
    memcpy(&v.mv_data, &s.at, sizeof s.at);
    return v;
}

static void write_mdb(const struct ground *g)
{
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi;
    char key[32], value[64];
    CHECK(mdb_env_create(&env) == 0 && mdb_env_set_mapsize(env, (size_t)1 << 30) == 0);
    CHECK(mdb_env_open(env, g->mdb, MDB_NOSUBDIR | MDB_NOSYNC, 0644) == 0);
    CHECK(mdb_txn_begin(env, NULL, 0, &txn) == 0 && mdb_dbi_open(txn, NULL, 0, &dbi) == 0);
    for (unsigned i = 0; i < g->records; i++) {
        MDB_val k = val_of(key_text(key, i)), v = val_of(value_text(value, i));
        CHECK(mdb_put(txn, dbi, &k, &v, 0) == 0);
    }
    CHECK(mdb_txn_commit(txn) == 0);
    mdb_env_close(env);
}

static void write_lines(const struct ground *g)
{
    struct buf out;
    char key[32], value[64];
    buf_init(&out, (size_t)1 << 30);
    for (unsigned i = 0; i < g->records; i++) {
        buf_put(&out, key_text(key, i));
        buf_put_text(&out, ": ");
        buf_put(&out, value_text(value, i));
        buf_put_byte(&out, '\n');
    }
    span all;
    CHECK(!failed(buf_end(&out, &all)) && !failed(file_write(g->lines, all, 0644)));
    buf_wipe(&out);
}

static double rate(unsigned lookups, instant began)
{
    return lookups * 1e9 / (double)(clock_now(clock_system()) - began + 1);
}

/* Without us. renew: one transaction that is reset and renewed, else a new one each time. */
static double measure_bare(const struct ground *g, bool renew)
{
    MDB_env *env;
    MDB_txn *txn = NULL;
    MDB_dbi dbi;
    unsigned state = 1;
    struct arena *arena = arena_new();
    CHECK(mdb_env_create(&env) == 0);
    CHECK(mdb_env_open(env, g->mdb, MDB_NOSUBDIR | MDB_RDONLY | MDB_NOTLS, 0644) == 0);
    CHECK(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn) == 0 && mdb_dbi_open(txn, NULL, 0, &dbi) == 0);
    CHECK(mdb_txn_commit(txn) == 0);
    CHECK(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn) == 0);
    instant began = clock_now(clock_system());
    for (unsigned i = 0; i < g->lookups; i++) {
        char key[32], want[64];
        unsigned number = next_key(&state, g->records);
        MDB_val k = val_of(key_text(key, number)), v;
        if (renew) {
            mdb_txn_reset(txn);
            CHECK(mdb_txn_renew(txn) == 0);
        } else {
            mdb_txn_abort(txn);
            CHECK(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn) == 0);
        }
        CHECK(mdb_get(txn, dbi, &k, &v) == 0);
        span value = arena_copy(arena, span_of(v.mv_data, v.mv_size));
        CHECK(span_eq(value, value_text(want, number)));
        if (i % 1024 == 0) {
            arena_reset(arena);
        }
    }
    double per_second = rate(g->lookups, began);
    mdb_txn_abort(txn);
    mdb_env_close(env);
    arena_free(arena);
    return per_second;
}

static double measure(const struct ground *g, const char *type, const char *file)
{
    struct arena *arena = arena_new();
    struct lookup_request q = {.file = span_text(file), .cache = g->cache, .arena = arena};
    unsigned state = 1;
    CHECK(!failed(lookup_type_read(span_text(type), g->arena, &q.type)));
    instant began = clock_now(clock_system());
    for (unsigned i = 0; i < g->lookups; i++) {
        char key[32], want[64];
        struct lookup_result r;
        unsigned number = next_key(&state, g->records);
        q.key = key_text(key, number);
        lookup_find(&q, &r);
        CHECK(r.outcome == LOOKUP_FOUND && span_eq(r.value, value_text(want, number)));
        if (i % 1024 == 0) {
            arena_reset(arena);
        }
    }
    double per_second = rate(g->lookups, began);
    arena_free(arena);
    return per_second;
}

/* The same as configurations have it: ${lookup, read once and evaluated for each key. */
static double measure_expansion(const struct ground *g)
{
    struct arena *arena = arena_new();
    struct facts_address address = {0};
    struct facts facts = {.address = &address};
    struct expansion x = {.facts = &facts, .arena = arena, .lookups = g->cache};
    const struct template *t;
    const char *text = arena_printf(g->arena, "${lookup{$local_part}lmdb,cache=no_wr{%s}}", g->mdb);
    unsigned state = 1;
    CHECK(!failed(template_read(span_text(text), g->arena, &t)));
    instant began = clock_now(clock_system());
    for (unsigned i = 0; i < g->lookups; i++) {
        char key[32], want[64];
        unsigned number = next_key(&state, g->records);
        address.local_part = key_text(key, number);
        struct expanded e = expand(t, &x);
        CHECK(e.outcome == EXPAND_OK && span_eq(e.value.text, value_text(want, number)));
        if (i % 1024 == 0) {
            arena_reset(arena);
        }
    }
    double per_second = rate(g->lookups, began);
    arena_free(arena);
    return per_second;
}

static double seconds_of_first(const struct ground *g)
{
    struct ground once = *g;
    once.lookups = 1;
    return 1 / measure(&once, "lsearch,cache=no_wr", g->lines);
}

int main(int argc, char **argv)
{
    char folder[] = "/tmp/lookup-bench-XXXXXX";
    struct ground g = {.arena = arena_new(),
                       .records = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 1000000,
                       .lookups = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 1000000};
    CHECK(mkdtemp(folder) != NULL);
    g.mdb = path_join(g.arena, folder, "mdb");
    g.lines = path_join(g.arena, folder, "lines");
    g.shared = lookup_shared_new(clock_system());
    g.cache = lookup_cache_new(g.shared);
    write_mdb(&g);
    write_lines(&g);
    double new_each = measure_bare(&g, false), renewed = measure_bare(&g, true);
    double lmdb = measure(&g, "lmdb,cache=no_wr", g.mdb);
    double expansion = measure_expansion(&g);
    double first = seconds_of_first(&g), lines = measure(&g, "lsearch,cache=no_wr", g.lines);
    printf("%u records, %u lookups in no order\n", g.records, g.lookups);
    printf("mdb_get, a new transaction each   %10.0f per second\n", new_each);
    printf("mdb_get, a renewed transaction    %10.0f per second\n", renewed);
    printf("lmdb                              %10.0f per second: %.2f of the first, %.2f of the "
           "second\n", lmdb, lmdb / new_each, lmdb / renewed);
    printf("${lookup...lmdb...}               %10.0f per second: %.2f of the first\n", expansion,
           expansion / new_each);
    printf("lsearch                           %10.0f per second\n", lines);
    printf("lsearch, reading the file first   %10.3f seconds\n", first);
    lookup_cache_free(g.cache);
    lookup_shared_close(g.shared);
    CHECK(!failed(dir_remove_all(folder)));
    arena_free(g.arena);
    return 0;
}
