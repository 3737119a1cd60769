/* room: ref/hints
   Eight threads put, get, take and drop hints while another tidies, and one takes the files away.
   Claims: what a thread reads under a key was put under that key; what is kept of EHLO is what one of
   them put, never parts of two; no call fails the process. */
#include "base/check.h"
#include "base/file.h"
#include "base/task.h"
#include "ref/hints/hint_ehlo.h"

#include <stdio.h>
#include <stdlib.h>

#define THREADS 8
#define ROUNDS 400

struct shared {
    struct hints *hints;
    const char *folder;
    _Atomic unsigned number, lines;
};

static void log_line(void *context, const char *line)
{
    (void)line;
    ((struct shared *)context)->lines++;
}

static void use(void *arg)
{
    struct shared *s = arg;
    struct arena *arena = arena_new();
    unsigned me = s->number++;
    for (unsigned i = 0; i < ROUNDS; i++) {
        char key[16];
        struct hint hint;
        int len = snprintf(key, sizeof key, "k%u", i % 7);
        span k = span_of(key, (size_t)len);
        (void)hints_put(s->hints, HINTS_MISC, k, 0, k);
        if (hints_get(s->hints, HINTS_MISC, k, 1000, arena, &hint)) {
            CHECK(span_eq(hint.value, k));
        }
        if (hints_take(s->hints, HINTS_MISC, k, 0, arena, &hint)) {
            CHECK(span_eq(hint.value, k));
        }
        hints_drop(s->hints, HINTS_MISC, k);
        struct hint_ehlo said = {HINT_EARLY_PIPE | HINT_PIPELINING, 0, (uint16_t)me, (uint16_t)me,
                                 me, me, me};
        hint_ehlo_put(s->hints, SPAN("192.0.2.1:25.EHLO"), &said);
        if (hint_ehlo_get(s->hints, SPAN("192.0.2.1:25.EHLO"), 1000, &said)) {
            CHECK(said.clear_auths == said.crypted_auths && said.limit_mail == said.clear_auths);
        }
        if (i % 5 == me) {
            hint_ehlo_drop(s->hints, SPAN("192.0.2.1:25.EHLO"));
        }
        if (me == 0) {
            (void)hints_tidy(s->hints, HINTS_MISC, 1);
        } else if (me == 1 && i % 50 == 0) {
            const char *file = path_join(arena, s->folder, "misc.mdb");
            (void)remove(file);
        }
        arena_reset(arena);
    }
    arena_free(arena);
}

int main(void)
{
    char folder[] = "/tmp/hints-race-XXXXXX";
    CHECK(mkdtemp(folder) != NULL);
    struct shared s = {.folder = folder};
    s.hints = hints_open(&(struct hints_setup){folder, clock_system(), 0, log_line, &s});
    struct task_group *group = task_group_new(THREADS, 0);
    for (int i = 0; i < THREADS; i++) {
        CHECK(!failed(task_start(group, use, &s)));
    }
    task_group_free(group);
    CHECK(s.lines == 0);
    hints_close(s.hints);
    CHECK(!failed(dir_remove_all(folder)));
    return 0;
}
