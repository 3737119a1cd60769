/* Files that lookups keep open for all threads of the process: one for each file of the disk (device
   and inode), closed when it has become another one, or when too many wait that nobody uses. What a
   file is kept as is for its owner to know, whose struct begins with struct kept_file. */
#ifndef REF_LOOKUP_KEPT_FILES_H
#define REF_LOOKUP_KEPT_FILES_H

#include "base/arena.h"
#include "base/err.h"

#include <pthread.h>
#include <sys/stat.h>

struct kept_file {
    struct kept_file *next;
    struct arena *arena; /* its own; it lies there itself */
    const char *name;    /* under which it was opened */
    dev_t device;
    ino_t inode;
    bool opening; /* others wait */
    bool stale;   /* it is another one by now */
    bool unsure;  /* it may change without showing it: who has looked has to look again */
    unsigned holders;
    uint64_t used; /* when last: a count of uses */
};

struct kept_files;

/* With the lock held: the file that `now` describes, opened if it has to be. *file stays NULL without
   an error when others had to be waited for, or closed: look again. */
typedef err kept_find(struct kept_files *files, const char *path, const struct stat *now,
                      struct arena *arena, struct kept_file **file);

struct kept_files {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct kept_file *first;
    unsigned idle_most;
    uint64_t uses;
    kept_find *find;
    void (*close)(struct kept_file *file); /* all but its arena */
};

void kept_files_init(struct kept_files *files, kept_find *find,
                     void (*close)(struct kept_file *file));
/* Nobody may hold one of them any more. */
void kept_files_end(struct kept_files *files);

/* The file as it is now; release it soon. looked: it is known to be as it was a moment ago, and who
   has it already under this name need not ask the system. ERR_IO: `sys` is why it is not there, or
   what `find` says. Texts live in arena. */
err kept_file_hold(struct kept_files *files, const char *path, bool looked, struct arena *arena,
                   struct kept_file **file) MUST_CHECK;
void kept_file_release(struct kept_files *files, struct kept_file *file);

/* For those who find, with the lock held. A new one, of `size` octets, is opening and held; while
   it is opened the lock may be away. */
void *kept_file_new(struct kept_files *files, const char *path, const struct stat *now,
                    size_t size);
void kept_file_opened(struct kept_files *files, struct kept_file *file, bool good);
bool kept_file_is(const struct kept_file *file, const struct stat *now);
/* Closes files that nobody holds: stale ones, and the longest unused past the limit. */
void kept_files_sweep(struct kept_files *files);
void kept_files_wait(struct kept_files *files);

#endif
