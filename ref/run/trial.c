/* Who asks is the caller, and the sender is the one that -f names, or he. */
#include "ref/run/trial.h"

#include <stdio.h>

void run_trial_trace(void *context, unsigned depth, span line)
{
    (void)context;
    (void)fprintf(stderr, "%*s%.*s\n", (int)(2 * depth), "", SPAN_FMT(line));
}

static void facts_fill(struct run_trial *t)
{
    const struct conf_main *m = &t->conf->main;
    const char *login = run_user_find(t->arena).login, *sender = t->options->sender;
    run_facts_fill(t->options, &t->env, m, t->arena, &t->server);
    t->peer = (struct facts_peer){.ident = span_text(login), .login = span_text(login)};
    if (sender == NULL) {
        sender = arena_printf(t->arena, "%s@%s", login, m->qualify_domain);
    }
    t->message.sender_address = strcmp(sender, "<>") == 0 ? SPAN_EMPTY : span_text(sender);
    t->acl.connection_arena = t->acl.message_arena = t->arena;
    t->facts = (struct facts){.server = &t->server, .peer = &t->peer, .message = &t->message,
                              .address = &t->address, .host = &t->host, .acl = &t->acl};
}

static err lookups_open(struct run_trial *t)
{
    t->env.network.timeout = run_dns_timeout(&t->conf->main);
    err e = run_env_open_dns(&t->env, t->arena, &t->dns);
    t->dns = failed(e) ? NULL : t->dns;
    err lookups = run_lookups_open(&t->conf->main, t->env.clock, &t->shared);
    if (!failed(lookups)) {
        t->cache = lookup_cache_new(t->shared);
    }
    return failed(e) ? e : lookups;
}

err run_trial_open(struct run_trial *t, const struct run_options *o, bool makeshift,
                   struct arena *arena)
{
    *t = (struct run_trial){.options = o, .arena = arena};
    TRY(run_env_open(&t->env, o->env_file, o->env_socket, arena));
    TRY(run_env_take_dns(&t->env, o->dns));
    TRY((makeshift ? run_conf_load_or_default : run_conf_load)(o, arena, &t->conf));
    run_timezone_set(&t->conf->main);
    facts_fill(t);
    err e = lookups_open(t);
    t->expansion = (struct expansion){
        .facts = &t->facts, .arena = arena, .lists = &t->conf->lists, .lookups = t->cache,
        .dns = t->dns, .rng = &t->env.rng,
        .allowance = EXPAND_ALLOWANCE(t->conf->main.expand_budget),
        .trace = run_options_trace(o, "expand") ? run_trial_trace : NULL};
    return makeshift ? OK : e;
}

void run_trial_close(struct run_trial *t)
{
    lookup_cache_free(t->cache);
    lookup_shared_close(t->shared);
    dns_close(t->dns);
    conf_free(t->conf);
}
