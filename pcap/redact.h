/* Names out of captures. What identifies people and machines is replaced, the same by the same each
   time: addresses, domains, hosts, IP addresses, the words of headers and bodies, and secrets.
   Structure stays: line ends, line lengths as far as names allow, MIME boundaries, dots. */
#ifndef PCAP_REDACT_H
#define PCAP_REDACT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/span.h"

struct redaction;

struct redaction *redaction_new(struct arena *arena);
/* Mail for this domain was accepted: it becomes one of the target's own (test.ex). */
void redaction_local_domain(struct redaction *r, span domain);

/* A line of commands or the like: addresses, domains and IP addresses in it. */
void redaction_text(struct redaction *r, span text, struct buf *out);
/* A host's name, also one without a dot. */
void redaction_host(struct redaction *r, span name, struct buf *out);
/* A mailbox, also one without a domain, as VRFY and EXPN have them. */
void redaction_mailbox(struct redaction *r, span name, struct buf *out);
/* A message, or a part of one: header fields keep their names, what describes MIME parts, but for their
   names, and the date stay, all other words become x and 0. */
void redaction_message(struct redaction *r, span octets, struct buf *out);

#endif
