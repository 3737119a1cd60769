/* RFC 7208: the examples of its appendix A and of 7.4 as they stand there, and a row for each rule of
   sections 4 to 7 that they leave out. */
#include "ref/seal/spf.h"

#include "ref/dns/source.h"

#include <criterion/criterion.h>
#include <time.h>

/* Appendix A. */
static const char appendix[] =
    "$ORIGIN example.com.\n"
    "@ MX 10 mail-a\n@ MX 20 mail-b\n@ A 192.0.2.10\n@ A 192.0.2.11\n"
    "amy A 192.0.2.65\nbob A 192.0.2.66\nmail-a A 192.0.2.129\nmail-b A 192.0.2.130\n"
    "www CNAME example.com.\n"
    "$ORIGIN example.org.\n@ MX 10 mail-c\nmail-c A 192.0.2.140\n"
    "$ORIGIN 2.0.192.in-addr.arpa.\n"
    "10 PTR example.com.\n11 PTR example.com.\n65 PTR amy.example.com.\n66 PTR bob.example.com.\n"
    "129 PTR mail-a.example.com.\n130 PTR mail-b.example.com.\n140 PTR mail-c.example.org.\n"
    "$ORIGIN 0.0.10.in-addr.arpa.\n4 PTR bob.example.com.\n"
    "$ORIGIN _spf.example.com.\n"
    "mary.mobile-users A 127.0.0.2\nfred.mobile-users A 127.0.0.2\n"
    "15.15.168.192.joel.remote-users A 127.0.0.2\n"
    "mobile-users TXT \"v=spf1 exists:%{l1r+}.%{d}\"\n"
    "remote-users TXT \"v=spf1 exists:%{ir}.%{l1r+}.%{d}\"\n"
    "ip4 TXT \"v=spf1 -ip4:192.0.2.0/24 +all\"\nptr TXT \"v=spf1 -ptr:example.com +all\"\n"
    "$ORIGIN .\n";

/* For the rules. */
static const char more[] =
    "none.test A 192.0.2.1\n"
    "pass.test TXT \"v=spf1 +all\"\nfail.test TXT \"v=spf1 -all\"\n"
    "temp.test SERVFAIL\nslow.test TIMEOUT\n"
    "explained.test TXT \"v=spf1 -all exp=why.%{d}\"\n"
    "why.explained.test TXT \"%{i} is not %{d}%_at %{r}\"\n"
    "two.test TXT \"v=spf1 -all\"\ntwo.test TXT \"v=spf1 +all\"\n"
    "other.test TXT \"v=spf10 +all\"\nother.test TXT \"other text\"\n"
    "split.test TXT \"v=spf1 ip4:192.\" \"0.2.1 -all\"\n"
    "moved.test TXT \"v=spf1 redirect=explained.test\"\n"
    "xn--bcher-kva.test TXT \"v=spf1 -exists:%{o} ?all\"\nxn--bcher-kva.test A 127.0.0.2\n"
    "self.test TXT \"v=spf1 include:self.test -all\"\n"
    "round.test TXT \"v=spf1 redirect=round.test\"\n"
    "six.test AAAA 2001:db8::1\nsix.test A 192.0.2.1\n"
    "mx11.test MX 1 m1.test\nmx11.test MX 2 m2.test\nmx11.test MX 3 m3.test\nmx11.test MX 4 m4.test\n"
    "mx11.test MX 5 m5.test\nmx11.test MX 6 m6.test\nmx11.test MX 7 m7.test\nmx11.test MX 8 m8.test\n"
    "mx11.test MX 9 m9.test\nmx11.test MX 10 m10.test\nmx11.test MX 11 m11.test\n"
    "m1.test A 198.51.100.1\nm2.test A 198.51.100.1\nm3.test A 198.51.100.1\n"
    "m4.test A 198.51.100.1\nm5.test A 198.51.100.1\nm6.test A 198.51.100.1\n"
    "m7.test A 198.51.100.1\nm8.test A 198.51.100.1\nm9.test A 198.51.100.1\n"
    "m10.test A 192.0.2.10\nm11.test A 192.0.2.11\n"
    "1.2.0.192.in-addr.arpa PTR none.test\n";

struct row {
    const char *label, *record, *client, *sender, *result;
};

