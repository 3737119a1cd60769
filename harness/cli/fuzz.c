/* assay fuzz: what clients of scenarios say, changed in its structure and put to servers. What holds whatever
   is said is asked of one; of several also that they answer alike (fuzz_see.h). */
#include "harness/cli/cli.h"
#include "harness/cli/frame.h"
#include "harness/cli/fuzz_see.h"
#include "harness/cli/lab.h"
#include "harness/cli/run_options.h"
#include "harness/cli/select.h"
#include "harness/cli/way.h"

#include "base/file.h"
#include "base/rng.h"
#include "base/rows.h"

#include "harness/mutate/mutate.h"
#include "harness/mutate/shrink.h"
#include "harness/target/process.h"

#include <stdio.h>
#include <unistd.h>

enum { TEXT_CEILING = 64 * 1024 * 1024, MOST_TARGETS = 8, MOST_CHANGES = 4, TRIES = 200, SLOW_TRIES = 40, MOST_ERRORS = 20, OF_ONE_SEED = 8, MOST_BENIGN = 64 };
/* Of a target that sleeps, in milliseconds, once it was found silent; each finding is asked for again with the patience of its
   description. */
enum { SLOW_PATIENCE = 2000 };

/* ---- findings ---- */

struct fuzz_options {
    const char *target, *time, *timeout, *patience, *count_text, *out, *isolation, *peers;
    struct selection_options select;
    uint64_t count, seed;
    bool has_count, owned, quiet;
};

struct fuzzing {
    struct fuzz_options *o;
    struct arena *arena;
    texts targets;
    struct lab labs[MOST_TARGETS];
    VEC(struct script) seeds;
    VEC(const char *) keys; /* of findings, each told once */
    uint64_t plays, unread, passing;
    unsigned errors; /* one after another */
    uint64_t shrugged[MOST_BENIGN];
    millis timeout, patience;
    millis until; /* 0: until count is reached */
    err e;
};

static bool is_stopped(const struct fuzzing *f)
{
    bool stopped = false;
    for (size_t i = 0; i < f->targets.count; i++) {
        stopped = stopped || f->labs[i].stopped;
    }
    return stopped;
}

/* What the judge saw of one play: its lines up to the transcript. */
struct sight {
    struct report_case rc;
    span lines;
    span wire;
};

static bool play_on(struct fuzzing *f, size_t target, span text, struct arena *arena, struct sight *s)
{
    span seen;
    f->plays++;
    f->e = lab_try(&f->labs[target], text, arena, &s->rc, &seen);
    if (failed(f->e)) {
        return false;
    }
    f->errors = s->rc.state == STATE_ERROR ? f->errors + 1 : 0;
    if (f->errors == MOST_ERRORS) {
        f->e = err_of(ERR_DEFER, arena_text(f->arena, span_text(s->rc.reason)));
        return false;
    }
    size_t end = span_find(seen, SPAN("--\n"));
    s->lines = span_first(seen, end == SPAN_NONE ? 0 : end);
    s->wire = end == SPAN_NONE ? SPAN_EMPTY : span_from(seen, end + 3);
    return true;
}

static bool waited_in_vain(const struct report_case *rc)
{
    for (size_t i = 0; i < rc->checks.count; i++) {
        if (!rc->checks.at[i].ok && strcmp(rc->checks.at[i].kind, "wait") == 0) {
            return true;
        }
    }
    return false;
}

/* Other errors are the judge's own: a text that asks too much of it. */
static bool is_targets_fault(const char *reason)
{
    return strstr(reason, "did not come back in time") || strstr(reason, "refused");
}

