/* Files of lines. Every expected value was given by Exim 4.96 -be for the same file. */
#include "ref/lookup/testing.h"

#include <criterion/criterion.h>
#include <sys/stat.h>
#include <unistd.h>

static const char lines[] =
    "# comment\na: one\nb two\n\"q k\": three\n\"q\\\"x\" : esc\nUpper: up\nempty:\nempty2\n"
    "cont: first\n   second\n\tthird\n#inner\n # none\nafter: ok\ndup: 1\ndup: 2\n"
    "*.example.com: partial\n*: dflt\n*@dom: atdflt\nblank:\n\n x: y\ntab\ttabval\ncol:on: v\n"
    "trail:   val  \nc1: 1\n#c\n 2\nc2: 1\n   \n 2\nsp : v \n  w  \ndc:: v\nm\n :x\n"
    "\"h\" v\n\"j\"v\n\"open\n\"l\\x41\\n\\101\": oct\nlast: end";

Test(lookup_lsearch, keys_and_values)
{
    static const char *const rows[][2] = {
        {"a", "=one"}, {"A", "=one"}, {"b", "=two"}, {"q k", "=three"}, {"q\"x", "=esc"},
        {"UPPER", "=up"}, {"empty", "="}, {"empty2", "="}, {"cont", "=first second third"},
        {"after", "=ok"}, {"dup", "=1"}, {"www.example.com", "-"}, {"blank", "="}, {"x", "-"},
        {"tab", "=tabval"}, {"col", "=on: v"}, {"col:on", "-"}, {"trail", "=val"},
        {"last", "=end"}, {"", "-"}, {"#", "-"}, {"# comment", "-"}, {"c1", "=1"}, {"c2", "=1"},
        {"sp", "=v w"}, {"dc", "=: v"}, {"m", "= :x"}, {"h", "=v"}, {"j", "=v"}, {"open", "="},
        {"lA\nA", "=oct"}, {"*", "=dflt"}, {"\"h\"", "-"},
    };
    struct bench b;
    bench_open(&b);
    const char *file = bench_write(&b, "f", span_text(lines));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect_str_eq(bench_text(&b, "lsearch", rows[i][0], file), rows[i][1], "%s", rows[i][0]);
    }
    static const char *const full[][2] = {
        {"a", "=a: one"}, {"b", "=b two"}, {"cont", "=cont: first second third"},
        {"q k", "=q k: three"}, {"empty2", "=empty2"}, {"col", "=col:on: v"},
        {"tab", "=tab\ttabval"}, {"sp", "=sp : v w"}, {"m", "=m :x"},
    };
    for (size_t i = 0; i < sizeof full / sizeof *full; i++) {
        cr_expect_str_eq(bench_text(&b, "lsearch,ret=full", full[i][0], file), full[i][1]);
    }
    cr_expect_str_eq(bench_text(&b, "lsearch,ret=key", "A", file), "=A");
    cr_expect_str_eq(bench_text(&b, "lsearch,ret=key", "none", file), "-");
    bench_close(&b);
}

struct part_row {
    const char *type, *key, *value, *wild, *fixed;
};

static void expect_parts(struct bench *b, const char *file, const struct part_row *row)
{
    struct lookup_result r = bench_find(b, row->type, row->key, file);
    if (row->value == NULL) {
        cr_expect_eq(r.outcome, LOOKUP_ABSENT, "%s %s", row->type, row->key);
        return;
    }
    cr_assert_eq(r.outcome, LOOKUP_FOUND, "%s %s", row->type, row->key);
    cr_expect(span_eq(r.value, span_text(row->value)), "%s %s: %.*s", row->type, row->key,
              SPAN_FMT(r.value));
    cr_expect_eq(r.has_parts, row->wild != NULL, "%s %s", row->type, row->key);
    if (row->wild) {
        cr_expect(span_eq(r.wild, span_text(row->wild)) && span_eq(r.fixed, span_text(row->fixed)),
                  "%s %s: %.*s %.*s", row->type, row->key, SPAN_FMT(r.wild), SPAN_FMT(r.fixed));
    }
}

