/* Sorted by name, so that a misspelled option can be answered with the nearest one. */
#include "ref/run/modes.h"

#include <stdio.h>

enum { NOTHING = 0, WORDS = RUN_TAKES_WORDS, QUEUE = RUN_TAKES_QUEUE };

const struct run_mode run_modes[] = {
    {"--brightmail", run_brightmail, NOTHING, "started by refmta itself, to call a Brightmail library"},
    {"--deposit", run_deposit, NOTHING, "started by refmta itself, to deliver as another user"},
    {"--hints", run_hints, WORDS, "list what is kept of other hosts: retry, misc, tls, or all"},
    {"--tidy", run_hints, WORDS, "remove of it what is past its time, or older than a first word like 7d (30d)"},
    {"-M", run_queue_by_hand, WORDS | QUEUE, "deliver these messages now"},
    {"-MG", run_queue_by_hand, WORDS | QUEUE, "move messages: to the queue named first"},
    {"-Mf", run_queue_by_hand, WORDS | QUEUE, "freeze these messages"},
    {"-Mg", run_queue_by_hand, WORDS | QUEUE, "give these messages up: their senders are told"},
    {"-Mrm", run_queue_by_hand, WORDS | QUEUE, "remove these messages without a word to anybody"},
    {"-Mt", run_queue_by_hand, WORDS | QUEUE, "unfreeze these messages"},
    {"-Mvb", run_queue_by_hand, WORDS | QUEUE, "print the body of a message"},
    {"-Mvh", run_queue_by_hand, WORDS | QUEUE, "print the envelope and header fields of a message"},
    {"-Mvl", run_queue_by_hand, WORDS | QUEUE, "print what the main log has of a message"},
    {"-bP", run_print_config, WORDS, "print options: names, routers, macros, ..."},
    {"-bV", run_print_version, NOTHING, "print version and what is built in"},
    {"-bd", run_daemon_background, NOTHING, "run as a daemon"},
    {"-bdf", run_daemon_foreground, NOTHING, "run as a daemon in the foreground"},
    {"-be", run_try_expand, WORDS, "expand the arguments, or lines of standard input"},
    {"-bem", run_try_expand, WORDS, "the same, with the message of the first argument"},
    {"-bh", run_rehearsal, WORDS, "an SMTP session as if from the address given, nothing is kept"},
    {"-bm", run_submit, WORDS, "take a message from standard input, as without a mode"},
    {"-bp", run_queue_by_hand, WORDS | QUEUE, "list the queue, or these messages"},
    {"-bpc", run_queue_by_hand, QUEUE, "say how many messages are in the queue"},
    {"-bpr", run_queue_by_hand, WORDS | QUEUE, "the same as -bp; Exim's does not sort"},
    {"-bpru", run_queue_by_hand, WORDS | QUEUE, "the same as -bpu"},
    {"-bpu", run_queue_by_hand, WORDS | QUEUE, "list the queue without those who have it, for exiqgrep"},
    {"-bs", run_stdin_session, NOTHING, "an SMTP session on standard input and output"},
    {"-bt", run_test_address, WORDS, "say where mail for these addresses would go"},
    {"-bv", run_test_address, WORDS, "verify these addresses, as recipients"},
    {"-bvs", run_test_address, WORDS, "verify these addresses, as senders"},
};
const size_t run_mode_count = sizeof run_modes / sizeof *run_modes;

const struct run_mode run_mode_submit = {
    "", run_submit, WORDS, "take a message from standard input for the recipients given"};

const struct run_mode run_mode_queue_run = {
    "-q", run_queue_by_hand, NOTHING, "a queue run; f: before their time, ff: frozen ones too; with a time: "
                                 "again and again"};
const struct run_mode run_mode_queue_daemon = {
    "-q", run_queue_daemon, NOTHING, "a daemon that does nothing but queue runs"};

enum exit_status run_fail(enum exit_status status, const char *text)
{
    /* A configuration error begins with our name, as Exim's does. */
    bool named = strncmp(text, "refmta ", 7) == 0;
    (void)fprintf(stderr, "%s%s\n", named ? "" : "refmta: ", text);
    return status;
}
