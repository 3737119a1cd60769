/* What a step of the judge's own says: lines, replies, bytes, mail data. A server's bare code
   gets a text here, a pattern is said in its first alternative, and a capture that the text
   defines in a line that the judge has to say itself gets a value of its type. */
#include "harness/actor/stage.h"

#include "base/rows.h"
#include "harness/scenario/read.h"

#include <string.h>

struct word_text {
    const char *name;
    const char *text;
};

/* By the type of a capture. */
static const struct word_text samples[] = {
    { "word", "word" },          { "int", "1" },          { "hex", "0a" },
    { "b64", "YQ==" },           { "ip", "192.0.2.10" },  { "port", "25" },
    { "domain", "c.test" },      { "addr", "a@c.test" },  { "any", "text" },
    { "id", "1aaaaa-000001-AA" }, { "date", "Thu, 01 Jan 1970 00:00:00 +0000" },
};

static const struct word_text code_texts[] = {
    { "220", "%s ESMTP" },     { "221", "%s closing connection" }, { "250", "OK" },
    { "251", "OK, forwarded" }, { "252", "cannot tell" },          { "354", "go ahead" },
    { "421", "%s closing connection" }, { "450", "not now" },      { "451", "not now" },
    { "452", "not now" },      { "500", "not understood" },        { "501", "not understood" },
    { "502", "not known here" }, { "503", "not in this order" },   { "550", "refused" },
    { "552", "too much" },     { "553", "refused" },               { "554", "refused" },
};

/* Binds `@{name:type}` of a pattern that the judge has to say; false: it is no definition. */
static bool invent(struct stage *g, const struct pattern *p, const char *name)
{
    const char *source = pattern_source(p);
    const char *opening = arena_printf(g->arena, "@{%s:", name);
    const char *at = strstr(source, opening);
    if (at == NULL) {
        return false;
    }
    at += strlen(opening);
    span type = span_of(at, strcspn(at, "}"));
    const struct word_text *sample = ROWS_SCAN(samples, type);
    bindings_set(g->world->bindings, name, span_text(sample != NULL ? sample->text : "text"));
    return true;
}

static bool say_pattern(struct stage *g, struct conn *c, const struct pattern *p, span *text)
{
    const char *unbound = NULL;
    while (!pattern_say(p, g->world->bindings, g->arena, text, &unbound)) {
        if (unbound == NULL || !invent(g, p, unbound)) {
            c->unbound = unbound;
            return false;
        }
    }
    c->unbound = NULL;
    return true;
}

static bool fill(struct stage *g, struct conn *c, bool has_names, span text, span *filled)
{
    *filled = text;
    c->unbound = NULL;
    return !has_names || bindings_fill(g->world->bindings, text, g->arena, filled, &c->unbound);
}

bool piece_octets(struct stage *g, struct conn *c, const struct piece *piece, span *octets)
{
    return fill(g, c, piece->has_names, piece->bytes, octets);
}

bool message_octets(struct stage *g, struct conn *c, const struct step *s, span *octets)
{
    const char *name = strcmp(s->message, "*") == 0 ? "plain" : s->message;
    if (!scenario_message(g->s, name, octets)) {
        stage_end(g, PLAY_BROKEN, s->place,
                  arena_printf(g->arena, "there is no message section %s", name), NULL);
        return false;
    }
    bool has_names = false;
    for (size_t i = 0; i < g->s->sections.count; i++) {
        const struct section *section = &g->s->sections.at[i];
        if (section->kind == SECTION_MESSAGE && strcmp(section->name, name) == 0) {
            has_names = section->has_names;
        }
    }
    return fill(g, c, has_names, *octets, octets);
}

static bool replies_ready(struct stage *g, struct conn *c, const struct step *s)
{
    span text;
    for (size_t i = 0; i < s->replies.count; i++) {
        const struct reply_want *w = &s->replies.at[i];
        if ((w->text != NULL && !say_pattern(g, c, w->text, &text)) ||
            !fill(g, c, w->has_said, w->said, &text)) {
            return false;
        }
    }
    return true;
}

static bool pieces_ready(struct stage *g, struct conn *c, const struct step *s)
{
    span octets;
    for (size_t i = 0; i < s->pieces.count; i++) {
        if (!piece_octets(g, c, &s->pieces.at[i], &octets)) {
            return false;
        }
    }
    return true;
}

static bool line_ready(struct stage *g, struct conn *c, const struct step *s)
{
    span text;
    return say_pattern(g, c, s->text, &text);
}

static bool message_ready(struct stage *g, struct conn *c, const struct step *s)
{
    span octets;
    return message_octets(g, c, s, &octets);
}

typedef bool compose_kind(struct stage *g, struct conn *c, const struct step *s);

