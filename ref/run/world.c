/* Where the stations are joined: configuration, environment, log and spool become one struct that a
   session is given. Nothing below this file asks the system for the time, a name or a number. */
#include "ref/run/world.h"

#include "base/account.h"
#include "base/check.h"
#include "base/file.h"
#include "ref/acl/item.h"
#include "ref/queue/slots.h"
#include "ref/route/verify.h"
#include "ref/run/environment.h"
#include "ref/run/modes.h"
#include "ref/run/tls.h"
#include "ref/scan/bmi.h"
#include "ref/seal/sign.h"
#include "ref/seal/tags.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

static err selectors_read(const struct conf *conf, struct arena *texts,
                          struct log_selectors *selectors)
{
    *selectors = log_selectors_default();
    err e = log_selectors_read(span_text(conf->main.log_selector), texts, selectors);
    return failed(e) ? conf_error(conf_where_of(conf, "log_selector"), texts, "%s", e.what) : OK;
}

static const char *const *item_names(const struct acl_item_row *rows, size_t count,
                                     struct arena *arena)
{
    const char **names = arena_take_array(arena, count + 1, sizeof *names);
    size_t known = 0;
    for (size_t i = 0; i < count; i++) {
        if (rows[i].stages != 0) {
            names[known++] = rows[i].name;
        }
    }
    return names;
}

/* "no_tlsv1_3_x": so Exim's macros for words of openssl_options end. */
static const char *const *openssl_names(struct arena *arena)
{
    VEC(const char *) names = {0};
    for (size_t i = 0; tls_openssl_word(i) != NULL; i++) {
        vec_add(arena, &names, arena_printf(arena, "%s_x", tls_openssl_word(i)));
    }
    vec_add(arena, &names, NULL);
    return names.at;
}

static err no_configuration(const char *path, struct arena *arena, span *content)
{
    (void)path;
    (void)arena;
    *content = SPAN_EMPTY;
    return OK;
}

/* The default of dkim_sign_headers with each name once more than it is there. */
static const char *oversigned(struct arena *arena)
{
    span rest = span_text(seal_headers_default), name;
    const char *all = "";
    while (seal_element(&rest, &name)) {
        all = arena_printf(arena, "%s%s+%.*s", all, all[0] != '\0' ? ":" : "", SPAN_FMT(name));
    }
    return all;
}

static err conf_take(const struct run_options *o, conf_read_file *read, struct arena *arena,
                     struct conf **conf)
{
    struct utsname system;
    const char *log_names[LOG_SELECTOR_COUNT + 1] = {NULL}, *const headers[] = {"HEADERS", NULL};
    span *defines = arena_take_array(arena, o->defines.count + 1, sizeof *defines);
    for (size_t i = 0; i < o->defines.count; i++) {
        defines[i] = span_text(o->defines.at[i]);
    }
    for (size_t i = 0; i < LOG_SELECTOR_COUNT; i++) {
        log_names[i] = log_selector_name((enum log_selector)i);
    }
    const struct conf_words words[] = {
        {"_LOG_", log_names, NULL},
        {"_OPT_OPENSSL_", openssl_names(arena), NULL},
        {"_ACL_COND_", item_names(acl_condition_rows, acl_condition_count, arena), NULL},
        {"_ACL_MOD_", item_names(acl_modifier_rows, acl_modifier_count, arena), NULL},
        {"_DKIM_SIGN_", headers, seal_headers_default},
        {"_DKIM_OVERSIGN_", headers, oversigned(arena)},
        {NULL, NULL, NULL},
    };
    struct conf_request request = {
        .path = o->config, .defines = defines, .define_count = o->defines.count,
        .hostname = uname(&system) == 0 ? system.nodename : "localhost", .read = read,
        .words = words};
    struct log_selectors selectors;
    TRY(conf_load(&request, arena, conf));
    err e = selectors_read(*conf, arena, &selectors);
    if (failed(e)) {
        conf_free(*conf);
        *conf = NULL;
    }
    return e;
}

/* A library that is not there or not whole is found before anybody connects: no message would be
   scanned, and nobody would know but who reads the panic log. */
