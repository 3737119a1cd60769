/* `do VERB` in a play, as a table: queue runs, restarts, kills, the clock, local submission. */
#include "harness/target/instance.h"

#include "base/buf.h"
#include "base/file.h"

#include "harness/scenario/read.h"

#include <signal.h>
#include <unistd.h>

#define QUEUE_RUN_WAIT 60000
#define SUBMIT_WAIT 30000
#define ACKNOWLEDGE_WAIT 5000
/* Friday, 1 May 2026, noon: where the clock of every case stands. */
#define CASE_CLOCK INT64_C(1777636800)

/* What programs with `--env` read: their clock, their dice, their process number. */
err target_write_environment(struct target *t)
{
    int64_t ms = CASE_CLOCK * 1000 + t->clock_moved;
    const char *text =
        arena_printf(t->scratch, "clock = %lld.%03d\npid = 1001\nseed = %llu\n",
                     (long long)(ms / 1000), (int)(ms % 1000), (unsigned long long)t->o.seed);
    return file_write(t->env_file, span_text(text), 0644);
}

static err keep_spool(struct target *t)
{
    struct observation seen = {.dir = t->dir};
    (void)target_wait_for_rest(t);
    TRY(target_collect(t, SURFACE_QUEUE, t->case_arena, &seen));
    TRY(target_collect(t, SURFACE_SPOOL, t->case_arena, &seen));
    for (size_t i = 0; i < seen.spool.count; i++) {
        vec_add(t->case_arena, &t->earlier, seen.spool.at[i]);
    }
    return OK;
}

/* The words are `due`, or none: everything. */
static err do_queue_run(struct target *t, const struct step *step)
{
    struct verb_result r;
    target_verb_run(t, "queue-run", &step->words, SPAN_EMPTY, QUEUE_RUN_WAIT, &r);
    TRY(target_verb_err(&r));
    (void)target_wait_for_rest(t);
    return OK;
}

static err do_restart(struct target *t, const struct step *step)
{
    (void)step;
    target_stop(t);
    return target_start(t);
}

static err do_kill(struct target *t, const struct step *step)
{
    (void)step;
    process_kill_all(t->scratch);
    t->running = false;
    t->starter = 0;
    return target_start(t);
}

static err do_reload(struct target *t, const struct step *step)
{
    (void)step;
    if (!t->d.reload) {
        return err_of(ERR_DEFER, "unsupported: reload (the description does not say how)");
    }
    pids below = {0};
    process_descendants(getpid(), t->scratch, &below);
    if (below.count == 0) {
        return err_of(ERR_IO, "no process is there to reload");
    }
    /* The first is the one that we started, or that it left to us. */
    if (kill(t->starter ? t->starter : below.at[0], SIGHUP) < 0) {
        return err_of(ERR_IO, "the signal could not be sent");
    }
    (void)target_wait_for_rest(t);
    return OK;
}

/* The file is written anew, a byte on the inherited socket announces it, a byte comes back when it
   has been read. */
static err do_clock(struct target *t, const struct step *step)
{
    size_t got;
    unsigned char byte;
    if (!t->d.clock) {
        return err_of(ERR_DEFER, "unsupported: clock (the target's clock cannot be moved)");
    }
    t->clock_moved += step->span;
    TRY(target_write_environment(t));
    TRY(socket_write(t->control, SPAN("\n"), ACKNOWLEDGE_WAIT));
    err e = socket_read(t->control, &byte, 1, ACKNOWLEDGE_WAIT, &got);
    if (!failed(e) && byte != '+') {
        e = err_of(ERR_IO, "it answers that it could not");
    }
    return err_in(e, t->case_arena, "the target did not acknowledge the new clock");
}

/* The words are MESSAGE FROM TO ... */
static err do_submit(struct target *t, const struct step *step)
{
    span octets;
    texts args = {0};
    struct verb_result r;
    if (step->words.count < 3 || !scenario_message(t->scenario, step->words.at[0], &octets)) {
        return err_of(ERR_SYNTAX, "do submit wants MESSAGE FROM TO, and a section for the message");
    }
    /* Local submission is by lines of the machine: LF. */
    struct buf lines;
    buf_init(&lines, octets.len + 1);
    for (size_t i = 0; i < octets.len; i++) {
        if (octets.at[i] != '\r' || i + 1 >= octets.len || octets.at[i + 1] != '\n') {
            buf_put_byte(&lines, octets.at[i]);
        }
    }
    for (size_t i = 1; i < step->words.count; i++) {
        vec_add(t->scratch, &args, step->words.at[i]);
    }
    target_verb_run(t, "submit", &args, buf_span(&lines), SUBMIT_WAIT, &r);
    buf_wipe(&lines);
    return target_verb_err(&r);
}

static err (*const acts[])(struct target *t, const struct step *step) = {
    [DO_QUEUE_RUN] = do_queue_run, [DO_RESTART] = do_restart, [DO_RELOAD] = do_reload,
    [DO_KILL] = do_kill,           [DO_CLOCK] = do_clock,     [DO_SUBMIT] = do_submit,
};

err target_act(struct target *t, const struct step *step)
{
    if (t->external) {
        return err_of(ERR_DEFER, "unsupported: do (HOST:PORT is out of reach)");
    }
    TRY(keep_spool(t));
    return acts[step->verb](t, step);
}
