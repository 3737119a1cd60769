/* Claims about lists that only a program can be asked (the rest is in tests/cross/expand.rows):
   hosts with their names, taint, data, lists inside lists, what cannot be answered. */
#include "ref/expand/testing_world.h"

#include "base/file.h"
#include "ref/expand/match.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <unistd.h>

static struct testing_world w;
static struct dns *dns;
static const char *name;
static bool name_deferred;

static bool host_name(void *context, span *out, bool *deferred)
{
    (void)context;
    *deferred = name_deferred;
    *out = span_text(name);
    return name != NULL;
}

static void open_world(void)
{
    static const char zone[] = "one.example. 60 IN A 192.0.2.1\n"
                               "six.example. 60 IN AAAA 2001:db8::1\n"
                               "slow.example. 60 IN SERVFAIL\n"
                               "host.example. 60 IN A 192.0.2.9\n"
                               "ours.example. 60 IN MX 10 away.example.\n"
                               "ours.example. 60 IN MX 20 here.example.\n"
                               "away.example. 60 IN A 192.0.2.77\n"
                               "here.example. 60 IN A 127.0.0.1\n";
    testing_world_open(&w);
    w.services.host_name = host_name;
    cr_assert(!failed(dns_open_zone(span_text(zone), "zone", w.arena, &dns)));
    w.x.dns = dns;
    name = NULL;
    name_deferred = false;
}

static void close_world(void)
{
    dns_close(dns);
    testing_world_close(&w);
}

TestSuite(expand_match, .init = open_world, .fini = close_world);

static struct value list_of(const char *text) { return (struct value){.text = span_text(text)}; }

Test(expand_match, hosts_by_number_and_name)
{
    static const struct {
        const char *ip, *known, *list;
        enum match_outcome outcome;
    } rows[] = {
        {"192.0.2.1", NULL, "192.0.2.1", MATCH_YES},
        {"192.0.2.1", NULL, "192.0.2.2 : 192.0.2.0/31", MATCH_YES},
        {"192.0.2.2", NULL, "192.0.2.0/31", MATCH_NO},
        {"::ffff:192.0.2.1", NULL, "192.0.2.1", MATCH_YES},
        {"2001:db8::1", NULL, "<; 2001:db8::/32", MATCH_YES},
        {"192.0.2.1", NULL, "one.example", MATCH_YES},
        {"192.0.2.2", NULL, "one.example", MATCH_NO},
        {"2001:db8::1", NULL, "six.example", MATCH_YES},
        {"192.0.2.9", NULL, "@", MATCH_YES},
        {"127.0.0.1", NULL, "@[]", MATCH_YES},
        {"192.0.2.1", NULL, "@[]", MATCH_NO},
        {"192.0.2.1", "a.friend.example", "*.friend.example", MATCH_YES},
        {"192.0.2.1", "A.Friend.Example", "*.friend.example", MATCH_YES},
        {"192.0.2.1", "a.friend.example", "^a\\.", MATCH_YES},
        {"192.0.2.1", "a.friend.example", "*.enemy.example", MATCH_NO},
        /* nobody knows the name: the list ends, whatever stands behind */
        {"192.0.2.1", NULL, "*.friend.example : 192.0.2.1", MATCH_NO},
        {"192.0.2.1", NULL, "nobody.example : 192.0.2.1", MATCH_NO},
        {"192.0.2.1", NULL, "+ignore_unknown : *.friend.example : 192.0.2.1", MATCH_YES},
        {"192.0.2.1", NULL, "+include_unknown : *.friend.example", MATCH_YES},
        {"192.0.2.1", NULL, "+include_unknown : !*.friend.example", MATCH_YES},
        {"192.0.2.1", NULL, "slow.example", MATCH_DEFERRED},
        {"192.0.2.1", NULL, "+include_defer : slow.example", MATCH_YES},
        {"192.0.2.1", NULL, "+ignore_defer : slow.example : 192.0.2.1", MATCH_YES},
        {"192.0.2.1", NULL, "192.0.2.1 : slow.example", MATCH_YES},
        {"10.1.1.1", NULL, "+hl", MATCH_YES},
        {"10.1.1.1", NULL, "! +hl : *", MATCH_NO},
        {"192.0.2.1", NULL, "!10.0.0.0/8", MATCH_YES},
        {"", NULL, "", MATCH_NO},
        {"", NULL, ":", MATCH_YES},
        {"", NULL, "*", MATCH_YES},
        {"", NULL, "192.0.2.1", MATCH_NO},
        {"", NULL, "*.friend.example", MATCH_NO},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct address host;
        bool given = address_parse(span_text(rows[i].ip), 0, &host);
        name = rows[i].known;
        struct matched m = match_host(&w.x, given ? &host : NULL, list_of(rows[i].list));
        cr_expect(m.outcome == rows[i].outcome, "%s in \"%s\": %d %s", rows[i].ip, rows[i].list,
                  (int)m.outcome, m.why ? m.why : "");
    }
}

