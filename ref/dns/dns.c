/* What all sources have in common: a name that cannot be is not asked for, and an address becomes
   the name that its owner delegates. */
#include "ref/dns/dns.h"

#include "base/check.h"
#include "ref/dns/source.h"

#include <netinet/in.h>

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

void dns_close(struct dns *dns)
{
    if (dns) {
        dns->close(dns);
    }
}

static span reverse_v4(const unsigned char *octets, struct arena *arena)
{
    return span_text(arena_printf(arena, "%u.%u.%u.%u.in-addr.arpa", octets[3], octets[2],
                                  octets[1], octets[0]));
}

span dns_reverse_name(const struct address *address, struct arena *arena)
{
    /* Copied out: the storage of an address is not typed by family. */
    if (address->storage.ss_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, &address->storage, sizeof v4);
        unsigned char octets[4];
        memcpy(octets, &v4.sin_addr, sizeof octets);
        return reverse_v4(octets, arena);
    }
    CHECK(address->storage.ss_family == AF_INET6);
    struct sockaddr_in6 v6;
    memcpy(&v6, &address->storage, sizeof v6);
    if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
        return reverse_v4(v6.sin6_addr.s6_addr + 12, arena);
    }
    char text[sizeof "f." * 32 + sizeof "ip6.arpa"];
    size_t len = 0;
    for (unsigned i = 16; i-- > 0;) {
        unsigned octet = v6.sin6_addr.s6_addr[i];
        text[len++] = "0123456789abcdef"[octet & 15];
        text[len++] = '.';
        text[len++] = "0123456789abcdef"[octet >> 4];
        text[len++] = '.';
    }
    memcpy(text + len, "ip6.arpa", 8);
    return arena_copy(arena, span_of(text, len + 8));
}
