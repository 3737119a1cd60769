/* -D: first line, body, counts; whatever the sizes of the pieces. */
#include "ref/spool/data_file.h"

#include "base/file.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define ID "1xUtVV-0003D5-1r"

Test(spool_data_file, pieces_of_any_size_make_the_same_file)
{
    static const size_t pieces[] = {1,     7,
                                    1000,  SPOOL_DATA_FIRST - 1,
                                    SPOOL_DATA_FIRST, SPOOL_DATA_BLOCK - 1,
                                    SPOOL_DATA_BLOCK, SPOOL_DATA_BLOCK + 1,
                                    400000};
    struct arena *arena = arena_new();
    unsigned char *body = arena_take(arena, 400000);
    for (size_t i = 0; i < 400000; i++) {
        body[i] = i % 70 == 69 ? '\n' : i % 1000 == 1 ? '\0' : 'x';
    }
    body[399999] = '\n';
    for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++) {
        char path[] = "/tmp/spool-data-XXXXXX";
        struct spool_data data;
        int dir;
        span text;
        cr_assert_not_null(mkdtemp(path));
        cr_assert_not(failed(dir_open(path, &dir)));
        cr_assert_not(failed(spool_data_create(dir, ID, arena, &data)));
        for (size_t at = 0; at < 400000; at += pieces[p]) {
            cr_assert_not(failed(
                spool_data_write(&data, span_part(span_of(body, 400000), at, pieces[p]))));
        }
        cr_assert_not(failed(spool_data_sync(&data)));
        close(data.fd);
        cr_assert_not(failed(file_read_at(dir, ID "-D", 500000, arena, &text)));
        cr_expect(span_starts(text, SPAN(ID "-D\n")));
        cr_expect(span_eq(span_from(text, 19), span_of(body, 400000)), "pieces of %zu", pieces[p]);
        cr_expect_eq(data.zeros, 400);
        cr_expect_eq(data.size, 400000);
        cr_expect(data.ends_in_lf);
        close(dir);
        cr_expect_not(failed(dir_remove_all(path)));
    }
    arena_free(arena);
}

Test(spool_data_file, a_file_says_whose_it_is)
{
    char path[] = "/tmp/spool-data-XXXXXX";
    struct arena *arena = arena_new();
    struct spool_data data;
    uint64_t size;
    int dir;
    int fd;
    cr_assert_not_null(mkdtemp(path));
    cr_assert_not(failed(dir_open(path, &dir)));
    cr_assert_not(failed(spool_data_create(dir, ID, arena, &data)));
    cr_expect_not(failed(spool_data_write(&data, SPAN("a\nb\n"))));
    cr_expect_not(failed(spool_data_sync(&data)));
    close(data.fd);
    err e = spool_data_create(dir, ID, arena, &data);
    cr_expect(e.kind == ERR_IO && e.sys == EEXIST);
    cr_assert_not(failed(spool_data_open(dir, ID, &fd, &size)));
    cr_expect_eq(size, 4);
    char body[5] = {0};
    cr_expect_eq(read(fd, body, 5), 4);
    cr_expect_str_eq(body, "a\nb\n");
    close(fd);
    cr_assert_eq(renameat(dir, ID "-D", dir, "1xUtVV-0003D5-1s-D"), 0);
    cr_expect_eq(spool_data_open(dir, "1xUtVV-0003D5-1s", &fd, &size).kind, ERR_SYNTAX);
    e = spool_data_open(dir, ID, &fd, &size);
    cr_expect(e.kind == ERR_IO && e.sys == ENOENT);
    cr_expect_eq(spool_data_offset("1xUtNn-000000001TL-42Sw"), 26);
    close(dir);
    cr_expect_not(failed(dir_remove_all(path)));
    arena_free(arena);
}
