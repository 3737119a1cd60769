/* A mail is given away once: what may be said in a group is said in a group, but the text goes out
   only when every reply before it is in and none is there that nobody asked for, and only the reply
   behind its end counts as taking it. When that reply does not come nobody knows whether the mail
   was taken: it is tried again later (RFC 5321 4.5.3.2.6 and 6.1), and m->text_sent says that
   another server should not be asked at once. */
#include "ref/client/mail.h"

#include "ref/mail/params.h"
#include "ref/mail/utf8.h"

enum { ADDRESS_MOST = 512, ENVID_MOST = 100, ORCPT_MOST = 500, STAGED = 32768 };

struct run {
    struct client *c;
    struct client_mail *m;
    size_t taken;                    /* recipients whose RCPT was answered 2yz */
    bool believing;                  /* MAIL is said before the greeting was heard */
    bool mail_refused, go;           /* 354 came */
    struct client_trouble refusal;   /* of MAIL or DATA */
    uint64_t octets;                 /* of the text, so far */
    bool early;                      /* the server answered in the middle of the text */
    err wire;                        /* why sending stopped */
};

/* --- what is asked for ------------------------------------------------------------------------ */

/* Nothing that could end a line or a path early: a spool may come from elsewhere. */
static bool is_sendable(span address)
{
    for (size_t i = 0; i < address.len; i++) {
        unsigned char c = address.at[i];
        if (c < ' ' || c == 127) {
            return false;
        }
    }
    return address.len <= ADDRESS_MOST;
}

static span mail_line(struct run *r)
{
    const struct client_mail *m = r->m;
    const struct client_offers *offers = &r->c->offers;
    struct buf line;
    buf_init(&line, 4096);
    buf_printf(&line, "MAIL FROM:<%.*s>", SPAN_FMT(m->sender));
    if (client_offers_has(offers, CLIENT_OFFERS_SIZE)) {
        /* RFC 1870 6.1: what grows on the way is no reason to be refused by a server for which the
           message is small enough. */
        uint64_t declared = m->size + m->size_addition;
        bool over = offers->size > 0 && declared > offers->size;
        buf_printf(&line, " SIZE=%llu", (unsigned long long)(over ? offers->size : declared));
    }
    if (m->eight_bit && client_offers_has(offers, CLIENT_OFFERS_8BITMIME)) {
        buf_put_text(&line, " BODY=8BITMIME");
    }
    if (m->utf8) {
        buf_put_text(&line, " SMTPUTF8");
    }
    if (m->requiretls && r->c->tls != NULL &&
        client_offers_has(offers, CLIENT_OFFERS_REQUIRETLS)) {
        buf_put_text(&line, " REQUIRETLS");
    }
    if (m->pass_dsn && client_offers_has(offers, CLIENT_OFFERS_DSN)) {
        if (m->ret != 0) {
            buf_put_text(&line, m->ret == CLIENT_RET_HDRS ? " RET=HDRS" : " RET=FULL");
        }
        if (m->envid.len > 0 && m->envid.len <= ENVID_MOST &&
            mail_xtext_bad(m->envid) == SPAN_NONE) {
            buf_printf(&line, " ENVID=%.*s", SPAN_FMT(m->envid));
        }
    }
    if (m->has_auth && client_offers_has(offers, CLIENT_OFFERS_AUTH)) {
        buf_put_text(&line, " AUTH=");
        mail_xtext_encode(m->auth.len > 0 ? m->auth : SPAN("<>"), &line);
    }
    return buf_settle(&line, r->c->arena);
}

/* RFC 3461 5.2.1: what came goes on, and nothing that did not come. */
static span rcpt_line(struct run *r, const struct client_recipient *to)
{
    static const struct {
        unsigned bit;
        const char *word;
    } words[] = {{CLIENT_NOTIFY_NEVER, "NEVER"}, {CLIENT_NOTIFY_SUCCESS, "SUCCESS"},
                 {CLIENT_NOTIFY_FAILURE, "FAILURE"}, {CLIENT_NOTIFY_DELAY, "DELAY"}};
    struct buf line;
    buf_init(&line, 4096);
    buf_printf(&line, "RCPT TO:<%.*s>", SPAN_FMT(to->address));
    if (to->pass_dsn && client_offers_has(&r->c->offers, CLIENT_OFFERS_DSN)) {
        const char *before = " NOTIFY=";
        for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
            if ((to->notify & words[i].bit) != 0) {
                buf_printf(&line, "%s%s", before, words[i].word);
                before = ",";
            }
        }
        if (to->orcpt.len > 0 && to->orcpt.len <= ORCPT_MOST &&
            mail_orcpt_bad(to->orcpt, r->m->utf8) == SPAN_NONE) {
            buf_printf(&line, " ORCPT=%.*s", SPAN_FMT(to->orcpt));
        }
    }
    return buf_settle(&line, r->c->arena);
}

