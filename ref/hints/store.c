/* Records by key, with their age. Every function ends in "no data" when LMDB says no, because mail
   is delivered with hints or without. */
#include "ref/hints/store.h"

#include "base/check.h"
#include "base/file.h"
#include "base/hex.h"
#include "ref/hints/file.h"

#include <stdlib.h>

struct hints {
    struct arena *arena;
    const struct clock *clock;
    struct hint_env files[HINTS_COUNT];
};

static const char *const names[HINTS_COUNT] = {
    [HINTS_RETRY] = "retry", [HINTS_MISC] = "misc", [HINTS_TLS] = "tls"};

const char *hint_file_name(enum hint_file file)
{
    return names[file];
}

struct hints *hints_open(const struct hints_setup *how)
{
    struct arena *arena = arena_new();
    struct hints *hints = ARENA_NEW(arena, struct hints);
    hints->arena = arena;
    hints->clock = how->clock;
    const char *folder = arena_text(arena, span_text(how->folder));
    for (size_t i = 0; i < HINTS_COUNT; i++) {
        struct hint_env *e = &hints->files[i];
        e->name = names[i];
        e->folder = folder;
        e->path = path_join(arena, folder, arena_printf(arena, "%s.mdb", names[i]));
        e->map_octets = how->map_octets ? how->map_octets : HINT_MAP_OCTETS;
        e->log = how->log;
        e->context = how->context;
        hint_env_init(e);
    }
    return hints;
}

void hints_close(struct hints *hints)
{
    if (hints) {
        for (size_t i = 0; i < HINTS_COUNT; i++) {
            hint_env_wipe(&hints->files[i]);
        }
        arena_free(hints->arena);
    }
}

instant hints_now(const struct hints *hints)
{
    return clock_now(hints->clock);
}

static MDB_val val_of(span s)
{
    MDB_val v = {.mv_size = s.len};
    memcpy(&v.mv_data, &s.at, sizeof s.at); /* LMDB's type has no const; it only reads */
    return v;
}

static span span_of_val(const MDB_val *v)
{
    return span_of(v->mv_data, v->mv_size);
}

static bool key_fits(span key)
{
    return key.len > 0 && key.len <= HINT_KEY_OCTETS;
}

static bool is_past(const struct hint *hint, instant now, millis keep)
{
    return (hint->until != 0 && now > hint->until) ||
           (keep > 0 && now > hint->stamp && (now - hint->stamp) / NANOS_PER_MILLI > keep);
}

/* A transaction of the file; NULL: no data. */
static MDB_txn *begin(struct hint_env *e, unsigned flags)
{
    MDB_txn *txn;
    if (!hint_env_hold(e, flags == 0)) {
        return NULL;
    }
    int code = mdb_txn_begin(e->env, NULL, flags, &txn);
    if (code == 0) {
        return txn;
    }
    hint_env_complain(e, "no transaction can begin", code);
    hint_env_release(e);
    return NULL;
}

/* Commits if all went well so far. True: it is done. */
static bool end(struct hint_env *e, MDB_txn *txn, int code, const char *what)
{
    if (code == 0) {
        code = mdb_txn_commit(txn);
    } else {
        mdb_txn_abort(txn);
    }
    hint_env_release(e);
    if (code != 0 && code != MDB_NOTFOUND) {
        hint_env_complain(e, what, code);
    } else {
        hint_env_works(e);
    }
    return code == 0;
}

/* What the key has, whatever its age; the value is copied. */
static int get(struct hint_env *e, MDB_txn *txn, span key, struct arena *arena, struct hint *hint)
{
    MDB_val k = val_of(key), v;
    int code = mdb_get(txn, e->dbi, &k, &v);
    if (code == 0 && !hint_read(arena_copy(arena, span_of_val(&v)), hint)) {
        code = MDB_VERSION_MISMATCH; /* of another release, or of another program */
    }
    return code;
}

