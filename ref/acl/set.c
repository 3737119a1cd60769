/* All ACLs of a configuration, and what the acl_* options and `acl =` name: an ACL of the section, a
   file, or a text that is an ACL itself. Literal names are looked up once, when the configuration is
   read; so a misspelled one is found at start and not by the first client. */
#include "ref/acl/item.h"

#include "base/check.h"
#include "base/cursor.h"
#include "base/file.h"

enum { FILE_CEILING = 1 << 20 };

const struct acl_stage_row acl_stages[ACL_STAGE_COUNT] = {
    [ACL_CONNECT] = {"connection", "acl_smtp_connect", false},
    [ACL_HELO] = {"EHLO or HELO", "acl_smtp_helo", false},
    [ACL_AUTH] = {"AUTH", "acl_smtp_auth", false},
    [ACL_STARTTLS] = {"STARTTLS", "acl_smtp_starttls", false},
    [ACL_MAIL] = {"MAIL", "acl_smtp_mail", false},
    [ACL_RCPT] = {"RCPT", "acl_smtp_rcpt", true},
    [ACL_PREDATA] = {"PREDATA", "acl_smtp_predata", false},
    [ACL_DKIM] = {"DKIM", "acl_smtp_dkim", false},
    [ACL_DATA] = {"DATA", "acl_smtp_data", false},
    [ACL_VRFY] = {"VRFY", "acl_smtp_vrfy", true},
    [ACL_EXPN] = {"EXPN", "acl_smtp_expn", true},
    [ACL_QUIT] = {"QUIT", "acl_smtp_quit", false},
    [ACL_NOTQUIT] = {"notquit", "acl_smtp_notquit", false},
    [ACL_NOT_SMTP] = {"non-SMTP", "acl_not_smtp", false},
};

const struct acl *acl_find(const struct acl_set *set, span name)
{
    for (size_t i = 0; i < set->count; i++) {
        if (span_eq(set->at[i].name, name)) {
            return &set->at[i];
        }
    }
    return NULL;
}

static err file_lines(struct acl_reader *reader, span name, struct conf_where where,
                      struct conf_acl *raw)
{
    span text;
    const char *path = arena_text(reader->arena, name);
    err e = file_read_regular(path, FILE_CEILING, reader->arena, &text);
    if (failed(e)) {
        const char *why = e.sys != 0              ? strerror(e.sys)
                          : e.kind == ERR_LIMIT ? "it is larger than 1M"
                                                : "it is no regular file";
        return acl_error(reader, where, "failed to open ACL file \"%s\": %s", path, why);
    }
    acl_lines_split(text, path, reader->arena, raw);
    return OK;
}

err acl_of_text(struct acl_reader *reader, span text, struct conf_where where,
                const struct acl **acl)
{
    struct conf_acl raw = {0};
    text = span_trim_space(text);
    if (text.len > 0 && text.at[0] == '/') {
        TRY(file_lines(reader, text, where, &raw));
    } else {
        *acl = span_find_byte(text, ' ') == SPAN_NONE ? acl_find(reader->set, text) : NULL;
        if (*acl != NULL) {
            return OK;
        }
        acl_lines_split(text, NULL, reader->arena, &raw);
        for (size_t i = 0; i < raw.lines.count; i++) {
            raw.lines.at[i].where = where;
        }
    }
    if (reader->depth >= ACL_NESTED_MOST) { /* a file may name itself */
        return acl_error(reader, where, "ACL nested too deep: possible loop");
    }
    struct acl *made = ARENA_NEW(reader->arena, struct acl);
    reader->depth++;
    TRY(acl_read(reader, raw.lines.at, raw.lines.count, made));
    reader->depth--;
    *acl = made;
    return OK;
}

/* --- nested calls ------------------------------------------------------------------------------ */

/* The next word that ends at a blank outside braces. */
static span word_take(span *rest)
{
    size_t depth = 0, len = 0;
    *rest = span_trim_space(*rest);
    for (; len < rest->len && (depth > 0 || !ascii_is_blank(rest->at[len])); len++) {
        if (rest->at[len] == '\\' && len + 1 < rest->len) {
            len++;
        } else if (rest->at[len] == '{') {
            depth++;
        } else if (rest->at[len] == '}' && depth > 0) {
            depth--;
        }
    }
    span word = span_first(*rest, len);
    *rest = span_from(*rest, len);
    return word;
}

/* "name arg arg" */
static err words_read(struct acl_reader *reader, struct acl_item *item)
{
    enum { ARGUMENTS = 9 };
    span rest = template_text(item->value);
    const struct template **arguments = arena_take_array(reader->arena, ARGUMENTS,
                                                         sizeof(struct template *));
    if (failed(template_read(word_take(&rest), reader->arena, &item->call.name))) {
        item->call.name = NULL; /* braces that a blank parts: an inline ACL, if anything */
        return OK;
    }
    for (size_t i = 0; i < ARGUMENTS; i++) {
        span word = word_take(&rest);
        if (word.len == 0) {
            break;
        }
        err e = template_read(word, reader->arena, &arguments[i]);
        if (failed(e)) {
            return acl_error(reader, item->where, "%s", e.what);
        }
        item->call.argument_count++;
    }
    item->call.arguments = arguments;
    if (span_trim_space(rest).len > 0) {
        item->call.name = NULL; /* more words than arguments: an inline ACL */
    }
    return OK;
}

