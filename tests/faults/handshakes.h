/* What handshakes.c does in functions that other files wrap. */
#ifndef TESTS_FAULTS_HANDSHAKES_H
#define TESTS_FAULTS_HANDSHAKES_H

#include "ref/client/session.h"
#include "ref/smtp/session.h"
#include "ref/tls/engine.h"

/* Behind smtp_tls_begin(), which said whether TLS stands. */
bool fault_tls_begun(struct smtp_session *s, bool stands);
/* Before tls_server_start(). */
void fault_server_wants(struct tls_settings *settings, struct tls_server_wants *wants);
/* Behind tls_server_start() and tls_client_start(): it failed after all. */
err fault_handshake_judged(struct tls **session);
/* Behind tls_tickets_find(). */
bool fault_key_opens(bool found);

/* What is offered beside what the reply to EHLO says. */
unsigned fault_offers_left(const struct client_offers *offers);
/* Before client_reply_read(): true if *reply is not waited for. And behind it. */
bool fault_reply_unheard(struct client_reader *reader, struct client_reply *reply);
void fault_reply_judged(struct client_reply *reply);

/* Before client_hear(): in an early session an answer that nobody waits for (early.c). */
bool fault_early_unheard(struct client *c, struct client_note *note, struct client_reply *reply);

#endif
