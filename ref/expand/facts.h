/* What variables stand for. Plain values that the stations of the flow fill in as they learn them;
   ref/expand/variables.c is the table that gives each its $name. A pointer that is NULL makes all
   variables of its group empty. A feature adds its fields here and its rows there.
   Every span that came from the peer is marked in the variables' table as tainted. */
#ifndef REF_EXPAND_FACTS_H
#define REF_EXPAND_FACTS_H

#include "base/clock.h"
#include "base/socket.h"
#include "base/span.h"
#include "base/vec.h"

/* A text with its taint: whether any of it came from a peer. */
struct value {
    span text;
    bool tainted;
};

/* The server: constant while a snapshot lives. */
struct facts_server {
    span primary_hostname, qualify_domain, qualify_recipient, spool_directory, log_file_path;
    span config_file, version_number, exim_path, pid_file_path;
    long uid, gid, pid;
    const struct clock *clock;          /* $tod_*, stamps of SRS */
    bool timestamps_utc;                /* timezone = UTC */
    const span *environment;            /* "NAME=text", the first of a name counts */
    size_t environment_count;
};

/* One TLS session, inward or outward. */
struct facts_tls {
    span cipher, ver, peerdn, sni;
    span ourcert, peercert;             /* PEM, for certextract */
    unsigned bits, ocsp, resumption;    /* resumption: bits 0 to 4 */
    bool certificate_verified;
};

/* Who sends to us. */
struct facts_peer {
    span host_address, host_name, helo_name, ident, authenticated_id, auth_mech, auth1, auth2, auth3;
    span interface_address;             /* $received_ip_address */
    span smtp_command, smtp_command_argument, active_hostname;
    unsigned host_port, interface_port; /* $sender_host_port, $received_port */
    bool host_secure;                   /* name found with DNSSEC */
    const struct facts_tls *tls;        /* NULL in clear text */
    size_t connection_count;
    span login;                         /* $caller..., local submission */
};

/* A header field as the message has it: "Name: text\n", folded as it came. */
struct facts_header {
    span text;
    bool removed;
};

/* The message, as far as it is there. */
struct facts_message {
    span id, sender_address, return_path, received_protocol, body, body_end;
    span authenticated_sender, dsn_envid, dsn_ret;
    const struct facts_header *headers;
    size_t header_count;
    const span *recipients;
    size_t recipient_count;
    uint64_t size, body_size, body_linecount, body_zerocount;
    uint64_t lines_received;            /* in the ACLs for the text; 0: count what stands here */
    instant received;
    unsigned received_count;
    const char *queue_name;             /* NULL or empty: the usual one */
    bool first_delivery, frozen, smtputf8;
    const bool *requiretls;             /* NULL counts as no */
    size_t rcpt_count;
    span dcc_header, dcc_result;        /* once `dcc =` has asked */
};

/* The address at hand: in RCPT and its ACL, in a router, in a transport. */
struct facts_address {
    span local_part, domain, local_part_prefix, local_part_suffix;
    span local_part_data, domain_data, sender_data, recipient_data;
    struct value address_data, sender_address_data;
    span original_local_part, original_domain, parent_local_part, parent_domain;
    span home, router_name, transport_name, srs_recipient, self_hostname;
    span srs_orig_sender, srs_orig_recipient, srs_db_address, srs_db_key;
    span srs_status;                    /* Exim has the name, and never a value */
    bool bmi_drop;                      /* $bmi_deliver is 0 */
    span bmi_alt_location, bmi_verdict, bmi_tracker;
    span address_file;                  /* a path out of redirection */
    uint64_t inode;                     /* of the file that a message is written to */
    span recipient_verify_failure, sender_verify_failure; /* "mail", "recipient", "route", ... */
    const struct facts_variable *variables; /* $r_..., the last of a name counts */
    size_t variable_count;
};

/* What DKIM and ARC found in the message. Written by the session and by `set` in the DKIM ACL. */
struct facts_seal {
    span arc_state, arc_state_reason, arc_domains; /* empty until `verify = arc` ran */
    unsigned arc_oldest_pass;
    span dkim_signers;                  /* d= and i= of all signatures */
    span dkim_verify_signers;           /* the option's text */
    /* Of the signature for which the DKIM ACL runs: */
    span dkim_cur_signer, dkim_verify_status, dkim_verify_reason;
    span dkim_domain, dkim_identity, dkim_selector, dkim_algo, dkim_canon_body, dkim_canon_headers;
    span dkim_copiedheaders, dkim_bodylength, dkim_created, dkim_expires, dkim_headernames;
    span dkim_key_testing, dkim_key_nosubdomains, dkim_key_srvtype, dkim_key_granularity;
    span dkim_key_notes, dkim_key_length;
};

/* What SPF and DMARC found of the message; all of it empty until their conditions ran. */
struct facts_policy {
    span spf_result, spf_received, spf_header_comment, spf_smtp_comment, spf_used_domain;
    bool spf_result_guessed;
    span spf_guess;                     /* the option's value */
    span dmarc_status, dmarc_status_text, dmarc_used_domain, dmarc_domain_policy;
    bool dmarc_alignment_spf, dmarc_alignment_dkim;
};

/* The host that we speak to. */
struct facts_host {
    span host, host_address, sending_ip_address;
    unsigned host_port, sending_port;
    const struct facts_tls *tls;
    span event_name, event_data, event_defer_errno;
};

/* $acl_c_*, $acl_m_*, $acl_arg1 to 9, $acl_narg. */
struct facts_variable {
    span name;                          /* "c0", "m_foo" */
    span value;
    bool tainted;
};
struct acl_arguments {
    span at[9];
    bool tainted[9];
    size_t count;
};
struct acl_variables {
    VEC(struct facts_variable) connection, message;
    struct arena *connection_arena, *message_arena;
    struct acl_arguments arguments;
    span verify_message, smtp_notquit_reason; /* $acl_verify_message, $smtp_notquit_reason */
};

struct facts {
    const struct facts_server *server;
    const struct facts_peer *peer;
    const struct facts_message *message;
    struct facts_address *address;      /* written by conditions ($domain_data, $srs_recipient) */
    const struct facts_host *host;
    struct facts_seal *seal;            /* NULL: no message has come */
    const struct facts_policy *policy;
    struct acl_variables *acl;
};

#endif
