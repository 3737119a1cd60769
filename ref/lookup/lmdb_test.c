/* LMDB files: the values, the texts (facts measured with Exim and liblmdb 0.9.24), and what happens
   to a file while it is used: replaced, written, grown, cut, damaged. */
#include "ref/lmdb/check.h"
#include "ref/lookup/testing.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <lmdb.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct pair {
    const char *key, *value;
    size_t value_len; /* 0: strlen */
};

static void put_all(const char *path, const struct pair *pairs, size_t count, size_t map,
                    unsigned flags)
{
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi;
    cr_assert(mdb_env_create(&env) == 0 && mdb_env_set_mapsize(env, map) == 0);
    cr_assert(mdb_env_open(env, path, MDB_NOSUBDIR, 0644) == 0);
    cr_assert(mdb_txn_begin(env, NULL, 0, &txn) == 0 && mdb_dbi_open(txn, NULL, flags, &dbi) == 0);
    for (size_t i = 0; i < count; i++) {
        MDB_val k = {strlen(pairs[i].key), (void *)(uintptr_t)pairs[i].key};
        MDB_val v = {pairs[i].value_len ? pairs[i].value_len : strlen(pairs[i].value),
                     (void *)(uintptr_t)pairs[i].value};
        cr_assert(mdb_put(txn, dbi, &k, &v, 0) == 0);
    }
    cr_assert(mdb_txn_commit(txn) == 0);
    mdb_env_close(env);
}

/* In a process of its own, as real writers are: this one must not open its file twice. */
static void put_elsewhere(const char *path, struct pair pair, size_t map)
{
    pid_t child = fork();
    if (child == 0) {
        put_all(path, &pair, 1, map, 0);
        _exit(0);
    }
    int status;
    cr_assert(waitpid(child, &status, 0) == child && status == 0);
}

static const struct pair records[] = {
    {"example.com", "relay.example.com", 0}, {"example.org", "yes", 0}, {"empty", "", 0},
    {"nulval", "abc", 4}, {"multi", "line1\nline2", 0}, {"Upper.Example", "case", 0},
    {"*.part.example", "part", 0}, {"*", "dflt", 0},
};
#define RECORDS sizeof records / sizeof *records
#define MAP ((size_t)1 << 20)

Test(lookup_lmdb, values)
{
    static const char *const rows[][3] = {
        {"lmdb", "example.com", "=relay.example.com"}, {"lmdb", "nosuch", "-"},
        {"lmdb", "empty", "="},
        {"lmdb", "nulval", "=abc"}, {"lmdb", "multi", "=line1\nline2"},
        {"lmdb", "EXAMPLE.COM", "-"},
        {"lmdb", "upper.example", "-"}, {"lmdb", "", "-"},
        {"partial-lmdb", "x.part.example", "=part"},
        {"partial0()lmdb", "x.example.com", "=relay.example.com"}, {"lmdb*", "nosuch", "=dflt"},
        {"lmdb,ret=key", "example.org", "=example.org"}, {"lmdb*@", "u@none", "=dflt"},
    };
    struct bench b;
    bench_open(&b);
    const char *file = bench_path(&b, "t.mdb");
    put_all(file, records, RECORDS, MAP, 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect_str_eq(bench_text(&b, rows[i][0], rows[i][1], file), rows[i][2], "%s",
                         rows[i][1]);
    }
    char key[2001];
    for (size_t len = 511; len <= 2000; len += 1489 - (len == 511) * 1488) {
        memset(key, 'k', len);
        key[len] = 0;
        cr_expect_str_eq(bench_text(&b, "lmdb", key, file), "-", "%zu", len);
    }
    bench_close(&b);
}

