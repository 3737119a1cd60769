/* Transports as configured: the generic options, and those of each driver. */
#ifndef REF_CONF_TRANSPORT_OPTIONS_H
#define REF_CONF_TRANSPORT_OPTIONS_H

#include "ref/conf/driver.h"
#include "ref/conf/rewrite.h"

struct transport_generic {
    bool body_only;
    const struct template *current_directory;
    const struct template *debug_print;
    bool delivery_date_add;
    bool disable_logging;
    const char *driver;
    bool envelope_to_add;
    const struct template *event_action;
    struct conf_group group;
    struct conf_templates headers_add;
    bool headers_only;
    struct conf_templates headers_remove;
    struct conf_rewrites headers_rewrite;
    const struct template *home_directory;
    bool initgroups;
    const struct template *max_parallel;
    const struct template *message_size_limit;
    bool rcpt_include_affixes;
    bool retry_use_local_part;               /* not set: true if the transport is local */
    const struct template *return_path;
    bool return_path_add;
    const struct template *shadow_condition;
    const char *shadow_transport;
    const struct template *transport_filter;
    millis transport_filter_timeout;
    struct conf_user user;
};

struct transport_appendfile {
    bool allow_fifo;
    bool allow_symlink;
    const struct template *batch_id;
    uint64_t batch_max;
    bool check_group;
    bool check_owner;
    const char *check_string;
    bool create_directory;
    const char *create_file;                 /* "anywhere", "belowhome", "inhome", or a path */
    const struct template *directory;
    const struct template *directory_file;
    unsigned directory_mode;
    const char *escape_string;
    const struct template *file;
    bool file_must_exist;
    millis lock_fcntl_timeout;
    millis lock_flock_timeout;
    millis lock_interval;
    uint64_t lock_retries;
    unsigned lockfile_mode;
    millis lockfile_timeout;
    bool maildir_format;
    uint64_t maildir_retries;
    const struct template *maildir_tag;
    const struct template *message_prefix;   /* NULL: the default of the format */
    const struct template *message_suffix;
    unsigned mode;
    bool mode_fail_narrower;
    const struct template *quota;
    bool use_crlf;
    bool use_fcntl_lock;
    bool use_flock_lock;
    bool use_lockfile;
};

struct transport_queuefile {
    const struct template *directory;
};

struct transport_smtp {
    bool address_retry_include_sender;
    bool allow_localhost;
    const struct template *arc_sign;
    const struct template *authenticated_sender;
    bool authenticated_sender_force;
    millis command_timeout;
    millis connect_timeout;
    const struct template *connection_max_messages;
    millis data_timeout;
    bool delay_after_cutoff;
    const struct template *dkim_canon;
    const struct template *dkim_domain;
    const struct template *dkim_hash;
    const struct template *dkim_identity;
    const struct template *dkim_private_key;
    const struct template *dkim_selector;
    const struct template *dkim_sign_headers;
    const struct template *dkim_strict;
    const struct template *dkim_timestamps;
    bool dns_qualify_single;
    bool dns_search_parents;
    const struct template *dnssec_request_domains;
    const struct template *dnssec_require_domains;
    const struct template *fallback_hosts;
    millis final_timeout;
    bool gethostbyname;
    const struct template *helo_data;
    const struct template *host_name_extract;
    const struct template *hosts;
    struct host_list hosts_avoid_esmtp;
    struct host_list hosts_avoid_pipelining;
    struct host_list hosts_avoid_tls;
    uint64_t hosts_max_try;
    uint64_t hosts_max_try_hardlimit;
    struct host_list hosts_nopass_tls;
    struct host_list hosts_noproxy_tls;
    bool hosts_override;
    struct host_list hosts_pipe_connect;
    bool hosts_randomize;
    struct host_list hosts_request_ocsp;
    struct host_list hosts_require_auth;
    struct host_list hosts_require_ocsp;
    struct host_list hosts_require_tls;
    struct host_list hosts_try_auth;
    struct host_list hosts_try_chunking;
    struct host_list hosts_try_fastopen;
    struct host_list hosts_verify_avoid_tls;
    const struct template *interface;
    bool keepalive;
    const struct template *max_rcpt;
    uint64_t message_linelength_limit;
    struct conf_switch multi_domain;
    const struct template *port;
    const struct template *protocol;         /* "smtp", "smtps", "lmtp" */
    const struct template *requiretls_mx_names;
    struct conf_switch retry_include_ip_address;
    struct host_list serialize_hosts;
    uint64_t size_addition;
    const struct template *tls_certificate;
    const struct template *tls_crl;
    const struct template *tls_privatekey;
    const struct template *tls_require_ciphers;
    struct host_list tls_resumption_hosts;
    const char *tls_resumption_ocsp;         /* "renew", "keep", "fail" */
    const struct template *tls_sni;
    bool tls_tempfail_tryclear;
    struct host_list tls_try_verify_hosts;
    struct host_list tls_verify_cert_hostnames;
    const struct template *tls_verify_certificates;
    struct host_list tls_verify_hosts;
    int64_t utf8_downconvert;
};

enum transport_driver { TRANSPORT_APPENDFILE, TRANSPORT_QUEUEFILE, TRANSPORT_SMTP };

struct conf_transport {
    const char *name;
    enum transport_driver driver;
    const struct transport_generic *generic;
    union {                                  /* by driver */
        const struct transport_appendfile *appendfile;
        const struct transport_queuefile *queuefile;
        const struct transport_smtp *smtp;
        const void *any;
    } own;
    const struct conf_transport *shadow;     /* shadow_transport; NULL: not set */
    const struct conf_instance *instance;    /* where it stands, and what was set */
};

struct conf_transports {
    struct conf_transport *at;
    size_t count;
};

/* NULL: no such transport. */
const struct conf_transport *conf_transport_find(const struct conf_transports *all, span name);

extern const struct conf_driver_kind conf_transport_kind;

#endif
