/* Reading ends here with what no single row can check: values that depend on each other or on the
   host. After that nothing changes, which is why threads need no lock to look. */
#include "ref/conf/snapshot.h"

#include "base/check.h"

#include <ctype.h>

static size_t index_of(const char *option)
{
    const struct conf_option *row = conf_main_option_find(span_text(option));
    CHECK(row != NULL);
    return (size_t)(row - conf_main_options);
}

struct conf_where conf_where_of(const struct conf *conf, const char *option)
{
    const struct conf_given *given = &conf->given[index_of(option)];
    return given->set ? given->where : (struct conf_where){conf->path, 0};
}

/* _OPT_MAIN_<NAME> for each option, as Exim defines them for `.ifdef`. */
static void builtins_define(struct conf *conf)
{
    for (size_t i = 0; i < conf_main_option_count; i++) {
        char *name = arena_printf(conf->arena, "_OPT_MAIN_%s", conf_main_options[i].name);
        for (char *c = name; *c != '\0'; c++) {
            *c = (char)toupper((unsigned char)*c);
        }
        macro_define_builtin(&conf->macros, name, conf->arena);
    }
    macro_define_builtin(&conf->macros, "_HAVE_IPV6", conf->arena);
}

static void fallback(struct conf *conf, const char *option, const char **field, const char *value)
{
    struct conf_given *given = &conf->given[index_of(option)];
    if ((*field)[0] == '\0') {
        *field = value;
        given->text = span_text(value);
    }
}

static err interfaces_read(struct conf *conf, const char *option, const char *value)
{
    err e = interface_items_read(span_text(value), conf->arena, &conf->interfaces);
    if (failed(e)) {
        return conf_error(conf_where_of(conf, option), conf->arena, "%s: %s", option, e.what);
    }
    return OK;
}

static err complete(struct conf *conf, const char *hostname)
{
    struct conf_main *m = &conf->main;
    fallback(conf, "primary_hostname", &m->primary_hostname,
             arena_text(conf->arena, span_text(hostname)));
    fallback(conf, "qualify_domain", &m->qualify_domain, m->primary_hostname);
    for (const char *c = m->primary_hostname; *c != '\0'; c++) {
        if (*c <= ' ' || *c >= 127) {
            return conf_error(conf_where_of(conf, "primary_hostname"), conf->arena,
                              "primary_hostname holds a character that no host name has");
        }
    }
    if (m->spool_directory[0] != '/') {
        return conf_error(conf_where_of(conf, "spool_directory"), conf->arena,
                          "spool_directory must be an absolute path");
    }
    TRY(interfaces_read(conf, "local_interfaces", m->local_interfaces));
    if (conf->interfaces.ports.count > 0) {
        return conf_error(conf_where_of(conf, "local_interfaces"), conf->arena,
                          "local_interfaces: an item is a port and no address "
                          "(ports belong into daemon_smtp_ports)");
    }
    TRY(interfaces_read(conf, "daemon_smtp_ports", m->daemon_smtp_ports));
    return OK;
}

static err read_into(struct conf *conf, const struct conf_request *request)
{
    builtins_define(conf);
    for (size_t i = 0; i < request->define_count; i++) {
        err e = macro_define_argument(&conf->macros, request->defines[i], conf->arena);
        if (failed(e)) {
            return conf_error((struct conf_where){0}, conf->arena, "%s", e.what);
        }
    }
    for (size_t i = 0; i < conf_main_option_count; i++) {
        conf_option_default(&conf_main_options[i], conf->arena, &conf->main);
        conf->given[i].text = span_text(conf_main_options[i].fallback);
    }
    struct conf_lex *lex;
    struct conf_target target = {conf->arena, &conf->main, conf->given};
    err e = conf_lex_open(request->path, request->read, &conf->macros, conf->arena, &lex);
    if (!failed(e)) {
        e = conf_sections_read(lex, &target);
    }
    conf_lex_close(lex);
    return failed(e) ? e : complete(conf, request->hostname);
}

err conf_load(const struct conf_request *request, struct arena *texts, struct conf **conf)
{
    struct arena *arena = arena_new();
    struct conf *c = ARENA_NEW(arena, struct conf);
    c->arena = arena;
    c->path = arena_text(arena, span_text(request->path));
    c->given = arena_take_array(arena, conf_main_option_count, sizeof *c->given);
    err e = read_into(c, request);
    if (failed(e)) {
        e.what = arena_text(texts, span_text(e.what));
        arena_free(arena);
        return e;
    }
    *conf = c;
    return OK;
}

void conf_free(struct conf *conf)
{
    if (conf != NULL) {
        arena_free(conf->arena);
    }
}

bool conf_print(const struct conf *conf, span name, struct buf *out)
{
    bool found = false;
    for (size_t i = 0; i < conf_main_option_count; i++) {
        const struct conf_option *row = &conf_main_options[i];
        if (name.len > 0 && !span_eq(name, span_text(row->name))) {
            continue;
        }
        found = true;
        if (conf->given[i].hidden) {
            buf_printf(out, "%s = <value not displayable>\n", row->name);
        } else {
            conf_option_print(row, &conf->main, conf->given[i].text, out);
        }
    }
    return found;
}
