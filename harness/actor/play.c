/* The loop of a play. One thread goes round: every connection says and hears as far as it can,
   until nothing moves; then all descriptors are waited for together. Nothing but what came
   decides: time only ends a wait, and then only while the target sleeps and nobody waits for
   the judge. */
#include "harness/actor/stage.h"

#include "base/rows.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

enum {
    TICK_MS = 10,
    SETTLE_MS = 300, /* of sleep, until the target counts as at rest when it cannot be asked */
    SETTLE_UNSEEN_MS = 1000,
    IN_CEILING = 256 * 1024 * 1024,
    SECRETS_CEILING = 16 * 1024 * 1024,
    MOST_RTT_MS = 3600000,
    ONCE_MORE_MS = 20 /* waits at least this long before sleep is looked at */
};

struct proto_row {
    const char *name;
    enum proto proto;
};

static const struct proto_row proto_rows[] = {
    { "dccifd", PROTO_DCCIFD }, { "lmtp", PROTO_LMTP }, { "raw", PROTO_RAW }, { "smtp", PROTO_SMTP },
};

static enum proto proto_of(const struct actor *a)
{
    const struct proto_row *row = ROWS_FIND(proto_rows, span_text(option_value(&a->options, "proto")));
    return row != NULL ? row->proto : PROTO_SMTP;
}

millis play_rtt(const char *option)
{
    span text = span_text(option);
    uint64_t n = 0;
    size_t digits = 0;
    while (digits < text.len && ascii_is_digit(text.at[digits])) {
        digits++;
    }
    span unit = span_from(text, digits);
    (void)span_to_u64(span_first(text, digits), &n);
    n = n < MOST_RTT_MS ? n : MOST_RTT_MS;
    return (millis)n * (span_eq(unit, SPAN("s")) ? 1000 : span_eq(unit, SPAN("m")) ? 60000 : 1);
}

/* ---- connections ---- */

static struct conn *find_conn(const struct stage *g, size_t actor, unsigned number)
{
    for (size_t i = 0; i < g->conns.count; i++) {
        if (g->conns.at[i]->actor == actor && g->conns.at[i]->number == number) {
            return g->conns.at[i];
        }
    }
    return NULL;
}

static struct conn *need_conn(struct stage *g, size_t actor, unsigned number)
{
    struct conn *c = find_conn(g, actor, number);
    if (c != NULL) {
        return c;
    }
    const struct actor *a = &g->s->actors.at[actor];
    c = ARENA_NEW(g->arena, struct conn);
    c->actor = actor;
    c->number = number;
    c->own = a->role == ACTOR_CLIENT ? SIDE_C : SIDE_S;
    c->proto = proto_of(a);
    buf_init(&c->in, IN_CEILING);
    buf_init(&c->group, SIZE_MAX);
    taking_init(&c->taking, g->arena, c->proto == PROTO_LMTP);
    if (c->own == SIDE_C && (c->proto == PROTO_SMTP || c->proto == PROTO_LMTP)) {
        vec_add(g->arena, &c->verbs, "the connection");
    }
    vec_add(g->arena, &g->conns, c);
    return c;
}

static void conn_stands(struct stage *g, struct conn *c)
{
    millis rtt = play_rtt(option_value(&stage_actor(g, c)->options, "rtt"));
    if (rtt > 0) {
        link_lengthen(&c->link, rtt, c->own == SIDE_S, g->arena);
    }
    c->connecting = false;
    (void)stage_saw(g, c, SAW_CONNECT, SIDE_C);
    c->active = ++g->serial;
    g->slept = 0;
}

