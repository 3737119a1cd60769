/* Every kind of expect on a case made by hand: a line that holds, and lines that do not. What is
   demanded here is that wrong things are found wrong. */
#include "harness/judge/judge.h"

#include "harness/observe/formats.h"
#include "harness/scenario/directives.h"
#include "harness/scenario/read.h"

#include <criterion/criterion.h>

static struct arena *arena;
static struct transcript t;
static struct observation seen;
static struct bindings *b;
static texts labels;

static struct named_text named(const char *name, const char *value)
{
    return (struct named_text){name, span_text(value)};
}

static void add_bytes(enum side side, unsigned number, const char *text)
{
    transcript_add(&t, SAW_BYTES, 0, number, side)->bytes = span_text(text);
}

static void make_wire(void)
{
    transcript_init(&t, arena);
    (void)transcript_add(&t, SAW_FLIGHT, 0, 1, SIDE_C);
    add_bytes(SIDE_C, 1, "EHLO c.test\r\n");
    (void)transcript_add(&t, SAW_FLIGHT, 0, 1, SIDE_S);
    add_bytes(SIDE_S, 1, "250 mx\r\n");
    transcript_add(&t, SAW_MARK, 0, 1, SIDE_S)->text = "greeted";
    (void)transcript_add(&t, SAW_FLIGHT, 0, 1, SIDE_C);
    add_bytes(SIDE_C, 1, "QUIT\n");
}

static void make_logs(void)
{
    static const char *const lines[] = {"1abc <= a@c.test H=x L=- S=42", "1abc => u@test.ex",
                                        "1abc Completed", "2def <= a@c.test S=7"};
    for (size_t i = 0; i < 4; i++) {
        struct log_line *line = vec_push(arena, &seen.logs);
        *line = (struct log_line){.format = "exim-main", .line = span_text(lines[i])};
        if (strstr(lines[i], "S=") != NULL) {
            vec_add(arena, &line->fields, named("S", strstr(lines[i], "S=") + 2));
        }
        if (i == 0) {
            vec_add(arena, &line->fields, named("X", "TLS1.3"));
            vec_add(arena, &line->fields, named("X", "other"));
        }
    }
}

static void make_spool(void)
{
    static const char *const states[] = {NULL, "deferred"};
    for (size_t i = 0; i < 2; i++) {
        struct spool_entry *m = vec_push(arena, &seen.spool);
        *m = (struct spool_entry){
            .id = "1abc", .sender = SPAN("<a@c.test>"), .arrived = 1700, .body = SPAN("hello\n")};
        m->raw_header = SPAN("raw header");
        m->raw_data = SPAN("1abc-D\nhello\n");
        m->state = states[i];
        vec_push(arena, &m->rcpts)->address = SPAN("u@test.ex");
        if (i == 1) {
            struct spool_rcpt *v = vec_push(arena, &m->rcpts);
            v->address = SPAN("v@test.ex");
            vec_add(arena, &v->params, named("NOTIFY", "NEVER"));
            vec_add(arena, &m->done, SPAN("u@test.ex"));
        }
        vec_add(arena, &m->attrs, named("host_address", "[192.0.2.10]:4711"));
        vec_add(arena, &m->headers, named("Subject", " plain\n\tfolded"));
    }
}

#define REPORT                                                                                    \
    "preamble\r\n--b\r\n\r\ntext\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"         \
    "Reporting-MTA: dns; mx\r\n\r\nFinal-Recipient: rfc822; d@e\r\nStatus: 5.1.1\r\nRemote-MTA: " \
    "dns; x\r\n"                                                                                  \
    "Remote-MTA: X-ip; [1]\r\n\r\n\r\nStatus: 4.0.0\r\n--b--\r\n"

static void add_mail(const char *box, const char *from, const char *subject, const char *body)
{
    struct mail_entry *m = vec_push(arena, &seen.mails);
    *m = (struct mail_entry){
        .mailbox = box, .from = span_text(from), .body = span_text(body), .raw = span_text(arena_printf(arena, "\r\n%s", body))};
    vec_add(arena, &m->rcpts, SPAN("u@test.ex"));
    vec_add(arena, &m->headers, named("Subject", subject));
    vec_add(arena, &m->headers, named("Received", " one"));
    vec_add(arena, &m->headers, named("received", " two"));
    vec_add(
        arena, &m->headers,
        named("Content-Type", " multipart/report; report-type=delivery-status;\n boundary=\"b\""));
}

