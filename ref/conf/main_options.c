/* A feature is a row: reading, defaults, -bP, the builtin _OPT_MAIN_* macros and the option
   reference all come from here. Defaults are Exim's, but for received_headers_max (RFC 5321 6.3
   asks for 100) and for lists that would advertise what this server cannot do. */
#include "ref/conf/main_options.h"

#include "base/rows.h"

#define BOOL(name, fallback, flags, doc, clause)                                                \
    {#name, CONF_BOOL, CONF_FIELD(struct conf_main, bool, name), fallback, 0, 0, flags, doc, clause}
#define INT(name, fallback, least, most, doc, clause)                                           \
    {#name, CONF_INT, CONF_FIELD(struct conf_main, uint64_t, name), fallback, least, most, 0,    \
     doc, clause}
#define TIME(name, fallback, least, most, doc, clause)                                          \
    {#name, CONF_TIME, CONF_FIELD(struct conf_main, millis, name), fallback, least, most, 0,     \
     doc, clause}
#define TEXT(name, fallback, flags, doc)                                                        \
    {#name, CONF_TEXT, CONF_FIELD(struct conf_main, const char *, name), fallback, 0, 0, flags,  \
     doc, ""}
#define HOSTS(name, fallback, flags, doc, clause)                                               \
    {#name, CONF_HOSTS, CONF_FIELD(struct conf_main, struct host_list, name), fallback, 0, 0,    \
     flags, doc, clause}

const struct conf_option conf_main_options[] = {
    BOOL(accept_8bitmime, "true", 0, "offer 8BITMIME", "RFC6152-2"),
    {"accept_recipients", CONF_ADDRESSES,
     CONF_FIELD(struct conf_main, struct address_list, accept_recipients), "", 0, 0, CONF_OURS,
     "address patterns of the recipients that are taken", "RFC5321-3.3"},
    HOSTS(auth_advertise_hosts, "", CONF_EMPTY_ONLY, "to whom AUTH is offered", "RFC4954-3"),
    HOSTS(chunking_advertise_hosts, "*", 0, "to whom CHUNKING is offered", "RFC3030-2"),
    TEXT(daemon_smtp_ports, "smtp", 0, "ports to listen on, a list"),
    BOOL(disable_ipv6, "false", 0, "leave IPv6 interfaces out", ""),
    HOSTS(dsn_advertise_hosts, "", 0, "to whom DSN is offered", "RFC3461-3"),
    TEXT(exim_path, "/usr/sbin/refmta", CONF_UNUSED,
         "path of the program, for children it starts"),
    TEXT(gecos_name, "", CONF_UNUSED, "name of a local sender, from the password file"),
    TEXT(gecos_pattern, "", CONF_UNUSED, "pattern for the password file's name field"),
    INT(header_line_maxsize, "0", 0, 0,
        "longest header field in octets with its continuation lines; 0: none", "RFC5322-2.1.1"),
    INT(header_maxsize, "1M", 1024, 1 << 28, "largest header section in octets", ""),
    HOSTS(host_lookup, "", CONF_EMPTY_ONLY, "whose names are looked up", ""),
    TEXT(keep_environment, "", CONF_UNUSED, "environment variables that children see"),
    TEXT(local_interfaces, "<; ::0 ; 0.0.0.0", 0, "addresses to listen on, a list"),
    INT(localhost_number, "0", 0, 16, "number of this host among those that share a spool", ""),
    TEXT(log_file_path, "", 0, "log files, with %s for main, reject, panic"),
    TEXT(log_selector, "", 0, "what log lines show: +name -name ..."),
    BOOL(log_timezone, "false", 0, "zone behind each time in the logs", ""),
    INT(message_size_limit, "50M", 0, UINT64_C(1) << 50, "largest message in octets; 0: none",
        "RFC1870-4"),
    TEXT(pid_file_path, "", 0, "file for the daemon's process number"),
    HOSTS(pipelining_advertise_hosts, "*", 0, "to whom PIPELINING is offered", "RFC2920-3"),
    HOSTS(pipelining_connect_advertise_hosts, "", CONF_EMPTY_ONLY,
          "to whom early pipelining is offered", ""),
    TEXT(primary_hostname, "", 0, "name of this host; default: what the system says"),
    TEXT(qualify_domain, "", 0, "domain for addresses without one; default: primary_hostname"),
    BOOL(queue_only, "false", 0, "take messages and leave delivery to queue runs", ""),
    INT(received_headers_max, "100", 1, 1000000, "Received: fields that show a loop",
        "RFC5321-6.3"),
    INT(recipients_max, "50000", 0, 1000000,
        "recipients in one transaction; 0: no limit of policy", "RFC5321-4.5.3.1.8"),
    BOOL(recipients_max_reject, "false", 0, "refuse the message when there are more",
         "RFC5321-4.5.3.1.10"),
    HOSTS(rfc1413_hosts, "", CONF_EMPTY_ONLY, "whom to ask for the identity behind a connection",
          ""),
    INT(smtp_accept_max, "20", 0, 100000, "connections at once; 0: as many as threads can be had",
        "RFC5321-3.1"),
    INT(smtp_accept_max_nonmail, "10", 0, 1000000, "commands that do no mail, in one connection",
        ""),
    HOSTS(smtp_accept_max_nonmail_hosts, "*", 0, "to whom smtp_accept_max_nonmail applies", ""),
    INT(smtp_accept_max_per_connection, "1000", 0, 1000000,
        "messages in one connection; 0: no limit", "RFC5321-3.8"),
    INT(smtp_accept_max_per_host, "0", 0, 100000,
        "connections of one address at once; 0: no limit", "RFC5321-3.1"),
    {"smtp_banner", CONF_BANNER, CONF_FIELD(struct conf_main, struct conf_banner, smtp_banner),
     "$smtp_active_hostname ESMTP refmta $version_number $tod_full", 0, 0, 0,
     "text of the greeting", "RFC5321-4.2"},
    INT(smtp_connect_backlog, "200", 1, 4096, "connections that wait to be accepted", ""),
    BOOL(smtp_enforce_sync, "true", 0,
         "refuse input that comes before the reply it must wait for", "RFC2920-3.1"),
    INT(smtp_max_synprot_errors, "3", 0, 1000000, "errors of syntax and order before a 421", ""),
    INT(smtp_max_unknown_commands, "3", 0, 1000000, "unknown commands before a 421", ""),
    TIME(smtp_receive_timeout, "5m", 1, 604800, "longest wait for a command or more data",
         "RFC5321-4.5.3.2.7"),
    HOSTS(smtputf8_advertise_hosts, "*", 0, "to whom SMTPUTF8 is offered", "RFC6531-3.1"),
    BOOL(split_spool_directory, "false", 0, "a level of directories below input", ""),
    TEXT(spool_directory, "/var/spool/refmta", 0, "where messages are kept; an absolute path"),
    TEXT(timezone, "", 0, "TZ for dates in logs and messages; UTC is taken as it is"),
    HOSTS(tls_advertise_hosts, "", CONF_EMPTY_ONLY, "to whom STARTTLS is offered", "RFC3207-4"),
    TEXT(trusted_users, "", CONF_UNUSED, "who may set senders of local messages, a list"),
};
const size_t conf_main_option_count = sizeof conf_main_options / sizeof *conf_main_options;

const struct conf_option *conf_main_option_find(span name)
{
    return ROWS_FIND(conf_main_options, name);
}
