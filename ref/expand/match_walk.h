/* What the four kinds of list share, inside this room: the walk over the items (match.c) calls the
   kind's own function for each item that is no file, no named list and no switch ("+caseful"). */
#ifndef REF_EXPAND_MATCH_WALK_H
#define REF_EXPAND_MATCH_WALK_H

#include "ref/expand/eval.h"
#include "ref/expand/match.h"

enum item_outcome {
    ITEM_MISS,
    ITEM_HIT,
    ITEM_UNKNOWN,  /* a host's name or address that nobody knows: as "+include_unknown" has it */
    ITEM_DEFERRED, /* m->why; as "+include_defer" has it */
    ITEM_WRONG     /* m->why: the list itself is wrong */
};

/* What an answer that cannot be had means from here on. */
enum match_policy { MATCH_STOPS, MATCH_INCLUDES, MATCH_IGNORES };

struct matching {
    struct expansion *x;
    enum list_kind kind;
    enum item_outcome (*item)(struct matching *m, struct value item);
    span subject;                 /* domains in lower case; the rest as `caseful` has it */
    span original;                /* as given */
    bool caseful;
    bool has_at;
    const struct address *host;   /* hosts; NULL: none */
    bool numbers_only;            /* match_ip: names of hosts are never looked up */
    bool keep_captures;           /* addresses: $1 is not touched */
    enum match_policy unknown, deferred;
    struct value data;            /* of a hit */
    const char *why;
    unsigned depth;               /* of named lists */
};

/* Item by item; a hit or miss has seen the last word. */
enum item_outcome match_walk(struct matching *m, struct value list);
/* One item, already without "!": a named list, a file, or what the kind makes of it. */
enum item_outcome match_one(struct matching *m, struct value item);
/* The outcome, ITEM_WRONG or ITEM_DEFERRED; the text is m->why. */
enum item_outcome match_end(struct matching *m, enum item_outcome outcome, const char *format, ...)
    PRINTF_LIKE(3, 4);
#define match_wrong(m, ...) match_end((m), ITEM_WRONG, __VA_ARGS__)
#define match_defer(m, ...) match_end((m), ITEM_DEFERRED, __VA_ARGS__)

/* The kinds. */
enum item_outcome match_name_item(struct matching *m, struct value item); /* domain, local part */
enum item_outcome match_address_item(struct matching *m, struct value item);
enum item_outcome match_host_item(struct matching *m, struct value item);

/* Items of domain lists that begin with "@"; false: it is none. */
bool match_own_item(struct matching *m, struct value item, enum item_outcome *out);
/* "*tail" and "^regex" over a subject; false: the item is neither, and *out is not set. */
bool match_pattern(struct matching *m, span subject, struct value item, enum item_outcome *out);
/* "type;rest" with a key; data is what was found. An empty key finds nothing in a file. */
enum item_outcome match_lookup(struct matching *m, span type, struct value rest, span key);
/* The same for a domain in the right half of an address pattern: one item, not a list. */
enum item_outcome match_domain_item(struct matching *m, struct value item, span domain,
                                    struct value *data);

/* What files of patterns (wildlsearch) need of the language. Borrows x. */
struct lookup_language match_language(struct expansion *x);

#endif
