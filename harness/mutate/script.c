/* Text to script and back. What a client says is counted in commands, so that the text waits for a reply to
   each; where the count depends on a reply (DATA), both ways are written as alternatives. */
#include "harness/mutate/script.h"

#include "base/rows.h"
#include "harness/mutate/parts.h"

enum { DEPTH = 16 };

/* ---- reading ---- */

struct script_reader {
    struct script *s;
    struct arena *arena;
    VEC(const char *) servers; /* names of server actors */
    bool taken[DEPTH + 1];     /* one alternative of the either at that depth */
    bool in[DEPTH + 1];        /* it is being read */
    unsigned depth;
    bool heard; /* a reply was due since the last saying */
    bool odd;   /* an actor of another protocol */
};

static const char *line_of(const struct part *p, struct arena *arena)
{
    size_t end = span_find_byte(p->text, '\n');
    return arena_text(arena, span_first(p->text, end == SPAN_NONE ? p->text.len : end));
}

/* Names that the run itself knows are no captures. */
static bool has_capture(const char *text)
{
    for (const char *at = text; (at = strstr(at, "@{")) != NULL; at++) {
        const char *end = strchr(at, '}');
        if (strncmp(at, "@{dir}", 6) != 0 && (end == NULL || end - at < 5 || strncmp(end - 3, ".ip", 3) != 0)) {
            return true;
        }
    }
    return false;
}

static void read_setting(struct script_reader *k, const struct part *p)
{
    const char *line = line_of(p, k->arena);
    vec_add(k->arena, &k->s->header, line);
    if (!part_is(p, "actor")) {
        return;
    }
    span name;
    span rest;
    (void)span_split(part_text(p), ' ', &name, &rest);
    bool server = span_starts(span_trim(rest), SPAN("server"));
    if (server) {
        vec_add(k->arena, &k->servers, arena_text(k->arena, name));
    }
    bool smtp = !span_has(rest, SPAN("proto=")) || span_has(rest, SPAN("proto=smtp"));
    k->odd = k->odd || (!server && (!smtp || span_has(rest, SPAN("sut:lmtp"))));
}

static struct script_block *open_block(struct script_reader *k, const struct part *p)
{
    struct script_block *b = vec_push(k->arena, &k->s->blocks);
    span name = p != NULL ? part_text(p) : SPAN_EMPTY;
    size_t len = 0;
    while (len < name.len && name.at[len] != ' ' && name.at[len] != ']') {
        len++;
    }
    b->client = true;
    if (p != NULL) {
        b->head = line_of(p, k->arena);
        b->client = ROWS_IN(&k->servers, span_first(name, len)) == NULL;
    } else {
        const char *first = k->s->header.count > 0 ? NULL : "";
        for (size_t i = 0; i < k->s->header.count && first == NULL; i++) {
            bool actor = strncmp(k->s->header.at[i], "actor", 5) == 0;
            first = actor ? k->s->header.at[i] : NULL;
        }
        b->client = first == NULL || strstr(first, " server at ") == NULL;
    }
    k->heard = false;
    return b;
}

/* A client's TLS: whatever comes of it. What a server of the judge's hears is anything. */
static const char *loosened(const struct part *p, bool client, struct arena *arena)
{
    const char *line = line_of(p, arena);
    if (part_is(p, "TLS:") && client) {
        return "TLS: try";
    }
    if (!client && part_is(p, "C:")) {
        return "C: *";
    }
    if (!client && (part_is(p, "C<.") || part_is(p, "C<="))) {
        return arena_printf(arena, "%.3s *", line);
    }
    return line;
}

static bool is_left_out(const struct part *p, const char *line, bool client)
{
    bool quiet = part_is(p, "do") && strncmp(line, "do queue-run", 12) != 0 && strncmp(line, "do submit", 9) != 0;
    return quiet || has_capture(line) || part_is(p, "S!") || strncmp(line, "C! silence", 10) == 0 ||
           (!client && (part_is(p, "C|") || part_is(p, "C!")));
}

