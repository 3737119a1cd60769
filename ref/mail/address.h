/* Addresses of the envelope: RFC 5321 4.1.2 and 4.1.3, RFC 6531 3.3 where UTF-8 is allowed.
   Knows how a path is spelled; does not know which ones are welcome. The spans of a parsed address
   borrow from the input. */
#ifndef REF_MAIL_ADDRESS_H
#define REF_MAIL_ADDRESS_H

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"

/* RFC 5321 4.5.3.1.1-3, octets. */
#define MAIL_LOCAL_PART_LIMIT 64
#define MAIL_DOMAIN_LIMIT 255
#define MAIL_PATH_LIMIT 256 /* with "<" and ">" */
#define MAIL_LABEL_LIMIT 63 /* RFC 1035 2.3.4 */

enum mail_domain_kind {
    MAIL_DOMAIN_NONE,    /* <> or <postmaster> */
    MAIL_DOMAIN_NAME,    /* example.org */
    MAIL_DOMAIN_IPV4,    /* [192.0.2.1] */
    MAIL_DOMAIN_IPV6,    /* [IPv6:2001:db8::1] */
    MAIL_DOMAIN_GENERAL, /* [tag:content] */
    MAIL_DOMAIN_KIND_COUNT
};

struct mail_address {
    span text;   /* the mailbox as written, without a source route: what the envelope keeps */
    span local;  /* Local-part as written, quotes included */
    span domain; /* with brackets when it is a literal */
    span route;  /* "@a,@b" of a source route, which is dropped; empty: none */
    enum mail_domain_kind kind;
    bool null;   /* <> */
    bool quoted; /* local-part is a quoted-string */
    bool utf8;   /* holds octets above 127. Also set when the address was refused for one of them
                    with utf8 not allowed: that is 550/553 5.6.7, RFC 6531 3.5 */
};

/* What a path has to be. */
enum mail_path {
    MAIL_REVERSE_PATH, /* Path or <> */
    MAIL_FORWARD_PATH, /* Path or <postmaster> in any case, RFC 5321 4.1.1.3 */
    MAIL_PATH_COUNT
};

/* Takes "<...>" at the cursor; what follows is left there. On failure the cursor has not moved and
   err.at is the offset in c->in. ERR_SYNTAX: what names the rule ("Local-part: ..."); ERR_LIMIT: a
   part is longer than RFC 5321 4.5.3.1 has it. */
err mail_path_take(struct cursor *c, enum mail_path which, bool utf8,
                   struct mail_address *a) MUST_CHECK;
/* The whole text is one path in angle brackets. */
err mail_path_parse(span text, enum mail_path which, bool utf8, struct mail_address *a) MUST_CHECK;
/* The whole text is a Mailbox without brackets: arguments, command-line options, lists. */
err mail_mailbox_parse(span text, bool utf8, struct mail_address *a) MUST_CHECK;

/* Whole text is a Domain / an address-literal "[...]": for EHLO and HELO. */
err mail_domain_parse(span text, bool utf8) MUST_CHECK;
err mail_literal_parse(span text, enum mail_domain_kind *kind) MUST_CHECK;
/* The name is that domain, or below it, whatever the case. Neither need be good. */
bool mail_domain_below(span name, span domain);
/* RFC 5321 4.1.3 IPv4-address-literal and IPv6-addr, without brackets and tag. */
bool mail_is_ipv4(span text);
bool mail_is_ipv6(span text);

/* Where the "@" between Local-part and Domain of a mailbox is, also where both hold others; SPAN_NONE: none. The
   text need not be a good address. */
size_t mail_at_sign(span mailbox);

/* The meaning of the local-part: without quotes and backslashes. */
void mail_local_part_put(const struct mail_address *a, struct buf *out);

#endif
