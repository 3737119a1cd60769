/* Both layouts of vectors become tables, and a table becomes a case for each of its rows. */
#include "harness/vectors/vectors.h"

#include "base/file.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static struct arena *arena;
static const char *work;

static void make(void)
{
    char name[] = "/tmp/vectors-test.XXXXXX";
    arena = arena_new();
    cr_assert_not_null(mkdtemp(name));
    work = arena_text(arena, span_text(name));
}

static void drop(void)
{
    cr_expect(!failed(dir_remove_all(work)));
    arena_free(arena);
}

TestSuite(vectors, .init = make, .fini = drop);

static const char *file(const char *name, const char *text)
{
    const char *path = path_join(arena, work, name);
    cr_assert(!failed(dir_make_all(path_dir(arena, path), 0755)));
    cr_assert(!failed(file_write(path, span_text(text), 0644)), "%s", path);
    return path;
}

Test(vectors, folder)
{
    file("arc/table", "# made by hand\n# NAME (of .eml) | VERDICT | FROM | Mail::DKIM | CLAUSE; who\n"
                      "one | pass | <a@b> | fail | RFC8617 5.2; differs: \"Mail\"\ntwo | none |  | none | x\n");
    file("arc/one.eml", "From: a@b\r\n\r\nhello\r\n");
    file("arc/keys.zone", "; keys\ns._domainkey.b. TXT \"v=DKIM1; p=\"\nlater.b. SERVFAIL\n");
    vector_sets sets = {0};
    err e = vectors_read(work, work, arena, &sets);
    cr_assert(!failed(e), "%s", e.what);
    cr_assert_eq(sets.count, 1);
    const struct vector_set *s = sets.at[0];
    cr_assert_eq(s->rows.count, 2);
    cr_expect_str_eq(s->kind, "arc");
    cr_expect_str_eq(vector_cell(s, &s->rows.at[0], "from"), "<a@b>");
    cr_expect_str_eq(vector_cell(s, &s->rows.at[0], "mail"), "fail");
    cr_expect_str_eq(vector_cell(s, &s->rows.at[1], "from"), "");
    cr_expect_str_eq(vector_cell(s, &s->rows.at[1], "file"), "", "there is no two.eml");
    cr_expect(span_ends(span_text(vector_cell(s, &s->rows.at[0], "file")), SPAN("/arc/one.eml")));
    cr_expect(span_eq(s->zone, SPAN("s._domainkey.b. TXT \"v=DKIM1; p=\"\nlater.b. TXT ! SERVFAIL\n")),
              "%.*s", SPAN_FMT(s->zone));
}

