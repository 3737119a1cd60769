/* The play: connections, alternatives, snippets and notes. What a single line says is read_step.c. */
#include "harness/scenario/directives.h"

#include "base/file.h"
#include "base/rows.h"

static struct frame *top(struct reading *r)
{
    return &r->frames[r->frame_count - 1];
}

/* Lines before any `[...]` are the first actor's first connection. */
static void open_block(struct reading *r, struct place place, size_t actor, unsigned number)
{
    r->block = (struct play_block){.place = place, .actor = actor, .number = number};
    r->block_open = true;
    r->frame_count = 1;
    r->frames[0] = (struct frame){.play = {0}};
    r->target = NOTES_NONE;
}

/* A reply whose last line was `250-...` ends here, and must not. */
static void end_reply(struct reading *r, struct lex *lx)
{
    if (r->continued) {
        r->continued = false;
        lex_fail(lx, 0, "the last line of a reply has a blank behind its code",
                 "the reply above has no last line");
    }
}

static void close_block(struct reading *r)
{
    if (!r->block_open) {
        return;
    }
    if (r->frame_count > 1) {
        complain(r, top(r)->either.place, "write `end` below the last alternative",
                 "this `either` has no end");
    }
    if (r->continued) {
        struct step *last = play_last(r);
        complain(r, last->place, "the last line of a reply has a blank behind its code",
                 "this reply has no last line");
    }
    r->continued = false;
    r->block.play = r->frames[0].play;
    vec_add(r->arena, &r->s->blocks, r->block);
    r->block_open = false;
    r->frame_count = 0;
    r->target = NOTES_NONE;
}

void play_finish(struct reading *r)
{
    close_block(r);
}

const char *play_proto(const struct reading *r)
{
    const struct actor *a = &r->s->actors.at[r->block.actor];
    const struct option_text *proto = ROWS_IN(&a->options, SPAN("proto"));
    return proto != NULL ? proto->value : "smtp";
}

struct step *play_last(struct reading *r)
{
    if (r->frame_count == 0 || top(r)->play.count == 0) {
        return NULL;
    }
    return &top(r)->play.at[top(r)->play.count - 1];
}

struct step *play_add(struct lex *lx, enum step_kind kind, enum side side)
{
    struct reading *r = lx->r;
    struct place place = line_place(&lx->line, 0);
    if (!r->block_open) {
        open_block(r, place, 0, 1);
    }
    end_reply(r, lx);
    struct step *s = vec_push(r->arena, &top(r)->play);
    s->place = place;
    s->kind = kind;
    s->side = side;
    r->target = NOTES_STEP;
    return s;
}

void play_conn(struct reading *r, struct lex *lx)
{
    struct play_block b = {.place = line_place(&lx->line, 0)};
    /* `[mx 2]`: the bracket is glued to the last word, so the inside is read as a line of its own. */
    span text = span_from(lx->line.text, lx->pos);
    size_t close = span_find_byte(text, ']');
    if (close == SPAN_NONE) {
        lex_fail(lx, lx->pos, "[NAME 2]", "`]` is missing here");
        return;
    }
    struct lex inside = *lx;
    inside.line.text.len = lx->pos + close;
    if (!lex_conn(&inside, &b.actor, &b.number) || !lex_end(&inside)) {
        return;
    }
    b.number = b.number == 0 ? 1 : b.number;
    lx->pos += close + 1;
    if (lex_literal(lx, "after")) {
        b.has_after = true;
        if (!lex_conn(lx, &b.after_actor, &b.after_number)) {
            return;
        }
        b.after_number = b.after_number == 0 ? 1 : b.after_number;
        if (b.after_actor == b.actor && b.after_number == b.number) {
            lex_fail(lx, 0, "after another one", "this connection would wait for its own end");
            return;
        }
    }
    if (!lex_end(lx)) {
        return;
    }
    close_block(r);
    for (size_t i = 0; i < r->s->blocks.count; i++) {
        if (r->s->blocks.at[i].actor == b.actor && r->s->blocks.at[i].number == b.number) {
            lex_fail(lx, 0, "a connection's lines stand in one block",
                     "this connection has its lines in line %u already",
                     r->s->blocks.at[i].place.line);
            return;
        }
    }
    open_block(r, b.place, b.actor, b.number);
    r->block = b;
}

