/* One case by itself: what stands in a file of several cases, in snippets and in files beside it is
   written into one text, so that what takes a scenario apart has only lines in front of it. */
#include "harness/scenario/directives.h"
#include "harness/scenario/read.h"

#include "base/hex.h"
#include "base/rows.h"

enum { ESCAPED_COLUMNS = 64 };

/* ---- statements ---- */

/* `either X`, `or X` and `^ name X` of a snippet that is used `as one` name one.X. */
static size_t name_at(span text)
{
    static const char *const words[] = {"either ", "or ", "^ name "};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (span_starts(text, span_text(words[i]))) {
            size_t at = strlen(words[i]);
            while (at < text.len && ascii_is_blank(text.at[at])) {
                at++;
            }
            return at;
        }
    }
    return SPAN_NONE;
}

void flat_line(struct reading *r, const struct directive *d, span text)
{
    const char *prefix = r->scope != NULL ? r->scope->prefix : "";
    size_t at = *prefix != '\0' ? name_at(text) : SPAN_NONE;
    if (strcmp(d->name, "use") == 0 || strcmp(d->name, "vary") == 0 ||
        strcmp(d->name, "reversible") == 0) {
        return;
    }
    if (at != SPAN_NONE) {
        buf_put(r->flat, span_first(text, at));
        buf_put_text(r->flat, prefix);
        text = span_from(text, at);
    }
    buf_put(r->flat, text);
    buf_put_byte(r->flat, '\n');
}

static span take_line(span *rest)
{
    size_t end = span_find_byte(*rest, '\n');
    span line = span_first(*rest, end);
    *rest = span_from(*rest, end + 1);
    return line;
}

static bool is_word(span line, const char *word)
{
    return span_eq(directives_word(line), span_text(word));
}

static bool holds(const texts *all, span name)
{
    return ROWS_IN(all, name) != NULL;
}

static span label_of(span line)
{
    return directives_word(span_trim(span_from(line, directives_word(line).len)));
}

struct flat {
    const struct scenario *s;
    struct buf *out;
};

/* Behind an `either`, past its `end`: whether one of its own labels is a choice of the judge's. */
static bool is_chosen(const struct flat *f, span either, span rest)
{
    unsigned depth = 0;
    bool found = holds(&f->s->labels, label_of(either));
    while (rest.len > 0 && !found) {
        span line = take_line(&rest);
        if (is_word(line, "either")) {
            depth++;
        } else if (is_word(line, "end") && depth-- == 0) {
            return false;
        } else if (is_word(line, "or") && depth == 0) {
            found = holds(&f->s->labels, label_of(line));
        }
    }
    return found;
}

/* 250, 4xx, !354, *: how a reply begins. */
static bool begins_reply(span text)
{
    text = span_trim(text);
    if (span_starts(text, SPAN("!"))) {
        text = span_from(text, 1);
    }
    return span_starts(text, SPAN("*")) || (text.len >= 3 && text.at[0] >= '1' && text.at[0] <= '5' &&
                                            (ascii_is_digit(text.at[1]) || text.at[1] == 'x'));
}

/* Takes what stands before the next comma that parts replies. */
static span take_reply(span *rest)
{
    unsigned braces = 0;
    bool quoted = false;
    size_t i = 0;
    for (; i < rest->len; i++) {
        unsigned char c = rest->at[i];
        quoted = c == '"' && (i == 0 || rest->at[i - 1] != '\\') ? !quoted : quoted;
        braces += !quoted && c == '{';
        braces -= !quoted && c == '}' && braces > 0;
        if (c == ',' && !quoted && braces == 0) {
            break;
        }
    }
    span reply = span_first(*rest, i);
    *rest = span_from(*rest, i + 1);
    return reply;
}

static bool is_list(span line)
{
    size_t count = 0;
    for (span rest = span_from(line, 2); is_word(line, "S:") && rest.len > 0; count++) {
        if (!begins_reply(take_reply(&rest))) {
            return false; /* text of one reply, with a comma in it */
        }
    }
    return count > 1;
}

/* `S: 220, 250 { A, B }, 354`: a line for each. */
static void put_replies(const struct flat *f, span line)
{
    for (span rest = span_from(line, 2); rest.len > 0;) {
        span reply = span_trim(take_reply(&rest));
        buf_printf(f->out, "S: %.*s\n", SPAN_FMT(reply));
    }
}

static void put_play(const struct flat *f, span lines, bool replies)
{
    bool kept[READING_DEPTH + 1] = {[0] = true};    /* the branch at each depth is written */
    bool chosen[READING_DEPTH + 1] = {[0] = false}; /* by the judge, so that no `either` is left */
    unsigned depth = 0;
    while (lines.len > 0) {
        span line = take_line(&lines);
        bool either = is_word(line, "either");
        bool or = is_word(line, "or");
        bool end = is_word(line, "end");
        if (either && depth < READING_DEPTH) {
            depth++;
            chosen[depth] = is_chosen(f, line, lines);
        }
        if (either || or) {
            bool own = !chosen[depth] || holds(&f->s->labels, label_of(line));
            kept[depth] = kept[depth - 1] && own;
        }
        bool written = (either || or || end) ? kept[depth - 1] && !chosen[depth] : kept[depth];
        if (written && replies && is_list(line)) {
            put_replies(f, line);
        } else if (written) {
            buf_put(f->out, line);
            buf_put_byte(f->out, '\n');
        }
        depth -= end && depth > 0;
    }
}

