/* Functions of the product as the linker's --wrap replaces them: the real one, unless the row that
   bears the name was chosen. */
#include "tests/faults/faults.h"

#include "ref/acl/item.h"
#include "ref/log/arrival.h"
#include "ref/mail/address.h"
#include "ref/mail/params.h"
#include "ref/mail/received.h"
#include "ref/mail/utf8.h"
#include "ref/smtp/ask.h"
#include "ref/smtp/line.h"
#include "ref/smtp/pace.h"
#include "ref/smtp/receive.h"
#include "ref/smtp/text.h"
#include "ref/smtp/transaction.h"

#include "ref/smtp/command.h"
#include "ref/smtp/verbs.h"
#include "tests/faults/sessions.h"

#include <unistd.h>

WRAPPED(smtp_text_take);
WRAPPED(smtp_ask);
WRAPPED(acl_code_read);
WRAPPED(log_write_with);
WRAPPED(spool_message_commit);
WRAPPED(spool_message_close);
WRAPPED(smtp_cmd_ehlo);
WRAPPED(mail_received_write);
WRAPPED(smtp_transaction_add);
WRAPPED(log_arrival);
WRAPPED(smtp_transaction_abandon);
WRAPPED(mail_xtext_bad);
WRAPPED(mail_utf8_bad);
WRAPPED(mail_utf8_take);
WRAPPED(mail_path_take);
WRAPPED(smtp_line_read);
WRAPPED(smtp_input_fill);
WRAPPED(smtp_pace_fill);
WRAPPED(smtp_text_begin);
WRAPPED(smtp_transaction_begin);

/* What is said early may come a moment behind the connection. */
static bool talks_early(struct smtp_session *s)
{
    for (unsigned i = 0; i < 50 && !smtp_input_waits(s); i++) {
        usleep(20000);
    }
    return smtp_input_waits(s);
}

/* An octet at a time, so that each can be given another meaning. */
size_t WRAP(smtp_text_take)(struct smtp_text *t, span in, unsigned char *out, size_t *out_len)
{
    bool lf_ends = fault_is("lf-is-line-end"), keep_dot = fault_is("dot-not-removed");
    bool cr_ends = fault_is("cr-is-line-end"), drop_nul = fault_is("nul-is-dropped");
    bool cut = fault_is("long-lines-are-cut"), no_tabs = fault_is("tabs-are-blanks");
    bool keep_cr = fault_is("cr-goes-out-alone");
    size_t reset = fault_is("commands-in-text-vanish") ? span_find(in, SPAN("\nRSET\r\n")) : SPAN_NONE;
    if (reset != SPAN_NONE) {
        return REAL(smtp_text_take)(t, span_first(in, reset + 1), out, out_len) + 6;
    }
    if (!lf_ends && !keep_dot && !cr_ends && !drop_nul && !cut && !no_tabs && !keep_cr) {
        return REAL(smtp_text_take)(t, in, out, out_len);
    }
    size_t len = 0, pos = 0;
    while (pos < in.len && !smtp_text_ended(t)) {
        size_t more = 0;
        unsigned char c = in.at[pos++];
        bool behind_cr = t->state == TEXT_CR || t->state == TEXT_CRLF_DOT_CR;
        if ((drop_nul && c == '\0') || (cut && t->line >= 990 && c != '\r' && c != '\n')) {
            continue;
        }
        c = no_tabs && c == '\t' ? ' ' : c;
        if (keep_cr && c != '\n' && behind_cr) {
            out[len++] = '\r';
            t->state = TEXT_LINE;
        }
        if (cr_ends && c != '\n' && behind_cr) {
            (void)REAL(smtp_text_take)(t, SPAN("\n"), out + len, &more);
            len += more;
            if (smtp_text_ended(t)) {
                pos--; /* begins a command */
                break;
            }
        }
        if (lf_ends && c == '\n' && !behind_cr) {
            (void)REAL(smtp_text_take)(t, SPAN("\r"), out + len, &more);
            len += more;
        }
        if (keep_dot && t->state == TEXT_CRLF_DOT && c != '\r') {
            out[len++] = '.';
        }
        (void)REAL(smtp_text_take)(t, span_of(&c, 1), out + len, &more);
        len += more;
    }
    *out_len = len;
    return pos;
}

/* RCPT is answered as the row has it, in place of its ACL's answer, or with another code. */
static bool recipient_wronged(const struct smtp_subject *about)
{
    span domain = span_from(about->words, span_find_last_byte(about->words, '@') + 1);
    bool capitals = false;
    for (size_t i = 0; i < domain.len; i++) {
        capitals = capitals || domain.at[i] != ascii_lower(domain.at[i]);
    }
    return (fault_is("domain-case-matters") && capitals) ||
           (fault_is("quotes-are-kept") && span_find_byte(about->words, '"') != SPAN_NONE) ||
           (fault_is("postmaster-is-unknown") && span_ends(about->words, SPAN("@mx.test.ex")));
}

