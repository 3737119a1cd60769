/* Exim's spool form, read by the judge's own rules: plainer and stricter than any MTA's reader. An
   MTA must cope with a damaged file; the judge must say what is wrong with it, so everything that
   the form does not allow is ERR_SYNTAX with the line number. Both id lengths, tainted and plain
   `-` lines, and all shapes of recipient lines are read. */
#include "harness/observe/formats.h"

#include "base/file.h"

#include <stdlib.h>

#define MOST_RECIPIENTS 16384
#define ID_OLD 16
#define ID_NEW 23

struct reader {
    struct cursor c;
    unsigned line;
    struct arena *arena;
    struct spool_entry *entry;
};

static err wrong(const struct reader *r, const char *what)
{
    return err_syntax(r->c.pos, arena_printf(r->arena, "line %u: %s", r->line, what));
}

/* The next line without its LF; every line of the form has one. */
static err next_line(struct reader *r, span *line)
{
    r->line++;
    if (!cursor_take_until(&r->c, '\n', line)) {
        return wrong(r, "the file ends inside a line");
    }
    (void)cursor_take_byte(&r->c, '\n');
    if (span_find_byte(*line, '\0') != SPAN_NONE) {
        return wrong(r, "a NUL octet");
    }
    return OK;
}

bool observe_is_exim_id(span text)
{
    size_t second = text.len == ID_OLD ? 13 : 18;
    bool fits = text.len == ID_OLD || text.len == ID_NEW;
    for (size_t i = 0; i < text.len && fits; i++) {
        bool dash = i == 6 || i == second;
        fits = dash ? text.at[i] == '-' : ascii_is_alnum(text.at[i]);
    }
    return fits;
}

static bool to_i64(span text, int64_t *value)
{
    bool minus = text.len && text.at[0] == '-';
    uint64_t n;
    if (!span_to_u64(minus ? span_from(text, 1) : text, &n) || n > INT64_MAX) {
        return false;
    }
    *value = minus ? -(int64_t)n : (int64_t)n;
    return true;
}

/* Cuts the last blank-separated word off. */
static bool split_last(span *text, span *last)
{
    size_t at = span_find_last_byte(*text, ' ');
    if (at == SPAN_NONE) {
        return false;
    }
    *last = span_from(*text, at + 1);
    *text = span_first(*text, at);
    return true;
}

static err read_head(struct reader *r)
{
    span line;
    TRY(next_line(r, &line));
    if (!span_ends(line, SPAN("-H")) || !observe_is_exim_id(span_first(line, line.len - 2))) {
        return wrong(r, "not `<message id>-H`");
    }
    r->entry->id = arena_text(r->arena, span_first(line, line.len - 2));

    TRY(next_line(r, &line));
    span login = line;
    span gid;
    span uid;
    int64_t n;
    if (!split_last(&login, &gid) || !split_last(&login, &uid) || !to_i64(gid, &n) ||
        !to_i64(uid, &n) || login.len == 0) {
        return wrong(r, "not `<login> <uid> <gid>`");
    }

    TRY(next_line(r, &line));
    if (line.len < 2 || line.at[0] != '<' || line.at[line.len - 1] != '>') {
        return wrong(r, "the sender is not in angle brackets");
    }
    r->entry->sender = line;

    TRY(next_line(r, &line));
    span arrived;
    span warnings;
    uint64_t count;
    if (!span_split(line, ' ', &arrived, &warnings) || !to_i64(arrived, &r->entry->arrived) ||
        !span_to_u64(warnings, &count)) {
        return wrong(r, "not `<time of arrival> <number of warnings>`");
    }
    return OK;
}

/* `-aclm NAME LENGTH`, then that many octets and a LF: the value may hold line ends. */
static err read_acl_variable(struct reader *r, span kind, span rest)
{
    span name = rest;
    span length;
    uint64_t octets;
    span value;
    if (!split_last(&name, &length) || name.len == 0 || !span_to_u64(length, &octets)) {
        return wrong(r, "an ACL variable without name and length");
    }
    if (octets > cursor_left(&r->c) || !cursor_take_count(&r->c, (size_t)octets, &value) ||
        !cursor_take_byte(&r->c, '\n')) {
        return wrong(r, "an ACL variable's length is wrong");
    }
    for (size_t i = 0; i < value.len; i++) {
        r->line += value.at[i] == '\n';
    }
    r->line++;
    observe_add(&r->entry->attrs, r->arena,
                arena_printf(r->arena, "%.*s %.*s", SPAN_FMT(kind), SPAN_FMT(name)), value);
    return OK;
}

