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

/* All builtin macros: features, drivers, options, and _LOG_NAME for each of log_names (NULL at the
   end; NULL: none). */
void conf_builtins_define(struct conf_macros *macros, const char *const *log_names,
                          struct arena *arena);

#endif
