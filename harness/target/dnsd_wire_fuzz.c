/* Questions from anywhere: none is read past its end, and what is answered begins with the same id, has
   the answer bit, repeats the question, and over UDP is no longer than was asked for. */
#include "harness/target/dnsd_wire.h"

#include "base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char rows[] = "dest.test. MX 10 mx.dest.test.\nmx.dest.test. A 192.0.2.77\n"
                               "a.test. CNAME b.test.\nb.test. CNAME a.test.\n"
                               "bad.test. A ! SERVFAIL\nslow.test. A ! TIMEOUT\n"
                               "long.test. TXT ! TRUNCATE \"x\"\n";
    struct arena *arena = arena_new();
    struct dnsd_zone z = {{0}};
    struct dnsd_question q;
    span packet = span_of(data, size);
    CHECK(!failed(dnsd_zone_read(span_text(rows), arena, &z)));
    if (dnsd_question_read(packet, arena, &q)) {
        for (unsigned udp = 0; udp < 2; udp++) {
            struct buf out;
            buf_init(&out, 65535);
            enum dnsd_said said = dnsd_answer(&z, &q, udp != 0, &out);
            span answer = buf_span(&out);
            CHECK((said == DNSD_SILENT) == (answer.len == 0));
            CHECK(!buf_full(&out));
            if (answer.len > 0) {
                CHECK(answer.len >= 12 && span_eq(span_first(answer, 2), span_first(packet, 2)));
                CHECK((answer.at[2] & 0x80) != 0);
                CHECK(span_eq(span_part(answer, 12, q.asked.len), q.asked));
                CHECK(udp == 0 || answer.len <= q.room);
                CHECK(said != DNSD_CUT || (udp != 0 && (answer.at[2] & 2) != 0));
            }
            buf_wipe(&out);
        }
    }
    struct dnsd_zone written = {{0}};
    if (!failed(dnsd_zone_read(packet, arena, &written))) {
        for (size_t i = 0; i < written.records.count; i++) {
            span name;
            const char *text = dnsd_name_text(written.records.at[i].name, arena);
            bool plain = strchr(text, '\\') == NULL;
            CHECK(!plain || (dnsd_name_write(span_text(text), arena, &name) &&
                             span_eq(name, written.records.at[i].name)));
        }
    }
    arena_free(arena);
    return 0;
}
