/* The client's half of the plaintext driver: client_send's items in turn. The list is split before its
   items are expanded, so that what a challenge brought can never become another item. */
#include "ref/auth/auth.h"

#include "base/buf.h"
#include "ref/expand/match.h"

err auth_client_open(struct auth_client *c)
{
    const struct template *send = c->with->own.plaintext->client_send;
    struct list_reader r = list_reader_of(send ? template_text(send) : SPAN_EMPTY);
    for (span item; list_next(&r, c->arena, &item);) {
        TRY(template_read(arena_copy(c->arena, item), c->arena, vec_push(c->arena, &c->items)));
    }
    c->peer->auth1 = c->peer->auth2 = c->peer->auth3 = SPAN_EMPTY;
    return OK;
}

/* "^" to NUL, "^^" to "^". */
static span octets_of(span text, struct arena *arena)
{
    struct buf out;
    buf_init(&out, text.len + 1);
    for (size_t i = 0; i < text.len; i++) {
        bool doubled = text.at[i] == '^' && i + 1 < text.len && text.at[i + 1] == '^';
        buf_put_byte(&out, text.at[i] == '^' && !doubled ? '\0' : text.at[i]);
        i += doubled ? 1 : 0;
    }
    return buf_settle(&out, arena);
}

static enum auth_client_step item_send(struct auth_client *c, span *text)
{
    if (c->sent >= c->items.count) {
        return AUTH_CLIENT_CANCEL;
    }
    struct expanded e = expand(c->items.at[c->sent++], c->x);
    if (e.outcome == EXPAND_FORCED) {
        return AUTH_CLIENT_ABANDON;
    }
    if (e.outcome != EXPAND_OK) {
        *text = span_text(e.why);
        return AUTH_CLIENT_FAILED;
    }
    *text = octets_of(e.value.text, c->arena);
    return AUTH_CLIENT_SEND;
}

enum auth_client_step auth_client_initial(struct auth_client *c, span *text)
{
    *text = SPAN_EMPTY;
    return c->items.count > 0 ? item_send(c, text) : AUTH_CLIENT_SEND;
}

enum auth_client_step auth_client_answer(struct auth_client *c, span challenge, span *text)
{
    span *into[] = {&c->peer->auth1, &c->peer->auth2, &c->peer->auth3};
    if (c->challenges < 3) {
        *into[c->challenges] = arena_copy(c->arena, challenge);
    }
    c->challenges++;
    return item_send(c, text);
}
