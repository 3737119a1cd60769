/* The wire as a scenario that runs again: evidence that a person reads like the RFCs' examples, and
   plays once more with one command. What has the form of commands, replies and mail data becomes
   C:, S: and C<. lines; what has not becomes C| and S| lines, to the octet. */
#include "harness/transcript/transcript.h"

#include "base/hex.h"

#include <string.h>

struct writing {
    const struct transcript *t;
    const struct scenario *s;
    struct buf *out;
    struct buf sections; /* messages, written behind the play */
    unsigned messages;
    bool lines;          /* the present actor speaks SMTP */
    bool data_asked;     /* the last command was DATA */
    bool data_open;      /* 354 came: mail data follows */
    uint64_t chunk;      /* octets that the last BDAT announced */
};

enum { SECTIONS_CEILING = 256 * 1024 * 1024 };

/* ---- what may stand as text ---- */

static bool is_plain(span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] < ' ' || text.at[i] > '~') {
            return false;
        }
    }
    return !span_has(text, SPAN("@{"));
}

static bool is_edged(span text)
{
    return text.len > 0 && (text.at[0] == ' ' || text.at[text.len - 1] == ' ');
}

/* "a, 250": the reader would ask whether another reply was meant. */
static bool is_list(span text)
{
    for (size_t i = 0; i + 2 < text.len; i++) {
        if (text.at[i] == ',' && text.at[i + 1] == ' ' && text.at[i + 2] >= '1' && text.at[i + 2] <= '5') {
            return true;
        }
    }
    return false;
}

/* Behind a code: text that the reader takes for text, and for nothing else. */
static bool is_free(span text)
{
    if (text.len == 0 || !is_plain(text) || is_edged(text) || is_list(text) ||
        strchr("\"{}~,|!", text.at[0]) != NULL) {
        return false;
    }
    /* An enhanced status may stand first, and what is behind it is looked at again. */
    span word;
    span rest;
    bool more = span_split(text, ' ', &word, &rest);
    bool status = ascii_is_digit(text.at[0]);
    return !status || (span_find_byte(word, ',') == SPAN_NONE && (!more || is_free(rest)));
}

/* ---- bytes ---- */

static void put_bytes(struct writing *w, enum side side, span bytes)
{
    enum { COLUMNS = 72 };
    while (bytes.len > 0) {
        size_t lf = span_find_byte(bytes, '\n');
        size_t len = lf == SPAN_NONE ? bytes.len : lf + 1;
        len = len > COLUMNS ? COLUMNS : len;
        struct buf text;
        buf_init(&text, 8 * COLUMNS);
        hex_escape(span_first(bytes, len), &text);
        buf_printf(w->out, "%c| \"", side == SIDE_C ? 'C' : 'S');
        /* `@{` would open a name */
        for (size_t i = 0; i < text.len; i++) {
            buf_put_text(w->out, text.at[i] == '@' ? "\\x40" : "");
            if (text.at[i] != '@') {
                buf_put_byte(w->out, text.at[i]);
            }
        }
        buf_put_text(w->out, "\"\n");
        buf_wipe(&text);
        bytes = span_from(bytes, len);
    }
}

/* ---- messages ---- */

static bool is_section_text(span octets)
{
    span rest = octets;
    while (rest.len > 0) {
        size_t end = span_find(rest, SPAN("\r\n"));
        span line = span_first(rest, end == SPAN_NONE ? 0 : end);
        if (end == SPAN_NONE || !is_plain(line) || span_starts(line, SPAN("===")) ||
            span_starts(line, SPAN("@*"))) {
            return false;
        }
        rest = span_from(rest, end + 2);
    }
    return octets.len > 0;
}

/* Adds a section and returns its number. */
static unsigned add_message(struct writing *w, span octets)
{
    struct buf *to = &w->sections;
    w->messages++;
    if (is_section_text(octets)) {
        buf_printf(to, "=== message m%u\n", w->messages);
        span line;
        while (span_line(&octets, &line)) {
            buf_put(to, line);
            buf_put_byte(to, '\n');
        }
        return w->messages;
    }
    buf_printf(to, "=== message m%u raw=yes\n", w->messages);
    struct writing raw = *w;
    struct buf lines;
    buf_init(&lines, SECTIONS_CEILING);
    raw.out = &lines;
    put_bytes(&raw, SIDE_C, octets);
    span rest = buf_span(&lines);
    span line;
    while (span_line(&rest, &line)) {
        buf_put(to, span_from(line, 3)); /* without its C| */
        buf_put_byte(to, '\n');
    }
    buf_wipe(&lines);
    return w->messages;
}

