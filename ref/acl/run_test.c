/* Verbs, order, texts: an ACL, and what comes of it. */
#include "ref/acl/testing.h"

#include <criterion/criterion.h>

struct row {
    const char *label, *acl;
    enum acl_verdict verdict;
    const char *message, *log;
};

static void check(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct acl_testing t;
        err e = acl_testing_open(&t, rows[i].acl);
        cr_assert_not(failed(e), "%s: %s", rows[i].label, e.what);
        struct acl_outcome o = acl_testing_run(&t);
        cr_expect_eq(o.verdict, rows[i].verdict, "%s: verdict %d", rows[i].label, (int)o.verdict);
        cr_expect(span_eq(o.message, span_text(rows[i].message)), "%s: message \"%.*s\"",
                  rows[i].label, SPAN_FMT(o.message));
        cr_expect(span_eq(o.log_message, span_text(rows[i].log)), "%s: log \"%.*s\"", rows[i].label,
                  SPAN_FMT(o.log_message));
        acl_testing_close(&t);
    }
}
#define PLACE " (in line 2 of test.conf)"
#define CHECK_ROWS(rows) check((rows), sizeof(rows) / sizeof *(rows))

Test(acl_run, verbs)
{
    static const struct row rows[] = {
        {"nothing denies", "main:\n", ACL_DENIES, "", ""},
        {"accept", "main:\naccept\n", ACL_ACCEPTS, "", ""},
        {"accept leads on", "main:\naccept domains = x\ndeny message = n\n", ACL_DENIES, "n", ""},
        {"endpass", "main:\naccept endpass\ndomains = x\naccept\n", ACL_DENIES, "", ""},
        {"before endpass", "main:\naccept domains = x\nendpass\naccept\n", ACL_ACCEPTS, "", ""},
        {"deny leads on", "main:\ndeny domains = x\naccept\n", ACL_ACCEPTS, "", ""},
        {"defer", "main:\ndefer message = later\n", ACL_DEFERS, "later", ""},
        {"drop", "main:\ndrop\n", ACL_DROPS, "", ""},
        {"discard", "main:\ndiscard log_message = away\n", ACL_DISCARDS, "", "away"},
        {"require", "main:\nrequire domains = x\naccept\n", ACL_DENIES, "", ""},
        {"require met", "main:\nrequire domains = test.ex\naccept\n", ACL_ACCEPTS, "", ""},
        {"warn", "main:\nwarn\naccept\n", ACL_ACCEPTS, "", ""},
        {"negation", "main:\ndeny !domains = x\naccept\n", ACL_DENIES, "", ""},
        {"forced failure is yes", "main:\ndeny domains = ${if eq{a}{b}{x}fail}\naccept\n", ACL_DENIES,
         "", ""},
        {"negated forced failure too", "main:\ndeny !domains = ${if eq{a}{b}{x}fail}\naccept\n",
         ACL_DENIES, "", ""},
        {"condition that is below 0", "main:\naccept condition = -1\n", ACL_ACCEPTS, "", ""},
        {"condition that is 0", "main:\naccept condition = -0\n", ACL_DENIES, "", ""},
        {"condition that is none", "main:\naccept condition = maybe\n", ACL_DEFERS, "",
         "invalid \"condition\" value \"maybe\"" PLACE},
        {"warn passes that over", "main:\nwarn condition = maybe\naccept\n", ACL_ACCEPTS, "", ""},
        {"but not an error", "main:\nwarn condition = ${if ={x$local_part}{1}}\naccept\n", ACL_DEFERS, "",
         "failed to expand ACL string \"${if ={x$local_part}{1}}\": integer expected but \"xu\" found"
         PLACE},
    };
    CHECK_ROWS(rows);
}

Test(acl_run, texts)
{
    static const struct row rows[] = {
        {"the last counts", "main:\ndeny message = a\nmessage = b\n", ACL_DENIES, "b", ""},
        {"the one before the condition",
         "main:\nrequire message = a\ndomains = x\nmessage = b\naccept\n", ACL_DENIES, "a", ""},
        {"each statement has its own", "main:\ndeny message = a\ndomains = x\ndeny\n", ACL_DENIES, "",
         ""},
        {"expanded at the end", "main:\ndeny message = $acl_m_x\nset acl_m_x = late\n", ACL_DENIES,
         "late", ""},
        {"forced failure is no text", "main:\ndeny message = ${if eq{a}{b}{x}fail}\n", ACL_DENIES, "",
         ""},
        {"accept too", "main:\naccept message = fine\n", ACL_ACCEPTS, "fine", ""},
        {"not behind endpass: there it is for refusals",
         "main:\naccept message = no\ndomains = test.ex\nendpass\n", ACL_ACCEPTS, "", ""},
        {"behind endpass", "main:\naccept message = no\nendpass\ndomains = x\n", ACL_DENIES, "no", ""},
        {"the reason why not is none for accepting", "main:\naccept !verify = certificate\n",
         ACL_ACCEPTS, "", ""},
        {"what matched", "main:\ndeny recipients = u@test.ex\nmessage = <$recipient_data>\n",
         ACL_DENIES, "<u@test.ex>", ""},
        {"log_message", "main:\ndeny message = m\nlog_message = l\n", ACL_DENIES, "m", "l"},
        {"verify says why", "main:\nrequire verify = certificate\naccept\n", ACL_DENIES, "",
         "no verified certificate"},
        {"and log_message stands before it",
         "main:\nrequire log_message = l\nverify = certificate\naccept\n", ACL_DENIES, "",
         "l: no verified certificate"},
        {"$acl_verify_message",
         "main:\ndeny !verify = certificate\nmessage = <$acl_verify_message>\n", ACL_DENIES,
         "<no verified certificate>", "no verified certificate"},
    };
    CHECK_ROWS(rows);
}