static struct dns *zone_with(const char *record, struct arena *arena)
{
    struct dns *dns;
    const char *text = arena_printf(arena, "%s%s%s%s%s", appendix, more,
                                    record[0] != '\0' ? "example.com TXT \"" : "", record,
                                    record[0] != '\0' ? "\"\n" : "");
    cr_assert(!failed(dns_open_zone(span_text(text), "zone", arena, &dns)));
    return dns;
}

static struct spf_question question(const char *client, const char *sender, struct dns *dns,
                                    struct arena *arena)
{
    struct spf_question q = {.helo = SPAN("helo.example.com"), .sender = span_text(sender),
                             .receiver = SPAN("mx.test"), .guess = SPAN_EMPTY,
                             .explanation = SPAN("See%_http://www.open-spf.org/Why"), .dns = dns,
                             .now = INT64_C(1795000000) * NANOS_PER_SECOND, .together = 5000,
                             .arena = arena};
    cr_assert(address_parse(span_text(client), 0, &q.client), "%s", client);
    return q;
}

static void rows_check(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct arena *arena = arena_new();
        struct dns *dns = zone_with(rows[i].record, arena);
        struct spf_question q = question(rows[i].client, rows[i].sender, dns, arena);
        struct spf_answer a;
        spf_check(&q, &a);
        cr_expect_str_eq(spf_words[a.result], rows[i].result, "%s: %s: %s", rows[i].label,
                         rows[i].record, a.why);
        dns_close(dns);
        arena_free(arena);
    }
}

#define CHECK_ROWS(rows) rows_check(rows, sizeof rows / sizeof *rows)

Test(spf, the_examples_of_the_rfc_have_its_results)
{
    static const struct row rows[] = {
        {"A.1 all", "v=spf1 +all", "203.0.113.1", "a@example.com", "pass"},
        {"A.1 a", "v=spf1 a -all", "192.0.2.10", "a@example.com", "pass"},
        {"A.1 a, second", "v=spf1 a -all", "192.0.2.11", "a@example.com", "pass"},
        {"A.1 a, not", "v=spf1 a -all", "192.0.2.65", "a@example.com", "fail"},
        {"A.1 a elsewhere", "v=spf1 a:example.org -all", "192.0.2.140", "a@example.com", "fail"},
        {"A.1 mx", "v=spf1 mx -all", "192.0.2.129", "a@example.com", "pass"},
        {"A.1 mx, second", "v=spf1 mx -all", "192.0.2.130", "a@example.com", "pass"},
        {"A.1 mx, not", "v=spf1 mx -all", "192.0.2.10", "a@example.com", "fail"},
        {"A.1 mx elsewhere", "v=spf1 mx:example.org -all", "192.0.2.140", "a@example.com", "pass"},
        {"A.1 both", "v=spf1 mx mx:example.org -all", "192.0.2.140", "a@example.com", "pass"},
        {"A.1 mx/30", "v=spf1 mx/30 mx:example.org/30 -all", "192.0.2.131", "a@example.com", "pass"},
        {"A.1 mx/30 b", "v=spf1 mx/30 mx:example.org/30 -all", "192.0.2.143", "a@example.com", "pass"},
        {"A.1 mx/30 c", "v=spf1 mx/30 mx:example.org/30 -all", "192.0.2.132", "a@example.com", "fail"},
        {"A.1 ptr", "v=spf1 ptr -all", "192.0.2.65", "a@example.com", "pass"},
        {"A.1 ptr, outside", "v=spf1 ptr -all", "192.0.2.140", "a@example.com", "fail"},
        {"A.1 ptr, rogue", "v=spf1 ptr -all", "10.0.0.4", "a@example.com", "fail"},
        {"A.1 ip4", "v=spf1 ip4:192.0.2.128/28 -all", "192.0.2.65", "a@example.com", "fail"},
        {"A.1 ip4 in", "v=spf1 ip4:192.0.2.128/28 -all", "192.0.2.129", "a@example.com", "pass"},
        {"A.3 mobile", "v=spf1 mx include:mobile-users._spf.%{d} include:remote-users._spf.%{d} -all",
         "203.0.113.9", "mary@example.com", "pass"},
        {"A.3 remote", "v=spf1 mx include:mobile-users._spf.%{d} include:remote-users._spf.%{d} -all",
         "192.168.15.15", "joel@example.com", "pass"},
        {"A.3 nobody", "v=spf1 mx include:mobile-users._spf.%{d} include:remote-users._spf.%{d} -all",
         "192.168.15.17", "joel@example.com", "fail"},
        {"A.4 both", "v=spf1 -include:ip4._spf.%{d} -include:ptr._spf.%{d} +all", "192.0.2.65",
         "a@example.com", "pass"},
        {"A.4 other net", "v=spf1 -include:ip4._spf.%{d} -include:ptr._spf.%{d} +all", "10.0.0.4",
         "a@example.com", "fail"},
    };
    CHECK_ROWS(rows);
}

