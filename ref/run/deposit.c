/* --deposit: one delivery as another user, for the refmta that started this process and speaks with it
   over descriptor 3. It looks at no configuration: what is to be done was decided by its parent. */
#include "ref/run/modes.h"
#include "ref/transport/deposit_child.h"

enum exit_status run_deposit(const struct run_options *o, struct arena *arena)
{
    (void)o;
    return deposit_child_run(arena)
               ? EXIT_FINE
               : run_fail(EXIT_USAGE, DEPOSIT_CHILD_OPTION " is for refmta itself");
}
