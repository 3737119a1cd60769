/* Plays a case, has it judged, and turns both into a line of the report. The order of causes is
   fixed: a crash outweighs what was seen on the wire, the wire outweighs what was left behind. */
#include "harness/case/case.h"
#include "harness/case/events.h"
#include "harness/case/pair.h"
#include "harness/case/self.h"
#include "harness/case/watch.h"

#include "base/buf.h"
#include "base/file.h"

#include "harness/interop/view.h"
#include "harness/observe/formats.h"
#include "reports/ladder.h"

#define WIRE_CEILING ((size_t)256 << 20)

struct run_state {
    const struct case_stage *stage;
    const struct scenario *s;
    size_t number;
    struct arena *arena;
    struct transcript transcript;
    struct observation observation;
    span secrets; /* of TLS */
    instant start; /* of the play */
};

/* ---- the world of a play ---- */

static bool world_sut(void *t, const char *port, struct address *at)
{
    return target_sut(t, port, at);
}
static bool world_client(void *t, const char *from, struct address *at)
{
    return target_client(t, from, at);
}
static bool world_server(void *t, const char *endpoint, struct address *at)
{
    return target_server(t, endpoint, at);
}
static bool world_asleep(void *t)
{
    return target_asleep(t);
}
static bool world_died(void *t)
{
    return target_died(t);
}
static bool world_rested(void *t)
{
    return target_rests(t);
}
static err world_act(void *t, const struct step *step)
{
    return target_act(t, step);
}

/* Without certificates only what needs one fails, and says so. */
static const char *ca_folder(const struct case_stage *stage, struct arena *arena)
{
    const char *folder = stage->ca;
    return folder || !failed(target_ca(arena, &folder)) ? folder : NULL;
}

/* The world that a play gets from a target. */
static void world_of(struct target *t, millis timeout, struct bindings *b, struct play_world *world)
{
    bool seen = !target_is_external(t);
    *world = (struct play_world){.target = t,
                                 .sut = world_sut,
                                 .client = world_client,
                                 .server = world_server,
                                 .asleep = seen ? world_asleep : NULL,
                                 .died = seen ? world_died : NULL,
                                 .act = world_act,
                                 .rested = seen ? world_rested : NULL,
                                 .patience = target_patience(t),
                                 .timeout = timeout,
                                 .bindings = b};
}

/* ---- what the report says ---- */

static const char *const expect_kinds[EXPECT_KIND_COUNT] = {
    [EXPECT_FLIGHTS] = "flights", [EXPECT_RTT] = "rtt",     [EXPECT_WIRE] = "wire",
    [EXPECT_LOG] = "log",         [EXPECT_FILE] = "file",   [EXPECT_SPOOL] = "spool",
    [EXPECT_TLS] = "tls",         [EXPECT_QUEUE] = "queue", [EXPECT_MAIL] = "mail",
    [EXPECT_SAME] = "same",
};

static enum state state_of(enum play_end end)
{
    static const enum state states[] = {
        [PLAY_DONE] = STATE_PASS,       [PLAY_MISMATCH] = STATE_FAIL,
        [PLAY_EARLY] = STATE_FAIL,      [PLAY_LATE] = STATE_FAIL,
        [PLAY_NO_ANSWER] = STATE_FAIL,  [PLAY_LABEL] = STATE_FAIL,
        [PLAY_INCONCLUSIVE] = STATE_INCONCLUSIVE, [PLAY_UNREACHABLE] = STATE_ERROR,
        [PLAY_CRASH] = STATE_CRASH,     [PLAY_UNSUPPORTED] = STATE_SKIP,
        [PLAY_BROKEN] = STATE_ERROR,
    };
    return states[end];
}

/* What the failure of a check is worth. Where both sides are the judge's, the text is on trial and
   no clause excuses it. */
static enum registry_weight weigh(const struct run_state *run, const struct report_check *check,
                                  const struct report_case *rc)
{
    const struct registry *r = run->s->sides == SIDES_BOTH ? NULL : run->stage->registry;
    return registry_weigh(r, check ? &check->reqs : NULL, &rc->reqs);
}

/* "scenarios/smtp/../snippets/x.inc" without the detour: readers of reports look for the file. */
static const char *straight(const char *path, struct arena *arena)
{
    span text = span_text(path);
    size_t up = span_find(text, SPAN("/../"));
    size_t name = up == SPAN_NONE ? SPAN_NONE : span_find_last_byte(span_first(text, up), '/');
    if (name == SPAN_NONE || span_ends(span_first(text, up), SPAN(".."))) {
        return path;
    }
    return straight(arena_printf(arena, "%.*s%s", (int)name, path, path + up + 3), arena);
}

