/* Messages as queued: one field, or a whole section of them (`like`). */
#include "harness/judge/checks.h"

#include "base/rows.h"
#include "harness/scenario/read.h"

#include <string.h>

/* ---- the words of a spool entry ---- */

enum spool_field { SPOOL_ARRIVED, SPOOL_ATTR, SPOOL_BODY, SPOOL_HEADER, SPOOL_ID, SPOOL_PARAM, SPOOL_RCPTS,
                   SPOOL_SENDER };

struct spool_word {
    const char *name;
    enum spool_field field;
    bool named; /* a second word follows */
};

static const struct spool_word spool_words[] = {
    {"arrived", SPOOL_ARRIVED, false}, {"attr", SPOOL_ATTR, true},    {"body", SPOOL_BODY, false},
    {"header", SPOOL_HEADER, true},    {"id", SPOOL_ID, false},       {"param", SPOOL_PARAM, true},
    {"rcpts", SPOOL_RCPTS, false},     {"sender", SPOOL_SENDER, false},
};

static void find_attr(const struct hearing *h, const struct spool_entry *m, const char *name,
                      span_list *values)
{
    for (size_t i = 0; i < m->attrs.count; i++) {
        if (strcmp(m->attrs.at[i].name, name) == 0) {
            vec_add(h->arena, values, m->attrs.at[i].value);
        }
    }
}

/* "ADDRESS VALUE" for each recipient that has the parameter (RFC 3461 4). */
static void find_param(const struct hearing *h, const struct spool_entry *m, const char *name,
                       span_list *values)
{
    for (size_t i = 0; i < m->rcpts.count; i++) {
        const struct spool_rcpt *r = &m->rcpts.at[i];
        for (size_t k = 0; k < r->params.count; k++) {
            if (strcmp(r->params.at[k].name, name) == 0) {
                vec_add(h->arena, values,
                        span_text(arena_printf(h->arena, "%.*s %.*s", SPAN_FMT(r->address),
                                               SPAN_FMT(r->params.at[k].value))));
            }
        }
    }
}

/* name: the second word. */
static void find_values(const struct hearing *h, const struct spool_entry *m, enum spool_field field,
                        const char *name, span_list *values)
{
    switch (field) {
    case SPOOL_ARRIVED:
        vec_add(h->arena, values, span_text(arena_printf(h->arena, "%lld", (long long)m->arrived)));
        break;
    case SPOOL_ATTR: find_attr(h, m, name, values); break;
    case SPOOL_BODY: vec_add(h->arena, values, m->body); break;
    case SPOOL_HEADER: hearing_fields(h, m->headers.at, m->headers.count, name, 0, values); break;
    case SPOOL_ID: vec_add(h->arena, values, span_text(m->id)); break;
    case SPOOL_PARAM: find_param(h, m, name, values); break;
    case SPOOL_RCPTS:
        for (size_t i = 0; i < m->rcpts.count; i++) {
            vec_add(h->arena, values, m->rcpts.at[i].address);
        }
        break;
    case SPOOL_SENDER: vec_add(h->arena, values, m->sender); break;
    }
}

/* ---- like ---- */

/* One line of a section: WORD [NAME] VALUE, the value quoted or bare. */
struct like_line {
    const struct spool_word *word;
    const char *name;
    const struct pattern *value;
    span text;
};

static bool like_read(const struct hearing *h, span line, struct like_line *out)
{
    span word;
    span rest;
    (void)span_split(line, ' ', &word, &rest);
    out->word = ROWS_FIND(spool_words, word);
    out->text = line;
    rest = span_trim(rest);
    if (out->word != NULL && out->word->named) {
        span name;
        (void)span_split(rest, ' ', &name, &rest);
        out->name = arena_text(h->arena, name);
        rest = span_trim(rest);
    }
    bool quoted = rest.len >= 2 && rest.at[0] == '"' && rest.at[rest.len - 1] == '"';
    span value = quoted ? span_part(rest, 1, rest.len - 2) : rest;
    enum pattern_form form = quoted ? PATTERN_QUOTED : PATTERN_WORD;
    err e = pattern_read(value, form, h->arena, &out->value);
    return out->word != NULL && !failed(e);
}

