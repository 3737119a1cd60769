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
    const struct run_options *options;
    struct arena *arena;
    struct run_instance *instance;
    struct smtp_receive *receive;
    struct smtp_transaction tx;
    struct map recipients; /* of tx, by address */
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

/* True if an argument names it: with -t arguments are who shall not get the message. */
static bool is_argument(struct submission *s, span address)
{
    const char *domain = s->instance->conf->main.qualify_recipient;
    for (size_t i = 0; i < s->options->words.count; i++) {
        span excluded;
        if (address_take(s, span_text(s->options->words.at[i]), domain, &excluded) &&
            span_eq_caseless(excluded, address)) {
            return true;
        }
    }
    return false;
}

static bool recipient_add(struct submission *s, span text)
{
    span address;
    if (!address_take(s, text, s->instance->conf->main.qualify_recipient, &address)) {
        return false;
    }
    bool wanted = !(s->options->from_headers && is_argument(s, address));
    if (wanted && map_get(&s->recipients, address) == NULL) {
        (void)map_put(&s->recipients, s->arena, address, s);
        vec_add(s->arena, &s->tx.recipients,
                ((struct recipient){.address = address, .parent = -1}));
    }
    return true;
}

static bool recipients_take(struct submission *s)
{
    const struct args_texts *words = &s->options->words;
    for (size_t i = 0; !s->options->from_headers && i < words->count; i++) {
        if (!recipient_add(s, span_text(words->at[i]))) {
            return false;
        }
    }
    if (s->options->from_headers) {
        struct header_recipients found = {0};
        if (!header_recipients_take(&s->receive->message.envelope, s->arena, &found)) {
            s->complaint = "a To:, Cc: or Bcc: field is damaged";
            return false;
        }
        for (size_t i = 0; i < found.list.count; i++) {
            if (!recipient_add(s, found.list.at[i])) {
                return false;
            }
        }
    }
    if (s->tx.recipients.count == 0) {
        s->complaint = "no recipients in message";
    }
    return s->tx.recipients.count > 0;
}

/* --- all of it ------------------------------------------------------------------------------ */

/* SMTP_NO_REPLY with a complaint, or the reply that a session would have given. */
static struct smtp_reply submit(struct submission *s)
{
    struct smtp_reply none = smtp_reply_of(SMTP_NO_REPLY);
    s->tx.open = true;
    s->tx.arena = s->arena;
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
    span from = run_caller_mailbox(s->instance->conf, span_text(s->user.login), span_text(s->user.gecos), s->arena);
    return smtp_session_submit(&s->instance->server, &peer, &s->tx, s->receive, from);
}

/* Why it was not taken. */
static enum exit_status refused(struct submission *s, struct smtp_reply r)
{
    struct buf text;
    const struct conf_main *m = &s->instance->conf->main;
    enum exit_status status = smtp_replies[r.id].code / 100 == 4 ? EXIT_LATER : EXIT_REFUSED;
    if (failed(s->receive->failure)) {
        return run_fail(status, err_text(s->receive->failure, s->arena));
    }
    buf_init(&text, 1 << 16);
    smtp_reply_text(r, span_text(m->primary_hostname), &text);
    const char *why = buf_settle_text(&text, s->arena);
    return run_fail(status, why);
}

static enum exit_status submit_in(struct run_world *world, const struct run_options *o,
                                  struct arena *arena)
{
    struct submission s = {.options = o, .arena = arena, .instance = run_instance_hold(world),
                           .user = run_user_find(arena)};
    struct smtp_reply r = submit(&s);
    enum exit_status status = EXIT_FINE;
    if (r.id == SMTP_NO_REPLY) {
        status = run_fail(EXIT_REFUSED, s.complaint);
    } else if (r.id != SMTP_ACCEPTED) {
        status = refused(&s, r);
    }
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
    if (status == EXIT_FINE) {
        run_stored_deliver(world, &stored);
    }
    run_world_close(world);
    return status;
}
