/* What all sources have in common: a name that cannot be is not asked for, and an address becomes
   the name that its owner delegates. */
#include "ref/dns/dns.h"

#include "base/check.h"
#include "ref/dns/source.h"

void dns_ask(struct dns *dns, span name, enum dns_type type, struct arena *arena,
             struct dns_answer *answer)
{
    dns_ask_within(dns, name, type, 0, arena, answer);
}

void dns_ask_within(struct dns *dns, span name, enum dns_type type, millis timeout,
                    struct arena *arena, struct dns_answer *answer)
{
    struct dns_name asked;
    *answer = (struct dns_answer){.outcome = DNS_NO_NAME, .canonical = SPAN_EMPTY, .why = ""};
    if (name.len > 0 && dns_name_parse(name, &asked)) {
        dns->ask(dns, &asked, type, timeout, arena, answer);
    }
    if (answer->canonical.len == 0) {
        answer->canonical = arena_copy(arena, name);
    }
}

bool dns_ask_left(struct dns *dns, span name, enum dns_type type, millis *left, struct arena *arena,
                  struct dns_answer *answer)
{
    *answer = (struct dns_answer){.outcome = DNS_AGAIN, .why = "no time is left"};
    if (dns != NULL && *left > 0) {
        millis before = clock_ticks();
        dns_ask_within(dns, name, type, *left, arena, answer);
        *left -= clock_ticks() - before;
    }
    return answer->outcome != DNS_AGAIN;
}

void dns_close(struct dns *dns)
{
    if (dns) {
        dns->close(dns);
    }
}

span dns_reverse_name(const struct address *address, struct arena *arena)
{
    unsigned char octets[16];
    size_t count = address_octets_narrow(octets, address_octets(address, octets));
    if (count == 4) {
        return span_text(arena_printf(arena, "%u.%u.%u.%u.in-addr.arpa", octets[3], octets[2],
                                      octets[1], octets[0]));
    }
    CHECK(count == 16);
    char text[sizeof "f." * 32 + sizeof "ip6.arpa"];
    size_t len = 0;
    for (unsigned i = 16; i-- > 0;) {
        text[len++] = "0123456789abcdef"[octets[i] & 15];
        text[len++] = '.';
        text[len++] = "0123456789abcdef"[octets[i] >> 4];
        text[len++] = '.';
    }
    memcpy(text + len, "ip6.arpa", 8);
    return arena_copy(arena, span_of(text, len + 8));
}