Test(lookup_lmdb, the_first_of_several_values)
{
    struct bench b;
    bench_open(&b);
    const struct pair twice[] = {{"k", "bb", 0}, {"k", "aa", 0}, {"l", "one", 0}};
    put_all(bench_path(&b, "dup"), twice, 3, MAP, MDB_DUPSORT);
    cr_expect_str_eq(bench_text(&b, "lmdb", "k", bench_path(&b, "dup")), "=aa");
    cr_expect_str_eq(bench_text(&b, "lmdb", "l", bench_path(&b, "dup")), "=one");
    struct pair many[2000];
    char values[2000][16];
    for (int i = 0; i < 2000; i++) { /* so many that they get a tree of their own */
        snprintf(values[i], sizeof values[i], "v%04d", i);
        many[i] = (struct pair){"k", values[i], 0};
    }
    put_all(bench_path(&b, "many"), many, 2000, MAP, MDB_DUPSORT);
    cr_expect_str_eq(bench_text(&b, "lmdb", "k", bench_path(&b, "many")), "=v0000");
    put_all(bench_path(&b, "fixed"), many, 2000, MAP, MDB_DUPSORT | MDB_DUPFIXED);
    cr_expect_str_eq(bench_text(&b, "lmdb", "k", bench_path(&b, "fixed")), "=v0000");
    bench_close(&b);
}

