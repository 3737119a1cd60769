/* Targets: lookup_type_read, and lookups of a query. The first line is the type, the rest the
   query. Property: a type is refused with a text or names a driver; a query gives the same twice,
   with a value that is not empty or a text; nobody else is asked than the zone. */
#include "base/check.h"
#include "ref/lookup/lookup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char zone[] = "h.test. A 192.0.2.1\nm.test. MX 10 h.test.\nt.test. TXT one two\n"
                           "f.test. SERVFAIL\n1.2.0.192.in-addr.arpa. PTR h.test.\n"
                           "test. NS h.test.\n_client._smtp.h.test. SRV 1 2 1 h.test.\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct lookup_result first, second;
    struct lookup_request q = {.file = SPAN_EMPTY, .arena = arena};
    span type;
    span_split(span_of(data, size), '\n', &type, &q.key);
    err e = lookup_type_read(type, arena, &q.type);
    CHECK(!failed(e) || (e.kind == ERR_SYNTAX && e.what[0] != 0));
    if (!failed(e) && lookup_type_is_query(q.type)) {
        struct lookup_shared *shared;
        shared = lookup_shared_new(clock_system());
        CHECK(!failed(dns_open_zone(span_text(zone), "zone", arena, &q.dns)));
        q.cache = lookup_cache_new(shared);
        lookup_find(&q, &first);
        lookup_find(&q, &second);
        CHECK(first.outcome == second.outcome && span_eq(first.value, second.value));
        CHECK(first.outcome != LOOKUP_FOUND || (first.value.len > 0 && first.tainted));
        CHECK((first.outcome == LOOKUP_DEFERRED) == (first.why[0] != 0));
        lookup_cache_free(q.cache);
        dns_close(q.dns);
        lookup_shared_close(shared);
    }
    arena_free(arena);
    return 0;
}
