/* Wrong behaviours of routing and verification, as the linker's --wrap puts them in place of the product's
   functions. */
#include "tests/faults/faults.h"

#include "ref/route/hosts.h"
#include "ref/route/redirect_data.h"
#include "ref/route/routing.h"
#include "ref/route/verify.h"

#define REAL(name) __real_##name
#define WRAP(name) __wrap_##name

enum hosts_found REAL(route_hosts_by_mx)(const struct hosts_search *search, span domain, uint16_t port,
                                         struct hosts *hosts);
enum hosts_found WRAP(route_hosts_by_mx)(const struct hosts_search *search, span domain, uint16_t port,
                                         struct hosts *hosts);
enum hosts_found REAL(route_hosts_check_self)(const struct hosts_search *search, struct hosts *hosts);
enum hosts_found WRAP(route_hosts_check_self)(const struct hosts_search *search, struct hosts *hosts);
enum routed REAL(route_preconditions_check)(struct routing *r);
enum routed WRAP(route_preconditions_check)(struct routing *r);
err REAL(redirect_list_read)(const struct redirect_rules *rules, span text, struct redirect_list *list);
err WRAP(redirect_list_read)(const struct redirect_rules *rules, span text, struct redirect_list *list);
struct route_outcome REAL(route_address)(struct route_round *round, struct delivery_address *a);
struct route_outcome WRAP(route_address)(struct route_round *round, struct delivery_address *a);
enum acl_verified REAL(route_verify_answer)(struct route_round *round, const struct acl_verify *what,
                                            struct acl_verify_answer *answer);
enum acl_verified WRAP(route_verify_answer)(struct route_round *round, const struct acl_verify *what,
                                            struct acl_verify_answer *answer);

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
    return found;
}

enum hosts_found WRAP(route_hosts_check_self)(const struct hosts_search *search, struct hosts *hosts)
{
    return fault_is("own-host-is-a-stranger") ? HOSTS_FOUND : REAL(route_hosts_check_self)(search, hosts);
}

enum routed WRAP(route_preconditions_check)(struct routing *r)
{
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
    } else if (fault_is("black-hole-fails") && list->special == REDIRECT_BLACKHOLE) {
        list->special = REDIRECT_FAILS;
    }
    return e;
}

struct route_outcome WRAP(route_address)(struct route_round *round, struct delivery_address *a)
{
    struct route_outcome o = REAL(route_address)(round, a);
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
