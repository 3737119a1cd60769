/* Wording is Exim's where Exim makes the same check; where Exim finds a mistake only at the first
   message (a transport that is not there), it is found here. */
#include "ref/conf/checks.h"

#include "base/rows.h"
#include "ref/conf/named_list.h"

#include <unistd.h>

/* --- transports ------------------------------------------------------------------------- */

static bool starts_any(const char *text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(text, words[i]) == 0) {
            return true;
        }
    }
    return false;
}
#define IS_ONE_OF(text, words) starts_any((text), (words), sizeof(words) / sizeof *(words))

static err appendfile_check(const struct conf_instance *i, struct arena *arena)
{
    static const char *const places[] = {"anywhere", "belowhome", "inhome"};
    const struct transport_appendfile *o = i->own.fields;
    if (o->file != NULL && o->directory != NULL) {
        return conf_instance_error(i, "directory", arena,
                                   "only one of \"file\" or \"directory\" can be specified");
    }
    if (o->create_file[0] != '/' && !IS_ONE_OF(o->create_file, places)) {
        return conf_instance_error(i, "create_file", arena,
                                   "invalid value given for \"create_file\" for the %s transport: "
                                   "'%s'", i->name, o->create_file);
    }
    if (!o->use_lockfile && !o->use_fcntl_lock && !o->use_flock_lock) {
        return conf_instance_error(i, NULL, arena, "no locking configured");
    }
    return OK;
}

static err smtp_check(const struct conf_instance *i, struct arena *arena)
{
    const struct transport_smtp *o = i->own.fields;
    const struct transport_generic *g = i->generic.fields;
    if (o->command_timeout == 0 || o->data_timeout == 0 || o->final_timeout == 0) {
        return conf_instance_error(i, NULL, arena,
                                   "command, data, or final timeout value is zero for %s transport",
                                   i->name);
    }
    if (g->shadow_transport[0] != '\0') {
        return conf_instance_error(i, "shadow_transport", arena,
                                   "shadow transport not allowed on non-local transport %s",
                                   i->name);
    }
    if (strcmp(o->tls_resumption_ocsp, "renew") != 0 && strcmp(o->tls_resumption_ocsp, "keep") != 0 &&
        strcmp(o->tls_resumption_ocsp, "fail") != 0) {
        return conf_instance_error(i, "tls_resumption_ocsp", arena,
                                   "tls_resumption_ocsp is renew, keep or fail, not \"%s\"",
                                   o->tls_resumption_ocsp);
    }
    static const char *const numbers[] = {"connection_max_messages", "max_rcpt"};
    const struct template *values[] = {o->connection_max_messages, o->max_rcpt};
    for (size_t n = 0; n < 2; n++) {
        span text;
        uint64_t number;
        if (template_is_literal(values[n], &text) && !span_to_u64(text, &number)) {
            return conf_error(conf_instance_where(i, numbers[n]), arena, "integer expected for %s",
                              numbers[n]);
        }
    }
    return OK;
}

/* Who is not root can only be himself. */
static err user_check(const struct conf_instance *i, const struct conf_user *user,
                      const struct conf_group *group, struct arena *arena)
{
    if (geteuid() == 0) {
        return OK;
    }
    if (user->known && user->uid != geteuid()) {
        return conf_instance_error(i, "user", arena,
                                   "only a server that is started as root can deliver as another "
                                   "user (%ld; this is %ld)", (long)user->uid, (long)geteuid());
    }
    if (group->known && group->gid != getegid()) {
        return conf_instance_error(i, "group", arena,
                                   "only a server that is started as root can deliver as another "
                                   "group (%ld; this is %ld)", (long)group->gid, (long)getegid());
    }
    return OK;
}

