/* What is written is read, replaced whole, locked and removed; links are not followed out. */
#include "base/file.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* A folder for one test, and the arena that its names live in. */
struct place {
    struct arena *arena;
    char path[64];
};

static void place_make(struct place *p)
{
    p->arena = arena_new();
    snprintf(p->path, sizeof p->path, "/tmp/file-test-XXXXXX");
    cr_assert_not_null(mkdtemp(p->path));
}

static void place_clear(struct place *p)
{
    err e = dir_remove_all(p->path);
    cr_expect_not(failed(e), "%s", err_text(e, p->arena));
    cr_expect_not(path_is_dir(p->path));
    arena_free(p->arena);
}

static const char *in(struct place *p, const char *name)
{
    return path_join(p->arena, p->path, name);
}

static span content_of(struct place *p, const char *name)
{
    span content = SPAN("(nothing was read)");
    err e = file_read(in(p, name), 1000000, p->arena, &content);
    cr_expect_not(failed(e), "%s", err_text(e, p->arena));
    return content;
}

Test(file, what_was_written_is_read)
{
    struct place p;
    place_make(&p);
    cr_assert_not(failed(file_write(in(&p, "a"), SPAN("long content\0with a NUL"), 0600)));
    cr_expect(span_eq(content_of(&p, "a"), SPAN("long content\0with a NUL")));
    cr_assert_not(failed(file_write(in(&p, "a"), SPAN("short"), 0600)));
    cr_expect(span_eq(content_of(&p, "a"), SPAN("short")),
              "the rest of the old content is gone");
    cr_assert_not(failed(file_append(in(&p, "a"), SPAN(" more"), 0600)));
    cr_assert_not(failed(file_append(in(&p, "b"), SPAN("new"), 0600)));
    cr_expect(span_eq(content_of(&p, "a"), SPAN("short more")));
    cr_expect(span_eq(content_of(&p, "b"), SPAN("new")));
    place_clear(&p);
}

Test(file, a_read_stops_at_its_ceiling)
{
    static const struct {
        const char *label;
        size_t size, ceiling;
        enum err_kind kind;
    } rows[] = {
        {"empty",                 0,      0,        ERR_NONE },
        {"one over nothing",      1,      0,        ERR_LIMIT},
        {"exactly",               100,    100,      ERR_NONE },
        {"one over",              101,    100,      ERR_LIMIT},
        {"large, exactly",        200000, 200000,   ERR_NONE },
        {"large, one over",       200001, 200000,   ERR_LIMIT},
        {"a piece's size",        65536,  65536,    ERR_NONE },
        {"a ceiling without end", 70000,  SIZE_MAX, ERR_NONE },
    };
    struct place p;
    place_make(&p);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        unsigned char *octets = arena_take(p.arena, rows[i].size);
        for (size_t j = 0; j < rows[i].size; j++) {
            octets[j] = (unsigned char)(j * 7);
        }
        cr_assert_not(failed(file_write(in(&p, "a"), span_of(octets, rows[i].size), 0600)));
        span content = SPAN_EMPTY;
        err e = file_read(in(&p, "a"), rows[i].ceiling, p.arena, &content);
        cr_expect_eq(e.kind, rows[i].kind, "%s", rows[i].label);
        cr_expect(failed(e) || span_eq(content, span_of(octets, rows[i].size)), "%s",
                  rows[i].label);
    }
    place_clear(&p);
}

Test(file, a_missing_file_is_named_in_the_error)
{
    struct place p;
    span content;
    struct dir_list list;
    place_make(&p);
    err e = file_read(in(&p, "none"), 10, p.arena, &content);
    cr_expect_eq(e.sys, ENOENT);
    cr_expect_not_null(strstr(err_text(e, p.arena), in(&p, "none")));
    e = dir_list(in(&p, "none"), p.arena, &list);
    cr_expect_eq(e.sys, ENOENT);
    cr_expect_not_null(strstr(err_text(e, p.arena), in(&p, "none")));
    cr_expect(failed(file_read(p.path, 10, p.arena, &content)), "a directory");
    place_clear(&p);
}