Test(spf, a_record_with_a_mistake_anywhere_is_permerror)
{
    static const char *const records[] = {
        "v=spf1 +all nothing", "v=spf1 +all ip4:1.2.3", "v=spf1 +all ip4:1.2.3.4/33",
        "v=spf1 +all ip4:1.2.3.4/08", "v=spf1 +all ip4", "v=spf1 +all ip6:1.2.3.4",
        "v=spf1 +all ip6:2001:db8::1/129", "v=spf1 +all a/33", "v=spf1 +all a//129",
        "v=spf1 +all a:", "v=spf1 +all a:one", "v=spf1 +all a:x.123", "v=spf1 +all a:x.y-",
        "v=spf1 +all include", "v=spf1 +all include:", "v=spf1 +all exists", "v=spf1 +all all:x.y",
        "v=spf1 +all all/8", "v=spf1 +all ptr/8", "v=spf1 +all redirect=", "v=spf1 +all redirect=one",
        "v=spf1 +all redirect=a.b redirect=c.d", "v=spf1 +all exp=a.b exp=a.b",
        "v=spf1 +all a:%{x}.b", "v=spf1 +all a:%{d0}.b", "v=spf1 +all a:%{d", "v=spf1 +all a:%d.b",
        "v=spf1 +all a:%{d!}.b", "v=spf1 +all a:%{c}.b", "v=spf1 +all a:%{t}", "v=spf1 +all x=%{",
        "v=spf1 +all =x", "v=spf1 +all -", "v=spf1 +all ++a", "v=spf1 +all a:b.c:d",
        "v=spf1 +all x=\tb", "v=spf1 +all a:x.y}", "v=spf1 +all a:x.y%%-", "v=spf1 +all a:%{d}.",
    };
    for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
        const struct row row = {"syntax", records[i], "192.0.2.1", "a@example.com", "permerror"};
        rows_check(&row, 1);
    }
}

Test(spf, forms_that_are_allowed_are_read)
{
    static const struct row rows[] = {
        {"capitals", "V=sPf1 IP4:192.0.2.1 -ALL", "192.0.2.1", "a@example.com", "pass"},
        {"blanks", "v=spf1   ip4:192.0.2.1    -all  ", "192.0.2.1", "a@example.com", "pass"},
        {"nothing", "v=spf1", "192.0.2.1", "a@example.com", "neutral"},
        {"unknown modifier", "v=spf1 what-ever_1.x=%{l} +all", "192.0.2.1", "a@example.com", "pass"},
        {"a modifier with a mechanism's name", "v=spf1 a=none +all", "192.0.2.1", "a@example.com",
         "pass"},
        {"a dot at the end", "v=spf1 a:none.test. -all", "192.0.2.1", "a@example.com", "pass"},
        {"both lengths", "v=spf1 a:six.test/24//64 -all", "192.0.2.77", "a@example.com", "pass"},
        {"the other length alone", "v=spf1 a:six.test//64 -all", "192.0.2.77", "a@example.com",
         "fail"},
        {"length 0", "v=spf1 ip4:10.0.0.0/0 -all", "192.0.2.1", "a@example.com", "pass"},
        {"a macro at the end", "v=spf1 exists:none.%{d1r} -all", "192.0.2.1", "a@example.com",
         "fail"},
        {"softfail", "v=spf1 ~all", "192.0.2.1", "a@example.com", "softfail"},
        {"neutral", "v=spf1 ?all", "192.0.2.1", "a@example.com", "neutral"},
        {"several strings", "", "192.0.2.1", "a@split.test", "pass"},
        {"the first that matches", "v=spf1 ?ip4:192.0.2.1 -ip4:192.0.2.1", "192.0.2.1",
         "a@example.com", "neutral"},
    };
    CHECK_ROWS(rows);
}

