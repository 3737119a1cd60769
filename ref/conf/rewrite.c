/* Rewriting rules: "pattern replacement flags", where the replacement may stand in quotes. */
#include "ref/conf/rewrite.h"

#include "base/cursor.h"

static const struct flag_row {
    char letter;
    unsigned flags;
} flag_rows[] = {
    {'E', REWRITE_ENVELOPE}, {'F', REWRITE_ENVELOPE_FROM}, {'Q', REWRITE_QUALIFY},
    {'R', REWRITE_REPEAT},   {'S', REWRITE_SMTP},          {'T', REWRITE_ENVELOPE_TO},
    {'b', REWRITE_BCC},      {'c', REWRITE_CC},            {'f', REWRITE_FROM},
    {'h', REWRITE_HEADERS},  {'q', REWRITE_QUIT},          {'r', REWRITE_REPLY_TO},
    {'s', REWRITE_SENDER},   {'t', REWRITE_TO},            {'w', REWRITE_WHOLE},
};

static err flags_read(span text, struct conf_where where, struct arena *arena, unsigned *flags)
{
    for (size_t i = 0; i < text.len; i++) {
        const struct flag_row *row = NULL;
        for (size_t f = 0; f < sizeof flag_rows / sizeof *flag_rows; f++) {
            row = flag_rows[f].letter == (char)text.at[i] ? &flag_rows[f] : row;
        }
        if (row == NULL && !ascii_is_blank(text.at[i])) {
            return conf_error(where, arena,
                              "unknown rewrite flag character '%c' (could be missing quotes round "
                              "replacement item)", text.at[i]);
        }
        *flags |= row ? row->flags : 0;
    }
    return OK;
}

static err word_take(struct cursor *c, struct conf_where where, struct arena *arena, span *word)
{
    cursor_skip_blanks(c);
    bool quoted = cursor_take_byte(c, '"');
    span rest = cursor_rest(c);
    unsigned char *out = arena_take(arena, rest.len + 1);
    size_t len = 0, at = 0;
    while (at < rest.len && (quoted ? rest.at[at] != '"' : !ascii_is_blank(rest.at[at]))) {
        at += quoted && rest.at[at] == '\\' && at + 1 < rest.len ? 1 : 0;
        out[len++] = rest.at[at++];
    }
    if (quoted && at == rest.len) {
        return conf_error(where, arena, "missing quote at end of a part of the rewrite rule");
    }
    c->pos += at + (quoted ? 1 : 0);
    *word = span_of(out, len);
    return OK;
}

static err part_read(span text, struct conf_where where, struct arena *arena,
                     const struct template **part)
{
    err e = template_read(text, arena, part);
    return failed(e) ? conf_error(where, arena, "rewrite rule: %s", e.what) : OK;
}

err conf_rewrite_read(span line, bool headers_only, struct conf_where where, struct arena *arena,
                      struct conf_rewrites *rewrites)
{
    struct cursor c = cursor_of(line);
    struct rewrite_rule rule = {.where = where};
    span pattern, replacement;
    TRY(word_take(&c, where, arena, &pattern));
    cursor_skip_blanks(&c);
    if (cursor_at_end(&c)) {
        return conf_error(where, arena, "missing rewrite replacement string");
    }
    TRY(word_take(&c, where, arena, &replacement));
    TRY(flags_read(cursor_rest(&c), where, arena, &rule.flags));
    unsigned places = REWRITE_HEADERS | REWRITE_ENVELOPE | REWRITE_SMTP;
    if ((rule.flags & places) == 0) {
        rule.flags |= headers_only ? REWRITE_HEADERS : REWRITE_HEADERS | REWRITE_ENVELOPE;
    }
    if (headers_only && (rule.flags & (REWRITE_ENVELOPE | REWRITE_SMTP)) != 0) {
        return conf_error(where, arena,
                          "rewrite rule specifies a non-header rewrite - not allowed at transport "
                          "time -");
    }
    if ((rule.flags & REWRITE_SMTP) != 0 && !span_starts(pattern, SPAN("^")) &&
        !span_starts(pattern, SPAN("\\N^"))) {
        return conf_error(where, arena,
                          "rewrite rule has the S flag but is not a regular expression");
    }
    TRY(part_read(pattern, where, arena, &rule.pattern));
    if (!span_eq(replacement, SPAN("*"))) {
        TRY(part_read(replacement, where, arena, &rule.replacement));
    }
    vec_add(arena, &rewrites->rules, rule);
    rewrites->flags |= rule.flags;
    return OK;
}