Test(file, replace_leaves_the_new_content_with_its_mode_and_nothing_else)
{
    struct place p;
    int dir;
    struct stat s;
    struct dir_list list;
    place_make(&p);
    umask(077);
    cr_assert_not(failed(dir_open(p.path, &dir)));
    cr_assert_not(failed(file_replace(dir, "a", SPAN("one"), 0640)));
    cr_assert_not(failed(file_replace(dir, "a", SPAN("two"), 0644)));
    cr_expect(span_eq(content_of(&p, "a"), SPAN("two")));
    cr_assert_eq(stat(in(&p, "a"), &s), 0);
    cr_expect_eq(s.st_mode & 07777, 0644, "the umask has no say");
    cr_assert_not(failed(dir_list(p.path, p.arena, &list)));
    cr_expect_eq(list.count, 1, "no temporary file is left");
    cr_assert_not(failed(fd_close(dir)));
    place_clear(&p);
}

Test(file, replace_steps_over_what_a_crash_left)
{
    struct place p;
    int dir;
    place_make(&p);
    cr_assert_not(failed(dir_open(p.path, &dir)));
    char *left = arena_printf(p.arena, ".a.%ld.0.new", (long)getpid());
    cr_assert_not(failed(file_write(in(&p, left), SPAN("half"), 0600)));
    err e = file_replace(dir, "a", SPAN("whole"), 0600);
    cr_expect_not(failed(e), "%s", err_text(e, p.arena));
    cr_expect(span_eq(content_of(&p, "a"), SPAN("whole")));
    cr_expect(span_eq(content_of(&p, left), SPAN("half")), "it may be somebody's");
    close(dir);
    place_clear(&p);
}

Test(file, replace_of_a_directory_fails_and_leaves_no_temporary)
{
    struct place p;
    int dir;
    struct dir_list list;
    place_make(&p);
    cr_assert_not(failed(dir_open(p.path, &dir)));
    cr_assert_not(failed(dir_make_all(in(&p, "a/b"), 0700)));
    cr_expect(failed(file_replace(dir, "a", SPAN("x"), 0600)));
    cr_assert_not(failed(dir_list(p.path, p.arena, &list)));
    cr_expect_eq(list.count, 1);
    close(dir);
    place_clear(&p);
}

Test(file, a_full_disk_is_said)
{
    int fd;
    cr_assert_not(failed(file_open_at(AT_FDCWD, "/dev/full", O_WRONLY, 0, &fd)));
    err e = fd_write_all(fd, SPAN("x"));
    cr_expect_eq(e.kind, ERR_IO);
    cr_expect_eq(e.sys, ENOSPC);
    cr_expect_eq(file_append("/dev/full", SPAN("x"), 0600).sys, ENOSPC);
    close(fd);
}

Test(file, a_line_is_appended_whole_or_not_at_all)
{
    struct place p;
    span content;
    place_make(&p);
    cr_assert_not(failed(file_append(in(&p, "log"), SPAN("one\n"), 0600)));
    const struct rlimit eight = {8, 8}; /* a disk that fills in the middle of the line */
    (void)signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &eight), 0);
    cr_expect(failed(file_append(in(&p, "log"), SPAN("second\n"), 0600)));
    cr_assert_not(failed(file_append(in(&p, "log"), SPAN("3\n"), 0600)));
    cr_assert_not(failed(file_read_regular(in(&p, "log"), 100, p.arena, &content)));
    cr_expect(span_eq(content, SPAN("one\n3\n")), "%.*s", SPAN_FMT(content));
    place_clear(&p);
}

static err until_three(void *context, span block)
{
    size_t *calls = context;
    return block.len > 0 && ++*calls < 3 ? OK : err_of(ERR_LIMIT, "three");
}

