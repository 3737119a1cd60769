/* Reproducible runs are a feature and not a test hook: the judge compares bytes without rewriting
   any, because whatever would differ from run to run comes from here. */
#include "ref/run/env.h"

#include "base/cursor.h"
#include "base/file.h"
#include "base/rows.h"

#include <errno.h>
#include <sys/mman.h>
#include <stdio.h>
#include <unistd.h>

enum { ENV_CEILING = 65536, ZONE_CEILING = 1 << 24 };

/* SECONDS[.FRACTION], up to nine digits behind the point. */
static bool seconds_read(span text, int64_t *nanos)
{
    struct cursor c = cursor_of(text);
    uint64_t whole, part = 0;
    if (!cursor_take_u64(&c, &whole) || whole > INT64_MAX / NANOS_PER_SECOND - 1) {
        return false;
    }
    if (cursor_take_byte(&c, '.')) {
        uint64_t scale = (uint64_t)NANOS_PER_SECOND;
        size_t from = c.pos;
        for (int digit; (digit = cursor_peek(&c)) >= '0' && digit <= '9'; c.pos++) {
            scale /= 10;
            part += (uint64_t)(digit - '0') * scale;
        }
        if (c.pos == from || c.pos - from > 9) {
            return false;
        }
    }
    *nanos = (int64_t)whole * NANOS_PER_SECOND + (int64_t)part;
    return cursor_at_end(&c);
}

static bool read_clock(span text, struct env_values *v)
{
    v->has_clock = true;
    return seconds_read(text, &v->clock);
}

static bool read_step(span text, struct env_values *v)
{
    return seconds_read(text, &v->clock_step);
}

static bool read_seed(span text, struct env_values *v)
{
    v->has_seed = true;
    return span_to_u64(text, &v->seed);
}

static bool read_pid(span text, struct env_values *v)
{
    v->has_pid = true;
    return span_to_u64(text, &v->pid) && v->pid > 0 && v->pid < UINT32_MAX;
}

static bool read_zone(span text, struct env_values *v)
{
    v->zone = text;
    return text.len > 0 && text.at[0] == '/';
}

static bool read_key_log(span text, struct env_values *v)
{
    v->key_log = text;
    return text.len > 0 && text.at[0] == '/';
}

/* ADDRESS [PORT] */
static bool read_server(span text, struct env_values *v)
{
    span host, port;
    uint64_t number = 53;
    struct address address;
    if (span_split(text, ' ', &host, &port) && !span_to_u64(span_trim(port), &number)) {
        return false;
    }
    v->dns_server = host;
    v->dns_port = (uint16_t)number;
    return number > 0 && number <= UINT16_MAX && address_parse(host, v->dns_port, &address);
}

static bool read_anchor(span text, struct env_values *v)
{
    v->trust_anchor = text;
    return text.len > 0;
}

static const struct env_key {
    const char *name;
    bool (*read)(span text, struct env_values *v);
    const char *expects;
} keys[] = {
    {"clock", read_clock, "SECONDS[.FRACTION] since 1970"},
    {"clock_step", read_step, "SECONDS[.FRACTION]"},
    {"dns_server", read_server, "ADDRESS, and PORT if it is not 53"},
    {"key_log", read_key_log, "the absolute name of a file"},
    {"pid", read_pid, "a number from 1"},
    {"seed", read_seed, "a number"},
    {"trust_anchor", read_anchor, "a DS or DNSKEY record"},
    {"zone", read_zone, "the absolute name of a file"},
};

static err key_read(span line, const char *path, unsigned number, struct arena *arena,
                    struct env_values *v)
{
    span name, value;
    bool has_value = span_split(line, '=', &name, &value);
    name = span_trim(name);
    const struct env_key *key = ROWS_FIND(keys, name);
    if (key == NULL || !has_value) {
        const char *near = key ? key->name : ROWS_SUGGEST(keys, name);
        return err_syntax(number, arena_printf(arena,
            "%s line %u: \"%.*s\" is no setting (\"key = value\" with clock, clock_step, dns_server, "
            "key_log, pid, seed, trust_anchor or zone)%s%s%s", path, number, SPAN_FMT(name), near ? ", did you mean \"" : "",
            near ? near : "", near ? "\"?" : ""));
    }
    if (!key->read(span_trim(value), v)) {
        return err_syntax(number, arena_printf(arena, "%s line %u: %s = %.*s: expected %s", path,
                                               number, key->name, SPAN_FMT(span_trim(value)),
                                               key->expects));
    }
    return OK;
}