static void open_client(struct stage *g, struct conn *c)
{
    const struct actor *a = stage_actor(g, c);
    struct address to;
    struct address from;
    if (g->world->sut == NULL || !g->world->sut(g->world->target, a->port, &to)) {
        stage_end(g, PLAY_UNSUPPORTED, a->place,
                  arena_printf(g->arena, "the target has no port %s", a->port), NULL);
        return;
    }
    bool bound = g->world->client != NULL &&
                 g->world->client(g->world->target, option_value(&a->options, "from"), &from);
    err e = link_connect(&c->link, &to, bound ? &from : NULL);
    c->connecting = true;
    if (failed(e)) {
        stage_end(g, PLAY_UNREACHABLE, a->place,
                  arena_printf(g->arena, "%s: %s", conn_name(g, c), err_text(e, g->arena)), NULL);
    }
}

static void check_connecting(struct stage *g, struct conn *c)
{
    err e = link_connected(&c->link);
    if (!failed(e)) {
        conn_stands(g, c);
    } else if (e.kind != ERR_DEFER) {
        bool died = stage_died(g, true);
        stage_end(g, died ? PLAY_CRASH : PLAY_UNREACHABLE, stage_actor(g, c)->place,
                  arena_printf(g->arena, "%s: %s", conn_name(g, c), err_text(e, g->arena)), NULL);
    }
}

static void listen_all(struct stage *g)
{
    for (size_t i = 0; i < g->s->actors.count && !g->ended; i++) {
        const struct actor *a = &g->s->actors.at[i];
        struct address at;
        if (a->role != ACTOR_SERVER) {
            continue;
        }
        if (g->world->server == NULL ||
                   !g->world->server(g->world->target, a->endpoint, &at)) {
            stage_end(g, PLAY_UNSUPPORTED, a->place,
                      arena_printf(g->arena, "no server actor can stand at %s for this target",
                                   a->endpoint), NULL);
        } else {
            err e = socket_listen(&at, 64, &g->actors[i].listener);
            if (failed(e)) {
                g->actors[i].listener = -1;
                stage_end(g, PLAY_BROKEN, a->place,
                          arena_printf(g->arena, "listening at %s: %s", a->endpoint,
                                       err_text(e, g->arena)), NULL);
            }
        }
    }
}

static bool has_block(const struct stage *g, size_t actor, unsigned number, size_t from)
{
    const struct actor_state *a = &g->actors[actor];
    for (size_t i = from; i < a->blocks.count; i++) {
        if (g->s->blocks.at[a->blocks.at[i]].number == number) {
            return true;
        }
    }
    return false;
}

static bool is_wireless(const struct play_block *block)
{
    enum side side;
    for (size_t i = 0; i < block->play.count; i++) {
        if (steps_first_side(&block->play.at[i], &side)) {
            return false;
        }
    }
    return true;
}

/* A connection without a line to play is served plainly from its first octet on. */
static bool is_plain(const struct stage *g, size_t actor, unsigned number)
{
    const struct actor_state *a = &g->actors[actor];
    for (size_t i = 0; i < a->blocks.count; i++) {
        const struct play_block *block = &g->s->blocks.at[a->blocks.at[i]];
        if (block->number == number && !is_wireless(block)) {
            return false;
        }
    }
    return true;
}

/* The connection is between two others. Here it only counts, and its block has nothing to wait for. */
static void pass_on(struct stage *g, size_t actor, int fd)
{
    struct conn *c = need_conn(g, actor, ++g->actors[actor].accepted);
    c->over = true;
    c->active = ++g->serial;
    g->slept = 0;
    g->world->pass(g->world->target, actor, c->number, fd);
}

static void accept_all(struct stage *g, size_t actor)
{
    struct actor_state *a = &g->actors[actor];
    struct link l;
    err e;
    while (!failed(e = link_accept(&l, a->listener))) {
        if (g->s->actors.at[actor].receiver && is_plain(g, actor, a->accepted + 1)) {
            pass_on(g, actor, l.fd);
            continue;
        }
        struct conn *c = need_conn(g, actor, ++a->accepted);
        c->link = l;
        conn_stands(g, c);
        c->plain = is_plain(g, actor, c->number);
    }
    if (e.kind != ERR_DEFER) {
        stage_end(g, PLAY_BROKEN, g->s->actors.at[actor].place, err_text(e, g->arena), NULL);
    }
}

