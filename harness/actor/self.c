/* Both sides of a text played by the judge: the check of the text itself, without any target. Each
   client actor gets a server actor that plays the same blocks from the other side; which lines are
   its own follows from its role alone. */
#include "harness/actor/play.h"

static void add_option(struct arena *arena, struct actor *a, const struct actor *client,
                       const char *name)
{
    for (size_t i = 0; i < client->options.count; i++) {
        if (span_eq(span_text(client->options.at[i].name), span_text(name))) {
            vec_add(arena, &a->options, client->options.at[i]);
        }
    }
}

/* Of the side that stands for the target: what `set tls.library` says, else the one that the client
   has not. */
static const char *peer_library(const struct scenario *s, const struct actor *client)
{
    for (size_t i = 0; i < s->sets.count; i++) {
        if (span_eq(span_text(s->sets.at[i].key), SPAN("tls.library"))) {
            return s->sets.at[i].value;
        }
    }
    for (size_t i = 0; i < client->options.count; i++) {
        if (span_eq(span_text(client->options.at[i].name), SPAN("tlslib")) &&
            span_eq(span_text(client->options.at[i].value), SPAN("gnutls"))) {
            return "openssl";
        }
    }
    return "gnutls";
}

const struct scenario *play_self(const struct scenario *s, const char *host, unsigned port,
                                 struct arena *arena)
{
    struct scenario *both = ARENA_NEW(arena, struct scenario);
    *both = *s;
    both->actors.at = NULL;
    both->actors.count = both->actors.room = 0;
    both->blocks.at = NULL;
    both->blocks.count = both->blocks.room = 0;
    for (size_t i = 0; i < s->actors.count; i++) {
        vec_add(arena, &both->actors, s->actors.at[i]);
    }
    for (size_t i = 0; i < s->blocks.count; i++) {
        vec_add(arena, &both->blocks, s->blocks.at[i]);
    }
    for (size_t i = 0; i < s->actors.count; i++) {
        const struct actor *client = &s->actors.at[i];
        if (client->role != ACTOR_CLIENT) {
            continue;
        }
        const char *endpoint = arena_printf(arena, "%s:%u", host, port++);
        struct actor server = {.place = client->place, .role = ACTOR_SERVER, .endpoint = endpoint};
        both->actors.at[i].port = endpoint;
        server.name = arena_printf(arena, "%s.peer", client->name);
        add_option(arena, &server, client, "proto");
        vec_add(arena, &server.options,
                ((struct option_text){"tlslib", peer_library(s, client)}));
        size_t index = both->actors.count;
        vec_add(arena, &both->actors, server);
        for (size_t k = 0; k < s->blocks.count; k++) {
            struct play_block block = s->blocks.at[k];
            if (block.actor == i) {
                block.actor = index;
                block.after_actor = block.after_actor == i ? index : block.after_actor;
                vec_add(arena, &both->blocks, block);
            }
        }
    }
    return both;
}
