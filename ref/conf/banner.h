/* The text of the greeting: literal text in which a few variables may stand. The expansion
   language proper is no part of this server yet, so anything else behind a `$` is refused. */
#ifndef REF_CONF_BANNER_H
#define REF_CONF_BANNER_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

enum banner_part_kind { BANNER_LITERAL, BANNER_HOSTNAME, BANNER_VERSION, BANNER_DATE };

struct banner_part {
    enum banner_part_kind kind;
    span literal;
};

struct conf_banner {
    struct banner_part *at;
    size_t count;
};

struct banner_values {
    span hostname;
    span version;
    span date;
};

/* "$name" and "${name}" for primary_hostname, smtp_active_hostname, version_number and tod_full;
   "$$" is a dollar. ERR_SYNTAX with a sentence for others. */
err banner_read(span text, struct arena *arena, struct conf_banner *banner) MUST_CHECK;
void banner_write(const struct conf_banner *banner, const struct banner_values *values,
                  struct buf *out);

#endif
