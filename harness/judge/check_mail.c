/* Mail as it arrived: in a mailbox of the target, or taken by an actor. */
#include "harness/judge/check_seal.h"
#include "harness/judge/mime.h"

#include <string.h>

void hearing_mails(const struct hearing *h, const char *word, unsigned nth, mail_list *list)
{
    unsigned met = 0;
    for (size_t i = 0; i < h->seen->mails.count; i++) {
        const struct mail_entry *m = &h->seen->mails.at[i];
        if (strcmp(m->mailbox, word) == 0 && (++met == nth || nth == 0)) {
            vec_add(h->arena, list, m);
        }
    }
}

void hearing_fields(const struct hearing *h, const struct named_text *fields, size_t count,
                    const char *name, unsigned nth, span_list *values)
{
    unsigned met = 0;
    for (size_t i = 0; i < count; i++) {
        if (span_eq_caseless(span_text(fields[i].name), span_text(name)) &&
            (++met == nth || nth == 0)) {
            vec_add(h->arena, values, mime_unfolded(fields[i].value, h->arena));
        }
    }
}

/* Fields, or what they say of a method. */
static void find_fields(const struct hearing *h, const struct expect *e,
                        const struct named_text *fields, size_t count, struct finding *f)
{
    span_list values = {0};
    hearing_fields(h, fields, count, e->field, e->header_nth, &values);
    if (e->field_word != NULL) {
        seal_find_authres(h, e, &values, f);
        return;
    }
    vec_add_all(h->arena, &f->values, &values);
}

static bool part_of(const struct hearing *h, const struct expect *e, const struct mail_entry *m,
                    struct finding *f, struct mime_part *part)
{
    struct mime_part whole = {.body = m->body};
    vec_add_all(h->arena, &whole.headers, &m->headers);
    if (mime_part(&whole, e->part_number, h->arena, part)) {
        return true;
    }
    f->missing = arena_printf(h->arena, "the mail (%s) has no part %u", mime_type(&whole, h->arena),
                              e->part_number);
    return false;
}

static void find_group(const struct hearing *h, const struct expect *e, const struct mime_part *part,
                       struct finding *f)
{
    struct mime_part group;
    if (!mime_group(part->body, e->group_number, h->arena, &group)) {
        f->missing = arena_printf(h->arena, "part %u (%s) has no group %u", e->part_number,
                                  mime_type(part, h->arena), e->group_number);
        return;
    }
    hearing_fields(h, group.headers.at, group.headers.count, e->field, 0, &f->values);
}

static void find_part(const struct hearing *h, const struct expect *e, const struct mail_entry *m,
                      struct finding *f)
{
    struct mime_part part = {.body = SPAN_EMPTY};
    if (e->part >= MAIL_PART_TYPE && !part_of(h, e, m, f, &part)) {
        return;
    }
    switch (e->part) {
    case MAIL_WHOLE: vec_add(h->arena, &f->values, m->raw); break;
    case MAIL_FROM: vec_add(h->arena, &f->values, m->from); break;
    case MAIL_RCPT: vec_add_all(h->arena, &f->values, &m->rcpts); break;
    case MAIL_BODY: vec_add(h->arena, &f->values, m->body); break;
    case MAIL_DKIM: seal_find_dkim(h, m, f); break;
    case MAIL_ARC: seal_find_arc(h, m, f); break;
    case MAIL_HEADER: find_fields(h, e, m->headers.at, m->headers.count, f); break;
    case MAIL_PART_TYPE: vec_add(h->arena, &f->values, span_text(mime_type(&part, h->arena))); break;
    case MAIL_PART_BODY: vec_add(h->arena, &f->values, part.body); break;
    case MAIL_PART_HEADER: find_fields(h, e, part.headers.at, part.headers.count, f); break;
    case MAIL_PART_GROUP: find_group(h, e, &part, f); break;
    }
}

void find_mail(const struct hearing *h, const struct expect *e, struct finding *f)
{
    const char *word = hearing_fill(h, e->word, &f->missing);
    if (word == NULL) {
        return;
    }
    if (!h->seen->has_mail && hearing_actor(h, word) == SIZE_MAX) {
        f->skipped = "surface";
        return;
    }
    mail_list mails = {0};
    hearing_mails(h, word, e->nth, &mails);
    for (size_t i = 0; i < mails.count; i++) {
        find_part(h, e, mails.at[i], f);
    }
    if (mails.count == 0 && e->part != MAIL_WHOLE) {
        const char *nth = e->nth > 0 ? arena_printf(h->arena, " nth %u", e->nth) : "";
        f->missing = arena_printf(h->arena, "no mail %s%s", word, nth);
    }
}
