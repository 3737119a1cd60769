/* Scenarios made from the grammar that docs/scenario-language.md prints: octets choose between its
   alternatives. Whatever comes out is read without harm; what reads well is formatted into the one
   form, which reads the same and stays as it is; and the engine plays both sides of it to an end.
   Words that have to mean something (names, codes, addresses) come from short lists most of the
   time, since chance alone would never get past the header. */
#include "harness/actor/play.h"

#include "base/buf.h"
#include "base/check.h"
#include "base/cursor.h"
#include "base/file.h"
#include "harness/scenario/read.h"

#include <unistd.h>

enum { TEXT_CEILING = 16384, DEPTH_CEILING = 60, PLAY_MS = 150, CASES_PLAYED = 2 };

#define GRAMMAR "docs/scenario-language.md"

struct made {
    struct cursor choices;
    span grammar;
    struct buf out;
    unsigned depth;
    unsigned names; /* given so far */
};

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* An octet below limit; 0 once the input is used up, so that everything ends. */
static unsigned choose(struct made *m, unsigned limit)
{
    unsigned char c = 0;
    (void)cursor_take_any(&m->choices, &c);
    return limit == 0 ? 0 : c % limit;
}

/* ---- words that mean something ---- */

struct hint {
    const char *rule;
    const char *texts; /* separated by blanks; ~ stands for a blank */
    bool always;
};

static const struct hint hints[] = {
    {"conn", "c c~2 x", false},
    {"word", "u@test.ex mx.dest.test:25 pipelining id plain", false},
    {"text", "HELO~c EHLO~c.test MAIL~FROM:<a@c.test> RCPT~TO:<u@test.ex> DATA NOOP QUIT .", false},
    {"code", "250 220 354 550 2xx 4xx", false},
    {"replies", "250 220 250,~250,~354 550~5.1.1 250~{~PIPELINING,~SIZE~>=~10~} 250~ok", false},
    {"clauses", "~RFC5321-3.1-x ~SEED-x", false},
    {"option", "sni=c min=1.2 max=1.3", false},
    {"kword", "id word PIPELINING SIZE", false},
    {"span", "1ms 2ms", true},
    {"n", "1 2 3 12", true},
};

static bool take_hint(struct made *m, span rule)
{
    for (size_t i = 0; i < sizeof hints / sizeof *hints; i++) {
        if (!span_eq(span_text(hints[i].rule), rule) ||
            (!hints[i].always && choose(m, 8) == 7)) {
            continue;
        }
        span rest = span_text(hints[i].texts);
        span word = SPAN_EMPTY;
        for (unsigned n = choose(m, 8) + 1; n > 0; n--) {
            rest = rest.len == 0 ? span_text(hints[i].texts) : rest;
            (void)span_split(rest, ' ', &word, &rest);
        }
        for (size_t k = 0; k < word.len; k++) {
            buf_put_byte(&m->out, word.at[k] == '~' ? ' ' : word.at[k]);
        }
        return true;
    }
    return false;
}

/* ---- ABNF, read as it is used ---- */

/* The text behind `rule =`, up to the next rule. */
static span definition(span grammar, span rule)
{
    span rest = grammar;
    span line;
    const unsigned char *from = NULL;
    while (span_line(&rest, &line)) {
        span name;
        span behind;
        bool begins = line.len > 0 && ascii_is_alpha(line.at[0]);
        if (from != NULL && (begins || span_starts(line, SPAN("```")))) {
            return span_of(from, (size_t)(line.at - from));
        }
        if (begins && span_split(line, '=', &name, &behind) && span_eq(span_trim(name), rule)) {
            from = behind.at;
        }
    }
    return SPAN_EMPTY;
}

/* Octets of the element that text begins with: a group, an option, a literal or a word. */
static size_t element_length(span text)
{
    unsigned char open = text.at[0];
    unsigned char close = open == '(' ? ')' : open == '[' ? ']' : open == '"' ? '"' : 0;
    unsigned depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = text.at[i];
        if (close == 0 && (c == ' ' || c == '\n' || c == ')' || c == ']' || c == '/')) {
            return i;
        }
        if (open == '"' && i > 0 && c == '"') {
            return i + 1;
        }
        quoted = open != '"' && c == '"' ? !quoted : quoted;
        if (!quoted && open != '"' && close != 0) {
            depth += c == open;
            depth -= c == close;
            if (depth == 0) {
                return i + 1;
            }
        }
    }
    return text.len;
}

