/* Whatever a server says, the client comes to an end; every recipient has a fate; nobody is
   delivered to twice, and to nobody but behind a 2yz that came when the whole text was out; and
   what the client says is a sequence of lines that end in CR LF. The input is the server's octets:
   a byte NUL stands where it waits until the client has said something. Of the first octet bit 7 is LMTP,
   bit 6 early pipelining, the rest how its octets are cut. */
#include "ref/client/mail.h"

#include "base/check.h"

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t len);

enum { RECIPIENTS = 3 };

struct server {
    struct wire wire;
    span in;
    size_t pos, grain;
    bool waits;             /* at a NUL, until the next write */
    struct buf heard;
    struct client_mail *mail;
    size_t told[RECIPIENTS];
    bool text_out;
};

static err hear(struct wire *wire, void *at, size_t room, millis wait, size_t *got)
{
    (void)wait;
    struct server *s = (struct server *)wire;
    size_t count = 0;
    while (count < room && count < s->grain && s->pos < s->in.len && !s->waits) {
        unsigned char c = s->in.at[s->pos++];
        s->waits = c == 0;
        if (c != 0) {
            ((unsigned char *)at)[count++] = c;
        }
    }
    *got = count;
    if (count == 0) {
        s->waits = false; /* the next look goes on */
        return s->pos < s->in.len ? err_of(ERR_TIMEOUT, "silence") : err_of(ERR_CLOSED, "closed");
    }
    return OK;
}

static err say(struct wire *wire, span bytes, millis wait)
{
    (void)wait;
    struct server *s = (struct server *)wire;
    buf_put(&s->heard, bytes);
    s->waits = false;
    s->text_out |= span_has(buf_span(&s->heard), SPAN("\r\nhello\r\n.\r\n")) ||
                   (span_has(buf_span(&s->heard), SPAN("BDAT")) &&
                    span_has(buf_span(&s->heard), SPAN("\r\nhello\r\n")));
    return OK;
}

static bool waiting(struct wire *wire)
{
    const struct server *s = (const struct server *)wire;
    return !s->waits && s->pos < s->in.len && s->in.at[s->pos] != 0;
}

static err text(void *context, bool dots, err (*put)(void *to, span block), void *to)
{
    (void)context, (void)dots;
    return put(to, SPAN("Subject: a\r\n\r\nhello\r\n"));
}

static void delivered(void *context, size_t which, bool more)
{
    struct server *s = context;
    CHECK(!more || which + 1 < s->mail->count);
    CHECK(which < RECIPIENTS && s->told[which]++ == 0);
    CHECK(s->text_out && s->mail->text_sent);
}

static void run(span in, size_t grain, bool lmtp, bool early)
{
    struct arena *arena = arena_new();
    struct server s = {.wire = {hear, say, waiting, NULL}, .in = in, .grain = grain};
    struct client c;
    struct client_options options = {.hello = SPAN("c.test"), .lmtp = lmtp, .command_wait = 1,
                                     .data_wait = 1, .final_wait = 1, .clock = clock_system()};
    options.early.go = early; /* by a record that has everything */
    options.early.known = (struct hint_ehlo){.clear_features = 0x7fe};
    struct client_recipient to[RECIPIENTS];
    struct client_mail mail = {.sender = SPAN("a@c.test"), .size = 21, .recipients = to,
                               .count = RECIPIENTS, .envid = SPAN_EMPTY, .auth = SPAN_EMPTY,
                               .text = text, .delivered = delivered, .context = &s};
    for (size_t i = 0; i < RECIPIENTS; i++) {
        to[i] = (struct client_recipient){.address = SPAN("u@x.test"), .orcpt = SPAN_EMPTY};
    }
    s.mail = &mail;
    buf_init(&s.heard, 1 << 20);
    bool begun = client_begin(&c, &s.wire, &options, arena);
    if (begun) {
        client_mail_send(&c, &mail);
    }
    size_t left = 0;
    for (size_t i = 0; i < RECIPIENTS; i++) {
        left += to[i].fate == CLIENT_UNDECIDED ? 1u : 0u;
    }
    if (begun && !c.over && c.opening.misled && left == RECIPIENTS) {
        client_mail_send(&c, &mail); /* asked again: as the transport does, but for all or nobody */
    }
    size_t decided = 0;
    for (size_t i = 0; i < RECIPIENTS; i++) {
        CHECK(to[i].fate != CLIENT_TAKEN);
        CHECK((to[i].fate == CLIENT_DELIVERED) == (s.told[i] == 1));
        CHECK(to[i].fate != CLIENT_FAILED || to[i].reply.code / 100 == 5 ||
              to[i].trouble.cause == CLIENT_UNSENDABLE);
        decided += to[i].fate != CLIENT_UNDECIDED ? 1u : 0u;
    }
    CHECK(!begun || decided > 0 || c.over);
    client_end(&c);
    span heard = buf_span(&s.heard);
    CHECK(heard.len == 0 || span_ends(heard, SPAN("\r\n")));
    buf_wipe(&s.heard);
    arena_free(arena);
}

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t len)
{
    if (len == 0) {
        return 0;
    }
    span in = span_of(at + 1, len - 1);
    run(in, at[0] % 2 == 0 ? SIZE_MAX : 1u + at[0] % 5u, (at[0] & 0x80) != 0,
        (at[0] & 0xc0) == 0x40);
    return 0;
}
