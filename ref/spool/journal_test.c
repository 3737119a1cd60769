/* What was delivered before a crash is known after it. */
#include "ref/spool/journal.h"

#include "base/file.h"

#include <criterion/criterion.h>
#include <unistd.h>

#define ID "1xUtVV-0003D5-1r"

Test(spool_journal, lines_are_taken_over_once_and_a_torn_one_is_not)
{
    char path[] = "/tmp/spool-journal-XXXXXX";
    struct arena *arena = arena_new();
    struct spool_journal journal;
    struct envelope e = {0};
    bool found;
    int dir;
    cr_assert_not_null(mkdtemp(path));
    cr_assert_not(failed(dir_open(path, &dir)));
    cr_expect_not(failed(spool_journal_merge(dir, ID, &e, arena, &found)));
    cr_expect_not(found);
    for (unsigned round = 0; round < 2; round++) {
        cr_assert_not(failed(spool_journal_open(dir, ID, &journal)));
        cr_expect_not(failed(spool_journal_add(&journal, round ? SPAN("b@x") : SPAN("a@x"))));
        spool_journal_close(&journal);
    }
    cr_assert_not(failed(spool_journal_open(dir, ID, &journal)));
    cr_expect_eq(spool_journal_add(&journal, SPAN("")).kind, ERR_SYNTAX);
    cr_expect_eq(spool_journal_add(&journal, SPAN("a\nb")).kind, ERR_SYNTAX);
    cr_assert_eq(write(journal.fd, "torn@x", 6), 6);
    spool_journal_close(&journal);
    vec_add(arena, &e.done, SPAN("a@x"));
    cr_expect_not(failed(spool_journal_merge(dir, ID, &e, arena, &found)));
    cr_expect(found);
    cr_assert_eq(e.done.count, 2);
    cr_expect(span_eq(e.done.at[1], SPAN("b@x")));
    /* The next line begins a line of its own, and what was cut is not part of it. */
    cr_assert_not(failed(spool_journal_open(dir, ID, &journal)));
    cr_expect_not(failed(spool_journal_add(&journal, SPAN("c@x"))));
    spool_journal_close(&journal);
    cr_expect_not(failed(spool_journal_merge(dir, ID, &e, arena, &found)));
    cr_assert_eq(e.done.count, 3);
    cr_expect(span_eq(e.done.at[2], SPAN("c@x")));
    cr_expect_not(failed(spool_journal_remove(dir, ID)));
    cr_expect_not(failed(spool_journal_remove(dir, ID)));
    close(dir);
    cr_expect_not(failed(dir_remove_all(path)));
    arena_free(arena);
}
