/* What this server has beyond the core, by the names that Exim's ecosystem looks for: a macro for
   `.ifdef`, a word in "Support for:" of -bV. */
#ifndef REF_CONF_FEATURES_H
#define REF_CONF_FEATURES_H

#include "ref/conf/macro.h"

struct conf_feature {
    const char *macro;   /* "_HAVE_SRS", or NULL */
    const char *support; /* "SRS", or NULL */
};

/* Only what is there. In the order of "Support for:". */
extern const struct conf_feature conf_features[];
extern const size_t conf_feature_count;

/* Words that later stations have: each becomes a macro PREFIX_WORD. */
struct conf_words {
    const char *prefix;       /* "_LOG_"; NULL ends an array of them */
    const char *const *words; /* NULL at the end */
    const char *text;         /* what they are replaced with; NULL: "y" */
};

/* All builtin macros: features, drivers, options, what expansions know, and those of `words` (NULL:
   none). */
void conf_builtins_define(struct conf_macros *macros, const struct conf_words *words,
                          struct arena *arena);

#endif
