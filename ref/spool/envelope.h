/* What refmta knows of a message besides its text: the contents of a -H file. The session fills it
   in, the spool writes and reads it. Text lives in the message's arena. RFC 5321 2.3.1; the file
   form is Exim's (docs/message-life.md). */
#ifndef REF_SPOOL_ENVELOPE_H
#define REF_SPOOL_ENVELOPE_H

#include "base/clock.h"
#include "base/span.h"
#include "base/vec.h"

/* RFC 3461 4.1; the values are those of the spool form. */
enum dsn_notify { DSN_NEVER = 2, DSN_SUCCESS = 4, DSN_FAILURE = 8, DSN_DELAY = 16 };
enum dsn_ret { DSN_RET_NONE = 0, DSN_RET_FULL = 1, DSN_RET_HDRS = 2 };

struct recipient {
    span address;
    span orcpt;      /* as received, xtext: "rfc822;b+2Bx@x.test"; empty: none */
    unsigned notify; /* enum dsn_notify bits; 0: not given */
    span errors_to;  /* empty: none */
    int parent;      /* number of the recipient it was made from, counted from 1; 0 or -1: none */
};

/* One header field, its text ending in LF; continuation lines inside. */
struct header {
    char type; /* ' ' B C F I P R S T, or '*' for one that is kept but not sent */
    span text;
};

struct acl_variable {
    bool message; /* $acl_m_, else $acl_c_ */
    bool tainted; /* the value came from outside: "--aclm" */
    span quoter;  /* lookup type it was quoted for: "--(type)aclm"; empty: none */
    span name;
    span value;
};

struct envelope {
    char id[24];             /* 16 or 23 characters, NUL-ended */
    span login;              /* who received it */
    long uid, gid;
    span sender;             /* empty: <> */
    instant received;        /* when reception began */
    instant complete;        /* when it was over; 0: not known */
    unsigned warnings;       /* delay warnings sent */
    span helo_name;
    span host_address;       /* "192.0.2.1"; empty: local */
    uint16_t host_port;
    span host_name;          /* verified name, or empty */
    span interface_address;
    uint16_t interface_port;
    span ident;
    span protocol;           /* "esmtp", "smtp", "local", ... */
    span auth_id, auth_sender, host_auth, host_auth_pubname;
    VEC(struct acl_variable) variables;
    bool wireformat;         /* -D holds CRLF lines */
    unsigned long body_lines;
    unsigned long longest_line;
    unsigned long zeros;     /* NUL octets in the body */
    bool first_delivery;     /* -deliver_firsttime */
    instant frozen;          /* 0: no */
    bool local, manual_thaw, smtputf8;
    span dsn_envid;          /* xtext as received */
    enum dsn_ret dsn_ret;
    span active_hostname;
    bool allow_unqualified_recipient, allow_unqualified_sender;
    bool fake_delivery;      /* -N */
    bool host_lookup_deferred, host_lookup_failed;
    bool local_error;        /* -localerror: a bounce of ours */
    bool sender_set_untrusted;
    span local_scan, debug_selector, debuglog_name;
    span spam_bar, spam_score, spam_score_int;
    span bmi_verdicts;       /* base64 texts with ":" between */
    bool tls_certificate_verified;
    span tls_cipher, tls_peerdn, tls_sni, tls_ver;
    span tls_peercert, tls_ourcert; /* PEM in one line, "\n" for its line ends, as in the file */
    unsigned long tls_ocsp;  /* 0: not asked */
    unsigned tls_resumption; /* bits; 0 in cleartext */
    bool requiretls;         /* RFC 8689 4.1 */
    bool utf8_downconvert, utf8_optional_downconvert;
    uint64_t taint_flipped;  /* rows of header_file.c whose taint mark was read otherwise than we
                                write it; 0 for what we receive */
    VEC(span) done;          /* the non-recipients tree: finished addresses */
    VEC(struct recipient) recipients;
    VEC(struct header) headers;
    VEC(span) other;         /* `-` lines that this program does not know, kept as read */
};

#endif
