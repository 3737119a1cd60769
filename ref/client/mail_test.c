/* A mail against servers that behave and servers that do not: what is said, what becomes of each
   recipient, and that nobody gets anything twice. */
#include "ref/client/testing.h"

#include <criterion/criterion.h>

#define PIPELINING "250-mx.test\r\n250 PIPELINING\r\n"

/* Fates as letters: delivered, deferred, failed, undecided. */
static const char *fates(const struct testing_mail *t, char *at)
{
    static const char letters[] = {[CLIENT_UNDECIDED] = 'u', [CLIENT_TAKEN] = 't',
                                   [CLIENT_DELIVERED] = 'd', [CLIENT_DEFERRED] = '4',
                                   [CLIENT_FAILED] = '5'};
    for (size_t i = 0; i < t->mail.count; i++) {
        at[i] = letters[t->to[i].fate];
    }
    at[t->mail.count] = '\0';
    return at;
}

static const struct {
    const char *label;
    struct testing_replies says;
    const char *fates;       /* of three recipients */
    enum client_cause cause; /* of the first */
    const char *text;        /* in the first's trouble */
    bool text_sent;
} rows[] = {
    {"all is well", {0}, "ddd", CLIENT_FINE, "", true},
    {"codes count by their first digit", {.greeting = "299 a\r\n", .ehlo = "251 a\r\n",
     .mail = "259\r\n", .data = "399\r\n", .text = "277\r\n"}, "ddd", CLIENT_FINE, "", true},
    {"a refused greeting", {.greeting = "554 no\r\n"}, "uuu", CLIENT_FINE, "", false},
    {"EHLO is not known", {.ehlo = "502 what\r\n"}, "ddd", CLIENT_FINE, "", true},
    {"a refused sender", {.mail = "550 no\r\n"}, "555", CLIENT_REFUSED,
     "SMTP error from remote mail server after MAIL FROM:<a@c.test>: 550 no", false},
    {"a sender put off", {.mail = "451 no\r\n"}, "444", CLIENT_REFUSED, "451 no", false},
    {"one refused, one put off", {.rcpt = {"550 no\r\n", NULL, "450 later\r\n"}}, "5d4",
     CLIENT_REFUSED, "SMTP error from remote mail server after RCPT TO:<u@x.test>: 550 no", true},
    {"all refused", {.rcpt = {"550 a\r\n", "551 b\r\n", "450 c\r\n"}}, "554", CLIENT_REFUSED,
     "550 a", false},
    {"too many: those left go with another mail", {.rcpt = {NULL, "452 too many\r\n",
     "552 5.5.3 too many\r\n"}}, "duu", CLIENT_FINE, "", true},
    {"too many at the first is put off", {.rcpt = {"452 full\r\n", "452 full\r\n", "452 full\r\n"}},
     "444", CLIENT_REFUSED, "452 full", false},
    {"a full mailbox is no limit", {.rcpt = {NULL, "552 5.2.2 full\r\n", "452 4.2.2 full\r\n"}},
     "d54", CLIENT_FINE, "", true},
    {"DATA refused", {.data = "554 no\r\n"}, "555", CLIENT_REFUSED, "after DATA: 554 no", false},
    {"250 to DATA is no go", {.data = "250 fine\r\n"}, "444", CLIENT_REFUSED, "250 fine", false},
    {"354 to MAIL is no yes", {.mail = "354 go\r\n"}, "444", CLIENT_REFUSED, "354 go", false},
    {"the message refused", {.text = "554 5.6.0 spam\r\n"}, "555", CLIENT_REFUSED,
     "after end of data: 554 5.6.0 spam", true},
    {"the message put off", {.text = "451 later\r\n"}, "444", CLIENT_REFUSED, "451 later", true},
    {"354 to the message", {.text = "354 go on\r\n"}, "444", CLIENT_REFUSED, "354 go on", true},
    {"lost behind the text", {.text = "!"}, "444", CLIENT_LOST,
     "Remote host closed connection in response to end of data", true},
    {"silent behind the text", {.text = ""}, "444", CLIENT_TIMED_OUT,
     "SMTP timeout after end of data", true},
    {"half a reply to the text", {.text = "250-tak!"}, "444", CLIENT_LOST, "", true},
    {"nonsense behind the text", {.text = "OK\r\n"}, "444", CLIENT_NONSENSE, "no reply code", true},
    {"421 to MAIL", {.mail = "421 bye\r\n!"}, "444", CLIENT_REFUSED, "421 bye", false},
    {"421 to RCPT", {.rcpt = {NULL, "421 bye\r\n!"}}, "444", CLIENT_REFUSED, "421 bye", false},
    {"421 to DATA", {.data = "421 bye\r\n!"}, "444", CLIENT_REFUSED, "421 bye", false},
    {"421 to the text", {.text = "421 bye\r\n!"}, "444", CLIENT_REFUSED, "421 bye", true},
    {"421 before it is asked", {.ehlo = "250 a\r\n421 bye\r\n!"}, "444", CLIENT_REFUSED, "421 bye",
     false},
    {"two replies to MAIL", {.mail = "250 a\r\n250 b\r\n"}, "444", CLIENT_NONSENSE,
     "a reply nobody asked for", false},
    {"two replies to RCPT", {.rcpt = {NULL, NULL, "250 a\r\n354 go\r\n"}}, "444", CLIENT_NONSENSE,
     "a reply nobody asked for", false},
    {"the message is taken before it is sent", {.data = "354 go\r\n250 taken\r\n"}, "444",
     CLIENT_NONSENSE, "a reply nobody asked for", false},
    {"closed instead of a reply to RCPT", {.rcpt = {NULL, "!"}}, "444", CLIENT_LOST, "", false},
    {"silence to MAIL", {.mail = ""}, "444", CLIENT_TIMED_OUT, "SMTP timeout after", false},
    {"closed before DATA", {.rcpt = {NULL, NULL, "250 ok\r\n!"}}, "444", CLIENT_LOST, "", false},
};

