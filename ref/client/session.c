/* The conversation up to the first mail, and the bookkeeping of what was said and heard. Nothing is
   read but for a note, and nothing is sent while an answer stands there that nobody asked for: a
   server that says 250 once too often would otherwise have every later reply taken for the one
   before it, and mail counted as taken that was not. */
#include "ref/client/session.h"

#include "base/check.h"

#include <errno.h>

/* Nobody waits for the answer to QUIT as long as for one on which mail depends. */
enum { QUIT_WAIT = 30000, OUT_CEILING = 1 << 16 };

bool client_pipelines(const struct client *c)
{
    return client_offers_has(&c->offers, CLIENT_OFFERS_PIPELINING) &&
           !c->options->avoid_pipelining;
}

/* --- what went wrong -------------------------------------------------------------------------- */

static struct client_trouble trouble_of(struct client *c, enum client_cause cause,
                                        const struct client_note *note)
{
    return (struct client_trouble){.cause = cause,
                                   .step = note->step,
                                   .pipelined = note->pipelined,
                                   .command = arena_copy(c->arena, note->command),
                                   .reply = {.text = SPAN_EMPTY, .status = SPAN_EMPTY},
                                   .text = SPAN_EMPTY};
}

static const char *how_sent(const struct client_note *note)
{
    return note->pipelined && note->step != CLIENT_RCPT ? "pipelined " : "";
}

struct client_trouble client_refusal(struct client *c, const struct client_note *note,
                                     const struct client_reply *reply)
{
    struct client_trouble t = trouble_of(c, CLIENT_REFUSED, note);
    t.reply = *reply;
    t.permanent = client_reply_class(reply) == 5;
    t.text = span_text(arena_printf(c->arena,
                                    "SMTP error from remote mail server after %s%.*s: %.*s",
                                    how_sent(note), SPAN_FMT(note->command),
                                    SPAN_FMT(reply->text)));
    return t;
}

void client_trouble_is(struct client *c, enum client_cause cause, enum client_step step,
                       const char *format, ...)
{
    va_list args;
    struct client_note note = {.step = step, .command = SPAN_EMPTY};
    c->trouble = trouble_of(c, cause, &note);
    va_start(args, format);
    c->trouble.text = span_text(arena_vprintf(c->arena, format, args));
    va_end(args);
}

err client_failed(struct client *c, err e, const struct client_note *note)
{
    static const struct {
        enum err_kind kind;
        enum client_cause cause;
        const char *words;
        int sys;
    } rows[] = {
        {ERR_TIMEOUT, CLIENT_TIMED_OUT, "SMTP timeout after", ETIMEDOUT},
        {ERR_CLOSED, CLIENT_LOST, "Remote host closed connection in response to", 0},
        {ERR_IO, CLIENT_LOST, "Connection failed after", 0},
        {ERR_SYNTAX, CLIENT_NONSENSE, "Malformed SMTP reply from remote mail server after", 0},
        {ERR_LIMIT, CLIENT_NONSENSE, "Malformed SMTP reply from remote mail server after", 0},
    };
    size_t row = 0;
    while (row + 1 < sizeof rows / sizeof *rows && rows[row].kind != e.kind) {
        row++;
    }
    struct client_trouble t = trouble_of(c, rows[row].cause, note);
    t.sys = e.kind == ERR_IO ? e.sys : rows[row].sys;
    t.text = span_text(arena_printf(c->arena, "%s %s%.*s", rows[row].words, how_sent(note),
                                    SPAN_FMT(note->command)));
    if (t.cause == CLIENT_NONSENSE) {
        t.text = span_text(arena_printf(c->arena, "%.*s: %s: %.*s", SPAN_FMT(t.text), e.what,
                                        SPAN_FMT(span_first(c->last_reply.text, 500))));
    } else if (e.kind == ERR_IO) {
        t.text = span_text(arena_printf(c->arena, "%.*s: %s", SPAN_FMT(t.text),
                                        err_text(e, c->arena)));
    }
    c->trouble = t;
    c->over = true;
    return e;
}

/* --- saying and hearing ----------------------------------------------------------------------- */

bool client_full(const struct client *c)
{
    return c->note_count == CLIENT_GROUP || c->out.len >= CLIENT_GROUP_OCTETS;
}

static struct client_note *note_add(struct client *c, enum client_step step, size_t which,
                                    span command)
{
    CHECK(c->note_count < CLIENT_GROUP);
    struct client_note *note = &c->notes[(c->first_note + c->note_count) % CLIENT_GROUP];
    c->note_count++;
    *note = (struct client_note){step, which, arena_copy(c->arena, command), c->note_count > 1};
    if (c->note_count == 2) {
        c->notes[c->first_note].pipelined = true;
    }
    c->last_command = note->command;
    return note;
}

