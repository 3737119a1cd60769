/* The way of one message into one mailbox, with or without a filter in front of it. */
#include "ref/transport/deposit.h"

#include "base/file.h"

#include <errno.h>
#include <stdarg.h>
#include <unistd.h>

bool deposit_defer(struct deposit_result *r, int error, struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    r->outcome = DELIVERY_DEFERRED;
    r->error = error;
    r->text = span_text(arena_vprintf(arena, format, args));
    va_end(args);
    return false;
}

static bool is_below(span path, span directory)
{
    return span_starts(path, directory) && path.len > directory.len &&
           (span_ends(directory, SPAN("/")) || path.at[directory.len] == '/');
}

bool deposit_may_create(const struct deposit *d, span path)
{
    span place = d->create_file;
    if (span_eq(place, SPAN("anywhere"))) {
        return true;
    }
    bool in_home = span_eq(place, SPAN("inhome"));
    if (in_home || span_eq(place, SPAN("belowhome"))) {
        place = d->home;
    }
    if (place.len == 0 || !is_below(path, place) || span_has(path, SPAN("/../")) ||
        span_ends(path, SPAN("/.."))) {
        return false;
    }
    span below = span_from(path, place.len + (span_ends(place, SPAN("/")) ? 0 : 1));
    return !in_home || span_find_byte(below, '/') == SPAN_NONE;
}

static void write_it(struct deposit_job *j)
{
    if (j->d->kind == DEPOSIT_FILE) {
        deposit_mbox(j);
    } else {
        deposit_in_directory(j);
    }
}

/* --- through a filter ---------------------------------------------------------------------- */

static err pour_file(void *context, err (*put)(void *context, span block), void *put_context)
{
    return transport_filter_pour(*(const int *)context, put, put_context);
}

err deposit_text_store(const struct deposit_job *j, int fd)
{
    return j->text->pour(j->text->context, fd_put, &fd);
}

static err filter_text(struct deposit_job *j, int in, int out)
{
    TRY(deposit_text_store(j, in));
    return transport_filter_run(&j->d->filter, arena_text(j->arena, j->d->directory), in, out,
                                j->arena);
}

static void write_filtered(struct deposit_job *j)
{
    int in = -1, out = -1;
    err e = transport_filter_file(&in);
    if (!failed(e)) {
        e = transport_filter_file(&out);
    }
    if (!failed(e)) {
        e = filter_text(j, in, out);
    }
    if (failed(e)) {
        int error = e.kind == ERR_IO        ? e.sys
                    : e.kind == ERR_TIMEOUT ? ETIMEDOUT : DELIVERY_ERROR_FILTER;
        deposit_defer(j->r, error, j->arena, "%s", e.what);
    } else {
        const struct deposit_text filtered = {&out, pour_file};
        struct deposit_job job = *j;
        job.text = &filtered;
        write_it(&job);
    }
    if (in >= 0) {
        close(in);
    }
    if (out >= 0) {
        close(out);
    }
}

void deposit_run(const struct deposit *d, const struct deposit_text *text,
                 const struct deposit_names *names, struct arena *arena, struct deposit_result *r)
{
    *r = (struct deposit_result){.outcome = DELIVERY_DEFERRED, .file = d->path};
    struct deposit_job j = {d, text, names, arena, r};
    if (span_eq(d->path, SPAN("/dev/null"))) {
        r->outcome = DELIVERY_DONE; /* nothing is run and nothing written */
    } else if (transport_filter_is(&d->filter)) {
        write_filtered(&j);
    } else {
        write_it(&j);
    }
}
