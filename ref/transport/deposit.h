/* One message to one mailbox, all of it said: no template, no configuration, no address is needed to
   carry this out. So it can be done here, or by a child that runs as another user and knows nothing
   but this. */
#ifndef REF_TRANSPORT_DEPOSIT_H
#define REF_TRANSPORT_DEPOSIT_H

#include "ref/route/address.h"
#include "ref/transport/filter.h"

enum deposit_kind {
    DEPOSIT_FILE,        /* behind what is in the file: mbox and its relatives */
    DEPOSIT_DIRECTORY,   /* a file of its own */
    DEPOSIT_MAILDIR
};

struct deposit {
    unsigned kind;                /* enum deposit_kind */
    span transport;               /* its name, for texts */
    span path;                    /* absolute, of the file or directory */
    span home, create_file;
    bool create_directory, file_must_exist;
    unsigned mode, directory_mode;
    bool mode_fail_narrower, check_owner, check_group, allow_symlink, allow_fifo;

    span prefix, suffix;          /* written as they are */
    span check, escape;           /* a line that begins with check begins with escape instead */
    bool crlf;
    uint64_t quota;               /* octets that file or directory may have; 0: no limit */

    bool use_lockfile, use_fcntl_lock, use_flock_lock;
    unsigned lockfile_mode;
    uint64_t lock_retries;
    millis lock_interval, lock_fcntl_timeout, lock_flock_timeout, lockfile_timeout;

    uint64_t maildir_retries;
    bool has_tag;                 /* maildir_tag is set: deposit_names has it */
    span id, host;                /* parts of names: message id, primary_hostname */
    instant now;

    uint64_t uid, gid;            /* who it is written as */
    span user;                    /* name, for all of the user's groups; empty: only gid */
    span directory;               /* current directory of a filter */
    struct transport_filter filter;
};

/* What a name needs to be made of is known only when the file is there: expanded then. */
enum deposit_name { DEPOSIT_NAME_FILE /* directory_file; inode */, DEPOSIT_NAME_TAG /* maildir_tag; size */ };
struct deposit_names {
    void *context;
    err (*make)(void *context, enum deposit_name which, uint64_t value, span *text);
};

/* The message: lines end in LF, the last one too. */
struct deposit_text {
    void *context;
    err (*pour)(void *context, err (*put)(void *context, span block), void *put_context);
};

struct deposit_result {
    enum delivery_outcome outcome;
    int error;
    span text;                    /* in words, without strerror(error) */
    span file;                    /* what was written to */
    uint64_t size;                /* octets of text */
};

/* As the user that this process has. Durable when the outcome is DELIVERY_DONE: the text and all
   names that lead to it are synced. Else nothing of it is left in the mailbox. */
void deposit_run(const struct deposit *d, const struct deposit_text *text,
                 const struct deposit_names *names, struct arena *arena, struct deposit_result *r);

/* A result that is a deferral. Always false. */
bool deposit_defer(struct deposit_result *r, int error, struct arena *arena, const char *format, ...)
    PRINTF_LIKE(4, 5);

/* For ref/transport/deposit_*.c: the writers of each kind. */
struct deposit_job {
    const struct deposit *d;
    const struct deposit_text *text;
    const struct deposit_names *names;
    struct arena *arena;
    struct deposit_result *r;
};
void deposit_mbox(struct deposit_job *j);
void deposit_in_directory(struct deposit_job *j);

/* The text into a file, as it is. */
err deposit_text_store(const struct deposit_job *j, int fd) MUST_CHECK;

/* True if create_file lets this path be made. */
bool deposit_may_create(const struct deposit *d, span path);

#endif
