/* Conversations for the tests of this room: "C:" and "S:" texts to a finished flow. */
#ifndef PCAP_TALK_H
#define PCAP_TALK_H

#include "pcap/dialogue.h"
#include "pcap/made.h"

struct talk_line {
    char from; /* 'C', 'S'; lower case: closes; 0: the end */
    const char *text;
};

typedef void talk_use(void *context, const struct capture_flow *flow);

struct talk_call {
    talk_use *use;
    void *context;
};

static inline err talk_done(void *context, const struct capture_flow *flow)
{
    struct talk_call *call = context;
    call->use(call->context, flow);
    return OK;
}

/* Plays the lines as segments and hands the flow to use. */
static inline void talk(const struct talk_line *lines, talk_use *use, void *context)
{
    struct arena *arena = arena_new();
    struct talk_call call = {use, context};
    struct capture_limits limits = capture_limits_usual();
    limits.open_flows = 2;
    struct capture_flows *f = capture_flows_new(&limits, talk_done, &call, arena);
    struct made_talk t;
    made_begin(&t, f);
    for (; lines->from; lines++) {
        bool closes = lines->from == 'c' || lines->from == 's';
        bool client = lines->from == 'C' || lines->from == 'c';
        made_send(&t, client, closes ? MADE_A | MADE_F : MADE_A, span_text(lines->text));
    }
    err e = capture_flows_end(f);
    (void)e;
    capture_flows_free(f);
    arena_free(arena);
}

#endif
