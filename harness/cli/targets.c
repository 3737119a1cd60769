/* assay target list and probe: which targets there are, and what one can do on this machine, in
   words. */
#include "harness/cli/cli.h"
#include "harness/cli/frame.h"

#include "base/file.h"

#include "harness/cli/worker.h"
#include "harness/target/description.h"
#include "harness/target/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct target_verb_options {
    const char *isolation;
    const char *peers;
};

#define AT(field) offsetof(struct target_verb_options, field)
static const struct args_option target_rows[] = {CLI_PLACE_ROWS(AT)};

static int list_targets(const struct target_verb_options *o, struct arena *arena)
{
    const char *folder;
    struct dir_list names;
    err e = target_folder(arena, &folder);
    if (!failed(e)) {
        e = dir_list(folder, arena, &names);
    }
    if (failed(e)) {
        return cli_complain_err(e, arena);
    }
    for (size_t i = 0; i < names.count; i++) {
        const char *file = path_join(arena, path_join(arena, folder, names.names[i]), "target");
        struct description d;
        span text;
        if (!path_is_file(file)) {
            continue;
        }
        e = file_read(file, 65536, arena, &text);
        if (!failed(e)) {
            e = description_read(file, text, arena, &d);
        }
        if (failed(e)) {
            return cli_complain_err(e, arena);
        }
        const char *tree = path_join(arena, o->peers ? o->peers : "build/peers", names.names[i]);
        bool missing = d.peers.count && !path_is_dir(tree);
        cli_print("%-12s %s%s%s\n", names.names[i], missing ? "not there; `ci/peers " : "ready",
               missing ? names.names[i] : "", missing ? "` brings it" : "");
    }
    puts("HOST:PORT    any server that somebody runs; wire checks only");
    return EXIT_FINE;
}

/* Reads as sentences, since it is a person who asks. */
static int tell(struct target *t, struct arena *arena)
{
    const char *note = target_isolation_note(t);
    const char *why;
    struct capture *c;
    cli_print("version      %s\n", target_version(t));
    cli_print("isolation    %s, the target is %s\n", target_isolation(t), target_host(t));
    if (note) {
        cli_print("             %s\n", note);
    }
    worker_capture(t, arena, &c, &why);
    cli_print("capture      %s\n", c ? "live" : why);
    capture_close(c);
    cli_print("can         ");
    for (size_t i = 0; i < target_caps(t)->count; i++) {
        cli_print(" %s", target_caps(t)->at[i]);
    }
    cli_print("\n");
    for (size_t i = 0; i < target_masks(t)->count; i++) {
        cli_print("mask         %s\n", target_masks(t)->at[i]);
    }
    if (target_is_external(t)) {
        return EXIT_FINE;
    }
    err e = target_probe_honesty(t);
    if (failed(e)) {
        cli_print("honesty      refused\n");
        return cli_complain(EXIT_ENVIRONMENT, "%s", err_text(e, arena));
    }
    cli_print("honesty      what it cannot know it calls unsupported\n");
    struct scenario s = {.path = "", .id = "probe", .title = "probe"};
    e = target_ready(t, &s, arena);
    if (failed(e)) {
        cli_print("start        failed\n");
        return cli_complain_err(e, arena);
    }
    cli_print("start        it greets, answers QUIT and closes\n");
    return EXIT_FINE;
}

static int probe_target(struct call *call, const char *name)
{
    const struct target_verb_options *o = call->options;
    struct target_options options = {.name = name, .isolation = o->isolation, .peers = o->peers};
    struct target *t = NULL;
    err e = frame_target_open(call, &options, &t);
    int status = failed(e) ? cli_complain_err(e, call->arena) : tell(t, call->arena);
    target_close(t);
    return process_interrupted() ? cli_complain(EXIT_CUT_SHORT, "interrupted") : status;
}

static int run(struct call *call)
{
    const struct args_texts *words = &call->rest;
    if (words->count == 1 && strcmp(words->at[0], "list") == 0) {
        return list_targets(call->options, call->arena);
    }
    if (words->count == 2 && strcmp(words->at[0], "probe") == 0) {
        return probe_target(call, words->at[1]);
    }
    return cli_complain(EXIT_USAGE, "say `assay target list` or `assay target probe NAME`");
}

const struct verb cli_target = {
    .name = "target",
    .run = run,
    .usage = "list | probe NAME",
    .doc = "which targets there are; what one can do, in words",
    .example = "assay target probe ref",
    VERB_ROWS(target_rows),
    .options_size = sizeof(struct target_verb_options),
};
