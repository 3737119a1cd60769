/* Options as rows: a typed place in a struct, a default in the same spelling as in a file, bounds,
   one line of documentation and the clause that asks for it. What reads an option, prints it
   (-bP), lists it and documents it walks these rows. */
#ifndef REF_CONF_OPTION_H
#define REF_CONF_OPTION_H

#include "base/buf.h"
#include "base/clock.h"
#include "ref/conf/host_list.h"
#include "ref/conf/rewrite.h"
#include "ref/conf/values.h"

enum conf_type {
    CONF_BOOL,       /* bool: name, no_name, not_name, or = true|yes|false|no */
    CONF_BOTH,       /* bool[2], as CONF_BOOL: a short form that sets two other options */
    CONF_SWITCH,     /* struct conf_switch: the same, or a text to be expanded */
    CONF_INT,        /* uint64_t: decimal, 0x, 0 octal, with K, M or G */
    CONF_SIGNED,     /* int64_t: the same with a sign */
    CONF_OCTAL,      /* unsigned: octal */
    CONF_FIXED,      /* uint64_t thousandths: "1.5"; CONF_FIXED_UNSET */
    CONF_TIME,       /* millis: 1w2d3h4m5s */
    CONF_TEXT,       /* const char *: rest of the line, or "quoted" */
    CONF_LIST,       /* struct conf_list */
    CONF_TEMPLATE,   /* const struct template *; NULL if empty by default and not set */
    CONF_TEMPLATES,  /* struct conf_templates: each setting adds one */
    CONF_DOMAINS,    /* const struct template *: a domain list */
    CONF_LOCALS,     /* const struct template *: a local part list */
    CONF_SENDERS,    /* const struct template *: an address list */
    CONF_HOSTS,      /* struct host_list */
    CONF_USER,       /* struct conf_user */
    CONF_GROUP,      /* struct conf_group */
    CONF_USERS,      /* struct conf_ids */
    CONF_GROUPS,     /* struct conf_ids */
    CONF_ROUTES,     /* struct conf_route_rules */
    CONF_REWRITES,   /* struct conf_rewrites */
    CONF_TYPE_COUNT
};

enum conf_flag {
    CONF_OURS = 1,        /* not one of Exim's names; -bP ours lists it */
    CONF_EMPTY_ONLY = 2,  /* only an empty value (for booleans: false) is supported */
    CONF_UNUSED = 4,      /* taken, so that configurations load, and not used */
    CONF_PLAIN = 8,       /* a string that Exim expands; here a plain value, in quotes if one likes */
    CONF_TRANSPORT = 16   /* names a transport: a literal one has to be there */
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

/* A table of options, sorted by name. */
struct conf_rows {
    const struct conf_option *at;
    size_t count;
    size_t size;          /* of the struct that the rows fill */
};
#define CONF_ROWS(rows, owner) {(rows), sizeof(rows) / sizeof *(rows), sizeof(owner)}
/* NULL: there is none of that name. */
const struct conf_option *conf_rows_find(const struct conf_rows *rows, span name);

/* How an option came to its value. */
struct conf_given {
    bool set;
    bool hidden;
    span text;               /* as written; the default's text if not set */
    struct conf_where where;
};

/* One statement, taken apart: "hide no_name = value". */
struct conf_statement {
    span name;
    bool negated;    /* no_ or not_ in front */
    span prefix;     /* it, as written */
    bool has_value;
    span value;      /* trimmed; may be empty */
    span rest;       /* what follows the name without "=" */
    bool hidden;
};

/* Splits "[hide] name [= value]". */
err conf_statement_read(span line, struct conf_where where, struct arena *arena,
                        struct conf_statement *statement) MUST_CHECK;
/* The row of its option, or NULL; takes no_ and not_ off the name if no row has the whole one. */
const struct conf_option *conf_statement_find(struct conf_statement *statement,
                                              const struct conf_rows *rows);

/* Options of one table, and where they go. Zeroed: of none. */
struct conf_into {
    struct conf_rows rows;
    void *fields;
    struct conf_given *given; /* one for each row */
};
/* The table's struct with the defaults in it; `fields` NULL: it is made. */
struct conf_into conf_into_make(const struct conf_rows *rows, void *fields, struct arena *arena);
/* Where an option of the table was given; NULL: it has none of that name. */
struct conf_given *conf_into_given(const struct conf_into *into, span option);
/* Sets it and remembers that; once, but for options that may be set again. The value's text lives in
   arena. */
err conf_option_take(const struct conf_option *row, const struct conf_statement *statement,
                     struct conf_where where, struct arena *arena,
                     const struct conf_into *into) MUST_CHECK;

/* The word for a type, as Exim's manual has it: "boolean", "integer", "time", "host list", ... */
const char *conf_type_name(enum conf_type type);
/* "1h30m"; ERR_SYNTAX if it is none. */
err conf_time_read(span text, uint64_t *seconds) MUST_CHECK;

/* A name that the system knows, or a number; what comes is in arena. False: there is no such name. */
bool conf_user_find(const char *name, struct arena *arena, struct conf_user *user);
bool conf_group_find(const char *name, struct arena *arena, struct conf_group *group);
/* As -bP prints it: "name = value", "name", "no_name"; a line for each setting. */
void conf_option_print(const struct conf_option *row, const struct conf_given *given,
                       const void *from, struct buf *out);

#endif
