/* AUTH as a client: RFC 4954 4. Each of our authenticators that the server names is tried in turn;
   what the strings are is ref/auth's, here is who goes on when, and base64. */
#include "ref/client/session.h"

#include "ref/auth/auth.h"
#include "ref/mail/base64.h"

/* RFC 5321 4.5.3.1.4 without CRLF: a longer initial response waits for the server's challenge
   (RFC 4954 4). */
enum { COMMAND_OCTETS = 510 };

enum outcome { AUTHENTICATED, NEXT, STOPPED };

static span coded(struct client *c, const char *before, span octets)
{
    struct buf line;
    buf_init(&line, AUTH_LINE_OCTETS);
    buf_put_text(&line, before);
    mail_base64_put(octets, &line);
    return buf_settle(&line, c->arena);
}

static bool challenge_read(struct client *c, const struct conf_auth *a, span text, span *challenge)
{
    struct buf octets;
    buf_init(&octets, AUTH_LINE_OCTETS);
    span line = SPAN_EMPTY;
    (void)client_reply_line(&text, &line);
    bool good = mail_base64_read(span_trim(line), true, &octets);
    *challenge = buf_settle(&octets, c->arena);
    *challenge = good ? *challenge : SPAN_EMPTY;
    return good || a->own.plaintext->client_ignore_invalid_base64;
}

/* One more line of the exchange; false: the session is over. */
static bool answer(struct client *c, span line, struct client_reply *reply)
{
    return !failed(client_ask(c, CLIENT_AUTH, line, c->options->command_wait, reply));
}

/* As long as the server challenges. */
static bool exchange(struct client *c, struct auth_client *a, span *kept,
                     struct client_reply *reply, bool *defer)
{
    bool cancelled = false;
    while (reply->code / 100 == 3 && !cancelled) {
        span challenge, text = *kept;
        enum auth_client_step step = AUTH_CLIENT_CANCEL;
        if (kept->len > 0) {
            step = AUTH_CLIENT_SEND;
            *kept = SPAN_EMPTY;
        } else if (challenge_read(c, a->with, reply->text, &challenge)) {
            step = auth_client_answer(a, challenge, &text);
        }
        *defer |= step == AUTH_CLIENT_FAILED;
        cancelled = step != AUTH_CLIENT_SEND;
        if (!answer(c, cancelled ? SPAN("*") : coded(c, "", text), reply)) {
            return false;
        }
    }
    if (cancelled && client_reply_class(reply) != 5) {
        c->last_reply = *reply;
        struct client_note note = {.step = CLIENT_AUTH, .command = SPAN("AUTH")};
        (void)client_failed(c, err_syntax(0, "a cancelled exchange goes on"), &note);
        return false;
    }
    return true;
}

static span id_of(struct client *c, const struct conf_auth *a)
{
    span name = span_text(a->name);
    if (a->generic->client_set_id == NULL) {
        return name;
    }
    struct expanded id = expand(a->generic->client_set_id, c->options->auth.x);
    return id.outcome != EXPAND_OK || id.value.text.len == 0
               ? name
               : span_text(arena_printf(c->arena, "%s:%.*s", a->name, SPAN_FMT(id.value.text)));
}

static enum outcome expansion_stops(struct client *c, const struct conf_auth *a, const char *why)
{
    client_trouble_is(c, CLIENT_AUTH_FAILED, CLIENT_AUTH, "authenticator %s: %s", a->name, why);
    return STOPPED;
}

static enum outcome try_one(struct client *c, const struct conf_auth *with)
{
    struct auth_client a = {.with = with,
                            .x = c->options->auth.x,
                            .peer = c->options->auth.peer,
                            .arena = c->arena};
    span initial = SPAN_EMPTY, kept = SPAN_EMPTY;
    err opened = auth_client_open(&a);
    if (failed(opened)) {
        return expansion_stops(c, with, opened.what);
    }
    enum auth_client_step step = auth_client_initial(&a, &initial);
    if (step == AUTH_CLIENT_FAILED) {
        return expansion_stops(c, with, arena_text(c->arena, initial));
    }
    if (step != AUTH_CLIENT_SEND) {
        return NEXT;
    }
    const char *command = arena_printf(c->arena, "AUTH %s", with->generic->public_name);
    span line = initial.len > 0 ? coded(c, arena_printf(c->arena, "%s ", command), initial)
                                : span_text(command);
    if (line.len > COMMAND_OCTETS) {
        line = span_text(command);
        kept = initial;
    }
    struct client_reply reply;
    bool defer = false;
    client_letter(c, 'a');
    if (!answer(c, line, &reply) || !exchange(c, &a, &kept, &reply, &defer) || c->over) {
        return STOPPED;
    }
    if (client_reply_class(&reply) == 2) {
        c->authenticated = true;
        c->authenticator = id_of(c, with);
        return AUTHENTICATED;
    }
    struct client_note note = {.step = CLIENT_AUTH, .command = span_text(command)};
    c->trouble = client_refusal(c, &note, &reply);
    c->trouble.cause = CLIENT_AUTH_FAILED;
    c->trouble.permanent = false;
    return client_reply_class(&reply) == 5 && !defer ? NEXT : STOPPED;
}

/* client_condition. */
static bool wanted(struct client *c, const struct conf_auth *a)
{
    bool yes = true;
    if (a->generic->client_condition != NULL) {
        struct expanded e = expand_to_bool(a->generic->client_condition, c->options->auth.x, &yes);
        yes = e.outcome == EXPAND_OK && yes;
    }
    return yes;
}

bool client_auth_run(struct client *c)
{
    const struct client_auth *auth = &c->options->auth;
    if (!auth->want && !auth->require) {
        return true;
    }
    if (failed(client_early_auth(c))) {
        return false;
    }
    bool offered = client_offers_has(&c->offers, CLIENT_OFFERS_AUTH);
    bool tried = false;
    for (size_t i = 0; offered && auth->x != NULL && i < auth->auths->count; i++) {
        const struct conf_auth *a = &auth->auths->at[i];
        if (!a->client ||
            !client_offers_mechanism(&c->offers, span_text(a->generic->public_name)) ||
            !wanted(c, a)) {
            continue;
        }
        tried = true;
        enum outcome got = try_one(c, a);
        if (got != NEXT) {
            return got == AUTHENTICATED;
        }
        vec_add(c->arena, &c->auth_refused,
                ((struct client_auth_refusal){span_text(a->name),
                                              arena_copy(c->arena, c->trouble.reply.text)}));
    }
    if (auth->require) {
        if (c->opening.used) {
            client_early_forget(c);
        }
        const struct client_reply last = tried ? c->trouble.reply : (struct client_reply){0};
        client_trouble_is(c, CLIENT_AUTH_NEEDED, CLIENT_AUTH,
                          "authentication required but %s%.*s",
                          !offered ? "server did not advertise AUTH support"
                          : tried  ? "authentication attempt(s) failed: "
                                   : "no mechanism of the server is one of ours",
                          SPAN_FMT(last.text));
        c->trouble.reply = last;
        return false;
    }
    c->trouble.cause = CLIENT_FINE;
    return true;
}
