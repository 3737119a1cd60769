/* A rule takes part if its flags name the place and its pattern the address. What the replacement
   gives has to be an address again: whatever else comes out leaves the address as it was, and is
   logged, since a sender made of rubbish could never be answered. */
#include "ref/acl/rewrite.h"

#include "ref/expand/eval.h"
#include "ref/expand/match.h"
#include "ref/expand/regex.h"
#include "ref/mail/address.h"
#include "ref/mail/header.h"
#include "ref/mail/mailboxes.h"

enum { REPEATS_MOST = 10, FIELD_CEILING = 1 << 20 };

/* What the asterisks of "*a@*b" stand for is $1 and $2; $0 is the address. */
static void captures_set_wild(struct expansion *x, span pattern, span address)
{
    size_t at = mail_at_sign(pattern), split = mail_at_sign(address), count = 1;
    span captures[3] = {address};
    bool mailbox = at != SPAN_NONE && split != SPAN_NONE && span_find_byte(pattern, ';') == SPAN_NONE;
    span parts[2][2] = {{span_first(pattern, at), span_first(address, split)},
                        {span_from(pattern, at + 1), span_from(address, split + 1)}};
    for (size_t i = 0; mailbox && i < 2; i++) {
        span wild = parts[i][0], text = parts[i][1];
        if (wild.len > 0 && wild.at[0] == '*' && text.len >= wild.len - 1) {
            captures[count++] = span_first(text, text.len - (wild.len - 1));
        }
    }
    captures_set(x, captures, count, true);
}

/* A regular expression looks at all of the address, or with flag S of the argument, and leaves its
   captures; other patterns are items of address lists. */
static bool pattern_matches(const struct rewriting *r, const struct rewrite_rule *rule,
                            span address)
{
    struct expanded pattern = expand(rule->pattern, r->x);
    if (pattern.outcome != EXPAND_OK) {
        return false;
    }
    span text = span_trim(pattern.value.text);
    r->x->captures.count = 0;
    if (text.len > 0 && text.at[0] == '^') {
        bool hit = false;
        return regex_capture(r->x, text, true, (struct value){address, true}, &hit) && hit;
    }
    struct matched m = match_address(r->x, address, pattern.value);
    if (m.outcome != MATCH_YES) {
        return false;
    }
    captures_set_wild(r->x, text, address);
    return true;
}

static void complain(const struct rewriting *r, const struct rewrite_rule *rule, span address,
                     const char *why)
{
    if (r->log != NULL) {
        log_printf(r->log, LOG_MAIN | LOG_PANIC, r->id, "Rewrite of %.*s by \"%.*s\" failed: %s",
                   SPAN_FMT(address), SPAN_FMT(template_text(rule->replacement)), why);
    }
}

/* The working part of what a replacement gave: inside angle brackets, if there are any. */
static bool working_part(const struct rewriting *r, const struct rewrite_rule *rule, span text,
                         span *out)
{
    struct mail_mailboxes list = mail_mailboxes_of(text);
    struct mail_mailbox box;
    struct mail_address parsed;
    bool more;
    if (failed(mail_mailboxes_next(&list, r->x->arena, &box, &more)) || !more) {
        return false;
    }
    *out = box.address;
    if ((rule->flags & REWRITE_QUALIFY) != 0 && span_find_byte(*out, '@') == SPAN_NONE) {
        *out = span_text(arena_printf(r->x->arena, "%.*s@%.*s", SPAN_FMT(*out),
                                      SPAN_FMT(r->qualify_domain)));
    }
    return !failed(mail_mailbox_parse(*out, true, &parsed));
}

enum applied { APPLIED_NO, APPLIED_YES, APPLIED_STOP };

