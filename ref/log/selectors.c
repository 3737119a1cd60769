/* The table of selectors, and the words that switch them. */
#include "ref/log/selectors.h"

#include "base/cursor.h"
#include "base/rows.h"

#define ON true
#define OFF false
#define TABLE(id, name, on) {name, on},

static const struct {
    const char *name;
    bool on;
} selectors[LOG_SELECTOR_COUNT] = {LOG_SELECTORS(TABLE)};

_Static_assert(LOG_SELECTOR_COUNT < 64, "a bit for each selector");

#define ALL ((UINT64_C(1) << LOG_SELECTOR_COUNT) - 1)

struct log_selectors log_selectors_default(void)
{
    struct log_selectors s = {0};
    for (size_t i = 0; i < LOG_SELECTOR_COUNT; i++) {
        s.on |= (uint64_t)selectors[i].on << i;
    }
    return s;
}

const char *log_selector_name(enum log_selector which)
{
    return which < LOG_SELECTOR_COUNT ? selectors[which].name : "";
}

static bool is_space(unsigned char c)
{
    return c == ' ' || c == '\t' || c == '\n';
}

static bool is_word(unsigned char c)
{
    return !is_space(c);
}

/* The bits that a name without its sign stands for; 0: there is no such name. */
static uint64_t bits_of(span name)
{
    for (size_t i = 0; i < LOG_SELECTOR_COUNT; i++) {
        if (span_eq(name, span_text(selectors[i].name))) {
            return UINT64_C(1) << i;
        }
    }
    if (span_eq(name, SPAN("rejected_headers"))) { /* Exim has both */
        return UINT64_C(1) << LOG_REJECTED_HEADER;
    }
    return span_eq(name, SPAN("all")) ? ALL : 0;
}

static err apply(span word, size_t at, struct arena *arena, uint64_t *on)
{
    span name = span_from(word, 1);
    if (word.at[0] != '+' && word.at[0] != '-') {
        return err_syntax(at, arena_printf(arena,
            "malformed log_selector setting: + or - expected but found \"%.*s\"", SPAN_FMT(word)));
    }
    uint64_t bits = bits_of(name);
    if (bits == 0) {
        const char *near = ROWS_SUGGEST(selectors, name);
        return err_syntax(at, arena_printf(arena, "unknown log_selector setting: %.*s%s%s%s",
                                           SPAN_FMT(word), near ? " (did you mean \"" : "",
                                           near ? near : "", near ? "\"?)" : ""));
    }
    *on = word.at[0] == '+' ? *on | bits : *on & ~bits;
    return OK;
}

err log_selectors_read(span text, struct arena *arena, struct log_selectors *into)
{
    struct cursor c = cursor_of(text);
    uint64_t on = into->on;
    span word;
    for (;;) {
        (void)cursor_take_while(&c, is_space, &word);
        size_t at = c.pos;
        if (!cursor_take_while(&c, is_word, &word)) {
            break;
        }
        TRY(apply(word, at, arena, &on));
    }
    into->on = on;
    return OK;
}
