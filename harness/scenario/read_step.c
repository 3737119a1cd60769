/* One line of the play: what is said, as text or octets, and what is done. */
#include "harness/scenario/directives.h"

#include "base/rows.h"
#include "harness/scenario/pattern_nodes.h"

/* The text behind `C:`: all behind one blank, trailing blanks too. */
static bool line_text(struct lex *lx, span *text)
{
    if (lx->pos < lx->line.text.len && !lex_byte(lx, ' ')) {
        return lex_fail(lx, lx->pos, NULL, "one blank stands behind `C:`");
    }
    *text = span_from(lx->line.text, lx->pos);
    return true;
}

static bool refuse_raw(struct reading *r, struct lex *lx)
{
    if (strcmp(play_proto(r), "raw") == 0) {
        return lex_fail(lx, 0, "write its octets: C| \"...\"", "a raw actor has no lines");
    }
    return true;
}

static void text_line(struct reading *r, struct lex *lx, enum side side)
{
    span text;
    if (!line_text(lx, &text)) {
        return;
    }
    size_t start = lx->pos;
    struct step *s = play_add(lx, STEP_LINE, side);
    if (!refuse_raw(r, lx)) {
        return;
    }
    err e = pattern_read(text, PATTERN_LINE, r->arena, &s->text);
    if (failed(e)) {
        lex_fail(lx, start + e.at, NULL, "%s", e.what);
    }
}

void step_client_line(struct reading *r, struct lex *lx)
{
    text_line(r, lx, SIDE_C);
}

void step_server_line(struct reading *r, struct lex *lx)
{
    if (r->block_open && strcmp(play_proto(r), "dccifd") == 0) {
        text_line(r, lx, SIDE_S);
    } else if (!r->block_open || refuse_raw(r, lx)) {
        reply_line(r, lx);
    }
}

/* ---- octets ---- */

/* A quoted text as octets; names that the run gives stay in it. */
static bool unescape(struct lex *lx, span text, size_t start, struct piece *piece)
{
    struct buf out;
    buf_init(&out, READING_FILE_CEILING);
    bool good = true;
    for (size_t i = 0; good && i < text.len;) {
        unsigned char byte = text.at[i];
        size_t brace = params_brace_end(text, i);
        size_t len = byte == '\\' ? pattern_escape(span_from(text, i), &byte) : 1;
        if (brace != SPAN_NONE) {
            span name = span_part(text, i, brace - i);
            piece->has_names = true;
            good = !span_has(name, SPAN(":")) ||
                   lex_fail(lx, start + i, "capture in a reply or in an expect",
                            "octets are exact: nothing is captured in them");
            buf_put(&out, name);
            i = brace;
        } else if (len == 0) {
            good = lex_fail(lx, start + i, "\\r \\n \\t \\0 \\xHH \\\" \\\\ are known",
                            "there is no such escape");
        } else {
            buf_put_byte(&out, byte);
            i += len;
        }
    }
    piece->bytes = buf_settle(&out, lx->r->arena);
    return good;
}

bool step_pieces(struct lex *lx, struct step *step)
{
    do {
        span text;
        struct piece piece = {.times = 1};
        if (!lex_quoted(lx, &text) || !unescape(lx, text, lx->pos - 1 - text.len, &piece)) {
            return false;
        }
        if (lex_literal(lx, "*") && !lex_number(lx, "a number of repetitions", &piece.times)) {
            return false;
        }
        vec_add(lx->r->arena, &step->pieces, piece);
    } while (!lex_at_end(lx));
    return true;
}

/* Whose a line is stands first in its word. */
static enum side side_of(const struct lex *lx)
{
    return lx->statement->name[0] == 'S' ? SIDE_S : SIDE_C;
}

void step_bytes(struct reading *r, struct lex *lx)
{
    (void)r;
    (void)step_pieces(lx, play_add(lx, STEP_BYTES, side_of(lx)));
}

/* ---- messages ---- */

