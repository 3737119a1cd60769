/* Items of domain lists and of local part lists: literal, "*tail", "^regex", a lookup, and for
   domains those that stand for this host. Lookups here serve the other kinds of list too. */
#include "ref/expand/match_walk.h"

#include "ref/expand/regex.h"

/* A subject may be anybody's text, and so may its captures. */
static enum item_outcome regex_item(struct matching *m, span subject, span pattern)
{
    bool hit;
    if (!regex_capture(m->x, pattern, !m->caseful, value_of(subject, true), &hit)) {
        return match_end(m, m->x->bad.outcome == EXPAND_DEFERRED ? ITEM_DEFERRED : ITEM_WRONG, "%s",
                         m->x->bad.why);
    }
    if (hit) {
        /* In lists $0 is the whole subject, wherever the pattern was found. */
        m->x->captures.at[0].text = subject;
    }
    return hit ? ITEM_HIT : ITEM_MISS;
}

static bool ends(const struct matching *m, span s, span tail)
{
    if (s.len < tail.len) {
        return false;
    }
    span end = span_from(s, s.len - tail.len);
    return m->caseful ? span_eq(end, tail) : span_eq_caseless(end, tail);
}

bool match_pattern(struct matching *m, span subject, struct value item, enum item_outcome *out)
{
    if (item.text.len == 0 || (item.text.at[0] != '^' && item.text.at[0] != '*')) {
        return false;
    }
    m->data = item;
    if (item.text.at[0] == '^') {
        *out = regex_item(m, subject, item.text);
        return true;
    }
    span tail = span_from(item.text, 1);
    *out = ITEM_MISS;
    if (ends(m, subject, tail)) {
        captures_set(m->x, (span[]){subject, span_first(subject, subject.len - tail.len)}, 2, true);
        *out = ITEM_HIT;
    }
    return true;
}

/* One line of a file of patterns. */
static bool language_matches(void *context, span pattern, span key)
{
    struct expansion *x = context;
    struct matching m = {
        .x = x, .kind = LIST_LOCAL_PART, .original = key, .subject = arena_lower(x->arena, key)};
    struct captures kept = x->captures;
    enum item_outcome outcome = match_name_item(&m, value_of(pattern, false));
    x->captures = kept;
    return outcome == ITEM_HIT;
}

static err language_expand(void *context, span text, span *out)
{
    struct expanded e = expand_text(text, context);
    if (e.outcome != EXPAND_OK) {
        return err_of(e.outcome == EXPAND_DEFERRED ? ERR_DEFER : ERR_SYNTAX, e.why);
    }
    *out = e.value.text;
    return OK;
}

struct lookup_language match_language(struct expansion *x)
{
    return (struct lookup_language){
        .pattern_matches = language_matches, .expand = language_expand, .context = x};
}

enum item_outcome match_lookup(struct matching *m, span type, struct value rest, span key)
{
    struct lookup_language language = match_language(m->x);
    struct lookup_request request = {.cache = m->x->lookups, .dns = m->x->dns,
                                     .language = &language, .arena = m->x->arena};
    err e = lookup_type_read(type, m->x->arena, &request.type);
    if (failed(e)) {
        return match_wrong(m, "%s", e.what);
    }
    if (request.cache == NULL) {
        return match_defer(m, "lookups are not available here");
    }
    if (lookup_type_is_query(request.type)) {
        request.key = rest.text;
    } else {
        if (m->x->forbid_files) {
            return match_wrong(m, "lookups in files are not permitted here: \"%.*s;%.*s\"",
                               SPAN_FMT(type), SPAN_FMT(rest.text));
        }
        if (key.len == 0) {
            return ITEM_MISS;
        }
        request.key = key;
        request.file = rest.text;
        request.file_tainted = rest.tainted;
    }
    struct lookup_result found = {0};
    lookup_find(&request, &found);
    m->x->lookup_dnssec = found.dnssec ? span_text(found.dnssec) : m->x->lookup_dnssec;
    if (found.outcome == LOOKUP_DEFERRED) {
        return found.failed_to_open ? match_wrong(m, "%s", found.why)
                                    : match_defer(m, "lookup of \"%.*s\" gave DEFER: %s",
                                                  SPAN_FMT(request.key), found.why);
    }
    if (found.outcome == LOOKUP_ABSENT) {
        return ITEM_MISS;
    }
    span parts[3] = {key, found.wild, found.fixed};
    captures_set(m->x, parts, found.has_parts ? 3 : 1, true);
    m->data = value_of(found.value, found.tainted);
    return ITEM_HIT;
}

static enum item_outcome literal_item(struct matching *m, struct value item)
{
    bool same = m->caseful ? span_eq(m->subject, item.text)
                           : span_eq_caseless(m->subject, item.text);
    if (!same) {
        return ITEM_MISS;
    }
    captures_set(m->x, &m->subject, 1, true);
    m->data = item;
    return ITEM_HIT;
}

enum item_outcome match_name_item(struct matching *m, struct value item)
{
    enum item_outcome outcome;
    if (m->kind == LIST_DOMAIN && item.text.len > 0 && item.text.at[0] == '@' &&
        match_own_item(m, item, &outcome)) {
        return outcome;
    }
    /* A pattern that asks for case itself ("(?-i)") has to see it. */
    bool regex = item.text.len > 0 && item.text.at[0] == '^';
    if (match_pattern(m, regex ? m->original : m->subject, item, &outcome)) {
        return outcome;
    }
    span type, rest;
    if (span_split(item.text, ';', &type, &rest)) {
        return match_lookup(m, type, value_of(rest, item.tainted), m->subject);
    }
    return literal_item(m, item);
}

enum item_outcome match_domain_item(struct matching *m, struct value item, span domain,
                                    struct value *data)
{
    struct matching d = {.x = m->x, .kind = LIST_DOMAIN, .item = match_name_item,
                         .original = domain, .subject = domain, .depth = m->depth};
    enum item_outcome outcome = match_one(&d, item);
    *data = d.data;
    m->why = d.why;
    return outcome;
}
