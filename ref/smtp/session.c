/* Greet, read, check, do, answer: the loop below is RFC 5321 section 3 read aloud. An err leaves
   it only when the connection is over; whatever a client can say is answered. Where strictness
   ends a session it is with 421 and close, never with a close alone (3.8). */
#include "ref/smtp/session.h"

#include "base/cursor.h"
#include "ref/smtp/ask.h"
#include "ref/smtp/changes.h"
#include "ref/smtp/command.h"
#include "ref/smtp/expansions.h"
#include "ref/smtp/extensions.h"
#include "ref/smtp/line.h"
#include "ref/smtp/pipeline.h"
#include "ref/smtp/tls.h"

enum {
    OUTPUT_CEILING = SMTP_OUTPUT_HELD * 4,
    DETAIL_CEILING = 8192,
    VERBS_CEILING = 512,
};

void smtp_session_log(const struct smtp_session *s, enum log_event event,
                      const struct log_details *details)
{
    log_session(s->server->log, event, &s->host, details);
}

span smtp_session_reason(struct smtp_session *s, struct smtp_reply r)
{
    buf_clear(&s->reason);
    smtp_reply_text(r, span_text(s->conf->primary_hostname), &s->reason);
    return buf_span(&s->reason);
}

/* --- beginning and end ------------------------------------------------------------------- */

static void session_begin(struct smtp_session *s, const struct smtp_server *server,
                          const struct smtp_peer *peer, struct wire *wire)
{
    s->server = server;
    s->conf = server->conf;
    s->peer = peer;
    s->wire = wire;
    s->began = clock_now(server->clock);
    buf_init(&s->out, OUTPUT_CEILING);
    buf_init(&s->detail, DETAIL_CEILING);
    buf_init(&s->reason, DETAIL_CEILING);
    buf_init(&s->verbs, VERBS_CEILING);
    s->message_facts.queue_name = s->controls.marks.queue;
    s->controls.enforce_sync = peer->tcp && !peer->rehearsal && s->conf->smtp_enforce_sync;
    s->peer_facts = (struct facts_peer){
        .ident = span_text(peer->login), .login = span_text(peer->login),
        .active_hostname = span_text(s->conf->primary_hostname),
        .connection_count = peer->connections};
    if (peer->tcp) {
        address_host(&peer->remote, s->remote_text, sizeof s->remote_text);
        address_host(&peer->local, s->local_text, sizeof s->local_text);
        s->host = (struct log_host){
            .address = span_text(s->remote_text), .port = address_port(&peer->remote),
            .interface = span_text(s->local_text), .interface_port = address_port(&peer->local)};
        s->peer_facts.host_address = s->host.address;
        s->peer_facts.host_port = s->host.port;
        s->peer_facts.interface_address = s->host.interface;
        s->peer_facts.interface_port = s->host.interface_port;
    } else {
        s->host.user = span_text(peer->login);
    }
}

static void session_end(struct smtp_session *s)
{
    smtp_transaction_end(s);
    smtp_tls_end(s);
    smtp_expansions_end(s);
    buf_wipe(&s->out);
    buf_wipe(&s->detail);
    buf_wipe(&s->reason);
    buf_wipe(&s->verbs);
}

static err greet_with(struct smtp_session *s, struct smtp_reply r)
{
    if (smtp_replies[r.id].code >= 400) {
        s->stage = (smtp_replies[r.id].flags & SMTP_CLOSES) != 0 ? STAGE_CLOSED : STAGE_REFUSED;
    }
    smtp_reply_write(r, span_text(s->conf->primary_hostname), &s->out);
    return s->early_group ? OK : smtp_pipeline_flush(s);
}

/* RFC 5321 3.1, 4.3.1: 220, or 554 for who is not welcome or did not wait for it. */
static err greet(struct smtp_session *s)
{
    if (s->peer->tcp && smtp_peer_listed(s, "host_lookup", &s->conf->host_lookup)) {
        bool deferred;
        (void)smtp_host_name(s, &deferred);
    }
    struct smtp_reply r = smtp_ask(s, ACL_CONNECT, NULL, SMTP_GREETING).reply;
    if (r.id != SMTP_GREETING) {
        return greet_with(s, r);
    }
    bool came = s->peer->tcp && smtp_input_waits(s);
    if (came && !smtp_pipeline_early(s) && s->controls.enforce_sync) {
        struct log_details details = {.input = smtp_input_span(s)};
        smtp_session_log(s, LOG_EVENT_EARLY_TALKER, &details);
        s->close_reason = "synchronization-error";
        return greet_with(s, smtp_reply_of(SMTP_GREETING_REFUSED));
    }
    if (!r.said) {
        smtp_option_text(s, "smtp_banner", s->conf->smtp_banner, &r.detail);
    }
    return greet_with(s, r);
}

