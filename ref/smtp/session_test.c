/* Sessions by script: octets in, octets out. The same script is run whole, octet by octet, and
   cut at every place, and says the same each time. */
#include "ref/smtp/testing.h"

#include <criterion/criterion.h>

#define EHLO "EHLO c.test\r\n"
#define FROM "MAIL FROM:<a@c.test>\r\n"
#define TO "RCPT TO:<b@test.ex>\r\n"
#define QUIT "QUIT\r\n"
#define BYE "221 2.0.0 mx.test.ex closing connection\r\n"
#define GREETING "220 mx.test.ex ESMTP\r\n"
#define HELLO "250 mx.test.ex Hello c.test\r\n"
#define OFFER                                                                                    \
    "250-mx.test.ex Hello c.test\r\n250-SIZE "                                                   \
    "52428800\r\n250-8BITMIME\r\n250-DSN\r\n250-VRFY\r\n"                                        \
    "250-PIPELINING\r\n250-CHUNKING\r\n250-ENHANCEDSTATUSCODES\r\n250-SMTPUTF8\r\n250 "          \
    "HELP\r\n"
#define OK_FROM "250 2.1.0 OK\r\n"
#define OK_TO "250 2.1.5 Accepted\r\n"
#define GO "354 Enter message, ending with \".\" on a line by itself\r\n"
#define BAD(code, text) code " " text "\r\n"

struct script {
    const char *label;
    span in, out; /* out: behind the greeting and the answer to EHLO, before that to QUIT */
    size_t messages;
};

static void expect_out(const char *label, span out, span expected)
{
    cr_expect(span_eq(out, expected), "%s: expected\n%.*s\ngot\n%.*s", label, SPAN_FMT(expected),
              SPAN_FMT(out));
}

/* Runs EHLO, the script, QUIT, with a server of its own. */
static void run_script(const struct script *row, const char *options, size_t grain, size_t cut)
{
    struct testing t;
    testing_open(&t, options);
    struct buf text, expected;
    buf_init(&text, 1 << 20);
    buf_init(&expected, 1 << 20);
    buf_put_text(&text, EHLO);
    buf_put(&text, row->in);
    buf_put_text(&text, QUIT);
    span in = buf_span(&text);
    buf_put_text(&expected, GREETING OFFER);
    buf_put(&expected, row->out);
    buf_put_text(&expected, BYE);
    struct testing_input input = {
        .in = in, .grain = grain, .cuts = &cut, .cut_count = cut ? 1 : 0};
    span out = testing_run(&t, input, NULL);
    expect_out(row->label, out, buf_span(&expected));
    cr_expect_eq(testing_messages(&t), row->messages, "%s: %zu messages", row->label,
                 testing_messages(&t));
    buf_wipe(&text);
    buf_wipe(&expected);
    testing_close(&t);
}

#define OPTIONS                                                                                  \
    "dsn_advertise_hosts = *\nsmtp_max_synprot_errors = 50\nsmtp_max_unknown_commands = "        \
    "50\n"                                                                                       \
    "smtp_accept_max_nonmail = 50\n"

static void run_scripts(const struct script *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        run_script(&rows[i], OPTIONS, 0, 0);
        run_script(&rows[i], OPTIONS, 1, 0);
        for (size_t cut = 1; cut < rows[i].in.len + sizeof EHLO; cut += 3) {
            run_script(&rows[i], OPTIONS, 0, cut);
        }
    }
}
#define RUN(rows) run_scripts((rows), sizeof(rows) / sizeof *(rows))

