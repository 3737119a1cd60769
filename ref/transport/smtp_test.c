/* Batches to servers on loopback: who is asked in which order, what each address gets for it, and
   that nobody is asked who may have the message already. */
#include "ref/client/testing.h"
#include "ref/transport/testing_local.h"

#include "base/socket.h"

#include <errno.h>
#include <pthread.h>
#include <sys/socket.h>

enum { HOSTS = 3, SESSIONS = 4 };

/* One listening server; its sessions differ in what they say. */
struct host {
    struct testing_replies says[SESSIONS];
    int listener;
    uint16_t port;
    _Atomic size_t sessions;
    size_t texts;
    struct buf heard;       /* of all sessions */
    pthread_t thread;
    bool mute;              /* nobody listens */
};

static void serve(struct host *h, int fd, const struct testing_replies *says)
{
    struct testing_server s;
    char octets[4096];
    testing_server_open(&s, says);
    for (;;) {
        testing_listen(&s);
        span rest = span_from(buf_span(&s.in), s.in_pos);
        s.in_pos = s.in.len;
        if (rest.len > 0 && send(fd, rest.at, rest.len, MSG_NOSIGNAL) < 0) {
            break;
        }
        size_t got;
        if (s.closed || failed(socket_read(fd, octets, sizeof octets, 5000, &got))) {
            break;
        }
        buf_put(&s.heard, span_of(octets, got));
    }
    h->texts += s.texts;
    buf_put(&h->heard, buf_span(&s.heard));
    testing_server_close(&s.wire);
    close(fd);
}

static void *host_run(void *arg)
{
    struct host *h = arg;
    int fd;
    struct address peer;
    while (!failed(socket_accept(h->listener, MILLIS_NEVER, &fd, &peer))) {
        size_t session = h->sessions++;
        serve(h, fd, &h->says[session < SESSIONS ? session : SESSIONS - 1]);
    }
    return NULL;
}

struct net {
    struct testing_local w;
    struct host hosts[HOSTS];
    size_t count;
};

static void host_open(struct host *h, size_t number)
{
    struct address a;
    char text[32];
    (void)snprintf(text, sizeof text, "127.0.0.%zu", number + 1);
    cr_assert(address_parse(span_text(text), 0, &a));
    cr_assert_not(failed(socket_listen(&a, 8, &h->listener)));
    cr_assert_not(failed(socket_name(h->listener, &a)));
    h->port = address_port(&a);
    buf_init(&h->heard, 1 << 20);
    if (h->mute) {
        close(h->listener);
    } else {
        cr_assert_eq(pthread_create(&h->thread, NULL, host_run, h), 0);
    }
}

/* The hosts of n, as "127.0.0.1:port : ..." in `hosts`, and options behind. */
static void net_open(struct net *n, const char *options, size_t addresses)
{
    char text[1000], *end = text;
    end += snprintf(end, sizeof text, " driver = smtp\n allow_localhost\n hosts = ");
    for (size_t i = 0; i < n->count; i++) {
        host_open(&n->hosts[i], i);
        end += snprintf(end, 100, "%s127.0.0.%zu::%u", i > 0 ? " : " : "", i + 1, n->hosts[i].port);
    }
    (void)snprintf(end, 500, "\n%s", options);
    testing_local_open(&n->w, text);
    testing_message(&n->w, "hello\n.\n");
    n->w.job.count = addresses;
}

/* Ends the servers, so that what they heard can be read. */
static void net_stop(struct net *n)
{
    for (size_t i = 0; i < n->count; i++) {
        if (!n->hosts[i].mute) {
            (void)shutdown(n->hosts[i].listener, SHUT_RDWR);
            (void)pthread_join(n->hosts[i].thread, NULL);
            close(n->hosts[i].listener);
        }
    }
}

static void net_close(struct net *n)
{
    for (size_t i = 0; i < n->count; i++) {
        buf_wipe(&n->hosts[i].heard);
    }
    testing_local_close(&n->w);
}