bool compose_ready(struct stage *g, struct conn *c, const struct step *s)
{
    static compose_kind *const kinds[STEP_KIND_COUNT] = {
        [STEP_LINE] = line_ready,    [STEP_REPLY] = replies_ready,  [STEP_BYTES] = pieces_ready,
        [STEP_MAIL] = message_ready, [STEP_OCTETS] = message_ready,
    };
    return kinds[s->kind] == NULL || kinds[s->kind](g, c, s);
}

/* ---- what the client said, for "to RCPT" and for what the replies mean ---- */

static void said_command(struct stage *g, struct conn *c, span line)
{
    span verb;
    span rest;
    (void)span_split(line, ' ', &verb, &rest);
    char *name = arena_text(g->arena, span_first(verb, 20));
    for (char *at = name; *at != '\0'; at++) {
        *at = *at >= 'a' && *at <= 'z' ? (char)(*at - 32) : *at;
    }
    c->reader.utf8 = c->reader.utf8 || span_has(line, SPAN("SMTPUTF8"));
    vec_add(g->arena, &c->verbs, name);
}

static void said_line(struct stage *g, struct conn *c, span line)
{
    if (c->own == SIDE_S) {
        return;
    }
    if (!c->data_phase) {
        said_command(g, c, line);
    } else if (span_eq(line, SPAN("."))) {
        c->data_phase = false;
        vec_add(g->arena, &c->verbs, "the end of the data");
    }
}

static void said_bytes(struct stage *g, struct conn *c, span bytes)
{
    size_t end;
    while ((end = span_find(bytes, SPAN("\r\n"))) != SPAN_NONE) {
        said_line(g, c, span_first(bytes, end));
        bytes = span_from(bytes, end + 2);
    }
}

/* A server's raw octets answer commands too, when they are replies. */
static void answered_bytes(struct stage *g, struct conn *c, span bytes)
{
    span line;
    while (span_line(&bytes, &line)) {
        uint64_t code = 0;
        bool last = line.len == 3 || (line.len > 3 && line.at[3] == ' ');
        if (last && span_to_u64(span_first(line, 3), &code)) {
            stage_answered(g, c, (unsigned)code);
        }
    }
}

/* ---- replies ---- */

static const char *digits_of(struct stage *g, const struct reply_want *w)
{
    struct reply_code code = {.digits = {'2', '5', '0'}};
    bool free = w->any || w->codes.count == 0;
    if (!free) {
        code = w->codes.at[0];
    }
    if (code.negated) {
        code = (struct reply_code){.digits = {code.digits[0] == '5' ? '2' : '5', '5', '0'}};
    }
    bool open = code.digits[1] == 'x' && code.digits[2] == 'x';
    if (open) { /* 2xx is 250, 3xx is 354, 4xx 450, 5xx 550 */
        code.digits[1] = '5';
        code.digits[2] = code.digits[0] == '3' ? '4' : '0';
    }
    for (size_t i = 0; i < 3; i++) {
        code.digits[i] = code.digits[i] == 'x' ? '0' : code.digits[i];
    }
    return arena_printf(g->arena, "%.3s", code.digits);
}

static span offer_text(struct stage *g, const struct conn *c, const struct reply_want *w)
{
    struct buf out;
    buf_init(&out, SIZE_MAX);
    buf_put_text(&out, stage_host(g, c, "judge.test"));
    for (size_t i = 0; i < w->offer.count; i++) {
        const struct offer_item *item = &w->offer.at[i];
        if (item->absent || item->words.count == 0) {
            continue;
        }
        buf_printf(&out, "\n%s", item->words.at[0]);
        uint64_t more = item->relation == REL_GT || item->relation == REL_NE ? 1 : 0;
        if (item->has_relation) {
            uint64_t less = item->relation == REL_LT && item->number > 0 ? 1 : 0;
            buf_printf(&out, " %llu", (unsigned long long)(item->number + more - less));
        }
        for (size_t k = 0; k < item->arguments.count; k++) {
            buf_printf(&out, " %s", item->arguments.at[k]);
        }
    }
    return buf_settle(&out, g->arena);
}

static span standard_text(struct stage *g, const struct conn *c, const char *digits)
{
    const char *host = stage_host(g, c, "judge.test");
    if (strcmp(digits, "250") == 0 && c->last_heard != NULL &&
        (line_has_verb(span_text(c->last_heard), "EHLO") ||
         line_has_verb(span_text(c->last_heard), "HELO") ||
         line_has_verb(span_text(c->last_heard), "LHLO"))) {
        return span_text(host);
    }
    const struct word_text *row = ROWS_SCAN(code_texts, span_text(digits));
    const char *text = row != NULL ? row->text : "as told";
    return span_text(text[0] == '%' ? arena_printf(g->arena, "%s%s", host, text + 2) : text);
}

