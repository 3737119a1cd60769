/* What a person needs from a replay that fails is one place: the first difference, in its flight, with
   both replies beside each other. Everything else (all checks, what differs in text alone) is in the
   report for whoever asks. */
#include "harness/replay/case.h"

#include "base/file.h"
#include "base/hex.h"
#include "pcap/draft_facts.h"

#define DETAIL_CEILING ((size_t)4 << 20)
#define LADDER_BEFORE 4
#define LADDER_BEHIND 1
#define SHOWN_OCTETS 70

const char *replay_case_id(const struct replay_capture *capture, uint64_t stream, struct arena *arena)
{
    return arena_printf(arena, "%s#%llu", capture->id, (unsigned long long)stream);
}

/* ---- the ladder ---- */

struct telling {
    const struct dialogue *d;
    const struct replay_said *said;
    const struct comparison *c;
    struct arena *arena;
};

static void put_client_turn(const struct telling *k, const struct turn *t, struct buf *out)
{
    span octets = span_part(k->d->flow->side[CAPTURE_CLIENT].octets, t->at, t->len);
    hex_escape(span_first(octets, SHOWN_OCTETS), out);
    if (octets.len > SHOWN_OCTETS) {
        buf_printf(out, " ... (%zu octets)", octets.len);
    }
}

/* Codes of the turn as recorded, and as they came where that is different. */
static void put_server_turn(const struct telling *k, size_t turn, struct buf *out)
{
    struct buf came;
    buf_init(&came, DETAIL_CEILING);
    bool same = true;
    const char *comma = "";
    for (size_t i = 0; i < k->c->pairs.count; i++) {
        const struct reply_pair *p = &k->c->pairs.at[i];
        const struct said *was = p->recorded == SAID_NONE ? NULL : &k->d->said[CAPTURE_SERVER].at[p->recorded];
        if (!was || was->turn != turn) {
            continue;
        }
        unsigned code = p->got == SAID_NONE ? 0 : k->said->replies.at[p->got].code;
        buf_printf(out, "%s%u", comma, was->code);
        if (code) {
            buf_printf(&came, "%s%u", comma, code);
        } else {
            buf_printf(&came, "%snothing", comma);
        }
        same = same && code == was->code;
        comma = ", ";
    }
    if (!same) {
        buf_printf(out, "    got %.*s", SPAN_FMT(buf_span(&came)));
    }
    buf_wipe(&came);
}

/* Flights from one to another, the marked one with an arrow. */
static void put_ladder(const struct telling *k, size_t from, size_t to, size_t marked, struct buf *out)
{
    for (size_t i = from; i <= to && i < k->d->turns.count; i++) {
        const struct turn *t = &k->d->turns.at[i];
        bool client = t->side == CAPTURE_CLIENT;
        if (i == dialogue_handshake(k->d)) {
            const struct capture_tls *tls = &k->d->shake;
            buf_printf(out, "   TLS %s, %s%s\n", tls->version, tls->cipher, tls->resumed ? ", resumed" : "");
        }
        buf_printf(out, "%s flight %-3zu %c: ", i == marked ? "->" : "  ", i + 1, client ? 'C' : 'S');
        if (client) {
            put_client_turn(k, t, out);
        } else {
            put_server_turn(k, i, out);
        }
        buf_put_byte(out, '\n');
    }
}

static const char *detail_of(const struct telling *k, const struct difference *first, const struct buf *spool)
{
    struct buf out;
    buf_init(&out, DETAIL_CEILING);
    size_t from = first->turn > LADDER_BEFORE ? first->turn - LADDER_BEFORE : 0;
    put_ladder(k, from, first->turn + LADDER_BEHIND, first->turn, &out);
    if (first->kind == DIFFERS_SPOOL) {
        buf_put(&out, buf_span(spool));
    } else if (first->recorded != SAID_NONE || first->got != SAID_NONE) {
        span was = first->recorded == SAID_NONE
                       ? SPAN_EMPTY
                       : said_octets(k->d, CAPTURE_SERVER, &k->d->said[CAPTURE_SERVER].at[first->recorded]);
        span is = first->got == SAID_NONE ? SPAN_EMPTY : replay_octets(k->said, first->got);
        const char *title = first->recorded == SAID_NONE
                                ? "recorded: nothing"
                                : arena_printf(k->arena, "recorded, packet %llu",
                                               (unsigned long long)k->d->said[CAPTURE_SERVER].at[first->recorded].packet);
        hex_side_by_side(title, was, first->got == SAID_NONE ? "got: nothing" : "got", is, 60, 3, &out);
    }
    return buf_settle_text(&out, k->arena);
}

/* ---- checks and verdict ---- */

