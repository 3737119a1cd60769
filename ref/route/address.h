/* An address on its way: what routing makes of a recipient and what a transport reports about it.
   Made by ref/queue from the envelope, given a transport by ref/route, an outcome by
   ref/transport. All of it lives in the arena of one delivery round. */
#ifndef REF_ROUTE_ADDRESS_H
#define REF_ROUTE_ADDRESS_H

#include "base/clock.h"
#include "base/socket.h"
#include "base/span.h"
#include "base/vec.h"

#include <sys/types.h>

struct bmi_verdict;
struct conf_router;
struct facts_variable;
struct conf_transport;

/* A host to try, in order. The list of a host is worked through by the transport. */
struct route_host {
    span name;                    /* MX or configured name; the address's text if it was an address */
    struct address address;       /* port 0: the transport's own */
    int preference;               /* of the MX; -1: none */
    bool secure;                  /* name and address came by DNSSEC */
    bool mx_secure;               /* the MX record did */
    bool implicit_mx;             /* no MX record: the domain itself (RFC 5321 5.1) */
};

enum delivery_outcome {
    DELIVERY_NONE,                /* nothing tried yet */
    DELIVERY_DONE,
    DELIVERY_DEFERRED,
    DELIVERY_FAILED,
    DELIVERY_DISCARDED            /* :blackhole: */
};

/* Why, in words and codes: for the log, the retry record and the reports. Texts may be empty. */
struct delivery_result {
    enum delivery_outcome outcome;
    int error;                    /* errno, or one of enum delivery_error; 0: none */
    int more;                     /* the reply's code class detail, Exim's more_errno: 'M','R','D'... */
    span text;                    /* "SMTP error from remote mail server after RCPT TO:<..>: 550 no" */
    span reply;                   /* the remote's words alone: "550 no" */
    span status;                  /* "5.1.1" where the reply or we know it; else empty */
    const struct route_host *host;/* last tried, or NULL */
    bool host_wide;               /* the failure is the host's, not the address's: retry by host */
    span greeting, helo_response; /* first lines that the remote said (DSN extra information) */
    span confirmation;            /* C="..." */
    uint64_t size;                /* octets of text handed over: S= */
    bool dsn_passed;              /* the remote speaks DSN and was given the parameters */
    bool pipelined, early, chunked, fast_open, fast_open_data;
    span tls_cipher, tls_peerdn;  /* X= and DN=, empty in clear text */
    bool tls_verified;
    unsigned tls_resumption;
    span detail;                  /* PS= */
    span authenticator;           /* A= */
    span dkim;                    /* DKIM=: signatures made, "domain:selector" with ":" between */
    span interface_address;
    unsigned interface_port;
    span file;                    /* what was written to, local transports */
    span shadow;                  /* ST=: name of the shadow transport, its failure in brackets */
    bool panic;                   /* a mistake of the administrator: for the panic log too */
    bool shared;                  /* has one copy with an address before it: "->" */
    instant started, ended;
    bool continued;               /* the connection was used before: "*" behind the host */
};

/* Exim's numbers, as logs print them: defer (-44). */
enum delivery_error {
    DELIVERY_ERROR_NOT_REGULAR = -4, DELIVERY_ERROR_OWNER = -6, DELIVERY_ERROR_MODE = -7,
    DELIVERY_ERROR_CHANGED = -8, DELIVERY_ERROR_LOCK_FAILED = -9, DELIVERY_ERROR_QUOTA = -22,
    DELIVERY_ERROR_FILTER = -24,
    DELIVERY_ERROR_UNKNOWN_HOST = -1, DELIVERY_ERROR_CONNECT_TIMEOUT = -20,
    DELIVERY_ERROR_HOST_IS_LOCAL = -3, DELIVERY_ERROR_FORMAT = -17, /* a reply that is none */
    DELIVERY_ERROR_LOST = -18, DELIVERY_ERROR_EXPANSION = -27, DELIVERY_ERROR_AUTH = -42,
    DELIVERY_ERROR_RETRY = -52, DELIVERY_ERROR_RCPT_4XX = -44, DELIVERY_ERROR_MAIL_4XX = -45,
    DELIVERY_ERROR_DATA_4XX = -46, DELIVERY_ERROR_BAD_REDIRECT = -13,
    DELIVERY_ERROR_TLS_REQUIRED = -38, DELIVERY_ERROR_TLS_FAILED = -37,
    DELIVERY_ERROR_HOST_RETRY = -54, DELIVERY_ERROR_LOCAL_RETRY = -53, DELIVERY_ERROR_NO_TRANSPORT = -30
};

struct header_text {
    span text;                    /* "Name: value\n" */
};

/* What SRS in libsrs_alt's way has done to an address; of the router that did it last. */
struct delivery_srs {
    span sender;                  /* the return path that was made; empty: none */
    span orig_sender, orig_recipient, db_address, db_key;
};

struct delivery_address {
    span address;                 /* what is routed: "local@domain" */
    span local_part, domain;      /* local part unquoted and without affixes; domain lower case */
    span prefix, suffix;
    span whole_local_part;        /* unquoted, as it came: with affixes and capitals */
    span unique;                  /* key in -J and in the non-recipients tree */
    struct delivery_address *parent;   /* NULL: a recipient of the envelope */
    size_t top;                   /* index of that recipient in the envelope */
    span orcpt;
    unsigned notify;              /* enum dsn_notify */
    bool shared;                  /* other recipients have this copy too; then of all of them: */
    unsigned notify_all;
    bool last_hop;                /* dsn_lasthop, or expanded to several: nothing is passed on */
    bool one_time, generated;     /* made by redirection */
    bool hidden;                  /* reports do not name it (hide_child_in_errmsg), but its ancestor */
    bool path;                    /* address is a path from redirection, "/..." : transport is set, it
                                     is not routed; one that ends in "/" is a directory */
    const struct conf_router *start;   /* where routing begins; NULL: at the first router */
    bool unseen;                  /* its router had `unseen`: a copy of it goes on */
    bool continued;               /* `unseen`: a copy of parent that goes on behind its router */
    span errors_to;               /* return path for this address; has_errors_to tells unset apart */
    bool has_errors_to;
    span address_data, local_part_data, domain_data, home, srs_recipient, self_hostname;
    struct delivery_srs srs;
    const struct bmi_verdict *verdict; /* of the recipient that it comes from; NULL: none */
    bool address_data_tainted;
    const struct facts_variable *variables;    /* $r_..., of `set`; what comes later counts */
    size_t variable_count;
    span directory;               /* transport_current_directory; home: transport_home_directory too */
    bool has_user, has_group, all_groups;      /* of the router: who a local delivery runs as */
    uid_t uid;
    gid_t gid;
    const char *user_name;        /* for all_groups */
    VEC(span) headers_add;        /* expanded, each ends in LF */
    VEC(span) headers_remove;     /* names */
    const struct conf_router *router;
    const struct conf_transport *transport;    /* NULL: not routed to one */
    const struct route_host *hosts;
    size_t host_count;
    struct delivery_result result;
};

/* The recipient of the envelope that it came from. */
static inline const struct delivery_address *delivery_top(const struct delivery_address *a)
{
    while (a->parent != NULL) {
        a = a->parent;
    }
    return a;
}

#endif
