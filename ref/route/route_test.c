/* Which router runs, in which order it is asked what, and what follows from its answer. */
#include "ref/route/testing.h"

#include <criterion/criterion.h>

static const char zone[] = "a.ex. A 192.0.2.1\n";

#define TAKES " driver = accept\n transport = file\n"
#define LAST "last:\n driver = accept\n transport = smtp\n"
/* Names the router, and shows a text, without a transport of its own. */
#define SHOW(text) " driver = redirect\n data = " text "\n"

struct options_row {
    const char *label, *options, *address, *want;
};

static void expect_all(const struct options_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct bench b;
        char conf[2048];
        (void)snprintf(conf, sizeof conf, "domainlist local = a.ex : b.ex\n"
                       "begin routers\nr:\n%s", rows[i].options);
        bench_open(&b, conf, zone);
        const char *got = bench_route(&b, rows[i].address);
        cr_expect(strcmp(got, rows[i].want) == 0, "%s: got \"%s\", want \"%s\"", rows[i].label, got,
                  rows[i].want);
        bench_close(&b);
    }
}
#define EXPECT_ALL(rows) expect_all((rows), sizeof(rows) / sizeof *(rows))

Test(route, preconditions)
{
    static const struct options_row rows[] = {
        {"none", TAKES, "u@a.ex", "to file"},
        {"domains", TAKES " domains = +local\n" LAST, "u@b.ex", "to file"},
        {"domains, not", TAKES " domains = +local\n" LAST, "u@c.ex", "to smtp"},
        {"domains, capitals", TAKES " domains = +local\n" LAST, "u@B.EX", "to file"},
        {"domains, forced", TAKES " domains = ${if eq{a}{b}{x}fail}\n" LAST, "u@b.ex", "to smtp"},
        {"domains, broken", TAKES " domains = ${lookup{a}lsearch{/nonexistent}}\n" LAST, "u@b.ex",
         "defer: domains check lookup or other defer"},
        {"local_parts", TAKES " local_parts = ann : bob\n" LAST, "Bob@a.ex", "to file"},
        {"local_parts, not", TAKES " local_parts = ann : bob\n" LAST, "joe@a.ex", "to smtp"},
        {"local_parts with capitals", TAKES " caseful_local_part\n local_parts = ann\n" LAST,
         "Ann@a.ex", "to smtp"},
        {"local_parts, broken", TAKES " local_parts = ${lookup{a}lsearch{/nonexistent}}\n" LAST,
         "u@b.ex", "defer: local_parts check lookup or other defer"},
        {"quoted local part", TAKES " local_parts = a b\n" LAST, "\"a b\"@a.ex", "to file"},
        {"senders", TAKES " senders = *@from.ex\n" LAST, "u@a.ex", "to file"},
        {"senders, not", TAKES " senders = *@other.ex\n" LAST, "u@a.ex", "to smtp"},
        {"condition", TAKES " condition = ${if eq{$domain}{a.ex}}\n" LAST, "u@a.ex", "to file"},
        {"condition is false", TAKES " condition = no\n" LAST, "u@a.ex", "to smtp"},
        {"condition is empty", TAKES " condition = ${if eq{a}{b}{x}}\n" LAST, "u@a.ex", "to smtp"},
        {"condition is any text", TAKES " condition = perhaps\n" LAST, "u@a.ex", "to file"},
        {"conditions, all of them", TAKES " condition = yes\n condition = 0\n" LAST, "u@a.ex",
         "to smtp"},
        {"condition is broken", TAKES " condition = ${lookup{a}lsearch{/nonexistent}}\n" LAST,
         "u@a.ex", "defer: condition check lookup defer"},
        {"prefix", TAKES " local_part_prefix = real-\n local_parts = ann\n" LAST, "real-ann@a.ex",
         "to file"},
        {"prefix is missing", TAKES " local_part_prefix = real-\n" LAST, "ann@a.ex", "to smtp"},
        {"prefix is optional", TAKES " local_part_prefix = real-\n local_part_prefix_optional\n"
         " local_parts = ann\n" LAST, "ann@a.ex", "to file"},
        {"suffix", TAKES " local_part_suffix = +*\n local_parts = ann\n" LAST, "ann+x@a.ex",
         "to file"},
        {"both, one is missing", TAKES " local_part_prefix = p-\n local_part_suffix = -s\n" LAST,
         "p-ann@a.ex", "to smtp"},
        {"check_local_user", TAKES " check_local_user\n" LAST, "root@a.ex", "to file"},
        {"check_local_user, nobody", TAKES " check_local_user\n" LAST, "no-such-user@a.ex",
         "to smtp"},
        {"require_files", TAKES " require_files = /etc/passwd : !/nonexistent\n" LAST, "u@a.ex",
         "to file"},
        {"require_files, missing", TAKES " require_files = /nonexistent\n" LAST, "u@a.ex",
         "to smtp"},
        {"require_files, there", TAKES " require_files = !/etc/passwd\n" LAST, "u@a.ex", "to smtp"},
        {"require_files of a peer", TAKES " require_files = /tmp/$local_part\n" LAST, "u@a.ex",
         "defer: require_files: Tainted name '/tmp/u' for file not permitted"},
        {"verify_only does not deliver", TAKES " verify_only\n" LAST, "u@a.ex", "to smtp"},
        {"a driver that declines", " driver = redirect\n data =\n" LAST, "u@a.ex", "to smtp"},
        {"and no_more", " driver = redirect\n data =\n no_more\n" LAST, "u@a.ex",
         "fail: Unrouteable address"},
        {"more is skipped with the router", TAKES " domains = x.ex\n no_more\n" LAST, "u@a.ex",
         "to smtp"},
        {"more is expanded", " driver = redirect\n data =\n more = ${if eq{$domain}{a.ex}{no}{yes}}\n"
         LAST, "u@a.ex", "fail: Unrouteable address"},
        {"more is broken", " driver = redirect\n data =\n more = perhaps$domain\n" LAST, "u@a.ex",
         "defer: \"perhapsa.ex\" is not a valid value for the \"more\" option"},
        {"cannot_route_message", TAKES " domains = x.ex\n cannot_route_message = not $local_part\n",
         "u@a.ex", "fail: not u"},
        {"cannot_route_message of the last router", TAKES " domains = x.ex\n"
         " cannot_route_message = not here\nm:\n" TAKES " domains = x.ex\n", "u@a.ex",
         "fail: Unrouteable address"},
        {"cannot_route_message is broken", TAKES " domains = x.ex\n"
         " cannot_route_message = ${lookup{a}lsearch{/nonexistent}}\n", "u@a.ex",
         "fail: Unrouteable address"},
    };
    EXPECT_ALL(rows);
}