static void make_alternatives(struct made *m, span text);
static void make_rule(struct made *m, span rule);

static uint64_t hex_number(struct cursor *c)
{
    uint64_t value = 0;
    int peek;
    while ((peek = cursor_peek(c)) >= 0 && strchr("0123456789ABCDEF", peek) != NULL) {
        value = value * 16 + (uint64_t)(peek >= 'A' ? peek - 'A' + 10 : peek - '0');
        c->pos++;
    }
    return value;
}

/* %x41, %x41-5A */
static void make_octet(struct made *m, span element)
{
    struct cursor c = cursor_of(element);
    c.pos = 2;
    uint64_t low = hex_number(&c);
    uint64_t high = cursor_take_byte(&c, '-') ? hex_number(&c) : low;
    buf_put_byte(&m->out, (unsigned char)(low + choose(m, (unsigned)(high - low) + 1)));
}

/* Rules that chance would make too much of. True: it is done. */
static bool make_rarely(struct made *m, span rule)
{
    if (span_eq(rule, SPAN("name")) && choose(m, 4) != 0) {
        buf_printf(&m->out, "n%u", m->names++); /* labels and marks are given once */
        return true;
    }
    if (span_eq(rule, SPAN("step")) && choose(m, 8) != 0) {
        make_rule(m, SPAN("line"));
        buf_put_byte(&m->out, '\n');
        return true;
    }
    return span_eq(rule, SPAN("notes")) && choose(m, 4) != 0;
}

static void make_rule(struct made *m, span rule)
{
    static const struct {
        const char *name;
        const char *octets;
    } core[] = {{"SP", " "}, {"LF", "\n"}, {"DQUOTE", "\""}, {"ALPHA", "aBcdexyZ"},
                {"DIGIT", "0123456789"}, {"HEXDIG", "0123456789abcdef"}, {"VCHAR", "!nrt0\\\"*|x"}};
    for (size_t i = 0; i < sizeof core / sizeof *core; i++) {
        if (span_eq(span_text(core[i].name), rule)) {
            buf_put_byte(&m->out, (unsigned char)
                                      core[i].octets[choose(m, (unsigned)strlen(core[i].octets))]);
            return;
        }
    }
    if (!make_rarely(m, rule) && !take_hint(m, rule)) {
        span text = definition(m->grammar, rule);
        CHECK(text.len > 0); /* a rule that the grammar does not define */
        make_alternatives(m, text);
    }
}

static void make_element(struct made *m, span element)
{
    if (element.at[0] == '(' || element.at[0] == '[') {
        make_alternatives(m, span_part(element, 1, element.len - 2));
    } else if (element.at[0] == '"') {
        buf_put(&m->out, span_part(element, 1, element.len - 2));
    } else if (element.at[0] == '%') {
        make_octet(m, element);
    } else {
        make_rule(m, element);
    }
}

/* What stands between two slashes: elements with their repetitions. */
static void make_sequence(struct made *m, span text)
{
    struct cursor c = cursor_of(text);
    while (!cursor_at_end(&c) && !buf_full(&m->out)) {
        uint64_t least = 1;
        uint64_t most = 1;
        int peek = cursor_peek(&c);
        if (peek == ' ' || peek == '\n') {
            c.pos++;
            continue;
        }
        bool counted = cursor_take_u64(&c, &least);
        if (cursor_take_byte(&c, '*')) {
            least = counted ? least : 0;
            most = least + 3;
            (void)cursor_take_u64(&c, &most);
        } else {
            most = least;
        }
        span rest = cursor_rest(&c);
        span element = span_first(rest, element_length(rest));
        CHECK(element.len > 0);
        least = element.at[0] == '[' ? 0 : least;
        bool deep = m->depth > DEPTH_CEILING;
        uint64_t times = least + (deep ? 0 : choose(m, (unsigned)(most - least) + 1));
        for (; times > 0; times--) {
            make_element(m, element);
        }
        c.pos += element.len;
    }
}

