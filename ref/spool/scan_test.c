/* What lies in the spool, and what a crash leaves there. */
#include "ref/spool/scan.h"

#include "ref/spool/data_file.h"
#include "ref/spool/lock.h"

#include "base/file.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <unistd.h>

struct place {
    char path[40];
    struct arena *arena;
};

static struct place place_new(void)
{
    struct place p = {.path = "/tmp/spool-scan-XXXXXX", .arena = arena_new()};
    cr_assert_not_null(mkdtemp(p.path));
    return p;
}

static void touch(struct place *p, const char *name)
{
    const char *path = path_join(p->arena, p->path, name);
    cr_assert_not(failed(dir_make_all(path_dir(p->arena, path), 0700)));
    cr_assert_not(failed(file_write(path, span_text(name), 0600)));
}

static bool is_there(struct place *p, const char *name)
{
    return path_is_file(path_join(p->arena, p->path, name));
}

static void place_free(struct place *p)
{
    cr_expect_not(failed(dir_remove_all(p->path)));
    arena_free(p->arena);
}

Test(spool_scan, messages_of_both_layouts_and_lengths_in_order)
{
    struct place p = place_new();
    struct spool_entries list;
    touch(&p, "1xUtVW-0003D5-1r-D");
    touch(&p, "1xUtVW-0003D5-1r-H");
    touch(&p, "V/1xUtVV-0003D5-1r-H");
    touch(&p, "V/1xUtVV-0003D5-1r-J");
    touch(&p, "n/1xUtNn-000000001TL-42Sw-D");
    touch(&p, "hdr.1xUtVW-0003D5-1r");
    touch(&p, "README");
    touch(&p, "1xUtVW-0003D5-1r-X");
    touch(&p, "long/1xUtVX-0003D5-1r-H");
    cr_assert_not(failed(spool_scan(p.path, p.arena, &list)));
    cr_assert_eq(list.list.count, 3);
    cr_expect_str_eq(list.list.at[0].id, "1xUtNn-000000001TL-42Sw");
    cr_expect_eq(list.list.at[0].split, 'n');
    cr_expect_str_eq(list.list.at[1].id, "1xUtVV-0003D5-1r");
    cr_expect_eq(list.list.at[1].parts, SPOOL_PART_H | SPOOL_PART_J);
    cr_expect_eq(list.list.at[2].split, '\0');
    cr_expect_eq(list.list.at[2].parts, SPOOL_PART_H | SPOOL_PART_D | SPOOL_PART_TEMP);
    place_free(&p);
}

Test(spool_scan, a_sweep_takes_what_never_became_a_message_and_nobody_holds)
{
    struct place p = place_new();
    int fd;
    bool taken;
    touch(&p, "1xUtVV-0003D5-00-D");
    touch(&p, "1xUtVV-0003D5-01-D");
    touch(&p, "1xUtVV-0003D5-01-H");
    touch(&p, "hdr.1xUtVV-0003D5-01");
    touch(&p, "V/1xUtVV-0003D5-02-D");
    touch(&p, "V/hdr.1xUtVV-0003D5-02");
    touch(&p, "1xUtVV-0003D5-03-D");
    touch(&p, "1xUtVV-0003D5-04-H");
    cr_assert_not(failed(file_open_at(
        AT_FDCWD, path_join(p.arena, p.path, "1xUtVV-0003D5-03-D"), O_RDWR, 0, &fd)));
    cr_assert(!failed(fd_lock(fd, 0, 19, &taken)) && taken);
    cr_assert_not(failed(spool_sweep(p.path, p.arena)));
    cr_expect_not(is_there(&p, "1xUtVV-0003D5-00-D"));
    cr_expect(is_there(&p, "1xUtVV-0003D5-01-D") && is_there(&p, "1xUtVV-0003D5-01-H"));
    cr_expect_not(is_there(&p, "hdr.1xUtVV-0003D5-01"));
    cr_expect_not(is_there(&p, "V/1xUtVV-0003D5-02-D") || is_there(&p, "V/hdr.1xUtVV-0003D5-02"));
    cr_expect(is_there(&p, "1xUtVV-0003D5-03-D"), "it is being received");
    cr_expect(is_there(&p, "1xUtVV-0003D5-04-H"));
    close(fd);
    place_free(&p);
}
