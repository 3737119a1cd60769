/* Reports to the octet: golden/NAME.eml is each report as the recipient would get it. They were read
   line by line against RFC 3461 6, RFC 3464 2 and RFC 6522 3; what the seed adds is in *-seed.eml.
   GOLDEN=write writes them anew. */
#include "ref/dsn/dsn.h"

#include "base/file.h"
#include "ref/conf/testing.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <unistd.h>

#define START (INT64_C(1795299869) * NANOS_PER_SECOND)
#define GOLDEN "ref/dsn/golden/"

struct world {
    char path[40];
    struct arena *arena;
    struct clock_still clock;
    struct rng rng;
    struct spool spool;
    struct log log;
    struct conf *conf;
    struct facts_server server;
    struct facts_address address;
    struct facts facts;
    struct expansion x;
    struct spool_message original;
};

static void world_open(struct world *w, const char *options, const char *text)
{
    strcpy(w->path, "/tmp/dsn-test-XXXXXX");
    cr_assert_not_null(mkdtemp(w->path));
    cr_assert_eq(setenv("TZ", "UTC", 1), 0);
    w->arena = arena_new();
    clock_still_init(&w->clock, START, 0);
    rng_seeded(&w->rng, 1);
    struct spool_options spool = {.directory = w->path, .clock = &w->clock.clock, .process = 12343,
                                  .login = SPAN("mail"), .uid = 8, .gid = 8};
    cr_assert_not(failed(spool_open(&w->spool, &spool, w->arena)));
    struct log_options log = {.spool_directory = w->path, .selectors = log_selectors_default(),
                              .clock = &w->clock.clock, .pid = 1, .utc = true};
    cr_assert_not(failed(log_open(&w->log, &log, w->arena)));
    const char *all = arena_printf(w->arena, "primary_hostname = mx.example\n"
                                             "qualify_domain = example.org\n%s", options);
    err e = testing_load(span_text(all), NULL, 0, w->arena, &w->conf);
    cr_assert_not(failed(e), "%s", e.what);
    w->server = (struct facts_server){.qualify_domain = SPAN("example.org"),
                                      .primary_hostname = SPAN("mx.example"),
                                      .clock = &w->clock.clock};
    w->facts = (struct facts){.server = &w->server, .address = &w->address};
    w->x = (struct expansion){.facts = &w->facts, .arena = w->arena, .lists = &w->conf->lists,
                              .rng = &w->rng};
    cr_assert_not(failed(spool_message_begin(&w->spool, w->arena, &w->original)));
    cr_assert_not(failed(spool_message_write(&w->original, span_text(text))));
    cr_assert_not(failed(spool_message_end(&w->original)));
    w->original.envelope.sender = SPAN("alice@example.org");
    cr_assert_not(failed(spool_message_commit(&w->original)));
}

static void world_close(struct world *w)
{
    spool_message_close(&w->original);
    spool_close(&w->spool);
    conf_free(w->conf);
    cr_expect_not(failed(dir_remove_all(w->path)));
    arena_free(w->arena);
}

enum { REPORT_CEILING = 64 << 20 };

/* The report as text, and its envelope. */
static span report_text(struct world *w, span id, struct envelope *envelope)
{
    struct spool_message m;
    struct buf out;
    span body;
    cr_assert_not(failed(spool_message_open(&w->spool, id, w->arena, &m)));
    buf_init(&out, REPORT_CEILING);
    for (size_t i = 0; i < m.envelope.headers.count; i++) {
        buf_put(&out, m.envelope.headers.at[i].text);
    }
    buf_put_byte(&out, '\n');
    cr_assert_not(failed(fd_read_all(m.data.fd, REPORT_CEILING, w->arena, &body)));
    buf_put(&out, body);
    span text = buf_settle(&out, w->arena);
    *envelope = m.envelope;
    spool_message_close(&m);
    return text;
}

