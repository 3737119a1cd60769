/* Patterns. The input is a form, a pattern and a text, a line each. Properties: what a pattern says
   with every name bound it matches itself; a whole match is a match somewhere; what was bound once
   stays the same. */
#include "harness/scenario/pattern.h"

#include "base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    span in = span_of(data, size);
    span form, text, pattern;
    if (size > 2048 || !span_split(in, '\n', &form, &in)) {
        return 0;
    }
    (void)span_split(in, '\n', &pattern, &text);
    struct arena *arena = arena_new();
    struct bindings *b = bindings_new(arena, NULL);
    const struct pattern *p = NULL;
    enum pattern_form forms[] = {PATTERN_LINE, PATTERN_QUOTED, PATTERN_WORD, PATTERN_REGEX};
    enum pattern_form which = forms[form.len > 0 ? form.at[0] % 4 : 0];
    if (!failed(pattern_read(pattern, which, arena, &p))) {
        CHECK(pattern_source(p) != NULL);
        size_t at = 0;
        size_t len = 0;
        bool whole = pattern_matches(p, text, b);
        bool gave_up = bindings_gave_up(b);
        CHECK(!whole || pattern_matches(p, text, b) || bindings_gave_up(b));
        CHECK(!whole || pattern_found(p, text, b, &at, &len) || bindings_gave_up(b) || gave_up);
        CHECK(at <= text.len && len <= text.len);
        span said;
        const char *unbound;
        if (pattern_say(p, b, arena, &said, &unbound)) {
            CHECK(pattern_matches(p, said, b) || bindings_gave_up(b));
        }
        span literal;
        if (pattern_is_literal(p, &literal)) {
            CHECK(pattern_matches(p, literal, b));
        }
    }
    arena_free(arena);
    return 0;
}
