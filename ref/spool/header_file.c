/* -H from top to bottom: own name, who received it, sender, times, `-` lines (items.c), finished
   addresses (tree.c), recipients (recipients.c), an empty line, header fields with their lengths.
   The reader keeps the position of the part it is in, so that an error can name the line. */
#include "ref/spool/header_file.h"

#include "ref/spool/data_file.h"
#include "ref/spool/id.h"
#include "ref/spool/items.h"
#include "ref/spool/recipients.h"
#include "ref/spool/tree.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static bool put_line_text(span text, struct buf *out)
{
    buf_put(out, text);
    return span_find_byte(text, '\n') == SPAN_NONE;
}

static bool put_top(const struct envelope *e, struct buf *out)
{
    buf_printf(out, "%s-H\n", e->id);
    bool good = put_line_text(e->login, out);
    buf_printf(out, " %ld %ld\n<", e->uid, e->gid);
    good = put_line_text(e->sender, out) && good;
    buf_printf(out, ">\n%lld %u\n", (long long)(e->received / NANOS_PER_SECOND), e->warnings);
    return good;
}

err spool_header_write(const struct envelope *e, struct arena *arena, struct buf *out)
{
    span all;
    bool good = put_top(e, out);
    good = spool_items_put(e, out) && good;
    for (size_t i = 0; i < e->done.count; i++) {
        good = good && span_find_byte(e->done.at[i], '\n') == SPAN_NONE;
    }
    spool_tree_write(e->done.at, e->done.count, arena, out);
    buf_printf(out, "%zu\n", e->recipients.count);
    for (size_t i = 0; i < e->recipients.count; i++) {
        good = spool_recipient_put(&e->recipients.at[i], out) && good;
    }
    buf_put_byte(out, '\n');
    for (size_t i = 0; i < e->headers.count; i++) {
        const struct header *h = &e->headers.at[i];
        buf_printf(out, "%03zu%c ", h->text.len, h->type);
        buf_put(out, h->text);
        good = good && span_ends(h->text, SPAN("\n"));
    }
    if (!good) {
        return err_syntax(0, "an envelope text holds a line end, or a header field has none");
    }
    return buf_end(out, &all);
}

static bool take_line(span *rest, span *line)
{
    return span_split(*rest, '\n', line, rest);
}

/* [ "-" ] 1*DIGIT */
static bool read_number(span text, long *number)
{
    uint64_t value;
    bool minus = span_starts(text, SPAN("-"));
    if (!span_to_u64(span_from(text, minus), &value) || value > INT32_MAX) {
        return false;
    }
    *number = minus ? -(long)value : (long)value;
    return true;
}

/* "<login> <uid> <gid>", from the right since a login may hold blanks. */
static bool read_owner(span line, struct envelope *e)
{
    size_t blank = span_find_last_byte(line, ' ');
    if (blank == SPAN_NONE || !read_number(span_from(line, blank + 1), &e->gid)) {
        return false;
    }
    line = span_first(line, blank);
    blank = span_find_last_byte(line, ' ');
    if (blank == SPAN_NONE || !read_number(span_from(line, blank + 1), &e->uid)) {
        return false;
    }
    e->login = span_first(line, blank);
    return true;
}

static bool read_times(span line, struct envelope *e)
{
    span first;
    span second;
    uint64_t seconds;
    uint64_t warnings;
    if (!span_split(line, ' ', &first, &second) || !span_to_u64(first, &seconds) ||
        !span_to_u64(second, &warnings) || warnings > INT32_MAX ||
        seconds >= (uint64_t)(INT64_MAX / NANOS_PER_SECOND)) {
        return false;
    }
    e->received = (instant)seconds * NANOS_PER_SECOND;
    e->warnings = (unsigned)warnings;
    return true;
}

/* Lines 1 to 4. Each line is left in *rest until it is known to be good. */
static err read_top(span *rest, struct envelope *e)
{
    span line;
    span next = *rest;
    size_t id = spool_id_prefix(next);
    if (id == 0 || !take_line(&next, &line) || !span_eq(span_from(line, id), SPAN("-H"))) {
        return err_syntax(0, "the file's own name expected");
    }
    memcpy(e->id, line.at, id);
    *rest = next;
    if (!take_line(&next, &line) || !read_owner(line, e)) {
        return err_syntax(0, "login, uid and gid expected");
    }
    *rest = next;
    if (!take_line(&next, &line) || line.len < 2 || line.at[0] != '<' ||
        line.at[line.len - 1] != '>') {
        return err_syntax(0, "the sender in angle brackets expected");
    }
    e->sender = span_part(line, 1, line.len - 2);
    *rest = next;
    if (!take_line(&next, &line) || !read_times(line, e)) {
        return err_syntax(0, "time of reception and number of warnings expected");
    }
    *rest = next;
    return OK;
}

static err read_recipients(span *rest, struct arena *arena, struct envelope *e)
{
    span line;
    span next = *rest;
    uint64_t count;
    if (!take_line(&next, &line) || !span_to_u64(line, &count)) {
        return err_syntax(0, "number of recipients expected");
    }
    *rest = next;
    for (uint64_t i = 0; i < count; i++) {
        if (!take_line(&next, &line)) {
            return err_syntax(0, "fewer recipients than told");
        }
        TRY(spool_recipient_read(line, vec_push(arena, &e->recipients)));
        *rest = next;
    }
    if (!take_line(&next, &line) || line.len != 0) {
        return err_syntax(0, "an empty line expected behind the recipients");
    }
    *rest = next;
    return OK;
}