/* What is wrong by itself, as one line that is the same whenever it is the same; NULL: nothing. */
static const char *wrong_of(const struct fuzzing *f, size_t target, const struct sight *s, struct arena *arena)
{
    const char *name = f->targets.at[target];
    if (s->rc.state == STATE_CRASH) {
        return arena_printf(arena, "%s %s", name, way_of(&s->rc, arena).text);
    }
    if (s->rc.state == STATE_ERROR && is_targets_fault(s->rc.reason)) {
        return arena_printf(arena, "%s error: %s", name, s->rc.reason);
    }
    for (span rest = s->lines, line; span_line(&rest, &line);) {
        if (span_starts(line, SPAN("! "))) {
            return arena_printf(arena, "%s %.*s", name, SPAN_FMT(span_from(line, 2)));
        }
        if (span_starts(line, SPAN("? ")) && waited_in_vain(&s->rc)) {
            return arena_printf(arena, "%s no answer to %.*s", name, SPAN_FMT(span_from(line, 2)));
        }
    }
    return NULL;
}

/* Against the first target; NULL: as far as is known they answer alike. */
static const char *difference_of(struct fuzzing *f, const struct sight *all, size_t other, struct arena *arena)
{
    struct fuzz_difference d;
    if (!fuzz_compare(all[0].lines, all[other].lines, &d)) {
        return NULL;
    }
    if (d.benign < fuzz_benign_count) {
        f->shrugged[d.benign]++;
        return NULL;
    }
    return arena_printf(arena, "differs: %.*s is answered %.*s by %s, %.*s by %s", SPAN_FMT(d.verb), SPAN_FMT(d.one),
                        f->targets.at[0], SPAN_FMT(d.other), f->targets.at[other]);
}

/* All targets; the first thing that is wrong, or NULL. */
static const char *try_text(struct fuzzing *f, span text, struct arena *arena, struct sight *all, size_t *culprit)
{
    const char *key = NULL;
    for (size_t i = 0; i < f->targets.count && !failed(f->e); i++) {
        if (!play_on(f, i, text, arena, &all[i])) {
            return NULL;
        }
        if (!key && (key = wrong_of(f, i, &all[i], arena))) {
            *culprit = i;
        }
    }
    for (size_t i = 1; i < f->targets.count && !key && !failed(f->e); i++) {
        key = difference_of(f, all, i, arena);
        *culprit = i;
    }
    return key;
}

/* ---- one finding ---- */

/* In the one form; false: the reader would not have it. */
static bool written(const struct script *s, struct arena *arena, span *text)
{
    struct buf out;
    struct buf form;
    mistakes wrong = {0};
    struct scenario_set set = {0};
    buf_init(&out, TEXT_CEILING);
    buf_init(&form, TEXT_CEILING);
    script_write(s, &out);
    bool read = !failed(scenario_format(buf_span(&out), "fuzz.scn", arena, &form, &wrong)) && wrong.count == 0 &&
                !failed(scenario_read_text(buf_span(&form), "fuzz.scn", "fuzz", arena, &set, &wrong)) &&
                set.cases.count == 1;
    *text = arena_copy(arena, buf_span(&form));
    buf_wipe(&out);
    buf_wipe(&form);
    return read;
}

struct same_again {
    struct fuzzing *f;
    const char *key;
};

/* With a reply wanted for each command once more, so that nothing hangs on what comes first. */
static span canonical(span text, struct arena *arena)
{
    struct script s;
    span whole;
    return script_read(text, arena, &s) && written(&s, arena, &whole) ? whole : text;
}

static bool finds_again(void *context, span text)
{
    struct same_again *a = context;
    struct arena *arena = arena_new();
    text = canonical(text, arena);
    struct sight all[MOST_TARGETS];
    size_t culprit;
    const char *key = failed(a->f->e) ? NULL : try_text(a->f, text, arena, all, &culprit);
    bool same = key && strcmp(key, a->key) == 0;
    arena_free(arena);
    return same;
}

/* What hangs on which comes first would not come again for whoever repeats it. */
static bool finds_twice(void *context, span text)
{
    return finds_again(context, text) && finds_again(context, text);
}

static void set_patience(struct fuzzing *f, millis patience)
{
    for (size_t i = 0; i < f->targets.count; i++) {
        lab_patience(&f->labs[i], patience);
    }
}

