/* room: ref/lookup Eight threads look keys up in a file of lines, an LMDB file, a directory and a
   zone while the files are written and replaced. Claims: every lookup gives a value that the file
   had at some time, and no failure; at the end all see the last value. */
#include "base/check.h"
#include "base/file.h"
#include "base/task.h"
#include "ref/lookup/lookup.h"

#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define THREADS 8
#define ROUNDS 60

struct shared {
    struct lookup_shared *lookups;
    struct dns *dns;
    const char *lines, *mdb, *folder;
    _Atomic int last; /* the newest value that may be there */
    _Atomic bool end;
};

static struct lookup_result find(struct shared *s, struct lookup_cache *cache, const char *type,
                                 const char *key, const char *file, struct arena *arena)
{
    struct lookup_result r;
    struct lookup_request q = {.key = span_text(key), .file = span_text(file), .cache = cache,
                               .dns = s->dns, .arena = arena};
    CHECK(!failed(lookup_type_read(span_text(type), arena, &q.type)));
    lookup_find(&q, &r);
    if (r.outcome == LOOKUP_DEFERRED) {
        fprintf(stderr, "%s: %s\n", type, r.why);
    }
    CHECK(r.outcome == LOOKUP_FOUND);
    return r;
}

static int number(span value)
{
    uint64_t n;
    CHECK(span_to_u64(value, &n) && n <= INT32_MAX);
    return (int)n;
}

static void look(void *arg)
{
    struct shared *s = arg;
    struct lookup_cache *cache = lookup_cache_new(s->lookups);
    struct arena *arena = arena_new();
    bool last_round;
    do {
        last_round = s->end;
        int line = number(find(s, cache, "lsearch", "k", s->lines, arena).value);
        int record = number(find(s, cache, "lmdb", "k", s->mdb, arena).value);
        CHECK(line <= s->last && record <= s->last);
        CHECK(!last_round || (line == s->last && record == s->last));
        (void)find(s, cache, "dsearch", "lines", s->folder, arena);
        (void)find(s, cache, "dnsdb", "a=h.test", "", arena);
        lookup_cache_forget(cache);
        arena_reset(arena);
    } while (!last_round);
    arena_free(arena);
    lookup_cache_free(cache);
}

static void mdb_write(const char *path, int value)
{
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi;
    char key[] = "k", text[16];
    int len = snprintf(text, sizeof text, "%d", value);
    MDB_val k = {1, key}, v = {(size_t)len, text};
    CHECK(mdb_env_create(&env) == 0);
    CHECK(mdb_env_open(env, path, MDB_NOSUBDIR | MDB_NOSYNC, 0644) == 0);
    CHECK(mdb_txn_begin(env, NULL, 0, &txn) == 0 && mdb_dbi_open(txn, NULL, 0, &dbi) == 0);
    CHECK(mdb_put(txn, dbi, &k, &v, 0) == 0 && mdb_txn_commit(txn) == 0);
    mdb_env_close(env);
}

/* New files under other names, then renamed: the way in which such files are replaced. The LMDB
   file's lock file stays, as it does then. */
static void replace(struct shared *s, int value, struct arena *arena)
{
    char text[64];
    int len = snprintf(text, sizeof text, "a: 1\nk: %d\nk: 0\n", value);
    const char *next = path_join(arena, s->folder, "next"), *mdb = path_join(arena, s->folder, "m");
    CHECK(!failed(file_write(next, span_of(text, (size_t)len), 0644)));
    (void)remove(mdb);
    mdb_write(mdb, value);
    s->last = value;
    CHECK(rename(next, s->lines) == 0 && rename(mdb, s->mdb) == 0);
}

int main(void)
{
    struct arena *arena = arena_new();
    char folder[] = "/tmp/lookup-race-XXXXXX";
    CHECK(mkdtemp(folder) != NULL);
    struct shared s = {.folder = folder, .lines = path_join(arena, folder, "lines"),
                       .mdb = path_join(arena, folder, "mdb")};
    s.lookups = lookup_shared_new(clock_system());
    CHECK(!failed(dns_open_zone(SPAN("h.test. A 192.0.2.1\n"), "zone", arena, &s.dns)));
    replace(&s, 1, arena);
    struct task_group *group = task_group_new(THREADS, 0);
    for (int i = 0; i < THREADS; i++) {
        CHECK(!failed(task_start(group, look, &s)));
    }
    for (int value = 2; value < ROUNDS; value++) {
        replace(&s, value, arena);
        (void)nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
    }
    s.end = true;
    task_group_free(group);
    dns_close(s.dns);
    lookup_shared_close(s.lookups);
    CHECK(!failed(dir_remove_all(folder)));
    arena_free(arena);
    return 0;
}
