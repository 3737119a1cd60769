/* Who may speak when: RFC 2920 3.1 and 3.2, RFC 5321 3.1 and 4.3.1. The client's flights come one
   by one, each when the server has nothing left to read; a "~" stands where the server ended a
   write. */
#include "ref/smtp/testing.h"

#include <criterion/criterion.h>

enum { FLIGHTS = 8 };

struct flights_wire {
    struct wire wire;
    const char *const *flights;
    size_t flight, pos;
    struct buf out;
};

static size_t left(const struct flights_wire *w)
{
    return w->flights[w->flight] ? strlen(w->flights[w->flight]) - w->pos : 0;
}

static err flights_read(struct wire *wire, void *at, size_t room, millis wait, size_t *got)
{
    (void)wait;
    struct flights_wire *w = (struct flights_wire *)wire;
    while (left(w) == 0) {
        if (w->flights[w->flight] == NULL) {
            return err_of(ERR_CLOSED, "no more flights");
        }
        w->flight++;
        w->pos = 0;
    }
    *got = left(w) < room ? left(w) : room;
    memcpy(at, w->flights[w->flight] + w->pos, *got);
    w->pos += *got;
    return OK;
}

static err flights_write(struct wire *wire, span bytes, millis wait)
{
    (void)wait;
    struct flights_wire *w = (struct flights_wire *)wire;
    buf_put(&w->out, bytes);
    buf_put_byte(&w->out, '~');
    return OK;
}

static bool flights_pending(struct wire *wire)
{
    return left((struct flights_wire *)wire) > 0;
}

static void flights_close(struct wire *wire)
{
    (void)wire;
}

struct row {
    const char *label;
    const char *flights[FLIGHTS]; /* the first one comes before the greeting */
    const char *out;
};

#define EHLO "EHLO c.test\r\n"
#define HELO "HELO c.test\r\n"
#define FROM "MAIL FROM:<a@c.test>\r\n"
#define TO "RCPT TO:<b@test.ex>\r\n"
#define TEXT "a: b\r\n\r\n.\r\n"
#define G "220 mx.test.ex ESMTP\r\n~"
#define E                                                                                        \
    "250-mx.test.ex Hello c.test [192.0.2.10]\r\n250-SIZE "                                      \
    "52428800\r\n250-8BITMIME\r\n250-VRFY\r\n"                                                   \
    "250-PIPELINING\r\n250-CHUNKING\r\n250-ENHANCEDSTATUSCODES\r\n250-SMTPUTF8\r\n250 HELP\r\n~"
#define H "250 mx.test.ex Hello c.test [192.0.2.10]\r\n~"
#define F "250 2.1.0 OK\r\n"
#define T "250 2.1.5 Accepted\r\n"
#define GO "354 Enter message, ending with \".\" on a line by itself\r\n~"
#define STORED "250 2.6.0 OK id=1xUtVV-00001F-00\r\n"
#define SYNC                                                                                     \
    "421 4.5.0 mx.test.ex input before the reply it must wait for, closing connection\r\n~"
#define BYE "221 2.0.0 mx.test.ex closing connection\r\n~"

static void run_with(const struct row *row, const char *options, const char *logged)
{
    struct testing t;
    testing_open(&t, options);
    struct flights_wire w = {.wire = {flights_read, flights_write, flights_pending, flights_close},
                             .flights = row->flights};
    buf_init(&w.out, 65536);
    struct smtp_peer peer = {.tcp = true};
    cr_assert(address_parse(SPAN("192.0.2.10"), 40612, &peer.remote));
    cr_assert(address_parse(SPAN("192.0.2.1"), 25, &peer.local));
    (void)!failed(smtp_session_run(&t.server, &peer, &w.wire));
    cr_expect(span_eq(buf_span(&w.out), span_text(row->out)), "%s: expected\n%s\ngot\n%.*s",
              row->label, row->out, SPAN_FMT(buf_span(&w.out)));
    span log = testing_file(&t, "spool/log/mainlog");
    cr_expect(span_has(log, span_text(logged)), "%s: %s is not in\n%.*s", row->label, logged,
              SPAN_FMT(log));
    buf_wipe(&w.out);
    testing_close(&t);
}

static void run(const struct row *row)
{
    run_with(row, "", "");
}

static void run_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        run(&rows[i]);
    }
}
#define RUN(rows) run_rows((rows), sizeof(rows) / sizeof *(rows))

