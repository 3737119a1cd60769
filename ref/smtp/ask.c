/* Outcomes to replies, by stage. RFC 5321 4.1.4 and 7.9 let policy refuse; the greeting has codes of
   its own (3.1: 554, and 421), and neither it nor EHLO's reply has a status (RFC 2034 4). `drop` is
   Exim's word for what 7.8 allows a server under attack: 550, and the end. */
#include "ref/smtp/ask.h"

#include "ref/smtp/expansions.h"
#include "ref/smtp/policy.h"
#include "ref/smtp/receive.h"
#include "ref/smtp/tls.h"

struct stage_row {
    enum smtp_reply_id denied, deferred, dropped;
    const char *what;    /* for the log; "{}" is what it is about */
    bool sender;         /* the log names it */
};

#define USUAL SMTP_DENIED, SMTP_DEFERRED, SMTP_DROPPED
#define HELLO SMTP_HELLO_DENIED, SMTP_HELLO_DEFERRED, SMTP_HELLO_DROPPED

static const struct stage_row stages[ACL_STAGE_COUNT] = {
    [ACL_CONNECT] = {SMTP_CONNECT_DENIED, SMTP_CONNECT_DEFERRED, SMTP_CONNECT_DROPPED,
                     "connection in \"connect\" ACL", false},
    [ACL_HELO] = {HELLO, "EHLO or HELO {}", false},
    [ACL_AUTH] = {USUAL, "AUTH {}", false},
    [ACL_STARTTLS] = {USUAL, "STARTTLS", false},
    [ACL_MAIL] = {USUAL, "MAIL <{}>", false},
    [ACL_RCPT] = {USUAL, "RCPT <{}>", true},
    [ACL_PREDATA] = {USUAL, "DATA", false},
    [ACL_DKIM] = {USUAL, "DKIM", true},
    [ACL_DATA] = {USUAL, "after DATA", true},
    [ACL_VRFY] = {SMTP_VRFY_OFF, SMTP_DEFERRED, SMTP_DROPPED, "VRFY {}", false},
    [ACL_EXPN] = {SMTP_VRFY_OFF, SMTP_DEFERRED, SMTP_DROPPED, "EXPN {}", false},
    [ACL_QUIT] = {USUAL, "QUIT", false},
    [ACL_NOTQUIT] = {USUAL, "notquit", false},
    [ACL_NOT_SMTP] = {USUAL, "by non-SMTP ACL", true},
};

bool smtp_asks(const struct smtp_session *s, enum acl_stage stage)
{
    return !s->server->policy->points[stage].accepts;
}

/* --- logs --------------------------------------------------------------------------------------- */

static span first_line(span text)
{
    size_t end = span_find_byte(text, '\n');
    return end == SPAN_NONE ? text : span_first(text, end);
}

static void who_put(const struct smtp_session *s, struct buf *out)
{
    log_host_put(s->server->log, &s->host, out);
    if (s->peer->tcp) {
        struct log_tls tls = smtp_tls_told(s);
        tls.peer_dn = tls.sni = SPAN_EMPTY;
        if (log_wants(s->server->log, LOG_TLS_CIPHER)) {
            log_tls_put(s->server->log, &tls, out);
        }
    }
}

static void authenticated_put(const struct smtp_session *s, struct buf *out)
{
    if (s->authenticated != NULL) {
        span id = s->peer_facts.authenticated_id;
        buf_printf(out, " A=%s%s%.*s", s->authenticated->name, id.len > 0 ? ":" : "", SPAN_FMT(id));
    }
}

static void what_put(const struct stage_row *row, span words, struct buf *out)
{
    const char *mark = strstr(row->what, "{}");
    if (mark == NULL) {
        buf_put_text(out, row->what);
        return;
    }
    buf_put(out, span_of(row->what, (size_t)(mark - row->what)));
    buf_put(out, words);
    buf_put_text(out, mark + 2);
}

static void refusal_log(const struct smtp_session *s, enum acl_stage stage,
                        const struct smtp_subject *about, const struct acl_outcome *o)
{
    const struct stage_row *row = &stages[stage];
    struct buf line;
    if (o->log_targets == 0) {
        return;
    }
    buf_init(&line, LOG_LINE_LIMIT);
    if (stage != ACL_NOT_SMTP) {
        who_put(s, &line);
    }
    if (row->sender) {
        buf_printf(&line, "%sF=<%.*s>", line.len > 0 ? " " : "", SPAN_FMT(s->tx.sender));
    }
    authenticated_put(s, &line);
    buf_put_text(&line, o->verdict == ACL_DEFERS ? " temporarily rejected " : " rejected ");
    what_put(row, about->words, &line);
    span text = first_line(o->log_message.len > 0 ? o->log_message : o->message);
    if (text.len > 0) {
        buf_printf(&line, ": %.*s", SPAN_FMT(text));
    }
    bool below = log_wants(s->server->log, LOG_REJECTED_HEADER);
    log_write_with(s->server->log, o->log_targets, about->id, buf_span(&line),
                   below ? about->below : SPAN_EMPTY);
    buf_wipe(&line);
}

/* --- replies ------------------------------------------------------------------------------------ */

