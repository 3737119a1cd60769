/* A dialogue as a draft scenario: what was said, generalised where a reader would otherwise compare
   dates and names, with a `^ masked` line below whatever was touched. Title and clause are left for
   a person (`TODO`, which the gate refuses). */
#ifndef PCAP_TO_SCENARIO_H
#define PCAP_TO_SCENARIO_H

#include "pcap/dialogue.h"
#include "pcap/redact.h"

struct draft_options {
    const char *capture; /* its name, for the title */
    const char *stem;    /* side files are STEM.mN.eml */
    bool exact;          /* the client's octets as they are; only secrets are replaced */
    struct redaction *names;
    const struct dialogue *beside; /* the same conversation in a second capture: only what differs is
                                      generalised; NULL: there is none */
    span seen;           /* log and spool of the recorded server, for ids; may be empty */
};

struct draft_file {
    const char *name;
    span content;
};

struct draft {
    span text;
    VEC(struct draft_file) files; /* to be laid beside the text */
};

/* ERR_SYNTAX: no scenario can be made of it, what says why. */
err capture_to_scenario(const struct dialogue *d, const struct draft_options *o, struct arena *arena,
                        struct draft *draft) MUST_CHECK;

#endif
