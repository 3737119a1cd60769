/* Wrong behaviours of routing and verification, as the linker's --wrap puts them in place of the product's
   functions. */
#include "tests/faults/faults.h"
#include "tests/faults/tables.h"

#include "ref/dns/dns.h"
#include "ref/route/affix.h"
#include "ref/route/hosts.h"
#include "ref/route/redirect_data.h"
#include "ref/route/routing.h"
#include "ref/route/verify.h"
#include "ref/transport/transport.h"

#include <stdlib.h>
#include <unbound.h>

#include <unistd.h>

WRAPPED(route_hosts_by_mx);
WRAPPED(route_hosts_check_self);
WRAPPED(route_preconditions_check);
WRAPPED(redirect_list_read);
WRAPPED(route_address);
WRAPPED(route_verify_answer);

WRAPPED(dns_ask);
WRAPPED(dns_open_network);
WRAPPED(ub_ctx_async);
WRAPPED(route_suffix_match);
WRAPPED(transport_run);

/* --- DNS ---------------------------------------------------------------------------------------- */

void WRAP(dns_ask)(struct dns *dns, span name, enum dns_type type, struct arena *arena,
                   struct dns_answer *answer)
{
    enum { NEAR_RECORDS = 100 };
    REAL(dns_ask)(dns, name, type, arena, answer);
    if (fault_is("records-have-an-end") && answer->count > NEAR_RECORDS) {
        answer->count = NEAR_RECORDS;
    } else if (fault_is("aliases-are-not-followed") && answer->outcome == DNS_FOUND &&
               answer->canonical.len > 0 && !span_eq_caseless(answer->canonical, name)) {
        answer->outcome = DNS_NO_DATA;
    } else if (fault_is("alias-without-end-keeps-the-lock") && type == DNS_MX && answer->outcome == DNS_AGAIN) {
        fault_turn_keep();
    }
}

err WRAP(dns_open_network)(const struct dns_network *how, struct arena *texts, struct dns **dns)
{
    struct dns_network mine = *how;
    mine.timeout = fault_is("cut-answers-stay-cut") ? 500 : how->timeout;
    return REAL(dns_open_network)(&mine, texts, dns);
}

int WRAP(ub_ctx_async)(struct ub_ctx *context, int thread)
{
    if (fault_is("cut-answers-stay-cut")) {
        (void)ub_ctx_set_option(context, "do-tcp:", "no");
    }
    return REAL(ub_ctx_async)(context, thread);
}

/* --- hosts -------------------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
    const struct route_host *one = a, *two = b;
    if (one->preference != two->preference) {
        return one->preference < two->preference ? -1 : 1;
    }
    return span_order(one->name, two->name);
}

/* What is found for a domain as the rows have it. */
static enum hosts_found found_wrongly(const struct hosts_search *search, span domain, uint16_t port,
                                      enum hosts_found found, struct hosts *hosts)
{
    if (found == HOSTS_FOUND && fault_is("equals-have-an-order")) {
        qsort(hosts->list.at, hosts->list.count, sizeof *hosts->list.at, by_name);
    } else if (found == HOSTS_FOUND && fault_is("first-address-is-all")) {
        hosts->list.count = 1;
    } else if (found == HOSTS_FOUND && fault_is("own-address-is-last") && hosts->mx) {
        (void)route_hosts_by_name(search, domain, port, hosts);
    } else if (found == HOSTS_FOUND && fault_is("no-mx-is-no-mail") && !hosts->mx) {
        return HOSTS_NO_MX;
    } else if ((found == HOSTS_MX_NOWHERE && fault_is("nowhere-is-put-off")) ||
               (found == HOSTS_NO_NAME && fault_is("no-name-is-put-off"))) {
        hosts->why = "there may be one later";
        return HOSTS_AGAIN;
    }
    return found;
}

enum hosts_found WRAP(route_hosts_by_mx)(const struct hosts_search *search, span domain, uint16_t port,
                                         struct hosts *hosts)
{
    enum hosts_found found = REAL(route_hosts_by_mx)(search, domain, port, hosts);
    size_t count = hosts->list.count;
    if (fault_is("worst-exchanger-is-first") && found == HOSTS_FOUND) {
        for (size_t i = 0; i < count / 2; i++) {
            struct route_host kept = hosts->list.at[i];
            hosts->list.at[i] = hosts->list.at[count - 1 - i];
            hosts->list.at[count - 1 - i] = kept;
        }
    }
    if (fault_is("null-mx-is-no-mx") && found == HOSTS_NO_SERVICE) {
        return route_hosts_by_name(search, domain, port, hosts);
    }
    if (fault_is("servfail-is-no-name") && found == HOSTS_AGAIN) {
        return HOSTS_NO_NAME;
    }
    return found_wrongly(search, domain, port, found, hosts);
}