err env_values_read(span text, const char *path, struct arena *arena, struct env_values *v)
{
    *v = (struct env_values){0};
    unsigned number = 0;
    for (span line; span_line(&text, &line);) {
        number++;
        line = span_trim_space(line);
        if (line.len > 0 && line.at[0] != '#') {
            TRY(key_read(line, path, number, arena, v));
        }
    }
    return OK;
}

static err values_load(const char *path, struct arena *arena, struct env_values *v)
{
    span text;
    err e = file_read(path, ENV_CEILING, arena, &text);
    if (failed(e)) {
        return err_in(e, arena, "reading the --env file %s", path);
    }
    return env_values_read(text, path, arena, v);
}

static void dns_take(struct run_env *env, const struct env_values *v, struct arena *arena)
{
    env->zone = v->zone.len ? arena_text(arena, v->zone) : NULL;
    if (v->dns_server.len) {
        env->network.server = arena_printf(arena, "%.*s@%u", SPAN_FMT(v->dns_server), v->dns_port);
    }
    if (v->trust_anchor.len) {
        env->network.trust_anchor = arena_text(arena, v->trust_anchor);
    }
}

err run_env_take_dns(struct run_env *env, const char *dns)
{
    if (dns == NULL) {
        return OK;
    }
    if (env->zone != NULL || env->network.server != NULL) {
        return err_syntax(0, "--dns and the zone or dns_server of --env exclude each other: "
                             "take one of them away");
    }
    *(dns[0] == '/' ? &env->zone : &env->network.server) = dns;
    return OK;
}

err run_env_open_dns(const struct run_env *env, struct arena *arena, struct dns **dns)
{
    if (env->zone == NULL) {
        return dns_open_network(&env->network, arena, dns);
    }
    span text;
    err e = file_read(env->zone, ZONE_CEILING, arena, &text);
    if (failed(e)) {
        return err_in(e, arena, "reading the zone text %s", env->zone);
    }
    return dns_open_zone(text, env->zone, arena, dns);
}

/* One clock for the processes of a daemon: whoever hears that it moves moves it for all. */
static err time_open(struct run_env *env)
{
    void *at = mmap(NULL, sizeof *env->time, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) {
        return err_sys(errno, "sharing the clock of --env");
    }
    env->time = at;
    return OK;
}

err run_env_open(struct run_env *env, const char *path, const char *socket, struct arena *arena)
{
    env->path = path;
    env->socket = -1;
    env->clock = clock_system();
    env->pid = (uint32_t)getpid();
    env->zone = NULL;
    env->key_log = NULL;
    env->network = (struct dns_network){0};
    rng_system(&env->rng);
    if (path == NULL) {
        return OK;
    }
    struct env_values v;
    TRY(values_load(path, arena, &v));
    if (v.has_clock) {
        TRY(time_open(env));
        clock_still_init(&env->time->clock, v.clock, v.clock_step);
        env->clock = &env->time->clock.clock;
        env->still = true;
    }
    if (v.has_seed) {
        rng_seeded(&env->rng, v.seed);
    }
    if (v.has_pid) {
        env->pid = (uint32_t)v.pid;
    }
    dns_take(env, &v, arena);
    env->key_log = v.key_log.len ? arena_text(arena, v.key_log) : NULL;
    uint64_t fd;
    if (socket != NULL) {
        if (!span_to_u64(span_text(socket), &fd) || fd > INT32_MAX) {
            return err_syntax(0, "--env-socket needs the number of an open descriptor");
        }
        env->socket = (int)fd;
    }
    return OK;
}

static bool follow_once(struct run_env *env)
{
    struct arena *arena = arena_new();
    struct env_values v;
    err e = values_load(env->path, arena, &v);
    if (failed(e)) {
        (void)fprintf(stderr, "refmta: %s\n", err_text(e, arena));
    } else if (env->still && v.has_clock) {
        int64_t by = v.clock - env->time->clock.at;
        clock_still_set(&env->time->clock, v.clock);
        env->time->moved += by > 0 ? by : 0;
    }
    arena_free(arena);
    return !failed(e);
}

void run_env_follow(void *arg)
{
    struct run_env *env = arg;
    char byte;
    for (;;) {
        ssize_t got = read(env->socket, &byte, 1);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return;
        }
        char answer = follow_once(env) ? '+' : '-';
        while (write(env->socket, &answer, 1) < 0 && errno == EINTR) {
        }
    }
}
