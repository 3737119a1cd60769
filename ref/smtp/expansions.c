/* Most sessions expand little or nothing, so what an expansion stands on is made when the first one
   comes, and the plain cases (literal text, lists of addresses) never come here. */
#include "ref/smtp/expansions.h"

#include "ref/smtp/dmarc.h"
#include "ref/smtp/line.h"
#include "ref/smtp/pipeline.h"
#include "ref/smtp/policy.h"
#include "ref/smtp/scan.h"
#include "ref/smtp/seals.h"
#include "ref/smtp/spf.h"

#include <poll.h>

static struct expanded run_acl(void *context, span name, const struct value *arguments,
                               size_t count, bool *accepted)
{
    struct smtp_session *s = context;
    if (s->expansions.run != NULL) {
        return acl_expansion_run(s->expansions.run, name, arguments, count, accepted);
    }
    *accepted = false;
    return (struct expanded){.outcome = EXPAND_FAILED, .why = "no ACL can be run here"};
}

static bool run_host_name(void *context, span *name, bool *deferred)
{
    struct smtp_session *s = context;
    bool known = smtp_host_name(s, deferred);
    *name = s->peer_facts.host_name;
    return known;
}

/* In slices, so that neither a stop of the server nor a moved clock has to wait for it. */
static void run_delay(void *context, millis wait, bool flush)
{
    enum { SLICE = 20 };
    struct smtp_session *s = context;
    const _Atomic bool *draining = s->server->draining;
    const struct smtp_deadline end = smtp_deadline_after(s, wait);
    millis left;
    if (flush) {
        (void)!failed(smtp_pipeline_flush(s));
    }
    while ((left = smtp_deadline_left(s, &end)) > 0 && !(draining != NULL && *draining)) {
        (void)poll(NULL, 0, left < SLICE ? (int)left : SLICE);
    }
}

static enum acl_verified run_verify(void *context, const struct acl_verify *what,
                                    struct acl_verify_answer *answer)
{
    struct smtp_session *s = context;
    enum acl_verified v =
        s->server->verify(s->server->verify_context, &s->expansions.x, what, answer);
    if (!what->recipient && s->tx.open) {
        /* It is for all recipients, and outlives the command. */
        s->tx.sender_address_data = arena_copy(s->tx.arena, answer->address_data);
        s->tx.sender_address_data_tainted = answer->address_data_tainted;
        s->tx.sender_verify_failure = answer->failure;
    }
    return v;
}

static void run_trace(void *context, span line)
{
    const struct smtp_session *s = context;
    s->peer->trace(s->peer->trace_context, line);
}

struct expansion *smtp_expansion(struct smtp_session *s)
{
    struct smtp_expansions *e = &s->expansions;
    if (e->ready) {
        return &e->x;
    }
    e->ready = true;
    e->arena = arena_new();
    e->facts = (struct facts){.server = s->server->facts, .peer = &s->peer_facts,
                              .address = &e->address, .acl = &e->variables,
                              .policy = &s->tx.policy,
                              .message = s->tx.open ? &s->message_facts : NULL};
    e->expand_services = (struct expand_services){.context = s, .acl = run_acl,
                                                  .host_name = run_host_name,
                                                  .authresults = smtp_seals_authresults};
    e->acl_services = (struct acl_services){.context = s, .delay = run_delay,
                                            .check_spf = smtp_spf_result,
                                            .check_dmarc = smtp_dmarc_status,
                                            .verify_arc = smtp_seals_arc, .dcc = smtp_scan_dcc,
                                            .verify_address = s->server->verify != NULL ? run_verify
                                                                                        : NULL,
                                            .trace = s->peer->trace != NULL ? run_trace : NULL};
    e->x = (struct expansion){
        .facts = &e->facts, .arena = e->arena, .lists = s->server->policy->lists,
        .lookups = s->server->lookups != NULL ? lookup_cache_new(s->server->lookups) : NULL,
        .dns = s->server->dns, .rng = s->server->rng, .services = &e->expand_services,
        .allowance = EXPAND_ALLOWANCE(s->conf->expand_budget)};
    return &e->x;
}

/* No address is at hand but the sender's, of whose verification is told. */
static void sender_facts(struct smtp_session *s)
{
    s->expansions.address = (struct facts_address){
        .sender_address_data = {s->tx.sender_address_data, s->tx.sender_address_data_tainted},
        .sender_verify_failure = s->tx.sender_verify_failure};
}