bool step_message(struct lex *lx, const char *name, size_t at)
{
    span octets;
    if (!scenario_message(lx->r->s, name, &octets)) {
        return lex_fail(lx, at, "=== message NAME, or the built-in `plain`",
                        "there is no message `%s`", name);
    }
    struct known *k = vec_push(lx->r->arena, &lx->r->messages_used);
    *k = (struct known){name, line_place(&lx->line, at), lx->r->depth > 0, 1};
    return true;
}

static void message_line(struct lex *lx, enum step_kind kind)
{
    struct step *s = play_add(lx, kind, SIDE_C);
    span word;
    if (!lex_word(lx, "a message", &word) || !lex_end(lx)) {
        return;
    }
    s->message = arena_text(lx->r->arena, word);
    if (!span_eq(word, SPAN("*"))) {
        (void)step_message(lx, s->message, lx->pos - word.len);
    } else if (lx->r->s->actors.at[lx->r->block.actor].role == ACTOR_CLIENT) {
        lex_fail(lx, lx->pos - 1, "name the message: plain, or a section's",
                 "what the judge says cannot be anything");
    }
}

void step_mail(struct reading *r, struct lex *lx)
{
    (void)r;
    message_line(lx, STEP_MAIL);
}

void step_octets(struct reading *r, struct lex *lx)
{
    (void)r;
    message_line(lx, STEP_OCTETS);
}

/* ---- events ---- */

struct event_word {
    const char *name;
    enum wire_event event;
};

static const struct event_word events[] = {
    {"eof", EVENT_EOF},
    {"rst", EVENT_RST},
    {"shut", EVENT_SHUT},
    {"silence", EVENT_SILENCE}, /* of the client only */
};

#define SILENCE_DEFAULT 500 /* milliseconds */

void step_event(struct reading *r, struct lex *lx)
{
    enum side side = side_of(lx);
    size_t count = sizeof events / sizeof *events - (side == SIDE_S);
    const struct event_word *row = lex_row(lx, "event", events, count, sizeof *events);
    (void)r;
    if (row == NULL) {
        return;
    }
    struct step *s = play_add(lx, STEP_EVENT, side);
    s->event = row->event;
    if (row->event == EVENT_SILENCE) {
        s->span = SILENCE_DEFAULT;
        if (!lex_at_end(lx) && !lex_span(lx, &s->span)) {
            return;
        }
    }
    (void)lex_end(lx);
}

static void marker_line(struct lex *lx, enum step_kind kind)
{
    if (lex_end(lx)) {
        (void)play_add(lx, kind, SIDE_C);
        lx->r->target = NOTES_NONE;
    }
}

void step_break(struct reading *r, struct lex *lx)
{
    (void)r;
    marker_line(lx, STEP_BREAK);
}

void step_cross(struct reading *r, struct lex *lx)
{
    (void)r;
    marker_line(lx, STEP_CROSS);
}

/* ---- TLS ---- */

struct tls_word {
    const char *name;
    enum tls_verb verb;
};

static const struct tls_word tls_words[] = {
    {"fail", TLS_FAIL},
    {"full", TLS_FULL},
    {"resume", TLS_RESUME},
    {"try", TLS_TRY},
};

static const char *const spoilt[] = {"foreign", "tampered", NULL};

struct tls_option {
    const char *name;
    const char *const *values; /* what it may be; NULL: any text */
    bool number;
};

static const struct tls_option tls_options[] = {
    {"cipher", NULL, false}, {"from", NULL, false},  {"max", tls_versions, false},
    {"min", tls_versions, false}, {"record", NULL, true}, {"save", NULL, false},
    {"sni", NULL, false},    {"stop", NULL, true},   {"ticket", spoilt, false},
};

static const char *step_option(const struct step *s, const char *name)
{
    const struct option_text *option = ROWS_IN(&s->options, span_text(name));
    return option != NULL ? option->value : NULL;
}