static err keep_finding(struct fuzzing *f, const char *key, span text)
{
    const char *scn = arena_printf(f->arena, "%s/%03zu.scn", f->o->out, f->keys.count);
    const char *again = arena_printf(f->arena, "assay fuzz %s --target %s --count 0", scn, f->o->target);
    struct sight all[MOST_TARGETS];
    size_t culprit;
    struct buf out;
    TRY(dir_make_all(f->o->out, 0755));
    buf_init(&out, TEXT_CEILING);
    buf_printf(&out, "# %s\n# again: %s\n%.*s", key, again, SPAN_FMT(text));
    err e = file_write(scn, buf_span(&out), 0644);
    (void)try_text(f, text, f->arena, all, &culprit);
    for (size_t i = 0; i < f->targets.count && !failed(e) && !failed(f->e); i++) {
        const char *wire = arena_printf(f->arena, "%s/%03zu-%s.wire", f->o->out, f->keys.count, f->targets.at[i]);
        buf_clear(&out);
        buf_printf(&out, "# %s\n# %s: %s\n%.*s", key, state_name(all[i].rc.state),
                   all[i].rc.reason ? all[i].rc.reason : "", SPAN_FMT(all[i].wire));
        e = file_write(wire, buf_span(&out), 0644);
    }
    buf_wipe(&out);
    cli_print("%s\n    %s\n", key, again);
    (void)fflush(stdout);
    return e;
}

/* Asked for again with all patience, made small, told once. */
static void found(struct fuzzing *f, const char *key, span text)
{
    struct same_again same = {f, arena_text(f->arena, span_text(key))};
    struct shrink s = {.does = finds_twice, .context = &same, .most = TRIES, .replies_stay = true};
    if (ROWS_IN(&f->keys, span_text(key)) != NULL) {
        return;
    }
    bool silent = strstr(key, " no answer to ") != NULL;
    if (silent) {
        set_patience(f, 0);
    }
    bool again = finds_again(&same, text);
    if (silent) {
        set_patience(f, SLOW_PATIENCE);
    }
    if (again) {
        vec_add(f->arena, &f->keys, same.key);
        s.most = f->o->has_count && f->o->count == 0 ? 0 : silent ? SLOW_TRIES : TRIES;
        shrink_text(&s, text, "fuzz.scn", f->arena);
    }
    if (again && !failed(f->e)) {
        f->e = err_in(keep_finding(f, same.key, canonical(s.best, f->arena)), f->arena, "--out %s", f->o->out);
    }
    f->passing += !again;
    if (silent) {
        set_patience(f, f->patience);
    }
}

/* ---- the loop ---- */

/* Play number n: seed and changes are of its own dice, so that each can be had by itself. */
static void play_number(struct fuzzing *f, uint64_t n, struct arena *arena)
{
    struct rng rng;
    struct sight all[MOST_TARGETS];
    size_t culprit;
    span text;
    bool alone = f->o->has_count && f->o->count == 0;
    /* some of one seed behind each other: they share a running target */
    rng_seeded(&rng, f->o->seed * UINT64_C(1000003) + n / OF_ONE_SEED);
    size_t seed = alone ? (size_t)n : (size_t)rng_below(&rng, f->seeds.count);
    rng_seeded(&rng, f->o->seed * UINT64_C(1000003) + n + (UINT64_C(1) << 40));
    struct script s = script_copy(&f->seeds.at[seed], arena);
    size_t changes = alone ? 0 : 1 + (size_t)rng_below(&rng, MOST_CHANGES);
    for (size_t i = 0; i < changes; i++) {
        const struct script *other = &f->seeds.at[rng_below(&rng, f->seeds.count)];
        (void)mutate_script(&s, other, &rng, arena);
    }
    if (!written(&s, arena, &text)) {
        f->unread++;
        return;
    }
    const char *key = try_text(f, text, arena, all, &culprit);
    if (key && !failed(f->e)) {
        found(f, key, text);
    }
}

