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

static void run(const struct row *row)
{
    struct testing t;
    testing_open(&t, "");
    struct flights_wire w = {.wire = {flights_read, flights_write, flights_pending, flights_close},
                             .flights = row->flights};
    buf_init(&w.out, 65536);
    struct smtp_peer peer = {.tcp = true};
    cr_assert(address_parse(SPAN("192.0.2.10"), 40612, &peer.remote));
    cr_assert(address_parse(SPAN("192.0.2.1"), 25, &peer.local));
    (void)!failed(smtp_session_run(&t.server, &peer, &w.wire));
    cr_expect(span_eq(buf_span(&w.out), span_text(row->out)), "%s: expected\n%s\ngot\n%.*s",
              row->label, row->out, SPAN_FMT(buf_span(&w.out)));
    buf_wipe(&w.out);
    testing_close(&t);
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