static struct report_check *add_check(const struct run_state *run, struct report_case *rc,
                                      const struct place *place, const char *kind,
                                      const struct notes *notes)
{
    struct report_check *check = vec_push(run->arena, &rc->checks);
    check->line = place->line;
    bool own = !place->file || strcmp(place->file, run->s->path) == 0;
    check->file = own ? NULL : straight(place->file, run->arena);
    check->kind = kind;
    if (notes) {
        vec_add_all(run->arena, &check->reqs, &notes->reqs);
    }
    check->level = registry_weight_name(weigh(run, check, rc));
    return check;
}

/* A play that ended at a check which nobody fails for has shown nothing of what would have come. */
static void soften(const struct run_state *run, enum registry_weight worst, struct report_case *rc)
{
    if (worst == REGISTRY_WARN) {
        rc->state = STATE_WARN;
    } else if (worst == REGISTRY_NONE) {
        rc->state = STATE_SKIP;
        rc->reason = arena_printf(run->arena, "undecided, since its clauses are latitude or "
                                              "unverified: %s", rc->reason);
    }
}

static void add_play(const struct run_state *run, const struct play_result *r,
                     struct report_case *rc)
{
    enum registry_weight worst = REGISTRY_NONE;
    bool refuted = false;
    for (size_t i = 0; i < r->checks.count; i++) {
        const struct play_check *p = &r->checks.at[i];
        struct report_check *check = add_check(run, rc, &p->place, p->kind, p->notes);
        check->ok = p->ok;
        check->timed = p->timed;
        check->wanted = p->wanted;
        check->got = p->got;
        enum registry_weight w = p->ok ? REGISTRY_NONE : weigh(run, check, rc);
        worst = w > worst ? w : worst;
        refuted = refuted || !p->ok;
    }
    vec_add_all(run->arena, &rc->labels, &r->labels);
    rc->state = state_of(r->end);
    rc->reason = rc->state == STATE_PASS ? NULL : r->what;
    rc->detail = r->detail;
    const struct play_check *last = r->checks.count ? &r->checks.at[r->checks.count - 1] : NULL;
    if (rc->state == STATE_FAIL && run->stage->courtesy && last && !last->ok && last->got &&
        last->got[0] == '4') {
        rc->state = STATE_INCONCLUSIVE;
        rc->reason = arena_printf(run->arena, "the server puts us off, which shows nothing (greylisting, "
                                              "or a limit for clients): %s", rc->reason);
        return;
    }
    if (rc->state == STATE_FAIL && r->end != PLAY_LABEL) {
        soften(run, refuted ? worst : weigh(run, NULL, rc), rc);
    }
}

const char *case_lacks(const struct case_stage *stage, const struct scenario *s,
                       struct arena *arena)
{
    const char *lacks = pair_lacks(stage->pair, stage->target, s, arena);
    bool alone = stage->target && !stage->pair;
    return !lacks && alone ? target_lacks(stage->target, s, arena) : lacks;
}

/* A log of another format than the target's cannot be asked: that one check is skipped. */
static const char *why_skipped(const struct run_state *run, const struct judgement *j)
{
    const struct expect *e = j->expect;
    const struct object *objects[] = {&e->left, &e->right};
    bool other_log = e->kind == EXPECT_LOG && (!run->stage->target ||
                                               !target_has_log(run->stage->target, e->word));
    /* What a server leaves behind cannot be asked where the judge is that server. */
    bool of_server = e->kind == EXPECT_LOG || e->kind == EXPECT_FILE || e->kind == EXPECT_SPOOL ||
                     e->kind == EXPECT_QUEUE;
    for (size_t i = 0; i < 2 && e->kind == EXPECT_SAME; i++) {
        of_server = of_server || objects[i]->kind == OBJECT_SPOOL_HEADER ||
                    objects[i]->kind == OBJECT_SPOOL_DATA || objects[i]->kind == OBJECT_FILE;
    }
    bool turned = run->s->sides != SIDES_AS_WRITTEN;
    return other_log || (turned && of_server) ? "surface" : j->skipped;
}

/* A pattern that met its limits says neither yes nor no. What is known to fail outweighs it. */
static void doubt(struct arena *arena, const struct scenario *s, const struct judgement *j,
                  struct report_case *rc)
{
    if (rc->state == STATE_PASS) {
        rc->state = STATE_INCONCLUSIVE;
        rc->reason = arena_printf(arena,
                                  "%s:%u: a pattern met its limits and gave no verdict; write one "
                                  "that needs fewer steps",
                                  s->path, j->expect->place.line);
    }
}

