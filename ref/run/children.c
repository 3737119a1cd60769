/* --deposit and --brightmail: this program started anew by itself, to deliver as another user or to call a
   library that it does not trust. They look at no configuration: what is to be done was decided by their
   parent, which speaks with them. */
#include "ref/run/modes.h"
#include "ref/scan/bmi.h"
#include "ref/scan/bmi_work.h"
#include "ref/transport/deposit_child.h"

enum exit_status run_deposit(const struct run_options *o, struct arena *arena)
{
    (void)o;
    return deposit_child_run(arena)
               ? EXIT_FINE
               : run_fail(EXIT_USAGE, DEPOSIT_CHILD_OPTION " is for refmta itself");
}

enum exit_status run_brightmail(const struct run_options *o, struct arena *arena)
{
    (void)o;
    return bmi_work(arena) ? EXIT_FINE
                           : run_fail(EXIT_USAGE, BMI_CHILD_OPTION " is for refmta itself");
}