static void golden_compare(struct world *w, const char *name, span text)
{
    span expected;
    const char *path = arena_printf(w->arena, GOLDEN "%s.eml", name);
    const char *mode = getenv("GOLDEN");
    if (mode != NULL && strcmp(mode, "write") == 0) {
        cr_assert_not(failed(file_write(path, text, 0644)));
    }
    cr_assert_not(failed(file_read(path, 1 << 20, w->arena, &expected)), "%s", path);
    cr_expect(span_eq(text, expected), "%s differs:\n%.*s", path, SPAN_FMT(text));
}

#define ORIGINAL                                                                          \
    "Received: from [192.0.2.1]\n\tby mx.example; Sat, 21 Nov 2026 22:00:00 +0000\n"      \
    "Subject: dsn test\nFrom: Alice <alice@example.org>\n"                                \
    "Date: Mon, 02 Nov 2026 10:00:00 +0000\nMessage-ID: <orig-1@example.org>\n"           \
    "References: <a@x> <b@x>\n\nLine one.\n--boundary?\nLine two.\n"

static struct route_host host(const char *name, const char *ip, uint16_t port)
{
    struct route_host h = {.name = span_text(name), .preference = 10};
    cr_assert(address_parse(span_text(ip), port, &h.address));
    return h;
}

static span report_sent(struct world *w, struct dsn_request *r, struct envelope *e)
{
    span id;
    r->conf = w->conf;
    r->expansion = &w->x;
    r->original = &w->original;
    r->to = SPAN("alice@example.org");
    r->now = START + 3 * 3600 * NANOS_PER_SECOND;
    r->spool = &w->spool;
    r->log = &w->log;
    r->rng = &w->rng;
    r->version = "refmta 0.1.0";
    r->arena = w->arena;
    err sent = dsn_send(r, &id);
    cr_assert_not(failed(sent), "%s", sent.what);
    return report_text(w, id, e);
}

static void send_and_compare(struct world *w, struct dsn_request *r, const char *name)
{
    struct envelope e;
    span text = report_sent(w, r, &e);
    /* RFC 3461 6.1: no sender, no RET; the recipient is the original's sender. */
    cr_expect_eq(e.sender.len, 0);
    cr_expect_eq(e.dsn_ret, DSN_RET_NONE);
    cr_expect_eq(e.dsn_envid.len, 0);
    cr_assert_eq(e.recipients.count, 1);
    cr_expect(span_eq(e.recipients.at[0].address, SPAN("alice@example.org")));
    cr_expect_eq(e.recipients.at[0].notify & ~(unsigned)DSN_NEVER, 0);
    golden_compare(w, name, text);
}

static struct delivery_address refused_by(const struct route_host *h)
{
    return (struct delivery_address){
        .address = SPAN("bob@example.com"), .orcpt = SPAN("rfc822;b+2Bob@example.com"),
        .result = {.outcome = DELIVERY_FAILED, .host = h, .status = SPAN("5.1.1"),
                   .reply = SPAN("550-5.1.1 User unknown here\n550 5.1.1 see elsewhere"),
                   .text = SPAN("SMTP error from remote mail server after RCPT "
                                "TO:<bob@example.com>: 550-5.1.1 User unknown here\n550 5.1.1 see "
                                "elsewhere"),
                   .greeting = SPAN("220 mx1.example.com ESMTP"),
                   .helo_response = SPAN("250-mx1.example.com Hello mx.example [192.0.2.7]")}};
}

Test(dsn, a_refusal_in_the_form_of_the_rfc)
{
    struct world w;
    world_open(&w, "", ORIGINAL);
    struct route_host h = host("mx1.example.com", "192.0.2.9", 2525);
    struct delivery_address a = refused_by(&h);
    struct dsn_about about = {&a, DSN_ACTION_FAILED};
    struct dsn_request r = {.kind = DSN_KIND_FAILURE, .about = &about, .count = 1};
    w.original.envelope.dsn_envid = SPAN("id+2B1");
    send_and_compare(&w, &r, "refused");
    world_close(&w);
}