/* --- what becomes of whom --------------------------------------------------------------------- */

static void decide(struct client_recipient *to, const struct client_trouble *t)
{
    to->fate = t->permanent ? CLIENT_FAILED : CLIENT_DEFERRED;
    to->trouble = *t;
    to->reply = t->reply;
}

/* All recipients that stand at `from`. */
static void decide_all(struct run *r, enum client_fate from, const struct client_trouble *t)
{
    for (size_t i = 0; i < r->m->count; i++) {
        if (r->m->recipients[i].fate == from) {
            decide(&r->m->recipients[i], t);
        }
    }
}

/* RFC 5321 4.5.3.1.10: 452, or 552 of old, may say that one mail has too many recipients: those
   left over go with another. Only if some were taken, and if the server does not say that it means
   else. */
static bool means_too_many(const struct run *r, const struct client_reply *reply)
{
    span detail = span_from(reply->status, 1);
    return (reply->code == 452 || reply->code == 552) && r->taken > 0 &&
           (reply->status.len == 0 || span_eq(detail, SPAN(".5.3")));
}

static void answered(struct run *r, const struct client_note *note,
                     const struct client_reply *reply)
{
    bool good = client_reply_class(reply) == 2;
    if (note->step == CLIENT_MAIL) {
        r->c->mail_open = good;
        r->mail_refused = !good;
        if (!good) {
            r->refusal = client_refusal(r->c, note, reply);
        }
    } else if (note->step == CLIENT_RCPT && !r->mail_refused) {
        struct client_recipient *to = &r->m->recipients[note->which];
        if (good) {
            to->fate = CLIENT_TAKEN;
            r->taken++;
        } else if (!means_too_many(r, reply)) {
            struct client_trouble t = client_refusal(r->c, note, reply);
            decide(to, &t);
        }
    } else if (note->step == CLIENT_DATA) {
        r->go = client_reply_class(reply) == 3;
        if (good && r->believing) {
            (void)client_failed(r->c, err_syntax(0, "an answer to something else"), note);
            return;
        }
        if (!r->go) {
            struct client_trouble t = client_refusal(r->c, note, reply);
            decide_all(r, CLIENT_TAKEN, &t);
        }
    }
}

static void hear_all(struct run *r)
{
    while (r->c->note_count > 0 && !r->c->over) {
        struct client_note note;
        struct client_reply reply;
        if (!failed(client_hear(r->c, r->c->options->command_wait, &note, &reply))) {
            answered(r, &note, &reply);
        }
    }
}

/* --- the text --------------------------------------------------------------------------------- */

static err stage_flush(struct run *r)
{
    struct client *c = r->c;
    if (client_reply_waits(&c->in)) {
        r->early = true;
        r->wire = err_of(ERR_CLOSED, "the server answered before the end of the text");
    } else {
        r->wire = client_flush(c, c->options->data_wait);
    }
    return r->wire;
}

static err put_text(void *to, span block)
{
    struct run *r = to;
    r->octets += block.len;
    if (r->m->chunked && r->octets > r->m->size) {
        return err_of(ERR_IO, "the message has grown");
    }
    if (r->c->out.len + block.len > STAGED) {
        TRY(stage_flush(r));
    }
    buf_put(&r->c->out, block);
    return OK;
}

static size_t last_taken(const struct run *r)
{
    size_t last = r->m->count;
    while (last > 0 && r->m->recipients[last - 1].fate != CLIENT_TAKEN) {
        last--;
    }
    return last > 0 ? last - 1 : 0;
}

/* The replies behind the text: one, or with LMTP one for each recipient that was taken. */
static void verdicts(struct run *r)
{
    struct client *c = r->c;
    const size_t last = c->options->lmtp ? 0 : last_taken(r);
    struct client_reply reply;
    struct client_note note;
    bool heard = false;
    for (size_t i = 0; i < r->m->count; i++) {
        struct client_recipient *to = &r->m->recipients[i];
        if (to->fate != CLIENT_TAKEN) {
            continue;
        }
        if (!heard || c->options->lmtp) {
            if (heard) {
                client_expect(c, CLIENT_TEXT, i, SPAN("end of data"), r->m->pipelined);
            }
            if (failed(client_hear(c, c->options->final_wait, &note, &reply))) {
                return;
            }
            heard = true;
        }
        if (client_reply_class(&reply) != 2) {
            struct client_trouble t = client_refusal(c, &note, &reply);
            decide(to, &t);
            continue;
        }
        to->fate = CLIENT_DELIVERED;
        to->reply = reply;
        r->m->delivered(r->m->context, i, i < last);
    }
}

