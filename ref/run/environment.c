/* The process's own environment stays as it is: setenv(3) is not for threads, and no program that
   this server starts inherits it. */
#include "ref/run/environment.h"

#include "base/vec.h"
#include "ref/expand/match.h"

static span name_of(span variable)
{
    size_t end = span_find_byte(variable, '=');
    return end == SPAN_NONE ? variable : span_first(variable, end);
}

void run_environment_take(const struct conf_main *m, char *const *variables, struct arena *arena,
                          struct facts_server *facts)
{
    const struct facts none = {0};
    struct expansion x = {.facts = &none, .arena = arena};
    struct buf keep;
    VEC(span) kept = {0};
    buf_init(&keep, SIZE_MAX / 2);
    for (size_t i = 0; i < m->keep_environment.count; i++) {
        list_put(&keep, ':', m->keep_environment.at[i], i == 0);
    }
    struct value list = {.text = buf_span(&keep)};
    for (size_t i = 0; i < m->add_environment.count; i++) {
        vec_add(arena, &kept, m->add_environment.at[i]);
    }
    for (; keep.len > 0 && *variables != NULL; variables++) {
        span variable = span_text(*variables);
        if (match_local_part(&x, name_of(variable), list, true).outcome == MATCH_YES) {
            vec_add(arena, &kept, arena_copy(arena, variable));
        }
    }
    buf_wipe(&keep);
    facts->environment = kept.at;
    facts->environment_count = kept.count;
}
