/* The product's tables are constant; here their pages are made writable before main() runs, and one
   entry is given another value. */
#include "tests/faults/tables.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void fault_set(const void *entry, const void *value, size_t size)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), from = (uintptr_t)entry & ~(page - 1);
    uintptr_t end = ((uintptr_t)entry + size + page - 1) & ~(page - 1);
    if (mprotect((void *)from, end - from, PROT_READ | PROT_WRITE) != 0) {
        abort();
    }
    memcpy((void *)(uintptr_t)entry, value, size);
}

const struct smtp_verb_rule *fault_verb(const char *name)
{
    for (size_t i = 0; i < smtp_verb_count; i++) {
        if (strcmp(smtp_verbs[i].name, name) == 0) {
            return &smtp_verbs[i];
        }
    }
    abort();
}
