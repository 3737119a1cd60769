/* Zone text answers as a name server would, and what is wrong in it is named with its line. */
#include "ref/dns/dns.h"

#include <criterion/criterion.h>
#include <stdio.h>

static const char zone_text[] =
    "; a comment\n"
    "$ORIGIN example.test.\n"
    "$TTL 300\n"
    "@       SOA ns1 host\\.master 1 2 3 4 5\n"
    "        NS  ns1\n"
    "        NS  ns2.other.test.\n"
    "        MX  10 mx1\n"
    "        MX  20 mx2 ; the second\n"
    "mx1 60  IN A 192.0.2.1\n"
    "    IN 90 AAAA 2001:db8::1\n"
    "txt     TXT \"one; \\\"two\\\"\" three \"\" \"d\\065\\.\"\n"
    "spf     SPF \"v=spf1 -all\"\n"
    "alias   CNAME chain\n"
    "chain   CNAME mx1\n"
    "dangling CNAME nowhere\n"
    "loop-a  CNAME loop-b\n"
    "loop-b  CNAME loop-a\n"
    "_s._tcp SRV 1 2 25 mx1\n"
    "_25._tcp.mx1 TLSA 3 1 1 ABcd 01\n"
    "*.wild  A 192.0.2.9\n"
    "not.wild TXT here\n"
    "broken  SERVFAIL\n"
    "slow    TIMEOUT\n"
    "forged  BOGUS\n"
    "signed  SECURE\n"
    "signed  A 192.0.2.7\n"
    "to-signed CNAME signed\n"
    "odd\\.dot\\032 A 192.0.2.8\n"
    "$ORIGIN sub\n"
    "deep    A 192.0.2.10\n"
    "1.2.0.192.in-addr.arpa. PTR mx1.example.test.\n";

struct fixture {
    struct arena *arena;
    struct dns *dns;
};

static struct fixture open_zone(void)
{
    struct fixture f = {.arena = arena_new()};
    err e = dns_open_zone(span_text(zone_text), "zone", f.arena, &f.dns);
    cr_assert(!failed(e), "%s", err_text(e, f.arena));
    return f;
}

static void close_zone(struct fixture *f)
{
    dns_close(f->dns);
    arena_free(f->arena);
}

static struct dns_answer ask(struct fixture *f, const char *name, enum dns_type type)
{
    struct dns_answer a;
    dns_ask(f->dns, span_text(name), type, f->arena, &a);
    return a;
}

static bool is(span s, const char *text)
{
    return span_eq(s, span_text(text));
}

Test(dns_zone, outcomes)
{
    static const struct {
        const char *name;
        enum dns_type type;
        enum dns_outcome outcome;
        size_t count;
    } rows[] = {
        {"example.test", DNS_MX, DNS_FOUND, 2},
        {"EXAMPLE.test.", DNS_NS, DNS_FOUND, 2},
        {"example.test", DNS_A, DNS_NO_DATA, 0},
        {"test", DNS_A, DNS_NO_DATA, 0}, /* an empty name above others is there */
        {"nowhere.example.test", DNS_A, DNS_NO_NAME, 0},
        {"other", DNS_A, DNS_NO_NAME, 0},
        {"mx1.example.test", DNS_AAAA, DNS_FOUND, 1},
        {"dangling.example.test", DNS_A, DNS_NO_NAME, 0},
        {"alias.example.test", DNS_MX, DNS_NO_DATA, 0},
        {"loop-a.example.test", DNS_A, DNS_AGAIN, 0},
        {"a.wild.example.test", DNS_A, DNS_FOUND, 1},
        {"a.b.wild.example.test", DNS_A, DNS_FOUND, 1},
        {"a.wild.example.test", DNS_TXT, DNS_NO_DATA, 0},
        {"wild.example.test", DNS_A, DNS_NO_DATA, 0},
        {"x.not.wild.example.test", DNS_A, DNS_NO_NAME, 0}, /* RFC 4592: nearer names shut it out */
        {"broken.example.test", DNS_A, DNS_AGAIN, 0},
        {"slow.example.test", DNS_TXT, DNS_AGAIN, 0},
        {"deep.sub.example.test", DNS_A, DNS_FOUND, 1},
        {"odd\\.dot\\032.example.test", DNS_A, DNS_FOUND, 1},
        {"odd.dot\\032.example.test", DNS_A, DNS_NO_NAME, 0},
        {"", DNS_A, DNS_NO_NAME, 0},
        {"a..b", DNS_A, DNS_NO_NAME, 0},
        {".example.test", DNS_MX, DNS_NO_NAME, 0},
        {"a\\25", DNS_A, DNS_NO_NAME, 0},
    };
    struct fixture f = open_zone();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct dns_answer a = ask(&f, rows[i].name, rows[i].type);
        cr_expect_eq(a.outcome, rows[i].outcome, "%s type %d: outcome %d", rows[i].name,
                     rows[i].type, a.outcome);
        cr_expect_eq(a.count, rows[i].count, "%s type %d: %zu", rows[i].name, rows[i].type,
                     a.count);
    }
    close_zone(&f);
}

