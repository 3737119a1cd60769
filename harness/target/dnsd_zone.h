/* Rows of `=== dns` sections as records: name, type, data, and what may stand in place of data. */
#ifndef HARNESS_TARGET_DNSD_ZONE_H
#define HARNESS_TARGET_DNSD_ZONE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/vec.h"

enum { DNSD_TYPE_A = 1, DNSD_TYPE_CNAME = 5, DNSD_TYPE_AAAA = 28, DNSD_TYPE_ANY = 255 };

enum dnsd_way {
    DNSD_DATA,
    DNSD_TRUNCATE, /* over UDP nothing but the bit that says so; whole over TCP */
    DNSD_SERVFAIL,
    DNSD_TIMEOUT /* no answer at all */
};

struct dnsd_record {
    span name; /* on the wire: labels with their lengths, lower case */
    uint16_t type;
    enum dnsd_way way;
    span data; /* RFC 1035 3.3 */
};

struct dnsd_zone {
    VEC(struct dnsd_record) records;
};

/* Adds the rows: `NAME [TTL] [IN] TYPE DATA`, blank lines and those that begin with # or ; are free.
   Types: A AAAA CNAME DS MX NS PTR SOA SPF SRV TLSA TXT. Names are whole, with or without their last
   dot. ERR_SYNTAX with the row. */
err dnsd_zone_read(span text, struct arena *arena, struct dnsd_zone *z) MUST_CHECK;
/* host gets this address unless the zone has one for it already. False: neither is one. */
bool dnsd_zone_add_host(struct dnsd_zone *z, span host, const char *address, struct arena *arena);
/* The first IPv4 or IPv6 address of the host, as text; NULL if the zone has none. */
const char *dnsd_zone_address(const struct dnsd_zone *z, span host, struct arena *arena);
/* "mx.dest.test" as it is on the wire; false if it is no name (RFC 1035 2.3.4). */
bool dnsd_name_write(span text, struct arena *arena, span *name);
/* For people: "mx.dest.test."; octets that are no letters show as \ddd. */
const char *dnsd_name_text(span name, struct arena *arena);
/* "MX", or "TYPE99". */
const char *dnsd_type_text(uint16_t type, struct arena *arena);

#endif
