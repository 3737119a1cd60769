/* The walk, as items, operators and conditions see it. A function that cannot give a value returns
   false and leaves in *bad what the expansion comes to: forced, failed or deferred. */
#ifndef REF_EXPAND_EVAL_H
#define REF_EXPAND_EVAL_H

#include "ref/expand/expand.h"
#include "ref/expand/tree.h"

/* How deep items may stand in each other, when read and when evaluated. */
#define EXPAND_DEPTH 64u

/* The value of a template. Lives in x->arena or in the tree. */
bool eval_template(const struct template *t, struct expansion *x, struct value *out,
                   struct expanded *bad);

/* Always false. The text is built in x->arena. */
bool eval_fail(struct expansion *x, struct expanded *bad, const char *format, ...)
    PRINTF_LIKE(3, 4);
bool eval_defer(struct expansion *x, struct expanded *bad, const char *format, ...)
    PRINTF_LIKE(3, 4);
bool eval_force(struct expansion *x, struct expanded *bad, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* Takes one step and `octets` off the budget; false (deferred) when it is spent. Loops over lists,
   and whatever makes long texts, call it. */
bool eval_spend(struct expansion *x, size_t octets, struct expanded *bad);

/* $0 to $9 set aside and put back: conditions set them, ${if} and ${lookup} restore them. */
struct captures {
    span at[10];
    bool tainted[10];
    size_t count;
};
void captures_save(const struct expansion *x, struct captures *kept);
void captures_restore(struct expansion *x, const struct captures *kept);
/* Sets $0 .. $(count-1), of one taint; the spans are not copied. */
void captures_set(struct expansion *x, const span *at, size_t count, bool tainted);

/* A span of the arena from a buf, which is wiped; false (deferred) if it met its ceiling. */
bool eval_take(struct expansion *x, struct buf *from, span *out, struct expanded *bad);
static inline struct value value_of(span text, bool tainted)
{
    return (struct value){.text = text, .tainted = tainted};
}

#endif
