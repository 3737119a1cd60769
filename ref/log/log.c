/* Files and the front of each line. A line is put together in a buffer of its own and written
   with one call, opened by name each time: what that costs is little beside the syncs of a
   message, and it needs no lock, no signal and no check for rotated files. */
#include "ref/log/log.h"

#include "base/file.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define CUT "..."

/* log_file_path with %s replaced. */
static const char *path_of(const char *pattern, const char *word, struct arena *arena)
{
    const char *mark = strstr(pattern, "%s");
    return arena_printf(arena, "%.*s%s%s", (int)(mark - pattern), pattern, word, mark + 2);
}

static err check_pattern(const char *path, struct arena *arena)
{
    const char *mark = strchr(path, '%');
    if (path[0] != '/') {
        return err_syntax(0, arena_printf(arena, "log_file_path: \"%s\" is not absolute", path));
    }
    if (!mark || mark[1] != 's' || strchr(mark + 1, '%')) {
        return err_syntax(
            0, arena_printf(arena,
                            "log_file_path: \"%s\" does not hold %%s once and no "
                            "other %%; it stands for main, reject and panic",
                            path));
    }
    return OK;
}

err log_open(struct log *log, const struct log_options *options, struct arena *arena)
{
    const char *path = options->path;
    *log = (struct log){.options = *options};
    if (!path || !path[0]) {
        path = path_join(arena, options->spool_directory, "log/%slog");
    }
    TRY(check_pattern(path, arena));
    log->main = path_of(path, "main", arena);
    log->reject = path_of(path, "reject", arena);
    log->panic = path_of(path, "panic", arena);
    if (options->rehearsal) {
        return OK;
    }
    err e = dir_make_all(path_dir(arena, log->main), 0750);
    if (!failed(e)) {
        e = file_append(log->main, SPAN_EMPTY, LOG_FILE_MODE);
    }
    return failed(e) ? err_in(e, arena,
                              "log file %s (let uid %ld write there, or set log_file_path)",
                              log->main, (long)geteuid())
                     : OK;
}

/* "2026-11-21 22:24:29" [".971"] [" +0000"] */
static void time_put(const struct log *log, instant when, struct buf *out)
{
    time_t seconds = (time_t)(when / NANOS_PER_SECOND);
    struct tm tm = {0};
    if (log->options.utc) {
        (void)gmtime_r(&seconds, &tm);
    } else {
        (void)localtime_r(&seconds, &tm);
    }
    buf_printf(out, "%04d-%02d-%02d %02d:%02d:%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
               tm.tm_hour, tm.tm_min, tm.tm_sec);
    if (log_wants(log, LOG_MILLISEC)) {
        buf_printf(out, ".%03d", (int)(when % NANOS_PER_SECOND / NANOS_PER_MILLI));
    }
    if (log->options.zone) {
        long minutes = tm.tm_gmtoff / 60;
        long east = minutes < 0 ? -minutes : minutes;
        buf_printf(out, " %c%02ld%02ld", minutes < 0 ? '-' : '+', east / 60, east % 60);
    }
}

void log_duration_put(const struct log *log, instant nanos, struct buf *out)
{
    static const struct {
        long long seconds;
        char letter;
    } units[] = {{604800, 'w'}, {86400, 'd'}, {3600, 'h'}, {60, 'm'}};
    nanos = nanos < 0 ? 0 : nanos;
    long long seconds = nanos / NANOS_PER_SECOND;
    if (log_wants(log, LOG_MILLISEC) && seconds < 60) {
        buf_printf(out, "%lld.%03lds", seconds, (long)(nanos % NANOS_PER_SECOND / NANOS_PER_MILLI));
        return;
    }
    bool some = false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (seconds >= units[i].seconds) {
            buf_printf(out, "%lld%c", seconds / units[i].seconds, units[i].letter);
            seconds %= units[i].seconds;
            some = true;
        }
    }
    if (seconds > 0 || !some) {
        buf_printf(out, "%llds", seconds);
    }
}

/* Control characters as Exim prints them; others as they are. */
static void put_printable(unsigned char c, struct buf *out)
{
    static const char letters[] = "\n\t\r\b\f";
    static const char names[] = "ntrbf";
    const char *known = c ? strchr(letters, c) : NULL;
    if (known) {
        buf_put_byte(out, '\\');
        buf_put_byte(out, (unsigned char)names[known - letters]);
    } else if (c < 32 || c == 127) {
        buf_printf(out, "\\%03o", c);
    } else {
        buf_put_byte(out, c);
    }
}

void log_escaped_put(span text, struct buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == '\\' || text.at[i] == '"') {
            buf_put_byte(out, '\\');
        }
        put_printable(text.at[i], out);
    }
}

void log_quoted_put(const char *key, span text, struct buf *out)
{
    buf_printf(out, "%s\"", key);
    log_escaped_put(text, out);
    buf_put_byte(out, '"');
}

void log_field_put(const struct log *log, enum log_selector selector, const char *key, span value,
                   struct buf *out)
{
    if (value.len > 0 && log_wants(log, selector)) {
        buf_printf(out, " %s", key);
        buf_put(out, value);
    }
}

static void put_line(const struct log *log, span id, span text, struct buf *out)
{
    time_put(log, clock_now(log->options.clock), out);
    if (log_wants(log, LOG_PID)) {
        buf_printf(out, " [%ld]", log->options.pid);
    }
    log_field_put(log, LOG_ALWAYS, "", id, out);
    buf_put_byte(out, ' ');
    size_t room = LOG_LINE_LIMIT - sizeof CUT - out->len;
    for (size_t i = 0; i < text.len && out->len < room; i++) {
        put_printable(text.at[i], out);
    }
    buf_put_text(out, out->len >= room ? CUT "\n" : "\n");
}

static void write_file(const char *path, span line)
{
    err e = file_append(path, line, LOG_FILE_MODE);
    if (failed(e)) {
        struct arena *arena = arena_new();
        fprintf(stderr, "%s: %s: %.*s", path, err_text(e, arena), SPAN_FMT(line));
        arena_free(arena);
    }
}

void log_write_with(const struct log *log, unsigned files, span id, span text, span below)
{
    struct buf out;
    buf_init(&out, LOG_LINE_LIMIT + 16 + below.len);
    put_line(log, id, text, &out);
    if (log->options.rehearsal) {
        (void)fprintf(stderr, "LOG: %.*s", SPAN_FMT(buf_span(&out)));
        files = 0;
    }
    if (files & LOG_MAIN) {
        write_file(log->main, buf_span(&out));
    }
    if (files & LOG_PANIC) {
        write_file(log->panic, buf_span(&out));
    }
    buf_put(&out, below);
    if (files & LOG_REJECT) {
        write_file(log->reject, buf_span(&out));
    }
    buf_wipe(&out);
}

void log_write(const struct log *log, unsigned files, span id, span text)
{
    log_write_with(log, files, id, text, SPAN_EMPTY);
}

void log_printf(const struct log *log, unsigned files, span id, const char *format, ...)
{
    struct buf text;
    va_list args;
    buf_init(&text, LOG_LINE_LIMIT);
    va_start(args, format);
    buf_vprintf(&text, format, args);
    va_end(args);
    log_write(log, files, id, buf_span(&text));
    buf_wipe(&text);
}
