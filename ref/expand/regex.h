/* Regular expressions through PCRE2, with limits on what a match may cost: a pattern that
   backtracks without end is a deferred error, not a server that stands still. */
#ifndef REF_EXPAND_REGEX_H
#define REF_EXPAND_REGEX_H

#include "ref/expand/expand.h"

struct regex;

#define REGEX_GROUPS 10

enum regex_outcome { REGEX_HIT, REGEX_MISS, REGEX_EXHAUSTED };

struct regex_hit {
    span groups[REGEX_GROUPS];   /* borrow from the subject; those that took no part are empty */
    size_t count;                /* highest group that the pattern has, plus one; at most ten */
    size_t begin, end;           /* of group 0, offsets in the subject */
};

/* Compiles. ERR_SYNTAX: what is PCRE2's text (in arena), at the offset in the pattern. Give it back
   with regex_free. */
err regex_new(span pattern, bool caseless, struct arena *arena, struct regex **out) MUST_CHECK;
void regex_free(struct regex *regex); /* NULL is fine */
/* Searches from an offset. not_empty: an empty match at `from` does not count, and it has to begin
   there (what a global replacement needs after an empty match). */
enum regex_outcome regex_find(struct regex *regex, span subject, size_t from, bool not_empty,
                              struct regex_hit *hit);

/* Once, without keeping the pattern: compiles, searches, and on a hit sets $0 to $9 (copied, with
   the subject's taint). False: x->bad has Exim's text for a bad pattern, `regular expression error in
   "(": missing closing parenthesis at offset 1`, or says that the match was given up (deferred). */
bool regex_capture(struct expansion *x, span pattern, bool caseless, struct value subject,
                   bool *hit);

#endif
