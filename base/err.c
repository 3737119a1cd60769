/* Errors as text for people. Without this file each caller would spell kinds and errno in its own
   way; the values themselves are made in the header, without a call. */
#include "base/err.h"

#include "base/arena.h"
#include "base/check.h"

#include <stdarg.h>

const char *err_kind_name(enum err_kind kind)
{
    static const char *const names[ERR_COUNT] = {
        [ERR_NONE] = "none",       [ERR_SYNTAX] = "syntax", [ERR_LIMIT] = "limit",
        [ERR_TIMEOUT] = "timeout", [ERR_CLOSED] = "closed", [ERR_IO] = "io",
        [ERR_DEFER] = "defer",
    };
    CHECK((unsigned)kind < ERR_COUNT);
    return names[kind];
}

err err_in(err e, struct arena *arena, const char *format, ...)
{
    if (!failed(e)) {
        return e;
    }
    va_list args;
    va_start(args, format);
    const char *context = arena_vprintf(arena, format, args);
    va_end(args);
    e.what = e.what ? arena_printf(arena, "%s: %s", context, e.what) : context;
    return e;
}

const char *err_text(err e, struct arena *arena)
{
    const char *what = e.what ? e.what : err_kind_name(e.kind);
    if (e.sys == 0) {
        return what;
    }
    const char *reason = strerrordesc_np(e.sys);
    if (!reason) {
        return arena_printf(arena, "%s: errno %d", what, e.sys);
    }
    return arena_printf(arena, "%s: %s", what, reason);
}
