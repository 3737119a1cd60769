/* Who we are, and whose configuration language and spool form we speak. */
#ifndef REF_RUN_VERSION_H
#define REF_RUN_VERSION_H

#define REFMTA_VERSION "0.1.0"
#define REFMTA_LIKE_EXIM "4.96"
#define REFMTA_CONFIG_FILE "/etc/refmta/refmta.conf"

/* Exit status. 1 is what Exim gives for a configuration error; the others are those of sysexits. */
enum exit_status {
    EXIT_FINE = 0,
    EXIT_REFUSED = 1,  /* configuration error, or a message that was refused */
    EXIT_USAGE = 64,   /* the command line */
    EXIT_SYSTEM = 71,  /* a port in use, a spool that cannot be written, ... */
    EXIT_LATER = 75    /* a message that could not be stored now */
};

#endif