/* The text did not go out to its end. What the server may have said about that counts; it has not
   got the message, and nothing more can be said to it. */
static void cut_off(struct run *r, err e)
{
    struct client *c = r->c;
    struct client_note note = {.step = CLIENT_TEXT, .command = SPAN("end of data"),
                               .pipelined = r->m->pipelined};
    struct client_reply reply;
    buf_clear(&c->out);
    c->note_count = 0;
    if (!failed(r->wire)) {
        client_trouble_is(c, CLIENT_OUR_FAULT, CLIENT_TEXT, "the message cannot be read: %s",
                          e.what);
    } else if (failed(client_reply_read(&c->in, 0, c->arena, &reply))) {
        (void)client_failed(c, r->wire, &note);
    } else {
        c->last_reply = reply;
        if (client_reply_class(&reply) >= 4) {
            c->trouble = client_refusal(c, &note, &reply);
        } else {
            (void)client_failed(c, err_syntax(0, "a reply nobody asked for"), &note);
        }
    }
    c->over = true;
}

static void text_send(struct run *r)
{
    struct client *c = r->c;
    struct client_mail *m = r->m;
    if (failed(client_quiet(c, CLIENT_TEXT, SPAN("end of data")))) {
        return;
    }
    c->text_begun = true;
    if (m->chunked) {
        buf_printf(&c->out, "BDAT %llu LAST\r\n", (unsigned long long)m->size);
    }
    client_expect(c, CLIENT_TEXT, 0, SPAN("end of data"), m->pipelined);
    err e = m->text(m->context, !m->chunked, put_text, r);
    if (!failed(e) && m->chunked && r->octets != m->size) {
        e = err_of(ERR_IO, "the message has shrunk");
    }
    if (!failed(e) && !m->chunked) {
        buf_put_text(&c->out, ".\r\n");
    }
    m->text_sent = !failed(e);
    if (!failed(e)) {
        e = stage_flush(r);
        m->text_sent = !r->early;
    }
    if (failed(e)) {
        cut_off(r, e);
        return;
    }
    verdicts(r);
}

/* --- the order of it -------------------------------------------------------------------------- */

struct unsendable {
    bool is;
    const char *status;
    const char *text;
};

/* What this server cannot take it need not be asked: RFC 1870 6.1, 6152 3, 6531 3.2. */
static struct unsendable in_the_way(const struct run *r)
{
    const struct client_offers *o = &r->c->offers;
    const struct client_mail *m = r->m;
    const struct unsendable rows[] = {
        {!is_sendable(m->sender), "5.1.7", "the sender's address cannot be sent"},
        {m->utf8 && !client_offers_has(o, CLIENT_OFFERS_SMTPUTF8), "5.6.7",
         "the message needs SMTPUTF8, which the server does not offer"},
        {m->eight_bit && !client_offers_has(o, CLIENT_OFFERS_8BITMIME), "5.6.3",
         "the message has 8-bit text, and the server does not offer 8BITMIME"},
        {o->size > 0 && m->size > o->size, "5.3.4", "the message is larger than the server takes"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].is) {
            return rows[i];
        }
    }
    return (struct unsendable){.is = false};
}

/* What is only believed of a server refuses nothing: its own word is heard first. */
static bool can_be_sent(struct run *r)
{
    struct client *c = r->c;
    struct unsendable obstacle = in_the_way(r);
    if (obstacle.is && c->opening.unheard > 0) {
        if (failed(client_early_hear(c)) || c->over) {
            decide_all(r, CLIENT_UNDECIDED, &c->trouble);
            return false;
        }
        obstacle = in_the_way(r);
    }
    if (obstacle.is) {
        struct client_trouble t = {.cause = CLIENT_UNSENDABLE, .step = CLIENT_MAIL,
                                   .permanent = true, .status = obstacle.status,
                                   .text = span_text(obstacle.text), .command = SPAN_EMPTY,
                                   .reply = {.text = SPAN_EMPTY, .status = SPAN_EMPTY}};
        decide_all(r, CLIENT_UNDECIDED, &t);
    }
    return !obstacle.is;
}

/* In a group as far as it may be (RFC 2920 3.1), else one by one. */
static void say(struct run *r, enum client_step step, size_t which, span line, span shown)
{
    if (failed(client_quiet(r->c, step, shown))) {
        return;
    }
    client_say(r->c, step, which, line, shown);
    if (!client_pipelines(r->c) || client_full(r->c)) {
        hear_all(r);
    }
}

