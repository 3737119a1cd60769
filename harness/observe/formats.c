/* The table of formats, and what all readers share: news since a mark, and the split of a message
   into fields and body. Without it every reader would decide for itself what an absent file
   means. */
#include "harness/observe/formats.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/rows.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define LOG_CEILING ((size_t)256 << 20)
#define SPOOL_CEILING ((size_t)1 << 30)

static const char *const surface_names[SURFACE_COUNT] = {
    [SURFACE_LOG] = "log",         [SURFACE_QUEUE] = "queue",     [SURFACE_SPOOL] = "spool",
    [SURFACE_MAILBOX] = "mailbox", [SURFACE_KEYLOG] = "keylog",
};

static const struct format formats[] = {
    {"exim-main", SURFACE_LOG, "Exim's main log, fields taken apart", NULL, exim_log_read, begin_file},
    {"exim-panic", SURFACE_LOG, "Exim's panic log", NULL, exim_log_read, begin_file},
    {"exim-reject", SURFACE_LOG, "Exim's reject log", NULL, exim_log_read, begin_file},
    {"postfix-main", SURFACE_LOG, "Postfix's log, `program[pid]: id: key=value, ...`",
     NULL, postfix_log_read, begin_file},
    {"opensmtpd", SURFACE_LOG, "OpenSMTPD's log, `session agent event key=value ...`",
     NULL, opensmtpd_log_read, begin_file},
    {"sendmail", SURFACE_LOG, "sendmail's log, `sendmail[pid]: id: key=value, ...`",
     NULL, sendmail_log_read, begin_file},
    {"exim-spool", SURFACE_QUEUE, "states told from Exim's -H files", NULL, NULL, NULL},
    {"postfix-json", SURFACE_QUEUE, "the lines of `postqueue -j`", read_postfix_queue, NULL, NULL},
    {"opensmtpd", SURFACE_QUEUE, "the lines of `smtpctl show queue`", read_opensmtpd_queue, NULL, NULL},
    {"sendmail-mailq", SURFACE_QUEUE, "what `mailq` prints", read_sendmail_mailq, NULL, NULL},
    {"exim", SURFACE_SPOOL, "-H and -D files, old and new ids, split or flat", read_exim_spool, NULL, NULL},
    {"postfix-postcat", SURFACE_SPOOL, "`postcat -q` for each queued id", read_postfix_postcat, NULL, NULL},
    {"opensmtpd", SURFACE_SPOOL, "queue/ of the folder: messages and their envelopes",
     read_opensmtpd_spool, NULL, NULL},
    {"sendmail", SURFACE_SPOOL, "qf, hf and df files", read_sendmail_spool, NULL, NULL},
    {"maildir", SURFACE_MAILBOX, "new/ and cur/ of a folder for each address", read_maildir, NULL,
     begin_maildir},
    {"mbox", SURFACE_MAILBOX, "a file for each address, `From ` lines", read_mbox, NULL, begin_mbox},
    {"nss", SURFACE_KEYLOG, "TLS secrets; they go into a recording's capture", read_keylog, NULL, NULL},
};
#define FORMATS (sizeof formats / sizeof *formats)

const char *observe_surface_name(enum surface surface)
{
    return surface_names[surface];
}

const struct format *observe_format_row(size_t index)
{
    return index < FORMATS ? &formats[index] : NULL;
}

const struct format *observe_format_find(span kind, span name, const char **suggestion)
{
    *suggestion = NULL;
    for (size_t i = 0; i < FORMATS; i++) {
        if (span_eq(kind, span_text(surface_names[formats[i].surface]))) {
            *suggestion = *suggestion ? *suggestion : formats[i].name;
            if (span_eq(name, span_text(formats[i].name))) {
                return &formats[i];
            }
        }
    }
    return NULL;
}

err observe_read(const struct format *format, const struct source *source, struct observation *seen)
{
    span news = SPAN_EMPTY;
    span line;
    if (format->read) {
        return format->read(source, seen);
    }
    if (format->line) {
        TRY(observe_news(source, source->place, &news));
    }
    while (span_line(&news, &line)) {
        struct log_line *out = vec_push(source->arena, &seen->logs);
        format->line(line, source->arena, out);
        out->format = format->name;
    }
    return OK;
}

bool observe_is_old(const struct source *source, span id)
{
    for (size_t i = 0; source->queued && i < source->queued->count; i++) {
        if (span_eq(span_text(source->queued->at[i]), id)) {
            return true;
        }
    }
    return false;
}

struct spool_entry *observe_entry_of(struct observation *seen, const char *id, struct arena *arena)
{
    for (size_t i = 0; i < seen->spool.count; i++) {
        if (strcmp(seen->spool.at[i].id, id) == 0) {
            return &seen->spool.at[i];
        }
    }
    struct spool_entry *entry = vec_push(arena, &seen->spool);
    *entry = (struct spool_entry){.id = id};
    return entry;
}

/* What stands behind the first `skip` octets; all of a file that is shorter: it was begun anew. */
static err read_behind(const char *path, size_t skip, struct arena *arena, span *news)
{
    int fd = -1;
    struct stat st;
    TRY(file_open_at(AT_FDCWD, path, O_RDONLY, 0, &fd));
    if (skip && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (size_t)st.st_size >= skip) {
        (void)lseek(fd, (off_t)skip, SEEK_SET);
    }
    err e = fd_read_all(fd, LOG_CEILING, arena, news);
    close(fd);
    return e;
}

