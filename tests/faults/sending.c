/* Wrong behaviours of the client and of what goes out, as the linker's --wrap puts them in place of
   the product's functions. */
#include "tests/faults/faults.h"
#include "tests/faults/handshakes.h"
#include "tests/faults/sessions.h"
#include "tests/faults/tables.h"

#include "ref/client/mail.h"
#include "ref/smtp/receive.h"
#include "ref/transport/message_text.h"

#include <string.h>

WRAPPED(client_offers_read);
WRAPPED(client_reply_read);
WRAPPED(client_end);
WRAPPED(client_mail_send);
WRAPPED(message_text_begin);
WRAPPED(client_begin);

WRAPPED(client_hear);
WRAPPED(client_reply_waits);
WRAPPED(client_say);
WRAPPED(message_out_begin);
WRAPPED(message_text_put);
WRAPPED(smtp_receive_check);

void WRAP(client_offers_read)(const struct client_reply *hello, struct client_offers *offers)
{
    REAL(client_offers_read)(hello, offers);
    offers->bits |= fault_offers_left(offers);
    if (fault_is("eight-bit-goes-anywhere")) {
        offers->bits |= CLIENT_OFFERS_8BITMIME;
    } else if (fault_is("no-limit-is-one-octet") && client_offers_has(offers, CLIENT_OFFERS_SIZE)) {
        offers->size = offers->size == 0 ? 1 : offers->size;
    }
    if (fault_is("client-sees-size-and-dsn")) {
        offers->bits |= CLIENT_OFFERS_SIZE | CLIENT_OFFERS_DSN;
    } else if (fault_is("client-pipelines-unasked")) {
        offers->bits |= CLIENT_OFFERS_PIPELINING;
    } else if (fault_is("keywords-have-a-case") && !span_has(hello->text, SPAN("PIPELINING"))) {
        offers->bits &= ~(unsigned)CLIENT_OFFERS_PIPELINING;
    } else if (fault_is("early-keyword-is-enough") && span_has(hello->text, SPAN("PIPECONNECT"))) {
        offers->bits |= CLIENT_OFFERS_PIPELINING;
    } else if (fault_is("client-overlooks-dsn")) {
        offers->bits &= ~(unsigned)CLIENT_OFFERS_DSN;
    } else if (fault_is("client-overlooks-the-limit")) {
        offers->size = 0;
    }
}

err WRAP(client_reply_read)(struct client_reader *r, millis wait, struct arena *arena,
                            struct client_reply *reply)
{
    enum { FOR_EVER = 1 << 30 };
    if (fault_reply_unheard(r, reply)) {
        return OK;
    }
    err e = REAL(client_reply_read)(r, fault_is("client-waits-for-ever") ? FOR_EVER : wait, arena, reply);
    if (failed(e) && e.kind == ERR_SYNTAX && fault_is("nonsense-is-good")) {
        reply->code = 250;
        return OK;
    }
    if (failed(e)) {
        if (e.kind == ERR_LIMIT && fault_is("long-reply-keeps-the-lock")) {
            fault_turn_keep();
        }
        return e;
    }
    if (fault_is("replies-have-one-line") && span_has(reply->text, SPAN("\n"))) {
        return err_syntax(3, "a blank is missing behind the code");
    }
    fault_reply_judged(reply);
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
    struct client_options *mine = ARENA_NEW(arena, struct client_options);
    *mine = *options;
    if (fault_is("client-is-localhost")) {
        mine->hello = SPAN("localhost");
    }
    mine->tls.avoid = mine->tls.avoid && !fault_is("avoided-tls-is-begun");
    bool begun = REAL(client_begin)(c, wire, mine, arena);
    if (fault_is("first-lines-are-forgotten")) {
        c->greeting = c->hello_reply = SPAN_EMPTY;
    }
    return begun;
}

/* The answer to one command, taken for another. */
err WRAP(client_hear)(struct client *c, millis wait, struct client_note *note, struct client_reply *reply)
{
    if (fault_early_unheard(c, note, reply)) {
        return OK;
    }
    TRY(REAL(client_hear)(c, wait, note, reply));
    if (fault_is("refused-data-gets-text") && note->step == CLIENT_DATA && reply->code >= 400) {
        reply->code = 354;
    } else if (fault_is("too-large-is-put-off") && note->step == CLIENT_MAIL && reply->code == 552) {
        reply->code = 452;
    }
    return OK;
}

