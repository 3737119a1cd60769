/* Looks and does not touch: no lock is taken, so that a listing never gets in the way of a delivery. A
   message that goes away meanwhile is passed over. */
#include "ref/queue/list.h"

#include "base/file.h"
#include "ref/spool/header_file.h"
#include "ref/spool/journal.h"
#include "ref/spool/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { TEXT_CEILING = 64 << 20 };

/* Those that have a -H; their ids live in arena. */
static err ids_read(const struct spool *spool, struct arena *arena, span **ids, size_t *count)
{
    struct spool_entries entries;
    err e = spool_scan(spool->input, arena, &entries);
    *count = 0;
    if (failed(e)) {
        return err_of(e.kind, "cannot read the spool directory");
    }
    *ids = arena_take_array(arena, entries.list.count + 1, sizeof **ids);
    for (size_t i = 0; i < entries.list.count; i++) {
        if ((entries.list.at[i].parts & SPOOL_PART_H) != 0) {
            (*ids)[(*count)++] = span_text(entries.list.at[i].id);
        }
    }
    return OK;
}

err queue_count(const struct spool *spool, size_t *count)
{
    struct arena *arena = arena_new();
    span *ids;
    err e = ids_read(spool, arena, &ids, count);
    arena_free(arena);
    return e;
}

/* The directory that has the message's -H, in either layout. */
static err place_open(const struct spool *spool, span id, struct arena *arena, int *dir)
{
    const char *name = arena_printf(arena, "%.*s-H", SPAN_FMT(id));
    const char below[2] = {(char)id.at[5], '\0'};
    const char *paths[] = {spool->input, path_join(arena, spool->input, below)};
    err e = err_sys(ENOENT, name);
    for (size_t i = 0; i < 2; i++) {
        if (failed(dir_open(paths[i], dir))) {
            continue;
        }
        if (faccessat(*dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
            return OK;
        }
        e = err_sys(errno, name);
        (void)close(*dir);
    }
    return e;
}

bool queue_has_header(const struct spool *spool, span id)
{
    struct arena *arena = arena_new();
    int dir;
    bool there = spool_id_is(id) && !failed(place_open(spool, id, arena, &dir));
    if (there) {
        (void)close(dir);
    }
    arena_free(arena);
    return there;
}

err queue_file_read(const struct spool *spool, span id, const char *suffix, struct arena *arena,
                    span *text)
{
    int dir;
    if (!spool_id_is(id)) {
        return err_syntax(0, "no message id");
    }
    TRY(place_open(spool, id, arena, &dir));
    const char *name = arena_printf(arena, "%.*s%s", SPAN_FMT(id), suffix);
    err e = file_read_at(dir, name, TEXT_CEILING, arena, text);
    (void)close(dir);
    return e;
}

/* --- a line --------------------------------------------------------------------------------------- */

static void age_put(instant age, struct buf *out)
{
    long long n = age > 0 ? age / (60 * NANOS_PER_SECOND) : 0;
    char unit = 'm';
    if (n >= 90) {
        unit = 'h';
        n = (n + 30) / 60;
        if (n > 72) {
            unit = 'd';
            n = (n + 12) / 24;
        }
    }
    buf_printf(out, "%2lld%c ", n, unit);
}

static void size_put(uint64_t size, struct buf *out)
{
    static const char units[] = {'K', 'M', 'G'};
    if (size < 1024) {
        buf_printf(out, "%5llu", (unsigned long long)size);
        return;
    }
    size_t unit = 0;
    while (unit + 1 < sizeof units && size >= UINT64_C(1024) * 1024) {
        size /= 1024;
        unit++;
    }
    if (size < UINT64_C(10) * 1024) {
        uint64_t tenths = (size * 10 + 512) / 1024;
        buf_printf(out, "%2llu.%llu%c", (unsigned long long)(tenths / 10),
                   (unsigned long long)(tenths % 10), units[unit]);
    } else {
        buf_printf(out, "%4llu%c", (unsigned long long)((size + 512) / 1024), units[unit]);
    }
}

static uint64_t size_of(int dir, span id, const struct envelope *e, struct arena *arena)
{
    struct stat st;
    uint64_t size = 1;
    const char *name = arena_printf(arena, "%.*s-D", SPAN_FMT(id));
    size_t offset = spool_data_offset(e->id);
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && (uint64_t)st.st_size > offset) {
        size += (uint64_t)st.st_size - offset;
    }
    for (size_t i = 0; i < e->headers.count; i++) {
        size += e->headers.at[i].type != '*' ? e->headers.at[i].text.len : 0;
    }
    return size;
}

static void message_put(int dir, span id, const struct envelope *e, instant now,
                        struct arena *arena, struct buf *out)
{
    age_put(now - e->received, out);
    size_put(size_of(dir, id, e, arena), out);
    buf_printf(out, " %.*s <%.*s>%s\n", SPAN_FMT(id), SPAN_FMT(e->sender),
               e->frozen != 0 ? " *** frozen ***" : "");
    struct map done = spool_journal_done(e, arena);
    for (size_t i = 0; i < e->recipients.count; i++) {
        span address = e->recipients.at[i].address;
        buf_printf(out, "        %s %.*s\n", map_get(&done, address) != NULL ? "D" : " ", SPAN_FMT(address));
    }
    buf_put_byte(out, '\n');
}

bool queue_list_put(const struct spool *spool, span id, instant now, struct buf *out)
{
    struct arena *arena = arena_new();
    struct envelope e;
    int dir;
    bool found;
    err problem = spool_id_is(id) ? place_open(spool, id, arena, &dir)
                                  : err_syntax(0, "no message id");
    bool open = !failed(problem);
    if (open) {
        char name[SPOOL_ID_ROOM] = "";
        memcpy(name, id.at, id.len);
        problem = spool_header_load(dir, name, arena, &e);
        if (!failed(problem)) {
            problem = spool_journal_merge(dir, name, &e, arena, &found);
        }
    }
    if (!failed(problem)) {
        message_put(dir, id, &e, now, arena, out);
    } else if (problem.kind != ERR_IO || problem.sys != ENOENT) {
        buf_printf(out, "           %.*s\n           spool format error: %s\n\n", SPAN_FMT(id),
                   err_text(problem, arena));
    }
    if (open) {
        (void)close(dir);
    }
    arena_free(arena);
    return !failed(problem);
}

err queue_list(const struct spool *spool, const span *ids, size_t count, instant now,
               void (*put)(void *context, span text), void *context)
{
    struct arena *arena = arena_new();
    span *all;
    err e = OK;
    if (count == 0) {
        e = ids_read(spool, arena, &all, &count);
        ids = all;
    }
    for (size_t i = 0; i < count; i++) {
        struct buf text;
        buf_init(&text, TEXT_CEILING);
        (void)queue_list_put(spool, ids[i], now, &text);
        put(context, buf_span(&text));
        buf_wipe(&text);
    }
    arena_free(arena);
    return e;
}