static bool check_option(struct lex *lx, const struct option_text *o)
{
    const struct tls_option *row = ROWS_FIND(tls_options, span_text(o->name));
    uint64_t n = 0;
    bool none = strcmp(o->name, "stop") == 0; /* of no flight at all makes sense */
    if (row->number &&
        (!span_to_u64(span_text(o->value), &n) || (n == 0 && !none) || n > 65535)) {
        return lex_fail(lx, 0, NULL, "%s=%s: a number up to 65535 is wanted", o->name, o->value);
    }
    return row->values == NULL || words_have(row->values, o->value)
               ? true
               : lex_fail(lx, 0, arena_printf(lx->r->arena, "such as %s", row->values[0]),
                          "`%s` cannot be what %s= is", o->value, o->name);
}

/* What makes no sense together. */
static bool check_handshake(struct lex *lx, const struct step *s)
{
    bool from = step_option(s, "from") != NULL;
    const char *ticket = step_option(s, "ticket");
    if (s->tls == TLS_RESUME && !from) {
        return lex_fail(lx, 0, "TLS: resume from=NAME", "which ticket is resumed is missing");
    }
    if (s->tls == TLS_RESUME && ticket != NULL) {
        return lex_fail(lx, 0, "TLS: full from=NAME ticket=...", "a spoilt ticket resumes nothing");
    }
    if (ticket != NULL && strcmp(ticket, "tampered") == 0 && !from) {
        return lex_fail(lx, 0, "TLS: full from=NAME ticket=tampered",
                        "which ticket is tampered with is missing");
    }
    if (s->tls != TLS_FAIL && s->tls != TLS_TRY && step_option(s, "stop") != NULL) {
        return lex_fail(lx, 0, "TLS: fail stop=1", "a handshake that is given up cannot succeed");
    }
    return true;
}

void step_tls(struct reading *r, struct lex *lx)
{
    const struct tls_word *row = LEX_ROW(lx, "handshake", tls_words);
    if (row == NULL) {
        return;
    }
    struct step *s = play_add(lx, STEP_TLS, SIDE_C);
    s->tls = row->verb;
    bool good = lex_options(lx, tls_options, sizeof tls_options / sizeof *tls_options,
                            sizeof *tls_options, &s->options) &&
                lex_end(lx);
    for (size_t i = 0; good && i < s->options.count; i++) {
        good = check_option(lx, &s->options.at[i]);
    }
    (void)(good && check_handshake(lx, s));
    (void)r;
}

/* ---- do ---- */

struct do_word {
    const char *name;
    enum do_verb verb;
};

static const struct do_word do_words[] = {
    {"clock", DO_CLOCK},   {"kill", DO_KILL},       {"queue-run", DO_QUEUE_RUN},
    {"reload", DO_RELOAD}, {"restart", DO_RESTART}, {"submit", DO_SUBMIT},
};

static void read_submit(struct lex *lx, struct step *s)
{
    const char *message = NULL;
    (void)lex_peek(lx);
    size_t at = lx->pos;
    if (!lex_name(lx, "a message", &message) || !step_message(lx, message, at)) {
        return;
    }
    vec_add(lx->r->arena, &s->words, message);
    do {
        const char *word = NULL;
        if (!lex_text(lx, s->words.count == 1 ? "a sender" : "a recipient", &word)) {
            return;
        }
        vec_add(lx->r->arena, &s->words, word);
    } while (s->words.count < 3 || !lex_at_end(lx));
}

void step_do(struct reading *r, struct lex *lx)
{
    const struct do_word *row = LEX_ROW(lx, "verb", do_words);
    if (row == NULL) {
        return;
    }
    struct step *s = play_add(lx, STEP_DO, SIDE_C);
    s->verb = row->verb;
    if (row->verb == DO_SUBMIT) {
        read_submit(lx, s);
    } else if (row->verb == DO_QUEUE_RUN && lex_literal(lx, "due")) {
        vec_add(r->arena, &s->words, "due");
    } else if (row->verb == DO_CLOCK) {
        (void)lex_peek(lx);
        if (!lex_byte(lx, '+')) {
            lex_fail(lx, SPAN_NONE, "do clock +3h",
                     "`+` is missing here: the clock goes forward only");
        } else {
            (void)lex_span(lx, &s->span);
        }
    }
    (void)lex_end(lx);
}