static void read_saying(struct script_reader *k, const struct part *p)
{
    if (k->s->blocks.count == 0) {
        (void)open_block(k, NULL);
    }
    struct script_block *b = &k->s->blocks.at[k->s->blocks.count - 1];
    const char *line = loosened(p, b->client, k->arena);
    if (b->client && p->kind == PART_SERVER) {
        k->heard = true;
    } else if (!is_left_out(p, line, b->client)) {
        vec_add(k->arena, &b->says, ((struct saying){line, k->heard}));
        k->heard = false;
    }
}

/* True: the part is between alternatives, or in one that is not taken. */
static bool passes_over(struct script_reader *k, const struct part *p)
{
    bool wrong = span_has(p->text, SPAN("!fail"));
    if (p->kind == PART_EITHER && k->depth < DEPTH) {
        k->depth++;
        k->in[k->depth] = k->in[k->depth - 1] && !wrong;
        k->taken[k->depth] = !wrong;
    } else if (p->kind == PART_OR && k->depth > 0) {
        k->in[k->depth] = k->in[k->depth - 1] && !wrong && !k->taken[k->depth];
        k->taken[k->depth] = k->taken[k->depth] || !wrong;
    } else if (p->kind == PART_END && k->depth > 0) {
        k->depth--;
    } else {
        return !k->in[k->depth];
    }
    return true;
}

bool script_read(span flat, struct arena *arena, struct script *s)
{
    struct script_reader k = {.s = s, .arena = arena, .in = {true}};
    parts all = {0};
    bool client = false;
    *s = (struct script){0};
    parts_cut(flat, arena, &all);
    for (size_t i = 0; i < all.count; i++) {
        const struct part *p = &all.at[i];
        if (passes_over(&k, p)) {
            continue;
        }
        if (p->kind == PART_SETTING) {
            read_setting(&k, p);
        } else if (p->kind == PART_CONN) {
            (void)open_block(&k, p);
        } else if (p->kind == PART_SECTION) {
            size_t behind = parts_behind(&all, i);
            const unsigned char *end = all.at[behind - 1].text.at + all.at[behind - 1].text.len;
            span content = span_of(p->text.at + p->text.len, (size_t)(end - p->text.at) - p->text.len);
            bool spool = span_starts(part_text(p), SPAN("spool"));
            if (!spool) {
                *vec_push(arena, &s->sections) = (struct script_section){line_of(p, arena), content};
            }
        } else if (p->kind == PART_CLIENT || p->kind == PART_SERVER || p->kind == PART_DEED) {
            read_saying(&k, p);
        }
    }
    for (size_t i = 0; i < s->blocks.count; i++) {
        client = client || (s->blocks.at[i].client && s->blocks.at[i].says.count > 0);
    }
    return client && !k.odd;
}

struct script script_copy(const struct script *s, struct arena *arena)
{
    struct script copy = *s;
    memset(&copy.blocks, 0, sizeof copy.blocks);
    memset(&copy.sections, 0, sizeof copy.sections);
    for (size_t i = 0; i < s->blocks.count; i++) {
        struct script_block b = s->blocks.at[i];
        memset(&b.says, 0, sizeof b.says);
        vec_add_all(arena, &b.says, &s->blocks.at[i].says);
        vec_add(arena, &copy.blocks, b);
    }
    vec_add_all(arena, &copy.sections, &s->sections);
    return copy;
}

/* ---- writing ---- */

struct script_writer {
    struct buf *out;
    unsigned owed;  /* replies */
    bool data;      /* the last command is DATA */
    bool chunk;     /* the last command is BDAT: its octets are no command */
    unsigned label; /* numbers of alternatives */
};

static bool begins(const char *text, const char *head)
{
    return span_starts_caseless(span_text(text), span_text(head));
}

/* Line ends in octets as they are written. */
static unsigned count_ends(const char *text)
{
    unsigned count = 0;
    for (const char *at = text; (at = strstr(at, "\\n")) != NULL; at += 2) {
        count++;
    }
    return count;
}