bool hints_get(struct hints *hints, enum hint_file file, span key, millis keep, struct arena *arena,
               struct hint *hint)
{
    struct hint_env *e = &hints->files[file];
    MDB_txn *txn = key_fits(key) ? begin(e, MDB_RDONLY) : NULL;
    if (txn == NULL) {
        return false;
    }
    int code = get(e, txn, key, arena, hint);
    if (!end(e, txn, code == MDB_VERSION_MISMATCH ? MDB_NOTFOUND : code, "reading")) {
        if (code == MDB_VERSION_MISMATCH) {
            hints_foreign(hints, file, key);
        }
        return false;
    }
    if (is_past(hint, clock_now(hints->clock), keep)) {
        hints_drop(hints, file, key);
        return false;
    }
    return true;
}

bool hints_take(struct hints *hints, enum hint_file file, span key, millis keep,
                struct arena *arena, struct hint *hint)
{
    struct hint seen;
    struct hint_env *e = &hints->files[file];
    /* Most keys have nothing: a look costs less than a write transaction. */
    if (!hints_get(hints, file, key, keep, arena, &seen)) {
        return false;
    }
    MDB_txn *txn = begin(e, 0);
    if (txn == NULL) {
        return false;
    }
    int code = get(e, txn, key, arena, hint);
    code = code == MDB_VERSION_MISMATCH ? MDB_NOTFOUND : code;
    MDB_val k = val_of(key);
    code = code ? code : mdb_del(txn, e->dbi, &k, NULL);
    return end(e, txn, code, "taking") && !is_past(hint, clock_now(hints->clock), keep);
}

