/* What is kept is made once, is made anew when its file changes, and goes when nobody holds it and others
   need the room. */
#include "ref/seal/store.h"

#include "base/file.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <unistd.h>

struct made {
    int count, freed;
};

static void *make(const void *from, struct arena *texts, const char **why)
{
    struct made *made = (struct made *)(uintptr_t)from;
    (void)texts;
    *why = "not made";
    made->count++;
    return made->count < 0 ? NULL : made;
}

static void forget(void *thing)
{
    ((struct made *)thing)->freed++;
}

static const struct seal_kind_kept kind = {make, forget};

Test(store, a_thing_is_made_once_for_a_name)
{
    struct arena *arena = arena_new();
    struct seal_store *store = seal_store_open();
    struct made a = {0}, b = {0};
    const char *why;
    struct seal_held one = seal_store_hold(store, &kind, SPAN("a"), &a, arena, &why);
    struct seal_held two = seal_store_hold(store, &kind, SPAN("a"), &a, arena, &why);
    struct seal_held other = seal_store_hold(store, &kind, SPAN("b"), &b, arena, &why);
    cr_expect(one.thing == &a && two.thing == &a && other.thing == &b);
    cr_expect_eq(a.count, 1);
    seal_store_release(&one);
    seal_store_release(&two);
    seal_store_release(&other);
    cr_expect_eq(a.freed, 0);
    one = seal_store_hold(store, &kind, SPAN("a"), &a, arena, &why);
    cr_expect_eq(a.count, 1);
    seal_store_release(&one);
    seal_store_close(store);
    cr_expect(a.freed == 1 && b.freed == 1);
    arena_free(arena);
}

Test(store, it_has_room_for_those_in_use_and_lets_the_oldest_go)
{
    enum { MANY = SEAL_STORE_PLACES + 3 };
    struct arena *arena = arena_new();
    struct seal_store *store = seal_store_open();
    struct made made[MANY] = {{0}};
    struct seal_held held[MANY];
    const char *why;
    for (int i = 0; i < MANY; i++) { /* three more than there are places: they are not kept */
        held[i] = seal_store_hold(store, &kind, span_of(&i, sizeof i), &made[i], arena, &why);
        cr_expect(held[i].thing == &made[i]);
    }
    for (int i = 0; i < MANY; i++) {
        seal_store_release(&held[i]);
        cr_expect_eq(made[i].freed, i < SEAL_STORE_PLACES ? 0 : 1, "%d", i);
    }
    struct made late = {0};
    struct seal_held last = seal_store_hold(store, &kind, SPAN("late"), &late, arena, &why);
    cr_expect(made[0].freed == 1 && made[1].freed == 0);
    seal_store_release(&last);
    seal_store_close(store);
    arena_free(arena);
}

Test(store, what_cannot_be_made_is_told_and_asked_for_again)
{
    struct arena *arena = arena_new();
    struct seal_store *store = seal_store_open();
    struct made never = {.count = -3};
    const char *why = "";
    for (int i = 0; i < 2; i++) {
        struct seal_held held = seal_store_hold(store, &kind, SPAN("x"), &never, arena, &why);
        cr_expect(held.thing == NULL && strcmp(why, "not made") == 0);
        seal_store_release(&held);
    }
    cr_expect_eq(never.count, -1);
    seal_store_close(store);
    arena_free(arena);
}

Test(store, a_file_that_was_changed_has_another_name)
{
    struct arena *arena = arena_new();
    char path[] = "/tmp/store-XXXXXX";
    span before, same, after, gone;
    int fd = mkstemp(path);
    cr_assert(fd >= 0);
    (void)close(fd);
    cr_assert(!failed(file_write(path, SPAN("one"), 0600)));
    cr_assert(seal_store_file_name(path, arena, &before));
    cr_assert(seal_store_file_name(path, arena, &same));
    cr_assert(!failed(file_write(path, SPAN("another"), 0600)));
    cr_assert(seal_store_file_name(path, arena, &after));
    cr_expect(span_eq(before, same) && !span_eq(before, after));
    (void)unlink(path);
    cr_expect(!seal_store_file_name(path, arena, &gone));
    arena_free(arena);
}
