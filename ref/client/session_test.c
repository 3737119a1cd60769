/* The beginning and the end of a session: greeting, EHLO or HELO, AUTH, QUIT. */
#include "ref/client/testing.h"

#include <criterion/criterion.h>

static const struct {
    const char *label;
    struct testing_replies says;
    bool opened;
    enum client_cause cause;
    const char *text, *greeting, *hello, *heard;
} rows[] = {
    {"EHLO", {0}, true, CLIENT_FINE, "", "220 mx.test ESMTP", "250 mx.test",
     "EHLO c.test\r\nQUIT\r\n"},
    {"a greeting of several lines", {.greeting = "220-a\r\n220-250 b\r\n220 c\r\n"}, true,
     CLIENT_FINE, "", "220-a", "250 mx.test", "EHLO c.test\r\nQUIT\r\n"},
    {"EHLO is not known", {.ehlo = "500 what\r\n"}, true, CLIENT_FINE, "", "220 mx.test ESMTP",
     "250 mx.test", "EHLO c.test\r\nHELO c.test\r\nQUIT\r\n"},
    {"neither is known", {.ehlo = "550 a\r\n", .helo = "550-go\r\n550 away\r\n"}, false,
     CLIENT_REFUSED, "SMTP error from remote mail server after HELO c.test: 550-go\n550 away",
     "220 mx.test ESMTP", "550-go", "EHLO c.test\r\nHELO c.test\r\nQUIT\r\n"},
    {"EHLO is put off", {.ehlo = "451 later\r\n"}, false, CLIENT_REFUSED,
     "SMTP error from remote mail server after EHLO c.test: 451 later", "220 mx.test ESMTP",
     "451 later", "EHLO c.test\r\nQUIT\r\n"},
    {"554 in the greeting", {.greeting = "554 Go away\r\n"}, false, CLIENT_REFUSED,
     "SMTP error from remote mail server after initial connection: 554 Go away", "554 Go away", "",
     "QUIT\r\n"},
    {"421 in the greeting", {.greeting = "421 busy\r\n!"}, false, CLIENT_REFUSED, "421 busy",
     "421 busy", "", ""},
    {"closed without a word", {.greeting = "!"}, false, CLIENT_LOST,
     "Remote host closed connection in response to initial connection", "", "", ""},
    {"silence", {.greeting = ""}, false, CLIENT_TIMED_OUT,
     "SMTP timeout after initial connection", "", "", ""},
    {"no mail server", {.greeting = "SSH-2.0-OpenSSH_9.2\r\n"}, false, CLIENT_NONSENSE,
     "Malformed SMTP reply from remote mail server after initial connection: no reply code: "
     "SSH-2.0-OpenSSH_9.2", "", "", ""},
    {"a greeting and more", {.greeting = "220 a\r\n250 b\r\n"}, false, CLIENT_NONSENSE,
     "a reply nobody asked for", "220 a", "", ""},
    {"354 in the greeting", {.greeting = "354 go\r\n"}, false, CLIENT_REFUSED, "354 go", "354 go",
     "", "QUIT\r\n"},
    {"closed after EHLO", {.ehlo = "!"}, false, CLIENT_LOST,
     "Remote host closed connection in response to EHLO c.test", "220 mx.test ESMTP", "",
     "EHLO c.test\r\n"},
};

Test(client_session, a_session_begins_or_says_why_not)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (size_t grain = 0; grain < 3; grain++) {
            struct testing_mail t;
            testing_mail_open(&t, &rows[i].says, 1);
            t.server.grain = grain;
            bool opened = client_begin(&t.client, &t.server.wire, &t.options, t.arena);
            client_end(&t.client);
            const char *label = rows[i].label;
            cr_assert_eq(opened, rows[i].opened, "%s", label);
            cr_assert_eq(t.client.trouble.cause, rows[i].cause, "%s: %d", label,
                         (int)t.client.trouble.cause);
            cr_assert(span_has(t.client.trouble.text, span_text(rows[i].text)), "%s: %.*s", label,
                      SPAN_FMT(t.client.trouble.text));
            cr_assert(span_eq(t.client.greeting, span_text(rows[i].greeting)), "%s: %.*s", label,
                      SPAN_FMT(t.client.greeting));
            cr_assert(span_eq(t.client.hello_reply, span_text(rows[i].hello)), "%s: %.*s", label,
                      SPAN_FMT(t.client.hello_reply));
            cr_assert(span_eq(buf_span(&t.server.heard), span_text(rows[i].heard)), "%s: %.*s",
                      label, SPAN_FMT(buf_span(&t.server.heard)));
            testing_mail_close(&t);
        }
    }
}

Test(client_session, a_host_that_is_to_get_no_ehlo_gets_helo)
{
    struct testing_mail t;
    testing_mail_open(&t, &(struct testing_replies){.helo = "250-mx.test\r\n250 SIZE 1000\r\n"}, 1);
    t.options.avoid_esmtp = true;
    testing_mail_run(&t);
    cr_assert(span_has(buf_span(&t.server.heard), SPAN("HELO c.test\r\nMAIL FROM:<a@c.test>\r\n")));
    cr_expect_str_eq(t.client.said, "h");
    cr_assert_eq(t.to[0].fate, CLIENT_DELIVERED);
    testing_mail_close(&t);
}