Test(spf, a_domain_has_one_record_or_none)
{
    static const struct row rows[] = {
        {"4.5 two", "", "192.0.2.1", "a@two.test", "permerror"},
        {"4.5 others are not ours", "", "192.0.2.1", "a@other.test", "none"},
        {"4.5 none", "", "192.0.2.1", "a@none.test", "none"},
        {"4.3 not there", "", "192.0.2.1", "a@not.there.test", "none"},
        {"4.4 the DNS fails", "", "192.0.2.1", "a@temp.test", "temperror"},
        {"4.4 the DNS is silent", "", "192.0.2.1", "a@slow.test", "temperror"},
        {"4.3 one label", "", "192.0.2.1", "a@localhost", "none"},
        {"4.3 an empty label", "", "192.0.2.1", "a@a..test", "none"},
        {"4.3 a literal", "", "192.0.2.1", "a@[192.0.2.1]", "none"},
        {"2.4 <> is the HELO name", "", "192.0.2.1", "", "none"},
    };
    CHECK_ROWS(rows);
}

Test(spf, include_and_redirect_have_tables_of_their_own)
{
    static const struct row rows[] = {
        {"5.2 pass", "v=spf1 include:pass.test -all", "192.0.2.1", "a@example.com", "pass"},
        {"5.2 fail is no match", "v=spf1 include:fail.test ~all", "192.0.2.1", "a@example.com",
         "softfail"},
        {"5.2 none", "v=spf1 include:none.test -all", "192.0.2.1", "a@example.com", "permerror"},
        {"5.2 temperror", "v=spf1 include:temp.test -all", "192.0.2.1", "a@example.com",
         "temperror"},
        {"5.2 permerror", "v=spf1 include:two.test -all", "192.0.2.1", "a@example.com",
         "permerror"},
        {"6.1 redirect", "v=spf1 redirect=fail.test", "192.0.2.1", "a@example.com", "fail"},
        {"6.1 wherever it stands", "v=spf1 redirect=fail.test ip4:192.0.2.1", "192.0.2.1",
         "a@example.com", "pass"},
        {"6.1 not behind all", "v=spf1 ?all redirect=fail.test", "192.0.2.1", "a@example.com",
         "neutral"},
        {"6.1 none", "v=spf1 redirect=none.test", "192.0.2.1", "a@example.com", "permerror"},
        {"4.6.4 itself", "", "192.0.2.1", "a@self.test", "permerror"},
        {"4.6.4 round", "", "192.0.2.1", "a@round.test", "permerror"},
    };
    CHECK_ROWS(rows);
}

Test(spf, limits_are_those_of_4_6_4)
{
    static const struct row rows[] = {
        {"ten terms", "v=spf1 a a a a a a a a a a +all", "203.0.113.1", "a@example.com", "pass"},
        {"eleven", "v=spf1 a a a a a a a a a a a +all", "203.0.113.1", "a@example.com",
         "permerror"},
        {"eleven, but the first matches", "v=spf1 a a a a a a a a a a a +all", "192.0.2.10",
         "a@example.com", "pass"},
        {"all, ip4 and ip6 are free",
         "v=spf1 ip4:1.1.1.1 ip4:1.1.1.2 ip4:1.1.1.3 ip4:1.1.1.4 ip4:1.1.1.5 ip4:1.1.1.6 "
         "ip4:1.1.1.7 ip4:1.1.1.8 ip4:1.1.1.9 ip6:::1 ip6:::2 +all",
         "203.0.113.1", "a@example.com", "pass"},
        {"two void", "v=spf1 a:x1.test a:x2.test +all", "203.0.113.1", "a@example.com", "pass"},
        {"three void", "v=spf1 a:x1.test a:x2.test exists:x3.test +all", "203.0.113.1",
         "a@example.com", "permerror"},
        {"no data is void too", "v=spf1 mx:none.test mx:six.test mx:pass.test +all", "203.0.113.1",
         "a@example.com", "permerror"},
        {"no name for the client is void in each ptr", "v=spf1 ptr ptr:x.test a:x1.test +all",
         "203.0.113.1", "a@example.com", "permerror"},
        {"and in a macro", "v=spf1 exists:%{p}.x1.test a:x2.test +all", "203.0.113.1",
         "a@example.com", "permerror"},
        {"two ptr", "v=spf1 ptr ptr:x.test +all", "203.0.113.1", "a@example.com", "pass"},
        {"the tenth mail host", "v=spf1 mx:mx11.test -all", "192.0.2.10", "a@example.com", "pass"},
        {"the eleventh", "v=spf1 mx:mx11.test -all", "192.0.2.11", "a@example.com", "permerror"},
    };
    CHECK_ROWS(rows);
}

