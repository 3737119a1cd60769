/* What ACLs are told of addresses. */
#include "ref/route/testing.h"

#include <criterion/criterion.h>

static const char zone[] = "a.ex. A 192.0.2.1\nnull.ex. MX 0 .\nslow.ex. TIMEOUT\n";

static const char routers[] =
    "begin routers\n"
    "codes:\n driver = redirect\n local_parts = moved : wrong : later\n allow_fail\n allow_defer\n"
    " data = ${if eq{$local_part}{moved}{:fail: 551 5.1.6 moved}"
    "{${if eq{$local_part}{wrong}{:fail: 451 no}{:defer: 450 4.2.1 wait}}}}\n"
    "alias:\n driver = redirect\n local_parts = one : two : bad : file : loop : gone\n"
    " data = ${extract{$local_part}{one=ann@a.ex two=\"x@gone.ex, y@gone.ex\" bad=x@gone.ex "
    "file=/x gone=:blackhole: loop=loop@a.ex}}\n"
    "refuses:\n driver = accept\n local_parts = refused\n fail_verify_recipient\n transport = file\n"
    "user:\n driver = accept\n local_parts = ann : loop\n domains = a.ex\n transport = file\n"
    " address_data = data of $local_part\n"
    "dns:\n driver = dnslookup\n domains = null.ex : slow.ex : gone.ex\n transport = smtp\n"
    " no_more\n";

Test(verify, addresses)
{
    static const struct {
        const char *label, *address;
        enum acl_verified recipient;
        const char *why;
    } rows[] = {
        {"routed", "ann@a.ex", ACL_VERIFIED, NULL},
        {"not routed", "joe@a.ex", ACL_NOT_VERIFIED, "Unrouteable address"},
        {"one child", "one@a.ex", ACL_VERIFIED, NULL},
        {"one child that fails", "bad@a.ex", ACL_NOT_VERIFIED, "Unrouteable address"},
        {"two children are not followed", "two@a.ex", ACL_VERIFIED, NULL},
        {"a file", "file@a.ex", ACL_VERIFIED, NULL},
        {"a loop ends", "loop@a.ex", ACL_VERIFIED, NULL},
        {":blackhole:", "gone@a.ex", ACL_VERIFIED, NULL},
        {":fail:", "moved@a.ex", ACL_NOT_VERIFIED, "551 5.1.6 moved"},
        {":defer:", "later@a.ex", ACL_VERIFY_LATER, "450 4.2.1 wait"},
        {"no such domain", "u@gone.ex", ACL_NOT_VERIFIED, "Unrouteable address"},
        {"no answer", "u@slow.ex", ACL_VERIFY_LATER, "host lookup did not complete"},
        {"null MX", "u@null.ex", ACL_NOT_VERIFIED, "an MX or SRV record indicated no SMTP service"},
        {"fail_verify_recipient", "refused@a.ex", ACL_NOT_VERIFIED,
         "refuses router forced verify failure"},
        {"no domain", "ann", ACL_NOT_VERIFIED,
         "syntax error in address: Mailbox: \"@\" and a domain are missing"},
    };
    struct bench b;
    bench_open(&b, routers, zone);
    b.round.purpose = ROUTE_VERIFY_RECIPIENT;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct route_verified v = route_verify(&b.round, span_text(rows[i].address), false);
        cr_expect_eq(v.outcome, rows[i].recipient, "%s: %s", rows[i].label, v.why ? v.why : "");
        cr_expect((v.why == NULL) == (rows[i].why == NULL) &&
                      (v.why == NULL || strncmp(v.why, rows[i].why, 20) == 0),
                  "%s: %s", rows[i].label, v.why ? v.why : "");
    }
    b.round.purpose = ROUTE_VERIFY_SENDER;
    cr_expect_eq(route_verify(&b.round, SPAN("refused@a.ex"), false).outcome, ACL_VERIFIED,
                 "it is no recipient");
    bench_close(&b);
}

/* It is what is asked about: routers see the sender that a report to it would have. */
Test(verify, a_sender_has_no_sender)
{
    struct bench b;
    bench_open(&b, "begin routers\nbounces:\n driver = accept\n senders = :\n transport = file\n",
               zone);
    b.round.purpose = ROUTE_VERIFY_SENDER;
    cr_expect_eq(route_verify(&b.round, SPAN("ann@a.ex"), false).outcome, ACL_VERIFIED);
    b.round.purpose = ROUTE_VERIFY_RECIPIENT;
    cr_expect_eq(route_verify(&b.round, SPAN("ann@a.ex"), false).outcome, ACL_NOT_VERIFIED);
    cr_expect(span_eq(b.facts.message->sender_address, SPAN("sender@from.ex")));
    bench_close(&b);
}

