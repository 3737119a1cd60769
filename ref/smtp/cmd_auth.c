/* auth-command = "AUTH" SP sasl-mech [SP (base64 / "=")] CRLF, then challenges and answers
   RFC 4954 4, 8. The lines of an exchange are longer than commands (up to 12288 octets); "*" ends it.
   Nothing of what is secret goes to a log. */
#include "base/cursor.h"
#include "ref/auth/auth.h"
#include "ref/mail/base64.h"
#include "ref/smtp/ask.h"
#include "ref/smtp/command.h"
#include "ref/smtp/expansions.h"
#include "ref/smtp/extensions.h"
#include "ref/smtp/line.h"
#include "ref/smtp/pipeline.h"
#include "ref/smtp/policy.h"

/* Why AUTH may not come now. */
static struct smtp_reply misplaced(struct smtp_session *s)
{
    enum smtp_auth_offer offer = smtp_auth_offer_now(s);
    if (s->authenticated != NULL) {
        return smtp_reply_of(SMTP_AUTH_AGAIN);
    }
    if (offer == SMTP_AUTH_NONE && !s->controls.auth_unadvertised) {
        return smtp_reply_with(SMTP_NOT_IMPLEMENTED, SPAN("AUTH"));
    }
    if (s->stage == STAGE_START) {
        return smtp_reply_of(SMTP_NO_HELLO);
    }
    if (s->stage != STAGE_HELLO) {
        return smtp_reply_of(SMTP_AUTH_IN_TRANSACTION);
    }
    if (!smtp_offered(s, SMTP_EXT_AUTH) && offer == SMTP_AUTH_OFFERED &&
        !s->controls.auth_unadvertised) {
        return smtp_reply_of(SMTP_AUTH_NOT_OFFERED);
    }
    return smtp_reply_of(SMTP_NO_REPLY);
}

/* The mechanism, if it is one for this session. */
static struct smtp_reply mechanism_find(struct smtp_session *s, span name,
                                        const struct conf_auth **found)
{
    const char *why;
    *found = auth_find(s->server->policy->auths, name);
    if (*found == NULL) {
        return smtp_reply_with(SMTP_AUTH_UNKNOWN, name);
    }
    if (s->controls.auth_unadvertised || auth_advertised(*found, smtp_expansion(s), &why)) {
        return smtp_reply_of(SMTP_NO_REPLY);
    }
    return s->peer_facts.tls == NULL ? smtp_reply_of(SMTP_AUTH_NOT_IN_CLEAR)
                                     : smtp_reply_with(SMTP_AUTH_UNKNOWN, name);
}

static bool decode(span text, struct arena *arena, span *octets)
{
    struct buf out;
    buf_init(&out, AUTH_LINE_OCTETS);
    bool good = mail_base64_read(text, true, &out);
    *octets = buf_settle(&out, arena);
    return good;
}

/* Says the challenge, reads the answer. *r: the exchange ends with it. */
static err challenge(struct smtp_session *s, span text, struct arena *arena, span *octets,
                     struct smtp_reply *r)
{
    struct smtp_line line;
    struct buf encoded;
    buf_init(&encoded, AUTH_LINE_OCTETS);
    mail_base64_put(text, &encoded);
    smtp_reply_write(smtp_reply_with(SMTP_AUTH_GO, buf_span(&encoded)), SPAN_EMPTY, &s->out);
    buf_wipe(&encoded);
    TRY(smtp_pipeline_flush(s));
    TRY(smtp_line_read(s, s->conf->smtp_receive_timeout, &line));
    *octets = SPAN_EMPTY;
    if (line.too_long) {
        *r = smtp_reply_of(SMTP_AUTH_LONG);
    } else if (span_eq(line.text, SPAN("*"))) {
        *r = smtp_reply_of(SMTP_AUTH_CANCELLED);
    } else if (line.bare || !decode(line.text, arena, octets)) {
        *r = smtp_reply_of(SMTP_AUTH_BASE64);
    }
    return OK;
}

