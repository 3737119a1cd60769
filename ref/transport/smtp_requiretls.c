/* What a sender may ask of the way that a message takes: RFC 8689. A message that is marked goes only
   to a host whose name is validated, inside TLS with a certificate for that name, and to one that
   makes the same promise; a host that is not like that is left with QUIT, the next one is asked, and
   behind the last the message comes back. "TLS-Required: No" asks for the opposite: what is wanted of
   a host's TLS is tried, and not insisted on. */
#include "ref/transport/smtp.h"

#include "ref/expand/match.h"

/* RFC 8689 3: "No" alone means something, and two fields are a mistake that means nothing. */
static bool header_waives(const struct envelope *e)
{
    const span name = SPAN("TLS-Required:");
    size_t count = 0;
    bool no = false;
    for (size_t i = 0; i < e->headers.count; i++) {
        span text = e->headers.at[i].text;
        if (e->headers.at[i].type != '*' && text.len >= name.len &&
            span_eq_caseless(span_first(text, name.len), name)) {
            count++;
            no = span_eq_caseless(span_trim_space(span_from(text, name.len)), SPAN("No"));
        }
    }
    return count == 1 && no;
}

void smtp_requiretls_read(struct smtp_run *r)
{
    const struct envelope *e = &r->job->message->envelope;
    r->way = e->requiretls       ? SMTP_WAY_REQUIRED
             : header_waives(e) ? SMTP_WAY_WAIVED
                                : SMTP_WAY_USUAL;
}

static struct client_trouble trouble(const char *status, span text)
{
    return (struct client_trouble){.cause = CLIENT_TLS_NEEDED, .step = CLIENT_STARTTLS,
                                   .permanent = true, .lasting = true, .status = status,
                                   .command = SPAN_EMPTY, .text = text,
                                   .reply = {.text = SPAN_EMPTY, .status = SPAN_EMPTY}};
}

/* RFC 8689 2: a name that an MX record gave counts if DNSSEC or a policy says so. Without a record it is
   the domain's own or the configuration's. */
bool smtp_requiretls_host(struct smtp_run *r, const struct route_host *host,
                          struct client_trouble *why)
{
    span names;
    if (r->way != SMTP_WAY_REQUIRED || host->preference < 0 || host->mx_secure) {
        return true;
    }
    if (!smtp_option(r, "requiretls_mx_names", r->o->requiretls_mx_names, &names)) {
        *why = (struct client_trouble){.cause = CLIENT_OUR_FAULT};
        return false;
    }
    struct list_reader list = list_reader_of(names);
    for (span item; list_next(&list, r->job->arena, &item);) {
        /* RFC 8461 4.1: a star stands for the leftmost label. */
        bool star = span_starts(item, SPAN("*."));
        size_t dot = span_find_byte(host->name, '.');
        span name = star && dot != SPAN_NONE ? span_from(host->name, dot) : host->name;
        if (span_eq_caseless(name, star ? span_from(item, 1) : item)) {
            return true;
        }
    }
    *why = trouble("5.7.10", span_text(arena_printf(
                       r->job->arena, "REQUIRETLS: the MX record that names %.*s is not secured by "
                       "DNSSEC", SPAN_FMT(host->name))));
    return false;
}

void smtp_requiretls_options(struct smtp_run *r, const struct route_host *host,
                             struct arena *arena, struct client_options *o)
{
    struct client_tls *tls = &o->tls;
    if (r->way == SMTP_WAY_REQUIRED) {
        tls->require = true;
        tls->avoid = tls->try_clear = false;
        tls->wants.verify = TLS_VERIFY_MUST;
        tls->wants.names = arena_copy(arena, host->name);
    } else if (r->way == SMTP_WAY_WAIVED && !o->auth.want && !r->tls_at_once) {
        /* Where passwords are said the demands are ours, not the recipient's. */
        tls->require = false;
        tls->try_clear = true;
        tls->wants.verify = tls->wants.verify == TLS_VERIFY_MUST ? TLS_VERIFY_TRY
                                                                 : tls->wants.verify;
        tls->wants.ocsp = tls->wants.ocsp == TLS_OCSP_MUST ? TLS_OCSP_ASK : tls->wants.ocsp;
    }
}

/* A bounce goes on to a host that does not promise (RFC 8689 5), inside TLS all the same. */
bool smtp_requiretls_session(struct smtp_run *r, const struct smtp_connection *c,
                             struct client_trouble *why)
{
    if (r->way != SMTP_WAY_REQUIRED || r->job->sender.len == 0 ||
        client_offers_has(&c->client.offers, CLIENT_OFFERS_REQUIRETLS)) {
        return true;
    }
    *why = trouble("5.7.30", SPAN("REQUIRETLS support is required from the server but it was not "
                                  "offered"));
    return false;
}

/* RFC 8689 4.2.1: TLS that cannot be had is the end, unless it may be there another day or a host
   before this one may be. */
void smtp_requiretls_judge(struct smtp_run *r, struct client_trouble *t)
{
    bool of_tls = t->cause == CLIENT_TLS_NEEDED || t->cause == CLIENT_TLS_FAILED;
    if (r->way == SMTP_WAY_REQUIRED && of_tls && t->lasting) {
        t->permanent = !r->put_off;
        t->status = t->status != NULL ? t->status : "5.7.10";
    }
    r->put_off = r->put_off || (!t->permanent && t->cause != CLIENT_FINE);
}
