/* Target descriptions: every key, and every mistake told with file and line. */
#include "harness/target/description.h"

#include <criterion/criterion.h>

static struct arena *arena;
static void make(void)
{
    arena = arena_new();
}
static void drop(void)
{
    arena_free(arena);
}
TestSuite(description, .init = make, .fini = drop);

Test(description, reads_every_key)
{
    struct description d;
    err e =
        description_read("t/target",
                         SPAN("# a comment\n"
                              "peer     = exim4-daemon-heavy exim4-base   # behind a value too\n"
                              "peer     = exim4-config\n"
                              "language = exim\n"
                              "user     = Debian-exim\n"
                              "own      = usr/sbin/a root:mail 2755, usr/sbin/b root:root 4755\n"
                              "reply-id = /id=([0-9#]+)/\n"
                              "reload   = SIGHUP\n"
                              "clock    = env\n"
                              "isolation = namespaces\n"
                              "roles    = server client\n"
                              "patience = 1500ms\n"
                              "\n"
                              "mask log exim-main QT DT because they measure the machine\n"
                              "mask wire banner-date because the clock is not ours\n"),
                         arena, &d);
    cr_assert(!failed(e), "%s", e.what);
    cr_expect_eq(d.peers.count, 3);
    cr_expect_str_eq(d.language, "exim");
    cr_expect_eq(d.users.count, 1);
    cr_assert_eq(d.owned.count, 2);
    cr_expect_str_eq(d.owned.at[0].group, "mail");
    cr_expect_eq(d.owned.at[1].mode, 04755);
    cr_expect_str_eq(d.reply_id, "id=([0-9#]+)", "a # inside a word begins no comment");
    cr_expect_eq(d.patience, 1500);
    cr_assert_eq(d.masks.count, 2);
    cr_expect_str_eq(d.masks.at[0].surface, "log exim-main");
    cr_expect_str_eq(d.masks.at[0].what, "QT DT");
    cr_expect_str_eq(d.masks.at[0].because, "they measure the machine");
    cr_expect_str_eq(d.masks.at[1].surface, "wire");
}

Test(description, an_empty_one_has_the_usual_patience)
{
    struct description d;
    cr_assert(!failed(description_read("t/target", SPAN(""), arena, &d)));
    cr_expect_eq(d.patience, 10000);
    cr_expect_eq(d.peers.count, 0);
}

static const struct {
    const char *text, *says;
} refusals[] = {
    {"\nreply-di = /x/\n", "t/target:2: unknown key reply-di; did you mean reply-id?"},
    {"zzz = 1\n", "docs/how-to-add-a-target.md"},
    {"patience 10s\n", "neither `key = value`"},
    {"patience =\n", "patience has no value"},
    {"patience = soon\n", "a time such as"},
    {"patience = 0s\n", "a time such as"},
    {"patience = 1s\npatience = 2s\n", "t/target:2: patience stands twice"},
    {"reply-id = x\n", "between slashes"},
    {"reload = SIGUSR1\n", "only be SIGHUP"},
    {"language = sendmail\n", "unknown language"},
    {"isolation = none\n", "namespaces or ports"},
    {"roles = server relay\n", "server and client"},
    {"clock = fast\n", "only be env"},
    {"own = usr/sbin/a root 2755\n", "PATH OWNER:GROUP MODE"},
    {"own = usr/sbin/a root:root 8755\n", "octal"},
    {"mask wire banner-date\n", "without a reason"},
    {"mask wire because of it\n", "what is hidden"},
    {"mask log exim-main because of it\n", "what is hidden"},
};

Test(description, tells_mistakes_with_file_and_line)
{
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        struct description d;
        err e = description_read("t/target", span_text(refusals[i].text), arena, &d);
        cr_expect_eq(e.kind, ERR_SYNTAX, "taken as good: %s", refusals[i].text);
        cr_expect(e.what && strstr(e.what, refusals[i].says), "says \"%s\", not \"%s\"",
                  e.what ? e.what : "", refusals[i].says);
        cr_expect(e.what && strncmp(e.what, "t/target:", 9) == 0);
    }
}
