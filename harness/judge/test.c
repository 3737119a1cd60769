/* The tests of expects: `= != < <= > >= VALUE`, `any = VALUE`, `has`, `lacks`, `count`. One
   place, so that they mean the same on every surface.

   A value that is not there is never taken for one that fits: absent is written `count = 0`,
   and `lacks` on nothing fails. Without `any` there must be one value only. */
#include "harness/judge/checks.h"

#include "base/hex.h"

enum { SHOWN_OCTETS = 160, SHOWN_VALUES = 4, COLUMNS = 56, DETAIL_OCTETS = 64 * 1024 };

bool relation_holds(enum relation relation, int64_t have, int64_t want)
{
    const bool holds[REL_COUNT] = {
        [REL_EQ] = have == want, [REL_NE] = have != want, [REL_LT] = have < want,
        [REL_LE] = have <= want, [REL_GT] = have > want,  [REL_GE] = have >= want,
    };
    return holds[relation];
}

const char *relation_word(enum relation relation)
{
    static const char *const words[REL_COUNT] = {"=", "!=", "<", "<=", ">", ">="};
    return words[relation];
}

const char *shown(span octets, struct arena *arena)
{
    struct buf out;
    buf_init(&out, DETAIL_OCTETS);
    buf_put_byte(&out, '"');
    hex_escape(span_first(octets, SHOWN_OCTETS), &out);
    buf_put_byte(&out, '"');
    if (octets.len > SHOWN_OCTETS) {
        buf_printf(&out, "... (%zu octets)", octets.len);
    }
    return buf_settle_text(&out, arena);
}

static const char *values_text(const struct hearing *h, const struct finding *f)
{
    if (f->missing != NULL) {
        return f->missing;
    }
    if (f->values.count == 0) {
        return f->note != NULL ? f->note : "nothing";
    }
    const char *text = NULL;
    for (size_t i = 0; i < f->values.count && i < SHOWN_VALUES; i++) {
        const char *one = shown(f->values.at[i], h->arena);
        text = text == NULL ? one : arena_printf(h->arena, "%s, %s", text, one);
    }
    if (f->values.count > SHOWN_VALUES) {
        text = arena_printf(h->arena, "%s and %zu more", text, f->values.count - SHOWN_VALUES);
    }
    return f->note != NULL ? arena_printf(h->arena, "%s (%s)", text, f->note) : text;
}

/* The number that a pattern stands for: digits, or a capture's value. */
static bool number_of(const struct hearing *h, const struct pattern *p, int64_t *number)
{
    span text;
    const char *unbound = NULL;
    uint64_t n = 0;
    if (!pattern_say(p, h->b, h->arena, &text, &unbound) || !span_to_u64(text, &n)) {
        return false;
    }
    *number = (int64_t)n;
    return true;
}

static bool count_holds(const struct hearing *h, const struct test *t, size_t count,
                        struct judgement *j)
{
    int64_t want = 0;
    j->got = arena_printf(h->arena, "count %zu", count);
    if (!number_of(h, t->count, &want)) {
        j->got =
            arena_printf(h->arena, "`%s` is no number, or not bound", pattern_source(t->count));
        return false;
    }
    return relation_holds(t->count_relation, (int64_t)count, want);
}

/* = and != by the pattern; the others are for numbers. */
static bool value_holds(const struct hearing *h, const struct test *t, span value)
{
    int64_t want = 0;
    uint64_t have = 0;
    if (t->relation == REL_EQ || t->relation == REL_NE) {
        return pattern_matches(t->pattern, value, h->b) == (t->relation == REL_EQ);
    }
    return span_to_u64(value, &have) && number_of(h, t->pattern, &want) &&
           relation_holds(t->relation, (int64_t)have, want);
}

