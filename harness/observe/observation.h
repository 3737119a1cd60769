/* What a target left behind, read by the judge's own readers into a common form that can be
   compared between MTAs. The raw files stay beside it as evidence. */
#ifndef HARNESS_OBSERVE_OBSERVATION_H
#define HARNESS_OBSERVE_OBSERVATION_H

#include "base/arena.h"
#include "base/err.h"
#include "base/vec.h"

struct named_text {
    const char *name;
    span value;
};
typedef VEC(struct named_text) named_texts;

/* One line of a log, its fields taken apart. */
struct log_line {
    const char *format; /* "exim-main", ... */
    span line;          /* without its end */
    const char *id;     /* message id in it, or NULL */
    const char *flag;   /* "<=", "=>", "**", "==", "Completed", ... or NULL */
    named_texts fields; /* "H", "P", "S", "sender", "L", ...; a bare field has its own spelling as value */
};

struct spool_rcpt {
    span address;
    named_texts params; /* ORCPT, NOTIFY */
};

/* A message as queued. */
struct spool_entry {
    const char *id;
    span sender; /* "<a@b>" */
    VEC(struct spool_rcpt) rcpts;
    int64_t arrived;
    named_texts attrs;   /* family-specific: "received_protocol", "host_address", ... */
    named_texts headers; /* in order; value with folding, without the final line end */
    span body;                      /* LF line ends */
    span raw_header, raw_data;      /* the files' octets, where there are files */
    VEC(span) done;                 /* recipients finished */
    const char *state;              /* "active", "deferred", "frozen"; NULL: an earlier copy, not
                                       in the queue any more */
};

/* A delivered message. */
struct mail_entry {
    const char *mailbox; /* address or actor */
    span from;           /* envelope sender if known */
    VEC(span) rcpts;
    named_texts headers;
    span body;
    span raw;
};

struct observation {
    VEC(struct log_line) logs;
    VEC(struct spool_entry) spool;
    VEC(struct mail_entry) mails;
    span secrets;    /* of TLS, as the target logged them in NSS's format */
    const char *dir; /* @{dir} */
    /* Which surfaces the target has at all: a check on one that it lacks is `skip surface`. */
    bool has_log, has_spool, has_queue, has_mail;
};

/* Exim's spool form, old and new: the judge's own reading. A malformed file is ERR_SYNTAX with the
   line in the text. */
err exim_spool_read(span header_file, span data_file, struct arena *arena,
                    struct spool_entry *entry) MUST_CHECK;
/* One line of Exim's main log. Never fails: a line without known parts has only `line`. */
void exim_log_read(span line, struct arena *arena, struct log_line *out);

#endif
