/* Options of the main section. Defaults are Exim's, but for received_headers_max (RFC 5321 6.3 asks for
   100), for lists that would advertise what this server cannot do, and for users, groups and paths of
   an installation. Times are milliseconds in the field, sizes octets; 0 means "no limit" where the
   text says so. */
#include "ref/conf/rows_begin.h"

BOOL(accept_8bitmime, "true", 0, "offer 8BITMIME", "RFC6152-2")
TEMPLATE(acl_not_smtp, "", 0, "ACL for a message that came without SMTP")
TEMPLATE(acl_smtp_auth, "", 0, "ACL for AUTH")
TEMPLATE(acl_smtp_connect, "", 0, "ACL for a new connection")
TEMPLATE(acl_smtp_data, "", 0, "ACL after the message's octets")
TEMPLATE(acl_smtp_dkim, "", 0, "ACL for each signature of DKIM")
TEMPLATE(acl_smtp_expn, "", 0, "ACL for EXPN; none: answered with 252")
TEMPLATE(acl_smtp_helo, "", 0, "ACL for HELO and EHLO")
TEMPLATE(acl_smtp_mail, "", 0, "ACL for MAIL")
TEMPLATE(acl_smtp_notquit, "", 0, "ACL for a session that ends without QUIT")
TEMPLATE(acl_smtp_predata, "", 0, "ACL for DATA, before its octets")
TEMPLATE(acl_smtp_quit, "", 0, "ACL for QUIT")
TEMPLATE(acl_smtp_rcpt, "", 0, "ACL for RCPT; none: refused")
TEMPLATE(acl_smtp_starttls, "", 0, "ACL for STARTTLS")
TEMPLATE(acl_smtp_vrfy, "", 0, "ACL for VRFY; none: answered with 252")
LIST(add_environment, "", 0, "variables that ${env sees besides, a list of name=text")
GROUPS(admin_groups, CONF_UNUSED, "groups whose members may manage the queue")
TEXT(arc_sign_form, "rfc8617", CONF_OURS,
    "how arc_sign writes its fields: rfc8617, or exim with Exim's tags in Exim's order")
TEXT(arc_sign_results, "all", CONF_OURS,
    "results that arc_sign takes: of all Authentication-Results: of this name, or the first")
HOSTS(auth_advertise_hosts, "*", 0, "to whom AUTH is offered", "RFC4954-3")
TEXT(authres_form, "rfc8601", CONF_OURS,
    "how ${authresults is written: rfc8601, or exim with Exim's words and properties")
LIST(authres_strip, "", CONF_OURS,
    "names under which incoming Authentication-Results: are taken out")
TIME(auto_thaw, "0s", 0, 0, 0, "age at which a frozen message is tried again; 0s: never")
TEXT(bmi_config_file, "/opt/brightmail/etc/brightmail.cfg", 0,
    "configuration of the Brightmail library", "SEED-BMI")
TEXT(bmi_library, "", CONF_OURS, "path of the Brightmail client library", "SEED-BMI")
TIME(bmi_timeout, "1m", 1, 3600, CONF_OURS,
    "longest time that the Brightmail library may take for a message", "SEED-BMI")
BOOL(bounce_return_body, "true", 0, "bounces carry the body of the message")
INT(bounce_return_linesize_limit, "998", 1, 1000000, 0,
    "longest line that a bounce returns, in octets")
BOOL(bounce_return_message, "true", CONF_UNUSED, "bounces carry the message")
INT(bounce_return_size_limit, "100K", 0, UINT64_C(1099511627776), 0,
    "octets of the message that a bounce returns")
HOSTS(chunking_advertise_hosts, "*", 0, "to whom CHUNKING is offered", "RFC3030-2")
TEXT(daemon_smtp_ports, "smtp", 0, "ports to listen on, a list")
BOOL(dcc_direct_add_header, "false", 0, "the X-DCC field is added as soon as it is known",
    "SEED-DCC")
TEXT(dccifd_address, "/usr/local/dcc/var/dccifd", 0,
    "socket of dccifd: a path, or address and port", "SEED-DCC")
BOOL(dccifd_helo, "false", CONF_OURS,
    "dccifd is told the client's HELO name, not \"HELO localhost\"", "SEED-DCC")
