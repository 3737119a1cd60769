/* Starting another program with chosen descriptors, a clean signal state and nothing else of ours: what
   every re-executed child and every filter needs, and what is easy to get half right.

   Descriptors without close-on-exec that stand in no row are inherited: open them with it. */
#ifndef BASE_SPAWN_H
#define BASE_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

enum { SPAWN_DESCRIPTORS = 4 };

struct spawn {
    const char *program;           /* path, "/proc/self/exe" for this program again */
    char *const *words;            /* argv, NULL behind the last */
    char *const *environment;      /* envp, likewise */
    const char *directory;         /* to start in; NULL or "": ours */
    int files[SPAWN_DESCRIPTORS];  /* what the child has as 0, 1, ...; -1: what we have there */
    bool silent;                   /* standard error goes to /dev/null */
    bool group;                    /* a process group of its own, so that it can be ended with its children */
};

/* 0 and *pid, or an errno. All signals have their default action in the child, and none is blocked. */
int spawn_start(const struct spawn *wanted, pid_t *pid);

#endif
