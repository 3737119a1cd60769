/* message/delivery-status: RFC 3464 2 in the order of its grammar, with what RFC 3461 6.3 asks for on
   top, and the seed's extra information. Where the seed's form and the RFC disagree
   (dsn_remote_mta_form, docs/adr/0171-dsn-extra-information.md) the RFC's has one Remote-MTA, of type
   dns, and tells the address in a field of its own. */
#include "ref/dsn/report.h"

#include "ref/mail/date.h"
#include "ref/mail/params.h"
#include "ref/mail/utf8.h"

enum { SMTP_PORT = 25, FIELD_LIMIT = 970 };

/* --- folding ------------------------------------------------------------------------------------- */

/* Where in text a line may end: its length, and what is passed over behind it. */
struct piece {
    size_t len, skip;
};

static struct piece break_at(span text, size_t most)
{
    size_t blank = SPAN_NONE;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == '\n') {
            return (struct piece){i, 1};
        }
        if (i >= most) {
            return blank != SPAN_NONE ? (struct piece){blank, 1} : (struct piece){most, 0};
        }
        blank = text.at[i] == ' ' ? i : blank;
    }
    return (struct piece){text.len, 0};
}

/* Octets as they may stand in a field. */
static void put_octets(span text, bool utf8, struct buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = text.at[i];
        bool fine = (c >= 32 && c < 127) || c == '\t' || (utf8 && c > 127);
        buf_put_byte(out, fine ? c : '?');
    }
}

/* What somebody will compare: a fold inside it would be part of it (RFC 3464 2.2.1, 2.3.1). It goes
   into one line. */
static void value_put(const char *name, span value, bool utf8, struct buf *out)
{
    value = span_first(value, FIELD_LIMIT);
    buf_printf(out, "%s: ", name);
    put_octets(value, utf8 && mail_utf8_bad(value) == SPAN_NONE, out);
    buf_put_byte(out, '\n');
}

/* What somebody will read: broken at blanks into lines that begin with one, and at line feeds. */
static void field_put(const char *name, span text, struct buf *out)
{
    size_t used = strlen(name) + 2;
    text = span_first(span_trim_space(text), FIELD_LIMIT);
    buf_printf(out, "%s: ", name);
    for (bool first = true; text.len > 0; first = false) {
        struct piece p = break_at(text, DSN_LINE - used);
        if (p.len > 0 || p.skip == 0) {
            buf_put_text(out, first ? "" : "\n ");
            put_octets(span_first(text, p.len), false, out);
        }
        text = span_from(text, p.len + p.skip);
        used = 1;
    }
    buf_put_byte(out, '\n');
}

/* --- groups -------------------------------------------------------------------------------------- */

/* xtext as meant; as it stands if what it means cannot stand in a field. */
static span decoded(const struct dsn_request *r, span xtext)
{
    struct buf text;
    span plain = xtext;
    buf_init(&text, xtext.len + 1);
    if (mail_xtext_decode(xtext, &text)) {
        bool fine = true;
        for (size_t i = 0; i < text.len; i++) {
            fine &= (text.at[i] >= 32 && text.at[i] < 127) || text.at[i] == '\t';
        }
        plain = fine ? arena_copy(r->arena, buf_span(&text)) : xtext;
    }
    buf_wipe(&text);
    return plain;
}

static void message_group_put(const struct dsn_request *r, struct buf *out)
{
    const struct envelope *e = &r->original->envelope;
    char date[MAIL_DATE_ROOM];
    if (e->dsn_envid.len > 0) {
        value_put("Original-Envelope-Id", decoded(r, e->dsn_envid), false, out);
    }
    const char *name = arena_printf(r->arena, "dns; %s", r->conf->main.primary_hostname);
    field_put("Reporting-MTA", span_text(name), out);
    field_put("Arrival-Date",
              span_text(mail_date_write(e->received, mail_zone_offset(e->received), date)), out);
}

static const char *const actions[] = {
    [DSN_ACTION_FAILED] = "failed",       [DSN_ACTION_DELAYED] = "delayed",
    [DSN_ACTION_DELIVERED] = "delivered", [DSN_ACTION_RELAYED] = "relayed",
    [DSN_ACTION_EXPANDED] = "expanded",
};

/* RFC 3463: class, subject, detail. The first digit must fit what happened. */
static span status_of(const struct dsn_about *about)
{
    span s = about->address->result.status;
    bool failure = about->action == DSN_ACTION_FAILED;
    if (about->action != DSN_ACTION_FAILED && about->action != DSN_ACTION_DELAYED) {
        return SPAN("2.0.0");
    }
    if (s.len > 2 && (s.at[0] == '4' || (failure && s.at[0] == '5'))) {
        return s;
    }
    return failure ? SPAN("5.0.0") : SPAN("4.0.0");
}

