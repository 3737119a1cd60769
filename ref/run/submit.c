/* A message on standard input, its recipients as arguments or in its header fields: the sendmail
   command. Lines end in LF or CRLF; a line with a dot alone ends it, but not with -oi. What a
   mail program leaves out is added: Message-Id:, From:, Date: (RFC 6409 8.1 to 8.3). Who may
   write to the spool may say who the sender is: this program has no privileges of its own to
   protect. */
#include "base/map.h"
#include "ref/mail/address.h"
#include "ref/run/caller.h"
#include "ref/run/delivery.h"
#include "ref/run/header_recipients.h"
#include "ref/run/modes.h"
#include "ref/run/world.h"
#include "ref/smtp/receive.h"
#include "ref/smtp/seals.h"

#include <errno.h>
#include <unistd.h>

struct submission {
    struct run_world *world;
    const struct run_options *options;
    struct arena *arena;
    struct run_instance *instance;
    struct smtp_receive *receive;
    struct smtp_transaction tx;
    struct map recipients; /* of tx, by address */
    struct map excluded;   /* with -t: the arguments, in lower case */
    struct run_user user;
    const char *complaint; /* why it is refused */
};

/* --- the text ------------------------------------------------------------------------------- */

/* Where in a line of standard input we are. */
struct local_text {
    bool dot_ends;
    bool at_start, dot, cr, ended;
};

/* One octet of input becomes at most three of what would come over a wire. */
static size_t octet_take(struct local_text *t, unsigned char c, unsigned char out[4])
{
    size_t len = 0;
    if (c == '\n') {
        if (t->dot) {
            t->ended = true;
            return 0;
        }
        t->cr = false;
        t->at_start = true;
        out[len++] = '\r';
        out[len++] = '\n';
        return len;
    }
    if (t->dot && c == '\r') {
        t->cr = true;
        return 0;
    }
    if (t->dot) {
        out[len++] = '.';
        t->dot = false;
    }
    if (t->cr) {
        out[len++] = '\r';
        t->cr = false;
    }
    if (t->dot_ends && t->at_start && c == '.') {
        t->dot = true;
    } else if (c == '\r') {
        t->cr = true;
    } else {
        out[len++] = c;
    }
    t->at_start = false;
    return len;
}

static void piece_take(struct submission *s, struct local_text *t, span in)
{
    unsigned char out[4096];
    size_t len = 0;
    for (size_t i = 0; i < in.len && !t->ended; i++) {
        if (len > sizeof out - 4) {
            (void)smtp_receive_take(s->receive, span_of(out, len));
            len = 0;
        }
        len += octet_take(t, in.at[i], out + len);
    }
    (void)smtp_receive_take(s->receive, span_of(out, len));
}

static bool text_take(struct submission *s)
{
    struct local_text t = {.dot_ends = !s->options->dot_is_text, .at_start = true};
    unsigned char in[8192];
    while (!t.ended) {
        ssize_t got = read(STDIN_FILENO, in, sizeof in);
        if (got < 0 && errno != EINTR) {
            s->complaint = "cannot read standard input";
            return false;
        }
        if (got == 0) {
            if (t.dot) { /* no line end behind it: it is text */
                (void)smtp_receive_take(s->receive, SPAN("."));
            }
            break;
        }
        piece_take(s, &t, span_of(in, got > 0 ? (size_t)got : 0));
    }
    return true;
}

/* --- envelope ------------------------------------------------------------------------------- */

/* The address with a domain, checked; false, with a complaint, if it is none. */
static bool address_take(struct submission *s, span text, const char *domain, span *address)
{
    if (text.len >= 2 && text.at[0] == '<' && text.at[text.len - 1] == '>') {
        text = span_part(text, 1, text.len - 2);
    }
    if (text.len > 0 && mail_at_sign(text) == SPAN_NONE) {
        text = span_text(arena_printf(s->arena, "%.*s@%s", SPAN_FMT(text), domain));
    }
    struct mail_address a;
    err e = mail_mailbox_parse(text, true, &a);
    if (failed(e)) {
        s->complaint = arena_printf(s->arena, "%.*s is no address: %s", SPAN_FMT(text), e.what);
        return false;
    }
    s->tx.params.utf8 |= a.utf8;
    *address = a.text;
    return true;
}

