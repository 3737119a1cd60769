/* The wording of each line. What is marked "observed" was logged by Debian's Exim 4.96 with
   log_selector = +all -arguments. */
#include "ref/log/arrival.h"
#include "ref/log/session.h"

#include <criterion/criterion.h>

#define HOST                                                                                       \
    {                                                                                              \
        .helo = SPAN("client.example.org"), .address = SPAN("127.0.0.1"), .port = 45417,           \
        .interface = SPAN("127.0.0.2"), .interface_port = 2525                                     \
    }

static struct log log_with(const char *selectors)
{
    struct log log = {.options.selectors = log_selectors_default()};
    struct arena *arena = arena_new();
    cr_assert_not(failed(log_selectors_read(span_text(selectors), arena, &log.options.selectors)));
    arena_free(arena);
    return log;
}

static void expect(struct buf *out, const char *label, const char *text)
{
    cr_expect(span_eq(buf_span(out), span_text(text)), "%s:\n%.*s\nexpected:\n%s", label,
              SPAN_FMT(buf_span(out)), text);
    buf_wipe(out);
}

Test(log_lines, arrivals)
{
    static const span one[] = {SPAN("bob@example.com")};
    static const span two[] = {SPAN("b@x"), SPAN("c@y")};
    static const struct log_arrival full = {.sender = SPAN("s@x"),
                                            .report_on = SPAN("1xUtVV-0003D5-1r"),
                                            .host = HOST,
                                            .fast_open = true,
                                            .fast_open_data = true,
                                            .ident = SPAN("root"),
                                            .protocol = SPAN("esmtpsa"),
                                            .pipelining = SPAN("L"),
                                            .spf = SPAN("SPF=pass"),
                                            .tls.cipher = SPAN("TLS1.3:X:256"),
                                            .tls.resumed = true,
                                            .tls.certificate = true,
                                            .tls.verified = true,
                                            .tls.peer_dn = SPAN("CN=\"q\""),
                                            .tls.sni = SPAN("mx"),
                                            .authenticated = SPAN("plain:u"),
                                            .chunking = true,
                                            .size = 7,
                                            .mime = 8,
                                            .dkim = SPAN("d.x"),
                                            .arc = true,
                                            .dmarc = SPAN("pass"),
                                            .receive_time = 225 * NANOS_PER_SECOND,
                                            .queue = SPAN("q"),
                                            .message_id = SPAN("m@x"),
                                            .id_created = true,
                                            .has_subject = true,
                                            .subject = SPAN("a \"b\"\n c"),
                                            .recipients = two,
                                            .recipient_count = 2};
    static const struct log_arrival plain = {
        .sender = SPAN("a@client.example.org"), .host = HOST, .protocol = SPAN("esmtp"),
        .pipelining = SPAN("L.-"), .chunking = true, .size = 248,
        .receive_time = 5 * NANOS_PER_MILLI, .has_subject = true, .subject = SPAN("bdat"),
        .recipients = one, .recipient_count = 1};
    static const struct log_arrival local = {
        .ident = SPAN("exim"), .protocol = SPAN("local"), .size = 3};
    static const struct {
        const char *label, *selectors;
        const struct log_arrival *arrival;
        const char *text;
    } rows[] = {
        {"observed", "+all -arguments", &plain,
         "<= a@client.example.org H=(client.example.org) [127.0.0.1]:45417 I=[127.0.0.2]:2525 "
         "P=esmtp "
         "L.- K S=248 M8S=0 RT=0.005s T=\"bdat\" from <a@client.example.org> for "
         "bob@example.com"},
        {"by default", "", &plain,
         "<= a@client.example.org H=(client.example.org) [127.0.0.1] P=esmtp K S=248"},
        {"local, null sender", "", &local, "<= <> U=exim P=local S=3"},
        {"everything", "+all", &full,
         "<= s@x R=1xUtVV-0003D5-1r H=(client.example.org) [127.0.0.1]:45417 I=[127.0.0.2]:2525 "
         "TFO* U=root "
         "P=esmtpsa L SPF=pass X=TLS1.3:X:256* CV=yes DN=\"CN=\\\"q\\\"\" SNI=mx A=plain:u K "
         "S=7 M8S=8 DKIM=d.x ARC DMARC=pass RT=3m45s Q=q id*=m@x "
         "T=\"a \\\"b\\\"\\n c\" from <s@x> for b@x c@y"},
        {"nothing selected", "-all", &full,
         "<= s@x R=1xUtVV-0003D5-1r H=(client.example.org) [127.0.0.1] TFO* U=root P=esmtpsa "
         "A=plain:u K "
         "S=7 ARC Q=q"},
        {"no verbosity", "-all +dmarc +msg_id +tls_cipher", &full,
         "<= s@x R=1xUtVV-0003D5-1r H=(client.example.org) [127.0.0.1] TFO* U=root P=esmtpsa "
         "X=TLS1.3:X:256 "
         "A=plain:u K S=7 ARC DMARC Q=q"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct log log = log_with(rows[i].selectors);
        struct buf out;
        buf_init(&out, 4000);
        log_arrival_put(&log, rows[i].arrival, &out);
        expect(&out, rows[i].label, rows[i].text);
    }
}

Test(log_lines, hosts)
{
    static const struct {
        const char *label;
        struct log_host host;
        const char *text;
    } rows[] = {
        {"address alone", {.address = SPAN("192.0.2.1")}, "H=[192.0.2.1]"},
        {"helo", {.address = SPAN("192.0.2.1"), .helo = SPAN("h")}, "H=(h) [192.0.2.1]"},
        {"name", {.address = SPAN("::1"), .name = SPAN("n")}, "H=n [::1]"},
        {"both", {.address = SPAN("::1"), .name = SPAN("n"), .helo = SPAN("h")}, "H=n (h) [::1]"},
        {"the same", {.address = SPAN("::1"), .name = SPAN("n"), .helo = SPAN("N")}, "H=n [::1]"},
        {"nobody", {.helo = SPAN("h")}, ""},
        {"a user", {.user = SPAN("root"), .helo = SPAN("h")}, "U=root"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct log log = log_with("+all");
        struct buf out;
        buf_init(&out, 1000);
        log_host_put(&log, &rows[i].host, &out);
        expect(&out, rows[i].label, rows[i].text);
    }
}

#define CLIENT "(client.example.org) [127.0.0.1]:45417 I=[127.0.0.2]:2525"

Test(log_lines, what_happens_in_a_session)
{
    static const span one[] = {SPAN("bob@example.com")};
    static const struct {
        enum log_event event;
        struct log_details d;
        const char *text;
    } rows[] = {
        /* observed */
        {LOG_EVENT_CONNECTED,
         {.count = 2},
         "SMTP connection from " CLIENT " (TCP/IP connection count = 2)"},
        {LOG_EVENT_CLOSED_BY_QUIT,
         {.count = 0},
         "SMTP connection from " CLIENT " closed by QUIT"},
        {LOG_EVENT_NO_MAIL,
         {.duration = 200 * NANOS_PER_MILLI, .commands = SPAN("DATA,QUIT")},
         "no MAIL in SMTP connection from " CLIENT " D=0.200s C=DATA,QUIT"},
        {LOG_EVENT_NO_MAIL,
         {.duration = 5 * NANOS_PER_MILLI},
         "no MAIL in SMTP connection from " CLIENT " D=0.005s"},
        {LOG_EVENT_LOST_COMMAND,
         {.duration = 206 * NANOS_PER_MILLI},
         "unexpected disconnection while reading SMTP command from " CLIENT " D=0.206s"},
        {LOG_EVENT_LOST_IDLE,
         {.duration = 206 * NANOS_PER_MILLI},
         "SMTP connection from " CLIENT " lost D=0.206s"},
        {LOG_EVENT_LOST_DATA,
         {.text = SPAN(" (after header)")},
         "SMTP connection from " CLIENT " lost while reading message data (after header)"},
        {LOG_EVENT_COMMAND_TIMEOUT,
         {.count = 0},
         "SMTP command timeout on connection from " CLIENT},
        {LOG_EVENT_DATA_TIMEOUT,
         {.sender = SPAN("a@b")},
         "SMTP data timeout (message abandoned) on connection from (client.example.org) "
         "[127.0.0.1]:45417 F=<a@b>"},
        {LOG_EVENT_REFUSED,
         {.text = SPAN("too many connections from that IP address")},
         "Connection from " CLIENT " refused: too many connections from that IP address"},
        {LOG_EVENT_EARLY_TALKER,
         {.input = SPAN("EHLO client.example.org\r\n")},
         "SMTP protocol synchronization error (input sent without waiting for greeting): "
         "rejected "
         "connection from H=" CLIENT " input=\"EHLO client.example.org\r\n\""},
        {LOG_EVENT_SYNC,
         {.command = SPAN("DATA"), .input = SPAN("NOOP\r\n"), .advertised = true},
         "SMTP protocol synchronization error (next input sent too soon: pipelining was "
         "advertised): "
         "rejected \"DATA\" H=" CLIENT " next input=\"NOOP\r\n\""},
        {LOG_EVENT_SYNC,
         {.command = SPAN("EHLO x"), .input = SPAN("a")},
         "SMTP protocol synchronization error (next input sent too soon: pipelining was not "
         "advertised): rejected \"EHLO x\" H=" CLIENT " next input=\"a\""},
        {LOG_EVENT_PROTOCOL_ERROR,
         {.command = SPAN("DATA"), .text = SPAN("valid RCPT command must precede DATA")},
         "SMTP protocol error in \"DATA\" H=" CLIENT " valid RCPT command must precede DATA"},
        {LOG_EVENT_SYNTAX_ERROR,
         {.command = SPAN("FOO bar"), .text = SPAN("unrecognized command")},
         "SMTP syntax error in \"FOO bar\" H=" CLIENT " unrecognized command"},
        {LOG_EVENT_SYNTAX_ERROR,
         {.command = SPAN("auth NOPE AHVzZXIAc2VjcmV0"), .text = SPAN("unknown")},
         "SMTP syntax error in \"auth NOPE\" H=" CLIENT " unknown"},
        {LOG_EVENT_DROPPED_ERRORS,
         {.command = SPAN("DATA"), .commands = SPAN("EHLO,DATA")},
         "SMTP call from " CLIENT
         " dropped: too many syntax or protocol errors (last command was "
         "\"DATA\",  C=EHLO,DATA)"},
        {LOG_EVENT_DROPPED_UNKNOWN,
         {.command = SPAN("BAD4")},
         "SMTP call from " CLIENT " dropped: too many unrecognized commands (last was \"BAD4\")"},
        {LOG_EVENT_DROPPED_NONMAIL,
         {.command = SPAN("NOOP")},
         "SMTP call from " CLIENT " dropped: too many nonmail commands (last was \"NOOP\")"},
        {LOG_EVENT_REJECTED_HELLO,
         {.verb = SPAN("EHLO"), .text = SPAN("a b")},
         "rejected EHLO from " CLIENT ": syntactically invalid argument(s): a b"},
        {LOG_EVENT_REJECTED_NO_HELLO,
         {.verb = SPAN("MAIL")},
         "rejected MAIL from " CLIENT ": no HELO/EHLO given"},
        {LOG_EVENT_REJECTED_RCPT,
         {.sender = SPAN("a@b"), .recipient = SPAN("c@d")},
         "H=" CLIENT " F=<a@b> rejected RCPT <c@d>"},
        {LOG_EVENT_REJECTED_RCPT,
         {.sender = SPAN("a@b"), .recipient = SPAN("c@d"), .text = SPAN("no such user here")},
         "H=" CLIENT " F=<a@b> rejected RCPT <c@d>: no such user here"},
        {LOG_EVENT_REJECTED_SIZE,
         {.sender = SPAN("a@b"), .size = 2000, .limit = 1024},
         "rejected MAIL FROM:<a@b> H=" CLIENT ": message too big: size=2000 max=1024"},
        {LOG_EVENT_TOO_MANY_MESSAGES,
         {.count = 0},
         "rejected MAIL command H=" CLIENT ": too many messages in one connection"},
        {LOG_EVENT_TOO_MANY_RECIPIENTS,
         {.sender = SPAN("a@b")},
         "too many recipients: excess temporarily rejected: sender=<a@b> H=" CLIENT},
        {LOG_EVENT_INCOMPLETE,
         {.text = SPAN("RSET"), .sender = SPAN("a@b")},
         "H=" CLIENT " incomplete transaction (RSET) from <a@b>"},
        {LOG_EVENT_INCOMPLETE,
         {.text = SPAN("QUIT"), .sender = SPAN("a@b"), .recipients = one, .recipient_count = 1},
         "H=" CLIENT " incomplete transaction (QUIT) from <a@b> for bob@example.com"},
        /* from the manual, or ours */
        {LOG_EVENT_REJECTED_MAIL,
         {.sender = SPAN("a@b"), .text = SPAN("why")},
         "H=" CLIENT " rejected MAIL <a@b>: why"},
        {LOG_EVENT_CLOSED,
         {.text = SPAN("closed after SIGTERM")},
         "SMTP connection from " CLIENT " closed after SIGTERM"},
        {LOG_EVENT_REJECTED_MESSAGE,
         {.sender = SPAN("a@b"), .text = SPAN("bare LF")},
         "rejected from <a@b> H=" CLIENT ": bare LF"},
        {LOG_EVENT_SPOOL_FAILED,
         {.sender = SPAN("a@b"), .text = SPAN("No space left on device")},
         "spooling failed: No space left on device: temporarily rejected from <a@b> H=" CLIENT},
    };
    static const struct log_host host = HOST;
    bool seen[LOG_EVENT_COUNT] = {false};
    struct log log = log_with("+all");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf out;
        buf_init(&out, 4000);
        log_session_put(&log, rows[i].event, &host, &rows[i].d, &out);
        expect(&out, "event", rows[i].text);
        seen[rows[i].event] = true;
    }
    for (unsigned i = 0; i < LOG_EVENT_COUNT; i++) {
        cr_expect(seen[i], "event %u has a row here", i);
    }
}

Test(log_lines, a_program_goes_by_its_user)
{
    static const struct log_host host = {.user = SPAN("root"), .helo = SPAN("h")};
    static const struct {
        enum log_event event;
        const char *text;
    } rows[] = {
        {LOG_EVENT_CONNECTED, "SMTP connection from root"},
        {LOG_EVENT_CLOSED_BY_QUIT, "SMTP connection from root closed by QUIT"},
        {LOG_EVENT_INCOMPLETE, "U=root incomplete transaction (QUIT) from <a@b>"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct log log = log_with("+all");
        struct buf out;
        buf_init(&out, 4000);
        log_session_put(&log, rows[i].event, &host,
                        &(struct log_details){.text = SPAN("QUIT"), .sender = SPAN("a@b")}, &out);
        expect(&out, "a user", rows[i].text);
    }
}

Test(log_lines, selectors_rule_whether_and_how)
{
    static const struct log_host host = HOST;
    static const struct {
        const char *selectors;
        enum log_event event;
        const char *text;
    } rows[] = {
        {"", LOG_EVENT_CONNECTED, ""},
        {"", LOG_EVENT_NO_MAIL, ""},
        {"", LOG_EVENT_LOST_COMMAND,
         "unexpected disconnection while reading SMTP command from (client.example.org) "
         "[127.0.0.1] D=0s"},
        {"-lost_incoming_connection", LOG_EVENT_LOST_COMMAND, ""},
        {"", LOG_EVENT_SYNTAX_ERROR, ""},
        {"-size_reject", LOG_EVENT_REJECTED_SIZE, ""},
        {"-all", LOG_EVENT_REJECTED_NO_HELLO,
         "rejected  from (client.example.org) [127.0.0.1]: no HELO/EHLO given"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct log log = log_with(rows[i].selectors);
        struct buf out;
        buf_init(&out, 4000);
        log_session_put(&log, rows[i].event, &host, &(struct log_details){.count = 0}, &out);
        expect(&out, rows[i].selectors, rows[i].text);
    }
}

Test(log_lines, input_that_came_too_early_is_shown_in_part)
{
    static const struct log_host host = HOST;
    struct log log = log_with("");
    unsigned char input[1000];
    struct buf out;
    memset(input, 'x', sizeof input);
    buf_init(&out, 4000);
    log_session_put(&log, LOG_EVENT_EARLY_TALKER, &host,
                    &(struct log_details){.input = span_of(input, sizeof input)}, &out);
    span line = buf_span(&out);
    size_t from = span_find(line, SPAN("input=\"")) + 7;
    cr_expect_eq(line.len - from - 1, 150);
    buf_wipe(&out);
}