Test(lookup_lsearch, partial_and_defaults)
{
    static const struct part_row rows[] = {
        {"lsearch", "a", "one", NULL, NULL},
        {"lsearch*", "w.x", "dflt", "w.x", ""},
        {"lsearch*", "u@dom", "dflt", "u@dom", ""},
        {"lsearch*@", "u@dom", "atdflt", "u", ""},
        {"lsearch*@", "zz@q", "dflt", "zz@q", ""},
        {"lsearch*@,ret=key", "u@dom", "u@dom", "u", ""},
        {"partial-lsearch", "a", "one", "", "a"},
        {"partial-lsearch", "w.x.example.com", "partial", "w.x", "example.com"},
        {"partial-lsearch", "WWW.Example.com", "partial", "WWW", "Example.com"},
        {"partial-lsearch", "example.com", "partial", "", "example.com"},
        {"partial-lsearch", "*.example.com", "partial", "", "*.example.com"},
        {"partial-lsearch,ret=key", "www.example.com", "www.example.com", "www", "example.com"},
        {"partial3-lsearch", "w.x.example.com", NULL, NULL, NULL},
        {"partial3-lsearch", "example.com", "partial", "", "example.com"},
        {"partial(.)lsearch", "w.example.com", NULL, NULL, NULL},
        {"partial(*.)lsearch", "w.example.com", "partial", "w", "example.com"},
        {"partial-lsearch*@", "u@dom", "atdflt", "u", ""},
        {"partial-lsearch", "u@dom", NULL, NULL, NULL},
        {"partial0()lsearch", "w.x.y", NULL, NULL, NULL},
        {"partial0(.)lsearch", "w.x.y", NULL, NULL, NULL},
        {"partial-lsearch*", "", "dflt", "", ""},
        /* ours: Exim 4.96 cuts the last octet of $1 here, and fails for an empty key */
        {"partial0-lsearch", "w.x.y", "dflt", "w.x.y", ""},
        {"partial0-lsearch", "", "dflt", "", ""},
    };
    struct bench b;
    bench_open(&b);
    const char *file = bench_write(&b, "f", span_text(lines));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        expect_parts(&b, file, &rows[i]);
    }
    static const struct part_row dots[] = {
        {"partial-lsearch", "b.example", NULL, NULL, NULL},
        {"partial1-lsearch", "b.example", "ex", "b", "example"},
        {"partial1-lsearch", "x.dot.example", "ex", "x.dot", "example"},
        {"partial(.)lsearch", "dot.example", "dd", "", "dot.example"},
        {"partial(.)lsearch", "x.dot.example", "dd", "x", "dot.example"},
        {"partial1()lsearch", "x.top", "t", "x", "top"},
        {"partial12-lsearch", "w.a.example", NULL, NULL, NULL},
        {"partial0(.)lsearch", "no.thing", "dot", "no.thing", ""},
    };
    file = bench_write(&b, "p", SPAN("*.example: ex\n.dot.example: dd\ntop: t\n.: dot\n"));
    for (size_t i = 0; i < sizeof dots / sizeof *dots; i++) {
        expect_parts(&b, file, &dots[i]);
    }
    bench_close(&b);
}

Test(lookup_iplsearch, the_first_network_that_has_the_address)
{
    static const char *const rows[][3] = {
        {"iplsearch", "1.2.3.4", "=exact"}, {"iplsearch", "192.168.3.4", "=net"},
        {"iplsearch", "192.168.1.7", "=net"}, {"iplsearch", "ABCD::CDEF", "=quoted"},
        {"iplsearch", "abcd:abcd::3", "=v6net"}, {"iplsearch", "9.9.9.9", "-"},
        {"iplsearch*", "9.9.9.9", "=star"}, {"iplsearch", "*", "=star"}, {"iplsearch", "", "-"},
        {"iplsearch", "::ffff:1.2.3.4", "=exact"},
        {"iplsearch", "notip", "!\"notip\" is not a valid iplsearch key (an IP address, with "
         "optional CIDR mask, is wanted): in a host list, use net-iplsearch as the search type"},
        {"iplsearch", "192.168.0.0/16", "!\"192.168.0.0/16\" is not a valid iplsearch key (an IP "
         "address, with optional CIDR mask, is wanted): in a host list, use net-iplsearch as the "
         "search type"},
    };
    struct bench b;
    bench_open(&b);
    const char *file = bench_write(&b, "ip", SPAN(
        "1.2.3.4: exact\n\"abcd::cdef\": quoted\n192.168.0.0/16: net\n192.168.1.0/24: sub\n"
        "\"abcd:abcd::/32\": v6net\n1.2.3.4/33: never\n*: star\n"));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect_str_eq(bench_text(&b, rows[i][0], rows[i][1], file), rows[i][2]);
    }
    bench_close(&b);
}

