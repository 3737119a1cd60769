/* Wrong behaviours of the client and of what goes out, as the linker's --wrap puts them in place of
   the product's functions. */
#include "tests/faults/faults.h"

#include "ref/client/mail.h"
#include "ref/transport/message_text.h"

#include <string.h>

#define REAL(name) __real_##name
#define WRAP(name) __wrap_##name

void REAL(client_offers_read)(const struct client_reply *hello, struct client_offers *offers);
void WRAP(client_offers_read)(const struct client_reply *hello, struct client_offers *offers);
err REAL(client_reply_read)(struct client_reader *r, millis wait, struct arena *arena,
                            struct client_reply *reply);
err WRAP(client_reply_read)(struct client_reader *r, millis wait, struct arena *arena,
                            struct client_reply *reply);
void REAL(client_end)(struct client *c);
void WRAP(client_end)(struct client *c);
void REAL(client_mail_send)(struct client *c, struct client_mail *mail);
void WRAP(client_mail_send)(struct client *c, struct client_mail *mail);
void REAL(message_text_begin)(struct message_text *t, const struct message_form *form);
void WRAP(message_text_begin)(struct message_text *t, const struct message_form *form);
bool REAL(client_begin)(struct client *c, struct wire *wire, const struct client_options *options,
                        struct arena *arena);
bool WRAP(client_begin)(struct client *c, struct wire *wire, const struct client_options *options,
                        struct arena *arena);

void WRAP(client_offers_read)(const struct client_reply *hello, struct client_offers *offers)
{
    REAL(client_offers_read)(hello, offers);
    if (fault_is("client-sees-size-and-dsn")) {
        offers->bits |= CLIENT_OFFERS_SIZE | CLIENT_OFFERS_DSN;
    } else if (fault_is("client-pipelines-unasked")) {
        offers->bits |= CLIENT_OFFERS_PIPELINING;
    } else if (fault_is("keywords-have-a-case") && !span_has(hello->text, SPAN("PIPELINING"))) {
        offers->bits &= ~(unsigned)CLIENT_OFFERS_PIPELINING;
    } else if (fault_is("client-overlooks-dsn")) {
        offers->bits &= ~(unsigned)CLIENT_OFFERS_DSN;
    } else if (fault_is("client-overlooks-the-limit")) {
        offers->size = 0;
    }
}

err WRAP(client_reply_read)(struct client_reader *r, millis wait, struct arena *arena,
                            struct client_reply *reply)
{
    err e = REAL(client_reply_read)(r, wait, arena, reply);
    if (failed(e)) {
        return e;
    }
    unsigned class = reply->code / 100;
    if (fault_is("bare-codes-are-no-replies") && reply->text.len == 3) {
        return err_syntax(3, "nothing behind the code");
    }
    if (fault_is("unknown-codes-are-no-replies") && reply->code % 100 > 58) {
        return err_syntax(0, "nobody knows this code");
    }
    if (fault_is("refused-is-put-off") && class == 5) {
        reply->code -= 100;
    } else if (fault_is("put-off-is-refused") && class == 4) {
        reply->code += 100;
    } else if (fault_is("all-replies-are-good") && class > 3) {
        reply->code = 250;
    } else if (fault_is("helo-is-not-tried") && class == 5) {
        reply->code -= reply->code < 505 ? 100 : 0;
    }
    return e;
}

bool WRAP(client_begin)(struct client *c, struct wire *wire, const struct client_options *options,
                        struct arena *arena)
{
    bool begun = REAL(client_begin)(c, wire, options, arena);
    if (fault_is("first-lines-are-forgotten")) {
        c->greeting = c->hello_reply = SPAN_EMPTY;
    }
    return begun;
}

void WRAP(client_end)(struct client *c)
{
    if (fault_is("client-leaves-without-quit")) {
        c->over = true;
        c->closing = false;
    }
    REAL(client_end)(c);
}

/* A mail for each recipient. */
static void one_by_one(struct client *c, struct client_mail *mail)
{
    struct client_recipient *all = mail->recipients;
    size_t count = mail->count;
    mail->count = 1;
    for (size_t i = 0; i < count; i++) {
        mail->recipients = &all[i];
        REAL(client_mail_send)(c, mail);
    }
    mail->recipients = all;
    mail->count = count;
}

static void twice(struct client *c, struct client_mail *mail)
{
    REAL(client_mail_send)(c, mail);
    struct client_recipient again = mail->recipients[0];
    struct client_mail second = *mail;
    again.fate = CLIENT_UNDECIDED;
    second.recipients = &again;
    second.count = 1;
    if (!c->over) {
        REAL(client_mail_send)(c, &second);
    }
}

static void lost_is_taken(struct client *c, struct client_mail *mail)
{
    REAL(client_mail_send)(c, mail);
    for (size_t i = 0; i < mail->count; i++) {
        struct client_recipient *to = &mail->recipients[i];
        if (to->fate == CLIENT_DEFERRED && to->trouble.cause == CLIENT_LOST && mail->text_sent) {
            to->fate = CLIENT_DELIVERED;
            mail->delivered(mail->context, i);
        }
    }
}

void WRAP(client_mail_send)(struct client *c, struct client_mail *mail)
{
    if (fault_is("a-mail-for-each-recipient")) {
        one_by_one(c, mail);
    } else if (fault_is("first-gets-it-twice")) {
        twice(c, mail);
    } else if (fault_is("lost-is-taken")) {
        lost_is_taken(c, mail);
    } else {
        for (size_t i = 0; fault_is("notify-is-invented") && i < mail->count; i++) {
            unsigned *notify = &mail->recipients[i].notify;
            *notify = *notify == 0 ? CLIENT_NOTIFY_FAILURE : *notify;
        }
        if (fault_is("ret-is-the-other") && mail->ret != CLIENT_RET_NONE) {
            mail->ret = mail->ret == CLIENT_RET_FULL ? CLIENT_RET_HDRS : CLIENT_RET_FULL;
        }
        REAL(client_mail_send)(c, mail);
    }
}

void WRAP(message_text_begin)(struct message_text *t, const struct message_form *form)
{
    static const struct message_form lf_alone = {.check = {(const unsigned char *)".", 1},
                                                 .escape = {(const unsigned char *)"..", 2}};
    if (fault_is("dots-are-not-doubled") && form->crlf) {
        form = &message_form_chunks;
    } else if (fault_is("lines-end-in-lf") && form->crlf) {
        form = &lf_alone;
    }
    REAL(message_text_begin)(t, form);
}
