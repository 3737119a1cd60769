/* Bytes made visible. A failure that says "expected 250, got 250" is worth nothing, so every line
   end and every odd octet is written out, and two texts are shown where they begin to differ. */
#include "base/hex.h"

static const char digits[] = "0123456789abcdef";

static bool is_printable(unsigned char c)
{
    return c >= 0x20 && c < 0x7f;
}

static void put_hex_byte(unsigned char byte, struct buf *out)
{
    buf_put_byte(out, (unsigned char)digits[byte >> 4]);
    buf_put_byte(out, (unsigned char)digits[byte & 15]);
}

void hex_put(span bytes, struct buf *out)
{
    for (size_t i = 0; i < bytes.len; i++) {
        put_hex_byte(bytes.at[i], out);
    }
}

/* The two-octet escapes: letter behind the backslash, octet meant. */
static const struct letter {
    unsigned char letter;
    unsigned char octet;
} letters[] = {
    {'r',  '\r'},
    {'n',  '\n'},
    {'t',  '\t'},
    {'0',  '\0'},
    {'\\', '\\'},
    {'"',  '"' },
};
#define LETTER_COUNT (sizeof letters / sizeof *letters)

static void escape_byte(unsigned char byte, struct buf *out)
{
    for (size_t i = 0; i < LETTER_COUNT; i++) {
        if (letters[i].octet == byte) {
            buf_put_byte(out, '\\');
            buf_put_byte(out, letters[i].letter);
            return;
        }
    }
    if (is_printable(byte)) {
        buf_put_byte(out, byte);
        return;
    }
    buf_put_text(out, "\\x");
    put_hex_byte(byte, out);
}

void hex_escape(span bytes, struct buf *out)
{
    for (size_t i = 0; i < bytes.len; i++) {
        escape_byte(bytes.at[i], out);
    }
}

size_t hex_escaped_byte(span text, unsigned char *byte)
{
    if (text.len < 2 || text.at[0] != '\\') {
        return 0;
    }
    for (size_t i = 0; i < LETTER_COUNT; i++) {
        if (letters[i].letter == text.at[1]) {
            *byte = letters[i].octet;
            return 2;
        }
    }
    int high = text.len > 3 && text.at[1] == 'x' ? ascii_hex_value(text.at[2]) : -1;
    int low = high >= 0 ? ascii_hex_value(text.at[3]) : -1;
    if (low < 0) {
        return 0;
    }
    *byte = (unsigned char)(high * 16 + low);
    return 4;
}

size_t hex_first_difference(span a, span b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    for (size_t i = 0; i < common; i++) {
        if (a.at[i] != b.at[i]) {
            return i;
        }
    }
    return a.len == b.len ? SPAN_NONE : common;
}

/* The line number `index` of s with its line end; false when there are fewer. */
static bool line_at(span s, size_t index, span *line)
{
    for (size_t i = 0; s.len; i++) {
        size_t lf = span_find_byte(s, '\n');
        size_t len = lf == SPAN_NONE ? s.len : lf + 1;
        if (i == index) {
            *line = span_first(s, len);
            return true;
        }
        s = span_from(s, len);
    }
    return false;
}

/* One column: the escaped line cut to `width` from `start` on; "~" stands for no line at all. */
static void put_column(bool there, span line, size_t start, size_t width, bool pad,
                       struct buf *out)
{
    struct buf text;
    buf_init(&text, SIZE_MAX);
    if (there) {
        hex_escape(line, &text);
    } else {
        buf_put_byte(&text, '~');
    }
    span all = buf_span(&text);
    span shown = span_part(all, start, width);
    bool cut_left = start > 0 && shown.len > 3;
    bool cut_right = start + shown.len < all.len && shown.len > 3;
    if (cut_left) {
        buf_put_text(out, "...");
        shown = span_from(shown, 3);
    }
    if (cut_right) {
        shown = span_first(shown, shown.len - 3);
    }
    buf_put(out, shown);
    if (cut_right) {
        buf_put_text(out, "...");
    }
    size_t used = shown.len + (cut_left ? 3 : 0) + (cut_right ? 3 : 0);
    for (; pad && used < width; used++) {
        buf_put_byte(out, ' ');
    }
    buf_wipe(&text);
}

static size_t escaped_len(span bytes)
{
    struct buf text;
    buf_init(&text, SIZE_MAX);
    hex_escape(bytes, &text);
    size_t len = text.len;
    buf_wipe(&text);
    return len;
}

/* Where the differing octet would fall outside the column, the column is moved to show it. */
static size_t window_start(span before_difference, size_t width)
{
    size_t at = escaped_len(before_difference);
    return at + width / 4 < width ? 0 : at - width / 2;
}

void hex_side_by_side(const char *title_a, span a, const char *title_b, span b,
                      size_t width, size_t context, struct buf *out)
{
    size_t difference = hex_first_difference(a, b);
    if (difference == SPAN_NONE) {
        return;
    }
    span same = span_first(a, difference);
    size_t marked = 0;
    for (size_t i = 0; i < same.len; i++) {
        marked += same.at[i] == '\n';
    }
    size_t last_lf = span_find_last_byte(same, '\n');
    span before = last_lf == SPAN_NONE ? same : span_from(same, last_lf + 1);
    buf_printf(out, "first difference at octet %zu: line %zu, octet %zu of it\n",
               difference + 1, marked + 1, before.len + 1);
    buf_put_text(out, "       ");
    put_column(true, span_text(title_a), 0, width, true, out);
    buf_put_text(out, " | ");
    put_column(true, span_text(title_b), 0, width, false, out);
    buf_put_byte(out, '\n');
    size_t first = marked > context ? marked - context : 0;
    for (size_t i = first; i <= marked || i - marked <= context; i++) {
        span line_a = SPAN_EMPTY;
        span line_b = SPAN_EMPTY;
        bool in_a = line_at(a, i, &line_a);
        bool in_b = line_at(b, i, &line_b);
        if (!in_a && !in_b) {
            break;
        }
        size_t start = i == marked ? window_start(before, width) : 0;
        buf_printf(out, "%s%4zu ", i == marked ? "> " : "  ", i + 1);
        put_column(in_a, line_a, in_a ? start : 0, width, true, out);
        buf_put_text(out, " | ");
        put_column(in_b, line_b, in_b ? start : 0, width, false, out);
        buf_put_byte(out, '\n');
    }
}