/* As much of the language as these files need: a star in front, or the same octets. */
static bool pattern_matches(void *context, span pattern, span key)
{
    (void)context;
    return pattern.len > 0 && pattern.at[0] == '*'
               ? span_ends(key, span_from(pattern, 1)) : span_eq_caseless(pattern, key);
}

static err expand(void *context, span text, span *out)
{
    (void)context;
    *out = span_eq(text, SPAN("$primary")) ? SPAN("mx.example") : text;
    return span_eq(text, SPAN("$bad")) ? err_syntax(0, "unknown variable name \"bad\"") : OK;
}

Test(lookup_wildlsearch, keys_are_patterns_and_expanded)
{
    static const struct lookup_language language = {pattern_matches, expand, NULL};
    struct bench b;
    bench_open(&b);
    const char *file = bench_write(&b, "w", SPAN("$primary: ph\n*.net: net\n$bad: x\n"
                                                 "lit: never\n"));
    cr_expect_str_eq(bench_text(&b, "wildlsearch", "a.net", file), "!patterns in files cannot be "
                     "matched here");
    b.language = &language;
    cr_expect_str_eq(bench_text(&b, "wildlsearch", "mx.example", file), "=ph");
    cr_expect_str_eq(bench_text(&b, "nwildlsearch", "mx.example", file), "-");
    cr_expect_str_eq(bench_text(&b, "wildlsearch", "a.net", file), "=net");
    cr_expect_str_eq(bench_text(&b, "nwildlsearch", "lit", file), "=never");
    cr_expect_str_eq(bench_text(&b, "wildlsearch", "lit", file),
                     arena_printf(b.arena, "!%s: the key \"$bad\" cannot be expanded: unknown "
                                  "variable name \"bad\"", file));
    struct lookup_result r = bench_find(&b, "wildlsearch", "a.net", file);
    cr_expect(r.has_parts && r.wild.len == 0);
    bench_close(&b);
}

