/* One page of policy, apart from the verbs, because ACLs will take its place and the verbs stay. */
#include "ref/smtp/policy.h"

span smtp_policy_qualify(struct smtp_session *s, const struct mail_address *a)
{
    if (a->kind != MAIL_DOMAIN_NONE || a->null) {
        return a->text;
    }
    return span_text(
        arena_printf(s->tx.arena, "%.*s@%s", SPAN_FMT(a->local), s->conf->qualify_domain));
}

struct smtp_reply smtp_policy_recipient(const struct smtp_session *s, const struct mail_address *a)
{
    const struct address_list *list = &s->conf->accept_recipients;
    struct buf local;
    buf_init(&local, MAIL_LOCAL_PART_LIMIT * 2);
    mail_local_part_put(a, &local);
    span name = buf_span(&local);
    bool bare = a->kind == MAIL_DOMAIN_NONE;
    bool ours = bare || address_list_has_domain(list, a->domain);
    bool taken = bare || address_list_match(list, name, a->domain) ||
                 (ours && span_eq_caseless(name, SPAN("postmaster")));
    buf_wipe(&local);
    return smtp_reply_of(taken  ? SMTP_RECIPIENT_OK
                         : ours ? SMTP_RECIPIENT_UNKNOWN
                                : SMTP_RELAY_DENIED);
}