static err brightmail_check(const struct conf *conf, struct arena *texts)
{
    const struct conf_main *m = &conf->main;
    struct bmi bmi = {.library = m->bmi_library, .config = m->bmi_config_file,
                      .wait = m->bmi_timeout};
    if (m->bmi_library[0] == '\0') {
        return OK;
    }
    err e = bmi_probe(&bmi, texts);
    return failed(e) ? conf_error(conf_where_of(conf, "bmi_library"), texts, "bmi_library: %s", e.what)
                     : OK;
}

/* The configuration with its ACLs, which live as long. */
static err conf_take_whole(const struct run_options *o, struct arena *texts, struct conf **conf,
                           struct smtp_policy *policy)
{
    TRY(conf_take(o, NULL, texts, conf));
    err e = smtp_policy_read(*conf, (*conf)->arena, texts, policy);
    if (!failed(e)) {
        e = brightmail_check(*conf, texts);
    }
    if (failed(e)) {
        conf_free(*conf);
        *conf = NULL;
    }
    return e;
}

err run_conf_load(const struct run_options *o, struct arena *arena, struct conf **conf)
{
    struct smtp_policy policy;
    return conf_take_whole(o, arena, conf, &policy);
}

err run_conf_load_or_default(const struct run_options *o, struct arena *arena, struct conf **conf)
{
    bool given = o->config_given || path_is_file(o->config);
    return given ? run_conf_load(o, arena, conf) : conf_take(o, no_configuration, arena, conf);
}

void run_facts_fill(const struct run_options *o, const struct run_env *env,
                    const struct conf_main *m, struct arena *arena, struct facts_server *facts)
{
    *facts = (struct facts_server){
        .primary_hostname = span_text(m->primary_hostname),
        .qualify_domain = span_text(m->qualify_domain),
        .qualify_recipient = span_text(m->qualify_recipient),
        .spool_directory = span_text(m->spool_directory),
        .log_file_path = span_text(m->log_file_path),
        .config_file = span_text(o->config),
        .version_number = SPAN(REFMTA_LIKE_EXIM),
        .exim_path = span_text(m->exim_path),
        .pid_file_path = span_text(m->pid_file_path),
        .uid = (long)getuid(),
        .gid = (long)getgid(),
        .pid = (long)env->pid,
        .clock = env->clock,
        .timestamps_utc = strcmp(m->timezone, "UTC") == 0,
    };
    run_environment_take(m, environ, arena, facts);
}

static err log_prepare(struct run_world *world, struct run_instance *in, struct arena *texts)
{
    const struct conf_main *m = &in->conf->main;
    struct log_options options = {
        .path = m->log_file_path, .spool_directory = m->spool_directory, .clock = world->env.clock,
        .pid = (long)world->env.pid, .utc = strcmp(m->timezone, "UTC") == 0,
        .zone = m->log_timezone, .rehearsal = world->scratch != NULL};
    TRY(selectors_read(in->conf, texts, &options.selectors));
    err e = log_open(&in->log, &options, in->arena);
    if (failed(e)) {
        e.what = arena_text(texts, span_text(err_text(e, in->arena)));
        e.sys = 0; /* it is in the text now */
        return e.kind == ERR_SYNTAX
                   ? conf_error(conf_where_of(in->conf, "log_file_path"), texts, "%s", e.what)
                   : e;
    }
    return OK;
}

/* The arrow from a session's ACLs to the routers, against the flow: ref/smtp declares it, ref/route is
   behind it, and only here are both known. */
static enum acl_verified verify_address(void *context, struct expansion *x,
                                        const struct acl_verify *what,
                                        struct acl_verify_answer *answer)
{
    struct run_instance *in = context;
    struct route_round round = {.conf = in->conf, .expansion = x, .dns = x->dns,
                                .rng = in->server.rng, .arena = x->arena, .log = &in->log,
                                .id = SPAN_EMPTY};
    route_own_addresses(in->conf, x->arena, &round.own, &round.own_count);
    return route_verify_answer(&round, what, answer);
}