Test(smtp_session, a_message)
{
    static const struct script rows[] = {
        {"one message", SPAN(FROM TO "DATA\r\nSubject: x\r\n\r\nbody\r\n.\r\n"),
         SPAN(OK_FROM OK_TO GO "250 2.6.0 OK id=1xUtVV-00001F-00\r\n"), 1},
        {"two messages in a row",
         SPAN(FROM TO "DATA\r\na: b\r\n\r\n.\r\n" FROM TO "DATA\r\na: b\r\n\r\n.\r\n"),
         SPAN(OK_FROM OK_TO GO "250 2.6.0 OK id=1xUtVV-00001F-00\r\n" OK_FROM OK_TO GO
                               "250 2.6.0 OK id=1xUtVV-00Hb9J-00\r\n"),
         2},
        {"no recipient was taken", SPAN(FROM "RCPT TO:<nobody@test.ex>\r\nDATA\r\n"),
         SPAN(OK_FROM "550 5.1.1 Unknown mailbox\r\n554 5.5.1 No valid recipients\r\n"), 0},
        {"text with a bare LF",
         SPAN(FROM TO "DATA\r\na: b\r\n\r\nx\n.\nMAIL FROM:<evil@x>\r\n.\r\n"),
         SPAN(OK_FROM OK_TO GO "550 5.5.2 Bare CR or LF in the message\r\n"), 0},
        {"transaction over after a refused text", SPAN(FROM TO "DATA\r\nx\ry\r\n.\r\nDATA\r\n"),
         SPAN(OK_FROM OK_TO GO
              "550 5.5.2 Bare CR or LF in the message\r\n503 5.5.1 MAIL first\r\n"),
         0},
    };
    RUN(rows);
}

Test(smtp_session, framing)
{
    static const struct script rows[] = {
        {"bare LF ends no line", SPAN("NOOP\nNOOP\r\n"),
         SPAN("500 5.5.2 Bare CR or LF in a command\r\n"), 0},
        {"bare CR ends no line", SPAN("NOOP\rNOOP\r\n"),
         SPAN("500 5.5.2 Bare CR or LF in a command\r\n"), 0},
        {"CR CR LF", SPAN("NOOP\r\r\n"), SPAN("500 5.5.2 Bare CR or LF in a command\r\n"), 0},
        {"NUL", SPAN("NOOP \0\r\n"), SPAN("501 5.5.2 Control character in a command\r\n"), 0},
        {"8-bit", SPAN("HELP \xe4\r\n"), SPAN("500 5.5.2 8-bit octet in a command\r\n"), 0},
        {"empty line", SPAN("\r\n"), SPAN("500 5.5.1 Command unknown\r\n"), 0},
        {"leading blank", SPAN(" NOOP\r\n"), SPAN("500 5.5.1 Command unknown\r\n"), 0},
        {"any case", SPAN("nOoP\r\n"), SPAN("250 2.0.0 OK\r\n"), 0},
        {"blanks at the end", SPAN("RSET \t \r\n"), SPAN("250 2.0.0 Reset OK\r\n"), 0},
        {"unknown", SPAN("FOO\r\nX-BAR baz\r\n"),
         SPAN("500 5.5.1 Command unknown\r\n500 5.5.1 Command unknown\r\n"), 0},
        {"known, and not served", SPAN("TURN\r\nSTARTTLS\r\nETRN x\r\n"),
         SPAN("502 5.5.1 TURN is not implemented\r\n502 5.5.1 STARTTLS is not implemented\r\n"
              "502 5.5.1 ETRN is not implemented\r\n"),
         0},
    };
    RUN(rows);
}

