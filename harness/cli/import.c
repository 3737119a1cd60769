/* assay import: captures to draft scenarios, one file for each connection that speaks SMTP. */
#include "harness/cli/cli.h"
#include "harness/replay/captures.h"

#include "base/args.h"
#include "base/file.h"
#include "pcap/dialogue.h"
#include "pcap/to_scenario.h"

#include <stdio.h>

#define EVIDENCE_CEILING ((size_t)256 << 20)

struct import_options {
    const char *out;
    struct args_texts streams;
    struct args_texts keys;
    struct args_texts logs;
    const char *beside;
    bool exact;
    bool list;
};

#define AT(field) offsetof(struct import_options, field)
static const struct args_option import_rows[] = {
    {"--beside", NULL, ARGS_TEXT, AT(beside), "CAPTURE",
     "a second capture of the same: only what differs in it is generalised"},
    {"--exact", NULL, ARGS_FLAG, AT(exact), NULL,
     "keep the client's octets as C| lines; only secrets are replaced"},
    CLI_KEYS_ROW(AT),
    {"--list", NULL, ARGS_FLAG, AT(list), NULL,
     "print what connections there are, and write nothing"},
    {"--log", NULL, ARGS_LIST, AT(logs), "FILE",
     "a log of the recorded server: words of replies that stand there again are ids"},
    {"--out", "-o", ARGS_TEXT, AT(out), "DIR", "where the scenarios go"},
    CLI_STREAM_ROW(AT),
};

struct importing {
    const struct import_options *options;
    struct stream_choice streams;
    struct capture_keys keys;
    struct redaction *names; /* the same for all captures of a run */
    struct arena *arena;     /* of the run */
    const char *path;
    const char *stem;
    span evidence; /* logs, and what is called what in the spool beside the capture */
    uint64_t seen;
    uint64_t written;
};

static err write_files(const struct importing *m, const struct draft *draft, const char *stem,
                       struct arena *arena)
{
    const char *path = path_join(m->arena, m->options->out, arena_printf(arena, "%s.scn", stem));
    if (path_is_file(path)) {
        return err_syntax(0, arena_printf(m->arena, "%s is there already, and somebody may have worked on it; move it, or say "
                                                    "another --out", path));
    }
    for (size_t i = 0; i < draft->files.count; i++) {
        const struct draft_file *f = &draft->files.at[i];
        const char *file = path_join(arena, m->options->out, f->name);
        TRY(err_in(file_write(file, f->content, 0644), m->arena, "%s", file));
    }
    TRY(err_in(file_write(path, draft->text, 0644), m->arena, "%s", path));
    cli_print("%s\n", path);
    return OK;
}

/* A conversation that cannot be drafted is told, and the others are. */
static err draft(struct importing *m, const struct dialogue *d, const struct dialogue *beside, struct arena *arena)
{
    uint64_t stream = d->flow->stream;
    const char *stem = arena_printf(arena, "%s-%llu", m->stem, (unsigned long long)stream);
    struct draft_options o = {.capture = path_base(m->path), .stem = stem, .exact = m->options->exact,
                              .names = m->names, .beside = beside, .seen = m->evidence};
    struct draft draft;
    err e = capture_to_scenario(d, &o, arena, &draft);
    if (failed(e)) {
        (void)cli_complain(0, "%s: stream %llu: %s", m->path, (unsigned long long)stream, err_text(e, arena));
        return OK;
    }
    e = write_files(m, &draft, stem, arena);
    m->written += !failed(e);
    return e;
}

struct beside {
    struct importing *m;
    const struct dialogue *d;
    struct arena *arena;
    bool found;
};

static err beside_flow(void *context, const struct capture_flow *flow)
{
    struct beside *b = context;
    if (flow->stream != b->d->flow->stream) {
        return OK;
    }
    struct dialogue d;
    dialogue_open(flow, b->m->keys.secrets, flow->arena, &d);
    b->found = true;
    return draft(b->m, b->d, &d, b->arena);
}

