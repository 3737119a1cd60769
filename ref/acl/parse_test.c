/* What an ACL may not be, in the words of Exim 4.96 where Exim says it at load too. */
#include "ref/acl/testing.h"

#include "base/rows.h"

#include <criterion/criterion.h>

#define FRONT "refmta configuration error in line 2 of test.conf:\n  error in ACL: "

Test(acl_parse, what_is_wrong_is_named_with_its_line)
{
    static const struct {
        const char *line, *what;
    } rows[] = {
        {"frob hosts = *", "unknown ACL verb \"frob\" in \"frob hosts = *\""},
        {"hosts = *", "unknown ACL verb \"hosts\" in \"hosts = *\""},
        {"DENY message = x", "unknown ACL verb \"DENY\" in \"DENY message = x\""},
        {"accept foo = bar", "unknown ACL condition/modifier in \"accept foo = bar\""},
        {"deny MESSAGE = x", "unknown ACL condition/modifier in \"deny MESSAGE = x\""},
        {"accept !message = x", "ACL error: negation is not allowed with \"message\""},
        {"deny endpass", "ACL error: \"endpass\" is not allowed with \"deny\""},
        {"warn endpass", "ACL error: \"endpass\" is not allowed with \"warn\""},
        {"accept hosts", "\"=\" missing after ACL \"hosts\" condition"},
        {"accept hosts *", "\"=\" missing after ACL \"hosts\" condition"},
        {"accept continue", "\"=\" missing after ACL \"continue\" modifier"},
        {"warn set acl_m_a y", "\"=\" missing after ACL \"set\" modifier"},
        {"warn set x = y", "invalid variable name after \"set\" in ACL modifier \"set x = y\" "
                           "(must start \"acl_c\" or \"acl_m\")"},
        {"warn set acl_cx = y", "invalid variable name after \"set\" in ACL modifier \"set acl_cx = y\" "
                                "(digit or underscore must follow acl_c or acl_m)"},
        {"warn set acl_m_a-b = y",
         "invalid character \"-\" in variable name in ACL modifier \"set acl_m_a-b = y\""},
        {"accept delay = soon",
         "syntax error in argument for \"delay\" modifier: \"soon\" is not a time value"},
        {"accept control = nosuch", "syntax error in \"control=nosuch\""},
        {"accept control = caseful_local_part/x", "syntax error in \"control=caseful_local_part/x\""},
        {"accept control = freeze/hard", "syntax error in \"control=freeze/hard\""},
        {"accept control = queue/once", "syntax error in \"control=queue/once\""},
        {"accept control = submission/domain=a.b/x",
         "syntax error in \"control=submission/domain=a.b/x\""},
        {"accept : hosts = *", "unknown ACL condition/modifier in \"accept : hosts = *\""},
        {"accept control = cutthrough_delivery",
         "ACL control \"cutthrough_delivery\" is not supported by this server"},
        {"accept log_reject_target = main:foo",
         "unknown log name \"foo\" in \"log_reject_target\""},
        {"accept control = bmi_run",
         "control = bmi_run needs a Brightmail client library: bmi_library has to name one"},
        {"accept control = bmi_run/x", "syntax error in \"control=bmi_run/x\""},
        {"accept dnslists = x", "ACL condition \"dnslists\" is not supported by this server"},
        {"accept udpsend = x", "ACL modifier \"udpsend\" is not supported by this server"},
        {"accept verify = csa", "ACL condition \"verify = csa\" is not supported by this server"},
        {"accept verify = recipient/callout",
         "verify option \"callout\" is not supported by this server"},
        {"accept verify = helo/x", "unexpected options \"x\" in ACL condition \"verify helo/x\""},
        {"accept verify = arc/bogus", "\"bogus\" in ACL condition \"verify arc/bogus\" is no state "
                                      "of an ARC chain: none, fail or pass"},
        {"accept verify = arc/pass:!fail", "\"!fail\" in ACL condition \"verify arc/pass:!fail\" is "
                                           "no state of an ARC chain: none, fail or pass"},
        {"accept verify = arc/", "\"\" in ACL condition \"verify arc/\" is no state of an ARC chain: "
                                 "none, fail or pass"},
        {"accept acl = nope", "unknown ACL verb \"nope\" in \"nope\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct acl_testing t;
        struct arena *arena = arena_new();
        err e = acl_testing_open(&t, arena_printf(arena, "main:\n%s\n", rows[i].line));
        const char *expected = arena_printf(t.arena, FRONT "%s", rows[i].what);
        cr_expect(failed(e), "%s was taken", rows[i].line);
        cr_expect_str_eq(e.what ? e.what : "", expected, "%s", rows[i].line);
        arena_free(arena);
        acl_testing_close(&t);
    }
}

Test(acl_parse, forms_that_are_taken)
{
    static const char *const rows[] = {
        "accept", "accept hosts=*", "accept hosts =", "accept ! hosts = *", "accept!hosts = *",
        "warn set acl_m_ = y", "accept\n!hosts = *", "discard endpass",
        "deny hosts = a : \\\n   b", "accept acl = deny", "# comment\naccept",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct acl_testing t;
        struct arena *arena = arena_new();
        err e = acl_testing_open(&t, arena_printf(arena, "main:\n%s\n", rows[i]));
        cr_expect_not(failed(e), "%s: %s", rows[i], e.what);
        acl_testing_close(&t);
        arena_free(arena);
    }
}

Test(acl_parse, a_point_finds_its_acl_at_load)
{
    static const struct {
        const char *value;
        enum acl_stage stage;
        const char *what; /* NULL: taken */
    } rows[] = {
        {"main", ACL_RCPT, NULL},
        {"accept", ACL_VRFY, NULL},
        {"deny domains = x", ACL_RCPT, NULL},
        {"${if eq{a}{b}{x}{y}}", ACL_RCPT, NULL},
        {"nope", ACL_RCPT, "unknown ACL verb \"nope\" in \"nope\""},
        {"main", ACL_MAIL, "cannot test domains condition in MAIL ACL"},
        {"accept add_header = X: y", ACL_CONNECT, "cannot use add_header condition in connection ACL"},
        {"accept control = freeze", ACL_CONNECT, "cannot use \"control=freeze\" in connection ACL"},
        {"accept control = freeze", ACL_RCPT, NULL},
        {"accept verify = header_syntax", ACL_RCPT, "cannot verify header_syntax in ACL for RCPT"},
        {"accept verify = header_syntax", ACL_DATA, NULL},
        {"discard", ACL_PREDATA, "\"discard\" verb not allowed in PREDATA ACL"},
        {"deny", ACL_QUIT, "\"deny\" verb not allowed in QUIT ACL"},
    };
    struct acl_testing t;
    cr_assert_not(failed(acl_testing_open(&t, "main:\naccept domains = test.ex\n")));
    struct acl_load load = {.arena = t.arena, .texts = t.arena};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct acl_point point;
        const struct template *value;
        cr_assert_not(failed(template_read(span_text(rows[i].value), t.arena, &value)));
        err e = acl_point_read(&load, t.set, rows[i].stage, value, (struct conf_where){"f", 1},
                               &point);
        cr_expect_eq(failed(e), rows[i].what != NULL, "%s: %s", rows[i].value, e.what);
        cr_expect(rows[i].what == NULL || strstr(e.what, rows[i].what), "%s: %s", rows[i].value,
                  e.what);
    }
    acl_testing_close(&t);
}

