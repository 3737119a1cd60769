/* Targets: dns_open_zone, and answers from what it read. Property: text is refused with its line,
   or every owner of a line that begins with its name in full can be asked; no answer is both found
   and empty; asking twice gives the same. */
#include "base/check.h"
#include "ref/dns/dns.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask_twice(struct dns *dns, span name, enum dns_type type)
{
    struct arena *arena = arena_new();
    struct dns_answer a, b;
    dns_ask(dns, name, type, arena, &a);
    dns_ask(dns, name, type, arena, &b);
    CHECK(a.outcome == b.outcome && a.count == b.count);
    CHECK((a.outcome == DNS_FOUND) == (a.count > 0));
    CHECK((a.outcome == DNS_AGAIN) == (a.why[0] != 0));
    arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct dns *dns;
    span text = span_of(data, size < 4096 ? size : 4096);
    err e = dns_open_zone(text, "zone", arena, &dns);
    if (failed(e)) {
        CHECK(e.kind == ERR_SYNTAX && e.at > 0);
    } else {
        for (span line, name, rest; span_line(&text, &line);) {
            span_split(line, ' ', &name, &rest);
            ask_twice(dns, name, DNS_A);
            ask_twice(dns, name, DNS_TXT);
        }
        dns_close(dns);
    }
    arena_free(arena);
    return 0;
}
