/* Names of Exim's options, from its manual, that this server does not have. They are here only so
   that a configuration meant for a full Exim is told "not supported" and not "unknown": the
   difference between a missing feature and a misspelling. */
#include "ref/conf/exim_names.h"

#include "base/rows.h"
#include "ref/conf/auth_options.h"
#include "ref/conf/router_options.h"
#include "ref/conf/transport_options.h"

static const char *const main_names[] = {
    "acl_not_smtp_mime", "acl_not_smtp_start", "acl_smtp_atrn", "acl_smtp_data_prdr",
    "acl_smtp_etrn", "acl_smtp_mailauth", "acl_smtp_mime", "acl_smtp_wellknown",
    "allow_domain_literals", "allow_insecure_tainted_data", "allow_mx_to_ip",
    "allow_utf8_domains", "av_scanner", "bi_command", "bounce_message_file",
    "bounce_message_text", "bounce_sender_authentication", "callout_domain_negative_expire",
    "callout_domain_positive_expire", "callout_negative_expire", "callout_positive_expire",
    "callout_random_local_part", "check_log_inodes", "check_log_space", "check_rfc2047_length",
    "check_spool_inodes", "check_spool_space", "commandline_checks_require_admin",
    "daemon_smtp_port", "daemon_startup_retries", "daemon_startup_sleep", "debug_store",
    "deliver_drop_privilege", "deliver_queue_load_max", "disable_fsync",
    "dns_check_names_pattern", "dns_csa_search_limit", "dns_csa_use_reverse", "dns_trust_aa",
    "dns_use_edns0", "drop_cr", "event_action", "exim_version", "extra_local_interfaces",
    "extract_addresses_remove_arguments", "finduser_retries", "gnutls_allow_auto_pkcs11",
    "gnutls_compat_mode", "headers_charset", "helo_accept_junk_hosts", "helo_allow_chars",
    "helo_lookup_domains", "helo_try_verify_hosts", "helo_verify_hosts",
    "host_reject_connection", "hosts_connection_nolog", "hosts_proxy", "hosts_require_alpn",
    "hosts_require_helo", "ibase_servers", "ignore_fromline_hosts", "ignore_fromline_local",
    "keep_malformed", "ldap_ca_cert_dir", "ldap_ca_cert_file", "ldap_cert_file",
    "ldap_cert_key", "ldap_cipher_suite", "ldap_default_servers", "ldap_require_cert",
    "ldap_start_tls", "ldap_version", "local_from_check", "local_from_prefix",
    "local_from_suffix", "local_scan_path", "local_scan_timeout", "local_sender_retain",
    "max_username_length", "message_id_header_domain", "message_id_header_text", "message_logs",
    "move_frozen_messages", "mua_wrapper", "mysql_servers", "notifier_socket", "oracle_servers",
    "panic_coredump", "percent_hack_domains", "perl_at_start", "perl_startup", "perl_taintmode",
    "pgsql_servers", "prdr_enable", "preserve_message_logs", "print_topbitchars",
    "process_log_path", "prod_requires_admin", "proxy_protocol_timeout", "queue_fast_ramp",
    "queue_list_requires_admin", "queue_only_file", "queue_only_load_latch",
    "queue_only_override", "receive_timeout", "recipient_unqualified_hosts", "redis_servers",
    "remote_sort_domains", "return_size_limit", "rfc1413_query_timeout",
    "sender_unqualified_hosts", "slow_lookup_log", "smtp_accept_keepalive", "smtp_accept_queue",
    "smtp_accept_queue_per_connection", "smtp_accept_reserve", "smtp_active_hostname",
    "smtp_backlog_monitor", "smtp_check_spool_space", "smtp_etrn_command",
    "smtp_etrn_serialize", "smtp_hello_clears", "smtp_load_reserve", "smtp_ratelimit_hosts",
    "smtp_ratelimit_mail", "smtp_ratelimit_rcpt", "smtp_reserve_hosts",
    "smtp_return_error_details", "spamd_address", "spool_wireformat", "sqlite_dbfile",
    "sqlite_lock_timeout", "strip_excess_angle_brackets", "strip_trailing_dot",
    "syslog_duplication", "syslog_facility", "syslog_pid", "syslog_processname",
    "syslog_timestamp", "system_filter", "system_filter_directory_transport",
    "system_filter_file_transport", "system_filter_group", "system_filter_pipe_transport",
    "system_filter_reply_transport", "system_filter_user", "tcp_nodelay", "tls_alpn",
    "tls_dh_max_bits", "tls_dhparam", "tls_early_banner_hosts", "tls_eccurve",
    "tls_remember_esmtp", "unknown", "unknown_login", "unknown_username",
    "untrusted_set_sender", "uucp_from_pattern", "uucp_from_sender", "warn_message_file",
    "wellknown_response", "write_rejectlog",
};

