/* assay record: anything that speaks to a mail server, run against a target in the target's own
   world, with everything kept that it left: the capture first of all. */
#include "harness/cli/cli.h"
#include "harness/cli/frame.h"

#include "base/buf.h"
#include "base/file.h"

#include "harness/cli/worker.h"
#include "harness/target/process.h"
#include "pcap/tls_secrets.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COMMAND_WAIT 600000
#define NOTE_CEILING ((size_t)16 << 20)

struct record_options {
    const char *target;
    const char *out;
    struct args_texts sets;
    const char *config;
    const char *isolation;
    const char *peers;
    const char *note;
};

#define AT(field) offsetof(struct record_options, field)
static const struct args_option record_rows[] = {
    CLI_TARGET_ROW(AT),
    {"--out", "-o", ARGS_TEXT, AT(out), "DIR", "where the recording goes; must be empty or new"},
    {"--set", NULL, ARGS_LIST, AT(sets), "KEY=VALUE",
     "a setting for the target, as in a scenario's `set`"},
    {"--config", NULL, ARGS_TEXT, AT(config), "FILE",
     "literal configuration, as in `=== config exim`"},
    {"--note", NULL, ARGS_TEXT, AT(note), "TEXT", "goes into NOTES"},
    CLI_PLACE_ROWS(AT),
};

struct recording {
    struct call *call;
    const struct record_options *o;
    struct arena *arena;
    struct scenario s; /* carries settings and configuration */
    struct target *t;
    struct capture *capture;
    const char *no_capture;
    const char *key_log;
};

/* {host} and {port} in an argument. */
static const char *filled_in(const char *text, const char *host, const char *port,
                             struct arena *arena)
{
    const struct {
        const char *word;
        const char *value;
    } words[] = {{"{host}", host}, {"{port}", port}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const char *at;
        while ((at = strstr(text, words[i].word))) {
            text = arena_printf(arena, "%.*s%s%s", (int)(at - text), text, words[i].value,
                                at + strlen(words[i].word));
        }
    }
    return text;
}

static err read_settings(struct recording *r)
{
    r->s = (struct scenario){.path = "", .id = "record", .title = "record"};
    for (size_t i = 0; i < r->o->sets.count; i++) {
        span key;
        span value;
        if (!span_split(span_text(r->o->sets.at[i]), '=', &key, &value)) {
            return err_syntax(
                0, arena_printf(r->arena, "--set wants KEY=VALUE, not \"%s\"", r->o->sets.at[i]));
        }
        *vec_push(r->arena, &r->s.sets) =
            (struct setting){.key = arena_text(r->arena, span_trim(key)),
                             .value = arena_text(r->arena, span_trim(value))};
    }
    if (r->o->config) {
        struct section *c = vec_push(r->arena, &r->s.sections);
        *c = (struct section){.kind = SECTION_CONFIG, .name = "exim"};
        return err_in(file_read(r->o->config, NOTE_CEILING, r->arena, &c->content), r->arena,
                      "--config %s", r->o->config);
    }
    return OK;
}

static err check_out(struct recording *r)
{
    struct dir_list names;
    if (!path_is_dir(r->o->out)) {
        return err_in(dir_make_all(r->o->out, 0755), r->arena, "--out %s", r->o->out);
    }
    TRY(dir_list(r->o->out, r->arena, &names));
    return names.count == 0
               ? OK
               : err_syntax(0, arena_printf(r->arena,
                                            "--out %s is not empty; a recording wants a folder "
                                            "of its own",
                                            r->o->out));
}

/* Runs the command beside the target; its output is shown and kept. */
static err run_command(struct recording *r, struct ended *how)
{
    struct address at;
    char host[64];
    if (!target_sut(r->t, "smtp", &at)) {
        return err_of(ERR_IO, "the target has no port for SMTP");
    }
    address_host(&at, host, sizeof host);
    const char *port = arena_printf(r->arena, "%u", (unsigned)address_port(&at));
    texts argv = {0};
    for (size_t i = 0; i < r->call->rest.count; i++) {
        vec_add(r->arena, &argv, filled_in(r->call->rest.at[i], host, port, r->arena));
    }
    vec_add(r->arena, &argv, NULL);
    const char *env[] = {arena_printf(r->arena, "ASSAY_HOST=%s", host),
                         arena_printf(r->arena, "ASSAY_PORT=%s", port), NULL};
    struct command c = {.argv = argv.at, .env = env, .input = SPAN_EMPTY, .wait = COMMAND_WAIT, .stoppable = true,
                        .error_path = path_join(r->arena, r->o->out, "command.stderr")};
    span output;
    err ran = command_run(&c, r->arena, &output, how);
    TRY(fd_write_all(1, output));
    TRY(file_write(path_join(r->arena, r->o->out, "command.stdout"), output, 0644));
    return ran;
}

