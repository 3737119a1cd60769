/* Keys to values: Exim's lookups as a table of drivers (drivers.c). A lookup says found, absent, or
   deferred; results are kept for the message that asked. */
#ifndef REF_LOOKUP_LOOKUP_H
#define REF_LOOKUP_LOOKUP_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "ref/dns/dns.h"

enum lookup_outcome { LOOKUP_FOUND, LOOKUP_ABSENT, LOOKUP_DEFERRED };

/* "partial2(*.)-lsearch*@,ret=key" taken apart; made by lookup_type_read at load. */
struct lookup_type;

/* Who keeps what between lookups: open LMDB environments belong to the server, results to the
   message (or to the session, between messages). */
struct lookup_shared;             /* one in a process, safe in threads */
struct lookup_cache;              /* one in a session; not shared */

struct lookup_result {
    enum lookup_outcome outcome;
    span value;                   /* untainted, but for dnsdb */
    bool tainted;
    span wild, fixed;             /* $1 and $2 of a partial match; both empty else */
    bool has_parts;
    const char *why;              /* deferred: the text behind "gave DEFER: " */
    const char *dnssec;           /* dnsdb: "yes", "no", "" (not asked for); other types: NULL */
    bool failed_to_open;          /* deferred: no such file; ends an expansion as a failure */
};

/* Called when a driver has to expand a value of the file (wildlsearch keys) or to match a pattern:
   what the language does belongs to ref/expand. NULL: such files defer. */
struct lookup_language {
    bool (*pattern_matches)(void *context, span pattern, span key); /* wildlsearch, nwildlsearch */
    err (*expand)(void *context, span text, span *out);             /* wildlsearch keys */
    void *context;
};

struct lookup_request {
    const struct lookup_type *type;
    span key;                     /* or the whole query (dnsdb) */
    span file;                    /* empty for query types */
    bool file_tainted;            /* refused: "Tainted filename for search: '%s'" */
    struct lookup_cache *cache;
    struct dns *dns;              /* NULL: dnsdb defers */
    const struct lookup_language *language;
    struct arena *arena;          /* the result lives here */
};

/* The name in front of `{` in ${lookup, or of `;` in a list:
       ["partial" [N] ("-" / "(" AFFIX ")")] NAME ["*" / "*@"] *("," OPTION)
   ERR_SYNTAX with Exim's text: unknown lookup type "nosuch". Names that Exim has and we do not, and
   options that a type does not have, are refused by name. */
err lookup_type_read(span text, struct arena *arena, const struct lookup_type **type) MUST_CHECK;
bool lookup_type_is_query(const struct lookup_type *type);
/* "lsearch": the driver's own name. */
const char *lookup_type_name(const struct lookup_type *type);

void lookup_find(const struct lookup_request *request, struct lookup_result *result);

/* Quotes text for ${quote_<type>:...}; false: no such type. */
bool lookup_quote(span type, span text, struct arena *arena, span *out);

struct lookup_shared *lookup_shared_new(const struct clock *clock);
/* lookup_open_max: files of each kind that are kept open while nobody uses them; 25 until set.
   lmdb_nolock: LMDB files are read without their lock file, which is right only where nobody
   writes. To be set before the first lookup. */
void lookup_shared_limit(struct lookup_shared *shared, unsigned open_max, bool lmdb_nolock);
void lookup_shared_close(struct lookup_shared *shared); /* NULL is fine */
/* The shared part must outlive its caches. */
struct lookup_cache *lookup_cache_new(struct lookup_shared *shared);
void lookup_cache_forget(struct lookup_cache *cache);   /* between messages */
void lookup_cache_free(struct lookup_cache *cache);     /* NULL is fine */

/* "Library version: LMDB: Compile: 0.9.24" and what runs, as -bV has it. */
void lookup_library_put(struct buf *out);

/* Driver names in the order of -bV's "Lookups (built-in):", NULL at the end. */
extern const char *const lookup_names[];

#endif
