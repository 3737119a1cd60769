/* Postfix as it shows itself: its log, `postqueue -j` and `postcat -q`. The queue files themselves
   are private to Postfix, so the judge asks the commands that its manual pages name. */
#include "harness/observe/formats.h"

#include "base/buf.h"

/* ---- log ---- */

static bool is_queue_id(span word)
{
    if (word.len < 7 || word.at[word.len - 1] != ':') {
        return false;
    }
    for (size_t i = 0; i + 1 < word.len; i++) {
        if (!ascii_is_alnum(word.at[i])) {
            return false;
        }
    }
    return true;
}

static bool is_key(span key)
{
    for (size_t i = 0; i < key.len; i++) {
        if (!ascii_is_alnum(key.at[i]) && key.at[i] != '_' && key.at[i] != '-') {
            return false;
        }
    }
    return key.len > 0;
}

/* The cycle `key=value, key=value`; the text of a status stands in brackets and may hold commas. */
static void log_fields(span rest, struct arena *arena, struct log_line *out)
{
    while (rest.len) {
        size_t end = span_find(rest, SPAN(", "));
        span part = span_first(rest, end == SPAN_NONE ? rest.len : end);
        span key;
        span value;
        if (!span_split(part, '=', &key, &value) || !is_key(key)) {
            observe_add(&out->fields, arena, "text", rest);
            return;
        }
        if (span_eq(key, SPAN("status"))) {
            span text;
            size_t at = span_find_byte(rest, '=') + 1;
            (void)span_split(span_from(rest, at), ' ', &value, &text);
            observe_add(&out->fields, arena, "status", value);
            observe_add(&out->fields, arena, "text", text);
            return;
        }
        observe_add(&out->fields, arena, arena_text(arena, key), value);
        rest = end == SPAN_NONE ? SPAN_EMPTY : span_from(rest, end + 2);
    }
}

/* `Nov 22 00:20:40 host postfix/smtpd[123]: ID: key=value, ...`, or with an ISO stamp. */
void postfix_log_read(span line, struct arena *arena, struct log_line *out)
{
    *out = (struct log_line){.line = line};
    size_t at = span_find(line, SPAN("postfix"));
    if (at == SPAN_NONE) {
        return;
    }
    struct cursor c = {line, at};
    span program = observe_word(&c);
    size_t bracket = span_find_byte(program, '[');
    size_t slash = span_find_last_byte(program, '/');
    if (bracket == SPAN_NONE) {
        return;
    }
    size_t start = slash == SPAN_NONE ? 0 : slash + 1;
    out->flag = arena_text(arena, span_part(program, start, bracket - start));
    struct cursor look = c;
    span word = observe_word(&look);
    if (is_queue_id(word) && !span_eq(word, SPAN("warning:")) && !span_eq(word, SPAN("NOQUEUE:"))) {
        out->id = arena_text(arena, span_first(word, word.len - 1));
        c = look;
    }
    log_fields(span_trim(cursor_rest(&c)), arena, out);
}

/* ---- postqueue -j: one JSON object a line, its members strings, numbers and one array ---- */

static bool json_hex4(struct cursor *c, unsigned *value)
{
    span digits;
    *value = 0;
    if (!cursor_take_count(c, 4, &digits)) {
        return false;
    }
    for (size_t i = 0; i < 4; i++) {
        int digit = ascii_hex_value(digits.at[i]);
        if (digit < 0) {
            return false;
        }
        *value = *value * 16 + (unsigned)digit;
    }
    return true;
}

static bool json_string(struct cursor *c, struct arena *arena, span *text)
{
    static const char plain[] = "\"\\/bfnrt";
    static const char meant[] = "\"\\/\b\f\n\r\t";
    if (!cursor_take_byte(c, '"')) {
        return false;
    }
    unsigned char *out = arena_take(arena, cursor_left(c) + 1);
    size_t len = 0;
    unsigned char byte;
    while (cursor_take_any(c, &byte) && byte != '"') {
        if (byte == '\\') {
            unsigned value;
            if (!cursor_take_any(c, &byte)) {
                return false;
            }
            const char *at = byte ? strchr(plain, byte) : NULL;
            if (at) {
                byte = (unsigned char)meant[at - plain];
            } else if (byte == 'u' && json_hex4(c, &value) && value < 0x80) {
                byte = (unsigned char)value; /* Postfix writes other octets as they are */
            } else {
                return false;
            }
        }
        out[len++] = byte;
    }
    *text = span_of(out, len);
    return c->pos > 0 && c->in.at[c->pos - 1] == '"';
}

