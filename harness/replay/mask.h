/* What of a reply's text is not compared, as a table with a reason for each row. */
#ifndef HARNESS_REPLAY_MASK_H
#define HARNESS_REPLAY_MASK_H

#include "base/args.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"

/* What the masks know about one side's conversation. */
struct mask_facts {
    span greeting; /* its first reply, or empty */
    span host;     /* the first word of the greeting */
};
struct mask_facts mask_facts_of(span greeting);

struct replay_mask {
    const char *name;
    const char *because;
    bool usual; /* unless `--mask none` */
    const char *mark; /* stands for what is hidden */
    size_t (*length)(span reply, size_t at); /* of what is hidden there, at the head of a word; NULL: apply does it */
    void (*apply)(const struct mask_facts *f, span reply, struct buf *out);
};

/* Ends with a row whose name is NULL. */
extern const struct replay_mask replay_masks[];

typedef VEC(const struct replay_mask *) mask_list;

/* The usual ones, and those named ("a,b"; "none" takes the usual ones away). ERR_SYNTAX: no such mask. */
err replay_masks_choose(const struct args_texts *names, struct arena *arena, mask_list *masks) MUST_CHECK;
/* The reply as it is compared: codes and line structure stay. */
span replay_masks_apply(const mask_list *masks, const struct mask_facts *f, span reply, struct arena *arena);

#endif
