/* Sorted by name, so that a misspelled option can be answered with the nearest one. */
#include "ref/run/modes.h"

#include <stdio.h>

const struct run_mode run_modes[] = {
    {"-bP", run_print_config, true, "print options; \"ours\", \"macros\", \"macro NAME\" or names"},
    {"-bV", run_print_version, false, "print version and what is built in"},
    {"-bd", run_daemon_background, false, "run as a daemon"},
    {"-bdf", run_daemon_foreground, false, "run as a daemon in the foreground"},
    {"-bs", run_stdin_session, false, "an SMTP session on standard input and output"},
};
const size_t run_mode_count = sizeof run_modes / sizeof *run_modes;

const struct run_mode run_mode_submit = {
    "", run_submit, true, "take a message from standard input for the recipients given"};

enum exit_status run_fail(enum exit_status status, const char *text)
{
    /* A configuration error begins with our name, as Exim's does. */
    bool named = strncmp(text, "refmta ", 7) == 0;
    (void)fprintf(stderr, "%s%s\n", named ? "" : "refmta: ", text);
    return status;
}