/* ---- alternatives ---- */

static bool take_label(struct reading *r, struct lex *lx, struct branch *branch)
{
    const char *name = NULL;
    (void)lex_peek(lx);
    size_t at = lx->pos;
    if (!lex_name(lx, "a label", &name)) {
        return false;
    }
    const char *prefix = r->scope != NULL ? r->scope->prefix : "";
    branch->label = arena_printf(r->arena, "%s%s", prefix, name);
    branch->place = line_place(&lx->line, 0);
    const struct known *other = ROWS_IN(&r->labels, span_text(branch->label));
    if (other != NULL) {
        return lex_fail(lx, at, "each alternative of a file has a label of its own",
                        "there is a label `%s` in line %u already", branch->label, other->place.line);
    }
    struct known *k = vec_push(r->arena, &r->labels);
    *k = (struct known){branch->label, branch->place, r->depth > 0, 0};
    return true;
}

void play_either(struct reading *r, struct lex *lx)
{
    end_reply(r, lx);
    if (!r->block_open) {
        open_block(r, line_place(&lx->line, 0), 0, 1);
    }
    if (r->frame_count == READING_DEPTH) {
        lex_fail(lx, 0, NULL, "alternatives are nested more than %d deep", READING_DEPTH - 1);
        return;
    }
    struct frame *f = &r->frames[r->frame_count++];
    *f = (struct frame){.either = {.place = line_place(&lx->line, 0), .kind = STEP_EITHER}};
    r->target = NOTES_NONE;
    if (take_label(r, lx, &f->branch)) {
        if (lex_literal(lx, "!fail")) {
            f->branch.fails = true;
        }
        (void)lex_end(lx);
    }
}

static void close_branch(struct reading *r)
{
    struct frame *f = top(r);
    f->branch.play = f->play;
    vec_add(r->arena, &f->either.branches, f->branch);
    f->branch = (struct branch){0};
    f->play = (steps){0};
    r->target = NOTES_NONE;
}

void play_or(struct reading *r, struct lex *lx)
{
    if (r->frame_count < 2) {
        lex_fail(lx, 0, "either LABEL stands above it", "`or` without `either`");
        return;
    }
    end_reply(r, lx);
    close_branch(r);
    if (take_label(r, lx, &top(r)->branch)) {
        top(r)->branch.fails = lex_literal(lx, "!fail");
        (void)lex_end(lx);
    }
}

void play_end(struct reading *r, struct lex *lx)
{
    if (r->frame_count < 2) {
        lex_fail(lx, 0, "either LABEL stands above it", "`end` without `either`");
        return;
    }
    end_reply(r, lx);
    (void)lex_end(lx);
    close_branch(r);
    struct step either = top(r)->either;
    if (either.branches.count < 2) {
        complain(r, either.place, "or LABEL", "an `either` has two alternatives at least");
    }
    r->frame_count--;
    vec_add(r->arena, &top(r)->play, either);
}

/* ---- snippets ---- */