/* RFC 5321 4.5.2 backwards. False: a line begins with a dot that was not doubled. */
static bool unstuff(span data, struct buf *out)
{
    bool head = true;
    for (size_t i = 0; i < data.len; i++) {
        if (head && data.at[i] == '.') {
            i++;
            if (i >= data.len || data.at[i] != '.') {
                return false;
            }
        }
        buf_put_byte(out, data.at[i]);
        head = data.at[i] == '\n' && i > 0 && data.at[i - 1] == '\r';
    }
    return true;
}

/* Mail data up to its dot, as a section. Octets that it took, 0 if there is no end. */
static size_t put_data(struct writing *w, span run)
{
    if (span_starts(run, SPAN(".\r\n"))) {
        buf_put_text(w->out, "C: .\n");
        return 3;
    }
    size_t end = span_find(run, SPAN("\r\n.\r\n"));
    if (end == SPAN_NONE) {
        return 0;
    }
    struct buf octets;
    buf_init(&octets, SECTIONS_CEILING);
    if (unstuff(span_first(run, end + 2), &octets)) {
        buf_printf(w->out, "C<. m%u\n", add_message(w, buf_span(&octets)));
    } else {
        put_bytes(w, SIDE_C, span_first(run, end + 5));
    }
    buf_wipe(&octets);
    return end + 5;
}

/* ---- the client's words ---- */

static void note_command(struct writing *w, span line)
{
    span verb;
    span rest;
    span number;
    (void)span_split(line, ' ', &verb, &rest);
    (void)span_split(span_trim(rest), ' ', &number, &rest);
    w->data_asked = span_eq_caseless(verb, SPAN("DATA"));
    if (!span_eq_caseless(verb, SPAN("BDAT")) || !span_to_u64(number, &w->chunk)) {
        w->chunk = 0;
    }
}

static size_t put_command(struct writing *w, span run)
{
    size_t end = span_find(run, SPAN("\r\n"));
    if (end == SPAN_NONE) {
        return 0;
    }
    span line = span_first(run, end);
    note_command(w, line);
    /* What a backslash stands for depends on what follows it. */
    if (!is_plain(line) || is_edged(line) || span_find_byte(line, '\\') != SPAN_NONE) {
        put_bytes(w, SIDE_C, span_first(run, end + 2));
        return end + 2;
    }
    buf_put_text(w->out, line.len > 0 ? "C: " : "C:");
    for (size_t i = 0; i < line.len; i++) {
        buf_put_text(w->out, strchr("*|", line.at[i]) != NULL ? "\\" : "");
        buf_put_byte(w->out, line.at[i]);
    }
    buf_put_byte(w->out, '\n');
    return end + 2;
}

static void put_client(struct writing *w, span run)
{
    while (run.len > 0) {
        size_t took = 0;
        if (w->lines && w->chunk > 0) {
            took = run.len >= w->chunk ? (size_t)w->chunk : 0;
            if (took > 0) {
                buf_printf(w->out, "C<= m%u\n", add_message(w, span_first(run, took)));
            }
            w->chunk = 0;
        } else if (w->lines && w->data_open) {
            took = put_data(w, run);
            w->data_open = false;
        } else if (w->lines) {
            took = put_command(w, run);
        }
        if (took == 0) {
            put_bytes(w, SIDE_C, run);
            took = run.len;
        }
        run = span_from(run, took);
    }
}

/* ---- the server's words ---- */

/* Octets of the reply at the head of run, all lines; 0 if it has not the form. free: each line can
   stand as text. */
static size_t reply_length(span run, bool *free)
{
    size_t len = 0;
    *free = true;
    for (;;) {
        span rest = span_from(run, len);
        size_t end = span_find(rest, SPAN("\r\n"));
        uint64_t code;
        if (end == SPAN_NONE || end < 4 || !span_to_u64(span_first(rest, 3), &code) || code < 200 ||
            code > 559 || (rest.at[3] != ' ' && rest.at[3] != '-') ||
            !span_eq(span_first(rest, 3), span_first(run, 3))) {
            return 0;
        }
        *free = *free && is_free(span_part(rest, 4, end - 4));
        len += end + 2;
        if (rest.at[3] == ' ') {
            return len;
        }
    }
}

static void put_server(struct writing *w, span run)
{
    while (run.len > 0) {
        bool free = false;
        size_t took = w->lines ? reply_length(run, &free) : 0;
        /* Replies to what stood before DATA in its group come first. */
        if (took > 0 && w->data_asked && run.at[0] == '3') {
            w->data_open = true;
            w->data_asked = false;
        }
        span reply = span_first(run, took);
        span line;
        while (free && took > 0 && span_line(&reply, &line)) {
            buf_printf(w->out, "S: %.*s\n", SPAN_FMT(line));
        }
        if (took == 0 || !free) {
            took = took == 0 ? run.len : took;
            put_bytes(w, SIDE_S, span_first(run, took));
        }
        run = span_from(run, took);
    }
}

