/* Playing a recording. Two counts steer it: replies that the recorded client had heard before a
   flight, and replies that have come now. When the target owes one and everything in it sleeps
   longer than patience, the flight is said all the same and the debt is carried along, so that one
   missing reply is one difference and not the end of the comparison. A handshake that was opened in
   the recording is made anew at its place, in the same version; where it resumed a session, a
   connection before this one fetches the ticket. */
#include "harness/replay/play.h"

#include "harness/link/link.h"

#include <poll.h>

#define SAID_CEILING ((size_t)64 << 20)
#define POLL_MS 40
#define LONG_PAUSE ((millis)1000)
#define JUDGE_LIBRARY "openssl"

struct playing {
    const struct dialogue *d;
    const struct replay_world *world;
    struct arena *arena;
    struct replay_said *said;
    struct link link;
    size_t parsed;   /* octets of the server taken apart */
    size_t counted;  /* replies with a code */
    size_t debt;     /* replies that were given up */
    const struct tls_ticket *ticket; /* to be offered, or NULL */
    size_t turn;     /* said last */
    millis begin;
};

size_t replay_clear_end(const struct dialogue *d)
{
    for (size_t i = 0; i < d->said[CAPTURE_CLIENT].count; i++) {
        if (d->said[CAPTURE_CLIENT].at[i].kind == SAID_TLS) {
            return d->said[CAPTURE_CLIENT].at[i].at;
        }
    }
    return d->tls ? d->flow->side[CAPTURE_CLIENT].octets.len : SAID_NONE;
}

/* The recorded server ended the connection before its client did. */
static bool server_closes(const struct dialogue *d)
{
    const struct flow_end *client = &d->flow->side[CAPTURE_CLIENT].end;
    const struct flow_end *server = &d->flow->side[CAPTURE_SERVER].end;
    return server->how != CLOSE_NONE && (client->how == CLOSE_NONE || server->packet < client->packet);
}

bool replay_is_timeout(const struct dialogue *d, size_t item)
{
    const struct said *s = &d->said[CAPTURE_SERVER].at[item];
    return s->kind == SAID_REPLY && item > 0 && s->pause >= LONG_PAUSE &&
           (s->partner == SAID_NONE || s->code == 421);
}

/* Replies in the server's first octets that can be waited for. */
static size_t replies_due(const struct dialogue *d, size_t octets)
{
    size_t due = dialogue_replies_in(d, octets);
    for (size_t i = 0; i < d->said[CAPTURE_SERVER].count && due > 0; i++) {
        const struct said *s = &d->said[CAPTURE_SERVER].at[i];
        due -= s->at + s->len <= octets && replay_is_timeout(d, i);
    }
    return due;
}

static bool ends_in_timeout(const struct dialogue *d)
{
    size_t count = d->said[CAPTURE_SERVER].count;
    return count > 0 && replay_is_timeout(d, count - 1);
}

/* ---- hearing ---- */

/* A reply that is not all there yet stays for later, unless no more will come. */
static void take_apart(struct playing *p, bool end)
{
    struct replay_reply r;
    span text = span_from(buf_span(&p->said->octets), p->parsed);
    while (dialogue_reply(text, &r.len, &r.code, &r.whole)) {
        bool may_go_on = !r.whole && r.len == text.len;
        if (may_go_on && !end) {
            return;
        }
        r.at = p->parsed;
        r.turn = p->turn;
        vec_add(p->arena, &p->said->replies, r);
        p->counted += r.code != 0;
        p->parsed += r.len;
        text = span_from(text, r.len);
    }
}

static void server_gone(struct playing *p)
{
    p->said->closed = true;
    take_apart(p, true);
    link_close(&p->link);
}

/* Takes what is there. True if anything was. */
static bool hear(struct playing *p)
{
    bool any = false;
    while (link_is_open(&p->link)) {
        unsigned char piece[8192];
        size_t got = 0;
        enum link_state state = link_read(&p->link, piece, sizeof piece, &got);
        if (state == LINK_AGAIN) {
            break;
        }
        any = true;
        if (state != LINK_MOVED) {
            server_gone(p);
            break;
        }
        buf_put(&p->said->octets, span_of(piece, got));
        if (buf_full(&p->said->octets)) {
            p->said->stop = REPLAY_CEILING;
            p->said->why = "the target says more than 64 MiB";
            link_close(&p->link);
        }
    }
    take_apart(p, false);
    return any;
}

static void wait_a_little(const struct playing *p, short events)
{
    struct pollfd fd = {.fd = p->link.fd, .events = events};
    (void)poll(&fd, 1, POLL_MS);
}

static bool out_of_time(struct playing *p)
{
    if (clock_ticks() - p->begin <= p->world->timeout) {
        return false;
    }
    p->said->stop = REPLAY_TIMEOUT;
    p->said->why = arena_printf(p->arena, "the conversation took longer than %lld ms", (long long)p->world->timeout);
    link_close(&p->link);
    return true;
}

