/* The same questions of SPF to ref/seal and to libspf2, over one zone. A row whose answers differ says
   what libspf2 answers and which clause of RFC 7208 decides. */
#include "ref/seal/spf.h"

#include "base/check.h"

#include <netdb.h>
#include <netinet/in.h>
#include <arpa/nameser.h>
#include <spf2/spf.h>
#include <spf2/spf_dns_zone.h>
#include <stdio.h>

/* Name, type, data; without data the DNS fails for it. The zone of libspf2 has no preferences of MX. */
static const struct {
    const char *name, *type, *data;
} zone[] = {
    {"all.test", "TXT", "v=spf1 +all"}, {"none.test", "A", "192.0.2.1"},
    {"fail.test", "TXT", "v=spf1 -all"}, {"soft.test", "TXT", "v=spf1 ~all"},
    {"neutral.test", "TXT", "v=spf1 ?all"}, {"empty.test", "TXT", "v=spf1"},
    {"ip4.test", "TXT", "v=spf1 ip4:192.0.2.0/25 -all"},
    {"ip6.test", "TXT", "v=spf1 ip6:2001:db8::/48 -all"},
    {"a.test", "TXT", "v=spf1 a -all"}, {"a.test", "A", "192.0.2.1"}, {"a.test", "AAAA", "2001:db8::1"},
    {"acidr.test", "TXT", "v=spf1 a:a.test/28//64 -all"},
    {"mx.test", "TXT", "v=spf1 mx -all"}, {"mx.test", "MX", "mail.test"},
    {"mail.test", "A", "192.0.2.2"},
    {"include.test", "TXT", "v=spf1 include:ip4.test ~all"},
    {"includenone.test", "TXT", "v=spf1 include:none.test ~all"},
    {"redirect.test", "TXT", "v=spf1 redirect=ip4.test"},
    {"redirectnone.test", "TXT", "v=spf1 redirect=none.test"},
    {"exists.test", "TXT", "v=spf1 exists:%{ir}.%{l1r-}.x.test -all"},
    {"1.2.0.192.blue.x.test", "A", "127.0.0.2"},
    {"two.test", "TXT", "v=spf1 +all"}, {"two.test", "TXT", "v=spf1 -all"},
    {"other.test", "TXT", "v=spf10 +all"},
    {"syntax.test", "TXT", "v=spf1 ip4:192.0.2.0/33 +all"},
    {"late.test", "TXT", "v=spf1 +all nonsense"},
    {"lengthzeros.test", "TXT", "v=spf1 ip4:192.0.2.0/024 -all"},
    {"modifier.test", "TXT", "v=spf1 x-y_z.1=any +all"},
    {"twice.test", "TXT", "v=spf1 redirect=all.test redirect=fail.test"},
    {"toplabel.test", "TXT", "v=spf1 a:example.123 +all"},
    {"zerodigit.test", "TXT", "v=spf1 exists:%{d0}.x.test +all"},
    {"exponly.test", "TXT", "v=spf1 exists:%{t}.x.test +all"},
    {"capitals.test", "TXT", "V=SPF1 IP4:192.0.2.0/25 -ALL"},
    {"down.test", "TXT", NULL}, {"below.test", "TXT", "v=spf1 a:downa.test +all"},
    {"downa.test", "A", NULL},
    {"ten.test", "TXT", "v=spf1 a:mail.test a:mail.test a:mail.test a:mail.test a:mail.test "
     "a:mail.test a:mail.test a:mail.test a:mail.test a:mail.test +all"},
    {"eleven.test", "TXT", "v=spf1 a:mail.test a:mail.test a:mail.test a:mail.test a:mail.test "
     "a:mail.test a:mail.test a:mail.test a:mail.test a:mail.test a:mail.test +all"},
    {"loop.test", "TXT", "v=spf1 include:loop.test +all"},
    {"void.test", "TXT", "v=spf1 a:n1.test a:n2.test a:n3.test +all"},
    {"sub.a.test", "TXT", "v=spf1 a:%{d2} -all"},
};