/* Reverse names that use the time up, and everything else at once. */
static void ask_slowly(struct dns *dns, const struct dns_name *name, enum dns_type type,
                       millis timeout, struct arena *arena, struct dns_answer *answer)
{
    (void)dns, (void)name, (void)arena;
    if (type == DNS_PTR) {
        const struct timespec wait = {.tv_nsec = (timeout + 1) * 1000000};
        (void)nanosleep(&wait, NULL);
        answer->outcome = DNS_AGAIN;
        return;
    }
    static const struct dns_record record = {
        .text = {(const unsigned char *)"v=spf1 ptr -all", 15}};
    answer->at = &record;
    answer->count = 1;
}

Test(spf, names_that_use_up_the_time_are_temperror)
{
    struct arena *arena = arena_new();
    struct dns slow = {.ask = ask_slowly};
    struct spf_question q = question("192.0.2.1", "a@example.com", &slow, arena);
    struct spf_answer a;
    q.together = 20;
    spf_check(&q, &a);
    cr_expect_str_eq(spf_words[a.result], "temperror", "%s", a.why);
    arena_free(arena);
}

Test(spf, each_family_has_its_addresses)
{
    static const struct row rows[] = {
        {"ip6", "v=spf1 ip6:2001:db8::/32 -all", "2001:db8::77", "a@example.com", "pass"},
        {"ip6 for IPv4", "v=spf1 ip6:::/0 -all", "192.0.2.1", "a@example.com", "fail"},
        {"ip4 for IPv6", "v=spf1 ip4:0.0.0.0/0 -all", "2001:db8::77", "a@example.com", "fail"},
        {"mapped is IPv4", "v=spf1 ip4:192.0.2.1 -all", "::ffff:192.0.2.1", "a@example.com", "pass"},
        {"AAAA", "v=spf1 a:six.test -all", "2001:db8::1", "a@example.com", "pass"},
        {"exists is always A", "v=spf1 exists:six.test -all", "2001:db8::2", "a@example.com",
         "pass"},
        {"ptr of nobody", "v=spf1 ptr +all", "2001:db8::2", "a@example.com", "pass"},
    };
    CHECK_ROWS(rows);
}

static span validated_fixed(void *context, span domain)
{
    (void)context;
    (void)domain;
    return SPAN("mx.example.org");
}

