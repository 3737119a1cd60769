/* Items of address lists: the whole address by pattern or lookup, or the two halves apart, of which
   the right one is an item of a domain list. */
#include "ref/expand/match_walk.h"
#include "ref/mail/address.h"

enum { CHAIN = 50 };

/* The type in front of ";" when the item looks up whole addresses: no "@" but that of "*@". */
static bool whole_lookup(span item, span *type, span *rest)
{
    if (!span_split(item, ';', type, rest)) {
        return false;
    }
    span name, options;
    (void)span_split(*type, ',', &name, &options);
    if (span_ends(name, SPAN("*@"))) {
        name = span_first(name, name.len - 2);
    }
    return span_find_byte(name, '@') == SPAN_NONE;
}

static enum item_outcome whole_item(struct matching *m, span type, struct value rest)
{
    if (span_starts(type, SPAN("partial"))) {
        return match_wrong(m, "partial matching is not applicable to whole-address lookups: "
                              "\"%.*s;%.*s\"", SPAN_FMT(type), SPAN_FMT(rest.text));
    }
    return match_lookup(m, type, rest, m->subject);
}

/* The subject's halves; the domain is in lower case in both forms. */
static void halves(const struct matching *m, span *local, span *domain)
{
    size_t at = mail_at_sign(m->subject);
    *local = span_first(m->subject, at);
    *domain = span_from(m->subject, at + 1);
}

/* The list of local parts that a domain has in a file. Only a positive item says yes. A last item
   ">key" goes on with that key: *next. */
static enum item_outcome local_parts_match(struct matching *m, span local, struct value list,
                                           span *next)
{
    struct matching l = {.x = m->x, .kind = LIST_LOCAL_PART, .item = match_name_item,
                         .original = local, .subject = local, .caseful = m->caseful,
                         .depth = m->depth};
    struct list_reader reader = list_reader_of(list.text);
    span item;
    *next = SPAN_EMPTY;
    while (list_next(&reader, m->x->arena, &item)) {
        if (!eval_spend(m->x, 0)) {
            return match_defer(m, "%s", m->x->bad.why);
        }
        if (item.len > 0 && item.at[0] == '>' && span_trim_space(reader.rest).len == 0) {
            *next = span_trim_space(span_from(item, 1));
            return ITEM_MISS;
        }
        bool negative = item.len > 0 && item.at[0] == '!';
        span text = negative ? span_trim_space(span_from(item, 1)) : item;
        enum item_outcome outcome = match_one(&l, value_of(text, list.tainted));
        if (outcome != ITEM_MISS) {
            m->data = l.data;
            m->why = l.why;
            return outcome == ITEM_HIT && negative ? ITEM_MISS : outcome;
        }
    }
    return ITEM_MISS;
}

/* "@@type;file" */
static enum item_outcome by_domain_item(struct matching *m, struct value item)
{
    span local, key, type, rest, written = span_from(item.text, 2);
    halves(m, &local, &key);
    if (!span_split(written, ';', &type, &rest)) {
        return match_wrong(m, "\"@@\" must be followed by a lookup: \"%.*s\"",
                           SPAN_FMT(item.text));
    }
    for (unsigned i = 0; i < CHAIN; i++) {
        enum item_outcome outcome = match_lookup(m, type, value_of(rest, item.tainted), key);
        if (outcome != ITEM_HIT) {
            return outcome;
        }
        struct value list = m->data;
        outcome = local_parts_match(m, local, list, &key);
        if (outcome != ITEM_MISS || key.len == 0) {
            return outcome;
        }
    }
    return match_wrong(m, "Loop detected in lookup of local part of %.*s in %.*s",
                       SPAN_FMT(m->subject), SPAN_FMT(item.text));
}

static bool local_part_is(const struct matching *m, span local, span pattern)
{
    if (pattern.len > 0 && pattern.at[0] == '*') {
        span tail = span_from(pattern, 1);
        if (local.len < tail.len) {
            return false;
        }
        local = span_from(local, local.len - tail.len);
        pattern = tail;
    }
    return m->caseful ? span_eq(local, pattern) : span_eq_caseless(local, pattern);
}

/* "local@domain" and "domain". The data is the local part's pattern and the domain's data. */
static enum item_outcome halves_item(struct matching *m, struct value item)
{
    span local, domain, pattern = SPAN_EMPTY, right = item.text;
    halves(m, &local, &domain);
    size_t at = mail_at_sign(item.text);
    /* "local@@", "local@@mx_any" */
    at = at != SPAN_NONE && at > 0 && item.text.at[at - 1] == '@' ? at - 1 : at;
    if (at != SPAN_NONE) {
        pattern = span_first(item.text, at);
        right = span_from(item.text, at + 1);
        if (!local_part_is(m, local, pattern)) {
            return ITEM_MISS;
        }
    }
    if (right.len == 0 || domain.len == 0) {
        return ITEM_MISS;
    }
    struct value data;
    enum item_outcome outcome = match_domain_item(m, value_of(right, item.tainted), domain, &data);
    if (outcome == ITEM_HIT) {
        m->data = value_of(span_text(arena_printf(m->x->arena, "%.*s@%.*s", SPAN_FMT(pattern),
                                                  SPAN_FMT(data.text))),
                           item.tainted || data.tainted);
    }
    return outcome;
}

enum item_outcome match_address_item(struct matching *m, struct value item)
{
    enum item_outcome outcome;
    span type, rest;
    if (item.text.len == 0) {
        return m->subject.len == 0 ? ITEM_HIT : ITEM_MISS;
    }
    if (item.text.at[0] == '^') {
        (void)match_pattern(m, m->subject, item, &outcome);
        m->data = value_of(SPAN_EMPTY, false);
        return outcome;
    }
    if (whole_lookup(item.text, &type, &rest)) {
        return whole_item(m, type, value_of(rest, item.tainted));
    }
    if (!m->has_at) {
        return ITEM_MISS;
    }
    return span_starts(item.text, SPAN("@@")) ? by_domain_item(m, item) : halves_item(m, item);
}