/* ---- blocks ---- */

static millis settle_time(const struct stage *g)
{
    return g->world->asleep != NULL ? SETTLE_MS : SETTLE_UNSEEN_MS;
}

static bool is_over(const struct stage *g, size_t actor, unsigned number)
{
    const struct conn *c = find_conn(g, actor, number);
    bool passed_on = c != NULL && g->s->actors.at[actor].receiver && is_plain(g, actor, number);
    return c != NULL && c->over && !c->running &&
           (!passed_on || g->world->passed(g->world->target, actor, number));
}

/* What a server's block does at its head waits until the connection before it is over, or is kept
   open by a target that sleeps. */
static bool head_may_begin(const struct stage *g, size_t actor)
{
    const struct actor_state *a = &g->actors[actor];
    const struct play_block *block = &g->s->blocks.at[a->blocks.at[a->next]];
    if (a->next == 0 || g->s->actors.at[actor].role == ACTOR_CLIENT || block->play.count == 0 ||
        block->play.at[0].kind != STEP_DO) {
        return true;
    }
    unsigned before = g->s->blocks.at[a->blocks.at[a->next - 1]].number;
    return before == block->number || has_block(g, actor, before, a->next) ||
           is_over(g, actor, before) || g->slept >= settle_time(g);
}

static bool begin_block(struct stage *g, size_t actor)
{
    struct actor_state *a = &g->actors[actor];
    if (a->next >= a->blocks.count) {
        return false;
    }
    const struct play_block *block = &g->s->blocks.at[a->blocks.at[a->next]];
    struct conn *c = need_conn(g, actor, block->number);
    if (c->running || (block->has_after && !is_over(g, block->after_actor, block->after_number)) ||
        !head_may_begin(g, actor)) {
        return false;
    }
    c->running = true;
    memset(&c->items, 0, sizeof c->items);
    for (size_t i = 0; i < block->play.count; i++) {
        vec_add(g->arena, &c->items, &block->play.at[i]);
    }
    c->say = c->hear = c->hear_reply = 0;
    c->behind = c->crossed = false;
    return true;
}

/* Only the replies written may come. */
static void end_client(struct stage *g, struct conn *c, struct place place)
{
    conn_drain(g, c);
    if (c->in.len > 0 && !g->ended) {
        const char *got = conn_heard_text(g, c);
        stage_end(g, PLAY_MISMATCH, place,
                  arena_printf(g->arena, "behind the last line of %s: wanted nothing more, got %s",
                               conn_name(g, c), got),
                  NULL);
        return;
    }
    courtesy_part(g, c, place);
    if (!c->over) {
        conn_close(g, c);
    }
}

static bool end_block(struct stage *g, struct conn *c)
{
    struct actor_state *a = &g->actors[c->actor];
    const struct play_block *block = &g->s->blocks.at[a->blocks.at[a->next]];
    bool wireless = is_wireless(block);
    bool done = c->say == c->items.count && c->hear == c->items.count && conn_all_out(c);
    if (!done || (wireless && c->own == SIDE_S && !link_is_open(&c->link) && !c->over)) {
        return false;
    }
    bool goes_on = has_block(g, c->actor, c->number, a->next + 1);
    c->plain = c->own == SIDE_S && !goes_on && !c->over;
    if (g->errand_of == c && !c->over) {
        return false; /* its `do` still runs, and may need the connection */
    }
    c->running = false;
    a->next++;
    if (goes_on || c->own == SIDE_S) {
        return true;
    }
    struct place last = block->place;
    if (c->items.count > 0) {
        last = c->items.at[c->items.count - 1]->place;
    }
    end_client(g, c, last);
    return true;
}

