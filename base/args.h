/* Command-line options as rows of a table, which also prints --help and the option part of the man
   pages. */
#ifndef BASE_ARGS_H
#define BASE_ARGS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"

enum args_kind { ARGS_FLAG, ARGS_TEXT, ARGS_NUMBER, ARGS_LIST, ARGS_KIND_COUNT };

/* Target: a bool, const char *, uint64_t, or struct args_texts at `offset` of the struct `into`. */
struct args_option {
    const char *name;  /* "--jobs", or "-v" */
    const char *short_name; /* "-j", or NULL */
    enum args_kind kind;
    size_t offset;
    const char *value; /* what help calls the value: "N" */
    const char *doc;   /* one line */
};

struct args_texts {
    const char **at;
    size_t count;
    size_t room;
};

/* Reads argv[1..]; "--x v", "--x=v", "-x v", "--" ends options. What is no option goes to
   *rest. Errors (unknown option with a suggestion, missing or bad value) are ERR_SYNTAX with a
   sentence that says what to do, `at` the word's index in argv. A lone "-" is no option. */
err args_read(const struct args_option *options, size_t count, int argc, char **argv, void *into,
              struct args_texts *rest, struct arena *arena) MUST_CHECK;

/* A word as a POSIX shell takes it: as it is, or in single quotes where it has to be. */
const char *args_quoted(const char *word, struct arena *arena);

/* "  -j, --jobs N      how many ..." for each row, aligned. */
void args_help(const struct args_option *options, size_t count, struct buf *out);

#endif
