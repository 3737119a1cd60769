/* Redirection lists as people type them. */
#include "ref/route/redirect_data.h"

#include "base/buf.h"

#include <criterion/criterion.h>
#include <errno.h>

static err files(void *context, const char *path, struct arena *arena, span *content)
{
    static const struct {
        const char *path, *text;
    } rows[] = {{"/i/one", "a1\n# none\n, a2@b.ex\n"},
                {"/i/again", "x, :include:/i/again\n"},
                {"/i/fail", "y, :fail: from a file\nand more"},
                {"/i/two", "t, :include:/i/one"}};
    (void)context;
    (void)arena;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strcmp(path, rows[i].path) == 0) {
            *content = span_text(rows[i].text);
            return OK;
        }
    }
    return err_sys(ENOENT, path);
}

static const char *read_text(struct arena *arena, const char *text)
{
    static const char kinds[] = {'@', '/', '|'};
    static const char *const specials[] = {"", "blackhole", "fail", "defer", "unknown"};
    struct redirect_rules rules = {.arena = arena, .qualify_domain = SPAN("q.ex"),
                                   .own_domain = SPAN("own.ex"),
                                   .allow_fail = true, .allow_defer = true, .read = files,
                                   .include_directory = "/i"};
    struct redirect_list list;
    struct buf out;
    err e = redirect_list_read(&rules, span_text(text), &list);
    if (failed(e)) {
        return arena_printf(arena, "! %s", e.what);
    }
    buf_init(&out, 65536);
    for (size_t i = 0; i < list.items.count; i++) {
        buf_printf(&out, "%s%c%.*s", i > 0 ? " " : "", kinds[list.items.at[i].kind],
                   SPAN_FMT(list.items.at[i].text));
    }
    if (list.special != REDIRECT_NOTHING) {
        buf_printf(&out, "%s:%.*s", specials[list.special], SPAN_FMT(list.text));
    }
    return buf_settle_text(&out, arena);
}

Test(redirect_data, lists)
{
    static const struct {
        const char *label, *text, *want;
    } rows[] = {
        {"empty", "", ""},
        {"gaps and comments only", " ,\n# x, y\n ,", ""},
        {"one", "ann", "@ann@q.ex"},
        {"with a domain", "ann@b.ex", "@ann@b.ex"},
        {"commas and lines", "a, b\nc ,\n d", "@a@q.ex @b@q.ex @c@q.ex @d@q.ex"},
        {"a comment", "a,\n# b\nc", "@a@q.ex @c@q.ex"},
        {"a name", "Ann B <ann@b.ex>, \"B, C\" <b@b.ex>", "@ann@b.ex @b@b.ex"},
        {"a comment of RFC 5322", "ann (x, y), bob", "@ann@q.ex @bob@q.ex"},
        {"behind a \\ the domain is that of the address", "\\ann, ann", "@ann@own.ex @ann@q.ex"},
        {"a quoted local part", "\"a b\"@b.ex", "@\"a b\"@b.ex"},
        {"quotes round the whole go", "\"ann@b.ex\"", "@ann@b.ex"},
        {"a path", "/x/y", "//x/y"},
        {"a path with a comma", "\"/x, y\"", "//x, y"},
        {"a path that is an address", "/x=y@b.ex", "@/x=y@b.ex"},
        {"a command", "\"|cmd a, b\", c", "||cmd a, b @c@q.ex"},
        {"a command without quotes", "|cmd a", "||cmd a"},
        {"a command that could be an address", "|x@b.ex", "||x@b.ex"},
        {"an address that could be a command", "<|x@b.ex>, <#y@b.ex>", "@|x@b.ex @#y@b.ex"},
        {"two words", "a b", "! missing or malformed local part (expected word or \"<\") in \"a b\""},
        {"a group", "list: a, b;",
         "! missing or malformed local part (expected word or \"<\") in \"list: a\""},
        {"nobody", "<>", "! missing or malformed local part in \"<>\""},
        {"an error behind good ones", "a, b@, c",
         "! Domain: a letter or digit expected (RFC 5321 4.1.2 sub-domain) in \"b@\""},
        {":fail:", ":fail: no, never", "fail:no, never"},
        {":fail: without text", ":fail:", "fail:"},
        {":fail: takes the rest", ":fail: one\ntwo", "fail:one\ntwo"},
        {":fail: behind others", "a, :fail: no", "@a@q.exfail:no"},
        {":DEFER:", ":DEFER: later", "defer:later"},
        {":unknown:", ":unknown:, a", "unknown:"},
        {":blackhole:", ":blackhole:", "blackhole:"},
        {"a word with colons that is none", ":nosuch: a",
         "! a group inside a group in \":nosuch: a\""},
        {":include:", "b, :include:/i/one, c", "@b@q.ex @a1@q.ex @a2@b.ex @c@q.ex"},
        {"included twice deep", ":include:/i/two", "@t@q.ex @a1@q.ex @a2@b.ex"},
        {":fail: in an included file ends all", ":include:/i/fail, z",
         "@y@q.exfail:from a file\nand more"},
        {"a file that includes itself", ":include:/i/again",
         "! files include each other too deep in \":include:/i/again\""},
        {"a file that is not there", ":include:/i/gone",
         "! failed to open included file /i/gone: No such file or directory"},
        {"a file elsewhere", ":include:/etc/passwd",
         "! included file /etc/passwd is not in directory /i"},
        {"a file that climbs out", ":include:/i/../etc/passwd",
         "! included file /i/../etc/passwd is not in directory /i"},
        {"a file beside", ":include:/ix",
         "! included file /ix is not in directory /i"},
        {"a relative file", ":include:x",
         "! included file is not an absolute path in \":include:x\""},
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *got = read_text(arena, rows[i].text);
        cr_expect(strcmp(got, rows[i].want) == 0, "%s: got \"%s\", want \"%s\"", rows[i].label, got,
                  rows[i].want);
    }
    arena_free(arena);
}

static void count_skipped(void *context, const char *why, span item)
{
    unsigned *skipped = context;
    cr_expect(strlen(why) > 0 && item.len > 0);
    ++*skipped;
}

Test(redirect_data, wrong_items_can_be_skipped)
{
    struct arena *arena = arena_new();
    unsigned skipped = 0;
    struct redirect_rules rules = {.arena = arena, .qualify_domain = SPAN("q.ex"),
                                   .own_domain = SPAN("own.ex"),
                                   .include_directory = "", .context = &skipped,
                                   .skip = count_skipped};
    struct redirect_list list;
    cr_expect(!failed(redirect_list_read(&rules, SPAN("a, b c, d, e@"), &list)));
    cr_expect_eq(list.items.count, 2);
    cr_expect_eq(skipped, 2);
    cr_expect(failed(redirect_list_read(&rules, SPAN("a, :include:/nonexistent"), &list)),
              "a file that cannot be read is no error of syntax");
    arena_free(arena);
}

Test(redirect_data, a_list_has_an_end)
{
    struct arena *arena = arena_new();
    struct redirect_rules rules = {.arena = arena, .qualify_domain = SPAN("q.ex"),
                                   .own_domain = SPAN("own.ex"),
                                   .include_directory = ""};
    struct redirect_list list;
    struct buf text;
    buf_init(&text, 1 << 20);
    for (size_t i = 0; i < REDIRECT_ITEMS_MOST + 1; i++) {
        buf_put_text(&text, "a\n");
    }
    err e = redirect_list_read(&rules, buf_span(&text), &list);
    cr_expect_eq(e.kind, ERR_LIMIT);
    buf_wipe(&text);
    arena_free(arena);
}
