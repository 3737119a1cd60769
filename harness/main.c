/* assay: the judge. Everything is behind the table of verbs. */
#include "harness/cli/cli.h"

#include <signal.h>

int main(int argc, char **argv)
{
    /* A peer that closes is an answer, not the end of the judge. */
    (void)signal(SIGPIPE, SIG_IGN);
    return cli_main(argc, argv);
}