Test(smtp_session, arguments)
{
    static const struct script rows[] = {
        {"unexpected", SPAN("DATA x\r\nRSET x\r\nQUIT x\r\n"),
         SPAN("501 5.5.4 DATA takes no argument\r\n501 5.5.4 RSET takes no argument\r\n"
              "501 5.5.4 QUIT takes no argument\r\n"),
         0},
        {"NOOP ignores it", SPAN("NOOP x y\r\n"), SPAN("250 2.0.0 OK\r\n"), 0},
        {"missing", SPAN("MAIL\r\nRCPT\r\nVRFY\r\n"),
         SPAN("501 5.5.4 MAIL needs an argument\r\n501 5.5.4 RCPT needs an argument\r\n"
              "501 5.5.4 VRFY needs an argument\r\n"),
         0},
        {"EHLO without a name, with a bad one", SPAN("EHLO\r\nEHLO a_b\r\nHELO [192.0.2.1]\r\n"),
         SPAN("501 Name of the client expected\r\n501 Domain or address literal expected\r\n"
              "501 Domain or address literal expected\r\n"),
         0},
        {"EHLO with a literal", SPAN("EHLO [IPv6:::1]\r\n"),
         SPAN("250-mx.test.ex Hello [IPv6:::1]\r\n250-SIZE "
              "52428800\r\n250-8BITMIME\r\n250-DSN\r\n"
              "250-VRFY\r\n250-PIPELINING\r\n250-CHUNKING\r\n250-ENHANCEDSTATUSCODES\r\n"
              "250-SMTPUTF8\r\n250 HELP\r\n"),
         0},
        {"null sender", SPAN("MAIL FROM:<>\r\n"), SPAN(OK_FROM), 0},
        {"postmaster without a domain", SPAN(FROM "RCPT TO:<PostMaster>\r\n"),
         SPAN(OK_FROM OK_TO), 0},
        {"postmaster of a domain of ours", SPAN(FROM "RCPT TO:<POSTMASTER@test.ex>\r\n"),
         SPAN(OK_FROM OK_TO), 0},
        {"source route",
         SPAN("MAIL FROM:<@x.test,@y.test:a@c.test>\r\nRCPT TO:<@x.test:b@test.ex>\r\n"),
         SPAN(OK_FROM OK_TO), 0},
        {"relay", SPAN(FROM "RCPT TO:<b@elsewhere.test>\r\n"),
         SPAN(OK_FROM "550 5.7.1 Relay not permitted\r\n"), 0},
        {"RCPT:<>", SPAN(FROM "RCPT TO:<>\r\n"),
         SPAN(OK_FROM "501 5.1.3 Local-part: an atom is missing (RFC 5321 4.1.2 Dot-string)\r\n"),
         0},
        {"VRFY",
         SPAN("VRFY b@test.ex\r\nVRFY <nobody@test.ex>\r\nVRFY a@elsewhere.test\r\nVRFY "
              "b\r\n"),
         SPAN("252 2.5.0 Cannot verify, but would try to deliver\r\n"
              "252 2.5.0 Cannot verify, but would try to deliver\r\n"
              "252 2.5.0 Cannot verify, but would try to deliver\r\n"
              "252 2.5.0 Cannot verify, but would try to deliver\r\n"),
         0},
        {"VRFY and EXPN with SMTPUTF8, and without",
         SPAN("VRFY <\xC3\xBC@test.ex> smtputf8\r\nVRFY \xC3\xBC@test.ex\r\nEXPN \xC3\xBC@test.ex\r\n"
              "EXPN \xC3\xBC@test.ex SMTPUTF8\r\nVRFY <\xC3\xBC@-> SMTPUTF8\r\n"),
         SPAN("252 2.5.0 Cannot verify, but would try to deliver\r\n"
              "252 2.6.8 Cannot verify without SMTPUTF8, but would try to deliver\r\n"
              "252 2.6.8 Cannot verify without SMTPUTF8, but would try to deliver\r\n"
              "550 5.1.1 No such mailing list here\r\n"
              "501 5.1.3 Domain: a letter or digit expected (RFC 5321 4.1.2 sub-domain)\r\n"),
         0},
        {"a quoted word is no parameter", SPAN("MAIL FROM:<\"\xC3\xBC SMTPUTF8 \"@c.test>\r\n"),
         SPAN("550 5.6.7 Non-ASCII address without SMTPUTF8\r\n"), 0},
        {"EXPN", SPAN("EXPN b@test.ex\r\nEXPN staff\r\nEXPN <nobody@test.ex>\r\nEXPN a@\r\n"),
         SPAN("550 5.1.1 No such mailing list here\r\n"
              "550 5.1.1 No such mailing list here\r\n550 5.1.1 No such mailing list here\r\n"
              "501 5.1.3 Domain: a letter or digit expected (RFC 5321 4.1.2 sub-domain)\r\n"),
         0},
    };
    RUN(rows);
}

