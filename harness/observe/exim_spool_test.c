/* The judge's reader of Exim's spool form: a file as it is on disk, and every way in which one can
   be wrong that a lenient reader would pass over. */
#include "harness/observe/formats.h"

#include "base/buf.h"
#include "base/file.h"

#include <criterion/criterion.h>

static const char good_header[] =
    "1abCDE-000000001TL-42Sw-H\n"
    "mail system 101 -1\n"
    "<alice@client.test>\n"
    "1795300647 2\n"
    "-received_time_usec .161890\n"
    "--helo_name client.test\n"
    "--(lsearch)sender_note odd\n"
    "-host_address [192.0.2.10]:40000\n"
    "-received_protocol esmtp\n"
    "-aclm _multi 11\nline1\nline2\n"
    "-deliver_firsttime\n"
    "-dsn_envid abc123\n"
    "YY darcy@dest.test\n"
    "NN alice@dest.test\n"
    "NY editor@dest.test\n"
    "NN frank@dest.test\n"
    "4\n"
    "bob@test.ex rfc822;bob.orig@test.ex 23,12  0,-1#3\n"
    "carol@test.ex  0,2 post@test.ex 12,-1#3\n"
    "dave@test.ex\n"
    "early@test.ex 3\n"
    "\n"
    "030P Received: from a by b; a date\n"
    "024T To: bob@test.ex,\n\tcarol\n"
    "024* To: bob@test.ex,\n\tcarol\n"
    "011  Subject: s\n";
static const char good_data[] = "1abCDE-000000001TL-42Sw-D\nline1\n.dot\n";

static struct arena *arena;
static void make(void)
{
    arena = arena_new();
}
static void drop(void)
{
    arena_free(arena);
}
TestSuite(exim_spool, .init = make, .fini = drop);

static bool is(span s, const char *text)
{
    return span_eq(s, span_text(text));
}

static span attr(const struct spool_entry *e, const char *name)
{
    for (size_t i = 0; i < e->attrs.count; i++) {
        if (strcmp(e->attrs.at[i].name, name) == 0) {
            return e->attrs.at[i].value;
        }
    }
    return SPAN("(absent)");
}

Test(exim_spool, reads_what_a_good_pair_says)
{
    struct spool_entry e = {0};
    err r = exim_spool_read(span_text(good_header), span_text(good_data), arena, &e);
    cr_assert(!failed(r), "%s", r.what);
    cr_assert_str_eq(e.id, "1abCDE-000000001TL-42Sw");
    cr_assert(is(e.sender, "<alice@client.test>"));
    cr_assert_eq(e.arrived, 1795300647);
    cr_assert(is(attr(&e, "helo_name"), "client.test"),
              "two dashes only say that the value is foreign");
    cr_assert(is(attr(&e, "sender_note"), "odd"));
    cr_assert(is(attr(&e, "aclm _multi"), "line1\nline2"), "a counted value may hold line ends");
    cr_assert(is(attr(&e, "deliver_firsttime"), ""));
    cr_assert_str_eq(e.state, "active");
    cr_assert_eq(e.done.count, 4);
    cr_assert(is(e.done.at[0], "darcy@dest.test") && is(e.done.at[3], "frank@dest.test"));
    cr_assert_eq(e.headers.count, 3, "a header marked * is not part of the message");
    cr_assert_str_eq(e.headers.at[1].name, "To");
    cr_assert(is(e.headers.at[1].value, "bob@test.ex,\n\tcarol"));
    cr_assert(is(e.body, "line1\n.dot\n"));
}

Test(exim_spool, reads_every_shape_of_recipient)
{
    struct spool_entry e = {0};
    cr_assert(!failed(exim_spool_read(span_text(good_header), span_text(good_data), arena, &e)));
    cr_assert_eq(e.rcpts.count, 4);
    cr_assert(is(e.rcpts.at[0].address, "bob@test.ex"));
    cr_assert_eq(e.rcpts.at[0].params.count, 2);
    cr_assert(is(e.rcpts.at[0].params.at[0].value, "rfc822;bob.orig@test.ex"));
    cr_assert(is(e.rcpts.at[0].params.at[1].value, "SUCCESS,FAILURE"));
    cr_assert_str_eq(e.rcpts.at[1].params.at[0].name, "ERRORS-TO");
    cr_assert(is(e.rcpts.at[1].params.at[0].value, "post@test.ex"));
    cr_assert(is(e.rcpts.at[1].params.at[1].value, "NEVER"));
    cr_assert(is(e.rcpts.at[2].address, "dave@test.ex"));
    cr_assert(is(e.rcpts.at[3].address, "early@test.ex"));
}

