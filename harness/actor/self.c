/* Both sides of a text played by the judge: the check of the text itself, without any target. Each
   client actor gets a server actor that plays the same blocks from the other side; which lines are
   its own follows from its role alone. */
#include "harness/actor/play.h"

/* Of the side that stands for the target: what `set tls.library` says, else the one that the client
   has not. */
static const char *peer_library(const struct scenario *s, const struct actor *client)
{
    const char *set = scenario_setting(s, "tls.library");
    const char *own = option_value(&client->options, "tlslib");
    if (set != NULL) {
        return set;
    }
    return own != NULL && strcmp(own, "gnutls") == 0 ? "openssl" : "gnutls";
}

const struct scenario *play_self(const struct scenario *s, const char *host, unsigned port,
                                 struct arena *arena)
{
    struct scenario *both = ARENA_NEW(arena, struct scenario);
    *both = *s;
    memset(&both->actors, 0, sizeof both->actors);
    memset(&both->blocks, 0, sizeof both->blocks);
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
        const char *proto = option_value(&client->options, "proto");
        if (proto != NULL) {
            vec_add(arena, &server.options, ((struct option_text){"proto", proto}));
        }
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
