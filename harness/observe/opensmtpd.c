/* OpenSMTPD as it shows itself: its log, `smtpctl show queue`, and the folder of its queue, where a message
   is a folder with the text and an envelope for each recipient. */
#include "harness/observe/formats.h"

#include "base/file.h"

#include <stdlib.h>

#define ID_LENGTH 8        /* of a message; an envelope has eight digits more */
#define ENVELOPE_LENGTH 16

static bool is_hex(span word, size_t length)
{
    for (size_t i = 0; i < word.len; i++) {
        if (ascii_hex_value(word.at[i]) < 0) {
            return false;
        }
    }
    return word.len == length;
}

/* ---- log: `SESSION AGENT EVENT key=value key="value" ...` ---- */

/* A quoted value may hold blanks; a quote in it is written with a backslash. */
static span take_value(span *rest)
{
    size_t end = 1;
    if (rest->len == 0 || rest->at[0] != '"') {
        span value;
        (void)span_split(*rest, ' ', &value, rest);
        return value;
    }
    while (end < rest->len && rest->at[end] != '"') {
        end += rest->at[end] == '\\' && end + 1 < rest->len ? 2 : 1;
    }
    span value = span_part(*rest, 1, end - 1);
    *rest = span_from(*rest, end + 1);
    return value;
}

static void log_field(span key, span value, struct arena *arena, struct log_line *out)
{
    bool envelope = span_eq(key, SPAN("evpid")) && is_hex(value, ENVELOPE_LENGTH);
    if (envelope || (span_eq(key, SPAN("msgid")) && is_hex(value, ID_LENGTH))) {
        out->id = arena_text(arena, span_first(value, ID_LENGTH));
    }
    observe_add(&out->fields, arena, arena_text(arena, key), value);
}

void opensmtpd_log_read(span line, struct arena *arena, struct log_line *out)
{
    span session;
    span agent;
    span event;
    span rest;
    *out = (struct log_line){.line = line};
    (void)span_split(line, ' ', &session, &rest);
    if (!is_hex(session, ENVELOPE_LENGTH)) {
        return;
    }
    (void)span_split(rest, ' ', &agent, &rest);
    (void)span_split(rest, ' ', &event, &rest);
    out->flag = arena_text(arena, event);
    observe_add(&out->fields, arena, "session", session);
    observe_add(&out->fields, arena, "agent", agent);
    while (rest.len) {
        size_t equals = span_find_byte(rest, '=');
        size_t blank = span_find_byte(rest, ' ');
        if (equals == SPAN_NONE || blank < equals) {
            observe_add(&out->fields, arena, "text", rest);
            return;
        }
        span key = span_first(rest, equals);
        rest = span_from(rest, equals + 1);
        log_field(key, take_value(&rest), arena, out);
        rest = span_trim(rest);
    }
}

/* ---- smtpctl show queue: an envelope a line, smtpctl(8) names the fields ---- */

enum { QUEUE_ID, QUEUE_TYPE = 2, QUEUE_SENDER = 4, QUEUE_RCPT, QUEUE_MADE = 7, QUEUE_TRIES = 10,
       QUEUE_STATE, QUEUE_FIELDS };

/* The null sender is written as two empty sides. */
static span path_of(span address, struct arena *arena)
{
    bool null = span_eq(address, SPAN("@"));
    return span_text(arena_printf(arena, "<%.*s>", null ? 0 : (int)address.len,
                                  (const char *)address.at));
}

/* One envelope that is to be tried makes the message active. */
static void set_state(struct spool_entry *entry, bool active)
{
    if (!entry->state || active) {
        entry->state = active ? "active" : "deferred";
    }
}

err opensmtpd_queue_line_read(span line, struct arena *arena, struct spool_entry *entry)
{
    span fields[QUEUE_FIELDS];
    uint64_t made;
    uint64_t tries;
    for (size_t i = 0; i < QUEUE_FIELDS; i++) {
        if (!span_split(line, '|', &fields[i], &line)) {
            return err_of(ERR_SYNTAX, "a line of `smtpctl show queue` has fewer than 13 fields");
        }
    }
    if (!is_hex(fields[QUEUE_ID], ENVELOPE_LENGTH) || !span_to_u64(fields[QUEUE_MADE], &made) ||
        !span_to_u64(fields[QUEUE_TRIES], &tries)) {
        return err_of(ERR_SYNTAX, "a line of `smtpctl show queue` is not as smtpctl(8) tells");
    }
    entry->id = arena_text(arena, span_first(fields[QUEUE_ID], ID_LENGTH));
    entry->arrived = (int64_t)made;
    entry->sender = path_of(fields[QUEUE_SENDER], arena);
    set_state(entry, tries == 0 || span_eq(fields[QUEUE_STATE], SPAN("inflight")));
    /* A report that is still to be written has an envelope too; it is nobody's recipient. */
    if (!span_eq(fields[QUEUE_TYPE], SPAN("bounce"))) {
        vec_push(arena, &entry->rcpts)->address = fields[QUEUE_RCPT];
    }
    return OK;
}

