/* assay: the judge. Everything is behind the table of verbs. */
#include "harness/cli/cli.h"

#include <signal.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    /* A peer that closes is an answer, not the end of the judge. */
    (void)signal(SIGPIPE, SIG_IGN);
    /* Secrets are kept where a scenario's evidence lies; GnuTLS would write them here unasked. */
    (void)unsetenv("SSLKEYLOGFILE");
    return cli_main(argc, argv);
}
