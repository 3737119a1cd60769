/* Rows of transports: the generic options, then those of each driver. */
#include "ref/conf/transport_options.h"

#include "base/rows.h"
#include "ref/conf/option_rows.h"

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

#define OWNER struct transport_generic
static const struct conf_option generic_rows[] = {
    BOOL(body_only, "false", 0, "only the body is sent"),
    TEMPLATE(current_directory, "", 0, "directory that a local delivery runs in"),
    TEMPLATE(debug_print, "", 0, "text for the trace of delivery"),
    BOOL(delivery_date_add, "false", 0, "adds Delivery-date:"),
    BOOL(disable_logging, "false", 0, "no log lines for its deliveries"),
    TEXT(driver, "", 0, "what kind of transport it is"),
    BOOL(envelope_to_add, "false", 0, "adds Envelope-to:"),
    TEMPLATE(event_action, "", 0, "expanded at events: tcp:close and msg:delivery of smtp; queuefile ignores it, others refuse it"),
    GROUP(group, 0, "group that a local delivery runs as"),
    TEMPLATES(headers_add, 0, "header fields to add; may be set again"),
    BOOL(headers_only, "false", 0, "only the header is sent"),
    TEMPLATES(headers_remove, 0, "header fields to remove; may be set again"),
    OPTION_PLAIN(CONF_REWRITES, struct conf_rewrites, headers_rewrite, "", 0,
                 "rewriting rules for the header, a list"),
    TEMPLATE(home_directory, "", 0, "home directory of a local delivery"),
    BOOL(initgroups, "false", 0, "a local delivery has all groups of its user"),
    TEMPLATE(max_parallel, "", 0, "deliveries at once, of one process; what is more waits for a queue run"),
    TEMPLATE(message_size_limit, "", 0, "largest message in octets"),
    BOOL(rcpt_include_affixes, "false", 0, "prefixes and suffixes are put back"),
    BOOL(retry_use_local_part, "false", 0,
         "retry data are kept by address; true for local transports"),
    TEMPLATE(return_path, "", 0, "sender in the envelope"),
    BOOL(return_path_add, "false", 0, "adds Return-path:"),
    TEMPLATE(shadow_condition, "", 0, "shadow_transport is used if it is true"),
    TEXT(shadow_transport, "", 0, "transport that gets a copy of what was delivered"),
    TEMPLATE(transport_filter, "", 0, "command that the message goes through"),
    TIME(transport_filter_timeout, "5m", 1, 604800, 0, "longest time that it may take"),
    USER(user, 0, "user that a local delivery runs as"),
};

#undef OWNER
#define OWNER struct transport_appendfile
static const struct conf_option appendfile_rows[] = {
    BOOL(allow_fifo, "false", 0, "the file may be a pipe"),
    BOOL(allow_symlink, "false", 0, "the path may end in a symbolic link"),
    TEMPLATE(batch_id, "", 0, "addresses for which it is equal are delivered together"),
    INT(batch_max, "1", 1, 100000, 0, "addresses that are delivered together"),
    BOOL(check_group, "false", 0, "the file must belong to the group of the delivery"),
    BOOL(check_owner, "true", 0, "the file must belong to the user of the delivery"),
    TEXT(check_string, "From ", 0, "lines that begin with it are escaped"),
    BOOL(create_directory, "true", 0, "directories are made when they are not there"),
    TEXT(create_file, "anywhere", 0,
         "where files may be made: anywhere, belowhome, inhome, or below a path"),
    TEMPLATE(directory, "", 0, "directory for a file of each message"),
    TEMPLATE(directory_file, "q${base62:$tod_epoch}-$inode", 0, "name of the file in it"),
    OCTAL(directory_mode, "0700", 0, "mode of directories that it makes"),
    TEXT(escape_string, ">From ", 0, "what such lines begin with then"),
    TEMPLATE(file, "", 0, "file that messages are put behind"),
    BOOL(file_must_exist, "false", 0, "the file is not made"),
    TIME(lock_fcntl_timeout, "0s", 0, 86400, 0,
         "longest wait for a lock by fcntl; 0s: tries at intervals"),
    TIME(lock_flock_timeout, "0s", 0, 86400, 0, "longest wait for a lock by flock"),
    TIME(lock_interval, "3s", 0, 86400, 0, "time between tries"),
    INT(lock_retries, "10", 0, 1000, 0, "tries to lock"),
    OCTAL(lockfile_mode, "0600", 0, "mode of lock files"),
    TIME(lockfile_timeout, "30m", 0, 604800, 0, "age at which a lock file is taken as left over"),
    BOOL(maildir_format, "false", 0, "the directory is a maildir"),
    INT(maildir_retries, "10", 0, 1000, 0, "tries to find a free name in a maildir"),
    TEMPLATE(maildir_tag, "", 0, "text behind the name of a file in a maildir"),
    TEMPLATE(message_prefix, "", 0,
             "text before each message; default: a From line, none in a directory"),
    TEMPLATE(message_suffix, "", 0,
             "text behind each message; default: an empty line, none in a directory"),
    OCTAL(mode, "0600", 0, "mode of files"),
    BOOL(mode_fail_narrower, "true", 0, "a file with fewer mode bits is refused"),
    TEMPLATE(quota, "", 0, "octets that the file or directory may have"),
    BOOL(use_crlf, "false", 0, "lines end with CR LF"),
    BOOL(use_fcntl_lock, "true", 0, "locks by fcntl"),
    BOOL(use_flock_lock, "false", 0, "locks by flock"),
    BOOL(use_lockfile, "true", 0, "locks by a file beside it"),
};

