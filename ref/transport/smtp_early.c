/* Whom the transport may speak to before it is greeted: early pipelining, as far as the configuration
   goes. The name in EHLO is said before there is a connection, so it must not need the address that
   the connection will come from. */
#include "ref/transport/smtp.h"

void smtp_early_spoilt(const struct smtp_run *r, const struct route_host *host,
                       struct smtp_connection *c)
{
    const struct transport_job *job = r->job;
    char address[64];
    client_early_forget(&c->client);
    if (job->log != NULL && client_early_spoilt(&c->client)) {
        address_host(&host->address, address, sizeof address);
        log_printf(job->log, LOG_MAIN, span_text(job->message->envelope.id),
                   "early pipelining with %.*s [%s] came to nothing, once more without: %.*s",
                   SPAN_FMT(host->name), address, SPAN_FMT(c->client.trouble.text));
    }
}

/* The rule looks at the text of the option, as Exim's does: whoever asks whether the variable is set
   has an answer for when it is not. */
static bool name_is_known(const struct smtp_run *r, bool bound)
{
    span text = r->o->helo_data != NULL ? template_text(r->o->helo_data) : SPAN_EMPTY;
    bool needed = span_has(text, SPAN("$sending_ip_address")) ||
                  span_has(text, SPAN("${sending_ip_address}"));
    return !needed || bound || span_has(text, SPAN("def:sending_ip_address"));
}

void smtp_early(struct smtp_run *r, const struct route_host *host, bool bound,
                struct arena *arena, struct client_early *early)
{
    const struct conf_main *main = &r->job->conf->main;
    *early = (struct client_early){.key = SPAN_EMPTY};
    /* RFC 8689 4.2.1: MAIL waits for the reply that offers REQUIRETLS. */
    if (r->job->hints == NULL || r->way == SMTP_WAY_REQUIRED || !name_is_known(r, bound) ||
        !smtp_in_list(r, &r->o->hosts_pipe_connect, &host->address)) {
        return;
    }
    early->hints = r->job->hints;
    early->key = hint_ehlo_key(&host->address, arena);
    early->keep = main->retry_data_expire;
    early->keywords = &main->pipelining_connect_keyword;
    early->auths = &r->job->conf->auths;
    if (!hint_ehlo_get(early->hints, early->key, early->keep, &early->known)) {
        early->known = (struct hint_ehlo){0};
    }
}
