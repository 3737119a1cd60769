/* Inside this room: a draft under way, and what the files that write it share. */
#ifndef PCAP_DRAFTING_H
#define PCAP_DRAFTING_H

#include "pcap/draft_mask.h"
#include "pcap/to_scenario.h"

#define DRAFT_CEILING ((size_t)256 << 20)

struct drafting {
    const struct dialogue *d;
    const struct draft_options *o;
    struct arena *arena;
    struct draft *draft;
    struct buf out;      /* header and play */
    struct buf sections;
    unsigned messages;
    unsigned ids;
    bool group_open;     /* the last line is an S: that can take one more reply */
    bool statuses;       /* the server promised enhanced codes, RFC 2034 4 */
    bool shut;           /* the client has ended its side */
    bool torn;           /* an item spans turns: flights cannot be told */
};

void drafting_line(struct drafting *g, const char *text);
/* A `^ masked` line about the one above. */
void drafting_note(struct drafting *g, const char *text);
/* The same octets with names replaced; as they are with --exact. */
span drafting_redacted(struct drafting *g, span octets, bool message);

/* EHLO or LHLO. */
bool drafting_is_hello(const struct drafting *g, const struct said *s);
/* What the number-th captured id is called: "id", "id2". */
const char *drafting_id(const struct drafting *g, unsigned number);
/* The S: lines of one reply, and the notes about it. */
void drafting_reply(struct drafting *g, size_t item);

#endif
