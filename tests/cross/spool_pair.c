/* spool_pair HEADER-FILE...: each -H is read by the reference and by the judge, who must agree,
   and written again by the reference, to the byte. Prints a line for each; exit status 1 if one
   differs. */
#include "tests/cross/agree.h"

#include "base/file.h"
#include "harness/observe/formats.h"
#include "ref/spool/header_file.h"

#include <stdio.h>

static const char *pair_check(const char *path, struct arena *arena)
{
    span header, data;
    struct envelope e;
    struct spool_entry seen = {0};
    struct buf out;
    char *other = arena_printf(arena, "%s", path);
    other[strlen(other) - 1] = 'D';
    if (failed(file_read(path, 1u << 24, arena, &header)) ||
        failed(file_read(other, 1u << 28, arena, &data))) {
        return "cannot be read";
    }
    err refused = spool_header_read(header, arena, &e);
    if (failed(refused)) {
        return arena_printf(arena, "the reference: %s", refused.what);
    }
    refused = exim_spool_read(header, data, arena, &seen);
    if (failed(refused)) {
        return arena_printf(arena, "the judge: %s", refused.what);
    }
    const char *differs = agree(&e, &seen);
    if (differs != NULL) {
        return arena_printf(arena, "reference and judge read different things: %s", differs);
    }
    buf_init(&out, 1u << 24);
    bool same = !failed(spool_header_write(&e, arena, &out)) && span_eq(buf_span(&out), header);
    const char *what = same ? NULL : arena_printf(arena, "is written again as\n%.*s",
                                                  SPAN_FMT(buf_span(&out)));
    buf_wipe(&out);
    return what;
}

int main(int argc, char **argv)
{
    int status = argc > 1 ? 0 : 2;
    for (int i = 1; i < argc; i++) {
        struct arena *arena = arena_new();
        const char *what = pair_check(argv[i], arena);
        printf("%s: %s\n", argv[i], what == NULL ? "the same" : what);
        status = what == NULL ? status : 1;
        arena_free(arena);
    }
    return status;
}