/* The good header with one piece of text replaced. */
static span with(const char *what, const char *by)
{
    const char *at = strstr(good_header, what);
    cr_assert(at, "the test's own mistake: %s", what);
    return span_text(arena_printf(arena, "%.*s%s%s", (int)(at - good_header), good_header, by,
                                  at + strlen(what)));
}

static const struct {
    const char *label, *what, *by, *says;
} refusals[] = {
    {"id of neither length", "1abCDE-000000001TL-42Sw-H", "1abCDE-0001TL-42Sw-H", "line 1"},
    {"no sender brackets", "<alice@client.test>", "alice@client.test", "line 3"},
    {"gid is no number", "101 -1", "101 x", "line 2"},
    {"no warning count", "1795300647 2", "1795300647", "line 4"},
    {"a dash line twice", "-deliver_firsttime\n", "-deliver_firsttime\n-deliver_firsttime\n",
     "stands twice"},
    {"a dash line without name", "-deliver_firsttime", "--", "line 13"},
    {"taint bracket not closed", "--(lsearch)", "--(lsearch", "without `)`"},
    {"ACL value too short", "-aclm _multi 11", "-aclm _multi 10", "ACL variable"},
    {"ACL value beyond the file", "-aclm _multi 11", "-aclm _multi 99999", "ACL variable"},
    {"tree letter", "YY darcy", "YX darcy", "tree"},
    {"tree owes a node", "NN frank@dest.test\n", "NY frank@dest.test\n", "tree"},
    {"more recipients than said", "\n4\n", "\n3\n", "no empty line"},
    {"fewer recipients than said", "\n4\n", "\n5\n", "an empty recipient"},
    {"absurd count", "\n4\n", "\n16385\n", "number of recipients"},
    {"ORCPT length", "23,12", "24,12", "ORCPT"},
    {"errors_to length", "12,-1#3", "13,-1#3", "errors_to"},
    {"unknown recipient form", "-1#3\ncarol", "-1#4\ncarol", "unknown form"},
    {"words behind an address", "dave@test.ex\n", "dave@test.ex extra\n", "text behind"},
    {"header length one short", "011  Subject", "010  Subject", "length is wrong"},
    {"header length one long", "011  Subject", "012  Subject", "length is wrong"},
    {"header length of two digits", "011  Subject", "11  Subject", "not `<length>"},
    {"unknown header type", "011  Subject", "011X Subject", "not `<length>"},
    {"a length that swallows the next header", "030P", "059P", "no continuation"},
    {"header without colon", "Subject: s", "Subject; s", "colon"},
    {"no final line end", "Subject: s\n", "Subject: s", "length is wrong"},
};

Test(exim_spool, a_quoted_local_part_may_hold_blanks_and_numbers)
{
    static const char *const addresses[] = {"\"d e\"@test.ex", "\"d 1,2#3\"@test.ex", "\"d 7\"@test.ex"};
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        struct spool_entry e = {0};
        cr_assert_not(failed(exim_spool_read(with("dave@test.ex", addresses[i]), span_text(good_data),
                                             arena, &e)), "%s", addresses[i]);
        cr_expect(is(e.rcpts.at[2].address, addresses[i]), "%s", addresses[i]);
    }
}

Test(exim_spool, refuses_what_the_form_does_not_allow)
{
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        struct spool_entry e = {0};
        err r = exim_spool_read(with(refusals[i].what, refusals[i].by), span_text(good_data), arena,
                                &e);
        cr_expect_eq(r.kind, ERR_SYNTAX, "%s: taken as good", refusals[i].label);
        cr_expect(r.what && strstr(r.what, refusals[i].says), "%s: says \"%s\", not \"%s\"",
                  refusals[i].label, r.what ? r.what : "", refusals[i].says);
    }
}