/* The table with and without pipelining, and in reads of one octet. */
Test(client_mail, every_recipient_has_the_fate_that_the_replies_say)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (unsigned way = 0; way < 4; way++) {
            struct testing_replies says = rows[i].says;
            struct testing_mail t;
            char got[TESTING_RCPTS + 1];
            bool ahead = (way & 1) != 0;
            if (ahead && says.ehlo == NULL) {
                says.ehlo = PIPELINING;
            }
            testing_mail_open(&t, &says, 3);
            t.server.grain = (way & 2) != 0 ? 1 : 0;
            testing_mail_run(&t);
            const char *label = rows[i].label;
            cr_assert_str_eq(fates(&t, got), rows[i].fates, "%s (%u): %s", label, way, got);
            cr_assert(ahead || t.to[0].trouble.cause == rows[i].cause, "%s (%u): %d", label, way,
                         (int)t.to[0].trouble.cause);
            cr_assert(ahead || rows[i].text[0] == '\0' ||
                          span_has(t.to[0].trouble.text, span_text(rows[i].text)),
                      "%s: %.*s", label, SPAN_FMT(t.to[0].trouble.text));
            cr_assert_eq(t.mail.text_sent, rows[i].text_sent, "%s (%u)", label, way);
            cr_assert_leq(t.server.texts, 1, "%s", label);
            bool later = false; /* by the same reply */
            for (size_t k = 3; k-- > 0;) {
                cr_assert_eq(t.delivered[k], got[k] == 'd' ? 1 : 0, "%s", label);
                cr_assert_eq(t.more[k], got[k] == 'd' && later, "%s", label);
                later |= got[k] == 'd' && !t.options.lmtp;
            }
            testing_mail_close(&t);
        }
    }
}

static void check_heard(const char *label, struct testing_mail *t, const char *want)
{
    cr_assert(span_eq(buf_span(&t->server.heard), span_text(want)), "%s:\n%.*s", label,
              SPAN_FMT(buf_span(&t->server.heard)));
}

