/* Options that Exim has and this server has not. */
#ifndef REF_CONF_EXIM_NAMES_H
#define REF_CONF_EXIM_NAMES_H

#include "ref/conf/driver.h"

/* Of the kind, generic or some driver's; kind NULL: a main option. */
bool conf_exim_has(const struct conf_driver_kind *kind, span name);

#endif
