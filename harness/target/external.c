/* host:port: a server that somebody else runs. It is asked once what it offers; nothing of it can
   be seen but the wire. */
#include "harness/target/instance.h"

#include "base/buf.h"

#include <netdb.h>
#include <unistd.h>

#define CONTACT_WAIT 10000
#define REPLY_CEILING 65536

millis pace_wait(struct pace *p, millis now)
{
    millis at = p->next > now ? p->next : now;
    p->next = at + PACE_GAP_MS;
    return at - now;
}

bool target_names_host(const char *text)
{
    span name = span_text(text);
    size_t colon = span_find_last_byte(name, ':');
    struct address literal;
    uint64_t port;
    if (span_starts(name, SPAN("unix:"))) {
        return address_parse_with_port(name, &literal);
    }
    return colon != SPAN_NONE && colon > 0 && span_to_u64(span_from(name, colon + 1), &port) && port > 0 &&
           port <= 65535;
}

static err resolve(struct target *t)
{
    span name = span_text(t->o.name);
    size_t colon = span_find_last_byte(name, ':');
    if (!target_names_host(t->o.name)) {
        return err_of(ERR_SYNTAX, arena_printf(t->arena, "%s: not HOST:PORT", t->o.name));
    }
    if (address_parse_with_port(name, &t->remote)) {
        return OK;
    }
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    int why = getaddrinfo(arena_text(t->scratch, span_first(name, colon)),
                          arena_text(t->scratch, span_from(name, colon + 1)), &hints, &list);
    if (why != 0 || !list) {
        return err_of(ERR_IO, arena_printf(t->arena, "%s: %s", t->o.name, gai_strerror(why)));
    }
    memcpy(&t->remote.storage, list->ai_addr, list->ai_addrlen);
    t->remote.len = list->ai_addrlen;
    freeaddrinfo(list);
    return OK;
}

/* Capabilities are what EHLO offers, in the spelling of `need`. */
static void take_offer(struct target *t, span offer)
{
    span line;
    (void)span_line(&offer, &line);
    while (span_line(&offer, &line)) {
        span word;
        span rest;
        if (line.len > 4) {
            (void)span_split(span_from(line, 4), ' ', &word, &rest);
            char *cap = arena_text(t->arena, word);
            for (char *c = cap; *c; c++) {
                *c = (char)ascii_lower((unsigned char)*c);
            }
            bool early = strcmp(cap, "pipeconnect") == 0 || strcmp(cap, "x_pipe_connect") == 0;
            vec_add(t->arena, &t->caps, early ? "early" : cap);
        }
    }
}

static err ask(struct target *t, int fd, struct buf *in)
{
    unsigned code;
    TRY(target_reply_read(fd, clock_ticks() + CONTACT_WAIT, in, &code));
    span line;
    span text = buf_span(in);
    (void)span_line(&text, &line);
    if (code != 220) {
        return err_of(ERR_IO,
                      arena_printf(t->arena, "%s greets with %.*s", t->o.name, SPAN_FMT(line)));
    }
    t->version = arena_text(t->arena, line.len > 4 ? span_from(line, 4) : line);
    const char *name = t->o.hello ? t->o.hello : "assay.invalid";
    TRY(socket_write(fd, span_text(arena_printf(t->arena, "EHLO %s\r\n", name)), CONTACT_WAIT));
    TRY(target_reply_read(fd, clock_ticks() + CONTACT_WAIT, in, &code));
    if (code == 250) {
        take_offer(t, buf_span(in));
    }
    TRY(socket_write(fd, SPAN("QUIT\r\n"), CONTACT_WAIT));
    return target_reply_read(fd, clock_ticks() + CONTACT_WAIT, in, &code);
}

err target_external_open(struct target *t)
{
    int fd;
    struct buf in;
    t->d = (struct description){.file = "", .patience = 10000};
    t->in = (struct isolation){.mode = "remote"};
    TRY(resolve(t));
    char host[64];
    address_host(&t->remote, host, sizeof host);
    t->in.target_host = arena_text(t->arena, span_text(host));
    t->in.smtp = address_port(&t->remote);
    TRY(err_in(socket_connect(&t->remote, NULL, CONTACT_WAIT, &fd), t->arena, "nothing answers at %s",
               t->o.name));
    (void)pace_wait(&t->pace, clock_ticks());
    buf_init(&in, REPLY_CEILING);
    err e = err_in(ask(t, fd, &in), t->arena, "%s", t->o.name);
    buf_wipe(&in);
    close(fd);
    return e;
}
