/* -H by its bytes. The samples in header_file.corpus are written after what Debian's Exim 4.96
   writes; those whose names begin with "other" are of other releases, with "bad" damaged. */
#include "ref/spool/header_file.h"

#include "base/file.h"

#include <criterion/criterion.h>
#include <unistd.h>

#define SAMPLES "ref/spool/header_file.corpus"

static span written(const struct envelope *e, struct arena *arena)
{
    struct buf out;
    buf_init(&out, 1u << 20);
    cr_expect_not(failed(spool_header_write(e, arena, &out)));
    return buf_settle(&out, arena);
}

static span sample(const char *name, struct arena *arena)
{
    span text;
    cr_assert_not(
        failed(file_read(path_join(arena, SAMPLES, name), 1u << 20, arena, &text)), "%s",
        name);
    return text;
}

Test(spool_header_file, every_sample_of_4_96_is_written_back_to_the_byte)
{
    struct arena *arena = arena_new();
    struct dir_list files;
    size_t same = 0;
    cr_assert_not(failed(dir_list(SAMPLES, arena, &files)));
    for (size_t i = 0; i < files.count; i++) {
        span text = sample(files.names[i], arena);
        bool bad = strncmp(files.names[i], "bad", 3) == 0;
        struct envelope e;
        err result = spool_header_read(text, arena, &e);
        cr_expect_eq(failed(result), bad, "%s: %s", files.names[i], result.what ? result.what : "");
        if (!bad && strncmp(files.names[i], "other", 5) != 0) {
            cr_expect(span_eq(written(&e, arena), text), "%s", files.names[i]);
            same++;
        }
    }
    cr_expect_geq(same, 6);
    arena_free(arena);
}

Test(spool_header_file, what_a_session_knows_is_what_the_file_says)
{
    struct arena *arena = arena_new();
    struct envelope e = {
        .id = "1xUtVV-0003D5-1r",
        .login = SPAN("Debian-exim"),
        .uid = 999,
        .gid = 995,
        .sender = SPAN("alice@client.example"),
        .received = INT64_C(1795299869575972) * 1000,
        .complete = INT64_C(1795299869577257) * 1000,
        .helo_name = SPAN("client.example"),
        .host_address = SPAN("192.0.2.10"),
        .host_port = 40000,
        .interface_address = SPAN("192.0.2.1"),
        .interface_port = 25,
        .protocol = SPAN("esmtp"),
        .body_lines = 1,
        .longest_line = 10,
        .first_delivery = true,
    };
    *vec_push(arena, &e.recipients) = (struct recipient){.address = SPAN("bob@example.com")};
    *vec_push(arena, &e.headers) = (struct header){
        'P', SPAN("Received: from [192.0.2.10] (port=40000 helo=client.example)\n"
                  "\tby mx.example with esmtp (Exim 4.96)\n\t(envelope-from "
                  "<alice@client.example>)\n"
                  "\tid 1xUtVV-0003D5-1r\n\tfor bob@example.com;\n"
                  "\tSat, 21 Nov 2026 22:24:29 +0000\n")};
    *vec_push(arena, &e.headers) = (struct header){' ', SPAN("Subject: p\n")};
    cr_expect(span_eq(written(&e, arena), sample("one-recipient", arena)), "%.*s",
              SPAN_FMT(written(&e, arena)));
    arena_free(arena);
}

Test(spool_header_file, the_parts_of_a_full_file)
{
    struct arena *arena = arena_new();
    struct envelope e;
    cr_assert_not(failed(spool_header_read(sample("variables", arena), arena, &e)));
    cr_expect_eq(e.received, INT64_C(1795299869575972) * 1000);
    cr_expect_eq(e.complete, INT64_C(1795299869577257) * 1000);
    cr_expect(span_eq(e.host_address, SPAN("2001:db8::1")));
    cr_expect_eq(e.host_port, 40000);
    cr_assert_eq(e.variables.count, 3);
    cr_expect_not(e.variables.at[0].message || e.variables.at[0].tainted);
    cr_expect(e.variables.at[1].message && e.variables.at[1].tainted);
    cr_expect(span_eq(e.variables.at[1].value, SPAN("line1\nline2")));
    cr_expect(span_eq(e.variables.at[2].quoter, SPAN("lsearch")));
    cr_expect_eq(e.frozen, INT64_C(1795299900) * NANOS_PER_SECOND);
    cr_expect(e.smtputf8 && e.first_delivery && !e.local);
    cr_expect_eq(e.zeros, 2);
    cr_expect_eq(e.taint_flipped, 0);
    cr_assert_not(failed(spool_header_read(sample("local", arena), arena, &e)));
    cr_expect(span_eq(e.login, SPAN("root user")));
    cr_expect_eq(e.gid, -1);
    cr_expect_eq(e.warnings, 3);
    cr_expect_eq(e.sender.len, 0);
    cr_expect_neq(e.taint_flipped, 0, "--received_protocol");
    cr_assert_not(failed(spool_header_read(sample("tree", arena), arena, &e)));
    cr_expect_eq(e.done.count, 5);
    cr_expect_eq(e.recipients.count, 6);
    arena_free(arena);
}