static span text_of(struct stage *g, struct conn *c, const struct reply_want *w, const char *digits)
{
    span text = SPAN_EMPTY;
    if (w->has_said && w->said.len > 0 && fill(g, c, true, w->said, &text)) {
        return text;
    }
    if (w->text != NULL && say_pattern(g, c, w->text, &text) && text.len > 0) {
        return text;
    }
    return w->offer.count > 0 ? offer_text(g, c, w) : standard_text(g, c, digits);
}

static void say_reply(struct stage *g, struct conn *c, const struct reply_want *w)
{
    const char *digits = digits_of(g, w);
    span rest = text_of(g, c, w, digits);
    struct buf out;
    buf_init(&out, SIZE_MAX);
    bool more = true;
    while (more) {
        span line;
        more = span_split(rest, '\n', &line, &rest);
        buf_printf(&out, "%s%c", digits, more ? '-' : ' ');
        if (w->status != NULL && !span_starts(line, span_text(w->status))) {
            buf_printf(&out, "%s ", w->status);
        }
        buf_put(&out, line);
        buf_put_text(&out, "\r\n");
    }
    conn_send(g, c, buf_span(&out), 1, w->place);
    answered_bytes(g, c, buf_span(&out));
    buf_wipe(&out);
}

/* ---- mail data ---- */

/* RFC 5321 4.5.2: a dot at the head of a line, and a line ends with CRLF, gets another one. */
static void stuff(span octets, struct buf *out)
{
    bool head = true;
    for (size_t i = 0; i < octets.len; i++) {
        if (head && octets.at[i] == '.') {
            buf_put_byte(out, '.');
        }
        buf_put_byte(out, octets.at[i]);
        head = octets.at[i] == '\n' && i > 0 && octets.at[i - 1] == '\r';
    }
    buf_put_text(out, octets.len == 0 || span_ends(octets, SPAN("\r\n")) ? ".\r\n" : "\r\n.\r\n");
}

static bool say_message(struct stage *g, struct conn *c, const struct step *s)
{
    span octets = SPAN_EMPTY;
    if (!message_octets(g, c, s, &octets)) {
        return false;
    }
    if (s->kind == STEP_OCTETS) {
        conn_send(g, c, octets, 1, s->place);
        return true;
    }
    struct buf out;
    buf_init(&out, SIZE_MAX);
    stuff(octets, &out);
    conn_send(g, c, buf_span(&out), 1, s->place);
    buf_wipe(&out);
    c->data_phase = false;
    vec_add(g->arena, &c->verbs, "the end of the data");
    return true;
}

static bool say_line(struct stage *g, struct conn *c, const struct step *s)
{
    span text;
    if (!say_pattern(g, c, s->text, &text)) {
        return false;
    }
    struct buf line;
    text = courtesy_line(g, c, text);
    buf_init(&line, SIZE_MAX);
    buf_put(&line, text);
    buf_put_text(&line, c->proto == PROTO_DCCIFD ? "\n" : "\r\n");
    conn_send(g, c, buf_span(&line), 1, s->place);
    buf_wipe(&line);
    said_line(g, c, text);
    return true;
}

static bool say_replies(struct stage *g, struct conn *c, const struct step *s)
{
    for (size_t i = 0; i < s->replies.count; i++) {
        say_reply(g, c, &s->replies.at[i]);
    }
    return true;
}

static bool say_pieces(struct stage *g, struct conn *c, const struct step *s)
{
    struct buf all;
    buf_init(&all, 1024 * 1024); /* enough to see what was said; more is of no interest here */
    for (size_t i = 0; i < s->pieces.count; i++) {
        const struct piece *piece = &s->pieces.at[i];
        span octets;
        if (!piece_octets(g, c, piece, &octets)) {
            break; /* compose_ready has looked: nothing is missing here */
        }
        conn_send(g, c, octets, piece->times, s->place);
        for (uint64_t n = 0; n < piece->times && !buf_full(&all); n++) {
            buf_put(&all, octets);
        }
    }
    if (c->own == SIDE_C) {
        said_bytes(g, c, buf_span(&all));
    } else {
        answered_bytes(g, c, buf_span(&all));
        c->taking.greeted = true; /* whatever it was, it came first */
    }
    buf_wipe(&all);
    return true;
}

bool compose_step(struct stage *g, struct conn *c, const struct step *s)
{
    static compose_kind *const kinds[STEP_KIND_COUNT] = {
        [STEP_LINE] = say_line,    [STEP_REPLY] = say_replies,  [STEP_BYTES] = say_pieces,
        [STEP_MAIL] = say_message, [STEP_OCTETS] = say_message,
    };
    return kinds[s->kind] != NULL && kinds[s->kind](g, c, s);
}