Test(acl_run, nested)
{
    static const struct row rows[] = {
        {"accept is yes", "main:\naccept acl = sub\nsub:\naccept\n", ACL_ACCEPTS, "", ""},
        {"deny is no", "main:\naccept acl = sub\nsub:\ndeny\n", ACL_DENIES, "", ""},
        {"its text is ours", "main:\nrequire acl = sub\nsub:\ndeny message = m\nlog_message = l\n",
         ACL_DENIES, "m", "l"},
        {"but not for accepting", "main:\naccept acl = sub\nsub:\naccept message = m\n", ACL_ACCEPTS,
         "", ""},
        {"nor turned round", "main:\naccept !acl = sub\nsub:\ndeny message = m\n", ACL_ACCEPTS, "",
         ""},
        {"its text is the reason in the log", "main:\nrequire message = o\nacl = sub\nsub:\n"
         "deny message = m\n", ACL_DENIES, "o", "m"},
        {"behind a log_message", "main:\nrequire log_message = l\nacl = sub\nsub:\n"
         "deny message = m\n", ACL_DENIES, "m", "l: m"},
        {"a refusal's code is no deferral's", "main:\ndefer !acl = sub\nsub:\n"
         "deny message = 554 5.7.9 m\n", ACL_DEFERS, "m", "554 5.7.9 m"},
        {"defer", "main:\naccept acl = sub\nsub:\ndefer\n", ACL_DEFERS, "", ""},
        {"drop in require", "main:\nrequire acl = sub\nsub:\ndrop\n", ACL_DROPS, "", ""},
        {"drop turned round", "main:\ndeny !acl = sub\nsub:\ndrop\n", ACL_DENIES, "", ""},
        {"discard", "main:\naccept acl = sub\nsub:\ndiscard\n", ACL_DISCARDS, "", ""},
        {"discard in deny", "main:\ndeny acl = sub\nsub:\ndiscard\n", ACL_DEFERS, "",
         "nested ACL returned \"discard\" for \"deny\" command (only allowed with \"accept\" or "
         "\"discard\")" PLACE},
        {"arguments", "main:\ndeny acl = sub a ${uc:b c}\nmessage = $acl_m_x\nsub:\n"
                      "accept set acl_m_x = $acl_narg/$acl_arg1/$acl_arg2\n",
         ACL_DENIES, "2/a/B C", ""},
        {"arguments behind a name known at run",
         "main:\ndeny acl = ${lc:SUB} a ${uc:b c}\nmessage = $acl_m_x\nsub:\n"
         "accept set acl_m_x = $acl_narg/$acl_arg1/$acl_arg2\n", ACL_DENIES, "2/a/B C", ""},
        {"arguments are put back", "main:\ndeny acl = one x\nmessage = $acl_m_x\none:\nwarn acl = two y\n"
                                   "accept set acl_m_x = $acl_arg1\ntwo:\naccept\n",
         ACL_DENIES, "x", ""},
        {"inline", "main:\naccept acl = accept domains = test.ex\n", ACL_ACCEPTS, "", ""},
        {"name known at run", "main:\naccept acl = ${if eq{a}{a}{sub}{x}}\nsub:\naccept\n", ACL_ACCEPTS,
         "", ""},
        {"tainted", "main:\naccept acl = $local_part\n", ACL_DEFERS, "",
         "internal configuration error"},
        {"no end", "main:\naccept acl = main\n", ACL_DEFERS, "",
         "ACL nested too deep: possible loop" PLACE},
        {"wrong place", "main:\ndeny verify = header_syntax\n", ACL_DEFERS, "",
         "cannot verify header_syntax in ACL for RCPT" PLACE},
    };
    CHECK_ROWS(rows);
}

Test(acl_run, variables_do_not_grow_with_use)
{
    struct acl_testing t;
    char value[512];
    cr_assert_not(failed(acl_testing_open(&t, "main:\naccept\n")));
    for (size_t i = 0; i < 20000; i++) {
        memset(value, 'a' + (int)(i % 26), sizeof value);
        acl_variable_set(&t.variables, SPAN("c_x"), span_of(value, i % sizeof value), i % 2 == 0);
        acl_variable_set(&t.variables, SPAN("c0"), SPAN("zero"), false);
    }
    cr_expect_eq(t.variables.connection.count, 2);
    cr_expect_lt(arena_used(t.variables.connection_arena), 200000);
    cr_expect(span_eq(t.variables.connection.at[1].value, SPAN("zero")));
    cr_expect_eq(t.variables.connection.at[0].value.len, 19999 % sizeof value);
    acl_testing_close(&t);
}