Test(acl_parse, tables_are_sorted_and_complete)
{
    cr_expect(rows_sorted(acl_verbs, acl_verb_count, sizeof *acl_verbs));
    cr_expect(rows_sorted(acl_condition_rows, acl_condition_count, sizeof *acl_condition_rows));
    cr_expect(rows_sorted(acl_modifier_rows, acl_modifier_count, sizeof *acl_modifier_rows));
    cr_expect(rows_sorted(acl_control_rows, acl_control_count, sizeof *acl_control_rows));
    cr_expect(rows_sorted(acl_verify_rows, acl_verify_count, sizeof *acl_verify_rows));
    cr_expect_str_eq(acl_verb_warn->name, "warn");
    for (size_t i = 0; i < acl_condition_count; i++) {
        cr_expect((acl_condition_rows[i].stages == 0) == (acl_condition_rows[i].run == NULL), "%s",
                  acl_condition_rows[i].name);
        cr_expect(acl_condition_rows[i].doc[0] != '\0');
    }
    for (size_t i = 0; i < acl_control_count; i++) {
        const struct acl_control *row = &acl_control_rows[i];
        bool reads_options = row->stages != 0 && row->options;
        cr_expect(row->stages != 0 || row->apply == NULL, "%s", row->name);
        cr_expect(row->apply != NULL || !reads_options, "%s", row->name);
    }
}
