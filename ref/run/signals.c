/* Read where the loop stands, a signal interrupts nothing and needs no state of its own. */
#include "ref/run/signals.h"

#include "base/check.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

int run_signals_open(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    int signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    CHECK(signals >= 0);
    return signals;
}

enum run_signal run_signals_take(int signals)
{
    struct signalfd_siginfo info;
    if (read(signals, &info, sizeof info) != (ssize_t)sizeof info) {
        return RUN_SIGNAL_NONE;
    }
    return info.ssi_signo == SIGHUP ? RUN_SIGNAL_RELOAD : RUN_SIGNAL_STOP;
}