static const struct {
    const char *label, *ehlo, *heard;
} said[] = {
    {"nothing is offered", "250 mx.test\r\n",
     "EHLO c.test\r\nMAIL FROM:<a@c.test>\r\nRCPT TO:<u@x.test>\r\nDATA\r\n"
     "Subject: a\r\n\r\nhello\r\n.\r\nQUIT\r\n"},
    {"SIZE and DSN", "250-mx.test\r\n250-size 1000\r\n250 dsn\r\n",
     "EHLO c.test\r\nMAIL FROM:<a@c.test> SIZE=21 RET=HDRS ENVID=a+2Bb\r\n"
     "RCPT TO:<u@x.test> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;u+2B@x.test\r\nDATA\r\n"
     "Subject: a\r\n\r\nhello\r\n.\r\nQUIT\r\n"},
    {"chunks", "250-mx.test\r\n250-PIPELINING\r\n250 CHUNKING\r\n",
     "EHLO c.test\r\nMAIL FROM:<a@c.test>\r\nRCPT TO:<u@x.test>\r\n"
     "BDAT 21 LAST\r\nSubject: a\r\n\r\nhello\r\nQUIT\r\n"},
    {"keywords that only look like ours", "250-mx.test\r\n250-SIZES 1\r\n250-XDSN\r\n250 DSN-X\r\n",
     "EHLO c.test\r\nMAIL FROM:<a@c.test>\r\nRCPT TO:<u@x.test>\r\nDATA\r\n"
     "Subject: a\r\n\r\nhello\r\n.\r\nQUIT\r\n"},
};

Test(client_mail, a_parameter_is_said_only_if_it_was_offered)
{
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        struct testing_mail t;
        testing_mail_open(&t, &(struct testing_replies){.ehlo = said[i].ehlo}, 1);
        t.mail.ret = CLIENT_RET_HDRS;
        t.mail.envid = SPAN("a+2Bb");
        t.to[0].notify = CLIENT_NOTIFY_SUCCESS | CLIENT_NOTIFY_DELAY;
        t.to[0].orcpt = SPAN("rfc822;u+2B@x.test");
        testing_mail_run(&t);
        check_heard(said[i].label, &t, said[i].heard);
        cr_assert_eq(t.to[0].fate, CLIENT_DELIVERED, "%s", said[i].label);
        testing_mail_close(&t);
    }
}

Test(client_mail, at_its_last_hop_an_address_keeps_its_dsn_parameters)
{
    struct testing_mail t;
    testing_mail_open(&t, &(struct testing_replies){.ehlo = "250-mx.test\r\n250 DSN\r\n"}, 1);
    t.mail.pass_dsn = t.to[0].pass_dsn = false;
    t.mail.envid = SPAN("e");
    t.to[0].notify = CLIENT_NOTIFY_SUCCESS;
    testing_mail_run(&t);
    cr_assert(!span_has(buf_span(&t.server.heard), SPAN("NOTIFY")));
    cr_assert(!span_has(buf_span(&t.server.heard), SPAN("ENVID")));
    testing_mail_close(&t);
}

static const struct {
    const char *label, *ehlo;
    bool eight_bit, utf8;
    uint64_t size;
    const char *status;      /* NULL: it goes */
} limits[] = {
    {"8-bit text to an old server", "250 mx.test\r\n", true, false, 21, "5.6.3"},
    {"8-bit text", "250-mx.test\r\n250 8BITMIME\r\n", true, false, 21, NULL},
    {"UTF-8 addresses to an old server", "250-a\r\n250 8BITMIME\r\n", false, true, 21, "5.6.7"},
    {"UTF-8 addresses", "250-mx.test\r\n250 SMTPUTF8\r\n", false, true, 21, NULL},
    {"a large message", "250-mx.test\r\n250 SIZE 20\r\n", false, false, 21, "5.3.4"},
    {"one that just fits", "250-mx.test\r\n250 SIZE 21\r\n", false, false, 21, NULL},
    {"no limit is said", "250-mx.test\r\n250 SIZE\r\n", false, false, 21, NULL},
    {"limit 0 is none", "250-mx.test\r\n250 SIZE 0\r\n", false, false, 21, NULL},
};

