/* Hosts come in the order of RFC 5321 5.1, whatever the DNS says and however much of it. */
#include "ref/route/testing.h"

#include <criterion/criterion.h>

static const char zone[] =
    "two.ex. MX 20 b.two.ex.\ntwo.ex. MX 10 a.two.ex.\na.two.ex. A 192.0.2.1\n"
    "b.two.ex. A 192.0.2.2\nb.two.ex. AAAA 2001:db8::2\n"
    "plain.ex. A 192.0.2.3\n"
    "null.ex. MX 0 .\n"
    "mixed.ex. MX 0 .\nmixed.ex. MX 5 a.two.ex.\n"
    "nowhere.ex. MX 5 gone.ex.\nnowhere.ex. MX 6 192.0.2.7.\n"
    "nothing.ex. TXT hello\n"
    "slow.ex. TIMEOUT\n"
    "slowhost.ex. MX 5 slow.ex.\n"
    "halfslow.ex. MX 5 slow.ex.\nhalfslow.ex. MX 6 a.two.ex.\n"
    "alias.ex. CNAME two.ex.\nloop1.ex. CNAME loop2.ex.\nloop2.ex. CNAME loop1.ex.\n"
    "self.ex. MX 5 mx.test.ex.\nself.ex. MX 10 a.two.ex.\nmx.test.ex. A 192.0.2.99\n"
    "second.ex. MX 5 a.two.ex.\nsecond.ex. MX 10 mx.test.ex.\nsecond.ex. MX 20 b.two.ex.\n"
    "equal.ex. MX 10 mx.test.ex.\nequal.ex. MX 10 a.two.ex.\n"
    "twice.ex. MX 10 a.two.ex.\ntwice.ex. MX 20 a2.two.ex.\na2.two.ex. A 192.0.2.1\n"
    "home.ex. MX 10 lo.ex.\nlo.ex. A 127.0.0.1\n"
    "ignored.ex. MX 10 i.ex.\nignored.ex. MX 20 a.two.ex.\ni.ex. A 203.0.113.5\n"
    "onlyignored.ex. A 203.0.113.6\n"
    "signed.ex. SECURE\nsigned.ex. MX 10 m.signed.ex.\nm.signed.ex. SECURE\n"
    "m.signed.ex. A 192.0.2.20\n"
    "half.ex. SECURE\nhalf.ex. MX 10 a.two.ex.\n"
    "wide.inside.ex. A 192.0.2.30\n";

#define DNS_ROUTER "begin routers\nd:\n driver = dnslookup\n transport = smtp\n"

Test(dnslookup, hosts_of_a_domain)
{
    struct bench b;
    bench_open(&b, DNS_ROUTER " ignore_target_hosts = 203.0.113.0/24\n", zone);
    static const struct route_row rows[] = {
        {"by preference, IPv6 first", "u@two.ex",
         "to smtp a.two.ex[192.0.2.1]/10 b.two.ex[2001:db8::2]/20 b.two.ex[192.0.2.2]/20"},
        {"domain without regard to case", "u@TWO.ex",
         "to smtp a.two.ex[192.0.2.1]/10 b.two.ex[2001:db8::2]/20 b.two.ex[192.0.2.2]/20"},
        {"no MX: the domain itself", "u@plain.ex", "to smtp plain.ex[192.0.2.3]"},
        {"null MX", "u@null.ex",
         "fail: an MX or SRV record indicated no SMTP service (5.1.10)"},
        {"a null MX among others is no host", "u@mixed.ex", "to smtp a.two.ex[192.0.2.1]/5"},
        {"MX without addresses, or naming one", "u@nowhere.ex",
         "fail: all relevant MX records point to non-existent hosts (5.4.4)"},
        {"a name without mail", "u@nothing.ex", "fail: Unrouteable address (5.1.2)"},
        {"no such name", "u@absent.ex", "fail: Unrouteable address (5.1.2)"},
        {"no answer", "u@slow.ex", "defer: host lookup did not complete"},
        {"no answer for the only host", "u@slowhost.ex", "defer: host lookup did not complete"},
        {"no answer for one of two", "u@halfslow.ex", "to smtp a.two.ex[192.0.2.1]/6"},
        {"an alias", "u@alias.ex",
         "to smtp a.two.ex[192.0.2.1]/10 b.two.ex[2001:db8::2]/20 b.two.ex[192.0.2.2]/20"},
        {"aliases in a circle", "u@loop1.ex", "defer: host lookup did not complete"},
        {"this host first", "u@self.ex",
         "defer and freeze: remote host address is the local host"},
        {"this host further down cuts the list", "u@second.ex", "to smtp a.two.ex[192.0.2.1]/5"},
        {"this host among equals", "u@equal.ex",
         "defer and freeze: remote host address is the local host"},
        {"one address once", "u@twice.ex", "to smtp a.two.ex[192.0.2.1]/10"},
        {"loopback is this host", "u@home.ex",
         "defer and freeze: remote host address is the local host"},
        {"a host that is ignored", "u@ignored.ex", "to smtp a.two.ex[192.0.2.1]/20"},
        {"all hosts ignored", "u@onlyignored.ex",
         "fail: all hosts of the domain are to be ignored (5.4.4)"},
        {"a literal is no name", "u@[192.0.2.1]", "fail: Unrouteable address"},
    };
    EXPECT_ROUTES(&b, rows);
    bench_close(&b);
}

