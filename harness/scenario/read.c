/* A scenario file to its cases: cut, replaced and read once for each combination of parameters, so
   that a parameter may stand anywhere. A file with a mistake gives none of its cases. */
#include "harness/scenario/read.h"

#include "base/file.h"
#include "harness/scenario/directives.h"
#include "harness/scenario/remarks.h"

/* RFC 5322 3.6: Date and From are what a message must have. */
#define PLAIN_MESSAGE                                                                              \
    "From: a@c.test\r\n"                                                                           \
    "To: u@test.ex\r\n"                                                                            \
    "Date: Thu, 01 Jan 2026 00:00:00 +0000\r\n"                                                    \
    "Message-ID: <plain@c.test>\r\n"                                                               \
    "Subject: plain\r\n"                                                                           \
    "\r\n"                                                                                         \
    "hello\r\n"

const struct section *scenario_section(const struct scenario *s, enum section_kind kind, const char *name)
{
    for (size_t i = 0; i < s->sections.count; i++) {
        if (s->sections.at[i].kind == kind && strcmp(s->sections.at[i].name, name) == 0) {
            return &s->sections.at[i];
        }
    }
    return NULL;
}

bool scenario_message(const struct scenario *s, const char *name, span *octets)
{
    const struct section *section = scenario_section(s, SECTION_MESSAGE, name);
    *octets = section != NULL ? section->content : SPAN(PLAIN_MESSAGE);
    return section != NULL || strcmp(name, "plain") == 0;
}

void steps_all(const steps *play, struct arena *arena, step_list *all)
{
    for (size_t i = 0; i < play->count; i++) {
        vec_add(arena, all, &play->at[i]);
        for (size_t b = 0; b < play->at[i].branches.count; b++) {
            steps_all(&play->at[i].branches.at[b].play, arena, all);
        }
    }
}

steps steps_changed(const steps *play, bool (*change)(struct step *s, struct arena *arena), struct arena *arena)
{
    steps out = {0};
    for (size_t i = 0; i < play->count; i++) {
        struct step s = play->at[i];
        memset(&s.branches, 0, sizeof s.branches);
        for (size_t b = 0; b < play->at[i].branches.count; b++) {
            struct branch branch = play->at[i].branches.at[b];
            branch.play = steps_changed(&branch.play, change, arena);
            vec_add(arena, &s.branches, branch);
        }
        if (change(&s, arena)) {
            vec_add(arena, &out, s);
        }
    }
    return out;
}

void scenario_steps(const struct scenario *s, struct arena *arena, step_list *all)
{
    for (size_t i = 0; i < s->blocks.count; i++) {
        steps_all(&s->blocks.at[i].play, arena, all);
    }
}

void scenario_notes(const struct scenario *s, struct arena *arena, noted_list *all)
{
    step_list play = {0};
    scenario_steps(s, arena, &play);
    for (size_t i = 0; i < play.count; i++) {
        vec_add(arena, all, ((struct noted){&play.at[i]->notes, play.at[i]->place}));
    }
    for (size_t i = 0; i < s->expects.count; i++) {
        vec_add(arena, all, ((struct noted){&s->expects.at[i].notes, s->expects.at[i].place}));
    }
}

const char *scenario_setting(const struct scenario *s, const char *key)
{
    for (size_t i = 0; i < s->sets.count; i++) {
        if (strcmp(s->sets.at[i].key, key) == 0) {
            return s->sets.at[i].value;
        }
    }
    return NULL;
}

const char *option_value(const option_texts *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->at[i].name, name) == 0) {
            return list->at[i].value;
        }
    }
    return NULL;
}

static void read_line(struct reading *r, const struct raw_line *raw)
{
    struct raw_line here = *raw;
    struct line line;
    struct lex lx;
    here.scope = scope_rooted(r, raw->scope);
    if (!params_replace(r, &here, &line)) {
        r->continued = false;
        return;
    }
    size_t indent = 0;
    while (indent < line.text.len && ascii_is_blank(line.text.at[indent])) {
        indent++;
    }
    const struct directive *d = directives_find(span_from(line.text, indent));
    if (d == NULL || d->read == NULL) {
        return; /* a word that replacement changed; never one the file wrote */
    }
    if (r->flat != NULL) {
        flat_line(r, d, span_from(line.text, indent));
    }
    lex_open(&lx, r, &line);
    lx.statement = d;
    lx.pos = indent + strlen(d->name);
    d->read(r, &lx);
}

