/* What a program that is built with faulty_calls.c provides, and what it may call without being asked. */
#ifndef TESTS_SUPPORT_FAULTY_CALLS_H
#define TESTS_SUPPORT_FAULTY_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* True, with errno set: the call of this name is to fail. */
bool call_fails(const char *name);

ssize_t call_write(int fd, const void *at, size_t len);
int call_open(const char *name, int flags, unsigned mode);
int call_close(int fd);

#endif