Test(client_session, tls_that_is_required_and_not_offered_ends_it)
{
    struct testing_mail t;
    testing_mail_open(&t, &(struct testing_replies){0}, 1);
    t.options.tls.require = true;
    testing_mail_run(&t);
    cr_assert_eq(t.client.trouble.cause, CLIENT_TLS_NEEDED);
    cr_assert_eq(t.to[0].fate, CLIENT_UNDECIDED);
    cr_assert(!span_has(buf_span(&t.server.heard), SPAN("MAIL")));
    testing_mail_close(&t);
}

/* --- AUTH ------------------------------------------------------------------------------------- */

static struct auth_generic generic[2];
static struct auth_plaintext own[2];
static struct conf_auth list[2];
static struct conf_auths auths = {list, 2};

static void authenticators(struct testing_mail *t, struct expansion *x, struct facts *facts,
                           struct facts_peer *peer)
{
    static const char *const send[] = {"^user^secret", ": user : secret"};
    static const char *const names[] = {"PLAIN", "LOGIN"};
    for (size_t i = 0; i < 2; i++) {
        generic[i] = (struct auth_generic){.driver = "plaintext", .public_name = names[i]};
        cr_assert(!failed(template_read(span_text(send[i]), t->arena, &own[i].client_send)));
        list[i] = (struct conf_auth){.name = i == 0 ? "a_plain" : "a_login",
                                     .driver = AUTH_PLAINTEXT, .generic = &generic[i],
                                     .own.plaintext = &own[i], .client = true};
    }
    *facts = (struct facts){.peer = peer};
    *x = (struct expansion){.facts = facts, .arena = t->arena};
    t->options.auth = (struct client_auth){.auths = &auths, .want = true, .x = x, .peer = peer};
}

static const struct {
    const char *label, *ehlo, *other;
    bool require, opened;
    enum client_cause cause;
    const char *heard, *who;
} logins[] = {
    {"PLAIN", "250-a\r\n250 AUTH LOGIN PLAIN\r\n", "235 welcome\r\n", true, true, CLIENT_FINE,
     "AUTH PLAIN AHVzZXIAc2VjcmV0\r\n", "a_plain"},
    {"nothing is offered", "250 a\r\n", NULL, false, true, CLIENT_FINE, "", ""},
    {"nothing is offered and it is required", "250 a\r\n", NULL, true, false, CLIENT_AUTH_NEEDED,
     "", ""},
    {"no mechanism of ours", "250-a\r\n250 AUTH CRAM-MD5\r\n", NULL, true, false,
     CLIENT_AUTH_NEEDED, "", ""},
    {"the first is refused, the second too", "250-a\r\n250 auth plain login\r\n", "535 no\r\n",
     true, false, CLIENT_AUTH_NEEDED, "AUTH PLAIN AHVzZXIAc2VjcmV0\r\nAUTH LOGIN\r\n", ""},
    {"refused, but not required", "250-a\r\n250 AUTH PLAIN\r\n", "535 no\r\n", false, true,
     CLIENT_FINE, "AUTH PLAIN AHVzZXIAc2VjcmV0\r\n", ""},
    {"put off", "250-a\r\n250 AUTH PLAIN\r\n", "454 later\r\n", false, false, CLIENT_AUTH_FAILED,
     "AUTH PLAIN AHVzZXIAc2VjcmV0\r\n", ""},
    {"a challenge that never ends", "250-a\r\n250 AUTH PLAIN\r\n", "334 \r\n", false, false,
     CLIENT_NONSENSE, "AUTH PLAIN AHVzZXIAc2VjcmV0\r\n*\r\n", ""},
    {"prompts", "250-a\r\n250 AUTH LOGIN\r\n", "334 VXNlcg==\r\n", false, false, CLIENT_NONSENSE,
     "AUTH LOGIN\r\ndXNlcg==\r\nc2VjcmV0\r\n*\r\n", ""},
};

Test(client_session, authenticators_are_tried_in_turn)
{
    for (size_t i = 0; i < sizeof logins / sizeof *logins; i++) {
        struct testing_mail t;
        struct expansion x;
        struct facts facts;
        struct facts_peer peer = {0};
        testing_mail_open(&t, &(struct testing_replies){.ehlo = logins[i].ehlo,
                                                        .other = logins[i].other}, 1);
        authenticators(&t, &x, &facts, &peer);
        t.options.auth.require = logins[i].require;
        const char *label = logins[i].label;
        cr_assert_eq(client_begin(&t.client, &t.server.wire, &t.options, t.arena), logins[i].opened,
                     "%s", label);
        cr_assert_eq(t.client.trouble.cause, logins[i].cause, "%s: %d", label,
                     (int)t.client.trouble.cause);
        span heard = span_from(buf_span(&t.server.heard), strlen("EHLO c.test\r\n"));
        cr_assert(span_eq(heard, span_text(logins[i].heard)), "%s: %.*s", label, SPAN_FMT(heard));
        cr_assert(span_eq(t.client.authenticator, span_text(logins[i].who)), "%s", label);
        cr_assert(!span_has(t.client.trouble.text, SPAN("AHVz")), "%s: a secret is told", label);
        bool refused = logins[i].other != NULL && strncmp(logins[i].other, "535", 3) == 0;
        cr_expect_eq(span_ends(t.client.trouble.text, SPAN(" failed: 535 no")),
                     refused && logins[i].require, "%s: %.*s", label,
                     SPAN_FMT(t.client.trouble.text));
        client_end(&t.client);
        testing_mail_close(&t);
    }
}
