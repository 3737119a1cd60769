/* A baseline against what a run gave. The same judgement of one entry serves the gate, which sets
   states, and the update, which rewrites the file: what the gate would call stale is what the
   update changes. */
#include "reports/baseline.h"

#include "base/map.h"
#include "base/rows.h"
#include "reports/spell.h"
#include "reports/when.h"

#include <fnmatch.h>
#include <string.h>

#define DAY (24 * 60 * 60 * NANOS_PER_SECOND)

/* How an entry stands to the case it names. */
enum fit {
    FIT_NOTHING,   /* the case did not run far enough to say */
    FIT_HOLDS,     /* failed as listed */
    FIT_EXPIRED,   /* failed as listed, but the day has passed */
    FIT_PASSED,    /* no longer fails */
    FIT_OTHERWISE, /* fails in another way */
};

enum { PATTERN_OCTETS = 160 };

/* The beginning of a reason as a pattern: what cannot stand in a line becomes a star. False if
   nothing but stars and blanks came of it. */
static bool put_pattern(const char *reason, struct buf *out)
{
    bool says_something = false;
    span rest = span_text(reason);
    span character;
    for (size_t put = 0; rest.len != 0 && put < PATTERN_OCTETS; put += character.len) {
        bool good = spell_take(&rest, &character);
        unsigned char c = character.at[0];
        if (!good || c < 0x20 || c == 0x7F) {
            buf_put_byte(out, '*');
            continue;
        }
        if (c == '"' || c == '\\' || c == '*') {
            buf_put_byte(out, '\\');
        }
        buf_put(out, character);
        says_something = says_something || c != ' ';
    }
    return says_something;
}

/* What a pattern is held against: such that each failure can be listed. */
static const char *reason_of(const struct report_case *c)
{
    struct buf pattern;
    buf_init(&pattern, PATTERN_OCTETS * 3);
    bool can_be_quoted = put_pattern(c->reason, &pattern);
    buf_wipe(&pattern);
    return can_be_quoted ? c->reason : "no reason given";
}

/* The next number of a dotted version and what is behind its point; 0 at the end. */
static uint64_t next_number(span *version)
{
    size_t digits = span_run(*version, ascii_is_digit);
    uint64_t number = 0;
    if (!span_to_u64(span_first(*version, digits), &number) && digits != 0) {
        number = UINT64_MAX;
    }
    *version = span_from(*version, digits);
    bool goes_on = version->len > 1 && version->at[0] == '.' && ascii_is_digit(version->at[1]);
    *version = goes_on ? span_from(*version, 1) : SPAN_EMPTY;
    return number;
}

/* <0, 0, >0; what is missing at the end counts as 0. */
static int order_versions(span a, span b)
{
    while (a.len != 0 || b.len != 0) {
        uint64_t x = next_number(&a);
        uint64_t y = next_number(&b);
        if (x != y) {
            return x < y ? -1 : 1;
        }
    }
    return 0;
}

static bool relation_holds(const char *relation, int order)
{
    bool or_equal = relation[1] == '=';
    switch (relation[0]) {
    case '<':
        return order < 0 || (or_equal && order == 0);
    case '>':
        return order > 0 || (or_equal && order == 0);
    case '!':
        return order != 0;
    default:
        return order == 0;
    }
}

static bool has_tls(const struct report_target *t, const char *library)
{
    for (size_t i = 0; t && i < t->caps.count; i++) {
        if (strncmp(t->caps.at[i], "tls-", 4) == 0 && strcmp(t->caps.at[i] + 4, library) == 0) {
            return true;
        }
    }
    return false;
}

/* "Postfix 3.7.11" -> 3.7.11 and so on; false if no number is in it. */
static bool version_of(const struct report_target *t, span *version)
{
    *version = span_text(t ? t->version : NULL);
    while (version->len != 0 && !ascii_is_digit(version->at[0])) {
        *version = span_from(*version, 1);
    }
    return version->len != 0;
}

static bool condition_holds(const struct baseline_condition *k, const struct report *r,
                            const struct report_case *c)
{
    const struct report_target *t = report_target_find(r, c->target);
    span version;
    if (strcmp(k->key, "version") == 0) {
        return version_of(t, &version) &&
               relation_holds(k->relation, order_versions(version, span_text(k->value)));
    }
    bool equal = strcmp(k->key, "tls") == 0 ? has_tls(t, k->value)
                 : strcmp(k->key, "target") == 0
                     ? fnmatch(k->value, c->target ? c->target : "", 0) == 0
                     : strcmp(r->isolation ? r->isolation : "", k->value) == 0;
    return relation_holds(k->relation, equal ? 0 : 1);
}

