/* A ladder from events. A flight begins where the play said so; octets belong to the flight of their
   side that is under way, or, if the other side's is, to the next one: they were read before the play
   came to count them. */
#include "harness/transcript/ladder.h"

#include <string.h>

enum { LINE_OF_CLIENT = 44, OCTETS_CEILING = 256 * 1024 * 1024 };

struct flight {
    enum side side;
    bool shakes; /* has a part of a TLS handshake in it */
    struct buf octets;
};

struct ladder {
    struct arena *arena;
    VEC(struct flight *) flights;
    struct buf ahead[2]; /* of each side, for its next flight */
    bool shaking;
    bool text;      /* client: mail data, to its dot */
    uint64_t chunk; /* client: octets of a chunk that are to come */
    bool go_ahead;  /* the server's last code was 354 */
};

static struct flight *last_flight(const struct ladder *l)
{
    return l->flights.count > 0 ? l->flights.at[l->flights.count - 1] : NULL;
}

static void take_flight(struct ladder *l, enum side side)
{
    struct flight *f = ARENA_NEW(l->arena, struct flight);
    f->side = side;
    f->shakes = l->shaking;
    buf_init(&f->octets, OCTETS_CEILING);
    buf_put(&f->octets, buf_span(&l->ahead[side]));
    buf_clear(&l->ahead[side]);
    vec_add(l->arena, &l->flights, f);
}

static void take_event(struct ladder *l, const struct event *e)
{
    struct flight *f = last_flight(l);
    if (e->kind == SAW_FLIGHT) {
        take_flight(l, e->side);
    } else if (e->kind == SAW_BYTES) {
        buf_put(f != NULL && f->side == e->side ? &f->octets : &l->ahead[e->side], e->bytes);
    } else if (e->kind == SAW_TLS && e->text != NULL) {
        /* it begins with the step as it was written, and ends with what came of it */
        l->shaking = e->text[0] != '#';
    }
}

static void put_word(struct buf *line, span word)
{
    if (line->len > 0) {
        buf_put_text(line, ", ");
    }
    buf_put(line, word);
}

static bool is_verb(span word)
{
    static const char *const verbs[] = {"AUTH", "BDAT", "DATA", "EHLO", "HELO", "HELP", "LHLO", "MAIL",
                                        "NOOP", "QUIT", "RCPT", "RSET", "STARTTLS", "VRFY"};
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        if (span_eq_caseless(word, span_text(verbs[i]))) {
            return true;
        }
    }
    return false;
}

static span first_word(span line)
{
    size_t len = 0;
    while (len < line.len && line.at[len] != ' ' && line.at[len] != '\r') {
        len++;
    }
    return span_first(line, len);
}

static void say_line(struct ladder *l, span text, struct buf *line)
{
    span verb = first_word(text);
    span left = span_from(text, verb.len);
    put_word(line, is_verb(verb) ? verb : SPAN("?"));
    if (span_eq_caseless(verb, SPAN("BDAT")) && left.len > 1) {
        (void)span_to_u64(first_word(span_from(left, 1)), &l->chunk);
    }
}

/* Verbs, and "text" where mail data or a chunk begins. */
static void say_client(struct ladder *l, span rest, struct buf *line)
{
    l->text = l->text || l->go_ahead;
    l->go_ahead = false;
    bool told = false;
    while (rest.len > 0) {
        span text;
        if (l->chunk > 0) {
            size_t part = l->chunk < rest.len ? (size_t)l->chunk : rest.len;
            put_word(line, SPAN("text"));
            l->chunk -= part;
            rest = span_from(rest, part);
            continue;
        }
        size_t lf = span_find_byte(rest, '\n');
        size_t end = lf == SPAN_NONE ? rest.len : lf + 1;
        text = span_first(rest, end);
        rest = span_from(rest, end);
        if (!l->text) {
            say_line(l, text, line);
            continue;
        }
        if (!told) {
            put_word(line, SPAN("text"));
            told = true;
        }
        l->text = !span_eq(text, SPAN(".\r\n"));
    }
}

/* The code of each reply, by its last line. */
static void say_server(struct ladder *l, span rest, struct buf *line)
{
    while (rest.len > 0) {
        size_t lf = span_find_byte(rest, '\n');
        size_t end = lf == SPAN_NONE ? rest.len : lf + 1;
        span text = span_first(rest, end);
        rest = span_from(rest, end);
        if (text.len < 4 || text.at[3] != '-') {
            put_word(line, span_first(text, text.len < 3 ? text.len : 3));
            l->go_ahead = span_starts(text, SPAN("354"));
        }
    }
}

static void put_flight(struct ladder *l, const struct flight *f, const char *indent, struct buf *out)
{
    struct buf line;
    buf_init(&line, OCTETS_CEILING);
    if (f->shakes) {
        put_word(&line, SPAN("(TLS)"));
    }
    if (f->side == SIDE_C) {
        say_client(l, buf_span(&f->octets), &line);
        buf_printf(out, "%s%-*.*s ---->\n", indent, LINE_OF_CLIENT, SPAN_FMT(buf_span(&line)));
    } else {
        say_server(l, buf_span(&f->octets), &line);
        buf_printf(out, "%s%*s <---- %.*s\n", indent, LINE_OF_CLIENT, "",
                   SPAN_FMT(buf_span(&line)));
    }
    buf_wipe(&line);
}

void ladder_write(const struct transcript *t, size_t actor, unsigned number, const char *until,
                  const char *indent, struct buf *out)
{
    struct ladder l = {.arena = arena_new()};
    bool marked = false;
    bool over = false;
    buf_init(&l.ahead[SIDE_C], OCTETS_CEILING);
    buf_init(&l.ahead[SIDE_S], OCTETS_CEILING);
    for (size_t i = 0; i < t->events.count && !over; i++) {
        const struct event *e = &t->events.at[i];
        if (e->actor != actor || e->number != number) {
            continue;
        }
        /* what is said stands behind its mark: the write comes later */
        over = marked && e->kind == SAW_FLIGHT;
        if (!over) {
            take_event(&l, e);
        }
        marked = marked || (e->kind == SAW_MARK && until != NULL && e->text != NULL &&
                            strcmp(e->text, until) == 0);
    }
    for (size_t i = 0; i < l.flights.count; i++) {
        put_flight(&l, l.flights.at[i], indent, out);
        buf_wipe(&l.flights.at[i]->octets);
    }
    buf_wipe(&l.ahead[SIDE_C]);
    buf_wipe(&l.ahead[SIDE_S]);
    arena_free(l.arena);
}
