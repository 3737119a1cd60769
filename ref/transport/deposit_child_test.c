/* What the child is told is what the parent meant; what it would do as another user is seen end to end,
   in tests/crash and scenarios/deposit. */
#include "ref/transport/deposit_child.h"

#include <criterion/criterion.h>
#include <unistd.h>

static struct deposit example(struct arena *arena)
{
    struct deposit d = {
        .kind = DEPOSIT_MAILDIR, .transport = SPAN("t"), .path = SPAN("/a b/\n:\"'"),
        .home = SPAN("/h"), .create_file = SPAN("anywhere"), .create_directory = true,
        .mode = 0640, .directory_mode = 07777, .check_owner = true, .prefix = SPAN("From x\0y\n"),
        .suffix = SPAN("\n"), .check = SPAN("From "), .escape = SPAN(">From "), .crlf = true,
        .quota = UINT64_MAX, .use_lockfile = true, .lock_retries = 10, .lock_interval = 3000,
        .lockfile_timeout = 1800000, .maildir_retries = 10, .has_tag = true, .id = SPAN("1abcde-"),
        .host = SPAN("mx.test.ex"), .now = INT64_MAX, .uid = 4294967294, .gid = 1,
        .user = SPAN("u"), .directory = SPAN("/"), .filter = {.timeout = 300000}};
    vec_add(arena, &d.filter.words, SPAN("/bin/sed"));
    vec_add(arena, &d.filter.words, SPAN(""));
    vec_add(arena, &d.filter.words, SPAN("s/3:abc/x/"));
    return d;
}

Test(deposit_child, a_deposit_reads_back_as_it_was_written)
{
    struct arena *arena = arena_new();
    struct buf packet;
    buf_init(&packet, 1 << 17);
    struct deposit d = example(arena), back;
    cr_assert_not(failed(deposit_write(&d, &packet)));
    cr_assert_not(failed(deposit_read(buf_span(&packet), arena, &back)));
    const span *sent[] = {&d.transport, &d.path, &d.home, &d.create_file, &d.prefix, &d.suffix, &d.check,
                          &d.escape, &d.id, &d.host, &d.user, &d.directory};
    for (size_t i = 0; i < sizeof sent / sizeof *sent; i++) {
        size_t offset = (size_t)((const char *)sent[i] - (const char *)&d);
        const span *came = (const span *)(const void *)((const char *)&back + offset);
        cr_expect(span_eq(*came, *sent[i]), "%zu", i);
        cr_expect(came->len == 0 || came->at != sent[i]->at, "%zu is a copy", i);
    }
    cr_expect_eq(back.now, d.now);
    cr_expect_eq(back.uid, d.uid);
    cr_expect_eq(back.quota, d.quota);
    cr_expect_eq(back.lock_interval, d.lock_interval);
    cr_expect_eq(back.directory_mode, d.directory_mode);
    cr_expect(back.crlf && back.check_owner && back.has_tag && !back.check_group);
    cr_expect_eq(back.filter.words.count, (size_t)3);
    cr_expect(span_eq(back.filter.words.at[2], SPAN("s/3:abc/x/")));
    buf_wipe(&packet);
    arena_free(arena);
}

Test(deposit_child, what_is_cut_or_longer_is_no_deposit)
{
    struct arena *arena = arena_new();
    struct buf packet;
    buf_init(&packet, 1 << 17);
    struct deposit d = example(arena), back;
    cr_assert_not(failed(deposit_write(&d, &packet)));
    span all = buf_span(&packet);
    for (size_t len = 0; len < all.len; len++) {
        cr_expect_eq(deposit_read(span_first(all, len), arena, &back).kind, ERR_SYNTAX, "%zu", len);
    }
    buf_put_text(&packet, "x");
    cr_expect_eq(deposit_read(buf_span(&packet), arena, &back).kind, ERR_SYNTAX);
    buf_wipe(&packet);
    arena_free(arena);
}

static err no_text(void *context, err (*put)(void *context, span block), void *put_context)
{
    (void)context;
    return put(put_context, SPAN("x\n"));
}

Test(deposit_child, who_is_not_root_is_nobody_else)
{
    struct arena *arena = arena_new();
    struct deposit d = example(arena);
    struct deposit_result r;
    const struct deposit_text text = {NULL, no_text};
    const struct deposit_names names = {NULL, NULL};
    d.uid = 4712;
    if (geteuid() == 0 && (setgid(4711) != 0 || setuid(4711) != 0)) {
        cr_skip_test("cannot become another user");
    }
    deposit_as_user(&d, &text, &names, arena, &r);
    cr_expect_eq(r.outcome, DELIVERY_DEFERRED);
    cr_expect(span_has(r.text, SPAN("only a server that was started as root")), "%.*s",
              SPAN_FMT(r.text));
    arena_free(arena);
}
