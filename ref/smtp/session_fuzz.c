/* Whatever a client sends, and however it is cut, a session says the same and stores the same,
   every reply has the form of RFC 5321 4.2, and what is stored is exactly what was answered "OK
   id=". */
#include "ref/smtp/testing.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static size_t replies_check(span out)
{
    size_t accepted = 0;
    for (span line; span_line(&out, &line);) {
        CHECK(line.len >= 4 && line.len <= 510);
        CHECK(line.at[0] >= '2' && line.at[0] <= '5' && ascii_is_digit(line.at[1]) &&
              ascii_is_digit(line.at[2]) && (line.at[3] == ' ' || line.at[3] == '-'));
        accepted += span_starts(line, SPAN("250 2.6.0 OK id=")) ? 1 : 0;
    }
    return accepted;
}

static span run(struct testing *t, span in, size_t grain, bool tcp)
{
    testing_open(
        t,
        "dsn_advertise_hosts = *\npipelining_connect_advertise_hosts = *\nsmtp_enforce_sync = false\nsmtp_max_synprot_errors = 20\n"
        "message_size_limit = 5000\nheader_maxsize = 2000\nrecipients_max = 5\n");
    span out = testing_run(t, (struct testing_input){.in = in, .grain = grain, .tcp = tcp}, NULL);
    CHECK(replies_check(out) == testing_messages(t));
    return out;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    struct testing whole, cut;
    span in = span_of(data + 1, size - 1);
    bool tcp = (data[0] & 0x80) != 0;
    span a = run(&whole, in, 0, tcp);
    span b = run(&cut, in, data[0] % 13 + 1, tcp);
    CHECK(span_eq(a, b));
    CHECK(span_eq(testing_spool(&whole), testing_spool(&cut)));
    testing_close(&whole);
    testing_close(&cut);
    return 0;
}