err read_opensmtpd_queue(const struct source *source, struct observation *seen)
{
    span output;
    span line;
    TRY(source->run(source->context, source->place, source->arena, &output));
    while (span_line(&output, &line)) {
        struct spool_entry one = {0};
        if (line.len == 0) {
            continue;
        }
        TRY(opensmtpd_queue_line_read(line, source->arena, &one));
        if (observe_is_old(source, span_text(one.id))) {
            continue;
        }
        struct spool_entry *entry = observe_entry_of(seen, one.id, source->arena);
        set_state(entry, strcmp(one.state, "active") == 0);
        entry->arrived = one.arrived;
        entry->sender = one.sender;
        for (size_t i = 0; i < one.rcpts.count; i++) {
            *vec_push(source->arena, &entry->rcpts) = one.rcpts.at[i];
        }
    }
    return OK;
}

/* ---- the folder of the queue ---- */

/* dsn-notify is a number of bits, NEVER the highest. */
static span notify_words(span number, struct arena *arena)
{
    uint64_t bits = 0;
    (void)span_to_u64(number, &bits);
    return observe_notify((bits & 7) << 1 | (bits >> 3 & 1), arena);
}

/* What an envelope tells of the whole message stands in each of them: the first is taken. */
static void envelope_line(span key, span value, struct spool_rcpt *rcpt, struct spool_entry *entry,
                          struct arena *arena)
{
    uint64_t number;
    if (span_eq(key, SPAN("rcpt"))) {
        rcpt->address = value;
    } else if (span_eq(key, SPAN("sender"))) {
        entry->sender = path_of(value, arena);
    } else if (span_eq(key, SPAN("ctime")) && span_to_u64(value, &number)) {
        entry->arrived = (int64_t)number;
    } else if (span_eq(key, SPAN("dsn-notify")) && notify_words(value, arena).len) {
        observe_add(&rcpt->params, arena, "NOTIFY", notify_words(value, arena));
    } else if (span_eq(key, SPAN("dsn-orcpt")) && value.len) {
        observe_add(&rcpt->params, arena, "ORCPT", value);
    } else if (entry->rcpts.count == 0) {
        observe_add(&entry->attrs, arena, arena_text(arena, key), value);
    }
}

err opensmtpd_envelope_read(span envelope, struct arena *arena, struct spool_entry *entry)
{
    struct spool_rcpt rcpt = {0};
    bool tried = false;
    bool report = false;
    span line;
    while (span_line(&envelope, &line)) {
        span key;
        span value;
        if (!span_split(line, ':', &key, &value)) {
            return err_of(ERR_SYNTAX, "a line of the envelope is not `key: value`");
        }
        value = span_trim(value);
        tried = tried || (span_eq(key, SPAN("retry")) && !span_eq(value, SPAN("0")));
        report = report || (span_eq(key, SPAN("type")) && span_eq(value, SPAN("bounce")));
        envelope_line(key, value, &rcpt, entry, arena);
    }
    if (rcpt.address.len == 0) {
        return err_of(ERR_SYNTAX, "the envelope has no rcpt");
    }
    set_state(entry, !tried);
    if (!report) {
        *vec_push(arena, &entry->rcpts) = rcpt;
    }
    return OK;
}

static int by_address(const void *a, const void *b)
{
    return span_order(((const struct spool_rcpt *)a)->address,
                      ((const struct spool_rcpt *)b)->address);
}

static err read_message(const struct source *source, const char *folder, const char *id,
                        struct observation *seen)
{
    struct arena *arena = source->arena;
    struct spool_entry entry = {.id = id};
    struct message_parts parts = {0};
    struct dir_list names;
    TRY(dir_list(folder, arena, &names));
    for (size_t i = 0; i < names.count; i++) {
        const char *path = path_join(arena, folder, names.names[i]);
        span content;
        bool there;
        if (!is_hex(span_text(names.names[i]), ENVELOPE_LENGTH)) {
            continue;
        }
        TRY(observe_file(path, arena, &content, &there));
        if (content.len) {
            TRY(err_in(opensmtpd_envelope_read(content, arena, &entry), arena, "%s", path));
            entry.raw_header = content;
        }
    }
    if (entry.raw_header.len == 0) {
        return OK;
    }
    bool there;
    TRY(observe_file(path_join(arena, folder, "message"), arena, &entry.raw_data, &there));
    observe_message_split(entry.raw_data, arena, &parts);
    entry.headers = parts.headers;
    entry.body = parts.body;
    /* Envelopes have drawn names: what the client's order was is not kept. */
    if (entry.rcpts.count) {
        qsort(entry.rcpts.at, entry.rcpts.count, sizeof *entry.rcpts.at, by_address);
    }
    *observe_entry_of(seen, id, arena) = entry;
    return OK;
}

err read_opensmtpd_spool(const struct source *source, struct observation *seen)
{
    struct arena *arena = source->arena;
    const char *queue = path_join(arena, source->place, "queue");
    struct dir_list buckets;
    struct dir_list ids;
    if (!path_is_dir(queue)) {
        return OK;
    }
    TRY(dir_list(queue, arena, &buckets));
    for (size_t b = 0; b < buckets.count; b++) {
        const char *bucket = path_join(arena, queue, buckets.names[b]);
        if (!path_is_dir(bucket) || failed(dir_list(bucket, arena, &ids))) {
            continue;
        }
        for (size_t i = 0; i < ids.count; i++) {
            const char *folder = path_join(arena, bucket, ids.names[i]);
            span id = span_text(ids.names[i]);
            if (is_hex(id, ID_LENGTH) && !observe_is_old(source, id) && path_is_dir(folder)) {
                TRY(read_message(source, folder, ids.names[i], seen));
            }
        }
    }
    return OK;
}
