/* Only what a report says of a case before it ran, and the command that repeats it. */
#include "harness/case/case.h"

#include "base/args.h"
#include "base/buf.h"

/* Square brackets, stars and question marks of an id are no glob. */
static const char *as_glob(const char *id, struct arena *arena)
{
    struct buf out;
    buf_init(&out, 65536);
    for (const char *c = id; *c; c++) {
        if (strchr("*?[\\", *c)) {
            buf_put_byte(&out, '\\');
        }
        buf_put_byte(&out, (unsigned char)*c);
    }
    return buf_settle_text(&out, arena);
}

void case_describe(const struct case_stage *stage, const struct scenario *s, struct arena *arena,
                   struct report_case *rc)
{
    *rc = (struct report_case){
        .id = s->id, .file = s->path, .title = s->title, .target = stage->target_name};
    vec_add_all(arena, &rc->reqs, &s->reqs);
    const char *hash = strchr(s->id, '#');
    if (stage->again) {
        rc->again = arena_printf(arena, "%s --only %s", stage->again,
                                 args_quoted(as_glob(s->id, arena), arena));
        return;
    }
    const char *sides[] = {
        [SIDES_AS_WRITTEN] = arena_printf(arena, "--target %s", stage->target_name),
        [SIDES_SWAPPED] = arena_printf(arena, "--target %s --swap", stage->target_name),
        [SIDES_BOTH] = "--self"};
    rc->again =
        arena_printf(arena, "assay run %s %s --seed %llu%s%s%s%s%s", args_quoted(s->path, arena), sides[s->sides],
                     (unsigned long long)stage->seed, stage->owned ? " --i-own-this-host" : "", s->ways ? " --tls " : "",
                     s->ways ? s->ways : "", hash ? " --only " : "",
                     hash ? args_quoted(as_glob(hash, arena), arena) : "");
}
