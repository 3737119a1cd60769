/* Any dice, any number of changes: what comes out is a scenario in every respect. It is read, it stays as it is
   when it is taken for a script and written again, and its parts put together are itself. Each eight octets
   are the dice of one change. */
#include "harness/mutate/mutate.h"

#include "base/check.h"
#include "harness/mutate/parts.h"
#include "harness/scenario/read.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static const char *const seeds[] = {
    "S: 220\nC: EHLO c.test\nS: 250 { PIPELINING }\nC: MAIL FROM:<a@c.test> SIZE=100\nC: RCPT TO:<u@test.ex>\n"
    "C: DATA\nS: 250, 250, 354\nC<. m\nS: 250\nC: QUIT\nS: 221\nS! eof\n=== message m\nSubject: x\n\nbody\n",
    "~~\nC: EHLO c.test\nC: BDAT 12\nC<= plain\nC| \"BDAT 3 LAST\\r\\na\\r\\n\"\nS: 220, 250, 503, 503\n",
    "set tls.library = gnutls\nactor c client -> sut:smtp\nactor mx server at mx.dest.test:25\nS: 220\nC: STARTTLS\n"
    "S: 220\nTLS: full min=1.2\nC: EHLO c\nS: 250\n[mx]\nS: 220\nC: EHLO *\nS: 250\nC: MAIL*\nS: 250\n[c 2]\nS: 220\n"
    "C: DATA\neither a\n  S: 354\n  C: x\n  C: .\n  S: 250\nor b\n  S: 503\nend\nC! shut\n",
};

static span written(const struct script *s, struct arena *arena)
{
    struct buf text;
    struct buf form;
    struct scenario_set set = {0};
    mistakes wrong = {0};
    buf_init(&text, SIZE_MAX);
    buf_init(&form, SIZE_MAX);
    script_write(s, &text);
    CHECK(!failed(scenario_format(buf_span(&text), "t.scn", arena, &form, &wrong)));
    CHECK(wrong.count == 0);
    CHECK(!failed(scenario_read_text(buf_span(&form), "t.scn", "t", arena, &set, &wrong)));
    CHECK(wrong.count == 0 && set.cases.count == 1);
    span copy = arena_copy(arena, buf_span(&form));
    buf_wipe(&text);
    buf_wipe(&form);
    return copy;
}

static void check_parts(span text, struct arena *arena)
{
    struct buf joined;
    struct buf form;
    mistakes wrong = {0};
    parts all = {0};
    buf_init(&joined, SIZE_MAX);
    buf_init(&form, SIZE_MAX);
    parts_cut(text, arena, &all);
    parts_join(&all, NULL, &joined);
    CHECK(!failed(scenario_format(buf_span(&joined), "t.scn", arena, &form, &wrong)));
    CHECK(wrong.count == 0 && span_eq(buf_span(&form), text));
    buf_wipe(&joined);
    buf_wipe(&form);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct arena *arena = arena_new();
    struct script from[sizeof seeds / sizeof *seeds];
    struct script again;
    for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++) {
        CHECK(script_read(span_text(seeds[i]), arena, &from[i]));
    }
    size_t which = size > 0 ? data[0] % (sizeof seeds / sizeof *seeds) : 0;
    struct script s = script_copy(&from[which], arena);
    for (size_t at = 1; at + 8 <= size && at < 200; at += 8) {
        struct rng rng;
        uint64_t seed;
        memcpy(&seed, data + at, sizeof seed);
        rng_seeded(&rng, seed);
        (void)mutate_script(&s, &from[seed % (sizeof seeds / sizeof *seeds)], &rng, arena);
    }
    span one = written(&s, arena);
    CHECK(script_read(one, arena, &again));
    CHECK(span_eq(one, written(&again, arena)));
    check_parts(one, arena);
    arena_free(arena);
    return 0;
}
