/* Expects: one row and one function for each surface. All end in a test of what was found there. */
#include "harness/scenario/directives.h"

#include "base/rows.h"

/* count SP rel SP ( n / param ); the word `count` is taken. */
static bool read_count(struct lex *lx, struct test *t)
{
    t->has_count = true;
    if (!lex_relation(lx, &t->count_relation)) {
        return false;
    }
    span word = lex_peek(lx);
    size_t at = lx->pos;
    uint64_t n;
    if (!span_to_u64(word, &n) && !params_left(word)) {
        return lex_fail(lx, at, "digits, or @{name}", "a number is missing here");
    }
    return lex_value(lx, &t->count);
}

/* [ "any" SP ] rel SP cell / ( "has" / "lacks" ) SP pattern [ SP count ] / count */
static bool read_test(struct lex *lx, struct test *t)
{
    if (lex_literal(lx, "count")) {
        t->kind = TEST_COUNT;
        return read_count(lx, t);
    }
    bool has = lex_literal(lx, "has");
    if (has || lex_literal(lx, "lacks")) {
        t->kind = has ? TEST_HAS : TEST_LACKS;
        return lex_pattern(lx, &t->pattern) && (!lex_literal(lx, "count") || read_count(lx, t));
    }
    t->any = lex_literal(lx, "any");
    if (!lex_is_relation(lx)) {
        span word = lex_peek(lx);
        return word.len == 0
                   ? lex_fail(lx, SPAN_NONE, "= VALUE, has PATTERN, lacks PATTERN, count = N",
                              "the test is missing here")
                   : lex_fail(lx, SPAN_NONE, "= VALUE, has PATTERN, lacks PATTERN, count = N",
                              "`%.*s` is not a test", SPAN_FMT(word));
    }
    t->kind = TEST_RELATION;
    return lex_relation(lx, &t->relation) && lex_value(lx, &t->pattern);
}

/* A client has the connections that the play opens; a server's may be more. */
static bool read_conn(struct lex *lx, struct expect *e)
{
    const struct scenario *s = lx->r->s;
    size_t actor = 0;
    (void)lex_peek(lx);
    size_t at = lx->pos;
    if (!lex_conn(lx, &actor, &e->conn_number)) {
        return false;
    }
    bool there = e->conn_number == 0 || s->actors.at[actor].role != ACTOR_CLIENT;
    for (size_t i = 0; i < s->blocks.count; i++) {
        const struct play_block *b = &s->blocks.at[i];
        there |= b->actor == actor && b->number == e->conn_number;
    }
    e->conn_actor = s->actors.at[actor].name;
    return there ||
           lex_fail(lx, at, "connections are opened by blocks of the play: [NAME 2]",
                    "the play has no connection %u of `%s`", e->conn_number, e->conn_actor);
}

static bool read_until(struct lex *lx, struct expect *e)
{
    if (!lex_literal(lx, "until")) {
        return !lx->failed;
    }
    (void)lex_peek(lx);
    struct place place = lex_place(lx);
    if (!lex_name(lx, "the name of a line", &e->until)) {
        return false;
    }
    struct known *k = vec_push(lx->r->arena, &lx->r->untils);
    *k = (struct known){.name = e->until, .place = place};
    return true;
}

/* Where one connection must be meant, it is the first unless another is named. */
static void one_connection(struct expect *e)
{
    e->conn_number = e->conn_number == 0 ? 1 : e->conn_number;
}

static void expect_flights(struct lex *lx, struct expect *e)
{
    if (!read_conn(lx, e) || !read_until(lx, e)) {
        return;
    }
    one_connection(e);
    if (!lex_literal(lx, "=")) {
        lex_fail(lx, SPAN_NONE, "flights c = S C S C S", "`=` is missing here");
        return;
    }
    do {
        enum side side = SIDE_C;
        if (!lex_side(lx, &side)) {
            return;
        }
        if (e->flights.count > 0 && e->flights.at[e->flights.count - 1] == side) {
            lex_fail(lx, lx->pos - 1, "what one side says unbroken is one flight",
                     "the sides of flights take turns");
            return;
        }
        vec_add(lx->r->arena, &e->flights, side);
    } while (!lex_at_end(lx));
}

