/* What no single line can check: instances that name each other, options that exclude each other,
   lists that are not there. After it the snapshot is complete. */
#ifndef REF_CONF_CHECKS_H
#define REF_CONF_CHECKS_H

#include "ref/conf/section.h"

/* Make the typed arrays of conf and check them; in this order. */
err conf_transports_make(struct conf *conf) MUST_CHECK;
err conf_routers_make(struct conf *conf) MUST_CHECK;
err conf_auths_make(struct conf *conf) MUST_CHECK;
/* Sorts the named lists, and checks that every list that is named somewhere is there. */
err conf_lists_make(struct conf *conf, const struct conf_target *target) MUST_CHECK;

#endif