static const char *outcomes(struct net *n)
{
    static const char letters[] = {[DELIVERY_NONE] = '-', [DELIVERY_DONE] = 'd',
                                   [DELIVERY_DEFERRED] = '4', [DELIVERY_FAILED] = '5',
                                   [DELIVERY_DISCARDED] = 'x'};
    char *all = arena_text(n->w.arena, SPAN("....."));
    for (size_t i = 0; i < n->w.job.count; i++) {
        all[i] = letters[n->w.address[i].result.outcome];
    }
    all[n->w.job.count] = '\0';
    return all;
}

static const struct {
    const char *label;
    struct testing_replies first, second;
    bool mute;                       /* the first host does not listen */
    size_t addresses;
    const char *outcomes;
    size_t sessions[2], texts[2];
    int error;                       /* of the first address */
    const char *text;
} rows[] = {
    {"the first takes it", {0}, {0}, false, 2, "dd", {1, 0}, {1, 0}, 0, ""},
    {"nobody listens at the first", {0}, {0}, true, 2, "dd", {0, 1}, {0, 1}, 0, ""},
    {"the first is busy", {.greeting = "421 busy\r\n!"}, {0}, false, 1, "d", {1, 1}, {0, 1}, 0, ""},
    {"the first puts the sender off", {.mail = "451 no\r\n"}, {0}, false, 1, "d", {1, 1}, {0, 1}, 0,
     ""},
    {"the first puts one recipient off", {.rcpt = {"450 no\r\n"}}, {0}, false, 2, "dd", {1, 1},
     {1, 1}, 0, ""},
    {"the first refuses one recipient", {.rcpt = {"550 no\r\n"}}, {0}, false, 2, "5d", {1, 0},
     {1, 0}, 0, "SMTP error from remote mail server after RCPT TO:<u1@test.ex>: 550 no"},
    {"the first refuses the message", {.text = "554 no\r\n"}, {0}, false, 1, "5", {1, 0}, {1, 0}, 0,
     "SMTP error from remote mail server after end of data: 554 no"},
    {"the first is not what it should be", {.greeting = "HTTP/1.1 400\r\n"}, {0}, false, 1, "d",
     {1, 1}, {0, 1}, 0, ""},
    {"lost behind the text: the second is not asked", {.text = "!"}, {0}, false, 1, "4", {1, 0},
     {1, 0}, DELIVERY_ERROR_LOST, "Remote host closed connection in response to end of data"},
    {"the message put off: the second is asked", {.text = "451 later\r\n"}, {0}, false, 1, "d",
     {1, 1}, {1, 1}, 0, ""},
    {"both put it off", {.rcpt = {"450 a\r\n"}}, {.rcpt = {"450 b\r\n"}}, false, 1, "4", {1, 1},
     {0, 0},
     DELIVERY_ERROR_RCPT_4XX, "after RCPT TO:<u1@test.ex>: 450 b"},
    {"both are busy", {.greeting = "421 a\r\n!"}, {.greeting = "450 b\r\n"}, false, 1, "4", {1, 1},
     {0, 0}, 0, "SMTP error from remote mail server after initial connection: 450 b"},
    {"the first says EHLO is no good", {.ehlo = "550 a\r\n", .helo = "550 b\r\n"}, {0}, false, 1,
     "5", {1, 0}, {0, 0}, 0, "SMTP error from remote mail server after HELO mx.test.ex: 550 b"},
};

Test(smtp, hosts_are_asked_until_everybody_has_an_answer)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct net n = {.count = 2};
        n.hosts[0].says[0] = rows[i].first;
        n.hosts[1].says[0] = rows[i].second;
        n.hosts[0].mute = rows[i].mute;
        net_open(&n, "", rows[i].addresses);
        testing_run(&n.w);
        net_stop(&n);
        const char *label = rows[i].label;
        const struct delivery_result *r = &n.w.address[0].result;
        cr_expect_str_eq(outcomes(&n), rows[i].outcomes, "%s: %s", label, testing_text(&n.w, 0));
        cr_expect_eq(r->error, rows[i].error, "%s: %d", label, r->error);
        cr_expect(span_has(r->text, span_text(rows[i].text)), "%s: %.*s", label, SPAN_FMT(r->text));
        for (size_t k = 0; k < 2; k++) {
            cr_expect_eq(n.hosts[k].sessions, rows[i].sessions[k], "%s: host %zu", label, k);
            cr_expect_eq(n.hosts[k].texts, rows[i].texts[k], "%s: host %zu", label, k);
        }
        size_t done = 0;
        for (size_t k = 0; k < rows[i].addresses; k++) {
            done += n.w.address[k].result.outcome == DELIVERY_DONE ? 1 : 0;
        }
        cr_expect_eq(n.w.told, done, "%s", label);
        net_close(&n);
    }
}