/* What an `unseen` router takes goes on, and has to get somewhere there as well. */
Test(verify, unseen_is_followed)
{
    struct bench b;
    bench_open(&b, "begin routers\ncopy:\n driver = accept\n transport = file\n unseen\n"
               "user:\n driver = accept\n local_parts = ann\n transport = file\n", zone);
    b.round.purpose = ROUTE_VERIFY_RECIPIENT;
    cr_expect_eq(route_verify(&b.round, SPAN("ann@a.ex"), false).outcome, ACL_VERIFIED);
    cr_expect_eq(route_verify(&b.round, SPAN("joe@a.ex"), false).outcome, ACL_NOT_VERIFIED);
    bench_close(&b);
}

Test(verify, success_on_redirect)
{
    struct bench b;
    bench_open(&b, routers, zone);
    b.round.purpose = ROUTE_VERIFY_RECIPIENT;
    cr_expect_eq(route_verify(&b.round, SPAN("bad@a.ex"), true).outcome, ACL_VERIFIED);
    cr_expect_eq(route_verify(&b.round, SPAN("joe@a.ex"), true).outcome, ACL_NOT_VERIFIED);
    bench_close(&b);
}

/* RFC 7505 4: the codes of null MX; RFC 3463: the statuses. */
Test(verify, what_the_client_is_told)
{
    static const struct {
        const char *label;
        bool recipient, no_details;
        const char *address, *message;
    } rows[] = {
        {"recipient", true, false, "joe@a.ex", "550 5.1.1 Unrouteable address"},
        {"domain is not there", true, false, "u@gone.ex", "550 5.1.2 Unrouteable address"},
        {"null MX", true, false, "u@null.ex", "556 5.1.10 Recipient address has null MX"},
        {"null MX of a sender", false, true, "u@null.ex", "550 5.7.27 Sender verify failed"},
        {"own code", true, false, "moved@a.ex", "551 5.1.6 moved"},
        {"a code of another class", true, false, "wrong@a.ex", "451 no"},
        {":defer: with a code", true, false, "later@a.ex", "450 4.2.1 wait"},
        {"no answer", true, false, "u@slow.ex", "451 4.3.0 host lookup did not complete"},
        {"sender", false, false, "joe@a.ex",
         "550 5.1.8 Verification failed for <joe@a.ex>\nUnrouteable address\nSender verify failed"},
        {"sender without details", false, true, "joe@a.ex", "550 5.1.8 Sender verify failed"},
    };
    struct bench b;
    bench_open(&b, routers, zone);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct acl_verify_answer answer;
        struct acl_verify what = {.recipient = rows[i].recipient,
                                  .address = span_text(rows[i].address),
                                  .no_details = rows[i].no_details};
        (void)route_verify_answer(&b.round, &what, &answer);
        cr_expect(span_eq(answer.message, span_text(rows[i].message)), "%s: \"%.*s\"",
                  rows[i].label, SPAN_FMT(answer.message));
        cr_expect(span_eq(answer.failure, SPAN("route")), "%s", rows[i].label);
    }
    bench_close(&b);
}

/* A text of the configuration is nothing for a stranger to read, whichever option it is of. */
Test(verify, failed_expansions_are_not_told)
{
    static const char *const options[] = {
        "require_files = ${readfile{/nonexistent}}", "router_home_directory = ${readfile{/nonexistent}}",
        "unseen = ${readfile{/nonexistent}}", "address_data = ${readfile{/nonexistent}}", "errors_to = ${readfile{/nonexistent}}"};
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        struct bench b;
        char text[512];
        (void)snprintf(text, sizeof text, "begin routers\nr:\n driver = accept\n transport = file\n"
                       " %s\n", options[i]);
        bench_open(&b, text, zone);
        struct acl_verify_answer answer;
        struct acl_verify what = {.recipient = true, .address = SPAN("u@a.ex")};
        cr_expect_eq(route_verify_answer(&b.round, &what, &answer), ACL_VERIFY_LATER, "%s", options[i]);
        cr_expect(span_eq(answer.message, SPAN("451 4.3.0 Temporary local problem")), "%s: \"%.*s\"",
                  options[i], SPAN_FMT(answer.message));
        bench_close(&b);
    }
}

Test(verify, variables_are_put_back)
{
    struct bench b;
    struct acl_verify_answer answer;
    struct acl_verify what = {.recipient = true, .address = SPAN("one@a.ex")};
    bench_open(&b, routers, zone);
    b.address.local_part = SPAN("mine");
    b.x.captures.count = 1;
    b.x.captures.at[0].text = SPAN("found");
    cr_expect_eq(route_verify_answer(&b.round, &what, &answer), ACL_VERIFIED);
    cr_expect(span_eq(b.address.local_part, SPAN("mine")));
    cr_expect(b.x.captures.count == 1 && span_eq(b.x.captures.at[0].text, SPAN("found")));
    cr_expect(span_eq(answer.address_data, SPAN("data of ann")), "of where redirection has led");
    cr_expect(answer.address_data_tainted);
    bench_close(&b);
}