/* "-name value", "--name value" (tainted), "--(lookup)name value" (tainted and quoted for it). */
static err read_attr(struct reader *r, span line)
{
    span text = span_from(line, 1);
    if (text.len && text.at[0] == '-') {
        text = span_from(text, 1);
        if (text.len && text.at[0] == '(') {
            size_t close = span_find_byte(text, ')');
            if (close == SPAN_NONE) {
                return wrong(r, "`--(` without `)`");
            }
            text = span_from(text, close + 1);
        }
    }
    span name;
    span value;
    (void)span_split(text, ' ', &name, &value);
    if (name.len == 0) {
        return wrong(r, "a `-` line without a name");
    }
    if (span_eq(name, SPAN("aclc")) || span_eq(name, SPAN("aclm"))) {
        return read_acl_variable(r, name, value);
    }
    for (size_t i = 0; i < r->entry->attrs.count; i++) {
        if (span_eq(name, span_text(r->entry->attrs.at[i].name))) {
            return wrong(r, "a `-` line stands twice");
        }
    }
    observe_add(&r->entry->attrs, r->arena, arena_text(r->arena, name), value);
    return OK;
}

/* The tree of finished recipients in pre-order, each node saying which children follow. Read with a
   counter of owed nodes in place of recursion: depth in the file costs no stack. */
static err read_tree(struct reader *r, span line)
{
    if (span_eq(line, SPAN("XX"))) {
        return OK;
    }
    size_t owed = 1;
    for (;;) {
        if (line.len < 4 || line.at[2] != ' ' || (line.at[0] != 'Y' && line.at[0] != 'N') ||
            (line.at[1] != 'Y' && line.at[1] != 'N')) {
            return wrong(r, "not a node of the non-recipients tree");
        }
        *vec_push(r->arena, &r->entry->done) = span_from(line, 3);
        owed += (size_t)(line.at[0] == 'Y') + (size_t)(line.at[1] == 'Y') - 1;
        if (owed == 0) {
            return OK;
        }
        TRY(next_line(r, &line));
    }
}

static void add_param(struct reader *r, struct spool_rcpt *rcpt, const char *name, span value)
{
    if (value.len) {
        observe_add(&rcpt->params, r->arena, name, value);
    }
}

/* A part `TEXT LENGTH,NUMBER` at the end of *line, TEXT being LENGTH octets behind a blank. */
static bool take_counted(span *line, span *text, int64_t *number)
{
    span last;
    span length;
    span rest;
    uint64_t octets;
    if (!split_last(line, &last) || !span_split(last, ',', &length, &rest) ||
        !span_to_u64(length, &octets) || !to_i64(rest, number) || octets + 1 > line->len) {
        return false;
    }
    size_t start = line->len - (size_t)octets;
    if (line->at[start - 1] != ' ') {
        return false;
    }
    *text = span_from(*line, start);
    *line = span_first(*line, start - 1);
    return true;
}

/* `N`, `-1` or `N,N,N` */
static bool is_numbers(span text)
{
    span number;
    uint64_t n;
    size_t count = 0;
    if (span_eq(text, SPAN("-1"))) {
        return true;
    }
    for (bool more = true; more; count++) {
        more = span_split(text, ',', &number, &text);
        if (!span_to_u64(number, &n)) {
            return false;
        }
    }
    return count == 1 || count == 3;
}

/* `addr orcpt len,flags errors_to len,parent#3`, read from the right: bit 1 of the last number says
   that errors_to and parent are there, bit 2 ORCPT and flags. Early Exim 4 wrote `addr N`, Exim 3
   `addr N,N,N`. */