static void add_judgements(struct arena *arena, const struct run_state *run, const judgements *all,
                           struct report_case *rc)
{
    const struct scenario *s = run->s;
    for (size_t i = 0; i < all->count; i++) {
        const struct judgement *j = &all->at[i];
        const char *kind = expect_kinds[j->expect->kind];
        struct report_check *check =
            add_check(run, rc, &j->expect->place, kind, &j->expect->notes);
        check->ok = j->ok;
        check->skipped = why_skipped(run, j);
        check->wanted = j->wanted;
        check->got = j->got;
        if (j->gave_up && !check->skipped) {
            check->skipped = "a pattern met its limits";
            doubt(arena, s, j, rc);
        }
        enum registry_weight weight = weigh(run, check, rc);
        enum state state = weight == REGISTRY_FAIL ? STATE_FAIL : STATE_WARN;
        if (j->ok || check->skipped || weight == REGISTRY_NONE || rc->state == STATE_FAIL ||
            rc->state == state) {
            continue;
        }
        rc->state = state;
        rc->reason = arena_printf(arena, "%s:%u: expect %s: wanted %s, got %s", s->path,
                                  j->expect->place.line, kind, j->wanted ? j->wanted : "?",
                                  j->got ? j->got : "nothing");
        rc->detail = j->detail;
    }
}

/* The last connection between two targets, else the first of a client. */
static const char *flights_of(const struct transcript *t, const struct scenario *s,
                              struct arena *arena)
{
    size_t receiver = view_receiver_actor(s);
    unsigned last = 1;
    for (size_t i = 0; i < t->events.count; i++) {
        const struct event *e = &t->events.at[i];
        last = e->actor == receiver && e->number > last ? e->number : last;
    }
    for (size_t a = 0; a < s->actors.count; a++) {
        if (receiver == SIZE_MAX ? s->actors.at[a].role == ACTOR_CLIENT : a == receiver) {
            side_list sides = {0};
            transcript_flights(t, a, last, NULL, arena, &sides);
            char *text = arena_take(arena, sides.count + 1);
            for (size_t i = 0; i < sides.count; i++) {
                text[i] = sides.at[i] == SIDE_C ? 'C' : 'S';
            }
            return sides.count ? text : NULL;
        }
    }
    return NULL;
}

/* ---- evidence ---- */

/* The id with what a file name should not hold made plain; the number keeps names apart. */
static const char *folder_name(const struct scenario *s, const char *target, size_t number,
                               struct arena *arena)
{
    char *name = arena_printf(arena, "%04zu-%.80s@%.40s", number, s->id, target);
    for (char *c = name; *c; c++) {
        if (!ascii_is_alnum((unsigned char)*c) && !strchr("-._@=", *c)) {
            *c = '_';
        }
    }
    return name;
}

static void add_evidence(struct arena *arena, struct report_case *rc, const char *kind,
                         const char *path)
{
    *vec_push(arena, &rc->evidence) = (struct report_path){kind, path};
}

/* What was written as a file; out is wiped. */
static err keep(struct buf *out, const char *path)
{
    span text;
    err e = buf_end(out, &text);
    if (!failed(e)) {
        e = file_write(path, text, 0644);
    }
    buf_wipe(out);
    return e;
}

static err keep_wire(const struct scenario *s, const struct transcript *t, const char *path)
{
    struct buf out;
    buf_init(&out, WIRE_CEILING);
    transcript_write(t, s, &out);
    return keep(&out, path);
}

/* The same drawing as in the page, for whoever looks at the folder alone. */
static err keep_ladder(const struct report_case *rc, const char *path)
{
    struct buf out;
    buf_init(&out, WIRE_CEILING);
    report_ladder_file(rc, &out);
    return keep(&out, path);
}