void play_use(struct reading *r, struct lex *lx)
{
    struct scope scope = {.outer = r->scope, .prefix = r->scope != NULL ? r->scope->prefix : ""};
    span file = SPAN_EMPTY;
    (void)lex_peek(lx);
    size_t at = lx->pos;
    if (!lex_word(lx, "a file", &file) || !lex_options(lx, NULL, 0, 0, &scope.values)) {
        return;
    }
    if (lex_literal(lx, "as")) {
        const char *name = NULL;
        if (!lex_name(lx, "a name", &name)) {
            return;
        }
        scope.prefix = arena_printf(r->arena, "%s%s.", scope.prefix, name);
    }
    if (!lex_end(lx)) {
        return;
    }
    if (r->depth >= READING_DEPTH) {
        lex_fail(lx, 0, "a snippet cannot use itself", "snippets are nested more than %d deep",
                 READING_DEPTH);
        return;
    }
    const char *path =
        path_join(r->arena, path_dir(r->arena, lx->line.file), arena_text(r->arena, file));
    span content;
    err e = outline_load(path, r->arena, &content);
    if (failed(e)) {
        lex_fail(lx, at, "paths are relative to the file that names them", "%s",
                 err_text(e, r->arena));
        return;
    }
    struct outline o = {0};
    struct scope *kept = ARENA_NEW(r->arena, struct scope);
    *kept = scope;
    const struct scope *outer = r->scope;
    unsigned frames = r->frame_count;
    r->depth++;
    r->scope = kept;
    outline_cut(r, content, path, kept, &o);
    if (o.header.count > 0 || o.claims.count > 0 || o.sections.count > 0) {
        complain(r, line_place(&lx->line, 0),
                 "a snippet of header lines and sections is used in the header",
                 "%s holds more than lines of the play", path);
    }
    read_play_lines(r, &o.play);
    if (r->frame_count > frames && frames > 0) {
        complain(r, line_place(&lx->line, 0), NULL, "%s leaves an `either` open", path);
    }
    r->scope = outer;
    r->depth--;
}

/* ---- notes ---- */

static bool once(struct lex *lx, const char *what, const char **field)
{
    if (*field != NULL) {
        return lex_fail(lx, 0, NULL, "`^ %s` stands twice below one line", what);
    }
    return lex_rest(lx, what, field);
}

static void note_req(struct lex *lx, struct notes *n)
{
    (void)header_clauses(lx, &n->reqs);
}

static void note_name(struct lex *lx, struct notes *n)
{
    struct reading *r = lx->r;
    const char *name = NULL;
    if (!lex_name(lx, "a name", &name) || !lex_end(lx)) {
        return;
    }
    const char *prefix = r->scope != NULL ? r->scope->prefix : "";
    n->name = arena_printf(r->arena, "%s%s", prefix, name);
    const struct known *other = ROWS_IN(&r->marks, span_text(n->name));
    if (other != NULL) {
        lex_fail(lx, 0, NULL, "the name `%s` is given in line %u already", n->name, other->place.line);
        return;
    }
    struct known *k = vec_push(r->arena, &r->marks);
    *k = (struct known){n->name, line_place(&lx->line, 0), r->depth > 0, 0};
}

static void note_because(struct lex *lx, struct notes *n)
{
    (void)once(lx, "because", &n->because);
}

static void note_masked(struct lex *lx, struct notes *n)
{
    (void)once(lx, "masked", &n->masked);
}

struct note_word {
    const char *name;
    void (*read)(struct lex *lx, struct notes *n);
    const char *doc;
};

static const struct note_word note_words[] = {
    {"because", note_because, "the reason"},
    {"masked", note_masked, "what import generalised"},
    {"name", note_name, "a name for `until`"},
    {"req", note_req, "clauses that this check shows"},
};

void play_note(struct reading *r, struct lex *lx)
{
    struct notes *n = r->target == NOTES_EXPECT ? r->notes_of : NULL;
    if (r->target == NOTES_STEP && play_last(r) != NULL) {
        n = &play_last(r)->notes;
    }
    if (n == NULL) {
        lex_fail(lx, 0, "notes stand below a line of the play or an expect",
                 "there is nothing above that this note could be about");
        return;
    }
    const struct note_word *row = LEX_ROW(lx, "note", note_words);
    if (row != NULL) {
        row->read(lx, n);
        (void)lex_end(lx);
    }
}
