/* lmdb: a key's value in the unnamed database of an LMDB file. */
#include "ref/lookup/cache.h"
#include "ref/lookup/driver.h"

#include <errno.h>
#include <lmdb.h>

void lookup_lmdb_find(struct lookup_search *search, struct lookup_result *result)
{
    const struct lookup_request *q = search->request;
    const char *path = lookup_file_name(search);
    if (path == NULL) {
        char text[128];
        lookup_not_open(result, arena_printf(q->arena,
                                             "LMDB: Unable to open environment with %.*s: %s",
                                             SPAN_FMT(q->file),
                                             strerror_r(ENOENT, text, sizeof text)));
        return;
    }
    span value;
    const char *why = "";
    enum lmdb_outcome outcome = lmdb_files_get(&search->shared->lmdb, path, lookup_looked(search),
                                               search->key, q->arena, &value, &why);
    if (outcome == LMDB_FOUND) {
        /* Exim's strings end at the first NUL; so does what the language makes of it here. */
        size_t nul = span_find_byte(value, 0);
        lookup_found(result, nul == SPAN_NONE ? value : span_first(value, nul));
    } else if (outcome == LMDB_NOT_OPEN) {
        lookup_not_open(result, why);
    } else if (outcome == LMDB_FAILED) {
        lookup_defer(result, why);
    }
}

void lookup_library_put(struct buf *out)
{
    int major, minor, patch;
    (void)mdb_version(&major, &minor, &patch);
    buf_printf(out, "Library version: LMDB: Compile: %d.%d.%d\n", MDB_VERSION_MAJOR,
               MDB_VERSION_MINOR, MDB_VERSION_PATCH);
    buf_printf(out, "                       Runtime: %d.%d.%d\n", major, minor, patch);
}
