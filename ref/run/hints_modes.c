/* --tidy and --hints: what was learnt of other hosts, by hand. Both work beside a running daemon; nothing that a
   message depends on is in these files, so that too much taken away costs time and no mail. */
#include "ref/hints/hint_ehlo.h"
#include "ref/hints/store.h"
#include "ref/run/modes.h"
#include "ref/run/world.h"

#include "base/hex.h"

#include <stdio.h>

#define USUAL_AGE "30d" /* as exim_tidydb has it */

struct chosen {
    bool file[HINTS_COUNT];
    uint64_t seconds;
};

static bool name_is(const char *word, struct chosen *chosen)
{
    for (size_t i = 0; i < HINTS_COUNT; i++) {
        if (strcmp(word, hint_file_name((enum hint_file)i)) == 0) {
            chosen->file[i] = true;
            return true;
        }
    }
    return false;
}

/* Words: names of files, all when there is none; with `aged`, the first may be an age. */
static err choose(const struct args_texts *words, bool aged, struct arena *arena, struct chosen *chosen)
{
    *chosen = (struct chosen){.file = {false}};
    size_t first = 0;
    TRY(conf_time_read(SPAN(USUAL_AGE), &chosen->seconds));
    if (aged && words->count > 0 && !failed(conf_time_read(span_text(words->at[0]), &chosen->seconds))) {
        first = 1;
    }
    for (size_t i = first; i < words->count; i++) {
        if (!name_is(words->at[i], chosen)) {
            return err_syntax(0, arena_printf(arena, "there are no hints \"%s\": retry, misc and tls are kept%s", words->at[i],
                                              aged ? ", and an age looks like 30d or 12h" : ""));
        }
    }
    for (size_t i = 0; first == words->count && i < HINTS_COUNT; i++) {
        chosen->file[i] = true;
    }
    return OK;
}

static void tidy(struct hints *hints, enum hint_file file, uint64_t seconds)
{
    millis keep = seconds < INT32_MAX ? (millis)seconds * 1000 : 0; /* 68 years: of any age */
    size_t gone = hints_tidy(hints, file, keep);
    (void)printf("%s: %zu removed\n", hint_file_name(file), gone);
}

struct listing {
    enum hint_file file;
    instant now;
};

static bool list_one(void *context, span key, const struct hint *hint)
{
    const struct listing *l = context;
    struct hint_ehlo ehlo;
    struct buf line;
    buf_init(&line, 4 * HINT_KEY_OCTETS + 512);
    (l->file == HINTS_TLS ? hex_put : hex_escape)(key, &line); /* a digest there */
    (void)printf("%s %.*s: written %lld s ago", hint_file_name(l->file), SPAN_FMT(buf_span(&line)),
                 (long long)((l->now - hint->stamp) / NANOS_PER_SECOND));
    if (hint->until != 0) {
        long long left = (long long)((hint->until - l->now) / NANOS_PER_SECOND);
        (void)printf(left > 0 ? ", good for %lld s" : ", past its time since %lld s", left > 0 ? left : -left);
    }
    buf_clear(&line);
    if (span_ends(key, SPAN(".EHLO")) && hint_ehlo_read(hint->value, &ehlo)) {
        hint_ehlo_describe(&ehlo, &line);
    }
    (void)printf(", %zu octets%.*s\n", hint->value.len, SPAN_FMT(buf_span(&line)));
    buf_wipe(&line);
    return true;
}

static void list(struct hints *hints, enum hint_file file)
{
    struct listing l = {file, hints_now(hints)};
    hints_each(hints, file, list_one, &l);
}

enum exit_status run_hints(const struct run_options *o, struct arena *arena)
{
    struct run_world *world = ARENA_NEW(arena, struct run_world);
    bool tidies = strcmp(o->mode->name, "--tidy") == 0;
    struct chosen chosen;
    err e = choose(&o->words, tidies, arena, &chosen);
    if (failed(e)) {
        return run_fail(EXIT_USAGE, err_text(e, arena));
    }
    enum exit_status status = run_world_begin(world, o, arena);
    if (status != EXIT_FINE) {
        return status;
    }
    for (enum hint_file file = 0; file < HINTS_COUNT; file++) {
        if (chosen.file[file] && tidies) {
            tidy(world->hints, file, chosen.seconds);
        } else if (chosen.file[file]) {
            list(world->hints, file);
        }
    }
    run_world_close(world);
    return EXIT_FINE;
}
