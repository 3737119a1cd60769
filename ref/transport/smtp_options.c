/* The options of the transport as one host sees them: host lists asked, texts expanded, and all of
   it written down for ref/client before the first octet goes out. */
#include "ref/transport/smtp.h"

#include "ref/expand/match.h"

#include <stdio.h>

bool smtp_option(struct smtp_run *r, const char *name, const struct template *t, span *text)
{
    struct value value;
    err e = transport_expand(r->job, name, t, &value);
    if (failed(e)) {
        smtp_defer_open(r, DELIVERY_ERROR_EXPANSION, e.what);
    }
    *text = value.text;
    return !failed(e);
}

bool smtp_number(struct smtp_run *r, const char *name, const struct template *t, uint64_t *number)
{
    span text;
    *number = 0;
    if (!smtp_option(r, name, t, &text)) {
        return false;
    }
    text = span_trim(text);
    if (text.len > 0 && !span_to_u64(text, number)) {
        smtp_defer_open(r, DELIVERY_ERROR_EXPANSION,
                        arena_printf(r->job->arena, "%s transport: %s is no number: \"%.*s\"",
                                     r->transport->name, name, SPAN_FMT(text)));
        return false;
    }
    return true;
}

static bool given_name(void *context, span *name, bool *deferred)
{
    const struct smtp_run *r = context;
    *deferred = false;
    *name = r->host.host;
    return r->host.host.len > 0;
}

bool smtp_in_list(struct smtp_run *r, const struct host_list *list, const struct address *host)
{
    struct expansion x = r->x;
    r->names = (struct expand_services){.context = r, .host_name = given_name};
    x.services = &r->names;
    return host_list_ask(list, &x, host).outcome == MATCH_YES;
}

void smtp_host_facts(struct smtp_run *r, const struct route_host *host, struct arena *arena)
{
    char text[64];
    address_host(&host->address, text, sizeof text);
    r->host = (struct facts_host){.host = host->name,
                                  .host_address = arena_copy(arena, span_text(text)),
                                  .host_port = address_port(&host->address)};
}

bool smtp_interface(struct smtp_run *r, const struct address *to, struct address *from, bool *set)
{
    span text;
    *set = false;
    if (!smtp_option(r, "interface", r->o->interface, &text)) {
        return false;
    }
    struct list_reader list = list_reader_of(text);
    for (span item; !*set && list_next(&list, r->job->arena, &item);) {
        if (!address_parse(item, 0, from)) {
            smtp_defer_open(r, DELIVERY_ERROR_EXPANSION,
                            arena_printf(r->job->arena, "%s transport: interface: \"%.*s\" is no "
                                         "address", r->transport->name, SPAN_FMT(item)));
            return false;
        }
        *set = from->storage.ss_family == to->storage.ss_family;
    }
    return true;
}

/* Whatever stands behind EHLO has to be one word; what kind of word is the configuration's
   affair. */
static bool is_hello(span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] <= ' ' || text.at[i] == 127) {
            return false;
        }
    }
    return text.len > 0 && text.len <= 255;
}

static bool hello_set(struct smtp_run *r, struct arena *arena, struct client_options *o)
{
    span text;
    if (!smtp_option(r, "helo_data", r->o->helo_data, &text)) {
        return false;
    }
    if (text.len == 0) { /* a forced failure: as if it had not been set */
        text = span_text(r->job->conf->main.primary_hostname);
    }
    if (!is_hello(text)) {
        smtp_defer_open(r, DELIVERY_ERROR_EXPANSION,
                        arena_printf(r->job->arena, "%s transport: helo_data is no name: \"%.*s\"",
                                     r->transport->name, SPAN_FMT(text)));
        return false;
    }
    o->hello = arena_copy(arena, text);
    return true;
}

static bool tls_texts(struct smtp_run *r, struct arena *arena, struct client_tls *tls)
{
    const struct conf_main *main = &r->job->conf->main;
    const struct {
        const char *name;
        const struct template *t;
        span *to;
    } rows[] = {
        {"tls_certificate", r->o->tls_certificate, &tls->settings.certificate},
        {"tls_privatekey", r->o->tls_privatekey, &tls->settings.private_key},
        {"tls_verify_certificates", r->o->tls_verify_certificates, &tls->settings.trust},
        {"tls_crl", r->o->tls_crl, &tls->settings.crl},
        {"tls_require_ciphers", r->o->tls_require_ciphers, &tls->settings.ciphers},
        {"tls_sni", r->o->tls_sni, &tls->wants.sni},
    };
    tls->settings = (struct tls_settings){.certificate = SPAN_EMPTY, .private_key = SPAN_EMPTY,
                                          .trust = SPAN_EMPTY, .crl = SPAN_EMPTY,
                                          .ocsp = SPAN_EMPTY, .ciphers = SPAN_EMPTY,
                                          .options = span_text(main->openssl_options)};
    if (!tls_library_named(main->tls_library, &tls->settings.library)) {
        tls->settings.library = TLS_OPENSSL;
    }
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        span text;
        if (!smtp_option(r, rows[i].name, rows[i].t, &text)) {
            return false;
        }
        *rows[i].to = arena_copy(arena, text);
    }
    return true;
}