static void instance_free(struct run_instance *in)
{
    conf_free(in->conf);
    arena_free(in->arena);
}

/* What sessions of an instance are given of the world, as far as it is open. */
static void server_fill(struct run_world *world, struct run_instance *in)
{
    in->server = (struct smtp_server){
        .conf = &in->conf->main, .policy = &in->policy, .facts = &in->facts, .dns = world->dns,
        .lookups = world->lookups, .rng = &world->env.rng, .clock = world->env.clock,
        .log = &in->log, .spool = &world->spool, .tls = world->tls,
        .seals = world->seals,
        .verify = verify_address, .verify_context = in,
        .version = REFMTA_VERSION, .draining = &world->draining, .stored = world->stored,
        .stored_context = world->stored_context,
        .moved = world->env.still ? &world->env.time->moved : NULL};
}

static err instance_make(struct run_world *world, struct arena *texts, struct run_instance **made)
{
    struct arena *arena = arena_new();
    struct run_instance *in = ARENA_NEW(arena, struct run_instance);
    in->arena = arena;
    in->holders = 1;
    err e = conf_take_whole(world->options, texts, &in->conf, &in->policy);
    if (!failed(e)) {
        e = log_prepare(world, in, texts);
    }
    if (!failed(e) && world->tls != NULL) {
        e = run_tls_check(world, in->conf, texts);
    }
    if (failed(e)) {
        instance_free(in);
        return e;
    }
    run_facts_fill(world->options, &world->env, &in->conf->main, in->arena, &in->facts);
    server_fill(world, in);
    *made = in;
    return OK;
}

void run_timezone_set(const struct conf_main *m)
{
    if (m->timezone[0] != '\0') {
        CHECK(setenv("TZ", m->timezone, 1) == 0);
    }
    tzset();
}

err run_world_open(struct run_world *world, const struct run_options *o, struct arena *arena)
{
    world->options = o;
    world->arena = arena;
    CHECK(pthread_mutex_init(&world->mutex, NULL) == 0);
    TRY(run_env_open(&world->env, o->env_file, o->env_socket, arena));
    TRY(run_env_take_dns(&world->env, o->dns));
    TRY(instance_make(world, arena, &world->instance));
    world->first = run_instance_hold(world);
    run_timezone_set(&world->instance->conf->main);
    return OK;
}

millis run_dns_timeout(const struct conf_main *m)
{
    return m->dns_retrans * (millis)(m->dns_retry > 0 ? m->dns_retry : 1);
}

err run_lookups_open(const struct conf_main *m, const struct clock *clock,
                     struct lookup_shared **lookups)
{
    *lookups = lookup_shared_new(clock);
    lookup_shared_limit(*lookups, (unsigned)m->lookup_open_max, m->lmdb_nolock);
    return OK;
}

static void hints_log(void *context, const char *line)
{
    const struct run_world *world = context;
    log_printf(&world->instance->log, LOG_MAIN, SPAN_EMPTY, "%s", line);
}

static void hints_begin(struct run_world *world)
{
    struct hints_setup setup = {
        .folder = path_join(world->arena, world->spool.options.directory, "db"),
        .clock = world->env.clock, .log = hints_log, .context = world};
    world->hints = hints_open(&setup);
}

err run_world_open_spool(struct run_world *world)
{
    const struct conf_main *m = &world->instance->conf->main;
    struct spool_options options = {
        .directory = world->scratch ? world->scratch : m->spool_directory,
        .queue = world->options->queue_interval > 0 ? NULL : world->options->queue,
        .split = m->split_spool_directory,
        .clock = world->env.clock,
        .process = world->env.pid,
        .host_number = (unsigned)m->localhost_number,
        .login = span_text(run_user_find(world->arena).login),
        .uid = (long)getuid(),
        .gid = (long)getgid(),
        .header_limit = m->header_maxsize,
    };
    TRY(spool_open(&world->spool, &options, world->arena));
    world->spool_open = true;
    if (world->spool.restored > 0) {
        log_printf(&world->instance->log, LOG_MAIN, SPAN_EMPTY,
                   "%zu message%s written again from the intake, after a crash", world->spool.restored,
                   world->spool.restored == 1 ? "" : "s");
    }
    world->env.network.timeout = run_dns_timeout(m);
    TRY(run_env_open_dns(&world->env, world->arena, &world->dns));
    TRY(run_lookups_open(m, world->env.clock, &world->lookups));
    hints_begin(world);
    world->slots = queue_slots_new();
    run_tls_open(world);
    world->seals = seal_store_open();
    server_fill(world, world->instance);
    return OK;
}

