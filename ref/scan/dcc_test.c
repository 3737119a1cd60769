/* What dccifd was told and answered in sessions recorded from Exim 4.93 and 4.99, and what a daemon may
   do that none of them did. */
#include "ref/scan/dcc.h"

#include "base/task.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

Test(scan_dcc, the_request_is_that_of_the_recordings)
{
    static const char fields[] = "From: Alice <alice@client.example.org>\nX-Folded: a\n\tb\n";
    const span recipients[] = {SPAN("bob@example.com"), SPAN("carol@example.com")};
    const span headers[] = {SPAN("Received: from [127.0.0.1] (port=44095)\n\tby mx1.example.com;\n"),
                            span_text(fields)};
    struct dcc_query q = {.options = SPAN("header"), .client = SPAN("127.0.0.1"),
                          .helo = SPAN("HELO localhost"), .sender = SPAN("alice@client.example.org"),
                          .recipients = recipients, .recipient_count = 2, .headers = headers,
                          .header_count = 2, .body = -1};
    struct buf out;
    buf_init(&out, 4096);
    dcc_query_write(&q, &out);
    cr_expect(span_eq(buf_span(&out),
                      SPAN("header\n127.0.0.1\nHELO localhost\nalice@client.example.org\n"
                           "bob@example.com\ncarol@example.com\n\n"
                           "Received: from [127.0.0.1] (port=44095)\n\tby mx1.example.com;\n"
                           "From: Alice <alice@client.example.org>\nX-Folded: a\n\tb\n\r\n")),
              "%.*s", SPAN_FMT(buf_span(&out)));
    buf_wipe(&out);
}

Test(scan_dcc, nothing_told_is_more_than_a_line)
{
    const span recipients[] = {SPAN("a\rb"), SPAN("c\nd"), SPAN("e\0f")};
    struct dcc_query q = {.options = SPAN("header\nlog"), .client = SPAN("1\n2"), .helo = SPAN("x\r"),
                          .sender = SPAN_EMPTY, .recipients = recipients, .recipient_count = 3,
                          .body = -1};
    struct buf out;
    buf_init(&out, 4096);
    dcc_query_write(&q, &out);
    cr_expect(span_eq(buf_span(&out), SPAN("header\n1\nx\n<>\na\nc\ne\n\n\r\n")), "%.*s",
              SPAN_FMT(buf_span(&out)));
    buf_wipe(&out);
}

#define X "X-DCC-example-Metrics: mx1.example.com 1234; Body=1 Fuz1=1 Fuz2=many"

Test(scan_dcc, answers_are_read_as_exim_reads_them)
{
    static const struct {
        const char *label, *raw;
        enum dcc_outcome outcome;
        const char *result, *header;
    } rows[] = {
        {"accept", "A\nAA\n" X "\n\n", DCC_ACCEPTED, "A", X "\n"},
        {"some", "S\nAR\n" X "\n\n", DCC_ACCEPTED, "A", X "\n"},
        {"reject", "R\nRR\n" X "\n\n", DCC_REJECTED, "R", X "\n"},
        {"greylist", "G\nGG\n" X "\n\n", DCC_GREYLISTED, "G", X "\n"},
        {"tempfail", "T\nTT\n\n", DCC_FAILED, "T", ""},
        {"unknown", "Z\n\n\n", DCC_STRANGE, "T", ""},
        {"long first line", "AB\nAA\n" X "\n\n", DCC_ACCEPTED, "A", X "\n"},
        {"folded", "A\nAA\nX-DCC-e: one;\n\tBody=1\n\n", DCC_ACCEPTED, "A", "X-DCC-e: one;\n\tBody=1\n"},
        {"text behind", "A\nAA\n" X "\n\nextra text after blank line\n", DCC_ACCEPTED, "A",
         X "\n\nextra text after blank line\n\n"},
        {"no empty line", "A\nA\n" X "\n", DCC_ACCEPTED, "A", X "\n"},
        {"no line end", "A\nA\n" X, DCC_ACCEPTED, "A", X "\n"},
        {"another field", "A\nA\nX-Other: y\n\n", DCC_ACCEPTED, "A", ""},
        {"one line", "A\n", DCC_ACCEPTED, "A", ""},
        {"cut in the first", "A", DCC_SILENT, "", ""},
        {"cut in the second", "R\nR", DCC_REJECTED, "R", ""},
        {"nothing", "", DCC_SILENT, "", ""},
        {"empty line", "\n", DCC_STRANGE, "T", ""},
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct dcc_answer a;
        dcc_answer_read(span_text(rows[i].raw), arena, &a);
        cr_expect_eq(a.outcome, rows[i].outcome, "%s", rows[i].label);
        cr_expect(span_eq(a.result, span_text(rows[i].result)), "%s", rows[i].label);
        cr_expect(span_eq(a.header, span_text(rows[i].header)), "%s: %.*s", rows[i].label,
                  SPAN_FMT(a.header));
        cr_expect_eq(a.long_result, strcmp(rows[i].label, "long first line") == 0);
    }
    arena_free(arena);
}