Test(lookup_lmdb, texts_of_files_that_do_not_open)
{
    struct bench b;
    bench_open(&b);
    cr_assert(mkdir(bench_path(&b, "subdir"), 0755) == 0);
    bench_write(&b, "text", SPAN("this is not an LMDB file, but long enough to have a header: "
                                 "........................................................"
                                 "........................................................"));
    bench_write(&b, "empty", SPAN(""));
    static const char *const rows[][2] = {
        {"missing", "No such file or directory"}, {"subdir", "Is a directory"},
        {"text", "MDB_INVALID: File is not an LMDB file"}, {"empty", "Bad file descriptor"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *path = bench_path(&b, rows[i][0]);
        struct lookup_result r = bench_find(&b, "lmdb", "k", path);
        cr_expect(r.failed_to_open && r.outcome == LOOKUP_DEFERRED);
        cr_expect_str_eq(r.why, arena_printf(b.arena,
                                             "LMDB: Unable to open environment with %s: %s", path,
                                             rows[i][1]));
    }
    cr_expect_str_eq(bench_text(&b, "lmdb", "k", "t.mdb"), "!LMDB: Unable to open environment with "
                     "t.mdb: No such file or directory");
    bench_close(&b);
}

Test(lookup_lmdb, other_writers)
{
    struct bench b;
    bench_open(&b);
    const char *file = bench_path(&b, "t.mdb"), *link = bench_path(&b, "link");
    put_all(file, records, RECORDS, MAP, 0);
    cr_expect_str_eq(bench_text(&b, "lmdb", "new", file), "-");
    put_elsewhere(file, (struct pair){"new", "there", 0}, MAP);
    cr_expect_str_eq(bench_text(&b, "lmdb", "new", file), "-", "the message has seen it absent");
    lookup_cache_forget(b.cache);
    cr_expect_str_eq(bench_text(&b, "lmdb", "new", file), "=there");
    /* Two names, one environment; it grows: MDB_MAP_RESIZED, and the lookup goes on. */
    cr_assert(symlink(file, link) == 0);
    cr_expect_str_eq(bench_text(&b, "lmdb", "example.org", link), "=yes");
    char *large = arena_take(b.arena, 3 << 20);
    memset(large, 'x', (3 << 20) - 1);
    put_elsewhere(file, (struct pair){"large", large, 0}, 8 << 20);
    cr_expect_eq(bench_find(&b, "lmdb", "large", link).value.len, (3 << 20) - 1);
    cr_expect_str_eq(bench_text(&b, "lmdb,cache=no", "new", file), "=there");
    /* Replaced by another file. */
    const struct pair other = {"new", "other", 0};
    put_all(bench_path(&b, "next"), &other, 1, MAP, 0);
    cr_assert(rename(bench_path(&b, "next"), file) == 0);
    cr_expect_str_eq(bench_text(&b, "lmdb,cache=no", "new", file), "=other");
    cr_expect_str_eq(bench_text(&b, "lmdb,cache=no", "new", link), "=other");
    bench_close(&b);
}

Test(lookup_lmdb, a_lock_file_of_the_file_that_was_replaced)
{
    struct bench b;
    bench_open(&b);
    const char *file = bench_path(&b, "t.mdb");
    for (int i = 0; i < 9; i++) { /* more transactions than the new file will have seen */
        put_elsewhere(file, (struct pair){"k", "old", 0}, MAP);
    }
    int ready[2], done[2];
    cr_assert(pipe(ready) == 0 && pipe(done) == 0);
    pid_t child = fork();
    if (child == 0) { /* another program keeps the old one open */
        MDB_env *env;
        char byte = 0;
        close(done[1]);
        bool good = mdb_env_create(&env) == 0 &&
                    mdb_env_open(env, file, MDB_NOSUBDIR | MDB_RDONLY, 0644) == 0 &&
                    write(ready[1], &byte, 1) == 1 && read(done[0], &byte, 1) == 0;
        _exit(!good);
    }
    char byte;
    cr_assert(read(ready[0], &byte, 1) == 1);
    cr_expect_str_eq(bench_text(&b, "lmdb,cache=no", "k", file), "=old");
    put_elsewhere(bench_path(&b, "next"), (struct pair){"k", "new", 0}, MAP);
    put_elsewhere(bench_path(&b, "next"), (struct pair){"l", "new", 0}, MAP);
    cr_assert(rename(bench_path(&b, "next"), file) == 0);
    cr_expect_str_eq(bench_text(&b, "lmdb,cache=no", "k", file), "=new");
    cr_expect_str_eq(bench_text(&b, "lmdb,cache=no", "l", file), "=new");
    close(done[0]);
    close(done[1]);
    int status;
    cr_assert(waitpid(child, &status, 0) == child && status == 0);
    close(ready[0]);
    close(ready[1]);
    bench_close(&b);
}

Test(lookup_lmdb, no_lock_is_left)
{
    struct bench b;
    bench_open(&b);
    const char *file = bench_path(&b, "t.mdb");
    put_all(file, records, RECORDS, MAP, 0);
    for (int i = 0; i < 300; i++) { /* more than the 126 slots for readers */
        cr_expect_str_eq(bench_text(&b, "lmdb,cache=no", "example.org", file), "=yes");
    }
    MDB_envinfo info;
    lookup_cache_free(b.cache);
    lookup_shared_close(b.shared);
    MDB_env *env;
    cr_assert(mdb_env_create(&env) == 0 && mdb_env_open(env, file, MDB_NOSUBDIR, 0644) == 0);
    int dead = -1;
    cr_expect(mdb_reader_check(env, &dead) == 0 && dead == 0);
    cr_assert(mdb_env_info(env, &info) == 0);
    cr_expect_leq(info.me_numreaders, 1);
    mdb_env_close(env);
    b.shared = lookup_shared_new(clock_system());
    b.cache = lookup_cache_new(b.shared);
    lookup_shared_limit(b.shared, 25, true);
    cr_expect_str_eq(bench_text(&b, "lmdb", "example.org", file), "=yes", "without locks");
    bench_close(&b);
}

Test(lookup_lmdb, more_files_than_stay_open)
{
    struct bench b;
    bench_open(&b);
    lookup_shared_limit(b.shared, 4, false);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 40; i++) {
            char name[16], value[16], want[17];
            snprintf(name, sizeof name, "f%d", i);
            snprintf(value, sizeof value, "v%d", i);
            snprintf(want, sizeof want, "=%s", value);
            const char *file = bench_path(&b, name);
            if (round == 0) {
                put_all(file, &(struct pair){"k", value, 0}, 1, MAP, 0);
            }
            cr_expect_str_eq(bench_text(&b, "lmdb,cache=no", "k", file), want);
        }
    }
    char line[256];
    unsigned open_here = 0;
    FILE *fds = popen(arena_printf(b.arena, "ls -l /proc/%d/fd", getpid()), "r");
    while (fgets(line, sizeof line, fds)) {
        open_here += strstr(line, b.folder) != NULL && strstr(line, "-lock") == NULL;
    }
    pclose(fds);
    cr_expect_leq(open_here, 4);
    bench_close(&b);
}

/* Enough records for branch pages, and a value with pages of its own. */
static const char *large_file(struct bench *b)
{
    const char *file = bench_path(b, "large.mdb");
    struct pair pairs[3000];
    char (*keys)[16] = arena_take(b->arena, 3000 * 16);
    for (int i = 0; i < 3000; i++) {
        snprintf(keys[i], 16, "key%05d", i);
        pairs[i] = (struct pair){keys[i], keys[i], 0};
    }
    char *large = arena_take(b->arena, 20001);
    memset(large, 'x', 20000);
    pairs[1500].value = large;
    put_all(file, pairs, 3000, MAP, 0);
    return file;
}

