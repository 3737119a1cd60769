/* Entries of a directory, as Exim 4.96 -be finds them; "." and ".." are refused here. */
#include "ref/lookup/testing.h"

#include <criterion/criterion.h>
#include <sys/stat.h>
#include <unistd.h>

Test(lookup_dsearch, entries_and_filters)
{
    struct bench b;
    bench_open(&b);
    bench_write(&b, "file", SPAN("x"));
    bench_write(&b, "sp ace", SPAN("x"));
    bench_write(&b, ".dot", SPAN("x"));
    cr_assert(mkdir(bench_path(&b, "sub"), 0755) == 0);
    cr_assert(symlink("file", bench_path(&b, "link")) == 0);
    const char *full = arena_printf(b.arena, "=%s/sp ace", b.folder);
    const char *rows[][3] = {
        {"dsearch", "file", "=file"}, {"dsearch", "sub", "=sub"}, {"dsearch", "link", "=link"},
        {"dsearch", ".dot", "=.dot"}, {"dsearch", "FILE", "-"}, {"dsearch", "nosuch", "-"},
        {"dsearch", "", "-"}, {"dsearch", ".", "-"}, {"dsearch", "..", "-"},
        {"dsearch,filter=dir", "..", "-"},
        {"dsearch", "a/b", "!key for dsearch lookup contains a slash: a/b"},
        {"dsearch", "/", "!key for dsearch lookup contains a slash: /"},
        {"dsearch,ret=full", "sp ace", full}, {"dsearch,ret=key", "file", "=file"},
        {"dsearch,filter=file", "file", "=file"}, {"dsearch,filter=file", "sub", "-"},
        {"dsearch,filter=file", "link", "-"}, {"dsearch,filter=dir", "sub", "=sub"},
        {"dsearch,filter=dir", "file", "-"}, {"dsearch,filter=subdir", "sub", "=sub"},
        {"dsearch,filter=subdir", "link", "-"}, {"dsearch,filter=file,ret=full", "sub", "-"},
        {"dsearch*", "nosuch", "-"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect_str_eq(bench_text(&b, rows[i][0], rows[i][1], b.folder), rows[i][2], "%s %s",
                         rows[i][0], rows[i][1]);
    }
    bench_close(&b);
}

Test(lookup_dsearch, what_is_no_directory)
{
    struct bench b;
    bench_open(&b);
    const char *file = bench_write(&b, "file", SPAN("x"));
    cr_expect_str_eq(bench_text(&b, "dsearch", "a", "/nonexist"), "!failed to open /nonexist for "
                     "directory search: No such file or directory");
    cr_expect_str_eq(bench_text(&b, "dsearch", "a", "nonabs"), "!failed to open nonabs for "
                     "directory search: No such file or directory");
    cr_expect_str_eq(bench_text(&b, "dsearch", "a", file), arena_printf(b.arena,
                     "!failed to open %s for directory search: Not a directory", file));
    cr_expect(bench_find(&b, "dsearch", "a", file).failed_to_open);
    char long_key[400];
    memset(long_key, 'a', sizeof long_key - 1);
    long_key[sizeof long_key - 1] = 0;
    cr_expect_str_eq(bench_text(&b, "dsearch", long_key, b.folder), "-");
    bench_close(&b);
}