static void failed_log(struct smtp_session *s, const struct conf_auth *with, struct smtp_reply r,
                       const struct auth_result *result)
{
    struct buf line;
    buf_init(&line, LOG_LINE_LIMIT);
    buf_printf(&line, "%s authenticator failed for ", with->name);
    log_connection_put(s->server->log, &s->host, &line);
    span why = r.id == SMTP_AUTH_FAILED ? SPAN("Incorrect authentication data") /* watchers know it */
                                        : smtp_session_reason(s, r);
    buf_printf(&line, ": %u %.*s", smtp_replies[r.id].code, SPAN_FMT(why));
    if (result->id.len > 0) {
        buf_printf(&line, " (set_id=%.*s)", SPAN_FMT(result->id));
    }
    if (result->step == AUTH_TEMPORARY && result->text.len > 0) {
        buf_printf(&line, ": %.*s", SPAN_FMT(result->text));
    }
    log_write(s->server->log, LOG_MAIN | LOG_REJECT, SPAN_EMPTY, buf_span(&line));
    buf_wipe(&line);
}

static const enum smtp_reply_id step_replies[] = {
    [AUTH_CONTINUE] = SMTP_NO_REPLY, [AUTH_SUCCESS] = SMTP_AUTH_OK,
    [AUTH_FAILURE] = SMTP_AUTH_FAILED, [AUTH_TEMPORARY] = SMTP_AUTH_TEMPORARY,
};

static err exchange(struct smtp_session *s, const struct conf_auth *with, const span *initial,
                    struct smtp_reply *r)
{
    struct arena *arena = arena_new();
    struct auth_exchange e = {.with = with, .x = smtp_expansion(s), .peer = &s->peer_facts,
                              .arena = arena};
    struct auth_result result = auth_begin(&e, initial);
    while (result.step == AUTH_CONTINUE && !smtp_replied(*r)) {
        span answer = SPAN_EMPTY;
        err lost = challenge(s, result.text, arena, &answer, r);
        if (failed(lost)) {
            arena_free(arena);
            return lost;
        }
        if (!smtp_replied(*r)) {
            result = auth_answer(&e, answer);
        }
    }
    if (!smtp_replied(*r)) {
        *r = smtp_reply_of(step_replies[result.step]);
    }
    if (r->id == SMTP_AUTH_OK) {
        s->authenticated = with;
        s->peer_facts.auth_mech = span_text(with->name);
        s->peer_facts.authenticated_id = arena_copy(s->arena, result.id);
    } else {
        failed_log(s, with, *r, &result);
    }
    /* The secrets are gone with the exchange. */
    s->peer_facts.auth1 = s->peer_facts.auth2 = s->peer_facts.auth3 = SPAN_EMPTY;
    s->expansions.x.captures.count = 0;
    arena_free(arena);
    return OK;
}

err smtp_cmd_auth(struct smtp_session *s, const struct smtp_command *command, struct smtp_reply *r)
{
    span name, word, initial;
    const struct conf_auth *with = NULL;
    bool more = span_split(command->args, ' ', &name, &word);
    *r = misplaced(s);
    if (!smtp_replied(*r) && name.len == 0) {
        *r = smtp_reply_with(SMTP_ARGUMENT_MISSING, SPAN("AUTH"));
    }
    if (!smtp_replied(*r)) {
        struct smtp_subject about = {.words = name};
        struct smtp_reply asked = smtp_ask(s, ACL_AUTH, &about, SMTP_AUTH_OK).reply;
        *r = asked.id == SMTP_AUTH_OK ? mechanism_find(s, name, &with) : asked;
    }
    if (smtp_replied(*r)) {
        return OK;
    }
    initial = SPAN_EMPTY; /* "=" is the empty one */
    if (more && !span_eq(word, SPAN("=")) && (word.len == 0 || !decode(word, s->expansions.arena, &initial))) {
        *r = smtp_reply_of(SMTP_AUTH_BASE64);
        return OK;
    }
    return exchange(s, with, more ? &initial : NULL, r);
}
