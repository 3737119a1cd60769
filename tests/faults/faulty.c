/* The start of refmta-faulty: chooses the row before main() runs. REFMTA_FAULT=list prints the
   table, an unknown name is refused, none is the honest refmta. */
#include "tests/faults/faults.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct fault *chosen;

bool fault_is(const char *name)
{
    return chosen && strcmp(chosen->name, name) == 0;
}

static void list(void)
{
    for (size_t i = 0; i < fault_count; i++) {
        printf("%s\t%s\t%s\n", faults[i].name, faults[i].scenarios, faults[i].what);
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
    for (size_t i = 0; i < fault_count; i++) {
        if (strcmp(faults[i].name, name) == 0) {
            chosen = &faults[i];
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