static void show(const struct fuzzing *f, uint64_t n)
{
    if (isatty(2) && !f->o->quiet) {
        cli_progress("%llu plays, %zu findings", (unsigned long long)n, f->keys.count);
    }
}

static int fuzz_all(struct fuzzing *f)
{
    uint64_t most = f->o->count > 0 ? f->o->count : f->seeds.count;
    uint64_t n = 0;
    f->until = f->o->has_count ? 0 : clock_ticks() + f->until;
    for (; (f->until ? clock_ticks() < f->until : n < most) && !failed(f->e); n++) {
        struct arena *arena = arena_new();
        play_number(f, n, arena);
        arena_free(arena);
        show(f, n);
    }
    cli_print("%llu scripts of %zu seeds, %llu plays, %zu findings", (unsigned long long)n, f->seeds.count,
           (unsigned long long)f->plays, f->keys.count);
    if (f->unread) {
        cli_print(", %llu not readable", (unsigned long long)f->unread);
    }
    if (f->passing) {
        cli_print(", %llu that did not come again", (unsigned long long)f->passing);
    }
    cli_print("\n");
    for (size_t i = 0; i < fuzz_benign_count; i++) {
        if (f->shrugged[i]) {
            cli_print("%llu differences at %s are none: %s\n", (unsigned long long)f->shrugged[i], fuzz_benign[i].verb,
                   fuzz_benign[i].because);
        }
    }
    if (is_stopped(f)) {
        return EXIT_CUT_SHORT;
    }
    return failed(f->e) ? cli_complain_err(f->e, f->arena) : f->keys.count ? EXIT_UNEXPECTED : EXIT_FINE;
}

/* ---- the verb ---- */

#define AT(field) offsetof(struct fuzz_options, field)
static const struct args_option fuzz_rows[] = {
    {"--target", "-t", ARGS_TEXT, AT(target), "T[,T2]",
     "target folders or HOST:PORT; of several also the differences are findings"},
    {"--only", NULL, ARGS_LIST, AT(select.only), "GLOB", "seeds whose id fits"},
    {"--time", NULL, ARGS_TEXT, AT(time), "TIME", "how long, such as 60s (default) or 5m"},
    {"--count", NULL, ARGS_TEXT, AT(count_text), "N",
     "how many changed scripts, in place of a time; 0: the seeds alone, as they are, and findings too"},
    {"--seed", NULL, ARGS_NUMBER, AT(seed), "N", "of the dice: the same seed, the same scripts (default: 1)"},
    {"--out", "-o", ARGS_TEXT, AT(out), "DIR", "where findings go (default: out/fuzz)"},
    {"--patience", NULL, ARGS_TEXT, AT(patience), "TIME",
     "how long a target that sleeps is waited for (default: 500ms); findings are asked for again with all patience"},
    {"--timeout", NULL, ARGS_TEXT, AT(timeout), "TIME", "for one play (default: 60s)"},
    CLI_PLACE_ROWS(AT),
    {"--i-own-this-host", NULL, ARGS_FLAG, AT(owned), NULL, "needed for HOST:PORT: this is not polite"},
    {"--quiet", "-q", ARGS_FLAG, AT(quiet), NULL, "no progress on a terminal"},
};

static err read_options(struct fuzzing *f)
{
    if (!f->o->target) {
        return err_syntax(0, "--target is needed: `assay target list` says which there are");
    }
    TRY(cli_names_read("--target", &(struct args_texts){&f->o->target, 1, 0}, f->arena, &f->targets));
    if (f->targets.count == 0 || f->targets.count > MOST_TARGETS) {
        return err_syntax(0, "--target wants one to eight names, separated by commas");
    }
    for (size_t i = 0; i < f->targets.count; i++) {
        if (strchr(f->targets.at[i], ':') && !f->o->owned) {
            return err_syntax(0, "fuzzing a host is not polite: --i-own-this-host says that it is yours");
        }
    }
    if (f->o->count_text && (f->o->time || !span_to_u64(span_text(f->o->count_text), &f->o->count))) {
        return err_syntax(0, "--count wants a number, and stands in place of --time");
    }
    f->o->has_count = f->o->count_text != NULL;
    TRY(cli_time_read("--timeout", f->o->timeout, f->arena, &f->timeout));
    TRY(cli_time_read("--patience", f->o->patience, f->arena, &f->patience));
    return cli_time_read("--time", f->o->time ? f->o->time : "60s", f->arena, &f->until);
}

