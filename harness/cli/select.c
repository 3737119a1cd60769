/* Which cases are meant. Filters only ever take away; what they leave is said at the end of a run,
   so that nobody mistakes an empty or small selection for a clean result. */
#include "harness/cli/select.h"

#include "harness/cli/cli.h"

#include "base/file.h"
#include "harness/cli/tls_ways.h"

#include <errno.h>
#include <fnmatch.h>
#include <unistd.h>

err select_files(const char *path, struct arena *arena, texts *files)
{
    if (!path_is_dir(path)) {
        if (!path_is_file(path)) {
            return access(path, F_OK) == 0
                       ? err_syntax(0, arena_printf(arena, "%s is neither a file nor a folder", path))
                       : err_sys(ENOENT, path);
        }
        vec_add(arena, files, path);
        return OK;
    }
    struct dir_list names;
    TRY(dir_list(path, arena, &names));
    for (size_t i = 0; i < names.count; i++) {
        const char *below = path_join(arena, path, names.names[i]);
        if (path_is_dir(below) || span_ends(span_text(below), SPAN(".scn"))) {
            TRY(select_files(below, arena, files));
        }
    }
    return OK;
}

const char *select_root(const char *path, struct arena *arena)
{
    static const char word[] = "scenarios";
    span whole = span_text(path);
    for (size_t at = 0; at + sizeof word <= whole.len + 1; at++) {
        bool begins = at == 0 || whole.at[at - 1] == '/';
        size_t end = at + sizeof word - 1;
        if (begins && span_starts(span_from(whole, at), SPAN("scenarios")) &&
            (end == whole.len || whole.at[end] == '/')) {
            return arena_text(arena, span_first(whole, end));
        }
    }
    return path_dir(arena, path);
}

/* What could stand below a folder that is not of one called scenarios cannot be told: anything. */
static bool covers(const char *path, const char *id, struct arena *arena)
{
    span root = span_text(select_root(path, arena)), rest = span_text(path);
    bool below = span_starts(rest, root) && rest.len > root.len;
    if (path_is_dir(path) && !(below && span_ends(root, SPAN("scenarios")))) {
        return true;
    }
    rest = below ? span_from(rest, root.len) : rest;
    while (rest.len && rest.at[0] == '/') {
        rest = span_from(rest, 1);
    }
    while (span_ends(rest, SPAN("/"))) {
        rest = span_first(rest, rest.len - 1);
    }
    rest = span_ends(rest, SPAN(".scn")) ? span_first(rest, rest.len - 4) : rest;
    return rest.len == 0 || (span_starts(span_text(id), rest) && strchr("/#", id[rest.len]));
}

bool select_covers(const struct args_texts *paths, const char *id, struct arena *arena)
{
    bool any = paths->count == 0;
    for (size_t i = 0; i < paths->count && !any; i++) {
        any = covers(paths->at[i], id, arena);
    }
    return any;
}

const char *select_file_id(const struct scenario *s, struct arena *arena)
{
    span file, rest;
    (void)span_split(span_text(s->id), '#', &file, &rest);
    return arena_text(arena, file);
}

uint64_t select_hash(const char *id)
{
    uint64_t h = UINT64_C(14695981039346656037);
    for (const char *c = id; *c; c++) {
        h = (h ^ (unsigned char)*c) * UINT64_C(1099511628211);
    }
    return h;
}

void select_print_mistakes(const mistakes *wrong)
{
    for (size_t i = 0; i < wrong->count; i++) {
        const struct mistake *m = &wrong->at[i];
        cli_note("%s:%u:%u: %s%s%s\n", m->place.file, m->place.line,
                m->place.column ? m->place.column : 1, m->what, m->remedy ? "; " : "",
                m->remedy ? m->remedy : "");
    }
}

int select_told(err e, const struct selection *sel, struct arena *arena)
{
    if (failed(e)) {
        return cli_complain(EXIT_USAGE, "%s", err_text(e, arena));
    }
    select_print_mistakes(&sel->wrong);
    if (sel->wrong.count == 0) {
        return EXIT_FINE;
    }
    return cli_complain(EXIT_USAGE, "%zu mistakes in scenarios; nothing was run", sel->wrong.count);
}