void read_play_lines(struct reading *r, const raw_lines *lines)
{
    for (size_t i = 0; i < lines->count; i++) {
        read_line(r, &lines->at[i]);
    }
}

static void check_names(struct reading *r, const knowns *used, const knowns *given,
                        const char *what, const char *remedy)
{
    for (size_t i = 0; i < used->count; i++) {
        bool found = false;
        for (size_t j = 0; j < given->count; j++) {
            if (strcmp(given->at[j].name, used->at[i].name) == 0) {
                given->at[j].uses++;
                found = true;
            }
        }
        if (!found) {
            complain(r, used->at[i].place, remedy, "there is no %s `%s`", what, used->at[i].name);
        }
    }
}

static void check_like(struct reading *r)
{
    const struct scenario *s = r->s;
    for (size_t i = 0; i < s->expects.count; i++) {
        const struct expect *e = &s->expects.at[i];
        if (e->like != NULL && scenario_section(s, SECTION_SPOOL, e->like) == NULL) {
            complain(r, e->place, "=== spool NAME", "there is no spool section `%s`", e->like);
        }
    }
}

static void check_req(struct reading *r)
{
    noted_list noted = {0};
    bool found = r->s->reqs.count > 0;
    scenario_notes(r->s, r->arena, &noted);
    for (size_t i = 0; i < noted.count; i++) {
        found = found || noted.at[i].notes->reqs.count > 0;
    }
    if (!found) {
        complain(r, (struct place){r->name, 1, 3}, "req RFC5321-4.1.1.4-crlf-only",
                 "no clause is named that the file shows");
    }
}

/* One combination. */
static void read_case(struct reading *r, const struct outline *o)
{
    for (size_t i = 0; i < o->sections.count; i++) {
        struct raw_section raw = o->sections.at[i];
        section_read(r, &raw);
    }
    read_play_lines(r, &o->header);
    header_check(r);
    read_play_lines(r, &o->play);
    play_finish(r);
    r->target = NOTES_NONE;
    read_play_lines(r, &o->claims);
    params_check(r);
    check_names(r, &r->whens, &r->labels, "label", "labels stand behind `either` and `or`");
    check_names(r, &r->untils, &r->marks, "line named", "^ name X, below the line that is meant");
    check_like(r);
    check_req(r);
    turn_check(r);
}

static const char *case_id(struct arena *arena, const char *id, const struct buf *words)
{
    return words->len == 0 ? id : arena_printf(arena, "%s#%.*s", id, SPAN_FMT(buf_span(words)));
}

/* Combination number `which`, with a scope of its own. */
static void begin_case(struct reading *r, const axes *all, size_t which, const char *id)
{
    struct scope *scope = ARENA_NEW(r->arena, struct scope);
    struct buf words;
    scope->prefix = "";
    buf_init(&words, 4096);
    cases_pick(all, which, r->arena, &scope->values, &words);
    r->root = scope;
    r->scope = scope;
    r->s = ARENA_NEW(r->arena, struct scenario);
    r->s->path = r->name;
    r->s->id = case_id(r->arena, id, &words);
    r->s->params = scope->values;
    buf_wipe(&words);
}

/* Reports, baselines and shards know a case by its id alone. */
static bool is_another(struct reading *r, const struct scenario_set *ids)
{
    for (size_t i = 0; i < ids->cases.count; i++) {
        if (strcmp(ids->cases.at[i]->id, r->s->id) == 0) {
            complain(r, (struct place){r->name, 1, 5}, "no value of `vary` and no row of a table stands twice",
                     "two cases are called %s", r->s->id);
            return false;
        }
    }
    return true;
}

/* Every combination of a file; remarks too when they are asked for. */
static void read_cases(span text, const char *name, const char *id, struct arena *arena,
                       struct scenario_set *set, mistakes *wrong, bool remarks)
{
    struct reading first = {.arena = arena, .wrong = wrong, .name = name};
    struct scenario_set ids = {0};
    struct outline o = {0};
    axes all = {0};
    size_t mistakes_before = wrong->count;
    outline_cut(&first, text, name, NULL, &o);
    cases_axes(&first, &o, &all);
    size_t count = cases_count(&all);
    if (count > READING_CASE_CEILING) {
        complain(&first, (struct place){name, 1, 1}, "make several files of it",
                 "the file makes more than %d cases", READING_CASE_CEILING);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        struct reading r = {.arena = arena, .wrong = wrong, .name = name};
        begin_case(&r, &all, i, id);
        if (!is_another(&r, &ids)) {
            return;
        }
        vec_add(arena, &ids.cases, r.s);
        read_case(&r, &o);
        bool good = wrong->count == mistakes_before;
        if (good && set != NULL && turn_scenario(r.s, set->sides, arena)) {
            cases_choose(&r, r.s, set);
        }
        if (good && remarks) {
            remarks_make(&r, &o);
        }
        if (!good) {
            return; /* the other combinations would say the same again */
        }
    }
}