/* --- counting ------------------------------------------------------------------------------ */

static void verb_note(struct smtp_session *s, const struct smtp_command *command)
{
    if (command->rule != NULL && s->verbs.len + 10 < VERBS_CEILING) {
        buf_printf(&s->verbs, "%s%s", s->verbs.len > 0 ? "," : "", command->rule->name);
    }
}

/* Commands that do no mail: all but the first greeting, and a RSET that ends a transaction. */
static bool is_nonmail(struct smtp_session *s, const struct smtp_command *command)
{
    const struct smtp_verb_rule *rule = command->rule;
    bool hello = rule != NULL && (rule->handler == smtp_cmd_ehlo || rule->handler == smtp_cmd_helo);
    bool reset = rule != NULL && rule->handler == smtp_cmd_rset;
    return rule != NULL && rule->nonmail && !(hello && s->hellos == 0) && !(reset && s->tx.open) &&
           smtp_peer_listed(s, "smtp_accept_max_nonmail_hosts",
                            &s->conf->smtp_accept_max_nonmail_hosts);
}

static struct smtp_reply nonmail_check(struct smtp_session *s, const struct smtp_command *command)
{
    if (!is_nonmail(s, command) || ++s->nonmail_commands <= s->conf->smtp_accept_max_nonmail) {
        return smtp_reply_of(SMTP_NO_REPLY);
    }
    struct log_details details = {.command = command->line};
    smtp_session_log(s, LOG_EVENT_DROPPED_NONMAIL, &details);
    s->close_reason = "bad-commands";
    return smtp_reply_of(SMTP_MANY_NONMAIL);
}

/* A reply that is one error too many becomes 421. */
static struct smtp_reply errors_check(struct smtp_session *s, const struct smtp_command *command,
                                      struct smtp_reply r)
{
    struct log_details details = {.command = command->line, .commands = buf_span(&s->verbs),
                                  .text = smtp_session_reason(s, r)};
    if (r.id == SMTP_UNKNOWN) {
        details.text = SPAN("unrecognized command");
        smtp_session_log(s, LOG_EVENT_SYNTAX_ERROR, &details);
        s->unknown_commands++;
    }
    if (s->unknown_commands > s->conf->smtp_max_unknown_commands) {
        smtp_session_log(s, LOG_EVENT_DROPPED_UNKNOWN, &details);
        s->close_reason = "bad-commands";
        return smtp_reply_of(SMTP_MANY_UNKNOWN);
    }
    if ((smtp_replies[r.id].flags & SMTP_COUNTS) == 0) {
        return r;
    }
    enum log_event event = r.id == SMTP_NO_HELLO                ? LOG_EVENT_REJECTED_NO_HELLO
                           : smtp_replies[r.id].code == 503 ? LOG_EVENT_PROTOCOL_ERROR
                                                            : LOG_EVENT_SYNTAX_ERROR;
    details.verb = span_text(command->rule ? command->rule->name : NULL);
    if (r.id != SMTP_HELLO_BAD && r.id != SMTP_HELLO_MISSING) { /* told by the verb */
        smtp_session_log(s, event, &details);
    }
    bool of_hello = s->early_group && r.id == SMTP_NO_HELLO; /* the refusal of EHLO was counted */
    s->protocol_errors += of_hello ? 0 : 1;
    if (s->protocol_errors > s->conf->smtp_max_synprot_errors) {
        smtp_session_log(s, LOG_EVENT_DROPPED_ERRORS, &details);
        s->close_reason = "bad-commands";
        return smtp_reply_of(SMTP_MANY_ERRORS);
    }
    return r;
}

/* --- the loop ------------------------------------------------------------------------------ */

