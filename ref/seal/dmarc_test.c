/* RFC 7489 and RFC 9989 by rows: records, organisational domains, policies, alignment; the history's
   numbers; where reports go. Scenarios show the same through a session. */
#include "ref/seal/dmarc.h"

#include "base/file.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char records[] =
    "_dmarc.a.test TXT \"v=DMARC1; p=reject; sp=quarantine; pct=40\"\n"
    "_dmarc.strict.test TXT \"v=DMARC1; p=reject; adkim=s\"\n"
    "_dmarc.broken.test SERVFAIL\n"
    "_dmarc.two.test TXT \"v=DMARC1; p=reject\"\n_dmarc.two.test TXT \"v=DMARC1; p=none\"\n"
    "_dmarc.test TXT \"v=DMARC1; p=none; np=reject; psd=y\"\n"
    "_dmarc.1.2.3.4.5.6.test TXT \"v=DMARC1; p=none; psd=y\"\n"
    "_dmarc.n.a.test TXT \"v=DMARC1; p=quarantine; psd=n\"\n"
    "a.test._report._dmarc.other.test TXT \"v=DMARC1\"\n"
    "a.test._report._dmarc.moved.test TXT \"v=DMARC1; ruf=mailto:y@Moved.test\"\n"
    "a.test._report._dmarc.away.test TXT \"v=DMARC1; ruf=mailto:y@away.test,mailto:y@b.test\"\n"
    "there.b.test A 192.0.2.1\n";

struct bench {
    struct arena *arena;
    struct dns *dns;
    struct seal_held suffixes;
    char path[32];
};

static void bench_open(struct bench *b)
{
    static const char list[] = "// list\ntest\nco.uk\nuk\n*.wild.test\n!city.wild.test\n";
    const char *why = "";
    memcpy(b->path, "/tmp/suffixes-XXXXXX", sizeof "/tmp/suffixes-XXXXXX");
    b->arena = arena_new();
    int fd = mkstemp(b->path);
    cr_assert(fd >= 0);
    (void)close(fd);
    cr_assert(!failed(file_write(b->path, span_text(list), 0600)));
    cr_assert(!failed(dns_open_zone(span_text(records), "zone", b->arena, &b->dns)));
    b->suffixes = dmarc_suffixes_hold(NULL, b->path, b->arena, &why);
    cr_assert_not_null(b->suffixes.thing, "%s", why);
}

static void bench_close(struct bench *b)
{
    seal_store_release(&b->suffixes);
    (void)unlink(b->path);
    dns_close(b->dns);
    arena_free(b->arena);
}

static struct dmarc_question question(const struct bench *b, const char *from, bool walk)
{
    return (struct dmarc_question){.dns = b->dns, .together = 1000, .walk = walk,
                                   .suffixes = b->suffixes.thing, .from = span_text(from),
                                   .spf_domain = SPAN_EMPTY, .arena = b->arena};
}

Test(dmarc, an_organisation_is_a_public_suffix_and_one_label)
{
    static const char *const rows[][2] = {
        {"a.test", "a.test"}, {"x.y.a.test", "a.test"}, {"test", "test"}, {"co.uk", "co.uk"},
        {"a.co.uk", "a.co.uk"}, {"x.a.co.uk", "a.co.uk"}, {"b.wild.test", "b.wild.test"},
        {"a.b.wild.test", "a.b.wild.test"}, {"x.a.b.wild.test", "a.b.wild.test"},
        {"city.wild.test", "city.wild.test"}, {"x.city.wild.test", "city.wild.test"},
        {"a.unlisted", "a.unlisted"}, {"x.a.unlisted", "a.unlisted"},
    };
    struct bench b;
    bench_open(&b);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        span got = dmarc_organization(b.suffixes.thing, span_text(rows[i][0]), b.arena);
        cr_expect(span_eq(got, span_text(rows[i][1])), "%s: %.*s", rows[i][0], SPAN_FMT(got));
    }
    bench_close(&b);
}

