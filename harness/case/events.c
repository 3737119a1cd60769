/* The transcript has an event for each read and write; a reader wants what a side said before it heard
   anything. So octets of one side are put together until the other one speaks, and long ones are cut. */
#include "harness/case/events.h"

#include "reports/spell.h"

enum { EVENTS_MOST = 600, LINES_MOST = 12, LINE_MOST = 120 };

/* What a connection has said so far. */
struct talk {
    size_t actor;
    unsigned number;
    enum side side; /* that speaks */
    bool flight[2]; /* announced, and nothing said since */
    size_t event;   /* under way, or SIZE_MAX */
    size_t records; /* the event of TLS records that the next one of that side joins, or SIZE_MAX */
    struct buf octets;
};

struct drawing {
    const struct scenario *s;
    struct arena *arena;
    struct report_case *rc;
    instant start;
    VEC(struct talk *) talks;
};

static struct talk *talk_of(struct drawing *d, const struct event *e)
{
    for (size_t i = 0; i < d->talks.count; i++) {
        if (d->talks.at[i]->actor == e->actor && d->talks.at[i]->number == e->number) {
            return d->talks.at[i];
        }
    }
    struct talk *talk = ARENA_NEW(d->arena, struct talk);
    *talk = (struct talk){.actor = e->actor, .number = e->number, .event = SIZE_MAX,
                           .records = SIZE_MAX};
    buf_init(&talk->octets, (size_t)256 << 20);
    vec_add(d->arena, &d->talks, talk);
    return talk;
}

/* Lines as they were said: a bare LF shows, what is beyond the first lines is counted. */
static const char *text_of(span octets, struct arena *arena)
{
    struct buf out;
    span rest = octets;
    buf_init(&out, 65536);
    for (unsigned i = 0; rest.len > 0 && i < LINES_MOST; i++) {
        size_t lf = span_find_byte(rest, '\n');
        span line = span_first(rest, lf == SPAN_NONE ? rest.len : lf);
        rest = span_from(rest, lf == SPAN_NONE ? rest.len : lf + 1);
        bool crlf = lf != SPAN_NONE && span_ends(line, SPAN("\r"));
        line = crlf ? span_first(line, line.len - 1) : line;
        buf_put_text(&out, i == 0 ? "" : "\n");
        spell_line(span_first(line, LINE_MOST), &out);
        buf_put_text(&out, line.len > LINE_MOST ? "…" : "");
        buf_put_text(&out, lf != SPAN_NONE && !crlf ? "\\n" : "");
    }
    if (rest.len > 0) {
        buf_printf(&out, "\n… %zu octets more", rest.len);
    }
    return buf_settle_text(&out, arena);
}

static void finish(struct drawing *d, struct talk *talk)
{
    if (talk->event != SIZE_MAX) {
        d->rc->events.at[talk->event].text = text_of(buf_span(&talk->octets), d->arena);
    }
    buf_clear(&talk->octets);
    talk->event = SIZE_MAX;
}

/* An actor is at one end, the target at the other. */
static size_t add(struct drawing *d, const struct event *e, const char *kind, enum side side,
                  const char *text)
{
    const struct actor *a = &d->s->actors.at[e->actor];
    bool from_actor = (a->role == ACTOR_CLIENT) == (side == SIDE_C);
    if (d->rc->events.count >= EVENTS_MOST) {
        return SIZE_MAX;
    }
    *vec_push(d->arena, &d->rc->events) =
        (struct report_event){.at = e->at > d->start ? (e->at - d->start) / 1000 : 0,
                              .kind = kind, .from = from_actor ? a->name : "sut",
                              .to = from_actor ? "sut" : a->name, .conn = e->number, .text = text};
    return d->rc->events.count - 1;
}

