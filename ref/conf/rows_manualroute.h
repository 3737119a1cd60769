/* Options of manualroute. */
#include "ref/conf/rows_begin.h"

TEXT(host_all_ignored, "defer", 0, "what to do when every host is ignored")
TEXT(host_find_failed, "freeze", 0, "what to do with a host that is not found")
BOOL(hosts_randomize, "false", 0, "hosts are tried in random order")
TEMPLATE(route_data, "", 0, "hosts for the address, with their options")
ROUTES(route_list, 0, "rules: domain, hosts, options; parted by semicolons")
SWITCH(same_domain_copy_routing, "false", CONF_UNUSED,
    "later addresses of a domain get the answer of the first")

#include "ref/conf/rows_end.h"
