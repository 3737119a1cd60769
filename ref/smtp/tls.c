/* A session's way into TLS. What is shown and believed comes from the configuration, by expansion, so it
   may differ from peer to peer and, by $tls_in_sni, from name to name. */
#include "ref/smtp/tls.h"

#include "ref/smtp/expansions.h"
#include "ref/smtp/line.h"

/* --- what the configuration says -------------------------------------------------------------------- */

/* The options that are texts, and where they go. */
struct text_row {
    const char *name;
    size_t option, member;
    bool to_verify; /* only looked at where the client is asked for a certificate */
};

#define ROW(option, field, verify) \
    {#option, offsetof(struct conf_main, option), offsetof(struct tls_settings, field), verify}
static const struct text_row rows[] = {
    ROW(tls_certificate, certificate, false),
    ROW(tls_privatekey, private_key, false),
    ROW(tls_verify_certificates, trust, true),
    ROW(tls_crl, crl, true),
    ROW(tls_ocsp_file, ocsp, false),
    ROW(tls_require_ciphers, ciphers, false),
};
enum { ROWS = sizeof rows / sizeof rows[0] };

static const struct template *option_of(const struct conf_main *conf, const struct text_row *row)
{
    const char *at = (const char *)conf + row->option;
    return *(const struct template *const *)(const void *)at;
}

static struct tls_settings settings_begin(const struct conf_main *conf)
{
    struct tls_settings settings = {
        .server = true, .certificate = SPAN_EMPTY, .private_key = SPAN_EMPTY, .trust = SPAN_EMPTY,
        .crl = SPAN_EMPTY, .ocsp = SPAN_EMPTY, .ciphers = SPAN_EMPTY,
        .options = span_text(conf->openssl_options)};
    (void)tls_library_named(conf->tls_library, &settings.library);
    return settings;
}

static span *member_of(struct tls_settings *settings, const struct text_row *row)
{
    return (span *)(void *)((char *)settings + row->member);
}

bool smtp_tls_settings_fixed(const struct conf_main *conf, struct tls_settings *settings)
{
    bool fixed = true;
    *settings = settings_begin(conf);
    for (size_t i = 0; i < ROWS; i++) {
        const struct template *t = option_of(conf, &rows[i]);
        if (t != NULL && !rows[i].to_verify) {
            fixed = template_is_literal(t, member_of(settings, &rows[i])) && fixed;
        }
    }
    return fixed;
}

/* False: an option could not be expanded, which is logged. */
static bool settings_fill(struct smtp_session *s, enum tls_verify verify,
                          struct tls_settings *settings)
{
    *settings = settings_begin(s->conf);
    for (size_t i = 0; i < ROWS; i++) {
        const struct template *t = option_of(s->conf, &rows[i]);
        span *to = member_of(settings, &rows[i]);
        if (t == NULL || (rows[i].to_verify && verify == TLS_VERIFY_NOT) ||
            template_is_literal(t, to)) {
            continue;
        }
        struct expanded e = expand(t, smtp_expansion(s));
        *to = e.outcome == EXPAND_OK ? e.value.text : SPAN_EMPTY;
        if (e.outcome == EXPAND_FAILED || e.outcome == EXPAND_DEFERRED) {
            log_printf(s->server->log, LOG_MAIN | LOG_PANIC, SPAN_EMPTY,
                       "expansion of %s failed: %s", rows[i].name, e.why);
            return false;
        }
    }
    if (verify == TLS_VERIFY_NOT) {
        settings->trust = settings->crl = SPAN_EMPTY;
    }
    return true;
}

static enum tls_verify verify_of(struct smtp_session *s)
{
    if (smtp_peer_listed(s, "tls_verify_hosts", &s->conf->tls_verify_hosts)) {
        return TLS_VERIFY_MUST;
    }
    return smtp_peer_listed(s, "tls_try_verify_hosts", &s->conf->tls_try_verify_hosts)
               ? TLS_VERIFY_TRY : TLS_VERIFY_NOT;
}

/* The client named us: what depends on $tls_in_sni is expanded again. */
static bool named(void *context, span sni, struct tls_settings *settings)
{
    struct smtp_session *s = context;
    struct facts_tls early = {.sni = sni};
    enum tls_verify verify = settings->trust.len > 0 ? TLS_VERIFY_TRY : TLS_VERIFY_NOT;
    s->peer_facts.tls = &early;
    bool good = settings_fill(s, verify, settings);
    s->peer_facts.tls = NULL;
    return good;
}

/* --- may it be ---------------------------------------------------------------------------------------- */

bool smtp_tls_offered(struct smtp_session *s)
{
    return s->tls == NULL && s->server->tls != NULL && s->conf->tls_certificate != NULL &&
           smtp_peer_listed(s, "tls_advertise_hosts", &s->conf->tls_advertise_hosts);
}

bool smtp_tls_on_connect(const struct smtp_session *s)
{
    const struct conf_list *ports = &s->conf->tls_on_connect_ports;
    for (size_t i = 0; s->peer->tcp && s->server->tls != NULL && i < ports->count; i++) {
        uint64_t port;
        if (span_to_u64(ports->at[i], &port) && port == address_port(&s->peer->local)) {
            return true;
        }
    }
    return false;
}

void smtp_tls_failure_log(struct smtp_session *s, err e)
{
    struct buf line;
    buf_init(&line, LOG_LINE_LIMIT);
    buf_put_text(&line, "TLS error on connection from ");
    log_peer_put(s->server->log, &s->host, &line);
    buf_printf(&line, " %s", e.what);
    log_write(s->server->log, e.kind == ERR_IO ? LOG_MAIN | LOG_PANIC : LOG_MAIN, SPAN_EMPTY,
              buf_span(&line));
    buf_wipe(&line);
}

bool smtp_tls_ready(struct smtp_session *s)
{
    struct tls_settings settings;
    if (!settings_fill(s, verify_of(s), &settings)) {
        return false;
    }
    err e = s->conf->tls_certificate_at_start
                ? tls_settings_check(s->server->tls, &settings, s->arena)
                : tls_settings_current(s->server->tls, &settings, s->arena);
    if (failed(e)) {
        smtp_tls_failure_log(s, (err){.kind = ERR_IO, .what = err_text(e, s->arena)});
    }
    return !failed(e);
}

/* --- from clear text into TLS and out of it ----------------------------------------------------------- */

/* RFC 3207 4.2: what was learnt from the client is forgotten; RFC 3207 6: what it sent ahead too. */
static void forget(struct smtp_session *s)
{
    s->in = (struct smtp_input){.from = 0};
    smtp_transaction_abandon(s, "STARTTLS");
    s->stage = STAGE_START;
    s->extended = false;
    s->offer = 0;
    s->hellos = 0;
    s->helo[0] = '\0';
    s->host.helo = s->peer_facts.helo_name = SPAN_EMPTY;
    s->authenticated = NULL;
    s->peer_facts.auth_mech = s->peer_facts.authenticated_id = SPAN_EMPTY;
    s->pipelined = s->early_group = s->hello_said = false;
}

bool smtp_tls_begin(struct smtp_session *s)
{
    struct tls_settings settings;
    struct tls_server_wants wants = {
        .verify = verify_of(s),
        .tickets = smtp_peer_listed(s, "tls_resumption_hosts", &s->conf->tls_resumption_hosts),
        .context = s};
    if (!settings_fill(s, wants.verify, &settings)) {
        return false;
    }
    struct tls_settings as_written;
    wants.named = smtp_tls_settings_fixed(s->conf, &as_written) ? NULL : named;
    forget(s);
    err e = tls_server_start(s->server->tls, &settings, &wants, s->wire,
                             s->conf->smtp_receive_timeout, s->arena, &s->tls);
    if (failed(e)) {
        smtp_tls_failure_log(s, e);
        s->close_reason = "tls-failed";
        s->tls = NULL;
        return false;
    }
    s->below = s->wire;
    s->wire = tls_wire(s->tls);
    s->peer_facts.tls = tls_facts(s->tls);
    return true;
}

void smtp_tls_end(struct smtp_session *s)
{
    if (s->tls != NULL) {
        tls_end(s->tls);
        s->wire = s->below;
        s->tls = NULL;
    }
}

/* --- what it leaves behind ----------------------------------------------------------------------------- */

struct log_tls smtp_tls_told(const struct smtp_session *s)
{
    const struct facts_tls *tls = s->peer_facts.tls;
    return tls == NULL ? (struct log_tls){.cipher = SPAN_EMPTY}
                       : (struct log_tls){.cipher = tls->cipher,
                                          .resumed = (tls->resumption & TLS_RESUME_RESUMED) != 0,
                                          .certificate = tls->peercert.len > 0,
                                          .verified = tls->certificate_verified,
                                          .peer_dn = tls->peerdn,
                                          .sni = tls->sni};
}

/* PEM in one line, as -H has it: "\n" stands for a line end. */
static span pem_line(span pem, struct arena *arena)
{
    unsigned char *line = arena_take(arena, 2 * pem.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < pem.len; i++) {
        if (pem.at[i] == '\n') {
            line[len++] = '\\';
        }
        line[len++] = pem.at[i] == '\n' ? 'n' : pem.at[i];
    }
    return span_of(line, len);
}

void smtp_tls_envelope(const struct smtp_session *s, struct envelope *e, struct arena *arena)
{
    const struct facts_tls *tls = s->peer_facts.tls;
    if (tls == NULL) {
        return;
    }
    e->tls_certificate_verified = tls->certificate_verified;
    e->tls_cipher = tls->cipher;
    e->tls_ver = tls->ver;
    e->tls_peerdn = tls->peerdn;
    e->tls_sni = tls->sni;
    e->tls_peercert = pem_line(tls->peercert, arena);
    e->tls_ourcert = pem_line(tls->ourcert, arena);
    e->tls_ocsp = tls->ocsp;
    e->tls_resumption = tls->resumption;
}
