/* What ACLs and AUTH do to a session, octet by octet, and to the spool. */
#include "ref/smtp/testing.h"

#include <criterion/criterion.h>

#define EHLO "EHLO c.test\r\n"
#define BEGIN EHLO "MAIL FROM:<a@c.test>\r\n"
#define TEXT "DATA\r\nSubject: s\r\n\r\nt\r\n.\r\n"

/* True if the line, behind its code, is in what the server said. */
static bool said(span out, const char *line)
{
    return span_has(out, span_text(line));
}

struct row {
    const char *label, *options, *in, *out, *not_out;
    size_t messages;
};

static void check(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t grain = 0; grain < 2; grain++) {
            struct testing t;
            testing_open(&t, rows[i].options);
            struct testing_input input = {.in = span_text(rows[i].in), .grain = grain};
            span out = testing_run(&t, input, NULL);
            cr_expect(said(out, rows[i].out), "%s: %.*s", rows[i].label, SPAN_FMT(out));
            cr_expect(rows[i].not_out == NULL || !said(out, rows[i].not_out), "%s: %.*s",
                      rows[i].label, SPAN_FMT(out));
            cr_expect_eq(testing_messages(&t), rows[i].messages, "%s: %zu messages", rows[i].label,
                         testing_messages(&t));
            testing_close(&t);
        }
    }
}
#define CHECK_ROWS(rows) check((rows), sizeof(rows) / sizeof *(rows))

#define RCPT_ACL "acl_smtp_rcpt = rcpt\n"
#define AUTHS                                                                                    \
    "auth_advertise_hosts = * :\nacl_smtp_rcpt = accept\nbegin authenticators\np:\n"             \
    "driver = plaintext\npublic_name = PLAIN\nserver_condition = ${if eq{$auth3}{p}}\n"         \
    "server_set_id = $auth2\n"

Test(smtp_policy, acls)
{
    static const struct row rows[] = {
        {"no acl_smtp_rcpt", "acl_smtp_rcpt =\n", BEGIN "RCPT TO:<b@test.ex>\r\n",
         "550 5.7.1 Administrative prohibition\r\n", NULL, 0},
        {"a status goes into its place", RCPT_ACL "begin acl\nrcpt:\ndeny message = 554 5.7.9 no\n",
         BEGIN "RCPT TO:<b@test.ex>\r\n", "\r\n554 5.7.9 no\r\n", "5.7.1", 0},
        {"lines each have code and status", RCPT_ACL "begin acl\nrcpt:\ndeny message = a\\nb\n",
         BEGIN "RCPT TO:<b@test.ex>\r\n", "\r\n550-5.7.1 a\r\n550 5.7.1 b\r\n", NULL, 0},
        {"what an expansion brings is no new reply",
         RCPT_ACL "begin acl\nrcpt:\ndeny message = a\\r\\n250 b\n", BEGIN "RCPT TO:<b@test.ex>\r\n",
         "\r\n550-5.7.1 a?\r\n550 5.7.1 250 b\r\n", NULL, 0},
        {"drop ends it", RCPT_ACL "begin acl\nrcpt:\ndrop\n",
         BEGIN "RCPT TO:<b@test.ex>\r\nNOOP\r\n", "550 5.7.1 Administrative prohibition\r\n",
         "250 2.0.0 OK", 0},
        {"a refused connection waits for QUIT", "acl_smtp_connect = deny message = 550 5.7.1 no\n",
         EHLO "QUIT\r\n", "554 no\r\n503 5.5.1 ", NULL, 0},
        {"a deferred one does not", "acl_smtp_connect = defer\n", EHLO, "421 ", "503", 0},
        {"EHLO refused changes nothing", "acl_smtp_helo = h\nbegin acl\nh:\ndeny condition = "
                                         "${if eq{$sender_helo_name}{d.test}}\naccept\n",
         EHLO "MAIL FROM:<a@c.test>\r\nEHLO d.test\r\nRCPT TO:<b@test.ex>\r\n" TEXT, "250 2.6.0", NULL,
         1},
        {"discarded", RCPT_ACL "begin acl\nrcpt:\ndiscard\n", BEGIN "RCPT TO:<b@test.ex>\r\n" TEXT,
         "250 2.6.0 OK id=", NULL, 0},
        {"chunks too", "acl_smtp_data = deny\n",
         BEGIN "RCPT TO:<b@test.ex>\r\nBDAT 3 LAST\r\na\r\nRSET\r\n", "550 5.7.1 ", NULL, 0},
        {"BDAT behind that wants RSET", "acl_smtp_data = deny\n",
         BEGIN "RCPT TO:<b@test.ex>\r\nBDAT 3 LAST\r\na\r\nMAIL FROM:<a@c.test>\r\n", "503 5.5.1 A chunk",
         NULL, 0},
        {"VRFY that no ACL allows", "acl_smtp_rcpt = accept\n", "VRFY b@test.ex\r\n",
         "252 2.7.0 Administrative prohibition\r\n", NULL, 0},
        {"EXPN that an ACL does not want", "acl_smtp_rcpt = accept\nacl_smtp_expn = deny message = not here\n", "EXPN b\r\n",
         "252 2.7.0 not here\r\n", NULL, 0},
        {"VRFY of what an ACL knows not to be there", "acl_smtp_rcpt = accept\nacl_smtp_vrfy = deny message = 550 5.1.1 nobody\n",
         "VRFY b@test.ex\r\n", "550 5.1.1 nobody\r\n", NULL, 0},
        {"QUIT is 221", "acl_smtp_quit = accept message = 250 stay\n", "QUIT\r\n", "221 2.0.0 ", "250",
         0},
    };
    CHECK_ROWS(rows);
}

