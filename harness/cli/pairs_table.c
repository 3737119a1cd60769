/* Sender by receiver, for people. Everything stands in report.json as well: the names of the targets are the
   two coordinates. */
#include "harness/cli/pairs.h"

#include "base/arena.h"
#include "base/rows.h"
#include "harness/case/pair.h"

struct table {
    struct arena *arena;
    texts senders, receivers, ids;
};

static void add_once(struct table *t, texts *all, const char *text)
{
    if (ROWS_IN(all, span_text(text)) == NULL) {
        vec_add(t->arena, all, text);
    }
}

static bool is_of(struct table *t, const struct report_case *c, const char *sender,
                  const char *receiver)
{
    return strcmp(c->target, arena_printf(t->arena, "%s" PAIR_ARROW "%s", sender, receiver)) == 0;
}

/* "11/12, 1 fail": those that hold of those that ran, skips left out. */
static const char *cell(struct table *t, const struct report *r, const char *sender,
                        const char *receiver)
{
    unsigned of[STATE_COUNT] = {0};
    unsigned ran = 0;
    for (size_t i = 0; i < r->cases.count; i++) {
        const struct report_case *c = &r->cases.at[i];
        if (is_of(t, c, sender, receiver)) {
            of[c->state]++;
            ran += c->state != STATE_SKIP;
        }
    }
    if (ran == 0) {
        return of[STATE_SKIP] ? "-" : "";
    }
    const char *text = arena_printf(t->arena, "%u/%u", of[STATE_PASS], ran);
    for (unsigned s = 0; s < STATE_COUNT; s++) {
        if (s != STATE_PASS && s != STATE_SKIP && of[s]) {
            text = arena_printf(t->arena, "%s %u %s", text, of[s], state_name((enum state)s));
        }
    }
    return text;
}

static void put_cells(const texts *cells, size_t columns, struct buf *out)
{
    for (size_t i = 0; i < cells->count; i++) {
        size_t width = 0;
        for (size_t k = i % columns; k < cells->count; k += columns) {
            size_t len = strlen(cells->at[k]);
            width = len > width ? len : width;
        }
        bool last = i % columns == columns - 1;
        buf_printf(out, "%-*s%s", last ? 0 : (int)width, cells->at[i], last ? "\n" : "  ");
    }
}

static void put_pairs(struct table *t, const struct report *r, struct buf *out)
{
    texts cells = {0};
    vec_add(t->arena, &cells, "sender \\ receiver");
    for (size_t k = 0; k < t->receivers.count; k++) {
        vec_add(t->arena, &cells, t->receivers.at[k]);
    }
    for (size_t i = 0; i < t->senders.count; i++) {
        vec_add(t->arena, &cells, t->senders.at[i]);
        for (size_t k = 0; k < t->receivers.count; k++) {
            vec_add(t->arena, &cells, cell(t, r, t->senders.at[i], t->receivers.at[k]));
        }
    }
    put_cells(&cells, t->receivers.count + 1, out);
}

/* A count for a case that holds, a word for one that does not. */
static const char *flights(struct table *t, const struct report *r, const char *id,
                           const char *sender, const char *receiver)
{
    for (size_t i = 0; i < r->cases.count; i++) {
        const struct report_case *c = &r->cases.at[i];
        if (strcmp(c->id, id) != 0 || !is_of(t, c, sender, receiver)) {
            continue;
        }
        if (c->state == STATE_SKIP) {
            return "-";
        }
        const char *count = c->flights ? arena_printf(t->arena, "%zu", strlen(c->flights)) : "";
        return c->state == STATE_PASS
                   ? count
                   : arena_printf(t->arena, "%s%s%s", count, *count ? " " : "", state_name(c->state));
    }
    return "";
}

static void put_flights(struct table *t, const struct report *r, struct buf *out)
{
    texts cells = {0};
    size_t columns = t->ids.count + 1;
    vec_add(t->arena, &cells, "flights");
    for (size_t i = 0; i < t->ids.count; i++) {
        span id = span_text(t->ids.at[i]);
        size_t slash = span_find_last_byte(id, '/');
        vec_add(t->arena, &cells, t->ids.at[i] + (slash == SPAN_NONE ? 0 : slash + 1));
    }
    for (size_t s = 0; s < t->senders.count; s++) {
        for (size_t k = 0; k < t->receivers.count; k++) {
            const char *to = t->receivers.at[k];
            vec_add(t->arena, &cells,
                    arena_printf(t->arena, "%s" PAIR_ARROW "%s", t->senders.at[s], to));
            for (size_t i = 0; i < t->ids.count; i++) {
                vec_add(t->arena, &cells, flights(t, r, t->ids.at[i], t->senders.at[s], to));
            }
        }
    }
    put_cells(&cells, columns, out);
}

void pairs_table_put(const struct report *r, struct buf *out)
{
    struct table t = {.arena = arena_new()};
    const char *sender;
    const char *receiver;
    for (size_t i = 0; i < r->cases.count; i++) {
        if (pair_name_read(r->cases.at[i].target, t.arena, &sender, &receiver)) {
            add_once(&t, &t.senders, sender);
            add_once(&t, &t.receivers, receiver);
            add_once(&t, &t.ids, r->cases.at[i].id);
        }
    }
    if (t.senders.count > 0) {
        put_pairs(&t, r, out);
        buf_put_byte(out, '\n');
        put_flights(&t, r, out);
    }
    arena_free(t.arena);
}
