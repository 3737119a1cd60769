/* Whole files pass, and each kind of damage has its words. */
#include "ref/lmdb/check.h"

#include "base/file.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <unistd.h>

/* Made by mdb_load: two records in one leaf, page 2 or 3; transaction 1. */
#define WHOLE "ref/lmdb/check.corpus/two-records"

Test(lmdb_check, damage_has_words)
{
    static const struct {
        size_t at;
        unsigned char octet;
        const char *what;
    } rows[] = {
        {16 + 25, 0x11, "the size of its pages is impossible"},
        {4096 + 16 + 25, 0x20, "its header is damaged"},
        {16 + 18, 0xff, NULL}, /* the size of the map: larger is fine */
    };
    struct arena *arena = arena_new();
    span text;
    cr_assert(!failed(file_read(WHOLE, 1 << 20, arena, &text)));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char path[] = "/tmp/lmdb-check-XXXXXX";
        int fd = mkstemp(path);
        unsigned char *bytes = arena_take(arena, text.len);
        memcpy(bytes, text.at, text.len);
        bytes[rows[i].at] = rows[i].octet;
        cr_assert(fd >= 0 && !failed(fd_write_all(fd, span_of(bytes, text.len))));
        err e = lmdb_check_header(fd);
        cr_expect_eq(failed(e), rows[i].what != NULL, "row %zu", i);
        if (rows[i].what && failed(e)) {
            cr_expect_str_eq(e.what, rows[i].what);
        }
        close(fd);
        unlink(path);
    }
    arena_free(arena);
}

Test(lmdb_check, a_whole_file_passes_and_its_parts_do_not)
{
    struct arena *arena = arena_new();
    span text;
    cr_assert(!failed(file_read(WHOLE, 1 << 20, arena, &text)));
    for (size_t size = 0; size <= text.len; size += 1024) {
        char path[] = "/tmp/lmdb-check-XXXXXX";
        int fd = mkstemp(path);
        cr_assert(fd >= 0 && !failed(fd_write_all(fd, span_first(text, size))));
        err header = lmdb_check_header(fd), tree = lmdb_check_tree(fd, 1);
        cr_expect_eq(failed(header), size > 0 && size < 8192, "%zu: %s", size, header.what);
        cr_expect_eq(failed(tree), size < text.len, "%zu: %s", size, tree.what);
        close(fd);
        unlink(path);
    }
    arena_free(arena);
}

Test(lmdb_check, files_that_lmdb_refuses_itself_pass)
{
    char path[] = "/tmp/lmdb-check-XXXXXX";
    int fd = mkstemp(path);
    cr_expect(fd >= 0 && !failed(lmdb_check_header(fd)));
    cr_expect(!failed(fd_write_all(fd, SPAN("no LMDB file, but text of some length"))));
    cr_expect(!failed(lmdb_check_header(fd)));
    close(fd);
    unlink(path);
}
