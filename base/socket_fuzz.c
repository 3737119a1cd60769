/* Targets: address_parse, address_parse_with_port, address_host.
   Property: what is accepted is written back to a text that is accepted as the same address, and
   a refusal leaves the caller's address alone. */
#include "base/socket.h"

#include "base/check.h"

#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void same_again(const struct address *a)
{
    char host[64];
    char text[96];
    struct address again;
    address_host(a, host, sizeof host);
    CHECK(address_parse(span_text(host), address_port(a), &again));
    CHECK(again.len == a->len && memcmp(&again.storage, &a->storage, a->len) == 0);
    snprintf(text, sizeof text, a->storage.ss_family == AF_INET6 ? "[%s]:%u" : "%s:%u",
             host, (unsigned)address_port(a));
    CHECK(address_parse_with_port(span_text(text), &again));
    CHECK(again.len == a->len && memcmp(&again.storage, &a->storage, a->len) == 0);
    CHECK(address_same_host(a, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    span text = span_of(data, size);
    struct address untouched, a;
    memset(&untouched, 0xa5, sizeof untouched);
    a = untouched;
    if (address_parse(text, 25, &a)) {
        same_again(&a);
    } else {
        CHECK(memcmp(&a, &untouched, sizeof a) == 0);
    }
    a = untouched;
    if (!address_parse_with_port(text, &a)) {
        CHECK(memcmp(&a, &untouched, sizeof a) == 0);
    } else if (a.storage.ss_family == AF_UNIX) {
        CHECK(span_starts(text, SPAN("unix:")));
        CHECK(address_port(&a) == 0);
    } else {
        same_again(&a);
    }
    return 0;
}
