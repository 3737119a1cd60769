/* What is decoded is encoded to the same text again: one value has one spelling. */
#include "ref/mail/base64.h"

#include "base/check.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct buf octets, text;
    buf_init(&octets, size + 16);
    buf_init(&text, 2 * size + 16);
    if (mail_base64_read(span_of(data, size), true, &octets)) {
        mail_base64_put(buf_span(&octets), &text);
        CHECK(span_eq(buf_span(&text), span_of(data, size)));
    }
    buf_wipe(&octets);
    buf_wipe(&text);
    return 0;
}
