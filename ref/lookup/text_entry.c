/* The lines of an lsearch file, taken apart. Exim's manual has the outline; what stands in no
   manual (a comment or an empty line ends an entry, blanks may stand before the colon, one colon is
   taken and a second is data) was measured. */
#include "ref/lookup/text_files.h"

/* The line at *at without its end; *at moves behind it. */
static bool line_take(span text, size_t *at, span *line)
{
    if (*at >= text.len) {
        return false;
    }
    span rest = span_from(text, *at);
    const unsigned char *end = memchr(rest.at, '\n', rest.len);
    size_t len = end ? (size_t)(end - rest.at) : rest.len;
    *line = span_first(rest, len);
    *at += len + (end != NULL);
    while (line->len > 0 && ascii_is_space(line->at[line->len - 1])) {
        line->len--;
    }
    return true;
}

static void key_split(struct text_entry *entry)
{
    span line = entry->line;
    size_t len = 0;
    if (line.at[0] != '"') {
        while (len < line.len && line.at[len] != ':' && !ascii_is_space(line.at[len])) {
            len++;
        }
        entry->key = span_first(line, len);
        entry->after = span_from(line, len);
        return;
    }
    for (len = 1; len < line.len && line.at[len] != '"'; len++) {
        if (line.at[len] == '\\' && len + 1 < line.len) {
            entry->quoted = true;
            len++;
        }
    }
    entry->key = span_part(line, 1, len - 1);
    entry->after = span_from(line, len + 1);
}

bool text_entry_next(span text, size_t *at, struct text_entry *entry)
{
    *entry = (struct text_entry){.more = SPAN_EMPTY};
    do {
        if (!line_take(text, at, &entry->line)) {
            return false;
        }
    } while (entry->line.len == 0 || entry->line.at[0] == '#' || ascii_is_space(entry->line.at[0]));
    key_split(entry);
    size_t from = *at;
    for (size_t end = *at; end < text.len && ascii_is_space(text.at[end]);) {
        span line;
        if (!line_take(text, &end, &line) || line.len == 0) {
            break;
        }
        *at = end;
    }
    entry->more = span_part(text, from, *at - from);
    return true;
}

/* \n, \t, \x41, \101 and kin; others are themselves. Gives how many octets it took. */
static size_t escape_take(span text, unsigned char *octet)
{
    static const char letters[] = "bfnrtv", values[] = "\b\f\n\r\t\v";
    const char *letter = text.at[0] ? strchr(letters, text.at[0]) : NULL;
    if (letter) {
        *octet = (unsigned char)values[letter - letters];
        return 1;
    }
    unsigned base = text.at[0] == 'x' ? 16 : 8, value = 0;
    size_t from = base == 16, len = from;
    for (; len < text.len && len < 3; len++) {
        int digit = ascii_hex_value(text.at[len]);
        if (digit < 0 || (unsigned)digit >= base) {
            break;
        }
        value = value * base + (unsigned)digit;
    }
    *octet = len > from ? (unsigned char)value : text.at[0];
    return len > from ? len : 1;
}

span text_entry_key(const struct text_entry *entry, struct arena *arena)
{
    if (!entry->quoted) {
        return entry->key;
    }
    unsigned char *at = arena_take(arena, entry->key.len);
    size_t len = 0;
    for (size_t i = 0; i < entry->key.len; len++) {
        at[len] = entry->key.at[i++];
        if (at[len] == '\\' && i < entry->key.len) {
            i += escape_take(span_from(entry->key, i), &at[len]);
        }
    }
    return span_of(at, len);
}

span text_entry_value(const struct text_entry *entry, bool full, struct arena *arena)
{
    span head = full ? text_entry_key(entry, arena) : SPAN_EMPTY;
    span value = entry->after;
    if (!full) {
        value = span_skip_space(value);
        value = span_skip_space(value.len > 0 && value.at[0] == ':' ? span_from(value, 1) : value);
        if (entry->more.len == 0) {
            return arena_copy(arena, value);
        }
    }
    unsigned char *at = arena_take(arena, head.len + value.len + entry->more.len + 1);
    memcpy(at, head.at, head.len);
    memcpy(at + head.len, value.at, value.len);
    size_t len = head.len + value.len, from = 0;
    /* Each line has a blank in front at least, which is the space that joins. */
    for (span line; line_take(entry->more, &from, &line);) {
        line = span_skip_space(line);
        at[len++] = ' ';
        memcpy(at + len, line.at, line.len);
        len += line.len;
    }
    return span_of(at, len);
}
