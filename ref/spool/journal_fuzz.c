/* Targets: spool_journal_merge, spool_journal_open, spool_journal_add.
   Property: whatever lies in a -J, a crash's half line included, what is added behind it is read back
   as added; before it stand the whole lines of the file, each once, and nothing else. */
#include "ref/spool/journal.h"

#include "base/check.h"
#include "base/file.h"

#include <stdlib.h>
#include <unistd.h>

#define ID "1xUtVV-0003D5-1r"
#define ADDED "added@x.test"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The whole lines of the file, each once, by another way than the reader's. */
static size_t lines_of(span text, struct arena *arena, span *lines)
{
    size_t count = 0, from = 0;
    for (size_t i = 0; i < text.len; i++) {
        span line = span_part(text, from, i - from);
        bool known = line.len == 0;
        if (text.at[i] != '\n') {
            continue;
        }
        for (size_t k = 0; k < count; k++) {
            known |= span_eq(lines[k], line);
        }
        if (!known) {
            lines[count++] = arena_copy(arena, line);
        }
        from = i + 1;
    }
    return count;
}

static void try_in(int dir, const char *path, span text, struct arena *arena)
{
    struct envelope before = {0}, after = {0};
    struct spool_journal journal;
    bool found;
    span *lines = arena_take_array(arena, text.len + 1, sizeof *lines);
    size_t count = lines_of(text, arena, lines);
    CHECK(!failed(file_write(path, text, 0600)));
    CHECK(!failed(spool_journal_merge(dir, ID, &before, arena, &found)) && found);
    CHECK(before.done.count == count);
    for (size_t i = 0; i < count; i++) {
        CHECK(span_eq(before.done.at[i], lines[i]));
    }
    CHECK(!failed(spool_journal_open(dir, ID, &journal)));
    CHECK(!failed(spool_journal_add(&journal, SPAN(ADDED))));
    spool_journal_close(&journal);
    CHECK(!failed(spool_journal_merge(dir, ID, &after, arena, &found)) && found);
    bool known = false;
    for (size_t i = 0; i < count; i++) {
        CHECK(span_eq(after.done.at[i], lines[i]));
        known |= span_eq(lines[i], SPAN(ADDED));
    }
    CHECK(after.done.count == count + (known ? 0 : 1));
    CHECK(known || span_eq(after.done.at[count], SPAN(ADDED)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { MOST = 8192 }; /* a line that is longer is no line of ours */
    char path[] = "/tmp/journal-fuzz-XXXXXX";
    struct arena *arena = arena_new();
    int dir;
    if (size > MOST || mkdtemp(path) == NULL) {
        arena_free(arena);
        return 0;
    }
    CHECK(!failed(dir_open(path, &dir)));
    try_in(dir, path_join(arena, path, ID "-J"), span_of(data, size), arena);
    (void)close(dir);
    CHECK(!failed(dir_remove_all(path)));
    arena_free(arena);
    return 0;
}
