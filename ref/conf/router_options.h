/* Routers as configured: the generic options, and those of each driver. Texts without a `$` are
   templates too (literal ones). */
#ifndef REF_CONF_ROUTER_OPTIONS_H
#define REF_CONF_ROUTER_OPTIONS_H

#include "ref/conf/driver.h"

struct conf_router;

struct router_generic {
#include "ref/conf/rows_router.h"
};

struct router_dnslookup {
#include "ref/conf/rows_dnslookup.h"
};

struct router_manualroute {
#include "ref/conf/rows_manualroute.h"
};

struct router_redirect {
#include "ref/conf/rows_redirect.h"
};

enum router_driver { ROUTER_ACCEPT, ROUTER_DNSLOOKUP, ROUTER_MANUALROUTE, ROUTER_REDIRECT };

struct conf_router {
    const char *name;
    enum router_driver driver;
    const struct router_generic *generic;
    union {                                  /* by driver; accept has none */
        const struct router_dnslookup *dnslookup;
        const struct router_manualroute *manualroute;
        const struct router_redirect *redirect;
        const void *any;
    } own;
    const struct conf_router *pass_to;       /* pass_router; NULL: not set */
    const struct conf_router *redirect_to;   /* redirect_router; NULL: not set */
    const struct conf_instance *instance;    /* where it stands, and what was set */
};

/* In the order of the configuration, which is the order of routing. */
struct conf_routers {
    struct conf_router *at;
    size_t count;
};

extern const struct conf_driver_kind conf_router_kind;

#endif