Test(dmarc, a_list_that_is_not_there_or_empty_is_told)
{
    struct arena *arena = arena_new();
    const char *why = "";
    struct seal_held held = dmarc_suffixes_hold(NULL, "/nonexistent/list", arena, &why);
    cr_expect(held.thing == NULL && strcmp(why, "No such file or directory") == 0, "%s", why);
    held = dmarc_suffixes_hold(NULL, "/dev/null", arena, &why);
    cr_expect(held.thing == NULL && why[0] != '\0', "%s", why);
    arena_free(arena);
}

Test(dmarc, statuses_follow_records_and_walks)
{
    static const struct {
        const char *label, *from;
        bool walk;
        unsigned dice;
        enum dmarc_status status;
        const char *used;
    } rows[] = {
        {"its own", "a.test", false, 0, DMARC_REJECTS, "a.test"},
        {"not sampled", "a.test", false, 40, DMARC_QUARANTINES, "a.test"},
        {"the last that is sampled", "a.test", false, 39, DMARC_REJECTS, "a.test"},
        {"below", "x.a.test", false, 0, DMARC_QUARANTINES, "a.test"},
        {"below, not sampled", "x.a.test", false, 99, DMARC_LETS_PASS, "a.test"},
        {"several", "two.test", false, 0, DMARC_NO_RECORD, "two.test"},
        {"none", "none.test", false, 0, DMARC_NO_RECORD, "none.test"},
        {"broken", "broken.test", false, 0, DMARC_TEMPERROR, "broken.test"},
        {"no author", "", false, 0, DMARC_NO_FROM, ""},
        {"walk: pct is nothing", "a.test", true, 99, DMARC_REJECTS, "a.test"},
        {"walk: the suffix speaks", "c.test", true, 0, DMARC_REJECTS, "test"},
        {"walk: for those that are there", "there.b.test", true, 0, DMARC_LETS_PASS, "test"},
        {"walk: several are none", "two.test", true, 0, DMARC_LETS_PASS, "test"},
        {"walk: psd=n", "x.n.a.test", true, 0, DMARC_QUARANTINES, "n.a.test"},
    };
    struct bench b;
    bench_open(&b);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct dmarc_question q = question(&b, rows[i].from, rows[i].walk);
        struct dmarc_answer a;
        q.dice = rows[i].dice;
        dmarc_check(&q, &a);
        cr_expect(a.status == rows[i].status, "%s: %s", rows[i].label,
                  dmarc_statuses[a.status].text);
        cr_expect(span_eq(a.used, span_text(rows[i].used)), "%s: %.*s", rows[i].label,
                  SPAN_FMT(a.used));
    }
    bench_close(&b);
}

Test(dmarc, alignment_is_by_mechanism)
{
    static const struct {
        const char *label, *from, *spf, *dkim;
        bool walk, passed, spf_aligned, dkim_aligned;
    } rows[] = {
        {"relaxed", "a.test", "x.a.test", "y.a.test", false, true, true, true},
        {"others", "a.test", "b.test", "c.test", false, true, false, false},
        {"strict DKIM, relaxed SPF", "strict.test", "x.strict.test", "x.strict.test", false, true,
         true, false},
        {"capitals", "a.test", "A.Test", "A.TEST", false, true, true, true},
        {"what failed", "a.test", "a.test", "a.test", false, false, false, false},
        {"walk: siblings", "a.test", "x.a.test", "y.a.test", true, true, true, true},
        {"walk: another organisation begins", "a.test", "n.a.test", "x.n.a.test", true, true, false,
         false},
        {"walk: below the suffix", "c.test", "x.c.test", "d.test", true, true, true, false},
        {"walk: below a long suffix", "9.8.1.2.3.4.5.6.test", "0.9.8.1.2.3.4.5.6.test",
         "9.7.1.2.3.4.5.6.test", true, true, true, false},
    };
    struct bench b;
    bench_open(&b);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct dmarc_signed signature = {.domain = span_text(rows[i].dkim), .selector = SPAN("s"),
                                         .passed = rows[i].passed};
        struct dmarc_question q = question(&b, rows[i].from, rows[i].walk);
        struct dmarc_answer a;
        q.has_spf = true;
        q.spf = rows[i].passed ? SPF_IS_PASS : SPF_IS_SOFTFAIL;
        q.spf_domain = span_text(rows[i].spf);
        q.dkim = &signature;
        q.dkim_count = 1;
        dmarc_check(&q, &a);
        cr_expect(a.aligned_spf == rows[i].spf_aligned, "%s: SPF", rows[i].label);
        cr_expect(a.aligned_dkim == rows[i].dkim_aligned, "%s: DKIM", rows[i].label);
        cr_expect((a.status == DMARC_ACCEPTS) == (a.aligned_spf || a.aligned_dkim), "%s",
                  rows[i].label);
    }
    bench_close(&b);
}

