/* Where the cuts of a flat scenario are: lines by their first word. */
#include "harness/mutate/parts.h"

#include "base/rows.h"
#include "harness/scenario/directives.h"

struct kind_word {
    const char *word;
    enum part_kind kind;
};

static const struct kind_word kind_words[] = {
    {"scenario", PART_HEADER}, {"source", PART_HEADER}, {"req", PART_HEADER},
    {"need", PART_SETTING},    {"set", PART_SETTING},   {"actor", PART_SETTING},
    {"[", PART_CONN},          {"C:", PART_CLIENT},     {"C|", PART_CLIENT},
    {"C<.", PART_CLIENT},      {"C<=", PART_CLIENT},    {"C!", PART_CLIENT},
    {"S:", PART_SERVER},       {"S|", PART_SERVER},     {"S!", PART_SERVER},
    {"either", PART_EITHER},   {"or", PART_OR},         {"end", PART_END},
    {"expect", PART_CLAIM},    {"===", PART_SECTION},
};

static enum part_kind kind_of(span word)
{
    const struct kind_word *row = ROWS_SCAN(kind_words, word);
    return row != NULL ? row->kind : PART_DEED;
}

static span without_indent(span line)
{
    while (line.len > 0 && ascii_is_blank(line.at[0])) {
        line = span_from(line, 1);
    }
    return line;
}

void parts_cut(span text, struct arena *arena, parts *all)
{
    bool content = false;
    bool notes = false; /* a note is about the part above */
    while (text.len > 0) {
        size_t end = span_find_byte(text, '\n');
        span line = span_first(text, end == SPAN_NONE ? text.len : end + 1);
        span bare = without_indent(line);
        text = span_from(text, line.len);
        bool section = span_starts(line, SPAN("=== "));
        span word = directives_word(span_trim_space(bare));
        if (!section && content) {
            *vec_push(arena, all) = (struct part){line, PART_CONTENT};
        } else if (bare.len <= 1 || bare.at[0] == '#') {
            notes = false;
        } else if (bare.at[0] == '^' && notes) {
            struct part *last = &all->at[all->count - 1];
            last->text.len = (size_t)(bare.at + bare.len - last->text.at);
        } else {
            *vec_push(arena, all) = (struct part){bare, kind_of(word)};
            content = section;
            notes = true;
        }
    }
}

void parts_join(const parts *all, const bool *out, struct buf *into)
{
    for (size_t i = 0; i < all->count; i++) {
        if (out == NULL || !out[i]) {
            buf_put(into, all->at[i].text);
        }
    }
}

size_t parts_statements(const parts *all)
{
    size_t count = 0;
    for (size_t i = 0; i < all->count; i++) {
        enum part_kind kind = all->at[i].kind;
        count += kind == PART_CLIENT || kind == PART_SERVER || kind == PART_DEED || kind == PART_CLAIM;
    }
    return count;
}

bool part_is(const struct part *p, const char *word)
{
    return span_eq(directives_word(span_trim_space(p->text)), span_text(word));
}

span part_text(const struct part *p)
{
    size_t end = span_find_byte(p->text, '\n');
    span line = span_first(p->text, end == SPAN_NONE ? p->text.len : end);
    return without_indent(span_from(line, directives_word(line).len));
}

size_t parts_behind(const parts *all, size_t first)
{
    enum part_kind kind = all->at[first].kind;
    unsigned depth = 0;
    for (size_t i = first + 1; i < all->count; i++) {
        enum part_kind next = all->at[i].kind;
        if (kind == PART_EITHER) {
            depth += next == PART_EITHER;
            if (next == PART_END && depth-- == 0) {
                return i + 1;
            }
        } else if (kind == PART_SECTION ? next != PART_CONTENT
                                        : next == PART_CONN || next == PART_CLAIM || next == PART_SECTION) {
            return i;
        }
    }
    return all->count;
}