void WRAP(client_say)(struct client *c, enum client_step step, size_t which, span line,
                      span shown)
{
    if (fault_is("size-is-said-twice") && step == CLIENT_MAIL) {
        line = span_text(arena_printf(c->arena, "%.*s SIZE=1", SPAN_FMT(line)));
    }
    size_t declared = span_find(line, SPAN(" SIZE="));
    if (fault_is("size-is-too-small") && step == CLIENT_MAIL && declared != SPAN_NONE) {
        line = span_text(arena_printf(c->arena, "%.*s SIZE=9", SPAN_FMT(span_first(line, declared))));
    }
    REAL(client_say)(c, step, which, line, shown);
    if (fault_is("quit-rides-behind-data") && step == CLIENT_DATA) {
        buf_put_text(&c->out, "QUIT\r\n");
    }
}

bool WRAP(client_reply_waits)(struct client_reader *r)
{
    return !fault_is("client-keeps-plaintext") && REAL(client_reply_waits)(r);
}

void WRAP(client_end)(struct client *c)
{
    if (fault_is("client-leaves-without-quit")) {
        c->over = true;
        c->closing = false;
    }
    REAL(client_end)(c);
}

static span small(struct arena *arena, span text)
{
    unsigned char *letters = arena_take(arena, text.len + 1);
    for (size_t i = 0; i < text.len; i++) {
        letters[i] = ascii_lower(text.at[i]);
    }
    return span_of(letters, text.len);
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
    bool sent = fault_is("nonsense-is-good");
    REAL(client_mail_send)(c, mail);
    for (size_t i = 0; i < mail->count; i++) {
        struct client_recipient *to = &mail->recipients[i];
        bool lost = to->trouble.cause == CLIENT_LOST || to->trouble.cause == CLIENT_NONSENSE;
        if (to->fate == CLIENT_DEFERRED && lost && (sent || mail->text_sent)) {
            to->fate = CLIENT_DELIVERED;
            mail->delivered(mail->context, i, false);
        }
    }
}