int select_some(err e, const struct selection *sel, struct arena *arena)
{
    int status = select_told(e, sel, arena);
    if (status == EXIT_FINE && sel->whole == 0) {
        return cli_complain(
            EXIT_USAGE, "the selection is empty: %zu cases were read, and the filters leave none",
            sel->all.cases.count);
    }
    return status;
}

static bool glob_fits(const char *glob, const char *id)
{
    const char *hash = strchr(id, '#');
    if (glob[0] == '#') {
        return hash && fnmatch(glob, hash, 0) == 0;
    }
    return fnmatch(glob, id, 0) == 0;
}

static bool any_glob(const struct args_texts *globs, const char *text)
{
    for (size_t i = 0; i < globs->count; i++) {
        if (glob_fits(globs->at[i], text)) {
            return true;
        }
    }
    return false;
}

static bool any_req(const struct args_texts *globs, const texts *reqs)
{
    for (size_t i = 0; i < reqs->count; i++) {
        if (any_glob(globs, reqs->at[i])) {
            return true;
        }
    }
    return false;
}

static bool shows(const struct args_texts *globs, const struct scenario *s, struct arena *arena)
{
    noted_list noted = {0};
    bool yes = any_req(globs, &s->reqs);
    scenario_notes(s, arena, &noted);
    for (size_t i = 0; i < noted.count && !yes; i++) {
        yes = any_req(globs, &noted.at[i].notes->reqs);
    }
    return yes;
}

static bool shard_read(const char *text, uint64_t *number, uint64_t *of)
{
    span head;
    span tail;
    return span_split(span_text(text), '/', &head, &tail) && span_to_u64(head, number) &&
           span_to_u64(tail, of) && *number >= 1 && *number <= *of;
}

static err shard_of(const struct selection_options *o, struct arena *arena, uint64_t *number,
                    uint64_t *of)
{
    *number = 1;
    *of = 1;
    if (o->shard && !shard_read(o->shard, number, of)) {
        return err_syntax(
            0, arena_printf(arena, "--shard wants i/n with 1 <= i <= n, such as 2/6, not \"%s\"",
                            o->shard));
    }
    return OK;
}

err select_cases(const struct args_texts *paths, const struct selection_options *o,
                 struct arena *arena, struct selection *sel)
{
    texts files = {0};
    uint64_t shard;
    uint64_t shards;
    *sel = (struct selection){0};
    TRY(shard_of(o, arena, &shard, &shards)); /* told before anything is read */
    if (o->swap && o->self) {
        return err_syntax(0, "--swap and --self are two ways to run: say one of them");
    }
    sel->all.sides = o->self ? SIDES_BOTH : o->swap ? SIDES_SWAPPED : SIDES_AS_WRITTEN;
    sel->set.sides = sel->all.sides;
    struct scenario_set written = {.sides = sel->all.sides};
    struct tls_ways ways;
    if (paths->count == 0) {
        TRY(err_in(select_files("scenarios", arena, &files), arena, "no PATH was given, and"));
    }
    for (size_t i = 0; i < paths->count; i++) {
        TRY(select_files(paths->at[i], arena, &files));
    }
    TRY(tls_ways_read(&o->tls, arena, &ways));
    for (size_t i = 0; i < files.count; i++) {
        TRY(scenario_read(files.at[i], select_root(files.at[i], arena), arena, &written,
                          &sel->wrong));
    }
    for (size_t i = 0; i < written.cases.count; i++) {
        tls_ways_add(&ways, written.cases.at[i], arena, &sel->all);
    }
    return select_filter(o, arena, sel);
}

err select_filter(const struct selection_options *o, struct arena *arena, struct selection *sel)
{
    uint64_t shard;
    uint64_t shards;
    TRY(shard_of(o, arena, &shard, &shards));
    for (size_t i = 0; i < sel->all.cases.count; i++) {
        struct scenario *s = sel->all.cases.at[i];
        bool in = (o->only.count == 0 || any_glob(&o->only, s->id)) &&
                  (o->reqs.count == 0 || shows(&o->reqs, s, arena));
        if (in) {
            sel->identity = sel->identity * UINT64_C(1099511628211) ^ select_hash(s->id);
            sel->whole++;
        }
        if (in && select_hash(s->id) % shards == shard - 1) {
            vec_add(arena, &sel->set.cases, s);
            vec_add(arena, &sel->places, sel->whole - 1);
        }
    }
    return OK;
}
