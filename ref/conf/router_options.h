/* Routers as configured: the generic options, and those of each driver. Options stand in the
   order of their rows in router_options.c; texts without a `$` are templates too (literal ones). */
#ifndef REF_CONF_ROUTER_OPTIONS_H
#define REF_CONF_ROUTER_OPTIONS_H

#include "ref/conf/driver.h"

struct conf_router;

struct router_generic {
    const struct template *address_data;
    bool address_test;
    bool bmi_deliver_alternate;
    bool bmi_deliver_default;
    bool bmi_dont_deliver;
    const char *bmi_rule;
    const struct template *cannot_route_message;
    bool caseful_local_part;
    bool check_local_user;
    struct conf_templates condition;
    const struct template *debug_print;
    bool disable_logging;
    const struct template *dnssec_request_domains;
    const struct template *dnssec_require_domains;
    const struct template *domains;
    const char *driver;
    bool dsn_lasthop;
    const struct template *errors_to;
    bool expn;
    bool fail_verify_recipient;              /* fail_verify sets both */
    bool fail_verify_sender;
    const struct template *fallback_hosts;
    struct conf_group group;
    struct conf_templates headers_add;
    struct conf_templates headers_remove;
    struct host_list ignore_target_hosts;
    bool initgroups;
    const char *local_part_prefix;           /* a list of affixes: "real-", "*+" */
    bool local_part_prefix_optional;
    const char *local_part_suffix;
    bool local_part_suffix_optional;
    const struct template *local_parts;
    bool log_as_local;
    struct conf_switch more;
    bool pass_on_timeout;
    const char *pass_router;
    const char *redirect_router;
    const struct template *require_files;
    bool retry_use_local_part;
    const struct template *router_home_directory;
    const char *self;                        /* freeze, defer, send, pass, fail, "reroute: x" */
    const struct template *senders;
    struct conf_templates set;               /* each "name = text" */
    const struct template *transport;
    const struct template *transport_current_directory;
    const struct template *transport_home_directory;
    struct conf_switch unseen;
    struct conf_user user;
    bool verify_only;
    bool verify_recipient;                   /* verify sets both */
    bool verify_sender;
};

struct router_dnslookup {
    bool check_secondary_mx;
    const struct template *check_srv;
    const struct template *fail_defer_domains;
    struct conf_switch ipv4_only;
    struct conf_switch ipv4_prefer;
    const struct template *mx_domains;
    const struct template *mx_fail_domains;
    bool qualify_single;
    bool rewrite_headers;
    struct conf_switch same_domain_copy_routing;
    bool search_parents;
    const struct template *srv_fail_domains;
    const char *widen_domains;               /* a list */
};

struct router_manualroute {
    const char *host_all_ignored;            /* defer, decline, fail, freeze, ignore, pass */
    const char *host_find_failed;            /* the same */
    bool hosts_randomize;
    const struct template *route_data;
    struct conf_route_rules route_list;
    struct conf_switch same_domain_copy_routing;
};

struct router_redirect {
    bool allow_defer;
    bool allow_fail;
    bool check_ancestor;
    bool check_group;
    bool check_owner;
    const struct template *data;
    const struct template *directory_transport;
    const struct template *file;
    const struct template *file_transport;
    bool forbid_blackhole;
    bool forbid_file;
    bool forbid_include;
    bool forbid_pipe;
    bool forbid_smtp_code;
    bool hide_child_in_errmsg;
    bool ignore_eacces;
    bool ignore_enotdir;
    const char *include_directory;
    unsigned modemask;
    bool one_time;
    struct conf_ids owners;
    struct conf_ids owngroups;
    const struct template *pipe_transport;
    const struct template *qualify_domain;
    bool qualify_preserve_domain;
    struct conf_switch repeat_use;
    const struct template *reply_transport;
    bool rewrite;
    bool skip_syntax_errors;
    const char *srs;
    const struct template *srs_alias;
    const struct template *srs_condition;
    const struct template *srs_dbinsert;
    const struct template *srs_dbselect;
    const struct template *syntax_errors_text;
    const char *syntax_errors_to;
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
