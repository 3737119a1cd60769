/* Rules, hosts and their options, as people write them. */
#include "ref/route/testing.h"

#include <criterion/criterion.h>

static const char zone[] =
    "h1.ex. A 192.0.2.1\nh2.ex. A 192.0.2.2\nh2.ex. AAAA 2001:db8::2\nslow.ex. TIMEOUT\n"
    "mx.ex. MX 10 h2.ex.\nmx.ex. MX 5 h1.ex.\nnull.ex. MX 0 .\nnothing.ex. TXT x\n"
    "bare.ex. A 192.0.2.7\n";

#define MANUAL "begin routers\nm:\n driver = manualroute\n"
#define SMTP " transport = smtp\n"
#define LAST "last:\n driver = accept\n transport = file\n"

Test(manualroute, rules_and_hosts)
{
    static const struct {
        const char *label, *options, *address, *want;
    } rows[] = {
        {"a rule", SMTP " route_list = d.ex h1.ex\n", "u@d.ex", "to smtp h1.ex[192.0.2.1]"},
        {"no rule", SMTP " route_list = d.ex h1.ex\n" LAST, "u@x.ex", "to file"},
        {"no rule and no_more", SMTP " route_list = d.ex h1.ex\n no_more\n" LAST, "u@x.ex",
         "fail: Unrouteable address"},
        {"the second rule", SMTP " route_list = d.ex h1.ex; *.e.ex h2.ex\n", "u@a.e.ex",
         "to smtp h2.ex[2001:db8::2] h2.ex[192.0.2.2]"},
        {"what a pattern found", SMTP " route_list = \\N^(\\w+)\\.e\\.ex$\\N $1.ex\n", "u@h1.e.ex",
         "to smtp h1.ex[192.0.2.1]"},
        {"the tail of a star", SMTP " route_list = *.e.ex $1.ex\n", "u@h1.e.ex",
         "to smtp h1.ex[192.0.2.1]"},
        {"several hosts", SMTP " route_list = * \"h1.ex : 192.0.2.5\"\n", "u@d.ex",
         "to smtp h1.ex[192.0.2.1] 192.0.2.5[192.0.2.5]"},
        {"ports", SMTP " route_list = * \"h1.ex::26 : 192.0.2.5::2525\"\n", "u@d.ex",
         "to smtp h1.ex[192.0.2.1]:26 192.0.2.5[192.0.2.5]:2525"},
        {"IPv6 with a port", SMTP " route_list = * \"<, [2001:db8::9]:26, 2001:db8::8\"\n", "u@d.ex",
         "to smtp 2001:db8::9[2001:db8::9]:26 2001:db8::8[2001:db8::8]"},
        {"a port that is none", SMTP " route_list = * h1.ex::99999\n", "u@d.ex",
         "defer: \"h1.ex:99999\" in m router is no host with a port"},
        {"/MX", SMTP " route_list = * mx.ex/MX\n", "u@d.ex",
         "to smtp h1.ex[192.0.2.1]/5 h2.ex[2001:db8::2]/10 h2.ex[192.0.2.2]/10"},
        {"/MX without MX", SMTP " route_list = * bare.ex/MX\n", "u@d.ex",
         "to smtp bare.ex[192.0.2.7]"},
        {"route_data", SMTP " route_data = ${if eq{$domain}{d.ex}{h1.ex}}\n", "u@d.ex",
         "to smtp h1.ex[192.0.2.1]"},
        {"route_data is empty", SMTP " route_data = ${if eq{$domain}{d.ex}{h1.ex}}\n" LAST, "u@x.ex",
         "to file"},
        {"route_data is forced to fail", SMTP " route_data = ${if eq{$domain}{d.ex}{h1.ex}fail}\n"
         LAST, "u@x.ex", "to file"},
        {"a transport in the rule", " route_list = * h1.ex smtp\n", "u@d.ex",
         "to smtp h1.ex[192.0.2.1]"},
        {"a transport in the rule of two", " transport = file\n route_list = * h1.ex byname smtp\n",
         "u@d.ex", "to smtp h1.ex[192.0.2.1]"},
        {"no transport", " route_list = * h1.ex\n", "u@d.ex", "defer: transport unset in m router"},
        {"options", SMTP " route_list = * h2.ex bydns ipv4_only\n", "u@d.ex",
         "to smtp h2.ex[192.0.2.2]"},
        {"ipv4_prefer", SMTP " route_list = * h2.ex ipv4_prefer\n", "u@d.ex",
         "to smtp h2.ex[192.0.2.2] h2.ex[2001:db8::2]"},
        {"an option that is none", SMTP " route_list = * h1.ex nosuch x\n", "u@d.ex",
         "defer: error in router: unknown routing option or transport name \"nosuch x\""},
        {"a peer names no transport", SMTP " route_data = h1.ex $local_part\n", "file@d.ex",
         "defer: error in router: unknown routing option or transport name \"file\""},
        {"a host that is not there", SMTP " route_list = * gone.ex\n", "u@d.ex",
         "defer and freeze: lookup of host \"gone.ex\" failed in m router"},
        {"a host without address", SMTP " route_list = * nothing.ex\n host_find_failed = defer\n",
         "u@d.ex", "defer: lookup of host \"nothing.ex\" failed in m router"},
        {"host_find_failed = fail", SMTP " route_list = * gone.ex\n host_find_failed = fail\n",
         "u@d.ex", "fail: lookup of host \"gone.ex\" failed in m router (5.4.4)"},
        {"host_find_failed = decline", SMTP " route_list = * gone.ex\n host_find_failed = decline\n"
         LAST, "u@d.ex", "to file"},
        {"host_find_failed = pass", SMTP " route_list = * gone.ex\n host_find_failed = pass\n"
         " no_more\n" LAST, "u@d.ex", "to file"},
        {"host_find_failed = ignore", SMTP " route_list = * \"gone.ex : h1.ex\"\n"
         " host_find_failed = ignore\n", "u@d.ex", "to smtp h1.ex[192.0.2.1]"},
        {"all of them ignored", SMTP " route_list = * gone.ex\n host_find_failed = ignore\n"
         " host_all_ignored = fail\n", "u@d.ex",
         "fail: lookup of host \"gone.ex\" failed in m router (5.4.4)"},
        {"no answer", SMTP " route_list = * slow.ex\n", "u@d.ex",
         "defer: host lookup for slow.ex did not complete (DNS timeout?)"},
        {"ignore_target_hosts", SMTP " route_list = * \"h1.ex : h2.ex\"\n"
         " ignore_target_hosts = <; 192.0.2.1; 2001:db8::/32\n", "u@d.ex", "to smtp h2.ex[192.0.2.2]"},
        {"this host first", SMTP " route_list = * \"127.0.0.1 : h1.ex\"\n", "u@d.ex",
         "defer and freeze: remote host address is the local host"},
        {"this host later", SMTP " route_list = * \"h1.ex : 192.0.2.99 : 192.0.2.5\"\n", "u@d.ex",
         "to smtp h1.ex[192.0.2.1]"},
        {"self = send", SMTP " route_list = * 127.0.0.1::2525\n self = send\n", "u@d.ex",
         "to smtp 127.0.0.1[127.0.0.1]:2525"},
        {"self = reroute", SMTP " route_list = * 127.0.0.1\n self = reroute: e.ex\n", "u@d.ex",
         "children u@e.ex"},
        {"a local transport has names only", " transport = file\n route_list = * \"x : gone.ex\"\n",
         "u@d.ex", "to file x[] gone.ex[]"},
        {"no hosts for a remote transport", SMTP " route_list = d.ex\n", "u@d.ex",
         "defer: error in m router: no host(s) specified for domain d.ex"},
        {"no hosts for a local transport", " transport = file\n route_list = d.ex\n", "u@d.ex",
         "to file"},
        {"hosts_treat_as_local", SMTP " route_list = * \"h1.ex : h2.ex\"\n", "u@d.ex",
         "to smtp h1.ex[192.0.2.1] h2.ex[2001:db8::2] h2.ex[192.0.2.2]"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct bench b;
        char conf[1024];
        (void)snprintf(conf, sizeof conf, MANUAL "%s", rows[i].options);
        bench_open(&b, conf, zone);
        const char *got = bench_route(&b, rows[i].address);
        cr_expect(strcmp(got, rows[i].want) == 0, "%s: got \"%s\", want \"%s\"", rows[i].label, got,
                  rows[i].want);
        bench_close(&b);
    }
}

Test(manualroute, names_that_are_this_host)
{
    struct bench b;
    bench_open(&b, "hosts_treat_as_local = h1.ex\n" MANUAL SMTP " route_list = * h1.ex\n", zone);
    cr_expect_str_eq(bench_route(&b, "u@d.ex"),
                     "defer and freeze: remote host address is the local host");
    bench_close(&b);
}

/* Groups keep their order, hosts of one group do not. */
Test(manualroute, randomize)
{
    struct bench b;
    bench_open(&b, MANUAL SMTP " hosts_randomize\n"
               " route_list = * \"10.0.0.1 : 10.0.0.2 : 10.0.0.3 : + : 10.0.1.1 : 10.0.1.2\"\n", zone);
    unsigned first[4] = {0}, fourth[3] = {0};
    for (unsigned i = 0; i < 300; i++) {
        (void)bench_route(&b, "u@d.ex");
        cr_assert_eq(b.last->host_count, 5);
        span one = b.last->hosts[0].name, four = b.last->hosts[3].name;
        cr_assert(span_starts(one, SPAN("10.0.0.")) && span_starts(four, SPAN("10.0.1.")));
        first[one.at[7] - '0']++;
        fourth[four.at[7] - '0']++;
    }
    cr_expect(first[1] > 60 && first[2] > 60 && first[3] > 60, "%u %u %u", first[1], first[2],
              first[3]);
    cr_expect(fourth[1] > 100 && fourth[2] > 100, "%u %u", fourth[1], fourth[2]);
    bench_close(&b);
    bench_open(&b, MANUAL SMTP " hosts_randomize\n route_list = * \"10.0.0.1 : 10.0.0.2\" "
               "no_randomize\n", zone);
    for (unsigned i = 0; i < 50; i++) {
        (void)bench_route(&b, "u@d.ex");
        cr_assert(span_eq(b.last->hosts[0].name, SPAN("10.0.0.1")), "the rule's own word counts");
    }
    bench_close(&b);
}