Test(smtp_pipeline, what_a_client_may_send_ahead)
{
    static const struct row rows[] = {
        {"a group, answered in one write",
         {"", EHLO, FROM TO TO "DATA\r\n", TEXT, "QUIT\r\n"},
         G E F T T GO STORED "~" BYE},
        {"RSET may stand anywhere",
         {"", EHLO, FROM "RSET\r\n" FROM TO, "QUIT\r\n"},
         G E F "250 2.0.0 Reset OK\r\n" F T "~" BYE},
        {"the text may begin a group",
         {"", EHLO, FROM TO "DATA\r\n", TEXT FROM TO "QUIT\r\n"},
         G E F T GO STORED "~" F T BYE},
        {"a chunk and what follows LAST",
         {"", EHLO, FROM TO "BDAT 8 LAST\r\na: b\r\n\r\n" FROM TO, "QUIT\r\n"},
         G E F T STORED F T "~" BYE},
        {"replies do not wait for half a line",
         {"", EHLO, FROM "RCPT TO:", "<b@test.ex>\r\n", "QUIT\r\n"},
         G E F "~" T "~" BYE},
        {"an unknown command ends a group and nothing else",
         {"", EHLO, FROM "XYZZY\r\n" TO, "QUIT\r\n"},
         G E F "500 5.5.1 Command unknown\r\n~" T "~" BYE},
        {"behind QUIT nothing counts", {"", EHLO, "QUIT\r\nNOOP\r\n"}, G E BYE},
        {"without PIPELINING one by one",
         {"", HELO, FROM, TO, "DATA\r\n", TEXT, "QUIT\r\n"},
         G H F "~" T "~" GO STORED "~" BYE},
    };
    RUN(rows);
}

Test(smtp_pipeline, what_comes_too_early_ends_the_session_with_421)
{
    static const struct row rows[] = {
        {"behind EHLO", {"", EHLO FROM}, G SYNC},
        {"behind HELO", {"", HELO FROM}, G SYNC},
        {"behind DATA", {"", EHLO, FROM TO "DATA\r\n" TEXT}, G E F T SYNC},
        {"behind a DATA that would be refused", {"", EHLO, "DATA\r\n" TEXT}, G E SYNC},
        {"behind NOOP", {"", EHLO, "NOOP\r\nNOOP\r\n"}, G E SYNC},
        {"behind VRFY", {"", EHLO, "VRFY b@test.ex\r\n" FROM}, G E SYNC},
        {"behind STARTTLS", {"", EHLO, "STARTTLS\r\n" EHLO}, G E SYNC},
        {"behind MAIL without PIPELINING", {"", HELO, FROM TO}, G H SYNC},
        {"before any EHLO", {"", "NOOP\r\nNOOP\r\n"}, G SYNC},
        {"behind the text without PIPELINING", {"", HELO, FROM, TO, "DATA\r\n", TEXT FROM},
         G H F "~" T "~" GO SYNC},
    };
    RUN(rows);
}

Test(smtp_pipeline, before_the_greeting)
{
    static const struct row rows[] = {
        {"554, then 503 until QUIT", {EHLO, FROM, "NOOP\r\n", "QUIT\r\n"},
         "554 mx.test.ex no service: input before the greeting\r\n~"
         "503 5.5.1 The greeting was 554: only QUIT is left\r\n~"
         "503 5.5.1 The greeting was 554: only QUIT is left\r\n~"
         "503 5.5.1 The greeting was 554: only QUIT is left\r\n~" BYE},
        {"a lone line end is enough", {"\r\n", "QUIT\r\n"},
         "554 mx.test.ex no service: input before the greeting\r\n~"
         "503 5.5.1 The greeting was 554: only QUIT is left\r\n~" BYE},
    };
    RUN(rows);
}

/* --- early pipelining ----------------------------------------------------------------------------- */

#define EARLY "pipelining_connect_advertise_hosts = *\n"
#define G1 "220 mx.test.ex ESMTP\r\n"
#define E1                                                                                       \
    "250-mx.test.ex Hello c.test [192.0.2.10]\r\n250-SIZE "                                      \
    "52428800\r\n250-8BITMIME\r\n250-VRFY\r\n250-PIPELINING\r\n250-PIPECONNECT\r\n"             \
    "250-CHUNKING\r\n250-ENHANCEDSTATUSCODES\r\n250-SMTPUTF8\r\n250 HELP\r\n"
#define REFUSED "554 mx.test.ex no service: input before the greeting\r\n~"
#define AFTER "503 5.5.1 The greeting was 554: only QUIT is left\r\n~"

