/* The life of a message on disk; docs/message-life.md proves the order of the steps. The rule
   behind it: what has a -H is a message, so -H comes last and goes first. */
#include "ref/spool/message.h"

#include "ref/mail/header.h"
#include "ref/spool/header_file.h"
#include "ref/spool/intake.h"
#include "ref/spool/journal.h"
#include "ref/spool/queues.h"

#include "base/check.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define ID_TRIES 10000 /* ids in a row whose files are there already */

/* input itself, or the directory below it that is named by the last letter of the seconds. That
   one may have been made by another thread, or by an earlier process, and never been synced:
   nobody relies on it before it was synced from here. */
static err open_place(struct spool *s, const char *id, bool split, bool make, int *dir)
{
    char name[2] = {id[5], '\0'};
    if (!split) {
        *dir = s->dir;
        return OK;
    }
    bool made = make && mkdirat(s->dir, name, SPOOL_DIR_MODE) == 0;
    if (make && !made && errno != EEXIST) {
        return err_sys(errno, "making a spool directory");
    }
    _Atomic bool *synced = &s->synced[(unsigned char)id[5] % SPOOL_PLACES];
    if (make && (made || !*synced)) {
        TRY(dir_sync(s->dir));
        *synced = true;
    }
    return file_open_at(s->dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, dir);
}

static void close_place(struct spool_message *m)
{
    if (m->dir >= 0 && m->dir != m->spool->dir) {
        close(m->dir);
    }
    m->dir = -1;
}

/* Locks the new -D. Between its making and this, another program's sweep may have taken it for a
   leftover and removed it: then it has no name any more, and is no place for a message. What else
   there is to know of a new file in this directory is the same for -H. */
static err lock_new(struct spool_message *m)
{
    struct stat st;
    TRY(spool_lock_file(&m->lock, m->data.fd));
    if (fstat(m->data.fd, &st) != 0) {
        return err_sys(errno, "looking at a spool file");
    }
    m->device = st.st_dev;
    m->mode_kept = (st.st_mode & 07777) == SPOOL_MODE;
    if (!m->mode_kept) {
        TRY(fd_set_mode(m->data.fd, SPOOL_MODE));
    }
    return st.st_nlink > 0 ? OK : err_of(ERR_DEFER, "the file was swept away");
}

