/* Patterns against texts: what matches, what is bound by it, what is said. */
#include "harness/scenario/pattern.h"

#include <criterion/criterion.h>

struct row {
    const char *label;
    enum pattern_form form;
    const char *pattern;
    const char *text;
    bool matches; /* the whole text */
    bool found; /* somewhere in it */
    const char *value; /* of the name `x` after the whole matched, or NULL */
};

static const struct row rows[] = {
    {"equal", PATTERN_LINE, "EHLO c.test", "EHLO c.test", true, true, NULL},
    {"a verb in another case", PATTERN_LINE, "EHLO c.test", "ehlo c.test", true, true, NULL},
    {"an argument in another case", PATTERN_LINE, "EHLO c.test", "EHLO C.TEST", false, false, NULL},
    {"MAIL FROM: is a verb whole", PATTERN_LINE, "MAIL FROM:<a@c.test>", "mail from:<a@c.test>",
     true, true, NULL},
    {"a local part is not", PATTERN_LINE, "MAIL FROM:<a@c.test>", "MAIL FROM:<A@c.test>", false,
     false, NULL},
    {"RCPT TO: is a verb whole", PATTERN_LINE, "RCPT TO:<a@c.test>", "rcpt to:<a@c.test>", true,
     true, NULL},
    {"a star takes the rest", PATTERN_LINE, "MAIL FROM:<a@c.test>*", "MAIL FROM:<a@c.test> SIZE=9",
     true, true, NULL},
    {"a star takes nothing", PATTERN_LINE, "MAIL FROM:<a@c.test>*", "MAIL FROM:<a@c.test>", true,
     true, NULL},
    {"a bar parts alternatives", PATTERN_LINE, "QUIT|RSET", "RSET", true, true, NULL},
    {"alternatives are whole", PATTERN_LINE, "QUIT|RSET", "QUITRSET", false, true, NULL},
    {"each alternative has its verb", PATTERN_LINE, "QUIT|RSET", "rset", true, true, NULL},
    {"an escaped star", PATTERN_LINE, "NOOP \\*", "NOOP *", true, true, NULL},
    {"an escaped star is no wildcard", PATTERN_LINE, "NOOP \\*", "NOOP x", false, false, NULL},
    {"an escaped bar", PATTERN_LINE, "NOOP a\\|b", "NOOP a|b", true, true, NULL},
    {"a backslash by itself", PATTERN_LINE, "NOOP a\\b", "NOOP a\\b", true, true, NULL},
    {"a line of nothing", PATTERN_LINE, "", "", true, true, NULL},
    {"nothing is not something", PATTERN_LINE, "", "x", false, true, NULL},
    {"a dot is a dot", PATTERN_QUOTED, "a.b", "axb", false, false, NULL},
    {"quoted escapes", PATTERN_QUOTED, "a\\r\\n\\t\\x41\\\"\\\\", "a\r\n\tA\"\\", true, true, NULL},
    {"a quoted star crosses line ends", PATTERN_QUOTED, "a*z", "a\r\nz", true, true, NULL},
    {"a bar in quotes is a bar", PATTERN_QUOTED, "a|b", "a|b", true, true, NULL},
    {"quoted text compares exactly", PATTERN_QUOTED, "OK", "ok", false, false, NULL},
    {"found within", PATTERN_QUOTED, "as", "queued as 17", false, true, NULL},
    {"a word has no stars", PATTERN_WORD, "*", "x", false, false, NULL},
    {"a word is a word", PATTERN_WORD, "*", "*", true, true, NULL},
    {"a regular expression", PATTERN_REGEX, "[^\\r]\\n", "a\n", true, true, NULL},
    {"that is not there", PATTERN_REGEX, "[^\\r]\\n", "a\r\n", false, false, NULL},
    {"capture of a word", PATTERN_QUOTED, "as @{x:word} ok", "as abc ok", true, true, "abc"},
    {"a word has no blank", PATTERN_QUOTED, "as @{x:word} ok", "as a b ok", false, false, NULL},
    {"capture of digits", PATTERN_QUOTED, "SIZE=@{x:int}", "SIZE=1000", true, true, "1000"},
    {"digits are digits", PATTERN_QUOTED, "SIZE=@{x:int}", "SIZE=10k", false, true, NULL},
    {"hex", PATTERN_WORD, "@{x:hex}", "09afAF", true, true, "09afAF"},
    {"hex ends at g", PATTERN_WORD, "@{x:hex}", "09ag", false, true, NULL},
    {"base64", PATTERN_WORD, "@{x:b64}", "aGVsbG8=", true, true, "aGVsbG8="},
    {"an IPv4 address", PATTERN_WORD, "[@{x:ip}]", "[192.0.2.10]", true, true, "192.0.2.10"},
    {"octets end at 255", PATTERN_WORD, "[@{x:ip}]", "[192.0.2.256]", false, false, NULL},
    {"an IPv6 address", PATTERN_WORD, "[@{x:ip}]", "[2001:db8::1]", true, true, "2001:db8::1"},
    {"a port", PATTERN_WORD, ":@{x:port}", ":65535", true, true, "65535"},
    {"beyond ports", PATTERN_WORD, ":@{x:port}", ":65536", false, true, NULL},
    {"a domain", PATTERN_WORD, "@{x:domain}", "mx.test.ex", true, true, "mx.test.ex"},
    {"no domain", PATTERN_WORD, "@{x:domain}", "-mx", false, true, NULL},
    {"a mailbox", PATTERN_QUOTED, "<@{x:addr}>", "<a@c.test>", true, true, "a@c.test"},
    {"no mailbox", PATTERN_QUOTED, "<@{x:addr}>", "<a>", false, false, NULL},
    {"a date of a header", PATTERN_WORD, "@{x:date}", "Thu, 1 Jan 2026 00:00:00 +0000 (UTC)", true,
     true, "Thu, 1 Jan 2026 00:00:00 +0000 (UTC)"},
    {"a date of a log", PATTERN_WORD, "@{x:date}", "2026-01-01 00:00:00", true, true,
     "2026-01-01 00:00:00"},
    {"anything", PATTERN_QUOTED, "a@{x:any}z", "a\r\nz", true, true, "\r\n"},
    {"an own shape", PATTERN_QUOTED, "as @{x:/[0-9]{2}\\/[a-z]/}!", "as 12/b!", true, true, "12/b"},
    {"an own shape that differs", PATTERN_QUOTED, "as @{x:/[0-9]{2}/}!", "as 123!", false, false,
     NULL},
    {"twice in one pattern", PATTERN_QUOTED, "@{x:word} @{x:word}", "a a", true, true, "a"},
    {"twice must be the same", PATTERN_QUOTED, "@{x:word} @{x:word}", "a b", false, false, NULL},
    {"a queue id", PATTERN_QUOTED, "@{x:id} <=", "1tKqZ0-0001Ab-2C <=", true, true,
     "1tKqZ0-0001Ab-2C"},
    {"a name that nothing bound", PATTERN_WORD, "@{x}", "", false, false, NULL},
};

