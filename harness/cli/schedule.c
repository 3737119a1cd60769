/* One loop over poll: words of workers, signals, deadlines. A worker keeps to one target and
   prefers cases of the configuration that it has running. */
#include "harness/cli/schedule.h"

#include "base/file.h"
#include "base/rows.h"

#include "harness/case/pair.h"
#include "harness/cli/cli.h"
#include "harness/cli/select.h"
#include "harness/target/process.h"

#include <errno.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* Beyond the case's own time: preparing, starting, evidence. */
#define CASE_GRACE 90000
#define OPEN_GRACE 60000

struct loop {
    struct schedule *s;
    VEC(struct worker) workers;
    struct arena *scratch;
    size_t over;
    size_t begun;    /* items before it wait no more: they need not be looked at again */
    unsigned blocks; /* numbers given to workers: no two share addresses */
    int signals;
    err unanswered; /* of a HOST:PORT, before anything was asked of it */
};

uint64_t schedule_key(const struct scenario *s)
{
    uint64_t key = 0;
    for (size_t i = 0; i < s->sets.count; i++) {
        key = key * 31 + (select_hash(s->sets.at[i].key) ^ select_hash(s->sets.at[i].value) * 7);
    }
    for (size_t i = 0; i < s->sections.count; i++) {
        const struct section *c = &s->sections.at[i];
        for (size_t k = 0; c->kind == SECTION_CONFIG && k < c->content.len; k++) {
            key = key * 131 + c->content.at[k];
        }
    }
    return key;
}

static size_t waiting_for(const struct loop *l, size_t target)
{
    const struct schedule *s = l->s;
    size_t n = 0;
    for (size_t i = l->begun; i < s->items.count; i++) {
        n += s->items.at[i].target == target && s->items.at[i].stage == ITEM_WAITS;
    }
    return n;
}

/* The next item for a worker: the same configuration first, then the first that waits. */
static struct item *next_item(struct loop *l, const struct worker *w)
{
    struct schedule *s = l->s;
    struct item *first = NULL;
    const struct item *last = w->greeted && w->item != SIZE_MAX ? &s->items.at[w->item] : NULL;
    while (l->begun < s->items.count && s->items.at[l->begun].stage != ITEM_WAITS) {
        l->begun++;
    }
    for (size_t i = l->begun; i < s->items.count; i++) {
        struct item *item = &s->items.at[i];
        if (item->target != w->target || item->stage != ITEM_WAITS) {
            continue;
        }
        if (!last || item->key == last->key) {
            return item;
        }
        first = first ? first : item;
    }
    return first;
}

/* What the cases of a target have in common; of a pair also the command that repeats them. */
static struct case_stage stage_of(const struct schedule *s, size_t target)
{
    struct case_stage stage = s->plan.stage;
    const char *sender;
    const char *receiver;
    stage.target_name = s->targets.at[target];
    if (pair_name_read(stage.target_name, s->arena, &sender, &receiver)) {
        stage.again = arena_printf(s->arena, "%s --senders %s --receivers %s", stage.again, sender,
                                   receiver);
    }
    return stage;
}

static void finish(struct loop *l, struct item *item, const struct report_case *rc)
{
    struct schedule *s = l->s;
    item->result = *rc;
    item->stage = ITEM_OVER;
    l->over++;
    if (s->done) {
        s->done(s->context, item, l->over);
    }
}

/* What no worker says of a case. */
static void finish_untold(struct loop *l, struct item *item, enum state state, const char *reason)
{
    struct report_case rc;
    struct case_stage stage = stage_of(l->s, item->target);
    case_describe(&stage, l->s->plan.set->cases.at[item->case_index], l->s->arena, &rc);
    rc.state = state;
    rc.reason = reason;
    finish(l, item, &rc);
}

/* Every waiting case of the target ends the same way. */
static void finish_all(struct loop *l, size_t target, enum state state, const char *reason)
{
    for (size_t i = 0; i < l->s->items.count; i++) {
        struct item *item = &l->s->items.at[i];
        if (item->target == target && item->stage == ITEM_WAITS) {
            finish_untold(l, item, state, reason);
        }
    }
}