static err read_recipient(struct reader *r, span line)
{
    struct spool_rcpt rcpt = {.address = line};
    size_t hash = span_find_last_byte(line, '#');
    uint64_t form;
    if (hash != SPAN_NONE && span_to_u64(span_from(line, hash + 1), &form) &&
        span_find_byte(line, ' ') != SPAN_NONE) {
        span rest = span_first(line, hash);
        span text;
        int64_t number;
        if (form == 0 || form > 3) {
            return wrong(r, "a recipient of an unknown form");
        }
        if (form & 1) {
            if (!take_counted(&rest, &text, &number)) {
                return wrong(r, "a recipient's errors_to part is wrong");
            }
            add_param(r, &rcpt, "ERRORS-TO", text);
        }
        if (form & 2) {
            if (!take_counted(&rest, &text, &number) || number < 0) {
                return wrong(r, "a recipient's ORCPT part is wrong");
            }
            add_param(r, &rcpt, "ORCPT", text);
            add_param(r, &rcpt, "NOTIFY", observe_notify((uint64_t)number >> 1, r->arena));
        }
        rcpt.address = rest;
    } else {
        /* A quoted local part may hold blanks: only numbers behind the last one are an old form. */
        span head = line;
        span tail;
        if (split_last(&head, &tail)) {
            size_t quote = span_find_last_byte(line, '"');
            bool inside = line.at[0] == '"' && quote != SPAN_NONE && quote > head.len;
            if (!is_numbers(tail) && !inside) {
                return wrong(r, "text behind a recipient");
            }
            rcpt.address = is_numbers(tail) ? head : line;
        }
    }
    if (rcpt.address.len == 0) {
        return wrong(r, "an empty recipient");
    }
    *vec_push(r->arena, &r->entry->rcpts) = rcpt;
    return OK;
}

static err read_recipients(struct reader *r)
{
    span line;
    uint64_t count;
    TRY(next_line(r, &line));
    if (!span_to_u64(line, &count) || count > MOST_RECIPIENTS) {
        return wrong(r, "not a number of recipients");
    }
    for (uint64_t i = 0; i < count; i++) {
        TRY(next_line(r, &line));
        TRY(read_recipient(r, line));
    }
    TRY(next_line(r, &line));
    if (line.len != 0) {
        return wrong(r, "no empty line behind the recipients");
    }
    return OK;
}

static bool is_header_type(unsigned char c)
{
    return c != '\0' && strchr(" BCFIPRST*", c) != NULL;
}

/* `NNNt text`: at least three digits that count every octet of text, its LF included. */
static err read_header(struct reader *r)
{
    r->line++;
    size_t start = r->c.pos;
    uint64_t length;
    unsigned char type;
    span text;
    if (!cursor_take_u64(&r->c, &length) || r->c.pos - start < 3 ||
        !cursor_take_any(&r->c, &type) || !is_header_type(type) || !cursor_take_byte(&r->c, ' ')) {
        return wrong(r, "not `<length><type> <header>`");
    }
    if (length < 2 || length > cursor_left(&r->c) ||
        !cursor_take_count(&r->c, (size_t)length, &text) || text.at[text.len - 1] != '\n') {
        return wrong(r, "a header's length is wrong");
    }
    for (size_t i = 0; i + 1 < text.len; i++) {
        if (text.at[i] == '\n') {
            r->line++;
            if (!ascii_is_blank(text.at[i + 1])) {
                return wrong(r, "a header's length is wrong: a line inside it is no continuation");
            }
        }
    }
    if (type == '*') {
        return OK;
    }
    size_t colon = span_find_byte(text, ':');
    if (colon == SPAN_NONE || colon == 0) {
        return wrong(r, "a header without a colon");
    }
    span value = span_part(text, colon + 1, text.len - colon - 2);
    if (value.len && ascii_is_blank(value.at[0])) {
        value = span_from(value, 1);
    }
    observe_add(&r->entry->headers, r->arena, arena_text(r->arena, span_trim(span_first(text, colon))),
                value);
    return OK;
}