static const char *escaped(span octets, struct arena *arena)
{
    struct buf out;
    buf_init(&out, DETAIL_CEILING);
    hex_escape(span_first(octets, 400), &out);
    return buf_settle_text(&out, arena);
}

static const struct difference *difference_at(const struct comparison *c, const struct reply_pair *p)
{
    for (size_t i = 0; i < c->differences.count; i++) {
        const struct difference *f = &c->differences.at[i];
        if (f->kind != DIFFERS_SPOOL && f->recorded == p->recorded && f->got == p->got) {
            return f;
        }
    }
    return NULL;
}

/* A reply that nobody recorded belongs to the packet of its flight. */
static uint64_t turn_packet(const struct dialogue *d, const struct difference *f)
{
    return f && f->turn < d->turns.count ? d->turns.at[f->turn].packet : 0;
}

static void add_checks(const struct telling *k, struct report_case *rc)
{
    for (size_t i = 0; i < k->c->pairs.count; i++) {
        const struct reply_pair *p = &k->c->pairs.at[i];
        const struct difference *f = difference_at(k->c, p);
        const struct said *was = p->recorded == SAID_NONE ? NULL : &k->d->said[CAPTURE_SERVER].at[p->recorded];
        struct report_check *check = vec_push(k->arena, &rc->checks);
        check->line = (unsigned)(was ? was->packet : turn_packet(k->d, f));
        check->kind = f ? difference_name(f->kind) : "reply";
        check->level = "MUST";
        check->ok = !f || !f->fails;
        check->wanted = was ? escaped(said_octets(k->d, CAPTURE_SERVER, was), k->arena) : "nothing";
        check->got = p->got == SAID_NONE ? "nothing" : escaped(replay_octets(k->said, p->got), k->arena);
    }
}

/* Each kind once, whether it fails or not: "text", "extensions". */
static void add_labels(const struct telling *k, struct report_case *rc)
{
    bool seen[DIFFERENCE_KIND_COUNT] = {false};
    for (size_t i = 0; i < k->c->differences.count; i++) {
        enum difference_kind kind = k->c->differences.at[i].kind;
        if (!seen[kind]) {
            seen[kind] = true;
            vec_add(k->arena, &rc->labels, difference_name(kind));
        }
    }
    if (replay_clear_end(k->d) != SAID_NONE) {
        vec_add(k->arena, &rc->labels, "TLS from here");
    }
}

static const struct difference *first_that(const struct comparison *c, bool fails)
{
    for (size_t i = 0; i < c->differences.count; i++) {
        const struct difference *f = &c->differences.at[i];
        if (fails ? f->fails : f->kind == DIFFERS_TIMEOUT) {
            return f;
        }
    }
    return NULL;
}

/* The first flight up to a difference that was said while the server's octets were under way: which of
   both the target met first is nobody's choice. SAID_NONE: there is none. */
static size_t crossed_before(const struct dialogue *d, size_t turn)
{
    for (size_t i = 0; i < d->turns.count && i <= turn; i++) {
        if (d->turns.at[i].crossed) {
            return i;
        }
    }
    return SAID_NONE;
}

static void judge(const struct replay_stage *stage, const struct telling *k, const struct buf *spool,
                  struct report_case *rc)
{
    const struct difference *first = first_that(k->c, true);
    const struct difference *timeout = first_that(k->c, false);
    if (k->said->stop == REPLAY_TIMEOUT || k->said->stop == REPLAY_CEILING) {
        rc->state = k->said->stop == REPLAY_TIMEOUT ? STATE_INCONCLUSIVE : STATE_FAIL;
        rc->reason = k->said->why;
    } else if (first) {
        /* at HOST:PORT nobody can see whether the target still works on its answer */
        bool unproved = k->said->waited && target_is_external(stage->target) && first->kind == DIFFERS_MISSING;
        rc->state = unproved ? STATE_INCONCLUSIVE : STATE_FAIL;
        rc->reason = arena_printf(k->arena, "%s: %s", difference_name(first->kind), first->what);
        rc->detail = detail_of(k, first, spool);
        size_t crossed = crossed_before(k->d, first->turn);
        if (crossed != SAID_NONE) {
            rc->state = STATE_INCONCLUSIVE;
            rc->reason = arena_printf(k->arena, "flight %zu crossed the server's words, and either may come first; %s",
                                      crossed + 1, rc->reason);
        }
    } else if (timeout) {
        rc->state = STATE_INCONCLUSIVE;
        rc->reason = arena_printf(k->arena, "timeout: %s", timeout->what);
    } else {
        rc->state = STATE_PASS;
    }
}

/* ---- evidence ---- */