/* A command without a shell, found without a search. */
static err filter_check(const struct conf_instance *i, const struct template *filter,
                        struct arena *arena)
{
    span text = filter != NULL ? span_trim_space(template_text(filter)) : SPAN("/");
    if (span_starts(text, SPAN("\"")) || span_starts(text, SPAN("'"))) {
        text = span_from(text, 1);
    }
    if (!span_starts(text, SPAN("/")) && !span_starts(text, SPAN("$"))) {
        return conf_instance_error(i, "transport_filter", arena,
                                   "the command must be an absolute path");
    }
    return OK;
}

/* The generic options do nothing here: none is wrong. */
static err queuefile_check(const struct conf_instance *i, struct arena *arena)
{
    const struct transport_queuefile *o = i->own.fields;
    return o->directory != NULL
               ? OK
               : conf_instance_error(i, NULL, arena, "directory must be set for the %s transport",
                                     i->name);
}

static err transport_check(const struct conf_instance *i, struct arena *arena)
{
    const struct transport_generic *g = i->generic.fields;
    if (i->driver->number == TRANSPORT_QUEUEFILE) {
        return queuefile_check(i, arena);
    }
    if (g->event_action != NULL && i->driver->number != TRANSPORT_SMTP) {
        return conf_instance_error(i, "event_action", arena,
                                   "option \"event_action\" is not supported by this server");
    }
    TRY(user_check(i, &g->user, &g->group, arena));
    TRY(filter_check(i, g->transport_filter, arena));
    if (g->body_only && g->headers_only) {
        return conf_error(conf_instance_where(i, "headers_only"), arena,
                          "%s transport: body_only and headers_only are mutually exclusive",
                          i->name);
    }
    if (i->driver->number == TRANSPORT_APPENDFILE) {
        return appendfile_check(i, arena);
    }
    return i->driver->number == TRANSPORT_SMTP ? smtp_check(i, arena) : OK;
}

err conf_transports_make(struct conf *conf)
{
    const struct conf_instances *all = &conf->instances[CONF_TRANSPORTS];
    struct conf_transports *made = &conf->transports;
    made->count = all->rows.count;
    made->at = arena_take_array(conf->arena, made->count, sizeof *made->at);
    for (size_t n = 0; n < made->count; n++) {
        struct conf_instance *i = all->rows.at[n];
        struct transport_generic *g = i->generic.fields;
        TRY(transport_check(i, conf->arena));
        if (!conf_instance_has(i, "retry_use_local_part")) {
            g->retry_use_local_part = i->driver->number != TRANSPORT_SMTP;
        }
        made->at[n] = (struct conf_transport){
            .name = i->name, .driver = (enum transport_driver)i->driver->number,
            .generic = g, .own.any = i->own.fields, .instance = i};
    }
    for (size_t n = 0; n < made->count; n++) {
        struct conf_transport *t = &made->at[n];
        const char *shadow = t->generic->shadow_transport;
        t->shadow = conf_transport_find(made, span_text(shadow));
        if (shadow[0] != '\0' && t->shadow == NULL) {
            return conf_instance_error(t->instance, "shadow_transport", conf->arena,
                                       "unknown transport \"%s\"", shadow);
        }
    }
    return OK;
}

/* --- routers ---------------------------------------------------------------------------- */

/* A literal transport name must be there. */
static err transport_name_check(const struct conf *conf, const struct conf_instance *i,
                                const char *option, const struct template *name)
{
    span text;
    if (name == NULL || !template_is_literal(name, &text) ||
        conf_transport_find(&conf->transports, text) != NULL) {
        return OK;
    }
    const char *near = rows_suggest(conf->transports.at, conf->transports.count,
                                    sizeof *conf->transports.at, text);
    return conf_instance_error(i, option, conf->arena, "unknown transport \"%.*s\"%s",
                               SPAN_FMT(text), conf_suggestion(near, conf->arena));
}