void run_world_close(struct run_world *world)
{
    if (world->spool_open) {
        spool_close(&world->spool);
    }
    if (world->instance != NULL) {
        run_instance_release(world->first);
        run_instance_release(world->instance);
    }
    tls_shared_free(world->tls);
    seal_store_close(world->seals);
    hints_close(world->hints);
    queue_slots_free(world->slots);
    lookup_shared_close(world->lookups);
    dns_close(world->dns);
    (void)pthread_mutex_destroy(&world->mutex);
}

enum exit_status run_world_begin(struct run_world *world, const struct run_options *o,
                                 struct arena *arena)
{
    (void)signal(SIGPIPE, SIG_IGN);
    err e = run_world_open(world, o, arena);
    if (failed(e)) {
        return run_fail(e.kind == ERR_SYNTAX ? EXIT_REFUSED : EXIT_SYSTEM, err_text(e, arena));
    }
    e = run_world_open_spool(world);
    if (failed(e)) {
        run_world_close(world);
        return run_fail(EXIT_SYSTEM, err_text(e, arena));
    }
    return EXIT_FINE;
}

struct run_user run_user_find(struct arena *arena)
{
    struct account account;
    return account_of(getuid(), arena, &account) == 0 ? (struct run_user){account.name, account.gecos}
                                                      : (struct run_user){"unknown", ""};
}

struct run_instance *run_instance_hold(struct run_world *world)
{
    CHECK(pthread_mutex_lock(&world->mutex) == 0);
    struct run_instance *in = world->instance;
    in->holders++;
    CHECK(pthread_mutex_unlock(&world->mutex) == 0);
    return in;
}

void run_instance_release(struct run_instance *in)
{
    if (--in->holders == 0) {
        instance_free(in);
    }
}

/* Options that are only looked at when the program starts. */
static const char *const at_start[] = {
    "daemon_smtp_ports", "disable_ipv6", "dmarc_history_file", "dns_retrans", "dns_retry", "header_maxsize",
    "lmdb_nolock", "local_interfaces", "localhost_number", "lookup_open_max", "pid_file_path", "spool_directory", "split_spool_directory", "timezone",
};

void run_world_changes_log(const struct run_world *world, const struct run_instance *in)
{
    for (size_t i = 0; i < sizeof at_start / sizeof *at_start; i++) {
        const struct conf_option *row = conf_rows_find(&conf_main_options, span_text(at_start[i]));
        CHECK(row != NULL);
        struct buf a, b;
        buf_init(&a, CONF_LINE_CEILING * 2);
        buf_init(&b, CONF_LINE_CEILING * 2);
        (void)conf_print(world->first->conf, span_text(at_start[i]), &a);
        (void)conf_print(in->conf, span_text(at_start[i]), &b);
        if (!span_eq(buf_span(&a), buf_span(&b))) {
            log_printf(&in->log, LOG_MAIN, SPAN_EMPTY,
                       "%s was changed: it takes a restart to take effect", at_start[i]);
        }
        buf_wipe(&a);
        buf_wipe(&b);
    }
}

err run_world_reload(struct run_world *world, struct arena *texts)
{
    struct run_instance *made;
    TRY(instance_make(world, texts, &made));
    tls_shared_lives(world->tls, made->conf->main.tls_ticket_lifetime,
                     made->conf->main.tls_ticket_key_lifetime);
    tls_shared_forget(world->tls);
    CHECK(pthread_mutex_lock(&world->mutex) == 0);
    struct run_instance *old = world->instance;
    world->instance = made;
    CHECK(pthread_mutex_unlock(&world->mutex) == 0);
    run_instance_release(old);
    return OK;
}
