/* What a draft needs to know about a dialogue as a whole before it can write its first line. */
#ifndef PCAP_DRAFT_FACTS_H
#define PCAP_DRAFT_FACTS_H

#include "pcap/dialogue.h"

typedef VEC(span) draft_spans;

/* Addresses of RCPT commands that were answered 2xx, each once; what is no plain address is left out.
   They borrow from the dialogue. */
void draft_recipients(const struct dialogue *d, struct arena *arena, draft_spans *all);
/* The client said something that only this EHLO keyword allows. */
bool draft_rests_on(const struct dialogue *d, span keyword);
/* What the conversation needs of a server, as a scenario's `need` has it: words separated by blanks, ""
   for none. */
const char *draft_needs(const struct dialogue *d, struct arena *arena);
/* TLS begins before anything is said. */
bool draft_is_implicit(const struct dialogue *d);
/* Octets of an id of Exim's that begins text: 6-6-2 before release 4.97, 6-11-4 since. 0: none does. */
size_t draft_exim_id(span text);
/* A message id stands in the text of a reply: Exim's shapes, or what Postfix writes behind "queued as". */
bool draft_shows_id(span text);

#endif
