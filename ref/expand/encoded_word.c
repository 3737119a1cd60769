/* Not strict for its own sake: what a peer wrote badly is shown as it was written. */
#include "ref/expand/encoded_word.h"

#include <iconv.h>

/* RFC 2047 2 */
enum { WORD_LIMIT = 75 };

struct word {
    span charset, text;
    bool base64;
    size_t len; /* of the whole */
};

/* "=?charset?B?text?=" at the front of s. */
static bool word_read(span s, struct word *w)
{
    span rest, encoding;
    s = span_first(s, WORD_LIMIT);
    if (!span_starts(s, SPAN("=?"))) {
        return false;
    }
    bool whole = span_split(span_from(s, 2), '?', &w->charset, &rest) &&
                 span_split(rest, '?', &encoding, &rest);
    size_t end = whole ? span_find(rest, SPAN("?=")) : SPAN_NONE;
    if (end == SPAN_NONE || w->charset.len == 0 || encoding.len != 1) {
        return false;
    }
    w->text = span_first(rest, end);
    w->len = 2 + w->charset.len + 3 + end + 2;
    w->base64 = ascii_lower(encoding.at[0]) == 'b';
    for (size_t i = 0; i < w->len; i++) {
        if (ascii_is_space(s.at[i])) {
            return false;
        }
    }
    return w->base64 || ascii_lower(encoding.at[0]) == 'q';
}

static bool q_decode(span s, unsigned char *out, size_t *len)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = s.at[i];
        if (c == '=') {
            int high = i + 2 < s.len ? ascii_hex_value(s.at[i + 1]) : -1;
            int low = i + 2 < s.len ? ascii_hex_value(s.at[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return false;
            }
            c = (unsigned char)(high * 16 + low);
            i += 2;
        } else if (c == '_') {
            c = ' ';
        }
        out[(*len)++] = c;
    }
    return true;
}

static int base64_value(unsigned char c)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(alphabet, c) : NULL;
    return at ? (int)(at - alphabet) : -1;
}

static bool b_decode(span s, unsigned char *out, size_t *len)
{
    if (s.len % 4 != 0) {
        return false;
    }
    while (s.len > 0 && s.at[s.len - 1] == '=') {
        s.len--;
    }
    uint32_t bits = 0;
    unsigned count = 0;
    for (size_t i = 0; i < s.len; i++) {
        int value = base64_value(s.at[i]);
        if (value < 0) {
            return false;
        }
        bits = bits << 6 | (uint32_t)value;
        count += 6;
        if (count >= 8) {
            count -= 8;
            out[(*len)++] = (unsigned char)(bits >> count);
        }
    }
    return true;
}

/* False: the system does not know the charset, or the octets are not of it. */
static bool converted_put(const struct word *w, unsigned char *at, size_t len, struct buf *out)
{
    char charset[WORD_LIMIT + 1] = "";
    memcpy(charset, w->charset.at, w->charset.len);
    iconv_t convert = iconv_open("UTF-8", charset);
    if (convert == (iconv_t)-1) { /* NOLINT(performance-no-int-to-ptr) */
        return false;
    }
    char room[WORD_LIMIT * 6], *from = (char *)at, *to = room;
    size_t left = len, space = sizeof room;
    bool done = iconv(convert, &from, &left, &to, &space) != (size_t)-1;
    (void)iconv_close(convert);
    if (done) {
        buf_put(out, span_of(room, sizeof room - space));
    }
    return done;
}

/* False: the text is not what its encoding allows. */
static bool word_decode(const struct word *w, unsigned char at[WORD_LIMIT + 1], size_t *len)
{
    *len = 0;
    if (!(w->base64 ? b_decode(w->text, at, len) : q_decode(w->text, at, len))) {
        return false;
    }
    for (size_t i = 0; i < *len; i++) {
        at[i] = at[i] ? at[i] : '?';
    }
    return true;
}

static void word_put(const struct word *w, unsigned char *at, size_t len, bool to_utf8,
                     struct buf *out)
{
    if (!to_utf8 || span_eq_caseless(w->charset, SPAN("utf-8")) ||
        !converted_put(w, at, len, out)) {
        buf_put(out, span_of(at, len));
    }
}

void encoded_words_put(span text, bool to_utf8, struct buf *out)
{
    struct word w;
    unsigned char at[WORD_LIMIT + 1];
    size_t len;
    while (text.len > 0) {
        if (!word_read(text, &w) || !word_decode(&w, at, &len)) {
            buf_put_byte(out, text.at[0]);
            text = span_from(text, 1);
            continue;
        }
        word_put(&w, at, len, to_utf8, out);
        text = span_from(text, w.len);
        span next = span_skip_space(text);
        if (word_read(next, &w) && word_decode(&w, at, &len)) {
            text = next;
        }
    }
}