enum hosts_found WRAP(route_hosts_check_self)(const struct hosts_search *search, struct hosts *hosts)
{
    if (fault_is("own-host-is-a-stranger")) {
        return HOSTS_FOUND;
    }
    enum hosts_found found = REAL(route_hosts_check_self)(search, hosts);
    if (found == HOSTS_SELF && fault_is("own-host-is-left-out") && hosts->list.count > 1) {
        hosts->list.at++;
        hosts->list.count--;
        return HOSTS_FOUND;
    }
    return hosts->was_secondary && fault_is("own-host-is-the-best") ? HOSTS_SELF : found;
}

enum routed WRAP(route_preconditions_check)(struct routing *r)
{
    if (fault_is("bmi-aliases-have-no-verdict") && r->address->parent != NULL) {
        r->address->verdict = NULL;
    }
    enum routed end = REAL(route_preconditions_check)(r);
    return fault_is("preconditions-all-hold") && end == ROUTED_DECLINE ? ROUTED_TAKEN : end;
}

err WRAP(redirect_list_read)(const struct redirect_rules *rules, span text, struct redirect_list *list)
{
    struct redirect_rules mine = *rules;
    if (fault_is("fail-needs-no-leave")) {
        mine.allow_fail = mine.allow_defer = true;
    }
    err e = REAL(redirect_list_read)(&mine, text, list);
    if (fault_is("alias-has-one-member") && list->items.count > 1) {
        list->items.count = 1;
    } else if (fault_is("redirected-defer-fails") && list->special == REDIRECT_DEFERS) {
        list->special = REDIRECT_FAILS;
    } else if (fault_is("black-hole-fails") && list->special == REDIRECT_BLACKHOLE) {
        list->special = REDIRECT_FAILS;
    }
    return e;
}

/* Options of routers that nobody looks at. */
static void options_forget(const struct conf_routers *routers)
{
    const struct conf_switch yes = {.value = true};
    const bool no = false;
    for (size_t i = 0; i < routers->count; i++) {
        const struct conf_router *r = &routers->at[i];
        if (fault_is("more-is-always")) {
            fault_set(&r->generic->more, &yes, sizeof yes);
        } else if (fault_is("one-time-is-each-time") && r->driver == ROUTER_REDIRECT) {
            fault_set(&r->own.redirect->one_time, &no, sizeof no);
        }
    }
}

struct route_outcome WRAP(route_address)(struct route_round *round, struct delivery_address *a)
{
    options_forget(&round->conf->routers);
    bool alone = fault_is("alias-without-end-keeps-the-lock");
    if (alone) {
        fault_turn_take();
    }
    struct route_outcome o = REAL(route_address)(round, a);
    if (alone) {
        fault_turn_give();
    }
    if (fault_is("unseen-ends") && o.unseen) {
        o.children++;
        o.child_count--;
        o.unseen = false;
    }
    return o;
}

enum acl_verified WRAP(route_verify_answer)(struct route_round *round, const struct acl_verify *what,
                                            struct acl_verify_answer *answer)
{
    struct acl_verify mine = *what;
    if (fault_is("verification-stops-at-redirect")) {
        mine.on_redirect = true;
    } else if (fault_is("sender-is-verified-in-full")) {
        mine.no_details = false;
    }
    enum acl_verified v = REAL(route_verify_answer)(round, &mine, answer);
    if (fault_is("everybody-is-verified")) {
        return ACL_VERIFIED;
    }
    if (fault_is("verification-leaves-no-data")) {
        answer->address_data = answer->failure = SPAN_EMPTY;
    } else if (fault_is("verification-has-one-code") && v == ACL_NOT_VERIFIED) {
        answer->message = acl_code_text(answer->message);
    }
    return v;
}