static void take_octets(struct drawing *d, struct talk *talk, const struct event *e)
{
    if (talk->event == SIZE_MAX || talk->side != e->side) {
        finish(d, talk);
        talk->side = e->side;
        talk->event = add(d, e, "wire", e->side, NULL);
        if (talk->event != SIZE_MAX) {
            d->rc->events.at[talk->event].flight = talk->flight[e->side];
        }
        talk->flight[e->side] = false;
    }
    buf_put(&talk->octets, e->bytes);
}

/* A flight may have been read before the play came to it. */
static void take_flight(struct drawing *d, struct talk *talk, enum side side)
{
    if (talk->event != SIZE_MAX && talk->side == side && !d->rc->events.at[talk->event].flight) {
        d->rc->events.at[talk->event].flight = true;
    } else {
        talk->flight[side] = true;
    }
}

/* "records: handshake 122, change-cipher 1, data 32", until the other side speaks. */
static void take_record(struct drawing *d, struct talk *talk, const struct event *e)
{
    struct report_event *before =
        talk->records != SIZE_MAX && talk->side == e->side ? &d->rc->events.at[talk->records] : NULL;
    finish(d, talk);
    if (before) {
        before->text = arena_printf(d->arena, "%s, %s", before->text, e->text);
        return;
    }
    talk->side = e->side;
    talk->records = add(d, e, "tls", e->side, arena_printf(d->arena, "records: %s", e->text));
}

static void take(struct drawing *d, const struct event *e)
{
    static const char *const ends[EVENT_KIND_COUNT] = {
        [SAW_EOF] = "closes", [SAW_RST] = "resets", [SAW_SHUT] = "closes its half"};
    struct talk *talk = talk_of(d, e);
    if (e->kind == SAW_RECORD) {
        take_record(d, talk, e);
        return;
    }
    if (e->kind != SAW_FLIGHT) {
        talk->records = SIZE_MAX;
    }
    if (e->kind == SAW_BYTES) {
        take_octets(d, talk, e);
    } else if (e->kind == SAW_FLIGHT) {
        take_flight(d, talk, e->side);
    } else if (e->kind == SAW_CONNECT) {
        (void)add(d, e, "open", SIDE_C, NULL);
    } else if (e->kind == SAW_TLS) {
        finish(d, talk);
        (void)add(d, e, "tls", e->side, e->text);
    } else if (ends[e->kind]) {
        finish(d, talk);
        (void)add(d, e, "close", e->side, ends[e->kind]);
    }
}

void events_of_wire(const struct scenario *s, const struct transcript *t, instant start,
                    struct arena *arena, struct report_case *rc)
{
    struct drawing d = {.s = s, .arena = arena, .rc = rc, .start = start};
    for (size_t i = 0; i < t->events.count; i++) {
        take(&d, &t->events.at[i]);
    }
    for (size_t i = 0; i < d.talks.count; i++) {
        finish(&d, d.talks.at[i]);
        buf_wipe(&d.talks.at[i]->octets);
    }
}

void events_of_queue(const struct observation *seen, instant at, instant start, struct arena *arena,
                     struct report_case *rc)
{
    for (size_t i = 0; i < seen->spool.count; i++) {
        const struct spool_entry *e = &seen->spool.at[i];
        if (e->state) {
            *vec_push(arena, &rc->events) = (struct report_event){
                .at = (at - start) / 1000, .kind = "queue", .from = "sut",
                .text = arena_printf(arena, "%s %s, %zu recipients", e->id, e->state,
                                     e->rcpts.count)};
        }
    }
}

void events_sort(struct report_case *rc)
{
    /* By insertion: nearly in order already, and what was seen first in one microsecond stays first. */
    for (size_t i = 1; i < rc->events.count; i++) {
        struct report_event e = rc->events.at[i];
        size_t k = i;
        while (k > 0 && rc->events.at[k - 1].at > e.at) {
            rc->events.at[k] = rc->events.at[k - 1];
            k--;
        }
        rc->events.at[k] = e;
    }
}
