/* sendmail as it shows itself: its log, `mailq`, and the qf and df files of its queue, whose form the
   Installation and Operation Guide tells (appendix B). */
#include "harness/observe/formats.h"

#include "base/file.h"

#define ID_LENGTH 14

static bool is_id(span word)
{
    for (size_t i = 0; i < word.len; i++) {
        if (!ascii_is_alnum(word.at[i])) {
            return false;
        }
    }
    /* eight letters of time and number, and five digits or more of the process */
    return word.len >= ID_LENGTH - 1;
}

/* ---- log: `DATE sendmail[PID]: ID: key=value, key=value` ---- */

static bool begins_field(span text)
{
    size_t equals = span_find_byte(text, '=');
    if (equals == SPAN_NONE || equals == 0) {
        return false;
    }
    for (size_t i = 0; i < equals; i++) {
        if (!ascii_is_alnum(text.at[i]) && text.at[i] != '_') {
            return false;
        }
    }
    return true;
}

/* A value goes on to the next `, key=`: replies and addresses have commas of their own. */
static span take_value(span *rest)
{
    size_t end = 0;
    for (;;) {
        size_t comma = span_find(span_from(*rest, end), SPAN(", "));
        if (comma == SPAN_NONE) {
            span all = *rest;
            *rest = SPAN_EMPTY;
            return all;
        }
        end += comma;
        if (begins_field(span_from(*rest, end + 2))) {
            span value = span_first(*rest, end);
            *rest = span_from(*rest, end + 2);
            return value;
        }
        end += 2;
    }
}

void sendmail_log_read(span line, struct arena *arena, struct log_line *out)
{
    span word;
    span rest;
    size_t program = span_find(line, SPAN("sendmail["));
    size_t colon = span_find(line, SPAN("]: "));
    *out = (struct log_line){.line = line};
    if (program == SPAN_NONE || colon == SPAN_NONE || colon < program) {
        return;
    }
    rest = span_from(line, colon + 3);
    if (span_split(rest, ':', &word, &rest) && is_id(word)) {
        out->id = arena_text(arena, word);
        rest = span_trim(rest);
    } else {
        rest = span_from(line, colon + 3);
    }
    while (begins_field(rest)) {
        size_t equals = span_find_byte(rest, '=');
        const char *key = arena_text(arena, span_first(rest, equals));
        rest = span_from(rest, equals + 1);
        out->flag = out->flag ? out->flag : key;
        observe_add(&out->fields, arena, key, take_value(&rest));
    }
    if (rest.len) {
        observe_add(&out->fields, arena, "text", rest);
    }
}

/* ---- mailq ---- */

static span without_angles(span address)
{
    bool path = address.len >= 2 && address.at[0] == '<' && address.at[address.len - 1] == '>';
    return path ? span_part(address, 1, address.len - 2) : address;
}

/* `ID* SIZE DATE SENDER`: behind the id a star where somebody is at work on it. */
static bool take_message(span line, struct arena *arena, struct spool_entry *entry)
{
    span id;
    span rest;
    if (line.len == 0 || ascii_is_blank(line.at[0]) || !span_split(line, ' ', &id, &rest)) {
        return false;
    }
    bool busy = span_ends(id, SPAN("*"));
    while (id.len && !ascii_is_alnum(id.at[id.len - 1])) {
        id = span_first(id, id.len - 1);
    }
    size_t sender = span_find_byte(rest, '<');
    if (!is_id(id) || sender == SPAN_NONE) {
        return false;
    }
    *entry = (struct spool_entry){.id = arena_text(arena, id),
                                  .sender = span_trim(span_from(rest, sender)),
                                  .state = busy ? "active" : NULL};
    return true;
}

