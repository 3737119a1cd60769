/* What a client may use is what its last EHLO was told, never what the configuration says now. */
#include "ref/smtp/extensions.h"

#include "ref/auth/auth.h"
#include "ref/smtp/expansions.h"
#include "ref/smtp/policy.h"
#include "ref/smtp/tls.h"
static bool always(struct smtp_session *s)
{
    (void)s;
    return true;
}

static bool offers_8bitmime(struct smtp_session *s)
{
    return s->conf->accept_8bitmime;
}

static bool offers_dsn(struct smtp_session *s)
{
    return smtp_peer_listed(s, "dsn_advertise_hosts", &s->conf->dsn_advertise_hosts);
}

static bool offers_pipelining(struct smtp_session *s)
{
    return !s->controls.no_pipelining &&
           smtp_peer_listed(s, "pipelining_advertise_hosts", &s->conf->pipelining_advertise_hosts);
}

/* Only directly behind PIPELINING. A name that is not registered deviates from RFC 5321 2.2.2, and one
   with an underscore from its grammar: docs/adr/0210. */
bool smtp_early_offered(struct smtp_session *s)
{
    return s->peer->tcp && offers_pipelining(s) &&
           smtp_peer_listed(s, "pipelining_connect_advertise_hosts",
                            &s->conf->pipelining_connect_advertise_hosts);
}

static bool offers_chunking(struct smtp_session *s)
{
    return smtp_peer_listed(s, "chunking_advertise_hosts", &s->conf->chunking_advertise_hosts);
}

/* RFC 6531 3.1: only together with 8BITMIME. */
static bool offers_smtputf8(struct smtp_session *s)
{
    return s->conf->accept_8bitmime &&
           smtp_peer_listed(s, "smtputf8_advertise_hosts", &s->conf->smtputf8_advertise_hosts);
}

/* RFC 8689 2, 4.2.1: said inside TLS, where alone it may be used. */
static bool offers_requiretls(struct smtp_session *s)
{
    return s->tls != NULL &&
           smtp_peer_listed(s, "tls_advertise_requiretls", &s->conf->tls_advertise_requiretls);
}

/* Not twice: who has authenticated is not asked again (RFC 4954 4). */
enum smtp_auth_offer smtp_auth_offer_now(struct smtp_session *s)
{
    const struct conf_auths *auths = s->server->policy->auths;
    bool some = false, offered = false;
    for (size_t i = 0; i < auths->count; i++) {
        some = some || auths->at[i].server;
    }
    if (!some || !smtp_peer_listed(s, "auth_advertise_hosts", &s->conf->auth_advertise_hosts)) {
        return SMTP_AUTH_NONE;
    }
    for (size_t i = 0; i < auths->count && !offered; i++) {
        const char *why;
        offered = auth_advertised(&auths->at[i], smtp_expansion(s), &why);
    }
    return offered ? SMTP_AUTH_OFFERED : SMTP_AUTH_ELSEWHERE;
}

static bool offers_auth(struct smtp_session *s)
{
    return s->authenticated == NULL && smtp_auth_offer_now(s) == SMTP_AUTH_OFFERED;
}

/* RFC 4954 3: the mechanisms, each once. */
static void auth_argument(struct smtp_session *s, struct buf *out)
{
    const struct conf_auths *auths = s->server->policy->auths;
    for (size_t i = 0; i < auths->count; i++) {
        const struct conf_auth *a = &auths->at[i];
        const char *why;
        bool first = auth_find(auths, span_text(a->generic->public_name)) == a;
        if (first && auth_advertised(a, smtp_expansion(s), &why)) {
            buf_printf(out, " %s", a->generic->public_name);
        } else if (first && why != NULL) {
            log_printf(s->server->log, LOG_MAIN | LOG_PANIC, SPAN_EMPTY,
                       "failed to expand server_advertise_condition of %s: %s", a->name, why);
        }
    }
}

/* RFC 1870 4: 0 says that there is no fixed maximum. */
static void size_argument(struct smtp_session *s, struct buf *out)
{
    buf_printf(out, " %llu", (unsigned long long)s->conf->message_size_limit);
}

const struct smtp_extension_row smtp_extensions[SMTP_EXT_COUNT] = {
    [SMTP_EXT_SIZE] = {"SIZE", always, size_argument, 26, 0, "RFC1870-3"},
    [SMTP_EXT_8BITMIME] = {"8BITMIME", offers_8bitmime, NULL, 17, 0, "RFC6152-2"},
    /* " RET=FULL ENVID=" and 100; " NOTIFY=SUCCESS,FAILURE,DELAY ORCPT=" and 500: RFC 3461 5.4 */
    [SMTP_EXT_DSN] = {"DSN", offers_dsn, NULL, 116, 536, "RFC3461-3"},
    [SMTP_EXT_VRFY] = {"VRFY", always, NULL, 0, 0, "RFC5321-3.5.2"},
    [SMTP_EXT_PIPELINING] = {"PIPELINING", offers_pipelining, NULL, 0, 0, "RFC2920-3"},
    [SMTP_EXT_EARLY] = {NULL, smtp_early_offered, NULL, 0, 0, "SEED-PIPE-CONNECT"},
    [SMTP_EXT_AUTH] = {"AUTH", offers_auth, auth_argument, 500, 0, "RFC4954-3"},
    [SMTP_EXT_CHUNKING] = {"CHUNKING", offers_chunking, NULL, 0, 0, "RFC3030-2"},
    [SMTP_EXT_ENHANCED] = {"ENHANCEDSTATUSCODES", always, NULL, 0, 0, "RFC2034-3"},
    [SMTP_EXT_SMTPUTF8] = {"SMTPUTF8", offers_smtputf8, NULL, 10, 0, "RFC6531-3.1"},
    [SMTP_EXT_STARTTLS] = {"STARTTLS", smtp_tls_offered, NULL, 0, 0, "RFC3207-2"},
    [SMTP_EXT_REQUIRETLS] = {"REQUIRETLS", offers_requiretls, NULL, 11, 0, "RFC8689-2"},
    [SMTP_EXT_HELP] = {"HELP", always, NULL, 0, 0, "RFC5321-4.1.1.8"},
};

smtp_offer smtp_extensions_offer(struct smtp_session *s, struct buf *out)
{
    smtp_offer offer = 0;
    for (unsigned i = 0; i < SMTP_EXT_COUNT; i++) {
        const struct smtp_extension_row *row = &smtp_extensions[i];
        if (row->offered(s)) {
            offer |= 1U << i;
            buf_put_byte(out, '\n');
            buf_put(out, row->keyword != NULL ? span_text(row->keyword)
                                              : s->conf->pipelining_connect_keyword.at[0]);
            if (row->argument != NULL) {
                row->argument(s, out);
            }
        }
    }
    return offer;
}

size_t smtp_command_octets(const struct smtp_session *s, const struct smtp_verb_rule *rule)
{
    size_t octets = rule->handler == smtp_cmd_auth ? AUTH_LINE_OCTETS : SMTP_COMMAND_OCTETS;
    for (unsigned i = 0; i < SMTP_EXT_COUNT; i++) {
        if (smtp_offered(s, i)) {
            octets += rule->handler == smtp_cmd_mail   ? smtp_extensions[i].mail_octets
                      : rule->handler == smtp_cmd_rcpt ? smtp_extensions[i].rcpt_octets
                                                       : 0;
        }
    }
    return octets;
}
