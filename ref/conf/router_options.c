/* Rows of routers: the generic options, then those of each driver. */
#include "ref/conf/router_options.h"

static const struct conf_option generic_rows[] = {
#define ROWS_OF struct router_generic
#include "ref/conf/rows_router.h"
};

static const struct conf_option dnslookup_rows[] = {
#define ROWS_OF struct router_dnslookup
#include "ref/conf/rows_dnslookup.h"
};

static const struct conf_option manualroute_rows[] = {
#define ROWS_OF struct router_manualroute
#include "ref/conf/rows_manualroute.h"
};

static const struct conf_option redirect_rows[] = {
#define ROWS_OF struct router_redirect
#include "ref/conf/rows_redirect.h"
};

/* Those without rows are Exim's. */
static const struct conf_driver drivers[] = {
    {"accept", {NULL, 0, 0}, ROUTER_ACCEPT, true},
    {"dnslookup", CONF_ROWS(dnslookup_rows, struct router_dnslookup), ROUTER_DNSLOOKUP, true},
    {.name = "ipliteral"},
    {.name = "iplookup"},
    {"manualroute", CONF_ROWS(manualroute_rows, struct router_manualroute), ROUTER_MANUALROUTE, true},
    {.name = "queryprogram"},
    {"redirect", CONF_ROWS(redirect_rows, struct router_redirect), ROUTER_REDIRECT, true},
};

const struct conf_driver_kind conf_router_kind = {
    .name = "router",
    .section = "routers",
    .generic = CONF_ROWS(generic_rows, struct router_generic),
    .drivers = drivers,
    .driver_count = sizeof drivers / sizeof *drivers,
};
