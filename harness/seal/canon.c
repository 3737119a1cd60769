/* Fields, body, and their canonical forms. The judge has whole messages at hand, so that these are
   plain passes over octets: nothing here streams, and nothing is kept between calls. */
#include "harness/seal/canon.h"

/* The line at `at` with its end; *bare is the line without it. */
static span line_at(span octets, size_t at, span *bare)
{
    size_t lf = span_find_byte(span_from(octets, at), '\n');
    span line = lf == SPAN_NONE ? span_from(octets, at) : span_part(octets, at, lf + 1);
    *bare = span_first(line, lf == SPAN_NONE ? line.len : lf);
    if (lf != SPAN_NONE && span_ends(*bare, SPAN("\r"))) {
        bare->len--;
    }
    return line;
}

static void add_field(span text, struct arena *arena, struct proof_message *m)
{
    struct proof_field f = {.name = SPAN_EMPTY, .body = SPAN_EMPTY, .text = text};
    size_t colon = span_find_byte(text, ':');
    if (colon != SPAN_NONE && colon > 0 && !ascii_is_blank(text.at[0])) {
        f.name = span_first(text, colon);
        f.body = span_from(text, colon + 1);
        while (f.name.len > 0 && ascii_is_blank(f.name.at[f.name.len - 1])) {
            f.name.len--;
        }
    }
    vec_add(arena, &m->fields, f);
}

void proof_message_read(span octets, struct arena *arena, struct proof_message *m)
{
    *m = (struct proof_message){.body = SPAN_EMPTY};
    size_t at = 0;
    while (at < octets.len) {
        span bare;
        size_t start = at;
        at += line_at(octets, at, &bare).len;
        if (bare.len == 0) {
            m->body = span_from(octets, at);
            return;
        }
        size_t end = start + bare.len;
        while (at < octets.len && ascii_is_blank(octets.at[at])) {
            size_t below = at;
            at += line_at(octets, at, &bare).len;
            end = below + bare.len;
        }
        add_field(span_part(octets, start, end - start), arena, m);
    }
}

/* ---- fields ---- */

static void put_simple(span text, struct buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == '\n' && (i == 0 || text.at[i - 1] != '\r')) {
            buf_put_byte(out, '\r');
        }
        buf_put_byte(out, text.at[i]);
    }
}

/* A line end inside is taken out, runs of blanks become one, those at the end go (3.4.2). */
static void put_relaxed(span text, struct buf *out)
{
    bool blank = false;
    bool begun = false;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = text.at[i];
        if (c == '\n' || (c == '\r' && i + 1 < text.len && text.at[i + 1] == '\n')) {
            continue;
        }
        if (ascii_is_blank(c)) {
            blank = true;
            continue;
        }
        if (blank && begun) {
            buf_put_byte(out, ' ');
        }
        buf_put_byte(out, c);
        blank = false;
        begun = true;
    }
}

void proof_field_canon(enum proof_canon canon, span text, bool ended, struct buf *out)
{
    if (canon == PROOF_SIMPLE) {
        put_simple(text, out);
    } else {
        span name;
        span body;
        bool whole = span_split(text, ':', &name, &body);
        size_t start = out->len;
        put_relaxed(name, out);
        for (size_t i = start; i < out->len; i++) {
            out->at[i] = ascii_lower(out->at[i]);
        }
        if (whole) {
            buf_put_byte(out, ':');
            put_relaxed(body, out);
        }
    }
    if (ended) {
        buf_put_text(out, "\r\n");
    }
}

/* ---- the body ---- */

static void put_relaxed_line(span line, struct buf *out)
{
    bool blank = false;
    for (size_t i = 0; i < line.len; i++) {
        if (ascii_is_blank(line.at[i])) {
            blank = true;
            continue;
        }
        if (blank) {
            buf_put_byte(out, ' ');
        }
        buf_put_byte(out, line.at[i]);
        blank = false;
    }
}

void proof_body_canon(enum proof_canon canon, span body, struct buf *out)
{
    size_t empty = 0; /* lines that are left out if nothing follows */
    bool any = false;
    for (size_t at = 0; at < body.len;) {
        span bare;
        at += line_at(body, at, &bare).len;
        span rest = canon == PROOF_RELAXED ? span_trim(bare) : bare;
        if (rest.len == 0) {
            empty++;
            continue;
        }
        for (; empty > 0; empty--) {
            buf_put_text(out, "\r\n");
        }
        if (canon == PROOF_RELAXED) {
            put_relaxed_line(bare, out);
        } else {
            buf_put(out, bare);
        }
        buf_put_text(out, "\r\n");
        any = true;
    }
    if (!any && canon == PROOF_SIMPLE) {
        buf_put_text(out, "\r\n"); /* 3.4.3: an empty body is CRLF; relaxed it is nothing, 3.4.4 */
    }
}
