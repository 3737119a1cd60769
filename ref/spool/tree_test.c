/* The tree's lines: shape, order, and what is none. */
#include "ref/spool/tree.h"

#include "base/vec.h"

#include <criterion/criterion.h>

static void expect_written(const char *words, const char *text)
{
    struct arena *arena = arena_new();
    struct envelope e = {0};
    struct buf out;
    span rest = span_text(words);
    span word;
    while (rest.len > 0) {
        span_split(rest, ' ', &word, &rest);
        vec_add(arena, &e.done, word);
    }
    buf_init(&out, 1000);
    spool_tree_write(e.done.at, e.done.count, arena, &out);
    cr_expect(span_eq(buf_span(&out), span_text(text)), "%s:\n%.*s", words,
              SPAN_FMT(buf_span(&out)));
    buf_wipe(&out);
    arena_free(arena);
}

Test(spool_tree, it_is_balanced_after_each_insertion)
{
    expect_written("", "XX\n");
    expect_written("a", "NN a\n");
    expect_written("a b", "NY a\nNN b\n");
    expect_written("b a", "YN b\nNN a\n");
    expect_written("a b c", "YY b\nNN a\nNN c\n");
    expect_written("c b a", "YY b\nNN a\nNN c\n");
    expect_written("a c b", "YY b\nNN a\nNN c\n");
    expect_written("c a b", "YY b\nNN a\nNN c\n");
    expect_written("a b c d e", "YY b\nNN a\nYY d\nNN c\nNN e\n");
    expect_written("a a a", "NN a\n");
    /* the manual's example */
    expect_written("darcy@austen.fict alice@wonderland.fict editor@thesaurus.ref",
                   "YY darcy@austen.fict\nNN alice@wonderland.fict\nNN editor@thesaurus.ref\n");
}

Test(spool_tree, names_come_back_and_the_rest_stays)
{
    struct arena *arena = arena_new();
    struct envelope e = {0};
    span text = SPAN("YY b\nNN a\nNY c d\nNN e\n3\nx\n");
    cr_expect_not(failed(spool_tree_read(&text, arena, &e)));
    cr_expect(span_eq(text, SPAN("3\nx\n")));
    cr_assert_eq(e.done.count, 4);
    cr_expect(span_eq(e.done.at[2], SPAN("c d")));
    text = SPAN("XX\n0\n");
    cr_expect_not(failed(spool_tree_read(&text, arena, &e)));
    cr_expect(span_eq(text, SPAN("0\n")));
    arena_free(arena);
}

Test(spool_tree, what_is_no_tree)
{
    static const char *const rows[] = {
        "", "XX", "XY a\n", "YN b\n", "NN b", "NN\n", "NN \n", "nn b\n", "YN a\nNN b\n",
        "YN b\nNY a\nNN c\n", "NY a\nNN a\n",
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct envelope e = {0};
        span text = span_text(rows[i]);
        cr_expect_eq(spool_tree_read(&text, arena, &e).kind, ERR_SYNTAX, "\"%s\"",
                     rows[i]);
    }
    arena_free(arena);
}

Test(spool_tree, a_chain_as_deep_as_a_file_may_say_is_refused_not_followed)
{
    struct arena *arena = arena_new();
    struct envelope e = {0};
    struct buf deep;
    buf_init(&deep, 1u << 20);
    for (unsigned i = 0; i < 10000; i++) {
        buf_printf(&deep, "NY %05u\n", i);
    }
    span text = buf_span(&deep);
    cr_expect_eq(spool_tree_read(&text, arena, &e).kind, ERR_SYNTAX);
    buf_wipe(&deep);
    arena_free(arena);
}

/* A tree of many sizes is written, read, and written to the same lines. */
Test(spool_tree, the_shape_survives)
{
    for (unsigned count = 1; count < 200; count++) {
        struct arena *arena = arena_new();
        struct envelope e = {0}, again = {0};
        struct buf first;
        struct buf second;
        buf_init(&first, 10000);
        buf_init(&second, 10000);
        for (unsigned i = 0; i < count; i++) {
            vec_add(arena, &e.done, span_text(arena_printf(arena, "%u@x", i * 7919u % 1009u)));
        }
        spool_tree_write(e.done.at, e.done.count, arena, &first);
        span text = buf_span(&first);
        cr_expect_not(failed(spool_tree_read(&text, arena, &again)));
        spool_tree_write(again.done.at, again.done.count, arena, &second);
        cr_expect(span_eq(buf_span(&first), buf_span(&second)), "%u names", count);
        buf_wipe(&first);
        buf_wipe(&second);
        arena_free(arena);
    }
}
