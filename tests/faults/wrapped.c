/* Functions of the product as the linker's --wrap replaces them: the real one, unless the row that
   bears the name was chosen. */
#include "tests/faults/faults.h"

#include "ref/log/arrival.h"
#include "ref/mail/address.h"
#include "ref/mail/received.h"
#include "ref/smtp/policy.h"
#include "ref/smtp/receive.h"
#include "ref/smtp/text.h"
#include "ref/smtp/transaction.h"

#include "ref/smtp/command.h"
#include "ref/smtp/verbs.h"

#define REAL(name) __real_##name
#define WRAP(name) __wrap_##name

size_t REAL(smtp_text_take)(struct smtp_text *t, span in, unsigned char *out, size_t *out_len);
size_t WRAP(smtp_text_take)(struct smtp_text *t, span in, unsigned char *out, size_t *out_len);
struct smtp_reply REAL(smtp_policy_recipient)(const struct smtp_session *s, const struct mail_address *a);
struct smtp_reply WRAP(smtp_policy_recipient)(const struct smtp_session *s, const struct mail_address *a);
err REAL(spool_message_commit)(struct spool_message *m);
err WRAP(spool_message_commit)(struct spool_message *m);
err REAL(smtp_cmd_ehlo)(struct smtp_session *s, const struct smtp_command *c, struct smtp_reply *r);
err WRAP(smtp_cmd_ehlo)(struct smtp_session *s, const struct smtp_command *c, struct smtp_reply *r);
void REAL(mail_received_write)(const struct mail_received *r, struct buf *out);
void WRAP(mail_received_write)(const struct mail_received *r, struct buf *out);
void REAL(smtp_transaction_add)(struct smtp_session *s, const struct recipient *recipient);
void WRAP(smtp_transaction_add)(struct smtp_session *s, const struct recipient *recipient);
void REAL(log_arrival)(const struct log *log, const struct log_arrival *arrival);
void WRAP(log_arrival)(const struct log *log, const struct log_arrival *arrival);
void REAL(smtp_transaction_abandon)(struct smtp_session *s, const char *word);
void WRAP(smtp_transaction_abandon)(struct smtp_session *s, const char *word);

/* An octet at a time, so that each can be given another meaning. */
size_t WRAP(smtp_text_take)(struct smtp_text *t, span in, unsigned char *out, size_t *out_len)
{
    bool lf_ends = fault_is("lf-is-line-end"), keep_dot = fault_is("dot-not-removed");
    if (!lf_ends && !keep_dot) {
        return REAL(smtp_text_take)(t, in, out, out_len);
    }
    size_t len = 0, pos = 0;
    while (pos < in.len && !smtp_text_ended(t)) {
        size_t more = 0;
        unsigned char c = in.at[pos++];
        bool behind_cr = t->state == TEXT_CR || t->state == TEXT_CRLF_DOT_CR;
        if (lf_ends && c == '\n' && !behind_cr) {
            (void)REAL(smtp_text_take)(t, SPAN("\r"), out + len, &more);
            len += more;
        }
        if (keep_dot && t->state == TEXT_CRLF_DOT && c != '\r') {
            out[len++] = '.';
        }
        (void)REAL(smtp_text_take)(t, span_of(&c, 1), out + len, &more);
        len += more;
    }
    *out_len = len;
    return pos;
}

struct smtp_reply WRAP(smtp_policy_recipient)(const struct smtp_session *s, const struct mail_address *a)
{
    return fault_is("open-relay") ? smtp_reply_of(SMTP_RECIPIENT_OK) : REAL(smtp_policy_recipient)(s, a);
}

err WRAP(spool_message_commit)(struct spool_message *m)
{
    return fault_is("accepted-not-stored") ? OK : REAL(spool_message_commit)(m);
}

err WRAP(smtp_cmd_ehlo)(struct smtp_session *s, const struct smtp_command *c, struct smtp_reply *r)
{
    enum smtp_stage before = s->stage;
    err e = REAL(smtp_cmd_ehlo)(s, c, r);
    if (fault_is("ehlo-keeps-transaction") && (before == STAGE_MAIL || before == STAGE_RCPT)) {
        s->stage = before;
    }
    return e;
}

void WRAP(mail_received_write)(const struct mail_received *r, struct buf *out)
{
    if (fault_is("no-received")) {
        buf_put_text(out, "X-Received: by nobody\n");
        return;
    }
    REAL(mail_received_write)(r, out);
}

void WRAP(smtp_transaction_add)(struct smtp_session *s, const struct recipient *recipient)
{
    struct recipient changed = *recipient;
    if (fault_is("local-part-folded")) {
        unsigned char *text = arena_take(s->tx.arena, changed.address.len + 1);
        for (size_t i = 0; i < changed.address.len; i++) {
            text[i] = ascii_lower(changed.address.at[i]);
        }
        changed.address.at = text;
    }
    REAL(smtp_transaction_add)(s, &changed);
}

void WRAP(log_arrival)(const struct log *log, const struct log_arrival *arrival)
{
    struct log_arrival changed = *arrival;
    changed.recipient_count -= fault_is("log-forgets-recipient");
    REAL(log_arrival)(log, &changed);
}

void WRAP(smtp_transaction_abandon)(struct smtp_session *s, const char *word)
{
    if (!fault_is("ehlo-keeps-transaction") || strcmp(word, "EHLO") != 0) {
        REAL(smtp_transaction_abandon)(s, word);
    }
}
