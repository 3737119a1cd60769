/* The lookup types: a feature is a row here and a file beside it. */
#include "ref/lookup/driver.h"

#include "base/rows.h"

static const struct lookup_driver drivers[] = {
    {"dnsdb", "records of the DNS", true, false, LOOKUP_OPTIONS_OF_ALL, lookup_dnsdb_find},
    {"dsearch", "entries of a directory", false, false,
     LOOKUP_OPTIONS_OF_LINES | LOOKUP_FILTER_FILE | LOOKUP_FILTER_DIR | LOOKUP_FILTER_SUBDIR,
     lookup_dsearch_find},
    {"iplsearch", "lines by address or network", false, false, LOOKUP_OPTIONS_OF_LINES,
     lookup_iplsearch_find},
    {"lmdb", "keys of an LMDB file", false, false, LOOKUP_OPTIONS_OF_FILES, lookup_lmdb_find},
    {"lsearch", "lines by their key", false, false, LOOKUP_OPTIONS_OF_LINES, lookup_lsearch_find},
    {"nwildlsearch", "lines whose key is a pattern", false, true, LOOKUP_OPTIONS_OF_LINES,
     lookup_nwildlsearch_find},
    {"wildlsearch", "lines whose key is expanded, and then a pattern", false, true,
     LOOKUP_OPTIONS_OF_LINES, lookup_wildlsearch_find},
};

/* The order of -bV. */
const char *const lookup_names[] = {"lsearch", "wildlsearch", "nwildlsearch", "iplsearch",
                                    "dnsdb",   "dsearch",     "lmdb",         NULL};

/* Of the manual's chapter on file and database lookups. */
static const struct {
    const char *name;
} exims[] = {
    {"cdb"}, {"dbm"}, {"dbmjz"}, {"dbmnz"}, {"ibase"}, {"json"}, {"ldap"}, {"ldapdn"}, {"ldapm"},
    {"mysql"}, {"nis"}, {"nis0"}, {"nisplus"}, {"oracle"}, {"passwd"}, {"pgsql"}, {"redis"},
    {"spf"}, {"sqlite"}, {"whoson"},
};

const struct lookup_driver *lookup_driver_find(span name)
{
    return ROWS_FIND(drivers, name);
}

bool lookup_driver_is_exims(span name)
{
    return ROWS_FIND(exims, name) != NULL;
}

/* Of the types here none has special characters; a name that none has is an error of its writer. */
bool lookup_quote(span type, span text, struct arena *arena, span *out)
{
    if (lookup_driver_find(type) == NULL) {
        return false;
    }
    *out = arena_copy(arena, text);
    return true;
}