static err keep(const struct replay_stage *stage, const struct telling *k, struct report_case *rc)
{
    struct arena *arena = k->arena;
    char *name = arena_text(arena, span_text(rc->id));
    for (char *c = name; *c; c++) {
        *c = ascii_is_alnum((unsigned char)*c) || strchr("-._", *c) ? *c : '_';
    }
    const char *relative = path_join(arena, "cases", name);
    const char *folder = path_join(arena, stage->out, relative);
    TRY(err_in(dir_make_all(folder, 0755), arena, "%s", folder));
    struct buf out;
    buf_init(&out, DETAIL_CEILING);
    put_ladder(k, 0, k->d->turns.count, SAID_NONE, &out);
    for (size_t i = 0; i < k->c->differences.count; i++) {
        const struct difference *f = &k->c->differences.at[i];
        buf_printf(&out, "%s: flight %zu: %s\n", difference_name(f->kind), f->turn + 1, f->what);
    }
    err e = file_write(path_join(arena, folder, "flights.txt"), buf_span(&out), 0644);
    buf_wipe(&out);
    TRY(e);
    *vec_push(arena, &rc->evidence) = (struct report_path){"flights", path_join(arena, relative, "flights.txt")};
    TRY(file_write(path_join(arena, folder, "server.octets"), buf_span(&k->said->octets), 0644));
    *vec_push(arena, &rc->evidence) = (struct report_path){"wire", path_join(arena, relative, "server.octets")};
    if (!target_is_external(stage->target)) {
        TRY(target_evidence(stage->target, path_join(arena, folder, "target")));
        *vec_push(arena, &rc->evidence) = (struct report_path){"target", path_join(arena, relative, "target")};
    }
    return OK;
}

/* ---- the case ---- */

static bool asleep(void *target)
{
    return target_asleep(target);
}

static bool client_of(struct target *t, struct address *at)
{
    bool fixed = target_client(t, NULL, at);
    if (fixed) {
        target_wait_for_port(at);
    }
    return fixed;
}

static void play(const struct replay_stage *stage, const struct dialogue *d, struct arena *arena,
                 struct replay_said *said)
{
    bool external = target_is_external(stage->target);
    struct replay_world world = {.target = stage->target, .asleep = external ? NULL : asleep,
                                 .patience = stage->patience ? stage->patience : target_patience(stage->target),
                                 .timeout = stage->timeout};
    (void)target_sut(stage->target, d->lmtp ? "lmtp" : draft_is_implicit(d) ? "smtps" : "smtp", &world.to);
    world.has_from = client_of(stage->target, &world.from);
    world.has_before = d->shake.resumed && client_of(stage->target, &world.before);
    replay_play(d, &world, arena, said);
}

/* Why the conversation cannot be played at all, or NULL. */
static const char *unplayable(const struct dialogue *d, struct arena *arena)
{
    if (!d->smtp && d->tls) {
        return arena_printf(arena, "unsupported: TLS from the start: %s",
                            d->shake.why ? d->shake.why : "its keys are not known");
    }
    for (unsigned side = 0; side < CAPTURE_SIDE_COUNT; side++) {
        if (d->flow->side[side].gaps.count) {
            const struct stream_gap *g = &d->flow->side[side].gaps.at[0];
            return arena_printf(arena, "gap: %llu octets of the %s are missing before packet %llu",
                                (unsigned long long)g->octets, side == CAPTURE_CLIENT ? "client" : "server",
                                (unsigned long long)g->packet);
        }
    }
    return d->smtp ? NULL : "unsupported: the server never answers in SMTP";
}

static void look_at_spool(const struct replay_stage *stage, const struct telling *k, const struct recorded_spool *spool,
                          struct comparison *c, struct buf *detail, struct report_case *rc)
{
    if (spool->messages.count == 0 || target_is_external(stage->target)) {
        return;
    }
    struct observation seen;
    err e = target_observe(stage->target, k->arena, &seen);
    if (failed(e)) {
        rc->state = STATE_ERROR;
        rc->reason = arena_printf(k->arena, "what the target left behind cannot be read: %s", err_text(e, k->arena));
    } else if (seen.has_spool) {
        replay_spool_compare(k->d, k->said, spool, &seen, k->arena, c, detail);
    }
}

