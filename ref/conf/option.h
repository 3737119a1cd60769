/* Options as rows: a typed place in a struct, a default in the same spelling as in a file, bounds,
   one line of documentation and the clause that asks for it. What reads an option, prints it
   (-bP), lists it and documents it walks these rows. */
#ifndef REF_CONF_OPTION_H
#define REF_CONF_OPTION_H

#include "base/buf.h"
#include "base/clock.h"
#include "ref/conf/address_list.h"
#include "ref/conf/banner.h"
#include "ref/conf/host_list.h"
#include "ref/conf/where.h"

enum conf_type {
    CONF_BOOL,      /* bool: name, no_name, not_name, or = true|yes|false|no */
    CONF_INT,       /* uint64_t: decimal, 0x, 0 octal, with K, M or G */
    CONF_OCTAL,     /* unsigned: octal */
    CONF_TIME,      /* millis: 1w2d3h4m5s, or seconds */
    CONF_TEXT,      /* const char *: rest of the line, or "quoted" */
    CONF_LIST,      /* struct conf_list */
    CONF_HOSTS,     /* struct host_list */
    CONF_ADDRESSES, /* struct address_list */
    CONF_BANNER,    /* struct conf_banner */
    CONF_TYPE_COUNT
};

enum conf_flag {
    CONF_OURS = 1,       /* not one of Exim's names; -bP ours lists it */
    CONF_EMPTY_ONLY = 2, /* only an empty value (for booleans: false) is supported */
    CONF_UNUSED = 4      /* taken, so that configurations load, and not used */
};

struct conf_option {
    const char *name;
    enum conf_type type;
    size_t offset;        /* in the struct that holds the values */
    const char *fallback; /* the default as one would write it */
    uint64_t least, most; /* CONF_INT, CONF_OCTAL, CONF_TIME in seconds; most 0: no bound */
    unsigned flags;       /* enum conf_flag bits */
    const char *doc;      /* one line */
    const char *clause;   /* the requirement behind it, or "" */
};

/* A field of another type does not compile. */
#define CONF_FIELD(owner, type, member) \
    (offsetof(owner, member) + 0 * sizeof(_Generic(((owner *)0)->member, type: 'x')))

/* One statement, taken apart: "hide no_name = value". */
struct conf_statement {
    span name;
    bool negated;    /* no_ or not_ in front */
    span prefix;     /* it, as written */
    bool has_value;
    span value;      /* trimmed; may be empty */
    bool hidden;
};

/* Splits "[hide] name [= value]"; the prefixes are split off only if no row has the whole name. */
err conf_statement_read(span line, const struct conf_option *rows, size_t count,
                        struct conf_where where, struct arena *arena,
                        struct conf_statement *statement) MUST_CHECK;

/* Puts the value into the field of row inside `into`. The value's text lives in arena. */
err conf_option_set(const struct conf_option *row, const struct conf_statement *statement,
                    struct conf_where where, struct arena *arena, void *into) MUST_CHECK;
/* The row's default. A default that its own row refuses is our bug. */
void conf_option_default(const struct conf_option *row, struct arena *arena, void *into);

/* The word for a type, as Exim's manual has it: "boolean", "integer", "time", "host list", ... */
const char *conf_type_name(enum conf_type type);
/* "1h30m" as CONF_TIME has it; ERR_SYNTAX if it is none. */
err conf_time_read(span text, uint64_t *seconds) MUST_CHECK;
void conf_time_write(uint64_t seconds, struct buf *out);
/* One line as -bP prints it: "name = value", "name", "no_name"; `value` is the text as set. */
void conf_option_print(const struct conf_option *row, const void *from, span value,
                       struct buf *out);

#endif