static err write_notes(const struct recording *r, const struct ended *how)
{
    struct buf out;
    buf_init(&out, NOTE_CEILING);
    buf_printf(&out, "target     %s, %s\n", r->o->target, target_version(r->t));
    buf_printf(&out, "isolation  %s\n", target_isolation(r->t));
    buf_put_text(&out, "command   ");
    for (size_t i = 0; i < r->call->rest.count; i++) {
        buf_printf(&out, " %s", r->call->rest.at[i]);
    }
    if (how->signal) {
        buf_printf(&out, "\nended      by signal %d\n", how->signal);
    } else {
        buf_printf(&out, "\nended      exit status %d\n", how->status);
    }
    for (size_t i = 0; i < r->o->sets.count; i++) {
        buf_printf(&out, "set        %s\n", r->o->sets.at[i]);
    }
    if (r->no_capture) {
        buf_printf(&out, "%s\n", r->no_capture);
    }
    if (r->o->note) {
        buf_printf(&out, "note       %s\n", r->o->note);
    }
    err e = file_write(path_join(r->arena, r->o->out, "NOTES"), buf_span(&out), 0644);
    buf_wipe(&out);
    return e;
}

/* Whoever of those that speak keeps a log of TLS secrets has it there; the file is gone when its lines
   are in the capture. */
static err offer_key_log(struct recording *r)
{
    char real[PATH_MAX];
    r->key_log = path_join(r->arena, realpath(r->o->out, real) ? real : r->o->out, "keys.log");
    TRY(err_in(file_write(r->key_log, SPAN_EMPTY, 0666), r->arena, "--out %s", r->o->out));
    if (chmod(r->key_log, 0666) < 0 || setenv("SSLKEYLOGFILE", r->key_log, 1) < 0) {
        return err_sys(errno, r->key_log);
    }
    return OK;
}

static err take_secrets(const struct recording *r, span observed, span *secrets)
{
    span log;
    TRY(err_in(file_read(r->key_log, NOTE_CEILING, r->arena, &log), r->arena, "%s", r->key_log));
    *secrets = span_text(arena_printf(r->arena, "%.*s%.*s", SPAN_FMT(log), SPAN_FMT(observed)));
    err e = capture_secrets_read(capture_secrets_new(r->arena), *secrets, r->key_log);
    if (failed(e)) {
        (void)cli_complain(0, "%s; the capture is kept without keys", err_text(e, r->arena));
        *secrets = SPAN_EMPTY;
        return OK;
    }
    return r->capture ? file_remove_at(AT_FDCWD, r->key_log) : OK;
}

static err record_session(struct recording *r, struct ended *how)
{
    struct observation seen = {.secrets = SPAN_EMPTY};
    TRY(target_ready(r->t, &r->s, r->arena));
    worker_capture(r->t, r->arena, &r->capture, &r->no_capture);
    capture_begin(r->capture);
    err ran = run_command(r, how); /* what took too long, or was interrupted, is kept as well */
    err e = target_observe(r->t, r->arena, &seen); /* waits until it rests */
    if (failed(e)) {
        (void)cli_complain(0, "what the target left behind cannot be read: %s",
                           err_text(e, r->arena));
    }
    span secrets;
    TRY(take_secrets(r, seen.secrets, &secrets));
    if (r->capture) {
        TRY(capture_end(r->capture, path_join(r->arena, r->o->out, "traffic.pcapng"), secrets, r->arena));
    } else {
        (void)cli_complain(0, "%s", r->no_capture);
    }
    TRY(target_evidence(r->t, path_join(r->arena, r->o->out, "target")));
    TRY(write_notes(r, how));
    return ran;
}

static err open_target(struct recording *r)
{
    struct target_options o = {.name = r->o->target, .isolation = r->o->isolation, .peers = r->o->peers};
    vec_add(r->arena, &o.kept, r->o->out);
    return frame_target_open(r->call, &o, &r->t);
}

static int record_all(struct recording *r)
{
    struct ended how = {0, 0};
    err e = read_settings(r);
    if (!failed(e)) {
        e = check_out(r);
    }
    if (!failed(e)) {
        e = offer_key_log(r);
    }
    if (!failed(e)) {
        e = open_target(r);
    }
    if (!failed(e)) {
        e = record_session(r, &how);
    }
    if (failed(e)) {
        if (r->key_log) {
            (void)failed(file_remove_at(AT_FDCWD, r->key_log));
        }
        return process_interrupted()
                   ? cli_complain(EXIT_CUT_SHORT, "interrupted; what was recorded is in %s", r->o->out)
                   : cli_complain_err(e, r->arena);
    }
    if (target_died(r->t)) {
        return cli_complain(EXIT_CRASHED, "the target crashed: %s", target_death(r->t));
    }
    if (how.signal || how.status) {
        return cli_complain(EXIT_UNEXPECTED, "%s ended with %s %d; the recording is in %s",
                            r->call->rest.at[0], how.signal ? "signal" : "exit status",
                            how.signal ? how.signal : how.status, r->o->out);
    }
    cli_note("recorded in %s\n", r->o->out);
    return EXIT_FINE;
}

static int run(struct call *call)
{
    struct recording r = {.call = call, .o = call->options, .arena = call->arena};
    if (!r.o->target || !r.o->out || call->rest.count == 0) {
        return cli_complain(EXIT_USAGE, "record wants --target T --out DIR -- COMMAND...; `assay help record` "
                                        "has an example");
    }
    int status = record_all(&r);
    capture_close(r.capture);
    target_close(r.t);
    return status;
}

const struct verb cli_record = {
    .name = "record",
    .run = run,
    .usage = "--target T --out DIR -- COMMAND...",
    .doc = "run a command against a target; keep capture, spool, logs, configuration",
    .example = "assay record --target exim --out out/rec -- swaks --to u@test.ex --server {host} --port {port}",
    VERB_ROWS(record_rows),
    .options_size = sizeof(struct record_options),
};