static const struct {
    const char *client, *sender, *theirs, *why; /* NULL: both say the same */
} rows[] = {
    {"192.0.2.1", "u@all.test", NULL, NULL},
    {"192.0.2.1", "u@fail.test", NULL, NULL},
    {"192.0.2.1", "u@soft.test", NULL, NULL},
    {"192.0.2.1", "u@neutral.test", NULL, NULL},
    {"192.0.2.1", "u@empty.test", NULL, NULL},
    {"192.0.2.1", "u@none.test", NULL, NULL},
    {"192.0.2.1", "u@nothing.test", NULL, NULL},
    {"192.0.2.1", "u@other.test", NULL, NULL},
    {"192.0.2.1", "u@ip4.test", NULL, NULL},
    {"192.0.2.200", "u@ip4.test", NULL, NULL},
    {"2001:db8::7", "u@ip4.test", NULL, NULL},
    {"2001:db8::7", "u@ip6.test", NULL, NULL},
    {"2001:db9::7", "u@ip6.test", NULL, NULL},
    {"192.0.2.1", "u@a.test", NULL, NULL},
    {"192.0.2.2", "u@a.test", NULL, NULL},
    {"2001:db8::1", "u@a.test", NULL, NULL},
    {"192.0.2.15", "u@acidr.test", NULL, NULL},
    {"192.0.2.16", "u@acidr.test", NULL, NULL},
    {"2001:db8::ffff", "u@acidr.test", NULL, NULL},
    {"192.0.2.2", "u@mx.test", NULL, NULL},
    {"192.0.2.3", "u@mx.test", NULL, NULL},
    {"192.0.2.1", "u@include.test", NULL, NULL},
    {"192.0.2.200", "u@include.test", NULL, NULL},
    {"192.0.2.1", "u@includenone.test", NULL, NULL},
    {"192.0.2.1", "u@redirect.test", NULL, NULL},
    {"192.0.2.200", "u@redirect.test", NULL, NULL},
    {"192.0.2.1", "u@redirectnone.test", NULL, NULL},
    {"192.0.2.1", "red-blue@exists.test", NULL, NULL},
    {"192.0.2.1", "blue-red@exists.test", NULL, NULL},
    {"192.0.2.1", "u@two.test", NULL, NULL},
    {"192.0.2.1", "u@syntax.test", "(invalid)",
     "an error there, not a result: RFC 7208 4.6 has permerror"},
    {"192.0.2.1", "u@late.test", "(invalid)",
     "an error there, not a result: RFC 7208 4.6 has permerror"},
    {"192.0.2.1", "u@lengthzeros.test", "pass",
     "RFC 7208 12: a length has no zeros in front"},
    {"192.0.2.1", "u@modifier.test", "(invalid)",
     "RFC 7208 12: a name may hold digits and dots; 6: unknown ones are ignored"},
    {"192.0.2.1", "u@twice.test", "pass",
     "RFC 7208 6: redirect MUST NOT appear twice, which is permerror"},
    {"192.0.2.1", "u@toplabel.test", "pass",
     "RFC 7208 12: toplabel has a letter"},
    {"192.0.2.1", "u@zerodigit.test", "(invalid)",
     "an error there, not a result: RFC 7208 4.6 has permerror"},
    {"192.0.2.1", "u@exponly.test", "(invalid)",
     "an error there, not a result: RFC 7208 4.6 has permerror"},
    {"192.0.2.1", "u@capitals.test", NULL, NULL},
    {"192.0.2.1", "u@down.test", "(invalid)",
     "an error there, not a result: RFC 7208 4.4 has temperror"},
    {"192.0.2.1", "u@below.test", NULL, NULL},
    {"192.0.2.1", "u@ten.test", NULL, NULL},
    {"192.0.2.1", "u@eleven.test", NULL, NULL},
    {"192.0.2.1", "u@loop.test", NULL, NULL},
    {"192.0.2.1", "u@void.test", "pass",
     "RFC 7208 4.6.4: libspf2 has no limit on void lookups"},
    {"192.0.2.1", "u@sub.a.test", NULL, NULL},
    {"192.0.2.1", "", NULL, NULL},
};

static ns_type type_of(const char *word)
{
    return strcmp(word, "A") == 0      ? ns_t_a
           : strcmp(word, "AAAA") == 0 ? ns_t_aaaa
           : strcmp(word, "MX") == 0   ? ns_t_mx
                                       : ns_t_txt;
}