static bool conditions_hold(const struct baseline_entry *e, const struct report *r,
                            const struct report_case *c)
{
    for (size_t i = 0; i < e->conditions.count; i++) {
        if (!condition_holds(&e->conditions.at[i], r, c)) {
            return false;
        }
    }
    return true;
}

static const struct baseline_entry *entry_of(const struct baseline *b, const struct report *r,
                                             const struct report_case *c)
{
    const size_t *place = map_get(&b->first, span_text(c->id));
    const struct baseline_entry *e = place ? &b->entries.at[*place] : NULL;
    while (e && !conditions_hold(e, r, c)) {
        e = e->next ? &b->entries.at[e->next] : NULL;
    }
    return e;
}

static bool is_expired(const struct baseline_entry *e, instant now)
{
    instant day;
    return e->until && when_day_parse(span_text(e->until), &day) && now >= day + DAY;
}

static enum fit fit_of(const struct baseline_entry *e, const struct report_case *c, instant now)
{
    bool may_do_either = e->state == STATE_FLAKY;
    if (state_shows_nothing(c->state)) {
        return FIT_NOTHING;
    }
    if (c->state == STATE_PASS) {
        return may_do_either ? FIT_NOTHING : FIT_PASSED;
    }
    /* one that crashes now and then wants the link that a crash wants */
    bool may_crash = may_do_either && strstr(e->because, "://") != NULL;
    bool as_listed = c->state == e->state || (may_do_either && c->state == STATE_FAIL) ||
                     (may_crash && c->state == STATE_CRASH);
    if (!as_listed || !baseline_pattern_fits(e->pattern, span_text(reason_of(c)))) {
        return FIT_OTHERWISE;
    }
    return is_expired(e, now) ? FIT_EXPIRED : FIT_HOLDS;
}

static void apply_entry(const struct baseline *b, const struct baseline_entry *e, instant now,
                        struct arena *arena, struct report_case *c)
{
    switch (fit_of(e, c, now)) {
    case FIT_NOTHING:
        return;
    case FIT_HOLDS:
        c->state = STATE_XFAIL;
        c->because = e->because;
        return;
    case FIT_EXPIRED:
        c->reason = arena_printf(arena, "%s (%s:%u lists it, but only until %s)", reason_of(c),
                                 b->path, e->line, e->until);
        return;
    case FIT_PASSED:
        c->state = STATE_XPASS;
        c->reason = arena_printf(arena,
                                 "%s:%u says that it fails, but it passed: take the line out",
                                 b->path, e->line);
        return;
    case FIT_OTHERWISE:
        /* a crash is never softened to a difference */
        c->state = c->state == STATE_CRASH ? STATE_CRASH : STATE_XDIFF;
        c->reason = arena_printf(arena, "%s (%s:%u lists %s \"%.*s\")", reason_of(c), b->path,
                                 e->line, state_name(e->state), SPAN_FMT(e->pattern));
        return;
    }
}

/* What an entry may name. */
static struct map ids_of(const struct baseline_known *known, const struct report *r,
                         struct arena *arena)
{
    struct map ids = {0};
    for (size_t i = 0; known && i < known->count; i++) {
        (void)map_put(&ids, arena, span_text(known->ids[i]), arena);
    }
    for (size_t i = 0; i < r->cases.count; i++) {
        (void)map_put(&ids, arena, span_text(r->cases.at[i].id), arena);
    }
    return ids;
}

static const char *what_of_unknown(const char *id, const struct baseline_known *known,
                                   struct arena *arena)
{
    const char *near =
        known ? rows_suggest(known->ids, known->count, sizeof *known->ids, span_text(id)) : NULL;
    return near ? arena_printf(arena, "no case is called %s; did you mean %s?", id, near)
                : arena_printf(arena, "no case is called %s: take the line out", id);
}

