/* Templates to text. The walk is lazy (a branch not taken is not evaluated), has a budget in steps
   and octets that turns a runaway expansion into a deferred error, and knows of each octet of the
   result only this: whether any of it came from the peer (tainted). */
#ifndef REF_EXPAND_EXPAND_H
#define REF_EXPAND_EXPAND_H

#include "base/rng.h"
#include "ref/expand/facts.h"
#include "ref/expand/template.h"
#include "ref/lookup/lookup.h"

enum expand_outcome {
    EXPAND_OK,
    EXPAND_FORCED, /* "fail" was written there: each option defines what that means */
    EXPAND_FAILED, /* wrong: the text says why */
    EXPAND_DEFERRED /* a lookup deferred, or the budget is spent: later it may work */
};

struct expanded {
    enum expand_outcome outcome;
    struct value value;            /* EXPAND_OK */
    const char *why;               /* else, in Exim's words; lives in the arena */
};

/* A named list: `domainlist name = text`. */
enum list_kind { LIST_DOMAIN, LIST_HOST, LIST_ADDRESS, LIST_LOCAL_PART, LIST_KIND_COUNT };
struct named_list {
    enum list_kind kind;
    span name;
    const struct template *list;
    bool hidden;
};
struct named_lists {
    const struct named_list *at;   /* sorted by kind and name */
    size_t count;
};

/* What the language calls and later stations answer. Members may be NULL: the item then fails with
   "not available here". */
struct expand_services {
    void *context;
    /* ${acl{name}{args}} and `acl{{name}..}`: accept or deny with a text; deferred is EXPAND_FORCED. */
    struct expanded (*acl)(void *context, span name, const struct value *arguments, size_t count,
                           bool *accepted);
    /* ${authresults{id}} */
    struct expanded (*authresults)(void *context, span id);
    /* The peer's name, looked up when first asked for. False: none; *deferred tells why not. */
    bool (*host_name)(void *context, span *name, bool *deferred);
    bool (*queue_running)(void *context);
};

struct expand_budget {
    size_t steps, octets;          /* what is left */
};
#define EXPAND_STEPS 1000000u
#define EXPAND_OCTETS (64 * EXPAND_STEPS)
/* What the option expand_budget allows. */
#define EXPAND_ALLOWANCE(budget_) ((struct expand_budget){(budget_), 64 * (budget_)})

/* $0 to $9: conditions set them, ${if} and ${lookup} put back what was there. */
#define CAPTURES 10
struct captures {
    struct value at[CAPTURES];
    size_t count;
};

/* One line of a trace ("-d+expand"), indented by depth. */
typedef void expand_trace(void *context, unsigned depth, span line);

/* The surroundings of an expansion: made once for a session, a delivery, or -be; one thread. */
struct expansion {
    const struct facts *facts;
    struct arena *arena;           /* results live here */
    struct arena *lasting;         /* what is left beside a result lives here; NULL: in `arena` */
    const struct named_lists *lists;
    struct lookup_cache *lookups;
    struct dns *dns;
    struct rng *rng;               /* ${randint:} */
    const struct expand_services *services;
    struct expand_budget budget;   /* refilled by expand() on the outermost call */
    struct expand_budget allowance; /* what it is refilled to; zeros: EXPAND_STEPS, EXPAND_OCTETS */
    unsigned depth;
    struct expanded bad; /* why the part that failed last has no value */
    struct captures captures;
    struct value item, found; /* $item, $value */
    span lookup_dnssec;       /* $lookup_dnssec_authenticated: of the last look into the DNS */
    span prvs_address, prvs_key_number, prvs_result; /* $prvscheck_*, set by ${prvscheck */
    expand_trace *trace;           /* NULL: silence */
    void *trace_context;
    bool forbid_files;             /* readfile, exists, lookups in files are refused */
};

struct expanded expand(const struct template *t, struct expansion *x);
/* The same and then a truth value as `condition =` has it: empty, "0", "no", "false" are no. Texts that it
   takes to find out are gone afterwards, and `value` is empty. */
struct expanded expand_to_bool(const struct template *t, struct expansion *x, bool *yes);
/* Reads a text and expands it: -be, ${expand:}, inline ACLs. For text that no peer has touched. */
struct expanded expand_text(span text, struct expansion *x);

#endif
