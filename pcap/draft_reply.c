/* Replies in a draft. From one capture nothing is demanded of their text: RFC 5321 4.2 leaves it free, and
   the note says what in it could not have been compared anyway. Where a second capture shows the same
   text again, the text is demanded, but for what differs. */
#include "pcap/draft_facts.h"
#include "pcap/drafting.h"

static span reply_line(span *text)
{
    span line = SPAN_EMPTY;
    span_line(text, &line);
    return span_from(line, 4);
}

/* The same item of the second capture, if it is as like this one as it must be. */
static const struct said *beside(const struct drafting *g, size_t item, span *octets)
{
    const struct dialogue *d = g->o->beside;
    const struct said *mine = &g->d->said[CAPTURE_SERVER].at[item];
    if (!d || item >= d->said[CAPTURE_SERVER].count) {
        return NULL;
    }
    const struct said *other = &d->said[CAPTURE_SERVER].at[item];
    *octets = said_octets(d, CAPTURE_SERVER, other);
    return other->kind == mine->kind && other->code == mine->code ? other : NULL;
}

/* ---- the offer ---- */

static bool offers(span offer, span line)
{
    (void)reply_line(&offer);
    while (offer.len) {
        if (span_eq_caseless(reply_line(&offer), line)) {
            return true;
        }
    }
    return false;
}

static void put_offer_note(struct drafting *g, const char *what, const struct buf *rest)
{
    if (rest->len) {
        drafting_note(g, arena_printf(g->arena, "%s: %.*s", what, SPAN_FMT(buf_span(rest))));
    }
}

/* { PIPELINING, SIZE >= 1 }: keywords that were used; the others are named in the note. With a second
   capture: those that both offer. */
static void put_offer(struct drafting *g, size_t item)
{
    const struct said *s = &g->d->said[CAPTURE_SERVER].at[item];
    span text = said_octets(g->d, CAPTURE_SERVER, s);
    span other = SPAN_EMPTY;
    bool both = beside(g, item, &other) != NULL;
    struct buf used, rest;
    buf_init(&used, 4096);
    buf_init(&rest, 4096);
    (void)reply_line(&text);
    while (text.len) {
        span line = reply_line(&text);
        span keyword, arguments;
        span_split(line, ' ', &keyword, &arguments);
        bool size = span_eq_caseless(keyword, SPAN("SIZE"));
        if (span_eq_caseless(keyword, SPAN("ENHANCEDSTATUSCODES"))) {
            g->statuses = true;
        }
        if (both ? !offers(other, line) : !draft_rests_on(g->d, keyword)) {
            buf_printf(&rest, "%s%.*s", rest.len ? ", " : "", SPAN_FMT(keyword));
            continue;
        }
        bool limit = size && arguments.len;
        buf_printf(&used, "%s%.*s", used.len ? ", " : "", SPAN_FMT(keyword));
        if (limit) {
            buf_printf(&used, " >= %.*s", SPAN_FMT(both ? arguments : SPAN("1")));
        }
        if (limit && !both) {
            buf_printf(&rest, "%ssize %.*s", rest.len ? ", " : "", SPAN_FMT(arguments));
        }
    }
    buf_printf(&g->out, "S: %u", s->code);
    if (used.len) {
        buf_printf(&g->out, " { %.*s }", SPAN_FMT(buf_span(&used)));
    }
    buf_put_text(&g->out, "\n");
    g->group_open = false;
    put_offer_note(g, both ? "host, and what only one capture offers" : "host, and what nothing later rests on", &rest);
    buf_wipe(&used);
    buf_wipe(&rest);
}

/* ---- texts ---- */

/* "5.1.1" behind the code, RFC 2034 4. */
static span status_of(span text)
{
    span line = reply_line(&text);
    size_t len = 0;
    unsigned dots = 0;
    while (len < line.len && (ascii_is_digit(line.at[len]) || line.at[len] == '.')) {
        dots += line.at[len] == '.';
        len++;
    }
    bool fits = dots == 2 && len >= 5 && (line.at[0] == '2' || line.at[0] == '4' || line.at[0] == '5');
    return fits ? span_first(line, len) : SPAN_EMPTY;
}

const char *drafting_id(const struct drafting *g, unsigned number)
{
    return number == 1 ? "id" : arena_printf(g->arena, "id%u", number);
}

static bool is_one_line(span text)
{
    return span_find_byte(text, '\n') + 1 == text.len && text.len > 4 && text.at[3] == ' ';
}

static bool is_id(enum draft_reason reason)
{
    return reason == DRAFT_ID || reason == DRAFT_SEEN;
}

/* A reply that took a message: what it tells as the id is looked for again. */
static bool takes_message(const struct drafting *g, const struct said *s, const struct said *to)
{
    return to && s->code == 250 && to->kind != SAID_SECRET && !said_is(g->d, to, "RCPT");
}

