/* The drawing is for reading, so a row has the height of its text and the clock stands in the margin; a
   long silence is drawn as one. Nothing here measures pixels of time. */
#include "reports/ladder.h"

#include "reports/ladder.css.inc"
#include "reports/spell.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    MARGIN = 84,        /* of the clock */
    LANE = 340,         /* between two parties */
    ASIDE = 680,        /* for what was left behind */
    TOP = 44,
    ROW = 16,
    GAP = 24,           /* of a silence */
    CHARS_OF_LANE = 43,
    CHARS_ASIDE = 84,
    WRAPS_MOST = 3,     /* rows of one line */
    LANES_MOST = 12,
    SILENCE_US = 100000
};

struct lanes {
    const char *names[LANES_MOST];
    size_t count;
};

struct ladder {
    const struct report_case *c;
    struct lanes lanes;
    bool aside;
    unsigned flights;
    int y;
    struct buf *out;
};

/* ---- who stands where ---- */

static size_t lane_of(const struct lanes *l, const char *name)
{
    size_t at = 0;
    while (at < l->count && strcmp(l->names[at], name) != 0) {
        at++;
    }
    return at;
}

static void add_lane(struct lanes *l, const char *name)
{
    if (name && lane_of(l, name) == l->count && l->count < LANES_MOST) {
        l->names[l->count++] = name;
    }
}

static bool is_kind(const struct report_event *e, const char *kind)
{
    return strcmp(e->kind, kind) == 0;
}

/* Who opens a connection stands left of the one it is opened to: clients, the target, servers. */
static void find_lanes(struct ladder *l)
{
    const struct report_case *c = l->c;
    for (size_t i = 0; i < c->events.count; i++) {
        const struct report_event *e = &c->events.at[i];
        if (is_kind(e, "open") && e->to && strcmp(e->to, "sut") == 0) {
            add_lane(&l->lanes, e->from);
        }
    }
    for (size_t i = 0; i < c->events.count; i++) {
        const struct report_event *e = &c->events.at[i];
        if (strcmp(e->from, "sut") == 0 || (e->to && strcmp(e->to, "sut") == 0)) {
            add_lane(&l->lanes, "sut");
        }
    }
    for (size_t i = 0; i < c->events.count; i++) {
        add_lane(&l->lanes, c->events.at[i].from);
        add_lane(&l->lanes, c->events.at[i].to);
        l->aside = l->aside || !c->events.at[i].to;
    }
}

static int lane_x(const struct ladder *l, const char *name)
{
    size_t at = lane_of(&l->lanes, name);
    return MARGIN + 14 + LANE * (int)(at < l->lanes.count ? at : l->lanes.count - 1);
}

static int right_x(const struct ladder *l)
{
    return MARGIN + 14 + LANE * (int)(l->lanes.count ? l->lanes.count - 1 : 0);
}

/* ---- pieces ---- */

/* A line goes on in the rows below, each of most characters; what is beyond the last is left out. */
static void put_text(struct ladder *l, int x, const char *class, span text, size_t most)
{
    for (unsigned row = 0; row < WRAPS_MOST && (row == 0 || text.len > 0); row++) {
        span character;
        l->y += row ? ROW : 0;
        buf_printf(l->out, "<text x=\"%d\" y=\"%d\" class=\"%s\">", x, l->y, class);
        for (size_t said = 0; text.len > 0 && said < most; said++) {
            (void)spell_take(&text, &character);
            spell_xml(character, l->out);
        }
        buf_put_text(l->out, text.len > 0 && row + 1 == WRAPS_MOST ? "…</text>" : "</text>");
    }
}

/* The clock of a row: milliseconds. */
static void put_clock(const struct ladder *l, int64_t us)
{
    buf_printf(l->out, "<text x=\"%d\" y=\"%d\" class=\"clock\">%" PRId64 ".%03d</text>", MARGIN - 8,
               l->y, us / 1000, (int)(us % 1000));
}

static void put_arrow(const struct ladder *l, int from, int to, const char *class)
{
    int head = to > from ? -7 : 7, y = l->y + 5;
    buf_printf(l->out, "<path class=\"%s\" d=\"M%d %dH%dM%d %dl%d-4v8z\"/>", class, from, y, to, to, y,
               head);
}

/* Which connection of several it is, at the right; how many characters are left beside that. */
static size_t put_conn(const struct ladder *l, const struct report_event *e, int left)
{
    if (e->conn > 1) {
        buf_printf(l->out, "<text x=\"%d\" y=\"%d\" class=\"conn\">#%u</text>", left + LANE - 10, l->y,
                   e->conn);
    }
    return e->conn > 1 ? CHARS_OF_LANE - 5 : CHARS_OF_LANE;
}

/* Lines between two lanes, the last one above the arrow. */
static void put_wire(struct ladder *l, const struct report_event *e)
{
    int from = lane_x(l, e->from), to = lane_x(l, e->to), left = from < to ? from : to;
    span rest = span_text(e->text), line;
    const char *class = from < to ? "right" : "left";
    bool first = true;
    size_t most = put_conn(l, e, left);
    while (span_line(&rest, &line)) {
        l->y += first ? 0 : ROW;
        put_text(l, left + 14, class, line, most);
        first = false;
    }
    put_arrow(l, from, to, class);
    if (e->flight) {
        l->flights++;
        buf_printf(l->out, "<circle cx=\"%d\" cy=\"%d\" r=\"8\" class=\"flight\"/><text x=\"%d\" "
                           "y=\"%d\" class=\"number\">%u</text>",
                   from, l->y + 5, from, l->y + 9, l->flights);
    }
    l->y += 8;
}