/* ---- a connection ---- */

static void end_run(struct writing *w, enum side side, struct buf *run)
{
    if (side == SIDE_C) {
        put_client(w, buf_span(run));
    } else {
        put_server(w, buf_span(run));
    }
    buf_clear(run);
}

static const char *event_word(enum event_kind kind)
{
    static const char *const words[EVENT_KIND_COUNT] = {
        [SAW_EOF] = "eof", [SAW_RST] = "rst", [SAW_SHUT] = "shut"};
    return words[kind];
}

static void put_connection(struct writing *w, size_t actor, unsigned number)
{
    struct buf run;
    enum side side = SIDE_S;
    buf_init(&run, SECTIONS_CEILING);
    w->data_asked = w->data_open = false;
    w->chunk = 0;
    for (size_t i = 0; i < w->t->events.count; i++) {
        const struct event *e = &w->t->events.at[i];
        if (e->actor != actor || e->number != number) {
            continue;
        }
        if (e->kind == SAW_BYTES) {
            if (e->side != side) {
                end_run(w, side, &run);
            }
            side = e->side;
            buf_put(&run, e->bytes);
        } else if (e->kind == SAW_CROSS) {
            end_run(w, side, &run);
            buf_put_text(w->out, "~~\n");
        } else if (e->kind == SAW_TLS) {
            end_run(w, side, &run);
            buf_printf(w->out, "%s\n", e->text);
        } else if (event_word(e->kind) != NULL && !(e->ours && e->kind == SAW_EOF)) {
            end_run(w, side, &run); /* that we close in the end needs no line */
            buf_printf(w->out, "%c! %s\n", e->side == SIDE_C ? 'C' : 'S', event_word(e->kind));
        }
    }
    end_run(w, side, &run);
    buf_wipe(&run);
}

/* ---- the file ---- */

static void put_actor(struct writing *w, const struct actor *a)
{
    if (a->role == ACTOR_CLIENT) {
        buf_printf(w->out, "actor %s client -> sut:%s", a->name, a->port);
    } else {
        buf_printf(w->out, "actor %s server at %s", a->name, a->endpoint);
    }
    for (size_t i = 0; i < a->options.count; i++) {
        buf_printf(w->out, " %s=%s", a->options.at[i].name, a->options.at[i].value);
    }
    buf_put_byte(w->out, '\n');
}

static void put_header(struct writing *w)
{
    buf_printf(w->out, "scenario the wire of %s, as it was seen\n", w->s->id);
    buf_put_text(w->out, "source seen in a run of assay\nreq TODO\n");
    for (size_t i = 0; i < w->s->needs.count; i++) {
        buf_printf(w->out, "need %s\n", w->s->needs.at[i]);
    }
    for (size_t i = 0; i < w->s->sets.count; i++) {
        buf_printf(w->out, "set %s = %s\n", w->s->sets.at[i].key, w->s->sets.at[i].value);
    }
    for (size_t i = 0; i < w->s->actors.count; i++) {
        put_actor(w, &w->s->actors.at[i]);
    }
}

static void put_sections(struct writing *w)
{
    static const char *const heads[SECTION_KIND_COUNT] = {[SECTION_DNS] = "dns",
                                                          [SECTION_CONFIG] = "config exim"};
    for (size_t i = 0; i < w->s->sections.count; i++) {
        const struct section *s = &w->s->sections.at[i];
        if (heads[s->kind] != NULL) {
            buf_printf(w->out, "=== %s\n%.*s", heads[s->kind], SPAN_FMT(s->content));
            buf_put_text(w->out, span_ends(s->content, SPAN("\n")) ? "" : "\n");
        }
    }
    buf_put(w->out, buf_span(&w->sections));
}

void transcript_write(const struct transcript *t, const struct scenario *s, struct buf *out)
{
    struct writing w = {.t = t, .s = s, .out = out};
    buf_init(&w.sections, SECTIONS_CEILING);
    put_header(&w);
    for (size_t i = 0; i < t->events.count; i++) {
        const struct event *e = &t->events.at[i];
        if (e->kind != SAW_CONNECT) {
            continue;
        }
        const struct actor *a = &s->actors.at[e->actor];
        const char *proto = option_value(&a->options, "proto");
        w.lines = proto == NULL || strcmp(proto, "smtp") == 0 || strcmp(proto, "lmtp") == 0;
        buf_printf(out, "[%s %u]\n", a->name, e->number);
        put_connection(&w, e->actor, e->number);
    }
    put_sections(&w);
    buf_wipe(&w.sections);
}
