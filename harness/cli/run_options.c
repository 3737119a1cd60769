/* What of the options of `assay run` makes sense together, and what they come to. */
#include "harness/cli/run_options.h"

#include "base/file.h"
#include "base/rows.h"

#include <unistd.h>

err cli_name_add(const char *option, const char *name, struct arena *arena, texts *names)
{
    if (rows_scan(names->at, names->count, sizeof *names->at, span_text(name))) {
        return err_syntax(0, arena_printf(arena, "%s: %s is named twice", option, name));
    }
    vec_add(arena, names, name);
    return OK;
}

err cli_names_read(const char *option, const struct args_texts *lists, struct arena *arena,
                   texts *names)
{
    for (size_t i = 0; i < lists->count; i++) {
        span list = span_text(lists->at[i]);
        span name;
        while (list.len) {
            (void)span_split(list, ',', &name, &list);
            if (name.len == 0) {
                return err_syntax(0, arena_printf(arena, "%s \"%s\": an empty name", option,
                                                  lists->at[i]));
            }
            TRY(cli_name_add(option, arena_text(arena, name), arena, names));
        }
    }
    return OK;
}

static err read_targets(bool wanted, struct run_options *o, struct arena *arena)
{
    if (o->verifier) {
        vec_add(arena, &o->names, path_base(o->verifier));
        return o->targets.count == 0 ? OK : err_syntax(0, "--verifier stands in a target's place");
    }
    if (o->select.self) {
        vec_add(arena, &o->names, "self");
        return o->targets.count == 0 ? OK : err_syntax(0, "--self plays without a --target");
    }
    TRY(cli_names_read("--target", &o->targets, arena, &o->names));
    return o->names.count || !wanted
               ? OK
               : err_syntax(0, "--target is needed: `assay target list` says which there are");
}

err cli_time_read(const char *option, const char *value, struct arena *arena, millis *time)
{
    span text = span_text(value);
    millis unit = 1000;
    uint64_t n;
    if (span_ends(text, SPAN("ms"))) {
        unit = 1;
        text = span_first(text, text.len - 2);
    } else if (span_ends(text, SPAN("s"))) {
        text = span_first(text, text.len - 1);
    } else if (span_ends(text, SPAN("m"))) {
        unit = 60000;
        text = span_first(text, text.len - 1);
    }
    if (!span_to_u64(text, &n) || n == 0 || n > 86400000) {
        return err_syntax(0, arena_printf(arena, "%s wants a time such as 60s, not \"%s\"", option, value));
    }
    *time = (millis)n * unit;
    return OK;
}

static err read_formats(struct run_options *o, struct arena *arena)
{
    TRY(frame_forms_read(o->format, arena, &o->formats));
    for (size_t i = 0; i < o->formats.count; i++) {
        o->text = o->text || strcmp(o->formats.at[i]->name, "text") == 0;
    }
    return OK;
}

static err read_words(struct run_options *o, struct arena *arena)
{
    static const char *const keeps[] = {
        [KEEP_FAIL] = "fail", [KEEP_ALL] = "all", [KEEP_NONE] = "none"};
    bool known = !o->keep;
    for (size_t i = 0; o->keep && i < sizeof keeps / sizeof *keeps; i++) {
        if (strcmp(o->keep, keeps[i]) == 0) {
            o->keep_what = (enum keep)i;
            known = true;
        }
    }
    if (!known) {
        return err_syntax(0, arena_printf(arena, "--keep is all, fail or none, not \"%s\"", o->keep));
    }
    o->random = o->order && strcmp(o->order, "random") == 0;
    if (o->order && !o->random && strcmp(o->order, "file") != 0) {
        return err_syntax(0, arena_printf(arena, "--order is file or random, not \"%s\"", o->order));
    }
    if (o->isolation && strcmp(o->isolation, "namespaces") != 0 &&
        strcmp(o->isolation, "ports") != 0) {
        return err_syntax(0, arena_printf(arena, "--isolation is namespaces or ports, not \"%s\"", o->isolation));
    }
    return OK;
}

err cli_run_options_check(struct call *call, bool wanted)
{
    struct run_options *o = call->options;
    struct arena *arena = call->arena;
    o->paths = call->rest;
    TRY(read_targets(wanted, o, arena));
    TRY(cli_time_read("--timeout", o->timeout, arena, &o->timeout_ms));
    TRY(read_formats(o, arena));
    TRY(read_words(o, arena));
    if (o->jobs == 0) {
        long processors = sysconf(_SC_NPROCESSORS_ONLN);
        o->jobs = processors < 1 ? 1 : processors > 4 ? 4 : (uint64_t)processors;
    }
    if (o->jobs > 256 || o->repeat == 0 || o->repeat > 1000000) {
        return err_syntax(0, "--jobs goes to 256, --repeat from 1 to 1000000");
    }
    return OK;
}
