/* Selection: every case is in exactly one shard, globs mean what the manual says, ids have a root. */
#include "harness/cli/select.h"

#include "base/file.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static struct arena *arena;
static char folder[64];

static void make(void)
{
    arena = arena_new();
    strcpy(folder, "/tmp/select-XXXXXX");
    cr_assert(mkdtemp(folder));
    const char *below = path_join(arena, folder, "scenarios/t");
    cr_assert(!failed(dir_make_all(below, 0755)));
    span text = SPAN("scenario a claim\nsource RFC5321 3.1\nreq RFC5321-3.3-rcpt\n"
                     "vary word = 1 2 3 4 5 6 7 8 9\n"
                     "S: 220\nC: NOOP @{word}\nS: 250\n^ req RFC5321-4.1.1.9-noop\n");
    cr_assert(!failed(file_write(path_join(arena, below, "many.scn"), text, 0644)));
}
static void drop(void)
{
    cr_assert(!failed(dir_remove_all(folder)));
    arena_free(arena);
}
TestSuite(select, .init = make, .fini = drop);

static size_t chosen(const char *only, const char *req, const char *shard)
{
    const char *paths[] = {folder};
    struct args_texts where = {paths, 1, 1};
    struct selection_options o = {.shard = shard};
    struct selection sel;
    if (only) {
        vec_add(arena, &o.only, only);
    }
    if (req) {
        vec_add(arena, &o.reqs, req);
    }
    err e = select_cases(&where, &o, arena, &sel);
    cr_assert(!failed(e), "%s", e.what);
    cr_assert_eq(sel.wrong.count, 0, "%s", sel.wrong.count ? sel.wrong.at[0].what : "");
    cr_assert_eq(sel.all.cases.count, 9);
    return sel.set.cases.count;
}

Test(select, shards_are_a_partition)
{
    size_t sum = 0;
    const char *shards[] = {"1/4", "2/4", "3/4", "4/4"};
    for (size_t i = 0; i < 4; i++) {
        sum += chosen(NULL, NULL, shards[i]);
    }
    cr_expect_eq(sum, 9);
    cr_expect_eq(chosen(NULL, NULL, "1/1"), 9);
}

Test(select, shards_agree_on_the_whole_and_on_each_place)
{
    const char *paths[] = {folder};
    struct args_texts where = {paths, 1, 1};
    const char *shards[] = {NULL, "1/3", "2/3", "3/3"};
    struct selection sels[4];
    unsigned taken = 0;
    for (size_t i = 0; i < 4; i++) {
        struct selection_options o = {.shard = shards[i]};
        cr_assert(!failed(select_cases(&where, &o, arena, &sels[i])));
        cr_expect_eq(sels[i].identity, sels[0].identity);
        cr_expect_eq(sels[i].whole, 9);
        cr_assert_eq(sels[i].places.count, sels[i].set.cases.count);
        for (size_t k = 0; k < sels[i].places.count; k++) {
            size_t place = sels[i].places.at[k];
            cr_expect_str_eq(sels[i].set.cases.at[k]->id, sels[0].set.cases.at[place]->id);
            taken += i > 0 ? 1U << place : 0;
        }
    }
    cr_expect_eq(taken, 511, "each place once");
    struct selection_options some = {.shard = NULL};
    vec_add(arena, &some.only, "#word=[1-8]");
    cr_assert(!failed(select_cases(&where, &some, arena, &sels[1])));
    cr_expect_neq(sels[1].identity, sels[0].identity, "other filters are another run");
}

Test(select, globs_fit_ids_or_the_part_from_the_hash_on)
{
    cr_expect_eq(chosen("t/many#word=3", NULL, NULL), 1);
    cr_expect_eq(chosen("#word=3", NULL, NULL), 1);
    cr_expect_eq(chosen("t/*", NULL, NULL), 9);
    cr_expect_eq(chosen("many", NULL, NULL), 0, "a glob fits the whole id");
}

Test(select, clauses_are_found_on_files_and_on_lines)
{
    cr_expect_eq(chosen(NULL, "RFC5321-3.3-rcpt", NULL), 9);
    cr_expect_eq(chosen(NULL, "RFC5321-4.1.1.9-*", NULL), 9);
    cr_expect_eq(chosen(NULL, "RFC5321-4.1.1.9", NULL), 0);
}

static const struct {
    const char *path, *root;
} roots[] = {
    {"scenarios/smtp/a.scn", "scenarios"},
    {"/x/scenarios/a.scn", "/x/scenarios"},
    {"my-scenarios/a.scn", "my-scenarios"},
    {"dir/a.scn", "dir"},
};

Test(select, ids_are_relative_to_the_folder_called_scenarios)
{
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++) {
        cr_expect_str_eq(select_root(roots[i].path, arena), roots[i].root);
    }
}

static const struct {
    const char *path, *id;
    bool covered;
} covered[] = {
    {"scenarios", "smtp/a", true},
    {"scenarios/", "smtp/a#b=1", true},
    {"scenarios/smtp", "smtp/a#b=1", true},
    {"./scenarios/smtp/", "smtp/a", true},
    {"scenarios/smtp", "smtputf8/a", false},
    {"scenarios/smtp/a.scn", "smtp/a", true},
    {"scenarios/smtp/a.scn", "smtp/a#b=1", true},
    {"scenarios/smtp/a.scn", "smtp/ab", false},
    {"dir/a.scn", "a#b=1", true},
    {"a.scn", "a", true},
    {"a.scn", "b", false},
    {"/", "b", true},
};

Test(select, a_baseline_is_held_against_what_the_paths_cover)
{
    for (size_t i = 0; i < sizeof covered / sizeof *covered; i++) {
        const char *path[] = {covered[i].path};
        struct args_texts paths = {path, 1, 1};
        cr_expect_eq(select_covers(&paths, covered[i].id, arena), covered[i].covered, "%s %s",
                     covered[i].path, covered[i].id);
    }
    cr_expect(select_covers(&(struct args_texts){0}, "b", arena));
}

Test(select, a_bad_shard_and_a_missing_path_are_told)
{
    const char *missing[] = {"/no/such"};
    struct args_texts nowhere = {missing, 1, 1};
    struct selection_options bad = {.shard = "0/3"};
    struct selection_options none = {.shard = NULL};
    struct selection sel;
    cr_expect_eq(select_cases(&nowhere, &bad, arena, &sel).kind, ERR_SYNTAX);
    cr_expect_eq(select_cases(&nowhere, &none, arena, &sel).kind, ERR_IO);
}
