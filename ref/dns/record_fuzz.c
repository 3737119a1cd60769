/* Targets: record.h and name.h. The first octet is the type, the rest RDATA.
   Property: nothing outside the input is read; a name that is read is written and read again as the
   same; the strings of a TXT are its text, cut. */
#include "ref/dns/record.h"

#include "base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void name_again(span text)
{
    struct arena *arena = arena_new();
    struct dns_name name, wire;
    CHECK(dns_name_parse(text, &name));
    CHECK(span_eq(dns_name_text(&name, arena), text));
    struct cursor c = cursor_of(span_of(name.at, name.len));
    CHECK(dns_name_take(&c, &wire) && cursor_at_end(&c) && dns_name_eq(&name, &wire));
    arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    struct arena *arena = arena_new();
    struct dns_record r;
    span rdata = span_of(data + 1, size - 1);
    if (dns_record_read((enum dns_type)data[0], rdata, arena, &r)) {
        CHECK(span_eq(r.rdata, rdata));
        if (r.name.len > 0) {
            name_again(r.name);
        }
        size_t len = 0;
        for (size_t i = 0; i < r.string_count; i++) {
            CHECK(span_eq(r.strings[i], span_part(r.text, len, r.strings[i].len)));
            len += r.strings[i].len;
        }
        CHECK(len == r.text.len);
    }
    arena_free(arena);
    return 0;
}