static const char *const router_names[] = {
    "allow_filter", "allow_freeze", "check_srv", "command", "command_group", "command_user",
    "current_directory", "fallback_hosts", "filter_prepend_home", "forbid_exim_filter",
    "forbid_filter_dlfunc", "forbid_filter_existstest", "forbid_filter_logwrite",
    "forbid_filter_lookup", "forbid_filter_perl", "forbid_filter_readfile",
    "forbid_filter_readsocket", "forbid_filter_reply", "forbid_filter_run",
    "forbid_sieve_filter", "hosts", "optional", "pipe_transport", "port", "protocol", "query",
    "reply_transport", "reroute", "response_pattern", "sieve_enotify_mailto_owner",
    "sieve_subaddress", "sieve_useraddress", "sieve_vacation_directory", "srv_fail_domains",
    "syntax_errors_text", "syntax_errors_to", "timeout", "translate_ip_address",
};

static const char *const transport_names[] = {
    "allow_commands", "bcc", "cc", "command", "dane_require_tls_ciphers", "dscp", "environment",
    "file_expand", "file_format", "file_optional", "force_command", "freeze_exec_fail",
    "freeze_signal", "from", "gethostbyname", "gnutls_compat_mode", "headers",
    "hosts_require_alpn", "hosts_require_dane", "hosts_require_helo", "hosts_try_dane",
    "hosts_try_prdr", "hosts_verify_avoid_tls", "ignore_quota", "ignore_status",
    "lmtp_ignore_quota", "log", "log_defer_output", "log_fail_output", "log_output",
    "mailbox_filecount", "mailbox_size", "maildir_quota_directory_regex",
    "maildir_use_size_file", "maildirfolder_create_regex", "mailstore_format",
    "mailstore_prefix", "mailstore_suffix", "max_output", "mbx_format", "never_mail",
    "notify_comsat", "once", "once_file_size", "once_repeat", "path", "permit_coredump",
    "pipe_as_creator", "quota_directory", "quota_filecount", "quota_is_inclusive",
    "quota_size_regex", "quota_warn_message", "quota_warn_threshold", "reply_to",
    "restrict_to_path", "return_fail_output", "return_message", "return_output",
    "serialize_hosts", "socket", "socks_proxy", "subject", "temp_errors", "text", "timeout",
    "timeout_defer", "tls_alpn", "tls_dh_min_bits", "to", "umask", "use_bsmtp",
    "use_classresources", "use_mbx_lock", "use_shell", "utf8_downconvert",
};

static const char *const auth_names[] = {
    "client_authz", "client_channelbinding", "client_domain", "client_name", "client_password",
    "client_secret", "client_spassword", "client_username", "server_channelbinding",
    "server_hostname", "server_key", "server_keytab", "server_mech", "server_param1",
    "server_param2", "server_param3", "server_password", "server_realm", "server_scram_iter",
    "server_scram_salt", "server_secret", "server_service", "server_skey", "server_socket",
};

#define COUNT(names) (sizeof(names) / sizeof *(names))

static const struct names {
    const struct conf_driver_kind *kind;
    const char *const *at;
    size_t count;
} all_names[] = {
    {NULL, main_names, COUNT(main_names)},
    {&conf_router_kind, router_names, COUNT(router_names)},
    {&conf_transport_kind, transport_names, COUNT(transport_names)},
    {&conf_auth_kind, auth_names, COUNT(auth_names)},
};

bool conf_exim_has(const struct conf_driver_kind *kind, span name)
{
    for (size_t i = 0; i < COUNT(all_names); i++) {
        const struct names *n = &all_names[i];
        if (n->kind == kind && rows_find(n->at, n->count, sizeof *n->at, name) != NULL) {
            return true;
        }
        bool no = span_starts(name, SPAN("no_"));
        if (no && n->kind == kind &&
            rows_find(n->at, n->count, sizeof *n->at, span_from(name, 3)) != NULL) {
            return true;
        }
    }
    return false;
}