Test(dsn, the_same_in_the_form_of_the_seed)
{
    struct world w;
    world_open(&w, "dsn_remote_mta_form = seed\n", ORIGINAL);
    struct route_host h = host("mx1.example.com", "2001:db8::9", 25);
    struct delivery_address a = refused_by(&h);
    struct dsn_about about = {&a, DSN_ACTION_FAILED};
    struct dsn_request r = {.kind = DSN_KIND_FAILURE, .about = &about, .count = 1};
    w.original.envelope.dsn_ret = DSN_RET_HDRS;
    send_and_compare(&w, &r, "refused-seed");
    world_close(&w);
}

/* RFC 3464 2.2.1, 2.3.1; RFC 3461 6.3 */
Test(dsn, what_was_given_comes_back_as_it_was)
{
#define LONG "l234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890"
    struct world w;
    struct envelope e;
    world_open(&w, "", ORIGINAL);
    struct delivery_address a = {.address = SPAN("\"a\\nb\"@example.com"),
                                 .orcpt = SPAN("x400;c\\n" LONG "+20+20d"),
                                 .result = {.outcome = DELIVERY_FAILED, .text = SPAN("a\\nb")}};
    struct dsn_about about = {&a, DSN_ACTION_FAILED};
    struct dsn_request r = {.kind = DSN_KIND_FAILURE, .about = &about, .count = 1};
    w.original.envelope.dsn_envid = SPAN("id\\n" LONG "+091");
    span text = report_sent(&w, &r, &e);
    cr_expect(span_has(text, SPAN("\nOriginal-Envelope-Id: id\\n" LONG "\t1\n")), "%.*s", SPAN_FMT(text));
    cr_expect(span_has(text, SPAN("\nOriginal-Recipient: x400;c\\n" LONG "  d\n")));
    cr_expect(span_has(text, SPAN("\nFinal-Recipient: rfc822;\"a\\nb\"@example.com\n")));
    cr_expect(span_has(text, SPAN("Diagnostic: X-str; a\\nb\n")));
    world_close(&w);
}

Test(dsn, no_host_had_a_part_in_it)
{
    struct world w;
    world_open(&w, "errors_reply_to = postmaster@example.org\n", ORIGINAL);
    struct delivery_address top = {.address = SPAN("list@example.org"), .notify = DSN_FAILURE};
    struct delivery_address a = {.address = SPAN("gone@example.org"), .parent = &top,
                                 .result = {.outcome = DELIVERY_FAILED, .status = SPAN("5.1.1"),
                                            .text = SPAN("Unrouteable address")}};
    struct delivery_address secret = a;
    secret.hidden = true;
    struct dsn_about about[] = {{&a, DSN_ACTION_FAILED}, {&secret, DSN_ACTION_FAILED}};
    struct dsn_request r = {.kind = DSN_KIND_FAILURE, .about = about, .count = 2};
    send_and_compare(&w, &r, "unrouteable");
    world_close(&w);
}

static size_t lines_with(span text, span begin)
{
    size_t count = 0;
    for (span line; span_line(&text, &line);) {
        count += span_starts(line, begin);
    }
    return count;
}

/* None is left out and none is told twice, however many there are; two that came to one address share a name. */
Test(dsn, as_many_as_a_message_may_have)
{
    enum { MANY = 30000 };
    struct world w;
    world_open(&w, "", ORIGINAL);
    struct route_host h = host("mx1.example.com", "192.0.2.9", 2525);
    struct delivery_address *all = arena_take_array(w.arena, MANY, sizeof *all);
    struct dsn_about *about = arena_take_array(w.arena, MANY, sizeof *about);
    for (size_t i = 0; i < MANY; i++) {
        all[i] = refused_by(&h);
        all[i].address = span_text(arena_printf(w.arena, "user%zu@example.com", i / 2));
        about[i] = (struct dsn_about){&all[i], DSN_ACTION_FAILED};
    }
    struct dsn_request r = {.kind = DSN_KIND_FAILURE, .about = about, .count = MANY};
    struct envelope e;
    span text = report_sent(&w, &r, &e);
    cr_expect_eq(lines_with(text, SPAN("Final-Recipient: ")), MANY);
    size_t fields = lines_with(text, SPAN("X-Failed-Recipients: user"));
    cr_expect_eq(fields, MANY / 2 / 50);
    span fifty = span_first(text, span_find(text, SPAN("Auto-Submitted:")));
    cr_expect_eq(fields + lines_with(fifty, SPAN("  user")), MANY / 2);
    cr_expect(span_has(fifty, SPAN("  user14999@example.com\n")));
    world_close(&w);
}

