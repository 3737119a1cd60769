/* A scanner that cannot be asked must not be mistaken for one that says yes or no: then the condition
   defers, and one line of a log says why. */
#include "ref/smtp/scan.h"

#include "ref/mail/header.h"
#include "ref/scan/bmi.h"
#include "ref/scan/dcc.h"
#include "ref/smtp/expansions.h"
#include "ref/smtp/receive.h"

/* --- dccifd ------------------------------------------------------------------------------------- */

/* $acl_m_NAME; empty if it was never set. */
static span variable(const struct smtp_session *s, const char *name)
{
    const struct acl_variables *v = &s->expansions.variables;
    for (size_t i = 0; i < v->message.count; i++) {
        if (span_eq(v->message.at[i].name, span_text(name))) {
            return v->message.at[i].value;
        }
    }
    return SPAN_EMPTY;
}

static span client_of(const struct smtp_session *s)
{
    span override = variable(s, "m_dcc_override_client_ip");
    span host = s->peer_facts.host_address;
    return override.len > 0 ? override : host.len > 0 ? host : SPAN("127.0.0.1");
}

static span helo_of(const struct smtp_session *s)
{
    span name = s->peer_facts.helo_name;
    if (!s->conf->dccifd_helo) {
        return SPAN("HELO localhost");
    }
    return name.len > 0 ? name : SPAN("localhost");
}

/* Whatever octets the daemon has sent: the log makes one line of them. */
static void raw_log(const struct smtp_session *s, span id, const char *text, span raw)
{
    struct buf line;
    while (raw.len > 0 && raw.at[raw.len - 1] == '\n') {
        raw.len--;
    }
    buf_init(&line, DCC_ANSWER_CEILING + 128);
    buf_put_text(&line, text);
    buf_put(&line, raw);
    log_write(s->server->log, LOG_MAIN, id, buf_span(&line));
    buf_wipe(&line);
}

static void answer_log(const struct smtp_session *s, span id, const struct dcc_answer *a)
{
    static const char *const texts[] = {
        [DCC_FAILED] = "Temporary error with DCC: ", [DCC_STRANGE] = "Unknown DCC response: ",
        [DCC_SILENT] = "DCC: dccifd closed before it had answered: "};
    if (a->long_result && a->outcome != DCC_STRANGE) {
        raw_log(s, id, "Wrong header from DCC, output is ", a->raw);
    }
    if (a->outcome > DCC_GREYLISTED) {
        raw_log(s, id, texts[a->outcome], a->raw);
    } else if (a->outcome == DCC_REJECTED) {
        span name = s->peer_facts.host_name, ip = s->peer_facts.host_address;
        log_printf(s->server->log, LOG_MAIN, id, "%s%.*s%s%s%.*s%sF=<%.*s>: rejected by DCC",
                   ip.len > 0 ? "H=" : "", SPAN_FMT(name), name.len > 0 ? " " : "",
                   ip.len > 0 ? "[" : "", SPAN_FMT(ip), ip.len > 0 ? "] " : "",
                   SPAN_FMT(s->tx.sender));
    }
}

/* dcc_direct_add_header: behind all other fields, at once. What $acl_m_dcc_add_header has is nobody's
   but the administrator's, and goes in as it is, field by field. */
static void fields_add(struct smtp_session *s, struct smtp_receive *r, span header)
{
    span field = dcc_header_field(header), more = variable(s, "m_dcc_add_header");
    if (field.len > 0) {
        spool_message_add(&r->message, false, ' ', field);
    }
    if (more.len > 0 && more.at[more.len - 1] != '\n') {
        more = span_text(arena_printf(s->tx.arena, "%.*s\n", SPAN_FMT(more)));
    }
    while (more.len > 0) {
        size_t end = 0;
        do {
            end += span_find_byte(span_from(more, end), '\n') + 1;
        } while (end < more.len && ascii_is_blank(more.at[end]));
        spool_message_add(&r->message, false, ' ', span_first(more, end));
        more = span_from(more, end);
    }
    smtp_receive_facts(s, r);
}

static err ask_daemon(struct smtp_session *s, struct smtp_receive *r, const struct address *to,
                      struct dcc_answer *answer)
{
    const struct envelope *e = &r->message.envelope;
    struct arena *arena = s->expansions.arena;
    span *headers = arena_take_array(arena, e->headers.count + 1, sizeof *headers);
    for (size_t i = 0; i < e->headers.count; i++) {
        headers[i] = e->headers.at[i].text;
    }
    TRY(spool_data_flush(&r->message.data));
    struct dcc_query query = {
        .options = span_text(s->conf->dccifd_options), .client = client_of(s), .helo = helo_of(s),
        .sender = s->tx.sender, .recipients = s->tx.addresses.at,
        .recipient_count = s->tx.addresses.count, .headers = headers,
        .header_count = e->headers.count, .body = r->message.data.fd,
        .body_at = (off_t)spool_data_offset(e->id)};
    return dcc_ask(to, &query, s->conf->dccifd_timeout, arena, answer);
}