/* The row's reply with the ACL's text in it. */
static struct smtp_reply reply_with(struct smtp_session *s, enum smtp_reply_id id, span *message)
{
    struct smtp_reply r = {.id = id, .detail = SPAN_EMPTY};
    if (message->len == 0 || id == SMTP_NO_REPLY) {
        return r;
    }
    unsigned code = smtp_replies[id].code;
    struct acl_code given = {.code = 0, .status = SPAN_EMPTY};
    if (failed(acl_code_read(*message, (unsigned char)('0' + code / 100), &given))) {
        log_printf(s->server->log, LOG_MAIN | LOG_PANIC, SPAN_EMPTY,
                   "configured error code starts with incorrect digit (expected %u) in \"%.*s\"",
                   code / 100, SPAN_FMT(*message));
        *message = span_text(arena_printf(s->expansions.arena, "%u %.*s", code,
                                          SPAN_FMT(given.text)));
        given = (struct acl_code){.text = given.text, .status = SPAN_EMPTY};
    }
    /* A greeting is 220, 554 or 421 (RFC 5321 3.1, 3.8), EHLO's yes 250 (4.1.1.1). */
    bool fixed = smtp_replies[id].status == NULL && (code == 554 || code == 421 || code < 400);
    r.detail = s->controls.no_multiline && code >= 400 ? first_line(given.text) : given.text;
    r.code = fixed ? 0 : given.code;
    r.status = given.status;
    r.said = true;
    return r;
}

/* QUIT cannot be refused: its ACL is there for what it does. */
static struct smtp_answer over(struct smtp_session *s, enum acl_stage stage,
                               const struct acl_outcome *o, enum smtp_reply_id yes)
{
    if (o->verdict == ACL_DEFERS) {
        log_printf(s->server->log, LOG_MAIN | LOG_PANIC, SPAN_EMPTY, "ACL for %s returned ERROR: %.*s",
                   acl_stages[stage].word, SPAN_FMT(o->log_message));
    }
    return (struct smtp_answer){.verdict = ACL_ACCEPTS, .reply = smtp_reply_of(yes)};
}

/* RFC 5321 7.3: VRFY and EXPN that are not wanted are answered with 252. An ACL that knows that there is no
   such mailbox says so with a code. */
static bool says_no(span message)
{
    struct acl_code given = {.code = 0};
    return !failed(acl_code_read(message, '5', &given)) && given.code != 0;
}

static struct smtp_answer refuse(struct smtp_session *s, enum acl_stage stage,
                                 const struct smtp_subject *about, struct acl_outcome *o)
{
    const struct stage_row *row = &stages[stage];
    enum smtp_reply_id id = o->verdict == ACL_DEFERS  ? row->deferred
                            : o->verdict == ACL_DROPS ? row->dropped
                                                      : row->denied;
    struct smtp_answer a = {.verdict = o->verdict, .log_message = o->log_message};
    if (id == SMTP_VRFY_OFF && says_no(o->message)) {
        id = SMTP_DENIED;
    }
    a.reply = reply_with(s, id, &o->message);
    refusal_log(s, stage, about, o);
    if (o->verdict == ACL_DROPS) {
        struct log_details details = {.text = SPAN("closed by DROP in ACL")};
        smtp_session_log(s, LOG_EVENT_CLOSED, &details);
        s->close_reason = "acl-drop";
    }
    return a;
}

struct smtp_answer smtp_ask(struct smtp_session *s, enum acl_stage stage,
                            const struct smtp_subject *about, enum smtp_reply_id yes)
{
    const struct acl_point *point = &s->server->policy->points[stage];
    if (point->accepts) {
        return (struct smtp_answer){.verdict = ACL_ACCEPTS, .reply = smtp_reply_of(yes)};
    }
    const struct smtp_subject nothing = {.words = SPAN_EMPTY};
    about = about != NULL ? about : &nothing;
    struct acl_run run = {
        .set = s->server->policy->acls, .stage = stage, .x = smtp_expansion(s),
        .services = &s->expansions.acl_services,
        .host = s->peer->tcp ? &s->peer->remote : NULL,
        .log = s->server->log, .peer = &s->host, .ident = span_text(s->peer->login),
        .controls = &s->controls, .changes = s->tx.open ? &s->tx.changes : NULL,
        .mailbox = about->words, .recipient = about->recipient, .local_part = about->local_part,
        .rehearsal = s->peer->rehearsal};
    s->expansions.facts.message = s->tx.open ? &s->message_facts : NULL;
    s->expansions.facts.seal =
        s->tx.text != NULL ? &s->tx.text->seals->facts : NULL;
    s->expansions.run = &run;
    struct acl_outcome o = acl_point_run(point, &run);
    s->expansions.run = NULL;
    if (o.verdict != ACL_ACCEPTS && o.verdict != ACL_DISCARDS) {
        bool ends = stage == ACL_QUIT || stage == ACL_NOTQUIT;
        return ends ? over(s, stage, &o, yes) : refuse(s, stage, about, &o);
    }
    return (struct smtp_answer){.verdict = o.verdict, .log_message = o.log_message,
                                .reply = reply_with(s, yes, &o.message)};
}
