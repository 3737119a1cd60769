/* A message is the same however it is cut into chunks, and the same as by DATA with its dots
   stuffed. */
#include "ref/smtp/testing.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

#define BEGIN "EHLO c.test\r\nMAIL FROM:<a@c.test>\r\nRCPT TO:<b@test.ex>\r\n"

/* The text with every line end made CRLF, and one at its end. */
static void text_make(span in, struct buf *out)
{
    for (size_t i = 0; i < in.len; i++) {
        if (in.at[i] == '\n') {
            buf_put_text(out, "\r\n");
        } else if (in.at[i] != '\r') {
            buf_put_byte(out, in.at[i]);
        }
    }
    if (out->len == 0 || out->at[out->len - 1] != '\n') {
        buf_put_text(out, "\r\n");
    }
}

static void as_chunks(span text, size_t most, struct buf *in)
{
    buf_put_text(in, BEGIN);
    for (size_t pos = 0; pos < text.len; pos += most) {
        span part = span_part(text, pos, most);
        buf_printf(in, "BDAT %zu\r\n", part.len);
        buf_put(in, part);
    }
    buf_put_text(in, "BDAT 0 LAST\r\nQUIT\r\n");
}

static void as_data(span text, struct buf *in)
{
    buf_put_text(in, BEGIN "DATA\r\n");
    bool start = true;
    for (size_t i = 0; i < text.len; i++) {
        if (start && text.at[i] == '.') {
            buf_put_byte(in, '.');
        }
        buf_put_byte(in, text.at[i]);
        start = text.at[i] == '\n';
    }
    buf_put_text(in, ".\r\nQUIT\r\n");
}

static span run(struct testing *t, struct buf *in)
{
    testing_open(t, "message_size_limit = 3000\n");
    (void)testing_run(t, (struct testing_input){.in = buf_span(in)}, NULL);
    buf_wipe(in);
    buf_init(in, 1 << 20);
    return testing_spool(t);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    if (size < 1 || size > 8192) {
        return 0;
    }
    struct testing t[3];
    struct buf text, in;
    buf_init(&text, 1 << 16);
    buf_init(&in, 1 << 20);
    text_make(span_of(data + 1, size - 1), &text);
    as_chunks(buf_span(&text), text.len, &in);
    span whole = run(&t[0], &in);
    as_chunks(buf_span(&text), data[0] % 31 + 1U, &in);
    CHECK(span_eq(whole, run(&t[1], &in)));
    as_data(buf_span(&text), &in);
    CHECK(span_eq(whole, run(&t[2], &in)));
    for (size_t i = 0; i < 3; i++) {
        testing_close(&t[i]);
    }
    buf_wipe(&text);
    buf_wipe(&in);
    return 0;
}