/* RFC 5321 5.1: the name is what counts, be there no address of it, or one that others see. */
Test(dnslookup, its_own_name_among_the_exchangers_cuts_the_list)
{
    static const char *const addresses[] = {"", "mx.test.ex. A 198.51.100.7\n"};
    static const char *const firsts[] = {
        "fail: all relevant MX records point to non-existent hosts (5.4.4)",
        "defer and freeze: remote host address is the local host"};
    for (size_t i = 0; i < 2; i++) {
        struct bench b;
        char text[512];
        snprintf(text, sizeof text, "%s%s", addresses[i],
                 "a.ex. A 192.0.2.1\nb.ex. A 192.0.2.2\nc.ex. A 192.0.2.3\n"
                 "second.ex. MX 5 a.ex.\nsecond.ex. MX 10 MX.test.ex.\nsecond.ex. MX 10 b.ex.\n"
                 "second.ex. MX 20 c.ex.\n"
                 "first.ex. MX 10 mx.test.ex.\nfirst.ex. MX 10 a.ex.\nfirst.ex. MX 20 b.ex.\n");
        bench_open(&b, DNS_ROUTER, text);
        const struct route_row rows[] = {
            {"further down", "u@second.ex", "to smtp a.ex[192.0.2.1]/5"},
            {"first", "u@first.ex", firsts[i]},
        };
        EXPECT_ROUTES(&b, rows);
        bench_close(&b);
    }
}

