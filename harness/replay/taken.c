/* What a capture itself says of the messages that were taken: sender and recipients that got a 2xx, and
   the text that got the 250. Where the recorded server's spool was not kept, this is what the target's
   spool has to hold. */
#include "harness/replay/spool.h"

#define TEXT_CEILING ((size_t)256 << 20)

/* The transaction as far as it was said. */
struct taking {
    const struct dialogue *d;
    struct arena *arena;
    struct spool_entry entry;
    size_t recorded; /* the reply that took the message */
    struct buf text; /* LF line ends */
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

static void reset(struct taking *t)
{
    t->entry = (struct spool_entry){.id = NULL};
    buf_clear(&t->text);
}

static void add_text(struct taking *t, span octets)
{
    for (span line; octets.len > 0;) {
        size_t end = span_find(octets, SPAN("\r\n"));
        line = end == SPAN_NONE ? octets : span_first(octets, end);
        buf_put(&t->text, line);
        if (end != SPAN_NONE) {
            buf_put_byte(&t->text, '\n');
        }
        octets = span_from(octets, end == SPAN_NONE ? octets.len : end + 2);
    }
}

/* Fields up to the empty line, each with its continuation lines; what is behind it is the body. */
static void split_text(struct taking *t, span text)
{
    while (text.len > 0 && text.at[0] != '\n') {
        size_t end = 0;
        do {
            size_t line = span_find_byte(span_from(text, end), '\n');
            end = line == SPAN_NONE ? text.len : end + line + 1;
        } while (end < text.len && ascii_is_blank(text.at[end]));
        span field = span_first(text, end), name, value;
        field.len -= span_ends(field, SPAN("\n"));
        (void)span_split(field, ':', &name, &value);
        value = span_from(value, value.len && ascii_is_blank(value.at[0]));
        *vec_push(t->arena, &t->entry.headers) =
            (struct named_text){arena_text(t->arena, name), value};
        text = span_from(text, end);
    }
    t->entry.body = span_from(text, 1);
}

static void take_message(struct taking *t, size_t reply, struct recorded_spool *spool)
{
    struct recorded_message *m = vec_push(t->arena, &spool->messages);
    split_text(t, arena_copy(t->arena, buf_span(&t->text)));
    *m = (struct recorded_message){
        .recorded = reply,
        .id = arena_printf(t->arena, "taken in packet %llu",
                           (unsigned long long)t->d->said[CAPTURE_SERVER].at[reply].packet),
        .entry = t->entry,
    };
    reset(t);
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
        reset(t);
        t->entry.sender = verb[0] == 'M' ? path_in(octets) : SPAN_EMPTY;
    }
}

void replay_taken_read(const struct dialogue *d, struct arena *arena, struct recorded_spool *spool)
{
    struct taking t = {.d = d, .arena = arena};
    buf_init(&t.text, TEXT_CEILING);
    for (size_t i = 0; i < d->said[CAPTURE_CLIENT].count; i++) {
        const struct said *s = &d->said[CAPTURE_CLIENT].at[i];
        span content;
        if (s->kind == SAID_COMMAND) {
            take_command(&t, s);
        } else if (s->kind == SAID_MAIL && answer_to(&t, s) == 250 &&
                   said_mail_content(d, s, arena, &content)) {
            add_text(&t, content);
            take_message(&t, s->partner, spool);
        }
    }
    buf_wipe(&t.text);
}
