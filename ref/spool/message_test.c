/* A message from its first octet to its last file: what is on disk at each step, and what is not
   when a step fails. */
#include "ref/spool/message.h"

#include "ref/spool/header_file.h"
#include "ref/spool/journal.h"
#include "ref/spool/scan.h"

#include "base/file.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#define START (INT64_C(1795299869575972) * 1000)

struct world {
    char path[40];
    struct arena *arena;
    struct clock_still clock;
    struct spool spool;
};

static void world_open(struct world *w, bool split)
{
    strcpy(w->path, "/tmp/spool-message-XXXXXX");
    cr_assert_not_null(mkdtemp(w->path));
    w->arena = arena_new();
    clock_still_init(&w->clock, START, 0);
    struct spool_options options = {.directory = path_join(w->arena, w->path, "spool"),
                                    .split = split,
                                    .clock = &w->clock.clock,
                                    .process = 12343,
                                    .login = SPAN("Debian-exim"),
                                    .uid = 999,
                                    .gid = 995,
                                    .header_limit = 1000};
    err e = spool_open(&w->spool, &options, w->arena);
    cr_assert_not(failed(e), "%s", e.what);
}

static void world_close(struct world *w)
{
    spool_close(&w->spool);
    cr_expect_not(failed(dir_remove_all(w->path)));
    arena_free(w->arena);
}

/* Names below input, "K/..." for those in split directories, with a blank behind each. */
static const char *files(struct world *w)
{
    struct spool_entries list;
    struct buf out;
    cr_assert_not(failed(spool_scan(w->spool.input, w->arena, &list)));
    buf_init(&out, 10000);
    for (size_t i = 0; i < list.list.count; i++) {
        const struct spool_entry *e = &list.list.at[i];
        if (e->split) {
            buf_printf(&out, "%c/", e->split);
        }
        buf_printf(&out, "%s%s%s%s%s ", e->id, e->parts & SPOOL_PART_D ? " D" : "",
                   e->parts & SPOOL_PART_H ? " H" : "", e->parts & SPOOL_PART_J ? " J" : "",
                   e->parts & SPOOL_PART_TEMP ? " hdr" : "");
    }
    return buf_settle_text(&out, w->arena);
}

static span content(struct world *w, const char *name)
{
    span text;
    cr_assert_not(
        failed(file_read(path_join(w->arena, w->spool.input, name), 1u << 24, w->arena, &text)),
        "%s", name);
    return text;
}

static void receive(struct world *w, struct spool_message *m, span text, size_t piece)
{
    cr_assert_not(failed(spool_message_begin(&w->spool, w->arena, m)));
    for (size_t at = 0; at < text.len; at += piece) {
        err e = spool_message_write(m, span_part(text, at, piece));
        cr_assert_not(failed(e), "%s", e.what);
    }
    cr_assert_not(failed(spool_message_end(m)));
    *vec_push(w->arena, &m->envelope.recipients) =
        (struct recipient){.address = SPAN("bob@example.com")};
}

Test(spool_message, a_message_is_there_when_commit_returns_and_not_before)
{
    struct world w;
    struct spool_message m;
    world_open(&w, false);
    cr_assert_not(failed(spool_message_begin(&w.spool, w.arena, &m)));
    cr_expect_str_eq(m.envelope.id, "1xUtVV-0003D5-1r");
    cr_expect_str_eq(files(&w), "1xUtVV-0003D5-1r D ");
    cr_expect_not(failed(spool_message_write(&m, SPAN("Subject: p\n\nhello\n"))));
    cr_expect_not(failed(spool_message_end(&m)));
    cr_expect_str_eq(files(&w), "1xUtVV-0003D5-1r D ");
    clock_still_move(&w.clock, 1285000);
    spool_message_add(&m, true, 'P', SPAN("Received: x\n"));
    cr_expect_eq(spool_message_size(&m), 12 + 11 + 1 + 6);
    cr_expect_not(failed(spool_message_commit(&m)));
    cr_expect_str_eq(files(&w), "1xUtVV-0003D5-1r D H ");
    spool_message_close(&m);
    cr_expect_str_eq(files(&w), "1xUtVV-0003D5-1r D H ");
    cr_expect(span_eq(content(&w, "1xUtVV-0003D5-1r-D"), SPAN("1xUtVV-0003D5-1r-D\nhello\n")));
    cr_expect(
        span_eq(content(&w, "1xUtVV-0003D5-1r-H"),
                SPAN("1xUtVV-0003D5-1r-H\nDebian-exim 999 995\n<>\n1795299869 0\n"
                     "-received_time_usec .575972\n-received_time_complete 1795299869.577257\n"
                     "-body_linecount 1\n-max_received_linelength 10\n-deliver_firsttime\n"
                     "-tls_resumption A\nXX\n0\n\n012P Received: x\n011  Subject: p\n")),
        "%.*s", SPAN_FMT(content(&w, "1xUtVV-0003D5-1r-H")));
    world_close(&w);
}