Test(dns_zone, records_have_their_fields)
{
    struct fixture f = open_zone();
    struct dns_answer a = ask(&f, "example.test", DNS_MX);
    cr_expect(a.at[0].preference == 10 && is(a.at[0].name, "mx1.example.test"));
    cr_expect(a.at[1].preference == 20 && a.at[1].ttl == 300);
    a = ask(&f, "_s._tcp.example.test", DNS_SRV);
    cr_expect(a.at[0].preference == 1 && a.at[0].weight == 2 && a.at[0].port == 25);
    a = ask(&f, "mx1.example.test", DNS_A);
    char host[64];
    address_host(&a.at[0].address, host, sizeof host);
    cr_expect_str_eq(host, "192.0.2.1");
    cr_expect_eq(a.at[0].ttl, 60);
    cr_expect_eq(ask(&f, "mx1.example.test", DNS_AAAA).at[0].ttl, 90);
    a = ask(&f, "txt.example.test", DNS_TXT);
    cr_assert_eq(a.at[0].string_count, 4);
    cr_expect(is(a.at[0].strings[0], "one; \"two\"") && is(a.at[0].strings[1], "three"));
    cr_expect(is(a.at[0].text, "one; \"two\"threedA."));
    a = ask(&f, "_25._tcp.mx1.example.test", DNS_TLSA);
    cr_expect(span_eq(a.at[0].rdata, SPAN("\3\1\1\xab\xcd\1")));
    a = ask(&f, "example.test", DNS_SOA);
    cr_expect(is(a.at[0].name, "ns1.example.test"));
    cr_expect(span_has(a.at[0].rdata, SPAN("\13host.master\7example")));
    close_zone(&f);
}

Test(dns_zone, chains_tell_their_end)
{
    struct fixture f = open_zone();
    struct dns_answer a = ask(&f, "alias.example.test", DNS_A);
    cr_expect(a.outcome == DNS_FOUND && is(a.canonical, "mx1.example.test"));
    a = ask(&f, "alias.example.test", DNS_CNAME);
    cr_expect(is(a.at[0].name, "chain.example.test") && is(a.canonical, "alias.example.test"));
    a = ask(&f, "loop-a.example.test", DNS_A);
    cr_expect_str_eq(a.why, "CNAME chain without end");
    close_zone(&f);
}

Test(dns_zone, marks_say_how_a_name_answers)
{
    struct fixture f = open_zone();
    cr_expect_str_eq(ask(&f, "broken.example.test", DNS_MX).why, "SERVFAIL");
    cr_expect_str_eq(ask(&f, "slow.example.test", DNS_A).why, "timeout");
    struct dns_answer a = ask(&f, "forged.example.test", DNS_A);
    cr_expect(a.bogus && !a.secure && a.outcome == DNS_AGAIN);
    a = ask(&f, "signed.example.test", DNS_A);
    cr_expect(a.secure && a.outcome == DNS_FOUND);
    cr_expect_not(ask(&f, "to-signed.example.test", DNS_A).secure, "the link is not signed");
    cr_expect_not(ask(&f, "mx1.example.test", DNS_A).secure);
    close_zone(&f);
}

Test(dns_zone, what_is_wrong_is_named_with_its_line)
{
    static const struct {
        const char *zone, *text;
    } rows[] = {
        {"  A 192.0.2.1\n", "z line 1: the first record needs a name at the beginning of its line"},
        {"\na. HINFO x\n", "z line 2: no type that is known: \"HINFO\""},
        {"a. A 192.0.2\n", "z line 1: A wants an IPv4 address"},
        {"a. A 192.0.2.1 192.0.2.2\n", "z line 1: A wants an IPv4 address"},
        {"a. MX 10\n", "z line 1: MX wants a preference and a name"},
        {"a. MX 70000 b.\n", "z line 1: MX wants a preference and a name"},
        {"a. TXT \"x\n", "z line 1: a string is not closed: \"x\""},
        {"a. SOA a. b. ( 1\n", "z line 1: write the record on one line, without parentheses"},
        {"$INCLUDE x\n", "z line 1: no such directive ($ORIGIN and $TTL are): \"$INCLUDE\""},
        {"$TTL x\n", "z line 1: $TTL wants a number of seconds"},
        {"a..b. A 192.0.2.1\n", "z line 1: no name: \"a..b.\""},
        {"a.\n", "z line 1: a type is missing"},
        {"a. SERVFAIL x\n", "z line 1: nothing may stand behind: \"SERVFAIL\""},
        {"a. TLSA 3 1 1\n", "z line 1: TLSA wants three numbers and hex digits"},
        {"a. TLSA 3 1 1 abc\n", "z line 1: TLSA wants three numbers and hex digits"},
        {"a. TLSA 300 1 1 ab\n", "z line 1: TLSA wants three numbers and hex digits"},
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct dns *dns;
        err e = dns_open_zone(span_text(rows[i].zone), "z", arena, &dns);
        cr_assert_eq(e.kind, ERR_SYNTAX, "row %zu", i);
        cr_expect_str_eq(e.what, rows[i].text);
    }
    arena_free(arena);
}

Test(dns_zone, a_string_has_255_octets_at_most)
{
    struct arena *arena = arena_new();
    for (int len = 255; len <= 256; len++) {
        char zone[300];
        snprintf(zone, sizeof zone, "a. TXT \"%0*d\"\n", len, 1);
        struct dns *dns = NULL;
        err e = dns_open_zone(span_text(zone), "z", arena, &dns);
        cr_expect_eq(failed(e), len == 256);
        dns_close(dns);
    }
    arena_free(arena);
}

Test(dns, addresses_turned_round)
{
    static const struct {
        const char *address, *name;
    } rows[] = {
        {"192.0.2.1", "1.2.0.192.in-addr.arpa"},
        {"::ffff:192.0.2.1", "1.2.0.192.in-addr.arpa"},
        {"2001:db8::1",
         "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"},
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct address a;
        cr_assert(address_parse(span_text(rows[i].address), 25, &a));
        cr_expect(is(dns_reverse_name(&a, arena), rows[i].name), "%s", rows[i].address);
    }
    arena_free(arena);
}
