/* For tests: a server in memory, which answers what the client has written by a table of replies,
   in reads as small as the test wants; and a client with it. */
#ifndef REF_CLIENT_TESTING_H
#define REF_CLIENT_TESTING_H

#include "base/check.h"
#include "ref/client/mail.h"

#include <stdio.h>

enum { TESTING_RCPTS = 4 };

/* Replies as they go on the wire; NULL: the usual one. "" is silence. A reply that ends in "!" is
   the last thing before the connection ends. */
struct testing_replies {
    const char *greeting, *ehlo, *helo, *mail, *rcpt[TESTING_RCPTS], *data, *text, *rset, *quit;
    const char *other;      /* to what is none of these */
    const char *early;      /* said in the middle of the text */
};

struct testing_server {
    struct wire wire;
    struct testing_replies says;
    size_t grain;
    struct buf heard;       /* all that the client wrote */
    struct buf in;          /* what it can read */
    size_t in_pos, looked;  /* how far the server has read */
    size_t first;           /* octets of the first write */
    bool begun, text, closed, ended_text;
    uint64_t chunk;         /* octets of a chunk still to come */
    size_t rcpts, texts;    /* RCPT seen in this mail; mails whose end was seen */
    bool lmtp;
    size_t taken;
};

static inline void testing_say(struct testing_server *s, const char *reply, const char *usual)
{
    const char *text = reply != NULL ? reply : usual;
    size_t len = strlen(text);
    bool last = len > 0 && text[len - 1] == '!';
    buf_put(&s->in, span_of(text, len - (last ? 1 : 0)));
    s->closed |= last;
}

static inline void testing_text_ends(struct testing_server *s)
{
    s->texts++;
    for (size_t i = 0; i < (s->lmtp ? s->taken : 1); i++) {
        testing_say(s, s->says.text, "250 taken\r\n");
    }
    s->taken = 0;
}

static inline void testing_command(struct testing_server *s, span line)
{
    const struct testing_replies *r = &s->says;
    if (span_starts(line, SPAN("EHLO")) || span_starts(line, SPAN("LHLO"))) {
        testing_say(s, r->ehlo, "250 mx.test\r\n");
    } else if (span_starts(line, SPAN("HELO"))) {
        testing_say(s, r->helo, "250 mx.test\r\n");
    } else if (span_starts(line, SPAN("MAIL"))) {
        s->rcpts = s->taken = 0;
        testing_say(s, r->mail, "250 ok\r\n");
    } else if (span_starts(line, SPAN("RCPT"))) {
        const char *reply = s->rcpts < TESTING_RCPTS ? r->rcpt[s->rcpts] : NULL;
        s->taken += reply == NULL || reply[0] == '2' ? 1 : 0;
        s->rcpts++;
        testing_say(s, reply, "250 ok\r\n");
    } else if (span_starts(line, SPAN("DATA"))) {
        s->text = r->data == NULL || r->data[0] == '3';
        testing_say(s, r->data, "354 go\r\n");
    } else if (span_starts(line, SPAN("BDAT "))) {
        span number = span_from(line, 5);
        number = span_first(number, span_find_byte(number, ' '));
        CHECK(span_to_u64(number, &s->chunk));
        if (s->chunk == 0) {
            testing_text_ends(s);
        }
    } else if (span_starts(line, SPAN("RSET"))) {
        testing_say(s, r->rset, "250 ok\r\n");
    } else if (span_starts(line, SPAN("QUIT"))) {
        testing_say(s, r->quit, "221 bye\r\n!");
    } else {
        testing_say(s, r->other, "500 what\r\n");
    }
}

static inline void testing_listen(struct testing_server *s)
{
    if (!s->begun) {
        s->begun = true;
        testing_say(s, s->says.greeting, "220 mx.test ESMTP\r\n");
    }
    for (;;) {
        span rest = span_from(buf_span(&s->heard), s->looked);
        if (s->chunk > 0) {
            uint64_t part = rest.len < s->chunk ? rest.len : s->chunk;
            s->looked += (size_t)part;
            s->chunk -= part;
            if (s->chunk > 0 || part == 0) {
                return;
            }
            testing_text_ends(s);
            continue;
        }
        size_t end = span_find(rest, SPAN("\r\n"));
        if (end == SPAN_NONE || s->closed) {
            return;
        }
        span line = span_first(rest, end);
        s->looked += end + 2;
        if (!s->text) {
            testing_command(s, line);
        } else if (span_eq(line, SPAN("."))) {
            s->text = false;
            testing_text_ends(s);
        } else if (s->says.early != NULL) {
            testing_say(s, s->says.early, NULL);
            s->says.early = NULL;
        }
    }
}