static void make(void)
{
    arena = arena_new();
    seen = (struct observation){
        .has_log = true, .has_spool = true, .has_queue = true, .has_mail = true};
    labels = (texts){0};
    b = bindings_new(arena, NULL);
    bindings_set(b, "id", SPAN("1abc"));
    vec_add(arena, &labels, "taken");
    make_wire();
    make_logs();
    make_spool();
    add_mail("u@test.ex", "<a@c.test>", " plain", "hello\n");
    add_mail("mx", "<>", " bounce", REPORT);
    add_mail("mx", "<>", " again", "hello\r\n");
}

static void drop(void)
{
    arena_free(arena);
}

TestSuite(judge, .init = make, .fini = drop);

static const struct scenario *read_text(const char *expect)
{
    struct scenario_set set = {0};
    mistakes wrong = {0};
    const char *text =
        arena_printf(arena,
                     "scenario x\nsource SEED x\nreq TODO\nactor c client -> sut:smtp\nactor mx "
                     "server at mx.c.test:25\nS: 220\n"
                     "^ name greeted\neither taken\n  S: 250\n  C: NOOP ~ @{id:id}\n  S: 250 ~ "
                     "\"@{n:int}\"\nor other\n  S: 5xx\nend\n%s\n"
                     "=== message m\nSubject: m\n\nhello\n=== message n\nSubject: n\n\nhallo\n"
                     "=== spool good\nsender \"<a@c.test>\"\nrcpts u@test.ex\nrcpts "
                     "v@test.ex\nattr host_address \"*:4711\"\n"
                     "=== spool bad\nsender \"<a@c.test>\"\nrcpts u@test.ex\n",
                     expect);
    err e = scenario_read_text(span_text(text), "x.scn", "x", arena, &set, &wrong);
    cr_assert(!failed(e));
    cr_assert_eq(wrong.count, 0, "%s: %s", expect, wrong.count > 0 ? wrong.at[0].what : "");
    return set.cases.at[0];
}

struct row {
    const char *expect;
    bool ok;
    const char *got; /* part of what is told, or NULL */
};