Test(lookup_lsearch, what_cannot_be_opened)
{
    struct bench b;
    bench_open(&b);
    const char *pipe = bench_path(&b, "pipe");
    cr_assert(mkfifo(pipe, 0600) == 0);
    const char *rows[][2] = {
        {"/nonexist", "!failed to open /nonexist for linear search: No such file or directory"},
        {"relative", "!failed to open relative for linear search: No such file or directory"},
        {"", "!failed to open  for linear search: No such file or directory"},
        {b.folder, arena_printf(b.arena, "!%s is not a regular file (lsearch lookup)", b.folder)},
        {pipe, arena_printf(b.arena, "!%s is not a regular file (lsearch lookup)", pipe)},
        {"/dev/null", "!/dev/null is not a regular file (lsearch lookup)"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect_str_eq(bench_text(&b, "lsearch", "a", rows[i][0]), rows[i][1]);
        cr_expect(bench_find(&b, "wildlsearch", "a", rows[i][0]).failed_to_open);
    }
    struct lookup_result r;
    struct lookup_request q = {.key = SPAN("a"), .file = SPAN("/x"), .file_tainted = true,
                               .cache = b.cache, .arena = b.arena};
    cr_assert(!failed(lookup_type_read(SPAN("lsearch"), b.arena, &q.type)));
    lookup_find(&q, &r);
    cr_expect_str_eq(r.why, "Tainted filename for search: '/x'");
    bench_close(&b);
}

Test(lookup_iplsearch, a_key_with_more_behind_a_nul_is_no_address)
{
    struct bench b;
    bench_open(&b);
    struct lookup_result r;
    struct lookup_request q = {.key = SPAN("1.2.3.4\0x"), .cache = b.cache, .arena = b.arena,
                               .file = span_text(bench_write(&b, "f", SPAN("1.2.3.4: here\n")))};
    cr_assert(!failed(lookup_type_read(SPAN("iplsearch"), b.arena, &q.type)));
    lookup_find(&q, &r);
    cr_expect_eq(r.outcome, LOOKUP_DEFERRED);
    bench_close(&b);
}

Test(lookup_lsearch, a_changed_or_replaced_file_is_read_again)
{
    struct bench b;
    bench_open(&b);
    const char *file = bench_write(&b, "f", SPAN("k: one\n"));
    cr_expect_str_eq(bench_text(&b, "lsearch,cache=no", "k", file), "=one");
    bench_write(&b, "f", SPAN("k: two\n")); /* the same size, perhaps within a tick */
    cr_expect_str_eq(bench_text(&b, "lsearch,cache=no", "k", file), "=two");
    const char *other = bench_write(&b, "g", SPAN("k: new\n"));
    cr_assert(rename(other, file) == 0);
    cr_expect_str_eq(bench_text(&b, "lsearch,cache=no", "k", file), "=new");
    cr_assert(symlink(file, bench_path(&b, "link")) == 0);
    cr_expect_str_eq(bench_text(&b, "lsearch,cache=no", "k", bench_path(&b, "link")), "=new");
    cr_assert(unlink(file) == 0);
    cr_expect(bench_find(&b, "lsearch,cache=no", "k", file).failed_to_open);
    bench_close(&b);
}

Test(lookup_lsearch, what_a_message_saw_it_sees_again)
{
    struct bench b;
    bench_open(&b);
    const char *file = bench_write(&b, "f", SPAN("k: one\n"));
    cr_expect_str_eq(bench_text(&b, "lsearch", "k", file), "=one");
    cr_expect_str_eq(bench_text(&b, "lsearch", "absent", file), "-");
    bench_write(&b, "f", SPAN("k: two\nabsent: now there\n"));
    cr_expect_str_eq(bench_text(&b, "lsearch", "k", file), "=one");
    cr_expect_str_eq(bench_text(&b, "lsearch", "absent", file), "-");
    cr_expect_str_eq(bench_text(&b, "lsearch,cache=no_rd", "k", file), "=two");
    lookup_cache_forget(b.cache);
    cr_expect_str_eq(bench_text(&b, "lsearch", "absent", file), "=now there");
    /* A failure is not kept. */
    cr_expect(bench_find(&b, "lsearch", "k", bench_path(&b, "later")).failed_to_open);
    file = bench_write(&b, "later", SPAN("k: v\n"));
    cr_expect_str_eq(bench_text(&b, "lsearch", "k", file), "=v");
    bench_close(&b);
}

Test(lookup_lsearch, more_files_than_stay_open)
{
    struct bench b;
    bench_open(&b);
    lookup_shared_limit(b.shared, 3, false);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 60; i++) {
            char name[16], text[32];
            snprintf(name, sizeof name, "f%d", i);
            snprintf(text, sizeof text, "k: v%d\n", i);
            const char *file = bench_write(&b, name, span_text(text));
            char want[16];
            snprintf(want, sizeof want, "=v%d", i);
            cr_expect_str_eq(bench_text(&b, "lsearch,cache=no", "k", file), want);
        }
    }
    bench_close(&b);
}

Test(lookup_lsearch, many_keys)
{
    struct bench b;
    bench_open(&b);
    struct buf text;
    buf_init(&text, 1 << 24);
    for (int i = 0; i < 20000; i++) {
        buf_printf(&text, "Key%d: %d\nsame: %d\n", i, i, i);
    }
    const char *file = bench_write(&b, "f", buf_span(&text));
    buf_wipe(&text);
    for (int i = 0; i < 20000; i += 501) {
        char key[16], want[16];
        snprintf(key, sizeof key, "kEY%d", i);
        snprintf(want, sizeof want, "=%d", i);
        cr_expect_str_eq(bench_text(&b, "lsearch", key, file), want);
    }
    cr_expect_str_eq(bench_text(&b, "lsearch", "same", file), "=0");
    cr_expect_str_eq(bench_text(&b, "lsearch", "key20000", file), "-");
    bench_close(&b);
}