err sendmail_mailq_read(span output, struct arena *arena, struct observation *seen)
{
    struct spool_entry entry;
    struct spool_entry *last = NULL;
    span line;
    bool whole = false;
    while (span_line(&output, &line)) {
        span text = span_trim(line);
        if (take_message(line, arena, &entry)) {
            last = vec_push(arena, &seen->spool);
            *last = entry;
        } else if (last && span_starts(text, SPAN("("))) {
            last->state = last->state ? last->state : "deferred";
        } else if (last && span_starts(text, SPAN("QUARANTINE"))) {
            last->state = "frozen";
        } else if (last && span_starts(text, SPAN("<"))) {
            vec_push(arena, &last->rcpts)->address = without_angles(text);
        }
        whole = whole || span_starts(text, SPAN("Total requests:")) || span_has(text, SPAN("is empty"));
    }
    for (size_t i = 0; i < seen->spool.count; i++) {
        seen->spool.at[i].state = seen->spool.at[i].state ? seen->spool.at[i].state : "active";
    }
    return whole ? OK : err_of(ERR_SYNTAX, "mailq's output has no total at its end");
}

err read_sendmail_mailq(const struct source *source, struct observation *seen)
{
    span output;
    struct observation queue = {0};
    TRY(source->run(source->context, source->place, source->arena, &output));
    TRY(sendmail_mailq_read(output, source->arena, &queue));
    for (size_t i = 0; i < queue.spool.count; i++) {
        if (!observe_is_old(source, span_text(queue.spool.at[i].id))) {
            *observe_entry_of(seen, queue.spool.at[i].id, source->arena) = queue.spool.at[i];
        }
    }
    return OK;
}

/* ---- qf and df ---- */

/* What stands in front of the next R line and belongs to it. */
struct qf_reading {
    struct arena *arena;
    struct spool_entry *entry;
    span orcpt;
    bool tried, ended;
};

/* `RPNSF:<u@dest.test>`: N where the client said NOTIFY, then S, F and D of what it said. */
static err take_recipient(struct qf_reading *r, span value)
{
    static const struct {
        unsigned char flag;
        uint64_t bit;
    } words[] = {{'S', NOTIFY_SUCCESS}, {'F', NOTIFY_FAILURE}, {'D', NOTIFY_DELAY}};
    span flags;
    span address;
    uint64_t notify = 0;
    if (!span_split(value, ':', &flags, &address)) {
        return err_of(ERR_SYNTAX, "a recipient without flags");
    }
    struct spool_rcpt rcpt = {.address = without_angles(address)};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        notify |= span_find_byte(flags, words[i].flag) != SPAN_NONE ? words[i].bit : 0;
    }
    if (r->orcpt.len) {
        observe_add(&rcpt.params, r->arena, "ORCPT", r->orcpt);
    }
    if (span_find_byte(flags, 'N') != SPAN_NONE) {
        observe_add(&rcpt.params, r->arena, "NOTIFY",
                    observe_notify(notify ? notify : NOTIFY_NEVER, r->arena));
    }
    *vec_push(r->arena, &r->entry->rcpts) = rcpt;
    r->orcpt = SPAN_EMPTY;
    return OK;
}

/* `H?COND?Name: value` with continuation lines. One with a condition is a proposal for mailers that want it,
   and no field of the message yet. */
static err take_header(struct qf_reading *r, span field)
{
    if (!span_starts(field, SPAN("?"))) {
        return err_of(ERR_SYNTAX, "a header line without its condition");
    }
    span condition;
    (void)span_split(span_from(field, 1), '?', &condition, &field);
    size_t colon = span_find_byte(field, ':');
    if (colon == SPAN_NONE) {
        return err_of(ERR_SYNTAX, "a header line without a colon");
    }
    span value = span_from(field, colon + 1);
    if (value.len && ascii_is_blank(value.at[0])) {
        value = span_from(value, 1);
    }
    if (condition.len == 0) {
        observe_add(&r->entry->headers, r->arena, arena_text(r->arena, span_first(field, colon)), value);
    }
    return OK;
}