Test(scan_dcc, a_long_field_is_cut)
{
    struct arena *arena = arena_new();
    char raw[512];
    struct dcc_answer a;
    int len = snprintf(raw, sizeof raw, "A\nA\nX-DCC-example-Metrics: %0200d\n\n", 0);
    dcc_answer_read(span_of(raw, (size_t)len), arena, &a);
    cr_expect_eq(a.header.len, DCC_HEADER_OCTETS + 1);
    cr_expect(span_ends(a.header, SPAN("0\n")));
    arena_free(arena);
}

Test(scan_dcc, what_goes_into_a_message_is_one_field)
{
    static const struct {
        span header, field;
    } rows[] = {
        {SPAN("X-DCC-a: b\n"), SPAN("X-DCC-a: b\n")},
        {SPAN("X-DCC-a: b\n\tc\n d\n"), SPAN("X-DCC-a: b\n\tc\n d\n")},
        {SPAN("X-DCC-a: b\n\nextra\n\n"), SPAN("X-DCC-a: b\n")},
        {SPAN("X-DCC-a: b\nSubject: c\n"), SPAN("X-DCC-a: b\n")},
        {SPAN("X-DCC-a b\n"), SPAN("")},
        {SPAN("X-DCC-a b\n c: d\n"), SPAN("")},
        {SPAN("X-DCC-a: b\0c\n"), SPAN("")},
        {SPAN(""), SPAN("")},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        span field = dcc_header_field(rows[i].header);
        cr_expect(span_eq(field, rows[i].field), "%zu: %.*s", i, SPAN_FMT(field));
    }
}

Test(scan_dcc, addresses)
{
    static const struct {
        const char *text;
        bool good;
    } rows[] = {
        {"/usr/local/dcc/var/dccifd", true}, {"127.0.0.1 6277", true},
        {"127.0.0.1 \t6277", true}, {"127.0.0.1\t6277", true}, {"127.0.0.1   6277", true},
        {"::1 6277", true}, {" 127.0.0.1 6277 ", true}, {"", false}, {"justahost", false},
        {"dcc.test 6277", false}, {"127.0.0.1", false}, {"127.0.0.1 0", false},
        {"127.0.0.1 65536", false}, {"127.0.0.1 1 2", false}, {"127.0.0.1:6277", false},
    };
    struct address to;
    char path[300] = "/";
    memset(path + 1, 'x', sizeof path - 2);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect_eq(dcc_address_read(span_text(rows[i].text), &to), rows[i].good, "%s", rows[i].text);
    }
    cr_expect_not(dcc_address_read(span_of(path, sizeof path - 1), &to));
}

/* --- a daemon ----------------------------------------------------------------------------------- */

struct daemon {
    char folder[32], path[64];
    struct address at;
    int listener;
    const char *answer;
    bool reads;          /* all there is, before it answers; else nothing, and it closes with unread */
    struct task_group *tasks;
};