/* One rule, once. */
static enum applied apply(const struct rewriting *r, const struct rewrite_rule *rule, unsigned where,
                          span *address, span *whole)
{
    struct facts_address *facts = r->x->facts->address;
    if (!pattern_matches(r, rule, *address)) {
        return APPLIED_NO;
    }
    if (rule->replacement == NULL) {
        return APPLIED_STOP;
    }
    struct facts_address before = facts != NULL ? *facts : (struct facts_address){0};
    size_t at = mail_at_sign(*address);
    if (facts != NULL && where != REWRITE_SMTP && at != SPAN_NONE) {
        facts->local_part = span_first(*address, at);
        facts->domain = span_from(*address, at + 1);
    }
    struct expanded e = expand(rule->replacement, r->x);
    if (facts != NULL) {
        *facts = before;
    }
    if (e.outcome == EXPAND_FORCED) {
        return (rule->flags & REWRITE_QUIT) != 0 ? APPLIED_STOP : APPLIED_NO;
    }
    if (e.outcome != EXPAND_OK) {
        complain(r, rule, *address, e.why);
        return APPLIED_STOP;
    }
    span made = arena_copy(r->x->arena, span_trim(e.value.text));
    if (where == REWRITE_SMTP) {
        *address = made;
        return APPLIED_YES;
    }
    span part;
    if (!working_part(r, rule, made, &part)) {
        complain(r, rule, *address, arena_printf(r->x->arena, "\"%.*s\" is no address",
                                                 SPAN_FMT(made)));
        return APPLIED_NO;
    }
    *address = part;
    *whole = (rule->flags & REWRITE_WHOLE) != 0 ? made : SPAN_EMPTY;
    return APPLIED_YES;
}

static bool rewrite(const struct rewriting *r, unsigned where, span address, span *out, span *whole)
{
    bool changed = false;
    *whole = SPAN_EMPTY;
    *out = address;
    for (size_t i = 0; i < r->rules->rules.count; i++) {
        const struct rewrite_rule *rule = &r->rules->rules.at[i];
        if ((rule->flags & where) == 0) {
            continue;
        }
        unsigned times = (rule->flags & REWRITE_REPEAT) != 0 ? REPEATS_MOST : 1;
        bool hit = false;
        enum applied a = APPLIED_YES;
        for (unsigned n = 0; n < times && a == APPLIED_YES; n++) {
            a = apply(r, rule, where, out, whole);
            hit = hit || a == APPLIED_YES;
        }
        changed = changed || hit;
        if (a == APPLIED_STOP || (hit && (rule->flags & REWRITE_QUIT) != 0)) {
            break;
        }
    }
    return changed && !span_eq(*out, address);
}

bool rewrite_address(const struct rewriting *r, unsigned where, span address, span *out,
                     bool *whole)
{
    span all;
    bool changed = (r->rules->flags & where) != 0 && address.len > 0 &&
                   rewrite(r, where, address, out, &all);
    *out = changed ? *out : address;
    *whole = changed && all.len > 0;
    return changed;
}

/* --- fields ------------------------------------------------------------------------------------- */

static unsigned place_of(span name)
{
    static const struct {
        const char *name;
        unsigned place;
    } rows[] = {{"From", REWRITE_FROM}, {"To", REWRITE_TO}, {"Cc", REWRITE_CC}, {"Bcc", REWRITE_BCC},
                {"Reply-To", REWRITE_REPLY_TO}, {"Sender", REWRITE_SENDER}};
    if (span_starts_caseless(name, SPAN("Resent-"))) {
        name = span_from(name, 7);
    }
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (span_eq_caseless(name, span_text(rows[i].name))) {
            return rows[i].place;
        }
    }
    return 0;
}

bool rewrite_field(const struct rewriting *r, span text, span *out)
{
    struct mail_field field;
    struct mail_mailbox box;
    bool more = true, changed = false;
    if (!mail_field_read(text, &field)) {
        return false;
    }
    unsigned place = place_of(field.name);
    if ((place & r->rules->flags) == 0) {
        return false;
    }
    struct mail_mailboxes list = mail_mailboxes_of(field.body);
    struct buf made;
    size_t copied = 0;
    buf_init(&made, FIELD_CEILING);
    buf_put(&made, span_first(text, (size_t)(field.body.at - text.at)));
    while (!failed(mail_mailboxes_next(&list, r->x->arena, &box, &more)) && more) {
        span address, whole;
        if (!rewrite(r, place, box.address, &address, &whole)) {
            continue;
        }
        size_t from = whole.len > 0 ? box.at : box.spec_at;
        size_t len = whole.len > 0 ? box.len : box.spec_len;
        buf_put(&made, span_part(field.body, copied, from - copied));
        buf_put(&made, whole.len > 0 ? whole : address);
        copied = from + len;
        changed = true;
    }
    buf_put(&made, span_from(field.body, copied));
    buf_put_byte(&made, '\n');
    if (changed) {
        *out = arena_copy(r->x->arena, buf_span(&made));
    }
    buf_wipe(&made);
    return changed;
}
