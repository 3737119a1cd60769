/* assay import: captures to draft scenarios, one file for each connection that speaks SMTP. */
#include "harness/cli/captures.h"

#include "base/args.h"
#include "base/file.h"
#include "pcap/dialogue.h"
#include "pcap/to_scenario.h"

#include <stdio.h>

struct import_options {
    const char *out;
    struct args_texts streams;
    bool exact;
    bool list;
};

static const struct args_option import_rows[] = {
    {"--exact", NULL, ARGS_FLAG, offsetof(struct import_options, exact), NULL,
     "keep the client's octets as C| lines; only secrets are replaced"},
    {"--list", NULL, ARGS_FLAG, offsetof(struct import_options, list), NULL,
     "print what connections there are, and write nothing"},
    {"--out", "-o", ARGS_TEXT, offsetof(struct import_options, out), "DIR", "where the scenarios go"},
    {"--stream", NULL, ARGS_LIST, offsetof(struct import_options, streams), "N",
     "only this connection, counted from 0 as tcp.stream in Wireshark; may be repeated"},
};

struct importing {
    const struct import_options *options;
    struct stream_choice streams;
    struct redaction *names; /* the same for all captures of a run */
    struct arena *arena;     /* of the run */
    const char *path;
    const char *stem;
    uint64_t seen;
    uint64_t written;
};

static err write_files(const struct importing *m, const struct draft *draft, const char *stem,
                       struct arena *arena)
{
    for (size_t i = 0; i < draft->files.count; i++) {
        const struct draft_file *f = &draft->files.at[i];
        const char *path = path_join(arena, m->options->out, f->name);
        TRY(err_in(file_write(path, f->content, 0644), m->arena, "%s", path));
    }
    const char *path = path_join(m->arena, m->options->out, arena_printf(arena, "%s.scn", stem));
    TRY(err_in(file_write(path, draft->text, 0644), m->arena, "%s", path));
    printf("%s\n", path);
    return OK;
}

static err import_flow(void *context, const struct capture_flow *flow)
{
    struct importing *m = context;
    if (!captures_chosen(&m->streams, flow->stream)) {
        return OK;
    }
    m->seen++;
    struct arena *arena = arena_new();
    struct dialogue d;
    dialogue_read(flow, arena, &d);
    err e = OK;
    if (m->options->list) {
        struct buf out;
        buf_init(&out, (size_t)1 << 20);
        dialogue_summary(&d, &out);
        printf("%.*s", SPAN_FMT(buf_span(&out)));
        buf_wipe(&out);
    } else {
        const char *stem = arena_printf(arena, "%s-%llu", m->stem, (unsigned long long)flow->stream);
        struct draft_options o = {.capture = path_base(m->path), .stem = stem,
                                  .exact = m->options->exact, .names = m->names};
        struct draft draft;
        e = capture_to_scenario(&d, &o, arena, &draft);
        if (failed(e)) {
            fprintf(stderr, "assay: %s: stream %llu: %s\n", m->path,
                    (unsigned long long)flow->stream, err_text(e, arena));
            e = OK;
        } else {
            e = write_files(m, &draft, stem, arena);
            m->written += !failed(e);
        }
    }
    arena_free(arena);
    return e;
}

static err import_capture(struct importing *m)
{
    TRY(recording_verify(m->path, m->arena));
    struct recording *c;
    TRY(recording_open(m->path, m->arena, &c));
    struct capture_limits limits = capture_limits_usual();
    struct capture_totals totals;
    err e = capture_read(c, &limits, import_flow, m, &totals);
    recording_close(c);
    TRY(e);
    if (m->options->list && totals.broken) {
        printf("%llu packets of %llu are broken; packet %llu: %s\n", (unsigned long long)totals.broken,
               (unsigned long long)totals.packets, (unsigned long long)totals.first_broken, totals.why_broken);
    }
    return captures_nothing(m->path, &totals, m->arena);
}

/* A stem of its own for each capture: the folder's name joins where file names repeat. */
static const char *stem_of(const struct args_texts *paths, size_t index, struct arena *arena)
{
    const char *stem = captures_stem(paths->at[index], arena);
    for (size_t i = 0; i < paths->count; i++) {
        if (i != index && strcmp(captures_stem(paths->at[i], arena), stem) == 0) {
            return arena_printf(arena, "%s-%s", path_base(path_dir(arena, paths->at[index])), stem);
        }
    }
    return stem;
}

static int import_all(struct importing *m, const struct args_texts *paths)
{
    for (size_t i = 0; i < paths->count; i++) {
        m->path = paths->at[i];
        m->stem = stem_of(paths, i, m->arena);
        err e = import_capture(m);
        if (failed(e)) {
            int status = e.kind == ERR_IO && m->seen > 0 ? EXIT_ENVIRONMENT : EXIT_USAGE;
            return cli_complain(status, "%s", err_text(e, m->arena));
        }
    }
    if (m->seen == 0) {
        return cli_complain(EXIT_USAGE, "no stream was selected; `assay import --list CAPTURE` shows which there are");
    }
    if (!m->options->list && m->written == 0) {
        return cli_complain(EXIT_USAGE, "no scenario could be written; the lines above say why");
    }
    return EXIT_FINE;
}

static int import_checked(struct importing *m, const struct args_texts *paths)
{
    const struct import_options *o = m->options;
    err e = captures_streams(o->streams.at, o->streams.count, m->arena, &m->streams);
    if (failed(e)) {
        return cli_complain_err(e, m->arena);
    }
    if (paths->count == 0) {
        return cli_complain(EXIT_USAGE, "import: which capture? assay import CAPTURE... -o DIR");
    }
    if (!o->out && !o->list) {
        return cli_complain(EXIT_USAGE, "import: where shall the scenarios go? assay import CAPTURE... -o DIR");
    }
    if (!o->list) {
        e = dir_make_all(o->out, 0755);
        if (failed(e)) {
            return cli_complain(EXIT_ENVIRONMENT, "%s: %s", o->out, err_text(e, m->arena));
        }
    }
    return import_all(m, paths);
}

int cli_import(int argc, char **argv)
{
    size_t rows = sizeof import_rows / sizeof *import_rows;
    if (cli_wants_help(argc, argv, import_rows, rows)) {
        return EXIT_FINE;
    }
    struct arena *arena = arena_new();
    struct import_options o = {.out = NULL};
    struct args_texts paths = {0};
    err e = args_read(import_rows, rows, argc, argv, &o, &paths, arena);
    struct importing m = {.options = &o, .arena = arena, .names = redaction_new(arena)};
    int status = failed(e) ? cli_complain_err(e, arena) : import_checked(&m, &paths);
    arena_free(arena);
    return status;
}
