/* What a client may use is what its last EHLO was told, never what the configuration says now. */
#include "ref/smtp/extensions.h"


static bool listed(const struct smtp_session *s, const struct host_list *list)
{
    return host_list_match(list, s->peer->tcp ? &s->peer->remote : NULL);
}

static bool always(const struct smtp_session *s)
{
    (void)s;
    return true;
}

static bool offers_8bitmime(const struct smtp_session *s)
{
    return s->conf->accept_8bitmime;
}

static bool offers_dsn(const struct smtp_session *s)
{
    return listed(s, &s->conf->dsn_advertise_hosts);
}

static bool offers_pipelining(const struct smtp_session *s)
{
    return listed(s, &s->conf->pipelining_advertise_hosts);
}

static bool offers_chunking(const struct smtp_session *s)
{
    return listed(s, &s->conf->chunking_advertise_hosts);
}

/* RFC 6531 3.1: only together with 8BITMIME. */
static bool offers_smtputf8(const struct smtp_session *s)
{
    return s->conf->accept_8bitmime && listed(s, &s->conf->smtputf8_advertise_hosts);
}

/* RFC 1870 4: 0 says that there is no fixed maximum. */
static void size_argument(const struct smtp_session *s, struct buf *out)
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
    [SMTP_EXT_CHUNKING] = {"CHUNKING", offers_chunking, NULL, 0, 0, "RFC3030-2"},
    [SMTP_EXT_ENHANCED] = {"ENHANCEDSTATUSCODES", always, NULL, 0, 0, "RFC2034-3"},
    [SMTP_EXT_SMTPUTF8] = {"SMTPUTF8", offers_smtputf8, NULL, 10, 0, "RFC6531-3.1"},
    [SMTP_EXT_HELP] = {"HELP", always, NULL, 0, 0, "RFC5321-4.1.1.8"},
};

smtp_offer smtp_extensions_offer(const struct smtp_session *s, struct buf *out)
{
    smtp_offer offer = 0;
    for (unsigned i = 0; i < SMTP_EXT_COUNT; i++) {
        const struct smtp_extension_row *row = &smtp_extensions[i];
        if (row->offered(s)) {
            offer |= 1U << i;
            buf_printf(out, "\n%s", row->keyword);
            if (row->argument != NULL) {
                row->argument(s, out);
            }
        }
    }
    return offer;
}

size_t smtp_command_octets(const struct smtp_session *s, const struct smtp_verb_rule *rule)
{
    size_t octets = SMTP_COMMAND_OCTETS;
    for (unsigned i = 0; i < SMTP_EXT_COUNT; i++) {
        if (smtp_offered(s, i)) {
            octets += rule->handler == smtp_cmd_mail   ? smtp_extensions[i].mail_octets
                      : rule->handler == smtp_cmd_rcpt ? smtp_extensions[i].rcpt_octets
                                                       : 0;
        }
    }
    return octets;
}
