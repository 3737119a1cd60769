/* The order is Exim's: rewriting first, then what ACLs asked for before the text came, then the ACL
   for the text, then what that one asked for. A field taken out stays in -H as one that is not
   sent, so that who looks at the spool sees what came. */
#include "ref/smtp/changes.h"

#include "ref/acl/rewrite.h"
#include "ref/mail/date.h"
#include "ref/mail/header.h"
#include "ref/smtp/expansions.h"
#include "ref/smtp/policy.h"

#define NO_FIELD SIZE_MAX

static span name_of(const struct header *h)
{
    return span_first(h->text, span_find_byte(h->text, ':'));
}

static bool is_named(const struct header *h, span name)
{
    return h->type != '*' && span_eq_caseless(span_trim(name_of(h)), name);
}

static size_t field_find(const struct envelope *e, const char *name)
{
    for (size_t i = 0; i < e->headers.count; i++) {
        if (is_named(&e->headers.at[i], span_text(name))) {
            return i;
        }
    }
    return NO_FIELD;
}

static bool is_received(const struct header *h)
{
    return h->type == 'P' || span_eq_caseless(name_of(h), SPAN("Received"));
}

/* Before which field a new one goes. */
static size_t place_find(const struct envelope *e, enum acl_place place)
{
    size_t i = 0;
    if (place == ACL_AT_END) {
        return e->headers.count;
    }
    if (place == ACL_AFTER_RECEIVED) {
        while (i < e->headers.count && !is_received(&e->headers.at[i])) {
            i++;
        }
        while (i < e->headers.count && is_received(&e->headers.at[i])) {
            i++;
        }
    }
    if (place == ACL_AT_START_RFC) {
        while (i < e->headers.count &&
               (is_received(&e->headers.at[i]) ||
                span_starts_caseless(e->headers.at[i].text, SPAN("Resent-")))) {
            i++;
        }
    }
    return i;
}

static void field_insert(struct spool_message *m, size_t at, span text)
{
    struct envelope *e = &m->envelope;
    (void)vec_push(m->arena, &e->headers);
    memmove(&e->headers.at[at + 1], &e->headers.at[at],
            (e->headers.count - 1 - at) * sizeof *e->headers.at);
    span name = span_first(text, span_find_byte(text, ':'));
    e->headers.at[at] = (struct header){mail_field_type(name), arena_copy(m->arena, text)};
}

void smtp_changes_apply(struct acl_changes *changes, struct spool_message *m)
{
    struct envelope *e = &m->envelope;
    for (size_t i = 0; changes->removed.count > 0 && i < e->headers.count; i++) {
        span name = arena_lower(changes->arena, span_trim(name_of(&e->headers.at[i])));
        if (map_get(&changes->removed, name) != NULL) {
            e->headers.at[i].type = '*';
        }
    }
    for (size_t i = 0; i < changes->added.count; i++) {
        const struct acl_field *f = &changes->added.at[i];
        field_insert(m, place_find(e, f->place), f->text);
    }
    changes->removed = changes->known = (struct map){0};
    changes->added.count = 0;
}

/* --- what a submission lacks -------------------------------------------------------------------- */

static void field_complete(struct spool_message *m, const char *name, const char *body)
{
    if (field_find(&m->envelope, name) == NO_FIELD) {
        const char *text = arena_printf(m->arena, "%s: %s\n", name, body);
        spool_message_add(m, false, mail_field_type(span_text(name)), span_text(text));
    }
}

void smtp_fields_complete(struct spool_message *m, const char *host, span from)
{
    const struct envelope *e = &m->envelope;
    char date[MAIL_DATE_ROOM];
    field_complete(m, "Message-Id", arena_printf(m->arena, "<E%s@%s>", e->id, host));
    if (from.len > 0) {
        field_complete(m, "From", arena_printf(m->arena, "%.*s", SPAN_FMT(from)));
    }
    field_complete(m, "Date", mail_date_write(e->received, mail_zone_offset(e->received), date));
}

