/* Lines of Exim's main log taken apart. The judge asks for fields (`field L = "*"`), and a search
   in the whole line would find them in a subject or a host name too. */
#include "harness/observe/formats.h"

static bool digits_like(span text, const char *shape)
{
    if (text.len < strlen(shape)) {
        return false;
    }
    for (size_t i = 0; shape[i]; i++) {
        bool fits =
            shape[i] == '0' ? ascii_is_digit(text.at[i]) : text.at[i] == (unsigned char)shape[i];
        if (!fits) {
            return false;
        }
    }
    return true;
}

static span peek_word(const struct cursor *c)
{
    struct cursor look = *c;
    return observe_word(&look);
}

/* `YYYY-MM-DD HH:MM:SS`, then what selectors add: .mmm, ` +0000`, ` [pid]`. */
static void skip_stamp(struct cursor *c)
{
    if (!digits_like(cursor_rest(c), "0000-00-00 00:00:00")) {
        return;
    }
    (void)observe_word(c);
    (void)observe_word(c);
    span word = peek_word(c);
    if (word.len == 5 && (word.at[0] == '+' || word.at[0] == '-') &&
        digits_like(span_from(word, 1), "0000")) {
        (void)observe_word(c);
        word = peek_word(c);
    }
    if (word.len > 2 && word.at[0] == '[' && word.at[word.len - 1] == ']' &&
        ascii_is_digit(word.at[1])) {
        (void)observe_word(c);
    }
}

/* A quoted value, backslash before quote and backslash; without its quotes, escapes as they are. */
static span take_quoted(struct cursor *c)
{
    size_t start = ++c->pos;
    while (c->pos < c->in.len && c->in.at[c->pos] != '"') {
        c->pos += c->in.at[c->pos] == '\\' && c->pos + 1 < c->in.len ? 2 : 1;
    }
    span value = span_part(c->in, start, c->pos - start);
    c->pos += c->pos < c->in.len;
    return value;
}

/* `verified (helo) [ip]:port` holds blanks: it ends with the word that has the bracket. */
static span take_host(struct cursor *c)
{
    size_t start = c->pos;
    for (;;) {
        size_t before = c->pos;
        span word = observe_word(c);
        if (word.len == 0) {
            c->pos = before;
            break;
        }
        if (span_find_byte(word, '[') != SPAN_NONE) {
            break;
        }
        span next = peek_word(c);
        if (next.len == 0 ||
            (next.at[0] != '(' && next.at[0] != '[' && !span_eq(next, SPAN("DS")))) {
            break;
        }
    }
    return span_trim(span_part(c->in, start, c->pos - start));
}

static bool is_key(span word)
{
    if (word.len == 0 || word.len > 5) {
        return false;
    }
    for (size_t i = 0; i < word.len; i++) {
        if (!ascii_is_alnum(word.at[i]) && !(word.at[i] == '*' && i + 1 == word.len)) {
            return false;
        }
    }
    return true;
}

/* KEY=value, or a bare word such as L* or K, whose name is its letters. */
static bool take_field(struct cursor *c, struct log_line *out, struct arena *arena)
{
    (void)cursor_skip_blanks(c);
    struct cursor look = *c;
    span word = observe_word(&look);
    size_t equals = span_find_byte(word, '=');
    if (equals != SPAN_NONE && is_key(span_first(word, equals))) {
        const char *name = arena_text(arena, span_first(word, equals));
        c->pos += equals + 1;
        if (cursor_peek(c) == '"') {
            observe_add(&out->fields, arena, name, take_quoted(c));
        } else if (strcmp(name, "H") == 0) {
            observe_add(&out->fields, arena, name, take_host(c));
        } else {
            span value = SPAN_EMPTY;
            if (cursor_peek(c) != ' ' && !cursor_at_end(c)) {
                value = observe_word(c);
            }
            observe_add(&out->fields, arena, name, value);
        }
        return true;
    }
    size_t letters = word.len;
    while (letters && strchr("*.-", word.at[letters - 1])) {
        letters--;
    }
    static const char *const bare[] = {"L", "K", "DS", "TFO", "PRDR", "ARC", "DMARC"};
    for (size_t i = 0; i < sizeof bare / sizeof *bare; i++) {
        if (span_eq(span_first(word, letters), span_text(bare[i]))) {
            observe_add(&out->fields, arena, bare[i], word);
            *c = look;
            return true;
        }
    }
    return false;
}

/* What stands behind the address: fields in any order, then free text. */
static void take_rest(struct cursor *c, struct log_line *out, struct arena *arena)
{
    while (cursor_left(c)) {
        if (take_field(c, out, arena)) {
            continue;
        }
        (void)cursor_skip_blanks(c);
        span rest = cursor_rest(c);
        if (rest.len && rest.at[0] == '<') {
            observe_add(&out->fields, arena, "original", observe_word(c));
        } else if (span_starts(rest, SPAN("from "))) {
            (void)observe_word(c);
            observe_add(&out->fields, arena, "from", observe_word(c));
        } else if (span_starts(rest, SPAN("for "))) {
            observe_add(&out->fields, arena, "for", span_from(rest, 4));
            return;
        } else if (span_starts(rest, SPAN("defer ("))) {
            span number;
            c->pos += sizeof "defer (" - 1;
            if (!cursor_take_until(c, ')', &number)) {
                return;
            }
            observe_add(&out->fields, arena, "defer", number);
            c->pos++;
        } else if (span_starts(rest, SPAN(": "))) {
            observe_add(&out->fields, arena, "text", span_from(rest, 2));
            return;
        } else {
            (void)observe_word(c);
        }
    }
}

static const struct {
    const char *flag;
    const char *address; /* name of the field behind it */
} flags[] = {
    {"<=", "sender"}, {"(=", "sender"}, {"=>", "rcpt"}, {"->", "rcpt"},
    {">>", "rcpt"},   {"*>", "rcpt"},   {"**", "rcpt"}, {"==", "rcpt"},
};

void exim_log_read(span line, struct arena *arena, struct log_line *out)
{
    *out = (struct log_line){.line = line};
    struct cursor c = cursor_of(line);
    skip_stamp(&c);
    span word = peek_word(&c);
    if (observe_is_exim_id(word)) {
        out->id = arena_text(arena, word);
        (void)observe_word(&c);
        word = peek_word(&c);
    }
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        if (out->id && span_eq(word, span_text(flags[i].flag))) {
            out->flag = flags[i].flag;
            (void)observe_word(&c);
            observe_add(&out->fields, arena, flags[i].address, observe_word(&c));
            take_rest(&c, out, arena);
            return;
        }
    }
    if (out->id && span_eq(word, SPAN("Completed"))) {
        out->flag = "Completed";
        (void)observe_word(&c);
        take_rest(&c, out, arena);
    } else if (span_starts(word, SPAN("H="))) {
        while (take_field(&c, out, arena)) {
        }
        (void)cursor_skip_blanks(&c);
        observe_add(&out->fields, arena, "text", cursor_rest(&c));
    }
}
