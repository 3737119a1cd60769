/* The -H files that real Exims left, where they are at hand: all are read, and those of 4.96 and
   later are written back to the byte. Older ones differ in the form of addresses with ports. */
#include "ref/spool/header_file.h"

#include "base/file.h"

#include <criterion/criterion.h>

#define RECORDINGS "../shared/recordings"

struct tally {
    size_t read, same, older;
};

static void try_file(const char *path, struct arena *arena, struct tally *tally)
{
    struct envelope e;
    struct buf out;
    span text;
    cr_assert_not(failed(file_read(path, 1u << 20, arena, &text)));
    err result = spool_header_read(text, arena, &e);
    cr_expect_not(failed(result), "%s: %s", path, result.what ? result.what : "");
    if (failed(result)) {
        return;
    }
    tally->read++;
    buf_init(&out, 1u << 20);
    cr_expect_not(failed(spool_header_write(&e, arena, &out)));
    bool older = e.complete == 0;
    cr_expect(older || span_eq(buf_span(&out), text), "%s:\n%.*s", path, SPAN_FMT(buf_span(&out)));
    tally->older += older;
    tally->same += !older;
    buf_wipe(&out);
}

static void walk(const char *path, struct arena *arena, struct tally *tally)
{
    struct dir_list files;
    cr_assert_not(failed(dir_list(path, arena, &files)));
    for (size_t i = 0; i < files.count; i++) {
        const char *below = path_join(arena, path, files.names[i]);
        if (path_is_dir(below)) {
            walk(below, arena, tally);
        } else if (span_ends(span_text(below), SPAN("-H"))) {
            try_file(below, arena, tally);
        }
    }
}

Test(spool_recordings, what_exim_wrote_is_written_back)
{
    if (!path_is_dir(RECORDINGS)) {
        cr_skip("no " RECORDINGS " beside the source");
    }
    struct arena *arena = arena_new();
    struct tally tally = {0};
    walk(RECORDINGS, arena, &tally);
    cr_expect_gt(tally.same, 0);
    cr_log_info("%zu read, %zu the same, %zu of older releases", tally.read, tally.same,
                tally.older);
    arena_free(arena);
}
