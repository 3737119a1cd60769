/* Routers, transports and authenticators are read alike: a name, options of the kind, and, once the
   driver is known, options of the driver. */
#include "ref/conf/driver.h"

#include "base/rows.h"
#include "ref/conf/auth_options.h"
#include "ref/conf/exim_names.h"
#include "ref/conf/router_options.h"
#include "ref/conf/transport_options.h"

#include <stdarg.h>

const struct conf_driver_kind *const conf_driver_kinds[] = {
    &conf_router_kind, &conf_transport_kind, &conf_auth_kind, NULL};

struct conf_instance *conf_instance_begin(const struct conf_driver_kind *kind, span name,
                                          struct conf_where where, struct arena *arena)
{
    struct conf_instance *i = ARENA_NEW(arena, struct conf_instance);
    i->name = arena_text(arena, name);
    i->kind = kind;
    i->where = where;
    i->generic = conf_into_make(&kind->generic, NULL, arena);
    return i;
}

const char *conf_suggestion(const char *near, struct arena *arena)
{
    return near != NULL ? arena_printf(arena, " (did you mean \"%s\"?)", near) : "";
}

static const char *nearest(const struct conf_rows *rows, span name)
{
    return rows_suggest(rows->at, rows->count, sizeof *rows->at, name);
}

static err driver_choose(struct conf_instance *i, span name, struct conf_where where,
                         struct arena *arena)
{
    const struct conf_driver_kind *kind = i->kind;
    const struct conf_driver *d =
        rows_find(kind->drivers, kind->driver_count, sizeof *kind->drivers, name);
    if (d == NULL) {
        const char *near =
            rows_suggest(kind->drivers, kind->driver_count, sizeof *kind->drivers, name);
        return conf_error(where, arena, "%s %s: cannot find %s driver \"%.*s\"%s", kind->name,
                          i->name, kind->name, SPAN_FMT(name), conf_suggestion(near, arena));
    }
    if (!d->supported) {
        return conf_error(where, arena, "%s %s: %s driver \"%s\" is not supported by this server",
                          kind->name, i->name, kind->name, d->name);
    }
    i->driver = d;
    i->own = conf_into_make(&d->options, NULL, arena);
    return OK;
}

static err unknown(const struct conf_instance *i, const struct conf_statement *s,
                   struct conf_where where, struct arena *arena)
{
    if (conf_exim_has(i->kind, s->name)) {
        return conf_error(where, arena, "option \"%.*s\" is not supported by this server",
                          SPAN_FMT(s->name));
    }
    if (i->driver == NULL) {
        return conf_error(where, arena,
                          "option \"%.*s\" unknown (\"driver\" must be specified before any "
                          "private options)", SPAN_FMT(s->name));
    }
    const char *near = nearest(&i->own.rows, s->name);
    near = near != NULL ? near : nearest(&i->generic.rows, s->name);
    return conf_error(where, arena, "option \"%.*s\" unknown%s", SPAN_FMT(s->name),
                      conf_suggestion(near, arena));
}

/* True if a driver of the kind, chosen or not, has the option. */
static bool some_driver_has(const struct conf_driver_kind *kind, span name)
{
    for (size_t d = 0; d < kind->driver_count; d++) {
        if (conf_rows_find(&kind->drivers[d].options, name) != NULL) {
            return true;
        }
    }
    return false;
}

err conf_instance_line(struct conf_instance *i, span line, struct conf_where where,
                       struct arena *arena)
{
    struct conf_statement s;
    TRY(conf_statement_read(line, where, arena, &s));
    const struct conf_into *into = &i->generic;
    const struct conf_option *row = conf_statement_find(&s, &into->rows);
    if (row == NULL) {
        into = &i->own;
        row = conf_statement_find(&s, &into->rows);
    }
    if (row == NULL && some_driver_has(i->kind, s.name)) {
        return conf_error(where, arena, "option \"%.*s\" unknown%s", SPAN_FMT(s.name),
                          i->driver ? ""
                                    : " (\"driver\" must be specified before any private options)");
    }
    if (row == NULL) {
        return unknown(i, &s, where, arena);
    }
    TRY(conf_option_take(row, &s, where, arena, into));
    if (strcmp(row->name, "driver") != 0) {
        return OK;
    }
    const char *driver;
    memcpy(&driver, (const char *)into->fields + row->offset, sizeof driver);
    return driver_choose(i, span_text(driver), where, arena);
}

err conf_instance_end(const struct conf_instance *i, struct arena *arena)
{
    if (i->driver == NULL) {
        return conf_error(i->where, arena, "no driver defined for %s \"%s\"", i->kind->name,
                          i->name);
    }
    return OK;
}

const struct conf_instance *conf_instance_find(const struct conf_instances *all, span name)
{
    for (size_t i = 0; i < all->rows.count; i++) {
        if (span_eq(span_text(all->rows.at[i]->name), name)) {
            return all->rows.at[i];
        }
    }
    return NULL;
}

static const struct conf_given *given_of(const struct conf_instance *i, const char *option)
{
    const struct conf_given *given = conf_into_given(&i->generic, span_text(option));
    return given != NULL ? given : conf_into_given(&i->own, span_text(option));
}

bool conf_instance_has(const struct conf_instance *i, const char *option)
{
    return given_of(i, option)->set;
}

struct conf_where conf_instance_where(const struct conf_instance *i, const char *option)
{
    const struct conf_given *given = option ? given_of(i, option) : NULL;
    return given != NULL && given->set ? given->where : i->where;
}

err conf_instance_error(const struct conf_instance *i, const char *option, struct arena *arena,
                        const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *text = arena_vprintf(arena, format, args);
    va_end(args);
    return conf_error(conf_instance_where(i, option), arena, "%s %s: %s", i->name, i->kind->name,
                      text);
}

void conf_instance_print(const struct conf_instance *i, struct buf *out)
{
    const struct conf_into *tables[] = {&i->generic, &i->own};
    for (size_t t = 0; t < 2; t++) {
        for (size_t r = 0; r < tables[t]->rows.count; r++) {
            conf_option_print(&tables[t]->rows.at[r], &tables[t]->given[r], tables[t]->fields, out);
        }
    }
}