err acl_call_read(struct acl_reader *reader, struct acl_item *item)
{
    span name;
    TRY(words_read(reader, item));
    if (item->call.name != NULL && template_is_literal(item->call.name, &name)) {
        item->acl = acl_find(reader->set, name);
        if (item->acl != NULL) {
            return OK;
        }
    }
    if (template_is_literal(item->value, &name)) {
        item->call.argument_count = 0;
        return acl_of_text(reader, name, item->where, &item->acl);
    }
    return OK;
}

/* --- all of them -------------------------------------------------------------------------------- */

err acl_set_read(const struct acl_load *load, struct acl_set **set)
{
    struct acl_set *made = ARENA_NEW(load->arena, struct acl_set);
    struct acl_reader reader = {made, load->arena, load->texts, false, 0};
    made->routing = load->routing;
    made->brightmail = load->brightmail;
    made->count = load->source->rows.count;
    made->at = arena_take_array(load->arena, made->count + 1, sizeof *made->at);
    for (size_t i = 0; i < made->count; i++) {
        made->at[i].name = span_text(load->source->rows.at[i].name);
    }
    for (size_t i = 0; i < made->count; i++) {
        const struct conf_acl *raw = &load->source->rows.at[i];
        TRY(acl_read(&reader, raw->lines.at, raw->lines.count, &made->at[i]));
    }
    *set = made;
    return OK;
}

bool acl_verb_fits(const struct acl_verb *verb, enum acl_stage stage)
{
    if (verb->yes == ACL_DISCARDS) {
        unsigned message = ACL_AT(MAIL) | ACL_AT(RCPT) | ACL_AT(DATA) | ACL_AT(NOT_SMTP);
        return (message >> stage & 1) != 0;
    }
    bool quits = stage == ACL_QUIT || stage == ACL_NOTQUIT;
    return !quits || verb->yes == ACL_ACCEPTS;
}

const char *acl_item_misplaced(const struct acl_item *item, enum acl_stage stage,
                               struct arena *texts)
{
    const struct acl_item_row *row = item->row;
    span value;
    if ((row->stages >> stage & 1) == 0) {
        return arena_printf(texts, "cannot %s %s condition in %s ACL",
                            (row->flags & ITEM_MODIFIER) != 0 ? "use" : "test", row->name,
                            acl_stages[stage].word);
    }
    if (item->value == NULL || !template_is_literal(item->value, &value)) {
        return NULL;
    }
    return row->run == acl_control_run  ? acl_control_misplaced(value, stage, texts)
           : row->run == acl_verify_run ? acl_verify_misplaced(value, stage, texts)
                                        : NULL;
}

/* Whether all that stands in it may stand at that stage. */
static err stage_check(struct acl_reader *reader, const struct acl *acl, enum acl_stage stage)
{
    for (size_t i = 0; i < acl->statements.count; i++) {
        const struct acl_statement *s = &acl->statements.at[i];
        if (!acl_verb_fits(s->verb, stage)) {
            return acl_error(reader, s->where, "\"%s\" verb not allowed in %s ACL", s->verb->name,
                             acl_stages[stage].word);
        }
        for (size_t k = 0; k < s->items.count; k++) {
            const char *why = acl_item_misplaced(&s->items.at[k], stage, reader->texts);
            if (why != NULL) {
                return acl_error(reader, s->items.at[k].where, "%s", why);
            }
        }
    }
    return OK;
}

err acl_point_read(const struct acl_load *load, struct acl_set *set, enum acl_stage stage,
                   const struct template *value, struct conf_where where,
                   struct acl_point *point)
{
    span text;
    struct acl_reader reader = {set, load->arena, load->texts, false, 0};
    *point = (struct acl_point){.text = value, .where = where,
                                .accepts = value == NULL && !acl_stages[stage].denies};
    if (value == NULL || !template_is_literal(value, &text)) {
        return OK;
    }
    if (span_trim_space(text).len == 0) { /* "acl_smtp_rcpt =" unsets it */
        point->text = NULL;
        point->accepts = !acl_stages[stage].denies;
        return OK;
    }
    if (span_trim_space(text).at[0] == '/' && !path_is_file(arena_text(load->texts, text))) {
        return OK; /* it may come to be: it is looked for again when a client comes */
    }
    TRY(acl_of_text(&reader, text, where, &point->acl));
    TRY(stage_check(&reader, point->acl, stage));
    const struct acl *acl = point->acl;
    point->accepts = acl->statements.count > 0 && acl->statements.at[0].items.count == 0 &&
                     acl->statements.at[0].verb->yes == ACL_ACCEPTS &&
                     acl->statements.at[0].verb->decides_yes;
    return OK;
}
