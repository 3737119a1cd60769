/* Domain names in their two forms: the wire's (RFC 1035 3.1: lengths and labels, uncompressed) and
   the text that people write (RFC 1035 5.1: a dot or backslash inside a label has a backslash in
   front, octets that do not print are \DDD). Text has no dot at the end but for the root, ".". */
#ifndef REF_DNS_NAME_H
#define REF_DNS_NAME_H

#include "base/arena.h"
#include "base/cursor.h"
#include "base/span.h"

enum { DNS_NAME_OCTETS = 255, DNS_LABEL_OCTETS = 63 }; /* RFC 1035 2.3.4 */

struct dns_name {
    unsigned char at[DNS_NAME_OCTETS];
    size_t len;
};

/* One octet of text that has not ended, with its escape undone. False: the escape is broken. */
bool dns_octet_take(struct cursor *c, unsigned char *octet, bool *escaped);
/* The text, with or without a dot at the end, as it goes on the wire; letters keep their case.
   False: an empty label, one of more than 63 octets, a name of more than 255, a broken escape. */
bool dns_name_parse(span text, struct dns_name *name);
/* Takes an uncompressed name off binary data. False moves nothing. */
bool dns_name_take(struct cursor *c, struct dns_name *name);
/* The text form, in arena. */
span dns_name_text(const struct dns_name *name, struct arena *arena);

/* ASCII case is ignored (RFC 4343). */
bool dns_name_eq(const struct dns_name *a, const struct dns_name *b);
/* name is ancestor, or below it. */
bool dns_name_below(const struct dns_name *name, const struct dns_name *ancestor);
/* Without its first label; false for the root. */
bool dns_name_parent(const struct dns_name *name, struct dns_name *parent);

#endif