static void envelope_say(struct run *r)
{
    struct client *c = r->c;
    if (c->mail_open) {
        say(r, CLIENT_RSET, 0, SPAN("RSET"), SPAN("RSET"));
    }
    if (!c->over) {
        c->mail_open = true;
        span line = mail_line(r);
        say(r, CLIENT_MAIL, 0, line, line);
    }
    for (size_t i = 0; i < r->m->count && !c->over && !r->mail_refused; i++) {
        struct client_recipient *to = &r->m->recipients[i];
        if (!is_sendable(to->address)) {
            struct client_trouble t = {.cause = CLIENT_UNSENDABLE, .step = CLIENT_RCPT,
                                       .permanent = true, .status = "5.1.3",
                                       .text = SPAN("the address cannot be sent"),
                                       .reply = {.text = SPAN_EMPTY, .status = SPAN_EMPTY}};
            decide(to, &t);
            continue;
        }
        span line = rcpt_line(r, to);
        say(r, CLIENT_RCPT, i, line, span_first(line, to->address.len + sizeof "RCPT TO:<>" - 1));
    }
}

/* RFC 3030 2 has BDAT wait for the replies to RCPT; DATA may go with them. */
static void text_begin(struct run *r)
{
    struct client *c = r->c;
    bool ahead = client_pipelines(c) && !r->m->chunked && c->note_count > 0 && !client_full(c);
    if (!ahead) {
        hear_all(r);
    }
    if (c->over || r->mail_refused || (!ahead && r->taken == 0)) {
        return;
    }
    r->m->chunked = r->m->chunked && client_offers_has(&c->offers, CLIENT_OFFERS_CHUNKING);
    if (r->m->chunked) {
        r->go = true;
        return;
    }
    r->m->pipelined = ahead;
    say(r, CLIENT_DATA, 0, SPAN("DATA"), SPAN("DATA"));
    hear_all(r);
}

/* RFC 2920 3.1: the server took DATA though it took no recipient. By RFC 2033 4.2 it answers for each of
   them, so not at all: a server that may think otherwise is only told QUIT. */
static void nobody(struct run *r)
{
    struct client *c = r->c;
    struct client_reply reply;
    if (c->options->lmtp) {
        buf_put_text(&c->out, ".\r\n");
        c->closing = c->over = true;
        return;
    }
    (void)!failed(client_ask(c, CLIENT_TEXT, SPAN("."), c->options->final_wait, &reply));
}

/* The envelope was said in the belief that the server offers what it no longer does: whom it refused
   for that it may take when asked as it wants to be. */
static void ask_again(struct run *r)
{
    for (size_t i = 0; i < r->m->count; i++) {
        struct client_recipient *to = &r->m->recipients[i];
        if ((to->fate == CLIENT_DEFERRED || to->fate == CLIENT_FAILED) &&
            to->trouble.cause == CLIENT_REFUSED && to->trouble.step != CLIENT_TEXT) {
            to->fate = CLIENT_UNDECIDED;
        }
    }
}

void client_mail_send(struct client *c, struct client_mail *m)
{
    struct run r = {.c = c, .m = m, .wire = OK, .believing = c->opening.unheard > 0};
    m->chunked =
        client_offers_has(&c->offers, CLIENT_OFFERS_CHUNKING) && !c->options->avoid_chunking;
    m->pipelined = m->text_sent = false;
    m->dsn_passed = client_offers_has(&c->offers, CLIENT_OFFERS_DSN);
    c->messages++;
    if (c->over || !can_be_sent(&r)) {
        return;
    }
    envelope_say(&r);
    text_begin(&r);
    if (r.mail_refused) {
        decide_all(&r, CLIENT_UNDECIDED, &r.refusal);
        decide_all(&r, CLIENT_TAKEN, &r.refusal);
    }
    if (!c->over && r.go) {
        if (r.taken > 0) {
            text_send(&r);
        } else {
            nobody(&r);
        }
        c->mail_open = false; /* RFC 5321 4.1.1.4 */
    }
    if (c->over) {
        c->note_count = r.believing ? c->note_count : 0; /* client_end hears them out */
        decide_all(&r, CLIENT_TAKEN, &c->trouble);
        decide_all(&r, CLIENT_UNDECIDED, &c->trouble);
    } else if (r.believing && c->opening.misled) {
        ask_again(&r);
    }
    m->dsn_passed = m->dsn_passed && client_offers_has(&c->offers, CLIENT_OFFERS_DSN);
}
