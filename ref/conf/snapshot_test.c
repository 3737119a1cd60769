/* Whole configurations: what is taken, and each refusal to the letter. */
#include "ref/conf/testing.h"

#include "base/file.h"
#include "base/rows.h"
#include "ref/conf/exim_names.h"

#include <criterion/criterion.h>

/* The text of the refusal, or "" when it was taken. */
static const char *refusal(const char *text, struct arena *arena)
{
    struct conf *conf = NULL;
    err e = testing_load(span_text(text), NULL, 0, arena, &conf);
    if (!failed(e)) {
        conf_free(conf);
        return "";
    }
    return e.what;
}

struct refusal_row {
    const char *text, *what; /* behind "refmta configuration error " */
};

Test(conf_snapshot, refusals)
{
    static const struct refusal_row rows[] = {
        {"nosuchthing = 1\n", "in line 1 of /c:\n  main option \"nosuchthing\" unknown"},
        {"\n# x\nspool_directry = /x\n",
         "in line 3 of /c:\n  main option \"spool_directry\" unknown (did you mean "
         "\"spool_directory\"?)"},
        {"acl_smtp_etrn = accept\n",
         "in line 1 of /c:\n  option \"acl_smtp_etrn\" is not supported by this server"},
        {"no_prdr_enable\n",
         "in line 1 of /c:\n  option \"no_prdr_enable\" is not supported by this server"},
        {"begin local_scan\n",
         "in line 1 of /c:\n  section \"local_scan\" is not supported by this server"},
        {"begin nosuch\n",
         "in line 1 of /c:\n  \"nosuch\" is not a known configuration section name"},
        {"queue_only\nqueue_only\n",
         "in line 2 of /c:\n  \"queue_only\" option set for the second time"},
        {"queue_only = maybe\n",
         "in line 1 of /c:\n  \"maybe\" is not a valid value for the \"queue_only\" option"},
        {"no_queue_only = true\n",
         "in line 1 of /c:\n  extra characters follow boolean option no_queue_only"},
        {"no_recipients_max\n",
         "in line 1 of /c:\n  negation prefix applied to a non-boolean option"},
        {"recipients_max\n",
         "in line 1 of /c:\n  unexpected end of line (data missing) after recipients_max"},
        {"recipients_max = x\n", "in line 1 of /c:\n  integer expected for recipients_max"},
        {"recipients_max = 5x\n",
         "in line 1 of /c:\n  extra characters follow integer value for recipients_max"},
        {"recipients_max = 99999999999999999999\n",
         "in line 1 of /c:\n  absolute value of integer \"99999999999999999999\" is too large "
         "(overflow)"},
        {"message_size_limit = 9000000000G\n",
         "in line 1 of /c:\n  absolute value of integer \"9000000000G\" is too large (overflow)"},
        {"localhost_number = 17\n",
         "in line 1 of /c:\n  localhost_number = 17 is out of range (0 to 16)"},
        {"queue_run_max = ${if eq{a}{b}{1}{2}}\n",
         "in line 1 of /c:\n  \"queue_run_max\" is expanded in Exim, and not here: a plain value is "
         "wanted"},
        {"smtp_receive_timeout = \"${if def:x{1s}{2s}}\"\n",
         "in line 1 of /c:\n  \"smtp_receive_timeout\" is expanded in Exim, and not here: a plain "
         "value is wanted"},
        {"recipients_max = \"5\"\n", "in line 1 of /c:\n  integer expected for recipients_max"},
        {"smtp_receive_timeout = 5x\n",
         "in line 1 of /c:\n  invalid time value for smtp_receive_timeout"},
        {"smtp_receive_timeout = 5s3\n",
         "in line 1 of /c:\n  invalid time value for smtp_receive_timeout"},
        {"timezone = \"UTC\" x\n",
         "in line 1 of /c:\n  extra characters follow string value for timezone"},
        {"timezone = \"UTC\n",
         "in line 1 of /c:\n  missing quote at end of string value for timezone"},
        {"primary_hostname example\n",
         "in line 1 of /c:\n  missing \"=\" after primary_hostname"},
        {"= x\n", "in line 1 of /c:\n  option setting expected: = x"},
        {"limits_advertise_hosts = *\n", "in line 1 of /c:\n  option \"limits_advertise_hosts\" is "
                                         "supported by this server only when it "
                                         "is empty (write \"limits_advertise_hosts =\")"},
        {"pipelining_advertise_hosts = 192.0.2.0/33\n",
         "in line 1 of /c:\n  pipelining_advertise_hosts: \"192.0.2.0/33\" has a bad network "
         "length (0 to 32)"},
        {"smtp_banner = $nosuch\n",
         "in line 1 of /c:\n  smtp_banner: unknown variable name \"nosuch\""},
        {"spool_directory = spool\n",
         "in line 1 of /c:\n  spool_directory must be an absolute path"},
        {"local_interfaces = nowhere\n", "in line 1 of /c:\n  local_interfaces: \"nowhere\" is "
                                         "no address, address with port, or port "
                                         "(write 127.0.0.1.25, [::1]:25 or 25)"},
        {"AA = x\nAA = y\n", "in line 2 of /c:\n  macro \"AA\" is already defined (use \"==\" if "
                             "you want to redefine "
                             "it)"},
        {"AA == x\n", "in line 1 of /c:\n  can't redefine an undefined macro \"AA\""},
        {"AA = x\nAAB = y\n", "in line 2 of /c:\n  \"AAB\" cannot be defined as a macro because "
                              "previously defined macro \"AA\" is a substring"},
        {".endif\n", "in line 1 of /c:\n  .endif without matching .ifdef"},
        {".else\n", "in line 1 of /c:\n  .else without matching .ifdef"},
        {"\n.ifdef X\nqueue_only\n", "in line 3 of /c:\n  Unexpected end of configuration file: "
                                     ".endif missing (the .ifdef is in "
                                     "line 2)"},
        {".ifdef X\n.else\n.else\n.endif\n", "in line 3 of /c:\n  second .else for one .ifdef"},
        {".ifdf X\n", "in line 1 of /c:\n  unknown directive \".ifdf\" (did you mean .ifdef?)"},
        {".include /nosuch\n",
         "in line 1 of /c:\n  failed to open included configuration file /nosuch: "
         "/nosuch: No such file or directory"},
        {".include c\n", "in line 1 of /c:\n  too many included files (at most 256, nested at "
                         "most 16): does c include "
                         "itself?"},
        {".include\n", "in line 1 of /c:\n  .include needs a file name"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new();
        const char *what = refusal(rows[i].text, arena);
        const char *expected = arena_printf(arena, "refmta configuration error %s", rows[i].what);
        cr_expect_str_eq(what, expected, "%s gave: %s", rows[i].text, what);
        arena_free(arena);
    }
}

Test(conf_snapshot, a_nul_is_refused)
{
    struct arena *arena = arena_new();
    struct conf *conf;
    err e = testing_load(SPAN("queue_only\n\0\n"), NULL, 0, arena, &conf);
    cr_expect_str_eq(e.what, "refmta configuration error in line 2 of /c:\n"
                             "  there is a NUL in the line: this is no configuration text");
    arena_free(arena);
}

Test(conf_snapshot, text_that_is_no_utf8_is_refused_but_in_comments)
{
    struct arena *arena = arena_new();
    const char *what = refusal("# caf\xe9\n\nqualify_domain = caf\xe9.example\n", arena);
    cr_expect(span_has(span_text(what), SPAN("in line 3 of /c:\n  the line is not UTF-8")), "%s",
              what);
    cr_expect_str_eq(refusal("# caf\xe9\nqualify_domain = caf\xc3\xa9.example\n", arena), "");
    arena_free(arena);
}

/* What conf_print() says of one option after reading the text. */
static const char *value(const char *text, const char *define, const char *option,
                         struct arena *arena)
{
    struct conf *conf;
    struct buf out;
    span defines[] = {span_text(define)};
    err e = testing_load(span_text(text), defines, define ? 1 : 0, arena, &conf);
    cr_assert_not(failed(e), "%s: %s", text, e.what);
    buf_init(&out, 65536);
    cr_assert(conf_print(conf, span_text(option), &out));
    const char *printed = arena_text(arena, span_trim_space(buf_span(&out)));
    buf_wipe(&out);
    conf_free(conf);
    return printed;
}

Test(conf_snapshot, values)
{
    static const struct {
        const char *label, *text, *define, *printed;
    } rows[] = {
        {"default", "", NULL, "timezone ="},
        {"set", "timezone = UTC\n", NULL, "timezone = UTC"},
        {"no line end at the end", "timezone = UTC", NULL, "timezone = UTC"},
        {"CRLF file", "timezone = UTC\r\n", NULL, "timezone = UTC"},
        {"hide", "hide timezone = UTC\n", NULL, "timezone = <value not displayable>"},
        {"continued", "timezone = \\\n   U\\\n   TC\n", NULL, "timezone = UTC"},
        {"comment inside a continued line", "timezone = U\\\n# no\n  TC\n", NULL,
         "timezone = UTC"},
        {"macro", "Z = UTC\ntimezone = Z\n", NULL, "timezone = UTC"},
        {"macro in a word", "Z = T\ntimezone = UZC\n", NULL, "timezone = UTC"},
        {"macro of a macro", "Y = UT\nZ = YC\ntimezone = Z\n", NULL, "timezone = UTC"},
        {"redefined", "Z = a\nZ == UTC\ntimezone = Z\n", NULL, "timezone = UTC"},
        {"command line wins", "Z = a\ntimezone = Z\n", "Z=UTC", "timezone = UTC"},
        {"command line, empty", ".ifdef Z\ntimezone = UTC\n.endif\n", "Z", "timezone = UTC"},
        {"ifdef without", ".ifdef Z\ntimezone = x\n.else\ntimezone = UTC\n.endif\n", NULL,
         "timezone = UTC"},
        {"ifndef", ".ifndef Z\ntimezone = UTC\n.endif\n", NULL, "timezone = UTC"},
        {"elifdef",
         "Z = 1\n.ifdef Q\ntimezone = x\n.elifdef Z\ntimezone = UTC\n.else\ntimezone = y\n"
         ".endif\n",
         NULL, "timezone = UTC"},
        {"elifdef after a true branch",
         "Z = 1\n.ifdef Z\ntimezone = UTC\n.elifdef Z\ntimezone = x\n"
         ".endif\n",
         NULL, "timezone = UTC"},
        {"nested in what is skipped",
         ".ifdef Q\n.ifdef P\n.else\nnonsense\n.endif\n.endif\n"
         "timezone = UTC\n",
         NULL, "timezone = UTC"},
        {"builtin macro", ".ifdef _OPT_MAIN_TIMEZONE\ntimezone = UTC\n.endif\n", NULL,
         "timezone = UTC"},
        {"builtin macros are whole words",
         ".ifndef _OPT_MAIN_TIMEZONES\ntimezone = UTC\n.endif\n", NULL, "timezone = UTC"},
        {"quoted", "timezone = \"U\\x54C\"\n", NULL, "timezone = \"U\\x54C\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new();
        const char *printed = value(rows[i].text, rows[i].define, "timezone", arena);
        cr_expect_str_eq(printed, rows[i].printed, "%s: %s", rows[i].label, printed);
        arena_free(arena);
    }
}

Test(conf_snapshot, numbers_and_times)
{
    static const struct {
        const char *text;
        uint64_t size;
        millis wait;
        bool split;
    } rows[] = {
        {"", 50 << 20, 300000, false},
        {"message_size_limit = 1K\nsmtp_receive_timeout = 90s\nsplit_spool_directory\n", 1024,
         90000, true},
        {"message_size_limit = 0x10\nsmtp_receive_timeout = 1h2m3s\nsplit_spool_directory = "
         "yes\n",
         16, 3723000, true},
        {"message_size_limit = 010\nsmtp_receive_timeout = 1w\nno_split_spool_directory\n", 8,
         604800000, false},
        {"message_size_limit = 2M\nnot_split_spool_directory\n", 2 << 20, 300000, false},
        {"message_size_limit = 0\nsplit_spool_directory = FALSE\n", 0, 300000, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new();
        struct conf *conf;
        err e = testing_load(span_text(rows[i].text), NULL, 0, arena, &conf);
        cr_assert_not(failed(e), "%s", e.what);
        cr_expect_eq(conf->main.message_size_limit, rows[i].size, "%s", rows[i].text);
        cr_expect_eq(conf->main.smtp_receive_timeout, rows[i].wait, "%s", rows[i].text);
        cr_expect_eq(conf->main.split_spool_directory, rows[i].split, "%s", rows[i].text);
        conf_free(conf);
        arena_free(arena);
    }
}

Test(conf_snapshot, included_files)
{
    struct arena *arena = arena_new();
    testing_files[1] = (struct testing_file){"/sub/one", SPAN("Z = UTC\n.include two\n")};
    testing_files[2] = (struct testing_file){"/sub/two", SPAN("timezone = Z\nnonsense\n")};
    const char *what = refusal(".include sub/one\n.include_if_exists /not/there\n", arena);
    cr_expect(span_has(span_text(what),
                       SPAN("in line 2 of /sub/two:\n  main option \"nonsense\" unknown")),
              "%s", what);
    arena_free(arena);
}

Test(conf_snapshot, a_line_goes_on_behind_an_included_file)
{
    struct arena *arena = arena_new();
    struct conf *conf;
    testing_files[1] = (struct testing_file){"/part", SPAN("  U\\\n# comment\n  T \\\n")};
    err e = testing_load(SPAN("timezone = \\\n.include /part\n  C\n"), NULL, 0, arena, &conf);
    cr_assert_not(failed(e), "%s", e.what);
    cr_expect_str_eq(conf->main.timezone, "UT C");
    conf_free(conf);
    arena_free(arena);
}

Test(conf_snapshot, a_macro_bomb_meets_a_ceiling)
{
    struct arena *arena = arena_new();
    struct buf text;
    buf_init(&text, 65536);
    buf_put_text(&text, "A0Z = xxxxxxxxxxxxxxxx\n");
    for (int i = 1; i < 30; i++) {
        buf_printf(&text, "A%dZ = A%dZA%dZ\n", i, i - 1, i - 1);
    }
    const char *what = refusal(arena_text(arena, buf_span(&text)), arena);
    cr_expect(span_has(span_text(what), SPAN("line is longer than 65536 octets")), "%s", what);
    buf_wipe(&text);
    arena_free(arena);
}

Test(conf_options, table_is_sorted_and_documented)
{
    cr_expect(rows_sorted(conf_main_options.at, conf_main_options.count,
                          sizeof *conf_main_options.at));
    for (size_t i = 0; i < conf_main_options.count; i++) {
        const struct conf_option *row = &conf_main_options.at[i];
        cr_expect(row->doc != NULL && row->doc[0] != '\0', "%s has no text", row->name);
        cr_expect(row->clause != NULL, "%s", row->name);
        cr_expect_not(conf_exim_has(NULL, span_text(row->name)), "%s is said to be unsupported",
                      row->name);
        cr_expect(row->most == 0 || row->least <= row->most, "%s", row->name);
    }
}

Test(conf_options, a_time_is_the_sum_of_its_units)
{
    static const struct {
        uint64_t seconds;
        const char *text;
    } rows[] = {{0, "0s"}, {59, "59s"}, {300, "5m"}, {3723, "1h2m3s"}, {604801, "1w1s"},
                {303, "3s5m"}, {120, "1m1m"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t seconds = 99;
        cr_expect_not(failed(conf_time_read(span_text(rows[i].text), &seconds)));
        cr_expect_eq(seconds, rows[i].seconds, "%s", rows[i].text);
    }
}

Test(conf_options, each_is_in_the_man_page)
{
    struct arena *arena = arena_new();
    span page;
    cr_assert_not(failed(file_read("docs/refmta.conf.5", 1 << 20, arena, &page)));
    for (size_t i = 0; i < conf_main_options.count; i++) {
        const struct conf_option *row = &conf_main_options.at[i];
        const char *item =
            arena_printf(arena, ".It Ic %s Pq %s", row->name, conf_type_name(row->type));
        cr_expect(span_has(page, span_text(item)), "docs/refmta.conf.5 has no \"%s\"", item);
    }
    arena_free(arena);
}