/* What one option sets is there for the next one in the order of the manual. */
Test(route, variables)
{
    static const struct options_row rows[] = {
        {"address", SHOW("$local_part-$domain@x.ex"), "Ann@A.ex", "children ann-a.ex@x.ex"},
        {"caseful", " caseful_local_part\n" SHOW("$local_part@x.ex"), "Ann@A.ex",
         "children Ann@x.ex"},
        {"affixes", " local_part_prefix = p-\n local_part_suffix = -s\n"
         SHOW("$local_part_prefix.$local_part.$local_part_suffix.x@x.ex"), "p-ann-s@a.ex",
         "children p-.ann.-s.x@x.ex"},
        {"original", SHOW("$original_local_part-$original_domain@x.ex"), "p-Ann@A.ex",
         "children p-Ann-a.ex@x.ex"},
        {"local_part_data", " local_parts = ann\n" SHOW("d-$local_part_data@x.ex"), "ann@a.ex",
         "children d-ann@x.ex"},
        {"domain_data", " domains = +local\n" SHOW("d-$domain_data@x.ex"), "ann@a.ex",
         "children d-a.ex@x.ex"},
        {"home of a user", " check_local_user\n" SHOW("${if eq{$home}{/root}{yes}{no}}@x.ex"),
         "root@a.ex", "children yes@x.ex"},
        {"router_home_directory comes first", " check_local_user\n router_home_directory = /h\n"
         SHOW("${if eq{$home}{/h}{yes}{no}}@x.ex"), "root@a.ex", "children yes@x.ex"},
        {"condition sees home", " check_local_user\n condition = ${if eq{$home}{/root}}\n"
         SHOW("ok@x.ex"), "root@a.ex", "children ok@x.ex"},
        {"address_data", " address_data = d-$local_part\n" SHOW("$address_data@x.ex"), "u@a.ex",
         "children d-u@x.ex"},
        {"address_data is kept for later routers", " driver = redirect\n address_data = kept\n"
         " data =\ns:\n" SHOW("$address_data@x.ex"), "u@a.ex", "children kept@x.ex"},
        {"address_data forced to fail declines", " driver = redirect\n data = no@x.ex\n"
         " address_data = ${if eq{a}{b}{x}fail}\ns:\n" SHOW("yes@x.ex"), "u@a.ex",
         "children yes@x.ex"},
        {"set", " set = r_one = 1$local_part\n set = r_two = $r_one=2\n"
         SHOW("${sg{$r_two}{=}{-}}@x.ex"), "u@a.ex", "children 1u-2@x.ex"},
        {"router's name", SHOW("$router_name@x.ex"), "u@a.ex", "children r@x.ex"},
        {"sender", SHOW("$sender_address_local_part@x.ex"), "u@a.ex", "children sender@x.ex"},
    };
    EXPECT_ALL(rows);
}

