/* What a target's `where` prints, as a table: kind, format, and the reader that turns the place
   into observations. A new format is one file here and one row in formats.c. Readers see octets
   and the output of commands only; which files, from which offset on, is decided by the target. */
#ifndef HARNESS_OBSERVE_FORMATS_H
#define HARNESS_OBSERVE_FORMATS_H

#include "base/cursor.h"
#include "harness/observe/observation.h"

enum surface {
    SURFACE_LOG,
    SURFACE_QUEUE,
    SURFACE_SPOOL,
    SURFACE_MAILBOX,
    SURFACE_KEYLOG,
    SURFACE_COUNT
};

/* A file as it stood when the case began: what it held then is not news. */
struct mark {
    const char *path;
    size_t octets;
};
typedef VEC(struct mark) marks;

typedef VEC(const char *) queue_ids;

struct source {
    const char *place; /* path, folder, or command */
    const marks *before;
    const queue_ids *queued; /* ids of messages that lay there before and are not news, or NULL */
    struct arena *arena;
    /* Runs a command line inside the target's isolation; its standard output. */
    err (*run)(void *context, const char *command, struct arena *arena, span *output);
    void *context;
};

struct format {
    const char *name; /* "exim-main" */
    enum surface surface;
    const char *doc;
    /* Adds to seen. What is not there yet (no log, no spool) is no error. NULL: a log, or the spool row
       reads the same files. */
    err (*read)(const struct source *source, struct observation *seen);
    /* A log: one line of it; what has no known parts has only `line`. */
    void (*line)(span line, struct arena *arena, struct log_line *out);
    /* A case begins, and what lies there is no news of it: files that grow are marked, a maildir is
       emptied. NULL: ids tell what is news. */
    err (*begin)(const char *place, struct arena *arena, marks *m);
};

/* "log" and "exim-main"; NULL with *suggestion (or NULL) when there is no such row. */
const struct format *observe_format_find(span kind, span name, const char **suggestion);
const struct format *
observe_format_row(size_t index); /* NULL behind the last: for listings and tests */
const char *observe_surface_name(enum surface surface);

/* Adds what the place shows to seen. */
err observe_read(const struct format *format, const struct source *source,
                 struct observation *seen) MUST_CHECK;

/* True for the id of a message that lay in the queue before. */
bool observe_is_old(const struct source *source, span id);

/* An id of Exim's: 6-6-2 before release 4.97, 6-11-4 since. */
bool observe_is_exim_id(span text);

/* The message with that id, empty where there was none: queue and spool tell of the same. The pointer
   holds until the next call. */
struct spool_entry *observe_entry_of(struct observation *seen, const char *id, struct arena *arena);

/* Octets of the file that are new since the marks; empty when it is not there. */
err observe_news(const struct source *source, const char *path, span *news) MUST_CHECK;
/* A file of a spool; *there is false, and it empty, where it was delivered and removed meanwhile. */
err observe_file(const char *path, struct arena *arena, span *content, bool *there) MUST_CHECK;
void observe_add(named_texts *list, struct arena *arena, const char *name, span value);
/* The bits as the words of RFC 3461 4.1. */
enum { NOTIFY_NEVER = 1, NOTIFY_SUCCESS = 2, NOTIFY_FAILURE = 4, NOTIFY_DELAY = 8 };
span observe_notify(uint64_t bits, struct arena *arena);
/* Blanks, and what stands behind them up to the next one. */
span observe_word(struct cursor *c);
/* A log that is not there yet gets no mark. */
err begin_file(const char *path, struct arena *arena, marks *m) MUST_CHECK;
err begin_mbox(const char *place, struct arena *arena, marks *m) MUST_CHECK;
err begin_maildir(const char *place, struct arena *arena, marks *m) MUST_CHECK;

err read_exim_spool(const struct source *source, struct observation *seen) MUST_CHECK;
err read_postfix_queue(const struct source *source, struct observation *seen) MUST_CHECK;
err read_postfix_postcat(const struct source *source, struct observation *seen) MUST_CHECK;
err read_opensmtpd_queue(const struct source *source, struct observation *seen) MUST_CHECK;
err read_opensmtpd_spool(const struct source *source, struct observation *seen) MUST_CHECK;
err read_sendmail_mailq(const struct source *source, struct observation *seen) MUST_CHECK;
err read_sendmail_spool(const struct source *source, struct observation *seen) MUST_CHECK;
err read_mbox(const struct source *source, struct observation *seen) MUST_CHECK;
err read_maildir(const struct source *source, struct observation *seen) MUST_CHECK;
err read_keylog(const struct source *source, struct observation *seen) MUST_CHECK;

/* The pieces behind them, for tests and for whoever has the octets already. */
void postfix_log_read(span line, struct arena *arena, struct log_line *out);
err postfix_queue_line_read(span line, struct arena *arena, struct spool_entry *entry) MUST_CHECK;
err postfix_postcat_read(span output, struct arena *arena, struct spool_entry *entry) MUST_CHECK;
void opensmtpd_log_read(span line, struct arena *arena, struct log_line *out);
/* A line is one envelope; the id is that of its message. */
err opensmtpd_queue_line_read(span line, struct arena *arena, struct spool_entry *entry) MUST_CHECK;
/* Adds the envelope's recipient to the message it belongs to. */
err opensmtpd_envelope_read(span envelope, struct arena *arena,
                            struct spool_entry *entry) MUST_CHECK;
void sendmail_log_read(span line, struct arena *arena, struct log_line *out);
err sendmail_mailq_read(span output, struct arena *arena, struct observation *seen) MUST_CHECK;
err sendmail_qf_read(span control, span data, struct arena *arena,
                     struct spool_entry *entry) MUST_CHECK;
err mbox_read(span content, const char *mailbox, struct arena *arena,
              struct observation *seen) MUST_CHECK;

/* A message that a server actor took, as a delivery to that actor. */
void observe_taken_mail(const char *actor, span from, span octets, struct arena *arena,
                        struct mail_entry *mail);

/* Header fields of a message in order, and its body behind the empty line; CRLF and LF line ends
   are both read, and come out as LF. What does not look like a field ends the header. */
struct message_parts {
    named_texts headers;
    span body;
};
void observe_message_split(span message, struct arena *arena, struct message_parts *parts);

#endif