TEXT(dccifd_options, "header", 0, "options that dccifd is given", "SEED-DCC")
TIME(dccifd_timeout, "1m", 1, 3600, CONF_OURS, "longest wait for dccifd", "SEED-DCC")
LIST(delay_warning, "1d", 0, "ages at which a sender is told of a delay, a list of times")
TEMPLATE(delay_warning_condition, "${if or {{ !eq{$h_list-id:$h_list-post:$h_list-subscribe:}{} }{ "
    "match{$h_precedence:}{(?i)bulk|list|junk} }{ "
    "match{$h_auto-submitted:}{(?i)auto-generated|auto-replied} }} {no}{yes}}", 0,
    "whether a delay is told of")
BOOL(delivery_date_remove, "true", CONF_UNUSED, "Delivery-date: is taken off messages that come in")
BOOL(disable_ipv6, "false", 0, "leave IPv6 interfaces out")
LIST(dkim_verify_hashes, "sha256 : sha512", 0, "hashes that a signature may use", "RFC6376-3.3")
LIST(dkim_verify_keytypes, "ed25519 : rsa", 0, "kinds of key that a signature may use", "RFC8463-3")
LIST(dkim_verify_min_keysizes, "rsa=1024 ed25519=250", 0, "shortest keys in bits", "RFC8301-3.2")
BOOL(dkim_verify_minimal, "false", 0, "verify no further once a signature passed")
TEMPLATE(dkim_verify_signers, "$dkim_signers", 0,
    "domains and identities for which the DKIM ACL runs")
TEMPLATE(dmarc_forensic_sender, "", 0,
    "From: and sender of forensic reports; unset: dsn_from and <>", "SEED-DMARC")
TEXT(dmarc_history_file, "", 0, "results for opendmarc-import; another file takes a restart",
    "SEED-DMARC")
TEXT(dmarc_tld_file, "/etc/exim/opendmarc.tlds", 0, "public suffix list", "SEED-DMARC")
TEXT(dmarc_version, "rfc7489", CONF_OURS, "rfc7489, or rfc9989 with its walk up the tree")
DOMAINS(dns_again_means_nonexist, "", CONF_EMPTY_ONLY, "domains whose failing DNS counts as none")
INT(dns_cname_loops, "1", 0, 16, CONF_UNUSED, "aliases followed in DNS answers")
SIGNED(dns_dnssec_ok, "-1", CONF_UNUSED,
    "ask for signed answers: 1, 0, or -1 for the resolver's default")
DOMAINS(dns_ipv4_lookup, "", 0, "domains whose hosts have only their A records looked up")
TIME(dns_retrans, "0s", 0, 600, 0, "wait for an answer of the DNS; 0s: the resolver's default")
INT(dns_retry, "0", 0, 100, 0, "repeats of a question to the DNS; 0: the resolver's default")
HOSTS(dsn_advertise_hosts, "", 0, "to whom DSN is offered", "RFC3461-3")
TEMPLATE(dsn_from, "Mail Delivery System <Mailer-Daemon@$qualify_domain>", 0, "From: of reports")
TEXT(dsn_remote_mta_form, "rfc", CONF_OURS, "Remote-MTA: in reports: rfc, or seed for both fields",
    "RFC3464-2.3.5")
BOOL(envelope_to_remove, "true", CONF_UNUSED, "Envelope-to: is taken off messages that come in")
TEMPLATE(errors_copy, "", 0, "who gets copies of bounces: \"senders addresses\" rules")
TEMPLATE(errors_reply_to, "", 0, "Reply-To: of bounces")
GROUP(exim_group, CONF_UNUSED, "group of the server")
TEXT(exim_path, "/usr/sbin/refmta", CONF_UNUSED, "path of the program, for children it starts")
USER(exim_user, CONF_UNUSED, "user of the server")
INT(expand_budget, "1000000", 1000, 1000000000, CONF_OURS,
    "steps of one expansion, with 64 octets for each: more defers it")
TEXT(freeze_tell, "", 0, "who is told of messages that are frozen, addresses with commas between")
TEMPLATE(gecos_name, "", 0, "name of a local sender, from what gecos_pattern matched")
TEXT(gecos_pattern, "", 0, "regular expression for the password file's name field")
INT(header_line_maxsize, "0", 0, 0, 0,
    "longest header field in octets with its continuation lines; 0: none", "RFC5322-2.1.1")
INT(header_maxsize, "1M", 1024, 268435456, 0, "largest header section in octets")
DOMAINS(hold_domains, "", 0, "domains that wait in the queue")
HOSTS(host_lookup, "", 0, "whose names are looked up when they connect")
LIST(host_lookup_order, "bydns:byaddr", CONF_UNUSED, "ways to a name, in order, a list")
DOMAINS(hosts_treat_as_local, "", 0, "hosts that are this host")
TIME(ignore_bounce_errors_after, "10w", 0, 0, 0,
    "age at which a bounce that cannot be delivered is dropped")
