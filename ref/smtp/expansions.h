/* The language in a session: expansions with the session's facts, the peer's name when it is asked
   for, nested ACLs out of expansions. */
#ifndef REF_SMTP_EXPANSIONS_H
#define REF_SMTP_EXPANSIONS_H

#include "ref/smtp/session.h"

/* Ready to be used; results live until the next command. */
struct expansion *smtp_expansion(struct smtp_session *s);
/* Forgets the results of the command before. */
void smtp_expansions_next(struct smtp_session *s);
void smtp_expansions_end(struct smtp_session *s);

/* An option's text; *text is empty when it cannot be had, which is logged. */
void smtp_option_text(struct smtp_session *s, const char *option, const struct template *t,
                      span *text);
/* Whether the peer is in an option's host list; a list that defers says no, and is logged. */
bool smtp_peer_listed(struct smtp_session *s, const char *option, const struct host_list *list);

/* The peer's name, looked up once; in the facts and in log lines from then on. */
bool smtp_host_name(struct smtp_session *s, bool *deferred);

/* The recipient or whatever address is at hand, for $local_part and $domain: in small letters. */
void smtp_address_facts(struct smtp_session *s, span local_part, span domain);

#endif
