/* What was learnt of other hosts and may be forgotten: retry data, EHLO replies, TLS sessions.
   Files in LMDB's form in the folder db of the spool, one for each kind; several processes may
   share them. Nothing here fails: a file that cannot be read or written is no data, said once in
   the log. */
#ifndef REF_HINTS_STORE_H
#define REF_HINTS_STORE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/span.h"

/* Exim's names; the files have ".mdb" behind them, because an Exim on the same spool has its own.
   */
enum hint_file { HINTS_RETRY, HINTS_MISC, HINTS_TLS, HINTS_COUNT };
const char *hint_file_name(enum hint_file file);

/* Of each file; when a third of it is in use, the oldest half of the records goes. */
#define HINT_MAP_OCTETS ((size_t)64 << 20)
#define HINT_KEY_OCTETS ((size_t)511)      /* longer keys are not kept */
#define HINT_VALUE_OCTETS ((size_t)65536)  /* nor are longer values */

struct hints;

struct hints_setup {
    const char *folder;        /* "<spool_directory>/db"; made when first written */
    const struct clock *clock;
    size_t map_octets;         /* 0: HINT_MAP_OCTETS */
    void (*log)(void *context, const char *line); /* NULL: nobody hears; from any thread */
    void *context;
};

/* Opens no file; each is opened when first used. After fork: in the process that uses it. */
struct hints *hints_open(const struct hints_setup *how);
void hints_close(struct hints *hints); /* NULL is fine */
instant hints_now(const struct hints *hints);

/* A record as it lies in the file, whatever its kind. */
struct hint {
    instant stamp;  /* when it was written */
    instant until;  /* past that it counts as absent; 0: the reader's `keep` alone decides */
    span value;
};

/* All of these are safe in threads, and short: no transaction outlives the call.
   True: it is there, and neither past `until` nor older than keep (0: any age); one that is goes.
   The value lives in arena. */
bool hints_get(struct hints *hints, enum hint_file file, span key, millis keep, struct arena *arena,
               struct hint *hint);
/* The same, and the record goes in the same step: of two who ask, one gets it. */
bool hints_take(struct hints *hints, enum hint_file file, span key, millis keep,
                struct arena *arena, struct hint *hint);
/* Stamped with the clock's time. False: it was not kept. */
bool hints_put(struct hints *hints, enum hint_file file, span key, instant until, span value);
void hints_drop(struct hints *hints, enum hint_file file, span key);
/* The same for a record that cannot be read, which the log is told. hints_get does it for one whose
   version is another. */
void hints_foreign(struct hints *hints, enum hint_file file, span key);

/* Removes what is past its `until` or older than keep (0: any age stays); how many went. */
size_t hints_tidy(struct hints *hints, enum hint_file file, millis keep);

/* All records in the order of their keys, for people and tests; false ends the walk. */
typedef bool hint_visit(void *context, span key, const struct hint *hint);
void hints_each(struct hints *hints, enum hint_file file, hint_visit *visit, void *context);

/* The octets of a record: version, stamp, until, value; integers with the low octet first. */
#define HINT_VERSION 1u
void hint_write(const struct hint *hint, struct buf *out);
/* The value borrows the record. False: of another version, or no record. */
bool hint_read(span record, struct hint *hint);

#endif
