/* What a lookup type is inside: a row of drivers.c, with what may be written round its name. */
#ifndef REF_LOOKUP_DRIVER_H
#define REF_LOOKUP_DRIVER_H

#include "ref/lookup/lookup.h"

/* What stands behind the commas of a type. */
enum lookup_option {
    LOOKUP_RET_KEY = 1,     /* ret=key: the key in place of the value */
    LOOKUP_RET_FULL = 2,    /* ret=full: the whole line, or the whole path */
    LOOKUP_FILTER_FILE = 4, /* filter=: of dsearch */
    LOOKUP_FILTER_DIR = 8,
    LOOKUP_FILTER_SUBDIR = 16,
    LOOKUP_NO_READ = 32,    /* cache=no_rd, and cache=no is both */
    LOOKUP_NO_WRITE = 64
};
#define LOOKUP_OPTIONS_OF_ALL ((unsigned)LOOKUP_NO_READ | LOOKUP_NO_WRITE)
#define LOOKUP_OPTIONS_OF_FILES (LOOKUP_OPTIONS_OF_ALL | LOOKUP_RET_KEY)
#define LOOKUP_OPTIONS_OF_LINES (LOOKUP_OPTIONS_OF_FILES | LOOKUP_RET_FULL)

/* One search, of one key as it is; partial matching and defaults are several of them. */
struct lookup_search {
    const struct lookup_request *request;
    struct lookup_shared *shared;
    span key;
    unsigned options;
    millis keep; /* set by drivers whose results age: how long this one may be cached */
};

struct lookup_driver {
    const char *name;
    const char *doc;
    bool query;          /* the whole text is a query; there is no file */
    bool patterns;       /* a hit leaves no captures */
    unsigned options;    /* enum lookup_option that it takes */
    void (*find)(struct lookup_search *search, struct lookup_result *result);
};

enum lookup_default { LOOKUP_NO_DEFAULT, LOOKUP_STAR, LOOKUP_STAR_AT };

struct lookup_type {
    const struct lookup_driver *driver;
    span text;           /* as written: names it in the cache */
    unsigned options;
    bool partial;
    unsigned least;      /* labels that must stay behind the affix */
    span affix;
    enum lookup_default fallback;
};

const struct lookup_driver *lookup_driver_find(span name);
/* A name of Exim's that this server has not. */
bool lookup_driver_is_exims(span name);

void lookup_lsearch_find(struct lookup_search *search, struct lookup_result *result);
void lookup_wildlsearch_find(struct lookup_search *search, struct lookup_result *result);
void lookup_nwildlsearch_find(struct lookup_search *search, struct lookup_result *result);
void lookup_iplsearch_find(struct lookup_search *search, struct lookup_result *result);
void lookup_dsearch_find(struct lookup_search *search, struct lookup_result *result);
void lookup_lmdb_find(struct lookup_search *search, struct lookup_result *result);
void lookup_dnsdb_find(struct lookup_search *search, struct lookup_result *result);

/* How drivers end. The text of a deferral lives in the request's arena. */
void lookup_found(struct lookup_result *result, span value);
void lookup_defer(struct lookup_result *result, const char *why);
void lookup_not_open(struct lookup_result *result, const char *why);

/* The request's file as text for the system. NULL: it is relative, or has a NUL; drivers then say
   what they say of a file that is not there, for what a relative name means would depend on where
   the server was started. */
const char *lookup_file_name(const struct lookup_search *search);

/* The file need not be looked at again: this message did a moment ago (cache=no_rd asks anew). */
bool lookup_looked(const struct lookup_search *search);

#endif