static void expect_rtt(struct lex *lx, struct expect *e)
{
    if (!read_conn(lx, e) || !read_until(lx, e) || !lex_relation(lx, &e->test.relation)) {
        return;
    }
    one_connection(e);
    e->test.kind = TEST_RELATION;
    span word = lex_peek(lx);
    size_t at = lx->pos;
    e->half = span_ends(word, SPAN(".5"));
    if (!span_to_u64(span_first(word, word.len - (e->half ? 2 : 0)), &e->number)) {
        lex_fail(lx, at, "rtt c = 5, or 2.5", "a number of round trips is missing here");
        return;
    }
    (void)lex_value(lx, &e->test.pattern);
}

static void expect_wire(struct lex *lx, struct expect *e)
{
    if (read_conn(lx, e) && lex_side(lx, &e->side)) {
        (void)read_test(lx, &e->test);
    }
}

static void expect_log(struct lex *lx, struct expect *e)
{
    const struct word *row = lex_row(lx, "log", log_words, log_word_count, sizeof *log_words);
    if (row == NULL) {
        return;
    }
    e->word = row->name;
    if (!lex_literal(lx, "has")) {
        lex_fail(lx, SPAN_NONE, "log exim-main has \"<= a@c.test\" field L count = 0",
                 "`has PATTERN` is missing here: it says which line is meant");
        return;
    }
    if (!lex_pattern(lx, &e->has) || !lex_nth(lx, &e->nth)) {
        return;
    }
    if (lex_literal(lx, "field") && !lex_text(lx, "a field", &e->field)) {
        return;
    }
    if (!lex_at_end(lx)) {
        (void)read_test(lx, &e->test);
    }
}

static void expect_file(struct lex *lx, struct expect *e)
{
    if (lex_text(lx, "a path", &e->word)) {
        (void)read_test(lx, &e->test);
    }
}

/* What a spool entry has; the second word says which one. */
struct spool_word {
    const char *name;
    const char *second;
};

static const struct spool_word spool_words[] = {
    {"arrived", NULL}, {"attr", "an attribute"}, {"body", NULL},   {"header", "a field's name"},
    {"id", NULL},      {"param", "a parameter of RCPT"}, {"rcpts", NULL}, {"sender", NULL},
};

static void expect_spool(struct lex *lx, struct expect *e)
{
    if (!lex_text(lx, "@{id}", &e->word)) {
        return;
    }
    if (lex_literal(lx, "like")) {
        (void)lex_name(lx, "a section", &e->like);
        return;
    }
    const struct spool_word *row = LEX_ROW(lx, "part of a spool entry", spool_words);
    if (row == NULL) {
        return;
    }
    e->field = row->name;
    if (row->second != NULL && !lex_text(lx, row->second, &e->field_word)) {
        return;
    }
    (void)read_test(lx, &e->test);
}

static const struct word tls_keys[] = {
    {"alert", ""}, {"certificates", ""}, {"cipher", ""},  {"offered", ""}, {"resumed", ""},
    {"sni", ""},   {"tickets", ""},      {"version", ""},
};

static void expect_tls(struct lex *lx, struct expect *e)
{
    if (!read_conn(lx, e)) {
        return;
    }
    one_connection(e);
    const struct word *row = LEX_ROW(lx, "fact of a handshake", tls_keys);
    if (row != NULL) {
        e->word = row->name;
        (void)read_test(lx, &e->test);
    }
}

static const struct word queue_states[] = {{"active", ""}, {"deferred", ""}, {"frozen", ""}};

static void expect_queue(struct lex *lx, struct expect *e)
{
    for (;;) {
        if (lex_literal(lx, "id")) {
            (void)lex_text(lx, "a queue id", &e->queue_id);
        } else if (lex_literal(lx, "rcpt")) {
            (void)lex_text(lx, "a recipient", &e->queue_rcpt);
        } else if (lex_literal(lx, "state")) {
            const struct word *row = LEX_ROW(lx, "state", queue_states);
            e->queue_state = row == NULL ? NULL : row->name;
        } else {
            break;
        }
    }
    if (lex_literal(lx, "count")) {
        e->test.kind = TEST_COUNT;
        (void)read_count(lx, &e->test);
    } else {
        lex_fail(lx, SPAN_NONE, "queue [id ID] [rcpt ADDRESS] [state STATE] count = N",
                 "`count` is missing here");
    }
}