static bool run_conn(struct stage *g, struct conn *c)
{
    bool moved = false;
    if (c->plain && !c->over && link_is_open(&c->link)) {
        moved = conn_serve(g, c);
    }
    if (!c->running) {
        return moved;
    }
    bool next_is_do = c->say < c->items.count && c->items.at[c->say]->kind == STEP_DO;
    if (c->own == SIDE_C && !c->over && !link_is_open(&c->link) && !next_is_do &&
        c->say < c->items.count) {
        open_client(g, c);
        moved = true;
    }
    if (!g->ended) {
        moved = conn_say(g, c) || moved;
    }
    if (!g->ended) {
        moved = conn_hear(g, c) || moved;
    }
    if (!g->ended) {
        moved = end_block(g, c) || moved;
    }
    return moved;
}

/* What a `do` came to. */
static bool end_errand(struct stage *g)
{
    if (!errand_is_open(&g->errand) || !errand_is_done(&g->errand)) {
        return false;
    }
    struct place place = g->errand.step.place;
    err e = errand_end(&g->errand, g->arena);
    g->errand_of = NULL;
    g->slept = 0;
    if (failed(e)) {
        enum play_end end = e.kind == ERR_DEFER ? PLAY_UNSUPPORTED : PLAY_BROKEN;
        stage_end(g, end, place, err_text(e, g->arena), NULL);
    }
    return true;
}

static void run_all(struct stage *g)
{
    bool moved = true;
    while (moved && !g->ended) {
        moved = end_errand(g);
        for (size_t a = 0; a < g->s->actors.count && !g->ended; a++) {
            moved = begin_block(g, a) || moved;
        }
        for (size_t i = 0; i < g->conns.count && !g->ended; i++) {
            moved = run_conn(g, g->conns.at[i]) || moved;
        }
    }
}

static bool blocks_done(const struct stage *g)
{
    for (size_t a = 0; a < g->s->actors.count; a++) {
        if (g->actors[a].next < g->actors[a].blocks.count) {
            return false;
        }
    }
    return true;
}

/* ---- the loop ---- */

typedef VEC(struct pollfd) poll_set;

static bool is_heard(const struct conn *c)
{
    return link_is_open(&c->link) && !c->peer_shut && (c->running || c->plain);
}

static void fill_set(struct stage *g, struct arena *arena, poll_set *set)
{
    for (size_t a = 0; a < g->s->actors.count; a++) {
        if (g->actors[a].listener >= 0) {
            vec_add(arena, set, ((struct pollfd){.fd = g->actors[a].listener, .events = POLLIN}));
        }
    }
    for (size_t i = 0; i < g->conns.count; i++) {
        const struct conn *c = g->conns.at[i];
        short events = 0;
        if (c->connecting || (link_is_open(&c->link) && !conn_all_out(c))) {
            events = (short)(events | POLLOUT);
        }
        if (!c->connecting && is_heard(c)) {
            events = (short)(events | POLLIN);
        }
        if (events != 0) {
            vec_add(arena, set, ((struct pollfd){.fd = c->link.fd, .events = events}));
        }
    }
}

static void take_all(struct stage *g)
{
    for (size_t a = 0; a < g->s->actors.count && !g->ended; a++) {
        if (g->actors[a].listener >= 0) {
            accept_all(g, a);
        }
    }
    for (size_t i = 0; i < g->conns.count && !g->ended; i++) {
        struct conn *c = g->conns.at[i];
        if (link_holds(&c->link)) {
            c->active = ++g->serial; /* somebody is owed what is under way */
        }
        if (c->connecting) {
            check_connecting(g, c);
        } else if (is_heard(c)) {
            conn_drain(g, c);
        }
        if (link_is_open(&c->link) && !c->connecting) {
            conn_flush(g, c);
        }
    }
}

