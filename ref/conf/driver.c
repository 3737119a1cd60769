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

static void defaults_set(const struct conf_into *into, struct arena *arena)
{
    for (size_t i = 0; i < into->count; i++) {
        conf_option_default(&into->rows[i], arena, into->fields);
        into->given[i].text = span_text(into->rows[i].fallback);
    }
}

static struct conf_into generic_of(const struct conf_instance *i)
{
    return (struct conf_into){i->kind->generic, i->kind->generic_count, i->generic,
                              i->generic_given};
}

static struct conf_into own_of(const struct conf_instance *i)
{
    return i->driver == NULL ? (struct conf_into){0}
                             : (struct conf_into){i->driver->options, i->driver->option_count,
                                                  i->own, i->own_given};
}

struct conf_instance *conf_instance_begin(const struct conf_driver_kind *kind, span name,
                                          struct conf_where where, struct arena *arena)
{
    struct conf_instance *i = ARENA_NEW(arena, struct conf_instance);
    i->name = arena_text(arena, name);
    i->kind = kind;
    i->where = where;
    i->generic = arena_take(arena, kind->generic_size);
    i->generic_given = arena_take_array(arena, kind->generic_count, sizeof *i->generic_given);
    struct conf_into into = generic_of(i);
    defaults_set(&into, arena);
    return i;
}

/* The text that a generic struct holds for `driver`. */
static const char *driver_name(const struct conf_instance *i)
{
    const char *name;
    memcpy(&name, (const char *)i->generic + i->kind->driver_offset, sizeof name);
    return name;
}

static err driver_choose(struct conf_instance *i, struct conf_where where, struct arena *arena)
{
    span name = span_text(driver_name(i));
    const char *kind = i->kind->name;
    const struct conf_driver *d =
        rows_find(i->kind->drivers, i->kind->driver_count, sizeof *i->kind->drivers, name);
    if (d == NULL) {
        const char *near =
            rows_suggest(i->kind->drivers, i->kind->driver_count, sizeof *i->kind->drivers, name);
        return conf_error(where, arena, "%s %s: cannot find %s driver \"%.*s\"%s%s%s", kind,
                          i->name, kind, SPAN_FMT(name), near ? " (did you mean \"" : "",
                          near ? near : "", near ? "\"?)" : "");
    }
    if (!d->supported) {
        return conf_error(where, arena, "%s %s: %s driver \"%s\" is not supported by this server",
                          kind, i->name, kind, d->name);
    }
    i->driver = d;
    i->own = d->size > 0 ? arena_take(arena, d->size) : NULL;
    i->own_given = arena_take_array(arena, d->option_count, sizeof *i->own_given);
    struct conf_into into = own_of(i);
    defaults_set(&into, arena);
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
    const char *near = rows_suggest(i->driver->options, i->driver->option_count,
                                    sizeof *i->driver->options, s->name);
    if (near == NULL) {
        near = rows_suggest(i->kind->generic, i->kind->generic_count, sizeof *i->kind->generic,
                            s->name);
    }
    return conf_error(where, arena, "option \"%.*s\" unknown%s%s%s", SPAN_FMT(s->name),
                      near ? " (did you mean \"" : "", near ? near : "", near ? "\"?)" : "");
}

/* True if a driver of the kind, chosen or not, has the option. */
static bool some_driver_has(const struct conf_driver_kind *kind, span name)
{
    for (size_t d = 0; d < kind->driver_count; d++) {
        if (rows_find(kind->drivers[d].options, kind->drivers[d].option_count,
                      sizeof *kind->drivers[d].options, name) != NULL) {
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
    struct conf_into into = generic_of(i);
    const struct conf_option *row = conf_statement_find(&s, into.rows, into.count);
    if (row == NULL) {
        into = own_of(i);
        row = conf_statement_find(&s, into.rows, into.count);
    }
    if (row == NULL && some_driver_has(i->kind, s.name)) {
        return conf_error(where, arena, "option \"%.*s\" unknown%s", SPAN_FMT(s.name),
                          i->driver ? ""
                                    : " (\"driver\" must be specified before any private options)");
    }
    if (row == NULL) {
        return unknown(i, &s, where, arena);
    }
    TRY(conf_option_take(row, &s, where, arena, &into));
    return strcmp(row->name, "driver") == 0 ? driver_choose(i, where, arena) : OK;
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

static const struct conf_given *given_in(const struct conf_into *into, const char *option)
{
    const struct conf_option *row =
        rows_find(into->rows, into->count, sizeof *into->rows, span_text(option));
    return row == NULL ? NULL : &into->given[row - into->rows];
}

const struct conf_given *conf_instance_given(const struct conf_instance *i, const char *option)
{
    struct conf_into generic = generic_of(i), own = own_of(i);
    const struct conf_given *given = given_in(&generic, option);
    return given != NULL ? given : given_in(&own, option);
}

struct conf_where conf_instance_where(const struct conf_instance *i, const char *option)
{
    const struct conf_given *given = option ? conf_instance_given(i, option) : NULL;
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
    const struct conf_into tables[] = {generic_of(i), own_of(i)};
    for (size_t t = 0; t < 2; t++) {
        for (size_t r = 0; r < tables[t].count; r++) {
            conf_option_print(&tables[t].rows[r], &tables[t].given[r], tables[t].fields, out);
        }
    }
}