/* Every case of the paths, as far as a client of its says something in SMTP. */
static err read_seeds(struct fuzzing *f, const struct selection *sel)
{
    for (size_t i = 0; i < sel->set.cases.count; i++) {
        const struct scenario *s = sel->set.cases.at[i];
        struct script seed;
        struct buf flat;
        span text;
        buf_init(&flat, TEXT_CEILING);
        err e = file_read(s->path, TEXT_CEILING, f->arena, &text);
        if (!failed(e)) {
            e = scenario_flatten(text, s->path, select_file_id(s, f->arena), s->id, f->arena, &flat);
        }
        if (!failed(e) && script_read(arena_copy(f->arena, buf_span(&flat)), f->arena, &seed)) {
            vec_add(f->arena, &f->seeds, seed);
        }
        buf_wipe(&flat);
        TRY(e);
    }
    return f->seeds.count > 0 ? OK : err_syntax(0, "in none of the scenarios does a client of SMTP say something");
}

static err open_labs(struct fuzzing *f, struct call *call)
{
    TRY(cli_work(call));
    for (size_t i = 0; i < f->targets.count; i++) {
        struct lab_options o = {.target = f->targets.at[i], .isolation = f->o->isolation, .peers = f->o->peers,
                                .work = call->work, .name = "fuzz.scn", .id = "fuzz", .block = (unsigned)i,
                                .owned = f->o->owned, .seen = fuzz_see,
                                .timeout = f->timeout,
                                .patience = f->patience};
        TRY(lab_open(&f->labs[i], &o, f->arena));
    }
    return OK;
}

static int read_and_fuzz(struct fuzzing *f, struct call *call)
{
    struct selection sel = {0};
    err e = read_options(f);
    if (!failed(e) && call->rest.count == 0) {
        e = err_syntax(0, "fuzz: which scenarios to begin with? assay fuzz scenarios/smtp --target T");
    }
    e = failed(e) ? e : select_cases(&call->rest, &f->o->select, f->arena, &sel);
    int status = select_some(e, &sel, f->arena);
    if (status != EXIT_FINE) {
        return status;
    }
    e = read_seeds(f, &sel);
    e = failed(e) ? e : open_labs(f, call);
    return !failed(e)       ? fuzz_all(f)
           : is_stopped(f) ? EXIT_CUT_SHORT
                           : cli_complain_err(e, f->arena);
}

static int run(struct call *call)
{
    struct fuzzing f = {.arena = call->arena, .o = call->options, .e = OK};
    for (size_t i = 0; i < MOST_TARGETS; i++) {
        f.labs[i].signals = -1;
    }
    int status = read_and_fuzz(&f, call);
    for (size_t i = 0; i < MOST_TARGETS; i++) {
        lab_close(&f.labs[i]);
    }
    process_kill_all(f.arena);
    return status;
}

const struct verb cli_fuzz = {
    .name = "fuzz",
    .run = run,
    .usage = "SEED... --target T[,T2] [--time 60s]",
    .doc = "play changed scenarios and report what no server may do, each finding reduced",
    .example = "assay fuzz scenarios/smtp --target ref --time 60s",
    VERB_ROWS(fuzz_rows),
    .options_size = sizeof(struct fuzz_options),
    .defaults = &(const struct fuzz_options){.seed = 1, .timeout = "60s", .patience = "500ms", .out = "out/fuzz"},
};
