/* The three logs: main, reject, panic. A line is one write, so that lines of threads and processes
   never mix. Each line opens the file by its name, so that a log that was renamed or removed by
   a rotating program is made anew. Threads share a struct log; nothing in it changes. */
#ifndef REF_LOG_LOG_H
#define REF_LOG_LOG_H

#include "ref/log/selectors.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/span.h"

#define LOG_LINE_LIMIT 65536 /* longer lines are cut; the cut is marked "..." */
#define LOG_FILE_MODE 0640

enum log_file { LOG_MAIN = 1, LOG_REJECT = 2, LOG_PANIC = 4 }; /* bits: a line can go to several */

struct log_options {
    const char *path; /* log_file_path with %s; NULL or "": <spool>/log/%slog */
    const char *spool_directory;
    struct log_selectors selectors;
    const struct clock *clock;
    long pid;
    bool utc;         /* timezone = UTC; else the process's zone */
    bool zone;        /* log_timezone: " +0000" behind the time */
    bool rehearsal;   /* -bh: lines go to standard error, behind "LOG: " */
};

struct log {
    struct log_options options;
    const char *main, *reject, *panic; /* file names */
};

/* Makes the log directory if it is missing and checks that the main log can be written. ERR_SYNTAX:
   path is relative or has no %s. ERR_IO names the file. Texts live in arena. */
err log_open(struct log *log, const struct log_options *options, struct arena *arena) MUST_CHECK;

/* Writes one line: time, [pid] if selected, id and a blank if there is one, text. files: enum
   log_file bits. A line feed inside text is written as the two characters \n, other control
   characters as \ooo. What goes to reject or panic is not also written to main unless said.
   A line that cannot be written goes to standard error; the caller can do nothing about it. */
void log_write(const struct log *log, unsigned files, span id, span text);
void log_printf(const struct log *log, unsigned files, span id, const char *format, ...)
    PRINTF_LIKE(4, 5);
/* The same with lines of text below it, as written, each already LF-ended: rejected headers. */
void log_write_with(const struct log *log, unsigned files, span id, span text, span below);

/* "1s", "3m45s", "2d3h", "0s"; with millisec and below a minute "0.204s". */
void log_duration_put(const struct log *log, instant nanos, struct buf *out);
/* As it stands inside T="...", C="...": backslash and quote escaped, control characters as \n,
   \t, \ooo. */
void log_escaped_put(span text, struct buf *out);
/* The key, and the text so between quotes. */
void log_quoted_put(const char *key, span text, struct buf *out);
/* A blank, key and value, if there is a value and the selector is on. */
void log_field_put(const struct log *log, enum log_selector selector, const char *key, span value,
                   struct buf *out);

static inline bool log_wants(const struct log *log, enum log_selector which)
{
    return log_selected(log->options.selectors, which);
}

#endif