Test(vectors, mistakes)
{
    static const struct {
        const char *table, *told;
    } rows[] = {
        {"one | pass\n", "the columns must be told"},
        {"# VERDICT | NAME\npass | one\n", "the columns must be told"},
        {"# NAME | VERDICT | CLAUSE\none | pass\n", "table:2: 3 cells"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        vector_sets sets = {0};
        file("arc/table", rows[i].table);
        err e = vectors_read(work, work, arena, &sets);
        cr_assert(failed(e), "%s", rows[i].table);
        cr_expect_not_null(strstr(e.what, rows[i].told), "%s", e.what);
    }
    vector_sets none = {0};
    cr_expect(failed(vectors_read(file("x.txt", "x"), work, arena, &none)));
    cr_expect(failed(vectors_read(file("x.yml", "a: [b\n"), work, arena, &none)));
    cr_expect(failed(vectors_read(file("y.yml", "description: no tests\n"), work, arena, &none)));
}

#define SUITE                                                                                     \
    "description: chains\ntests:\n  one_pass:\n    spec: '5.2'\n    description: x\n    cv: Pass\n" \
    "    message: |\n      From: a@b\n\n      hello\n  two_ended:\n    spec: '5.1'\n    cv: ''\n"  \
    "    message: |\n      From: a@b\n\n      hallo\ncomment: ''\ntxt-records:\n"                  \
    "  s._domainkey.b: v=DKIM1; p=AAAA\n---\ndescription: seals\ndomain: b\nsel: s\nprivatekey: |\n" \
    "  KEY\ntests:\n  three:\n    spec: '5.1'\n    t: 12345\n    srv-id: lists.b\n"                 \
    "    sig-headers: from:to\n    message: |\n      From: a@b\n\n      hello\n"                     \
    "    AS: a=rsa-sha256; b=AAAA; cv=none; i=1\n    AMS: a=rsa-sha256; b=BBBB\n"                    \
    "    AAR: i=1; lists.b; none\n  four:\n    sig-headers: from\n    message: x\n    AS: ''\n"      \
    "    AMS: ''\n    AAR: ''\ntxt-records:\n  s._domainkey.b: v=DKIM1; p=AAAA\n"

Test(vectors, suite)
{
    vector_sets sets = {0};
    span text;
    err e = vectors_read(file("suite.yml", SUITE), work, arena, &sets);
    cr_assert(!failed(e), "%s", e.what);
    cr_assert_eq(sets.count, 2);
    const struct vector_set *verify = sets.at[0], *sign = sets.at[1];
    cr_expect_str_eq(verify->id, "suite/1");
    cr_expect_str_eq(verify->kind, "arc");
    cr_assert_eq(verify->rows.count, 2);
    cr_expect_str_eq(verify->rows.at[0].cells.at[0], "one_pass");
    cr_expect_str_eq(verify->rows.at[0].cells.at[1], "pass");
    cr_expect_str_eq(verify->rows.at[1].cells.at[1], "fail", "an empty cv");
    cr_assert(!failed(file_read(vector_cell(verify, &verify->rows.at[0], "file"), 4096, arena, &text)));
    cr_expect(span_eq(text, SPAN("From: a@b\r\n\r\nhello\r\n")), "%.*s", SPAN_FMT(text));
    cr_expect(span_eq(verify->zone, SPAN("s._domainkey.b. TXT \"v=DKIM1; p=AAAA\"\n")));
    cr_expect_str_eq(sign->kind, "arc-sign");
    cr_assert_eq(sign->rows.count, 2);
    cr_expect_str_eq(sign->rows.at[0].cells.at[1], "sealed");
    cr_expect_str_eq(sign->rows.at[1].cells.at[1], "nothing");
    cr_expect_str_eq(vector_cell(sign, &sign->rows.at[0], "time"), "12345");
    cr_expect_str_eq(vector_cell(sign, &sign->rows.at[0], "srv-id"), "lists.b");
    cr_expect_str_eq(vector_cell(sign, &sign->rows.at[0], "aar"), "i=1; lists.b; none");
}

Test(vectors, scenario)
{
    vector_sets sets = {0};
    struct scenario_set cases = {0};
    mistakes wrong = {0};
    cr_assert(!failed(vectors_read(file("suite.yml", SUITE), work, arena, &sets)));
    err e = vectors_scenario(sets.at[0], "harness/targets/exim-language/vectors/arc.ask", arena, &cases, &wrong);
    cr_assert(!failed(e), "%s", e.what);
    cr_assert_eq(wrong.count, 0, "%s", wrong.count > 0 ? wrong.at[0].what : "");
    cr_assert_eq(cases.cases.count, 2);
    cr_expect_str_eq(cases.cases.at[0]->id, "suite/1#name=one_pass");
    cr_expect_str_eq(cases.cases.at[1]->id, "suite/1#name=two_ended");
}

/* A program that says what it is told to say. */
static struct report_case verified(const char *program, const char *verdict, struct vector_set *set,
                                   size_t row)
{
    struct report_case rc = {0};
    const char *shell = arena_printf(arena, "%s/run", work);
    cr_assert(!failed(file_write(shell, span_text(arena_printf(arena, "#!/bin/sh\n%s\n", program)), 0755)));
    vectors_verify(shell, verdict, set, &set->rows.at[row], arena, &rc);
    return rc;
}

Test(vectors, programs, .timeout = 60)
{
    static const struct {
        const char *program, *verdict;
        enum state state;
    } rows[] = {
        {"echo Pass", "output", STATE_PASS},
        {"echo fail", "output", STATE_FAIL},
        {"echo", "output", STATE_FAIL},
        {"exit 0", "exit", STATE_PASS},
        {"exit 1", "exit", STATE_FAIL},
        {"echo 'Authentication-Results: x; arc=pass; dkim=fail'", "authres", STATE_PASS},
        {"echo 'x; none'", "authres", STATE_FAIL},
        {"test -s $1 && test $VECTOR_VERDICT = pass && echo pass", "output", STATE_PASS},
        {"kill -9 $$", "output", STATE_CRASH},
        {"no-such-program", "output", STATE_ERROR},
        {"exec /dev/null", "exit", STATE_ERROR},
    };
    vector_sets sets = {0};
    cr_assert(!failed(vectors_read(file("suite.yml", SUITE), work, arena, &sets)));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct report_case rc = verified(rows[i].program, rows[i].verdict, sets.at[0], 0);
        cr_expect_eq(rc.state, rows[i].state, "%s: %s, %s", rows[i].program, state_name(rc.state),
                     rc.reason ? rc.reason : "");
    }
    cr_expect_eq(verified("echo", "output", sets.at[0], 1).state, STATE_PASS, "silence, at an empty cv");
    cr_expect_eq(verified("exit 1", "output", sets.at[0], 1).state, STATE_FAIL, "silence of what broke");
    sets.at[0]->rows.at[0].cells.at[1] = "fail";
    cr_expect_eq(verified("true", "output", sets.at[0], 0).state, STATE_FAIL, "silence is no verdict");
}

#define SEALED                                                                                     \
    "printf 'ARC-Seal: i=1; cv=none;\\n a=rsa-sha256; b=AA AA\\n\\nARC-Message-Signature: "        \
    "b=BBBB; a=rsa-sha256\\n\\nARC-Authentication-Results: i=1; lists.b;\\n none\\n'"

Test(vectors, seals, .timeout = 60)
{
    vector_sets sets = {0};
    cr_assert(!failed(vectors_read(file("suite.yml", SUITE), work, arena, &sets)));
    cr_expect_eq(verified(SEALED, "output", sets.at[1], 0).state, STATE_PASS);
    cr_expect_eq(verified(SEALED, "output", sets.at[1], 1).state, STATE_FAIL, "nothing is wanted");
    cr_expect_eq(verified("true", "output", sets.at[1], 1).state, STATE_PASS);
    cr_expect_eq(verified("true", "output", sets.at[1], 0).state, STATE_FAIL);
    cr_expect_eq(verified("test \"$4\" = lists.b && test $5 = s && test $6 = b && test \"$7\" = from:to "
                          "&& test $8 = 12345 && test -s $3 && " SEALED, "output", sets.at[1], 0).state,
                 STATE_PASS, "the arguments of a signer");
}
