/* TRY passes failures on, and their text names context, thing and reason. */
#include "base/err.h"

#include "base/arena.h"

#include <criterion/criterion.h>
#include <errno.h>

static err fails_with(enum err_kind kind)
{
    TRY(kind == ERR_NONE ? OK : err_of(kind, "first"));
    return err_of(ERR_CLOSED, "went on");
}

Test(err, try_returns_the_failure_and_passes_ok)
{
    cr_expect_eq(fails_with(ERR_LIMIT).kind, ERR_LIMIT);
    cr_expect_eq(fails_with(ERR_NONE).kind, ERR_CLOSED);
}

Test(err, every_kind_has_its_own_word)
{
    for (int i = 0; i < ERR_COUNT; i++) {
        cr_expect_not_null(err_kind_name((enum err_kind)i));
        for (int j = 0; j < i; j++) {
            cr_expect_str_neq(err_kind_name((enum err_kind)i),
                              err_kind_name((enum err_kind)j));
        }
    }
}

Test(err, text_names_context_thing_and_reason)
{
    struct arena *arena = arena_new();
    static const struct {
        err e;
        const char *context, *text;
    } rows[] = {
        {{.kind = ERR_IO, .sys = ENOENT, .what = "opening"},
         "/x", "/x: opening: No such file or directory"},
        {{.kind = ERR_IO, .sys = EACCES}, "reading /x", "reading /x: Permission denied"},
        {{.kind = ERR_SYNTAX, .at = 7, .what = "no colon"}, "f:3", "f:3: no colon"},
        {{.kind = ERR_TIMEOUT}, NULL, "timeout"},
        {{.kind = ERR_IO, .sys = 99999, .what = "odd"}, NULL, "odd: errno 99999"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        err e =
            rows[i].context ? err_in(rows[i].e, arena, "%s", rows[i].context) : rows[i].e;
        cr_expect_str_eq(err_text(e, arena), rows[i].text);
        cr_expect_eq(e.kind, rows[i].e.kind, "%s", rows[i].text);
        cr_expect_eq(e.sys, rows[i].e.sys, "%s", rows[i].text);
        cr_expect_eq(e.at, rows[i].e.at, "%s", rows[i].text);
    }
    arena_free(arena);
}

Test(err, context_is_not_added_to_ok)
{
    struct arena *arena = arena_new();
    cr_expect_not(failed(err_in(OK, arena, "reading %s", "/x")));
    cr_expect_eq(arena_used(arena), 0);
    arena_free(arena);
}
