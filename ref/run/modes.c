/* Sorted by name, so that a misspelled option can be answered with the nearest one. */
#include "ref/run/modes.h"

#include <stdio.h>

const struct run_mode run_modes[] = {
    {"-bP", run_print_config, true, "print options: names, routers, macros, ..."},
    {"-bV", run_print_version, false, "print version and what is built in"},
    {"-bd", run_daemon_background, false, "run as a daemon"},
    {"-bdf", run_daemon_foreground, false, "run as a daemon in the foreground"},
    {"-be", run_try_expand, true, "expand the arguments, or lines of standard input"},
    {"-bem", run_try_expand_message, true, "the same, with the message of the first argument"},
    {"-bh", run_rehearsal, true, "an SMTP session as if from the address given, nothing is kept"},
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