/* N4.10 */

Test(dmarc, a_long_name_is_not_walked_label_by_label)
{
    struct bench b;
    char name[250];
    size_t len = 0;
    bench_open(&b);
    for (unsigned i = 0; i < 100; i++) {
        memcpy(name + len, "x.", 2);
        len += 2;
    }
    memcpy(name + len, "a.test", sizeof "a.test");
    struct dmarc_question q = question(&b, name, true);
    struct dmarc_answer a;
    q.dice = 99;
    dmarc_check(&q, &a);
    cr_expect(a.status == DMARC_QUARANTINES && span_eq(a.used, SPAN("a.test")), "%s",
              dmarc_statuses[a.status].text);
    bench_close(&b);
}

Test(dmarc, addresses_are_taken_out_of_uris)
{
    static const struct {
        const char *list, *addresses;
    } rows[] = {
        {"mailto:a@b.test", "a@b.test "},
        {"mailto:a@b.test!10m, MAILTO:c%40d@e.test", "a@b.test "},
        {"mailto:x%2Dy@b.test", "x-y@b.test "},
        {"https://b.test/, mailto:a@b.test?subject=x", "a@b.test "},
        {"mailto:, mailto:nobody, mailto:a@[192.0.2.1],, mailto:a@b.test", "a@b.test "},
        {"mailto:a b@c.test", ""},
        {"mailto:a%0Ab@c.test", ""},
        {"", ""},
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        span list = span_text(rows[i].list), uri, address;
        struct buf found;
        buf_init(&found, 4096);
        while (dmarc_uri_next(&list, &uri)) {
            if (dmarc_uri_address(uri, arena, &address)) {
                buf_printf(&found, "%.*s ", SPAN_FMT(address));
            }
        }
        cr_expect(span_eq(buf_span(&found), span_text(rows[i].addresses)), "%s: %.*s", rows[i].list,
                  SPAN_FMT(buf_span(&found)));
        buf_wipe(&found);
    }
    arena_free(arena);
}

Test(dmarc, reports_go_to_the_organisation_or_where_they_are_wanted)
{
    static const struct {
        const char *policy, *address;
        bool wanted;
        const char *instead;
    } rows[] = {
        {"a.test", "x@mail.a.test", true, ""},
        {"a.test", "x@other.test", true, ""},
        {"b.test", "x@other.test", false, ""},
        {"a.test", "x@third.test", false, ""},
        {"a.test", "nobody", false, ""},
        {"a.test", "x@moved.test", true, "mailto:y@Moved.test"},
        {"a.test", "x@away.test", false, NULL},
    };
    struct bench b;
    bench_open(&b);
    struct dmarc_question q = question(&b, "a.test", false);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        span instead;
        millis left = 1000;
        bool wanted = dmarc_report_wanted(&q, span_text(rows[i].policy), span_text(rows[i].address),
                                          &left, &instead);
        cr_expect(wanted == rows[i].wanted, "%s to %s", rows[i].policy, rows[i].address);
        cr_expect(rows[i].instead == NULL || span_eq(instead, span_text(rows[i].instead)), "%.*s",
                  SPAN_FMT(instead));
    }
    bench_close(&b);
}