/* The nth line of a word that can stand several times is about the nth value. */
static bool like_holds(const struct hearing *h, const struct spool_entry *m,
                       const struct like_line *l, size_t nth, size_t lines, const char **got)
{
    span_list values = {0};
    find_values(h, m, l->word->field, l->name, &values);
    *got = values.count > nth ? shown(values.at[nth], h->arena) : "nothing";
    if (values.count != lines) {
        *got = arena_printf(h->arena, "%zu of them, %s", values.count, *got);
        return false;
    }
    return pattern_matches(l->value, values.at[nth], h->b);
}

static bool same_word(const struct like_line *a, const struct like_line *b)
{
    return a->word == b->word && (a->name == NULL || strcmp(a->name, b->name) == 0);
}

static void judge_like(const struct hearing *h, const struct expect *e, const struct spool_entry *m,
                       struct judgement *j)
{
    const struct section *section = scenario_section(h->s, SECTION_SPOOL, e->like);
    j->wanted = arena_printf(h->arena, "like %s", e->like);
    if (section == NULL) {
        j->got = "there is no such section";
        return;
    }
    VEC(struct like_line) lines = {0};
    span rest = section->content;
    span line;
    while (span_line(&rest, &line)) {
        line = span_trim(line);
        struct like_line one = {0};
        if (line.len > 0 && line.at[0] != '#') {
            if (!like_read(h, line, &one)) {
                j->got = arena_printf(h->arena, "this line of the section cannot be read: %.*s",
                                      SPAN_FMT(line));
                return;
            }
            vec_add(h->arena, &lines, one);
        }
    }
    j->ok = true;
    j->got = "the same";
    for (size_t i = 0; i < lines.count && j->ok; i++) {
        size_t nth = 0;
        size_t all = 0;
        const char *got = NULL;
        for (size_t k = 0; k < lines.count; k++) {
            bool same = same_word(&lines.at[i], &lines.at[k]);
            all += same;
            nth += same && k < i;
        }
        j->ok = like_holds(h, m, &lines.at[i], nth, all, &got);
        if (!j->ok) {
            j->wanted =
                arena_printf(h->arena, "like %s: %.*s", e->like, SPAN_FMT(lines.at[i].text));
            j->got = got;
        }
    }
}

void check_spool(const struct hearing *h, const struct expect *e, struct judgement *j)
{
    struct finding f = {.skipped = h->seen->has_spool ? NULL : "surface"};
    const struct spool_entry *m = NULL;
    if (f.skipped == NULL) {
        m = hearing_spool(h, e->word, &f.missing);
    }
    if (m != NULL && e->like != NULL) {
        judge_like(h, e, m, j);
        return;
    }
    const struct spool_word *word =
        e->field == NULL ? NULL : ROWS_FIND(spool_words, span_text(e->field));
    if (m != NULL && word != NULL) {
        find_values(h, m, word->field, e->field_word, &f.values);
    }
    test_apply(h, &e->test, &f, j);
    if (e->like != NULL) {
        j->ok = false;
        j->wanted = arena_printf(h->arena, "like %s", e->like);
    }
}

/* ---- the queue ---- */

static bool waits_for(const struct spool_entry *m, const char *rcpt)
{
    bool is = false;
    for (size_t i = 0; i < m->rcpts.count; i++) {
        is = is || span_eq(m->rcpts.at[i].address, span_text(rcpt));
    }
    for (size_t i = 0; i < m->done.count; i++) {
        is = is && !span_eq(m->done.at[i], span_text(rcpt));
    }
    return is;
}

/* Messages that the target has in its queue at the end: entries with a state. */
void find_queue(const struct hearing *h, const struct expect *e, struct finding *f)
{
    const char *id = e->queue_id == NULL ? NULL : hearing_fill(h, e->queue_id, &f->missing);
    const char *rcpt = e->queue_rcpt == NULL ? NULL : hearing_fill(h, e->queue_rcpt, &f->missing);
    if (!h->seen->has_queue) {
        f->skipped = "surface";
        return;
    }
    if (f->missing != NULL) {
        return;
    }
    for (size_t i = 0; i < h->seen->spool.count; i++) {
        const struct spool_entry *m = &h->seen->spool.at[i];
        if (m->state != NULL && (id == NULL || strcmp(m->id, id) == 0) &&
            (rcpt == NULL || waits_for(m, rcpt)) &&
            (e->queue_state == NULL || strcmp(m->state, e->queue_state) == 0)) {
            vec_add(h->arena, &f->values, span_text(m->id));
        }
    }
}