Test(spool_message, where_the_body_begins)
{
    static const struct {
        const char *label, *text, *headers, *body;
        unsigned long lines, longest, zeros;
    } rows[] = {
        {"header and body", "A: b\n c\n\nx\ny\n", "A: b\n c\n", "x\ny\n", 2, 4, 0},
        {"header alone", "A: b\n\n", "A: b\n", "", 0, 4, 0},
        {"header without an end", "A: b\n", "A: b\n", "", 0, 4, 0},
        {"header without a line end", "A: b", "A: b\n", "", 0, 4, 0},
        {"nothing", "", "", "", 0, 0, 0},
        {"one empty line", "\n", "", "", 0, 0, 0},
        {"body alone", "\nbody\n", "", "body\n", 1, 4, 0},
        {"no header line, as Exim has it", "A: b\nnot a header line\n", "A: b\n",
         "not a header line\n", 1, 17, 0},
        {"no header at all", "x\n", "", "x\n", 1, 1, 0},
        {"no final line end", "A: b\n\nend", "A: b\n", "end\n", 1, 4, 0},
        {"empty lines in the body", "A: b\n\n\n\n", "A: b\n", "\n\n", 2, 4, 0},
    };
    for (size_t piece = 1; piece < 20; piece += piece < 4 ? 1 : 7) {
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            struct world w;
            struct spool_message m;
            struct buf headers;
            world_open(&w, false);
            receive(&w, &m, span_text(rows[i].text), piece);
            buf_init(&headers, 1000);
            for (size_t h = 0; h < m.envelope.headers.count; h++) {
                buf_put(&headers, m.envelope.headers.at[h].text);
            }
            cr_expect(span_eq(buf_span(&headers), span_text(rows[i].headers)), "%s by %zu",
                      rows[i].label, piece);
            cr_expect_eq(m.envelope.body_lines, rows[i].lines, "%s by %zu", rows[i].label, piece);
            cr_expect_eq(m.envelope.longest_line, rows[i].longest, "%s by %zu: %lu",
                         rows[i].label, piece, m.envelope.longest_line);
            cr_expect_not(failed(spool_message_commit(&m)));
            span data = content(&w, "1xUtVV-0003D5-1r-D");
            cr_expect(span_eq(span_from(data, 19), span_text(rows[i].body)), "%s by %zu: %.*s",
                      rows[i].label, piece, SPAN_FMT(data));
            spool_message_close(&m);
            buf_wipe(&headers);
            world_close(&w);
        }
    }
}

Test(spool_message, nul_octets_are_kept_and_counted)
{
    struct world w;
    struct spool_message m;
    world_open(&w, false);
    receive(&w, &m, SPAN("A: b\n\nx\0y\0\n"), 3);
    cr_expect_eq(m.envelope.zeros, 2);
    cr_expect_not(failed(spool_message_commit(&m)));
    cr_expect(span_eq(content(&w, "1xUtVV-0003D5-1r-D"), SPAN("1xUtVV-0003D5-1r-D\nx\0y\0\n")));
    spool_message_close(&m);
    world_close(&w);
}

Test(spool_message, what_is_not_committed_leaves_nothing)
{
    struct world w;
    struct spool_message m;
    world_open(&w, true);
    receive(&w, &m, SPAN("A: b\n\nx\n"), 100);
    spool_message_close(&m);
    cr_expect_str_eq(files(&w), "");
    spool_message_close(&m); /* again is fine */
    world_close(&w);
}

Test(spool_message, a_header_section_has_a_ceiling_and_a_body_has_none)
{
    struct world w;
    struct spool_message m;
    world_open(&w, false);
    cr_assert_not(failed(spool_message_begin(&w.spool, w.arena, &m)));
    err e = OK;
    for (unsigned i = 0; i < 100 && !failed(e); i++) {
        e = spool_message_write(&m, SPAN("X-Endless: and so on\n"));
    }
    cr_expect_eq(e.kind, ERR_LIMIT);
    spool_message_close(&m);
    cr_expect_str_eq(files(&w), "");
    cr_assert_not(failed(spool_message_begin(&w.spool, w.arena, &m)));
    cr_expect_not(failed(spool_message_write(&m, SPAN("A: b\n\n"))));
    for (unsigned i = 0; i < 100000; i++) {
        cr_assert_not(failed(spool_message_write(&m, SPAN("0123456789012345678901234567890\n"))));
    }
    cr_expect_not(failed(spool_message_end(&m)));
    cr_expect_eq(m.envelope.body_lines, 100000);
    spool_message_close(&m);
    world_close(&w);
}

Test(spool_message, ids_that_are_taken_are_passed_over)
{
    struct world w;
    struct spool_message first;
    struct spool_message second;
    world_open(&w, false);
    receive(&w, &first, SPAN("\n"), 1);
    cr_expect_not(failed(spool_message_commit(&first)));
    spool_message_close(&first);
    /* a restart with the clock standing still and the same process number */
    spool_ids_init(w.spool.ids, &w.clock.clock, 12343, 0);
    cr_expect_not(failed(spool_message_begin(&w.spool, w.arena, &second)));
    cr_expect_str_neq(second.envelope.id, "1xUtVV-0003D5-1r");
    cr_expect(span_starts(content(&w, "1xUtVV-0003D5-1r-H"), SPAN("1xUtVV-0003D5-1r-H\n")));
    spool_message_close(&second);
    cr_expect_str_eq(files(&w), "1xUtVV-0003D5-1r D H ");
    world_close(&w);
}

