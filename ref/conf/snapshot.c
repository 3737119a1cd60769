/* Reading ends here with what no single row can check: values that depend on each other or on the
   host. After that nothing changes, which is why threads need no lock to look. */
#include "ref/conf/snapshot.h"

#include "base/account.h"
#include "base/check.h"
#include "ref/conf/checks.h"
#include "ref/conf/features.h"
#include "ref/conf/named_list.h"
#include "ref/expand/regex.h"

#include <unistd.h>

static struct conf_given *given_of(const struct conf *conf, const char *option)
{
    struct conf_given *given = conf_into_given(&conf->options, span_text(option));
    CHECK(given != NULL);
    return given;
}

struct conf_where conf_where_of(const struct conf *conf, const char *option)
{
    const struct conf_given *given = given_of(conf, option);
    return given->set ? given->where : (struct conf_where){conf->path, 0};
}

static void fallback(struct conf *conf, const char *option, const char **field, const char *value)
{
    struct conf_given *given = given_of(conf, option);
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

/* Not set: who runs the program. */
static void ids_complete(struct conf *conf)
{
    struct conf_given *user = given_of(conf, "exim_user");
    struct conf_given *group = given_of(conf, "exim_group");
    struct account account;
    struct account_group own;
    if (!user->set) {
        user->text = span_text(account_of(geteuid(), conf->arena, &account) == 0
                                   ? account.name
                                   : arena_printf(conf->arena, "%u", (unsigned)geteuid()));
    }
    if (!group->set) {
        gid_t gid = user->set && conf->main.exim_user.known ? conf->main.exim_user.gid : getegid();
        group->text = span_text(account_group_of(gid, conf->arena, &own) == 0
                                    ? own.name
                                    : arena_printf(conf->arena, "%u", (unsigned)gid));
    }
}

static err complete(struct conf *conf, const char *hostname)
{
    struct conf_main *m = &conf->main;
    fallback(conf, "primary_hostname", &m->primary_hostname,
             arena_text(conf->arena, span_text(hostname)));
    fallback(conf, "qualify_domain", &m->qualify_domain, m->primary_hostname);
    fallback(conf, "qualify_recipient", &m->qualify_recipient, m->qualify_domain);
    ids_complete(conf);
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
    if (strcmp(m->dsn_remote_mta_form, "rfc") != 0 && strcmp(m->dsn_remote_mta_form, "seed") != 0) {
        return conf_error(conf_where_of(conf, "dsn_remote_mta_form"), conf->arena,
                          "dsn_remote_mta_form must be \"rfc\" or \"seed\"");
    }
    for (size_t i = 0; i < m->delay_warning.count; i++) {
        uint64_t seconds;
        if (failed(conf_time_read(m->delay_warning.at[i], &seconds))) {
            return conf_error(conf_where_of(conf, "delay_warning"), conf->arena,
                              "delay_warning must be a list of times");
        }
    }
    struct regex *regex = NULL;
    err bad = regex_new(span_text(m->gecos_pattern), false, conf->arena, &regex);
    if (failed(bad)) {
        return conf_error(conf_where_of(conf, "gecos_pattern"), conf->arena,
                          "gecos_pattern: %s at offset %zu", bad.what, bad.at);
    }
    regex_free(regex);
    for (size_t i = 0; i < m->add_environment.count; i++) {
        if (span_find_byte(m->add_environment.at[i], '=') == SPAN_NONE) {
            return conf_error(conf_where_of(conf, "add_environment"), conf->arena,
                              "add_environment: \"%.*s\" is not name=text",
                              SPAN_FMT(m->add_environment.at[i]));
        }
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
    conf_builtins_define(&conf->macros, request->words, conf->arena);
    for (size_t i = 0; i < request->define_count; i++) {
        err e = macro_define_argument(&conf->macros, request->defines[i], conf->arena);
        if (failed(e)) {
            return conf_error((struct conf_where){0}, conf->arena, "%s", e.what);
        }
    }
    conf->options = conf_into_make(&conf_main_options, &conf->main, conf->arena);
    struct conf_lex *lex;
    struct conf_target target = {.conf = conf, .arena = conf->arena};
    err e = conf_lex_open(request->path, request->read, &conf->macros, conf->arena, &lex);
    if (!failed(e)) {
        e = conf_sections_read(lex, &target);
    }
    conf_lex_close(lex);
    TRY(e);
    TRY(complete(conf, request->hostname));
    TRY(conf_transports_make(conf));
    TRY(conf_routers_make(conf));
    TRY(conf_auths_make(conf));
    return conf_lists_make(conf, &target);
}

err conf_load(const struct conf_request *request, struct arena *texts, struct conf **conf)
{
    struct arena *arena = arena_new();
    struct conf *c = ARENA_NEW(arena, struct conf);
    c->arena = arena;
    c->path = arena_text(arena, span_text(request->path));
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

static void list_print(const struct named_list *l, struct buf *out)
{
    span text = template_text(l->list);
    const char *word = l->kind == LIST_LOCAL_PART ? "localpart" : named_list_word(l->kind);
    buf_printf(out, "%slist %.*s = ", word, SPAN_FMT(l->name));
    if (l->hidden) {
        buf_put_text(out, "<value not displayable>\n");
    } else {
        buf_printf(out, "%.*s\n", SPAN_FMT(text));
    }
}

bool conf_print(const struct conf *conf, span name, struct buf *out)
{
    bool found = false;
    if (span_starts(name, SPAN("+"))) {
        for (size_t i = 0; i < conf->lists.count; i++) {
            if (span_eq(conf->lists.at[i].name, span_from(name, 1))) {
                list_print(&conf->lists.at[i], out);
                found = true;
            }
        }
        return found;
    }
    for (size_t i = 0; i < conf_main_options.count; i++) {
        const struct conf_option *row = &conf_main_options.at[i];
        if (name.len == 0 || span_eq(name, span_text(row->name))) {
            found = true;
            conf_option_print(row, &conf->options.given[i], &conf->main, out);
        }
    }
    return found;
}

/* --- all texts ---------------------------------------------------------------------------- */

typedef void text_visit(void *context, span text);

static void into_visit(const struct conf_into *into, text_visit *each, void *context)
{
    for (size_t i = 0; i < into->rows.count; i++) {
        each(context, into->given[i].text);
    }
}

void conf_texts(const struct conf *conf, text_visit *each, void *context)
{
    into_visit(&conf->options, each, context);
    for (size_t i = 0; i < conf->lists.count; i++) {
        each(context, template_text(conf->lists.at[i].list));
    }
    for (size_t i = 0; i < conf->acls.rows.count; i++) {
        const struct conf_acl *acl = &conf->acls.rows.at[i];
        for (size_t l = 0; l < acl->lines.count; l++) {
            each(context, acl->lines.at[l].text);
        }
    }
    for (size_t k = 0; k < CONF_KIND_COUNT; k++) {
        for (size_t i = 0; i < conf->instances[k].rows.count; i++) {
            into_visit(&conf->instances[k].rows.at[i]->generic, each, context);
            into_visit(&conf->instances[k].rows.at[i]->own, each, context);
        }
    }
}