Test(expand_match, a_name_that_is_deferred_defers)
{
    struct address host;
    cr_assert(address_parse(SPAN("192.0.2.1"), 0, &host));
    name_deferred = true;
    struct matched m = match_host(&w.x, &host, list_of("*.friend.example"));
    cr_expect(m.outcome == MATCH_DEFERRED && !m.wrong);
    m = match_host(&w.x, &host, list_of("+include_defer : *.friend.example"));
    cr_expect(m.outcome == MATCH_YES);
}

Test(expand_match, domains_whose_mail_comes_here)
{
    static const struct {
        const char *domain, *list;
        enum match_outcome outcome;
    } rows[] = {
        {"ours.example", "@mx_any", MATCH_YES},
        {"ours.example", "@mx_primary", MATCH_NO},
        {"ours.example", "@mx_secondary", MATCH_YES},
        {"ours.example", "@mx_any/ignore=127.0.0.1", MATCH_NO},
        {"here.example", "@mx_any", MATCH_NO},
        {"slow.example", "@mx_any", MATCH_DEFERRED},
        {"host.example", "@", MATCH_YES},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct matched m = match_domain(&w.x, span_text(rows[i].domain), list_of(rows[i].list));
        cr_expect(m.outcome == rows[i].outcome, "%s in %s: %d", rows[i].domain, rows[i].list,
                  (int)m.outcome);
    }
}

Test(expand_match, the_data_is_the_lists_and_so_is_its_taint)
{
    struct value tainted = {.text = SPAN("a.example"), .tainted = true};
    struct matched m = match_domain(&w.x, SPAN("A.Example"), list_of("b : a.example"));
    cr_expect(m.outcome == MATCH_YES && span_eq(m.data.text, SPAN("a.example")));
    cr_expect(!m.data.tainted, "the configuration's own text");
    m = match_domain(&w.x, SPAN("A.Example"), tainted);
    cr_expect(m.outcome == MATCH_YES && m.data.tainted);
    cr_expect(w.x.captures.at[0].tainted, "$0 is the subject");
    m = match_address(&w.x, SPAN("x@a.example"), list_of("*@+dl"));
    cr_expect(span_eq(m.data.text, SPAN("*@a.example")) && !m.data.tainted);
}

Test(expand_match, tainted_names_of_files_are_refused)
{
    static const char *const lists[] = {"/etc/hostname", "lsearch;/etc/passwd", "!/etc/hostname"};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        struct value list = {.text = span_text(lists[i]), .tainted = true};
        struct matched m = match_domain(&w.x, SPAN("a"), list);
        cr_expect(m.outcome == MATCH_DEFERRED, "%s", lists[i]);
        cr_expect(strncmp(m.why, "Tainted filename", 16) == 0, "%s", m.why);
    }
    w.x.forbid_files = true;
    cr_expect(match_domain(&w.x, SPAN("a"), list_of("/etc/hostname")).wrong);
    cr_expect(match_domain(&w.x, SPAN("a"), list_of("lsearch;/etc/passwd")).wrong);
}