Test(dnslookup, options_change_what_is_found)
{
    static const struct {
        const char *label, *options, *address, *want;
    } rows[] = {
        {"mx_domains", " mx_domains = plain.ex\n", "u@plain.ex", "fail: Unrouteable address (5.1.2)"},
        {"ipv4_only", " ipv4_only\n", "u@two.ex",
         "to smtp a.two.ex[192.0.2.1]/10 b.two.ex[192.0.2.2]/20"},
        {"ipv4_prefer", " ipv4_prefer = ${if eq{$domain}{two.ex}{yes}{no}}\n", "u@two.ex",
         "to smtp a.two.ex[192.0.2.1]/10 b.two.ex[192.0.2.2]/20 b.two.ex[2001:db8::2]/20"},
        {"check_secondary_mx takes", " check_secondary_mx\n", "u@second.ex",
         "to smtp a.two.ex[192.0.2.1]/5"},
        {"check_secondary_mx declines", " check_secondary_mx\n", "u@two.ex",
         "fail: Unrouteable address"},
        {"check_secondary_mx of the primary", " check_secondary_mx\n", "u@self.ex",
         "fail: Unrouteable address"},
        {"self = send", " self = send\n", "u@self.ex",
         "to smtp mx.test.ex[192.0.2.99]/5 a.two.ex[192.0.2.1]/10"},
        {"self = fail", " self = fail\n", "u@self.ex",
         "fail: remote host address is the local host (5.4.6)"},
        {"self = defer", " self = defer\n", "u@self.ex",
         "defer: remote host address is the local host"},
        {"self = reroute", " self = reroute: other.ex\n", "u@self.ex", "children u@other.ex"},
        {"self = pass", " self = pass\np:\n driver = redirect\n data = was-$self_hostname@p.ex\n",
         "u@self.ex", "children was-mx.test.ex@p.ex"},
        {"fail_defer_domains", " fail_defer_domains = *\n", "u@slow.ex",
         "fail: host lookup did not complete (5.4.3)"},
        {"pass_on_timeout", " pass_on_timeout\n no_more\np:\n driver = accept\n transport = file\n",
         "u@slow.ex", "to file"},
        {"without pass_on_timeout", " no_more\np:\n driver = accept\n transport = file\n",
         "u@slow.ex", "defer: host lookup did not complete"},
        {"widen_domains", " widen_domains = nowhere : inside.ex\n", "u@wide",
         "children u@wide.inside.ex"},
        {"dnssec_require_domains", " dnssec_require_domains = *\n", "u@two.ex",
         "defer: host lookup done insecurely"},
        {"signed all the way", " dnssec_require_domains = *\n", "u@signed.ex",
         "to smtp m.signed.ex[192.0.2.20]/10"},
        {"a signed MX of an unsigned host", " dnssec_require_domains = *\n", "u@half.ex",
         "defer: host lookup done insecurely"},
        {"another router takes what has no host",
         "p:\n driver = accept\n transport = file\n", "u@null.ex", "to file"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct bench b;
        char conf[1024];
        (void)snprintf(conf, sizeof conf, "%s%s", DNS_ROUTER, rows[i].options);
        bench_open(&b, conf, zone);
        const char *got = bench_route(&b, rows[i].address);
        cr_expect_str_eq(got, rows[i].want, "%s: %s", rows[i].label, got);
        bench_close(&b);
    }
}

Test(dnslookup, security_is_told_of_each_host)
{
    struct bench b;
    bench_open(&b, DNS_ROUTER, zone);
    (void)bench_route(&b, "u@signed.ex");
    cr_expect(b.last->hosts[0].secure, "MX and address are signed");
    (void)bench_route(&b, "u@half.ex");
    cr_expect(!b.last->hosts[0].secure, "the host's address is not signed");
    (void)bench_route(&b, "u@plain.ex");
    cr_expect(b.last->hosts[0].implicit_mx && !b.last->hosts[0].secure, "the domain itself");
    bench_close(&b);
}

/* RFC 5321 5.1: among equals the client must choose at random. */
Test(dnslookup, equals_are_spread)
{
    struct bench b;
    bench_open(&b, DNS_ROUTER,
               "e.ex. MX 10 a.ex.\ne.ex. MX 10 b.ex.\ne.ex. MX 10 c.ex.\ne.ex. MX 5 first.ex.\n"
               "first.ex. A 192.0.2.9\na.ex. A 192.0.2.1\nb.ex. A 192.0.2.2\nc.ex. A 192.0.2.3\n");
    unsigned second[3] = {0};
    for (unsigned i = 0; i < 300; i++) {
        (void)bench_route(&b, "u@e.ex");
        cr_assert_eq(b.last->host_count, 4);
        cr_assert(span_eq(b.last->hosts[0].name, SPAN("first.ex")), "the best stays first");
        second[b.last->hosts[1].name.at[0] - 'a']++;
    }
    for (unsigned i = 0; i < 3; i++) {
        cr_expect(second[i] > 60 && second[i] < 140, "%c came second %u times of 300", 'a' + (int)i,
                  second[i]);
    }
    bench_close(&b);
}

Test(dnslookup, a_thousand_records_have_an_end)
{
    struct bench b;
    struct buf text;
    buf_init(&text, 1 << 20);
    for (unsigned i = 0; i < 1000; i++) {
        buf_printf(&text, "many.ex. MX %u m%u.many.ex.\nm%u.many.ex. A 10.0.%u.%u\n"
                   "m%u.many.ex. A 10.1.%u.%u\nm%u.many.ex. A 10.2.%u.%u\n", 1000 - i, i, i,
                   i / 250, i % 250, i, i / 250, i % 250, i, i / 250, i % 250);
    }
    buf_put_byte(&text, '\0');
    bench_open(&b, DNS_ROUTER, (const char *)text.at);
    cr_expect(strncmp(bench_route(&b, "u@many.ex"), "to smtp m999.many.ex[10.", 24) == 0);
    cr_expect_eq(b.last->host_count, 200);
    cr_expect_eq(b.last->hosts[0].preference, 1, "the best is among those that are kept");
    buf_wipe(&text);
    bench_close(&b);
}
