/* A server that would have to say 454 to everybody says so to its administrator first. */
#include "ref/run/tls.h"

#include "ref/smtp/tls.h"

#include <stdlib.h>

const char *run_tls_key_log(const struct run_world *world)
{
    if (world->env.path == NULL) {
        return NULL;
    }
    return world->env.key_log != NULL ? world->env.key_log : getenv("SSLKEYLOGFILE");
}

void run_tls_open(struct run_world *world)
{
    const struct conf *conf = world->instance->conf;
    struct tls_setup setup = {.clock = world->env.clock, .hints = world->hints,
                              .ticket_life = conf->main.tls_ticket_lifetime,
                              .ticket_key_life = conf->main.tls_ticket_key_lifetime,
                              .key_log = run_tls_key_log(world)};
    world->tls = tls_shared_new(&setup);
}

err run_tls_check(struct run_world *world, const struct conf *conf, struct arena *texts)
{
    const struct conf_main *m = &conf->main;
    struct tls_settings settings;
    if (m->tls_certificate == NULL) {
        return m->tls_on_connect_ports.count == 0
                   ? OK : conf_error(conf_where_of(conf, "tls_on_connect_ports"), texts,
                                     "tls_on_connect_ports needs tls_certificate");
    }
    if (!smtp_tls_settings_fixed(m, &settings) || !m->tls_certificate_at_start) {
        return OK;
    }
    err e = tls_settings_current(world->tls, &settings, texts);
    return failed(e) ? conf_error(conf_where_of(conf, "tls_certificate"), texts,
                                  "%s (tls_certificate_at_start = false leaves it to a 454)",
                                  err_text(e, texts))
                     : OK;
}