Test(lookup_lmdb, a_cut_file_defers)
{
    struct bench b;
    bench_open(&b);
    const char *file = large_file(&b);
    struct stat whole;
    cr_assert(stat(file, &whole) == 0);
    cr_expect_str_eq(bench_text(&b, "lmdb,cache=no", "key00001", file), "=key00001");
    /* While it is open, and then page by page. */
    for (off_t size = whole.st_size - 4096; size >= 0; size -= 4096 * 5) {
        cr_assert(truncate(file, size) == 0);
        for (int i = 0; i < 3000; i += 700) {
            char key[16];
            snprintf(key, sizeof key, "key%05d", i);
            struct lookup_result r = bench_find(&b, "lmdb,cache=no", key, file);
            cr_expect_eq(r.outcome, LOOKUP_DEFERRED, "%lld", (long long)size);
            cr_expect(strstr(r.why, "LMDB: ") == r.why, "%s", r.why);
        }
    }
    bench_close(&b);
}

Test(lookup_lmdb, a_file_that_is_written_over)
{
    struct bench b;
    bench_open(&b);
    const char *file = large_file(&b), *other = bench_path(&b, "other.mdb");
    span whole;
    cr_assert(!failed(file_read(file, 1 << 24, b.arena, &whole)));
    put_all(other, &(struct pair){"key00001", "other", 0}, 1, MAP, 0);
    span lesser;
    cr_assert(!failed(file_read(other, 1 << 24, b.arena, &lesser)));
    const struct {
        const char *label;
        span first; /* what its first octets become; the rest stays */
        const char *then;
    } rows[] = {
        {"zeros", span_of(arena_take(b.arena, whole.len), whole.len),
         "MDB_INVALID: File is not an LMDB file"},
        {"text", SPAN("key00001: a file of lines is no file of pages, whatever its name says"),
         "MDB_INVALID: File is not an LMDB file"},
        {"another file, and the rest of this one behind it", lesser, "=other"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        (void)unlink(file);
        cr_assert(!failed(file_write(file, whole, 0644)));
        cr_expect_str_eq(bench_text(&b, "lmdb,cache=no", "key00001", file), "=key00001");
        int fd = open(file, O_WRONLY);
        cr_assert(pwrite(fd, rows[i].first.at, rows[i].first.len, 0) == (ssize_t)rows[i].first.len);
        cr_assert(close(fd) == 0);
        const char *now = bench_text(&b, "lmdb,cache=no", "key00001", file);
        cr_expect(strstr(now, rows[i].then) != NULL, "%s: %s", rows[i].label, now);
    }
    bench_close(&b);
}

Test(lookup_lmdb, damage_never_ends_the_process, .timeout = 100)
{
    struct bench b;
    bench_open(&b);
    const char *whole = large_file(&b), *file = bench_path(&b, "damaged.mdb");
    span text;
    cr_assert(!failed(file_read(whole, 1 << 24, b.arena, &text)));
    unsigned char *bytes = arena_take(b.arena, text.len);
    struct rng { uint64_t s; } rng = {42};
    unsigned refused = 0, found = 0;
    for (int round = 0; round < 400; round++) {
        memcpy(bytes, text.at, text.len);
        for (int hits = 0; hits < 3; hits++) {
            rng.s = rng.s * 6364136223846793005u + 1442695040888963407u;
            size_t page = (size_t)(rng.s >> 33) % (text.len / 4096);
            size_t at = (size_t)(rng.s >> 20) % (round % 2 ? 64 : 4096); /* headers more often */
            bytes[page * 4096 + at] = (unsigned char)(rng.s >> 50);
        }
        unlink(file);
        cr_assert(!failed(file_write(file, span_of(bytes, text.len), 0644)));
        for (int i = 0; i < 3000; i += 130) {
            char key[16];
            snprintf(key, sizeof key, "key%05d", i);
            struct lookup_result r = bench_find(&b, "lmdb,cache=no", key, file);
            refused += r.outcome == LOOKUP_DEFERRED;
            found += r.outcome == LOOKUP_FOUND;
        }
    }
    cr_expect_gt(refused, 100);
    cr_expect_gt(found, 100);
    bench_close(&b);
}
