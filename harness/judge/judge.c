/* Expects, one after the other, by a table with a row for each kind. */
#include "harness/judge/checks.h"

#include "base/rows.h"

#include <string.h>

const struct check_row check_rows[EXPECT_KIND_COUNT] = {
    [EXPECT_FLIGHTS] = { .name = "flights", .judge = check_flights },
    [EXPECT_RTT] = { .name = "rtt", .judge = check_rtt },
    [EXPECT_WIRE] = { .name = "wire", .find = find_wire },
    [EXPECT_LOG] = { .name = "log", .find = find_log },
    [EXPECT_FILE] = { .name = "file", .find = find_file },
    [EXPECT_SPOOL] = { .name = "spool", .judge = check_spool },
    [EXPECT_TLS] = { .name = "tls", .find = find_tls },
    [EXPECT_QUEUE] = { .name = "queue", .find = find_queue },
    [EXPECT_MAIL] = { .name = "mail", .find = find_mail },
    [EXPECT_SAME] = { .name = "same", .judge = check_same },
};

/* ---- judging ---- */

static bool is_asked(const struct expect *e, const texts *labels)
{
    bool asked = e->when.count == 0;
    for (size_t i = 0; i < e->when.count; i++) {
        asked = asked || ROWS_IN(labels, span_text(e->when.at[i])) != NULL;
    }
    return asked;
}

static void judge_one(const struct hearing *h, const struct expect *e, struct judgement *j)
{
    const struct check_row *row = &check_rows[e->kind];
    *j = (struct judgement){.expect = e, .wanted = "", .got = ""};
    if (row->judge != NULL) {
        row->judge(h, e, j);
    } else {
        struct finding f = {0};
        row->find(h, e, &f);
        test_apply(h, &e->test, &f, j);
    }
    j->gave_up = bindings_gave_up(h->b);
    j->wanted = arena_printf(h->arena, "%s %s", row->name, j->wanted);
}

void judge_expects(const struct scenario *s, const struct transcript *t,
                   const struct observation *seen, const texts *labels, struct bindings *b,
                   struct arena *arena, judgements *out)
{
    struct hearing h = {.s = s, .t = t, .seen = seen, .b = b, .arena = arena};
    span dir;
    *out = (judgements){0};
    if (seen->dir != NULL && !bindings_get(b, "dir", &dir)) {
        bindings_set(b, "dir", span_text(seen->dir));
    }
    for (size_t i = 0; i < s->expects.count; i++) {
        if (is_asked(&s->expects.at[i], labels)) {
            judge_one(&h, &s->expects.at[i], vec_push(arena, out));
        }
    }
}

/* ---- shared by several checks ---- */

size_t hearing_actor(const struct hearing *h, const char *name)
{
    const struct actor *actor = ROWS_IN(&h->s->actors, span_text(name));
    return actor != NULL ? (size_t)(actor - h->s->actors.at) : SIZE_MAX;
}

const char *hearing_fill(const struct hearing *h, const char *word, const char **missing)
{
    span filled;
    const char *unbound = NULL;
    if (bindings_fill(h->b, span_text(word), h->arena, &filled, &unbound)) {
        return arena_text(h->arena, filled);
    }
    *missing = arena_printf(h->arena, "@{%s} is not bound", unbound);
    return NULL;
}

const struct spool_entry *hearing_spool(const struct hearing *h, const char *word,
                                        const char **missing)
{
    const char *id = hearing_fill(h, word, missing);
    if (id == NULL) {
        return NULL;
    }
    for (size_t i = h->seen->spool.count; i > 0; i--) {
        if (strcmp(h->seen->spool.at[i - 1].id, id) == 0) {
            return &h->seen->spool.at[i - 1];
        }
    }
    *missing = arena_printf(h->arena, "no message %s in the spool", id);
    return NULL;
}