/* `expect when A|B ...`: A was chosen and needs no word; what was not chosen cannot come. */
static bool put_expect(const struct flat *f, span line)
{
    span when = span_trim(span_from(line, 6));
    if (!is_word(when, "when")) {
        buf_put(f->out, line);
        buf_put_byte(f->out, '\n');
        return true;
    }
    span words = span_trim(span_from(when, 4));
    span labels = directives_word(words);
    span behind = span_from(words, labels.len);
    struct buf left;
    bool always = false;
    buf_init(&left, 4096);
    for (span label; labels.len > 0;) {
        (void)span_split(labels, '|', &label, &labels);
        always = always || holds(&f->s->labels, label);
        for (span rest = buf_span(f->out), one; rest.len > 0;) {
            one = take_line(&rest);
            if ((is_word(one, "either") || is_word(one, "or")) && span_eq(label_of(one), label)) {
                buf_printf(&left, "%s%.*s", left.len > 0 ? "|" : "", SPAN_FMT(label));
                break;
            }
        }
    }
    bool written = always || left.len > 0;
    if (written) {
        buf_printf(f->out, "expect%s%.*s%.*s\n", always ? "" : " when ",
                   SPAN_FMT(always ? SPAN_EMPTY : buf_span(&left)), SPAN_FMT(behind));
    }
    buf_wipe(&left);
    return written;
}

/* Notes go with their expect. */
static void put_claims(const struct flat *f, span lines)
{
    bool written = false;
    while (lines.len > 0) {
        span line = take_line(&lines);
        if (is_word(line, "expect")) {
            written = put_expect(f, line);
        } else if (written) {
            buf_put(f->out, line);
            buf_put_byte(f->out, '\n');
        }
    }
}

/* ---- sections ---- */

static bool is_lines(span content, bool crlf)
{
    while (content.len > 0) {
        size_t end = span_find(content, crlf ? SPAN("\r\n") : SPAN("\n"));
        if (end == SPAN_NONE || (crlf && span_find_byte(span_first(content, end), '\n') != SPAN_NONE)) {
            return false;
        }
        content = span_from(content, end + (crlf ? 2 : 1));
    }
    return true;
}

static void put_escaped(const struct flat *f, const struct section *section)
{
    for (span rest = section->content; rest.len > 0;) {
        size_t lf = span_find_byte(rest, '\n');
        size_t len = lf == SPAN_NONE ? rest.len : lf + 1;
        struct buf text;
        len = len > ESCAPED_COLUMNS && !section->has_names ? ESCAPED_COLUMNS : len;
        buf_init(&text, READING_CONTENT_CEILING);
        hex_escape(span_first(rest, len), &text);
        buf_put_byte(f->out, '"');
        for (size_t i = 0; i < text.len; i++) {
            bool name = text.at[i] == '@' && !section->has_names;
            buf_put(f->out, name ? SPAN("\\x40") : span_of(&text.at[i], 1));
        }
        buf_put_text(f->out, "\"\n");
        buf_wipe(&text);
        rest = span_from(rest, len);
    }
}

static void put_section(const struct flat *f, const struct section *section)
{
    static const char *const words[SECTION_KIND_COUNT] = {
        [SECTION_MESSAGE] = "message ", [SECTION_DNS] = "dns",      [SECTION_CONFIG] = "config ",
        [SECTION_SPOOL] = "spool ",     [SECTION_FILE] = "file "};
    bool crlf = section->kind == SECTION_MESSAGE;
    bool plain = is_lines(section->content, crlf) &&
                 (section->has_names || !params_left(section->content));
    buf_printf(f->out, "=== %s%s%s%s\n", words[section->kind], section->name ? section->name : "",
               section->receiver ? " for=receiver" : "", plain ? "" : " raw=yes");
    if (!plain) {
        put_escaped(f, section);
        return;
    }
    for (span rest = section->content; rest.len > 0;) {
        span line = take_line(&rest);
        line.len -= crlf ? 1 : 0;
        /* what would begin a section or a repetition stands once by count */
        bool told = span_starts(line, SPAN("===")) || span_starts(line, SPAN("@*"));
        buf_put_text(f->out, told ? "@*1 " : "");
        buf_put(f->out, line);
        buf_put_byte(f->out, '\n');
    }
}

/* ---- the file ---- */

/* Where lines of the claims begin: behind the last line of the play. */
static size_t claims_at(span lines)
{
    for (span rest = lines; rest.len > 0;) {
        size_t at = lines.len - rest.len;
        if (is_word(take_line(&rest), "expect")) {
            return at;
        }
    }
    return lines.len;
}

static bool says_replies(const struct scenario *s)
{
    for (size_t i = 0; i < s->actors.count; i++) {
        if (s->actors.at[i].role == ACTOR_SERVER) {
            return false; /* words of the judge's own: a list is one write */
        }
    }
    return true;
}

void flat_case(span lines, const struct scenario *s, struct buf *out)
{
    struct flat f = {s, out};
    size_t claims = claims_at(lines);
    put_play(&f, span_first(lines, claims), says_replies(s));
    put_claims(&f, span_from(lines, claims));
    for (size_t i = 0; i < s->sections.count; i++) {
        put_section(&f, &s->sections.at[i]);
    }
}
