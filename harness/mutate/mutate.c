/* TABLE of changes, one function each. A change works on a saying of a client where octets matter, on any
   saying where order does. */
#include "harness/mutate/mutate.h"

#include "base/hex.h"
#include "base/rows.h"

enum { LINE_CEILING = 65536 };

struct changing {
    struct script *s;
    const struct script *other;
    struct rng *rng;
    struct arena *arena;
    struct script_block *block; /* chosen; says.count > 0 */
    size_t at;                  /* a saying of it */
};

static size_t dice(struct changing *c, size_t bound)
{
    return bound == 0 ? 0 : (size_t)rng_below(c->rng, bound);
}

static struct saying *chosen(struct changing *c)
{
    return &c->block->says.at[c->at];
}

static bool begins(const char *text, const char *head)
{
    return strncmp(text, head, strlen(head)) == 0;
}

static void insert(struct changing *c, size_t at, struct saying what)
{
    sayings *says = &c->block->says;
    (void)vec_push(c->arena, says);
    memmove(&says->at[at + 1], &says->at[at], (says->count - 1 - at) * sizeof *says->at);
    says->at[at] = what;
}

static struct saying take_out(struct changing *c, size_t at)
{
    sayings *says = &c->block->says;
    struct saying what = says->at[at];
    memmove(&says->at[at], &says->at[at + 1], (says->count - 1 - at) * sizeof *says->at);
    says->count--;
    return what;
}

/* What a client says in a line, if it means what it says. */
static bool plain_line(struct changing *c, span *text)
{
    *text = span_text(chosen(c)->text);
    bool plain = c->block->client && span_starts(*text, SPAN("C: "));
    for (size_t i = 0; plain && i < text->len; i++) {
        plain = strchr("*|\\", text->at[i]) == NULL && !span_starts(span_from(*text, i), SPAN("@{"));
    }
    *text = span_from(*text, 3);
    return plain;
}

/* The saying as octets. */
static void say_octets(struct changing *c, span octets)
{
    struct buf out;
    buf_init(&out, LINE_CEILING * 8);
    buf_put_text(&out, "C| \"");
    hex_escape(octets, &out);
    buf_put_text(&out, "\"");
    chosen(c)->text = buf_settle_text(&out, c->arena);
}

/* ---- order ---- */

static bool drop(struct changing *c)
{
    bool waits = take_out(c, c->at).waits;
    if (c->at < c->block->says.count) {
        chosen(c)->waits = chosen(c)->waits || waits;
    }
    return true;
}

static bool twice(struct changing *c)
{
    insert(c, c->at, *chosen(c));
    return true;
}

static bool move(struct changing *c)
{
    struct saying what = take_out(c, c->at);
    insert(c, dice(c, c->block->says.count + 1), what);
    return true;
}

static bool exchange(struct changing *c)
{
    size_t with = dice(c, c->block->says.count);
    struct saying *a = chosen(c);
    struct saying *b = &c->block->says.at[with];
    const char *text = a->text;
    a->text = b->text;
    b->text = text;
    return with != c->at;
}

/* A message that is said comes along; one of the same name stands for it. */
static void bring_message(struct changing *c, const char *text)
{
    const char *head = arena_printf(c->arena, "=== message %s", text + 4);
    for (size_t i = 0; i < c->other->sections.count; i++) {
        const struct script_section *section = &c->other->sections.at[i];
        bool raw = begins(section->head, head) && strcmp(section->head + strlen(head), " raw=yes") == 0;
        bool same = raw || strcmp(section->head, head) == 0;
        if (same && !ROWS_IN(&c->s->sections, span_text(head)) &&
            !ROWS_IN(&c->s->sections, span_text(arena_printf(c->arena, "%s raw=yes", head)))) {
            vec_add(c->arena, &c->s->sections, *section);
        }
    }
}

