/* The ways to run refmta, as a table: one option, one function. */
#ifndef REF_RUN_MODES_H
#define REF_RUN_MODES_H

#include "base/buf.h"
#include "ref/run/options.h"
#include "ref/run/version.h"

enum run_takes {
    RUN_TAKES_WORDS = 1, /* what is no option belongs to it */
    RUN_TAKES_QUEUE = 2  /* -qGNAME says in which queue */
};

struct run_mode {
    const char *name; /* "-bd" */
    enum exit_status (*run)(const struct run_options *o, struct arena *arena);
    unsigned takes;   /* enum run_takes bits */
    const char *doc;
};

extern const struct run_mode run_modes[];
extern const size_t run_mode_count;
/* Without a mode option: a message on standard input. */
extern const struct run_mode run_mode_submit;
/* -q, and -q15m without -bd. */
extern const struct run_mode run_mode_queue_run, run_mode_queue_daemon;

enum exit_status run_brightmail(const struct run_options *o, struct arena *arena);
enum exit_status run_daemon_background(const struct run_options *o, struct arena *arena);
enum exit_status run_daemon_foreground(const struct run_options *o, struct arena *arena);
enum exit_status run_deposit(const struct run_options *o, struct arena *arena);
enum exit_status run_hints(const struct run_options *o, struct arena *arena);
enum exit_status run_print_config(const struct run_options *o, struct arena *arena);
enum exit_status run_print_version(const struct run_options *o, struct arena *arena);
enum exit_status run_queue_by_hand(const struct run_options *o, struct arena *arena);
enum exit_status run_queue_daemon(const struct run_options *o, struct arena *arena);
enum exit_status run_rehearsal(const struct run_options *o, struct arena *arena);
enum exit_status run_stdin_session(const struct run_options *o, struct arena *arena);
enum exit_status run_submit(const struct run_options *o, struct arena *arena);
enum exit_status run_test_address(const struct run_options *o, struct arena *arena);
enum exit_status run_try_expand(const struct run_options *o, struct arena *arena);

/* What is built in, in the lines of -bV that existing tools look for; -d prints them first. */
void run_version_write(const char *config, struct buf *out);
/* "refmta: text" on standard error; gives status. */
enum exit_status run_fail(enum exit_status status, const char *text);

#endif
