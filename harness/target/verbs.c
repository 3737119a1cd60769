/* Verbs are executables of the target's folder: what they are told, and how their end is read. The
   exit status is the whole answer; a failure is never taken for "unsupported". */
#include "harness/target/instance.h"

#include "base/file.h"

#include <sys/statvfs.h>

#include <unistd.h>

#define EXIT_UNSUPPORTED 77
#define EXIT_NOT_NOW 75
#define ERRORS_FIRST 400
#define ERRORS_LAST 800

bool target_verb_is_there(const struct target *t, const char *verb)
{
    return access(path_join(t->scratch, t->home, verb), X_OK) == 0;
}

static void put_env(struct target *t, const char *name, const char *value)
{
    vec_add(t->arena, &t->environment, arena_printf(t->arena, "%s=%s", name, value ? value : ""));
}

static void put_port(struct target *t, const char *name, uint16_t port)
{
    put_env(t, name, arena_printf(t->arena, "%u", (unsigned)port));
}

void target_verb_environment(struct target *t)
{
    t->environment.count = 0;
    put_env(t, "ASSAY_WORK", t->work);
    put_env(t, "ASSAY_TREE", t->tree);
    put_env(t, "ASSAY_TARGET", t->home);
    put_env(t, "ASSAY_BIN", t->bin);
    put_env(t, "ASSAY_SET", t->set_file);
    put_env(t, "ASSAY_CONFIG", t->config_file);
    put_env(t, "ASSAY_ENV", t->env_file);
    put_env(t, "ASSAY_DIR", t->dir);
    put_env(t, "ASSAY_ADDR", t->in.target_host);
    put_env(t, "ASSAY_CLIENT", t->in.client_host);
    put_env(t, "ASSAY_DNS", t->in.dns_host);
    put_env(t, "ASSAY_ISOLATION", t->in.mode);
    put_port(t, "ASSAY_PORT_SMTP", t->in.smtp);
    put_port(t, "ASSAY_PORT_SMTPS", t->in.smtps);
    put_port(t, "ASSAY_PORT_SUBMISSION", t->in.submission);
    put_port(t, "ASSAY_PORT_LMTP", t->in.lmtp);
    put_env(t, "ASSAY_CA", t->ca);
    put_env(t, "ASSAY_KEYLOG", path_join(t->arena, t->o.work, "keys"));
    vec_add(t->arena, &t->environment, NULL);
}

const char *target_verb_errors(struct target *t, struct arena *arena)
{
    span text;
    if (failed(file_read(t->errors, (size_t)256 << 20, arena, &text))) {
        return "";
    }
    text = span_trim_space(text);
    struct statvfs disk;
    if (text.len == 0 && statvfs(t->o.work, &disk) == 0 && disk.f_blocks > 0 &&
        disk.f_bavail == 0) {
        return arena_printf(arena, "(nothing could be written: no room is left in %s; make some, or "
                                   "set TMPDIR)", t->o.work);
    }
    if (text.len > ERRORS_FIRST + ERRORS_LAST) {
        return arena_printf(arena, "%.*s ... %.*s", SPAN_FMT(span_first(text, ERRORS_FIRST)),
                            SPAN_FMT(span_from(text, text.len - ERRORS_LAST)));
    }
    return arena_text(arena, text);
}

/* The first line of the output names what is unsupported. */
static const char *first_line(struct target *t, span output, const char *otherwise)
{
    span line;
    return span_line(&output, &line) && span_trim(line).len
               ? arena_text(t->case_arena, span_trim(line))
               : otherwise;
}

static void judge_end(struct target *t, const char *verb, const struct ended *how,
                      struct verb_result *r)
{
    const char *errors = target_verb_errors(t, t->scratch);
    if (how->status == 0) {
        r->end = VERB_DONE;
    } else if (how->status == EXIT_UNSUPPORTED) {
        r->end = VERB_UNSUPPORTED;
        r->what = arena_printf(t->case_arena, "unsupported: %s", first_line(t, r->output, verb));
    } else if (how->status == EXIT_NOT_NOW) {
        r->end = VERB_NOT_NOW;
        r->what = arena_printf(t->case_arena, "%s/%s: not now (exit status 75), three times",
                               t->home, verb);
    } else {
        r->end = VERB_FAILED;
        r->what = arena_printf(t->case_arena, "%s/%s: %s %d%s%s", t->home, verb,
                               how->signal ? "ended by signal" : "exit status",
                               how->signal ? how->signal : how->status,
                               *errors ? "; standard error: " : "", errors);
    }
}

void target_verb_run(struct target *t, const char *verb, const texts *args, span input, millis wait,
              struct verb_result *r)
{
    texts argv = {0};
    *r = (struct verb_result){.output = SPAN_EMPTY};
    if (!target_verb_is_there(t, verb)) {
        r->end = VERB_UNSUPPORTED;
        r->what = arena_printf(t->case_arena, "unsupported: %s", verb);
        return;
    }
    vec_add(t->scratch, &argv, path_join(t->scratch, t->home, verb));
    for (size_t i = 0; args && i < args->count; i++) {
        vec_add(t->scratch, &argv, args->at[i]);
    }
    vec_add(t->scratch, &argv, NULL);
    struct command c = {.argv = argv.at, .env = t->environment.at, .dir = t->work, .input = input,
                        .error_path = t->errors, .wait = wait};
    for (unsigned tries = 0; tries < 3; tries++) {
        struct ended how;
        err e = command_run(&c, t->case_arena, &r->output, &how);
        if (failed(e)) {
            r->end = VERB_FAILED;
            r->what = err_text(e, t->case_arena);
            return;
        }
        judge_end(t, verb, &how, r);
        if (r->end != VERB_NOT_NOW) {
            return;
        }
        usleep(200000);
    }
}

err target_verb_err(const struct verb_result *r)
{
    switch (r->end) {
    case VERB_DONE:
        return OK;
    case VERB_UNSUPPORTED:
        return err_of(ERR_DEFER, r->what);
    case VERB_NOT_NOW:
    case VERB_FAILED:
        break;
    }
    return err_of(ERR_IO, r->what);
}