Test(exim_spool, refuses_every_file_that_is_cut_short_inside_a_line)
{
    for (size_t n = 0; n < sizeof good_header - 1; n++) {
        struct spool_entry e = {0};
        err r = exim_spool_read(span_of(good_header, n), span_text(good_data), arena, &e);
        bool at_header_end = n > 0 && good_header[n - 1] == '\n' &&
                             n > (size_t)(strstr(good_header, "\n\n") - good_header);
        cr_expect(failed(r) || at_header_end, "the first %zu octets are taken as good", n);
    }
}

Test(exim_spool, refuses_a_nul_and_a_body_of_another_message)
{
    struct spool_entry e = {0};
    span nul = SPAN("1abCDE-0001TL-42-H\nmail\0x 1 1\n<>\n1 0\nXX\n0\n\n");
    cr_expect(failed(exim_spool_read(nul, SPAN("1abCDE-0001TL-42-D\n"), arena, &e)));
    span fine = SPAN("1abCDE-0001TL-42-H\nmail 1 1\n<>\n1 0\nXX\n0\n\n");
    cr_expect(!failed(exim_spool_read(fine, SPAN("1abCDE-0001TL-42-D\n"), arena, &e)),
              "old ids are read");
    cr_expect(failed(exim_spool_read(fine, SPAN("1abCDE-0001TL-43-D\n"), arena, &e)));
}

Test(exim_spool, states_follow_the_dash_lines)
{
    struct spool_entry e = {0};
    cr_assert(!failed(
        exim_spool_read(with("-deliver_firsttime\n", ""), span_text(good_data), arena, &e)));
    cr_expect_str_eq(e.state, "deferred");
    e = (struct spool_entry){0};
    cr_assert(!failed(exim_spool_read(with("-deliver_firsttime\n", "-frozen 1795300700\n"),
                                      span_text(good_data), arena, &e)));
    cr_expect_str_eq(e.state, "frozen");
}

Test(exim_spool, wire_form_bodies_come_out_with_lf)
{
    struct spool_entry e = {0};
    span data = SPAN("1abCDE-000000001TL-42Sw-D\none\r\n.two\r\n");
    cr_assert(!failed(
        exim_spool_read(with("-deliver_firsttime", "-spool_file_wireformat"), data, arena, &e)));
    cr_expect(is(e.body, "one\n.two\n"));
    cr_expect(span_eq(e.raw_data, data), "the octets stay beside it");
}

/* Every -H that real servers left in the recordings is a well-formed file. */
static size_t read_all_below(const char *folder, unsigned depth)
{
    struct dir_list names;
    size_t read = 0;
    if (depth == 0 || failed(dir_list(folder, arena, &names))) {
        return 0;
    }
    for (size_t i = 0; i < names.count; i++) {
        const char *path = path_join(arena, folder, names.names[i]);
        span name = span_text(names.names[i]);
        if (path_is_dir(path)) {
            read += read_all_below(path, depth - 1);
        } else if (span_ends(name, SPAN("-H"))) {
            struct spool_entry e = {0};
            span header;
            char *data_path = arena_text(arena, span_text(path));
            data_path[strlen(data_path) - 1] = 'D';
            span data;
            cr_assert(!failed(file_read(path, 1 << 20, arena, &header)));
            if (failed(file_read(data_path, 1 << 24, arena, &data))) {
                data =
                    span_text(arena_printf(arena, "%.*s-D\n", (int)name.len - 2, names.names[i]));
            }
            err r = exim_spool_read(header, data, arena, &e);
            cr_expect(!failed(r), "%s: %s", path, r.what);
            read++;
        }
    }
    return read;
}

Test(exim_spool, reads_all_that_real_servers_left)
{
    if (!path_is_dir("../shared/recordings")) {
        cr_skip_test("the recordings are not beside this checkout");
    }
    cr_expect_gt(read_all_below("../shared/recordings", 6), 0);
}
