/* One line in, one reply out, whatever the line holds: as a command, as the argument of MAIL,
   RCPT, EHLO or VRFY, before and inside a transaction; and the command behind it is answered as
   if it had not been. */
#include "ref/smtp/testing.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static size_t replies(span out)
{
    size_t count = 0;
    for (span line; span_line(&out, &line);) {
        CHECK(line.len >= 4 && (line.at[3] == ' ' || line.at[3] == '-'));
        count += line.at[3] == ' ' ? 1 : 0;
    }
    return count;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static const char *const before[] = {"", "EHLO c.test\r\n",
                                         "EHLO c.test\r\nMAIL FROM:<a@c.test>\r\n"};
    static const char *const verbs[] = {"", "MAIL FROM:", "RCPT TO:", "EHLO ", "VRFY ",
                                        "MAIL FROM:<> ", "RCPT TO:<b@test.ex> "};
    if (size < 2) {
        return 0;
    }
    size_t lines = data[0] % 3, verb = data[1] % 7;
    struct testing t;
    struct buf in;
    testing_open(&t, "dsn_advertise_hosts = *\n");
    buf_init(&in, 1 << 20);
    buf_put_text(&in, before[lines]);
    buf_put_text(&in, verbs[verb]);
    for (size_t i = 2; i < size; i++) {
        bool ends = data[i] == '\n' && buf_span(&in).len > 0 && in.at[in.len - 1] == '\r';
        buf_put_byte(&in, ends ? 'x' : data[i]);
    }
    bool quit = span_starts_caseless(span_of(data + 2, size - 2), SPAN("QUIT"));
    bool text = span_starts_caseless(span_of(data + 2, size - 2), SPAN("BDAT"));
    buf_put_text(&in, "\r\nNOOP\r\n");
    span out = testing_run(&t, (struct testing_input){.in = buf_span(&in)}, NULL);
    /* The greeting, those before, the line, NOOP. */
    CHECK(quit || text || replies(out) == 1 + lines + 2);
    CHECK(quit || text || span_ends(out, SPAN("\r\n250 2.0.0 OK\r\n")));
    CHECK(testing_messages(&t) == 0);
    buf_wipe(&in);
    testing_close(&t);
    return 0;
}