err scenario_read_text(span text, const char *name, const char *id, struct arena *arena,
                       struct scenario_set *set, mistakes *wrong)
{
    if (text.len > READING_FILE_CEILING) {
        return err_of(ERR_LIMIT, arena_printf(arena, "%s is longer than 64 MiB", name));
    }
    size_t cases = set->cases.count;
    size_t mistakes_before = wrong->count;
    read_cases(text, name, id, arena, set, wrong, false);
    if (wrong->count != mistakes_before) {
        set->cases.count = cases;
    }
    return OK;
}

static const struct scenario *case_called(const struct scenario_set *set, const char *which)
{
    for (size_t i = 0; i < set->cases.count; i++) {
        if (strcmp(set->cases.at[i]->id, which) == 0) {
            return set->cases.at[i];
        }
    }
    return NULL;
}

err scenario_flatten(span text, const char *name, const char *id, const char *which,
                     struct arena *arena, struct buf *out)
{
    mistakes wrong = {0};
    struct reading first = {.arena = arena, .wrong = &wrong, .name = name};
    struct outline o = {0};
    axes all = {0};
    struct buf lines;
    struct buf flat;
    const struct scenario *found = NULL;
    outline_cut(&first, text, name, NULL, &o);
    cases_axes(&first, &o, &all);
    buf_init(&lines, READING_FILE_CEILING);
    buf_init(&flat, READING_CONTENT_CEILING);
    size_t count = cases_count(&all);
    for (size_t i = 0; found == NULL && wrong.count == 0 && i < count && i < READING_CASE_CEILING; i++) {
        struct reading r = {.arena = arena, .wrong = &wrong, .name = name, .flat = &lines};
        struct scenario_set set = {0};
        buf_clear(&lines);
        begin_case(&r, &all, i, id);
        read_case(&r, &o);
        cases_choose(&r, r.s, &set);
        found = case_called(&set, which);
    }
    err e = found != NULL ? OK : err_syntax(0, arena_printf(arena, "%s makes no case %s", name, which));
    if (!failed(e)) {
        flat_case(buf_span(&lines), found, &flat);
        e = scenario_format(buf_span(&flat), name, arena, out, &wrong);
    }
    if (!failed(e) && (wrong.count > 0 || buf_full(&flat))) {
        e = err_of(ERR_LIMIT, arena_printf(arena, "%s: the case cannot be written by itself: %s", which,
                                           wrong.count > 0 ? wrong.at[0].what : "it is too long"));
    }
    buf_wipe(&lines);
    buf_wipe(&flat);
    return e;
}

/* "ROOT/smtp/basic.scn" is smtp/basic. */
static const char *file_id(const char *path, const char *root, struct arena *arena)
{
    span id = span_text(path);
    span top = span_text(root);
    while (top.len > 0 && top.at[top.len - 1] == '/') {
        top.len--;
    }
    if (top.len > 0 && span_starts(id, top) && id.len > top.len && id.at[top.len] == '/') {
        id = span_from(id, top.len + 1);
    }
    if (span_ends(id, SPAN(".scn"))) {
        id.len -= 4;
    }
    return arena_text(arena, id);
}

err scenario_read(const char *path, const char *root, struct arena *arena, struct scenario_set *set,
                  mistakes *wrong)
{
    span text;
    TRY(outline_load(path, arena, &text));
    const char *name = arena_text(arena, span_text(path));
    return scenario_read_text(text, name, file_id(path, root, arena), arena, set, wrong);
}

err scenario_lint_text(span text, const char *name, const char *id, struct arena *arena,
                       mistakes *wrong)
{
    if (text.len > READING_FILE_CEILING) {
        return err_of(ERR_LIMIT, arena_printf(arena, "%s is longer than 64 MiB", name));
    }
    read_cases(text, name, id, arena, NULL, wrong, true);
    return OK;
}

err scenario_lint(const char *path, const char *root, struct arena *arena, mistakes *wrong)
{
    span text;
    TRY(outline_load(path, arena, &text));
    const char *name = arena_text(arena, span_text(path));
    return scenario_lint_text(text, name, file_id(path, root, arena), arena, wrong);
}
