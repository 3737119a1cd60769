/* Each type of option: what it takes, what it makes of it, and what -bP says afterwards. */
#include "ref/conf/testing.h"

#include "base/rows.h"
#include "ref/conf/exim_names.h"

#include <criterion/criterion.h>
#include <unistd.h>

static struct conf *load(const char *text, struct arena *arena)
{
    struct conf *conf = NULL;
    err e = testing_load(span_text(text), NULL, 0, arena, &conf);
    cr_assert_not(failed(e), "%s: %s", text, e.what);
    return conf;
}

static const char *text_of(const struct template *t, struct arena *arena)
{
    return t == NULL ? "(null)" : arena_text(arena, template_text(t));
}

Test(conf_options, templates_and_lists)
{
    struct arena *arena = arena_new();
    struct conf *conf = load("acl_smtp_rcpt = ${if eq{a}{b}{x}{y}}\n"
                             "acl_smtp_data =\n"
                             "add_environment = <; A=1 ; B=2\n"
                             "queue_domains = \"a : \\x62\"\n"
                             "queue_only_load = 1.25\n"
                             "dns_dnssec_ok = -1\n",
                             arena);
    const struct conf_main *m = &conf->main;
    span literal;
    cr_expect_str_eq(text_of(m->acl_smtp_rcpt, arena), "${if eq{a}{b}{x}{y}}");
    cr_expect_not(template_is_literal(m->acl_smtp_rcpt, &literal));
    cr_expect(m->acl_smtp_data != NULL, "set to nothing is not the same as not set");
    cr_expect(m->acl_smtp_mail == NULL);
    cr_expect_eq(m->add_environment.count, 2);
    cr_expect(span_eq(m->add_environment.at[1], SPAN("B=2")));
    cr_expect_str_eq(text_of(m->queue_domains, arena), "a : b");
    cr_expect_eq(m->queue_only_load, 1250);
    cr_expect_eq(m->dns_dnssec_ok, -1);
    conf_free(conf);
    conf = load("", arena);
    cr_expect_eq(conf->main.queue_only_load, CONF_FIXED_UNSET);
    conf_free(conf);
    arena_free(arena);
}