static bool relation_test(const struct hearing *h, const struct test *t, const struct finding *f,
                          struct judgement *j)
{
    if (!t->any && f->values.count > 1) {
        j->got = arena_printf(h->arena,
                              "%zu of them, where one is meant (`any` or `nth` says which): %s",
                              f->values.count, j->got);
        return false;
    }
    bool holds = false;
    for (size_t i = 0; i < f->values.count && !holds; i++) {
        holds = value_holds(h, t, f->values.at[i]);
    }
    span literal;
    if (!holds && f->values.count == 1 && t->relation == REL_EQ &&
        pattern_is_literal(t->pattern, &literal)) {
        struct buf out;
        buf_init(&out, DETAIL_OCTETS);
        hex_side_by_side("wanted", literal, "got", f->values.at[0], COLUMNS, 3, &out);
        j->detail = buf_settle_text(&out, h->arena);
    }
    return holds;
}

static size_t occurrences(const struct hearing *h, const struct pattern *p, span text)
{
    size_t count = 0;
    size_t at = 0;
    size_t len = 0;
    while (pattern_found(p, text, h->b, &at, &len)) {
        count++;
        size_t next = at + (len > 0 ? len : 1);
        if (next >= text.len) {
            break;
        }
        text = span_from(text, next);
    }
    return count;
}

/* Of what should not be there: where it is, and what stands round it. */
static const char *found_text(const struct hearing *h, span text, size_t at, size_t len)
{
    enum { ROUND = 40 };
    size_t from = at > ROUND ? at - ROUND : 0;
    span round = span_first(span_from(text, from), at - from + len + ROUND);
    size_t line = 1;
    for (size_t i = 0; i < at; i++) {
        line += text.at[i] == '\n';
    }
    return arena_printf(h->arena, "found at octet %zu, in line %zu: %s\n", at, line,
                        shown(round, h->arena));
}

static bool has_test(const struct hearing *h, const struct test *t, const struct finding *f,
                     struct judgement *j)
{
    size_t count = 0;
    for (size_t i = 0; i < f->values.count; i++) {
        size_t at = 0;
        size_t len = 0;
        if (t->has_count) {
            count += occurrences(h, t->pattern, f->values.at[i]);
        } else if (pattern_found(t->pattern, f->values.at[i], h->b, &at, &len)) {
            if (count++ == 0 && t->kind == TEST_LACKS) {
                j->detail = found_text(h, f->values.at[i], at, len);
            }
        }
    }
    if (t->has_count) {
        return count_holds(h, t, count, j);
    }
    return t->kind == TEST_HAS ? count > 0 : count == 0 && f->values.count > 0;
}

static const char *wanted_text(const struct hearing *h, const struct test *t)
{
    const char *count = "";
    if (t->has_count) {
        count = arena_printf(h->arena, "%scount %s %s", t->kind == TEST_COUNT ? "" : " ",
                             relation_word(t->count_relation), pattern_source(t->count));
    }
    const char *pattern = t->pattern != NULL ? pattern_source(t->pattern) : "";
    switch (t->kind) {
    case TEST_NONE:
        return "to be there";
    case TEST_RELATION:
        return arena_printf(h->arena, "%s%s \"%s\"", t->any ? "any " : "",
                            relation_word(t->relation), pattern);
    case TEST_HAS:
        return arena_printf(h->arena, "has \"%s\"%s", pattern, count);
    case TEST_LACKS:
        return arena_printf(h->arena, "lacks \"%s\"%s", pattern, count);
    case TEST_COUNT:
        return count;
    }
    return "";
}

void test_apply(const struct hearing *h, const struct test *t, const struct finding *f,
                struct judgement *j)
{
    j->wanted = wanted_text(h, t);
    j->got = values_text(h, f);
    j->skipped = f->skipped;
    if (f->skipped != NULL) {
        j->got = "the target has no such surface";
    } else if (f->missing == NULL) {
        switch (t->kind) {
        case TEST_NONE:
            j->ok = f->values.count > 0;
            break;
        case TEST_RELATION:
            j->ok = relation_test(h, t, f, j);
            break;
        case TEST_HAS:
        case TEST_LACKS:
            j->ok = has_test(h, t, f, j);
            break;
        case TEST_COUNT:
            j->ok = count_holds(h, t, f->values.count, j);
            break;
        }
    }
}
