/* Prefixes and suffixes of local parts, as local_part_prefix and local_part_suffix list them. */
#ifndef REF_ROUTE_AFFIX_H
#define REF_ROUTE_AFFIX_H

#include "base/arena.h"
#include "base/span.h"

/* The octets at the local part's front that the first fitting item of the list takes: "real-", or
   "*-" for the longest text that ends so. 0: none fits. ASCII case is ignored. */
size_t route_prefix_match(span list, span local_part, struct arena *arena);
/* The same at its end: "-request", "-*" for the longest text that begins so. */
size_t route_suffix_match(span list, span local_part, struct arena *arena);

#endif