Test(spool_header_file, older_and_newer_forms_are_read)
{
    struct arena *arena = arena_new();
    struct envelope e;
    cr_assert_not(failed(spool_header_read(sample("other-old-exim", arena), arena, &e)));
    cr_expect(span_eq(e.host_address, SPAN("192.0.2.10")));
    cr_expect_eq(e.host_port, 40292);
    cr_expect(span_eq(e.interface_address, SPAN("::1")));
    cr_expect_eq(e.interface_port, 2525);
    cr_expect_eq(e.complete, 0);
    cr_assert_eq(e.variables.count, 1);
    cr_expect(e.variables.at[0].message);
    cr_expect(span_eq(e.variables.at[0].name, SPAN("2")));
    cr_expect(e.requiretls);
    cr_assert_eq(e.other.count, 1);
    cr_expect(span_eq(e.other.at[0], SPAN("-unknown line of later days")));
    span text = written(&e, arena);
    cr_expect(span_has(text, SPAN("\n-tls_requiretls 0x1\n")));
    cr_expect(span_has(text, SPAN("\n-unknown line of later days\nXX\n")));
    cr_expect(span_has(
        text, SPAN("\n-helo_name client.example\n-host_address [192.0.2.10]:40292\n")));
    cr_assert_not(failed(spool_header_read(sample("other-new-exim", arena), arena, &e)));
    cr_expect_str_eq(e.id, "1xUti1-000000005uB-2W7W");
    cr_expect(e.wireformat);
    text = written(&e, arena);
    cr_expect(span_has(text, SPAN("\n-spool_file_wireformat\n-max_received_linelength 54\n")));
    cr_expect_not(span_has(text, SPAN("body_linecount")));
    arena_free(arena);
}

/* The sample with one text replaced by another. */
static span with(span text, const char *old, const char *new, struct arena *arena)
{
    size_t at = span_find(text, span_text(old));
    cr_assert_neq(at, SPAN_NONE, "%s", old);
    span tail = span_from(text, at + strlen(old));
    struct buf out;
    buf_init(&out, text.len + strlen(new));
    buf_put(&out, span_first(text, at));
    buf_put_text(&out, new);
    buf_put(&out, tail);
    return buf_settle(&out, arena);
}

Test(spool_header_file, damage_is_told_with_its_line)
{
    static const struct {
        const char *label, *old, *new, *line;
    } rows[] = {
        {"name", "1xUtVV-0003D5-1r-H", "1xUtVV-0003D5-1r-D", "line 1:"},
        {"owner", " 999 995\n", " 999\n", "line 2:"},
        {"sender", "<alice@client.example>\n1", "alice@client.example\n1", "line 3:"},
        {"time", "1795299869 0\n", "1795299869\n", "line 4:"},
        {"endless time", "1795299869 0\n", "9999999999999 0\n", "line 4:"},
        {"fraction", ".575972", ".57597", "line 5:"},
        {"complete", ".577257", "", "line 6:"},
        {"port", ":40000", ":99999", "line 8:"},
        {"count of lines", "linecount 1", "linecount one", "line 11:"},
        {"a flag with a value", "firsttime", "firsttime 1", "line 13:"},
        {"resumption", "resumption A", "resumption AB", "line 14:"},
        {"tree", "XX\n", "XY\n", "line 15:"},
        {"count", "XX\n1\n", "XX\nmany\n", "line 16:"},
        {"count too large", "XX\n1\n", "XX\n18446744073709551616\n", "line 16:"},
        {"more told than there", "XX\n1\n", "XX\n2\n", "line 18:"},
        {"fewer told than there", "XX\n1\n", "XX\n0\n", "line 17:"},
        {"header length", "011  Subject", "010  Subject", "line 25:"},
        {"header longer than the file", "011  Subject", "999  Subject", "line 25:"},
        {"header without type", "011  Subject", "011 Subject", "line 25:"},
        {"two digits", "011  Subject", "11  Subject", "line 25:"},
        {"cut short", "Subject: p\n", "Subject: ", "line 25:"},
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct envelope e;
        span text = with(sample("one-recipient", arena), rows[i].old, rows[i].new, arena);
        err result = spool_header_read(text, arena, &e);
        cr_expect_eq(result.kind, ERR_SYNTAX, "%s", rows[i].label);
        cr_expect(result.what &&
                      strncmp(result.what, rows[i].line, strlen(rows[i].line)) == 0,
                  "%s: %s", rows[i].label, result.what);
    }
    arena_free(arena);
}