static err transport_names_check(const struct conf *conf, const struct conf_instance *i)
{
    const struct conf_into *tables[] = {&i->generic, &i->own};
    for (size_t t = 0; t < 2; t++) {
        for (size_t r = 0; r < tables[t]->rows.count; r++) {
            const struct conf_option *row = &tables[t]->rows.at[r];
            const struct template *name = NULL;
            if ((row->flags & CONF_TRANSPORT) != 0) {
                memcpy(&name, (const char *)tables[t]->fields + row->offset, sizeof name);
            }
            TRY(transport_name_check(conf, i, row->name, name));
        }
    }
    return OK;
}

static err redirect_check(const struct conf_instance *i, struct arena *arena)
{
    static const char *const ways[] = {"", "forward", "reverse", "reverseandforward"};
    const struct router_redirect *o = i->own.fields;
    if (!IS_ONE_OF(o->srs, ways)) {
        return conf_instance_error(i, "srs", arena, "srs is \"%s\": it has to be forward, reverse or "
                                   "reverseandforward", o->srs);
    }
    const struct router_generic *g = i->generic.fields;
    const char *wrong = NULL, *option = NULL;
    if (o->file != NULL && o->data != NULL) {
        option = "file", wrong = "only one of \"file\" or \"data\" must be specified";
    } else if (o->file == NULL && o->data == NULL) {
        wrong = "one of \"file\" or \"data\" must be specified";
    } else if (o->qualify_domain != NULL && o->qualify_preserve_domain) {
        option = "qualify_domain";
        wrong = "only one of \"qualify_domain\" or \"qualify_preserve_domain\" must be set";
    } else if (o->one_time && (g->headers_add.count > 0 || g->headers_remove.count > 0)) {
        option = "one_time";
        wrong = "\"headers_add\" and \"headers_remove\" are not permitted with \"one_time\"";
    } else if (o->one_time && (g->unseen.value || g->unseen.when != NULL)) {
        option = "unseen", wrong = "\"unseen\" may not be used with \"one_time\"";
    } else if (g->transport != NULL) {
        option = "transport", wrong = "a transport must not be defined for this router";
    }
    return wrong ? conf_instance_error(i, option, arena, "%s", wrong) : OK;
}

static err manualroute_check(const struct conf_instance *i, struct arena *arena)
{
    static const char *const words[] = {"decline", "defer", "fail", "freeze", "ignore", "pass"};
    const struct router_manualroute *o = i->own.fields;
    if ((o->route_data != NULL) == (o->route_list.count > 0)) {
        return conf_instance_error(i, "route_list", arena,
                                   "route_list or route_data (but not both) must be specified");
    }
    if (!IS_ONE_OF(o->host_all_ignored, words)) {
        return conf_instance_error(i, "host_all_ignored", arena,
                                   "unrecognized setting for host_all_ignored option");
    }
    if (!IS_ONE_OF(o->host_find_failed, words)) {
        return conf_instance_error(i, "host_find_failed", arena,
                                   "unrecognized setting for host_find_failed option");
    }
    return OK;
}

static err router_check(const struct conf *conf, const struct conf_instance *i)
{
    static const char *const selfs[] = {"defer", "fail", "freeze", "pass", "send"};
    const struct router_generic *g = i->generic.fields;
    unsigned driver = i->driver->number;
    if (!IS_ONE_OF(g->self, selfs) && !span_starts(span_text(g->self), SPAN("reroute:"))) {
        return conf_instance_error(i, "self", conf->arena, "%s is not valid for the self option",
                                   g->self);
    }
    if ((driver == ROUTER_ACCEPT || driver == ROUTER_DNSLOOKUP) && g->transport == NULL &&
        !g->verify_only) {
        return conf_instance_error(i, NULL, conf->arena,
                                   "a transport is required for this router");
    }
    TRY(user_check(i, &g->user, &g->group, conf->arena));
    for (size_t s = 0; s < g->set.count; s++) {
        span name, text;
        if (!span_split(template_text(g->set.at[s]), '=', &name, &text) ||
            !span_starts(span_trim_space(name), SPAN("r_"))) {
            return conf_instance_error(i, "set", conf->arena,
                                       "\"r_name = text\" expected for set");
        }
    }
    if (driver == ROUTER_REDIRECT) {
        TRY(redirect_check(i, conf->arena));
    } else if (driver == ROUTER_MANUALROUTE) {
        TRY(manualroute_check(i, conf->arena));
    }
    return transport_names_check(conf, i);
}