Test(smtp, a_refused_connection_has_the_systems_number_and_no_words)
{
    struct net n = {.count = 1};
    n.hosts[0].mute = true;
    net_open(&n, "", 1);
    testing_run(&n.w);
    cr_expect_eq(n.w.address[0].result.error, ECONNREFUSED);
    cr_expect_eq(n.w.address[0].result.text.len, 0);
    cr_expect(n.w.address[0].result.host_wide);
    net_stop(&n);
    net_close(&n);
}

Test(smtp, reports_are_given_what_the_session_said)
{
    struct net n = {.count = 1};
    n.hosts[0].says[0] = (struct testing_replies){.greeting = "220-a\r\n220 b\r\n",
                                                  .ehlo = "250-c d\r\n250 DSN\r\n",
                                                  .rcpt = {"550-5.1.1 no\r\n550 5.1.1 user\r\n"}};
    net_open(&n, "", 1);
    n.w.address[0].notify = DSN_FAILURE;
    testing_run(&n.w);
    net_stop(&n);
    const struct delivery_result *r = &n.w.address[0].result;
    cr_expect(span_has(buf_span(&n.hosts[0].heard), SPAN("RCPT TO:<u1@test.ex> NOTIFY=FAILURE\r\n")));
    cr_expect(span_has(r->text, SPAN("after RCPT TO:<u1@test.ex>: 550-5.1.1 no")), "%s",
              testing_text(&n.w, 0));
    cr_expect(span_eq(r->detail, SPAN("e")));
    cr_expect(span_eq(r->greeting, SPAN("220-a")));
    cr_expect(span_eq(r->helo_response, SPAN("250-c d")));
    cr_expect(span_eq(r->reply, SPAN("550-5.1.1 no\n550 5.1.1 user")));
    cr_expect(span_eq(r->status, SPAN("5.1.1")));
    cr_expect(r->host != NULL && !r->host_wide);
    net_close(&n);
}

Test(smtp, the_text_goes_out_as_the_options_say)
{
    struct net n = {.count = 1};
    net_open(&n,
             " headers_add = X-Add: $local_part\n headers_remove = Subject\n return_path_add\n"
             " return_path = other@c.test\n headers_rewrite = *@test.ex x@y.ex t\n", 1);
    n.w.facts_address.local_part = SPAN("u1");
    testing_run(&n.w);
    net_stop(&n);
    span heard = buf_span(&n.hosts[0].heard);
    cr_expect(span_has(heard, SPAN("MAIL FROM:<other@c.test>\r\n")), "%.*s", SPAN_FMT(heard));
    cr_expect(span_has(heard, SPAN("DATA\r\nReturn-path: <other@c.test>\r\nTo: x@y.ex\r\n"
                                   "X-Add: u1\r\n\r\nhello\r\n..\r\n.\r\nQUIT\r\n")),
              "%.*s", SPAN_FMT(heard));
    net_close(&n);
}

Test(smtp, recipients_are_parted_by_max_rcpt)
{
    struct net n = {.count = 1};
    net_open(&n, " max_rcpt = 2\n", 4);
    testing_run(&n.w);
    net_stop(&n);
    cr_expect_str_eq(outcomes(&n), "dddd");
    cr_expect_eq(n.hosts[0].sessions, 1);
    cr_expect_eq(n.hosts[0].texts, 2);
    cr_expect(!n.w.address[0].result.continued && n.w.address[3].result.continued);
    cr_expect(!n.w.address[0].result.shared && n.w.address[1].result.shared);
    cr_expect(!n.w.address[2].result.shared && n.w.address[3].result.shared,
              "a second mail is another copy");
    net_close(&n);
}