static bool sender_take(struct submission *s)
{
    const char *given = s->options->sender, *domain = s->instance->conf->main.qualify_domain;
    if (given == NULL) {
        return address_take(s, span_text(s->user.login), domain, &s->tx.sender);
    }
    if (given[0] == '\0' || strcmp(given, "<>") == 0) {
        s->tx.sender = SPAN_EMPTY;
        return true;
    }
    return address_take(s, span_text(given), domain, &s->tx.sender);
}

static void recipient_add(struct submission *s, span address)
{
    if (map_get(&s->excluded, arena_lower(s->arena, address)) == NULL &&
        map_get(&s->recipients, address) == NULL) {
        (void)map_put(&s->recipients, s->arena, address, s);
        vec_add(s->arena, &s->tx.recipients,
                ((struct recipient){.address = address, .parent = -1}));
    }
}

static void excluded_add(struct submission *s, span address)
{
    (void)map_put(&s->excluded, s->arena, arena_lower(s->arena, address), s);
}

static bool each_address(struct submission *s, const struct header_recipients *found,
                         void (*add)(struct submission *s, span address))
{
    for (size_t i = 0; i < found->list.count; i++) {
        span address;
        if (!address_take(s, found->list.at[i], s->instance->conf->main.qualify_recipient, &address)) {
            return false;
        }
        add(s, address);
    }
    return true;
}

/* An argument is one address or several, as fields have them. With -t they are who shall not get it. */
static bool arguments_take(struct submission *s)
{
    const struct args_texts *words = &s->options->words;
    struct header_recipients found = {0};
    for (size_t i = 0; i < words->count; i++) {
        if (!header_addresses_read(span_text(words->at[i]), s->arena, &found)) {
            s->complaint = arena_printf(s->arena, "%s: quotes, brackets or comments do not match",
                                        words->at[i]);
            return false;
        }
    }
    return each_address(s, &found, s->options->from_headers ? excluded_add : recipient_add);
}

static bool fields_take(struct submission *s)
{
    struct header_recipients found = {0};
    if (!header_recipients_take(&s->receive->message.envelope, s->arena, &found)) {
        s->complaint = "a To:, Cc: or Bcc: field is damaged";
        return false;
    }
    return each_address(s, &found, recipient_add);
}

static bool recipients_take(struct submission *s)
{
    if (!arguments_take(s) || (s->options->from_headers && !fields_take(s))) {
        return false;
    }
    if (s->tx.recipients.count == 0) {
        s->complaint = "no recipients in message";
    }
    return s->tx.recipients.count > 0;
}

/* --- all of it ------------------------------------------------------------------------------ */

static enum smtp_body body_type(const struct run_options *o)
{
    return o->body_type == NULL     ? SMTP_BODY_NONE
           : o->body_type[0] == '7' ? SMTP_BODY_7BIT
                                    : SMTP_BODY_8BITMIME;
}

/* SMTP_NO_REPLY with a complaint, or the reply that a session would have given. */
static struct smtp_reply submit(struct submission *s)
{
    struct smtp_reply none = smtp_reply_of(SMTP_NO_REPLY);
    s->tx.open = true;
    s->tx.arena = s->arena;
    s->tx.params.body = body_type(s->options);
    if (!sender_take(s)) {
        return none;
    }
    s->receive = smtp_receive_open(&s->instance->server, s->arena, NULL, false, true);
    if (!text_take(s)) {
        return none;
    }
    enum smtp_reply_id id = smtp_receive_check(s->receive);
    if (id != SMTP_NO_REPLY) {
        return smtp_reply_of(id);
    }
    if (!recipients_take(s)) {
        return none;
    }
    for (size_t i = 0; i < s->tx.recipients.count; i++) {
        vec_add(s->arena, &s->tx.addresses, s->tx.recipients.at[i].address);
    }
    struct smtp_peer peer = {.login = s->user.login};
    const char *name = s->options->full_name != NULL ? s->options->full_name : "";
    span from = run_caller_mailbox(s->instance->conf, span_text(s->user.login), span_text(name),
                                   span_text(s->user.gecos), s->arena);
    return smtp_session_submit(&s->instance->server, &peer, &s->tx, s->receive, from);
}