static void queue_member(struct arena *arena, struct spool_entry *entry, span key, span value)
{
    if (span_eq(key, SPAN("queue_id"))) {
        entry->id = arena_text(arena, value);
    } else if (span_eq(key, SPAN("queue_name"))) {
        entry->state = span_eq(value, SPAN("hold")) ? "frozen" : arena_text(arena, value);
    } else if (span_eq(key, SPAN("sender"))) {
        bool null = span_eq(value, SPAN("MAILER-DAEMON"));
        entry->sender = span_text(arena_printf(arena, "<%.*s>", null ? 0 : (int)value.len,
                                               (const char *)value.at));
    } else if (span_eq(key, SPAN("arrival_time"))) {
        uint64_t n;
        entry->arrived = span_to_u64(value, &n) ? (int64_t)n : 0;
    } else if (span_eq(key, SPAN("address"))) {
        vec_push(arena, &entry->rcpts)->address = value;
    } else {
        observe_add(&entry->attrs, arena, arena_text(arena, key), value);
    }
}

/* A number, true, false or null. */
static bool json_word(struct cursor *c, span *text)
{
    size_t start = c->pos;
    while (c->pos < c->in.len &&
           (ascii_is_alnum(c->in.at[c->pos]) || strchr("+-.", c->in.at[c->pos]))) {
        c->pos++;
    }
    *text = span_part(c->in, start, c->pos - start);
    return text->len > 0;
}

/* `"key": value`; behind the key of an array its objects follow. */
static bool json_member(struct cursor *c, struct arena *arena, struct spool_entry *entry)
{
    span key;
    span value;
    if (!json_string(c, arena, &key)) {
        return false;
    }
    (void)cursor_skip_blanks(c);
    if (!cursor_take_byte(c, ':')) {
        return false;
    }
    (void)cursor_skip_blanks(c);
    if (cursor_peek(c) == '[') {
        return true;
    }
    if (!json_string(c, arena, &value) && !json_word(c, &value)) {
        return false;
    }
    queue_member(arena, entry, key, value);
    return true;
}

/* { "key": value, ... }, and objects of the same kind in an array among the values. Whom a member tells
   of is said by its key, so that brackets are counted and nothing more. */
static bool json_object(struct cursor *c, struct arena *arena, struct spool_entry *entry)
{
    size_t open = 0;
    do {
        (void)cursor_skip_blanks(c);
        if (cursor_take_byte(c, '{') || cursor_take_byte(c, '[')) {
            open++;
        } else if (cursor_take_byte(c, '}') || cursor_take_byte(c, ']')) {
            open--;
        } else if (!cursor_take_byte(c, ',') && !json_member(c, arena, entry)) {
            return false;
        }
    } while (open > 0);
    return true;
}

err postfix_queue_line_read(span line, struct arena *arena, struct spool_entry *entry)
{
    struct cursor c = cursor_of(line);
    if (cursor_peek(&c) != '{' || !json_object(&c, arena, entry)) {
        return err_syntax(c.pos,
                          "a line of postqueue -j is not the object that postqueue(1) describes");
    }
    (void)cursor_skip_blanks(&c);
    if (!cursor_at_end(&c) || !entry->id) {
        return err_syntax(c.pos, "a line of postqueue -j has no queue_id, or text behind it");
    }
    return OK;
}

err read_postfix_queue(const struct source *source, struct observation *seen)
{
    span output;
    span line;
    TRY(source->run(source->context, source->place, source->arena, &output));
    while (span_line(&output, &line)) {
        struct spool_entry entry = {0};
        if (line.len == 0) {
            continue;
        }
        TRY(postfix_queue_line_read(line, source->arena, &entry));
        if (!observe_is_old(source, span_text(entry.id))) {
            *vec_push(source->arena, &seen->spool) = entry;
        }
    }
    return OK;
}

/* ---- postcat -q ---- */

