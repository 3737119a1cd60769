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

/* "unix:@{dir}/x": a socket in the folder of the case. */
static bool is_socket(const struct target *t, span endpoint, struct address *at)
{
    const span prefix = SPAN("unix:@{dir}");
    span path = span_from(endpoint, prefix.len);
    return span_starts(endpoint, prefix) &&
           address_parse_with_port(
               span_text(arena_printf(t->case_arena, "unix:%s%.*s", t->dir, SPAN_FMT(path))), at);
}

bool target_server(struct target *t, const char *endpoint, struct address *at)
{
    span text = span_text(endpoint);
    size_t colon = span_find_last_byte(text, ':');
    uint64_t port;
    unsigned number;
    if (is_socket(t, text, at) || address_parse_with_port(text, at)) {
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

/* What stands for NAME of `@{NAME}` before the play begins, or NULL. */
static const char *known_name(struct target *t, span name)
{
    if (span_eq(name, SPAN("dir"))) {
        return t->dir;
    }
    for (size_t i = 0; t->scenario && i < t->scenario->actors.count; i++) {
        const struct actor *a = &t->scenario->actors.at[i];
        struct address at;
        char ip[64];
        if (a->role == ACTOR_SERVER && span_ends(name, SPAN(".ip")) &&
            span_eq(span_first(name, name.len - 3), span_text(a->name)) &&
            target_server(t, a->endpoint, &at)) {
            address_host(&at, ip, sizeof ip);
            return arena_text(t->case_arena, span_text(ip));
        }
    }
    return NULL;
}

void target_names_fill(struct target *t, span text, struct buf *out)
{
    while (text.len > 0) {
        size_t open = span_find(text, SPAN("@{"));
        if (open == SPAN_NONE) {
            buf_put(out, text);
            return;
        }
        span name = span_from(text, open + 2);
        size_t close = span_find_byte(name, '}');
        const char *value =
            close == SPAN_NONE ? NULL : known_name(t, span_first(name, close));
        buf_put(out, span_first(text, open + (value ? 0 : 2)));
        buf_put_text(out, value ? value : "");
        text = value ? span_from(name, close + 1) : name;
    }
}

/* The case's rows; their own names are read as if no row told an address. */
static err read_rows(struct target *t)
{
    const struct scenario *s = t->scenario;
    for (size_t i = 0; i < s->sections.count; i++) {
        if (s->sections.at[i].kind == SECTION_DNS) {
            struct buf rows;
            buf_init(&rows, SIZE_MAX);
            target_names_fill(t, s->sections.at[i].content, &rows);
            TRY(err_in(dnsd_zone_read(buf_settle(&rows, t->case_arena), t->case_arena, &t->zone),
                       t->case_arena, "%s:%u", s->path, s->sections.at[i].place.line));
        }
    }
    return OK;
}

const char *target_names_rows(struct target *t, struct arena *arena)
{
    const struct scenario *s = t->scenario;
    struct buf rows;
    buf_init(&rows, SIZE_MAX);
    for (size_t i = 0; i < s->sections.count; i++) {
        if (s->sections.at[i].kind == SECTION_DNS) {
            target_names_fill(t, s->sections.at[i].content, &rows);
        }
    }
    return buf_settle_text(&rows, arena);
}

err target_names_serve(struct target *t)
{
    const struct scenario *s = t->scenario;
    TRY(read_rows(t));
    t->written = t->zone.records.count;
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
static bool has_row(struct target *t, span host)
{
    span name;
    bool found = false;
    if (dnsd_name_write(host, t->scratch, &name)) {
        for (size_t i = 0; i < t->written; i++) {
            found = found || span_eq(t->zone.records.at[i].name, name);
        }
    }
    return found;
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
