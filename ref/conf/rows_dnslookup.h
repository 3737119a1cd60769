/* Options of dnslookup. */
#include "ref/conf/rows_begin.h"

BOOL(check_secondary_mx, "false", 0, "takes only domains that list this host as a mail exchanger")
DOMAINS(fail_defer_domains, "", 0, "domains where a failing DNS is a failed address")
SWITCH(ipv4_only, "", 0, "only A records")
SWITCH(ipv4_prefer, "", 0, "A records before AAAA")
DOMAINS(mx_domains, "", 0, "domains that need an MX record")
DOMAINS(mx_fail_domains, "", 0, "domains where a failing MX lookup is a failed address")
BOOL(qualify_single, "true", CONF_UNUSED, "the resolver completes names of one label")
BOOL(rewrite_headers, "true", CONF_UNUSED,
    "a domain that was completed is completed in the header too")
SWITCH(same_domain_copy_routing, "false", CONF_UNUSED,
    "later addresses of a domain get the answer of the first")
BOOL(search_parents, "false", CONF_EMPTY_ONLY, "the resolver looks in parent domains")
TEXT(widen_domains, "", 0, "endings to try on a domain that is not found, a list")

#include "ref/conf/rows_end.h"
