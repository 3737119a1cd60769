/* -oX overrides the addresses if it names some, and the ports if it names some, as in Exim. */
#include "ref/run/listeners.h"

#include "ref/smtp/line.h"

#include <errno.h>
#include <unistd.h>

static err items_choose(const struct conf *conf, const char *interfaces, struct arena *arena,
                        struct interface_items *items)
{
    *items = conf->interfaces;
    if (interfaces == NULL) {
        return OK;
    }
    struct interface_items given = {0};
    err e = interface_items_read(span_text(interfaces), arena, &given);
    if (failed(e)) {
        return err_syntax(0, arena_printf(arena, "-oX: %s", e.what));
    }
    if (given.hosts.count > 0) {
        items->hosts.at = given.hosts.at;
        items->hosts.count = items->hosts.room = given.hosts.count;
        items->has_port.at = given.has_port.at;
        items->has_port.count = items->has_port.room = given.has_port.count;
    }
    if (given.ports.count > 0) {
        items->ports.at = given.ports.at;
        items->ports.count = items->ports.room = given.ports.count;
    }
    return OK;
}

static void address_put(const struct address *a, struct buf *out)
{
    char host[64];
    address_host(a, host, sizeof host);
    buf_printf(out, "[%s]:%u", host, address_port(a));
}

static err open_one(struct run_listeners *l, size_t i, int backlog, struct arena *arena)
{
    struct buf name;
    buf_init(&name, 128);
    address_put(&l->where.at[i], &name);
    const char *text = buf_settle_text(&name, arena);
    err e = socket_listen(&l->where.at[i], backlog, &l->fds[i]);
    if (failed(e)) {
        const char *remedy = e.sys == EADDRINUSE ? " (another program has it: stop that, or choose "
                                                   "another port with -oX)"
                             : e.sys == EACCES   ? " (ports below 1024 need root)"
                                                 : "";
        return err_in(e, arena, "cannot listen on %s%s", text, remedy);
    }
    socket_listen_fast(l->fds[i], backlog);
    TRY(socket_listen_patient(l->fds[i], SMTP_LOOK_FOR_STOP));
    return socket_name(l->fds[i], &l->where.at[i]);
}

err run_listeners_open(struct run_listeners *l, const struct conf *conf, const char *interfaces,
                       struct arena *arena)
{
    struct interface_items items;
    TRY(items_choose(conf, interfaces, arena, &items));
    l->where = interfaces_cross(&items, conf->main.disable_ipv6, arena);
    if (l->where.count == 0) {
        return err_syntax(0, "there is no address to listen on (local_interfaces, "
                             "daemon_smtp_ports, -oX)");
    }
    l->fds = arena_take_array(arena, l->where.count, sizeof *l->fds);
    for (size_t i = 0; i < l->where.count; i++) {
        l->fds[i] = -1;
    }
    for (size_t i = 0; i < l->where.count; i++) {
        err e = open_one(l, i, (int)conf->main.smtp_connect_backlog, arena);
        if (failed(e)) {
            run_listeners_close(l);
            return e;
        }
    }
    return OK;
}

void run_listeners_close(struct run_listeners *l)
{
    for (size_t i = 0; i < l->where.count; i++) {
        if (l->fds[i] >= 0) {
            (void)close(l->fds[i]);
            l->fds[i] = -1;
        }
    }
}

void run_listeners_print(const struct run_listeners *l, struct buf *out)
{
    for (size_t i = 0; i < l->where.count; i++) {
        if (i > 0) {
            buf_put_byte(out, ' ');
        }
        address_put(&l->where.at[i], out);
    }
}