Test(smtp, a_server_that_says_too_many_gets_the_rest_in_another_mail)
{
    struct net n = {.count = 1};
    n.hosts[0].says[0] =
        (struct testing_replies){.rcpt = {NULL, "452 too many\r\n", "452 more\r\n"}};
    net_open(&n, "", 3);
    testing_run(&n.w);
    net_stop(&n);
    cr_expect_str_eq(outcomes(&n), "ddd");
    cr_expect_eq(n.hosts[0].sessions, 1);
    cr_expect_eq(n.hosts[0].texts, 3);
    net_close(&n);
}

Test(smtp, a_connection_carries_as_many_messages_as_it_may)
{
    struct net n = {.count = 1};
    net_open(&n, " max_rcpt = 1\n connection_max_messages = 2\n", 3);
    testing_run(&n.w);
    net_stop(&n);
    cr_expect_str_eq(outcomes(&n), "ddd");
    cr_expect_eq(n.hosts[0].sessions, 2);
    net_close(&n);
}

static const struct {
    const char *label;
    struct testing_replies first;
    const char *outcomes, *text;   /* of the last address */
    size_t sessions;
} between[] = {
    {"closed behind the first mail", {.text = "250 taken\r\n!"}, "ddd", "", 2},
    {"no more than one mail", {.text = "250 taken\r\n421 enough\r\n!"}, "ddd", "", 2},
    {"lost behind the text", {.text = "!"}, "444",
     "Remote host closed connection in response to end of data", 1},
    {"busy at the first recipient", {.rcpt = {"421 busy\r\n!"}}, "444",
     "after RCPT TO:<u1@test.ex>: 421 busy", 1},
};

Test(smtp, who_was_not_asked_when_a_connection_ended_is_asked_over_another_or_told_why_not)
{
    for (size_t i = 0; i < sizeof between / sizeof *between; i++) {
        struct net n = {.count = 1};
        n.hosts[0].says[0] = between[i].first;
        net_open(&n, " max_rcpt = 1\n", 3);
        testing_run(&n.w);
        net_stop(&n);
        const char *label = between[i].label;
        cr_expect_str_eq(outcomes(&n), between[i].outcomes, "%s: %s", label, testing_text(&n.w, 2));
        cr_expect(span_has(n.w.address[2].result.text, span_text(between[i].text)), "%s: %s", label,
                  testing_text(&n.w, 2));
        cr_expect_eq(n.hosts[0].sessions, between[i].sessions, "%s", label);
        net_close(&n);
    }
}

static const struct {
    const char *label;
    struct testing_replies first;
    bool mute;
    const char *line;              /* behind the host */
} passed_by[] = {
    {"nobody listens", {0}, true, " Connection refused\n"},
    {"busy", {.greeting = "421 busy\r\n!"}, false,
     ": SMTP error from remote mail server after initial connection: 421 busy\n"},
    {"a recipient put off", {.rcpt = {"450 no\r\n"}}, false,
     ": SMTP error from remote mail server after RCPT TO:<u1@test.ex>: 450 no\n"},
    {"both put off alike", {.mail = "451 no\r\n"}, false,
     ": SMTP error from remote mail server after MAIL FROM:<s@c.test>: 451 no\n"},
};

Test(smtp, the_log_has_what_a_host_said_before_the_next_one_took_it)
{
    for (size_t i = 0; i < sizeof passed_by / sizeof *passed_by; i++) {
        struct net n = {.count = 2};
        struct log log;
        n.hosts[0].says[0] = passed_by[i].first;
        n.hosts[0].mute = passed_by[i].mute;
        net_open(&n, "", 2);
        struct log_options options = {.spool_directory = n.w.path, .clock = &n.w.clock.clock,
                                      .selectors = log_selectors_default(), .utc = true};
        cr_assert_not(failed(log_open(&log, &options, n.w.arena)));
        n.w.job.log = &log;
        testing_run(&n.w);
        net_stop(&n);
        cr_expect_str_eq(outcomes(&n), "dd", "%s", passed_by[i].label);
        const char *text = testing_content(&n.w, "log/mainlog");
        const char *host = strstr(text, "H=127.0.0.1 [127.0.0.1]");
        cr_assert_not_null(host, "%s: %s", passed_by[i].label, text);
        cr_expect_str_eq(host + strlen("H=127.0.0.1 [127.0.0.1]"), passed_by[i].line, "%s",
                         passed_by[i].label);
        net_close(&n);
    }
}

/* --- the pool --------------------------------------------------------------------------------- */

