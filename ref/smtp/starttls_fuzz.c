/* The border between clear text and TLS, under both libraries and however reads are cut: what stands behind
   STARTTLS is never a command. Behind the 220 the server says nothing that SMTP knows, and stores nothing;
   where it sees in time that somebody did not wait, it says 554 or 421 instead. */
#include "ref/smtp/testing.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static bool has_reply(span out)
{
    for (size_t i = 0; i + 4 < out.len; i++) {
        bool begins = i == 0 || out.at[i - 1] == '\n';
        if (begins && out.at[i] >= '2' && out.at[i] <= '5' && ascii_is_digit(out.at[i + 1]) &&
            ascii_is_digit(out.at[i + 2]) && (out.at[i + 3] == ' ' || out.at[i + 3] == '-')) {
            return true;
        }
    }
    return false;
}

static void run(span in, size_t grain, bool sync, bool gnutls)
{
    static const char go[] = "220 2.0.0 Go ahead with TLS\r\n";
    struct testing t;
    char options[512];
    (void)snprintf(options, sizeof options,
                   "tls_certificate = vectors/ca/mx.test.ex.crt\n"
                   "tls_privatekey = vectors/ca/mx.test.ex.key\ntls_advertise_hosts = *\n"
                   "tls_resumption_hosts = *\nsmtp_enforce_sync = %s\ntls_library = %s\n",
                   sync ? "true" : "false", gnutls ? "gnutls" : "openssl");
    testing_open(&t, options);
    struct tls_setup setup = {.clock = &t.clock.clock};
    t.server.tls = tls_shared_new(&setup);
    span out = testing_run(&t, (struct testing_input){.in = in, .grain = grain, .tcp = true}, NULL);
    size_t at = span_find(out, SPAN("220 2.0.0 Go ahead with TLS\r\n"));
    if (at != SPAN_NONE) {
        CHECK(!has_reply(span_from(out, at + sizeof go - 1)));
    } else {
        CHECK(sync && (span_starts(out, SPAN("554 ")) || span_has(out, SPAN("\r\n421 4.5.0 "))));
    }
    CHECK(testing_messages(&t) == 0);
    testing_close(&t);
    tls_shared_free(t.server.tls);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    if (size < 1 || size > 4096) {
        return 0;
    }
    struct buf in;
    buf_init(&in, 8192);
    buf_put_text(&in, "EHLO c.test\r\nSTARTTLS\r\n");
    size_t sent = in.len;
    buf_put(&in, span_of(data + 1, size - 1));
    bool gnutls = (data[0] & 1) != 0, sync = (data[0] & 2) != 0;
    size_t grain = data[0] >> 2;
    /* One octet a read from STARTTLS's line end on: nothing is seen in time. */
    run(buf_span(&in), grain == 0 ? sent : grain, sync, gnutls);
    buf_wipe(&in);
    return 0;
}