static err take_line(struct qf_reading *r, span line)
{
    span value = span_from(line, 1);
    uint64_t number;
    span name;
    switch (line.at[0]) {
    case 'S':
        r->entry->sender =
            span_text(arena_printf(r->arena, "<%.*s>", SPAN_FMT(without_angles(value))));
        return OK;
    case 'R':
        return take_recipient(r, value);
    case 'Q':
        r->orcpt = value;
        return OK;
    case 'r': /* for reports: RFC822; and the address again */
        return OK;
    case 'H':
        return take_header(r, value);
    case 'T':
        r->entry->arrived = span_to_u64(value, &number) ? (int64_t)number : 0;
        return OK;
    case 'N':
        r->tried = !span_eq(value, SPAN("0"));
        return OK;
    case 'q':
        r->entry->state = "frozen";
        return OK;
    default:
        break;
    }
    /* `$rESMTP`, `${if_addr}192.0.2.1`: macros; all else is one letter and its value */
    name = span_first(line, 1);
    if (line.at[0] == '$' && span_starts(value, SPAN("{"))) {
        (void)span_split(span_from(value, 1), '}', &name, &value);
    } else if (line.at[0] == '$') {
        name = span_first(line, value.len ? 2 : 1);
        value = span_from(value, 1);
    }
    observe_add(&r->entry->attrs, r->arena, arena_text(r->arena, name), value);
    return OK;
}

/* The next line with its continuation lines; false at the end. */
static bool take_folded(span *text, span *line)
{
    size_t end = 0;
    if (text->len == 0) {
        return false;
    }
    for (;;) {
        size_t newline = span_find_byte(span_from(*text, end), '\n');
        size_t stop = newline == SPAN_NONE ? text->len : end + newline;
        end = stop + 1;
        if (end >= text->len || !ascii_is_blank(text->at[end])) {
            *line = span_first(*text, stop);
            *text = span_from(*text, end);
            return true;
        }
    }
}

err sendmail_qf_read(span control, span data, struct arena *arena, struct spool_entry *entry)
{
    struct qf_reading r = {.arena = arena, .entry = entry};
    span rest = control;
    span line;
    unsigned number = 0;
    while (!r.ended && take_folded(&rest, &line)) {
        number++;
        r.ended = span_eq(line, SPAN("."));
        if (!r.ended && line.len) {
            TRY(err_in(take_line(&r, line), arena, "entry %u", number));
        }
    }
    if (!r.ended || entry->sender.len == 0) {
        return err_of(ERR_SYNTAX, r.ended ? "a qf file without a sender"
                                          : "a qf file without the dot at its end");
    }
    entry->state = entry->state ? entry->state : r.tried ? "deferred" : "active";
    entry->raw_header = control;
    entry->raw_data = data;
    entry->body = data;
    return OK;
}

static err read_pair(const struct source *source, const char *name, struct observation *seen)
{
    struct arena *arena = source->arena;
    struct spool_entry entry = {.id = name + 2};
    const char *path = path_join(arena, source->place, name);
    const char *body = path_join(arena, source->place, arena_printf(arena, "df%s", entry.id));
    span control;
    span data;
    bool there;
    TRY(observe_file(path, arena, &control, &there));
    (void)failed(observe_file(body, arena, &data, &there));
    /* It is written in place: without its dot it is not a message yet. */
    if (!span_ends(control, SPAN("\n.\n"))) {
        return OK;
    }
    TRY(err_in(sendmail_qf_read(control, data, arena, &entry), arena, "%s", path));
    *observe_entry_of(seen, entry.id, arena) = entry;
    return OK;
}

err read_sendmail_spool(const struct source *source, struct observation *seen)
{
    struct dir_list names;
    if (!path_is_dir(source->place)) {
        return OK;
    }
    TRY(dir_list(source->place, source->arena, &names));
    for (size_t i = 0; i < names.count; i++) {
        span name = span_text(names.names[i]);
        if ((span_starts(name, SPAN("qf")) || span_starts(name, SPAN("hf"))) &&
            !observe_is_old(source, span_from(name, 2))) {
            TRY(read_pair(source, names.names[i], seen));
        }
    }
    return OK;
}