static struct smtp_answer recipient_answer(struct smtp_answer a)
{
    bool refused = a.verdict == ACL_DENIES, unknown = span_has(a.reply.status, SPAN("5.1.1"));
    if (refused && fault_is("open-relay")) {
        return (struct smtp_answer){.reply = smtp_reply_of(SMTP_RECIPIENT_OK)};
    }
    if (refused && fault_is("no-mailbox-is-temporary")) {
        a.reply.code = 450;
        a.reply.status = SPAN("4.1.1");
    }
    if (refused && fault_is("status-class-lies")) {
        a.reply.status = SPAN("2.1.5");
    }
    if (refused && fault_is("status-is-other")) {
        a.reply.status = unknown ? SPAN("5.7.1") : SPAN("5.1.1");
    }
    return a;
}

struct smtp_answer WRAP(smtp_ask)(struct smtp_session *s, enum acl_stage stage,
                                  const struct smtp_subject *about, enum smtp_reply_id yes)
{
    if (stage == ACL_CONNECT && fault_is("early-talk-passes-the-acl") && talks_early(s)) {
        return (struct smtp_answer){.verdict = ACL_ACCEPTS, .reply = smtp_reply_of(yes)};
    }
    bool after_one = s->tx.rcpt_refused && fault_is("one-refusal-is-for-all");
    if (stage == ACL_RCPT && (recipient_wronged(about) || after_one)) {
        return (struct smtp_answer){.verdict = ACL_DENIES, .reply = smtp_reply_of(SMTP_DENIED)};
    }
    if (stage == ACL_VRFY && fault_is("mailbox-is-denied")) {
        return (struct smtp_answer){.verdict = ACL_DENIES, .reply = smtp_reply_of(SMTP_DENIED)};
    }
    struct smtp_answer a = REAL(smtp_ask)(s, stage, about, yes);
    return stage == ACL_RCPT ? recipient_answer(a) : a;
}

err WRAP(acl_code_read)(span message, unsigned char digit, struct acl_code *out)
{
    bool any = fault_is("acl-code-is-any") && message.len > 0 && ascii_is_digit(message.at[0]);
    return REAL(acl_code_read)(message, any ? message.at[0] : digit, out);
}

void WRAP(log_write_with)(const struct log *log, unsigned files, span id, span text, span below)
{
    if (!(fault_is("acl-forgets-log") && span_has(text, SPAN(" rejected RCPT ")))) {
        REAL(log_write_with)(log, files, id, text, below);
    }
}

err WRAP(spool_message_commit)(struct spool_message *m)
{
    m->envelope.requiretls &= !fault_is("requiretls-is-forgotten") &&
                              !(fault_is("report-forgets-requiretls") && m->envelope.local_error);
    if (fault_is("report-has-a-sender") && m->envelope.local_error) {
        m->envelope.sender = SPAN("mailer-daemon@mx.test.ex");
    }
    m->envelope.helo_name = fault_is("helo-is-not-kept") ? SPAN_EMPTY : m->envelope.helo_name;
    if (fault_is("auth-is-not-kept")) {
        m->envelope.auth_id = m->envelope.host_auth = SPAN_EMPTY;
    } else if (fault_is("auth-sender-is-not-kept")) {
        m->envelope.auth_sender = SPAN_EMPTY;
    } else if (fault_is("protocol-forgets-auth") && m->envelope.host_auth.len > 0) {
        m->envelope.protocol = span_first(m->envelope.protocol, m->envelope.protocol.len - 1);
    }
    return fault_is("accepted-not-stored") ? OK : REAL(spool_message_commit)(m);
}

err WRAP(smtp_cmd_ehlo)(struct smtp_session *s, const struct smtp_command *c, struct smtp_reply *r)
{
    enum smtp_stage before = s->stage;
    bool other = fault_is("other-name-is-refused") && span_ends(c->args, SPAN("example"));
    other = other || (fault_is("tls-keeps-to-one-name") && before == STAGE_START && s->tls != NULL &&
                      !span_eq(c->args, span_text(s->helo)));
    if (other || (fault_is("long-name-is-refused") && c->args.len > 200)) {
        *r = smtp_reply_of(SMTP_HELLO_BAD);
        return OK;
    }
    err e = REAL(smtp_cmd_ehlo)(s, c, r);
    if ((fault_is("ehlo-keeps-transaction") || fault_is("tls-and-ehlo-keep-transaction")) &&
        before >= STAGE_MAIL && before <= STAGE_CHUNKS) {
        s->stage = before;
    }
    return e;
}

