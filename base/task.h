/* Threads in groups that are always joined: a group cannot end while one of its tasks runs. */
#ifndef BASE_TASK_H
#define BASE_TASK_H

#include "base/err.h"

struct task_group;

/* At most `limit` tasks at once; stack_octets 0 is the system's default. */
struct task_group *task_group_new(size_t limit, size_t stack_octets);
/* Starts run(arg) in a thread that nobody else uses meanwhile. ERR_LIMIT when the group is full,
   ERR_IO when the system has no more threads: nothing was started. A task may start others. */
err task_start(struct task_group *g, void (*run)(void *arg), void *arg) MUST_CHECK;
/* Tasks that have not returned yet. */
size_t task_running(struct task_group *g);
/* Waits until all have returned, or wait_ms have passed (negative: for ever); true if none runs. */
bool task_group_wait(struct task_group *g, long long wait_ms);
/* Waits for all, for ever, then frees. NULL is fine. */
void task_group_free(struct task_group *g);

#endif