/* Why it was not taken. */
static const char *reason_of(struct submission *s, struct smtp_reply r)
{
    struct buf text;
    if (r.id == SMTP_NO_REPLY) {
        return s->complaint;
    }
    if (failed(s->receive->failure)) {
        return err_text(s->receive->failure, s->arena);
    }
    buf_init(&text, 1 << 16);
    smtp_reply_text(r, span_text(s->instance->conf->main.primary_hostname), &text);
    return buf_settle_text(&text, s->arena);
}

/* False: there is nobody to be told by mail, or no message to give back, or it cannot be done now. */
static bool sender_told(struct submission *s, const char *why)
{
    span id;
    struct smtp_receive *r = s->receive;
    if (r == NULL || r->message.spool == NULL || s->tx.sender.len == 0) {
        return false;
    }
    bool whole = r->text.defects == TEXT_FINE && !failed(r->failure); /* else nobody kept the rest of it */
    r->message.envelope.sender = s->tx.sender;
    r->message.envelope.dsn_ret = whole ? DSN_RET_NONE : DSN_RET_HDRS;
    struct run_delivery d;
    run_delivery_open(s->world, &d);
    err e = queue_refusal_tell(&d.queue, &r->message, s->tx.sender, why, s->arena, &id);
    run_delivery_close(&d);
    if (!failed(e)) {
        s->world->stored(s->world->stored_context, arena_text(s->arena, id), false);
    }
    return !failed(e);
}

/* What is temporary is for the caller to hear, who may try again. */
static enum exit_status refused(struct submission *s, struct smtp_reply r)
{
    bool later = r.id != SMTP_NO_REPLY && smtp_replies[r.id].code / 100 == 4;
    const char *why = reason_of(s, r), *errors = s->options->errors;
    if (errors != NULL && strchr("emw", errors[0]) != NULL && !later && sender_told(s, why)) {
        return errors[0] == 'e' ? EXIT_FINE : EXIT_REFUSED;
    }
    return run_fail(later ? EXIT_LATER : EXIT_REFUSED, why);
}

static enum exit_status submit_in(struct run_world *world, const struct run_options *o,
                                  struct arena *arena)
{
    struct submission s = {.world = world, .options = o, .arena = arena, .instance = run_instance_hold(world),
                           .user = run_user_find(arena)};
    struct smtp_reply r = submit(&s);
    enum exit_status status = r.id == SMTP_ACCEPTED ? EXIT_FINE : refused(&s, r);
    smtp_receive_close(s.receive);
    run_instance_release(s.instance);
    return status;
}

enum exit_status run_submit(const struct run_options *o, struct arena *arena)
{
    if (o->words.count == 0 && !o->from_headers) {
        return run_fail(EXIT_USAGE, "no mode, and no recipient of a message; refmta --help lists "
                                    "what there is");
    }
    struct run_world *world = ARENA_NEW(arena, struct run_world);
    struct run_stored stored = {.arena = arena};
    world->stored = run_stored_take;
    world->stored_context = &stored;
    enum exit_status status = run_world_begin(world, o, arena);
    if (status != EXIT_FINE) {
        return status;
    }
    status = submit_in(world, o, arena);
    run_stored_deliver(world, &stored);
    run_world_close(world);
    return status;
}