/* ---- mail ---- */

/* "header" SP word [nth] [ "authres" SP word [word] ]; `header` is taken. */
static bool read_header(struct lex *lx, struct expect *e)
{
    if (!lex_text(lx, "a field's name", &e->field) || !lex_nth(lx, &e->header_nth)) {
        return false;
    }
    if (!lex_literal(lx, "authres")) {
        return !lx->failed;
    }
    if (!lex_text(lx, "a method", &e->field_word)) {
        return false;
    }
    span next = lex_peek(lx);
    bool test = next.len == 0 || lex_is_relation(lx) || span_eq(next, SPAN("any")) ||
                span_eq(next, SPAN("has")) || span_eq(next, SPAN("lacks")) ||
                span_eq(next, SPAN("count"));
    return test || lex_text(lx, "a property", &e->field_word2);
}

static bool small_number(struct lex *lx, const char *what, unsigned *n)
{
    uint64_t value = 0;
    if (!lex_number(lx, what, &value)) {
        return false;
    }
    if (value == 0 || value > 10000) {
        return lex_fail(lx, SPAN_NONE, NULL, "%s counts from 1", what);
    }
    *n = (unsigned)value;
    return true;
}

static bool read_mime_part(struct lex *lx, struct expect *e)
{
    if (!small_number(lx, "the part's number", &e->part_number)) {
        return false;
    }
    if (lex_literal(lx, "type")) {
        e->part = MAIL_PART_TYPE;
    } else if (lex_literal(lx, "body")) {
        e->part = MAIL_PART_BODY;
    } else if (lex_literal(lx, "header")) {
        e->part = MAIL_PART_HEADER;
        return read_header(lx, e);
    } else if (lex_literal(lx, "group")) {
        e->part = MAIL_PART_GROUP;
        return small_number(lx, "the group's number", &e->group_number) &&
               lex_text(lx, "a field's name", &e->field);
    } else {
        return lex_fail(lx, SPAN_NONE, "type, body, header FIELD or group N FIELD",
                        "what of the part is meant is missing here");
    }
    return true;
}

struct mail_word {
    const char *name;
    enum mail_part part;
};

static const struct mail_word mail_words[] = {
    {"arc", MAIL_ARC},       {"body", MAIL_BODY},      {"dkim", MAIL_DKIM}, {"from", MAIL_FROM},
    {"header", MAIL_HEADER}, {"part", MAIL_PART_TYPE}, {"rcpt", MAIL_RCPT},
};

/* A mailbox has an @, everything else is an actor. */
static bool read_mailbox(struct lex *lx, const char **word)
{
    span w;
    if (!lex_word(lx, "a mailbox or an actor", &w)) {
        return false;
    }
    *word = arena_text(lx->r->arena, w);
    const struct actor *actor = ROWS_IN(&lx->r->s->actors, w);
    if (actor != NULL) {
        return actor->role == ACTOR_SERVER ||
               lex_fail(lx, lx->pos - w.len, "a mailbox, u@test.ex, or a server actor",
                        "`%s` is a client: it takes no mail", *word);
    }
    return span_has(w, SPAN("@")) ||
           lex_fail(lx, lx->pos - w.len, "a mailbox, u@test.ex, or a server actor",
                    "`%s` is neither a mailbox nor an actor", *word);
}

static void expect_mail(struct lex *lx, struct expect *e)
{
    if (!read_mailbox(lx, &e->word) || !lex_nth(lx, &e->nth)) {
        return;
    }
    const struct mail_word *row = ROWS_FIND(mail_words, lex_peek(lx));
    if (row != NULL) {
        lx->pos += strlen(row->name);
        e->part = row->part;
        if ((row->part == MAIL_HEADER && !read_header(lx, e)) ||
            (row->part == MAIL_PART_TYPE && !read_mime_part(lx, e))) {
            return;
        }
    } else {
        span next = lex_peek(lx);
        const char *near = ROWS_SUGGEST(mail_words, next);
        if (near != NULL && !span_eq(next, SPAN("any"))) {
            lex_fail(lx, SPAN_NONE, lex_meant(lx->r, near), "there is no part `%.*s` of a mail", SPAN_FMT(next));
            return;
        }
    }
    (void)read_test(lx, &e->test);
}

/* ---- same ---- */

