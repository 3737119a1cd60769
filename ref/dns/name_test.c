/* Names survive the way to the wire and back, and what cannot be a name is refused. */
#include "ref/dns/name.h"

#include <criterion/criterion.h>
#include <stdio.h>

Test(dns_name, text_and_wire)
{
    static const struct {
        const char *text, *back;
        size_t octets;
    } rows[] = {
        {"a.b", "a.b", 5},
        {"A.b.", "A.b", 5},
        {".", ".", 1},
        {"x\\.y.z", "x\\.y.z", 7},
        {"x\\\\y", "x\\\\y", 5},
        {"\\065\\000\\255", "A\\000\\255", 5},
        {"with space", "with\\032space", 12},
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct dns_name name, again;
        cr_assert(dns_name_parse(span_text(rows[i].text), &name), "%s", rows[i].text);
        cr_expect_eq(name.len, rows[i].octets, "%s: %zu", rows[i].text, name.len);
        span text = dns_name_text(&name, arena);
        cr_expect(span_eq(text, span_text(rows[i].back)), "%s: %.*s", rows[i].text, SPAN_FMT(text));
        struct cursor c = cursor_of(span_of(name.at, name.len));
        cr_expect(dns_name_take(&c, &again) && cursor_at_end(&c) && dns_name_eq(&name, &again));
    }
    arena_free(arena);
}

Test(dns_name, limits)
{
    char label[65], whole[300];
    memset(label, 'a', 64);
    label[64] = 0;
    struct dns_name name;
    cr_expect_not(dns_name_parse(span_text(label), &name));
    cr_expect(dns_name_parse(span_first(span_text(label), 63), &name));
    /* 3 * 64 + 62 + 1 = 255 */
    snprintf(whole, sizeof whole, "%.63s.%.63s.%.63s.%.61s", label, label, label, label);
    cr_expect(dns_name_parse(span_text(whole), &name) && name.len == 255);
    strcat(whole, "a");
    cr_expect_not(dns_name_parse(span_text(whole), &name));
    static const char *const bad[] = {"a..b", ".a", "..", "a\\25", "a\\256", "a\\2x5"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cr_expect_not(dns_name_parse(span_text(bad[i]), &name), "%s", bad[i]);
    }
}

Test(dns_name, below)
{
    struct dns_name a, b, other;
    cr_assert(dns_name_parse(SPAN("x.Example.test"), &a) &&
              dns_name_parse(SPAN("example.TEST"), &b) &&
              dns_name_parse(SPAN("ample.test"), &other));
    cr_expect(dns_name_below(&a, &b) && dns_name_below(&b, &b));
    cr_expect_not(dns_name_below(&b, &a));
    cr_expect_not(dns_name_below(&b, &other));
}