static void recipient_put(const struct dsn_request *r, const struct delivery_address *a,
                          struct buf *out)
{
    const struct delivery_address *top = delivery_top(a);
    bool utf8 = mail_has_high(top->address);
    span type, address;
    if (top->orcpt.len > 0 && span_split(top->orcpt, ';', &type, &address)) {
        bool global = span_eq_caseless(type, SPAN("utf-8"));
        const char *text = arena_printf(r->arena, "%.*s;%.*s", SPAN_FMT(type),
                                        SPAN_FMT(global ? address : decoded(r, address)));
        value_put("Original-Recipient", span_text(text), global, out);
    }
    const char *final = arena_printf(r->arena, "%s;%.*s", utf8 ? "utf-8" : "rfc822",
                                     SPAN_FMT(top->address));
    value_put("Final-Recipient", span_text(final), utf8, out);
}

static span host_ip(const struct dsn_request *r, const struct route_host *host)
{
    char ip[64];
    uint16_t port = address_port(&host->address);
    address_host(&host->address, ip, sizeof ip);
    return span_text(port == 0 || port == SMTP_PORT
                         ? arena_printf(r->arena, "X-ip; [%s]", ip)
                         : arena_printf(r->arena, "X-ip; [%s]:%u", ip, (unsigned)port));
}

static void remote_put(const struct dsn_request *r, const struct route_host *host, struct buf *out)
{
    struct address literal;
    if (host == NULL || host->address.len == 0) {
        return;
    }
    bool ip = address_parse(host->name, 0, &literal);
    const char *name = arena_printf(r->arena, ip ? "dns; [%.*s]" : "dns; %.*s",
                                    SPAN_FMT(host->name));
    field_put("Remote-MTA", span_text(name), out);
}

static span typed(const struct dsn_request *r, const char *type, span text)
{
    return span_text(arena_printf(r->arena, "%s; %.*s", type, SPAN_FMT(text)));
}

/* What the seed adds to reports of failures, whenever it is known. */
static void extra_put(const struct dsn_request *r, const struct delivery_result *result, bool seed,
                      struct buf *out)
{
    if (result->host != NULL && result->host->address.len > 0) {
        field_put(seed ? "Remote-MTA" : "X-Remote-MTA-ip", host_ip(r, result->host), out);
    }
    if (result->greeting.len > 0) {
        field_put("X-Remote-MTA-smtp-greeting", typed(r, "X-str", result->greeting), out);
    }
    if (result->helo_response.len > 0) {
        field_put("X-Remote-MTA-helo-response", typed(r, "X-str", result->helo_response), out);
    }
    if (result->text.len > 0) {
        field_put("X-Exim-Diagnostic", typed(r, "X-str", result->text), out);
    }
}

static void diagnostic_put(const struct dsn_request *r, const struct dsn_about *about,
                           struct buf *out)
{
    const struct delivery_result *result = &about->address->result;
    span reply = result->reply.len > 0 ? result->reply : result->confirmation;
    if (about->action == DSN_ACTION_EXPANDED || result->host == NULL) {
        return;
    }
    if (reply.len > 0) {
        field_put("Diagnostic-Code", typed(r, "smtp", reply), out);
    } else if (result->text.len > 0) {
        field_put("Diagnostic-Code", typed(r, "X-refmta", result->text), out);
    }
}

static void recipient_group_put(const struct dsn_request *r, const struct dsn_about *about,
                                struct buf *out)
{
    const struct delivery_result *result = &about->address->result;
    bool seed = strcmp(r->conf->main.dsn_remote_mta_form, "seed") == 0;
    bool failure = about->action == DSN_ACTION_FAILED;
    char date[MAIL_DATE_ROOM];
    recipient_put(r, about->address, out);
    field_put("Action", span_text(actions[about->action]), out);
    field_put("Status", status_of(about), out);
    remote_put(r, result->host, out);
    if (failure && seed) {
        extra_put(r, result, true, out);
    }
    diagnostic_put(r, about, out);
    if (about->action == DSN_ACTION_DELAYED) {
        field_put("Last-Attempt-Date",
                      span_text(mail_date_write(r->now, mail_zone_offset(r->now), date)), out);
    }
    if (failure && !seed) {
        extra_put(r, result, false, out);
    }
}

void dsn_fields_put(const struct dsn_request *r, struct buf *out)
{
    message_group_put(r, out);
    for (size_t i = 0; i < r->count; i++) {
        buf_put_byte(out, '\n');
        recipient_group_put(r, &r->about[i], out);
    }
}