Test(file, each_block_is_handed_over_from_where_it_is_asked)
{
    struct arena *arena = arena_new();
    unsigned char *octets = arena_take(arena, 100000);
    char from[] = "/tmp/file-test-XXXXXX", to[] = "/tmp/file-test-XXXXXX";
    int in = mkstemp(from), out = mkstemp(to);
    span back;
    size_t calls = 0;
    for (size_t i = 0; i < 100000; i++) {
        octets[i] = (unsigned char)(i / 7);
    }
    cr_assert_not(failed(fd_write_all(in, span_of(octets, 100000))));
    cr_assert_not(failed(fd_each(in, 7, fd_put, &out)));
    cr_assert_not(failed(file_read(to, 200000, arena, &back)));
    cr_expect(span_eq(back, span_of(octets + 7, 100000 - 7)));
    cr_expect_not(failed(fd_each(in, 100000, until_three, &calls)));
    cr_expect_eq(calls, (size_t)0, "nothing is left there");
    cr_expect_eq(fd_each(in, 0, until_three, &calls).kind, ERR_LIMIT);
    cr_expect_eq(calls, (size_t)3);
    close(in);
    close(out);
    unlink(from);
    unlink(to);
    arena_free(arena);
}

Test(file, a_lock_is_seen_by_other_descriptors_and_other_programs)
{
    struct place p;
    int a, b;
    bool taken;
    place_make(&p);
    cr_assert_not(failed(file_open_at(AT_FDCWD, in(&p, "l"), O_RDWR | O_CREAT, 0600, &a)));
    cr_assert_not(failed(file_open_at(AT_FDCWD, in(&p, "l"), O_RDWR, 0, &b)));
    cr_assert_not(failed(fd_lock(a, 0, 10, &taken)));
    cr_expect(taken);
    cr_assert_not(failed(fd_lock(b, 5, 1, &taken)));
    cr_expect_not(taken);
    cr_assert_not(failed(fd_lock(b, 10, 1, &taken)));
    cr_expect(taken, "behind the locked part");
    pid_t child = fork();
    if (child == 0) {
        struct flock theirs = {.l_type = F_WRLCK, .l_len = 1};
        int fd = open(in(&p, "l"), O_RDWR);
        _exit(fcntl(fd, F_SETLK, &theirs) == 0 ? 1 : 0);
    }
    int status;
    waitpid(child, &status, 0);
    cr_expect_eq(status, 0, "a program with the older kind of lock is kept out");
    close(a);
    cr_assert_not(failed(fd_lock(b, 0, 10, &taken)));
    cr_expect(taken, "a close lets go");
    close(b);
    place_clear(&p);
}