/* How many octets of the file are old. */
static size_t mark_of(const marks *m, const char *path)
{
    for (size_t i = 0; m && i < m->count; i++) {
        if (strcmp(m->at[i].path, path) == 0) {
            return m->at[i].octets;
        }
    }
    return 0;
}

err observe_news(const struct source *source, const char *path, span *news)
{
    *news = SPAN_EMPTY;
    err e = read_behind(path, mark_of(source->before, path), source->arena, news);
    if (e.kind == ERR_LIMIT) {
        return err_of(ERR_LIMIT,
                      arena_printf(source->arena,
                                   "%s: more than the %zu MB of a log that are read; have the "
                                   "target write less",
                                   path, LOG_CEILING >> 20));
    }
    return failed(e) && !(e.kind == ERR_IO && e.sys == ENOENT) ? err_in(e, source->arena, "%s", path) : OK;
}

err observe_file(const char *path, struct arena *arena, span *content, bool *there)
{
    err e = file_read(path, SPOOL_CEILING, arena, content);
    *there = !failed(e);
    if (!*there) {
        *content = SPAN_EMPTY;
    }
    return e.kind == ERR_IO && e.sys == ENOENT ? OK : err_in(e, arena, "%s", path);
}

err begin_file(const char *path, struct arena *arena, marks *m)
{
    struct stat st;
    if (stat(path, &st) == 0 && S_ISREG(st.st_mode)) {
        *vec_push(arena, m) =
            (struct mark){.path = arena_text(arena, span_text(path)), .octets = (size_t)st.st_size};
    }
    return OK;
}

err read_keylog(const struct source *source, struct observation *seen)
{
    span news;
    TRY(observe_news(source, source->place, &news));
    seen->secrets = span_text(arena_printf(source->arena, "%.*s%.*s", SPAN_FMT(seen->secrets), SPAN_FMT(news)));
    return OK;
}

/* ---- what readers share ---- */

void observe_add(named_texts *list, struct arena *arena, const char *name, span value)
{
    *vec_push(arena, list) = (struct named_text){name, value};
}

span observe_notify(uint64_t bits, struct arena *arena)
{
    static const struct {
        uint64_t bit;
        const char *word;
    } words[] = {{NOTIFY_NEVER, "NEVER"},
                 {NOTIFY_SUCCESS, "SUCCESS"},
                 {NOTIFY_FAILURE, "FAILURE"},
                 {NOTIFY_DELAY, "DELAY"}};
    const char *text = "";
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (bits & words[i].bit) {
            text = arena_printf(arena, "%s%s%s", text, *text ? "," : "", words[i].word);
        }
    }
    return span_text(text);
}

span observe_word(struct cursor *c)
{
    span word;
    (void)cursor_skip_blanks(c);
    if (!cursor_take_until(c, ' ', &word)) {
        word = cursor_rest(c);
        c->pos = c->in.len;
    }
    return word;
}

/* ---- messages ---- */

/* LF line ends only: what the surfaces are compared in. */
static span with_lf(span text, struct arena *arena)
{
    if (span_find(text, SPAN("\r\n")) == SPAN_NONE) {
        return text;
    }
    unsigned char *out = arena_take(arena, text.len ? text.len : 1);
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == '\r' && i + 1 < text.len && text.at[i + 1] == '\n') {
            continue;
        }
        out[len++] = text.at[i];
    }
    return span_of(out, len);
}

/* field-name ":" of RFC 5322 3.6.8, its length without the colon; 0 if the line is none. */
static size_t field_name_length(span line)
{
    for (size_t i = 0; i < line.len; i++) {
        if (line.at[i] == ':') {
            return i;
        }
        if (line.at[i] <= ' ' || line.at[i] > '~') {
            return 0;
        }
    }
    return 0;
}

/* The next field with its continuation lines; false at the empty line, the end, or a line that
   begins no field. */
static bool take_field(span *text, span *field)
{
    if (field_name_length(*text) == 0) {
        return false;
    }
    size_t end = 0;
    for (;;) {
        size_t nl = span_find_byte(span_from(*text, end), '\n');
        if (nl == SPAN_NONE) {
            end = text->len;
            break;
        }
        end += nl + 1;
        if (end >= text->len || !ascii_is_blank(text->at[end])) {
            break;
        }
    }
    *field = span_first(*text, end);
    *text = span_from(*text, end);
    return true;
}

void observe_message_split(span message, struct arena *arena, struct message_parts *parts)
{
    span rest = with_lf(message, arena);
    span field;
    while (take_field(&rest, &field)) {
        size_t colon = span_find_byte(field, ':');
        span value = span_from(field, colon + 1);
        if (value.len && value.at[value.len - 1] == '\n') {
            value = span_first(value, value.len - 1);
        }
        if (value.len && ascii_is_blank(value.at[0])) {
            value = span_from(value, 1);
        }
        observe_add(&parts->headers, arena, arena_text(arena, span_first(field, colon)), value);
    }
    if (rest.len && rest.at[0] == '\n') {
        rest = span_from(rest, 1);
    }
    parts->body = rest;
}