Test(smtp_policy, auth)
{
    static const struct row rows[] = {
        {"not configured", "", EHLO "AUTH PLAIN AHUAcA==\r\n", "502 5.5.1 AUTH", "AUTH PLAIN", 0},
        {"good", AUTHS, EHLO "AUTH PLAIN AHUAcA==\r\n", "235 2.7.0 ", NULL, 0},
        {"before EHLO", AUTHS, "AUTH PLAIN AHUAcA==\r\n", "503 5.5.1 EHLO", NULL, 0},
        {"after HELO", AUTHS, "HELO c.test\r\nAUTH PLAIN AHUAcA==\r\n", "503 5.5.1 AUTH was not",
         NULL, 0},
        {"without mechanism", AUTHS, EHLO "AUTH\r\n", "501 5.5.4 ", NULL, 0},
        {"not offered in clear", AUTHS "server_advertise_condition = ${if def:tls_in_cipher}\n",
         EHLO "AUTH PLAIN AHUAcA==\r\n", "538 5.7.11 ", "250-AUTH", 0},
        {"an answer of two lines is one too many", AUTHS, EHLO "AUTH PLAIN\r\n*\r\nNOOP\r\n",
         "334 \r\n501 5.0.0 Authentication cancelled\r\n250 2.0.0 OK\r\n", NULL, 0},
        {"NUL in an answer", AUTHS, EHLO "AUTH PLAIN\r\nA\tB=\r\nNOOP\r\n",
         "501 5.5.2 Base64 expected\r\n250", NULL, 0},
    };
    CHECK_ROWS(rows);
}

Test(smtp_policy, an_answer_may_have_12288_octets)
{
    static const struct {
        size_t octets; /* of the line, with CRLF */
        const char *out;
    } rows[] = {{12286, "535 5.7.8 "}, {12290, "500 5.5.6 "}, {40000, "500 5.5.6 "}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct testing t;
        struct buf in;
        buf_init(&in, 1 << 20);
        buf_put_text(&in, EHLO "AUTH PLAIN\r\n");
        for (size_t k = 0; k + 2 < rows[i].octets; k++) {
            buf_put_byte(&in, 'A');
        }
        buf_put_text(&in, "\r\nNOOP\r\n");
        testing_open(&t, AUTHS);
        span out = testing_run(&t, (struct testing_input){.in = buf_span(&in)}, NULL);
        cr_expect(said(out, rows[i].out), "%zu: %.*s", rows[i].octets, SPAN_FMT(out));
        cr_expect(said(out, "250 2.0.0 OK\r\n"), "%zu", rows[i].octets);
        testing_close(&t);
        buf_wipe(&in);
    }
}

Test(smtp_policy, what_is_kept_with_the_message)
{
    struct testing t;
    testing_open(&t, "acl_smtp_rcpt = rcpt\nauth_advertise_hosts = * :\nbegin acl\nrcpt:\n"
                     "accept set acl_m_x = two\\nlines\nset acl_c0 = of $sender_address\n"
                     "control = freeze\nadd_header = :at_start:X-First: 1\nremove_header = x-gone\n"
                     "begin authenticators\np:\ndriver = plaintext\npublic_name = PLAIN\n"
                     "server_condition = yes\nserver_set_id = $auth2\n");
    span out = testing_run(&t, (struct testing_input){.in = SPAN(
        EHLO "AUTH PLAIN AHUAcA==\r\nMAIL FROM:<a@c.test> AUTH=x+2By@c.test\r\n"
        "RCPT TO:<b@test.ex>\r\nDATA\r\nX-Gone: 1\r\nTo: b@test.ex\r\n\r\nt\r\n.\r\n")}, NULL);
    cr_assert(said(out, "250 2.6.0"), "%.*s", SPAN_FMT(out));
    span spool = testing_spool(&t);
    static const char *const parts[] = {
        "\n-aclm _x 9\ntwo\nlines\n", "\n--aclc 0 11\nof a@c.test\n", "\n--auth_id u\n",
        "\n--auth_sender x+y@c.test\n", "\n-host_auth p\n", "\n-host_auth_pubname PLAIN\n",
        "\n-received_protocol local-esmtpa\n", "\n-frozen ", "\n011  X-First: 1\n1",
        "\n010* X-Gone: 1\n"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        cr_expect(span_has(spool, span_text(parts[i])), "%s in\n%.*s", parts[i], SPAN_FMT(spool));
    }
    testing_close(&t);
}

Test(smtp_policy, nothing_of_one_message_is_seen_by_the_next)
{
    struct testing t;
    testing_open(&t, "acl_smtp_rcpt = rcpt\nbegin acl\nrcpt:\naccept condition = ${if "
                     "eq{$acl_m_x}{}}\nset acl_m_x = 1\nadd_header = X-Once: yes\n");
    span out = testing_run(&t, (struct testing_input){.in = SPAN(
        BEGIN "RCPT TO:<b@test.ex>\r\nRSET\r\nMAIL FROM:<a@c.test>\r\nRCPT TO:<b@test.ex>\r\n"
        "RCPT TO:<c@test.ex>\r\n" TEXT)}, NULL);
    cr_expect(said(out, "250 2.1.5 Accepted\r\n250 2.0.0 Reset OK\r\n250 2.1.0 OK\r\n"
                        "250 2.1.5 Accepted\r\n550 5.7.1 "), "%.*s", SPAN_FMT(out));
    cr_expect_eq(testing_messages(&t), 1);
    testing_close(&t);
}
