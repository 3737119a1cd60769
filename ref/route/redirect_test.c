/* What redirection makes: which children, what they inherit, and where it ends. */
#include "ref/route/testing.h"

#include <criterion/criterion.h>
#include <sys/stat.h>
#include <unistd.h>

static const char zone[] = "a.ex. A 192.0.2.1\n";

#define REDIRECT " driver = redirect\n"
#define LAST "last:\n driver = accept\n transport = smtp\n"

Test(redirect, data)
{
    static const struct {
        const char *label, *options, *address, *want;
    } rows[] = {
        {"one", REDIRECT " data = b@b.ex\n", "u@a.ex", "children b@b.ex"},
        {"several, in their order", REDIRECT " data = b@b.ex, c@c.ex,d\n", "u@a.ex",
         "children b@b.ex, c@c.ex, d@test.ex"},
        {"qualify_domain", REDIRECT " data = b\n qualify_domain = q-$domain\n", "u@a.ex",
         "children b@q-a.ex"},
        {"qualify_domain forced to fail", REDIRECT " data = b\n qualify_domain = ${if eq{a}{b}{x}fail}\n"
         LAST, "u@a.ex", "to smtp"},
        {"a backslash keeps the domain", REDIRECT " data = \\\\b, b\n qualify_domain = q.ex\n",
         "u@a.ex", "children b@a.ex, b@q.ex"},
        {"qualify_preserve_domain", REDIRECT " data = b\n qualify_preserve_domain\n", "u@a.ex",
         "children b@a.ex"},
        {"nothing", REDIRECT " data =\n" LAST, "u@a.ex", "to smtp"},
        {"forced to fail", REDIRECT " data = ${if eq{a}{b}{x}fail}\n" LAST, "u@a.ex", "to smtp"},
        {"broken", REDIRECT " data = ${lookup{a}lsearch{/nonexistent}}\n" LAST, "u@a.ex",
         "defer: failed to expand \"${lookup{a}lsearch{/nonexistent}}\": failed to open /nonexistent "
         "for linear search: No such file or directory"},
        {":blackhole:", REDIRECT " data = :blackhole:\n", "u@a.ex", "discard"},
        {":blackhole: outweighs addresses", REDIRECT " data = b@b.ex, :blackhole:\n", "u@a.ex",
         "discard"},
        {"forbid_blackhole", REDIRECT " data = :blackhole:\n forbid_blackhole\n", "u@a.ex",
         "defer: error in redirect data: \":blackhole:\" is not permitted"},
        {":fail:", REDIRECT " data = :fail: gone, away\n allow_fail\n", "u@a.ex",
         "fail: gone, away"},
        {":fail: is not allowed", REDIRECT " data = :fail: gone\n", "u@a.ex",
         "defer: error in redirect data: \":fail: gone\" is not permitted"},
        {":defer:", REDIRECT " data = :DEFER: later\n allow_defer\n", "u@a.ex", "defer: later"},
        {":unknown:", REDIRECT " data = :unknown:\n" LAST, "u@a.ex", "to smtp"},
        {"wrong address", REDIRECT " data = b@b.ex, c@-c\n" LAST, "u@a.ex",
         "defer: error in redirect data: Domain: a letter or digit expected (RFC 5321 4.1.2 "
         "sub-domain) in \"c@-c\""},
        {"skip_syntax_errors", REDIRECT " data = b@b.ex, c@-c\n skip_syntax_errors\n", "u@a.ex",
         "children b@b.ex"},
        {"what is forbidden is not skipped", REDIRECT " data = :defer: x\n skip_syntax_errors\n" LAST,
         "u@a.ex", "defer: error in redirect data: \":defer: x\" is not permitted"},
        {"a file", REDIRECT " data = /var/x\n file_transport = file\n", "u@a.ex",
         "children /var/x (file)"},
        {"a directory", REDIRECT " data = /var/x/\n directory_transport = file\n", "u@a.ex",
         "children /var/x/ (file)"},
        {"a file without a transport", REDIRECT " data = /var/x\n", "u@a.ex",
         "children /var/x (file_transport unset in r router)"},
        {"forbid_file", REDIRECT " data = /var/x\n forbid_file\n file_transport = file\n", "u@a.ex",
         "children /var/x (delivery to file forbidden)"},
        {"a file named by a peer", REDIRECT " data = /var/$local_part\n file_transport = file\n",
         "u@a.ex", "children /var/u (Tainted '/var/u' (file or directory name for r router) not "
         "permitted)"},
        {"a command", REDIRECT " data = |/bin/x y\n", "u@a.ex",
         "children |/bin/x y (pipe_transport unset in r router)"},
        {"a command that could be an address", REDIRECT " data = |x@b.ex\n", "u@a.ex",
         "children |x@b.ex (pipe_transport unset in r router)"},
        {"forbid_pipe", REDIRECT " data = |/bin/x\n forbid_pipe\n", "u@a.ex",
         "children |/bin/x (delivery to pipe forbidden)"},
        {"a path that is an address", REDIRECT " data = /x@b.ex\n", "u@a.ex", "children /x@b.ex"},
        {"one_time makes addresses only", REDIRECT " data = /var/x\n one_time\n"
         " file_transport = file\n", "u@a.ex", "children /var/x (delivery to file forbidden)"},
        {"included file", REDIRECT " data = :include:@@/list\n", "u@a.ex",
         "children l1@test.ex, l2@b.ex"},
        {"forbid_include", REDIRECT " data = :include:@@/list\n forbid_include\n", "u@a.ex",
         "defer: error in redirect data: included files not permitted"},
        {"include_directory", REDIRECT " data = :include:@@/list\n include_directory = @@\n",
         "u@a.ex", "children l1@test.ex, l2@b.ex"},
        {"file", REDIRECT " file = @@/list\n", "u@a.ex", "children l1@test.ex, l2@b.ex"},
        {"file that is not there", REDIRECT " file = @@/gone\n" LAST, "u@a.ex", "to smtp"},
        {"file of a peer", REDIRECT " file = /tmp/$local_part\n", "u@a.ex",
         "defer: Tainted name '/tmp/u' for file read not permitted"},
        {"file by local_part_data", " local_parts = list\n" REDIRECT " file = @@/$local_part_data\n",
         "list@a.ex", "children l1@test.ex, l2@b.ex"},
        {"file that is relative", REDIRECT " file = list\n", "u@a.ex",
         "defer: \"list\" is not an absolute path for the file option of r router"},
        {"rewritten", REDIRECT " data = old@b.ex\nbegin rewrite\nold@b.ex new@b.ex T\n", "u@a.ex",
         "children new@b.ex"},
        {"no_rewrite", REDIRECT " data = old@b.ex\n no_rewrite\nbegin rewrite\nold@b.ex new@b.ex T\n",
         "u@a.ex", "children old@b.ex"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct bench b;
        char conf[1024];
        (void)snprintf(conf, sizeof conf, "begin routers\nr:\n%s", rows[i].options);
        bench_open(&b, conf, zone);
        bench_write(&b, "list", "# who\nl1\nl2@b.ex\n");
        const char *got = bench_route(&b, rows[i].address);
        cr_expect(strcmp(got, rows[i].want) == 0, "%s: got \"%s\", want \"%s\"", rows[i].label, got,
                  rows[i].want);
        bench_close(&b);
    }
}

/* Who may write into the list decides where the mail goes. */
Test(redirect, files_that_others_may_write)
{
    struct bench b;
    bench_open(&b, "begin routers\nr:\n driver = redirect\n file = @@/list\n check_owner\n", zone);
    const char *path = bench_write(&b, "list", "l1\n");
    cr_assert_eq(chmod(path, 0664), 0);
    const char *got = bench_route(&b, "u@a.ex");
    cr_expect(strncmp(got, "defer: bad mode (0664) for ", 27) == 0, "%s", got);
    cr_assert_eq(chmod(path, 0644), 0);
    got = bench_route(&b, "u@a.ex");
    cr_expect_str_eq(got, "children l1@test.ex", "root may own everybody's list: %s", got);
    if (chown(path, 65534, 65534) == 0) {
        got = bench_route(&b, "u@a.ex");
        cr_expect(strncmp(got, "defer: bad owner for ", 21) == 0, "%s", got);
    }
    bench_close(&b);
}

/* A path in a user's list is written, and the list is read, with nobody's rights but his. */
Test(redirect, what_a_user_wrote_is_done_as_this_user)
{
    static const struct {
        const char *label, *options;
        mode_t mode;
        const char *want;
    } rows[] = {
        {"his file", " check_local_user\n file = @@/list\n", 0644, "children /var/x (file), b@test.ex"},
        {"a file of root's", " check_local_user\n file = @@/list\n", 0600, "defer: failed to open "},
        {"a file of root's group", " check_local_user\n file = @@/list\n", 0640,
         "defer: failed to open "},
        {"that is left out", " check_local_user\n ignore_eacces\n file = @@/list\n", 0600, "to smtp"},
        {"included", " check_local_user\n data = :include:@@/list\n", 0600,
         "defer: error in redirect data: failed to open included file "},
        {"the router's user", " user = nobody\n file = @@/list\n", 0600, "defer: failed to open "},
        {"no user", " file = @@/list\n", 0600, "children /var/x (file), b@test.ex"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows && geteuid() == 0; i++) {
        struct bench b;
        char conf[512];
        (void)snprintf(conf, sizeof conf, "begin routers\nr:\n driver = redirect\n"
                       " file_transport = file\n%s" LAST, rows[i].options);
        bench_open(&b, conf, zone);
        cr_assert(chmod(b.folder, 0755) == 0 &&
                  chmod(bench_write(&b, "list", "/var/x, b\n"), rows[i].mode) == 0);
        const char *got = bench_route(&b, "nobody@a.ex");
        cr_expect(strncmp(got, rows[i].want, strlen(rows[i].want)) == 0, "%s: %s", rows[i].label, got);
        bench_close(&b);
    }
}

Test(redirect, a_path_is_written_by_the_user_whose_list_it_stands_in)
{
    struct bench b;
    bench_open(&b, "begin routers\nr:\n driver = redirect\n check_local_user\n data = /var/x\n"
               " file_transport = file\n group = root\n", zone);
    (void)bench_route(&b, "nobody@a.ex");
    cr_assert_eq(b.outcome.child_count, 1);
    const struct delivery_address *child = b.outcome.children[0];
    cr_expect(child->has_user && child->uid == 65534 && child->has_group && child->gid == 0);
    cr_expect_str_eq(child->user_name, "nobody");
    bench_close(&b);
    bench_open(&b, "begin routers\nr:\n driver = redirect\n check_local_user\n data = /var/x\n"
               " file_transport = file\n user = ${if eq{a}{a}{4294900000}}\n", zone);
    (void)bench_route(&b, "nobody@a.ex");
    child = b.outcome.children[0];
    cr_expect(child->has_user && child->uid == 4294900000U && !child->has_group);
    bench_close(&b);
}

Test(redirect, what_children_inherit)
{
    struct bench b;
    bench_open(&b, "begin routers\nr:\n driver = redirect\n data = b@b.ex, /var/x\n one_time\n"
               " domains = a.ex\n errors_to = owner@c.ex\n hide_child_in_errmsg\n"
               " address_data = kept\n redirect_router = third\n file_transport = file\n"
               "second:\n driver = redirect\n data = :fail: not asked\n allow_fail\n"
               " domains = b.ex\n"
               "third:\n driver = accept\n transport = smtp\n", zone);
    (void)bench_route(&b, "u@a.ex");
    cr_assert_eq(b.outcome.child_count, 2);
    cr_expect(!b.outcome.sole_child);
    struct delivery_address *child = b.outcome.children[0];
    cr_expect(child->generated && child->one_time && child->hidden && child->last_hop);
    cr_expect(child->has_errors_to && span_eq(child->errors_to, SPAN("owner@c.ex")));
    cr_expect(span_eq(child->address_data, SPAN("kept")));
    cr_expect_eq(child->parent, b.last);
    cr_expect(span_eq(b.outcome.children[1]->unique, SPAN("u@a.ex:/var/x")));
    cr_expect_str_eq(bench_route_of(&b, child), "to smtp", "redirect_router goes past the second");
    cr_expect(span_eq(b.address.parent_local_part, SPAN("u")) &&
              span_eq(b.address.original_domain, SPAN("a.ex")));
    bench_close(&b);
}

/* RFC 3461 5.2.7.2: an alias for one address passes the sender's wishes on. */
Test(redirect, one_child_is_no_last_hop)
{
    struct bench b;
    bench_open(&b, "begin routers\nr:\n driver = redirect\n data = b@b.ex\n domains = a.ex\n"
               "s:\n driver = redirect\n data = b@b.ex\n dsn_lasthop\n", zone);
    (void)bench_route(&b, "u@a.ex");
    cr_expect(b.outcome.sole_child && !b.outcome.children[0]->last_hop);
    (void)bench_route(&b, "u@other.ex");
    cr_expect(b.outcome.children[0]->last_hop, "unless the router says so");
    bench_close(&b);
}

Test(redirect, loops_end)
{
    struct bench b;
    bench_open(&b, "begin routers\nr:\n driver = redirect\n"
               " data = ${if eq{$local_part}{a}{b}{${if eq{$local_part}{b}{a}{"
               "${if eq{$local_part}{self}{self}{}}}}}}\n qualify_preserve_domain\n"
               "last:\n driver = accept\n transport = smtp\n", zone);
    cr_expect_str_eq(bench_route_far(&b, "a@a.ex"), "to smtp");
    cr_expect(span_eq(b.last->address, SPAN("a@a.ex")) && b.last->parent->parent != NULL);
    cr_expect(span_eq(b.last->unique, SPAN("\\0\\a@a.ex")), "not the same delivery as its ancestor");
    cr_expect_str_eq(bench_route_far(&b, "self@a.ex"), "to smtp");
    bench_close(&b);
}

/* Each address is another, so no router meets the same one twice. */
Test(redirect, endless_chains_end)
{
    struct bench b;
    bench_open(&b, "begin routers\nr:\n driver = redirect\n"
               " data = ${eval10:${sg{$local_part}{n}{}}+1}n@a.ex\n", zone);
    const char *got = bench_route_far(&b, "1n@a.ex");
    cr_expect(strncmp(got, "defer: too many redirections", 28) == 0, "%s", got);
    bench_close(&b);
}

/* What `one_time` kept in the spool: the ancestor is known by its address alone. */
Test(redirect, an_ancestor_of_an_earlier_attempt)
{
    struct bench b;
    bench_open(&b, "begin routers\nr:\n driver = redirect\n"
               " data = $parent_local_part.$original_domain@x.ex\n", zone);
    struct delivery_address parent = {.address = SPAN("Top@A.ex")}, child;
    cr_assert(route_begin(&b.round, SPAN("u@b.ex"), &child));
    child.parent = &parent;
    cr_expect_str_eq(bench_route_of(&b, &child), "children Top.a.ex@x.ex");
    bench_close(&b);
}

Test(redirect, no_repeat_use)
{
    struct bench b;
    bench_open(&b, "begin routers\nr:\n driver = redirect\n data = x$local_part@a.ex\n"
               " no_repeat_use\nlast:\n driver = accept\n transport = smtp\n", zone);
    cr_expect_str_eq(bench_route_far(&b, "u@a.ex"), "to smtp");
    cr_expect(span_eq(b.last->address, SPAN("xu@a.ex")));
    bench_close(&b);
}

Test(redirect, check_ancestor)
{
    struct bench b;
    bench_open(&b, "begin routers\nr:\n driver = redirect\n check_ancestor\n"
               " data = ${if eq{$local_part}{joe.bloggs}{jb}{Joe.Bloggs}}@a.ex\n", zone);
    cr_assert_str_eq(bench_route(&b, "Joe.Bloggs@a.ex"), "children jb@a.ex");
    cr_expect_str_eq(bench_route_of(&b, b.outcome.children[0]), "children jb@a.ex",
                     "jb goes on as jb, where without it Joe.Bloggs would come again");
    bench_close(&b);
}

Test(redirect, reply_codes_of_fail)
{
    static const struct {
        const char *label, *options, *user_text;
    } rows[] = {
        {"as it is", "", "551 5.1.6 moved"},
        {"forbid_smtp_code", " forbid_smtp_code\n", "moved"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct bench b;
        char conf[256];
        (void)snprintf(conf, sizeof conf, "begin routers\nr:\n driver = redirect\n allow_fail\n"
                       " data = :fail: 551 5.1.6 moved\n%s", rows[i].options);
        bench_open(&b, conf, zone);
        cr_expect_str_eq(bench_route(&b, "u@a.ex"), "fail: 551 5.1.6 moved");
        cr_expect(span_eq(b.outcome.user_text, span_text(rows[i].user_text)), "%s: %.*s",
                  rows[i].label, SPAN_FMT(b.outcome.user_text));
        bench_close(&b);
    }
}
