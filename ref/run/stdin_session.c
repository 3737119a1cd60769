/* -bs: one session on standard input and output, for local programs and for tests. The caller is
   known by its login and not by an address; nothing it sends can come too early. -bh: the same as if
   it came from an address, with what ACLs decide on standard error; nothing is kept. Lines from
   a terminal or a file may end in LF alone: they are made CRLF. */
#include "base/check.h"
#include "base/file.h"
#include "ref/run/delivery.h"
#include "ref/run/modes.h"
#include "ref/run/world.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static err stdio_read(struct wire *w, void *at, size_t room, millis wait, size_t *got)
{
    (void)w;
    TRY(socket_wait(STDIN_FILENO, false, wait));
    ssize_t n = read(STDIN_FILENO, at, room);
    if (n < 0) {
        return err_sys(errno, "reading standard input");
    }
    *got = (size_t)n;
    return n == 0 ? err_of(ERR_CLOSED, "standard input") : OK;
}

static err stdio_write(struct wire *w, span bytes, millis wait)
{
    (void)w;
    while (bytes.len > 0) {
        TRY(socket_wait(STDOUT_FILENO, true, wait));
        ssize_t n = write(STDOUT_FILENO, bytes.at, bytes.len);
        if (n < 0 && errno != EINTR) {
            return err_sys(errno, "writing standard output");
        }
        bytes = span_from(bytes, n > 0 ? (size_t)n : 0);
    }
    return OK;
}

static bool stdio_pending(struct wire *w)
{
    (void)w;
    return !failed(socket_wait(STDIN_FILENO, false, 0));
}

static void stdio_close(struct wire *w)
{
    (void)w;
}

/* --- -bh --------------------------------------------------------------------------------------- */

struct rehearsal {
    struct wire wire;
    bool after_cr, lf_due;   /* lf_due: there was room for the CR alone */
};

/* LF to CRLF, so that a person at a terminal can be a client. */
static err rehearsal_read(struct wire *w, void *at, size_t room, millis wait, size_t *got)
{
    struct rehearsal *r = (struct rehearsal *)(void *)w;
    unsigned char in[1024], *out = at;
    size_t count, len = 0, most = room < 2 ? 1 : room / 2;
    if (r->lf_due) {
        r->lf_due = false;
        out[0] = '\n';
        *got = 1;
        return OK;
    }
    TRY(stdio_read(w, in, most < sizeof in ? most : sizeof in, wait, &count));
    for (size_t i = 0; i < count; i++) {
        if (in[i] == '\n' && !r->after_cr) {
            out[len++] = '\r';
        }
        r->after_cr = in[i] == '\r';
        r->lf_due = len == room;
        if (!r->lf_due) {
            out[len++] = in[i];
        }
    }
    *got = len;
    return OK;
}

static bool rehearsal_pending(struct wire *w)
{
    return ((struct rehearsal *)(void *)w)->lf_due || stdio_pending(w);
}

static void trace(void *context, span line)
{
    (void)context;
    (void)fprintf(stderr, ">>> %.*s\n", SPAN_FMT(line));
}

/* --- both -------------------------------------------------------------------------------------- */

/* `scratch`: the folder of a rehearsal, else NULL. */
static enum exit_status session(const struct run_options *o, struct arena *arena, struct smtp_peer peer,
                                struct wire *wire, const char *scratch)
{
    struct run_world *world = ARENA_NEW(arena, struct run_world);
    struct run_stored stored = {.arena = arena};
    world->scratch = scratch;
    world->stored = run_stored_take;
    world->stored_context = &stored;
    enum exit_status status = run_world_begin(world, o, arena);
    if (status != EXIT_FINE) {
        return status;
    }
    struct run_instance *in = run_instance_hold(world);
    err e = smtp_session_run(&in->server, &peer, wire);
    run_instance_release(in);
    run_stored_deliver(world, &stored);
    run_world_close(world);
    return failed(e) && e.kind != ERR_CLOSED ? EXIT_LATER : EXIT_FINE;
}

enum exit_status run_stdin_session(const struct run_options *o, struct arena *arena)
{
    struct smtp_peer peer = {.login = run_user_find(arena).login, .connections = 1};
    struct wire wire = {stdio_read, stdio_write, stdio_pending, stdio_close};
    return session(o, arena, peer, &wire, NULL);
}

/* 192.0.2.10, 192.0.2.10.1234, [2001:db8::10]:1234, ... */
static bool peer_read(span text, struct address *peer)
{
    uint64_t port;
    size_t dot = span_find_last_byte(text, '.');
    if (address_parse(text, 0, peer)) {
        return true;
    }
    if (dot != SPAN_NONE && span_to_u64(span_from(text, dot + 1), &port) && port <= UINT16_MAX &&
        address_parse(span_first(text, dot), (uint16_t)port, peer)) {
        return true;
    }
    return span_find_byte(text, ':') != SPAN_NONE && address_parse_with_port(text, peer);
}

enum exit_status run_rehearsal(const struct run_options *o, struct arena *arena)
{
    struct smtp_peer peer = {.tcp = true, .connections = 1, .rehearsal = true, .trace = trace};
    struct rehearsal r = {.wire = {rehearsal_read, stdio_write, rehearsal_pending, stdio_close}};
    const char *host = o->words.count == 1 ? o->words.at[0] : "";
    if (!peer_read(span_text(host), &peer.remote)) {
        return run_fail(EXIT_USAGE, "-bh needs an IP address: -bh 192.0.2.10");
    }
    /* Who only asks need not be able to write where messages lie. */
    char scratch[] = "/tmp/refmta-bh-XXXXXX";
    if (mkdtemp(scratch) == NULL) {
        return run_fail(EXIT_SYSTEM, "-bh needs a folder below /tmp");
    }
    CHECK(address_parse(SPAN("127.0.0.1"), 25, &peer.local));
    (void)fprintf(stderr, "**** SMTP testing session as if from host %s\n"
                          "**** nothing is kept, nobody is written to\n", host);
    enum exit_status status = session(o, arena, peer, &r.wire, scratch);
    err e = dir_remove_all(scratch);
    return failed(e) ? run_fail(EXIT_SYSTEM, err_text(e, arena)) : status;
}
