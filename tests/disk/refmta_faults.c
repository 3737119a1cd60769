/* refmta on a disk that fails: of the calls that touch files, the one that DISK_FAULT=NUMBER:ERRNO:MARKER
   names fails once, or with ERRNO 0 the process is killed in front of it. Counted are the threads of
   sessions and deliveries, and with DISK_FAULT_MAIN set the first thread of a process too. MARKER is made
   then, and says which call it was. */
#include "tests/support/faulty_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static _Atomic unsigned calls;

bool call_fails(const char *name)
{
    unsigned at;
    int sys, marker_at;
    const char *order = getenv("DISK_FAULT");
    if (order == NULL || (gettid() == getpid() && getenv("DISK_FAULT_MAIN") == NULL) ||
        sscanf(order, "%u:%d:%n", &at, &sys, &marker_at) != 2 || ++calls != at) {
        return false;
    }
    int marker = call_open(order + marker_at, O_WRONLY | O_CREAT | O_EXCL, 0644);
    if (marker < 0) {
        return false;
    }
    (void)!call_write(marker, name, strlen(name));
    (void)call_close(marker);
    if (sys == 0) {
        (void)kill(getpid(), SIGKILL);
    }
    errno = sys;
    return true;
}