static err keep_evidence(const struct run_state *run, struct report_case *rc)
{
    const struct case_stage *stage = run->stage;
    struct arena *arena = run->arena;
    const char *name =
        path_join(arena, "cases", folder_name(run->s, stage->target_name, run->number, arena));
    const char *folder = path_join(arena, stage->out, name);
    TRY(dir_make_all(folder, 0755));
    TRY(keep_wire(run->s, &run->transcript, path_join(arena, folder, "wire.scn")));
    add_evidence(arena, rc, "wire", path_join(arena, name, "wire.scn"));
    TRY(keep_ladder(rc, path_join(arena, folder, "ladder.svg")));
    add_evidence(arena, rc, "ladder", path_join(arena, name, "ladder.svg"));
    const char *pcap = path_join(arena, folder, "traffic.pcapng");
    err e = capture_end(stage->capture, pcap, run->secrets, arena);
    if (failed(e) && e.kind == ERR_DEFER) {
        const char *why = arena_printf(arena, "traffic.pcapng was made from the transcript: %s\n",
                                       stage->no_capture ? stage->no_capture : "no capture");
        TRY(file_write(path_join(arena, folder, "traffic.pcapng.note"), span_text(why), 0644));
        e = capture_make(&run->transcript, pcap, arena);
    }
    TRY(e);
    add_evidence(arena, rc, "pcap", path_join(arena, name, "traffic.pcapng"));
    if (stage->target && !target_is_external(stage->target)) {
        TRY(target_evidence(stage->target, path_join(arena, folder, "target")));
        add_evidence(arena, rc, "target", path_join(arena, name, "target"));
    }
    if (stage->pair) {
        TRY(far_evidence(stage->pair->receiver, path_join(arena, folder, "receiver")));
        add_evidence(arena, rc, "receiver", path_join(arena, name, "receiver"));
    }
    const char *again = arena_printf(arena, "%s\n", rc->again);
    return file_write(path_join(arena, folder, "again"), span_text(again), 0644);
}

/* ---- the case ---- */

static void keep_mail(const struct run_state *run, const struct play_mail *m, const char *box,
                      struct observation *seen)
{
    struct mail_entry *mail = vec_push(run->arena, &seen->mails);
    observe_taken_mail(box, m->from, m->octets, run->arena, mail);
    for (size_t k = 0; k < m->rcpts.count; k++) {
        vec_add(run->arena, &mail->rcpts, span_text(m->rcpts.at[k]));
    }
}

/* What server actors took; where the judge is the server under test, in its mailboxes too. */
static void add_taken(const struct run_state *run, const struct play_result *result,
                      struct observation *seen)
{
    bool turned = run->s->sides != SIDES_AS_WRITTEN;
    for (size_t i = 0; i < result->mails.count; i++) {
        const struct play_mail *m = &result->mails.at[i];
        keep_mail(run, m, run->s->actors.at[m->actor].name, seen);
        for (size_t k = 0; turned && k < m->rcpts.count; k++) {
            keep_mail(run, m, m->rcpts.at[k], seen);
        }
    }
    seen->has_mail = seen->has_mail || turned;
}

static void judge_rest(const struct run_state *run, const struct transcript *t,
                       const struct play_result *result, struct observation *seen,
                       struct bindings *b, struct report_case *rc)
{
    judgements all = {0};
    add_taken(run, result, seen);
    judge_expects(run->s, t, seen, &result->labels, b, run->arena, &all);
    add_judgements(run->arena, run, &all, rc);
}

/* The addresses that server actors have, for @{NAME.ip}. */
static void bind_addresses(const struct run_state *run, struct bindings *b)
{
    for (size_t i = 0; i < run->s->actors.count; i++) {
        const struct actor *a = &run->s->actors.at[i];
        struct address at;
        char host[64];
        if (a->role == ACTOR_SERVER && target_server(run->stage->target, a->endpoint, &at)) {
            address_host(&at, host, sizeof host);
            bindings_set(b, arena_printf(run->arena, "%s.ip", a->name),
                         span_text(arena_text(run->arena, span_text(host))));
        }
    }
}

static bool may_want_evidence(const struct case_stage *stage)
{
    return stage->out && stage->keep != KEEP_NONE;
}

