/* dnsdb: results as Exim 4.96 -be gave them for the same records, asked of a server of its own. The
   texts of deferrals are ours where Exim has none. */
#include "ref/lookup/testing.h"

#include <criterion/criterion.h>

static const char zone[] =
    "$ORIGIN test.\n$TTL 300\n"
    "h A 192.0.2.1\nh A 192.0.2.2\nh AAAA 2001:db8::1\n"
    "m MX 10 mx1\nm MX 20 mx2\nnull MX 0 .\n"
    "t TXT one two\nt TXT three\ne TXT \"\"\nt SPF \"v=spf1 \" -all\n"
    "1.2.0.192.in-addr.arpa. PTR h\n1.2.0.192.in-addr.arpa. PTR other\n"
    "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa. PTR h6\n"
    "test. SOA ns host.master 1 2 3 4 5\ntest. NS ns1\ntest. NS ns2\n"
    "_s._tcp.s SRV 1 2 25 h\n_s._tcp.s SRV 0 0 0 .\n_25._tcp.h TLSA 3 1 1 abcdef01\n"
    "c CNAME h\ndang CNAME nowhere\nfail SERVFAIL\nslow TIMEOUT\n"
    "sec SECURE\nsec A 192.0.2.7\nforged BOGUS\n"
    "_client._smtp.w0 SRV 1 0 0 h\n_client._smtp.w1 SRV 1 1 0 h\n_client._smtp.w2 SRV 1 2 0 h\n"
    "_client._smtp.w3 SRV 1 3 0 h\n_client._smtp.w4 SRV 1 4 0 h\n_client._smtp.v2 SRV 2 2 0 h\n"
    "_client._smtp.x.p SRV 1 2 1 h\n_client._smtp.x.q SRV 1 2 0 h\n";

static const char *const rows[][2] = {
    {"a=h.test", "=192.0.2.1\n192.0.2.2"}, {">: a=h.test", "=192.0.2.1:192.0.2.2"},
    {">  a=h.test", "=192.0.2.1 192.0.2.2"}, {">:a=h.test", "=192.0.2.1:192.0.2.2"},
    {"A=h.test", "=192.0.2.1\n192.0.2.2"}, {" a=h.test", "=192.0.2.1\n192.0.2.2"},
    {"a=h.test.", "=192.0.2.1\n192.0.2.2"}, {"aaaa=h.test", "=2001:db8::1"},
    {"a+=h.test", "=2001:db8::1\n192.0.2.1\n192.0.2.2"},
    {">; a+=h.test:c.test",
     "=2001:db8::1;192.0.2.1;192.0.2.2;2001:db8::1;192.0.2.1;192.0.2.2"},
    {"mx=m.test", "=10 mx1.test\n20 mx2.test"}, {">:,; mx=m.test", "=10;mx1.test:20;mx2.test"},
    {">:; mx=m.test", "=10mx1.test:20mx2.test"}, {"mxh=m.test", "=mx1.test\nmx2.test"},
    {"mx=null.test", "=0 "}, {"mxh=null.test", "-"}, {"t.test", "=one\nthree"},
    {"txt=t.test", "=one\nthree"}, {">,; txt=t.test", "=onetwo,three"},
    {">:,/ txt=t.test", "=one/two:three"}, {">:; txt=t.test", "=onetwo:three"},
    {">\n,: txt=t.test", "=one:two\nthree"}, {"txt=e.test", "-"}, {"spf=t.test", "=v=spf1 -all"},
    {">:,/ spf=t.test", "=v=spf1 /-all"}, {"ptr=192.0.2.1", "=h.test\nother.test"},
    {">! ptr=192.0.2.1", "=h.test!other.test"}, {"ptr=2001:db8::1", "=h6.test"},
    {"ptr=<; 2001:db8::1;192.0.2.1", "=h6.test\nh.test\nother.test"},
    {"ptr = 192.0.2.1", "=h.test\nother.test"},
    {"ptr=1.2.0.192.in-addr.arpa", "=h.test\nother.test"}, {"soa=a.b.test", "=ns.test"},
    {">:,; soa=a.b.test", "=ns.test;host.master.test;1;2;3;4;5"},
    {"zns=a.b.test", "=ns1.test\nns2.test"}, {"zns=a.b.nowhere", "-"},
    {"ns=test", "=ns1.test\nns2.test"}, {"srv=_s._tcp.s.test", "=1 2 25 h.test\n0 0 0 "},
    {">:,; srv=_s._tcp.s.test", "=1;2;25;h.test:0;0;0;"},
    {"tlsa=_25._tcp.h.test", "=3 1 1 abcdef01"}, {">:,; tlsa=_25._tcp.h.test", "=3;1;1;abcdef01"},
    {"cname=c.test", "=h.test"}, {"a=c.test", "=192.0.2.1\n192.0.2.2"}, {"a=dang.test", "-"},
    {"a=nowhere.test", "-"}, {"mx=h.test", "-"}, {"a=fail.test", "!SERVFAIL"},
    {"a=slow.test", "!timeout"}, {"defer_never,a=fail.test", "-"},
    {"defer_strict,a=h.test:fail.test", "!SERVFAIL"},
    {"a=h.test:fail.test", "=192.0.2.1\n192.0.2.2"},
    {"a=fail.test:h.test", "=192.0.2.1\n192.0.2.2"},
    {"defer_lax,a=fail.test:nowhere.test", "!SERVFAIL"},
    {"defer_never,defer_strict,a=fail.test", "!SERVFAIL"},
    {"dnssec_strict,a=h.test", "!the answer is not secured by DNSSEC"},
    {"dnssec_strict,a=sec.test", "=192.0.2.7"}, {"a=forged.test", "!DNSSEC: bogus"},
    {"dnssec_never,a=h.test", "=192.0.2.1\n192.0.2.2"},
    {"defer_foo,a=h.test", "!unsupported dnsdb defer behaviour"},
    {"dnssec_foo,a=h.test", "!unsupported dnsdb dnssec behaviour"},
    {"retrans_foo,a=h.test", "!unsupported dnsdb timeout value"},
    {"retrans_2s,retry_2,a=h.test", "=192.0.2.1\n192.0.2.2"},
    {"retry_x,a=h.test", "!dnsdb modifier syntax error"},
    {"defer_never a=h.test", "!dnsdb modifier syntax error"},
    {"hinfo=h.test", "!unsupported DNS record type"}, {"=h.test", "!unsupported DNS record type"},
    {"> : a=h.test", "!unsupported DNS record type"}, {">a=h.test", "!unsupported DNS record type"},
    {">,:a=h.test", "!unsupported DNS record type"}, {"a=", "-"}, {"", "-"},
    {"a=h.test: c.test :nowhere.test", "=192.0.2.1\n192.0.2.2\n192.0.2.1\n192.0.2.2"},
    {"a=<, h.test,c.test", "=192.0.2.1\n192.0.2.2\n192.0.2.1\n192.0.2.2"},
    {"a=bad..name", "-"}, {"a=with space.test", "-"}, {"csa=w0.test", "=N h.test"},
    {"csa=w1.test", "=N h.test"}, {"csa=w2.test", "=Y h.test"}, {"csa=w3.test", "=? h.test"},
    {"csa=w4.test", "-"}, {"csa=v2.test", "-"}, {"csa=x.p.test", "=Y h.test"},
    {"csa=a.b.x.p.test", "=X h.test"}, {"csa=a.x.q.test", "-"},
};

