/* Says which recipients a server without routers takes. Lookups and regular expressions belong to
   the expansion language and are refused here by name. */
#include "ref/conf/address_list.h"

static bool pattern_hits(span pattern, span text)
{
    if (pattern.len > 0 && pattern.at[0] == '*') {
        span tail = span_from(pattern, 1);
        return text.len >= tail.len &&
               span_eq_caseless(span_from(text, text.len - tail.len), tail);
    }
    return span_eq_caseless(pattern, text);
}

static bool star_only_in_front(span s)
{
    return span_find_byte(span_from(s, 1), '*') == SPAN_NONE;
}

static err pattern_read(span text, struct arena *arena, struct address_pattern *p)
{
    span whole = text;
    if (span_starts(text, SPAN("!"))) {
        p->negative = true;
        text = span_trim(span_from(text, 1));
    }
    size_t at = span_find_last_byte(text, '@');
    p->local = at == SPAN_NONE ? SPAN("*") : span_first(text, at);
    p->domain = at == SPAN_NONE ? text : span_from(text, at + 1);
    if (p->local.len == 0 || p->domain.len == 0) {
        return err_syntax(0, arena_printf(arena,
            "\"%.*s\" is not an address pattern (write user@domain, *@domain or a domain)",
            SPAN_FMT(whole)));
    }
    bool foreign = text.at[0] == '^' || text.at[0] == '+' || text.at[0] == '/' ||
                   span_find_byte(text, ';') != SPAN_NONE || span_find_byte(text, '$') != SPAN_NONE;
    if (foreign || !star_only_in_front(p->local) || !star_only_in_front(p->domain)) {
        return err_syntax(0, arena_printf(arena,
            "\"%.*s\": lookups, regular expressions, named lists and \"*\" anywhere but in front "
            "are not supported by this server", SPAN_FMT(whole)));
    }
    return OK;
}

err address_list_read(span text, struct arena *arena, struct address_list *list)
{
    struct conf_list items = conf_list_read(text, arena);
    list->count = items.count;
    list->at = arena_take_array(arena, items.count, sizeof *list->at);
    for (size_t i = 0; i < items.count; i++) {
        TRY(pattern_read(items.at[i], arena, &list->at[i]));
    }
    return OK;
}

bool address_list_match(const struct address_list *list, span local, span domain)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct address_pattern *p = &list->at[i];
        if (pattern_hits(p->local, local) && pattern_hits(p->domain, domain)) {
            return !p->negative;
        }
    }
    return false;
}

bool address_list_has_domain(const struct address_list *list, span domain)
{
    for (size_t i = 0; i < list->count; i++) {
        if (!list->at[i].negative && pattern_hits(list->at[i].domain, domain)) {
            return true;
        }
    }
    return false;
}
