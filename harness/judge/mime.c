/* The judge's own reading of MIME. It forgives nothing that a report may not do: a boundary is a
   whole line, and what is not there is not guessed. */
#include "harness/judge/mime.h"

#include "base/buf.h"

static bool is_fold(span rest)
{
    return rest.len > 0 && ascii_is_blank(rest.at[0]);
}

static void add_field(struct arena *arena, struct mime_part *part, span field)
{
    while (field.len > 0 && (field.at[field.len - 1] == '\n' || field.at[field.len - 1] == '\r')) {
        field.len--;
    }
    span name;
    span value;
    if (span_split(field, ':', &name, &value)) {
        struct named_text *f = vec_push(arena, &part->headers);
        f->name = arena_text(arena, span_trim(name));
        f->value = value;
    }
}

void mime_split(span entity, struct arena *arena, struct mime_part *part)
{
    *part = (struct mime_part){0};
    span rest = entity;
    span line;
    while (rest.len > 0) {
        size_t from = entity.len - rest.len;
        (void)span_line(&rest, &line);
        if (line.len == 0) {
            break;
        }
        while (is_fold(rest)) {
            (void)span_line(&rest, &line);
        }
        add_field(arena, part, span_part(entity, from, entity.len - rest.len - from));
    }
    part->body = rest;
}

span mime_unfolded(span value, struct arena *arena)
{
    unsigned char *out = arena_take(arena, value.len + 1);
    size_t put = 0;
    for (size_t i = 0; i < value.len; i++) {
        size_t crlf = value.at[i] == '\r' && i + 1 < value.len && value.at[i + 1] == '\n' ? 2 : 0;
        crlf = value.at[i] == '\n' ? 1 : crlf;
        if (crlf > 0 && i + crlf < value.len && ascii_is_blank(value.at[i + crlf])) {
            i += crlf - 1;
        } else {
            out[put++] = value.at[i];
        }
    }
    return span_trim(span_of(out, put));
}

static bool content_type(const struct mime_part *part, struct arena *arena, span *value)
{
    for (size_t i = 0; i < part->headers.count; i++) {
        if (span_eq_caseless(span_text(part->headers.at[i].name), SPAN("Content-Type"))) {
            *value = mime_unfolded(part->headers.at[i].value, arena);
            return true;
        }
    }
    return false;
}

const char *mime_type(const struct mime_part *part, struct arena *arena)
{
    span value;
    span type;
    span rest;
    if (!content_type(part, arena, &value)) {
        return "text/plain";
    }
    (void)span_split(value, ';', &type, &rest);
    char *text = arena_text(arena, span_trim(type));
    for (char *at = text; *at != '\0'; at++) {
        *at = (char)ascii_lower((unsigned char)*at);
    }
    return text;
}

/* Takes `; name=value` off *rest: the value's quotes and escapes are gone. */
static bool next_parameter(span *rest, struct arena *arena, span *name, span *value)
{
    size_t semicolon = span_find_byte(*rest, ';');
    if (semicolon == SPAN_NONE) {
        return false;
    }
    span all = span_trim(span_from(*rest, semicolon + 1));
    size_t equals = span_find_byte(all, '=');
    if (equals == SPAN_NONE) {
        return false;
    }
    *name = span_trim(span_first(all, equals));
    all = span_trim(span_from(all, equals + 1));
    bool quoted = all.len > 0 && all.at[0] == '"';
    struct buf out;
    buf_init(&out, all.len + 1);
    size_t i = quoted ? 1 : 0;
    for (; i < all.len && all.at[i] != (quoted ? '"' : ';'); i++) {
        i += quoted && all.at[i] == '\\' && i + 1 < all.len;
        buf_put_byte(&out, all.at[i]);
    }
    *value = arena_copy(arena, quoted ? buf_span(&out) : span_trim(buf_span(&out)));
    buf_wipe(&out);
    *rest = span_from(all, i);
    return true;
}

bool mime_parameter(const struct mime_part *part, const char *name, struct arena *arena,
                    span *value)
{
    span rest;
    span found;
    if (!content_type(part, arena, &rest)) {
        return false;
    }
    while (next_parameter(&rest, arena, &found, value)) {
        if (span_eq_caseless(found, span_text(name))) {
            return true;
        }
    }
    return false;
}

/* The line is --BOUNDARY or --BOUNDARY--, blanks behind it allowed (RFC 2046 5.1.1). */
static bool is_boundary(span line, span boundary, bool *last)
{
    if (!span_starts(line, SPAN("--")) || !span_starts(span_from(line, 2), boundary)) {
        return false;
    }
    span rest = span_from(line, 2 + boundary.len);
    *last = span_starts(rest, SPAN("--"));
    return span_trim(span_from(rest, *last ? 2 : 0)).len == 0;
}

/* The line end before a boundary belongs to the boundary. */
static span without_last_end(span body)
{
    body.len -= body.len > 0 && body.at[body.len - 1] == '\n';
    body.len -= body.len > 0 && body.at[body.len - 1] == '\r';
    return body;
}

bool mime_part(const struct mime_part *whole, unsigned nth, struct arena *arena,
               struct mime_part *part)
{
    span boundary;
    if (!span_starts(span_text(mime_type(whole, arena)), SPAN("multipart/")) ||
        !mime_parameter(whole, "boundary", arena, &boundary) || boundary.len == 0) {
        *part = *whole;
        return nth == 1;
    }
    span rest = whole->body;
    span line;
    size_t start = SPAN_NONE;
    unsigned met = 0;
    bool last = false;
    while (!last) {
        size_t here = whole->body.len - rest.len;
        if (!span_line(&rest, &line)) {
            return false; /* the closing boundary is missing: no such part */
        }
        if (!is_boundary(line, boundary, &last)) {
            continue;
        }
        if (start != SPAN_NONE && ++met == nth) {
            span between = span_part(whole->body, start, here - start);
            mime_split(without_last_end(between), arena, part);
            return true;
        }
        start = whole->body.len - rest.len;
    }
    return false;
}

bool mime_group(span body, unsigned nth, struct arena *arena, struct mime_part *group)
{
    unsigned met = 0;
    while (body.len > 0) {
        span rest = body;
        span line;
        (void)span_line(&rest, &line);
        if (line.len == 0) {
            body = rest;
            continue;
        }
        mime_split(body, arena, group);
        if (++met == nth) {
            return true;
        }
        body = group->body;
    }
    return false;
}
