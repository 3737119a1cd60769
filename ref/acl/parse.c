/* Lines to statements. A verb begins one; conditions and modifiers stand behind it and below it. The
   sentences are Exim's 4.96 where Exim finds the same at load; what Exim finds when a client is
   waiting (names of controls, verify items and ACLs, expansions, times) is found here. */
#include "ref/acl/item.h"

#include "base/cursor.h"
#include "base/rows.h"

#include <stdarg.h>

const struct acl_verb acl_verbs[] = {
    /*           endpass  ends: yes   no     when yes      when no */
    {"accept",   true,          true, false, ACL_ACCEPTS,  ACL_DENIES},
    {"defer",    false,         true, false, ACL_DEFERS,   ACL_DEFERS},
    {"deny",     false,         true, false, ACL_DENIES,   ACL_DENIES},
    {"discard",  true,          true, false, ACL_DISCARDS, ACL_DENIES},
    {"drop",     false,         true, false, ACL_DROPS,    ACL_DENIES},
    {"require",  false,         false, true, ACL_ACCEPTS,  ACL_DENIES},
    {"warn",     false,         false, false, ACL_ACCEPTS, ACL_ACCEPTS},
};
const size_t acl_verb_count = sizeof acl_verbs / sizeof *acl_verbs;
const struct acl_verb *const acl_verb_warn = &acl_verbs[sizeof acl_verbs / sizeof *acl_verbs - 1];

const struct acl_item_row *acl_item_find(span name)
{
    const struct acl_item_row *row =
        rows_find(acl_condition_rows, acl_condition_count, sizeof *acl_condition_rows, name);
    return row ? row : rows_find(acl_modifier_rows, acl_modifier_count, sizeof *acl_modifier_rows,
                                 name);
}

static span name_take(struct cursor *c)
{
    span name = SPAN_EMPTY;
    if (ascii_is_alpha((unsigned char)cursor_peek(c))) {
        (void)cursor_take_while(c, ascii_is_word, &name);
    }
    return name;
}

err acl_error(const struct acl_reader *reader, struct conf_where where, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *text = arena_vprintf(reader->texts, format, args);
    va_end(args);
    return reader->running ? err_syntax(0, text)
                           : conf_error(where, reader->texts, "error in ACL: %s", text);
}

#define WRONG(reader, line, ...) acl_error((reader), (line)->where, __VA_ARGS__)

/* "set acl_m_x": the part behind "acl_". */
static err variable_take(struct acl_reader *reader, const struct acl_line *line, struct cursor *c,
                         struct acl_item *item)
{
    size_t from = c->pos;
    span name = SPAN_EMPTY;
    span all = cursor_rest(c);
    if (cursor_take_literal(c, SPAN("dkim_verify_status")) ||
        cursor_take_literal(c, SPAN("dkim_verify_reason"))) {
        item->variable = span_part(c->in, from, c->pos - from);
        return OK;
    }
    if (!cursor_take_literal(c, SPAN("acl_c")) && !cursor_take_literal(c, SPAN("acl_m"))) {
        return WRONG(reader, line, "invalid variable name after \"set\" in ACL modifier \"set %.*s\""
                     " (must start \"acl_c\" or \"acl_m\")", SPAN_FMT(all));
    }
    if (!ascii_is_digit((unsigned char)cursor_peek(c)) && cursor_peek(c) != '_') {
        return WRONG(reader, line, "invalid variable name after \"set\" in ACL modifier \"set %.*s\""
                     " (digit or underscore must follow acl_c or acl_m)", SPAN_FMT(all));
    }
    (void)cursor_take_while(c, ascii_is_word, &name);
    int next = cursor_peek(c);
    if (next >= 0 && next != '=' && !ascii_is_blank((unsigned char)next)) {
        return WRONG(reader, line, "invalid character \"%c\" in variable name in ACL modifier "
                     "\"set %.*s\"", next, SPAN_FMT(all));
    }
    item->variable = span_part(c->in, from + 4, c->pos - from - 4);
    return OK;
}