LIST(keep_environment, "", 0, "environment variables that ${env sees, a list")
HOSTS(limits_advertise_hosts, "", CONF_EMPTY_ONLY, "to whom LIMITS is offered", "RFC9422-3")
BOOL(lmdb_nolock, "false", CONF_OURS,
    "LMDB files are read without their lock files: only where nobody writes")
TEXT(local_interfaces, "<; ::0 ; 0.0.0.0", 0, "addresses to listen on, a list")
INT(localhost_number, "0", 0, 16, 0, "number of this host among those that share a spool")
TEXT(log_file_path, "", 0, "log files, with %s for main, reject, panic")
TEXT(log_selector, "", 0, "what log lines show: +name -name ...")
BOOL(log_timezone, "false", 0, "zone behind each time in the logs")
INT(lookup_open_max, "25", 1, 10000, 0, "files that lookups keep open while nobody uses them")
BOOL(message_body_newlines, "false", CONF_EMPTY_ONLY, "$message_body keeps its line ends")
INT(message_body_visible, "500", 0, 1048576, 0, "octets in $message_body")
INT(message_size_limit, "50M", 0, UINT64_C(1125899906842624), CONF_PLAIN,
    "largest message in octets; 0: none", "RFC1870-4")
USERS(never_users, 0, "users that no delivery runs as")
TEXT(openssl_options, "", 0, "options of OpenSSL: +name -name ...")
TEXT(pid_file_path, "", 0, "file for the daemon's process number")
HOSTS(pipelining_advertise_hosts, "*", 0, "to whom PIPELINING is offered", "RFC2920-3")
HOSTS(pipelining_connect_advertise_hosts, "*", 0, "to whom early pipelining is offered",
    "SEED-PIPE-CONNECT")
LIST(pipelining_connect_keyword, "PIPECONNECT", CONF_OURS,
    "names of early pipelining: the first is offered, each is understood", "SEED-PIPE-CONNECT")
TEXT(primary_hostname, "", 0, "name of this host; default: what the system says")
TEXT(qualify_domain, "", 0, "domain for senders without one; default: primary_hostname")
TEXT(qualify_recipient, "", 0, "domain for recipients without one; default: qualify_domain")
DOMAINS(queue_domains, "", 0, "domains that wait for a queue run")
BOOL(queue_only, "false", 0, "take messages and leave delivery to queue runs")
FIXED(queue_only_load, "", 0, "system load above which deliveries wait")
BOOL(queue_run_in_order, "false", 0, "queue runs go by the age of messages")
INT(queue_run_max, "5", 0, 1000, CONF_PLAIN, "queue runs at once; 0: any")
DOMAINS(queue_smtp_domains, "", 0, "domains whose SMTP deliveries wait for a queue run")
TEMPLATE(received_header_text, "", CONF_EMPTY_ONLY, "text of Received:")
INT(received_headers_max, "100", 1, 1000000, 0, "Received: fields that show a loop", "RFC5321-6.3")
INT(recipients_max, "50000", 0, 1000000, 0, "recipients in one transaction; 0: no limit of policy",
    "RFC5321-4.5.3.1.8")
BOOL(recipients_max_reject, "false", 0, "refuse the message when there are more",
    "RFC5321-4.5.3.1.10")
INT(remote_max_parallel, "2", 1, 1000, CONF_UNUSED,
    "most deliveries of one message to other hosts at once; they go one after the other")
TIME(retry_data_expire, "1w", 0, 0, 0,
    "age at which retry data and cached EHLO answers are forgotten")
TIME(retry_interval_max, "1d", 0, 0, 0, "longest wait between tries")
BOOL(return_path_remove, "true", CONF_UNUSED, "Return-path: is taken off messages that come in",
    "RFC5321-4.4")
HOSTS(rfc1413_hosts, "", CONF_EMPTY_ONLY, "whom to ask for the identity behind a connection")
INT(smtp_accept_max, "20", 0, 100000, 0, "connections at once; 0: as many as threads can be had",
    "RFC5321-3.1")
INT(smtp_accept_max_nonmail, "10", 0, 1000000, 0, "commands that do no mail, in one connection")
HOSTS(smtp_accept_max_nonmail_hosts, "*", 0, "to whom smtp_accept_max_nonmail applies")
INT(smtp_accept_max_per_connection, "1000", 0, 1000000, 0,
    "messages in one connection; 0: no limit", "RFC5321-3.8")
INT(smtp_accept_max_per_host, "0", 0, 100000, CONF_PLAIN,
    "connections of one address at once; 0: no limit", "RFC5321-3.1")