/* Some of what a client of the other script says. */
static bool splice(struct changing *c)
{
    const struct script_block *from = &c->other->blocks.at[dice(c, c->other->blocks.count)];
    if (!from->client || !c->block->client || from->says.count == 0) {
        return false;
    }
    size_t first = dice(c, from->says.count);
    size_t count = 1 + dice(c, from->says.count - first);
    for (size_t i = 0; i < count; i++) {
        struct saying what = from->says.at[first + i];
        if (begins(what.text, "C<")) {
            bring_message(c, what.text);
        }
        if (!begins(what.text, "do ")) {
            insert(c, c->at + i, what);
        }
    }
    return true;
}

/* ---- flights ---- */

static bool split(struct changing *c)
{
    bool waited = chosen(c)->waits;
    chosen(c)->waits = true;
    return !waited;
}

static bool join(struct changing *c)
{
    bool waited = chosen(c)->waits;
    chosen(c)->waits = false;
    return waited;
}

static bool new_write(struct changing *c)
{
    if (!c->block->client || c->at == 0) {
        return false;
    }
    insert(c, c->at, (struct saying){"--", false});
    return true;
}

static bool stop(struct changing *c)
{
    static const char *const ends[] = {"C! shut", "C! rst", "C! eof"};
    if (!c->block->client) {
        return false;
    }
    c->block->says.count = c->at + 1;
    insert(c, c->at + 1, (struct saying){ends[dice(c, 3)], dice(c, 2) == 0});
    return true;
}

/* ---- octets ---- */

static bool line_end(struct changing *c)
{
    static const char *const ends[] = {"\n", "\r", "\r\r\n", "\n\r", " \r\n", "\r\n\r\n", "\n\n", "\t\n", ""};
    span text;
    if (!plain_line(c, &text)) {
        return false;
    }
    say_octets(c, span_text(arena_printf(c->arena, "%.*s%s", SPAN_FMT(text),
                                         ends[dice(c, sizeof ends / sizeof *ends)])));
    return true;
}

/* Mail data in which something like its end stands, and commands behind it. */
static bool data_end(struct changing *c)
{
    static const char *const ends[] = {"\\n.\\n",       "\\r.\\r",         "\\n.\\r\\n",     "\\r\\n.\\n",
                                       "\\r\\n.\\r",    "\\r\\r\\n.\\r\\r\\n", "\\r\\n\\0.\\r\\n", "\\r\\n.\\0\\r\\n",
                                       "\\r\\n. \\r\\n", "\\r\\n.\\n\\r\\n", "\\n.\\r"};
    if (!begins(chosen(c)->text, "C<. ")) {
        return false;
    }
    chosen(c)->text = arena_printf(c->arena,
                                   "C| \"Subject: f\\r\\n\\r\\nx%sMAIL FROM:<b@c.test>\\r\\nRCPT TO:<u@test.ex>"
                                   "\\r\\nDATA\\r\\ny\\r\\n.\\r\\n\"",
                                   ends[dice(c, sizeof ends / sizeof *ends)]);
    return true;
}

static bool count(struct changing *c)
{
    static const char *const numbers[] = {"0", "1", "-1", "007", "2147483648", "4294967296", "18446744073709551615",
                                          "18446744073709551617", "99999999999999999999999", "12x", ""};
    span text;
    size_t from = 0;
    if (!plain_line(c, &text)) {
        return false;
    }
    while (from < text.len && !ascii_is_digit(text.at[from])) {
        from++;
    }
    if (from == text.len) {
        return false;
    }
    size_t to = from;
    while (to < text.len && ascii_is_digit(text.at[to])) {
        to++;
    }
    uint64_t n = 0;
    (void)span_to_u64(span_part(text, from, to - from), &n);
    size_t which = dice(c, 2 + sizeof numbers / sizeof *numbers);
    const char *other = which >= 2 ? numbers[which - 2]
                                   : arena_printf(c->arena, "%llu", (unsigned long long)(which == 0 ? n + 1 : n - 1));
    chosen(c)->text = arena_printf(c->arena, "C: %.*s%s%.*s", SPAN_FMT(span_first(text, from)), other,
                                   SPAN_FMT(span_from(text, to)));
    return true;
}