/* How many replies a saying is answered with, where no reply decides that. */
static unsigned answers(struct script_writer *w, const char *text)
{
    bool data = w->data;
    bool chunk = w->chunk;
    if (begins(text, "C:")) {
        w->data = begins(text, "C: DATA") && strlen(text) < 9;
        w->chunk = begins(text, "C: BDAT ");
        return 1;
    }
    if (begins(text, "C|")) {
        w->data = false;
        w->chunk = false;
        return data ? 1 : begins(text, "C| \"BDAT ") ? 1 : count_ends(text);
    }
    w->data = data && !begins(text, "C<.");
    w->chunk = false;
    return begins(text, "C<.") ? 1 : begins(text, "C<=") && !chunk ? 1 : 0;
}

static void put_owed(struct script_writer *w)
{
    for (unsigned i = 0; i < w->owed; i++) {
        buf_printf(w->out, "%s*", i == 0 ? "S: " : ", ");
    }
    buf_put_text(w->out, w->owed > 0 ? "\n" : "");
    w->owed = 0;
}

/* Mail data and what is said with it, where DATA was not refused. */
static size_t put_data(struct script_writer *w, const sayings *says, size_t at)
{
    w->owed -= w->owed > 0;
    put_owed(w);
    w->label++;
    buf_printf(w->out, "either asked%u\n  S: 354\n", w->label);
    bool ended = false;
    size_t i = at;
    for (; i < says->count && (!ended || !says->at[i].waits); i++) {
        const char *text = says->at[i].text;
        bool end = begins(text, "C<.") || begins(text, "C|") || strcmp(text, "C: .") == 0;
        buf_printf(w->out, "  %s\n", text);
        w->data = w->data && !ended;
        w->owed += ended || end ? answers(w, text) : 0;
        ended = ended || end;
    }
    if (w->owed > 0) {
        buf_put_text(w->out, "  ");
        put_owed(w);
    }
    buf_printf(w->out, "or refused%u\n  S: !354\nend\n", w->label);
    w->data = false;
    return i;
}

static void put_client(struct script_writer *w, const sayings *says)
{
    *w = (struct script_writer){.out = w->out, .owed = 1, .label = w->label};
    if (says->count > 0 && !says->at[0].waits && !begins(says->at[0].text, "TLS:") &&
        !begins(says->at[0].text, "~~")) {
        buf_put_text(w->out, "~~\n"); /* it does not wait for the greeting, which may be there already */
    }
    for (size_t i = 0; i < says->count;) {
        const char *text = says->at[i].text;
        bool tls = begins(text, "TLS:");
        if (says->at[i].waits && w->data && (begins(text, "C:") || begins(text, "C|") || begins(text, "C<."))) {
            i = put_data(w, says, i);
            continue;
        }
        if (says->at[i].waits || tls) {
            put_owed(w);
        }
        buf_printf(w->out, "%s\n", text);
        w->owed += answers(w, text);
        i++;
    }
    const char *last = says->count > 0 ? says->at[says->count - 1].text : "";
    const char *before = says->count > 1 ? says->at[says->count - 2].text : "";
    bool joined = begins(before, "C|") && !span_ends(span_text(before), SPAN("\\n\"")); /* half a line */
    put_owed(w);
    buf_put_text(w->out, begins(last, "C: QUIT") && strlen(last) < 9 && !joined ? "S! eof\n" : "");
}

void script_write(const struct script *s, struct buf *out)
{
    struct script_writer w = {.out = out};
    buf_put_text(out, "scenario whatever a client says, it is answered well or let go\n"
                      "source seen in assay fuzz\nreq  TODO\n");
    for (size_t i = 0; i < s->header.count; i++) {
        buf_printf(out, "%s\n", s->header.at[i]);
    }
    for (size_t i = 0; i < s->blocks.count; i++) {
        const struct script_block *b = &s->blocks.at[i];
        if (b->head != NULL) {
            buf_printf(out, "%s\n", b->head);
        }
        if (b->client) {
            put_client(&w, &b->says);
            continue;
        }
        for (size_t k = 0; k < b->says.count; k++) {
            buf_printf(out, "%s\n", b->says.at[k].text);
        }
    }
    for (size_t i = 0; i < s->sections.count; i++) {
        buf_printf(out, "%s\n", s->sections.at[i].head);
        buf_put(out, s->sections.at[i].content);
        buf_put_text(out, span_ends(s->sections.at[i].content, SPAN("\n")) || s->sections.at[i].content.len == 0 ? "" : "\n");
    }
}
