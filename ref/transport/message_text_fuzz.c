/* Text for SMTP, whatever is in it: how it is cut does not matter; every line ends in CR LF and
   neither octet stands alone; no line is a dot; and a server that takes the dots off again has the
   lines that went in. */
#include "ref/transport/message_text.h"

#include "base/check.h"

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t len);

static err collect(void *context, span block)
{
    buf_put(context, block);
    return OK;
}

static void run(span in, size_t grain, const struct message_form *form, struct buf *out,
                struct message_facts *facts)
{
    static const size_t ceiling = 1 << 24;
    struct message_text t;
    buf_init(out, ceiling);
    message_text_begin(&t, form);
    t.put = collect;
    t.context = out;
    for (; in.len > 0; in = span_from(in, grain)) {
        CHECK(!failed(message_text_put(&t, span_first(in, grain))));
    }
    CHECK(!failed(message_text_end(&t)));
    *facts = t.facts;
}

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t len)
{
    span in = span_of(at, len);
    struct buf whole, parts, chunks;
    struct message_facts facts, again;
    run(in, SIZE_MAX, &message_form_dots, &whole, &facts);
    run(in, len > 0 ? 1u + at[0] % 9u : 1u, &message_form_dots, &parts, &again);
    CHECK(span_eq(buf_span(&whole), buf_span(&parts)) && facts.size == again.size);
    run(in, SIZE_MAX, &message_form_chunks, &chunks, &again);
    CHECK(facts.size == again.size && again.size == chunks.len && facts.sent == whole.len);
    span sent = buf_span(&whole), plain = buf_span(&chunks);
    uint64_t lines = 0;
    CHECK(sent.len == 0 || span_ends(sent, SPAN("\r\n")));
    while (sent.len > 0) {
        size_t end = span_find(sent, SPAN("\r\n"));
        span line = span_first(sent, end);
        CHECK(span_find_byte(line, '\n') == SPAN_NONE && span_find_byte(line, '\r') == SPAN_NONE);
        CHECK(!span_eq(line, SPAN(".")));
        span bare = span_starts(line, SPAN(".")) ? span_from(line, 1) : line;
        CHECK(span_starts(plain, bare));
        sent = span_from(sent, end + 2);
        plain = span_from(plain, bare.len + 2);
        lines++;
    }
    CHECK(plain.len == 0 && lines == facts.lines);
    buf_wipe(&whole);
    buf_wipe(&parts);
    buf_wipe(&chunks);
    return 0;
}