/* $smtp_command_argument: the words FROM: and TO: are the command's. */
static span argument_of(const struct smtp_command *command)
{
    struct cursor c = cursor_of(command->args);
    if (command->rule != NULL && (command->rule->handler == smtp_cmd_mail ||
                                  command->rule->handler == smtp_cmd_rcpt)) {
        (void)(cursor_take_caseless(&c, SPAN("FROM:")) || cursor_take_caseless(&c, SPAN("TO:")));
        cursor_skip_blanks(&c);
    }
    return cursor_rest(&c);
}

static err command_run(struct smtp_session *s, const struct smtp_line *line)
{
    struct smtp_command command;
    smtp_expansions_next(s);
    struct smtp_reply r = smtp_command_parse(s, line, &command);    /* 2.4, 4.1.1 */
    if (command.rule != NULL && command.rule->handler == smtp_cmd_auth) {
        command.line = arena_copy(s->arena, command.line); /* its answers are read over it */
    }
    s->peer_facts.smtp_command = command.line;
    s->peer_facts.smtp_command_argument = argument_of(&command);
    verb_note(s, &command);
    struct smtp_reply too_soon = smtp_pipeline_check(s, &command);  /* RFC 2920 3.1 */
    if (smtp_replied(too_soon)) {
        r = too_soon;
    }
    if (!smtp_replied(r)) {
        r = nonmail_check(s, &command);
    }
    if (!smtp_replied(r) && !command.rule->takes_octets) {
        r = smtp_verb_allowed(s, &command);                         /* 4.1.4 */
    }
    if (!smtp_replied(r)) {
        TRY(command.rule->handler(s, &command, &r));
        if (!smtp_replied(r)) {
            return OK;                                              /* RFC 3207 4: it was said already */
        }
    }
    if (s->stage == STAGE_REFUSED && (smtp_replies[r.id].flags & SMTP_CLOSES) == 0) {
        r = smtp_reply_of(SMTP_AFTER_REFUSAL);                      /* 3.1 */
    }
    r = errors_check(s, &command, r);
    if ((smtp_replies[r.id].flags & SMTP_CLOSES) != 0) {
        s->stage = STAGE_CLOSED;
    }
    return smtp_pipeline_answer(s, &command, r);                    /* RFC 2920 3.2 */
}

static err session_loop(struct smtp_session *s)
{
    if (smtp_tls_on_connect(s) && !(smtp_tls_ready(s) && smtp_tls_begin(s))) {
        s->stage = STAGE_CLOSED;                                    /* RFC 8314 3.3 */
        return OK;
    }
    TRY(greet(s));                                                  /* 3.1, 4.3.1 */
    while (s->stage != STAGE_CLOSED) {
        struct smtp_line line;
        TRY(smtp_line_read(s, s->conf->smtp_receive_timeout, &line)); /* 2.3.8 */
        TRY(command_run(s, &line));
    }
    return OK;
}

/* acl_smtp_notquit: for what it does; it decides nothing. */
static void not_quit(struct smtp_session *s, const char *reason)
{
    reason = s->close_reason != NULL ? s->close_reason : reason;
    if (smtp_asks(s, ACL_NOTQUIT) && reason != NULL) {
        (void)smtp_expansion(s);
        s->expansions.variables.smtp_notquit_reason = span_text(reason);
        (void)smtp_ask(s, ACL_NOTQUIT, NULL, SMTP_BYE);
    }
}