struct nap {
    millis slept, last;
};

/* True once the target has slept longer than patience, and nothing has come meanwhile. */
static bool slept_enough(const struct playing *p, struct nap *n, bool came)
{
    bool asleep = !p->world->asleep || p->world->asleep(p->world->target);
    millis now = clock_ticks();
    n->slept = came ? 0 : n->slept + (asleep ? now - n->last : 0);
    n->last = now;
    return n->slept > p->world->patience;
}

/* Until enough replies have come, the server is gone, or patience ends: false then. Patience runs
   only while the target sleeps. */
static bool wait_for(struct playing *p, size_t replies, bool for_close)
{
    struct nap nap = {.last = clock_ticks()};
    for (;;) {
        bool came = hear(p);
        if (!link_is_open(&p->link) || (!for_close && p->counted >= replies)) {
            return true;
        }
        if (out_of_time(p) || slept_enough(p, &nap, came)) {
            return false;
        }
        wait_a_little(p, POLLIN);
    }
}

/* ---- saying ---- */

/* Writes all of it, and hears while the target does not take it. */
static bool say(struct playing *p, span octets)
{
    while (octets.len && link_is_open(&p->link)) {
        size_t put = 0;
        enum link_state state = link_write(&p->link, octets, &put);
        if (state == LINK_MOVED) {
            octets = span_from(octets, put);
        } else if (state == LINK_AGAIN) {
            hear(p);
            if (out_of_time(p)) {
                return false;
            }
            if (link_is_open(&p->link)) {
                wait_a_little(p, POLLIN | POLLOUT);
            }
        } else {
            /* what it said before it went may still be there */
            hear(p);
            if (link_is_open(&p->link)) {
                server_gone(p);
            }
        }
    }
    return octets.len == 0;
}

/* Replies that can have come when the client has said `octets`: those of what it said, and those that
   answer nothing. */
static size_t replies_owed(const struct dialogue *d, size_t octets)
{
    size_t owed = 0;
    for (size_t i = 0; i < d->said[CAPTURE_SERVER].count; i++) {
        const struct said *s = &d->said[CAPTURE_SERVER].at[i];
        const struct said *to = s->partner == SAID_NONE ? NULL : &d->said[CAPTURE_CLIENT].at[s->partner];
        owed += s->kind == SAID_REPLY && (!to || to->at + to->len <= octets);
    }
    return owed;
}

static void look_for_early(struct playing *p, const struct turn *t)
{
    if (!t->crossed && p->said->early == SAID_NONE && p->counted + p->debt > replies_owed(p->d, t->at)) {
        p->said->early = p->counted - 1;
        p->said->early_turn = (size_t)(t - p->d->turns.at);
    }
}

static void give_up(struct playing *p, size_t needed)
{
    p->debt += needed - p->counted;
    p->said->waited++;
}

/* Waits for the replies that are due when the server's octets up to heard were said. False: the end. */
static bool await_heard(struct playing *p, size_t heard)
{
    size_t due = replies_due(p->d, heard);
    size_t needed = due > p->debt ? due - p->debt : 0;
    if (!wait_for(p, needed, false)) {
        if (p->said->stop != REPLAY_DONE) {
            return false;
        }
        give_up(p, needed);
    }
    if (!link_is_open(&p->link)) {
        p->said->stop = p->said->stop == REPLAY_DONE ? REPLAY_CLOSED : p->said->stop;
    }
    return link_is_open(&p->link);
}

/* ---- the handshake ---- */

static bool no_tls(struct playing *p, const char *why)
{
    p->said->stop = p->said->stop == REPLAY_DONE ? REPLAY_NO_TLS : p->said->stop;
    p->said->why = p->said->why ? p->said->why : why;
    return false;
}

/* Until it stands, fails, or the target sleeps longer than patience. */
static bool shake_hands(struct playing *p)
{
    struct nap nap = {.last = clock_ticks()};
    enum tls_end end;
    while ((end = link_shake(&p->link)) == TLS_UNDER_WAY && !out_of_time(p)) {
        if (slept_enough(p, &nap, false)) {
            return no_tls(p, "the target says nothing in the handshake");
        }
        wait_a_little(p, POLLIN);
    }
    return end == TLS_STANDS || no_tls(p, p->said->tls->why ? p->said->tls->why : "it fails");
}

static bool play_handshake(struct playing *p)
{
    const struct capture_tls *was = &p->d->shake;
    if (!await_heard(p, was->at[CAPTURE_SERVER])) {
        return false;
    }
    size_t count = p->said->replies.count;
    if (was->at[CAPTURE_CLIENT] > 0 && (count == 0 || p->said->replies.at[count - 1].code != 220)) {
        return no_tls(p, "the target does not agree to it");
    }
    unsigned version = link_tls_version_read(was->version);
    struct tls_wants wants = {.library = JUDGE_LIBRARY, .min = version, .max = version, .ticket = p->ticket};
    err e = link_secure(&p->link, &wants, SPAN_EMPTY, p->arena, &p->said->tls);
    return failed(e) ? no_tls(p, err_text(e, p->arena)) : shake_hands(p);
}