/* The parameter as it stands on the wire (RFC 3461 4): Postfix keeps it decoded. */
static span as_xtext(span text, struct arena *arena)
{
    struct buf out;
    buf_init(&out, 3 * text.len + 1);
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = text.at[i];
        if (c <= ' ' || c > '~' || c == '+' || c == '=') {
            buf_printf(&out, "+%02X", (unsigned)c);
        } else {
            buf_put_byte(&out, c);
        }
    }
    return buf_settle(&out, arena);
}

/* What a recipient has stands in front of it; it is kept with the next one until that has its address. */
static void recipient_record(span name, span value, struct arena *arena, struct spool_rcpt *next)
{
    if (span_eq(name, SPAN("notify_flags"))) {
        uint64_t bits = 0;
        (void)span_to_u64(value, &bits);
        observe_add(&next->params, arena, "NOTIFY", observe_notify(bits, arena));
    } else if (span_eq(name, SPAN("dsn_orig_rcpt")) && value.len) {
        observe_add(&next->params, arena, "ORCPT", as_xtext(value, arena));
    }
}

static void envelope_record(span name, span value, struct arena *arena, struct spool_entry *entry,
                            struct spool_rcpt *next)
{
    if (span_eq(name, SPAN("sender"))) {
        entry->sender = span_text(arena_printf(arena, "<%.*s>", SPAN_FMT(value)));
    } else if (span_eq(name, SPAN("recipient"))) {
        next->address = value;
        *vec_push(arena, &entry->rcpts) = *next;
        *next = (struct spool_rcpt){.address = SPAN_EMPTY};
    } else if (span_eq(name, SPAN("done_recipient"))) {
        *vec_push(arena, &entry->done) = value;
        *next = (struct spool_rcpt){.address = SPAN_EMPTY};
    } else if (span_eq(name, SPAN("named_attribute"))) {
        span key;
        span text;
        (void)span_split(value, '=', &key, &text);
        recipient_record(key, text, arena, next);
        observe_add(&entry->attrs, arena, arena_text(arena, key), text);
    } else if (name.len) {
        observe_add(&entry->attrs, arena, arena_text(arena, name), value);
    }
}

err postfix_postcat_read(span output, struct arena *arena, struct spool_entry *entry)
{
    struct buf message;
    struct spool_rcpt next = {.address = SPAN_EMPTY};
    span line;
    bool in_message = false;
    bool ended = false;
    entry->rcpts.count = 0;
    buf_init(&message, output.len + 1);
    while (span_line(&output, &line)) {
        if (span_starts(line, SPAN("*** ")) && span_ends(line, SPAN(" ***"))) {
            in_message = span_starts(line, SPAN("*** MESSAGE CONTENTS"));
            ended = ended || span_starts(line, SPAN("*** MESSAGE FILE END"));
        } else if (in_message) {
            buf_put(&message, line);
            buf_put_byte(&message, '\n');
        } else {
            size_t colon = span_find_byte(line, ':');
            envelope_record(span_first(line, colon == SPAN_NONE ? 0 : colon),
                            colon == SPAN_NONE ? line : span_trim(span_from(line, colon + 1)),
                            arena, entry, &next);
        }
    }
    struct message_parts parts = {0};
    observe_message_split(buf_settle(&message, arena), arena, &parts);
    entry->headers = parts.headers;
    entry->body = parts.body;
    return ended ? OK : err_of(ERR_SYNTAX, "postcat's output has no MESSAGE FILE END");
}

err read_postfix_postcat(const struct source *source, struct observation *seen)
{
    span place = span_text(source->place);
    size_t at = span_find(place, SPAN("%i"));
    if (at == SPAN_NONE) {
        return err_of(ERR_SYNTAX,
                      "the command of `spool postfix-postcat` has no %i (the queue id)");
    }
    for (size_t i = 0; i < seen->spool.count; i++) {
        struct spool_entry *entry = &seen->spool.at[i];
        span output;
        const char *command = arena_printf(source->arena, "%.*s%s%s", (int)at, source->place,
                                           entry->id, source->place + at + 2);
        err e = source->run(source->context, command, source->arena, &output);
        if (failed(e)) {
            continue; /* delivered meanwhile; what the queue said of it stays */
        }
        TRY(err_in(postfix_postcat_read(output, source->arena, entry), source->arena, "%s",
                   entry->id));
    }
    return OK;
}
