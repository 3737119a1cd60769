/* What stands behind `S:`: a list of replies that are wanted, or one reply with text that is said
   and never compared. Lines `250-...` and `250 ...` below each other are one reply. */
#include "harness/scenario/directives.h"

#include "base/rows.h"

static bool is_code_char(unsigned char c)
{
    return ascii_is_digit(c) || c == 'x';
}

/* ("1" / "2" / "3" / "4" / "5") 2( DIGIT / "x" ) */
static bool take_code(struct lex *lx, struct reply_code *code)
{
    span rest = span_from(lx->line.text, lx->pos);
    if (rest.len < 3 || rest.at[0] < '1' || rest.at[0] > '5' || !is_code_char(rest.at[1]) ||
        !is_code_char(rest.at[2]) || (rest.len > 3 && is_code_char(rest.at[3]))) {
        return lex_fail(lx, lx->pos, "three digits; x stands for any in the last two: 250, 4xx",
                        "a reply code is missing here");
    }
    memcpy(code->digits, rest.at, 3);
    lx->pos += 3;
    return true;
}

static bool take_codes(struct lex *lx, struct reply_want *want)
{
    do {
        struct reply_code code = {.negated = lex_byte(lx, '!')};
        if (!take_code(lx, &code)) {
            return false;
        }
        vec_add(lx->r->arena, &want->codes, code);
    } while (lex_byte(lx, '|'));
    return true;
}

/* class.subject.detail, RFC 3463 2 */
static size_t status_length(span text)
{
    size_t n = 1;
    if (text.len < 5 || !memchr("245", text.at[0], 3)) {
        return 0;
    }
    for (int part = 0; part < 2; part++) {
        if (n >= text.len || text.at[n] != '.') {
            return 0;
        }
        size_t digits = 0;
        for (n++; n < text.len && ascii_is_digit(text.at[n]); n++) {
            digits++;
        }
        if (digits < 1 || digits > 3) {
            return 0;
        }
    }
    return n;
}

static void take_status(struct lex *lx, struct reply_want *want)
{
    span word = lex_peek(lx);
    size_t len = status_length(word);
    bool ends = len == word.len || (len > 0 && word.at[len] == ',');
    if (len > 0 && ends) {
        want->status = arena_text(lx->r->arena, span_first(word, len));
        lx->pos += len;
    }
}

/* ---- { SIZE >= 1000, A|B, !STARTTLS, AUTH PLAIN } ---- */

static size_t keyword_length(span text)
{
    size_t n = 0;
    while (n < text.len &&
           (ascii_is_alnum(text.at[n]) || (n > 0 && (text.at[n] == '-' || text.at[n] == '_')))) {
        n++;
    }
    return n;
}

static bool take_keyword(struct lex *lx, const char **word)
{
    span rest = span_from(lx->line.text, lx->pos);
    size_t len = keyword_length(rest);
    if (len == 0) {
        return lex_fail(lx, lx->pos, "{ SIZE >= 1000, A|B, !STARTTLS }",
                        "a keyword is missing here");
    }
    *word = arena_text(lx->r->arena, span_first(rest, len));
    lx->pos += len;
    return true;
}

static bool take_item(struct lex *lx, struct reply_want *want)
{
    struct offer_item item = {0};
    (void)lex_peek(lx);
    item.absent = lex_byte(lx, '!');
    do {
        const char *word = NULL;
        if (!take_keyword(lx, &word)) {
            return false;
        }
        vec_add(lx->r->arena, &item.words, word);
    } while (lex_byte(lx, '|'));
    if (lx->pos < lx->line.text.len && !memchr(" \t,}", lx->line.text.at[lx->pos], 4)) {
        return lex_fail(lx, SPAN_NONE, "{ SIZE >= 1000, A|B }", "a blank is missing here");
    }
    if (lex_is_relation(lx)) {
        item.has_relation = true;
        if (!lex_relation(lx, &item.relation)) {
            return false;
        }
        (void)lex_peek(lx);
        size_t n = 0;
        span rest = span_from(lx->line.text, lx->pos);
        while (n < rest.len && ascii_is_digit(rest.at[n])) {
            n++;
        }
        if (!span_to_u64(span_first(rest, n), &item.number)) {
            return lex_fail(lx, lx->pos, NULL, "a number is missing here");
        }
        lx->pos += n;
    }
    for (span next = lex_peek(lx); keyword_length(next) > 0; next = lex_peek(lx)) {
        const char *word = NULL;
        if (!take_keyword(lx, &word)) {
            return false;
        }
        vec_add(lx->r->arena, &item.arguments, word);
    }
    vec_add(lx->r->arena, &want->offer, item);
    return true;
}

static bool take_offer(struct lex *lx, struct reply_want *want)
{
    do {
        if (!take_item(lx, want)) {
            return false;
        }
        (void)lex_peek(lx);
    } while (lex_byte(lx, ','));
    return lex_byte(lx, '}') ? true
                             : lex_fail(lx, SPAN_NONE, "items are parted by commas: { A, B }",
                                        "`}` is missing here");
}

/* ---- text ---- */

/* "250 ok, 550 no": the second was meant as a reply, but all behind a text is text. */
static bool looks_like_list(span text)
{
    for (size_t i = 0; i + 4 < text.len; i++) {
        if (text.at[i] == ',' && text.at[i + 1] == ' ' && text.at[i + 2] >= '1' &&
            text.at[i + 2] <= '5' && is_code_char(text.at[i + 3]) && is_code_char(text.at[i + 4]) &&
            (i + 5 == text.len || text.at[i + 5] == ' ' || text.at[i + 5] == ',')) {
            return true;
        }
    }
    return false;
}