static inline err testing_server_read(struct wire *wire, void *at, size_t room, millis wait,
                                      size_t *got)
{
    (void)wait;
    struct testing_server *s = (struct testing_server *)wire;
    testing_listen(s);
    span rest = span_from(buf_span(&s->in), s->in_pos);
    if (rest.len == 0) {
        return s->closed ? err_of(ERR_CLOSED, "closed") : err_of(ERR_TIMEOUT, "silence");
    }
    size_t count = rest.len < room ? rest.len : room;
    count = s->grain > 0 && s->grain < count ? s->grain : count;
    memcpy(at, rest.at, count);
    s->in_pos += count;
    *got = count;
    return OK;
}

static inline err testing_server_write(struct wire *wire, span bytes, millis wait)
{
    (void)wait;
    struct testing_server *s = (struct testing_server *)wire;
    if (s->closed) {
        return err_of(ERR_CLOSED, "closed");
    }
    buf_put(&s->heard, bytes);
    s->first = s->first == 0 ? bytes.len : s->first;
    testing_listen(s);
    return OK;
}

static inline bool testing_server_pending(struct wire *wire)
{
    struct testing_server *s = (struct testing_server *)wire;
    testing_listen(s);
    return s->in_pos < s->in.len || s->closed;
}

static inline void testing_server_close(struct wire *wire)
{
    struct testing_server *s = (struct testing_server *)wire;
    buf_wipe(&s->heard);
    buf_wipe(&s->in);
}

static inline void testing_server_open(struct testing_server *s, const struct testing_replies *says)
{
    *s = (struct testing_server){.says = *says};
    s->wire = (struct wire){testing_server_read, testing_server_write, testing_server_pending,
                            testing_server_close};
    buf_init(&s->heard, 1 << 24);
    buf_init(&s->in, 1 << 24);
}

/* A mail of three recipients. */
struct testing_mail {
    struct testing_server server;
    struct client client;
    struct client_options options;
    struct client_mail mail;
    struct client_recipient to[TESTING_RCPTS];
    size_t delivered[TESTING_RCPTS];
    bool more[TESTING_RCPTS];
    const char *text;
    struct arena *arena;
};

static inline err testing_mail_text(void *context, bool dots, err (*put)(void *to, span block),
                                    void *to)
{
    struct testing_mail *t = context;
    (void)dots;
    return put(to, span_text(t->text));
}

static inline void testing_mail_delivered(void *context, size_t which, bool more)
{
    struct testing_mail *t = context;
    t->delivered[which]++;
    t->more[which] = more;
}

static inline void testing_mail_open(struct testing_mail *t, const struct testing_replies *says,
                                     size_t recipients)
{
    static const char *const names[] = {"u@x.test", "v@x.test", "w@x.test", "y@x.test"};
    *t = (struct testing_mail){.text = "Subject: a\r\n\r\nhello\r\n", .arena = arena_new()};
    testing_server_open(&t->server, says);
    t->options = (struct client_options){.hello = SPAN("c.test"), .command_wait = 20,
                                         .data_wait = 20, .final_wait = 20,
                                         .clock = clock_system()};
    for (size_t i = 0; i < recipients; i++) {
        t->to[i] = (struct client_recipient){.address = span_text(names[i]), .orcpt = SPAN_EMPTY,
                                             .pass_dsn = true};
    }
    t->mail = (struct client_mail){.sender = SPAN("a@c.test"), .size = strlen(t->text),
                                   .recipients = t->to, .count = recipients, .envid = SPAN_EMPTY,
                                   .auth = SPAN_EMPTY, .pass_dsn = true, .text = testing_mail_text,
                                   .delivered = testing_mail_delivered, .context = t};
}

/* The whole session. */
static inline void testing_mail_run(struct testing_mail *t)
{
    t->server.lmtp = t->options.lmtp;
    if (client_begin(&t->client, &t->server.wire, &t->options, t->arena)) {
        client_mail_send(&t->client, &t->mail);
    }
    client_end(&t->client);
}

static inline void testing_mail_close(struct testing_mail *t)
{
    wire_close(&t->server.wire);
    arena_free(t->arena);
}

#endif