Test(client_mail, what_a_server_cannot_take_is_not_sent)
{
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        struct testing_mail t;
        testing_mail_open(&t, &(struct testing_replies){.ehlo = limits[i].ehlo}, 1);
        t.mail.eight_bit = limits[i].eight_bit;
        t.mail.utf8 = limits[i].utf8;
        t.mail.size_addition = 1024;
        testing_mail_run(&t);
        bool goes = limits[i].status == NULL;
        cr_assert_eq(t.to[0].fate, goes ? CLIENT_DELIVERED : CLIENT_FAILED, "%s", limits[i].label);
        cr_assert_eq(span_has(buf_span(&t.server.heard), SPAN("MAIL")), goes, "%s",
                     limits[i].label);
        cr_assert(goes || strcmp(t.to[0].trouble.status, limits[i].status) == 0, "%s",
                  limits[i].label);
        testing_mail_close(&t);
    }
}

Test(client_mail, an_address_with_a_line_end_says_no_command)
{
    struct testing_mail t;
    testing_mail_open(&t, &(struct testing_replies){0}, 2);
    t.to[0].address = SPAN("u@x.test>\r\nRCPT TO:<evil@x.test");
    testing_mail_run(&t);
    cr_assert_eq(t.to[0].fate, CLIENT_FAILED);
    cr_assert_eq(t.to[1].fate, CLIENT_DELIVERED);
    cr_assert(!span_has(buf_span(&t.server.heard), SPAN("evil")));
    testing_mail_close(&t);
}

/* RFC 2920 3.1: DATA was in the group, all recipients were refused, and the server says 354. */
Test(client_mail, a_dot_alone_ends_a_mail_for_nobody)
{
    struct testing_mail t;
    testing_mail_open(&t, &(struct testing_replies){.ehlo = PIPELINING, .rcpt = {"550 no\r\n"},
                                                    .text = "554 no recipients\r\n"}, 1);
    testing_mail_run(&t);
    check_heard("nobody", &t, "EHLO c.test\r\nMAIL FROM:<a@c.test>\r\nRCPT TO:<u@x.test>\r\n"
                              "DATA\r\n.\r\nQUIT\r\n");
    cr_assert_eq(t.to[0].fate, CLIENT_FAILED);
    cr_assert(span_has(t.to[0].trouble.text, SPAN("550 no")));
    testing_mail_close(&t);
}

Test(client_mail, lmtp_answers_for_each_recipient)
{
    struct testing_mail t;
    char got[TESTING_RCPTS + 1];
    testing_mail_open(&t, &(struct testing_replies){.rcpt = {NULL, "550 no\r\n", NULL}}, 3);
    t.options.lmtp = true;
    testing_mail_run(&t);
    cr_assert_str_eq(fates(&t, got), "d5d");
    cr_assert(span_starts(buf_span(&t.server.heard), SPAN("LHLO c.test\r\n")));
    testing_mail_close(&t);
}

Test(client_mail, lmtp_does_not_answer_for_nobody)
{
    struct testing_mail t;
    testing_mail_open(&t, &(struct testing_replies){.ehlo = PIPELINING, .rcpt = {"550 no\r\n"}}, 1);
    t.options.lmtp = true;
    testing_mail_run(&t);
    check_heard("nobody", &t, "LHLO c.test\r\nMAIL FROM:<a@c.test>\r\nRCPT TO:<u@x.test>\r\n"
                              "DATA\r\n.\r\nQUIT\r\n");
    cr_assert_eq(t.to[0].fate, CLIENT_FAILED);
    cr_assert_eq(t.client.trouble.cause, CLIENT_FINE);
    testing_mail_close(&t);
}

Test(client_mail, a_second_mail_goes_over_the_same_session)
{
    struct testing_mail t;
    testing_mail_open(&t, &(struct testing_replies){.rcpt = {"550 no\r\n", "550 no\r\n"}}, 2);
    cr_assert(client_begin(&t.client, &t.server.wire, &t.options, t.arena));
    client_mail_send(&t.client, &t.mail);
    t.server.says.rcpt[0] = t.server.says.rcpt[1] = NULL;
    t.to[0].fate = t.to[1].fate = CLIENT_UNDECIDED;
    client_mail_send(&t.client, &t.mail);
    client_end(&t.client);
    check_heard("second", &t,
                "EHLO c.test\r\n"
                "MAIL FROM:<a@c.test>\r\nRCPT TO:<u@x.test>\r\nRCPT TO:<v@x.test>\r\n"
                "RSET\r\nMAIL FROM:<a@c.test>\r\nRCPT TO:<u@x.test>\r\nRCPT TO:<v@x.test>\r\n"
                "DATA\r\nSubject: a\r\n\r\nhello\r\n.\r\nQUIT\r\n");
    cr_assert_eq(t.delivered[0] + t.delivered[1], 2);
    testing_mail_close(&t);
}

