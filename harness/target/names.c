/* Who the names of a case are: server actors stand at addresses of their own, from .100 on in the
   order of the file, unless a dns row says where; the target is mx.test.ex. */
#include "harness/target/instance.h"

#include "base/buf.h"
#include "base/file.h"

#define FIRST_ACTOR 100
#define HOSTS_CEILING ((size_t)1 << 20)

static span host_of(const struct actor *a)
{
    span text = span_text(a->endpoint);
    size_t colon = span_find_last_byte(text, ':');
    return span_first(text, colon == SPAN_NONE ? text.len : colon);
}

static bool is_named(const struct actor *a)
{
    struct address literal;
    return a->role == ACTOR_SERVER && !address_parse_with_port(span_text(a->endpoint), &literal) &&
           host_of(a).len > 0;
}

/* The number of the first server actor with that host; false if there is none. */
static bool number_of(const struct scenario *s, span host, unsigned *number)
{
    *number = FIRST_ACTOR;
    for (size_t i = 0; i < s->actors.count; i++) {
        const struct actor *a = &s->actors.at[i];
        if (a->role == ACTOR_SERVER && span_eq_caseless(host_of(a), host)) {
            return true;
        }
        *number += a->role == ACTOR_SERVER;
    }
    return false;
}

bool target_server(struct target *t, const char *endpoint, struct address *at)
{
    span text = span_text(endpoint);
    size_t colon = span_find_last_byte(text, ':');
    uint64_t port;
    unsigned number;
    if (address_parse_with_port(text, at)) {
        return true;
    }
    if (!t->scenario || colon == SPAN_NONE || !span_to_u64(span_from(text, colon + 1), &port) ||
        port > 65535) {
        return false;
    }
    span host = span_first(text, colon);
    const char *ip = dnsd_zone_address(&t->zone, host, t->case_arena);
    if (ip == NULL && number_of(t->scenario, host, &number)) {
        span net = span_first(span_text(t->in.client_host),
                              span_find_last_byte(span_text(t->in.client_host), '.'));
        ip = arena_printf(t->case_arena, "%.*s.%u", SPAN_FMT(net), number);
    }
    return ip != NULL && address_parse(span_text(ip), (uint16_t)port, at);
}

err target_names_serve(struct target *t)
{
    const struct scenario *s = t->scenario;
    for (size_t i = 0; i < s->sections.count; i++) {
        if (s->sections.at[i].kind == SECTION_DNS) {
            TRY(err_in(dnsd_zone_read(s->sections.at[i].content, t->case_arena, &t->zone),
                       t->case_arena, "%s:%u", s->path, s->sections.at[i].place.line));
        }
    }
    for (size_t i = 0; i < s->actors.count; i++) {
        struct address at;
        char ip[64];
        if (is_named(&s->actors.at[i]) && target_server(t, s->actors.at[i].endpoint, &at)) {
            address_host(&at, ip, sizeof ip);
            (void)dnsd_zone_add_host(&t->zone, host_of(&s->actors.at[i]), ip, t->case_arena);
        }
    }
    (void)dnsd_zone_add_host(&t->zone, SPAN("mx.test.ex"), t->in.target_host, t->case_arena);
    if (t->dns) {
        dnsd_serve(t->dns, &t->zone);
    }
    return OK;
}

/* A row of the case speaks of the host: what it says must not be hidden by a file. */
static bool has_row(const struct target *t, span host)
{
    struct dnsd_zone written = {{0}};
    span name;
    for (size_t i = 0; i < t->scenario->sections.count; i++) {
        if (t->scenario->sections.at[i].kind == SECTION_DNS) {
            (void)failed(
                dnsd_zone_read(t->scenario->sections.at[i].content, t->scratch, &written));
        }
    }
    for (size_t i = 0; i < written.records.count; i++) {
        if (dnsd_name_write(host, t->scratch, &name) &&
            span_eq(written.records.at[i].name, name)) {
            return true;
        }
    }
    return false;
}

err target_names_write(struct target *t)
{
    struct buf hosts;
    if (!t->in.layered) {
        return OK;
    }
    buf_init(&hosts, HOSTS_CEILING);
    buf_printf(&hosts, "127.0.0.1 localhost\n::1 localhost\n%s mx.test.ex\n", t->in.target_host);
    for (size_t i = 0; i < t->scenario->actors.count; i++) {
        const struct actor *a = &t->scenario->actors.at[i];
        struct address at;
        char ip[64];
        if (is_named(a) && !has_row(t, host_of(a)) && target_server(t, a->endpoint, &at)) {
            address_host(&at, ip, sizeof ip);
            buf_printf(&hosts, "%s %.*s\n", ip, SPAN_FMT(host_of(a)));
        }
    }
    err e = err_in(file_write("/etc/hosts", buf_span(&hosts), 0644), t->case_arena, "/etc/hosts");
    buf_wipe(&hosts);
    return e;
}
