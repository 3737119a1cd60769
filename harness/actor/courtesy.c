/* A server of somebody else's: the judge says its own name in place of the text's, mail goes to mailboxes
   that its owner gave, and a connection is not left without QUIT (RFC 5321 4.1.1.10). */
#include "harness/actor/stage.h"

#include <poll.h>

enum { PARTING_MS = 2000 };

static span instead(span text, const char *from, const char *to, struct arena *arena)
{
    struct buf out;
    size_t at;
    if (to == NULL || !span_has(text, span_text(from))) {
        return text;
    }
    buf_init(&out, SIZE_MAX);
    while ((at = span_find(text, span_text(from))) != SPAN_NONE) {
        buf_put(&out, span_first(text, at));
        buf_put_text(&out, to);
        text = span_from(text, at + strlen(from));
    }
    buf_put(&out, text);
    return buf_settle(&out, arena);
}

span courtesy_line(const struct stage *g, const struct conn *c, span text)
{
    const struct play_courtesy *y = g->world->courtesy;
    if (y == NULL || c->own == SIDE_S || c->data_phase) {
        return text;
    }
    text = instead(text, "u@test.ex", y->boxes[0], g->arena);
    text = instead(text, "v@test.ex", y->boxes[1], g->arena);
    text = instead(text, "@test.ex", y->domain, g->arena);
    return instead(text, "c.test", y->name, g->arena);
}

/* What the server still says is of no interest; its close is waited for. */
void courtesy_part(struct stage *g, struct conn *c, struct place place)
{
    bool quit = c->verbs.count > 0 && strcmp(c->verbs.at[c->verbs.count - 1], "QUIT") == 0;
    if (g->world->courtesy == NULL || c->over || c->own == SIDE_S || c->proto == PROTO_RAW || quit ||
        c->data_phase || c->own_shut || c->peer_shut) {
        return;
    }
    conn_send(g, c, SPAN("QUIT\r\n"), 1, place);
    millis end = clock_ticks() + PARTING_MS;
    while (!c->over && !c->peer_shut && clock_ticks() < end) {
        struct pollfd fd = {.fd = c->link.fd, .events = POLLIN};
        conn_flush(g, c);
        (void)poll(&fd, 1, 50);
        conn_drain(g, c);
    }
}
