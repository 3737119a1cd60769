/* transport_filter: a command that the message goes through on its way out. Run without a shell, by its
   absolute path, with the message on standard input, which is a file, and what it writes to standard
   output as the new message. */
#ifndef REF_TRANSPORT_FILTER_H
#define REF_TRANSPORT_FILTER_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/span.h"
#include "base/vec.h"

struct transport_job;

struct transport_filter {
    VEC(span) words;              /* none: there is no filter; words.at[0] begins with "/" */
    millis timeout;
};

/* The option of the job's transport, split into words as a shell would without substituting, each
   word then expanded on its own. ERR_DEFER: it cannot be expanded, or is no absolute path; `what` says so. */
err transport_filter_begin(const struct transport_job *job, struct transport_filter *f) MUST_CHECK;
static inline bool transport_filter_is(const struct transport_filter *f) { return f->words.count > 0; }

/* An open file without a name, in memory, for what goes in or comes out. */
err transport_filter_file(int *fd) MUST_CHECK;

/* Reads `in` from its beginning, writes into `out`, which is empty, and leaves both open. Runs in
   `directory` (NULL or empty: where this process is). ERR_DEFER: it could not be started, ended with a
   status other than 0 or by a signal; ERR_TIMEOUT: it took too long and was killed. `what`, in arena,
   says it in words for the log. */
err transport_filter_run(const struct transport_filter *f, const char *directory, int in, int out,
                         struct arena *arena) MUST_CHECK;

/* Hands all of a file to put, in blocks; a last line without LF gets one. */
err transport_filter_pour(int fd, err (*put)(void *context, span block), void *context) MUST_CHECK;

#endif