static bool object_message(struct lex *lx, struct object *o)
{
    (void)lex_peek(lx);
    size_t at = lx->pos;
    return lex_name(lx, "a message", &o->word) && step_message(lx, o->word, at);
}

static bool body_word(struct lex *lx)
{
    return lex_literal(lx, "body") || lex_fail(lx, SPAN_NONE, NULL, "`body` is missing here");
}

static bool read_object(struct lex *lx, struct object *o)
{
    if (lex_literal(lx, "mail")) {
        o->kind = OBJECT_MAIL;
        return read_mailbox(lx, &o->word) && lex_nth(lx, &o->number) && body_word(lx);
    }
    if (lex_literal(lx, "message")) {
        o->kind = OBJECT_MESSAGE;
        return object_message(lx, o) && body_word(lx);
    }
    if (lex_literal(lx, "spool")) {
        if (!lex_text(lx, "@{id}", &o->word)) {
            return false;
        }
        o->kind = lex_literal(lx, "header") ? OBJECT_SPOOL_HEADER : OBJECT_SPOOL_DATA;
        return o->kind == OBJECT_SPOOL_HEADER || lex_literal(lx, "data") ||
               lex_fail(lx, SPAN_NONE, NULL, "`header` or `data` is missing here");
    }
    if (lex_literal(lx, "file")) {
        o->kind = OBJECT_FILE;
        return lex_text(lx, "a path", &o->word);
    }
    if (lex_literal(lx, "wire")) {
        size_t actor = 0;
        o->kind = OBJECT_WIRE;
        if (!lex_conn(lx, &actor, &o->number)) {
            return false;
        }
        o->word = lx->r->s->actors.at[actor].name;
        return lex_side(lx, &o->side);
    }
    return lex_fail(lx, SPAN_NONE,
                    "mail ... body, message ... body, spool ... data, file PATH, wire ...",
                    "one of the two objects is missing here");
}

static void expect_same(struct lex *lx, struct expect *e)
{
    if (!read_object(lx, &e->left)) {
        return;
    }
    if (!lex_literal(lx, "=")) {
        lex_fail(lx, SPAN_NONE, "same A = B", "`=` is missing here");
        return;
    }
    (void)read_object(lx, &e->right);
}

/* ---- the statement ---- */

struct expect_word {
    const char *name;
    enum expect_kind kind;
    void (*read)(struct lex *lx, struct expect *e);
};

static const struct expect_word expect_words[] = {
    {"file", EXPECT_FILE, expect_file},    {"flights", EXPECT_FLIGHTS, expect_flights},
    {"log", EXPECT_LOG, expect_log},       {"mail", EXPECT_MAIL, expect_mail},
    {"queue", EXPECT_QUEUE, expect_queue}, {"rtt", EXPECT_RTT, expect_rtt},
    {"same", EXPECT_SAME, expect_same},    {"spool", EXPECT_SPOOL, expect_spool},
    {"tls", EXPECT_TLS, expect_tls},       {"wire", EXPECT_WIRE, expect_wire},
};

static bool read_when(struct lex *lx, struct expect *e)
{
    span word;
    if (!lex_word(lx, "a label", &word)) {
        return false;
    }
    size_t at = lx->pos - word.len;
    for (size_t start = 0; start <= word.len;) {
        size_t bar = span_find_byte(span_from(word, start), '|');
        span label = span_part(word, start, bar == SPAN_NONE ? word.len : bar);
        const char *text = arena_text(lx->r->arena, label);
        struct known *k = vec_push(lx->r->arena, &lx->r->whens);
        *k = (struct known){.name = text, .place = line_place(&lx->line, at + start)};
        vec_add(lx->r->arena, &e->when, text);
        start += label.len + 1;
    }
    return true;
}

void expect_line(struct reading *r, struct lex *lx)
{
    struct expect *e = vec_push(r->arena, &r->s->expects);
    e->place = line_place(&lx->line, 0);
    r->target = NOTES_EXPECT;
    r->notes_of = &e->notes;
    if (lex_literal(lx, "when") && !read_when(lx, e)) {
        return;
    }
    const struct expect_word *row = LEX_ROW(lx, "surface", expect_words);
    if (row != NULL) {
        e->kind = row->kind;
        row->read(lx, e);
        (void)lex_end(lx);
    }
}
