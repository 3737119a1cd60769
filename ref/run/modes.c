/* Sorted by name, so that a misspelled option can be answered with the nearest one. */
#include "ref/run/modes.h"

#include <stdio.h>

const struct run_mode run_modes[] = {
    {"--brightmail", run_brightmail, false, "started by refmta itself, to call a Brightmail library"},
    {"--deposit", run_deposit, false, "started by refmta itself, to deliver as another user"},
    {"-M", run_queue_deliver, true, "deliver these messages now"},
    {"-Mf", run_queue_freeze, true, "freeze these messages"},
    {"-Mg", run_queue_give_up, true, "give these messages up: their senders are told"},
    {"-Mrm", run_queue_remove, true, "remove these messages without a word to anybody"},
    {"-Mt", run_queue_thaw, true, "unfreeze these messages"},
    {"-Mvb", run_queue_show_body, true, "print the body of a message"},
    {"-Mvh", run_queue_show_header, true, "print the envelope and header fields of a message"},
    {"-Mvl", run_queue_show_log, true, "print what the main log has of a message"},
    {"-bP", run_print_config, true, "print options: names, routers, macros, ..."},
    {"-bV", run_print_version, false, "print version and what is built in"},
    {"-bd", run_daemon_background, false, "run as a daemon"},
    {"-bdf", run_daemon_foreground, false, "run as a daemon in the foreground"},
    {"-be", run_try_expand, true, "expand the arguments, or lines of standard input"},
    {"-bem", run_try_expand_message, true, "the same, with the message of the first argument"},
    {"-bh", run_rehearsal, true, "an SMTP session as if from the address given, nothing is kept"},
    {"-bp", run_queue_list, true, "list the queue, or these messages"},
    {"-bpc", run_queue_count, false, "say how many messages are in the queue"},
    {"-bs", run_stdin_session, false, "an SMTP session on standard input and output"},
    {"-bt", run_test_address, true, "say where mail for these addresses would go"},
    {"-bv", run_verify_recipient, true, "verify these addresses, as recipients"},
    {"-bvs", run_verify_sender, true, "verify these addresses, as senders"},
};
const size_t run_mode_count = sizeof run_modes / sizeof *run_modes;

const struct run_mode run_mode_submit = {
    "", run_submit, true, "take a message from standard input for the recipients given"};

const struct run_mode run_mode_queue_run = {
    "-q", run_queue_once, false, "a queue run; f: before their time, ff: frozen ones too; with a time: "
                                 "again and again"};
const struct run_mode run_mode_queue_daemon = {
    "-q", run_queue_daemon, false, "a daemon that does nothing but queue runs"};

enum exit_status run_fail(enum exit_status status, const char *text)
{
    /* A configuration error begins with our name, as Exim's does. */
    bool named = strncmp(text, "refmta ", 7) == 0;
    (void)fprintf(stderr, "%s%s\n", named ? "" : "refmta: ", text);
    return status;
}
