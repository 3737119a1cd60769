/* Redirection lists: what stands behind an alias, in a .forward file, in `data` of a redirect router.
   Items are parted by commas and line ends; "#" begins a comment where an item would begin.
       user, user@domain, Name <user@domain>, "/path", "|command", :include:/path,
       :blackhole:, :fail: text, :defer: text, :unknown: */
#ifndef REF_ROUTE_REDIRECT_DATA_H
#define REF_ROUTE_REDIRECT_DATA_H

#include "base/arena.h"
#include "base/err.h"
#include "base/vec.h"

enum { REDIRECT_ITEMS_MOST = 50000, REDIRECT_INCLUDES_MOST = 10, REDIRECT_FILE_CEILING = 16 << 20 };

enum redirect_kind { REDIRECT_ADDRESS, REDIRECT_FILE, REDIRECT_PIPE };

struct redirect_item {
    enum redirect_kind kind;
    span text;             /* a whole address; "/path"; "|command" */
};

/* What is said of the whole list rather than by an item; items before it do not count. */
enum redirect_special {
    REDIRECT_NOTHING,
    REDIRECT_BLACKHOLE,
    REDIRECT_FAILS,
    REDIRECT_DEFERS,
    REDIRECT_UNKNOWN
};

struct redirect_list {
    VEC(struct redirect_item) items;
    enum redirect_special special;
    span text;             /* behind :fail: or :defer: */
    size_t included;       /* how many files deep the reader is */
};

/* What the reader asks and is allowed. */
struct redirect_rules {
    struct arena *arena;
    span qualify_domain;   /* for addresses without one */
    span own_domain;       /* for those with a backslash in front: that of the address itself */
    bool allow_fail, allow_defer, forbid_blackhole, forbid_include;
    const char *include_directory; /* "": anywhere */
    /* Reads an included file; ERR_IO is told with the system's word. NULL: the disk. */
    err (*read)(void *context, const char *path, struct arena *arena, span *content);
    void *context;
    /* skip_syntax_errors: told of each address that is none, and left out; NULL: it ends the list. */
    void (*skip)(void *context, const char *why, span item);
};

/* ERR_SYNTAX: a sentence about the first item that is wrong, "... in \"item\"". ERR_IO: an included
   file cannot be read. Texts live in the arena; spans borrow from text. */
err redirect_list_read(const struct redirect_rules *rules, span text,
                       struct redirect_list *list) MUST_CHECK;

/* The list as text that reads back to the same items. */
struct buf;
void redirect_list_write(const struct redirect_list *list, struct buf *out);

#endif