Test(smtp_pipeline, a_group_may_come_before_the_greeting)
{
    static const struct {
        struct row row;
        const char *logged;
    } rows[] = {
        {{"a group with DATA, answered in one write",
          {EHLO FROM TO "DATA\r\n", TEXT, "QUIT\r\n"}, G1 E1 F T GO STORED "~" BYE}, " P=esmtp L* "},
        {{"EHLO alone", {EHLO, FROM, TO, "DATA\r\n", TEXT, "QUIT\r\n"},
          G1 E1 "~" F "~" T "~" GO STORED "~" BYE}, " P=esmtp L*- "},
        {{"behind a greeting that was out already", {"", EHLO FROM TO "DATA\r\n", TEXT, "QUIT\r\n"},
          G1 "~" E1 F T GO STORED "~" BYE}, " P=esmtp L* "},
        {{"the beginning of EHLO", {"eH", "LO c.test\r\n", FROM TO "DATA\r\n", TEXT, "QUIT\r\n"},
          G1 "~" E1 "~" F T GO STORED "~" BYE}, " P=esmtp L* "},
        {{"a chunk", {EHLO FROM TO "BDAT 8 LAST\r\na: b\r\n\r\n", "QUIT\r\n"},
          G1 E1 F T STORED "~" BYE}, " P=esmtp L* K "},
        {{"nobody speaks early", {"", EHLO, FROM TO "DATA\r\n", TEXT, "QUIT\r\n"},
          G1 "~" E1 "~" F T GO STORED "~" BYE}, " P=esmtp L. "},
        {{"nor ahead", {"", EHLO, FROM, TO, "DATA\r\n", TEXT, "QUIT\r\n"},
          G1 "~" E1 "~" F "~" T "~" GO STORED "~" BYE}, " P=esmtp L.- "},
        {{"a refused EHLO has its whole group answered", {"EHLO -\r\n" FROM TO "QUIT\r\n"},
          G1 "501 Domain or address literal expected\r\n"
          "503 5.5.1 EHLO or HELO first\r\n503 5.5.1 EHLO or HELO first\r\n" BYE}, ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        run_with(&rows[i].row, EARLY, rows[i].logged);
    }
}

Test(smtp_pipeline, what_is_no_early_group_keeps_its_check)
{
    static const struct row rows[] = {
        {"HELO", {HELO FROM, "QUIT\r\n"}, REFUSED AFTER AFTER BYE},
        {"MAIL", {FROM, "QUIT\r\n"}, REFUSED AFTER BYE},
        {"a line end", {"\r\n", "QUIT\r\n"}, REFUSED AFTER BYE},
        {"a TLS hello", {"\x16\x03\x01\r\n", "QUIT\r\n"}, REFUSED AFTER BYE},
        {"what began like EHLO and is not", {"E", "XPN a\r\n"}, G1 "~" SYNC},
        {"EHLO twice", {EHLO EHLO "NOOP\r\n"}, G1 E1 SYNC},
        {"a refused EHLO, then another one", {"EHLO -\r\n" EHLO FROM},
         G1 "501 Domain or address literal expected\r\n" SYNC},
        {"something behind NOOP", {EHLO "NOOP\r\nVRFY a\r\n"}, G1 E1 SYNC},
        {"the text before 354", {EHLO FROM TO "DATA\r\n" TEXT}, G1 E1 F T SYNC},
        {"something behind STARTTLS", {EHLO "STARTTLS\r\n" EHLO}, G1 E1 SYNC},
        {"a second EHLO", {EHLO, FROM, EHLO FROM}, G1 E1 "~" F "~" SYNC},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        run_with(&rows[i], EARLY, "");
    }
}

Test(smtp_pipeline, whom_it_is_not_offered_to_may_not)
{
    static const char *const options[] = {
        "pipelining_connect_advertise_hosts =\n",
        "pipelining_connect_advertise_hosts = 192.0.2.11\n",
        EARLY "pipelining_advertise_hosts =\n"};
    static const struct row row = {"", {EHLO FROM, "QUIT\r\n"}, REFUSED AFTER AFTER BYE};
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        run_with(&row, options[i], "");
    }
}

Test(smtp_pipeline, the_keyword_is_the_first_of_the_list_and_stands_behind_pipelining)
{
    static const char *const rows[][2] = {
        {"pipelining_connect_keyword = X_PIPE_CONNECT : PIPE_CONNECT\n",
         "250-PIPELINING\r\n250-X_PIPE_CONNECT\r\n250-CHUNKING"},
        {EARLY "smtp_enforce_sync = false\npipelining_advertise_hosts =\n", "250-VRFY\r\n250-CHUNKING"},
    };
    for (size_t i = 0; i < 2; i++) {
        struct testing t;
        testing_open(&t, rows[i][0]);
        span out = testing_run(&t, (struct testing_input){.in = SPAN(EHLO), .tcp = true, .grain = 0},
                               NULL);
        cr_expect(span_has(out, span_text(rows[i][1])), "%.*s", SPAN_FMT(out));
        testing_close(&t);
    }
}
