/* The start of refmta-faulty: chooses the row before main() runs. REFMTA_FAULT=list prints the
   table, an unknown name is refused, none is the honest refmta. */
#include "tests/faults/faults.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct fault *chosen;

bool fault_is(const char *name)
{
    return chosen && strcmp(chosen->name, name) == 0;
}

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static _Atomic bool turn_is_kept;

void fault_turn_take(void)
{
    (void)pthread_mutex_lock(&turn);
}

void fault_turn_keep(void)
{
    turn_is_kept = true;
}

void fault_turn_give(void)
{
    if (!turn_is_kept) {
        (void)pthread_mutex_unlock(&turn);
    }
}

/* NULL behind the last. */
static const struct fault *row(size_t i)
{
    const struct {
        const struct fault *at;
        size_t count;
    } tables[] = {{faults, fault_count}, {early_faults, early_fault_count},
                  {scan_faults, scan_fault_count},
                  {acl_faults, acl_fault_count}, {auth_faults, auth_fault_count},
                  {session_faults, session_fault_count},
                  {handshake_faults, handshake_fault_count},
                  {requiretls_faults, requiretls_fault_count},
                  {route_faults, route_fault_count}, {send_faults, send_fault_count},
                  {queue_faults, queue_fault_count}, {deposit_faults, deposit_fault_count},
                  {sender_faults, sender_fault_count},
                  {option_faults, option_fault_count},
                  {command_faults, command_fault_count},
                  {report_faults, report_fault_count},
                  {policy_faults, policy_fault_count},
                  {seal_faults, seal_fault_count}};
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++) {
        if (i < tables[t].count) {
            return &tables[t].at[i];
        }
        i -= tables[t].count;
    }
    return NULL;
}

static void list(void)
{
    for (size_t i = 0; row(i) != NULL; i++) {
        printf("%s\t%s\t%s\n", row(i)->name, row(i)->scenarios, row(i)->what);
    }
    fflush(stdout);
    _Exit(0);
}

__attribute__((constructor)) static void choose(void)
{
    const char *name = getenv("REFMTA_FAULT");
    if (!name || !*name) {
        return;
    }
    if (strcmp(name, "list") == 0) {
        list();
    }
    for (size_t i = 0; row(i) != NULL; i++) {
        if (strcmp(row(i)->name, name) == 0) {
            chosen = row(i);
        }
    }
    if (!chosen) {
        fprintf(stderr, "refmta-faulty: no fault is called %s; REFMTA_FAULT=list shows them\n", name);
        _Exit(3);
    }
    if (chosen->install) {
        chosen->install();
    }
}