static void wait_once(struct stage *g, struct arena *scratch)
{
    poll_set set = {0};
    fill_set(g, scratch, &set);
    millis before = clock_ticks();
    int ready = poll(set.at, (nfds_t)set.count, TICK_MS);
    millis passed = clock_ticks() - before;
    uint64_t serial = g->serial;
    bool held = false;
    for (size_t i = 0; i < g->conns.count; i++) {
        held = held || link_holds(&g->conns.at[i]->link);
    }
    if (ready > 0 || held) {
        take_all(g);
    }
    stage_count_sleep(g, passed, g->serial != serial);
    if (ready == 0 && !g->ended && stage_died(g, false)) {
        stage_end(g, PLAY_CRASH, (struct place){.file = g->s->path},
                  "a process of the target has died", NULL);
    }
    arena_reset(scratch);
}

/* Behind the last block the sinks go on until what the target took in is done or waits. */
static bool rests(struct stage *g)
{
    bool listens = false;
    for (size_t a = 0; a < g->s->actors.count; a++) {
        listens = listens || g->actors[a].listener >= 0;
    }
    if (!listens) {
        return true;
    }
    for (size_t i = 0; g->world->to_the_end && i < g->conns.count; i++) {
        if (link_is_open(&g->conns.at[i]->link)) {
            return false;
        }
    }
    if (g->world->to_the_end) {
        return true;
    }
    return g->slept >= ONCE_MORE_MS &&
           (g->world->rested != NULL ? g->world->rested(g->world->target)
                                     : g->slept >= settle_time(g));
}

static void play_loop(struct stage *g)
{
    struct arena *scratch = arena_new();
    while (!g->ended) {
        run_all(g);
        if (g->ended) {
            break;
        }
        bool done = blocks_done(g) && !errand_is_open(&g->errand);
        if (done && rests(g)) {
            stage_end(g, PLAY_DONE, (struct place){.file = g->s->path}, NULL, NULL);
            break;
        }
        wait_once(g, scratch);
        if (!done && !g->ended && g->slept >= g->world->patience) {
            stage_end_patience(g);
        }
        if (!g->ended && clock_ticks() - g->began > g->world->timeout) {
            stage_end(g, PLAY_INCONCLUSIVE, (struct place){.file = g->s->path},
                      "the time for this case ran out", NULL);
        }
    }
    arena_free(scratch);
}

/* Connections first: a verb may wait for an answer that nobody will give any more. */
static void close_all(struct stage *g)
{
    for (size_t i = 0; i < g->conns.count; i++) {
        link_close(&g->conns.at[i]->link);
        conn_note_tls(g, g->conns.at[i]);
        buf_wipe(&g->conns.at[i]->in);
        buf_wipe(&g->conns.at[i]->group);
        taking_wipe(&g->conns.at[i]->taking);
    }
    for (size_t a = 0; a < g->s->actors.count; a++) {
        if (g->actors[a].listener >= 0) {
            (void)close(g->actors[a].listener);
        }
    }
    if (errand_is_open(&g->errand)) {
        (void)failed(errand_end(&g->errand, g->arena));
    }
}

void play_run(const struct scenario *s, const struct play_world *world, struct transcript *t,
              struct play_result *r)
{
    struct stage g = {
        .s = s, .world = world, .t = t, .r = r, .arena = t->arena, .began = clock_ticks()};
    *r = (struct play_result){.end = PLAY_DONE};
    buf_init(&g.secrets, SECRETS_CEILING);
    g.actors = arena_take_array(g.arena, s->actors.count, sizeof *g.actors);
    for (size_t a = 0; a < s->actors.count; a++) {
        g.actors[a].listener = -1;
    }
    for (size_t i = 0; i < s->blocks.count; i++) {
        vec_add(g.arena, &g.actors[s->blocks.at[i].actor].blocks, i);
    }
    listen_all(&g);
    play_loop(&g);
    close_all(&g);
    r->secrets = buf_settle(&g.secrets, g.arena);
}
