/* A list and a subject from anybody: there is an answer, the same one each time, within a budget;
   and "!" in front of a list of one plain item turns the answer round. No files, no names. */
#include "ref/expand/match.h"

#include "base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct matched ask(struct expansion *x, unsigned kind, span subject, span list)
{
    struct value value = {.text = list};
    switch (kind % 4) {
    case 0:
        return match_address(x, subject, value);
    case 1:
        return match_local_part(x, subject, value, kind % 8 > 3);
    case 2:
        return match_ip(x, subject, value);
    default:
        return match_domain(x, subject, value);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct facts facts = {0};
    struct arena *arena = arena_new();
    struct expansion x = {.facts = &facts, .arena = arena, .forbid_files = true,
                          .allowance = {.steps = 2000, .octets = 1 << 20}};
    span subject, list;
    unsigned kind = size > 0 ? data[0] : 0;
    (void)span_split(span_from(span_of(data, size), 1), '\n', &subject, &list);
    struct matched first = ask(&x, kind, subject, list), again = ask(&x, kind, subject, list);
    CHECK(first.outcome == again.outcome && first.wrong == again.wrong);
    CHECK(first.outcome != MATCH_DEFERRED || first.why != NULL);
    span bare = span_trim_space(list);
    bool plain = bare.len > 0 && span_find_byte(bare, ':') == SPAN_NONE &&
                 strchr("!+<", bare.at[0]) == NULL;
    if (plain && kind % 4 != 2 && first.outcome != MATCH_DEFERRED) {
        span negated = span_text(arena_printf(arena, "!%.*s", SPAN_FMT(bare)));
        if (span_find_byte(bare, '\0') == SPAN_NONE) {
            CHECK((ask(&x, kind, subject, negated).outcome == MATCH_YES) !=
                  (first.outcome == MATCH_YES));
        }
    }
    arena_free(arena);
    return 0;
}
