/* The walk, as items, operators and conditions see it. A function that cannot give a value returns
   false and leaves in x->bad what the expansion comes to: forced, failed or deferred. */
#ifndef REF_EXPAND_EVAL_H
#define REF_EXPAND_EVAL_H

#include "ref/expand/expand.h"
#include "ref/expand/tree.h"

/* How deep items may stand in each other, when read and when evaluated. */
#define EXPAND_DEPTH 64u

/* The value of a template. Lives in x->arena or in the tree. */
bool eval_template(const struct template *t, struct expansion *x, struct value *out);
bool eval_all(const struct template *const *all, size_t count, struct expansion *x,
              struct value *values);

/* Always false. The text is built in x->arena. */
bool eval_end(struct expansion *x, enum expand_outcome outcome, const char *format, ...)
    PRINTF_LIKE(3, 4);
#define eval_fail(x, ...) eval_end((x), EXPAND_FAILED, __VA_ARGS__)
#define eval_defer(x, ...) eval_end((x), EXPAND_DEFERRED, __VA_ARGS__)

/* Where what an expansion leaves behind beside its result has to live. */
struct arena *eval_lasting(const struct expansion *x);
/* Runs the ACL args[0], which x->services can. */
struct expanded eval_acl(struct expansion *x, const struct value *args, size_t count, bool *accepted);

/* A walk that begins at depth 0 has all of its budget. */
void eval_refill(struct expansion *x);
/* Takes one step and `octets` off the budget; false (deferred) when it is spent. Loops over lists,
   and whatever makes long texts, call it. */
bool eval_spend(struct expansion *x, size_t octets);

/* Sets $0 .. $(count-1), of one taint; the spans are not copied. */
void captures_set(struct expansion *x, const span *at, size_t count, bool tainted);

/* A span of the arena from a buf, which is wiped; false (deferred) if it met its ceiling. */
bool eval_take(struct expansion *x, struct buf *from, span *out);
/* As `condition =` and bool_lax have it: empty, "0", "no", "false" are no. */
bool eval_truth(span text);
/* In decimal. */
span eval_number(struct expansion *x, uint64_t n);
/* Of the clock that is handed down. */
instant eval_now(const struct expansion *x);
static inline struct value value_of(span text, bool tainted)
{
    return (struct value){.text = text, .tainted = tainted};
}

#endif