/* host_name_extract: sessions of hosts that share an address are not offered to each other. */
static span balanced(void *context, span hello)
{
    struct smtp_run *r = context;
    struct expansion x = r->x;
    x.item = (struct value){hello, true};
    struct expanded e = expand(r->o->host_name_extract, &x);
    return e.outcome == EXPAND_OK ? e.value.text : SPAN_EMPTY;
}

static bool tls_set(struct smtp_run *r, const struct route_host *host, struct arena *arena,
                    const struct address *local, struct client_tls *tls)
{
    const struct address *a = &host->address;
    char text[64];
    tls->shared = r->job->tls;
    tls->at_once = r->tls_at_once;
    tls->require = r->tls_at_once || smtp_in_list(r, &r->o->hosts_require_tls, a);
    tls->avoid = r->way != SMTP_WAY_REQUIRED && smtp_in_list(r, &r->o->hosts_avoid_tls, a);
    tls->try_clear = r->o->tls_tempfail_tryclear;
    if (tls->shared == NULL || tls->avoid) {
        return true;
    }
    struct address source = local != NULL ? *local : (struct address){.len = 0};
    if (local == NULL) { /* a session is kept for the address that it was made from */
        (void)!failed(socket_source(a, &source));
    }
    address_host(&source, text, sizeof text);
    tls->wants = (struct tls_client_wants){.verify = TLS_VERIFY_NOT,
                                           .names = SPAN_EMPTY,
                                           .ocsp = TLS_OCSP_NOT,
                                           .peer_address = arena_copy(arena, r->host.host_address),
                                           .local_address = arena_copy(arena, span_text(text)),
                                           .peer_port = address_port(a),
                                           .load_balancer = SPAN_EMPTY};
    if (smtp_in_list(r, &r->o->tls_verify_hosts, a)) {
        tls->wants.verify = TLS_VERIFY_MUST;
    } else if (smtp_in_list(r, &r->o->tls_try_verify_hosts, a)) {
        tls->wants.verify = TLS_VERIFY_TRY;
    }
    if (tls->wants.verify != TLS_VERIFY_NOT &&
        smtp_in_list(r, &r->o->tls_verify_cert_hostnames, a)) {
        tls->wants.names = arena_copy(arena, host->name);
    }
    if (smtp_in_list(r, &r->o->hosts_require_ocsp, a)) {
        tls->wants.ocsp = TLS_OCSP_MUST;
    } else if (smtp_in_list(r, &r->o->hosts_request_ocsp, a)) {
        tls->wants.ocsp = TLS_OCSP_ASK;
    }
    tls->wants.ocsp_resumed = span_eq(span_text(r->o->tls_resumption_ocsp), SPAN("keep")) ? TLS_OCSP_KEEP
                              : span_eq(span_text(r->o->tls_resumption_ocsp), SPAN("fail"))
                                  ? TLS_OCSP_FAIL : TLS_OCSP_RENEW;
    tls->wants.tickets = smtp_in_list(r, &r->o->tls_resumption_hosts, a);
    if (tls->wants.tickets && r->o->host_name_extract != NULL && !r->tls_at_once) {
        tls->balanced = balanced;
        tls->context = r;
    }
    return tls_texts(r, arena, tls);
}

bool smtp_session_options(struct smtp_run *r, const struct route_host *host, struct arena *arena,
                          const struct address *local, struct client_options *o)
{
    const struct address *a = &host->address;
    char text[64];
    r->host.sending_ip_address = SPAN_EMPTY;
    r->host.sending_port = 0;
    if (local != NULL) {
        address_host(local, text, sizeof text);
        r->host.sending_ip_address = arena_copy(arena, span_text(text));
        r->host.sending_port = address_port(local);
    }
    *o = (struct client_options){
        .lmtp = r->lmtp,
        .avoid_esmtp = smtp_in_list(r, &r->o->hosts_avoid_esmtp, a),
        .avoid_pipelining = smtp_in_list(r, &r->o->hosts_avoid_pipelining, a),
        .avoid_chunking = !smtp_in_list(r, &r->o->hosts_try_chunking, a),
        .command_wait = r->o->command_timeout,
        .data_wait = r->o->data_timeout,
        .final_wait = r->o->final_timeout,
        .clock = r->job->clock,
        .auth = {.auths = &r->job->conf->auths,
                 .require = smtp_in_list(r, &r->o->hosts_require_auth, a),
                 .x = &r->x,
                 .peer = &r->peer}};
    o->auth.want = o->auth.require || smtp_in_list(r, &r->o->hosts_try_auth, a);
    if (!hello_set(r, arena, o) || !tls_set(r, host, arena, local, &o->tls)) {
        return false;
    }
    smtp_requiretls_options(r, host, arena, o);
    return true;
}