static enum acl_verified dcc_verdict(struct smtp_session *s, struct smtp_receive *r)
{
    static const enum acl_verified verdicts[] = {
        [DCC_ACCEPTED] = ACL_VERIFIED, [DCC_REJECTED] = ACL_NOT_VERIFIED,
        [DCC_GREYLISTED] = ACL_NOT_VERIFIED, [DCC_FAILED] = ACL_VERIFY_LATER,
        [DCC_STRANGE] = ACL_VERIFY_LATER, [DCC_SILENT] = ACL_VERIFY_LATER};
    span id = span_text(r->message.envelope.id);
    struct address to;
    struct dcc_answer answer;
    if (!dcc_address_read(span_text(s->conf->dccifd_address), &to)) {
        log_printf(s->server->log, LOG_MAIN, id, "DCC: warning - invalid dccifd address: '%s'",
                   s->conf->dccifd_address);
        return ACL_VERIFY_LATER;
    }
    err e = ask_daemon(s, r, &to, &answer);
    if (failed(e)) {
        log_printf(s->server->log, LOG_PANIC, id, "DCC: %s", err_text(e, s->expansions.arena));
        return ACL_VERIFY_LATER;
    }
    answer_log(s, id, &answer);
    s->message_facts.dcc_result = answer.result;
    s->message_facts.dcc_header = arena_copy(s->tx.arena, answer.header);
    if (s->conf->dcc_direct_add_header && answer.outcome != DCC_SILENT) {
        fields_add(s, r, answer.header);
    }
    return verdicts[answer.outcome];
}

enum acl_verified smtp_scan_dcc(void *context)
{
    struct smtp_session *s = context;
    if (!s->tx.dcc_asked) { /* by an ACL for the text, which is all there */
        s->tx.dcc_asked = true;
        s->tx.dcc = dcc_verdict(s, s->tx.text);
    }
    return s->tx.dcc;
}

/* --- Brightmail --------------------------------------------------------------------------------- */

struct brightmail_log {
    const struct log *log;
    span id;
};

static void brightmail_say(void *context, bool main, span line)
{
    const struct brightmail_log *to = context;
    log_write(to->log, LOG_PANIC | (main ? LOG_MAIN : 0U), to->id, line);
}

/* Outside SMTP there is no recipient at hand when the ACL runs: what it sets is for all of them. */
static const struct bmi_recipient *recipients_make(struct smtp_session *s)
{
    struct bmi_recipient *all =
        arena_take_array(s->tx.arena, s->tx.addresses.count + 1, sizeof *all);
    for (size_t i = 0; i < s->tx.addresses.count; i++) {
        all[i].address = s->tx.addresses.at[i];
        all[i].optin = i < s->tx.optins.count ? s->tx.optins.at[i] : s->tx.changes.bmi_optin;
    }
    return all;
}

void smtp_scan_brightmail(struct smtp_session *s, struct smtp_receive *r)
{
    struct envelope *e = &r->message.envelope;
    if (!s->tx.changes.marks.bmi_run || s->tx.addresses.count == 0 || s->conf->bmi_library[0] == '\0' ||
        failed(spool_data_flush(&r->message.data))) {
        return;
    }
    struct brightmail_log to = {s->server->log, span_text(e->id)};
    struct bmi bmi = {.library = s->conf->bmi_library, .config = s->conf->bmi_config_file,
                      .wait = s->conf->bmi_timeout, .log = brightmail_say, .log_context = &to};
    span *headers = arena_take_array(s->tx.arena, e->headers.count + 1, sizeof *headers);
    size_t count = 0;
    for (size_t i = 0; i < e->headers.count; i++) {
        if (e->headers.at[i].type != '*') {
            headers[count++] = e->headers.at[i].text;
        }
    }
    span ip = s->peer_facts.host_address;
    struct bmi_message m = {
        .ip = ip.len > 0 ? ip : SPAN("127.0.0.1"), .sender = s->tx.sender,
        .recipients = recipients_make(s), .recipient_count = s->tx.addresses.count,
        .headers = headers, .header_count = count, .body = r->message.data.fd,
        .body_at = (off_t)spool_data_offset(e->id)};
    e->bmi_verdicts = bmi_scan(&bmi, &m, r->message.arena);
}