TEMPLATE(smtp_banner, "$smtp_active_hostname ESMTP refmta $tod_full", 0, "text of the greeting",
    "RFC5321-4.2")
INT(smtp_connect_backlog, "200", 1, 4096, 0, "connections that wait to be accepted")
BOOL(smtp_enforce_sync, "true", 0, "refuse input that comes before the reply it must wait for",
    "RFC2920-3.1")
INT(smtp_max_synprot_errors, "3", 0, 1000000, 0, "errors of syntax and order before a 421")
INT(smtp_max_unknown_commands, "3", 0, 1000000, 0, "unknown commands before a 421")
TIME(smtp_receive_timeout, "5m", 1, 604800, CONF_PLAIN, "longest wait for a command or more data",
    "RFC5321-4.5.3.2.7")
HOSTS(smtputf8_advertise_hosts, "*", 0, "to whom SMTPUTF8 is offered", "RFC6531-3.1")
TEMPLATE(spf_guess, "v=spf1 a/24 mx/24 ptr ?all", 0,
    "record that spf_guess takes for a domain without one")
TEMPLATE(spf_smtp_comment_template, "Please%_see%_http://www.open-spf.org/Why", 0,
    "explanation for a failed SPF check")
BOOL(split_spool_directory, "false", 0, "a level of directories below input")
TEXT(spool_directory, "/var/spool/refmta", 0, "where messages are kept; an absolute path")
TEXT(srs_config, "", 0, "all of SRS in one: secret:maxage:hashlength:usetimestamp:usehash",
    "SEED-SRS")
INT(srs_hashlength, "6", 0, 1000, 0, "characters of an SRS hash that are made, 1 to 20", "SEED-SRS")
SIGNED(srs_hashmin, "-1", 0, "characters of an SRS hash that must be there; -1: srs_hashlength",
    "SEED-SRS")
INT(srs_maxage, "31", 0, 1000, 0, "days for which an SRS address is good, to 365", "SEED-SRS")
LIST(srs_secrets, "", 0, "secrets of SRS: the first signs, each verifies", "SEED-SRS")
BOOL(srs_usehash, "true", 0, "SRS addresses carry a hash", "SEED-SRS")
BOOL(srs_usetimestamp, "true", 0, "SRS addresses carry a day", "SEED-SRS")
BOOL(strict_acl_vars, "false", CONF_EMPTY_ONLY, "an ACL variable that was not set is an error")
TIME(timeout_frozen_after, "0s", 0, 0, 0, "age at which a frozen message is dropped; 0s: never")
TEXT(timezone, "", 0, "TZ for dates in logs and messages; UTC is taken as it is")
HOSTS(tls_advertise_hosts, "*", 0, "to whom STARTTLS is offered", "RFC3207-4")
HOSTS(tls_advertise_requiretls, "*", 0, "to whom REQUIRETLS is offered", "RFC8689-2")
TEMPLATE(tls_certificate, "", 0, "file with the server's certificates")
BOOL(tls_certificate_at_start, "true", CONF_OURS,
    "a server whose certificate cannot be used does not start")
TEMPLATE(tls_crl, "", 0, "file with revoked certificates")
TEXT(tls_library, "openssl", CONF_OURS, "openssl or gnutls")
TEMPLATE(tls_ocsp_file, "", 0, "file with a status of the certificate")
LIST(tls_on_connect_ports, "", 0, "ports where TLS begins at once, a list", "RFC8314-3")
TEMPLATE(tls_privatekey, "", 0, "file with the certificate's key")
TEMPLATE(tls_require_ciphers, "", 0, "what ciphers are allowed")
HOSTS(tls_resumption_hosts, "", 0, "to whom session tickets are given", "SEED-TLS-RESUME")
TIME(tls_ticket_key_lifetime, "1h", 1, 604800, CONF_OURS, "age at which a ticket key is replaced",
    "SEED-TLS-RESUME")
TIME(tls_ticket_lifetime, "2h", 1, 604800, CONF_OURS, "age at which a ticket is refused",
    "SEED-TLS-RESUME")
HOSTS(tls_try_verify_hosts, "", 0, "whose certificates are verified, without consequence")
TEMPLATE(tls_verify_certificates, "system", 0, "whom to believe about certificates")
HOSTS(tls_verify_hosts, "", 0, "who must show a certificate that is verified")
GROUPS(trusted_groups, CONF_UNUSED, "groups whose members may set senders of local messages")
USERS(trusted_users, CONF_UNUSED, "who may set senders of local messages")

#include "ref/conf/rows_end.h"
