/* Names of Exim's main options, from chapter 14 of its manual, that this server does not have. They
   are here only so that a configuration meant for a full Exim is told "not supported" and not
   "unknown": the difference between a missing feature and a misspelling. */
#include "ref/conf/main_options.h"

#include "base/rows.h"

static const char *const names[] = {
    "acl_not_smtp", "acl_not_smtp_mime", "acl_not_smtp_start", "acl_smtp_atrn", "acl_smtp_auth",
    "acl_smtp_connect", "acl_smtp_data", "acl_smtp_data_prdr", "acl_smtp_dkim", "acl_smtp_etrn",
    "acl_smtp_expn", "acl_smtp_helo", "acl_smtp_mail", "acl_smtp_mailauth", "acl_smtp_mime",
    "acl_smtp_notquit", "acl_smtp_predata", "acl_smtp_quit", "acl_smtp_rcpt", "acl_smtp_starttls",
    "acl_smtp_vrfy", "acl_smtp_wellknown", "add_environment", "admin_groups",
    "allow_domain_literals", "allow_insecure_tainted_data", "allow_mx_to_ip", "auto_thaw",
    "av_scanner", "bi_command", "bounce_message_file", "bounce_message_text", "bounce_return_body",
    "bounce_return_linesize_limit", "bounce_return_message", "bounce_return_size_limit",
    "bounce_sender_authentication", "callout_domain_negative_expire",
    "callout_domain_positive_expire", "callout_negative_expire", "callout_positive_expire",
    "callout_random_local_part", "check_log_inodes", "check_log_space", "check_rfc2047_length",
    "check_spool_inodes", "check_spool_space", "commandline_checks_require_admin",
    "daemon_startup_retries", "daemon_startup_sleep", "debug_store", "delay_warning",
    "delay_warning_condition", "deliver_drop_privilege", "deliver_queue_load_max",
    "delivery_date_remove", "disable_fsync", "dkim_verify_hashes", "dkim_verify_keytypes",
    "dkim_verify_min_keysizes", "dkim_verify_minimal", "dkim_verify_signers", "dmarc_forensic_sender",
    "dmarc_history_file", "dmarc_tld_file", "dns_again_means_nonexist", "dns_check_names_pattern",
    "dns_cname_loops", "dns_csa_search_limit", "dns_csa_use_reverse", "dns_dnssec_ok",
    "dns_ipv4_lookup", "dns_retrans", "dns_retry", "dns_trust_aa", "dns_use_edns0", "drop_cr",
    "dsn_from", "envelope_to_remove", "errors_copy", "errors_reply_to", "event_action", "exim_group",
    "exim_user", "exim_version", "extra_local_interfaces", "extract_addresses_remove_arguments",
    "finduser_retries", "freeze_tell", "gnutls_allow_auto_pkcs11", "gnutls_compat_mode",
    "headers_charset", "helo_accept_junk_hosts", "helo_allow_chars", "helo_lookup_domains",
    "helo_try_verify_hosts", "helo_verify_hosts", "hold_domains", "host_lookup_order",
    "host_reject_connection", "hosts_connection_nolog", "hosts_proxy", "hosts_require_alpn",
    "hosts_require_helo", "hosts_treat_as_local", "ibase_servers", "ignore_bounce_errors_after",
    "ignore_fromline_hosts", "ignore_fromline_local", "keep_malformed", "ldap_ca_cert_dir",
    "ldap_ca_cert_file", "ldap_cert_file", "ldap_cert_key", "ldap_cipher_suite",
    "ldap_default_servers", "ldap_require_cert", "ldap_start_tls", "ldap_version",
    "limits_advertise_hosts", "local_from_check", "local_from_prefix", "local_from_suffix",
    "local_scan_path", "local_scan_timeout", "local_sender_retain", "lookup_open_max",
    "max_username_length", "message_body_newlines", "message_body_visible", "message_id_header_domain",
    "message_id_header_text", "message_logs", "move_frozen_messages", "mua_wrapper", "mysql_servers",
    "never_users", "notifier_socket", "openssl_options", "oracle_servers", "percent_hack_domains",
    "perl_at_start", "perl_startup", "perl_taintmode", "pgsql_servers", "pipelining_connect_keyword",
    "prdr_enable", "preserve_message_logs", "print_topbitchars", "process_log_path",
    "prod_requires_admin", "proxy_protocol_timeout", "qualify_recipient", "queue_domains",
    "queue_fast_ramp", "queue_list_requires_admin", "queue_only_file", "queue_only_load",
    "queue_only_load_latch", "queue_only_override", "queue_run_in_order", "queue_run_max",
    "queue_smtp_domains", "receive_timeout", "received_header_text", "recipient_unqualified_hosts",
    "redis_servers", "remote_max_parallel", "remote_sort_domains", "retry_data_expire",
    "retry_interval_max", "return_path_remove", "return_size_limit", "rfc1413_query_timeout",
    "sender_unqualified_hosts", "slow_lookup_log", "smtp_accept_keepalive", "smtp_accept_queue",
    "smtp_accept_queue_per_connection", "smtp_accept_reserve", "smtp_active_hostname",
    "smtp_backlog_monitor", "smtp_check_spool_space", "smtp_etrn_command", "smtp_etrn_serialize",
    "smtp_hello_clears", "smtp_load_reserve", "smtp_ratelimit_hosts", "smtp_ratelimit_mail",
    "smtp_ratelimit_rcpt", "smtp_reserve_hosts", "spamd_address", "spf_guess",
    "spf_smtp_comment_template", "spool_wireformat", "sqlite_dbfile", "sqlite_lock_timeout",
    "srs_config", "srs_hashlength", "srs_hashmin", "srs_maxage", "srs_secrets", "srs_usehash",
    "srs_usetimestamp", "strict_acl_vars", "strip_excess_angle_brackets", "strip_trailing_dot",
    "syslog_duplication", "syslog_facility", "syslog_pid", "syslog_processname", "syslog_timestamp",
    "system_filter", "system_filter_directory_transport", "system_filter_file_transport",
    "system_filter_group", "system_filter_pipe_transport", "system_filter_reply_transport",
    "system_filter_user", "tcp_nodelay", "timeout_frozen_after", "tls_alpn", "tls_certificate",
    "tls_crl", "tls_dh_max_bits", "tls_dhparam", "tls_early_banner_hosts", "tls_eccurve",
    "tls_ocsp_file", "tls_on_connect_ports", "tls_privatekey", "tls_remember_esmtp",
    "tls_require_ciphers", "tls_resumption_hosts", "tls_try_verify_hosts", "tls_verify_certificates",
    "tls_verify_hosts", "trusted_groups", "unknown_login", "unknown_username",
    "untrusted_set_sender", "uucp_from_pattern", "uucp_from_sender", "warn_message_file",
    "wellknown_response", "write_rejectlog",
};

bool conf_main_option_is_exims(span name)
{
    return rows_scan(names, sizeof names / sizeof *names, sizeof *names, name) != NULL;
}