/* Why it ended, for the log, and 421 where there is still somebody to read it. */
static void session_over(struct smtp_session *s, err e)
{
    struct log_details details = {.duration = clock_now(s->server->clock) - s->began,
                                  .sender = s->tx.sender, .commands = buf_span(&s->verbs)};
    bool draining = s->server->draining != NULL && *s->server->draining;
    if (failed(e)) {
        bool text = s->reading_text;
        if (s->tls != NULL && e.kind == ERR_SYNTAX) {
            smtp_tls_failure_log(s, e);
        }
        enum log_event event = e.kind == ERR_TIMEOUT
                                   ? (text ? LOG_EVENT_DATA_TIMEOUT : LOG_EVENT_COMMAND_TIMEOUT)
                               : draining ? LOG_EVENT_CLOSED
                               : text     ? LOG_EVENT_LOST_DATA
                               : s->tx.open ? LOG_EVENT_LOST_COMMAND
                                          : LOG_EVENT_LOST_IDLE;
        details.text = draining ? SPAN("closed after SIGTERM") : SPAN_EMPTY;
        smtp_session_log(s, event, &details);
        not_quit(s, draining                 ? "signal-exit"
                    : e.kind != ERR_TIMEOUT ? "connection-lost"
                    : text                  ? "data-timeout"
                                            : "command-timeout");
        smtp_transaction_abandon(s, draining ? "SIGTERM" : "connection lost");
        if (draining || e.kind == ERR_TIMEOUT) {
            smtp_reply_write(smtp_reply_of(draining ? SMTP_SHUTDOWN : SMTP_TIMEOUT),
                             span_text(s->conf->primary_hostname), &s->out);
        }
        (void)!failed(smtp_pipeline_flush(s));
    } else if (s->quit) {
        smtp_session_log(s, LOG_EVENT_CLOSED_BY_QUIT, &details);
    } else {
        not_quit(s, NULL);
    }
    if (s->messages == 0) {
        smtp_session_log(s, LOG_EVENT_NO_MAIL, &details);
    }
}

err smtp_session_run(const struct smtp_server *server, const struct smtp_peer *peer,
                     struct wire *wire)
{
    struct arena *arena = arena_new();
    struct smtp_session *s = ARENA_NEW(arena, struct smtp_session);
    s->arena = arena;
    session_begin(s, server, peer, wire);
    struct log_details details = {.count = peer->tcp ? peer->connections : 0};
    smtp_session_log(s, LOG_EVENT_CONNECTED, &details);
    err e = session_loop(s);
    session_over(s, e);
    session_end(s);
    arena_free(arena);
    return e;
}

struct smtp_reply smtp_session_submit(const struct smtp_server *server,
                                      const struct smtp_peer *peer, struct smtp_transaction *tx,
                                      struct smtp_receive *r, span from)
{
    struct smtp_session *s = ARENA_NEW(tx->arena, struct smtp_session);
    s->arena = tx->arena;
    session_begin(s, server, peer, NULL);
    s->tx = *tx;
    s->tx.sender = smtp_rewrite_envelope(s, REWRITE_ENVELOPE_FROM, tx->sender);
    s->tx.changes.arena = tx->arena;
    s->tx.text = r; /* for the length of the call: what its signatures are is asked there */
    s->message_facts = (struct facts_message){
        .sender_address = s->tx.sender, .return_path = s->tx.sender,
        .received_protocol = tx->params.utf8 ? SPAN("utf8local") : SPAN("local"),
        .recipients = tx->addresses.at, .recipient_count = tx->addresses.count};
    smtp_fields_complete(&r->message, server->conf->primary_hostname, from);
    struct smtp_reply answer;
    if (smtp_receive_decide(s, r, ACL_NOT_SMTP, &answer)) {
        r->rehearsal = s->tx.recipients.count == 0;
        answer = smtp_reply_of(smtp_receive_commit(r, s));
    }
    s->tx.text = NULL;
    *tx = s->tx; /* the caller's again, with what became of its recipients */
    s->tx.open = false;
    answer.detail = answer.said ? arena_copy(tx->arena, answer.detail) : answer.detail;
    session_end(s);
    return answer;
}

void smtp_session_turn_away(const struct smtp_server *server, const struct smtp_peer *peer,
                            struct wire *wire, enum smtp_busy why)
{
    static const enum smtp_reply_id replies[] = {
        [SMTP_BUSY_ALL] = SMTP_BUSY, [SMTP_BUSY_PEER] = SMTP_BUSY_HOST,
        [SMTP_BUSY_DOWN] = SMTP_SHUTDOWN};
    struct smtp_session s = {0};
    session_begin(&s, server, peer, wire);
    struct log_details details = {.text = why == SMTP_BUSY_PEER
                                              ? SPAN("too many connections from that IP address")
                                              : SPAN("too many connections")};
    smtp_session_log(&s, LOG_EVENT_REFUSED, &details);
    smtp_reply_write(smtp_reply_of(replies[why]), span_text(s.conf->primary_hostname), &s.out);
    (void)!failed(smtp_pipeline_flush(&s));
    session_end(&s);
}