Test(smtp, the_next_message_goes_over_the_connection_that_is_there)
{
    struct net n = {.count = 1};
    net_open(&n, "", 1);
    n.w.job.pool = transport_pool_open();
    for (size_t i = 0; i < 3; i++) {
        testing_run(&n.w);
        cr_expect_str_eq(outcomes(&n), "d");
        cr_expect_eq(n.w.address[0].result.continued, i > 0);
    }
    transport_pool_close(n.w.job.pool);
    net_stop(&n);
    cr_expect_eq(n.hosts[0].sessions, 1);
    cr_expect_eq(n.hosts[0].texts, 3);
    cr_expect(span_ends(buf_span(&n.hosts[0].heard), SPAN("\r\n.\r\nQUIT\r\n")));
    net_close(&n);
}

Test(smtp, a_kept_connection_that_is_gone_is_made_anew)
{
    static const char *const ends[] = {"250 taken\r\n!", "250 taken\r\n421 idle\r\n!",
                                       "250 taken\r\n250 taken\r\n"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        struct net n = {.count = 1};
        n.hosts[0].says[0] = (struct testing_replies){.text = ends[i]};
        net_open(&n, "", 1);
        n.w.job.pool = transport_pool_open();
        testing_run(&n.w);
        cr_expect_str_eq(outcomes(&n), "d");
        testing_run(&n.w);
        cr_expect_str_eq(outcomes(&n), "d", "%s", testing_text(&n.w, 0));
        transport_pool_close(n.w.job.pool);
        net_stop(&n);
        cr_expect_eq(n.hosts[0].sessions, 2);
        cr_expect_eq(n.hosts[0].texts, 2);
        net_close(&n);
    }
}

Test(smtp, a_session_that_depends_on_the_message_is_not_kept)
{
    struct net n = {.count = 1};
    net_open(&n, " helo_data = ${if eq{$sender_address}{}{a.test}{b.test}}\n", 1);
    n.w.job.pool = transport_pool_open();
    testing_run(&n.w);
    testing_run(&n.w);
    transport_pool_close(n.w.job.pool);
    net_stop(&n);
    cr_expect_eq(n.hosts[0].sessions, 2);
    net_close(&n);
}

/* --- retry hooks ------------------------------------------------------------------------------ */

struct hooks {
    bool due[HOSTS], expired;
    size_t asked, good, bad;
    span text;
};

static bool host_due(void *context, const struct route_host *host, uint16_t port, bool *expired)
{
    struct hooks *h = context;
    (void)host, (void)port;
    *expired = h->expired;
    return h->due[h->asked++];
}

static bool address_due(void *context, const struct delivery_address *a)
{
    (void)context, (void)a;
    return true;
}

static void host_result(void *context, const struct route_host *host, uint16_t port,
                        const struct delivery_result *result)
{
    struct hooks *h = context;
    (void)port;
    cr_expect(result->host == host);
    h->text = result->text;
    h->good += result->outcome == DELIVERY_DONE ? 1 : 0;
    h->bad += result->outcome == DELIVERY_DEFERRED && result->host_wide ? 1 : 0;
}

static const struct {
    const char *label;
    bool due[2], expired;
    const char *outcome, *text;
    size_t good, bad;
} retries[] = {
    {"both are due, the first is busy", {true, true}, false, "d", "", 1, 1},
    {"the first is not due", {false, true}, false, "d", "", 1, 0},
    {"neither is due", {false, false}, false, "4",
     "retry time not reached for any host for 'test.ex'", 0, 0},
    {"neither will ever be", {false, false}, true, "5",
     "all hosts for 'test.ex' have been failing", 0, 0},
};

Test(smtp, hosts_that_are_not_due_are_passed_by)
{
    for (size_t i = 0; i < sizeof retries / sizeof *retries; i++) {
        struct net n = {.count = 2};
        struct hooks h = {.due = {retries[i].due[0], retries[i].due[1]},
                          .expired = retries[i].expired};
        struct transport_retry retry = {.context = &h, .host_due = host_due,
                                        .host_result = host_result, .address_due = address_due};
        n.hosts[0].says[0].greeting = "421 busy\r\n!";
        net_open(&n, "", 1);
        n.w.job.retry = &retry;
        testing_run(&n.w);
        net_stop(&n);
        cr_expect_str_eq(outcomes(&n), retries[i].outcome, "%s", retries[i].label);
        cr_expect(span_has(n.w.address[0].result.text, span_text(retries[i].text)), "%s: %s",
                  retries[i].label, testing_text(&n.w, 0));
        cr_expect_eq(h.good, retries[i].good, "%s", retries[i].label);
        cr_expect_eq(h.bad, retries[i].bad, "%s", retries[i].label);
        net_close(&n);
    }
}