static void serve(void *arg)
{
    struct daemon *d = arg;
    struct address peer;
    char block[65536];
    size_t got = 1;
    int fd;
    if (failed(socket_accept(d->listener, 10000, &fd, &peer))) {
        return;
    }
    while (d->reads && !failed(socket_read(fd, block, sizeof block, 10000, &got))) {
    }
    (void)!failed(socket_write(fd, span_text(d->answer), 10000));
    close(fd);
}

static void daemon_begin(struct daemon *d, const char *answer, bool reads)
{
    *d = (struct daemon){.folder = "/tmp/dcc-test-XXXXXX", .answer = answer, .reads = reads};
    cr_assert(mkdtemp(d->folder) != NULL);
    snprintf(d->path, sizeof d->path, "%s/dccifd", d->folder);
    cr_assert(dcc_address_read(span_text(d->path), &d->at));
    cr_assert(!failed(socket_listen(&d->at, 1, &d->listener)));
    d->tasks = task_group_new(1, 0);
    cr_assert(!failed(task_start(d->tasks, serve, d)));
}

static void daemon_end(struct daemon *d)
{
    task_group_free(d->tasks);
    close(d->listener);
    unlink(d->path);
    rmdir(d->folder);
}

static err ask(struct daemon *d, size_t body, millis wait, struct arena *arena, struct dcc_answer *a)
{
    FILE *file = tmpfile();
    const span recipients[] = {SPAN("u@x")};
    struct dcc_query q = {.options = SPAN("header"), .client = SPAN("192.0.2.1"),
                          .helo = SPAN("HELO localhost"), .sender = SPAN("a@x"),
                          .recipients = recipients, .recipient_count = 1, .body = fileno(file)};
    cr_assert(ftruncate(fileno(file), (off_t)body) == 0);
    err e = dcc_ask(&d->at, &q, wait, arena, a);
    fclose(file);
    return e;
}

Test(scan_dcc, a_daemon_is_asked)
{
    struct daemon d;
    struct dcc_answer a;
    struct arena *arena = arena_new();
    daemon_begin(&d, "R\nR\nX-DCC-a: b\n\n", true);
    cr_expect(!failed(ask(&d, 200000, 10000, arena, &a)));
    cr_expect(a.outcome == DCC_REJECTED && span_eq(a.header, SPAN("X-DCC-a: b\n")));
    daemon_end(&d);
    arena_free(arena);
}

/* A daemon that refuses an option says nothing; one that has made up its mind may not read on. */
Test(scan_dcc, one_that_closes_early_is_no_error)
{
    struct daemon d;
    struct dcc_answer a;
    struct arena *arena = arena_new();
    daemon_begin(&d, "", false);
    cr_expect(!failed(ask(&d, 8 << 20, 10000, arena, &a)));
    cr_expect(a.outcome == DCC_SILENT);
    daemon_end(&d);
    arena_free(arena);
}

Test(scan_dcc, waiting_has_an_end)
{
    struct arena *arena = arena_new();
    struct daemon d = {.folder = "/tmp/dcc-test-XXXXXX"};
    struct dcc_answer a;
    cr_assert(mkdtemp(d.folder) != NULL);
    snprintf(d.path, sizeof d.path, "%s/dccifd", d.folder);
    cr_assert(dcc_address_read(span_text(d.path), &d.at));
    err e = ask(&d, 1, 50, arena, &a);
    cr_expect_str_eq(err_text(e, arena), "Connecting to UNIX socket failed: No such file or directory");
    cr_assert(!failed(socket_listen(&d.at, 1, &d.listener)));
    e = ask(&d, 1, 50, arena, &a); /* nobody accepts */
    cr_expect_eq(e.kind, ERR_TIMEOUT);
    close(d.listener);
    unlink(d.path);
    rmdir(d.folder);
    arena_free(arena);
}