Test(pattern, rows)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        struct arena *arena = arena_new();
        const struct pattern *p;
        err e = pattern_read(span_text(row->pattern), row->form, arena, &p);
        cr_assert(!failed(e), "%s: %s", row->label, e.what);
        struct bindings *b = bindings_new(arena, NULL);
        size_t at = 0;
        size_t len = 0;
        cr_expect_eq(pattern_matches(p, span_text(row->text), b), row->matches, "%s: matches",
                     row->label);
        span value;
        bool bound = bindings_get(b, "x", &value);
        cr_expect_eq(bound, row->value != NULL, "%s: binds", row->label);
        cr_expect(!bound || span_eq(value, span_text(row->value)), "%s: bound to %.*s", row->label,
                  SPAN_FMT(value));
        struct bindings *fresh = bindings_new(arena, NULL);
        cr_expect_eq(pattern_found(p, span_text(row->text), fresh, &at, &len), row->found,
                     "%s: found", row->label);
        cr_expect(!bindings_gave_up(b) && !bindings_gave_up(fresh), "%s: gave up", row->label);
        arena_free(arena);
    }
}

static const struct pattern *read(struct arena *arena, enum pattern_form form, const char *text)
{
    const struct pattern *p = NULL;
    err e = pattern_read(span_text(text), form, arena, &p);
    cr_assert(!failed(e), "%s: %s", text, e.what);
    return p;
}