/* More than a session takes: -t, or a redirection with one_time. */
Test(spool_header_file, as_many_recipients_as_were_written_are_read)
{
    enum { MANY = 150000 };
    struct arena *arena = arena_new();
    struct envelope e, again;
    struct buf out;
    cr_assert_not(failed(spool_header_read(sample("one-recipient", arena), arena, &e)));
    const struct recipient first = e.recipients.at[0];
    while (e.recipients.count < MANY) {
        vec_add(arena, &e.recipients, first);
    }
    buf_init(&out, SPOOL_HEADER_FILE_LIMIT);
    cr_assert_not(failed(spool_header_write(&e, arena, &out)));
    err read = spool_header_read(buf_span(&out), arena, &again);
    cr_expect_not(failed(read), "%s", read.what);
    cr_expect_eq(again.recipients.count, MANY);
    buf_wipe(&out);
    arena_free(arena);
}

Test(spool_header_file, a_file_cut_anywhere_is_refused_and_harmless)
{
    struct arena *arena = arena_new();
    span text = sample("variables", arena);
    size_t headers = span_find(text, SPAN("\n\n")) + 2;
    for (size_t cut = 0; cut < text.len; cut++) {
        struct envelope e;
        if (cut != headers && !span_ends(span_first(text, cut), SPAN("@example.com\n\n"))) {
            cr_expect(failed(spool_header_read(span_first(text, cut), arena, &e)),
                      "cut at %zu", cut);
        }
    }
    arena_free(arena);
}

Test(spool_header_file, a_text_with_a_line_end_is_never_written)
{
    struct arena *arena = arena_new();
    struct envelope e = {.id = "1xUtVV-0003D5-1r", .helo_name = SPAN("a\n-local")};
    struct buf out;
    buf_init(&out, 10000);
    cr_expect_eq(spool_header_write(&e, arena, &out).kind, ERR_SYNTAX);
    buf_clear(&out);
    e = (struct envelope){.id = "1xUtVV-0003D5-1r", .sender = SPAN("a>\n")};
    cr_expect_eq(spool_header_write(&e, arena, &out).kind, ERR_SYNTAX);
    buf_wipe(&out);
    arena_free(arena);
}

/* recipients_max = 0 lets a session take as many. */
Test(spool_header_file, what_a_session_may_take_is_read_again)
{
    struct arena *arena = arena_new();
    struct envelope e = {.id = "1xUtVV-0003D5-1r", .login = SPAN("mail")};
    struct envelope again;
    struct buf out;
    buf_init(&out, SPOOL_HEADER_FILE_LIMIT);
    for (unsigned i = 0; i < 100000; i++) {
        struct recipient *r = vec_push(arena, &e.recipients);
        *r = (struct recipient){.address = SPAN("u@test.ex"), .parent = -1};
    }
    cr_assert_not(failed(spool_header_write(&e, arena, &out)));
    err result = spool_header_read(buf_span(&out), arena, &again);
    cr_expect_not(failed(result), "%s", result.what);
    cr_expect_eq(again.recipients.count, (size_t)100000);
    buf_wipe(&out);
    arena_free(arena);
}

Test(spool_header_file, stored_and_loaded)
{
    struct arena *arena = arena_new();
    char dir[] = "/tmp/spool-header-XXXXXX";
    int fd;
    struct envelope e;
    struct dir_list files;
    cr_assert_not_null(mkdtemp(dir));
    cr_assert_not(failed(dir_open(dir, &fd)));
    cr_assert_not(failed(spool_header_read(sample("tree", arena), arena, &e)));
    cr_expect_not(failed(spool_header_store(fd, &e, arena)));
    e.warnings = 1;
    cr_expect_not(failed(spool_header_store(fd, &e, arena)), "an older one is replaced");
    cr_expect_not(failed(spool_header_load(fd, e.id, arena, &e)));
    cr_expect_eq(e.warnings, 1);
    cr_assert_not(failed(dir_list(dir, arena, &files)));
    cr_expect_eq(files.count, 1, "no temporary file is left");
    cr_expect(failed(spool_header_load(fd, "1xUtVV-0003D5-1s", arena, &e)));
    close(fd);
    cr_expect_not(failed(dir_remove_all(dir)));
    arena_free(arena);
}
