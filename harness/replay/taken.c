/* What a capture itself says of the messages that were taken: sender and recipients that got a 2xx, and
   the text that got the 250. Where the recorded server's spool was not kept, this is what the target's
   spool has to hold. */
#include "harness/observe/formats.h"
#include "harness/replay/spool.h"

/* The transaction as far as it was said. */
struct taking {
    const struct dialogue *d;
    struct arena *arena;
    struct spool_entry entry;
};

/* "MAIL FROM:<a@b> SIZE=1" -> "<a@b>"; empty: there are no brackets. */
static span path_in(span command)
{
    size_t from = span_find_byte(command, '<'), to = span_find_byte(command, '>');
    return from < to && to != SPAN_NONE ? span_part(command, from, to + 1 - from) : SPAN_EMPTY;
}

static unsigned answer_to(const struct taking *t, const struct said *s)
{
    return s->partner == SAID_NONE ? 0 : t->d->said[CAPTURE_SERVER].at[s->partner].code;
}

static void take_message(struct taking *t, size_t reply, span content, struct recorded_spool *spool)
{
    struct message_parts parts = {0};
    observe_message_split(content, t->arena, &parts);
    t->entry.headers = parts.headers;
    t->entry.body = parts.body;
    *vec_push(t->arena, &spool->messages) = (struct recorded_message){
        .recorded = reply,
        .id = arena_printf(t->arena, "taken in packet %llu",
                           (unsigned long long)t->d->said[CAPTURE_SERVER].at[reply].packet),
        .entry = t->entry,
    };
    t->entry = (struct spool_entry){.id = NULL};
}

static void take_command(struct taking *t, const struct said *s)
{
    char verb[16];
    said_verb(t->d, s, verb);
    span octets = said_octets(t->d, CAPTURE_CLIENT, s);
    bool agreed = answer_to(t, s) / 100 == 2;
    if (strcmp(verb, "RCPT") == 0 && agreed) {
        span path = path_in(octets);
        *vec_push(t->arena, &t->entry.rcpts) =
            (struct spool_rcpt){.address = span_part(path, 1, path.len - 2)};
    } else if (agreed && (strcmp(verb, "MAIL") == 0 || strcmp(verb, "RSET") == 0 ||
                          strcmp(verb, "EHLO") == 0 || strcmp(verb, "HELO") == 0)) {
        t->entry = (struct spool_entry){.sender = verb[0] == 'M' ? path_in(octets) : SPAN_EMPTY};
    }
}

void replay_taken_read(const struct dialogue *d, struct arena *arena, struct recorded_spool *spool)
{
    struct taking t = {.d = d, .arena = arena};
    for (size_t i = 0; i < d->said[CAPTURE_CLIENT].count; i++) {
        const struct said *s = &d->said[CAPTURE_CLIENT].at[i];
        span content;
        if (s->kind == SAID_COMMAND) {
            take_command(&t, s);
        } else if (s->kind == SAID_MAIL && answer_to(&t, s) == 250 &&
                   said_mail_content(d, s, arena, &content)) {
            take_message(&t, s->partner, content, spool);
        }
    }
}