static bool is_reported(const struct report *r, const char *target)
{
    return ROWS_IN(&r->targets, span_text(target)) != NULL;
}

static bool is_host(const struct schedule *s, size_t target)
{
    return strchr(s->targets.at[target], ':') != NULL;
}

static void release(struct loop *l, struct worker *w)
{
    struct worker_word last;
    if (worker_release(w, l->s->arena, &last)) {
        l->s->status = last.status > l->s->status ? last.status : l->s->status;
        (void)cli_complain(last.status, "%s: %s", l->s->targets.at[w->target], last.text);
    }
}

static void greet(struct loop *l, struct worker *w, const struct worker_word *hello)
{
    struct schedule *s = l->s;
    const char *name = s->targets.at[w->target];
    w->greeted = true;
    w->idle = true;
    if (!is_reported(s->report, name)) {
        struct report_target *target = vec_push(s->arena, &s->report->targets);
        *target = hello->target;
        target->name = name;
        s->report->isolation = s->report->isolation ? s->report->isolation : hello->text;
    }
}

static void hear(struct loop *l, struct worker *w)
{
    struct schedule *s = l->s;
    struct worker_word word;
    err e = worker_hear(w, s->arena, &word);
    if (failed(e)) {
        const char *why =
            e.kind == ERR_CLOSED
                ? "the judge's worker ended unexpectedly; standard error may say why"
                : arena_printf(s->arena, "a worker's report: %s", err_text(e, s->arena));
        if (w->greeted && !w->idle) {
            finish_untold(l, &s->items.at[w->item], STATE_ERROR, why);
        } else {
            finish_all(l, w->target, STATE_ERROR, why);
        }
        worker_kill(w, l->scratch);
        return;
    }
    if (word.kind == WORD_HELLO) {
        greet(l, w, &word);
    } else if (word.kind == WORD_REFUSED && word.status == EXIT_ENVIRONMENT && is_host(s, w->target) &&
               !is_reported(s->report, s->targets.at[w->target])) {
        l->unanswered = err_of(ERR_IO, word.text);
    } else if (word.kind == WORD_REFUSED) {
        s->status = word.status > s->status ? word.status : s->status;
        if (word.status != 0 || s->plan.only_describe) {
            (void)cli_complain(word.status, "%s", word.text);
        }
        finish_all(l, w->target, word.status ? STATE_ERROR : STATE_SKIP, word.text);
        release(l, w);
    } else {
        w->idle = true;
        finish(l, &s->items.at[w->item], &word.result);
    }
}

static err start_worker(struct loop *l, size_t target)
{
    struct schedule *s = l->s;
    struct worker_plan plan = s->plan;
    struct worker *w = NULL;
    for (size_t i = 0; i < l->workers.count && !w; i++) {
        w = l->workers.at[i].pid == 0 ? &l->workers.at[i] : NULL;
    }
    w = w ? w : vec_push(s->arena, &l->workers);
    *w = (struct worker){.target = target};
    plan.stage = stage_of(s, target);
    plan.receiver = plan.target;
    plan.receiver.name = NULL;
    if (pair_name_read(s->targets.at[target], s->arena, &plan.target.name, &plan.receiver.name)) {
        plan.receiver.block = l->blocks++;
        plan.receiver.work = arena_printf(s->arena, "%s/%u", s->work, plan.receiver.block);
    } else {
        plan.target.name = s->targets.at[target];
    }
    plan.target.block = l->blocks++;
    plan.target.work = arena_printf(s->arena, "%s/%u", s->work, plan.target.block);
    TRY(worker_start(&plan, w));
    w->item = SIZE_MAX;
    w->deadline = clock_ticks() + OPEN_GRACE;
    return OK;
}

static size_t working_on(const struct loop *l, size_t target, size_t *all)
{
    size_t n = 0;
    *all = 0;
    for (size_t i = 0; i < l->workers.count; i++) {
        if (l->workers.at[i].pid > 0) {
            (*all)++;
            n += l->workers.at[i].target == target;
        }
    }
    return n;
}