void baseline_apply(const struct baseline *b, const struct baseline_known *known, instant now,
                    const char *target, struct arena *arena, struct report *r,
                    baseline_mistakes *wrong)
{
    const struct map ids = ids_of(known, r, arena);
    for (size_t i = 0; i < b->entries.count; i++) {
        const struct baseline_entry *e = &b->entries.at[i];
        struct baseline_mistake m = {b->path, e->line, 0, NULL};
        if (!map_get(&ids, span_text(e->id))) {
            m.what = what_of_unknown(e->id, known, arena);
        } else if (strcmp(e->because, "TODO") == 0) {
            m.what = "`because TODO`: a person must write why this is known to fail";
        }
        if (m.what) {
            vec_add(arena, wrong, m);
        }
    }
    for (size_t i = 0; i < r->cases.count; i++) {
        struct report_case *c = &r->cases.at[i];
        const struct baseline_entry *e = report_case_is_on(c, target) ? entry_of(b, r, c) : NULL;
        if (e) {
            apply_entry(b, e, now, arena, c);
        }
    }
}

/* ---- writing ---- */

static void put_entry(const struct baseline_entry *e, const struct report_case *c, struct buf *out)
{
    buf_printf(out, "%s  %s  \"", c->id, state_name(c->state));
    (void)put_pattern(reason_of(c), out);
    buf_put_byte(out, '"');
    for (size_t i = 0; e && i < e->conditions.count; i++) {
        const struct baseline_condition *k = &e->conditions.at[i];
        buf_printf(out, "  if %s%s%s", k->key, k->relation, k->value);
    }
    buf_put_text(out, "  because TODO\n");
}

static bool can_be_listed(const struct report_case *c)
{
    for (const char *p = c->id; *p; p++) {
        if ((unsigned char)*p <= ' ' || *p == 0x7F) {
            return false; /* no name that a line could begin with */
        }
    }
    return *c->id != '\0' && *c->id != '#' &&
           (c->state == STATE_FAIL || c->state == STATE_CRASH || c->state == STATE_FLAKY);
}

/* What becomes of one entry; line is its text as it stands. */
static void put_old_entry(const struct baseline_entry *e, span line, enum fit fit,
                          const struct report_case *c, struct buf *out)
{
    if (fit == FIT_PASSED) {
        return;
    }
    bool stale = fit == FIT_OTHERWISE || fit == FIT_EXPIRED;
    if (stale && can_be_listed(c)) {
        put_entry(e, c, out);
        return;
    }
    /* stray CRs at the end would go one by one with each writing */
    while (line.len != 0 && line.at[line.len - 1] == '\r') {
        line.len--;
    }
    buf_put(out, line);
    buf_put_byte(out, '\n');
}

/* The first case of each entry, by its place. */
static const struct report_case **cases_of(const struct baseline *b, const struct report *r,
                                           const char *target, struct arena *arena)
{
    const struct report_case **cases = arena_take_array(arena, b->entries.count, sizeof *cases);
    for (size_t i = r->cases.count; i > 0; i--) {
        const struct report_case *c = &r->cases.at[i - 1];
        const struct baseline_entry *e = report_case_is_on(c, target) ? entry_of(b, r, c) : NULL;
        if (e) {
            cases[e - b->entries.at] = c;
        }
    }
    return cases;
}

/* What fails and is not listed, each case once. */
static void put_new_entries(const struct baseline *b, const struct report *r, const char *target,
                            struct arena *arena, struct buf *out)
{
    struct map put = {0};
    for (size_t i = 0; i < r->cases.count; i++) {
        const struct report_case *c = &r->cases.at[i];
        size_t before = put.count;
        if (report_case_is_on(c, target) && can_be_listed(c) && !entry_of(b, r, c)) {
            (void)map_put(&put, arena, span_text(c->id), arena);
        }
        if (put.count > before) {
            put_entry(NULL, c, out);
        }
    }
}

void baseline_update(const struct baseline *b, const struct baseline_known *known, instant now,
                     const struct report *r, const char *target, bool prune, struct buf *out)
{
    struct arena *arena = arena_new();
    const struct map ids = ids_of(known, r, arena);
    const struct report_case **cases = cases_of(b, r, target, arena);
    span text = b->text;
    span line;
    size_t next = 0;
    for (unsigned number = 1; span_line(&text, &line); number++) {
        const struct report_case *c = NULL;
        const struct baseline_entry *e = NULL;
        if (next < b->entries.count && b->entries.at[next].line == number) {
            c = cases[next];
            e = &b->entries.at[next++];
        }
        enum fit fit = c ? fit_of(e, c, now) : FIT_NOTHING;
        if (prune && fit != FIT_PASSED) {
            fit = FIT_NOTHING;
        }
        if (!e || map_get(&ids, span_text(e->id))) {
            put_old_entry(e, line, fit, c, out);
        }
    }
    if (!prune) {
        put_new_entries(b, r, target, arena, out);
    }
    arena_free(arena);
}
