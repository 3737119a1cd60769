/* The extensions, as a table: keyword, to whom it is offered, and by how much it lengthens command
   lines. EHLO prints it; nothing is taken from a client that it was not offered. */
#ifndef REF_SMTP_EXTENSIONS_H
#define REF_SMTP_EXTENSIONS_H

#include "base/buf.h"
#include "ref/smtp/session.h"
#include "ref/smtp/verbs.h"

/* In the order in which EHLO tells them. */
enum smtp_extension {
    SMTP_EXT_SIZE,
    SMTP_EXT_8BITMIME,
    SMTP_EXT_DSN,
    SMTP_EXT_VRFY,
    SMTP_EXT_PIPELINING,
    SMTP_EXT_EARLY,
    SMTP_EXT_AUTH,
    SMTP_EXT_CHUNKING,
    SMTP_EXT_ENHANCED,
    SMTP_EXT_SMTPUTF8,
    SMTP_EXT_STARTTLS,
    SMTP_EXT_REQUIRETLS,
    SMTP_EXT_HELP,
    SMTP_EXT_COUNT
};

struct smtp_extension_row {
    const char *keyword;    /* NULL: the first of pipelining_connect_keyword */
    bool (*offered)(struct smtp_session *s);
    void (*argument)(struct smtp_session *s, struct buf *out); /* NULL: none */
    size_t mail_octets, rcpt_octets; /* what it adds to the command line limit */
    const char *clause;
};
extern const struct smtp_extension_row smtp_extensions[SMTP_EXT_COUNT];

/* RFC 5321 4.5.3.1.4 */
#define SMTP_COMMAND_OCTETS 512

/* True if the last EHLO of this session offered it. */
static inline bool smtp_offered(const struct smtp_session *s, enum smtp_extension which)
{
    return (s->offer >> which & 1) != 0;
}
/* Early pipelining would be offered now: a client that knows that may speak before it is greeted. */
bool smtp_early_offered(struct smtp_session *s);
/* What EHLO offers now, and its lines, each after a line feed. */
smtp_offer smtp_extensions_offer(struct smtp_session *s, struct buf *out);
/* Whether AUTH would be offered now, or could be under TLS. */
enum smtp_auth_offer { SMTP_AUTH_NONE, SMTP_AUTH_ELSEWHERE, SMTP_AUTH_OFFERED };
enum smtp_auth_offer smtp_auth_offer_now(struct smtp_session *s);
/* Longest command line with CRLF for this verb, extensions included. */
size_t smtp_command_octets(const struct smtp_session *s, const struct smtp_verb_rule *rule);

#endif