Test(lookup_dnsdb, queries)
{
    struct bench b;
    bench_open(&b);
    cr_expect_str_eq(bench_text(&b, "dnsdb", "a=h.test", ""), "!no DNS here");
    err e = dns_open_zone(span_text(zone), "zone", b.arena, &b.dns);
    cr_assert(!failed(e), "%s", e.what);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect_str_eq(bench_text(&b, "dnsdb", rows[i][0], ""), rows[i][1], "%s", rows[i][0]);
    }
    bench_close(&b);
}

Test(lookup_dnsdb, results_are_tainted_and_say_whether_they_are_secure)
{
    struct bench b;
    bench_open(&b);
    cr_assert(!failed(dns_open_zone(span_text(zone), "zone", b.arena, &b.dns)));
    struct lookup_result r = bench_find(&b, "dnsdb", "a=h.test", "");
    cr_expect(r.tainted && !r.has_parts);
    cr_expect_str_eq(r.dnssec, "no");
    cr_expect_str_eq(bench_find(&b, "dnsdb", "a=sec.test", "").dnssec, "yes");
    cr_expect_str_eq(bench_find(&b, "dnsdb", "a=sec.test:h.test", "").dnssec, "no");
    cr_expect_str_eq(bench_find(&b, "dnsdb", "dnssec_never,a=h.test", "").dnssec, "");
    bench_close(&b);
}

Test(lookup_dnsdb, kept_as_long_as_the_records_say)
{
    struct bench b;
    bench_open(&b);
    struct clock_still clock;
    clock_still_init(&clock, 0, 0);
    lookup_cache_free(b.cache);
    lookup_shared_close(b.shared);
    b.shared = lookup_shared_new(&clock.clock);
    b.cache = lookup_cache_new(b.shared);
    cr_assert(!failed(dns_open_zone(SPAN("k.test. 60 A 192.0.2.1\nz.test. 0 A 192.0.2.1\n"), "zone",
                                    b.arena, &b.dns)));
    cr_expect_str_eq(bench_text(&b, "dnsdb", "a=k.test", ""), "=192.0.2.1");
    cr_expect_str_eq(bench_text(&b, "dnsdb", "a=z.test", ""), "=192.0.2.1");
    struct dns *first = b.dns;
    cr_assert(!failed(dns_open_zone(SPAN("k.test. A 192.0.2.2\nz.test. A 192.0.2.2\n"), "zone",
                                    b.arena, &b.dns)));
    clock_still_move(&clock, 59 * NANOS_PER_SECOND);
    cr_expect_str_eq(bench_text(&b, "dnsdb", "a=k.test", ""), "=192.0.2.1");
    cr_expect_str_eq(bench_text(&b, "dnsdb", "a=z.test", ""), "=192.0.2.2");
    clock_still_move(&clock, 2 * NANOS_PER_SECOND);
    cr_expect_str_eq(bench_text(&b, "dnsdb", "a=k.test", ""), "=192.0.2.2");
    dns_close(first);
    bench_close(&b);
}
