/* Targets: tls_hello_read, tls_new_ticket_read. Whatever is found lies inside the input, and the reading
   of an input does not depend on what stands behind it in memory. */
#include "base/check.h"
#include "ref/tls/hello.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool inside(span part, const unsigned char *at, size_t size)
{
    return part.len == 0 || (part.at >= at && part.at + part.len <= at + size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned char *copy = malloc(size + 1);
    struct tls_hello a, b;
    span ticket = SPAN_EMPTY;
    CHECK(copy != NULL);
    memcpy(copy, data, size);
    copy[size] = 0xff;
    bool good = tls_hello_read(span_of(data, size), &a);
    CHECK(inside(a.name, data, size) && inside(a.ticket, data, size));
    CHECK(good == tls_hello_read(span_of(copy, size), &b));
    CHECK(span_eq(a.name, b.name) && span_eq(a.ticket, b.ticket) && a.status == b.status &&
          a.early_data == b.early_data);
    for (int tls13 = 0; tls13 < 2; tls13++) {
        if (tls_new_ticket_read(span_of(data, size), tls13 != 0, &ticket)) {
            CHECK(inside(ticket, data, size));
        }
    }
    free(copy);
    return 0;
}