void WRAP(client_mail_send)(struct client *c, struct client_mail *mail)
{
    mail->utf8 &= !fault_is("fields-in-utf8-go-anywhere");
    if (fault_is("a-mail-for-each-recipient")) {
        one_by_one(c, mail);
    } else if (fault_is("first-gets-it-twice")) {
        twice(c, mail);
    } else if (fault_is("lost-is-taken") || fault_is("nonsense-is-good")) {
        lost_is_taken(c, mail);
    } else {
        for (size_t i = 0; fault_is("notify-is-invented") && i < mail->count; i++) {
            unsigned *notify = &mail->recipients[i].notify;
            *notify = *notify == 0 ? CLIENT_NOTIFY_FAILURE : *notify;
        }
        for (size_t i = 0; fault_is("paths-lose-their-case") && i < mail->count; i++) {
            mail->recipients[i].address = small(c->arena, mail->recipients[i].address);
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
    static const struct message_form cr_alone = {.crlf = true,
                                                 .check = {(const unsigned char *)".", 1},
                                                 .escape = {(const unsigned char *)"..", 2},
                                                 .check_header = true};
    if (fault_is("cr-goes-out-alone") && form->crlf) {
        form = &cr_alone;
    } else if (fault_is("dots-are-not-doubled") && form->crlf) {
        form = &message_form_chunks;
    } else if (fault_is("lines-end-in-lf") && form->crlf) {
        form = &lf_alone;
    }
    REAL(message_text_begin)(t, form);
}

/* --- what a relay leaves alone ------------------------------------------------------------------ */

err WRAP(message_text_put)(struct message_text *t, span text)
{
    unsigned char block[4096];
    while (fault_is("eighth-bit-is-lost") && text.len > 0) {
        size_t some = text.len < sizeof block ? text.len : sizeof block;
        for (size_t i = 0; i < some; i++) {
            block[i] = text.at[i] & 0x7f;
        }
        TRY(REAL(message_text_put)(t, span_of(block, some)));
        text = span_from(text, some);
    }
    return REAL(message_text_put)(t, text);
}

static bool is_final(span field)
{
    return span_starts_caseless(field, SPAN("Return-path:")) ||
           span_starts_caseless(field, SPAN("Envelope-to:")) ||
           span_starts_caseless(field, SPAN("Delivery-date:"));
}

err WRAP(message_out_begin)(const struct transport_job *job, const struct message_form *form,
                            struct message_out *out)
{
    TRY(REAL(message_out_begin)(job, form, out));
    size_t kept = 0, count = out->fields.count;
    bool stripped = fault_is(form->crlf ? "relay-strips-return-path" : "final-fields-are-missing");
    for (size_t i = 0; i < count; i++) {
        out->fields.at[kept] = out->fields.at[i];
        kept += !stripped || !is_final(out->fields.at[i]);
    }
    out->fields.count = kept;
    if (fault_is("received-is-at-the-end") && kept > 1) {
        span first = out->fields.at[0];
        memmove(out->fields.at, out->fields.at + 1, (kept - 1) * sizeof first);
        out->fields.at[kept - 1] = first;
    }
    for (size_t i = 0; fault_is("fields-are-turned-round") && i < kept / 2; i++) {
        span field = out->fields.at[i];
        out->fields.at[i] = out->fields.at[kept - 1 - i];
        out->fields.at[kept - 1 - i] = field;
    }
    return OK;
}

enum smtp_reply_id WRAP(smtp_receive_check)(struct smtp_receive *r)
{
    const uint64_t any = UINT64_MAX, few = 50;
    if (fault_is("loops-have-no-end") || fault_is("loops-are-short")) {
        fault_set(&r->server->conf->received_headers_max, fault_is("loops-are-short") ? &few : &any, sizeof any);
    }
    return fault_text_judged(REAL(smtp_receive_check)(r), r);
}

#define C "client/"
#define R "relay/"

/* clang-format off: a row a line */
const struct fault send_faults[] = {
    {"client-does-not-wait", "a client speaks before it is greeted", C "banner", NULL},
    {"cr-goes-out-alone", "a CR alone is taken, and goes out as it came", C "bare-cr smuggling/outbound", NULL},
    {"eight-bit-goes-anywhere", "8-bit text goes to a server that does not offer 8BITMIME", C "eight-bit", NULL},
    {"quit-rides-behind-data", "QUIT is said in the group that DATA ends", C "group-end", NULL},
    {"replies-have-one-line", "a reply of several lines is not understood", C "many-lines", NULL},
    {"bounces-are-reported", "what cannot be delivered and has no sender is reported to the postmaster", C "null-sender", NULL},
    {"refused-data-gets-text", "the text is sent though DATA was refused", C "refused-data", NULL},
    {"size-is-said-twice", "MAIL has two parameters SIZE", C "size " R "size", NULL},
    {"size-is-too-small", "SIZE on MAIL is less than what is sent", C "size " R "size", NULL},
    {"too-large-is-put-off", "a message that is too large is tried again", C "size-refused", NULL},
    {"no-limit-is-one-octet", "SIZE 0 and SIZE alone are limits", R "size-zero " R "size-unsaid", NULL},
    {"client-is-localhost", "EHLO says localhost", R "names-itself", NULL},
    {"paths-lose-their-case", "addresses go out in small letters", R "path", NULL},
    {"eighth-bit-is-lost", "the eighth bit of octets is lost", R "octets deposit/eight-bit", NULL},
    {"received-is-at-the-end", "Received is added behind the other fields", R "unchanged", NULL},
    {"relay-strips-return-path", "a relay takes Return-Path out of the text", R "trace-in-the-text", NULL},
    {"relay-completes", "a relay adds the fields that are missing", R "no-fixes", NULL},
    {"received-has-no-id", "Received does not name the message", R "trace-form", NULL},
    {"loops-have-no-end", "Received fields are not counted", R "loop", NULL},
    {"loops-are-short", "51 Received fields are a loop", R "ninety-nine-hops", NULL},
    {"nonsense-is-good", "an answer that is no reply counts as 250", "retry/nonsense", NULL},
    {"long-reply-keeps-the-lock", "behind a reply that is too long no mail goes out any more", "retry/flood retry/lines-without-end", NULL},
    {"client-waits-for-ever", "a host that falls silent is waited for", "retry/silent", NULL},
    {"fields-are-turned-round", "header fields go out from the last to the first", "deposit/header", NULL},
    {"final-fields-are-missing", "return_path_add and its like add nothing", "deposit/fields relay/final", NULL},
};
/* clang-format on */
const size_t send_fault_count = sizeof send_faults / sizeof *send_faults;