Test(file, steps_by_name_do_what_they_say)
{
    struct place p;
    int dir, fd;
    span content;
    place_make(&p);
    cr_assert_not(failed(dir_open(p.path, &dir)));
    cr_assert_not(failed(file_open_at(dir, "a", O_RDWR | O_CREAT | O_EXCL, 0600, &fd)));
    cr_expect(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    cr_assert_not(failed(fd_write_all(fd, SPAN("12345"))));
    cr_assert_not(failed(fd_truncate(fd, 3)));
    cr_assert_not(failed(fd_sync_data(fd)));
    cr_assert_not(failed(fd_sync(fd)));
    lseek(fd, 1, SEEK_SET);
    cr_assert_not(failed(fd_read_all(fd, 10, p.arena, &content)));
    cr_expect(span_eq(content, SPAN("23")), "what is left from the position on");
    cr_assert_not(failed(fd_close(fd)));
    cr_assert_not(failed(file_link_at(dir, "a", dir, "b")));
    cr_expect_eq(file_link_at(dir, "a", dir, "b").sys, EEXIST);
    cr_assert_not(failed(file_rename_at(dir, "a", dir, "c")));
    cr_assert_not(failed(file_remove_at(dir, "b")));
    cr_expect_not(failed(file_remove_at(dir, "b")), "twice is fine");
    cr_assert_not(failed(dir_sync(dir)));
    cr_assert_not(failed(file_read_at(dir, "c", 10, p.arena, &content)));
    cr_expect(span_eq(content, SPAN("123")));
    close(dir);
    place_clear(&p);
}

Test(file, directories_are_made_listed_and_removed_whole)
{
    struct place p;
    struct dir_list list;
    place_make(&p);
    cr_assert_not(failed(dir_make_all(in(&p, "x/y//z/"), 0700)));
    cr_assert_not(failed(dir_make_all(in(&p, "x/y/z"), 0700)), "existing ones are fine");
    cr_assert_not(failed(file_write(in(&p, "x/b"), SPAN("1"), 0600)));
    cr_assert_not(failed(file_write(in(&p, "x/B"), SPAN("1"), 0600)));
    cr_assert_not(failed(file_write(in(&p, "x/.a"), SPAN("1"), 0600)));
    cr_expect_eq(dir_make_all(in(&p, "x/b/c"), 0700).sys, EEXIST);
    cr_expect_eq(dir_make_all(in(&p, "x/b"), 0700).sys, EEXIST);
    cr_assert_not(failed(dir_list(in(&p, "x"), p.arena, &list)));
    static const char *const names[] = {".a", "B", "b", "y"};
    cr_assert_eq(list.count, 4);
    for (size_t i = 0; i < 4; i++) {
        cr_expect_str_eq(list.names[i], names[i]);
    }
    cr_assert_not(failed(dir_list(in(&p, "x/y/z"), p.arena, &list)));
    cr_expect_eq(list.count, 0);
    cr_assert_not(failed(dir_remove_all(in(&p, "x"))));
    cr_assert_not(failed(dir_remove_all(in(&p, "x"))), "what is not there is fine");
    place_clear(&p);
}

Test(file, removing_a_tree_follows_no_link)
{
    struct place p;
    place_make(&p);
    cr_assert_not(failed(dir_make_all(in(&p, "kept"), 0700)));
    cr_assert_not(failed(file_write(in(&p, "kept/file"), SPAN("1"), 0600)));
    cr_assert_not(failed(dir_make_all(in(&p, "gone"), 0700)));
    cr_assert_eq(symlink(in(&p, "kept"), in(&p, "gone/link")), 0);
    cr_assert_eq(symlink("nowhere", in(&p, "gone/dangling")), 0);
    cr_assert_not(failed(dir_remove_all(in(&p, "gone"))));
    cr_expect(path_is_file(in(&p, "kept/file")));
    cr_assert_eq(symlink(in(&p, "kept"), in(&p, "link")), 0);
    cr_assert_not(failed(dir_remove_all(in(&p, "link"))));
    cr_expect(path_is_file(in(&p, "kept/file")), "a link at the top is removed itself");
    place_clear(&p);
}

Test(file, paths_join_and_part)
{
    static const struct {
        const char *a, *b, *joined, *base, *dir;
    } rows[] = {
        {"/a",  "b",   "/a/b",  "b", "/a" },
        {"/a/", "b",   "/a/b",  "b", "/a" },
        {"/a",  "/b",  "/b",    "b", "/"  },
        {"/a",  "",    "/a",    "a", "/"  },
        {"a",   "b/c", "a/b/c", "c", "a/b"},
        {"",    "b",   "b",     "b", "."  },
        {"a",   "b/",  "a/b/",  "",  "a/b"},
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *joined = path_join(arena, rows[i].a, rows[i].b);
        cr_expect_str_eq(joined, rows[i].joined);
        cr_expect_str_eq(path_base(joined), rows[i].base);
        cr_expect_str_eq(path_dir(arena, joined), rows[i].dir);
    }
    cr_expect_not(path_is_file("/tmp"));
    cr_expect(path_is_dir("/tmp"));
    cr_expect_not(path_is_dir("/dev/null"));
    arena_free(arena);
}
