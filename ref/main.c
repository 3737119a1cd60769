/* refmta: a strict reference mail server. Reads the command line and picks a mode; all else is in
   ref/run. */
#include "ref/run/modes.h"

#include <stdio.h>
#include <stdlib.h>

/* -d: what is running, before what it does. */
static void version_tell(const struct run_options *options, struct arena *arena)
{
    struct buf out;
    buf_init(&out, 65536);
    run_version_write(options->config, &out);
    (void)fputs(arena_text(arena, buf_span(&out)), stderr);
    buf_wipe(&out);
}

static enum exit_status help(struct arena *arena)
{
    struct buf out;
    buf_init(&out, 65536);
    run_options_help(&out);
    (void)fputs(arena_text(arena, buf_span(&out)), stdout);
    buf_wipe(&out);
    return EXIT_FINE;
}

int main(int argc, char **argv)
{
    struct arena *arena = arena_new();
    struct run_options options;
    enum exit_status status;
    err e = run_options_read(argc, argv, arena, &options);
    if (failed(e)) {
        status = run_fail(EXIT_USAGE, err_text(e, arena));
    } else {
        if (options.trace != NULL) {
            version_tell(&options, arena);
        }
        if (options.env_file == NULL) {
            (void)unsetenv("SSLKEYLOGFILE"); /* GnuTLS would write secrets there: that is for tests */
        }
        status = options.help ? help(arena) : options.mode->run(&options, arena);
    }
    arena_free(arena);
    return (int)status;
}