/* The address of who has authenticated; empty if nobody has. */
static span submitter(struct smtp_session *s)
{
    span id = s->peer_facts.authenticated_id, domain = s->tx.changes.submission_domain;
    if (id.len == 0 || span_find_byte(id, '@') != SPAN_NONE) {
        return id;
    }
    domain = domain.len > 0 ? domain : span_text(s->conf->qualify_domain);
    return span_text(arena_printf(s->tx.arena, "%.*s@%.*s", SPAN_FMT(id), SPAN_FMT(domain)));
}

static span with_name(struct smtp_session *s, span address)
{
    span name = s->tx.changes.submission_name;
    return name.len == 0 ? address
                         : span_text(arena_printf(s->tx.arena, "%.*s <%.*s>", SPAN_FMT(name),
                                                  SPAN_FMT(address)));
}

void smtp_submission_fix(struct smtp_session *s, struct spool_message *m)
{
    struct envelope *e = &m->envelope;
    span who = submitter(s);
    if (!s->tx.changes.sender_retain) {
        for (size_t i = 0; i < e->headers.count; i++) {
            struct header *h = &e->headers.at[i];
            h->type = is_named(h, SPAN("Sender")) ? '*' : h->type;
        }
        size_t from = field_find(e, "From");
        if (who.len > 0 && from != NO_FIELD && span_find(e->headers.at[from].text, who) == SPAN_NONE) {
            field_complete(m, "Sender",
                           arena_printf(m->arena, "%.*s", SPAN_FMT(with_name(s, who))));
        }
    }
    smtp_fields_complete(m, s->conf->primary_hostname,
                         who.len > 0 ? with_name(s, who) : s->tx.sender);
}

/* --- rewriting ---------------------------------------------------------------------------------- */

static struct rewriting rules_of(struct smtp_session *s, span id)
{
    return (struct rewriting){.rules = s->server->policy->rewrites, .x = smtp_expansion(s),
                              .qualify_domain = span_text(s->conf->qualify_domain),
                              .log = s->server->log, .id = id};
}

span smtp_rewrite_envelope(struct smtp_session *s, unsigned where, span address)
{
    bool whole;
    span out;
    if ((s->server->policy->rewrites->flags & where) == 0) {
        return address;
    }
    struct rewriting r = rules_of(s, SPAN_EMPTY);
    return rewrite_address(&r, where, address, &out, &whole) ? arena_copy(s->tx.arena, out)
                                                             : address;
}

/* Flag S: the path as it stands in the command, before anybody reads it; "FROM:<path> SIZE=1". */
span smtp_rewrite_argument(struct smtp_session *s, span argument)
{
    size_t colon = span_find_byte(argument, ':');
    bool whole;
    span out;
    if ((s->server->policy->rewrites->flags & REWRITE_SMTP) == 0 || colon == SPAN_NONE) {
        return argument;
    }
    span path = span_from(argument, colon + 1);
    size_t end = span_find_byte(path, path.len > 0 && path.at[0] == '<' ? '>' : ' ');
    end = end == SPAN_NONE ? path.len : end + (path.at[end] == '>' ? 1 : 0);
    struct rewriting r = rules_of(s, SPAN_EMPTY);
    if (!rewrite_address(&r, REWRITE_SMTP, span_first(path, end), &out, &whole)) {
        return argument;
    }
    return span_text(arena_printf(r.x->arena, "%.*s%.*s%.*s",
                                  SPAN_FMT(span_first(argument, colon + 1)), SPAN_FMT(out),
                                  SPAN_FMT(span_from(path, end))));
}

void smtp_rewrite_fields(struct smtp_session *s, struct spool_message *m)
{
    struct envelope *e = &m->envelope;
    if ((s->server->policy->rewrites->flags & REWRITE_HEADERS) == 0) {
        return;
    }
    struct rewriting r = rules_of(s, span_text(e->id));
    for (size_t i = 0; i < e->headers.count; i++) {
        span made;
        if (e->headers.at[i].type != '*' && rewrite_field(&r, e->headers.at[i].text, &made)) {
            e->headers.at[i].type = '*'; /* the field as it came stays in -H */
            field_insert(m, ++i, made);
        }
    }
}
