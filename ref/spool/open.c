/* A spool directory as a whole: what its queues share is made with the first that is opened and ends with it. */
#include "ref/spool/message.h"

#include "ref/spool/intake.h"
#include "ref/spool/queues.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define DEFAULT_HEADER_LIMIT (1u << 20)

err spool_open_beside(struct spool *s, const struct spool *first,
                      const struct spool_options *options, struct arena *arena)
{
    *s = (struct spool){.options = *options, .dir = -1};
    s->options.directory = arena_text(arena, span_text(options->directory));
    s->options.login = arena_copy(arena, options->login);
    if (s->options.header_limit == 0) {
        s->options.header_limit = DEFAULT_HEADER_LIMIT;
    }
    s->options.queue = arena_text(arena, span_text(options->queue));
    const char *above = s->options.directory;
    if (s->options.queue[0] != '\0') {
        above = path_join(arena, above, s->options.queue);
    }
    s->input = path_join(arena, above, "input");
    err e = dir_make_all(s->input, SPOOL_DIR_MODE);
    if (!failed(e)) {
        e = dir_open(s->input, &s->dir);
    }
    if (!failed(e) && faccessat(s->dir, ".", W_OK | X_OK, AT_EACCESS) != 0) {
        e = err_sys(errno, "writing there");
        close(s->dir);
        s->dir = -1;
    }
    if (failed(e)) {
        return err_in(e, arena, "spool directory %s (let uid %ld write there, or set "
                      "spool_directory)", s->input, (long)geteuid());
    }
    if (first != NULL) {
        s->ids = first->ids;
        s->queues = first->queues;
        s->intake = first->intake;
    } else {
        s->ids = ARENA_NEW(arena, struct spool_ids);
        spool_ids_init(s->ids, options->clock, options->process, options->host_number);
        s->queues = spool_queues_new(s);
        s->intake = spool_intake_new(s->options.directory, options->intake_half, arena);
        s->first = true;
    }
    spool_locks_init(&s->locks);
    spool_group_init(&s->group, dir_sync);
    return OK;
}

err spool_open(struct spool *s, const struct spool_options *options, struct arena *arena)
{
    const char *bad = spool_queue_bad(span_text(options->queue));
    size_t restored;
    *s = (struct spool){.dir = -1};
    TRY(bad != NULL ? err_syntax(0, bad) : spool_intake_recover(options->directory, arena, &restored));
    TRY(spool_open_beside(s, NULL, options, arena));
    s->restored = restored;
    return OK;
}

void spool_close(struct spool *s)
{
    if (s->dir >= 0) {
        if (s->first) {
            spool_queues_leave(s);
            spool_intake_free(s->intake);
        }
        spool_group_wipe(&s->group);
        spool_locks_wipe(&s->locks);
        close(s->dir);
    }
    s->dir = -1;
}