#undef OWNER
#define OWNER struct transport_queuefile
static const struct conf_option queuefile_rows[] = {
    TEMPLATE(directory, "", 0, "where copies of -H and -D are put"),
};

#undef OWNER
#define OWNER struct transport_smtp
static const struct conf_option smtp_rows[] = {
    BOOL(address_retry_include_sender, "true", 0,
         "retry data of a refused address hold for its sender"),
    BOOL(allow_localhost, "false", 0, "this host may be spoken to"),
    TEMPLATE(arc_sign, "", 0, "ARC sealing: identity : selector : key [: options]"),
    TEMPLATE(authenticated_sender, "", 0, "AUTH= in MAIL"),
    BOOL(authenticated_sender_force, "false", 0, "AUTH= without authentication too"),
    TIME(command_timeout, "5m", 0, 604800, 0, "longest wait for a reply"),
    TIME(connect_timeout, "5m", 0, 604800, 0, "longest wait for a connection"),
    TEMPLATE(connection_max_messages, "500", 0, "messages in one connection"),
    TIME(data_timeout, "5m", 0, 604800, 0, "longest wait while sending the message"),
    BOOL(delay_after_cutoff, "true", CONF_UNUSED, "addresses past their retry time wait on"),
    TEMPLATE(dkim_canon, "", 0, "canonicalisation of a signature"),
    TEMPLATE(dkim_domain, "", 0, "domains to sign for, a list"),
    TEMPLATE(dkim_hash, "sha256", 0, "hash of a signature"),
    TEMPLATE(dkim_identity, "", 0, "i= of a signature"),
    TEMPLATE(dkim_private_key, "", 0, "key, or a file with it"),
    TEMPLATE(dkim_selector, "", 0, "selectors, a list"),
    TEMPLATE(dkim_sign_headers, "", 0, "header fields to sign, a list"),
    TEMPLATE(dkim_strict, "", 0, "what cannot be signed is deferred"),
    TEMPLATE(dkim_timestamps, "", 0, "seconds for which a signature is good"),
    BOOL(dns_qualify_single, "true", CONF_UNUSED, "the resolver completes names of one label"),
    BOOL(dns_search_parents, "false", CONF_UNUSED, "the resolver looks in parent domains"),
    DOMAINS(dnssec_request_domains, "*", CONF_UNUSED, "domains whose DNS is asked for signatures"),
    DOMAINS(dnssec_require_domains, "", 0, "domains whose DNS must be signed"),
    TEMPLATE(fallback_hosts, "", 0, "hosts for when no other is reached"),
    TIME(final_timeout, "10m", 0, 604800, 0, "longest wait for the reply to the message"),
    BOOL(gethostbyname, "false", CONF_LATER, "names are looked up as the system does"),
    TEMPLATE(helo_data, "$primary_hostname", 0, "name in EHLO"),
    TEMPLATE(host_name_extract,
             "${if and {{match{$host}{.outlook.com\\$}} {match{$item}{\\N^250-([\\w.]+)\\s\\N}}} {$1}}", 0,
             "name of a host among several at one address, from its reply to EHLO"),
    TEMPLATE(hosts, "", 0, "hosts for addresses whose router gave none, a list"),
    HOSTS(hosts_avoid_esmtp, "", 0, "who is greeted with HELO"),
    HOSTS(hosts_avoid_pipelining, "", 0, "to whom nothing is pipelined"),
    HOSTS(hosts_avoid_tls, "", 0, "with whom TLS is not used"),
    INT(hosts_max_try, "5", 1, 1000, 0, "addresses to try"),
    INT(hosts_max_try_hardlimit, "50", 1, 10000, 0,
        "addresses to try, those past their retry time counted"),
    HOSTS(hosts_nopass_tls, "", 0, "whose TLS connections end with the message"),
    HOSTS(hosts_noproxy_tls, "", 0, "whose TLS connections are not handed on"),
    BOOL(hosts_override, "false", 0, "hosts counts even if the router gave some"),
    HOSTS(hosts_pipe_connect, "", 0, "with whom early pipelining is used"),
    BOOL(hosts_randomize, "false", 0, "hosts are tried in random order"),
    HOSTS(hosts_request_ocsp, "*", 0, "whose certificate status is asked for"),
    HOSTS(hosts_require_auth, "", 0, "to whom nothing is sent without authentication"),
    HOSTS(hosts_require_ocsp, "", 0, "whose certificate status must be good"),
    HOSTS(hosts_require_tls, "", 0, "to whom nothing is sent in clear text"),
    HOSTS(hosts_try_auth, "", 0, "with whom authentication is tried"),
    HOSTS(hosts_try_chunking, "*", 0, "to whom BDAT is used"),
    HOSTS(hosts_try_fastopen, "*", 0, "to whom the first octets go with the SYN"),
    HOSTS(hosts_verify_avoid_tls, "", CONF_LATER, "with whom verification does not use TLS"),
    TEMPLATE(interface, "", 0, "address to speak from, a list"),
    BOOL(keepalive, "true", 0, "TCP probes for a peer that is gone"),
    TEMPLATE(max_rcpt, "100", 0, "recipients in one transaction"),
    INT(message_linelength_limit, "998", 0, 1000000, 0, "longest line that is sent, in octets"),
    SWITCH(multi_domain, "true", 0, "recipients of several domains in one transaction"),
    TEMPLATE(port, "smtp", 0, "port"),
    TEMPLATE(protocol, "smtp", 0, "smtp, smtps or lmtp"),
    TEMPLATE(requiretls_mx_names, "", CONF_OURS, "MX names that count as validated without DNSSEC, a list"),
    SWITCH(retry_include_ip_address, "true", CONF_UNUSED, "retry data of hosts are kept by address too"),
    HOSTS(serialize_hosts, "", CONF_LATER, "to whom there is one connection at a time"),
    INT(size_addition, "1024", 0, 1000000, 0, "octets added to SIZE= for what grows on the way"),
    TEMPLATE(tls_certificate, "", 0, "file with the client's certificates"),
    TEMPLATE(tls_crl, "", 0, "file with revoked certificates"),
    TEMPLATE(tls_privatekey, "", 0, "file with the certificate's key"),
    TEMPLATE(tls_require_ciphers, "", 0, "what ciphers are allowed"),
    HOSTS(tls_resumption_hosts, "", 0, "with whom sessions are resumed"),
    TEXT(tls_resumption_ocsp, "renew", CONF_OURS, "a required status in a resumed session: renew, keep or fail"),
    TEMPLATE(tls_sni, "", 0, "name that is asked for in the handshake"),
    BOOL(tls_tempfail_tryclear, "true", 0,
         "clear text when TLS fails and is not required"),
    HOSTS(tls_try_verify_hosts, "*", 0,
          "whose certificates are verified, without consequence"),
    HOSTS(tls_verify_cert_hostnames, "*", 0,
          "whose certificates must have the host's name"),
    TEMPLATE(tls_verify_certificates, "system", 0, "whom to believe about certificates"),
    HOSTS(tls_verify_hosts, "", 0, "whose certificates must be verified"),
    SIGNED(utf8_downconvert, "-1", CONF_LATER,
           "addresses in UTF-8 are made ASCII: 1, 0, or -1 when needed"),
};