static err value_read(struct acl_reader *reader, const struct acl_line *line, struct cursor *c,
                      struct acl_item *item)
{
    const char *what = (item->row->flags & ITEM_MODIFIER) != 0 ? "modifier" : "condition";
    (void)cursor_skip_blanks(c);
    if (!cursor_take_byte(c, '=')) {
        return WRONG(reader, line, "\"=\" missing after ACL \"%s\" %s", item->row->name, what);
    }
    span text = span_trim(cursor_rest(c));
    err e = template_read(text, reader->arena, &item->value);
    if (failed(e)) {
        return WRONG(reader, line, "failed to expand ACL string \"%.*s\": %s", SPAN_FMT(text),
                     e.what);
    }
    span literal;
    if (item->row->check != NULL && template_is_literal(item->value, &literal)) {
        e = item->row->check(reader, literal);
        if (failed(e)) {
            return WRONG(reader, line, "%s", e.what);
        }
    }
    return item->row->run == acl_nested_run ? acl_call_read(reader, item) : OK;
}

static err item_read(struct acl_reader *reader, const struct acl_line *line, struct cursor *c,
                     struct acl_statement *statement)
{
    struct acl_item item = {.where = line->where};
    item.negated = cursor_take_byte(c, '!');
    (void)cursor_skip_blanks(c);
    span name = name_take(c);
    item.row = acl_item_find(name);
    if (item.row == NULL) {
        return WRONG(reader, line, "unknown ACL condition/modifier in \"%.*s\"",
                     SPAN_FMT(line->text));
    }
    bool modifier = (item.row->flags & ITEM_MODIFIER) != 0;
    if (item.row->stages == 0) {
        return WRONG(reader, line, "ACL %s \"%s\" is not supported by this server",
                     modifier ? "modifier" : "condition", item.row->name);
    }
    if (item.negated && modifier) {
        return WRONG(reader, line, "ACL error: negation is not allowed with \"%s\"",
                     item.row->name);
    }
    if ((item.row->flags & ITEM_ENDPASS) != 0 && !statement->verb->endpass) {
        return WRONG(reader, line, "ACL error: \"%s\" is not allowed with \"%s\"", item.row->name,
                     statement->verb->name);
    }
    (void)cursor_skip_blanks(c);
    if ((item.row->flags & ITEM_VARIABLE) != 0) {
        TRY(variable_take(reader, line, c, &item));
    }
    if ((item.row->flags & ITEM_BARE) == 0) {
        TRY(value_read(reader, line, c, &item));
    } else if (!cursor_at_end(c)) {
        return WRONG(reader, line, "\"%s\" takes no value", item.row->name);
    }
    vec_add(reader->arena, &statement->items, item);
    return OK;
}

err acl_read(struct acl_reader *reader, const struct acl_line *lines, size_t count,
             struct acl *acl)
{
    for (size_t i = 0; i < count; i++) {
        const struct acl_line *line = &lines[i];
        struct cursor c = cursor_of(line->text), behind = c;
        span word = name_take(&behind);
        const struct acl_verb *verb = ROWS_FIND(acl_verbs, word);
        if (verb != NULL) {
            struct acl_statement *s = vec_push(reader->arena, &acl->statements);
            s->verb = verb;
            s->where = line->where;
            c = behind;
            (void)cursor_skip_blanks(&c);
        } else if (acl->statements.count == 0) {
            return WRONG(reader, line, "unknown ACL verb \"%.*s\" in \"%.*s\"", SPAN_FMT(word),
                         SPAN_FMT(line->text));
        }
        if (!cursor_at_end(&c)) {
            TRY(item_read(reader, line, &c, &acl->statements.at[acl->statements.count - 1]));
        }
    }
    return OK;
}

/* --- inline and files --------------------------------------------------------------------------- */

/* A line whose last character is a backslash goes on in the next, without that line's blanks. */
void acl_lines_split(span text, const char *file, struct arena *arena, struct conf_acl *into)
{
    struct buf joined;
    buf_init(&joined, text.len + 1);
    unsigned number = 0, first = 0;
    for (span line, rest = text; span_line(&rest, &line);) {
        number++;
        line = span_trim_space(line);
        if (line.len > 0 && line.at[0] == '#') {
            continue;
        }
        first = joined.len == 0 ? number : first;
        bool goes_on = line.len > 0 && line.at[line.len - 1] == '\\';
        buf_put(&joined, span_first(line, line.len - (goes_on ? 1 : 0)));
        if (!goes_on || rest.len == 0) {
            span whole = span_trim_space(buf_span(&joined));
            if (whole.len > 0) {
                vec_add(arena, &into->lines,
                        ((struct acl_line){arena_copy(arena, whole), {file, first}}));
            }
            buf_clear(&joined);
        }
    }
    buf_wipe(&joined);
}