void smtp_expansions_next(struct smtp_session *s)
{
    if (s->expansions.ready && arena_used(s->expansions.arena) > 0) {
        arena_reset(s->expansions.arena);
        sender_facts(s);
        s->expansions.x.captures.count = 0;
    }
}

void smtp_expansions_end(struct smtp_session *s)
{
    struct smtp_expansions *e = &s->expansions;
    if (e->ready) {
        lookup_cache_free(e->x.lookups);
        acl_variables_close(&e->variables);
        arena_free(e->arena);
        *e = (struct smtp_expansions){0};
    }
}

void smtp_option_text(struct smtp_session *s, const char *option, const struct template *t,
                      span *text)
{
    if (t == NULL || template_is_literal(t, text)) {
        *text = t == NULL ? SPAN_EMPTY : *text;
        return;
    }
    struct expanded e = expand(t, smtp_expansion(s));
    *text = e.outcome == EXPAND_OK ? e.value.text : SPAN_EMPTY;
    if (e.outcome == EXPAND_FAILED || e.outcome == EXPAND_DEFERRED) {
        log_printf(s->server->log, LOG_MAIN | LOG_PANIC, SPAN_EMPTY,
                   "expansion of \"%.*s\" for %s failed: %s", SPAN_FMT(template_text(t)), option,
                   e.why);
    }
}

bool smtp_peer_listed(struct smtp_session *s, const char *option, const struct host_list *list)
{
    const struct address *peer = s->peer->tcp ? &s->peer->remote : NULL;
    if (host_list_is_plain(list)) {
        return host_list_match(list, peer);
    }
    struct matched m = host_list_ask(list, smtp_expansion(s), peer);
    if (m.outcome == MATCH_DEFERRED) {
        log_printf(s->server->log, LOG_MAIN | (m.wrong ? LOG_PANIC : 0U), SPAN_EMPTY,
                   "%s could not be looked at, its answer is no: %s", option, m.why);
    }
    return m.outcome == MATCH_YES;
}

void smtp_address_facts(struct smtp_session *s, span local_part, span domain)
{
    struct arena *arena = smtp_expansion(s)->arena;
    sender_facts(s);
    s->expansions.address.local_part = arena_lower(arena, local_part);
    s->expansions.address.domain = arena_lower(arena, domain);
}

/* --- the peer's name ---------------------------------------------------------------------------- */

/* A name counts only if it leads back to the address: anybody can write any name into his own
   reverse zone. */
static bool leads_back(struct smtp_session *s, span name, struct arena *arena, bool *deferred)
{
    struct dns_answer answer;
    enum dns_type type = s->peer->remote.storage.ss_family == AF_INET6 ? DNS_AAAA : DNS_A;
    dns_ask(s->server->dns, name, type, arena, &answer);
    *deferred = *deferred || answer.outcome == DNS_AGAIN;
    for (size_t i = 0; answer.outcome == DNS_FOUND && i < answer.count; i++) {
        if (address_same_host(&answer.at[i].address, &s->peer->remote)) {
            return true;
        }
    }
    return false;
}

static void host_name_find(struct smtp_session *s, struct arena *arena, bool *deferred)
{
    struct dns_answer answer;
    dns_ask(s->server->dns, dns_reverse_name(&s->peer->remote, arena), DNS_PTR, arena, &answer);
    *deferred = answer.outcome == DNS_AGAIN;
    for (size_t i = 0; answer.outcome == DNS_FOUND && i < answer.count; i++) {
        if (leads_back(s, answer.at[i].name, arena, deferred)) {
            s->peer_facts.host_name = arena_copy(s->arena, answer.at[i].name);
            s->peer_facts.host_secure = answer.secure;
            s->host.name = s->peer_facts.host_name;
            *deferred = false;
            return;
        }
    }
}

bool smtp_host_name(struct smtp_session *s, bool *deferred)
{
    struct smtp_expansions *e = &s->expansions;
    *deferred = e->host_name_deferred;
    if (!s->host_name_asked && s->peer->tcp && s->server->dns != NULL) {
        struct arena *arena = arena_new();
        s->host_name_asked = true;
        host_name_find(s, arena, deferred);
        e->host_name_deferred = *deferred;
        arena_free(arena);
        if (s->host.name.len == 0 &&
            log_wants(s->server->log, LOG_HOST_LOOKUP_FAILED)) {
            log_printf(s->server->log, LOG_MAIN, SPAN_EMPTY, "no host name found for IP address %s",
                       s->remote_text);
        }
    }
    return s->peer_facts.host_name.len > 0;
}