static void play_and_compare(const struct replay_stage *stage, const struct replay_capture *capture,
                             const struct dialogue *d, struct arena *arena, struct report_case *rc)
{
    struct recorded_spool spool;
    err e = replay_spool_read(d, capture->spool, arena, &spool);
    if (failed(e)) {
        rc->state = STATE_ERROR;
        rc->reason = err_text(e, arena);
        return;
    }
    if (!capture->spool && capture->queues) {
        replay_taken_read(d, arena, &spool);
    }
    struct replay_said said;
    struct comparison c;
    struct buf detail;
    buf_init(&detail, DETAIL_CEILING);
    play(stage, d, arena, &said);
    struct telling k = {d, &said, &c, arena};
    if (said.stop == REPLAY_UNREACHABLE) {
        rc->state = STATE_ERROR;
        rc->reason = arena_printf(arena, "the target cannot be reached: %s", said.why);
    } else {
        replay_compare(d, &said, stage->compare, arena, &c);
        rc->state = STATE_PASS;
        look_at_spool(stage, &k, &spool, &c, &detail, rc);
        add_checks(&k, rc);
        add_labels(&k, rc);
        if (rc->state == STATE_PASS) {
            judge(stage, &k, &detail, rc);
        }
    }
    if (target_died(stage->target) || target_death(stage->target)) {
        rc->state = STATE_CRASH;
        rc->reason = arena_printf(arena, "the target crashed: %s", target_death(stage->target));
    }
    if (stage->out && rc->state != STATE_PASS && said.stop != REPLAY_UNREACHABLE) {
        e = keep(stage, &k, rc);
        if (failed(e)) {
            rc->state = STATE_ERROR;
            rc->reason = arena_printf(arena, "the evidence cannot be kept: %s", err_text(e, arena));
        }
    }
    buf_wipe(&detail);
    replay_said_wipe(&said);
}

/* What the target needs for this conversation: TLS and the like where the recorded server had it;
   recipients that it took, and no others, are mailboxes. */
static const struct scenario *setup_of(const struct replay_stage *stage, const struct replay_capture *capture,
                                       const struct dialogue *d, struct arena *arena)
{
    struct scenario *s = ARENA_NEW(arena, struct scenario);
    *s = capture->setup;
    for (span word, rest = span_text(draft_needs(d, arena)); rest.len;) {
        (void)span_split(rest, ' ', &word, &rest);
        vec_add(arena, &s->needs, arena_text(arena, word));
    }
    draft_spans taken = {0};
    draft_recipients(d, arena, &taken);
    if (taken.count == 0 || target_is_external(stage->target) || scenario_setting(s, "accept.rcpt")) {
        return s;
    }
    struct buf out;
    buf_init(&out, DETAIL_CEILING);
    for (size_t i = 0; i < taken.count; i++) {
        buf_printf(&out, "%s%.*s", i ? " " : "", SPAN_FMT(taken.at[i]));
    }
    memset(&s->sets, 0, sizeof s->sets);
    for (size_t i = 0; i < capture->setup.sets.count; i++) {
        vec_add(arena, &s->sets, capture->setup.sets.at[i]);
    }
    *vec_push(arena, &s->sets) =
        (struct setting){.key = "accept.rcpt", .value = buf_settle_text(&out, arena)};
    return s;
}

/* "SCSC", as reports have it. */
static const char *flights_of(const struct dialogue *d, struct arena *arena)
{
    char *text = arena_take(arena, d->turns.count + 1);
    for (size_t i = 0; i < d->turns.count; i++) {
        text[i] = d->turns.at[i].side == CAPTURE_CLIENT ? 'C' : 'S';
    }
    return text;
}

void replay_case(const struct replay_stage *stage, const struct replay_capture *capture, const struct dialogue *d,
                 struct arena *arena, struct report_case *rc)
{
    instant start = clock_now(clock_system());
    uint64_t stream = d->flow->stream;
    const struct flow_side *server = &d->flow->side[CAPTURE_SERVER];
    char host[64];
    capture_host_write(&server->host, host, sizeof host);
    *rc = (struct report_case){
        .id = replay_case_id(capture, stream, arena),
        .file = capture->path,
        .title = arena_printf(arena, "what was said to %s port %u is answered as recorded", host, server->port),
        .target = stage->target_name,
        .flights = flights_of(d, arena),
        .again = arena_printf(arena, "assay replay %s --target %s --stream %llu%s", args_quoted(capture->path, arena),
                              stage->target_name, (unsigned long long)stream, stage->again),
    };
    const char *reason = unplayable(d, arena);
    err e = reason ? OK : target_ready(stage->target, setup_of(stage, capture, d, arena), arena);
    if (reason || failed(e)) {
        rc->state = reason || e.kind == ERR_DEFER ? STATE_SKIP : STATE_ERROR;
        /* the target's words end with it, and the report is written behind that */
        rc->reason = reason ? reason : arena_text(arena, span_text(err_text(e, arena)));
    } else {
        play_and_compare(stage, capture, d, arena, rc);
    }
    rc->wall = (clock_now(clock_system()) - start) / NANOS_PER_MILLI;
}