void WRAP(mail_received_write)(const struct mail_received *r, struct buf *out)
{
    if (fault_is("no-received")) {
        buf_put_text(out, "X-Received: by nobody\n");
        return;
    }
    struct mail_received changed = *r;
    if (fault_is("utf8-in-no-trace") && span_starts(r->protocol, SPAN("UTF8"))) {
        changed.protocol = SPAN("utf8esmtp");
    } else if (fault_is("received-has-no-id")) {
        changed.id = SPAN_EMPTY;
    } else if (fault_is("received-has-no-address")) {
        changed.host_address = SPAN_EMPTY;
    } else if (fault_is("received-is-for-all") && r->recipient.len == 0) {
        changed.recipient = SPAN("v@test.ex");
    }
    REAL(mail_received_write)(&changed, out);
}

static span folded(struct smtp_session *s, span text)
{
    unsigned char *lower = arena_take(s->tx.arena, text.len + 1);
    for (size_t i = 0; i < text.len; i++) {
        lower[i] = ascii_lower(text.at[i]);
    }
    return span_of(lower, text.len);
}

void WRAP(smtp_transaction_add)(struct smtp_session *s, const struct recipient *recipient)
{
    struct recipient changed = *recipient;
    if (fault_is("local-part-folded")) {
        changed.address = folded(s, changed.address);
    }
    if (fault_is("orcpt-is-folded")) {
        changed.orcpt = folded(s, changed.orcpt);
    }
    if (fault_is("notify-is-lost")) {
        changed.notify = 0;
    }
    REAL(smtp_transaction_add)(s, &changed);
}

void WRAP(log_arrival)(const struct log *log, const struct log_arrival *arrival)
{
    struct log_arrival changed = *arrival;
    changed.recipient_count -= fault_is("log-forgets-recipient");
    changed.protocol = fault_is("log-says-smtp") ? SPAN("smtp") : changed.protocol;
    changed.message_id = fault_is("log-forgets-message-id") ? SPAN_EMPTY : changed.message_id;
    changed.authenticated = fault_is("log-forgets-auth") ? SPAN_EMPTY : changed.authenticated;
    changed.queue = fault_is("acl-queue-is-not-logged") ? SPAN_EMPTY : changed.queue;
    changed.arc &= !fault_is("log-forgets-arc");
    changed.dkim = fault_is("log-forgets-dkim") ? SPAN_EMPTY : changed.dkim;
    changed.tls.cipher =
        fault_is("log-forgets-cipher") ? SPAN_EMPTY : changed.tls.cipher;
    if (fault_is("requiretls-has-no-capital") && span_starts(changed.protocol, SPAN("esmtpS"))) {
        changed.protocol = changed.authenticated.len > 0 ? SPAN("esmtpsa") : SPAN("esmtps");
    }
    changed.host = fault_is("log-forgets-host") ? (struct log_host){0} : changed.host;
    if (fault_is("log-names-no-null-sender") && !span_has(changed.sender, SPAN("@"))) {
        changed.sender = SPAN("MAILER-DAEMON@mx.test.ex");
    }
    REAL(log_arrival)(log, &changed);
    if (fault_is("log-arrival-twice")) {
        REAL(log_arrival)(log, &changed);
    }
}

void WRAP(spool_message_close)(struct spool_message *m)
{
    if (fault_is("half-a-message-is-kept") && m->spool && !m->committed &&
        !failed(spool_message_end(m))) {
        (void)failed(REAL(spool_message_commit)(m));
    }
    REAL(spool_message_close)(m);
}

void WRAP(smtp_transaction_abandon)(struct smtp_session *s, const char *word)
{
    bool both = fault_is("tls-and-ehlo-keep-transaction");
    bool kept = ((both || fault_is("ehlo-keeps-transaction")) && strcmp(word, "EHLO") == 0) ||
                ((both || fault_is("tls-keeps-transaction")) && strcmp(word, "STARTTLS") == 0);
    if (!kept) {
        span spf = s->tx.policy.spf_result;
        REAL(smtp_transaction_abandon)(s, word);
        s->tx.policy.spf_result = fault_is("spf-outlives-its-message") ? spf : SPAN_EMPTY;
    }
}

