/* From: of who hands in a message; what stands in the right column is what Exim 4.96 wrote. */
#include "ref/run/caller.h"

#include <criterion/criterion.h>

static const char *options;

static err read_options(const char *path, struct arena *arena, span *content)
{
    (void)path;
    *content = span_text(arena_printf(arena, "primary_hostname = mx.test.ex\n%s", options));
    return OK;
}

Test(run_caller, names)
{
    static const struct {
        const char *gecos, *options, *from;
    } rows[] = {
        {"", "", "uma@mx.test.ex"},
        {"Plain Name", "", "Plain Name <uma@mx.test.ex>"},
        {"& Name", "", "Uma Name <uma@mx.test.ex>"},
        {"A, B", "gecos_pattern = ([^,]*)\ngecos_name = $1\n", "A <uma@mx.test.ex>"},
        {"A", "gecos_pattern = \"\"\ngecos_name = Caller\n", "Caller <uma@mx.test.ex>"},
        {"A", "gecos_pattern = B\ngecos_name = Caller\n", "A <uma@mx.test.ex>"},
        {"A", "gecos_name = Caller\n", "A <uma@mx.test.ex>"},
        {"O'Brien, Q <x>", "", "\"O'Brien, Q <x>\" <uma@mx.test.ex>"},
        {"a.b c", "", "\"a.b c\" <uma@mx.test.ex>"},
        {"J\xc3\xbcrgen M", "", "=?UTF-8?Q?J=C3=BCrgen_M?= <uma@mx.test.ex>"},
        {"two\nlines", "", "=?UTF-8?Q?two=0Alines?= <uma@mx.test.ex>"},
        {"say \"hi\"", "", "\"say \\\"hi\\\"\" <uma@mx.test.ex>"}, /* Exim leaves the quotes as they are */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new();
        struct conf *conf;
        struct conf_request request = {.path = "/c", .hostname = "mx.test.ex", .read = read_options};
        options = rows[i].options;
        cr_assert(!failed(conf_load(&request, arena, &conf)));
        span from = run_caller_mailbox(conf, SPAN("uma"), SPAN_EMPTY, span_text(rows[i].gecos), arena);
        cr_expect(span_eq(from, span_text(rows[i].from)), "%s: %.*s", rows[i].gecos, SPAN_FMT(from));
        from = run_caller_mailbox(conf, SPAN("uma"), SPAN("U & A"), span_text(rows[i].gecos), arena);
        cr_expect(span_eq(from, SPAN("U & A <uma@mx.test.ex>")), "%.*s", SPAN_FMT(from));
        conf_free(conf);
        arena_free(arena);
    }
}