Test(pattern, a_capture_unifies_across_patterns)
{
    struct arena *arena = arena_new();
    struct bindings *b = bindings_new(arena, NULL);
    const struct pattern *wire = read(arena, PATTERN_QUOTED, "as @{id:word}");
    const struct pattern *log = read(arena, PATTERN_QUOTED, "@{id} <= a@c.test");
    size_t at, len;
    cr_expect(pattern_found(wire, SPAN("2.0.0 queued as Q17"), b, &at, &len));
    cr_expect(pattern_found(log, SPAN("x Q17 <= a@c.test y"), b, &at, &len));
    cr_expect_eq(at, 2);
    cr_expect(!pattern_found(log, SPAN("x Q18 <= a@c.test y"), b, &at, &len));
    cr_expect(!pattern_found(wire, SPAN("2.0.0 queued as Q18"), b, &at, &len),
              "a type matches only the bound value from then on");
    arena_free(arena);
}

Test(pattern, nothing_is_bound_when_the_whole_does_not_match)
{
    struct arena *arena = arena_new();
    struct bindings *b = bindings_new(arena, NULL);
    span value;
    cr_expect(!pattern_matches(read(arena, PATTERN_QUOTED, "as @{x:word} end"), SPAN("as a"), b));
    cr_expect(!bindings_get(b, "x", &value));
    arena_free(arena);
}

struct shape_row {
    const char *label;
    const char *shape;
    const char *pattern;
    const char *text;
    const char *id;
};

static const struct shape_row shapes[] = {
    {"context left out", "id=([0-9A-Za-z]{6}-[0-9A-Za-z]{6}-[0-9A-Za-z]{2})", "@{id:id}",
     "OK id=1tKqZ0-0001Ab-2C", "1tKqZ0-0001Ab-2C"},
    {"context written too", "/queued as ([0-9A-Za-z]+)/", "as @{id:id}",
     "2.0.0 Ok: queued as 4XyZ1", "4XyZ1"},
    {"context is looked for", "/queued as ([0-9A-Za-z]+)/", "@{id:id}", "2.0.0 Ok: queued as 4XyZ1",
     "4XyZ1"},
    {"no context in the text", "/queued as ([0-9A-Za-z]+)/", "@{id:id}", "2.0.0 Ok", NULL},
    {"no group", "[0-9]+", "@{id:id}", "ok 17", "17"},
    {"context behind", "([0-9a-f]+) Message accepted", "@{id:id}", "2.0.0 0f3a Message accepted",
     "0f3a"},
};

Test(pattern, the_shape_of_an_id_is_the_targets)
{
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        struct arena *arena = arena_new();
        struct bindings *b = bindings_new(arena, shapes[i].shape);
        size_t at, len;
        span id = SPAN_EMPTY;
        bool found = pattern_found(read(arena, PATTERN_QUOTED, shapes[i].pattern),
                                   span_text(shapes[i].text), b, &at, &len);
        cr_expect_eq(found, shapes[i].id != NULL, "%s", shapes[i].label);
        cr_expect(!found || (bindings_get(b, "id", &id) && span_eq(id, span_text(shapes[i].id))),
                  "%s: %.*s", shapes[i].label, SPAN_FMT(id));
        arena_free(arena);
    }
}

struct say_row {
    const char *label;
    enum pattern_form form;
    const char *pattern;
    const char *said; /* NULL: cannot be said */
};

static const struct say_row sayings[] = {
    {"text", PATTERN_LINE, "EHLO c.test", "EHLO c.test"},
    {"the first alternative", PATTERN_LINE, "QUIT|RSET", "QUIT"},
    {"stars are left out", PATTERN_LINE, "MAIL FROM:<a@c.test>*", "MAIL FROM:<a@c.test>"},
    {"a bound name", PATTERN_LINE, "NOOP @{known}", "NOOP v*1"},
    {"a bound name with a type", PATTERN_LINE, "NOOP @{known:word}", "NOOP v*1"},
    {"an unbound name", PATTERN_LINE, "NOOP @{other}", NULL},
    {"escapes", PATTERN_QUOTED, "a\\r\\n", "a\r\n"},
    {"literal stars", PATTERN_LINE, "NOOP \\*\\|", "NOOP *|"},
};

