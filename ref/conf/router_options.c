/* Rows of routers: the generic options, then those of each driver. */
#include "ref/conf/router_options.h"

#include "base/rows.h"
#include "ref/conf/option_rows.h"

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

#define OWNER struct router_generic
static const struct conf_option generic_rows[] = {
    TEMPLATE(address_data, "", 0, "text kept with the address for later"),
    BOOL(address_test, "true", 0, "used when an address is tested"),
    BOOL(bmi_deliver_alternate, "false", 0, "runs if the verdict is another place"),
    BOOL(bmi_deliver_default, "false", 0, "runs if the verdict is to deliver"),
    BOOL(bmi_dont_deliver, "false", 0, "runs if the verdict is not to deliver"),
    TEXT(bmi_rule, "", 0, "runs if one of these rules fired, a list"),
    TEMPLATE(cannot_route_message, "", 0, "text for an address that no router takes"),
    BOOL(caseful_local_part, "false", 0, "local parts keep their case"),
    BOOL(check_local_user, "false", 0, "runs if the local part is a user of this host"),
    TEMPLATES(condition, 0, "runs if it is true; may be set again, then all must be"),
    TEMPLATE(debug_print, "", 0, "text for the trace of routing"),
    BOOL(disable_logging, "false", 0, "no log lines for what this router delivers"),
    DOMAINS(dnssec_request_domains, "*", CONF_UNUSED, "domains whose DNS is asked for signatures"),
    DOMAINS(dnssec_require_domains, "", 0, "domains whose DNS must be signed"),
    DOMAINS(domains, "", 0, "runs for these domains"),
    TEXT(driver, "", 0, "what kind of router it is"),
    BOOL(dsn_lasthop, "false", 0, "notifications go no further than here"),
    TEMPLATE(errors_to, "", 0, "sender for what it delivers"),
    BOOL(expn, "true", 0, "used for EXPN"),
    {"fail_verify", CONF_BOTH, CONF_FIELD(OWNER, bool, fail_verify_recipient), "false", 0, 0, 0,
     "an address that it takes fails verification", ""},
    BOOL(fail_verify_recipient, "false", 0, "the same, as a recipient"),
    BOOL(fail_verify_sender, "false", 0, "the same, as a sender"),
    TEMPLATE(fallback_hosts, "", CONF_LATER, "hosts for when no other is reached"),
    GROUP(group, 0, "group that a local delivery runs as"),
    TEMPLATES(headers_add, 0, "header fields to add; may be set again"),
    TEMPLATES(headers_remove, 0, "header fields to remove; may be set again"),
    HOSTS(ignore_target_hosts, "", 0, "addresses that are taken as if they were not there"),
    BOOL(initgroups, "false", 0, "a local delivery has all groups of its user"),
    TEXT(local_part_prefix, "", 0, "prefixes to take off the local part"),
    BOOL(local_part_prefix_optional, "false", 0, "runs without one of them too"),
    TEXT(local_part_suffix, "", 0, "suffixes to take off the local part"),
    BOOL(local_part_suffix_optional, "false", 0, "runs without one of them too"),
    LOCALS(local_parts, "", 0, "runs for these local parts"),
    BOOL(log_as_local, "false", 0, "deliveries are logged as local ones; true for accept"),
    SWITCH(more, "true", 0, "an address that it declines goes on to the next router"),
    BOOL(pass_on_timeout, "false", 0, "an address goes on when the router has no time left"),
    TEXT(pass_router, "", 0, "router that gets what this one passes on"),
    TEXT(redirect_router, "", 0, "router that gets the addresses that this one makes"),
    TEMPLATE(require_files, "", 0, "runs if these files are there"),
    BOOL(retry_use_local_part, "false", 0,
         "retry data are kept by address; true if it looks at more than the domain"),
    TEMPLATE(router_home_directory, "", 0, "home directory while it runs"),
    TEXT(self, "freeze", 0, "what to do when a host turns out to be this one"),
    SENDERS(senders, "", 0, "runs for messages of these senders"),
    TEMPLATES(set, 0, "sets a variable, name = text; may be set again"),
    TEMPLATE(transport, "", CONF_TRANSPORT, "transport for the address"),
    TEMPLATE(transport_current_directory, "", 0, "directory that a local delivery runs in"),
    TEMPLATE(transport_home_directory, "", 0, "home directory of a local delivery"),
    SWITCH(unseen, "false", 0, "the address goes on to the next router as well"),
    USER(user, 0, "user that a local delivery runs as"),
    {"verify", CONF_BOTH, CONF_FIELD(OWNER, bool, verify_recipient), "true", 0, 0, 0,
     "used for verification", ""},
    BOOL(verify_only, "false", 0, "used only for verification"),
    BOOL(verify_recipient, "true", 0, "used for verification of recipients"),
    BOOL(verify_sender, "true", 0, "used for verification of senders"),
};

#undef OWNER
#define OWNER struct router_dnslookup
static const struct conf_option dnslookup_rows[] = {
    BOOL(check_secondary_mx, "false", 0,
         "takes only domains that list this host as a mail exchanger"),
    TEMPLATE(check_srv, "", CONF_LATER, "service whose SRV records come before MX"),
    DOMAINS(fail_defer_domains, "", 0, "domains where a failing DNS is a failed address"),
    SWITCH(ipv4_only, "", 0, "only A records"),
    SWITCH(ipv4_prefer, "", 0, "A records before AAAA"),
    DOMAINS(mx_domains, "", 0, "domains that need an MX record"),
    DOMAINS(mx_fail_domains, "", 0, "domains where a failing MX lookup is a failed address"),
    BOOL(qualify_single, "true", CONF_UNUSED, "the resolver completes names of one label"),
    BOOL(rewrite_headers, "true", CONF_UNUSED,
         "a domain that was completed is completed in the header too"),
    SWITCH(same_domain_copy_routing, "false", CONF_UNUSED,
           "later addresses of a domain get the answer of the first"),
    BOOL(search_parents, "false", CONF_EMPTY_ONLY, "the resolver looks in parent domains"),
    DOMAINS(srv_fail_domains, "", CONF_LATER, "domains where a failing SRV lookup is a failed address"),
    TEXT(widen_domains, "", 0, "endings to try on a domain that is not found, a list"),
};

