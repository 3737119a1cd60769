/* The command line: one row per verb, one file per verb group. What the files of this folder
   share. */
#ifndef HARNESS_CLI_CLI_H
#define HARNESS_CLI_CLI_H

#include "base/args.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#define ASSAY_VERSION "0.1.0"

/* Exit statuses; the highest that applies. docs/assay.1 lists them. */
enum exit_status {
    EXIT_FINE = 0,
    EXIT_UNEXPECTED = 1,
    EXIT_CRASHED = 2,
    EXIT_USAGE = 3,       /* usage, a mistake in a scenario or baseline, an empty selection */
    EXIT_ENVIRONMENT = 4, /* the target did not start, no namespace, port taken, case error */
    EXIT_CUT_SHORT = 5
};

struct verb {
    const char *name;
    int (*run)(int argc, char **argv); /* argv[0] is the verb */
    const char *usage;                 /* behind "assay VERB " */
    const char *doc;                   /* one line */
    const char *example;
};
/* Ends with a row whose name is NULL. */
extern const struct verb cli_verbs[];

int cli_main(int argc, char **argv);

int cli_run(int argc, char **argv);
int cli_list(int argc, char **argv);
int cli_flights(int argc, char **argv);
int cli_pairs(int argc, char **argv);
int cli_diff(int argc, char **argv);
int cli_check(int argc, char **argv);
int cli_vectors(int argc, char **argv);
int cli_chain(int argc, char **argv);
int cli_fmt(int argc, char **argv);
int cli_lint(int argc, char **argv);
int cli_record(int argc, char **argv);
int cli_sessions(int argc, char **argv);
int cli_import(int argc, char **argv);
int cli_replay(int argc, char **argv);
int cli_report(int argc, char **argv);
int cli_baseline(int argc, char **argv);
int cli_reduce(int argc, char **argv);
int cli_fuzz(int argc, char **argv);
int cli_req(int argc, char **argv);
int cli_explain(int argc, char **argv);
int cli_serve(int argc, char **argv);
int cli_send(int argc, char **argv);
int cli_target(int argc, char **argv);
int cli_help(int argc, char **argv);

/* What is printed for people. Octets that a terminal might obey, or that are no UTF-8, are spelled \xHH; LF and
   tab stay. */
void cli_print(const char *format, ...) PRINTF_LIKE(1, 2);
void cli_print_buf(struct buf *text); /* and wipes it */
/* The same on standard error; the second in place of the line that the terminal stands in. */
void cli_note(const char *format, ...) PRINTF_LIKE(1, 2);
void cli_progress(const char *format, ...) PRINTF_LIKE(1, 2);
/* "assay: WHAT" on standard error; returns status. */
int cli_complain(int status, const char *format, ...) PRINTF_LIKE(2, 3);
/* The status that an err calls for: 3 for mistakes in what the user wrote, else 4. */
int cli_complain_err(err e, struct arena *arena);
/* True if -h or --help stands among the options; prints the verb's help then. */
bool cli_wants_help(int argc, char **argv, const struct args_option *options, size_t count);

#endif