Test(conf_options, host_lists_know_if_they_are_plain)
{
    static const struct {
        const char *list;
        bool plain;
        size_t count;
    } rows[] = {
        {"", true, 0},
        {"*", true, 1},
        {": 192.0.2.1 : !10.0.0.0/8", true, 3},
        {"<; ::1 ; 2001:db8::/32", true, 2},
        {"mail.example", false, 0},
        {"192.0.2.1 : *.example", false, 0},
        {"+known", false, 0},
        {"net-lsearch;/x", false, 0},
        {"${if eq{a}{b}{*}}", false, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new();
        const char *text = arena_printf(arena, "hostlist known = 192.0.2.1\n"
                                               "auth_advertise_hosts = %s\n", rows[i].list);
        struct conf *conf = load(text, arena);
        const struct host_list *hosts = &conf->main.auth_advertise_hosts;
        cr_expect_eq(host_list_is_plain(hosts), rows[i].plain, "%s", rows[i].list);
        cr_expect_eq(hosts->count, rows[i].count, "%s", rows[i].list);
        conf_free(conf);
        arena_free(arena);
    }
}

Test(conf_options, users_become_numbers_when_they_are_known)
{
    struct arena *arena = arena_new();
    struct conf *conf = load("trusted_users = root : 4711\n"
                             "trusted_groups = root\n"
                             "begin transports\nt:\n driver = appendfile\n file = /x\n"
                             " user = root\n group = 12\n"
                             "u:\n driver = appendfile\n file = /x\n user = $local_part\n",
                             arena);
    cr_expect_eq(conf->main.trusted_users.count, 2);
    cr_expect_eq(conf->main.trusted_users.at[0], 0);
    cr_expect_eq(conf->main.trusted_users.at[1], 4711);
    cr_expect_eq(conf->main.trusted_groups.at[0], 0);
    const struct transport_generic *t = conf->transports.at[0].generic;
    cr_expect(t->user.known && t->user.uid == 0 && t->user.gid == 0);
    cr_expect_str_eq(t->user.name, "root");
    cr_expect(t->group.known && t->group.gid == 12);
    const struct transport_generic *u = conf->transports.at[1].generic;
    cr_expect(!u->user.known);
    cr_expect_str_eq(text_of(u->user.text, arena), "$local_part");
    cr_expect(!u->group.known && u->group.text == NULL, "not set");
    conf_free(conf);
    arena_free(arena);
}

Test(conf_options, what_exim_expands_may_stand_in_quotes)
{
    struct arena *arena = arena_new();
    struct conf *conf = load("message_size_limit = \"10M\"\nsmtp_receive_timeout = \"2m\"\n"
                             "queue_run_max = \"7\"\nsmtp_accept_max_per_host = \"3\"\n", arena);
    cr_expect_eq(conf->main.message_size_limit, 10 << 20);
    cr_expect_eq(conf->main.smtp_receive_timeout, 120000);
    cr_expect_eq(conf->main.queue_run_max, 7);
    cr_expect_eq(conf->main.smtp_accept_max_per_host, 3);
    conf_free(conf);
    arena_free(arena);
}

Test(conf_options, switches_are_booleans_or_wait)
{
    struct arena *arena = arena_new();
    struct conf *conf = load("begin routers\n"
                             "a:\n driver = accept\n verify_only\n no_more\n unseen = $domain\n"
                             "b:\n driver = accept\n verify_only\n no_verify\n",
                             arena);
    const struct router_generic *a = conf->routers.at[0].generic;
    cr_expect(!a->more.value && a->more.when == NULL);
    cr_expect_str_eq(text_of(a->unseen.when, arena), "$domain");
    cr_expect(a->verify_sender && a->verify_recipient);
    const struct router_generic *b = conf->routers.at[1].generic;
    cr_expect(b->more.value && !b->unseen.value);
    cr_expect(!b->verify_sender && !b->verify_recipient, "verify stands for both");
    conf_free(conf);
    arena_free(arena);
}

Test(conf_options, some_may_be_set_again)
{
    struct arena *arena = arena_new();
    struct buf out;
    struct conf *conf = load("begin routers\na:\n driver = accept\n verify_only\n"
                             " condition = yes\n condition = $domain\n set = r_a = b\n",
                             arena);
    const struct router_generic *a = conf->routers.at[0].generic;
    cr_assert_eq(a->condition.count, 2);
    cr_expect_str_eq(text_of(a->condition.at[0], arena), "yes");
    cr_expect_str_eq(text_of(a->condition.at[1], arena), "$domain");
    buf_init(&out, 65536);
    conf_instance_print(conf->routers.at[0].instance, &out);
    cr_expect(span_has(buf_span(&out), SPAN("\ncondition = yes\ncondition = $domain\n")));
    cr_expect(span_has(buf_span(&out), SPAN("\nset = r_a = b\n")));
    buf_wipe(&out);
    conf_free(conf);
    arena_free(arena);
}

Test(conf_options, route_lists)
{
    struct arena *arena = arena_new();
    struct conf *conf = load("begin routers\nm:\n driver = manualroute\n"
                             " route_list = *.a.example  \"h1 : h2\" randomize bydns ;"
                             " b.example 'h3'; *\n",
                             arena);
    const struct conf_route_rules *r = &conf->routers.at[0].own.manualroute->route_list;
    cr_assert_eq(r->count, 3);
    cr_expect_str_eq(text_of(r->at[0].domains, arena), "*.a.example");
    cr_expect_str_eq(text_of(r->at[0].hosts, arena), "h1 : h2");
    cr_expect(span_eq(r->at[0].options, SPAN("randomize bydns")));
    cr_expect_str_eq(text_of(r->at[1].hosts, arena), "h3");
    cr_expect_eq(r->at[1].options.len, 0);
    cr_expect(r->at[2].hosts == NULL);
    conf_free(conf);
    arena_free(arena);
}

static void table_check(const struct conf_rows *table_rows, const char *table,
                        const struct conf_driver_kind *kind)
{
    const struct conf_option *rows = table_rows->at;
    size_t count = table_rows->count;
    cr_expect(rows_sorted(rows, count, sizeof *rows), "%s is not sorted", table);
    for (size_t i = 0; i < count; i++) {
        cr_expect(rows[i].doc != NULL && rows[i].doc[0] != '\0', "%s has no text", rows[i].name);
        cr_expect_not(conf_exim_has(kind, span_text(rows[i].name)), "%s is said to be unsupported",
                      rows[i].name);
        cr_expect(rows[i].most == 0 || rows[i].least <= rows[i].most, "%s", rows[i].name);
    }
}

Test(conf_options, tables_of_drivers_are_sorted_and_documented)
{
    for (size_t k = 0; conf_driver_kinds[k] != NULL; k++) {
        const struct conf_driver_kind *kind = conf_driver_kinds[k];
        table_check(&kind->generic, kind->name, kind);
        cr_expect(rows_sorted(kind->drivers, kind->driver_count, sizeof *kind->drivers));
        for (size_t d = 0; d < kind->driver_count; d++) {
            const struct conf_driver *driver = &kind->drivers[d];
            table_check(&driver->options, driver->name, kind);
            for (size_t r = 0; r < driver->options.count; r++) {
                const char *name = driver->options.at[r].name;
                cr_expect(conf_rows_find(&kind->generic, span_text(name)) == NULL,
                          "%s of %s is generic too", name, driver->name);
            }
        }
    }
}
