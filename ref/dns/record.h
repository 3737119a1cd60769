/* Records in their three forms: values (struct dns_record), octets of the wire (RDATA), and the
   text of zones. One row for each type says how it is read from each. */
#ifndef REF_DNS_RECORD_H
#define REF_DNS_RECORD_H

#include "base/buf.h"
#include "ref/dns/dns.h"
#include "ref/dns/name.h"

/* Octets to values; names are uncompressed. False: not what the type has to have. The record and
   its rdata live in arena. Types that have no row give their octets only. */
bool dns_record_read(enum dns_type type, span rdata, struct arena *arena,
                     struct dns_record *record);

/* "MX" and kin, caseless; false: no type that is known. */
bool dns_type_parse(span text, enum dns_type *type);

/* A word of zone text: quoted words are strings even when empty. Escapes are still in it. */
struct dns_word {
    span text;
    bool quoted;
};

/* Zone text to octets, appended to out. False: the words are not what the type wants, which *wants
   then tells. */
bool dns_record_write(enum dns_type type, const struct dns_word *words, size_t count,
                      const struct dns_name *origin, struct buf *out, const char **wants);

/* A name of zone text: "@" is the origin, a name without a dot at its end is below it. */
bool dns_name_parse_in(span text, const struct dns_name *origin, struct dns_name *name);

#endif