static void play_and_judge(struct run_state *run, struct transcript *t,
                           struct report_case *rc)
{
    struct target *target = run->stage->target;
    struct bindings *b = bindings_new(run->arena, target_id_shape(target));
    struct play_world world;
    struct play_result result = {0};
    if (target_dir(target)) {
        bindings_set(b, "dir", span_text(target_dir(target)));
    }
    bind_addresses(run, b);
    world_of(target, run->stage->timeout, b, &world);
    world.ca = ca_folder(run->stage, run->arena);
    world.courtesy = run->stage->courtesy;
    world.patience = run->stage->patience > 0 ? run->stage->patience : world.patience;
    struct pair *pair = run->stage->pair;
    err wired = pair ? pair_begin(pair, &world) : OK;
    if (failed(wired)) {
        rc->state = STATE_ERROR;
        rc->reason = err_text(wired, run->arena);
        return;
    }
    run->start = clock_now(clock_system());
    struct watch *watch = may_want_evidence(run->stage) ? watch_begin(target, run->arena) : NULL;
    play_run(run->s, &world, t, &result);
    run->secrets = result.secrets;
    add_play(run, &result, rc);
    err e = target_observe(target, run->arena, &run->observation);
    watch_end(watch, run->start, run->arena, rc);
    events_of_queue(&run->observation, clock_now(clock_system()), run->start, run->arena, rc);
    const char *death = target_died(target) || target_death(target) ? target_death(target) : NULL;
    if (pair) {
        wired = pair_end(pair, run->arena, t, &run->observation, &death);
        e = failed(e) ? e : wired;
    }
    rc->flights = flights_of(t, run->s, run->arena);
    if (death) {
        rc->state = STATE_CRASH;
        rc->reason = arena_printf(run->arena, "the target crashed: %s", death);
        return;
    }
    if (failed(e) && rc->state == STATE_PASS) {
        rc->state = e.kind == ERR_SYNTAX ? STATE_FAIL : STATE_ERROR;
        rc->reason = arena_printf(run->arena, "what the target left behind cannot be read: %s",
                                  err_text(e, run->arena));
    }
    if (rc->state == STATE_PASS && pair) {
        pair_doubt(run->s, t, &run->observation, run->arena, rc);
    }
    if (rc->state == STATE_PASS) {
        judge_rest(run, t, &result, &run->observation, b, rc);
    }
}

/* Both sides are the judge's: nothing but the text is on trial. */
static void play_alone(struct run_state *run, struct report_case *rc)
{
    struct bindings *b = bindings_new(run->arena, NULL);
    struct play_world world;
    struct play_result result = {0};
    struct observation seen = {0};
    run->s = self_both(run->s, run->arena);
    self_world(run->stage->timeout, b, &world);
    world.ca = ca_folder(run->stage, run->arena);
    play_run(run->s, &world, &run->transcript, &result);
    run->secrets = result.secrets;
    add_play(run, &result, rc);
    rc->flights = flights_of(&run->transcript, run->s, run->arena);
    if (rc->state == STATE_PASS) {
        judge_rest(run, &run->transcript, &result, &seen, b, rc);
    }
}

static bool wants_evidence(const struct case_stage *stage, enum state state)
{
    if (!may_want_evidence(stage)) {
        return false;
    }
    return stage->keep == KEEP_ALL || (state != STATE_PASS && state != STATE_SKIP);
}

void case_run(const struct case_stage *stage, const struct scenario *s, size_t number,
              struct arena *arena, struct report_case *rc)
{
    struct run_state run = {.stage = stage, .s = s, .number = number, .arena = arena};
    instant start = clock_now(clock_system());
    run.start = start;
    transcript_init(&run.transcript, arena);
    bool alone = s->sides == SIDES_BOTH;
    const char *lacks = case_lacks(stage, s, arena);
    if (lacks) {
        rc->state = STATE_SKIP;
        rc->reason = lacks;
        return;
    }
    err e = alone         ? OK
            : stage->pair ? pair_ready(stage->pair, s, arena, &run.s)
                          : target_ready(stage->target, s, arena);
    if (!failed(e) && alone) {
        capture_begin(stage->capture);
        play_alone(&run, rc);
    } else if (failed(e)) {
        rc->state = e.kind == ERR_DEFER ? STATE_SKIP : STATE_ERROR;
        rc->reason = err_text(e, arena);
    } else {
        capture_begin(stage->capture);
        play_and_judge(&run, &run.transcript, rc);
    }
    if (stage->seen) {
        struct case_seen seen = {s, &run.transcript, &run.observation};
        stage->seen(stage->viewer, &seen);
    }
    if (!wants_evidence(stage, rc->state)) {
        rc->events.count = 0;
    } else {
        events_of_wire(run.s, &run.transcript, run.start, arena, rc);
        events_sort(rc);
        e = keep_evidence(&run, rc);
        if (failed(e)) {
            /* A verdict that stands is not hidden by what is missing beside it. */
            bool stands = state_stops(rc->state, false);
            rc->state = stands ? rc->state : STATE_ERROR;
            rc->reason = arena_printf(arena, "%s%sthe evidence cannot be kept: %s",
                                      stands && rc->reason ? rc->reason : "",
                                      stands && rc->reason ? "; " : "", err_text(e, arena));
        }
    }
    rc->wall = (clock_now(clock_system()) - start) / NANOS_PER_MILLI;
}