static void take_said(struct lex *lx, struct reply_want *want)
{
    size_t at = lx->pos;
    span rest = span_from(lx->line.text, lx->pos);
    if (looks_like_list(rest)) {
        lex_fail(lx, at, "replies of a list carry no text: 250, 550",
                 "a text and another reply stand in one line");
        return;
    }
    want->said = arena_copy(lx->r->arena, rest);
    want->has_said = true;
    lx->pos = lx->line.text.len;
}

/* What may follow a code: a status, then an offer, a pattern, or text. True: the list may go on. */
static bool take_behind_code(struct lex *lx, struct reply_want *want, bool only)
{
    bool one_code = want->codes.count == 1 && !want->codes.at[0].negated;
    take_status(lx, want);
    span next = lex_peek(lx);
    if (next.len == 0 || lx->line.text.at[lx->pos] == ',') {
        return true;
    }
    if (lex_byte(lx, '{')) {
        return take_offer(lx, want);
    }
    if (lex_byte(lx, '~')) {
        return lex_pattern(lx, &want->text);
    }
    if (next.at[0] == '"') {
        return lex_fail(lx, SPAN_NONE, "250 ~ \"the text contains this\"", "`~` is missing here");
    }
    if (!only || !one_code) {
        return lex_fail(lx, SPAN_NONE, "a status, { KEYWORDS } or ~ \"TEXT\" may follow a code",
                        "`%.*s` does not belong here", SPAN_FMT(next));
    }
    take_said(lx, want);
    return !lx->failed;
}

static bool take_reply(struct lex *lx, struct reply_want *want, bool only)
{
    (void)lex_peek(lx);
    want->place = lex_place(lx);
    if (lex_byte(lx, '*')) {
        want->any = true;
        return true;
    }
    return take_codes(lx, want) && take_behind_code(lx, want, only);
}

/* ---- replies of several lines ---- */

/* True if the last line that the client said above is an EHLO: then words are keywords. */
static bool answers_hello(struct reading *r)
{
    const struct frame *f = &r->frames[r->frame_count - 1];
    for (size_t i = f->play.count; i-- > 0;) {
        const struct step *s = &f->play.at[i];
        span text;
        if (s->kind == STEP_LINE && s->side == SIDE_C) {
            text = span_text(pattern_source(s->text));
            return span_starts_caseless(text, SPAN("EHLO")) ||
                   span_starts_caseless(text, SPAN("LHLO"));
        }
    }
    return false;
}

static void join_line(struct reading *r, struct reply_want *want, span text)
{
    struct buf all;
    buf_init(&all, READING_FILE_CEILING);
    buf_put(&all, want->said);
    if (want->has_said) {
        buf_put_byte(&all, '\n');
        size_t len = keyword_length(text);
        if (answers_hello(r) && len > 0) {
            struct offer_item *item = vec_push(r->arena, &want->offer);
            vec_add(r->arena, &item->words, arena_text(r->arena, span_first(text, len)));
        }
    }
    buf_put(&all, text);
    want->said = arena_copy(r->arena, buf_span(&all));
    want->has_said = true;
    buf_wipe(&all);
}

/* A line `250-...`, or the `250 ...` behind it. */
static void read_joined(struct reading *r, struct lex *lx, bool first)
{
    struct reply_code code = {0};
    size_t at = lx->pos;
    if (!take_code(lx, &code)) {
        return;
    }
    bool more = lex_byte(lx, '-');
    if (!more && !lex_byte(lx, ' ') && lx->pos < lx->line.text.len) {
        lex_fail(lx, SPAN_NONE, NULL, "a blank or `-` stands behind the code");
        return;
    }
    struct step *step = play_last(r);
    if (first) {
        step = play_add(lx, STEP_REPLY, SIDE_S);
        struct reply_want *started = vec_push(r->arena, &step->replies);
        started->place = line_place(&lx->line, at);
        vec_add(r->arena, &started->codes, code);
    }
    struct reply_want *want = &step->replies.at[step->replies.count - 1];
    if (memcmp(want->codes.at[0].digits, code.digits, 3) != 0) {
        lex_fail(lx, at, "RFC 5321 4.2.1: every line of a reply has the same code",
                 "the reply above began with %.3s", want->codes.at[0].digits);
        return;
    }
    join_line(r, want, span_from(lx->line.text, lx->pos));
    r->continued = more;
}

void reply_line(struct reading *r, struct lex *lx)
{
    span next = lex_peek(lx);
    if (r->continued) {
        read_joined(r, lx, false);
        return;
    }
    if (next.len >= 4 && next.at[3] == '-' && ascii_is_digit(next.at[0])) {
        read_joined(r, lx, true);
        return;
    }
    struct step *step = play_add(lx, STEP_REPLY, SIDE_S);
    bool more = true;
    for (bool only = true; more && !lx->failed; only = false) {
        struct reply_want *want = vec_push(r->arena, &step->replies);
        if (!take_reply(lx, want, only)) {
            return;
        }
        (void)lex_peek(lx);
        more = lex_byte(lx, ',');
    }
    (void)lex_end(lx);
}
