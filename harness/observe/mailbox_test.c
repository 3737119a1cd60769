/* mbox text, the split of a message, marks: what was there before the case is not news. */
#include "harness/observe/formats.h"

#include "base/file.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static struct arena *arena;
static void make(void)
{
    arena = arena_new();
}
static void drop(void)
{
    arena_free(arena);
}
TestSuite(mailbox, .init = make, .fini = drop);

static bool is(span s, const char *text)
{
    return span_eq(s, span_text(text));
}

Test(mailbox, two_messages_with_their_senders)
{
    struct observation seen = {0};
    span text = SPAN(
        "From a@c.test Sun Nov 22 00:00:00 2026\nSubject: one\n\nbody\n>From me\n>>From you\n\n"
        "From MAILER-DAEMON Sun Nov 22 00:00:01 2026\nReturn-path: <x@y>\nSubject: two\n\n\n");
    cr_assert(!failed(mbox_read(text, "u@test.ex", arena, &seen)));
    cr_assert_eq(seen.mails.count, 2);
    cr_expect(is(seen.mails.at[0].from, "<a@c.test>"));
    cr_expect(is(seen.mails.at[0].body, "body\nFrom me\n>From you\n"),
              "one `>` came from the format");
    cr_expect(is(seen.mails.at[1].from, "<>"), "the envelope outweighs a field");
    cr_expect(is(seen.mails.at[1].body, ""));
}

Test(mailbox, text_before_the_first_message_is_refused)
{
    struct observation seen = {0};
    cr_expect(failed(mbox_read(SPAN("Subject: no\n\nx\n"), "u", arena, &seen)));
}

static const struct {
    const char *label, *message;
    size_t fields;
    const char *body;
} splits[] = {
    {"LF",                                        "A: 1\nB: 2\n\nbody\n",         2, "body\n" },
    {"CRLF",                                      "A: 1\r\nB: 2\r\n\r\nbody\r\n", 2, "body\n" },
    {"folded",                                    "A: 1\n\t2\n 3\nB: x\n\nb",     2, "b"      },
    {"no body",                                   "A: 1\n",                       1, ""       },
    {"no header",                                 "\nbody\n",                     0, "body\n" },
    {"a line that is no field ends the header",   "A: 1\nnot a field\n\nx\n",     1,
     "not a field\n\nx\n"                                                                     },
    {"a blank before the colon is no field name", "A : 1\n",                      0, "A : 1\n"},
    {"empty",                                     "",                             0, ""       },
};

Test(mailbox, splits_messages)
{
    for (size_t i = 0; i < sizeof splits / sizeof *splits; i++) {
        struct message_parts parts = {0};
        observe_message_split(span_text(splits[i].message), arena, &parts);
        cr_expect_eq(parts.headers.count, splits[i].fields, "%s: %zu fields", splits[i].label,
                     parts.headers.count);
        cr_expect(is(parts.body, splits[i].body), "%s: body \"%.*s\"", splits[i].label,
                  SPAN_FMT(parts.body));
    }
}

Test(mailbox, only_what_is_new_is_read)
{
    char folder[] = "/tmp/observe-XXXXXX";
    cr_assert(mkdtemp(folder));
    const char *box = path_join(arena, folder, "u@test.ex");
    span first = SPAN("From a@b x\nS: 1\n\none\n\n");
    cr_assert(!failed(file_write(box, first, 0644)));
    marks before = {0};
    cr_assert(!failed(begin_mbox(path_join(arena, folder, "%a"), arena, &before)));
    cr_assert_eq(before.count, 1);
    cr_assert(!failed(file_append(box, SPAN("From c@d x\nS: 2\n\ntwo\n\n"), 0644)));
    struct source source = {
        .place = path_join(arena, folder, "%a"), .before = &before, .arena = arena};
    struct observation seen = {0};
    cr_assert(!failed(read_mbox(&source, &seen)));
    cr_assert_eq(seen.mails.count, 1);
    cr_expect(is(seen.mails.at[0].body, "two\n"));
    cr_expect_str_eq(seen.mails.at[0].mailbox, "u@test.ex");
    /* Begun anew, shorter than its mark: all of it is news. */
    cr_assert(!failed(file_write(box, SPAN("From e@f x\n\n3\n"), 0644)));
    seen = (struct observation){0};
    cr_assert(!failed(read_mbox(&source, &seen)));
    cr_expect_eq(seen.mails.count, 1);
    cr_assert(!failed(dir_remove_all(folder)));
}

Test(mailbox, a_maildir_is_read_without_what_was_there)
{
    char folder[] = "/tmp/observe-XXXXXX";
    cr_assert(mkdtemp(folder));
    const char *box = path_join(arena, folder, "v@test.ex/new");
    cr_assert(!failed(dir_make_all(box, 0755)));
    cr_assert(!failed(file_write(path_join(arena, box, "1.old"), SPAN("S: old\n\nold\n"), 0644)));
    struct source source = {.place = path_join(arena, folder, "%a"), .arena = arena};
    cr_assert(!failed(begin_maildir(source.place, arena, NULL)));
    cr_expect(!path_is_file(path_join(arena, box, "1.old")), "a reader has taken it");
    cr_assert(!failed(file_write(path_join(arena, box, "2.new"),
                                 SPAN("Return-path: <a@b>\nS: new\n\nnew\n"), 0644)));
    struct observation seen = {0};
    cr_assert(!failed(read_maildir(&source, &seen)));
    cr_assert_eq(seen.mails.count, 1);
    cr_expect(is(seen.mails.at[0].from, "<a@b>"));
    cr_expect(is(seen.mails.at[0].body, "new\n"));
    cr_assert(!failed(dir_remove_all(folder)));
}

Test(mailbox, a_place_without_an_address_is_refused)
{
    struct source source = {.place = "/var/mail", .arena = arena};
    struct observation seen = {0};
    cr_expect(failed(read_mbox(&source, &seen)));
}

Test(formats, every_row_is_found_documented_and_has_a_reader)
{
    const char *near;
    for (size_t i = 0; observe_format_row(i); i++) {
        const struct format *f = observe_format_row(i);
        span kind = span_text(observe_surface_name(f->surface));
        cr_expect_eq(observe_format_find(kind, span_text(f->name), &near), f);
        bool with_spool = strcmp(f->name, "exim-spool") == 0; /* the row of the spool reads its files */
        cr_expect((f->line != NULL) == (f->surface == SURFACE_LOG) && (f->read != NULL) == (!f->line && !with_spool));
        cr_expect(f->doc && *f->doc);
    }
    cr_expect(!observe_format_find(SPAN("log"), SPAN("exim-mian"), &near));
    cr_expect_str_eq(near, "exim-main");
    cr_expect(!observe_format_find(SPAN("lgo"), SPAN("exim-main"), &near));
    cr_expect_null(near);
}
