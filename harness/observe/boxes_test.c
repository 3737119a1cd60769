/* A kept listing is used again, and never instead of a folder that has changed since. */
#include "harness/observe/boxes.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void put(struct arena *arena, const char *folder, int number)
{
    const char *path = path_join(arena, folder, arena_printf(arena, "%03d", number));
    cr_assert(!failed(file_write(path, SPAN("x"), 0600)));
}

static size_t count(struct boxes *b, struct arena *arena, const char *folder, const char *const **at)
{
    struct dir_list names;
    cr_assert(!failed(boxes_list(b, folder, arena, &names)));
    *at = names.names;
    return names.count;
}

Test(boxes, what_comes_right_behind_a_listing_is_seen)
{
    struct arena *arena = arena_new();
    char folder[] = "/tmp/boxes-XXXXXX";
    const char *const *at;
    cr_assert(mkdtemp(folder) != NULL);
    struct boxes *b = boxes_new(arena);
    for (int i = 0; i < 200; i++) {
        put(arena, folder, i);
        cr_assert_eq(count(b, arena, folder, &at), (size_t)i + 1, "a message is missing after %d", i);
    }
    boxes_free(b);
    cr_assert(!failed(dir_remove_all(folder)));
    arena_free(arena);
}

Test(boxes, a_folder_at_rest_is_listed_once)
{
    struct arena *arena = arena_new();
    char folder[] = "/tmp/boxes-XXXXXX";
    const char *const *first;
    const char *const *second;
    cr_assert(mkdtemp(folder) != NULL);
    struct boxes *b = boxes_new(arena);
    put(arena, folder, 1);
    put(arena, folder, 2);
    usleep(50000); /* longer than any tick */
    cr_assert_eq(count(b, arena, folder, &first), 2);
    cr_assert_eq(count(b, arena, folder, &second), 2);
    cr_assert_eq(first, second, "it was listed again");
    cr_assert(!failed(file_remove_at(AT_FDCWD, path_join(arena, folder, "001"))));
    cr_assert_eq(count(b, arena, folder, &second), 1, "what is gone is still there");
    cr_assert_str_eq(second[0], "002");
    boxes_free(b);
    cr_assert(!failed(dir_remove_all(folder)));
    arena_free(arena);
}

Test(boxes, nothing_is_kept_without_a_place_for_it)
{
    struct arena *arena = arena_new();
    struct dir_list names;
    cr_assert(failed(boxes_list(NULL, "/nowhere/at/all", arena, &names)));
    cr_assert(failed(boxes_list(boxes_new(arena), "/nowhere/at/all", arena, &names)));
    arena_free(arena);
}