static const struct row rows[] = {
    { "flights c = C S C", true, NULL },
    { "flights c = C S", false, "C S C" },
    { "flights c until greeted = C S", true, NULL },
    { "rtt c = 1.5", true, NULL },
    { "rtt c until greeted = 1", true, NULL },
    { "rtt c < 1", false, "1.5" },
    { "wire c C lacks /[^\\r]\\n/", false, "QUIT" },
    { "wire c S lacks /[^\\r]\\n/", true, NULL },
    { "wire c C has \"EHLO *\\r\\n\" count = 1", true, NULL },
    { "wire mx C has \"EHLO\"", false, NULL },
    { "wire mx C lacks \"EHLO\"", true, NULL },
    { "log exim-main has \"@{id} <= a@c.test\"", true, NULL },
    { "log exim-main has \"@{id} <= b@c.test\"", false, "0 lines" },
    { "log exim-main has \"<= a@c.test\" count = 2", true, NULL },
    { "log exim-main has \"<= a@c.test\" count = 1", false, "count 2" },
    { "log exim-main has \"\\*\\* \" count = 0", true, NULL },
    { "log exim-main has \"<= a@c.test\" field S = 42", false, "2 of them" },
    { "log exim-main has \"<= a@c.test\" nth 1 field S >= 42", true, NULL },
    { "log exim-main has \"<= a@c.test\" nth 2 field S = 7", true, NULL },
    { "log exim-main has \"<= a@c.test\" nth 3 field S = 7", false, "2 lines" },
    { "log exim-main has \"@{id} <=\" field X any = other", true, NULL },
    { "log exim-main has \"@{id} <=\" field X any = none", false, NULL },
    { "log exim-main has \"@{id} <=\" field X has \"TLS\"", true, NULL },
    { "log exim-main has \"@{id} <=\" field X lacks \"TLS\"", false, NULL },
    { "log exim-main has \"Completed\" field X lacks \"TLS\"", false, "nothing" },
    { "log exim-main has \"Completed\" field X count = 0", true, NULL },
    { "log exim-main has \"never\" field X count = 0", false, NULL },
    { "log exim-reject has \"<= a@c.test\"", false, NULL },
    { "spool @{id} sender = \"<a@c.test>\"", true, NULL },
    { "spool @{id} sender = \"<b@c.test>\"", false, "a@c.test" },
    { "spool @{id} rcpts any = v@test.ex", true, "" },
    { "spool @{id} rcpts = v@test.ex", false, "2 of them" },
    { "spool @{id} rcpts count = 2", true, NULL },
    { "spool @{id} param NOTIFY = \"v@test.ex NEVER\"", true, NULL },
    { "spool @{id} param NOTIFY = \"u@test.ex NEVER\"", false, "v@test.ex" },
    { "spool @{id} param ORCPT count = 0", true, NULL },
    { "spool @{id} attr host_address has \"[192.0.2.10]:\"", true, NULL },
    { "spool @{id} attr none count = 0", true, NULL },
    { "spool @{id} attr none has \"x\"", false, "nothing" },
    { "spool @{id} header Subject = \"plain\\tfolded\"", true, NULL },
    { "spool @{id} body has \"hello\"", true, NULL },
    { "spool @{id} like good", true, NULL },
    { "spool @{id} like bad", false, "2 of them" },
    { "spool 9zzz attr none count = 0", false, "no message 9zzz" },
    { "spool @{n} sender has \"a\"", false, "not bound" },
    { "queue count = 1", true, NULL },
    { "queue id @{id} rcpt v@test.ex state deferred count = 1", true, NULL },
    { "queue rcpt u@test.ex count = 0", true, NULL },
    { "queue state frozen count = 1", false, "count 0" },
    { "mail u@test.ex count = 1", true, NULL },
    { "mail v@test.ex count = 0", true, NULL },
    { "mail v@test.ex count = 1", false, "count 0" },
    { "mail mx count <= 1", false, "count 2" },
    { "mail mx nth 1 from = \"<>\"", true, NULL },
    { "mail u@test.ex from = \"<>\"", false, "a@c.test" },
    { "mail mx from = \"<>\"", false, "2 of them" },
    { "mail mx rcpt any = u@test.ex", true, NULL },
    { "mail u@test.ex header subject = plain", true, NULL },
    { "mail u@test.ex header Received count = 2", true, NULL },
    { "mail u@test.ex header Received nth 2 = two", true, NULL },
    { "mail u@test.ex header Received nth 3 = two", false, "nothing" },
    { "mail v@test.ex header X count = 0", false, "no mail v@test.ex" },
    { "mail u@test.ex body has \"hello\"", true, NULL },
    { "mail u@test.ex body lacks \"hello\"", false, NULL },
    { "mail mx nth 1 part 2 type = message/delivery-status", true, NULL },
    { "mail mx nth 1 part 1 body = text", true, NULL },
    { "mail mx nth 1 part 3 type = text/plain", false, "no part 3" },
    { "mail mx nth 1 part 2 group 2 Status = 5.1.1", true, NULL },
    { "mail mx nth 1 part 2 group 3 Status = 4.0.0", true, NULL },
    { "mail mx nth 1 part 2 group 2 Status = 5.1.2", false, "5.1.1" },
    { "mail mx nth 1 part 2 group 2 Remote-MTA any = \"X-ip; [1]\"", true, NULL },
    { "mail mx nth 1 part 2 group 2 Remote-MTA = \"X-ip; [1]\"", false, "2 of them" },
    { "mail mx nth 1 part 2 group 4 Status = 4.0.0", false, "no group 4" },
    { "same mail u@test.ex body = message m body", true, NULL },
    { "same mail u@test.ex body = message n body", false, "octet 2" },
    { "same mail mx nth 2 body = message m body", true, NULL },
    { "same mail mx body = message m body", false, "2 mails" },
    { "same spool @{id} data = spool @{id} data", true, NULL },
    { "same spool @{id} data = spool @{id} header", false, "octet 1" },
    { "same wire c C = message m body", false, NULL },
    { "file @{dir}/none count = 0", true, NULL },
    { "file @{dir}/none has \"x\"", false, "nothing" },
};