static void put_between(struct ladder *l, const struct report_event *e, const char *text,
                        const char *class)
{
    int from = lane_x(l, e->from), to = lane_x(l, e->to), left = from < to ? from : to;
    put_text(l, left + 14, class, span_text(text), put_conn(l, e, left));
    put_arrow(l, from, to, class);
    l->y += 6;
}

static void put_tls(struct ladder *l, const struct report_event *e)
{
    int from = lane_x(l, e->from), to = lane_x(l, e->to), left = from < to ? from : to;
    span text = span_text(e->text ? e->text : "TLS");
    text = span_starts(text, SPAN("# ")) ? span_from(text, 2) : text;
    size_t rows = (text.len + CHARS_OF_LANE - 1) / CHARS_OF_LANE; /* words of our own, in ASCII */
    rows = rows > WRAPS_MOST ? WRAPS_MOST : rows;
    buf_printf(l->out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" class=\"tls\"/>", left,
               l->y - 12, LANE, ROW * (int)rows + 1);
    put_text(l, left + 14, "tls", text, CHARS_OF_LANE);
    if (span_starts(text, SPAN("records: "))) {
        put_arrow(l, from, to, "tls");
    }
    l->y += 4;
}

static void put_aside(struct ladder *l, const struct report_event *e)
{
    int from = lane_x(l, e->from), right = right_x(l) + 14;
    buf_printf(l->out, "<path class=\"aside\" d=\"M%d %dH%d\"/><circle cx=\"%d\" cy=\"%d\" r=\"3\" "
                       "class=\"dot %s\"/>",
               from, l->y - 4, right, from, l->y - 4, e->kind);
    buf_printf(l->out, "<text x=\"%d\" y=\"%d\" class=\"kind\">%s</text>", right + 4, l->y, e->kind);
    put_text(l, right + 50, e->kind, span_text(e->text), CHARS_ASIDE);
}

static void put_event(struct ladder *l, const struct report_event *e, int64_t before)
{
    if (e->at - before >= SILENCE_US && before >= 0) {
        buf_printf(l->out, "<text x=\"%d\" y=\"%d\" class=\"silence\">%" PRId64 " ms of silence</text>",
                   MARGIN + 28, l->y + 2, (e->at - before) / 1000);
        l->y += GAP;
    }
    put_clock(l, e->at);
    if (!e->to) {
        put_aside(l, e);
    } else if (is_kind(e, "tls")) {
        put_tls(l, e);
    } else if (is_kind(e, "open")) {
        put_between(l, e, "connects", "open");
    } else if (is_kind(e, "close")) {
        put_between(l, e, e->text ? e->text : "closes", "close");
    } else {
        put_wire(l, e);
    }
    l->y += ROW + 2;
}

/* ---- the whole ---- */

/* The target by its name; of a pair the sender, and the receiver behind the actor that stands for it. */
static void put_name(const struct ladder *l, const char *name, struct buf *out)
{
    span target = span_text(l->c->target);
    size_t arrow = span_find(target, SPAN("->"));
    size_t sut = lane_of(&l->lanes, "sut"), own = lane_of(&l->lanes, name);
    spell_xml(own == sut ? span_first(target, arrow) : span_text(name), out);
    if (arrow != SPAN_NONE && own > sut) {
        buf_put_text(out, " (");
        spell_xml(span_from(target, arrow + 2), out);
        buf_put_byte(out, ')');
    }
}

/* Behind the rows: how long the lanes are is known then. Drawn first, so that they lie below. */
static void put_lanes(const struct ladder *l, int bottom, struct buf *out)
{
    for (size_t i = 0; i < l->lanes.count; i++) {
        int x = lane_x(l, l->lanes.names[i]);
        buf_printf(out, "<path class=\"lane\" d=\"M%d %dV%d\"/><text x=\"%d\" y=\"16\" class=\"name\">",
                   x, TOP - 22, bottom, x);
        put_name(l, l->lanes.names[i], out);
        buf_put_text(out, "</text>");
    }
    buf_printf(out, "<text x=\"%d\" y=\"16\" class=\"clock\">ms</text>", MARGIN - 8);
}

static void put_svg(const struct report_case *c, bool alone, struct buf *out)
{
    struct buf rows;
    struct ladder l = {.c = c, .y = TOP, .out = &rows};
    buf_init(&rows, out->ceiling);
    find_lanes(&l);
    for (size_t i = 0; i < c->events.count; i++) {
        put_event(&l, &c->events.at[i], i ? c->events.at[i - 1].at : -1);
    }
    int wide = right_x(&l) + (l.aside ? ASIDE + 40 : 60);
    buf_printf(out, "<svg class=\"ladder\" %swidth=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" "
                    "role=\"img\">",
               alone ? "xmlns=\"http://www.w3.org/2000/svg\" " : "", wide, l.y, wide, l.y);
    buf_put_text(out, "<title>");
    spell_xml(span_text(c->id), out);
    buf_put_text(out, ": what was said and left behind, in time</title>");
    if (alone) {
        buf_put_text(out, "<style>");
        buf_put(out, LADDER_CSS);
        buf_put_text(out, "</style>");
    }
    put_lanes(&l, l.y - 8, out);
    buf_put(out, buf_span(&rows));
    buf_put_text(out, "</svg>\n");
    buf_wipe(&rows);
}

void report_ladder_put(const struct report_case *c, struct buf *out)
{
    if (c->events.count > 0) {
        put_svg(c, false, out);
    }
}

void report_ladder_file(const struct report_case *c, struct buf *out)
{
    put_svg(c, true, out);
}
