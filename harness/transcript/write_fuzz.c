/* Property: whatever passed over the wire, what is written is a scenario without mistakes, and its
   lines stand for the same octets of each side in the same order. The input is a list of runs: an
   octet whose lowest bit is the side and whose others are the length, then that many octets. */
#include "harness/scenario/pattern.h"
#include "harness/scenario/read.h"
#include "harness/transcript/transcript.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char head[] = "scenario x\nsource SEED x\nreq TODO\nS: 220\n";

static void broken(const char *why, const struct buf *text)
{
    (void)fprintf(stderr, "%s:\n%.*s\n", why, SPAN_FMT(buf_span(text)));
    abort();
}

static void put_reply(const struct reply_want *w, struct buf *out)
{
    span rest = w->said;
    bool more = true;
    while (more) {
        span line;
        more = span_split(rest, '\n', &line, &rest);
        buf_printf(out, "%.3s%c", w->codes.at[0].digits, more ? '-' : ' ');
        if (w->status != NULL) {
            buf_printf(out, "%s%s", w->status, line.len > 0 ? " " : "");
        }
        buf_put(out, line);
        buf_put_text(out, "\r\n");
    }
}

static void put_message(const struct scenario *s, const struct step *step, struct arena *arena,
                        struct buf *out)
{
    span octets;
    (void)arena;
    if (!scenario_message(s, step->message, &octets)) {
        broken("a message is missing", out);
    }
    bool head_of_line = true;
    for (size_t i = 0; i < octets.len; i++) {
        if (step->kind == STEP_MAIL && head_of_line && octets.at[i] == '.') {
            buf_put_byte(out, '.');
        }
        buf_put_byte(out, octets.at[i]);
        head_of_line = octets.at[i] == '\n' && i > 0 && octets.at[i - 1] == '\r';
    }
    if (step->kind == STEP_MAIL) {
        buf_put_text(out, ".\r\n");
    }
}

static void put_step(const struct scenario *s, const struct step *step, struct arena *arena,
                     struct buf *out)
{
    span text;
    const char *unbound;
    if (step->kind == STEP_LINE && pattern_say(step->text, NULL, arena, &text, &unbound)) {
        buf_put(out, text);
        buf_put_text(out, "\r\n");
    }
    for (size_t i = 0; i < step->replies.count; i++) {
        put_reply(&step->replies.at[i], out);
    }
    for (size_t i = 0; i < step->pieces.count; i++) {
        buf_put(out, step->pieces.at[i].bytes);
    }
    if (step->kind == STEP_MAIL || step->kind == STEP_OCTETS) {
        put_message(s, step, arena, out);
    }
}

static const struct scenario *read_back(span text, struct arena *arena, const struct buf *shown)
{
    struct scenario_set set = {0};
    mistakes wrong = {0};
    err e = scenario_read_text(text, "x.scn", "x", arena, &set, &wrong);
    if (failed(e) || wrong.count > 0 || set.cases.count != 1) {
        broken(wrong.count > 0 ? wrong.at[0].what : "not read back", shown);
    }
    return set.cases.at[0];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct buf text;
    struct buf sides[2];
    struct transcript t;
    buf_init(&text, 1 << 24);
    buf_init(&sides[0], 1 << 24);
    buf_init(&sides[1], 1 << 24);
    const struct scenario *s = read_back(span_text(head), arena, &text);
    transcript_init(&t, arena);
    (void)transcript_add(&t, SAW_CONNECT, 0, 1, SIDE_C);
    for (size_t i = 0; i < size;) {
        enum side side = (data[i] & 1) != 0 ? SIDE_S : SIDE_C;
        size_t len = data[i] >> 1;
        i++;
        len = len < size - i ? len : size - i;
        transcript_add(&t, SAW_BYTES, 0, 1, side)->bytes = span_of(data + i, len);
        i += len;
    }
    transcript_write(&t, s, &text);
    const struct scenario *again = read_back(buf_span(&text), arena, &text);
    for (size_t i = 0; again->blocks.count > 0 && i < again->blocks.at[0].play.count; i++) {
        const struct step *step = &again->blocks.at[0].play.at[i];
        put_step(again, step, arena, &sides[step->side]);
    }
    for (int side = 0; side < 2; side++) {
        span was = transcript_side(&t, 0, 1, (enum side)side, arena);
        if (!span_eq(was, buf_span(&sides[side]))) {
            (void)fprintf(stderr, "was:\n%.*s\nis:\n%.*s\n", SPAN_FMT(was),
                          SPAN_FMT(buf_span(&sides[side])));
            broken(side == SIDE_C ? "the client's octets changed" : "the server's octets changed",
                   &text);
        }
        buf_wipe(&sides[side]);
    }
    buf_wipe(&text);
    arena_free(arena);
    return 0;
}