/* "%03d%c " and that many octets, the last of them a LF. */
static err read_header(span *rest, struct header *h)
{
    size_t digits = 0;
    uint64_t length;
    while (digits < rest->len && ascii_is_digit(rest->at[digits])) {
        digits++;
    }
    if (digits < 3 || digits > 9 || rest->len < digits + 2 || rest->at[digits + 1] != ' ' ||
        !span_to_u64(span_first(*rest, digits), &length)) {
        return err_syntax(0, "length and type of a header field expected");
    }
    h->type = (char)rest->at[digits];
    if (h->type != ' ' && h->type != '*' && !ascii_is_alpha((unsigned char)h->type)) {
        return err_syntax(0, "type letter of a header field expected");
    }
    if (length == 0 || length > rest->len - digits - 2) {
        return err_syntax(0, "a header field is shorter than its length");
    }
    h->text = span_part(*rest, digits + 2, (size_t)length);
    if (h->text.at[h->text.len - 1] != '\n') {
        return err_syntax(0, "a header field does not end where its length says");
    }
    *rest = span_from(*rest, digits + 2 + (size_t)length);
    return OK;
}

static err read_all(span *rest, struct arena *arena, struct envelope *e)
{
    TRY(read_top(rest, e));
    TRY(spool_items_take(rest, arena, e));
    TRY(spool_tree_read(rest, arena, e));
    TRY(read_recipients(rest, arena, e));
    while (rest->len > 0) {
        TRY(read_header(rest, vec_push(arena, &e->headers)));
    }
    return OK;
}

err spool_header_read(span text, struct arena *arena, struct envelope *e)
{
    span rest = text;
    *e = (struct envelope){0};
    err result = read_all(&rest, arena, e);
    if (!failed(result)) {
        return OK;
    }
    size_t line = 1;
    size_t at = text.len - rest.len;
    for (size_t i = 0; i < at; i++) {
        line += text.at[i] == '\n';
    }
    return err_syntax(at, arena_printf(arena, "line %zu: %s", line, result.what));
}

/* *fd stays open. On failure there is no file. mode_kept: no umask changes what files are made with. */
static err write_file(int dir, const char *name, int how, span text, bool mode_kept, int *fd)
{
    TRY(file_open_at(dir, name, O_WRONLY | O_CREAT | O_NOFOLLOW | how, SPOOL_MODE, fd));
    err e = mode_kept ? OK : fd_set_mode(*fd, SPOOL_MODE);
    e = failed(e) ? e : fd_write_all(*fd, text);
    if (failed(e)) {
        close(*fd);
        (void)unlinkat(dir, name, 0);
    }
    return e;
}

/* A hdr.<id> from a crash is overwritten: whoever holds the message's lock is alone. */
err spool_header_stage(int dir, const char *id, span text, bool mode_kept, int *fd)
{
    char name[SPOOL_FILE_ROOM];
    return write_file(dir, spool_temporary_name(id, name), O_TRUNC, text, mode_kept, fd);
}

err spool_header_place(int dir, const char *id, int fd)
{
    char temporary[SPOOL_FILE_ROOM], name[SPOOL_FILE_ROOM];
    spool_temporary_name(id, temporary);
    spool_file_name(id, "-H", name);
    err e = fd_sync(fd);
    err closing = fd_close(fd);
    if (!failed(e)) {
        e = failed(closing) ? closing : file_rename_at(dir, temporary, dir, name);
    }
    if (failed(e)) {
        (void)unlinkat(dir, temporary, 0);
    }
    return e;
}

err spool_header_create(int dir, const char *id, span text, bool mode_kept)
{
    char name[SPOOL_FILE_ROOM];
    int fd;
    TRY(write_file(dir, spool_file_name(id, "-H", name), O_EXCL, text, mode_kept, &fd));
    err e = fd_close(fd);
    if (failed(e)) {
        (void)unlinkat(dir, name, 0);
    }
    return e;
}

err spool_header_store(int dir, const struct envelope *e, struct arena *arena)
{
    struct buf out;
    int fd = -1;
    buf_init(&out, SPOOL_HEADER_FILE_LIMIT);
    err result = spool_header_write(e, arena, &out);
    if (!failed(result)) {
        result = spool_header_stage(dir, e->id, buf_span(&out), false, &fd);
    }
    buf_wipe(&out);
    return failed(result) ? result : spool_header_place(dir, e->id, fd);
}

/* What somebody left there under that name may be a pipe, on which a queue run would wait for ever. */
static err read_regular(int dir, const char *name, struct arena *arena, span *text)
{
    int fd;
    err e = file_open_at(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0, &fd);
    if (!failed(e)) {
        e = fd_read_all(fd, SPOOL_HEADER_FILE_LIMIT, arena, text);
        (void)close(fd);
    }
    return err_in(e, arena, "%s", name);
}

err spool_header_load(int dir, const char *id, struct arena *arena, struct envelope *e)
{
    char name[SPOOL_FILE_ROOM];
    span text;
    spool_file_name(id, "-H", name);
    TRY(read_regular(dir, name, arena, &text));
    err result = spool_header_read(text, arena, e);
    if (!failed(result) && strcmp(e->id, id) != 0) {
        result = err_syntax(0, "line 1: the file's own name expected");
    }
    return failed(result) ? err_in(result, arena, "%s", name) : OK;
}