Test(dsn, names_leave_room_in_the_header_section)
{
    enum { MANY = 60000 };
    struct world w;
    world_open(&w, "", ORIGINAL);
    struct delivery_address *all = arena_take_array(w.arena, MANY, sizeof *all);
    struct dsn_about *about = arena_take_array(w.arena, MANY, sizeof *about);
    for (size_t i = 0; i < MANY; i++) {
        all[i].address = span_text(arena_printf(w.arena, "somebody-%zu@example.com", i));
        about[i] = (struct dsn_about){&all[i], DSN_ACTION_FAILED};
    }
    struct dsn_request r = {.kind = DSN_KIND_FAILURE, .about = about, .count = MANY};
    struct envelope e;
    span text = report_sent(&w, &r, &e);
    cr_expect_eq(lines_with(text, SPAN("Final-Recipient: ")), MANY);
    cr_expect_gt(lines_with(text, SPAN("X-Failed-Recipients: ")), 300);
    world_close(&w);
}

Test(dsn, what_is_over_the_limits_comes_back_without_its_body)
{
    struct world w;
    world_open(&w, "bounce_return_size_limit = 10\n", ORIGINAL);
    struct delivery_address a = {.address = SPAN("gone@example.org"),
                                 .result = {.outcome = DELIVERY_FAILED,
                                            .text = SPAN("Unrouteable address")}};
    struct dsn_about about = {&a, DSN_ACTION_FAILED};
    struct dsn_request r = {.kind = DSN_KIND_FAILURE, .about = &about, .count = 1};
    w.original.envelope.dsn_ret = DSN_RET_FULL;
    send_and_compare(&w, &r, "too-large");
    world_close(&w);
}

Test(dsn, a_delay)
{
    struct world w;
    world_open(&w, "", ORIGINAL);
    struct route_host h = host("192.0.2.9", "192.0.2.9", 25);
    struct delivery_address a = {
        .address = SPAN("bob@example.com"),
        .result = {.outcome = DELIVERY_DEFERRED, .error = 111, .host = &h, .status = SPAN("4.4.1"),
                   .text = SPAN("Connection refused")}};
    struct dsn_about about = {&a, DSN_ACTION_DELAYED};
    struct dsn_request r = {.kind = DSN_KIND_DELAY, .about = &about, .count = 1};
    send_and_compare(&w, &r, "delay");
    world_close(&w);
}

Test(dsn, successes)
{
    struct world w;
    world_open(&w, "", ORIGINAL);
    struct route_host h = host("mx1.example.com", "192.0.2.9", 25);
    struct delivery_address local = {.address = SPAN("carol@example.org"),
                                     .result = {.outcome = DELIVERY_DONE}};
    struct delivery_address relayed = {.address = SPAN("bob@example.com"),
                                       .result = {.outcome = DELIVERY_DONE, .host = &h,
                                                  .confirmation = SPAN("250 2.0.0 queued")}};
    struct delivery_address list = {.address = SPAN("us@example.org")};
    struct dsn_about about[] = {{&local, DSN_ACTION_DELIVERED},
                                {&relayed, DSN_ACTION_RELAYED},
                                {&list, DSN_ACTION_EXPANDED}};
    struct dsn_request r = {.kind = DSN_KIND_SUCCESS, .about = about, .count = 3};
    send_and_compare(&w, &r, "successes");
    world_close(&w);
}