size_t WRAP(route_suffix_match)(span list, span local_part, struct arena *arena)
{
    return fault_is("suffixes-stay") ? 0 : REAL(route_suffix_match)(list, local_part, arena);
}

/* --- what routers leave for transports ---------------------------------------------------------- */

static void hosts_turn(struct transport_job *job, struct delivery_address *a)
{
    struct route_host *turned = arena_take_array(job->arena, a->host_count + 1, sizeof *turned);
    for (size_t i = 0; i < a->host_count; i++) {
        turned[i] = a->hosts[a->host_count - 1 - i];
    }
    a->hosts = turned;
}

/* As if the host could not be reached. */
static void refusal_keep(struct transport_job *job, struct delivery_result r)
{
    if (r.outcome == DELIVERY_FAILED && r.host != NULL && job->retry != NULL) {
        r.outcome = DELIVERY_DEFERRED;
        job->retry->host_result(job->retry->context, r.host, address_port(&r.host->address), &r);
    }
}

void WRAP(transport_run)(struct transport_job *job)
{
    if (fault_is("list-keeps-its-sender")) {
        job->sender = job->message->envelope.sender;
    }
    for (size_t i = 0; i < job->count; i++) {
        struct delivery_address *a = job->addresses[i];
        if (fault_is("hosts-are-tried-backwards")) {
            hosts_turn(job, a);
        } else if (fault_is("router-fields-are-lost")) {
            a->headers_add.count = a->headers_remove.count = 0;
        }
    }
    bool alone = fault_is("one-delivery-at-a-time") || fault_is("long-reply-keeps-the-lock");
    if (alone) {
        if (fault_is("one-delivery-at-a-time") && span_ends(job->addresses[0]->address, SPAN("@other.test"))) {
            usleep(500000); /* so that the one before it is the one whose host hangs */
        }
        fault_turn_take();
    }
    REAL(transport_run)(job);
    if (alone) {
        fault_turn_give();
    }
    for (size_t i = 0; fault_is("refused-mail-is-the-hosts") && i < job->count; i++) {
        refusal_keep(job, job->addresses[i]->result);
    }
}

#define R "route/"

/* clang-format off: a row a line */
const struct fault route_faults[] = {
    {"records-have-an-end", "of an answer a hundred records are read", R "thousand-records", NULL},
    {"aliases-are-not-followed", "a name that is an alias has no mail", R "alias-name", NULL},
    {"alias-without-end-keeps-the-lock", "behind an alias that leads nowhere no address is routed any more", R "alias-loop " R "alias-chain", NULL},
    {"cut-answers-stay-cut", "an answer that is cut is not asked for over TCP", "dns/truncated", NULL},
    {"equals-have-an-order", "of exchangers with one preference the first by name gets everything", R "equal-preference", NULL},
    {"first-address-is-all", "one address of a domain is tried", R "families", NULL},
    {"own-address-is-last", "the address of a domain is tried behind its exchangers", R "own-address-unused", NULL},
    {"own-host-is-left-out", "who is the best exchanger itself hands mail to worse ones", R "own-name-best", NULL},
    {"own-host-is-the-best", "who is an exchanger itself tries no better one", R "own-name-better", NULL},
    {"no-mx-is-no-mail", "a domain without MX takes no mail", "dns/no-mx", NULL},
    {"nowhere-is-put-off", "mail for exchangers without addresses waits", R "nobody-usable", NULL},
    {"no-name-is-put-off", "mail for a domain that does not exist waits", "dns/unknown", NULL},
    {"redirected-defer-fails", ":defer: is a failure", R "put-off", NULL},
    {"more-is-always", "more = no is not looked at", R "more-no", NULL},
    {"one-time-is-each-time", "one_time is not looked at", R "one-time", NULL},
    {"suffixes-stay", "a suffix of a local part is not taken off", R "pass", NULL},
    {"hosts-are-tried-backwards", "the last host of a list is tried first", R "hosts-in-order", NULL},
    {"refused-mail-is-the-hosts", "a refusal of MAIL keeps further mail from the host", "retry/mail-refused-once", NULL},
    {"router-fields-are-lost", "headers_add and headers_remove of a router do nothing", R "header-fields", NULL},
    {"list-keeps-its-sender", "a list goes out with its author as sender", R "list-sender", NULL},
};
/* clang-format on */
const size_t route_fault_count = sizeof route_faults / sizeof *route_faults;