Test(judge, each_kind_holds_and_does_not)
{
    seen.dir = "/nonexistent";
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        judgements got;
        const struct scenario *s = read_text(arena_printf(arena, "expect %s", rows[i].expect));
        judge_expects(s, &t, &seen, &labels, b, arena, &got);
        cr_assert_eq(got.count, 1);
        cr_expect_eq(got.at[0].ok, rows[i].ok, "%s: %s, got %s", rows[i].expect, got.at[0].wanted,
                     got.at[0].got);
        cr_expect_null(got.at[0].skipped, "%s", rows[i].expect);
        if (rows[i].got != NULL) {
            cr_expect(strstr(got.at[0].got, rows[i].got) != NULL, "%s: got %s", rows[i].expect,
                      got.at[0].got);
        }
    }
}

/* What came is cut to its beginning; the reader wants the place that convicts. */
Test(judge, what_should_be_lacking_is_shown_where_it_stands)
{
    judgements got;
    judge_expects(read_text("expect wire c C lacks /[^\\r]\\n/"), &t, &seen, &labels, b, arena, &got);
    cr_assert_eq(got.count, 1);
    cr_assert_not_null(got.at[0].detail);
    cr_expect(strstr(got.at[0].detail, "in line 2: \"") != NULL, "%s", got.at[0].detail);
}

Test(judge, a_surface_that_is_not_there_is_skipped)
{
    static const char *const expects[] = {"log exim-main has \"x\" count = 0",
                                          "spool @{id} sender = x",
                                          "queue count = 0",
                                          "mail u@test.ex count = 0",
                                          "same mail u@test.ex body = message m body",
                                          "same spool @{id} data = message m body"};
    seen.has_log = seen.has_spool = seen.has_queue = seen.has_mail = false;
    for (size_t i = 0; i < sizeof expects / sizeof *expects; i++) {
        judgements got;
        const struct scenario *s = read_text(arena_printf(arena, "expect %s", expects[i]));
        judge_expects(s, &t, &seen, &labels, b, arena, &got);
        cr_assert_eq(got.count, 1);
        cr_expect_not_null(got.at[0].skipped, "%s", expects[i]);
        cr_expect_not(got.at[0].ok, "%s", expects[i]);
    }
    judgements got;
    judge_expects(read_text("expect mail mx count = 2"), &t, &seen, &labels, b, arena, &got);
    cr_expect(got.at[0].ok, "what an actor took is always there");
}

Test(judge, only_what_was_taken_is_asked)
{
    judgements got;
    judge_expects(
        read_text("expect when other queue count = 9\nexpect when other|taken queue count = 1"),
        &t, &seen, &labels, b, arena, &got);
    cr_assert_eq(got.count, 1);
    cr_expect(got.at[0].ok);
}

Test(judge, captures_unify_across_surfaces)
{
    judgements got;
    judge_expects(read_text("expect log exim-main has \"@{who:addr} H=x\"\nexpect spool @{id} "
                            "sender = \"<@{who}>\"\n"
                            "expect spool @{id} rcpts any = \"@{who}\""),
                  &t, &seen, &labels, b, arena, &got);
    cr_assert_eq(got.count, 3);
    cr_expect(got.at[0].ok);
    cr_expect(got.at[1].ok, "%s", got.at[1].got);
    cr_expect_not(got.at[2].ok);
}

/* An expect about a log that nobody reads would be skipped, whatever is said of it. */
Test(judge, each_log_that_a_scenario_can_name_is_read)
{
    for (size_t i = 0; i < log_word_count; i++) {
        const char *near = NULL;
        cr_expect_not_null(observe_format_find(SPAN("log"), span_text(log_words[i].name), &near), "%s",
                           log_words[i].name);
    }
}