/* Beside the connection of the same number. */
static err draft_beside(struct importing *m, const struct dialogue *d, struct arena *arena)
{
    struct beside b = {.m = m, .d = d, .arena = arena};
    struct capture_totals totals;
    err e = captures_read(m->options->beside, beside_flow, &b, m->arena, &totals);
    if (failed(e) || b.found) {
        return e;
    }
    (void)cli_complain(0, "%s has no stream %llu: it is drafted alone", m->options->beside,
                       (unsigned long long)d->flow->stream);
    return draft(m, d, NULL, arena);
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
    dialogue_open(flow, m->keys.secrets, arena, &d);
    capture_keys_note(&m->keys, &d, m->arena);
    err e = OK;
    if (m->options->list) {
        struct buf out;
        buf_init(&out, (size_t)1 << 20);
        dialogue_summary(&d, &out);
        cli_print_buf(&out);
    } else {
        e = m->options->beside ? draft_beside(m, &d, arena) : draft(m, &d, NULL, arena);
    }
    arena_free(arena);
    return e;
}

/* Names in the spool first: they are ids and nothing else. */
static err read_evidence(struct importing *m)
{
    struct buf all;
    buf_init(&all, EVIDENCE_CEILING);
    struct dir_list names = {0};
    const char *spool = path_join(m->arena, path_dir(m->arena, m->path), "spool");
    err e = path_is_dir(spool) ? dir_list(spool, m->arena, &names) : OK;
    for (size_t i = 0; i < names.count; i++) {
        buf_printf(&all, "%s\n", names.names[i]);
    }
    for (size_t i = 0; i < m->options->logs.count && !failed(e); i++) {
        span log;
        e = err_in(file_read(m->options->logs.at[i], EVIDENCE_CEILING, m->arena, &log), m->arena, "--log %s",
                   m->options->logs.at[i]);
        if (!failed(e)) {
            buf_put(&all, log);
        }
    }
    m->evidence = buf_settle(&all, m->arena);
    return e;
}

static err import_capture(struct importing *m)
{
    TRY(recording_verify(m->path, m->arena));
    TRY(read_evidence(m));
    const char *note;
    TRY(capture_keys_survey(&m->keys, m->path, &m->streams, m->arena, &note));
    if (note) {
        (void)cli_complain(0, "%s", note);
    }
    struct capture_totals totals;
    TRY(captures_read(m->path, import_flow, m, m->arena, &totals));
    if (m->options->list && totals.broken) {
        cli_print("%llu packets of %llu are broken; packet %llu: %s\n", (unsigned long long)totals.broken,
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
    const char *missing = m->keys.files ? NULL : capture_keys_missing(&m->keys, m->arena);
    if (missing) {
        (void)cli_complain(0, "%s", missing);
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
    struct args_texts all = *paths;
    if (o->beside) {
        vec_add(m->arena, &all, o->beside);
        e = recording_verify(o->beside, m->arena);
    }
    if (!failed(e)) {
        e = capture_keys_read(&o->keys, &all, m->arena, &m->keys);
    }
    if (failed(e)) {
        return cli_complain(EXIT_USAGE, "%s", err_text(e, m->arena));
    }
    if (!o->list) {
        e = dir_make_all(o->out, 0755);
        if (failed(e)) {
            return cli_complain(EXIT_ENVIRONMENT, "%s: %s", o->out, err_text(e, m->arena));
        }
    }
    return import_all(m, paths);
}

static int run(struct call *call)
{
    struct importing m = {.options = call->options, .arena = call->arena, .names = redaction_new(call->arena)};
    return import_checked(&m, &call->rest);
}

const struct verb cli_import = {
    .name = "import",
    .run = run,
    .usage = "CAPTURE... -o DIR",
    .doc = "make scenarios of captures",
    .example = "assay import pcap/captures/exim-swaks-plain/traffic.pcap -o out/imported",
    VERB_ROWS(import_rows),
    .options_size = sizeof(struct import_options),
};