static const struct named_text *attr(const struct spool_entry *entry, const char *name)
{
    for (size_t i = 0; i < entry->attrs.count; i++) {
        if (strcmp(entry->attrs.at[i].name, name) == 0) {
            return &entry->attrs.at[i];
        }
    }
    return NULL;
}

/* A message that was never tried carries -deliver_firsttime. */
static const char *state_of(const struct spool_entry *entry)
{
    if (attr(entry, "frozen")) {
        return "frozen";
    }
    return attr(entry, "deliver_firsttime") ? "active" : "deferred";
}

static err read_data(struct spool_entry *entry, span data, struct arena *arena)
{
    span line;
    span rest = data;
    span want = span_text(arena_printf(arena, "%s-D", entry->id));
    if (!span_split(rest, '\n', &line, &rest) || !span_eq(line, want)) {
        return err_syntax(0,
                          arena_printf(arena, "the -D file does not begin with %s-D", entry->id));
    }
    if (attr(entry, "spool_file_wireformat")) {
        struct message_parts parts = {0};
        /* An empty header: the split gives the body with LF line ends. */
        unsigned char *copy = arena_take(arena, rest.len + 1);
        copy[0] = '\n';
        memcpy(copy + 1, rest.at, rest.len);
        observe_message_split(span_of(copy, rest.len + 1), arena, &parts);
        rest = parts.body;
    }
    entry->body = rest;
    return OK;
}

err exim_spool_read(span header_file, span data_file, struct arena *arena,
                    struct spool_entry *entry)
{
    struct reader r = {.c = cursor_of(header_file), .arena = arena, .entry = entry};
    entry->raw_header = header_file;
    entry->raw_data = data_file;
    TRY(read_head(&r));
    span line;
    for (;;) {
        TRY(next_line(&r, &line));
        if (line.len == 0 || line.at[0] != '-') {
            break;
        }
        TRY(read_attr(&r, line));
    }
    TRY(read_tree(&r, line));
    TRY(read_recipients(&r));
    while (!cursor_at_end(&r.c)) {
        TRY(read_header(&r));
    }
    entry->state = state_of(entry);
    return read_data(entry, data_file, arena);
}

/* ---- a spool folder ---- */

static err read_pair(const struct source *source, const char *folder, const char *header_name,
                     struct observation *seen)
{
    struct arena *arena = source->arena;
    const char *path = path_join(arena, folder, header_name);
    span stem = span_first(span_text(header_name), strlen(header_name) - 2);
    const char *data_path = path_join(arena, folder, arena_printf(arena, "%.*s-D", SPAN_FMT(stem)));
    span header;
    span data;
    bool there;
    TRY(observe_file(path, arena, &header, &there));
    if (there) {
        TRY(observe_file(data_path, arena, &data, &there));
    }
    if (!there) {
        return OK;
    }
    struct spool_entry entry = {0};
    TRY(err_in(exim_spool_read(header, data, arena, &entry), arena, "%s", path));
    if (!span_eq(span_text(entry.id), stem)) {
        return err_syntax(
            0, arena_printf(arena, "%s: line 1 names another message, %s", path, entry.id));
    }
    *vec_push(arena, &seen->spool) = entry;
    return OK;
}

/* input/ID-H, or with split_spool_directory input/X/ID-H. */
static err read_input(const struct source *source, const char *folder, bool split,
                      struct observation *seen)
{
    struct dir_list names;
    if (!path_is_dir(folder)) {
        return OK;
    }
    TRY(dir_list(folder, source->arena, &names));
    for (size_t i = 0; i < names.count; i++) {
        span name = span_text(names.names[i]);
        const char *path = path_join(source->arena, folder, names.names[i]);
        if (span_ends(name, SPAN("-H")) && observe_is_exim_id(span_first(name, name.len - 2))) {
            if (observe_is_old(source, span_first(name, name.len - 2))) {
                continue;
            }
            TRY(read_pair(source, folder, names.names[i], seen));
        } else if (split && name.len == 1 && path_is_dir(path)) {
            TRY(read_input(source, path, false, seen));
        }
    }
    return OK;
}

err read_exim_spool(const struct source *source, struct observation *seen)
{
    return read_input(source, path_join(source->arena, source->place, "input"), true, seen);
}
