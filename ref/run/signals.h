/* What signals tell a process of the daemon, as a descriptor that it can wait for beside others. */
#ifndef REF_RUN_SIGNALS_H
#define REF_RUN_SIGNALS_H

enum run_signal { RUN_SIGNAL_NONE, RUN_SIGNAL_RELOAD, RUN_SIGNAL_STOP };

/* SIGHUP, SIGTERM and SIGINT, which must be blocked. */
int run_signals_open(void);
/* Never waits. */
enum run_signal run_signals_take(int signals);

#endif