/* One attempt with the next id. ERR_DEFER: it is taken. */
static err begin_with_next_id(struct spool *s, struct spool_message *m)
{
    char id[SPOOL_ID_ROOM];
    char name[SPOOL_FILE_ROOM];
    spool_id_take(s->ids, id);
    TRY(spool_lock_claim(&s->locks, span_text(id), &m->lock));
    err e = open_place(s, id, s->options.split, true, &m->dir);
    if (!failed(e) &&
        faccessat(m->dir, spool_file_name(id, "-H", name), F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
        e = err_of(ERR_DEFER, "the id is taken");
    }
    if (!failed(e)) {
        e = spool_data_create(m->dir, id, m->arena, &m->data);
        if (e.kind == ERR_IO && e.sys == EEXIST) {
            e = err_of(ERR_DEFER, "the id is taken");
        }
    }
    if (!failed(e)) {
        e = lock_new(m);
        if (failed(e)) {
            (void)unlinkat(m->dir, spool_file_name(id, "-D", name), 0);
            close(m->data.fd);
            m->lock.fd = -1;
        }
    }
    if (failed(e)) {
        close_place(m);
        spool_lock_release(&s->locks, &m->lock);
        return e;
    }
    memcpy(m->envelope.id, id, sizeof id);
    return OK;
}

static void prepare(struct spool *s, struct arena *arena, struct spool_message *m)
{
    m->envelope = (struct envelope){0};
    m->spool = s;
    m->arena = arena;
    m->dir = -1;
    m->lock = (struct spool_lock){.fd = -1};
    m->data.fd = -1;
    m->data.size = 0;
    m->line_start = 0;
    m->line_length = 0;
    m->in_body = false;
    m->committed = false;
    buf_init(&m->header, s->options.header_limit);
}

err spool_message_begin(struct spool *s, struct arena *arena, struct spool_message *m)
{
    prepare(s, arena, m);
    m->envelope.login = s->options.login;
    m->envelope.uid = s->options.uid;
    m->envelope.gid = s->options.gid;
    m->envelope.received = clock_now(s->options.clock);
    m->envelope.first_delivery = true;
    err e = err_of(ERR_DEFER, "");
    for (unsigned i = 0; e.kind == ERR_DEFER && i < ID_TRIES; i++) {
        e = begin_with_next_id(s, m);
    }
    if (failed(e)) {
        m->spool = NULL;
        return e.kind == ERR_DEFER ? err_of(ERR_DEFER, "no free message id in the spool") : e;
    }
    return OK;
}

static void count_line_octets(struct spool_message *m, size_t octets)
{
    m->line_length += octets;
    if (m->line_length > m->envelope.longest_line) {
        m->envelope.longest_line = m->line_length;
    }
}

/* The line that ends with what is now the end of m->header decides where the body begins. */
static err end_header_line(struct spool_message *m)
{
    span line = span_from(buf_span(&m->header), m->line_start);
    enum mail_line kind = mail_line_kind(span_first(line, line.len - 1), m->line_start > 0);
    if (kind == MAIL_LINE_FIELD || kind == MAIL_LINE_CONTINUATION) {
        m->line_start = m->header.len;
        return OK;
    }
    m->in_body = true;
    if (kind == MAIL_LINE_BODY) {
        TRY(spool_data_write(&m->data, line));
        m->envelope.body_lines++;
    }
    m->header.len = m->line_start;
    return OK;
}

err spool_message_write(struct spool_message *m, span text)
{
    CHECK(m->spool && !m->committed);
    span body = text;
    while (text.len > 0) {
        size_t end = span_find_byte(text, '\n');
        span piece = end == SPAN_NONE ? text : span_first(text, end + 1);
        count_line_octets(m, piece.len - (end != SPAN_NONE));
        m->line_length = end == SPAN_NONE ? m->line_length : 0;
        text = span_from(text, piece.len);
        if (m->in_body) {
            m->envelope.body_lines += end != SPAN_NONE;
            continue;
        }
        buf_put(&m->header, piece);
        if (buf_full(&m->header)) {
            return err_of(ERR_LIMIT, "the header section is too long");
        }
        if (end != SPAN_NONE) {
            TRY(end_header_line(m));
        }
        body = text;
    }
    return m->in_body ? spool_data_write(&m->data, body) : OK;
}

/* Gives a last line that has no LF one: the spool knows whole lines only. */
static err end_last_line(struct spool_message *m)
{
    bool open = m->in_body ? !m->data.ends_in_lf : m->header.len > m->line_start;
    return open ? spool_message_write(m, SPAN("\n")) : OK;
}

err spool_message_end(struct spool_message *m)
{
    struct mail_fields fields;
    TRY(end_last_line(m));
    span block = buf_settle(&m->header, m->arena);
    TRY(mail_fields_split(block, m->arena, &fields));
    for (size_t i = 0; i < fields.list.count; i++) {
        struct header *h = vec_push(m->arena, &m->envelope.headers);
        *h = (struct header){fields.list.at[i].type, fields.list.at[i].text};
    }
    m->envelope.zeros = m->data.zeros;
    return OK;
}

void spool_message_add(struct spool_message *m, bool front, char type, span text)
{
    CHECK(span_ends(text, SPAN("\n")));
    struct header *last = vec_push(m->arena, &m->envelope.headers);
    struct header *first = m->envelope.headers.at;
    if (front) {
        memmove(first + 1, first, (m->envelope.headers.count - 1) * sizeof *first);
        last = first;
    }
    *last = (struct header){type, arena_copy(m->arena, text)};
}

uint64_t spool_message_size(const struct spool_message *m)
{
    uint64_t size = 1 + m->data.size;
    for (size_t i = 0; i < m->envelope.headers.count; i++) {
        const struct header *h = &m->envelope.headers.at[i];
        size += h->type == '*' ? 0 : h->text.len;
    }
    return size;
}

/* Takes away whatever there is of a message, -H first: without it the rest is no message. */
static void remove_files(struct spool_message *m)
{
    char name[SPOOL_FILE_ROOM];
    (void)unlinkat(m->dir, spool_temporary_name(m->envelope.id, name), 0);
    (void)unlinkat(m->dir, spool_file_name(m->envelope.id, "-H", name), 0);
    (void)unlinkat(m->dir, spool_file_name(m->envelope.id, "-D", name), 0);
}

/* The letter of the directory. */
static char place_of(const struct spool_message *m)
{
    return m->dir == m->spool->dir ? '\0' : m->envelope.id[5];
}

err spool_message_sync(struct spool_message *m)
{
    return spool_group_sync(&m->spool->group, place_of(m), m->dir);
}

/* -H is on its way to the disk while -D is synced, so that one journal commit can take both. */
static err store_alone(struct spool_message *m, span text)
{
    int header;
    TRY(spool_header_stage(m->dir, m->envelope.id, text, m->mode_kept, &header));
    fd_sync_begin(header);
    err e = spool_data_sync(&m->data);
    if (failed(e)) {
        close(header);
        return e;
    }
    TRY(spool_header_place(m->dir, m->envelope.id, header));
    return spool_message_sync(m);
}

static struct spool_intake_record record_of(struct spool_message *m, enum spool_intake_kind kind)
{
    const char *place = m->spool->input + strlen(m->spool->options.directory);
    place += strspn(place, "/");
    if (m->dir != m->spool->dir) {
        place = arena_printf(m->arena, "%s/%c", place, m->envelope.id[5]);
    }
    return (struct spool_intake_record){.kind = kind, .place = place, .id = m->envelope.id};
}

/* Tells the intake, if there is one that may have the message, that it is not in this place any more. False: it
   was not told, and a message that arrived in the last moments may come back after a loss of power. */
static bool tell_gone(struct spool_message *m, unsigned *turn)
{
    struct stat st;
    if (!spool_intake_exists(m->spool->intake)) {
        return false;
    }
    struct spool_intake_record record = record_of(m, SPOOL_INTAKE_GONE);
    return fstat(m->dir, &st) == 0 &&
           !failed(spool_intake_put(m->spool->intake, &record, st.st_dev, turn));
}

/* The intake has it, but the spool does not: it shall not come back, since the client is told that it was not
   taken. The record of that is good enough if a process dies; it is not worth a sync. */
static void take_back(struct spool_message *m)
{
    unsigned turn;
    bool told = tell_gone(m, &turn);
    remove_files(m);
    if (told) {
        spool_intake_done(m->spool->intake, turn);
    }
}

/* The intake has it before there is a -H: a -H whose octets the disk may not have is never without a record.
   So -H needs no second name while it is written: the record says what it is to be, and until the lock on
   -D goes nobody works on it. */
static err store_together(struct spool_message *m, span data, span text)
{
    unsigned turn;
    struct spool_intake_record record = record_of(m, SPOOL_INTAKE_ARRIVED);
    record.data = data;
    record.header = text;
    if (failed(spool_intake_put(m->spool->intake, &record, m->device, &turn))) {
        return store_alone(m, text);
    }
    err e = spool_intake_sync(m->spool->intake);
    if (!failed(e)) {
        e = spool_header_create(m->dir, m->envelope.id, text, m->mode_kept);
        if (failed(e)) {
            take_back(m);
        }
    }
    spool_intake_done(m->spool->intake, turn);
    return e;
}

_Static_assert((size_t)SPOOL_INTAKE_BODY <= SPOOL_DATA_PIECE, "what goes through the intake is held as a whole");

static err store(struct spool_message *m, struct buf *text)
{
    bool together = spool_intake_enter(m->spool->intake) && text->len <= SPOOL_INTAKE_HEADER;
    span data = span_of(m->data.block, m->data.held);
    bool whole = m->data.size <= SPOOL_INTAKE_BODY;
    TRY(spool_data_flush(&m->data));
    return together && whole ? store_together(m, data, buf_span(text)) : store_alone(m, buf_span(text));
}

err spool_message_commit(struct spool_message *m)
{
    struct buf text;
    CHECK(m->spool && !m->committed);
    if (m->envelope.complete == 0) {
        m->envelope.complete = clock_now(m->spool->options.clock);
    }
    buf_init(&text, SPOOL_HEADER_FILE_LIMIT);
    err e = spool_header_write(&m->envelope, m->arena, &text);
    if (!failed(e)) {
        e = store(m, &text);
        spool_intake_leave(m->spool->intake);
    }
    buf_wipe(&text);
    if (failed(e)) {
        remove_files(m);
        return e;
    }
    m->committed = true;
    return OK;
}

void spool_message_close(struct spool_message *m)
{
    if (!m->spool) {
        return;
    }
    if (!m->committed) {
        remove_files(m);
    }
    spool_lock_release(&m->spool->locks, &m->lock);
    close_place(m);
    buf_wipe(&m->header);
    m->data.fd = -1;
    m->spool = NULL;
}

/* -D of an existing message, in the layout that split says. */
static err open_data(struct spool_message *m, const char *id, bool split)
{
    TRY(open_place(m->spool, id, split, false, &m->dir));
    err e = spool_data_open(m->dir, id, &m->data.fd, &m->data.size);
    if (failed(e)) {
        close_place(m);
    }
    return e;
}

static err lock_data(struct spool_message *m)
{
    err e = spool_lock_file(&m->lock, m->data.fd);
    if (failed(e)) {
        close(m->data.fd);
    }
    return e;
}

static err open_claimed(struct spool_message *m, const char *id)
{
    bool split = m->spool->options.split;
    err e = open_data(m, id, split);
    if (e.kind == ERR_IO && e.sys == ENOENT) {
        e = open_data(m, id, !split);
    }
    TRY(e);
    TRY(lock_data(m));
    TRY(spool_header_load(m->dir, id, m->arena, &m->envelope));
    return spool_journal_merge(m->dir, id, &m->envelope, m->arena, &m->has_journal);
}

/* The place that has a -H of that name, and -D locked if there is one. */
static err seize_claimed(struct spool_message *m, const char *id)
{
    char name[SPOOL_FILE_ROOM];
    bool split = m->spool->options.split;
    err e = err_sys(ENOENT, "message");
    for (int i = 0; failed(e) && i < 2; i++) {
        close_place(m);
        e = open_place(m->spool, id, i == 0 ? split : !split, false, &m->dir);
        if (!failed(e) && faccessat(m->dir, spool_file_name(id, "-H", name), F_OK, AT_SYMLINK_NOFOLLOW) != 0) {
            e = err_sys(errno, "looking for a spool file");
        }
    }
    TRY(e);
    memcpy(m->envelope.id, id, strlen(id) + 1);
    m->has_journal = true;
    e = file_open_at(m->dir, spool_file_name(id, "-D", name), O_RDWR | O_NOFOLLOW | O_NONBLOCK, 0, &m->data.fd);
    e = failed(e) ? OK : lock_data(m);
    return e.kind == ERR_DEFER ? e : OK; /* a pipe, say, cannot be locked */
}

static err open_with(struct spool *s, span id, struct arena *arena, struct spool_message *m,
                     err (*claimed)(struct spool_message *m, const char *id))
{
    if (!spool_id_is(id)) {
        return err_syntax(0, "no message id");
    }
    prepare(s, arena, m);
    err e = spool_lock_claim(&s->locks, id, &m->lock);
    if (failed(e)) {
        m->spool = NULL;
        return e;
    }
    m->committed = true;
    e = claimed(m, m->lock.id);
    if (failed(e)) {
        spool_message_close(m);
    }
    return e;
}

err spool_message_open(struct spool *s, span id, struct arena *arena, struct spool_message *m)
{
    return open_with(s, id, arena, m, open_claimed);
}

err spool_message_seize(struct spool *s, span id, struct arena *arena, struct spool_message *m)
{
    return open_with(s, id, arena, m, seize_claimed);
}

err spool_message_update(struct spool_message *m)
{
    TRY(spool_header_store(m->dir, &m->envelope, m->arena));
    TRY(spool_message_sync(m));
    m->has_journal = false;
    return spool_journal_remove(m->dir, m->envelope.id);
}

/* The other queue has -D before it has -H, which goes in one step; so a crash leaves a message in one
   of them, and in the other at most a -D alone, which the next start sweeps away. */
static err move_files(struct spool_message *m, int to)
{
    char header[SPOOL_FILE_ROOM], data[SPOOL_FILE_ROOM];
    spool_file_name(m->envelope.id, "-H", header);
    spool_file_name(m->envelope.id, "-D", data);
    if (faccessat(to, header, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
        return err_of(ERR_DEFER, "that queue has a message of this id");
    }
    TRY(file_remove_at(to, data));
    TRY(file_link_at(m->dir, data, to, data));
    TRY(dir_sync(to));
    TRY(file_rename_at(m->dir, header, to, header));
    TRY(dir_sync(to));
    TRY(file_remove_at(m->dir, data));
    return dir_sync(m->dir);
}

/* What arrived through the intake may be nowhere else so far. */
static err sync_pair(struct spool_message *m)
{
    char name[SPOOL_FILE_ROOM];
    int header;
    TRY(fd_sync_data(m->data.fd));
    TRY(file_open_at(m->dir, spool_file_name(m->envelope.id, "-H", name), O_RDONLY | O_NOFOLLOW, 0, &header));
    err e = fd_sync(header);
    close(header);
    return e;
}

err spool_message_move(struct spool_message *m, struct spool *to)
{
    int dir = -1;
    if (m->has_journal) {
        TRY(spool_message_update(m));
    }
    TRY(open_place(to, m->envelope.id, to->options.split, true, &dir));
    err e = sync_pair(m);
    e = failed(e) ? e : move_files(m, dir);
    if (dir != to->dir) {
        close(dir);
    }
    unsigned turn;
    if (!failed(e) && tell_gone(m, &turn)) {
        spool_intake_done(m->spool->intake, turn);
        e = spool_intake_sync(m->spool->intake);
    }
    return e;
}

static err remove_pair(struct spool_message *m)
{
    char name[SPOOL_FILE_ROOM];
    TRY(file_remove_at(m->dir, spool_file_name(m->envelope.id, "-D", name)));
    m->gone = true;
    return file_remove_at(m->dir, spool_file_name(m->envelope.id, "-H", name));
}

err spool_message_remove(struct spool_message *m)
{
    unsigned turn;
    bool told = tell_gone(m, &turn);
    err e = remove_pair(m);
    if (told) {
        spool_intake_done(m->spool->intake, turn);
    }
    TRY(e);
    if (!m->has_journal) {
        return told ? spool_intake_sync_behind(m->spool->intake)
                    : spool_group_sync_behind(&m->spool->group, place_of(m), m->dir);
    }
    TRY(told ? spool_intake_sync(m->spool->intake) : spool_message_sync(m));
    return spool_journal_remove(m->dir, m->envelope.id);
}
