/* The wire of tests and replays: what is read was there from the start, in pieces as small as the
   test wants, and what is written can be looked at afterwards. */
#include "base/wire.h"

static err memory_read(struct wire *wire, void *at, size_t room, millis wait, size_t *got)
{
    (void)wait;
    struct wire_memory *w = (struct wire_memory *)wire;
    size_t count = w->in.len - w->pos;
    if (count == 0) {
        return w->hangs ? err_of(ERR_TIMEOUT, "the memory wire has no more input")
                        : err_of(ERR_CLOSED, "the memory wire has no more input");
    }
    if (room < count) {
        count = room;
    }
    if (w->grain && w->grain < count) {
        count = w->grain;
    }
    for (size_t i = 0; i < w->cut_count; i++) {
        if (w->cuts[i] > w->pos) {
            size_t before_cut = w->cuts[i] - w->pos;
            count = before_cut < count ? before_cut : count;
            break;
        }
    }
    if (count) {
        memcpy(at, w->in.at + w->pos, count);
    }
    w->pos += count;
    *got = count;
    return OK;
}

static err memory_write(struct wire *wire, span bytes, millis wait)
{
    (void)wait;
    struct wire_memory *w = (struct wire_memory *)wire;
    buf_put(&w->out, bytes);
    return buf_full(&w->out) ? err_of(ERR_LIMIT, "the memory wire's output is full") : OK;
}

static bool memory_pending(struct wire *wire)
{
    const struct wire_memory *w = (const struct wire_memory *)wire;
    return w->pos < w->in.len || !w->hangs;
}

static void memory_close(struct wire *wire)
{
    struct wire_memory *w = (struct wire_memory *)wire;
    w->pos = w->in.len;
    w->hangs = false;
    buf_wipe(&w->out);
}

void wire_memory_init(struct wire_memory *w, span in, size_t out_ceiling)
{
    *w = (struct wire_memory){
        .wire = {memory_read, memory_write, memory_pending, memory_close},
        .in = in,
    };
    buf_init(&w->out, out_ceiling);
}