/* RFC 3464 2.1 wants a recipient for what programs read; there is none. */
Test(dsn, what_was_not_taken_comes_back)
{
    struct world w;
    world_open(&w, "", ORIGINAL);
    struct dsn_request r = {.kind = DSN_KIND_REFUSED, .why = "no recipients in message"};
    send_and_compare(&w, &r, "not-taken");
    world_close(&w);
}

Test(dsn, octets_above_127_are_labelled_and_never_made_up)
{
    struct world w;
    world_open(&w, "", "Subject: x\n\nGr\xc3\xbc\xc3\x9f" "e\n");
    struct route_host h = host("mx1.example.com", "192.0.2.9", 25);
    struct delivery_address a = {
        .address = SPAN("bob@example.com"),
        .result = {.outcome = DELIVERY_FAILED, .host = &h, .status = SPAN("5.7.1"),
                   .reply = SPAN("550 5.7.1 \xfcnfreundlich to CORP\\nancy\r\nX-Forged: yes"),
                   .text = SPAN("SMTP error from remote mail server after DATA: 550 5.7.1 "
                                "\xfcnfreundlich to CORP\\nancy\r\nX-Forged: yes")}};
    struct dsn_about about = {&a, DSN_ACTION_FAILED};
    struct dsn_request r = {.kind = DSN_KIND_FAILURE, .about = &about, .count = 1};
    send_and_compare(&w, &r, "eight-bit");
    world_close(&w);
}

Test(dsn, what_failed_for_its_8_bit_text_is_not_put_into_the_report)
{
    struct world w;
    world_open(&w, "", "Subject: \xfc\n\nGr\xc3\xbc\xc3\x9f" "e\n");
    struct delivery_address a = {
        .address = SPAN("bob@example.com"),
        .result = {.outcome = DELIVERY_FAILED, .status = SPAN("5.6.3"),
                   .text = SPAN("the message has 8-bit text, and the server does not offer "
                                "8BITMIME")}};
    struct dsn_about about = {&a, DSN_ACTION_FAILED};
    struct dsn_request r = {.kind = DSN_KIND_FAILURE, .about = &about, .count = 1};
    send_and_compare(&w, &r, "eight-bit-refused");
    world_close(&w);
}

Test(dsn, an_address_in_utf_8_makes_it_a_global_report)
{
    struct world w;
    world_open(&w, "", "Subject: x\n\ny\n");
    struct delivery_address a = {.address = SPAN("j\xc3\xb6rg@example.com"),
                                 .result = {.outcome = DELIVERY_FAILED,
                                            .text = SPAN("Unrouteable address")}};
    struct dsn_about about = {&a, DSN_ACTION_FAILED};
    struct dsn_request r = {.kind = DSN_KIND_FAILURE, .about = &about, .count = 1};
    w.original.envelope.smtputf8 = true;
    send_and_compare(&w, &r, "global");
    world_close(&w);
}

Test(dsn, who_wants_what)
{
    static const struct {
        unsigned notify;
        bool failure, delay, success;
    } rows[] = {
        {0, true, true, false},
        {DSN_NEVER, false, false, false},
        {DSN_SUCCESS, false, false, true},
        {DSN_FAILURE, true, false, false},
        {DSN_DELAY, false, true, false},
        {DSN_SUCCESS | DSN_FAILURE | DSN_DELAY, true, true, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect_eq(dsn_wanted(rows[i].notify, DSN_KIND_FAILURE), rows[i].failure, "%zu", i);
        cr_expect_eq(dsn_wanted(rows[i].notify, DSN_KIND_DELAY), rows[i].delay, "%zu", i);
        cr_expect_eq(dsn_wanted(rows[i].notify, DSN_KIND_SUCCESS), rows[i].success, "%zu", i);
    }
}