Test(expand_match, files_are_read_each_time)
{
    char path[] = "/tmp/expand_match.XXXXXX";
    int fd = mkstemp(path);
    cr_assert(fd >= 0 && close(fd) == 0);
    cr_assert(!failed(file_write(path, SPAN("# comment\n*.b # another\n!a\n"), 0600)));
    struct value list = list_of(path);
    cr_expect(match_domain(&w.x, SPAN("x.b"), list).outcome == MATCH_YES);
    cr_expect(match_domain(&w.x, SPAN("a"), list).outcome == MATCH_NO);
    cr_expect(match_domain(&w.x, SPAN("c"), list).outcome == MATCH_YES, "its last item excludes");
    cr_assert(!failed(file_write(path, SPAN("c#d\n"), 0600)));
    cr_expect(match_domain(&w.x, SPAN("c"), list).outcome == MATCH_YES, "a domain has no #");
    cr_expect(match_local_part(&w.x, SPAN("c"), list, false).outcome == MATCH_NO);
    cr_expect(match_local_part(&w.x, SPAN("c#d"), list, false).outcome == MATCH_YES);
    (void)unlink(path);
}

Test(expand_match, a_list_that_holds_itself_is_wrong_and_ends)
{
    struct named_list own = {.kind = LIST_DOMAIN, .name = SPAN("self")};
    cr_assert(!failed(template_read(SPAN("x : +self : +self"), w.arena, &own.list)));
    w.named = (struct named_lists){.at = &own, .count = 1};
    struct matched m = match_domain(&w.x, SPAN("a"), list_of("+self"));
    cr_expect(m.outcome == MATCH_DEFERRED && m.wrong, "%s", m.why);
    cr_expect(match_domain(&w.x, SPAN("x"), list_of("+self")).outcome == MATCH_YES);
}

Test(expand_match, templates_that_fail_are_told_apart)
{
    static const struct {
        const char *list;
        enum match_outcome outcome;
        bool wrong;
    } rows[] = {
        {"${if eq{a}{b}{x}fail}", MATCH_NO, false},
        {"${if ={x}{1}{a}}", MATCH_DEFERRED, true},
        {"${lc:A}", MATCH_YES, false},
        {"!${lc:A}", MATCH_NO, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct template *t;
        cr_assert(!failed(template_read(span_text(rows[i].list), w.arena, &t)));
        struct matched m = match_list(&w.x, LIST_DOMAIN, SPAN("a"), t);
        cr_expect(m.outcome == rows[i].outcome && m.wrong == rows[i].wrong, "%s", rows[i].list);
    }
}

Test(expand_match, a_list_without_end_spends_the_budget)
{
    struct buf list;
    buf_init(&list, 1 << 20);
    for (int i = 0; i < 5000; i++) {
        buf_put_text(&list, "b:");
    }
    w.x.allowance = (struct expand_budget){.steps = 1000, .octets = 1 << 20};
    struct matched m = match_domain(&w.x, SPAN("a"), (struct value){.text = buf_span(&list)});
    cr_expect(m.outcome == MATCH_DEFERRED && !m.wrong, "it may work later");
    buf_wipe(&list);
}

Test(expand_match, captures_of_a_miss_are_those_from_before)
{
    w.x.captures.at[0].text = SPAN("kept");
    w.x.captures.count = 1;
    cr_expect(match_domain(&w.x, SPAN("ab"), list_of("^a(.)$ : !^(.)b")).outcome == MATCH_YES);
    cr_expect(span_eq(w.x.captures.at[1].text, SPAN("b")));
    w.x.captures.at[0].text = SPAN("kept");
    cr_expect(match_domain(&w.x, SPAN("ab"), list_of("!^(.)b")).outcome == MATCH_NO);
    cr_expect(span_eq(w.x.captures.at[0].text, SPAN("kept")));
    cr_expect(match_address(&w.x, SPAN("ab@c"), list_of("^(.)")).outcome == MATCH_YES);
    cr_expect(span_eq(w.x.captures.at[0].text, SPAN("kept")), "address lists capture nothing");
}