static void put_literal(span text, struct buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = text.at[i];
        bool plain = c >= 32 && c < 127 && c != '"' && c != '\\' && c != '*' && c != '@';
        buf_printf(out, plain ? "%c" : "\\x%02x", c);
    }
}

/* Words that would be replaced are nobody else's to say: they become masks too. */
static void put_words(struct drafting *g, span text, draft_masks *masks, struct buf *out)
{
    while (text.len) {
        size_t blank = span_find_byte(text, ' ');
        span word = span_first(text, blank == SPAN_NONE ? text.len : blank);
        bool name = !span_eq(word, drafting_redacted(g, word, false));
        if (name) {
            *vec_push(g->arena, masks) = (struct draft_mask){.reason = DRAFT_NAME};
            buf_put_text(out, "*");
        } else {
            put_literal(word, out);
        }
        text = span_from(text, word.len);
        if (text.len) {
            buf_put_text(out, " ");
            text = span_from(text, 1);
        }
    }
}

/* S: 250 ~ "OK id=@{id:id}" */
static void put_pattern(struct drafting *g, unsigned code, span text, draft_masks *masks, bool takes)
{
    struct buf pattern;
    buf_init(&pattern, DRAFT_CEILING);
    size_t at = 0;
    size_t count = masks->count; /* names are added behind them */
    bool bound = false;
    for (size_t i = 0; i < count; i++) {
        struct draft_mask m = masks->at[i];
        put_words(g, span_part(text, at, m.at - at), masks, &pattern);
        bool id = takes && !bound && is_id(m.reason);
        buf_put_text(&pattern, id ? arena_printf(g->arena, "@{%s:id}", drafting_id(g, ++g->ids)) : "*");
        bound = bound || id;
        at = m.at + m.len;
    }
    put_words(g, span_from(text, at), masks, &pattern);
    buf_printf(&g->out, "S: %u ~ \"%.*s\"\n", code, SPAN_FMT(buf_span(&pattern)));
    g->group_open = false;
    buf_wipe(&pattern);
    if (masks->count) {
        drafting_note(g, draft_reasons(masks, g->arena));
    }
}

static void put_greeting(struct drafting *g, unsigned code, draft_masks *masks)
{
    buf_printf(&g->out, "S: %u\n", code);
    drafting_note(g, masks->count ? draft_reasons(masks, g->arena) : "text");
}

/* Code and, where they were promised, the enhanced one; replies of a flight share a line. */
static void put_plain(struct drafting *g, const struct said *s, span text)
{
    span status = g->statuses ? status_of(text) : SPAN_EMPTY;
    if (g->group_open) {
        g->out.len--;
    }
    buf_printf(&g->out, "%s%u%s%.*s\n", g->group_open ? ", " : "S: ", s->code, status.len ? " " : "", SPAN_FMT(status));
    g->group_open = true;
}

/* What is asked for without a second capture. */
static void put_alone(struct drafting *g, const struct said *s, span text, draft_masks *masks, bool takes)
{
    bool id = false;
    for (size_t i = 0; i < masks->count; i++) {
        id = id || is_id(masks->at[i].reason);
    }
    if (takes && (id || draft_shows_id(text))) {
        buf_printf(&g->out, "S: %u ~ \"@{%s:id}\"\n", s->code, drafting_id(g, ++g->ids));
        drafting_note(g, id ? draft_reasons(masks, g->arena) : "id, by its shape");
        return;
    }
    g->group_open = g->group_open && !masks->count;
    put_plain(g, s, text);
    if (masks->count) {
        drafting_note(g, draft_reasons(masks, g->arena));
    }
}

void drafting_reply(struct drafting *g, size_t item)
{
    const struct said *s = &g->d->said[CAPTURE_SERVER].at[item];
    span text = said_octets(g->d, CAPTURE_SERVER, s);
    const struct said *to = s->partner == SAID_NONE ? NULL : &g->d->said[CAPTURE_CLIENT].at[s->partner];
    if (s->code == 250 && to && drafting_is_hello(g, to)) {
        put_offer(g, item);
        return;
    }
    bool greeting = item == 0 && !to;
    bool takes = takes_message(g, s, to);
    span other = SPAN_EMPTY;
    bool both = is_one_line(text) && beside(g, item, &other) && is_one_line(other);
    span line = reply_line(&text);
    other = reply_line(&other);
    struct draft_evidence e = {.greeting = greeting, .seen = g->o->seen, .other = both ? &other : NULL,
                               .software = greeting ? dialogue_software(g->d, g->arena) : NULL};
    draft_masks masks = {0};
    draft_masks_find(line, &e, g->arena, &masks);
    text = said_octets(g->d, CAPTURE_SERVER, s);
    if (both) {
        put_pattern(g, s->code, line, &masks, takes);
    } else if (greeting) {
        put_greeting(g, s->code, &masks);
    } else {
        put_alone(g, s, text, &masks, takes);
    }
}
