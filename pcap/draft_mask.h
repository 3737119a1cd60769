/* What in a reply's text cannot be the same the next time, and on what evidence: what looks like a date, a
   host's name where one must stand, an id that the server's log or spool shows again, a word as random as
   ids are; and, where a second capture of the same conversation is at hand, what differs, and nothing
   else. */
#ifndef PCAP_DRAFT_MASK_H
#define PCAP_DRAFT_MASK_H

#include "base/arena.h"
#include "base/span.h"
#include "base/vec.h"

enum draft_reason {
    DRAFT_HOST,
    DRAFT_SOFTWARE,
    DRAFT_DATE,
    DRAFT_ID,      /* by its shape */
    DRAFT_SEEN,    /* seen again in log or spool */
    DRAFT_RANDOM,
    DRAFT_NUMBER,  /* differs */
    DRAFT_DIFFERS,
    DRAFT_NAME,    /* somebody's, and replaced */
    DRAFT_REASON_COUNT
};

struct draft_mask {
    size_t at, len;
    enum draft_reason reason;
};
typedef VEC(struct draft_mask) draft_masks;

struct draft_evidence {
    bool greeting;        /* text begins with a host's name */
    const char *software; /* as the greeting names it, or NULL */
    span seen;            /* log and names in the spool of the recorded server; may be empty */
    const span *other;    /* the same text in a second capture; NULL: there is none */
};

/* In order and without overlap. text is one line, without code and line end. */
void draft_masks_find(span text, const struct draft_evidence *e, struct arena *arena, draft_masks *masks);

/* "date, number that differs": each reason once. */
const char *draft_reasons(const draft_masks *masks, struct arena *arena);

/* Octets of the date that begins text; 0: none does. */
size_t draft_date(span text);
/* Bits of a character's surprise within the word itself, in hundredths. */
unsigned draft_entropy(span word);

#endif