Test(route, transports)
{
    static const struct options_row rows[] = {
        {"by expansion", " driver = accept\n transport = ${if eq{$domain}{a.ex}{file}{smtp}}\n",
         "u@a.ex", "to file"},
        {"a peer's word is no name", " driver = accept\n transport = $local_part\n", "file@a.ex",
         "defer: internal configuration error"},
        {"none of that name", " driver = accept\n transport = x${if eq{a}{a}{y}}\n", "u@a.ex",
         "defer: transport \"xy\" not found in r router"},
        {"headers_add is broken", TAKES " headers_add = X: ${lookup{a}lsearch{/nonexistent}}\n",
         "u@a.ex", "defer: r router failed to expand add_headers item "
         "\"X: ${lookup{a}lsearch{/nonexistent}}\": failed to open /nonexistent for linear search: "
         "No such file or directory"},
        {"user is not there", TAKES " user = nosuch${if eq{a}{a}{x}}\n", "u@a.ex",
         "defer: failed to find user \"nosuchx\" for r router"},
    };
    EXPECT_ALL(rows);
}

static void expect_span(span got, const char *want, const char *what)
{
    cr_expect(span_eq(got, span_text(want)), "%s: \"%.*s\"", what, SPAN_FMT(got));
}

Test(route, what_is_left_with_the_address)
{
    struct bench b;
    bench_open(&b, "begin routers\nr:\n driver = accept\n transport = file\n user = root\n"
               " headers_add = X-One: $local_part\\nX-Two: 2\n headers_add = X-Three: 3\\n\n"
               " headers_add = ${if eq{a}{b}{x}fail}\n headers_remove = A : B\n"
               " headers_remove = C\n errors_to = err@a.ex\n address_data = $local_part\n"
               " transport_home_directory = /h/$domain\n transport_current_directory = /c\n"
               " dsn_lasthop\n initgroups\n", zone);
    cr_assert_str_eq(bench_route(&b, "Ann@a.ex"), "to file");
    const struct delivery_address *a = b.last;
    cr_assert_eq(a->headers_add.count, 2);
    expect_span(a->headers_add.at[0], "X-One: ann\nX-Two: 2\n", "headers_add");
    expect_span(a->headers_add.at[1], "X-Three: 3\n", "headers_add");
    cr_assert_eq(a->headers_remove.count, 3);
    expect_span(a->headers_remove.at[1], "B", "headers_remove");
    expect_span(a->headers_remove.at[2], "C", "headers_remove");
    cr_expect(a->has_errors_to && a->last_hop && a->all_groups);
    expect_span(a->errors_to, "err@a.ex", "errors_to");
    expect_span(a->address_data, "ann", "address_data");
    cr_expect(a->address_data_tainted, "the peer wrote it");
    expect_span(a->home, "/h/a.ex", "home");
    expect_span(a->directory, "/c", "directory");
    cr_expect(a->has_user && a->uid == 0 && a->has_group && a->gid == 0);
    cr_expect_str_eq(a->router->name, "r");
    bench_close(&b);
}

Test(route, errors_to_has_to_be_an_address_that_works)
{
    struct bench b;
    bench_open(&b, "begin routers\nr:\n driver = accept\n transport = file\n domains = a.ex\n"
               " errors_to = ${if eq{$local_part}{n}{<>}{$local_part@${if eq{$local_part}{bad}"
               "{gone.ex}{a.ex}}}}\n", zone);
    (void)bench_route(&b, "good@a.ex");
    cr_expect(b.last->has_errors_to);
    expect_span(b.address.local_part, "good", "verification leaves the variables alone");
    (void)bench_route(&b, "bad@a.ex");
    cr_expect(!b.last->has_errors_to, "reports would go nowhere");
    (void)bench_route(&b, "n@a.ex");
    cr_expect(b.last->has_errors_to && b.last->errors_to.len == 0, "<> is the null sender");
    bench_close(&b);
}

