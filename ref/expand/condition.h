/* Conditions as rows. The reader uses the shape to read the arguments, the walk evaluates those
   that are plain strings and calls the row's function; conditions that decide which of their
   parts are evaluated at all (and, or, forany, ...) get none and use condition_holds. */
#ifndef REF_EXPAND_CONDITION_H
#define REF_EXPAND_CONDITION_H

#include "ref/expand/eval.h"
#include "ref/expand/tree.h"

enum condition_shape {
    CONDITION_BARE,      /* first_delivery */
    CONDITION_STRINGS,   /* eq{a}{b}: least to most strings in braces */
    CONDITION_PAIR,      /* inbound_srs{a}{b}: the same with Exim's other words for too few */
    CONDITION_GROUP,     /* acl{{name}{arg}..}: strings inside one more pair of braces */
    CONDITION_DEF,       /* def:name */
    CONDITION_ALL,       /* and{{cond}{cond}..} */
    CONDITION_EACH,      /* forany{list}{cond}: args[0], subs[0] */
    CONDITION_REFUSED,   /* Exim has it, this server does not */
    CONDITION_SHAPE_COUNT
};

struct condition_call {
    const struct condition *at;  /* the tree: subs, defined, row->variant */
    const struct value *args;    /* evaluated; none for ALL, DEF and EACH */
    size_t count;
};

/* *yes before any negation. False: x->bad says why. */
typedef bool condition_test(struct expansion *x, const struct condition_call *call, bool *yes);

struct condition_row {
    const char *name;            /* "eq", "<=" */
    enum condition_shape shape;
    unsigned char least, most;   /* STRINGS, GROUP: how many */
    unsigned char variant;       /* the row's own: which comparison, caseless, ... */
    condition_test *test;
    const char *doc;             /* one line */
    bool plain_last;             /* STRINGS: in the last one `$` is an ordinary character, and it
                                    ends at the first `}` without a backslash (lists of match_*) */
};

/* The table, in conditions.c. NULL: unknown. */
const struct condition_row *condition_find(span name);
extern const struct condition_row condition_rows[];
extern const size_t condition_row_count;

/* Evaluates the arguments, calls the test, negates. For sub-conditions and for ${if. */
bool condition_holds(const struct condition *c, struct expansion *x, bool *yes);
/* Part number i of an and, or, forany, ...: a failure gets ` inside "and{...}" condition` or
   ` inside "forany" condition` behind it, as Exim has it. */
bool condition_part_holds(const struct condition_call *call, size_t i, struct expansion *x,
                          bool *yes);

/* Variants. Comparisons: which orders are true, and whether case counts; inlist: the latter. */
enum { ORDER_LESS = 1, ORDER_SAME = 2, ORDER_MORE = 4, ORDER_CASELESS = 8 };
/* forany and kin. */
enum { LOOP_ANY = 1, LOOP_JSON = 2, LOOP_JSON_STRINGS = 4 };
/* isip: families. */
enum { FAMILY_4 = 1, FAMILY_6 = 2 };
/* and, or. The match_* have their enum list_kind. */
enum { ALL_HOLD, ONE_HOLDS };

/* One for each family, in cond_compare.c, cond_match.c and cond_misc.c. */
condition_test cond_number, cond_string, cond_bool, cond_bool_lax, cond_isip, cond_crypteq,
    cond_match, cond_match_list, cond_inlist, cond_each, cond_all, cond_def, cond_exists,
    cond_first_delivery, cond_queue_running, cond_acl, cond_inbound_srs;

#endif