static SPF_server_t *theirs_open(SPF_dns_server_t *dns)
{
    CHECK(dns != NULL);
    for (size_t i = 0; i < sizeof zone / sizeof *zone; i++) {
        bool fails = zone[i].data == NULL;
        CHECK(SPF_dns_zone_add_str(dns, zone[i].name, type_of(zone[i].type),
                                   fails ? TRY_AGAIN : NETDB_SUCCESS,
                                   fails ? NULL : zone[i].data) == SPF_E_SUCCESS);
    }
    SPF_server_t *server = SPF_server_new_dns(dns, 0);
    CHECK(server != NULL && SPF_server_set_rec_dom(server, "mx.example") == SPF_E_SUCCESS);
    return server;
}

static const char *theirs(SPF_server_t *server, const char *client, const char *sender)
{
    SPF_response_t *response = NULL;
    SPF_request_t *request = SPF_request_new(server);
    bool six = strchr(client, ':') != NULL;
    CHECK((six ? SPF_request_set_ipv6_str(request, client)
               : SPF_request_set_ipv4_str(request, client)) == SPF_E_SUCCESS);
    SPF_request_set_helo_dom(request, "all.test");
    SPF_request_set_env_from(request, sender);
    (void)SPF_request_query_mailfrom(request, &response);
    const char *word = SPF_strresult(SPF_response_result(response));
    SPF_response_free(response);
    SPF_request_free(request);
    return word;
}

static struct dns *ours_open(struct arena *arena)
{
    struct buf text;
    struct dns *dns;
    buf_init(&text, 65536);
    for (size_t i = 0; i < sizeof zone / sizeof *zone; i++) {
        bool txt = strcmp(zone[i].type, "TXT") == 0, mx = strcmp(zone[i].type, "MX") == 0;
        if (zone[i].data == NULL) {
            buf_printf(&text, "%s SERVFAIL\n", zone[i].name);
        } else {
            buf_printf(&text, "%s %s %s%s%s%s\n", zone[i].name, zone[i].type, mx ? "10 " : "",
                       txt ? "\"" : "", zone[i].data, txt ? "\"" : "");
        }
    }
    CHECK(!failed(dns_open_zone(buf_span(&text), "zone", arena, &dns)));
    buf_wipe(&text);
    return dns;
}

static const char *ours(struct dns *dns, const char *client, const char *sender,
                        struct arena *arena)
{
    struct spf_question q = {.helo = SPAN("all.test"), .sender = span_text(sender),
                             .receiver = SPAN("mx.example"), .guess = SPAN_EMPTY,
                             .explanation = SPAN_EMPTY, .dns = dns, .together = 5000,
                             .arena = arena};
    struct spf_answer a;
    CHECK(address_parse(span_text(client), 0, &q.client));
    spf_check(&q, &a);
    return spf_words[a.result];
}

int main(void)
{
    struct arena *arena = arena_new();
    struct dns *dns = ours_open(arena);
    SPF_dns_server_t *names = SPF_dns_zone_new(NULL, "zone", 0);
    SPF_server_t *server = theirs_open(names);
    unsigned wrong = 0, differ = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *a = ours(dns, rows[i].client, rows[i].sender, arena);
        const char *b = theirs(server, rows[i].client, rows[i].sender);
        const char *expected = rows[i].theirs != NULL ? rows[i].theirs : a;
        differ += strcmp(a, b) != 0;
        if (strcmp(b, expected) != 0 || (rows[i].theirs != NULL && strcmp(a, b) == 0)) {
            printf("%s <%s>: refmta says %s, libspf2 says %s; the table expects %s of it\n",
                   rows[i].client, rows[i].sender, a, b, expected);
            wrong++;
        } else if (rows[i].theirs != NULL) {
            printf("%s <%s>: refmta %s, libspf2 %s: %s\n", rows[i].client, rows[i].sender, a, b,
                   rows[i].why);
        }
    }
    printf("%zu questions, %u answers differ, %u of them not as explained\n",
           sizeof rows / sizeof *rows, differ, wrong);
    SPF_server_free(server);
    SPF_dns_free(names);
    dns_close(dns);
    arena_free(arena);
    return wrong > 0;
}
