/* Where both sides of a text meet when there is no target. Whoever waits then waits for the text
   itself, so patience is short and its end convicts: a line that both sides wait for is a mistake of
   the text. */
#include "harness/case/self.h"

#include <unistd.h>

#define SELF_PATIENCE 500
#define SELF_PORT 10025

const char *self_host(struct arena *arena)
{
    unsigned pid = (unsigned)getpid(); /* 22 bits at most: three octets below 127.64.0.0 */
    return arena_printf(arena, "127.%u.%u.%u", 64 + (pid >> 16 & 63), pid >> 8 & 255, pid & 255);
}

const struct scenario *self_both(const struct scenario *s, struct arena *arena)
{
    return play_self(s, self_host(arena), SELF_PORT, arena);
}

static bool at_address(void *target, const char *word, struct address *at)
{
    (void)target;
    return address_parse_with_port(span_text(word), at);
}

static bool asleep(void *target)
{
    (void)target;
    return true;
}

void self_world(millis timeout, struct bindings *b, struct play_world *world)
{
    *world = (struct play_world){.sut = at_address,
                                 .server = at_address,
                                 .asleep = asleep,
                                 .patience = SELF_PATIENCE,
                                 .timeout = timeout,
                                 .bindings = b};
}
