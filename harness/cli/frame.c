/* What `run`, `replay`, `record` and `target` do in the same way. */
#include "harness/cli/frame.h"

#include "harness/target/process.h"

#include "base/clock.h"
#include "base/file.h"

#include <stdlib.h>
#include <unistd.h>

const char *frame_words(const char *text, const char *before, const struct args_texts *words,
                        struct arena *arena)
{
    for (size_t i = 0; i < words->count; i++) {
        text = arena_printf(arena, "%s%s %s", text, before, args_quoted(words->at[i], arena));
    }
    return text;
}

const char *frame_command(int argc, char **argv, struct arena *arena)
{
    const char *text = "assay";
    for (int i = 0; i < argc; i++) {
        text = arena_printf(arena, "%s %s", text, args_quoted(argv[i], arena));
    }
    return text;
}

err frame_target_open(struct call *call, struct target_options *o, struct target **t)
{
    (void)process_hold_interrupts();
    TRY(target_folder(call->arena, &o->folder));
    TRY(cli_work(call));
    o->work = call->work;
    o->seed = FRAME_SEED;
    return target_open(o, call->arena, t);
}

err frame_forms_read(const char *list, struct arena *arena, frame_forms *forms)
{
    span name;
    span rest = span_text(list);
    while (rest.len) {
        (void)span_split(rest, ',', &name, &rest);
        const struct report_format *f = report_format_find(name);
        if (!f) {
            const char *near = report_format_suggest(name);
            return err_syntax(0, arena_printf(arena, "--format: no form %.*s%s%s%s", SPAN_FMT(name),
                                              near ? "; did you mean " : "", near ? near : "",
                                              near ? "?" : ""));
        }
        vec_add(arena, forms, f);
    }
    return forms->count ? OK : err_syntax(0, "--format: which form? `assay help` of the verb lists them");
}

/* Standard output is a terminal, and nobody asked for plain text (https://no-color.org). */
static bool colour_wanted(void)
{
    const char *plain = getenv("NO_COLOR");
    return isatty(1) && (plain == NULL || *plain == '\0');
}

static err form_write(const struct report_format *f, const struct report *r,
                      struct report_style style, const char *out, struct arena *arena)
{
    struct buf text;
    span all;
    bool people = strcmp(f->name, "text") == 0;
    bool shown = people || !out;
    style.colour = people && colour_wanted();
    buf_init(&text, FRAME_REPORT_CEILING);
    report_write(f, r, style, &text);
    err e = buf_end(&text, &all);
    if (!failed(e) && shown) {
        e = fd_write_all(1, all);
    }
    if (!failed(e) && out && style.colour) {
        style.colour = false;
        buf_clear(&text);
        report_write(f, r, style, &text);
        all = buf_span(&text);
    }
    if (!failed(e) && out) {
        const char *path = path_join(arena, out, f->file);
        e = err_in(file_write(path, all, 0644), arena, "--out: %s", path);
    }
    buf_wipe(&text);
    return e;
}

err frame_forms_write(const frame_forms *forms, const struct report *r, struct report_style style,
                      const char *out, struct arena *arena)
{
    for (size_t i = 0; i < forms->count; i++) {
        TRY(form_write(forms->at[i], r, style, out, arena));
    }
    return OK;
}

err frame_report_read(const char *path, struct arena *arena, struct report *r)
{
    span text, line;
    TRY(err_in(file_read(path, FRAME_REPORT_CEILING, arena, &text), arena, "reading %s", path));
    span rest = text;
    bool lines = span_line(&rest, &line) && span_has(line, SPAN("assay-report-lines/"));
    return err_in(lines ? report_read_lines(text, arena, r) : report_read(text, arena, r), arena,
                  "%s", path);
}

static void print(const baseline_mistakes *wrong)
{
    struct buf out;
    buf_init(&out, FRAME_REPORT_CEILING);
    baseline_print_mistakes(wrong, &out);
    cli_note("%.*s", SPAN_FMT(buf_span(&out)));
    buf_wipe(&out);
}

err gate_open(struct gate *gate, const char *path, struct arena *arena)
{
    span text;
    baseline_mistakes wrong = {0};
    *gate = (struct gate){.path = path};
    if (!path) {
        return OK;
    }
    TRY(err_in(file_read(path, FRAME_BASELINE_CEILING, arena, &text), arena, "--baseline %s", path));
    baseline_read(path, text, arena, &gate->baseline, &wrong);
    if (wrong.count) {
        print(&wrong);
        return err_syntax(0, "the baseline has mistakes; nothing was run");
    }
    return OK;
}

bool gate_apply(const struct gate *gate, const char *const *ids, size_t count,
                struct arena *arena, struct report *report)
{
    baseline_mistakes wrong = {0};
    struct baseline_known known = {ids, count};
    if (!gate->path) {
        return true;
    }
    baseline_apply(&gate->baseline, &known, clock_now(clock_system()), NULL, arena, report, &wrong);
    if (wrong.count) {
        print(&wrong);
    }
    return wrong.count == 0;
}

err frame_replace(const char *path, span content, mode_t mode, struct arena *arena)
{
    int dir;
    TRY(dir_open(path_dir(arena, path), &dir));
    err e = file_replace(dir, path_base(path), content, mode);
    (void)close(dir);
    return err_in(e, arena, "%s", path);
}