/* The router that pass_router or redirect_router names; the first must follow. */
static err router_find(const struct conf *conf, const struct conf_router *from, const char *option,
                       const char *name, const struct conf_router **to)
{
    bool must_follow = strcmp(option, "pass_router") == 0;
    *to = NULL;
    if (name[0] == '\0') {
        return OK;
    }
    for (size_t n = 0; n < conf->routers.count; n++) {
        if (strcmp(conf->routers.at[n].name, name) == 0) {
            *to = &conf->routers.at[n];
        }
    }
    if (*to == NULL) {
        return conf_instance_error(from->instance, option, conf->arena,
                                   "new_router \"%s\" not found for \"%s\" router", name,
                                   from->name);
    }
    if (must_follow && *to <= from) {
        return conf_instance_error(from->instance, option, conf->arena,
                                   "new_router \"%s\" does not follow \"%s\" router", name,
                                   from->name);
    }
    return OK;
}

/* What it does may differ between two addresses of one domain. */
static bool depends_on_local_part(const struct router_generic *g)
{
    return g->check_local_user || g->local_parts != NULL || g->condition.count > 0 ||
           g->local_part_prefix[0] != '\0' || g->local_part_suffix[0] != '\0' ||
           g->senders != NULL || g->require_files != NULL;
}

err conf_routers_make(struct conf *conf)
{
    const struct conf_instances *all = &conf->instances[CONF_ROUTERS];
    struct conf_routers *made = &conf->routers;
    made->count = all->rows.count;
    made->at = arena_take_array(conf->arena, made->count, sizeof *made->at);
    for (size_t n = 0; n < made->count; n++) {
        struct conf_instance *i = all->rows.at[n];
        struct router_generic *g = i->generic.fields;
        TRY(router_check(conf, i));
        if (!conf_instance_has(i, "log_as_local")) {
            g->log_as_local = i->driver->number == ROUTER_ACCEPT;
        }
        if (!conf_instance_has(i, "retry_use_local_part")) {
            g->retry_use_local_part = depends_on_local_part(g);
        }
        made->at[n] = (struct conf_router){.name = i->name,
                                           .driver = (enum router_driver)i->driver->number,
                                           .generic = g, .own.any = i->own.fields, .instance = i};
    }
    for (size_t n = 0; n < made->count; n++) {
        struct conf_router *r = &made->at[n];
        TRY(router_find(conf, r, "pass_router", r->generic->pass_router, &r->pass_to));
        TRY(router_find(conf, r, "redirect_router", r->generic->redirect_router,
                        &r->redirect_to));
    }
    return OK;
}

/* --- authenticators --------------------------------------------------------------------- */

static err same_name_check(const struct conf_auth *a, const struct conf_auth *b,
                           struct arena *arena)
{
    const char *side = a->server && b->server ? "server" : a->client && b->client ? "client" : NULL;
    if (side == NULL ||
        !span_eq_caseless(span_text(a->generic->public_name), span_text(b->generic->public_name))) {
        return OK;
    }
    return conf_error(conf_instance_where(b->instance, "public_name"), arena,
                      "two %s authenticators (%s and %s) have the same public name (%s)", side,
                      a->name, b->name, a->generic->public_name);
}