Test(smtp, what_a_host_said_to_one_recipient_is_not_said_of_the_host)
{
    struct net n = {.count = 1};
    struct hooks h = {.due = {true}};
    struct transport_retry retry = {.context = &h, .host_due = host_due,
                                    .host_result = host_result, .address_due = address_due};
    n.hosts[0].says[0] = (struct testing_replies){.rcpt = {"450 full\r\n", "421 bye\r\n!"}};
    net_open(&n, "", 2);
    n.w.job.retry = &retry;
    testing_run(&n.w);
    net_stop(&n);
    cr_expect(span_ends(n.w.address[0].result.text, SPAN("450 full")), "%s", testing_text(&n.w, 0));
    cr_expect(span_ends(h.text, SPAN("421 bye")), "%.*s", SPAN_FMT(h.text));
    net_close(&n);
}

Test(smtp, a_delivery_that_cannot_be_recorded_is_the_last)
{
    struct net n = {.count = 1};
    net_open(&n, " max_rcpt = 1\n", 3);
    n.w.tell = err_of(ERR_IO, "disk full");
    testing_run(&n.w);
    net_stop(&n);
    cr_expect_str_eq(outcomes(&n), "d44");
    cr_expect_eq(n.hosts[0].texts, 1);
    net_close(&n);
}

/* --- what is wrong before anybody is asked ---------------------------------------------------- */

static const struct {
    const char *label, *options, *outcome, *text;
} wrong[] = {
    {"no hosts", " driver = smtp\n", "4", "t transport has no hosts"},
    {"port", " driver = smtp\n hosts = 192.0.2.1\n port = nowhere\n", "4",
     "t transport: port: \"nowhere\" is no port"},
    {"protocol", " driver = smtp\n hosts = 192.0.2.1\n protocol = uucp\n", "4",
     "t transport: protocol: \"uucp\" is none of smtp, smtps, lmtp"},
    {"ourselves", " driver = smtp\n hosts = 127.0.0.1\n", "4",
     "remote host address is the local host"},
    {"max_rcpt", " driver = smtp\n hosts = 192.0.2.1\n max_rcpt = ${lc:MANY}\n", "4",
     "t transport: max_rcpt is no number: \"many\""},
    {"message_size_limit", " driver = smtp\n hosts = 192.0.2.1\n message_size_limit = 10\n", "5",
     "message is too big (transport limit = 10)"},
    {"an expansion", " driver = smtp\n hosts = ${lookup{x}lsearch{@/nofile}}\n", "4",
     "t transport: failed to expand hosts: "},
};

Test(smtp, what_is_wrong_with_the_options_is_told)
{
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct net n = {.count = 0};
        testing_local_open(&n.w, wrong[i].options);
        testing_message(&n.w, "hello\n");
        testing_run(&n.w);
        cr_expect_str_eq(outcomes(&n), wrong[i].outcome, "%s", wrong[i].label);
        cr_expect(span_has(n.w.address[0].result.text, span_text(wrong[i].text)), "%s: %s",
                  wrong[i].label, testing_text(&n.w, 0));
        net_close(&n);
    }
}

Test(smtp, a_line_that_is_too_long_is_returned)
{
    struct net n = {.count = 1};
    char line[1002];
    memset(line, 'x', 1000);
    strcpy(line + 999, "\n");
    net_open(&n, "", 1);
    spool_message_close(&n.w.message);
    memset(&n.w.message, 0, sizeof n.w.message);
    testing_message(&n.w, line);
    testing_run(&n.w);
    net_stop(&n);
    cr_expect_str_eq(outcomes(&n), "5");
    cr_expect_str_eq(testing_text(&n.w, 0), "message has lines too long for transport");
    net_close(&n);
}
