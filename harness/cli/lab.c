/* The text goes to the worker as a file, its number down the socket; the report comes back as of any worker. */
#include "harness/cli/lab.h"

#include "base/file.h"
#include "harness/cli/cli.h"
#include "harness/target/process.h"

#include <errno.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { TEXT_CEILING = 64 * 1024 * 1024, OPEN_GRACE = 60000, CASE_GRACE = 90000 };

/* ---- in the worker ---- */

static const struct scenario *take_text(void *maker, uint64_t number, struct arena *arena)
{
    const struct lab *l = maker;
    struct scenario_set set = {0};
    mistakes wrong = {0};
    span text;
    (void)number;
    if (failed(file_read(l->text_file, TEXT_CEILING, arena, &text)) ||
        failed(scenario_read_text(text, l->name, l->id, arena, &set, &wrong)) ||
        set.cases.count != 1) {
        return NULL;
    }
    return set.cases.at[0];
}

struct viewing {
    const struct lab *l;
    void (*seen)(const struct case_seen *seen, struct buf *out);
};

static void view(void *viewer, const struct case_seen *seen)
{
    const struct viewing *v = viewer;
    struct buf out;
    buf_init(&out, TEXT_CEILING);
    v->seen(seen, &out);
    (void)failed(file_write(v->l->seen_file, buf_span(&out), 0644));
    buf_wipe(&out);
}

/* ---- in the parent ---- */

static err wait_for_word(struct lab *l, millis until)
{
    for (;;) {
        struct pollfd fds[] = {{l->worker.socket, POLLIN, 0}, {l->signals, POLLIN, 0}};
        millis left = until - clock_ticks();
        if (left <= 0) {
            return err_of(ERR_TIMEOUT, "the case did not come back in time; its worker was ended");
        }
        if (poll(fds, 2, left > 60000 ? 60000 : (int)left) < 0 && errno != EINTR) {
            return err_sys(errno, "poll");
        }
        if (fds[1].revents & POLLIN) {
            l->stopped = true;
            return err_of(ERR_CLOSED, "interrupted");
        }
        if (fds[0].revents) {
            return OK;
        }
    }
}

static err begin_worker(struct lab *l)
{
    struct worker_word word;
    TRY(worker_start(&l->plan, &l->worker));
    TRY(wait_for_word(l, clock_ticks() + OPEN_GRACE));
    TRY(worker_hear(&l->worker, l->arena, &word));
    if (word.kind == WORD_REFUSED) {
        return word.status == EXIT_USAGE ? err_syntax(0, word.text) : err_of(ERR_DEFER, word.text);
    }
    l->version = word.target.version ? word.target.version : "";
    return OK;
}

err lab_open(struct lab *l, const struct lab_options *o, struct arena *arena)
{
    struct viewing *v = ARENA_NEW(arena, struct viewing);
    const char *folder;
    *l = (struct lab){.arena = arena, .name = o->name, .id = o->id, .signals = -1};
    TRY(target_folder(arena, &folder));
    if (!strchr(o->target, ':') &&
        !path_is_file(path_join(arena, path_join(arena, folder, o->target), "target"))) {
        return err_syntax(0, arena_printf(arena, "no target %s in %s; `assay target list` says which "
                                                 "there are", o->target, folder));
    }
    l->work = arena_printf(arena, "%s/%u", o->work, o->block);
    l->text_file = arena_printf(arena, "%s/%u.scn", o->work, o->block);
    l->seen_file = arena_printf(arena, "%s/%u.seen", o->work, o->block);
    *v = (struct viewing){l, o->seen};
    l->plan = (struct worker_plan){
        .set = &l->none,
        .made = take_text,
        .maker = l,
        .target = {.name = o->target, .folder = folder, .isolation = o->isolation, .seed = 4711,
                   .peers = o->peers, .owned = o->owned, .block = o->block, .work = l->work},
        .stage = {.target_name = o->target, .keep = KEEP_NONE, .timeout = o->timeout,
                  .patience = o->patience, .seed = 4711, .registry = o->registry,
                  .seen = o->seen ? view : NULL, .viewer = v}};
    vec_add(arena, &l->plan.target.kept, o->work);
    sigset_t stop = process_hold_interrupts();
    l->signals = signalfd(-1, &stop, SFD_CLOEXEC | SFD_NONBLOCK);
    if (l->signals < 0) {
        return err_sys(errno, "signalfd");
    }
    TRY(process_become_subreaper());
    return begin_worker(l);
}

static err give_and_hear(struct lab *l, struct arena *arena, struct worker_word *word)
{
    TRY(worker_give(&l->worker, 0, l->played));
    TRY(wait_for_word(l, clock_ticks() + l->plan.stage.timeout + CASE_GRACE));
    return worker_hear(&l->worker, arena, word);
}

err lab_try(struct lab *l, span text, struct arena *arena, struct report_case *rc, span *seen)
{
    struct worker_word word = {.kind = WORD_REFUSED};
    span nothing = SPAN_EMPTY;
    l->played++;
    if (l->worker.pid == 0) {
        TRY(begin_worker(l));
    }
    TRY(file_write(l->text_file, text, 0644));
    TRY(file_write(l->seen_file, nothing, 0644));
    err e = give_and_hear(l, arena, &word);
    if (failed(e) || word.kind != WORD_CASE) {
        worker_kill(&l->worker, arena);
        *rc = (struct report_case){.id = l->id, .state = STATE_ERROR,
                                   .reason = failed(e) ? err_text(e, arena) : "the worker gave no report"};
        return l->stopped ? e : OK;
    }
    *rc = word.result;
    if (seen) {
        TRY(file_read(l->seen_file, TEXT_CEILING, arena, seen));
    }
    return OK;
}

void lab_patience(struct lab *l, millis patience)
{
    struct worker_word last;
    l->plan.stage.patience = patience;
    (void)worker_release(&l->worker, l->arena, &last);
}

void lab_close(struct lab *l)
{
    struct worker_word last;
    (void)worker_release(&l->worker, l->arena, &last);
    if (l->signals >= 0) {
        close(l->signals);
    }
}
