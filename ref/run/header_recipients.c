/* Whose addresses they are is said here; how they stand in a field is for ref/mail/mailboxes. */
#include "ref/run/header_recipients.h"

#include "ref/mail/header.h"
#include "ref/mail/mailboxes.h"

bool header_addresses_read(span body, struct arena *arena, struct header_recipients *into)
{
    struct mail_mailboxes list = mail_mailboxes_of(body);
    struct mail_mailbox box;
    for (bool more = true;;) {
        if (failed(mail_mailboxes_next(&list, arena, &box, &more))) {
            return false;
        }
        if (!more) {
            return true;
        }
        if (box.address.len > 0) {
            vec_add(arena, &into->list, box.address);
        }
    }
}

static bool is_resent(span name)
{
    return span_starts_caseless(name, SPAN("Resent-"));
}

static bool names_recipients(span name, bool resent)
{
    span plain = resent ? span_from(name, 7) : name;
    return is_resent(name) == resent &&
           (span_eq_caseless(plain, SPAN("To")) || span_eq_caseless(plain, SPAN("Cc")) ||
            span_eq_caseless(plain, SPAN("Bcc")));
}

bool header_recipients_take(struct envelope *e, struct arena *arena, struct header_recipients *into)
{
    struct mail_field field;
    bool resent = false;
    for (size_t i = 0; i < e->headers.count; i++) {
        resent |= mail_field_read(e->headers.at[i].text, &field) && is_resent(field.name);
    }
    for (size_t i = 0; i < e->headers.count; i++) {
        struct header *h = &e->headers.at[i];
        if (!mail_field_read(h->text, &field)) {
            continue;
        }
        if (names_recipients(field.name, resent) &&
            !header_addresses_read(field.body, arena, into)) {
            return false;
        }
        if (span_eq_caseless(field.name, SPAN("Bcc")) ||
            span_eq_caseless(field.name, SPAN("Resent-Bcc"))) {
            h->type = '*';
        }
    }
    return true;
}