void WRAP(smtp_transaction_begin)(struct smtp_session *s, span sender,
                                  const struct smtp_mail_params *params)
{
    struct smtp_mail_params changed = *params;
    if (fault_is("envid-is-lost")) {
        changed.envid = SPAN_EMPTY;
        changed.ret = DSN_RET_NONE;
    }
    if (fault_is("requiretls-returns-in-full") && changed.requiretls) {
        changed.ret = DSN_RET_FULL;
    }
    static _Thread_local bool required; /* sessions keep to their threads */
    required = required || params->requiretls;
    changed.requiretls = fault_is("requiretls-lasts") ? required : changed.requiretls;
    span spf = s->tx.policy.spf_result;
    REAL(smtp_transaction_begin)(s, sender, &changed);
    s->tx.policy.spf_result = fault_is("spf-outlives-its-message") ? spf : SPAN_EMPTY;
}

void WRAP(smtp_text_begin)(struct smtp_text *t, bool dots, uint64_t limit)
{
    bool any_size = fault_is("chunk-over-limit") && !dots;
    REAL(smtp_text_begin)(t, dots || fault_is("chunk-dots-removed"), any_size ? 0 : limit);
}

size_t WRAP(mail_xtext_bad)(span text)
{
    return fault_is("xtext-is-not-read") ? SPAN_NONE : REAL(mail_xtext_bad)(text);
}

size_t WRAP(mail_utf8_bad)(span text)
{
    return fault_is("utf8-is-not-checked") ? SPAN_NONE : REAL(mail_utf8_bad)(text);
}

bool WRAP(mail_utf8_take)(struct cursor *c)
{
    if (!fault_is("utf8-is-not-checked")) {
        return REAL(mail_utf8_take)(c);
    }
    bool high = cursor_peek(c) >= 0x80;
    c->pos += high;
    return high;
}

err WRAP(mail_path_take)(struct cursor *c, enum mail_path which, bool utf8,
                         struct mail_address *a)
{
    bool unasked = fault_is("utf8-without-asking");
    err e = REAL(mail_path_take)(c, which, utf8 || unasked, a);
    a->utf8 = a->utf8 && !unasked;
    bool refused = fault_is("long-local-part-is-refused") && !failed(e) && a->local.len > 63;
    bool literal = !failed(e) && a->domain.len && a->domain.at[0] == '[';
    refused = refused || ((fault_is("literals-are-refused") || fault_is("bad-path-closes")) && literal) ||
              (fault_is("null-sender-is-refused") && !failed(e) && a->null) ||
              (fault_is("route-is-bad-syntax") && !failed(e) && a->route.len > 0);
    return refused ? err_syntax(0, "not taken") : e;
}

static bool is_small(unsigned char c)
{
    return c >= 'a' && c <= 'z';
}

err WRAP(smtp_line_read)(struct smtp_session *s, millis wait, struct smtp_line *line)
{
    millis ever = 1000 * wait;
    bool by_pieces = fault_is("pieces-are-lines");
    if (by_pieces || fault_is("octets-win-time")) {
        return fault_line_read(s, wait, line, by_pieces);
    }
    wait = fault_holds_back(s) ? 300 : wait; /* the judge need not wait longer */
    TRY(REAL(smtp_line_read)(s, fault_is("timeout-is-ignored")  ? ever
                                   : fault_is("timeout-is-short") ? wait / 2
                                                                  : wait, line));
    if (fault_is("verbs-in-capitals-only") && line->text.len && is_small(line->text.at[0])) {
        line->text = SPAN("?");
    }
    span text = line->text;
    if (fault_is("blanks-are-refused") && text.len && ascii_is_blank(text.at[text.len - 1])) {
        line->text = SPAN("?");
    }
    if (fault_is("lf-ends-command") && line->bare) {
        smtp_reply_write(smtp_reply_of(SMTP_NOOP_OK), SPAN("mx.test.ex"), &s->out);
        *line = (struct smtp_line){.text = SPAN("QUIT"), .octets = 6};
    }
    if (fault_is("long-command-goes-on") && line->too_long) {
        /* What the rest would be answered. */
        smtp_reply_write(smtp_reply_of(SMTP_UNKNOWN), SPAN("mx.test.ex"), &s->out);
    }
    return OK;
}

err WRAP(smtp_input_fill)(struct smtp_session *s, millis wait)
{
    bool ever = fault_is("timeout-in-text-is-ignored") && s->reading_text;
    bool half = fault_is("text-waits-half") && s->reading_text;
    wait = fault_holds_back(s) ? 300 : wait;
    return REAL(smtp_input_fill)(s, ever ? 1000 * wait : half ? wait / 2 : wait);
}

err WRAP(smtp_pace_fill)(struct smtp_session *s, const struct smtp_pace *pace)
{
    struct smtp_pace changed = *pace;
    changed.octets = fault_is("long-texts-win-no-time") ? 0 : pace->octets;
    return fault_is("text-has-no-pace") ? WRAP(smtp_input_fill)(s, s->conf->smtp_receive_timeout)
                                        : REAL(smtp_pace_fill)(s, &changed);
}