static bool octets(struct changing *c)
{
    static const char palette[] = "\0\x80\xff\t <>:@\"\\\r\n=+;";
    span text;
    struct buf out;
    if (!plain_line(c, &text)) {
        return false;
    }
    size_t at = dice(c, text.len + 1);
    size_t cut = dice(c, 3);
    size_t times = dice(c, 4) == 0 ? dice(c, 3000) : 1;
    unsigned char byte = (unsigned char)palette[dice(c, sizeof palette - 1)];
    buf_init(&out, LINE_CEILING);
    buf_put(&out, span_first(text, at));
    for (size_t i = 0; i < times && cut < 2; i++) {
        buf_put_byte(&out, byte);
    }
    buf_put(&out, span_from(text, at + (cut > 0 ? 1 : 0)));
    buf_put(&out, SPAN("\r\n"));
    say_octets(c, buf_span(&out));
    buf_wipe(&out);
    return true;
}

static bool letters(struct changing *c)
{
    span text;
    if (!plain_line(c, &text)) {
        return false;
    }
    char *copy = arena_text(c->arena, span_text(chosen(c)->text));
    for (size_t i = 3; copy[i] != '\0' && copy[i] != ' '; i++) {
        copy[i] = (char)(ascii_is_alpha((unsigned char)copy[i]) && dice(c, 2) == 0 ? copy[i] ^ 0x20 : copy[i]);
    }
    chosen(c)->text = copy;
    return true;
}

static bool command(struct changing *c)
{
    static const char *const commands[] = {
        "NOOP", "RSET", "HELP", "VRFY u@test.ex", "EXPN u", "QUIT", "DATA", "BDAT 0", "BDAT 0 LAST", "EHLO c.test",
        "HELO c.test", "STARTTLS", "AUTH PLAIN", "AUTH LOGIN", "MAIL FROM:<>", "MAIL FROM:<a@c.test> SIZE=10",
        "MAIL FROM:<a@c.test> BODY=BINARYMIME", "RCPT TO:<u@test.ex>", "RCPT TO:<postmaster>", "ETRN x", "", ".",
        "RCPT TO:<u@test.ex> NOTIFY=NEVER,SUCCESS", "MAIL FROM:<a@c.test> SMTPUTF8", "XCLIENT NAME=x"};
    if (!c->block->client) {
        return false;
    }
    const char *line = commands[dice(c, sizeof commands / sizeof *commands)];
    insert(c, c->at, (struct saying){arena_printf(c->arena, "C: %s", line), dice(c, 2) == 0});
    return true;
}

struct change {
    const char *name;
    bool (*apply)(struct changing *c);
};

static const struct change changes[] = {
    {"dropped", drop},       {"twice", twice},      {"moved", move},           {"exchanged", exchange},
    {"spliced", splice},     {"split", split},      {"joined", join},          {"another write", new_write},
    {"stopped", stop},       {"line end", line_end}, {"end of data", data_end}, {"count", count},
    {"octets", octets},      {"letters", letters},  {"command", command},
};

const char *mutate_script(struct script *s, const struct script *other, struct rng *rng,
                          struct arena *arena)
{
    struct changing c = {.s = s, .other = other, .rng = rng, .arena = arena};
    c.block = &s->blocks.at[dice(&c, s->blocks.count)];
    if (c.block->says.count < 2) {
        return NULL;
    }
    c.at = dice(&c, c.block->says.count);
    const struct change *row = &changes[dice(&c, sizeof changes / sizeof *changes)];
    for (size_t i = 0; i < c.block->says.count; i++, c.at = (c.at + 1) % c.block->says.count) {
        if (row->apply(&c)) {
            return row->name; /* at the first place from there on that it fits */
        }
    }
    return NULL;
}
