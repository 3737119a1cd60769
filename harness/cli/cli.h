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

/* One call of a verb. */
struct call {
    int argc;
    char **argv;            /* argv[0] is the verb */
    struct arena *arena;    /* lives until the call is over */
    void *options;          /* what the verb's rows were read into */
    struct args_texts rest; /* words that are no options */
    const char *work;       /* cli_work; removed when the call is over */
};

struct verb {
    const char *name;
    int (*run)(struct call *call); /* gives the exit status */
    const char *usage;             /* behind "assay VERB " */
    const char *doc;               /* one line */
    const char *example;
    const struct args_option *rows; /* its options */
    size_t row_count;
    size_t options_size;  /* of the struct that they fill in, */
    const void *defaults; /* which begins as a copy of this; NULL: zeroes */
    /* The exit status in the language of whoever asked, also where the words could not be read; NULL: as it is. */
    int (*translate)(int argc, char **argv, int status);
};
#define VERB_ROWS(table) .rows = (table), .row_count = sizeof(table) / sizeof *(table)

/* Ends with NULL. */
extern const struct verb *const cli_verbs[];
extern const struct verb cli_run, cli_check, cli_list, cli_flights, cli_matrix, cli_diff, cli_vectors, cli_chain, cli_fmt,
    cli_lint, cli_record, cli_sessions, cli_import, cli_replay, cli_baseline, cli_report, cli_reduce, cli_fuzz, cli_req,
    cli_explain, cli_serve, cli_send, cli_target, cli_help;

int cli_main(int argc, char **argv);

/* Makes call->work, a new folder below TMPDIR, unless it is there; reachable for MTAs, which change users. */
err cli_work(struct call *call) MUST_CHECK;

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

/* Rows of --help that several verbs have. */
#define CLI_ONLY_ROW(AT) \
    {"--only", NULL, ARGS_LIST, AT(select.only), "GLOB", "cases whose id fits; '#...' fits the part from # on"}
#define CLI_REQ_ROW(AT) \
    {"--req", NULL, ARGS_LIST, AT(select.reqs), "ID", "cases that show this clause; globs allowed"}
#define CLI_SHARD_ROW(AT) \
    {"--shard", NULL, ARGS_TEXT, AT(select.shard), "i/n", "this part of the cases, by hash of the id"}
#define CLI_JOBS_ROW(AT) \
    {"--jobs", "-j", ARGS_NUMBER, AT(jobs), "N", "workers side by side (default: processors, at most 4)"}
#define CLI_TARGET_ROW(AT) {"--target", "-t", ARGS_TEXT, AT(target), "T", "a target folder, or HOST:PORT"}
#define CLI_KEYS_ROW(AT) \
    {"--keys", NULL, ARGS_LIST, AT(keys), "FILE", \
     "a TLS key log (SSLKEYLOGFILE); what lies in a pcapng file itself is used anyway"}
#define CLI_STREAM_ROW(AT) \
    {"--stream", NULL, ARGS_LIST, AT(streams), "N", \
     "only this connection, counted from 0 as tcp.stream in Wireshark; may be repeated"}
/* Where targets live. */
#define CLI_PLACE_ROWS(AT) \
    {"--isolation", NULL, ARGS_TEXT, AT(isolation), "MODE", "namespaces or ports (default: the best there is)"}, \
    {"--peers", NULL, ARGS_TEXT, AT(peers), "DIR", "where ci/peers unpacks (default: build/peers)"}

#endif
