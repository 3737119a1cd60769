/* Messages as queued: one field, or a whole section of them (`like`). */
#include "harness/judge/checks.h"

#include "base/rows.h"

#include <string.h>

/* ---- the words of a spool entry ---- */

typedef void spool_find(const struct hearing *h, const struct spool_entry *m, const char *word,
                        span_list *values);

static void find_arrived(const struct hearing *h, const struct spool_entry *m, const char *word,
                         span_list *values)
{
    (void)word;
    vec_add(h->arena, values, span_text(arena_printf(h->arena, "%lld", (long long)m->arrived)));
}

static void find_attr(const struct hearing *h, const struct spool_entry *m, const char *word,
                      span_list *values)
{
    for (size_t i = 0; i < m->attrs.count; i++) {
        if (strcmp(m->attrs.at[i].name, word) == 0) {
            vec_add(h->arena, values, m->attrs.at[i].value);
        }
    }
}

static void find_body(const struct hearing *h, const struct spool_entry *m, const char *word,
                      span_list *values)
{
    (void)word;
    vec_add(h->arena, values, m->body);
}

static void find_header(const struct hearing *h, const struct spool_entry *m, const char *word,
                        span_list *values)
{
    hearing_fields(h, m->headers.at, m->headers.count, word, 0, values);
}

static void find_id(const struct hearing *h, const struct spool_entry *m, const char *word,
                    span_list *values)
{
    (void)word;
    vec_add(h->arena, values, span_text(m->id));
}

/* "ADDRESS VALUE" for each recipient that has the parameter (RFC 3461 4). */
static void find_param(const struct hearing *h, const struct spool_entry *m, const char *word,
                       span_list *values)
{
    for (size_t i = 0; i < m->rcpts.count; i++) {
        const struct spool_rcpt *r = &m->rcpts.at[i];
        for (size_t k = 0; k < r->params.count; k++) {
            if (strcmp(r->params.at[k].name, word) == 0) {
                vec_add(h->arena, values,
                        span_text(arena_printf(h->arena, "%.*s %.*s", SPAN_FMT(r->address),
                                               SPAN_FMT(r->params.at[k].value))));
            }
        }
    }
}

static void find_rcpts(const struct hearing *h, const struct spool_entry *m, const char *word,
                       span_list *values)
{
    (void)word;
    for (size_t i = 0; i < m->rcpts.count; i++) {
        vec_add(h->arena, values, m->rcpts.at[i].address);
    }
}

static void find_sender(const struct hearing *h, const struct spool_entry *m, const char *word,
                        span_list *values)
{
    (void)word;
    vec_add(h->arena, values, m->sender);
}

struct spool_word {
    const char *name;
    bool named; /* a second word follows */
    spool_find *find;
};

static const struct spool_word spool_words[] = {
    { "arrived", false, find_arrived }, { "attr", true, find_attr },    { "body", false, find_body },
    { "header", true, find_header },    { "id", false, find_id },       { "param", true, find_param },
    { "rcpts", false, find_rcpts },     { "sender", false, find_sender },
};

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
    l->word->find(h, m, l->name, &values);
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
    const struct section *section = NULL;
    for (size_t i = 0; i < h->s->sections.count; i++) {
        const struct section *s = &h->s->sections.at[i];
        if (s->kind == SECTION_SPOOL && strcmp(s->name, e->like) == 0) {
            section = s;
        }
    }
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
        word->find(h, m, e->field_word, &f.values);
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
    const char *unbound = NULL;
    const char *id = e->queue_id == NULL ? NULL : hearing_fill(h, e->queue_id, &unbound);
    const char *rcpt = e->queue_rcpt == NULL ? NULL : hearing_fill(h, e->queue_rcpt, &unbound);
    if (!h->seen->has_queue) {
        f->skipped = "surface";
        return;
    }
    if (unbound != NULL) {
        f->missing = arena_printf(h->arena, "@{%s} is not bound", unbound);
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