/* A worker for each target that has cases waiting and fewer workers than cases, while jobs allow;
   the first worker of a target must have greeted before a second one is started. */
static err start_workers(struct loop *l)
{
    struct schedule *s = l->s;
    for (size_t target = 0; target < s->targets.count; target++) {
        for (;;) {
            size_t all;
            size_t mine = working_on(l, target, &all);
            if (all >= s->jobs) {
                return OK; /* asked after each word: nothing is counted then */
            }
            size_t waiting = waiting_for(l, target);
            bool polite = is_host(s, target); /* its pace is one worker's */
            bool known = mine == 0 || is_reported(s->report, s->targets.at[target]);
            if (mine >= waiting || !known || (polite && mine > 0)) {
                break;
            }
            TRY(start_worker(l, target));
        }
    }
    return OK;
}

static void give_work(struct loop *l)
{
    struct schedule *s = l->s;
    for (size_t i = 0; i < l->workers.count; i++) {
        struct worker *w = &l->workers.at[i];
        if (w->pid <= 0 || !w->greeted || !w->idle) {
            continue;
        }
        struct item *item = next_item(l, w);
        if (!item) {
            release(l, w);
            continue;
        }
        item->stage = ITEM_RUNS;
        w->item = (size_t)(item - s->items.at);
        w->deadline = clock_ticks() + s->plan.stage.timeout + CASE_GRACE;
        /* A worker that is gone shows when it is heard. */
        (void)failed(worker_give(w, item->case_index, item->place));
    }
}

static void check_deadlines(struct loop *l)
{
    for (size_t i = 0; i < l->workers.count; i++) {
        struct worker *w = &l->workers.at[i];
        if (w->pid <= 0 || clock_ticks() < w->deadline || (w->greeted && w->idle)) {
            continue;
        }
        if (w->greeted) {
            finish_untold(l, &l->s->items.at[w->item], STATE_ERROR,
                          "the case did not come back in time; its worker was ended");
        } else {
            finish_all(l, w->target, STATE_ERROR, "the target could not be opened in time");
        }
        worker_kill(w, l->scratch);
    }
}

static err wait_for_words(struct loop *l)
{
    struct pollfd *fds = arena_take_array(l->scratch, l->workers.count + 1, sizeof *fds);
    fds[0] = (struct pollfd){l->signals, POLLIN, 0};
    for (size_t i = 0; i < l->workers.count; i++) {
        fds[i + 1] =
            (struct pollfd){l->workers.at[i].pid > 0 ? l->workers.at[i].socket : -1, POLLIN, 0};
    }
    size_t count = l->workers.count;
    if (poll(fds, (nfds_t)(count + 1), 500) < 0 && errno != EINTR) {
        return err_sys(errno, "poll");
    }
    l->s->stopped = l->s->stopped || (fds[0].revents & POLLIN) != 0;
    for (size_t i = 0; i < count && !l->s->stopped; i++) {
        if (fds[i + 1].revents) {
            hear(l, &l->workers.at[i]);
        }
    }
    return OK;
}

static err run_loop(struct loop *l)
{
    while (l->over < l->s->items.count && !l->s->stopped) {
        TRY(start_workers(l));
        give_work(l);
        TRY(wait_for_words(l));
        TRY(l->unanswered);
        check_deadlines(l);
        arena_reset(l->scratch);
    }
    return OK;
}

err schedule_run(struct schedule *s)
{
    struct loop l = {.s = s, .scratch = arena_new()};
    sigset_t stop = process_hold_interrupts();
    l.signals = signalfd(-1, &stop, SFD_CLOEXEC | SFD_NONBLOCK);
    err e = l.signals < 0 ? err_sys(errno, "signalfd") : process_become_subreaper();
    if (!failed(e)) {
        e = run_loop(&l);
    }
    for (size_t i = 0; i < l.workers.count; i++) {
        if (s->stopped || failed(e)) {
            worker_kill(&l.workers.at[i], l.scratch);
        } else {
            release(&l, &l.workers.at[i]);
        }
    }
    process_kill_all(l.scratch);
    if (l.signals >= 0) {
        close(l.signals);
    }
    arena_free(l.scratch);
    return e;
}
