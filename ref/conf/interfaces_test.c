/* Every way to say where to listen. */
#include "ref/conf/interfaces.h"

#include <criterion/criterion.h>
#include <stdio.h>

static void print(const struct conf_interfaces *all, char *out, size_t room)
{
    size_t len = 0;
    out[0] = '\0';
    for (size_t i = 0; i < all->count; i++) {
        char host[64];
        address_host(&all->at[i], host, sizeof host);
        len += (size_t)snprintf(out + len, room - len, "%s%s/%u", i ? " " : "", host,
                                address_port(&all->at[i]));
    }
}

Test(conf_interfaces, forms)
{
    static const struct {
        const char *label, *list, *result;
        bool no_ipv6;
    } rows[] = {
        {"address and port", "127.0.0.1.25", "127.0.0.1/25", false},
        {"address : port", "127.0.0.1 : 1225", "127.0.0.1/1225", false},
        {"joined", "127.0.0.1:1225", "127.0.0.1/1225", false},
        {"two ports", "127.0.0.1:1225:1226", "127.0.0.1/1225 127.0.0.1/1226", false},
        {"brackets and colon", "[127.0.0.1]:26", "127.0.0.1/26", false},
        {"brackets and dot", "[::1].26", "::1/26", false},
        {"IPv6 in brackets", "[::1]:26", "::1/26", false},
        {"IPv6 with doubled colons", "::::1 : 25", "::1/25", false},
        {"other separator", "<; ::1 ; 127.0.0.1 ; 25", "::1/25 127.0.0.1/25", false},
        {"own port and common port", "127.0.0.1.26 : 127.0.0.2 : 25", "127.0.0.1/26 127.0.0.2/25",
         false},
        {"brackets side by side", "[::1]:26:[::2]:27", "::1/26 ::2/27", false},
        {"service names", "127.0.0.1 : smtp : submission", "127.0.0.1/25 127.0.0.1/587", false},
        {"port 0: the system chooses", "127.0.0.1.0", "127.0.0.1/0", false},
        {"without IPv6", "<; ::1 ; 127.0.0.1 ; 25", "127.0.0.1/25", true},
        {"IPv6 alone, and disabled", "[::1]:25", "", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new();
        struct interface_items items = {0};
        char text[256];
        err e = interface_items_read(span_text(rows[i].list), arena, &items);
        cr_expect_not(failed(e), "%s: %s", rows[i].label, e.what ? e.what : "");
        struct conf_interfaces all = interfaces_cross(&items, rows[i].no_ipv6, arena);
        print(&all, text, sizeof text);
        cr_expect_str_eq(text, rows[i].result, "%s: %s", rows[i].label, text);
        arena_free(arena);
    }
}

Test(conf_interfaces, nonsense_is_refused)
{
    static const char *const rows[] = {"x", "127.0.0.1.65536", "[::1", "[::1]x", "1.2.3", "-1",
                                       "127.0.0.1 : : 25", "[]:25", "smtps"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new();
        struct interface_items items = {0};
        cr_expect(failed(interface_items_read(span_text(rows[i]), arena, &items)), "%s", rows[i]);
        arena_free(arena);
    }
}
