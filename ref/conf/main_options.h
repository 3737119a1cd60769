/* The main section: every option this server knows, as a struct of values and a table of rows. */
#ifndef REF_CONF_MAIN_OPTIONS_H
#define REF_CONF_MAIN_OPTIONS_H

#include "ref/conf/option.h"

/* Times are milliseconds, sizes octets; 0 means "no limit" where a row's text says so. */
struct conf_main {
    bool accept_8bitmime;
    struct address_list accept_recipients;
    struct host_list auth_advertise_hosts;
    struct host_list chunking_advertise_hosts;
    const char *daemon_smtp_ports;
    bool disable_ipv6;
    struct host_list dsn_advertise_hosts;
    const char *exim_path;
    const char *gecos_name;
    const char *gecos_pattern;
    uint64_t header_line_maxsize;
    uint64_t header_maxsize;
    struct host_list host_lookup;
    const char *keep_environment;
    const char *local_interfaces;
    uint64_t localhost_number;
    const char *log_file_path;
    const char *log_selector;
    bool log_timezone;
    uint64_t message_size_limit;
    const char *pid_file_path;
    struct host_list pipelining_advertise_hosts;
    struct host_list pipelining_connect_advertise_hosts;
    const char *primary_hostname;
    const char *qualify_domain;
    bool queue_only;
    uint64_t received_headers_max;
    uint64_t recipients_max;
    bool recipients_max_reject;
    struct host_list rfc1413_hosts;
    uint64_t smtp_accept_max;
    uint64_t smtp_accept_max_nonmail;
    struct host_list smtp_accept_max_nonmail_hosts;
    uint64_t smtp_accept_max_per_connection;
    uint64_t smtp_accept_max_per_host;
    struct conf_banner smtp_banner;
    uint64_t smtp_connect_backlog;
    bool smtp_enforce_sync;
    uint64_t smtp_max_synprot_errors;
    uint64_t smtp_max_unknown_commands;
    millis smtp_receive_timeout;
    struct host_list smtputf8_advertise_hosts;
    bool split_spool_directory;
    const char *spool_directory;
    const char *timezone;
    struct host_list tls_advertise_hosts;
    const char *trusted_users;
};

/* Sorted by name. */
extern const struct conf_option conf_main_options[];
extern const size_t conf_main_option_count;

const struct conf_option *conf_main_option_find(span name);

/* True for a main option of Exim's that this server does not have: refused as "not supported"
   instead of "unknown". */
bool conf_main_option_is_exims(span name);

#endif