static int order_of_stamps(const void *a, const void *b)
{
    instant x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

/* The stamp that half of all records are older than, or as old as. */
static int middle_stamp(struct hint_env *e, MDB_txn *txn, instant *middle)
{
    struct arena *arena = arena_new();
    MDB_stat stat;
    MDB_cursor *cursor;
    MDB_val k, v;
    struct hint hint;
    size_t count = 0;
    int code = mdb_stat(txn, e->dbi, &stat);
    code = code ? code : mdb_cursor_open(txn, e->dbi, &cursor);
    if (code == 0) {
        instant *stamps = arena_take_array(arena, stat.ms_entries + 1, sizeof *stamps);
        while (count < stat.ms_entries && mdb_cursor_get(cursor, &k, &v, MDB_NEXT) == 0) {
            stamps[count++] = hint_read(span_of_val(&v), &hint) ? hint.stamp : 0;
        }
        mdb_cursor_close(cursor);
        qsort(stamps, count, sizeof *stamps, order_of_stamps);
        *middle = count ? stamps[count / 2] : 0;
    }
    arena_free(arena);
    return code;
}

/* Removes what is past, and all stamped up to `oldest`; so many went. */
static int sweep(struct hint_env *e, MDB_txn *txn, instant now, millis keep, instant oldest,
                 size_t *gone)
{
    MDB_cursor *cursor;
    MDB_val k, v;
    struct hint hint;
    *gone = 0;
    int code = mdb_cursor_open(txn, e->dbi, &cursor);
    if (code) {
        return code;
    }
    while ((code = mdb_cursor_get(cursor, &k, &v, MDB_NEXT)) == 0) {
        if (hint_read(span_of_val(&v), &hint) && hint.stamp > oldest &&
            !is_past(&hint, now, keep)) {
            continue;
        }
        code = mdb_cursor_del(cursor, 0);
        if (code) {
            break;
        }
        ++*gone;
    }
    mdb_cursor_close(cursor);
    return code == MDB_NOTFOUND ? 0 : code;
}

/* A sweep may touch every page, LMDB copies what is touched, and gives the old pages free only in a
   later transaction: two thirds have to be free for that. */
static bool more_used_than(size_t octets, struct hint_env *e, MDB_txn *txn)
{
    MDB_stat s;
    return mdb_stat(txn, e->dbi, &s) == 0 &&
           (s.ms_branch_pages + s.ms_leaf_pages + s.ms_overflow_pages) * s.ms_psize > octets;
}

static bool make_room(struct hints *hints, struct hint_env *e)
{
    MDB_txn *txn = begin(e, 0);
    instant middle;
    size_t gone;
    if (txn == NULL) {
        return false;
    }
    instant now = clock_now(hints->clock);
    int code = sweep(e, txn, now, 0, INT64_MIN, &gone);
    if (code == 0 && more_used_than(e->map_octets / 4, e, txn)) {
        code = middle_stamp(e, txn, &middle);
        code = code ? code : sweep(e, txn, now, 0, middle, &gone);
    }
    return end(e, txn, code, "making room");
}

static int put(struct hint_env *e, MDB_txn *txn, span key, span record)
{
    MDB_val k = val_of(key), v = val_of(record);
    int code = mdb_put(txn, e->dbi, &k, &v, 0);
    return code == 0 && more_used_than(e->map_octets / 3, e, txn) ? MDB_MAP_FULL : code;
}

bool hints_put(struct hints *hints, enum hint_file file, span key, instant until, span value)
{
    struct hint_env *e = &hints->files[file];
    struct buf record;
    bool done = false;
    if (!key_fits(key) || value.len > HINT_VALUE_OCTETS) {
        return false;
    }
    buf_init(&record, HINT_VALUE_OCTETS + 64);
    hint_write(&(struct hint){clock_now(hints->clock), until, value}, &record);
    for (unsigned tries = 0; tries < 2 && !done; tries++) {
        MDB_txn *txn = begin(e, 0);
        if (txn == NULL) {
            break;
        }
        int code = put(e, txn, key, buf_span(&record));
        if (code == MDB_MAP_FULL && tries == 0) {
            (void)end(e, txn, MDB_NOTFOUND, "writing");
            if (!make_room(hints, e)) {
                break;
            }
            continue;
        }
        done = end(e, txn, code, "writing");
    }
    buf_wipe(&record);
    return done;
}

void hints_drop(struct hints *hints, enum hint_file file, span key)
{
    struct hint_env *e = &hints->files[file];
    MDB_txn *txn = key_fits(key) ? begin(e, 0) : NULL;
    if (txn) {
        MDB_val k = val_of(key);
        (void)end(e, txn, mdb_del(txn, e->dbi, &k, NULL), "removing");
    }
}

void hints_foreign(struct hints *hints, enum hint_file file, span key)
{
    const struct hint_env *e = &hints->files[file];
    struct buf line;
    hints_drop(hints, file, key);
    if (e->log == NULL) {
        return;
    }
    buf_init(&line, 1024);
    buf_printf(&line, "hints %s: the record ", e->name);
    hex_escape(key, &line); /* a key of sessions is a digest */
    buf_put_text(&line, " is none that this release wrote: dropped");
    buf_put_byte(&line, 0);
    e->log(e->context, (const char *)buf_span(&line).at);
    buf_wipe(&line);
}

size_t hints_tidy(struct hints *hints, enum hint_file file, millis keep)
{
    struct hint_env *e = &hints->files[file];
    size_t gone = 0;
    MDB_txn *txn = begin(e, 0);
    if (txn) {
        int code = sweep(e, txn, clock_now(hints->clock), keep, INT64_MIN, &gone);
        gone = end(e, txn, code, "tidying") ? gone : 0;
    }
    return gone;
}

void hints_each(struct hints *hints, enum hint_file file, hint_visit *visit, void *context)
{
    struct hint_env *e = &hints->files[file];
    MDB_cursor *cursor;
    MDB_val k, v;
    struct hint hint;
    MDB_txn *txn = begin(e, MDB_RDONLY);
    if (txn == NULL) {
        return;
    }
    int code = mdb_cursor_open(txn, e->dbi, &cursor);
    if (code == 0) {
        while (mdb_cursor_get(cursor, &k, &v, MDB_NEXT) == 0) {
            if (hint_read(span_of_val(&v), &hint) && !visit(context, span_of_val(&k), &hint)) {
                break;
            }
        }
        mdb_cursor_close(cursor);
    }
    (void)end(e, txn, code, "reading");
}