Test(smtp_session, mail_parameters)
{
    static const struct {
        const char *label, *params, *reply;
    } rows[] = {
        {"SIZE", "SIZE=1000", "250 2.1.0 OK"},
        {"SIZE at the limit", "SIZE=52428800", "250 2.1.0 OK"},
        {"SIZE over it", "SIZE=52428801", "552 5.3.4 Message size exceeds fixed maximum"},
        {"SIZE of 20 digits", "SIZE=99999999999999999999",
         "552 5.3.4 Message size exceeds fixed maximum"},
        {"SIZE of 21 digits", "SIZE=999999999999999999999",
         "501 5.5.4 SIZE needs 1 to 20 digits"},
        {"SIZE, no number", "SIZE=x", "501 5.5.4 SIZE needs 1 to 20 digits"},
        {"SIZE, no value", "SIZE", "501 5.5.4 SIZE needs 1 to 20 digits"},
        {"SIZE twice", "SIZE=1 SIZE=1", "501 5.5.4 SIZE can be given once only"},
        {"BODY", "BODY=8BITMIME", "250 2.1.0 OK"},
        {"body in small letters", "body=7bit", "250 2.1.0 OK"},
        {"BODY, other", "BODY=BINARYMIME", "501 5.5.4 BODY is 7BIT or 8BITMIME"},
        {"unknown", "FOO=1", "555 5.5.4 Parameter FOO is not known here"},
        {"of RCPT", "NOTIFY=NEVER", "555 5.5.4 Parameter NOTIFY is not known here"},
        {"SMTPUTF8", "SMTPUTF8", "250 2.1.0 OK"},
        {"SMTPUTF8 with a value", "SMTPUTF8=1", "501 5.5.4 SMTPUTF8 takes no value"},
        {"RET", "RET=HDRS ENVID=a+2Bb", "250 2.1.0 OK"},
        {"RET, other", "RET=BODY", "501 5.5.4 RET is FULL or HDRS"},
        {"RET twice", "RET=FULL RET=FULL", "501 5.5.4 RET can be given once only"},
        {"ENVID, bad xtext", "ENVID=a+2b", "501 5.5.4 ENVID is 1 to 100 characters of printable xtext"},
        {"ENVID, a line end", "ENVID=a+0D+0Ab", "501 5.5.4 ENVID is 1 to 100 characters of printable xtext"},
        {"all together", "SIZE=5 BODY=8BITMIME SMTPUTF8 RET=FULL ENVID=x", "250 2.1.0 OK"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct testing t;
        testing_open(&t, OPTIONS);
        const char *in =
            arena_printf(t.arena, EHLO "MAIL FROM:<a@c.test> %s\r\n" QUIT, rows[i].params);
        const char *out = arena_printf(t.arena, GREETING OFFER "%s\r\n" BYE, rows[i].reply);
        expect_out(rows[i].label,
                   testing_run(&t, (struct testing_input){.in = span_text(in)}, NULL),
                   span_text(out));
        testing_close(&t);
    }
}

Test(smtp_session, rcpt_parameters)
{
    static const struct {
        const char *label, *params, *reply;
    } rows[] = {
        {"NOTIFY", "NOTIFY=SUCCESS,failure,DELAY", "250 2.1.5 Accepted"},
        {"NOTIFY=NEVER", "NOTIFY=NEVER", "250 2.1.5 Accepted"},
        {"NEVER twice", "NOTIFY=NEVER,NEVER", "501 5.5.4 NOTIFY=NEVER stands alone"},
        {"NEVER and more", "NOTIFY=NEVER,SUCCESS", "501 5.5.4 NOTIFY=NEVER stands alone"},
        {"NOTIFY, other", "NOTIFY=foo",
         "501 5.5.4 NOTIFY is NEVER, or a list of SUCCESS, FAILURE, DELAY"},
        {"NOTIFY, trailing comma", "NOTIFY=SUCCESS,",
         "501 5.5.4 NOTIFY is NEVER, or a list of SUCCESS, FAILURE, DELAY"},
        {"NOTIFY twice", "NOTIFY=NEVER NOTIFY=NEVER", "501 5.5.4 NOTIFY can be given once only"},
        {"ORCPT", "ORCPT=rfc822;b+2Bx@x.test", "250 2.1.5 Accepted"},
        {"ORCPT, no type", "ORCPT=b@x.test", "501 5.5.4 ORCPT is addr-type;printable xtext"},
        {"ORCPT, 8 bit", "ORCPT=rfc822;+C3+B6", "501 5.5.4 ORCPT is addr-type;printable xtext"},
        {"of MAIL", "SIZE=5", "555 5.5.4 Parameter SIZE is not known here"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct testing t;
        testing_open(&t, OPTIONS);
        const char *in =
            arena_printf(t.arena, EHLO FROM "RCPT TO:<b@test.ex> %s\r\n" QUIT, rows[i].params);
        const char *out =
            arena_printf(t.arena, GREETING OFFER OK_FROM "%s\r\n" BYE, rows[i].reply);
        expect_out(rows[i].label,
                   testing_run(&t, (struct testing_input){.in = span_text(in)}, NULL),
                   span_text(out));
        testing_close(&t);
    }
}

Test(smtp_session, chunks)
{
    static const struct script rows[] = {
        {"one chunk", SPAN(FROM TO "BDAT 11 LAST\r\na: b\r\n\r\nc\r\n"),
         SPAN(OK_FROM OK_TO "250 2.6.0 OK id=1xUtVV-00001F-00\r\n"), 1},
        {"three, the last one empty",
         SPAN(FROM TO "BDAT 5\r\na: b\rBDAT 6\r\n\n\r\nc\r\nBDAT 0 LAST\r\n"),
         SPAN(OK_FROM OK_TO "250 2.0.0 5 octets received\r\n250 2.0.0 6 octets received\r\n"
                            "250 2.6.0 OK id=1xUtVV-00001F-00\r\n"),
         1},
        {"what looks like commands inside",
         SPAN(FROM TO "BDAT 16 LAST\r\n.\r\nRSET\r\nQUIT\r\n\n"),
         SPAN(OK_FROM OK_TO "550 5.5.2 Bare CR or LF in the message\r\n"), 0},
        {"no size", SPAN("BDAT\r\nBDAT x\r\nBDAT 1 2\r\n"),
         SPAN("501 5.5.4 BDAT SP size [SP LAST] expected\r\n"
              "501 5.5.4 BDAT SP size [SP LAST] expected\r\n"
              "501 5.5.4 BDAT SP size [SP LAST] expected\r\n"),
         0},
        {"without MAIL its octets are read", SPAN("BDAT 6\r\nQUIT\r\n"),
         SPAN("503 5.5.1 MAIL first\r\n"), 0},
        {"without RCPT too", SPAN(FROM "BDAT 6 LAST\r\nQUIT\r\n"),
         SPAN(OK_FROM "503 5.5.1 RCPT first\r\n"), 0},
        {"after LAST", SPAN(FROM TO "BDAT 5 LAST\r\na: \r\nBDAT 6 LAST\r\nQUIT\r\n"),
         SPAN(OK_FROM OK_TO "250 2.6.0 OK id=1xUtVV-00001F-00\r\n503 5.5.1 MAIL first\r\n"), 1},
        {"DATA between chunks", SPAN(FROM TO "BDAT 1\r\naDATA\r\nRSET\r\n"),
         SPAN(OK_FROM OK_TO
              "250 2.0.0 1 octets received\r\n"
              "503 5.5.1 Only BDAT or RSET between chunks\r\n250 2.0.0 Reset OK\r\n"),
         0},
        {"after a refused chunk only RSET",
         SPAN(FROM TO "BDAT 2\r\na\nBDAT 4 LAST\r\nb\r\n\n" FROM "NOOP\r\nRSET\r\n" FROM),
         SPAN(OK_FROM OK_TO "550 5.5.2 Bare CR or LF in the message\r\n"
                            "503 5.5.1 A chunk was refused: RSET first\r\n"
                            "503 5.5.1 A chunk was refused: RSET first\r\n250 2.0.0 "
                            "OK\r\n250 2.0.0 Reset OK\r\n" OK_FROM),
         0},
        {"EHLO between chunks resets", SPAN(FROM TO "BDAT 1\r\naHELO c.test\r\n" TO),
         SPAN(OK_FROM OK_TO "250 2.0.0 1 octets received\r\n" HELLO "503 5.5.1 MAIL first\r\n"),
         0},
    };
    RUN(rows);
}

Test(smtp_session, what_the_spool_and_the_log_hold)
{
    struct testing t;
    testing_open(&t, OPTIONS);
    span in = SPAN(
        EHLO "MAIL FROM:<a@c.test> BODY=8BITMIME RET=HDRS ENVID=e+2B1\r\n"
             "RCPT TO:<b@test.ex> NOTIFY=SUCCESS,FAILURE,DELAY ORCPT=rfc822;b+2Bx@x.test\r\n" TO
             "DATA\r\nSubject: hello\r\nMessage-Id: "
             "<m@c.test>\r\n\r\nline\r\n..dot\r\n.\r\n" QUIT);
    (void)testing_run(&t, (struct testing_input){.in = in, .tcp = true}, NULL);
    cr_expect_eq(testing_messages(&t), 0, "input in one piece is out of synchronisation");
    testing_close(&t);

    testing_open(&t, OPTIONS "smtp_enforce_sync = false\n");
    (void)testing_run(&t, (struct testing_input){.in = in, .tcp = true}, NULL);
    expect_out(
        "spool", testing_spool(&t),
        SPAN("== 1xUtVV-00001F-00-D\n1xUtVV-00001F-00-D\nline\n.dot\n"
             "== 1xUtVV-00001F-00-H\n1xUtVV-00001F-00-H\nmail 8 8\n<a@c.test>\n1795299869 "
             "0\n"
             "-received_time_usec .000000\n-received_time_complete 1795299869.000000\n"
             "--helo_name c.test\n-host_address [192.0.2.10]:40612\n"
             "-interface_address [192.0.2.1]:25\n-received_protocol esmtp\n-body_linecount "
             "2\n"
             "-max_received_linelength 22\n-deliver_firsttime\n-tls_resumption A\n"
             "-dsn_envid e+2B1\n-dsn_ret 2\nXX\n2\n"
             "b@test.ex rfc822;b+2Bx@x.test 19,28  0,-1#3\nb@test.ex\n\n"
             "177P Received: from [192.0.2.10] (port=40612 helo=c.test)\n"
             "\tby mx.test.ex with esmtp (refmta 0.1.0)\n\t(envelope-from <a@c.test>)\n"
             "\tid 1xUtVV-00001F-00;\n\tSat, 21 Nov 2026 22:24:29 +0000\n"
             "015  Subject: hello\n023I Message-Id: <m@c.test>\n"));
    span log = testing_file(&t, "spool/log/mainlog");
    cr_expect(span_has(log, SPAN("1xUtVV-00001F-00 <= a@c.test H=(c.test) [192.0.2.10]:40612 "
                                 "I=[192.0.2.1]:25 P=esmtp L S=")),
              "%.*s", SPAN_FMT(log));
    testing_close(&t);
}

Test(smtp_session, what_a_client_wrote_stays_in_its_place_in_the_log)
{
    static const struct {
        const char *field, *logged;
    } rows[] = {
        {"Message-ID: <m@c.test>", " id=m@c.test from <"},
        {"Message-ID:\r\n <m@c.test>", " id=m@c.test from <"},
        {"Message-ID: <m@c.test> for x@y", "s from <"},
        {"Message-ID: <m for x@y>", "s from <"},
        {"Message-ID: m for x@y", "s from <"},
        {"Message-ID: <a> <b>", "s from <"},
        {"Subject: a \"b\\", " T=\"a \\\"b\\\\\" from <"},
        {"Subject: =?utf-8?q?=C3=BC?=\r\n =?utf-8?q?=0A?=", " T=\"\xC3\xBC\\n\" from <"},
        {"Subject: =?utf-8?q?open", " T=\"=?utf-8?q?open\" from <"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct testing t;
        testing_open(&t, OPTIONS "smtp_enforce_sync = false\n");
        const char *in = arena_printf(t.arena, EHLO FROM TO "DATA\r\n%s\r\n\r\n.\r\n" QUIT, rows[i].field);
        (void)testing_run(&t, (struct testing_input){.in = span_text(in)}, NULL);
        span log = testing_file(&t, "spool/log/mainlog");
        cr_expect(span_has(log, span_text(rows[i].logged)), "%s: %.*s", rows[i].field, SPAN_FMT(log));
        testing_close(&t);
    }
}

Test(smtp_session, synchronisation)
{
    struct testing t;
    testing_open(&t, OPTIONS);
    span out =
        testing_run(&t, (struct testing_input){.in = SPAN(EHLO QUIT QUIT), .tcp = true}, NULL);
    expect_out("early talker", out,
               SPAN("554 mx.test.ex no service: input before the greeting\r\n"
                    "503 5.5.1 The greeting was 554: only QUIT is left\r\n" BYE));
    testing_close(&t);
}

Test(smtp_session, limits)
{
    static const struct {
        const char *label, *options;
        span in, out;
    } rows[] = {
        {"unknown commands", "", SPAN("A\r\nB\r\nC\r\nD\r\nE\r\n"),
         SPAN(GREETING "500 5.5.1 Command unknown\r\n500 5.5.1 Command unknown\r\n"
                       "500 5.5.1 Command unknown\r\n"
                       "421 4.7.0 mx.test.ex too many unknown commands, closing connection\r\n")},
        {"protocol errors", "", SPAN("DATA\r\nMAIL\r\nRCPT TO:<x>\r\nRSET x\r\nQUIT\r\n"),
         SPAN(GREETING "503 5.5.1 EHLO or HELO first\r\n501 5.5.4 MAIL needs an argument\r\n"
                       "503 5.5.1 EHLO or HELO first\r\n"
                       "421 4.7.0 mx.test.ex too many syntax or protocol errors, closing "
                       "connection\r\n")},
        {"nonmail commands", "smtp_accept_max_nonmail = 1\n",
         SPAN("HELO c.test\r\nNOOP\r\nNOOP\r\n"),
         SPAN(GREETING HELLO
              "250 2.0.0 OK\r\n"
              "421 4.7.0 mx.test.ex too many nonmail commands, closing connection\r\n")},
        {"messages in a connection", "smtp_accept_max_per_connection = 1\n",
         SPAN("HELO c.test\r\n" FROM "RSET\r\n" FROM QUIT),
         SPAN(GREETING HELLO OK_FROM "250 2.0.0 Reset OK\r\n"
                                     "421 4.7.0 mx.test.ex too many messages in this "
                                     "connection, closing connection\r\n")},
        {"recipients", "recipients_max = 1\n", SPAN("HELO c.test\r\n" FROM TO TO QUIT),
         SPAN(GREETING HELLO OK_FROM OK_TO "452 4.5.3 Too many recipients\r\n" BYE)},
        {"recipients, the message refused", "recipients_max = 1\nrecipients_max_reject\n",
         SPAN("HELO c.test\r\n" FROM TO TO "DATA\r\n\r\n.\r\n" QUIT),
         SPAN(GREETING HELLO OK_FROM OK_TO
              "552 5.5.3 Too many recipients\r\n" GO
              "554 5.5.3 Too many recipients: none was taken\r\n" BYE)},
        {"parameters after HELO", "", SPAN("HELO c.test\r\nMAIL FROM:<a@c.test> SIZE=1\r\n" QUIT),
         SPAN(GREETING HELLO "555 5.5.4 Parameter SIZE is not known here\r\n" BYE)},
        {"size of the text", "message_size_limit = 4\n",
         SPAN("HELO c.test\r\n" FROM TO "DATA\r\n\r\nabc\r\n.\r\n" QUIT),
         SPAN(GREETING HELLO OK_FROM OK_TO GO
              "552 5.3.4 Message size exceeds fixed maximum\r\n" BYE)},
        {"hops", "received_headers_max = 1\n",
         SPAN("HELO c.test\r\n" FROM TO "DATA\r\nReceived: a\r\nReceived: b\r\n\r\n.\r\n" QUIT),
         SPAN(GREETING HELLO OK_FROM OK_TO GO
              "554 5.4.6 Too many Received: fields, the message loops\r\n" BYE)},
        {"one header field", "header_line_maxsize = 10\n",
         SPAN("HELO c.test\r\n" FROM TO "DATA\r\nSubject: long\r\n\r\n.\r\n" QUIT),
         SPAN(GREETING HELLO OK_FROM OK_TO GO "552 5.3.4 Header field too long\r\n" BYE)},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct testing t;
        testing_open(&t, rows[i].options);
        expect_out(rows[i].label, testing_run(&t, (struct testing_input){.in = rows[i].in}, NULL),
                   rows[i].out);
        testing_close(&t);
    }
}

Test(smtp_session, long_lines_are_read_to_their_end)
{
    static const struct {
        const char *label, *verb;
        size_t octets; /* of the argument */
        bool fine;
    } rows[] = {
        {"512 octets", "NOOP ", 505, true},           {"513 octets", "NOOP ", 506, false},
        {"more than is kept", "NOOP ", 10000, false}, {"much more", "NOOP ", 200000, false},
        {"unknown and long", "X", 600, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (size_t grain = 0; grain < 2000; grain = grain * 7 + 1) {
            struct testing t;
            testing_open(&t, "");
            struct buf in;
            buf_init(&in, 1 << 20);
            buf_put_text(&in, rows[i].verb);
            for (size_t n = 0; n < rows[i].octets; n++) {
                buf_put_byte(&in, 'x');
            }
            buf_put_text(&in, "\r\n" QUIT);
            span out = testing_run(
                &t, (struct testing_input){.in = buf_span(&in), .grain = grain}, NULL);
            expect_out(rows[i].label, out,
                       rows[i].fine ? SPAN(GREETING "250 2.0.0 OK\r\n" BYE)
                                    : SPAN(GREETING "500 5.5.2 Line too long\r\n" BYE));
            buf_wipe(&in);
            testing_close(&t);
        }
    }
}

Test(smtp_session, same_input_same_octets)
{
    span in = SPAN(EHLO FROM TO "DATA\r\nSubject: x\r\n\r\nbody\r\n.\r\n" FROM TO
                                "BDAT 11 LAST\r\na: b\r\n\r\nc\r\nNONSENSE\r\n" QUIT);
    span wire[2], spool[2], log[2];
    struct testing t[2];
    for (size_t i = 0; i < 2; i++) {
        testing_open(&t[i], OPTIONS);
        wire[i] = testing_run(&t[i], (struct testing_input){.in = in, .grain = i}, NULL);
        spool[i] = testing_spool(&t[i]);
        log[i] = testing_file(&t[i], "spool/log/mainlog");
    }
    cr_expect(span_eq(wire[0], wire[1]));
    cr_expect(span_eq(spool[0], spool[1]));
    cr_expect(span_eq(log[0], log[1]), "%.*s\n%.*s", SPAN_FMT(log[0]), SPAN_FMT(log[1]));
    testing_close(&t[0]);
    testing_close(&t[1]);
}

Test(smtp_session, a_lost_connection_leaves_nothing)
{
    span whole = SPAN(EHLO FROM TO "DATA\r\nSubject: x\r\n\r\nbody\r\n.\r\n");
    for (size_t len = 0; len < whole.len; len++) {
        struct testing t;
        err e;
        testing_open(&t, OPTIONS);
        (void)testing_run(&t, (struct testing_input){.in = span_first(whole, len)}, &e);
        cr_expect_eq(e.kind, ERR_CLOSED, "%zu", len);
        cr_expect_eq(testing_spool(&t).len, 0, "%zu octets left something", len);
        testing_close(&t);
    }
}

Test(smtp_session, drained)
{
    struct testing t;
    testing_open(&t, "");
    t.draining = true;
    t.server.draining = &t.draining;
    span out = testing_run(&t, (struct testing_input){.in = SPAN("")}, NULL);
    expect_out("drained", out,
               SPAN(GREETING "421 4.3.0 mx.test.ex is shutting down, closing connection\r\n"));
    testing_close(&t);
}

#define LOOKING "acl_smtp_rcpt = accept message = 250 ${lookup{"                                  \
                "1xUtVV-00001F-00-H}dsearch{$spool_directory/input}{there}{not there}}\n"

Test(smtp_session, what_was_looked_up_for_one_message_is_looked_up_again_for_the_next)
{
    struct testing t;
    testing_open(&t, LOOKING);
    t.server.lookups = lookup_shared_new(&t.clock.clock);
    t.facts.spool_directory = span_text(t.conf->main.spool_directory);
    struct testing_input input = {
        .in = SPAN(EHLO FROM TO TO "DATA\r\n\r\n.\r\n" FROM TO QUIT)};
    span out = testing_run(&t, input, NULL);
    size_t first = span_find(out, SPAN("250 2.1.5 not there\r\n250 2.1.5 not there\r\n354")),
           then = span_find(out, SPAN("250 2.1.5 there\r\n221"));
    cr_expect(first != SPAN_NONE && then != SPAN_NONE, "%.*s", SPAN_FMT(out));
    lookup_shared_close(t.server.lookups);
    testing_close(&t);
}