static bool play_turn(struct playing *p, size_t index, size_t end)
{
    const struct turn *t = &p->d->turns.at[index];
    if (t->side == CAPTURE_SERVER) {
        return true;
    }
    if (!await_heard(p, t->heard)) {
        return false;
    }
    look_for_early(p, t);
    size_t len = end < t->at ? 0 : end - t->at < t->len ? end - t->at : t->len;
    p->turn = index;
    return say(p, span_part(p->d->flow->side[CAPTURE_CLIENT].octets, t->at, len)) && len == t->len;
}

/* After the last flight: what the recorded client did with its side, and what is still to be heard. */
static void play_end(struct playing *p, bool clear_all)
{
    const struct dialogue *d = p->d;
    const struct flow_end *client = &d->flow->side[CAPTURE_CLIENT].end;
    size_t octets = d->flow->side[CAPTURE_SERVER].octets.len, before = dialogue_before_end(d);
    if (clear_all && before < octets) {
        /* what had come by then comes first */
        size_t due = replies_due(d, before);
        (void)wait_for(p, due > p->debt ? due - p->debt : 0, false);
        if (client->how == CLOSE_RST) {
            link_reset(&p->link);
            return;
        }
        link_shut(&p->link);
    }
    size_t all = replies_due(d, octets);
    size_t needed = all > p->debt ? all - p->debt : 0;
    if (!wait_for(p, needed, false) && p->said->stop == REPLAY_DONE) {
        give_up(p, needed);
    } else if (p->said->stop == REPLAY_DONE && clear_all && server_closes(d) && !ends_in_timeout(d)) {
        p->said->stays = !wait_for(p, 0, true);
    } else if (link_is_open(&p->link)) {
        /* one look for what nobody asked for */
        wait_a_little(p, POLLIN);
        hear(p);
    }
}

static bool begin(struct playing *p, const struct address *from)
{
    int fd;
    buf_init(&p->said->octets, SAID_CEILING);
    err e = socket_connect(&p->world->to, from, p->world->patience, &fd);
    if (failed(e)) {
        p->said->stop = REPLAY_UNREACHABLE;
        p->said->why = err_text(e, p->arena);
        return false;
    }
    link_take(&p->link, fd);
    return true;
}

/* What the recorded client had got before: a connection up to its handshake, a greeting in it, and QUIT. */
static const struct tls_ticket *fetch_ticket(const struct playing *like, size_t shake)
{
    struct replay_said said = {.early = SAID_NONE};
    struct playing p = *like;
    p.said = &said;
    bool good = begin(&p, p.world->has_before ? &p.world->before : NULL);
    for (size_t i = 0; good && i < shake; i++) {
        good = play_turn(&p, i, SAID_NONE);
    }
    good = good && play_handshake(&p);
    static const char *const words[] = {"EHLO c.test\r\n", "QUIT\r\n"};
    size_t heard = p.counted + (shake == 0);
    for (size_t i = 0; i < 2 && good && wait_for(&p, heard, false); i++) {
        good = say(&p, span_text(words[i]));
        heard++;
    }
    (void)wait_for(&p, heard, false);
    link_close(&p.link);
    replay_said_wipe(&said);
    return said.tls ? said.tls->ticket : NULL;
}

void replay_play(const struct dialogue *d, const struct replay_world *world, struct arena *arena,
                 struct replay_said *said)
{
    *said = (struct replay_said){.early = SAID_NONE};
    struct playing p = {.d = d, .world = world, .arena = arena, .said = said, .turn = SAID_NONE,
                        .begin = clock_ticks()};
    size_t shake = dialogue_handshake(d);
    if (shake != SAID_NONE && d->shake.resumed) {
        p.ticket = fetch_ticket(&p, shake);
        said->offered = p.ticket != NULL;
    }
    if (!begin(&p, world->has_from ? &world->from : NULL)) {
        return;
    }
    size_t end = replay_clear_end(d);
    bool all = true;
    for (size_t i = 0; i <= d->turns.count && all; i++) {
        all = i != shake || play_handshake(&p);
        if (all && i < d->turns.count) {
            all = play_turn(&p, i, end);
            said->turns = i + all;
        }
    }
    bool tls = said->stop == REPLAY_DONE && !all && end != SAID_NONE && link_is_open(&p.link);
    if (said->stop == REPLAY_DONE && !all && !tls) {
        said->stop = REPLAY_CLOSED;
    }
    if (said->stop == REPLAY_DONE) {
        play_end(&p, all && end == SAID_NONE);
    }
    take_apart(&p, true);
    link_close(&p.link);
}

void replay_said_wipe(struct replay_said *said)
{
    buf_wipe(&said->octets);
}