Test(spf, macros_expand_as_in_7_4)
{
    static const struct {
        const char *text, *client, *expected;
    } rows[] = {
        {"%{s}", "192.0.2.3", "strong-bad@email.example.com"},
        {"%{o}", "192.0.2.3", "email.example.com"},
        {"%{d}", "192.0.2.3", "email.example.com"},
        {"%{d4}", "192.0.2.3", "email.example.com"},
        {"%{d3}", "192.0.2.3", "email.example.com"},
        {"%{d2}", "192.0.2.3", "example.com"},
        {"%{d1}", "192.0.2.3", "com"},
        {"%{dr}", "192.0.2.3", "com.example.email"},
        {"%{d2r}", "192.0.2.3", "example.email"},
        {"%{l}", "192.0.2.3", "strong-bad"},
        {"%{l-}", "192.0.2.3", "strong.bad"},
        {"%{lr}", "192.0.2.3", "strong-bad"},
        {"%{lr-}", "192.0.2.3", "bad.strong"},
        {"%{l1r-}", "192.0.2.3", "strong"},
        {"%{ir}.%{v}._spf.%{d2}", "192.0.2.3", "3.2.0.192.in-addr._spf.example.com"},
        {"%{lr-}.lp._spf.%{d2}", "192.0.2.3", "bad.strong.lp._spf.example.com"},
        {"%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "192.0.2.3",
         "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"},
        {"%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", "192.0.2.3",
         "3.2.0.192.in-addr.strong.lp._spf.example.com"},
        {"%{d2}.trusted-domains.example.net", "192.0.2.3",
         "example.com.trusted-domains.example.net"},
        {"%{ir}.%{v}._spf.%{d2}", "2001:db8::cb01",
         "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com"},
        {"%{p} %{h} %{r} %{c} %{t}", "192.0.2.3",
         "mx.example.org helo.example.com mx.test 192.0.2.3 1795000000"},
        {"%{c}", "2001:db8::cb01", "2001:db8::cb01"},
        {"%%%_%-", "192.0.2.3", "% %20"},
        {"%{S}", "192.0.2.3", "strong-bad%40email.example.com"},
        {"%{d128}", "192.0.2.3", "email.example.com"},
        {"%{d99999999999999999999}", "192.0.2.3", "email.example.com"},
        {"%{l.-}", "192.0.2.3", "strong.bad"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct address client;
        struct buf out;
        cr_assert(address_parse(span_text(rows[i].client), 0, &client));
        struct spf_macros m = {.sender = SPAN("strong-bad@email.example.com"),
                               .domain = SPAN("email.example.com"), .client = &client,
                               .helo = SPAN("helo.example.com"), .receiver = SPAN("mx.test"),
                               .now = INT64_C(1795000000) * NANOS_PER_SECOND,
                               .validated = validated_fixed};
        buf_init(&out, 4096);
        cr_expect(spf_macro_good(span_text(rows[i].text), true), "%s", rows[i].text);
        spf_macro_put(&m, span_text(rows[i].text), &out);
        cr_expect(span_eq(buf_span(&out), span_text(rows[i].expected)), "%s: %.*s", rows[i].text,
                  SPAN_FMT(buf_span(&out)));
        buf_wipe(&out);
    }
}

Test(spf, a_failure_explains_itself)
{
    static const struct {
        const char *record, *sender, *expected;
    } rows[] = {
        {"", "a@explained.test", "192.0.2.1 is not explained.test at mx.test"},
        {"", "a@moved.test", "192.0.2.1 is not explained.test at mx.test"},
        {"v=spf1 include:explained.test -all", "a@example.com", "See http://www.open-spf.org/Why"},
        {"v=spf1 -all exp=not.there.test", "a@example.com", "See http://www.open-spf.org/Why"},
        {"v=spf1 ~all exp=why.explained.test", "a@example.com", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new();
        struct dns *dns = zone_with(rows[i].record, arena);
        struct spf_question q = question("192.0.2.1", rows[i].sender, dns, arena);
        struct spf_answer a;
        spf_check(&q, &a);
        cr_expect(span_eq(a.explanation, span_text(rows[i].expected)), "%zu: %.*s", i,
                  SPAN_FMT(a.explanation));
        dns_close(dns);
        arena_free(arena);
    }
}

Test(spf, guessing_is_for_domains_without_a_record)
{
    struct arena *arena = arena_new();
    struct dns *dns = zone_with("", arena);
    struct spf_answer a;
    struct spf_question q = question("192.0.2.7", "a@none.test", dns, arena);
    q.guess = SPAN("v=spf1 a/24 mx/24 ptr ?all");
    spf_check(&q, &a);
    cr_expect(a.result == SPF_IS_PASS && a.guessed);
    q.sender = SPAN("a@fail.test");
    spf_check(&q, &a);
    cr_expect(a.result == SPF_IS_FAIL && !a.guessed);
    q.sender = SPAN("a@moved.test");
    q.client = question("192.0.2.7", "", dns, arena).client;
    spf_check(&q, &a);
    cr_expect(a.result == SPF_IS_FAIL && !a.guessed, "what redirect leads to is not guessed");
    dns_close(dns);
    arena_free(arena);
}

Test(spf, received_spf_has_the_form_of_9_1)
{
    struct arena *arena = arena_new();
    struct dns *dns = zone_with("v=spf1 ip4:192.0.2.0/24 -all", arena);
    struct spf_question q = question("192.0.2.1", "a\"b(@example.com", dns, arena);
    struct spf_answer a;
    struct buf out;
    buf_init(&out, 4096);
    spf_check(&q, &a);
    spf_received_put(&q, &a, &out);
    span expected = SPAN(
        "Received-SPF: pass (mx.test: domain of a\"b\\(@example.com designates 192.0.2.1\n"
        " as permitted sender) client-ip=192.0.2.1; envelope-from=\"a\\\"b(@example.com\";\n"
        " helo=helo.example.com; receiver=mx.test; identity=mailfrom;\n"
        " mechanism=\"ip4:192.0.2.0/24\";");
    cr_expect(span_eq(buf_span(&out), expected), "%.*s", SPAN_FMT(buf_span(&out)));
    buf_clear(&out);
    q.sender = SPAN_EMPTY;
    q.helo = SPAN("two.test");
    spf_check(&q, &a);
    spf_received_put(&q, &a, &out);
    cr_expect(span_has(buf_span(&out), SPAN("permerror")) &&
              span_has(buf_span(&out), SPAN("envelope-from=\"postmaster@two.test\"")) &&
              span_has(buf_span(&out), SPAN("problem=\"the domain has several records\"")) &&
              span_has(buf_span(&out), SPAN("identity=helo")), "%.*s", SPAN_FMT(buf_span(&out)));
    buf_wipe(&out);
    dns_close(dns);
    arena_free(arena);
}

/* 9.1: not excessively long, and in the grammar, whatever the sender and the record are made of. */
Test(spf, received_spf_has_lines_that_can_be_sent)
{
    struct arena *arena = arena_new();
    const char *word = arena_printf(arena, "v=spf1 exists:%0*d.example.com ?all", 900, 0);
    struct dns *dns = zone_with("v=spf1 ip4:203.0.113.1", arena);
    struct spf_question q = question("192.0.2.1", "a@example.com", dns, arena);
    struct spf_answer a;
    struct buf out;
    span rest, line;
    buf_init(&out, 8192);
    q.helo = SPAN("two..dots");
    spf_check(&q, &a);
    spf_received_put(&q, &a, &out);
    cr_expect(span_has(buf_span(&out), SPAN("helo=\"two..dots\";")));
    cr_expect(span_has(buf_span(&out), SPAN("mechanism=default;")));
    a.mechanism = span_from(span_text(word), strlen("v=spf1 "));
    q.helo = span_text(arena_printf(arena, "%0*d", 500, 0));
    q.receiver = span_text(arena_printf(arena, "%0*d", 250, 0));
    buf_clear(&out);
    spf_received_put(&q, &a, &out);
    rest = buf_span(&out);
    for (bool more = true; more;) {
        more = span_split(rest, '\n', &line, &rest);
        cr_expect(line.len <= 600, "%zu", line.len);
    }
    buf_wipe(&out);
    dns_close(dns);
    arena_free(arena);
}

Test(spf, u_labels_are_asked_for_as_a_labels)
{
    static const struct row rows[] = {
        {"4.3", "", "192.0.2.1", "a@b\xc3\xbc" "cher.test", "fail"},
        {"4.3 capitals", "", "192.0.2.1", "a@B\xc3\x9c" "CHER.test", "fail"},
        {"4.3 in the local part they stay", "v=spf1 exists:%{l}.%{d} ~all", "192.0.2.1",
         "b\xc3\xbc" "cher@example.com", "softfail"},
        {"4.3 no UTF-8", "", "192.0.2.1", "a@b\xff.test", "none"},
    };
    CHECK_ROWS(rows);
}

/* A record of 64 KB, and one whose macros grow: bounded, and an error. */
Test(spf, what_is_too_much_is_permerror_or_no_match)
{
    struct arena *arena = arena_new();
    struct spf_record record;
    const char *why;
    unsigned char *at = arena_take(arena, 65535);
    memset(at, ' ', 65535);
    memcpy(at, "v=spf1", 6);
    cr_expect(!spf_record_read(span_of(at, 65535), arena, &record, &why));
    struct buf text;
    buf_init(&text, 20000);
    buf_put_text(&text, "v=spf1 exists:");
    while (text.len < 4000) {
        buf_put_text(&text, "%{S}");
    }
    buf_put_text(&text, ".x.test -all");
    cr_expect(spf_record_read(buf_span(&text), arena, &record, &why));
    buf_wipe(&text);
    arena_free(arena);
}