Test(dmarc, names_are_read_into_one_form)
{
    static const char *const rows[][2] = {
        {"A.Test.", "a.test"}, {"b\xc3\xbc" "cher.test", "xn--bcher-kva.test"},
        {"a", NULL}, {"", NULL}, {"[192.0.2.1]", NULL}, {"a..b", NULL}, {"a b.test", NULL},
        {"\xff\xfe.test", NULL},
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        span domain;
        bool good = dmarc_domain_read(span_text(rows[i][0]), arena, &domain);
        cr_expect(good == (rows[i][1] != NULL), "%zu", i);
        cr_expect(!good || span_eq(domain, span_text(rows[i][1])), "%.*s", SPAN_FMT(domain));
    }
    arena_free(arena);
}

/* A signature whose tags nobody would take, a sender with octets of UTF-8, a record of one long word. */
static struct dmarc_told told_of(struct bench *b, struct dmarc_question *q, struct dmarc_answer *a,
                                 struct dmarc_signed *signature)
{
    *signature = (struct dmarc_signed){.domain = SPAN("a.test\n job 1"), .selector = SPAN("s\n x"),
                                       .identity = SPAN("@a.test"), .history = 11};
    *q = question(b, "a.test", false);
    q->dkim = signature;
    q->dkim_count = 1;
    dmarc_check(q, a);
    span empty = SPAN_EMPTY;
    return (struct dmarc_told){
        .question = q, .answer = a, .id = SPAN("id"), .reporter = SPAN("mx.test"),
        .client = SPAN("192.0.2.1"), .sender = SPAN("\xc3\xbc@b.test"),
        .mail_domain = SPAN("b\xc3\xbc" "cher.test"),
        .received = INT64_C(1795000000) * NANOS_PER_SECOND,
        .arc = 11, .arc_json = empty, .author = SPAN("x@mx.test"),
        .to = SPAN("y@a.test"), .results = SPAN("mx.test; spf=none"), .header = SPAN("A: b\n"),
        .spf_domain = SPAN("b.test"), .date = SPAN("Mon"), .message_id = SPAN("i@mx.test"),
        .spf_record = span_text(arena_printf(b->arena, "v=spf1 \"\\x=%0*d", 2000, 0)),
        .boundary = SPAN("b"), .version = SPAN("refmta")};
}

static void lines_fit(span text)
{
    span line;
    for (bool more = true; more;) {
        more = span_split(text, '\n', &line, &text);
        cr_expect(line.len <= 998, "%zu octets", line.len);
    }
}

Test(dmarc, what_came_from_the_message_begins_no_line_of_its_own)
{
    struct bench b;
    struct dmarc_question q;
    struct dmarc_answer a;
    struct dmarc_signed signature;
    struct buf out;
    bench_open(&b);
    struct dmarc_told told = told_of(&b, &q, &a, &signature);
    buf_init(&out, 65536);
    dmarc_history_put(&told, &out);
    cr_expect(span_has(buf_span(&out), SPAN("\ndkim a.test??job?1 s??x 11\n")), "%.*s",
              SPAN_FMT(buf_span(&out)));
    cr_expect(span_has(buf_span(&out), SPAN("\nmfrom xn--bcher-kva.test\n")), "ASCII");
    buf_clear(&out);
    dmarc_report_put(&told, &out);
    cr_expect(span_has(buf_span(&out), SPAN("\nDKIM-Domain: a.test  job 1\nDKIM-Identity: @a.test\n"
                                            "DKIM-Selector: s  x\n")));
    cr_expect(span_has(buf_span(&out), SPAN(" Nov 2026 ")), "when the message came");
    cr_expect(span_has(buf_span(&out), SPAN("\nOriginal-Mail-From: <\?\?@b.test>\n")));
    cr_expect(span_has(buf_span(&out), SPAN("\nSPF-DNS: txt : b.test : \"v=spf1 \\\"\\\\x=000")));
    lines_fit(buf_span(&out));
    buf_wipe(&out);
    bench_close(&b);
}
