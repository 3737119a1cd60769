/* The ways to run refmta, as a table: one option, one function. */
#ifndef REF_RUN_MODES_H
#define REF_RUN_MODES_H

#include "ref/run/options.h"
#include "ref/run/version.h"

struct run_mode {
    const char *name; /* "-bd" */
    enum exit_status (*run)(const struct run_options *o, struct arena *arena);
    bool takes_words; /* what is no option belongs to it */
    const char *doc;
};

extern const struct run_mode run_modes[];
extern const size_t run_mode_count;
/* Without a mode option: a message on standard input. */
extern const struct run_mode run_mode_submit;

enum exit_status run_daemon_background(const struct run_options *o, struct arena *arena);
enum exit_status run_daemon_foreground(const struct run_options *o, struct arena *arena);
enum exit_status run_print_config(const struct run_options *o, struct arena *arena);
enum exit_status run_print_version(const struct run_options *o, struct arena *arena);
enum exit_status run_rehearsal(const struct run_options *o, struct arena *arena);
enum exit_status run_stdin_session(const struct run_options *o, struct arena *arena);
enum exit_status run_submit(const struct run_options *o, struct arena *arena);
enum exit_status run_try_expand(const struct run_options *o, struct arena *arena);
enum exit_status run_try_expand_message(const struct run_options *o, struct arena *arena);

/* "refmta: text" on standard error; gives status. */
enum exit_status run_fail(enum exit_status status, const char *text);

#endif
