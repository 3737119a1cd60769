/* Hundreds of expansions and what they come to, from files beside this one: what Debian's Exim says
   to each (exim.rows/items, operators, ...), and where we differ and why (exim.rows/ours). */
#include "ref/expand/testing_world.h"

#include "base/file.h"
#include "base/hex.h"

#include <criterion/criterion.h>

#define FOLDER "ref/expand/exim.rows"

static span escaped(struct testing_world *w, struct expanded r)
{
    struct buf text;
    buf_init(&text, 1 << 20);
    if (r.outcome != EXPAND_OK) {
        buf_put_text(&text, "Failed: ");
        hex_escape(span_text(r.why), &text);
    } else {
        hex_escape(r.value.text, &text);
    }
    return buf_settle(&text, w->arena);
}

static size_t rows_hold(const char *name, size_t least)
{
    struct testing_world w;
    span text, line, expression = SPAN_EMPTY;
    size_t count = 0, wrong = 0;
    testing_world_open(&w);
    const char *path = arena_printf(w.arena, FOLDER "/%s", name);
    cr_assert(!failed(file_read(path, 1 << 20, w.arena, &text)), "%s", path);
    while (span_line(&text, &line)) {
        if (span_starts(line, SPAN("# "))) {
            continue;
        }
        if (!span_starts(line, SPAN("    => "))) {
            expression = line;
            continue;
        }
        span wanted = span_from(line, 7);
        span got = escaped(&w, expand_text(expression, &w.x));
        count++;
        if (!span_eq(got, wanted)) {
            wrong++;
            cr_log_error("%s: %.*s\n  wanted %.*s\n  got    %.*s", path, SPAN_FMT(expression),
                         SPAN_FMT(wanted), SPAN_FMT(got));
        }
    }
    cr_expect(count >= least, "%s has %zu rows", path, count);
    testing_world_close(&w);
    return wrong;
}

Test(expand_exim_rows, items_give_what_exim_gives)
{
    cr_expect(rows_hold("items", 277) == 0);
}

Test(expand_exim_rows, operators_give_what_exim_gives)
{
    cr_expect(rows_hold("operators", 445) == 0);
}

Test(expand_exim_rows, text_and_what_cannot_be_read)
{
    cr_expect(rows_hold("template", 60) == 0);
}

Test(expand_exim_rows, conditions_give_what_exim_gives)
{
    cr_expect(rows_hold("conditions", 133) == 0);
}

Test(expand_exim_rows, where_we_differ_it_is_on_purpose)
{
    cr_expect(rows_hold("ours", 75) == 0);
}
