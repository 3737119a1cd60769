/* Session and transaction are two lifetimes: whatever ends a transaction comes through here, so
   that nothing of one message can be seen by the next (RFC 5321 4.1.4, 4.1.1.5). */
#include "ref/smtp/transaction.h"

#include "ref/smtp/receive.h"
#include "ref/smtp/session.h"

/* "esmtp", with what was agreed on. */
static span protocol_name(const struct smtp_session *s)
{
    const char *tls = s->tls == NULL ? "" : s->tx.params.requiretls ? "S" : "s";
    return span_text(arena_printf(s->tx.arena, "%s%s%s%s%s", s->tx.params.utf8 ? "utf8" : "",
                                  s->peer->tcp ? "" : "local-", s->extended ? "esmtp" : "smtp", tls,
                                  s->authenticated != NULL ? "a" : ""));
}

void smtp_transaction_begin(struct smtp_session *s, span sender,
                            const struct smtp_mail_params *params)
{
    smtp_transaction_end(s);
    struct smtp_transaction *tx = &s->tx;
    tx->open = true;
    tx->arena = arena_new();
    tx->sender = arena_copy(tx->arena, sender);
    tx->params = *params;
    tx->params.envid = arena_copy(tx->arena, params->envid);
    tx->params.auth = arena_copy(tx->arena, params->auth);
    tx->changes.arena = tx->arena;
    tx->changes.requiretls = params->requiretls;
    tx->changes.marks = s->controls.marks;
    acl_variables_reset(&s->expansions.variables);
    s->message_facts = (struct facts_message){
        .sender_address = tx->sender, .return_path = tx->sender, .size = params->size,
        .received = clock_now(s->server->clock), .received_protocol = protocol_name(s),
        .requiretls = &tx->changes.requiretls, .queue_name = tx->changes.marks.queue,
        .smtputf8 = params->utf8};
}

void smtp_transaction_add(struct smtp_session *s, const struct recipient *recipient)
{
    struct recipient *r = vec_push(s->tx.arena, &s->tx.recipients);
    *r = *recipient;
    r->address = arena_copy(s->tx.arena, recipient->address);
    r->orcpt = arena_copy(s->tx.arena, recipient->orcpt);
    vec_add(s->tx.arena, &s->tx.addresses, r->address);
    vec_add(s->tx.arena, &s->tx.optins, s->tx.changes.bmi_optin);
    s->message_facts.recipients = s->tx.addresses.at;
    s->message_facts.recipient_count = s->tx.addresses.count;
}

void smtp_transaction_end(struct smtp_session *s)
{
    if (s->tx.open) {
        smtp_receive_close(s->tx.text);
        arena_free(s->tx.arena);
    }
    s->tx = (struct smtp_transaction){0};
    s->expansions.facts.seal = NULL;
    if (s->expansions.x.lookups != NULL) {
        lookup_cache_forget(s->expansions.x.lookups); /* the next message looks for itself */
    }
    s->message_facts = (struct facts_message){.queue_name = s->controls.marks.queue};
    acl_variables_reset(&s->expansions.variables);
}

void smtp_transaction_abandon(struct smtp_session *s, const char *word)
{
    if (s->tx.open) {
        struct log_details details = {
            .text = span_text(word),
            .sender = s->tx.sender,
            .recipients = s->tx.addresses.at,
            .recipient_count = s->tx.addresses.count,
        };
        smtp_session_log(s, LOG_EVENT_INCOMPLETE, &details);
    }
    smtp_transaction_end(s);
}