Test(spool_message, split_directories_are_made_and_both_layouts_are_read)
{
    struct world w;
    struct spool_message m;
    world_open(&w, true);
    receive(&w, &m, SPAN("A: b\n\nx\n"), 100);
    cr_expect_not(failed(spool_message_commit(&m)));
    spool_message_close(&m);
    cr_expect_str_eq(files(&w), "V/1xUtVV-0003D5-1r D H ");
    w.spool.options.split = false;
    cr_expect_not(failed(spool_message_open(&w.spool, SPAN("1xUtVV-0003D5-1r"), w.arena, &m)));
    cr_expect_eq(m.envelope.recipients.count, 1);
    cr_expect_not(failed(spool_message_remove(&m)));
    spool_message_close(&m);
    cr_expect_str_eq(files(&w), "");
    world_close(&w);
}

Test(spool_message, work_on_a_message_is_for_one)
{
    struct world w;
    struct spool_message m;
    struct spool_message other;
    world_open(&w, false);
    receive(&w, &m, SPAN("A: b\n\nx\n"), 100);
    cr_expect_not(failed(spool_message_commit(&m)));
    cr_expect_eq(spool_message_open(&w.spool, SPAN("1xUtVV-0003D5-1r"), w.arena, &other).kind,
                 ERR_DEFER);
    spool_message_close(&m);
    cr_expect_not(failed(spool_message_open(&w.spool, SPAN("1xUtVV-0003D5-1r"), w.arena, &other)));
    /* delivered to one, crashed, taken up again */
    struct spool_journal journal;
    cr_expect_not(failed(spool_journal_open(other.dir, other.envelope.id, &journal)));
    cr_expect_not(failed(spool_journal_add(&journal, SPAN("bob@example.com"))));
    spool_journal_close(&journal);
    spool_message_close(&other);
    cr_expect_str_eq(files(&w), "1xUtVV-0003D5-1r D H J ");
    cr_expect_not(failed(spool_message_open(&w.spool, SPAN("1xUtVV-0003D5-1r"), w.arena, &other)));
    cr_expect_eq(other.envelope.done.count, 1);
    cr_expect_not(failed(spool_message_update(&other)));
    cr_expect_str_eq(files(&w), "1xUtVV-0003D5-1r D H ");
    cr_expect(span_has(content(&w, "1xUtVV-0003D5-1r-H"), SPAN("\nNN bob@example.com\n")));
    spool_message_close(&other);
    cr_expect(failed(spool_message_open(&w.spool, SPAN("1xUtVV-0003D5-1s"), w.arena, &other)));
    cr_expect_eq(spool_message_open(&w.spool, SPAN("../../etc"), w.arena, &other).kind, ERR_SYNTAX);
    world_close(&w);
}

/* No file may grow beyond so many octets: the cheapest full disk there is. */
static void limit_files(rlim_t octets)
{
    struct rlimit limit = {octets, RLIM_INFINITY};
    signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

Test(spool_message, a_disk_that_is_full_at_any_moment_leaves_nothing_behind)
{
    unsigned complete = 0;
    for (rlim_t octets = 0; octets < 600; octets += 3) {
        struct world w;
        struct spool_message m;
        world_open(&w, false);
        limit_files(octets);
        err e = spool_message_begin(&w.spool, w.arena, &m);
        bool begun = !failed(e);
        if (begun) {
            e = spool_message_write(&m, SPAN("A: b\n\nx\n"));
        }
        if (!failed(e)) {
            e = spool_message_end(&m);
        }
        if (!failed(e)) {
            spool_message_add(&m, true, 'P', SPAN("Received: x\n"));
            e = spool_message_commit(&m);
        }
        limit_files(RLIM_INFINITY);
        if (failed(e)) {
            cr_expect_eq(e.kind, ERR_IO);
            cr_expect_eq(e.sys, EFBIG);
            cr_expect_str_eq(files(&w), "", "at %lu octets", (unsigned long)octets);
        } else {
            cr_expect_str_eq(files(&w), "1xUtVV-0003D5-1r D H ");
            complete++;
        }
        if (begun) {
            spool_message_close(&m);
        }
        cr_expect_str_eq(files(&w), failed(e) ? "" : "1xUtVV-0003D5-1r D H ");
        world_close(&w);
    }
    cr_expect(complete > 0 && complete < 200, "%u of 200 went through", complete);
}

Test(spool_message, a_spool_that_cannot_be_used_says_which_and_what_to_do)
{
    struct arena *arena = arena_new();
    struct spool s;
    struct spool_options options = {.directory = "/dev/null/spool", .clock = clock_system()};
    err e = spool_open(&s, &options, arena);
    cr_expect(failed(e));
    cr_expect(e.what && strstr(e.what, "/dev/null/spool/input") &&
              strstr(e.what, "spool_directory"));
    arena_free(arena);
}
