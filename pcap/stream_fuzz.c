/* Segments of one text in any order, repeated, overlapping: the stream is the text, as in order. The
   input is pairs of octets (where a segment begins, how long it is); what they leave out is sent at
   the end, so that there is no gap. The sequence numbers wrap around in the middle. */
#include "pcap/stream.h"

#include "base/check.h"

#define TEXT_LEN 512u

static void add(struct capture_stream *s, const unsigned char *text, size_t at, size_t len, uint64_t packet)
{
    struct stream_segment g = {.seq = 0xffffff00u + (uint32_t)at, .octets = span_of(text + at, len),
                               .packet = packet, .joins = packet % 3 != 0};
    capture_stream_add(s, &g);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned char text[TEXT_LEN];
    for (size_t i = 0; i < TEXT_LEN; i++) {
        text[i] = (unsigned char)(i * 7 + i / 256);
    }
    struct arena *arena = arena_new();
    struct capture_stream s;
    capture_stream_init(&s, arena, (size_t)1 << 20);
    bool late_syn = size % 2;
    if (!late_syn) {
        capture_stream_syn(&s, 0xfffffeffu);
    }
    uint64_t packet = 1;
    for (size_t i = 0; i + 1 < size && i < 400; i += 2) {
        size_t at = (size_t)data[i] * 2;
        size_t len = data[i + 1] % (TEXT_LEN - at) + 1;
        add(&s, text, at, len, packet++);
    }
    if (late_syn) {
        capture_stream_syn(&s, 0xfffffeffu);
    }
    /* no segment of one octet alone: that could be a keep-alive */
    for (size_t at = 0; at < TEXT_LEN; at += 64) {
        add(&s, text, at, 64, packet++);
    }
    capture_stream_fin(&s, 0xffffff00u + TEXT_LEN);
    span all;
    stream_gaps gaps = {0};
    capture_stream_end(&s, &all, &gaps);
    CHECK(!s.full && s.differing == 0 && gaps.count == 0);
    CHECK(span_eq(all, span_of(text, TEXT_LEN)));
    for (size_t at = 0; at <= TEXT_LEN; at++) {
        CHECK(capture_stream_index(&s, 0xffffff00u + (uint32_t)at) == at);
    }
    capture_stream_wipe(&s);
    arena_free(arena);
    return 0;
}