#undef OWNER
#define OWNER struct router_manualroute
static const struct conf_option manualroute_rows[] = {
    TEXT(host_all_ignored, "defer", 0, "what to do when every host is ignored"),
    TEXT(host_find_failed, "freeze", 0, "what to do with a host that is not found"),
    BOOL(hosts_randomize, "false", 0, "hosts are tried in random order"),
    TEMPLATE(route_data, "", 0, "hosts for the address, with their options"),
    OPTION_PLAIN(CONF_ROUTES, struct conf_route_rules, route_list, "", 0,
                 "rules: domain, hosts, options; parted by semicolons"),
    SWITCH(same_domain_copy_routing, "false", CONF_UNUSED,
           "later addresses of a domain get the answer of the first"),
};

#undef OWNER
#define OWNER struct router_redirect
static const struct conf_option redirect_rows[] = {
    BOOL(allow_defer, "false", 0, ":defer: is obeyed"),
    BOOL(allow_fail, "false", 0, ":fail: is obeyed"),
    BOOL(check_ancestor, "false", 0, "an address that made itself again stays as it is"),
    BOOL(check_group, "false", 0, "the file must belong to the user's group"),
    BOOL(check_owner, "false", 0, "the file must belong to the user"),
    TEMPLATE(data, "", 0, "the addresses"),
    TEMPLATE(directory_transport, "", CONF_TRANSPORT,
             "transport for a path that ends in a slash"),
    TEMPLATE(file, "", 0, "file with the addresses"),
    TEMPLATE(file_transport, "", CONF_TRANSPORT, "transport for a path"),
    BOOL(forbid_blackhole, "false", 0, ":blackhole: is refused"),
    BOOL(forbid_file, "false", 0, "paths are refused"),
    BOOL(forbid_include, "false", 0, ":include: is refused"),
    BOOL(forbid_pipe, "false", 0, "commands are refused"),
    BOOL(forbid_smtp_code, "false", 0, "no reply code from the text of :fail: and :defer:"),
    BOOL(hide_child_in_errmsg, "false", 0, "bounces do not show the addresses that were made"),
    BOOL(ignore_eacces, "false", 0, "a file that may not be read is as one that is not there"),
    BOOL(ignore_enotdir, "false", 0, "a path through a file that is no directory likewise"),
    TEXT(include_directory, "", 0, "files that :include: names lie below"),
    OCTAL(modemask, "022", 0, "mode bits that the file must not have"),
    BOOL(one_time, "false", 0, "what it made is kept, and not made again at the next try"),
    USERS(owners, 0, "users that the file may belong to"),
    GROUPS(owngroups, 0, "groups that the file may belong to"),
    TEMPLATE(pipe_transport, "", CONF_LATER, "transport for a command"),
    TEMPLATE(qualify_domain, "", 0, "domain for addresses without one"),
    BOOL(qualify_preserve_domain, "false", 0,
         "addresses without a domain get that of their parent"),
    SWITCH(repeat_use, "true", 0, "runs for what it has itself made"),
    TEMPLATE(reply_transport, "", CONF_LATER, "transport for automatic replies"),
    BOOL(rewrite, "true", 0, "addresses that it makes are rewritten"),
    BOOL(skip_syntax_errors, "false", 0, "wrong addresses are left out"),
    TEXT(srs, "", 0, "SRS in libsrs_alt's way: forward, reverse, reverseandforward"),
    TEMPLATE(srs_alias, "", 0, "domain for addresses that SRS makes"),
    TEMPLATE(srs_condition, "", 0, "SRS is used if it is true"),
    TEMPLATE(srs_dbinsert, "", 0, "expanded to keep an address under a key"),
    TEMPLATE(srs_dbselect, "", 0, "expanded to find an address by its key"),
    TEMPLATE(syntax_errors_text, "", CONF_LATER, "text for who is told of wrong addresses"),
    TEXT(syntax_errors_to, "", CONF_LATER, "who is told of wrong addresses"),
};

/* Those without rows are Exim's. */
static const struct conf_driver drivers[] = {
    {"accept", NULL, 0, 0, ROUTER_ACCEPT, true},
    {"dnslookup", dnslookup_rows, COUNT(dnslookup_rows), sizeof(struct router_dnslookup),
     ROUTER_DNSLOOKUP, true},
    {"ipliteral", NULL, 0, 0, 0, false},
    {"iplookup", NULL, 0, 0, 0, false},
    {"manualroute", manualroute_rows, COUNT(manualroute_rows), sizeof(struct router_manualroute),
     ROUTER_MANUALROUTE, true},
    {"queryprogram", NULL, 0, 0, 0, false},
    {"redirect", redirect_rows, COUNT(redirect_rows), sizeof(struct router_redirect),
     ROUTER_REDIRECT, true},
};

const struct conf_driver_kind conf_router_kind = {
    .name = "router",
    .section = "routers",
    .generic = generic_rows,
    .generic_count = COUNT(generic_rows),
    .generic_size = sizeof(struct router_generic),
    .driver_offset = offsetof(struct router_generic, driver),
    .drivers = drivers,
    .driver_count = COUNT(drivers),
};