Test(route, errors_to_takes_what_has_no_sender)
{
    struct bench b;
    bench_open(&b, "begin routers\nr:\n driver = accept\n local_parts = u\n errors_to = e@a.ex\n"
               " transport = file\nbounces:\n driver = accept\n senders = :\n transport = file\n", zone);
    (void)bench_route(&b, "u@a.ex");
    cr_expect(b.last->has_errors_to);
    bench_close(&b);
}

Test(route, unseen_goes_on)
{
    struct bench b;
    bench_open(&b, "begin routers\none:\n driver = accept\n transport = file\n unseen\n"
               " headers_add = X: y\n errors_to = e@a.ex\n address_data = d\n"
               "two:\n driver = redirect\n data = x@a.ex\n local_parts = u\n unseen = yes\n"
               "three:\n driver = accept\n transport = smtp\n", zone);
    cr_expect_str_eq(bench_route(&b, "u@a.ex"), "to file; goes on as u@a.ex");
    struct delivery_address *copy = b.outcome.children[0];
    cr_expect(b.outcome.unseen && !b.outcome.sole_child);
    cr_expect(copy->headers_add.count == 0 && !copy->has_errors_to, "nothing of it sticks");
    expect_span(copy->address_data, "d", "but the data");
    cr_expect_str_eq(bench_route_of(&b, copy), "children; goes on as u@a.ex, x@a.ex");
    cr_expect(b.outcome.sole_child, "one child beside the copy");
    cr_expect_str_eq(bench_route_of(&b, b.outcome.children[0]), "to smtp");
    bench_close(&b);
}

Test(route, behind_the_last_router_there_is_none)
{
    struct bench b;
    bench_open(&b, "begin routers\none:\n driver = accept\n transport = file\n unseen\n", zone);
    cr_expect_str_eq(bench_route(&b, "u@a.ex"), "to file");
    cr_expect(!b.outcome.unseen);
    bench_close(&b);
}

Test(route, purposes)
{
    static const struct {
        const char *label, *options;
        bool deliver, recipient, sender, test, expn;
    } rows[] = {
        {"as it comes", "", true, true, true, true, true},
        {"no_verify", " no_verify\n", true, false, false, true, true},
        {"no_verify_sender", " no_verify_sender\n", true, true, false, true, true},
        {"verify_only", " verify_only\n", false, true, true, false, false},
        {"no_address_test", " no_address_test\n", true, true, true, false, true},
        {"no_expn", " no_expn\n", true, true, true, true, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct bench b;
        char conf[256];
        (void)snprintf(conf, sizeof conf, "begin routers\nr:\n" TAKES "%s", rows[i].options);
        bench_open(&b, conf, zone);
        const struct {
            enum route_purpose purpose;
            bool runs;
        } all[] = {{ROUTE_DELIVER, rows[i].deliver}, {ROUTE_VERIFY_RECIPIENT, rows[i].recipient},
                   {ROUTE_VERIFY_SENDER, rows[i].sender}, {ROUTE_TEST, rows[i].test},
                   {ROUTE_EXPN, rows[i].expn}};
        for (size_t p = 0; p < sizeof all / sizeof *all; p++) {
            b.round.purpose = all[p].purpose;
            (void)bench_route(&b, "u@a.ex");
            cr_expect_eq(b.outcome.end, all[p].runs ? ROUTE_TO_TRANSPORT : ROUTE_FAIL,
                         "%s, purpose %u", rows[i].label, (unsigned)all[p].purpose);
        }
        bench_close(&b);
    }
}

Test(route, addresses_that_are_none)
{
    struct bench b;
    bench_open(&b, "begin routers\nr:\n" TAKES, zone);
    cr_expect(strncmp(bench_route(&b, "nobody"), "malformed: ", 11) == 0);
    cr_expect(strncmp(bench_route(&b, ""), "malformed: ", 11) == 0);
    cr_expect(strncmp(bench_route(&b, "a@b@c"), "malformed: ", 11) == 0);
    bench_close(&b);
}

Test(route, no_routers)
{
    struct bench b;
    bench_open(&b, "", zone);
    cr_expect_str_eq(bench_route(&b, "u@a.ex"), "fail: Unrouteable address");
    bench_close(&b);
}
