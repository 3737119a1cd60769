/* Wrong behaviours, one a row. refmta-faulty is refmta with one of them, chosen at start by
   REFMTA_FAULT: an entry of one of the product's tables is another, or a function that the linker
   wrapped behaves otherwise. No line of ref/ knows of this. A judge that lets a row pass is wrong:
   tests/faults/run demands that the scenarios named by the row convict it. */
#ifndef TESTS_FAULTS_FAULTS_H
#define TESTS_FAULTS_FAULTS_H

#include <stdbool.h>
#include <stddef.h>

struct fault {
    const char *name;
    const char *what;      /* the wrong behaviour, in a sentence */
    const char *scenarios; /* under scenarios/; each of them must fail */
    void (*install)(void); /* changes a table entry; NULL: a wrapped function asks fault_is() */
};

extern const struct fault faults[];
extern const size_t fault_count;
extern const struct fault early_faults[], scan_faults[]; /* and those of early.c and scans.c */
extern const size_t early_fault_count, scan_fault_count;

/* True when this is the row that was chosen. */
bool fault_is(const char *name);

#endif
