/* `begin X` looks X up here. A section whose row has no reader is one of Exim's that this server
   refuses by name. */
#include "ref/conf/section.h"

#include "base/cursor.h"
#include "base/rows.h"
#include "ref/conf/exim_names.h"
#include "ref/conf/named_list.h"

/* "name:", with what follows the colon in *rest. */
static bool heading_take(span line, span *name, span *rest)
{
    struct cursor c = cursor_of(line);
    if (!cursor_take_while(&c, ascii_is_word, name)) {
        return false;
    }
    cursor_skip_blanks(&c);
    if (!cursor_take_byte(&c, ':')) {
        return false;
    }
    *rest = span_trim(cursor_rest(&c));
    return true;
}

/* --- main ------------------------------------------------------------------------------- */

static err main_unknown(span name, struct conf_where where, struct arena *arena)
{
    if (conf_exim_has(NULL, name)) {
        return conf_error(where, arena, "option \"%.*s\" is not supported by this server",
                          SPAN_FMT(name));
    }
    const char *near = rows_suggest(conf_main_options.at, conf_main_options.count,
                                    sizeof *conf_main_options.at, name);
    return conf_error(where, arena, "main option \"%.*s\" unknown%s", SPAN_FMT(name),
                      conf_suggestion(near, arena));
}

static err main_line(struct conf_target *t, span line, struct conf_where where)
{
    if (line.at[0] >= 'A' && line.at[0] <= 'Z') {
        return conf_error(where, t->arena, "malformed macro definition");
    }
    bool taken = false;
    struct named_list list;
    TRY(named_list_read(line, where, t->arena, &list, &taken));
    if (taken) {
        for (size_t i = 0; i < t->lists.count; i++) {
            if (t->lists.at[i].list.kind == list.kind &&
                span_eq(t->lists.at[i].list.name, list.name)) {
                return conf_error(where, t->arena, "duplicate name \"%.*s\" for a named %s list",
                                  SPAN_FMT(list.name), named_list_word(list.kind));
            }
        }
        vec_add(t->arena, &t->lists, ((struct listed){list, where}));
        return OK;
    }
    struct conf_statement s;
    TRY(conf_statement_read(line, where, t->arena, &s));
    const struct conf_option *row = conf_statement_find(&s, &conf_main_options);
    return row == NULL ? main_unknown(s.name, where, t->arena)
                       : conf_option_take(row, &s, where, t->arena, &t->conf->options);
}

/* --- acl -------------------------------------------------------------------------------- */

static err acl_line(struct conf_target *t, span line, struct conf_where where)
{
    struct conf_acls *acls = &t->conf->acls;
    span name, rest;
    if (heading_take(line, &name, &rest) && rest.len == 0) {
        for (size_t i = 0; i < acls->rows.count; i++) {
            if (span_eq(span_text(acls->rows.at[i].name), name)) {
                return conf_error(where, t->arena, "there are two ACLs called \"%.*s\"",
                                  SPAN_FMT(name));
            }
        }
        vec_add(t->arena, &acls->rows,
                ((struct conf_acl){.name = arena_text(t->arena, name), .where = where}));
        return OK;
    }
    if (acls->rows.count == 0) {
        return conf_error(where, t->arena, "missing or malformed ACL name");
    }
    struct conf_acl *acl = &acls->rows.at[acls->rows.count - 1];
    vec_add(t->arena, &acl->lines, ((struct acl_line){arena_copy(t->arena, line), where}));
    return OK;
}

/* --- routers, transports, authenticators ------------------------------------------------ */

static err instance_end(struct conf_target *t)
{
    const struct conf_instance *i = t->instance;
    t->instance = NULL;
    return i == NULL ? OK : conf_instance_end(i, t->arena);
}

static err driver_line(struct conf_target *t, enum conf_kind which, span line,
                       struct conf_where where)
{
    const struct conf_driver_kind *kind = conf_driver_kinds[which];
    struct conf_instances *all = &t->conf->instances[which];
    span name, rest;
    if (!heading_take(line, &name, &rest)) {
        return t->instance != NULL
                   ? conf_instance_line(t->instance, line, where, t->arena)
                   : conf_error(where, t->arena, "%s name missing", kind->name);
    }
    if (rest.len > 0) {
        return conf_error(where, t->arena, "extra characters follow driver name %.*s",
                          SPAN_FMT(name));
    }
    TRY(instance_end(t));
    if (conf_instance_find(all, name) != NULL) {
        return conf_error(where, t->arena, "there are two %s called \"%.*s\"", kind->section,
                          SPAN_FMT(name));
    }
    t->instance = conf_instance_begin(kind, name, where, t->arena);
    vec_add(t->arena, &all->rows, t->instance);
    return OK;
}

/* --- rules ------------------------------------------------------------------------------ */

static err retry_line(struct conf_target *t, span line, struct conf_where where)
{
    return conf_retry_read(line, where, t->arena, &t->conf->retry);
}

static err rewrite_line(struct conf_target *t, span line, struct conf_where where)
{
    return conf_rewrite_read(line, false, where, t->arena, &t->conf->rewrites);
}

/* --- all of them ------------------------------------------------------------------------ */

static const struct section {
    const char *name;
    err (*line)(struct conf_target *target, span line, struct conf_where where); /* or the kind: */
    enum conf_kind kind; /* of instances; CONF_KIND_COUNT: none */
} sections[] = {
    {"acl", acl_line, CONF_KIND_COUNT},
    {"authenticators", NULL, CONF_AUTHS},
    {"local_scan", NULL, CONF_KIND_COUNT},
    {"retry", retry_line, CONF_KIND_COUNT},
    {"rewrite", rewrite_line, CONF_KIND_COUNT},
    {"routers", NULL, CONF_ROUTERS},
    {"transports", NULL, CONF_TRANSPORTS},
};
enum { SECTIONS = sizeof sections / sizeof *sections };

static const struct section section_main = {"main", main_line, CONF_KIND_COUNT};

/* "begin NAME", in any case. */
static err begin(struct conf_target *t, span name, struct conf_where where, unsigned *seen,
                 const struct section **now)
{
    for (size_t i = 0; i < SECTIONS; i++) {
        const struct section *s = &sections[i];
        if (!span_eq_caseless(span_text(s->name), name)) {
            continue;
        }
        if (s->line == NULL && s->kind == CONF_KIND_COUNT) {
            return conf_error(where, t->arena, "section \"%s\" is not supported by this server",
                              s->name);
        }
        if ((*seen & 1U << i) != 0) {
            return conf_error(where, t->arena,
                              "\"%s\" section is repeated in the configuration file", s->name);
        }
        *seen |= 1U << i;
        *now = s;
        return instance_end(t);
    }
    const char *near = ROWS_SUGGEST(sections, name);
    return conf_error(where, t->arena, "\"%.*s\" is not a known configuration section name%s",
                      SPAN_FMT(name), conf_suggestion(near, t->arena));
}

err conf_sections_read(struct conf_lex *lex, struct conf_target *target)
{
    const struct section *now = &section_main;
    unsigned seen = 0;
    for (;;) {
        span line;
        bool end;
        TRY(conf_lex_next(lex, &line, &end));
        if (end) {
            return instance_end(target);
        }
        struct conf_where where = conf_lex_where(lex);
        if (span_starts(line, SPAN("begin")) && line.len > 5 && ascii_is_blank(line.at[5])) {
            TRY(begin(target, span_trim(span_from(line, 5)), where, &seen, &now));
        } else {
            TRY(now->line != NULL ? now->line(target, line, where)
                                  : driver_line(target, now->kind, line, where));
        }
    }
}
