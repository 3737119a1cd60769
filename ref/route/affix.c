/* An affix never takes the whole local part: what is left has to name somebody. */
#include "ref/route/affix.h"

#include "ref/expand/match.h"

size_t route_prefix_match(span list, span local, struct arena *arena)
{
    struct list_reader items = list_reader_of(list);
    for (span item; list_next(&items, arena, &item);) {
        if (!span_starts(item, SPAN("*"))) {
            if (item.len > 0 && item.len < local.len && span_starts_caseless(local, item)) {
                return item.len;
            }
            continue;
        }
        span tail = span_from(item, 1);
        for (size_t end = local.len - (local.len > 0); tail.len > 0 && end >= tail.len; end--) {
            if (span_eq_caseless(span_part(local, end - tail.len, tail.len), tail)) {
                return end;
            }
        }
    }
    return 0;
}

size_t route_suffix_match(span list, span local, struct arena *arena)
{
    struct list_reader items = list_reader_of(list);
    for (span item; list_next(&items, arena, &item);) {
        if (!span_ends(item, SPAN("*"))) {
            if (item.len > 0 && item.len < local.len &&
                span_eq_caseless(span_from(local, local.len - item.len), item)) {
                return item.len;
            }
            continue;
        }
        span head = span_first(item, item.len - 1);
        for (size_t at = 1; head.len > 0 && at + head.len <= local.len; at++) {
            if (span_eq_caseless(span_part(local, at, head.len), head)) {
                return local.len - at;
            }
        }
    }
    return 0;
}