Test(pattern, what_the_judge_says)
{
    for (size_t i = 0; i < sizeof sayings / sizeof *sayings; i++) {
        struct arena *arena = arena_new();
        struct bindings *b = bindings_new(arena, NULL);
        bindings_set(b, "known", SPAN("v*1"));
        span said = SPAN_EMPTY;
        const char *unbound = NULL;
        bool can = pattern_say(read(arena, sayings[i].form, sayings[i].pattern), b, arena, &said,
                               &unbound);
        cr_expect_eq(can, sayings[i].said != NULL, "%s", sayings[i].label);
        cr_expect(!can || span_eq(said, span_text(sayings[i].said)), "%s: %.*s", sayings[i].label,
                  SPAN_FMT(said));
        cr_expect(can || strcmp(unbound, "other") == 0, "%s: %s", sayings[i].label, unbound);
        arena_free(arena);
    }
}

struct wrong_row {
    const char *label;
    enum pattern_form form;
    const char *pattern;
    size_t at;
    const char *what;
};

static const struct wrong_row wrongs[] = {
    {"unknown type", PATTERN_QUOTED, "as @{x:wrod}", 7, "did you mean `word`"},
    {"no end", PATTERN_QUOTED, "as @{x:word", 3, "is not closed"},
    {"no name", PATTERN_LINE, "a @{1}", 2, "opens a name"},
    {"regex of a capture has no end", PATTERN_QUOTED, "@{x:/a}", 4, "has no end"},
    {"regex of a capture is wrong", PATTERN_QUOTED, "@{x:/a(/}", 7, "wrong here"},
    {"regex breaks out of its group", PATTERN_QUOTED, "@{x:/a)(b/}", 6, "wrong here"},
    {"regex is wrong", PATTERN_REGEX, "a[", 2, "wrong here"},
    {"unknown escape", PATTERN_QUOTED, "a\\q", 1, "no such escape"},
    {"half an octet", PATTERN_QUOTED, "a\\x4", 1, "no such escape"},
};

Test(pattern, mistakes_have_their_column)
{
    for (size_t i = 0; i < sizeof wrongs / sizeof *wrongs; i++) {
        struct arena *arena = arena_new();
        const struct pattern *p;
        err e = pattern_read(span_text(wrongs[i].pattern), wrongs[i].form, arena, &p);
        cr_assert_eq(e.kind, ERR_SYNTAX, "%s", wrongs[i].label);
        cr_expect_eq(e.at, wrongs[i].at, "%s: at %zu", wrongs[i].label, e.at);
        cr_expect(strstr(e.what, wrongs[i].what) != NULL, "%s: %s", wrongs[i].label, e.what);
        arena_free(arena);
    }
}

Test(pattern, a_runaway_match_is_given_up_and_said)
{
    struct arena *arena = arena_new();
    struct bindings *b = bindings_new(arena, NULL);
    size_t at, len;
    span many = span_of(memset(arena_take(arena, 60), 'a', 60), 60);
    const struct pattern *p = read(arena, PATTERN_REGEX, "^(?:a|a|aa)+$b?c|(?:(a+)+)+\\1x");
    cr_expect(!bindings_gave_up(b));
    cr_expect(!pattern_found(p, many, b, &at, &len));
    cr_expect(bindings_gave_up(b));
    arena_free(arena);
}

Test(pattern, values_fill_texts)
{
    struct arena *arena = arena_new();
    struct bindings *b = bindings_new(arena, NULL);
    bindings_set(b, "dir", SPAN("/d"));
    bindings_set(b, "mx.ip", SPAN("192.0.2.1"));
    span text;
    const char *unbound = NULL;
    cr_expect(bindings_fill(b, SPAN("@{dir}/x [@{mx.ip}] @ @{ @{1}"), arena, &text, &unbound));
    cr_expect(span_eq(text, SPAN("/d/x [192.0.2.1] @ @{ @{1}")), "%.*s", SPAN_FMT(text));
    cr_expect(!bindings_fill(b, SPAN("@{id}"), arena, &text, &unbound));
    cr_expect_str_eq(unbound, "id");
    arena_free(arena);
}
