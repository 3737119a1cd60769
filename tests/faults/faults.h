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
/* And those of the files of their names. */
extern const struct fault early_faults[], scan_faults[], acl_faults[], auth_faults[], route_faults[], send_faults[], queue_faults[],
    deposit_faults[];
/* sessions.c, handshakes.c, requiretls.c */
extern const struct fault session_faults[], handshake_faults[], requiretls_faults[];
extern const size_t session_fault_count, handshake_fault_count, requiretls_fault_count;
extern const size_t early_fault_count, scan_fault_count, acl_fault_count, auth_fault_count, route_fault_count,
                    send_fault_count, queue_fault_count, deposit_fault_count;
extern const struct fault sender_faults[];
extern const size_t sender_fault_count;
extern const struct fault option_faults[];
extern const size_t option_fault_count;
extern const struct fault command_faults[];
extern const size_t command_fault_count;
extern const struct fault report_faults[];
extern const size_t report_fault_count;
extern const struct fault policy_faults[];
extern const size_t policy_fault_count;
extern const struct fault seal_faults[];
extern const size_t seal_fault_count;

/* A function that the linker wraps (CMakeLists.txt beside this): calls of it come to WRAP(it), REAL(it) is
   the product's. Both have the type of its header, so that one which changes breaks the build here. */
#define REAL(name) __real_##name
#define WRAP(name) __wrap_##name
#define WRAPPED(name) extern __typeof__(name) REAL(name), WRAP(name)

/* True when this is the row that was chosen. */
bool fault_is(const char *name);

/* Where one thing is done at a time. Once kept, the turn is given to nobody any more. */
void fault_turn_take(void);
void fault_turn_keep(void);
void fault_turn_give(void);

#endif