err conf_auths_make(struct conf *conf)
{
    const struct conf_instances *all = &conf->instances[CONF_AUTHS];
    struct conf_auths *made = &conf->auths;
    made->count = all->rows.count;
    made->at = arena_take_array(conf->arena, made->count, sizeof *made->at);
    for (size_t n = 0; n < made->count; n++) {
        struct conf_instance *i = all->rows.at[n];
        struct auth_generic *g = i->generic.fields;
        const struct auth_plaintext *own = i->own.fields;
        if (g->public_name[0] == '\0') {
            g->public_name = i->name;
        }
        for (const char *c = g->public_name; *c != '\0'; c++) {
            if (!ascii_is_alnum((unsigned char)*c) && *c != '-' && *c != '_') {
                return conf_instance_error(i, "public_name", conf->arena,
                                           "\"%s\" is no name of a mechanism (RFC 4422 3.1: "
                                           "letters, digits, \"-\" and \"_\")", g->public_name);
            }
        }
        made->at[n] = (struct conf_auth){.name = i->name,
                                         .driver = (enum auth_driver)i->driver->number,
                                         .generic = g, .own.any = i->own.fields,
                                         .server = g->server_condition != NULL,
                                         .client = own->client_send != NULL, .instance = i};
        for (size_t before = 0; before < n; before++) {
            TRY(same_name_check(&made->at[before], &made->at[n], conf->arena));
        }
    }
    return OK;
}

/* --- lists ------------------------------------------------------------------------------ */

/* What kind of list an option of a type is; LIST_KIND_COUNT: none. */
static enum list_kind list_kind_of(enum conf_type type)
{
    static const struct {
        enum conf_type type;
        enum list_kind kind;
    } kinds[] = {{CONF_DOMAINS, LIST_DOMAIN}, {CONF_HOSTS, LIST_HOST},
                 {CONF_LOCALS, LIST_LOCAL_PART}, {CONF_SENDERS, LIST_ADDRESS}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (kinds[i].type == type) {
            return kinds[i].kind;
        }
    }
    return LIST_KIND_COUNT;
}

static err list_check(const struct conf *conf, enum list_kind kind, const struct template *list,
                      struct conf_where where)
{
    span missing = named_list_missing(&conf->lists, kind, list, conf->arena);
    if (missing.len > 0) {
        return conf_error(where, conf->arena, "unknown named %s list \"%.*s\"",
                          named_list_word(kind), SPAN_FMT(missing));
    }
    return OK;
}

static err into_check(const struct conf *conf, const struct conf_into *into)
{
    for (size_t r = 0; r < into->rows.count; r++) {
        const struct conf_option *row = &into->rows.at[r];
        const struct template *list = NULL;
        enum list_kind kind = list_kind_of(row->type);
        const char *field = (const char *)into->fields + row->offset;
        if (kind == LIST_KIND_COUNT || !into->given[r].set) {
            continue;
        }
        if (kind == LIST_HOST) {
            struct host_list hosts;
            memcpy(&hosts, field, sizeof hosts);
            list = hosts.text;
        } else {
            memcpy(&list, field, sizeof list);
        }
        TRY(list_check(conf, kind, list, into->given[r].where));
    }
    return OK;
}

err conf_lists_make(struct conf *conf, const struct conf_target *target)
{
    size_t count = target->lists.count;
    struct named_list *at = arena_take_array(conf->arena, count, sizeof *at);
    for (size_t i = 0; i < count; i++) {
        at[i] = target->lists.at[i].list;
    }
    named_lists_sort(at, count);
    conf->lists = (struct named_lists){at, count};
    for (size_t i = 0; i < count; i++) {
        const struct listed *l = &target->lists.at[i];
        TRY(list_check(conf, l->list.kind, l->list.list, l->where));
    }
    TRY(into_check(conf, &conf->options));
    for (size_t k = 0; k < CONF_KIND_COUNT; k++) {
        for (size_t i = 0; i < conf->instances[k].rows.count; i++) {
            TRY(into_check(conf, &conf->instances[k].rows.at[i]->generic));
            TRY(into_check(conf, &conf->instances[k].rows.at[i]->own));
        }
    }
    return OK;
}
