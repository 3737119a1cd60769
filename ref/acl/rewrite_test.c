/* Rules on addresses and on fields. Rule texts are as in a configuration. */
#include "ref/acl/rewrite.h"
#include "ref/acl/testing.h"

#include <criterion/criterion.h>

static struct rewriting rules(struct acl_testing *t, const char *text, struct conf_rewrites *rules)
{
    *rules = (struct conf_rewrites){.flags = 0};
    for (span line, rest = span_text(text); span_line(&rest, &line);) {
        err e = conf_rewrite_read(line, false, (struct conf_where){"f", 1}, t->arena, rules);
        cr_assert_not(failed(e), "%s", e.what);
    }
    return (struct rewriting){.rules = rules, .x = &t->x, .qualify_domain = SPAN("test.ex")};
}

Test(acl_rewrite, addresses)
{
    static const struct {
        const char *rules;
        unsigned where;
        const char *from, *to; /* to NULL: stays */
    } rows[] = {
        {"*@old.test $1@new.test", REWRITE_ENVELOPE_FROM, "ann@old.test", "ann@new.test"},
        {"*@old.test $1@new.test", REWRITE_ENVELOPE_TO, "ann@other.test", NULL},
        {"*@old.test $1@new.test T", REWRITE_ENVELOPE_FROM, "ann@old.test", NULL},
        {"*queen@*.old.test $1.$2@new.test", REWRITE_TO, "hearts-queen@w.old.test",
         "hearts-.w@new.test"},
        {"^(.*)!(.*)@old.test\\$ $2@$1", REWRITE_TO, "x.test!bob@old.test", "bob@x.test"},
        {"ann@old.test *\n*@old.test $1@new.test", REWRITE_TO, "ann@old.test", NULL},
        {"*@old.test $1@mid.test\n*@mid.test $1@new.test", REWRITE_TO, "a@old.test", "a@new.test"},
        {"*@old.test $1@mid.test q\n*@mid.test $1@new.test", REWRITE_TO, "a@old.test", "a@mid.test"},
        {"*x@old.test $1@old.test R", REWRITE_TO, "axxx@old.test", "a@old.test"},
        {"*@old.test $local_part Q", REWRITE_TO, "a@old.test", "a@test.ex"},
        {"*@old.test $local_part", REWRITE_TO, "a@old.test", NULL},
        {"*@old.test \"${if eq{a}{b}{x}fail}\"\n*@old.test y@new.test", REWRITE_TO, "a@old.test",
         "y@new.test"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct acl_testing t;
        struct conf_rewrites r;
        span out;
        bool whole;
        cr_assert_not(failed(acl_testing_open(&t, "main:\naccept\n")));
        struct rewriting w = rules(&t, rows[i].rules, &r);
        bool changed = rewrite_address(&w, rows[i].where, span_text(rows[i].from), &out, &whole);
        cr_expect_eq(changed, rows[i].to != NULL, "%s on %s", rows[i].rules, rows[i].from);
        cr_expect(span_eq(out, span_text(rows[i].to ? rows[i].to : rows[i].from)), "%s: %.*s",
                  rows[i].rules, SPAN_FMT(out));
        acl_testing_close(&t);
    }
}

Test(acl_rewrite, fields)
{
    static const struct {
        const char *rules, *from, *to;
    } rows[] = {
        {"*@old.test $1@new.test", "From: Ann <ann@old.test>\n", "From: Ann <ann@new.test>\n"},
        {"*@old.test $1@new.test",
         "To: \"a@old.test, x\" <b@old.test> (c@old.test),\n d@old.test, e@other.test\n",
         "To: \"a@old.test, x\" <b@new.test> (c@old.test),\n d@new.test, e@other.test\n"},
        {"*@old.test $1@new.test", "Cc: friends: a@old.test, b@old.test;, c@old.test\n",
         "Cc: friends: a@new.test, b@new.test;, c@new.test\n"},
        {"*@old.test $1@new.test", "Resent-Sender: a@old.test\n", "Resent-Sender: a@new.test\n"},
        {"*@old.test $1@new.test", "Subject: a@old.test\n", NULL},
        {"*@old.test $1@new.test f", "To: a@old.test\n", NULL},
        {"*@old.test \"New <$1@new.test>\" w", "From: Old <a@old.test>, b@old.test\n",
         "From: New <a@new.test>, New <b@new.test>\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct acl_testing t;
        struct conf_rewrites r;
        span out;
        cr_assert_not(failed(acl_testing_open(&t, "main:\naccept\n")));
        struct rewriting w = rules(&t, rows[i].rules, &r);
        bool changed = rewrite_field(&w, span_text(rows[i].from), &out);
        cr_expect_eq(changed, rows[i].to != NULL, "%s", rows[i].from);
        cr_expect(!changed || span_eq(out, span_text(rows[i].to)), "%s: %.*s", rows[i].from,
                  SPAN_FMT(out));
        acl_testing_close(&t);
    }
}