static err large_text(void *context, bool dots, err (*put)(void *to, span block), void *to)
{
    static const char line[] = "0123456789012345678901234567890123456789012345678901234567890\r\n";
    (void)dots, (void)context;
    for (size_t i = 0; i < 20000; i++) {
        TRY(put(to, span_of(line, sizeof line - 1)));
    }
    return OK;
}

static const struct {
    const char *label, *early;
    enum client_fate fate;
    enum client_cause cause;
} early[] = {
    {"a refusal in the middle", "552 too large\r\n!", CLIENT_FAILED, CLIENT_REFUSED},
    {"put off in the middle", "452 no space\r\n!", CLIENT_DEFERRED, CLIENT_REFUSED},
    {"421 in the middle", "421 bye\r\n!", CLIENT_DEFERRED, CLIENT_REFUSED},
    {"taken before its end", "250 taken\r\n", CLIENT_DEFERRED, CLIENT_NONSENSE},
    {"closed in the middle", "!", CLIENT_DEFERRED, CLIENT_LOST},
};

/* What stands there before the last octet is sent is no answer to the message as a whole: the end
   of the text is not sent, so the server cannot have taken it. */
Test(client_mail, a_server_that_answers_too_early_has_not_taken_the_message)
{
    for (size_t i = 0; i < sizeof early / sizeof *early; i++) {
        struct testing_mail t;
        testing_mail_open(&t, &(struct testing_replies){.early = early[i].early}, 1);
        t.mail.text = large_text;
        testing_mail_run(&t);
        cr_assert_eq(t.to[0].fate, early[i].fate, "%s: %d", early[i].label, (int)t.to[0].fate);
        cr_assert_eq(t.to[0].trouble.cause, early[i].cause, "%s", early[i].label);
        cr_assert(!t.mail.text_sent, "%s", early[i].label);
        cr_assert(!span_has(buf_span(&t.server.heard), SPAN("\r\n.\r\n")), "%s", early[i].label);
        testing_mail_close(&t);
    }
}

static err unreadable(void *context, bool dots, err (*put)(void *to, span block), void *to)
{
    TRY(testing_mail_text(context, dots, put, to));
    return err_sys(5, "reading the message");
}

Test(client_mail, half_a_message_is_never_ended)
{
    for (int chunks = 0; chunks < 2; chunks++) {
        struct testing_mail t;
        testing_mail_open(&t, &(struct testing_replies){
                                  .ehlo = chunks ? "250-a\r\n250 CHUNKING\r\n" : NULL}, 1);
        t.mail.text = unreadable;
        t.mail.size = 1000;
        testing_mail_run(&t);
        cr_assert_eq(t.to[0].fate, CLIENT_DEFERRED);
        cr_assert_eq(t.to[0].trouble.cause, CLIENT_OUR_FAULT);
        cr_assert_eq(t.server.texts, 0);
        testing_mail_close(&t);
    }
}

/* A server that has to be asked a thousand times answers a thousand times: groups are parted so
   that neither side waits for the other to read. */
Test(client_mail, many_recipients_go_in_groups)
{
    enum { MANY = 1000 };
    static struct client_recipient to[MANY];
    struct testing_mail t;
    testing_mail_open(&t, &(struct testing_replies){.ehlo = PIPELINING}, 1);
    for (size_t i = 0; i < MANY; i++) {
        to[i] = (struct client_recipient){.address = SPAN("u@x.test"), .orcpt = SPAN_EMPTY};
    }
    t.mail.recipients = to;
    t.mail.count = MANY;
    cr_assert(client_begin(&t.client, &t.server.wire, &t.options, t.arena));
    t.server.says.text = "451 later\r\n";
    client_mail_send(&t.client, &t.mail);
    client_end(&t.client);
    for (size_t i = 0; i < MANY; i++) {
        cr_assert_eq(to[i].fate, CLIENT_DEFERRED);
    }
    cr_assert_eq(t.server.texts, 1);
    testing_mail_close(&t);
}