static void make_alternatives(struct made *m, span text)
{
    span found[32];
    size_t count = 0;
    size_t from = 0;
    for (size_t at = 0; at <= text.len && count < sizeof found / sizeof *found;) {
        if (at == text.len || text.at[at] == '/') {
            found[count++] = span_part(text, from, at - from);
            from = ++at;
        } else if (text.at[at] == ';') {
            text = span_first(text, at); /* a comment ends its rule in this grammar */
        } else {
            bool blank = text.at[at] == ' ' || text.at[at] == '\n' || text.at[at] == '*' ||
                         ascii_is_digit(text.at[at]);
            at += blank ? 1 : element_length(span_from(text, at));
        }
    }
    m->depth++;
    make_sequence(m, found[m->depth > DEPTH_CEILING ? 0 : choose(m, (unsigned)count)]);
    m->depth--;
}

/* ---- what has to hold ---- */

static bool at_address(void *target, const char *word, struct address *at)
{
    (void)target;
    return address_parse_with_port(span_text(word), at);
}

static bool asleep(void *target)
{
    (void)target;
    return true;
}

static void play_both(const struct scenario *s, struct arena *arena)
{
    struct transcript t;
    struct play_result r;
    unsigned pid = (unsigned)getpid();
    for (size_t i = 0; i < s->actors.count; i++) {
        if (s->actors.at[i].role == ACTOR_SERVER) {
            return;
        }
    }
    const char *host = arena_printf(arena, "127.%u.%u.%u", 64 + (pid >> 16 & 63), pid >> 8 & 255,
                                    pid & 255);
    struct play_world world = {.sut = at_address,
                               .server = at_address,
                               .asleep = asleep,
                               .rested = asleep, /* one that is always at rest */
                               .patience = PLAY_MS / 3,
                               .timeout = PLAY_MS,
                               .bindings = bindings_new(arena, NULL)};
    millis before = clock_ticks();
    transcript_init(&t, arena);
    play_run(play_self(s, host, 10025, arena), &world, &t, &r);
    CHECK(r.end != PLAY_CRASH);
    CHECK(r.end == PLAY_DONE || r.what != NULL);
    CHECK(clock_ticks() - before < 20000);
}

static void check_text(span text, struct arena *arena)
{
    struct scenario_set set = {0};
    struct scenario_set again = {0};
    mistakes wrong = {0};
    struct buf first;
    struct buf second;
    CHECK(!failed(scenario_read_text(text, "g.scn", "g", arena, &set, &wrong)));
    CHECK((wrong.count == 0) == (set.cases.count > 0));
    if (wrong.count > 0) {
        return;
    }
    buf_init(&first, SIZE_MAX);
    buf_init(&second, SIZE_MAX);
    CHECK(!failed(scenario_format(text, "g.scn", arena, &first, &wrong)));
    CHECK(wrong.count == 0);
    span one = buf_span(&first);
    CHECK(!failed(scenario_read_text(one, "g.scn", "g", arena, &again, &wrong)));
    CHECK(wrong.count == 0 && again.cases.count == set.cases.count);
    CHECK(!failed(scenario_format(one, "g.scn", arena, &second, &wrong)));
    CHECK(span_eq(one, buf_span(&second)));
    for (size_t i = 0; i < set.cases.count; i++) {
        CHECK(strcmp(set.cases.at[i]->id, again.cases.at[i]->id) == 0);
    }
    for (size_t i = 0; i < set.cases.count && i < CASES_PLAYED; i++) {
        play_both(set.cases.at[i], arena);
    }
    buf_wipe(&first);
    buf_wipe(&second);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct arena *arena = arena_new();
    struct made m = {.choices = cursor_of(span_of(data, size))};
    span page;
    CHECK(!failed(file_read(GRAMMAR, TEXT_CEILING * 16, arena, &page)));
    m.grammar = span_from(page, span_find(page, SPAN("```abnf")));
    buf_init(&m.out, TEXT_CEILING);
    if (choose(&m, 8) == 0) {
        make_rule(&m, SPAN("file"));
    } else {
        buf_put_text(&m.out, "scenario x\nsource SEED x\nreq SEED-x\n");
        for (unsigned n = choose(&m, 12) + 1; n > 0; n--) {
            make_rule(&m, SPAN("step"));
        }
        for (unsigned n = choose(&m, 3); n > 0; n--) {
            make_rule(&m, SPAN("claim"));
            buf_put_byte(&m.out, '\n');
        }
        for (unsigned n = choose(&m, 2); n > 0; n--) {
            make_rule(&m, SPAN("section"));
        }
    }
    if (!buf_full(&m.out)) {
        check_text(buf_span(&m.out), arena);
    }
    buf_wipe(&m.out);
    arena_free(arena);
    return 0;
}
