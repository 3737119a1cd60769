/* Which variables are seen, and which are not. */
#include "ref/run/environment.h"

#include <criterion/criterion.h>

Test(run_environment, kept_and_added)
{
    static char *const variables[] = {"PATH=/bin", "HOME=/root", "LD_PRELOAD=evil", "EMPTY=", NULL};
    const struct {
        const char *keep, *add, *seen;
    } rows[] = {
        {"", "", ""},
        {"PATH", "", "PATH=/bin "},
        {"PATH : HOME", "", "PATH=/bin HOME=/root "},
        {"path", "", ""},
        {"^[HE]", "", "HOME=/root EMPTY= "},
        {"*TH", "", "PATH=/bin "},
        {"!LD_PRELOAD : ^", "", "PATH=/bin HOME=/root EMPTY= "},
        {"", "A=b : C=d=e", "A=b C=d=e "},
        {"PATH", "PATH=/usr/bin", "PATH=/usr/bin PATH=/bin "},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new();
        struct conf_main m = {.keep_environment = conf_list_read(span_text(rows[i].keep), arena),
                              .add_environment = conf_list_read(span_text(rows[i].add), arena)};
        struct facts_server facts = {0};
        struct buf seen;
        run_environment_take(&m, variables, arena, &facts);
        buf_init(&seen, 1024);
        for (size_t v = 0; v < facts.environment_count; v++) {
            buf_printf(&seen, "%.*s ", SPAN_FMT(facts.environment[v]));
        }
        cr_expect(span_eq(buf_span(&seen), span_text(rows[i].seen)), "%s + %s: %.*s", rows[i].keep,
                  rows[i].add, SPAN_FMT(buf_span(&seen)));
        buf_wipe(&seen);
        arena_free(arena);
    }
}