void client_letter(struct client *c, char letter)
{
    size_t len = strlen(c->said);
    if (len + 1 < sizeof c->said) {
        c->said[len] = letter;
    }
}

void client_say(struct client *c, enum client_step step, size_t which, span line, span shown)
{
    (void)note_add(c, step, which, shown);
    buf_put(&c->out, line);
    buf_put_text(&c->out, "\r\n");
}

void client_expect(struct client *c, enum client_step step, size_t which, span command,
                   bool pipelined)
{
    note_add(c, step, which, command)->pipelined = pipelined;
}

err client_flush(struct client *c, millis wait)
{
    if (c->out.len == 0) {
        return OK;
    }
    err e = buf_full(&c->out) ? err_of(ERR_LIMIT, "a command is too long")
                              : wire_write(c->wire, buf_span(&c->out), wait);
    buf_clear(&c->out);
    return e;
}

/* A server that closes may have said why before it did; what it said counts more than that it
   did. */
err client_hear(struct client *c, millis wait, struct client_note *note, struct client_reply *reply)
{
    CHECK(c->note_count > 0);
    *note = c->notes[c->first_note];
    if (c->over) {
        return err_of(ERR_CLOSED, "the session is over");
    }
    TRY(client_early_hear(c));
    *note = c->notes[c->first_note];
    err sent = client_flush(c, wait);
    c->first_note = (c->first_note + 1) % CLIENT_GROUP;
    c->note_count--;
    err e = client_reply_read(&c->in, failed(sent) ? 0 : wait, c->arena, reply);
    c->last_reply = *reply;
    if (failed(e)) {
        return client_failed(c, failed(sent) ? sent : e, note);
    }
    if (reply->code == 421) {
        c->closing = c->over = true;
        c->trouble = client_refusal(c, note, reply);
    }
    return OK;
}

err client_ask(struct client *c, enum client_step step, span line, millis wait,
               struct client_reply *reply)
{
    struct client_note note = {.step = step, .command = line};
    TRY(client_quiet(c, step, line));
    client_say(c, step, 0, line, step == CLIENT_AUTH ? SPAN("AUTH") : line); /* no secrets */
    return client_hear(c, wait, &note, reply);
}

err client_quiet(struct client *c, enum client_step next, span command)
{
    if (c->over) {
        return err_of(ERR_CLOSED, "the session is over");
    }
    if (c->note_count > 0 || !client_reply_waits(&c->in)) {
        return OK;
    }
    struct client_note note = {.step = next, .command = command};
    struct client_reply reply;
    const err unasked = err_syntax(0, "a reply nobody asked for");
    err e = client_reply_read(&c->in, 0, c->arena, &reply);
    c->last_reply = reply;
    if (failed(e)) {
        return client_failed(c, e.kind == ERR_TIMEOUT ? unasked : e, &note);
    }
    if (reply.code == 421) {
        c->closing = c->over = true;
        c->trouble = client_refusal(c, &note, &reply);
        return err_of(ERR_CLOSED, "the server closes");
    }
    return client_failed(c, unasked, &note);
}

/* --- the beginning ---------------------------------------------------------------------------- */

/* False, with the reply as the session's trouble, unless its class is 2. */
static bool welcome(struct client *c, enum client_step step, span command,
                    const struct client_reply *reply)
{
    if (client_reply_class(reply) == 2) {
        return true;
    }
    struct client_note note = {.step = step, .command = command};
    c->trouble = client_refusal(c, &note, reply);
    return false;
}

/* RFC 5321 3.1 */
static bool greeting_take(struct client *c)
{
    struct client_note note;
    struct client_reply reply;
    client_expect(c, CLIENT_GREETING, 0, SPAN("initial connection"), false);
    if (client_early_may(c)) {
        c->opening.unheard++;
        return true;
    }
    if (failed(client_hear(c, c->options->command_wait, &note, &reply))) {
        return false;
    }
    c->greeting = client_reply_first(&reply);
    return welcome(c, CLIENT_GREETING, note.command, &reply);
}

/* RFC 5321 3.2 and 4.1.1.1: EHLO; HELO if that is refused. A server that closes has not been heard
   to know HELO. */