static const struct conf_driver drivers[] = {
    {"appendfile", appendfile_rows, COUNT(appendfile_rows), sizeof(struct transport_appendfile),
     TRANSPORT_APPENDFILE, true},
    {"autoreply", NULL, 0, 0, 0, false},
    {"lmtp", NULL, 0, 0, 0, false},
    {"pipe", NULL, 0, 0, 0, false},
    {"queuefile", queuefile_rows, COUNT(queuefile_rows), sizeof(struct transport_queuefile),
     TRANSPORT_QUEUEFILE, true},
    {"smtp", smtp_rows, COUNT(smtp_rows), sizeof(struct transport_smtp), TRANSPORT_SMTP, true},
};

const struct conf_driver_kind conf_transport_kind = {
    .name = "transport",
    .section = "transports",
    .generic = generic_rows,
    .generic_count = COUNT(generic_rows),
    .generic_size = sizeof(struct transport_generic),
    .driver_offset = offsetof(struct transport_generic, driver),
    .drivers = drivers,
    .driver_count = COUNT(drivers),
};

const struct conf_transport *conf_transport_find(const struct conf_transports *all, span name)
{
    for (size_t i = 0; i < all->count; i++) {
        if (span_eq(span_text(all->at[i].name), name)) {
            return &all->at[i];
        }
    }
    return NULL;
}