static bool hello_say(struct client *c)
{
    if (client_early_may(c)) {
        client_early_hello(c);
        return true;
    }
    const char *verb = c->options->lmtp ? "LHLO" : c->options->avoid_esmtp ? "HELO" : "EHLO";
    struct client_reply reply;
    c->offers = (struct client_offers){.mechanisms = SPAN_EMPTY};
    for (;;) {
        span line = span_text(arena_printf(c->arena, "%s %.*s", verb, SPAN_FMT(c->options->hello)));
        client_letter(c, (char)(verb[0] | 0x20));
        if (failed(client_ask(c, CLIENT_HELLO, line, c->options->command_wait, &reply))) {
            return false;
        }
        c->hello_reply = client_reply_first(&reply);
        c->hello_text = reply.text;
        if (client_reply_class(&reply) == 5 && verb[0] == 'E') {
            verb = "HELO";
            continue;
        }
        c->esmtp = verb[0] != 'H';
        if (!welcome(c, CLIENT_HELLO, line, &reply)) {
            return false;
        }
        if (c->esmtp) {
            client_early_learn(c, &reply);
        }
        return true;
    }
}

/* RFC 3207. Without TLS the session goes on unless it is required. */
static bool tls_start(struct client *c)
{
    const struct client_tls *tls = &c->options->tls;
    struct client_reply reply;
    if (tls->at_once) {
        return true;
    }
    if (tls->avoid || tls->shared == NULL || !client_offers_has(&c->offers, CLIENT_OFFERS_TLS)) {
        if (tls->require) {
            client_trouble_is(c, CLIENT_TLS_NEEDED, CLIENT_STARTTLS, "a TLS session is required, "
                              "but the server did not offer TLS support");
            c->trouble.lasting = true;
        }
        return !tls->require;
    }
    const span command = SPAN("STARTTLS");
    if (failed(client_ask(c, CLIENT_STARTTLS, command, c->options->command_wait, &reply))) {
        return false;
    }
    struct client_note note = {.step = CLIENT_STARTTLS, .command = command};
    if (c->opening.used && client_reply_class(&reply) == 2 && reply.code != 220) {
        (void)client_failed(c, err_syntax(0, "an answer to something else"), &note);
        return false;
    }
    if (client_reply_class(&reply) != 2) {
        bool clear = client_reply_class(&reply) == 5 || tls->try_clear;
        if (c->over || (!tls->require && clear)) {
            return !c->over;
        }
        c->trouble = client_refusal(c, &note, &reply);
        c->trouble.permanent = false;
        c->trouble.lasting = client_reply_class(&reply) == 5;
        c->trouble.cause = tls->require ? CLIENT_TLS_NEEDED : CLIENT_REFUSED;
        return false;
    }
    /* What stands in the buffer was said in clear text and must not count as said under TLS. */
    if (failed(client_quiet(c, CLIENT_STARTTLS, command)) || failed(client_tls_begin(c))) {
        return false;
    }
    return hello_say(c);
}

bool client_begin(struct client *c, struct wire *wire, const struct client_options *options,
                  struct arena *arena)
{
    *c = (struct client){.options = options, .arena = arena, .wire = wire, .plain = wire};
    buf_init(&c->out, OUT_CEILING);
    client_reader_init(&c->in, wire, options->clock);
    c->trouble.text = c->greeting = c->hello_reply = c->last_command = SPAN_EMPTY;
    c->hello_text = SPAN_EMPTY;
    c->authenticator = SPAN_EMPTY;
    c->auth_refused.count = 0;
    c->last_reply = (struct client_reply){.text = SPAN_EMPTY, .status = SPAN_EMPTY};
    if (options->tls.at_once && failed(client_tls_begin(c))) {
        return false;
    }
    c->opening.trusted = options->early.go;
    return greeting_take(c) && !c->over && hello_say(c) && !c->over && tls_start(c) && !c->over &&
           client_auth_run(c) && !c->over;
}

/* RFC 5321 4.1.1.10: QUIT comes before the close, whatever was said; after 421 too, unless the
   server was quicker. A server that does not want to be spoken to early answers the group first. */
void client_end(struct client *c)
{
    struct client_reply reply;
    struct client_note note;
    bool able = c->over ? c->closing && (c->opening.used || c->note_count == 0) : c->note_count == 0;
    struct client_trouble trouble = c->trouble;
    if (able) {
        millis wait = c->options->command_wait < QUIT_WAIT ? c->options->command_wait : QUIT_WAIT;
        c->over = false;
        c->opening.unheard = 0;
        client_say(c, CLIENT_QUIT, 0, SPAN("QUIT"), SPAN("QUIT"));
        while (c->note_count > 0 && !failed(client_hear(c, wait, &note, &reply))) {
            c->over = false;
        }
    }
    c->over = true;
    c->trouble = trouble;
    tls_end(c->tls);
    c->tls = NULL;
    buf_wipe(&c->out);
}
